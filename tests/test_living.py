"""Templates as they live: accounts as people have them, and what comes of them (wechat-api.md §7)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .tools import CommandLine, ScriptedServer

NEW, OLD = "/wxaapi/newtmpl", "/cgi-bin/template"
OK = {"errcode": 0, "errmsg": "ok"}
PHANTOM = {
    "template_id": "P",
    "title": "订阅模板消息",
    "primary_industry": "",
    "deputy_industry": "",
    "content": "{{content.DATA}}",
    "example": "",
}


@pytest.fixture
def account(scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> ScriptedServer:
    """A server that the environment's token is for."""
    monkeypatch.setenv("RECONCILER_ENDPOINT", scripted.url)
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", "T")
    monkeypatch.setenv("RECONCILER_SETTLE", "0")
    return scripted


def yaml(text: str, dialect: str) -> None:
    Path("templates.yaml").write_text(f"version: 1\ndialect: {dialect}\n{text}", "utf-8")


def service_row(template_id: str, title: str, content: str) -> dict[str, Any]:
    industries = {"primary_industry": "IT科技", "deputy_industry": "互联网|电子商务"}
    return {"template_id": template_id, "title": title, **industries, "content": content, "example": ""}


def test_the_row_that_nobody_has_added_holds_no_guard_back(
    reconciler: CommandLine, account: ScriptedServer
) -> None:
    yaml('templates:\n  paid: {id: "47123", title: 付款, keywords: [金额]}\n', "official")
    rows = [PHANTOM, service_row("A", "付款", "金额：{{amount1.DATA}}")]
    account.on(f"{OLD}/get_all_private_template", {"template_list": rows})
    assert reconciler("apply", "--yes").code == 0
    yaml("templates: {}\nprune: all\n", "official")
    emptied = reconciler("apply", "--yes", "--format", "json")
    assert (emptied.code, [one["guard"] for one in emptied.json["accounts"][0]["refused"]]) == (
        3,
        ["no templates left"],
    )
    assert "订阅模板消息" not in emptied.out + reconciler("import", "--dry-run").out
    assert account.calls("del_private_template") == []


def test_a_keyword_is_what_stands_between_two_placeholders(
    reconciler: CommandLine, account: ScriptedServer
) -> None:
    yaml('templates:\n  meet: {id: "47123", title: 会面, keywords: [kind, 地点, 号]}\n', "official")
    content = "您好\n{{kind.DATA}}地点：{{place.DATA}}\n号：{{no.DATA}}\n{{Remark.DATA}}"
    account.on(f"{OLD}/get_all_private_template", {"template_list": [service_row("A", "会面", content)]})
    assert reconciler("apply", "--yes").code == 0
    account.on("/cgi-bin/message/template/send", {**OK, "msgid": 1})
    words = ("--set", "kind=面谈", "--set", "地点=上海", "--set", "号=7", "--set", "Remark=请准时")
    assert reconciler("send", "meet", "--to", "U", *words).code == 0
    assert [{key: one["value"] for key, one in body["data"].items()} for body in account.calls("/send")] == [
        {"kind": "面谈", "place": "上海", "no": "7", "Remark": "请准时"}
    ]


ENUMS = [
    {"keywordCode": "enum_string2.DATA", "enumValueList": ["未开始", "已结束"]},
    {"keywordCode": 7, "enumValueList": ["x"]},
    {"keywordCode": "thing1.DATA", "enumValueList": [1]},
    "odd",
]
RULED = {
    "priTmplId": "A",
    "title": "进度提醒",
    "content": "名称:{{thing1.DATA}}\n进度:{{enum_string2.DATA}}\n结果:{{phrase3 5个以内汉字.DATA}}\n",
    "example": "",
    "type": 3,
    "keywordEnumValueList": ENUMS,
}
LOOKED_UP = [{"kid": n, "name": name} for n, name in enumerate(("名称", "进度", "结果"), 1)]


def test_the_lock_says_what_values_are_like(reconciler: CommandLine, account: ScriptedServer) -> None:
    yaml('templates:\n  step: {id: "99", title: 进度提醒, keywords: [名称, 进度, 结果]}\n', "subscribe")
    account.on(f"{NEW}/gettemplate", {**OK, "data": [RULED]})
    account.on(f"{NEW}/getpubtemplatekeywords", {**OK, "data": LOOKED_UP})
    assert reconciler("apply", "--yes").code == 0
    path = Path("templates.lock.json")
    written = json.loads(path.read_text("utf-8"))
    assert (written["version"], written["templates"]["step"]["keywords"]) == (
        2,
        [
            {"name": "名称", "keyword_id": 1, "key": "thing1", "rule": "thing", "limit": 20, "values": None},
            {
                "name": "进度",
                "keyword_id": 2,
                "key": "enum_string2",
                "rule": "enum_string",
                "limit": None,
                "values": ["未开始", "已结束"],
            },
            {
                "name": "结果",
                "keyword_id": 3,
                "key": "phrase3 5个以内汉字",
                "rule": "phrase",
                "limit": 5,
                "values": None,
            },
        ],
    )
    for keyword in written["templates"]["step"]["keywords"]:
        del keyword["rule"], keyword["limit"], keyword["values"]
    del written["account"]
    first = json.dumps({**written, "version": 1}, ensure_ascii=False, indent=2) + "\n"
    path.write_text(first, "utf-8")
    for command in (("apply", "--yes"), ("import",)):
        assert reconciler(*command).code == 0
        assert path.read_text("utf-8") == first, "an upgrade changes nothing by itself"
    yaml(
        'templates:\n  step: {id: "99", title: 进度提醒, keywords: [名称, 进度, 结果], protect: true}\n',
        "subscribe",
    )
    assert reconciler("apply", "--yes").code == 0
    assert json.loads(path.read_text("utf-8"))["templates"]["step"]["keywords"][1]["values"] == [
        "未开始",
        "已结束",
    ]


def subscription_account(account: ScriptedServer, *rows: dict[str, Any], count: int = 69) -> None:
    """A mini program with such rows, whose library has `count` titles and shows all but 401, one twice."""
    account.on(f"{NEW}/gettemplate", {**OK, "data": list(rows)})
    account.on(f"{NEW}/getcategory", {**OK, "data": [{"id": 616, "name": "公交"}]})
    shown = [{"tid": n, "title": f"第{n}通知", "type": 2, "categoryId": "616"} for n in range(1, 68)]
    shown.append(shown[-1])

    def page(_method: str, _body: dict[str, Any]) -> dict[str, Any]:
        start = int(account.requests[-1][2]["start"][0])
        return {**OK, "count": count, "data": shown[start : start + 30]}

    account.on(f"{NEW}/getpubtemplatetitles", page)
    keywords = [{"kid": n, "name": name, "rule": "thing"} for n, name in enumerate("甲乙丙", 1)]
    account.on(f"{NEW}/getpubtemplatekeywords", {**OK, "data": keywords})


def subscription_row(template_id: str, title: str, names: str = "甲乙", **more: Any) -> dict[str, Any]:
    content = "".join(f"{name}:{{{{thing{n}.DATA}}}}\n" for n, name in enumerate(names, 1))
    return {"priTmplId": template_id, "title": title, "content": content, "example": "", "type": 2, **more}


def asked(account: ScriptedServer) -> list[str]:
    return [path.rpartition("/")[2] for _, path, _, _ in account.requests]


def test_a_title_that_no_page_shows_stops_nothing(reconciler: CommandLine, account: ScriptedServer) -> None:
    subscription_account(account, subscription_row("A", "第7通知"), subscription_row("B", "藏起来的通知"))
    said = (
        "warning: the library says that it has 69 titles, and lists 67: of the others only the console tells "
        "the ids\n"
    )
    imported = reconciler("import", "--dialect", "subscribe", "--dry-run")
    assert (imported.code, imported.err) == (0, said)
    assert [line.split("通知")[0].strip() for line in imported.out.splitlines()[1:3]] == [
        "+ di_7: 7 第7",
        "! left out: B 藏起来的",
    ]
    found = reconciler("library", "search", "第7通知", "--dialect", "subscribe", "--format", "json")
    assert (found.code, found.err, found.json["titles"][0]["id"]) == (0, said, "7")
    assert reconciler("library", "pull", "--titles-only", "--dialect", "subscribe").code == 0
    account.requests.clear()
    Path("names.yaml").write_text('藏起来的通知: {name: hidden, id: "401"}\nA: {id: "7"}\n', "utf-8")
    named = reconciler("import", "--dialect", "subscribe", "--names", "names.yaml", "--refresh")
    assert (named.code, named.err) == (0, "")
    assert sorted(asked(account)) == ["getpubtemplatekeywords", "getpubtemplatekeywords", "gettemplate"]
    assert reconciler("plan").out.splitlines()[-1] == "no changes: 2 kept"


WISH = 'templates:\n  paid: {{id: "7", title: {title}, keywords: [甲, 乙]}}\n'
WRONG = (
    "templates.yaml:4:26: paid: the title of 7 is 第7通知, not 第8通知\n"
    "    write `title: 第7通知`, or correct the id"
)


def test_a_wrong_title_is_found_before_the_add(reconciler: CommandLine, account: ScriptedServer) -> None:
    subscription_account(account)
    yaml(WISH.format(title="第8通知"), "subscribe")
    refused = reconciler("apply", "--yes")
    assert (refused.code, refused.err.splitlines()[-2:]) == (1, WRONG.splitlines())
    pages = ["getpubtemplatetitles"] * 3
    assert sorted(asked(account)) == ["getcategory", "getpubtemplatekeywords", *pages * 2, "gettemplate"]
    assert account.calls("addtemplate") == []
    assert not Path("templates.lock.json").exists()


def test_a_title_is_looked_for_where_an_add_needs_it_and_kept(
    reconciler: CommandLine, account: ScriptedServer
) -> None:
    subscription_account(account)
    yaml(WISH.format(title="第7通知"), "subscribe")
    assert reconciler("plan", "--format", "json").json["accounts"][0]["warnings"] == []
    assert asked(account).count("getpubtemplatetitles") == 6, "the list is odd, and asked for twice"
    account.requests.clear()

    def add(_method: str, _body: dict[str, Any]) -> dict[str, Any]:
        account.on(f"{NEW}/gettemplate", {**OK, "data": [subscription_row("A", "第7通知")]})
        return {**OK, "priTmplId": "A"}

    account.on(f"{NEW}/addtemplate", add)
    assert reconciler("apply", "--yes").code == 0
    assert reconciler("plan").code == 0
    assert asked(account) == ["gettemplate", "addtemplate", "gettemplate", "gettemplate"]
    account.requests.clear()
    yaml('templates:\n  paid: {id: "7", title: 第7通知, keywords: [乙, 甲]}\n', "subscribe")
    assert reconciler("plan", "--refresh").code == 0
    assert asked(account) == ["gettemplate", "getpubtemplatekeywords"], "the lock knows the title"
    yaml('templates:\n  paid: {id: "7", keywords: [乙, 甲]}\n', "subscribe")
    assert reconciler("plan", "--refresh").code == 0
    assert "getcategory" not in asked(account), "nobody says how it is called"


def test_a_title_that_was_called_otherwise_once_is_asked_again(
    reconciler: CommandLine, account: ScriptedServer
) -> None:
    """The library has renamed it since the answer was kept."""
    subscription_account(account)
    yaml(WISH.format(title="第7通知"), "subscribe")
    assert reconciler("plan").code == 0
    shown = {"tid": 7, "title": "新通知", "type": 2, "categoryId": "616"}
    account.on(f"{NEW}/getpubtemplatetitles", {**OK, "count": 1, "data": [shown]})
    yaml(WISH.format(title="新通知"), "subscribe")
    assert reconciler("plan").code == 0


@pytest.mark.parametrize(
    ("id_", "answer", "why"),
    [
        ("401", None, ""),
        (
            "7",
            {"errcode": 48001, "errmsg": "api unauthorized"},
            " (GET /wxaapi/newtmpl/getcategory: errcode 48001",
        ),
    ],
)
def test_where_a_title_can_not_be_checked_the_plan_says_so(
    reconciler: CommandLine, account: ScriptedServer, id_: str, answer: dict[str, Any] | None, why: str
) -> None:
    subscription_account(account)
    if answer is not None:
        account.on(f"{NEW}/getcategory", answer)
    yaml(f'templates:\n  paid: {{id: "{id_}", title: 某某通知, keywords: [甲, 乙]}}\n', "subscribe")
    (warning,) = reconciler("plan", "--format", "json").json["accounts"][0]["warnings"]
    said = f"paid: the title can't be checked before it is added{why}"
    assert warning.pop("message").startswith(said)
    assert (warning["code"], warning["name"], warning["where"]) == (
        "unchecked title",
        "paid",
        f"templates.yaml:4:{25 + len(id_)}",
    )


def test_of_service_accounts_no_title_can_be_checked(
    reconciler: CommandLine, account: ScriptedServer
) -> None:
    yaml('templates:\n  paid: {id: "47123", title: 付款, keywords: [金额]}\n', "official")
    account.on(f"{OLD}/get_all_private_template", {"template_list": []})
    planned = reconciler("plan")
    assert (planned.code, asked(account)) == (0, ["get_all_private_template"])
    assert "paid: the title can't be checked before it is added" in planned.out + planned.err
