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


# ------------------------------------------------------------------ titles of fixed content

CARD = {"priTmplId": "C", "title": "服务进度提醒", "content": "", "example": "", "type": 2}
CARDS = 'templates:\n  card: {{id: "10000001"{more}}}\n'


def card_titles(account: ScriptedServer) -> None:
    account.on(f"{NEW}/getcategory", {**OK, "data": [{"id": 616, "name": "公交"}]})
    rows = [
        {"tid": 10000001, "title": "服务进度提醒", "type": 2, "categoryId": "616"},
        {"tid": 9, "title": "服务进度提醒", "type": 2, "categoryId": "616"},
    ]
    account.on(f"{NEW}/getpubtemplatetitles", {**OK, "count": 2, "data": rows})


@pytest.mark.parametrize("more", ["", ", title: 服务进度提醒, keywords: []"])
def test_a_service_card_is_added_adopted_and_kept(
    reconciler: CommandLine, account: ScriptedServer, more: str
) -> None:
    card_titles(account)
    other = {**CARD, "priTmplId": "D", "title": "订单提醒"}
    account.on(f"{NEW}/gettemplate", {**OK, "data": [other]})

    def add(_method: str, body: dict[str, Any]) -> dict[str, Any]:
        account.on(f"{NEW}/gettemplate", {**OK, "data": [other, CARD]})
        return {**OK, "priTmplId": "C"}

    account.on(f"{NEW}/addtemplate", add)
    yaml(CARDS.format(more=more), "subscribe")
    made = reconciler("apply", "--yes")
    assert (made.code, "keywords: none, its content is fixed\n" in made.out) == (0, True)
    assert [(one["tid"], one["kidList"]) for one in account.calls("addtemplate")] == [("10000001", [])]
    kept = reconciler("plan", "--format", "json").json
    assert (kept["changes"], kept["accounts"][0]["warnings"]) == (False, [])
    Path("templates.lock.json").unlink()
    assert reconciler("apply", "--yes").code == 0, "adopted again, not added"
    assert len(account.calls("addtemplate")) == 1
    lock = json.loads(Path("templates.lock.json").read_text("utf-8"))["templates"]["card"]
    assert (lock["template_id"], lock["title"], lock["keywords"]) == ("C", "服务进度提醒", [])
    sent = reconciler("send", "card", "--to", "U")
    assert (sent.code, sent.err) == (
        1,
        "error: card: 10000001 is a service card, which this command does not send\n"
        "    its call is /wxa/set_user_notify: make it from the app's server\n",
    )


def test_a_service_card_whose_title_nobody_knows_is_neither_added_nor_taken_blindly(
    reconciler: CommandLine, account: ScriptedServer
) -> None:
    account.on(f"{NEW}/gettemplate", {**OK, "data": [CARD]})
    yaml(CARDS.format(more=""), "subscribe")
    refused = reconciler("apply", "--yes")
    assert (refused.code, "nobody knows the title of 10000001" in refused.err) == (1, True)
    assert account.calls("addtemplate") == []


def test_a_service_card_is_imported(reconciler: CommandLine, account: ScriptedServer) -> None:
    card_titles(account)
    account.on(f"{NEW}/gettemplate", {**OK, "data": [CARD]})
    assert reconciler("import", "--dialect", "subscribe").code == 0
    assert 'id: "10000001"\n    title: 服务进度提醒\n' in Path("templates.yaml").read_text("utf-8")
    assert "keywords" not in Path("templates.yaml").read_text("utf-8")
    assert reconciler("plan").out.splitlines()[-1] == "no changes: 1 kept"


def test_keywords_of_a_service_card_are_a_mistake(reconciler: CommandLine) -> None:
    yaml(CARDS.format(more=", keywords: [甲, 乙]"), "subscribe")
    assert reconciler("validate").err == (
        "templates.yaml:4:36: card: its title has fixed content, and no keywords to choose\n"
        "    leave keywords out\n"
    )
    yaml('templates:\n  a: {id: "10000000"}\n  b: {id: "20000000"}\n', "subscribe")
    assert reconciler("validate").err.count("keywords is missing") == 2


# ------------------------------------------------------------------ the library that is closed


@pytest.mark.parametrize("id_", ["OPENTM207125498", "TM00015"])
def test_what_lives_of_the_closed_library_is_owned_and_never_added(
    reconciler: CommandLine, account: ScriptedServer, id_: str
) -> None:
    content = "{{first.DATA}}\n订单号：{{keyword1.DATA}}\n{{Remark.DATA}}"
    account.on(
        f"{OLD}/get_all_private_template", {"template_list": [service_row("A", "订单支付成功", content)]}
    )
    Path("names.yaml").write_text(f"订单支付成功: {{name: paid, id: {id_}}}\n", "utf-8")
    assert reconciler("import", "--dialect", "official", "--names", "names.yaml").code == 0
    assert json.loads(Path("templates.lock.json").read_text("utf-8"))["templates"]["paid"]["id"] == id_
    assert reconciler("plan").out.splitlines()[-1] == "no changes: 1 kept"
    Path("templates.lock.json").unlink()
    assert reconciler("apply", "--yes").code == 0, "adopted"
    yaml(f"templates:\n  paid: {{id: {id_}, title: 订单支付成功, keywords: [订单号, 金额]}}\n", "official")
    for command in (("plan",), ("apply", "--yes")):
        refused = reconciler(*command)
        assert (refused.code, refused.err) == (
            1,
            f"templates.yaml:4:14: paid: {id_} is a title of the old library, which is closed: what lives of "
            "it can be kept, and nothing can be added\n"
            '    use the id of a category\'s title, digits such as "47123", or take the entry out\n',
        )
    assert account.calls("api_add_template") == []


# ------------------------------------------------------------------ which API it is

UNAUTHORIZED = {"errcode": 48001, "errmsg": "api unauthorized"}
WXOPEN_LIST = "/cgi-bin/wxopen/template/list"


@pytest.mark.parametrize(
    ("official", "dialect"),
    [(UNAUTHORIZED, "subscribe"), ({"template_list": [PHANTOM]}, "notify")],
)
def test_an_import_without_a_dialect_finds_it(
    reconciler: CommandLine, account: ScriptedServer, official: dict[str, Any], dialect: str
) -> None:
    subscription_account(account, *(subscription_row(f"T{n}", f"第{n}通知") for n in range(1, 13)))
    account.on(WXOPEN_LIST, UNAUTHORIZED)
    account.on(f"{OLD}/get_all_private_template", official)
    imported = reconciler("import")
    assert (imported.code, imported.out.splitlines()[0]) == (0, "templates.yaml: 12 templates added")
    assert f"dialect: {dialect}\n" in Path("templates.yaml").read_text("utf-8")
    assert asked(account).count("list") == 1
    assert json.loads(Path("templates.lock.json").read_text("utf-8"))["dialect"] == dialect
    assert reconciler("plan").out.splitlines()[-1] == "no changes: 12 kept"


def test_an_account_of_several_apis_is_told_so(reconciler: CommandLine, account: ScriptedServer) -> None:
    subscription_account(account, subscription_row("T1", "第1通知"))
    account.on(WXOPEN_LIST, UNAUTHORIZED)
    rows = [PHANTOM, service_row("A", "付款", "金额：{{amount1.DATA}}")]
    account.on(f"{OLD}/get_all_private_template", {"template_list": rows})
    doubtful = reconciler("import")
    assert (doubtful.code, doubtful.err) == (
        1,
        "error: the account has templates: 1 of official, 1 of notify\n"
        "    choose: --dialect official or --dialect notify\n",
    )
    assert not Path("templates.yaml").exists()
    account.on(WXOPEN_LIST, {**OK, "list": []})
    empty = reconciler("import", "--dialect", "wxopen")
    assert (empty.code, empty.err) == (
        0,
        "warning: the account lists no templates of wxopen (asked twice), but 1 of subscribe, 1 of official: "
        "choose it with --dialect\n",
    )


# ------------------------------------------------------------------ subscription notices of service accounts


def test_a_subscription_notice_is_managed_and_sent(reconciler: CommandLine, account: ScriptedServer) -> None:
    subscription_account(account, subscription_row("A", "第7通知"))
    yaml(WISH.format(title="第7通知"), "notify")
    assert reconciler("apply", "--yes").code == 0
    account.on("/cgi-bin/message/subscribe/bizsend", OK)
    words = ("send", "paid", "--to", "U", "--set", "甲=一", "--set", "乙=二")
    assert (
        reconciler(*words, "--page", "https://example.com/", "--miniprogram", "wx1:pages/a?b=1:2").code == 0
    )
    assert account.calls("bizsend") == [
        {
            "touser": "U",
            "template_id": "A",
            "page": "https://example.com/",
            "miniprogram": {"appid": "wx1", "pagepath": "pages/a?b=1:2"},
            "data": {"thing1": {"value": "一"}, "thing2": {"value": "二"}},
        }
    ]
    wrong = reconciler(*words, "--miniprogram", "wx1")
    assert (wrong.code, wrong.err) == (64, "error: --miniprogram: of which page?\n    write APPID:PATH\n")
    address = reconciler(*words, "--url", "https://example.com/")
    assert (address.code, address.err) == (
        64,
        "error: --url: messages of notify have none\n    give the address as --page\n",
    )
    account.on("/cgi-bin/message/subscribe/bizsend", UNAUTHORIZED)
    other = reconciler(*words)
    assert other.code == 1
    assert "another kind of account" in other.err or "right for this kind of account" in other.err


def test_the_sandbox_takes_subscription_notices(reconciler: CommandLine) -> None:
    yaml('templates:\n  paid: {id: "2", title: 购买成功通知, keywords: [购买地点, 购买时间]}\n', "notify")
    assert reconciler("apply", "--sandbox", "--yes").code == 0
    words = ("--set", "购买地点=上海", "--set", "购买时间=10:00", "--miniprogram", "wx1:pages/a")
    sent = reconciler("send", "paid", "--sandbox", "--to", "U", *words)
    assert (sent.code, sent.err) == (0, "")


# ------------------------------------------------------------------ while the file is being written

USED, ASKED = "of it, only the dialect is used", "wxopen is asked: --dialect names another"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("", ASKED),
        ("version: 1\ntemplates:\n  paid: {id: AT0002, keywords: [", ASKED),
        ("version: 1\ntemplates:\n  paid:\n    id: AT0002\n", USED),
        ("version: 1\ndialect: wxopen\ntemplates:\n  paid: {id", USED),
        ("version: 1\ndialect: wxopen\naccounts_file: none.yaml\ntemplates: {}\n", USED),
    ],
)
def test_a_title_is_shown_while_the_file_is_unfinished(reconciler: CommandLine, text: str, note: str) -> None:
    Path("templates.yaml").write_text(text, "utf-8")
    shown = reconciler("library", "show", "AT0002", "--sandbox")
    said = f"note: templates.yaml has mistakes (reconciler validate); {note}\n"
    assert (shown.code, shown.out.splitlines()[0], shown.err) == (0, "AT0002  购买成功通知", said)
    assert reconciler("library", "search", "购买", "--sandbox").code == 0
    assert reconciler("library", "pull", "--titles-only", "--sandbox").code == 0
    other = reconciler("library", "show", "2", "--sandbox", "--dialect", "subscribe")
    assert (other.code, other.out.splitlines()[0][:3]) == (0, "2  ")
