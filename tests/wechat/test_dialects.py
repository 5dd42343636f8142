"""The client in the two newer dialects, against a server that answers as wechat-api.md §2 and §3 say."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs

import click
import pytest

from reconciler.cli.commands.library.show import command as LOOK
from reconciler.core import schemas
from reconciler.core.errors import CallError, Problem
from reconciler.core.model import LibraryKeyword, Live, Message, Slot, Spec, Title, Value
from reconciler.wechat.auth.credentials import Credentials
from reconciler.wechat.client import Client
from reconciler.wechat.dialects import load
from reconciler.wechat.dialects.limits import LIMITS
from reconciler.wechat.transport.network import Connection

from ..tools import TOKEN, ScriptedServer, in_words

NEW, OLD = "/wxaapi/newtmpl", "/cgi-bin/template"
PAID = Spec(
    "401",
    "",
    (LibraryKeyword(2, "金额"), LibraryKeyword(1, "时间")),
    scene="一二三四五六七八九十一二三四五六",
)
NAMED = Spec("47123", "", (LibraryKeyword(None, "时间："), LibraryKeyword(None, "地点")))
MESSAGE = Message("oUser", "tmpl", {"thing1": Value("x")}, None, {})
OK = {"errcode": 0, "errmsg": "ok"}


def test_what_has_limits_is_a_dialect() -> None:
    """Each with calls of its own to add and to send."""
    calls = {(load(name).add(PAID).path, load(name).send(MESSAGE).path) for name in LIMITS}
    assert len(calls) == len(LIMITS)
    with pytest.raises(KeyError):
        load("bizsend")


def test_each_file_and_option_that_names_dialects_knows_all() -> None:
    listed = {name for name, limits in LIMITS.items() if limits.listed}
    lock, templates, library = (json.loads(schemas.text(one)) for one in ("lock", "templates", "library"))
    (option,) = (one for one in LOOK.params if one.name == "dialect")
    assert isinstance(option.type, click.Choice)
    named = {
        "lock": lock["properties"]["dialect"]["enum"],
        "templates": templates["properties"]["dialect"]["enum"],
        "--dialect": option.type.choices,
    }
    assert {place: set(names) for place, names in named.items()} == {place: set(LIMITS) for place in named}
    (of_library,) = re.findall(r'"enum": (\["wxopen".*?\])', json.dumps(library))
    assert set(json.loads(of_library)) == listed


def using(server: ScriptedServer, dialect: str, work: Any) -> Any:
    import asyncio

    from reconciler.wechat.auth.credentials import TokenStore
    from reconciler.wechat.auth.session import Session
    from reconciler.wechat.transport.network import Network

    async def go() -> Any:
        async with Network(Connection(endpoint=server.url)) as network:
            return await work(
                Client(Session(network, TokenStore(Credentials(token=TOKEN))), dialect, writes=True)
            )

    return asyncio.run(go())


def asked(server: ScriptedServer) -> list[tuple[str, str, Any]]:
    """What was asked: method, the end of the path, and the body or the query."""
    return [
        (
            method,
            path.rpartition("/")[2],
            json.loads(body) if body else {k: v for k, v in query.items() if k != "access_token"},
        )
        for method, path, query, body in server.requests
    ]


def test_subscribe_reads_the_whole_list_at_once(scripted: ScriptedServer) -> None:
    rows = [
        {"priTmplId": f"T{n}", "title": "付款成功", "content": "金额:{{amount7.DATA}}\n时间:{{date2.DATA}}\n"}
        for n in range(30)
    ]
    scripted.on(f"{NEW}/gettemplate", {**OK, "data": rows})
    found = using(scripted, "subscribe", lambda c: c.list_templates({"not there"}, 40))
    assert found[0] == Live(
        "T0", "付款成功", (Slot("金额:", "amount7", "amount"), Slot("时间:", "date2", "date"))
    )
    assert len(found) == 30
    assert asked(scripted) == [("GET", "gettemplate", {})]


def test_subscribe_looks_keywords_up_and_gets_no_title(scripted: ScriptedServer) -> None:
    rows = [{"kid": 1, "name": "时间", "example": "x", "rule": "date"}, {"kid": "2", "name": "金额"}]
    scripted.on(f"{NEW}/getpubtemplatekeywords", {**OK, "data": rows})
    found = using(scripted, "subscribe", lambda c: c.title("401"))
    assert found == Title("401", None, (LibraryKeyword(1, "时间", "x", "date"), LibraryKeyword(2, "金额")))
    assert asked(scripted) == [("GET", "getpubtemplatekeywords", {"tid": ["401"]})]


def test_subscribe_adds_and_deletes(scripted: ScriptedServer) -> None:
    scripted.on(f"{NEW}/addtemplate", {**OK, "priTmplId": "T1"})
    scripted.on(f"{NEW}/deltemplate", OK)

    async def work(client: Client) -> str:
        await client.delete("T0")
        return await client.add(PAID)

    assert using(scripted, "subscribe", work) == "T1"
    body = {"tid": "401", "kidList": [2, 1], "sceneDesc": "一二三四五六七八九十一二三四五"}
    assert asked(scripted) == [("POST", "deltemplate", {"priTmplId": "T0"}), ("POST", "addtemplate", body)]
    assert {headers["content-type"] for headers in scripted.headers} == {"application/json"}


def test_a_title_whose_keywords_are_fixed_is_added_without_any(scripted: ScriptedServer) -> None:
    scripted.on(f"{NEW}/addtemplate", {**OK, "priTmplId": "T1"})
    fixed = Spec("10000001", "", PAID.keywords, scene="x")
    using(scripted, "subscribe", lambda c: c.add(fixed))
    assert scripted.calls("addtemplate")[0]["kidList"] == []


def test_what_was_just_added_is_taken_over(scripted: ScriptedServer) -> None:
    scripted.on(f"{NEW}/addtemplate", {"errcode": 200022, "errmsg": "exists", "priTmplId": "THERE"})
    assert using(scripted, "subscribe", lambda c: c.add(PAID)) == "THERE"


def test_a_gateway_that_takes_only_forms_is_served_after_one_refusal(scripted: ScriptedServer) -> None:
    missing = {"errcode": 200014, "errmsg": "missing parameter tid"}

    def add(_method: str, body: dict[str, Any]) -> dict[str, Any]:
        return missing if body else {**OK, "priTmplId": "T1"}

    scripted.on(f"{NEW}/addtemplate", add)
    scripted.on(f"{NEW}/deltemplate", lambda _method, body: missing if body else OK)

    async def work(client: Client) -> None:
        await client.add(PAID)
        await client.add(PAID)
        await client.delete("T9")

    using(scripted, "subscribe", work)
    kinds = [headers["content-type"].rpartition("/")[2] for headers in scripted.headers]
    assert kinds == ["json", "x-www-form-urlencoded", "x-www-form-urlencoded", "x-www-form-urlencoded"]
    sent = [parse_qs(body.decode()) for *_, body in scripted.requests[1:]]
    form = {"tid": ["401"], "kidList[0]": ["2"], "kidList[1]": ["1"], "sceneDesc": [PAID.scene[:15]]}
    assert sent == [form, form, {"priTmplId": ["T9"]}]


@pytest.mark.parametrize("form", [{"errcode": 200014}, {"errcode": 47001}, {"errcode": 47002}])
def test_a_template_that_is_gone_is_gone_where_forms_are_not_taken(
    scripted: ScriptedServer, form: dict[str, Any]
) -> None:
    gone = {"errcode": 200014, "errmsg": "missing parameter priTmplId"}
    scripted.on(f"{NEW}/deltemplate", lambda _method, body: gone if body else form)
    using(scripted, "subscribe", lambda c: c.delete("T9"))
    assert len(scripted.requests) == 2


def test_a_server_that_takes_json_is_not_asked_with_forms(scripted: ScriptedServer) -> None:
    scripted.on(f"{NEW}/addtemplate", {**OK, "priTmplId": "T1"})
    scripted.on(f"{NEW}/deltemplate", {"errcode": 200014, "errmsg": "template not exist"})

    async def work(client: Client) -> None:
        await client.add(PAID)
        await client.delete("T9")

    using(scripted, "subscribe", work)
    assert len(scripted.requests) == 2


@pytest.mark.parametrize("errmsg", ["tid does not exist rid: 1-2-3", "invalid tid", "", None])
def test_an_add_that_the_categories_do_not_allow_is_sent_once(
    scripted: ScriptedServer, errmsg: str | None
) -> None:
    """Its keywords were told, so the title exists (wechat-api.md §7)."""
    scripted.on(f"{NEW}/addtemplate", {"errcode": 200014, "errmsg": errmsg, "count": 0, "data": []})
    with pytest.raises(CallError) as caught:
        using(scripted, "subscribe", lambda c: c.add(PAID))
    said = f" ({errmsg})" if errmsg else ""
    assert in_words(caught.value.problems[0]) == Problem(
        "errcode 200014",
        f"POST {NEW}/addtemplate: errcode 200014, the account's service categories (类目) lack this title"
        f"{said}",
        None,
        "add its category in the console, or choose a title of the account's: reconciler library search; "
        "with --refresh the title is looked up anew",
    )
    assert len(scripted.requests) == 1


def test_a_gateway_that_sees_no_parameters_either_way_is_told_as_that(scripted: ScriptedServer) -> None:
    scripted.on(f"{NEW}/addtemplate", {"errcode": 200014, "errmsg": "missing parameter tid"})
    with pytest.raises(CallError) as caught:
        using(scripted, "subscribe", lambda c: c.add(PAID))
    assert in_words(caught.value.problems[0]) == Problem(
        "errcode 200014",
        f"POST {NEW}/addtemplate: errcode 200014, a parameter was not seen (missing parameter tid)",
        None,
        "is there a gateway between that rewrites bodies?",
    )
    assert len(scripted.requests) == 2


@pytest.mark.parametrize(
    ("extras", "means", "hint"),
    [
        (
            {"miniprogram": "wx2", "page": "index"},
            "the mini program that the message leads to is not bound to the account",
            "bind it in the account's console, correct --miniprogram, or leave it out",
        ),
        ({}, "the appid is invalid", "check WECHAT_APPID: wx and 16 characters, small letters"),
    ],
)
def test_40013_of_a_message_is_about_the_mini_program_that_it_names(
    scripted: ScriptedServer, extras: dict[str, str], means: str, hint: str
) -> None:
    path = "/cgi-bin/message/template/send"
    scripted.on(path, {"errcode": 40013, "errmsg": "invalid appid"})
    message = Message("o1", "T1", {"time1": Value("10:00")}, extras=extras)
    with pytest.raises(CallError) as caught:
        using(scripted, "official", lambda c: c.send(message))
    assert in_words(caught.value.problems[0]) == Problem(
        "errcode 40013", f"POST {path}: errcode 40013, {means} (invalid appid)", None, hint
    )


def test_a_full_account_is_told_of_the_form_too(scripted: ScriptedServer) -> None:
    missing, full = (
        {"errcode": 200014, "errmsg": "missing parameter tid"},
        {"errcode": 200012, "errmsg": "full"},
    )
    scripted.on(f"{NEW}/addtemplate", lambda _method, body: missing if body else full)
    with pytest.raises(CallError, match="errcode 200012, the account holds as many templates as it may"):
        using(scripted, "subscribe", lambda c: c.add(PAID))


PHANTOM = {
    "template_id": "P",
    "title": "订阅模板消息",
    "primary_industry": "",
    "deputy_industry": "",
    "content": "{{content.DATA}}",
    "example": "",
}


@pytest.mark.parametrize(
    ("change", "listed"),
    [
        ({}, False),
        ({"primary_industry": None, "content": " {{content.DATA}}\n"}, False),
        ({"primary_industry": "IT科技"}, True),
        ({"title": "订阅通知"}, True),
        ({"content": "内容：{{content.DATA}}"}, True),
    ],
)
def test_the_row_that_nobody_has_added_is_no_template(
    scripted: ScriptedServer, change: dict[str, Any], listed: bool
) -> None:
    scripted.on(f"{OLD}/get_all_private_template", {"template_list": [{**PHANTOM, **change}]})
    found = using(scripted, "official", lambda c: c.list_templates())
    assert [one.template_id for one in found] == (["P"] if listed else [])


def test_official_lists_adds_by_name_and_deletes(scripted: ScriptedServer) -> None:
    content = "{{first.DATA}}\n时间：{{time1.DATA}}\r\n地点：{{thing2.DATA}}\n{{remark.DATA}}"
    rows = [{"template_id": "T1", "title": "预约提醒", "primary_industry": "IT", "content": content}]
    scripted.on(f"{OLD}/get_all_private_template", {"template_list": rows})
    scripted.on(f"{OLD}/api_add_template", {**OK, "template_id": "T2"})
    scripted.on(f"{OLD}/del_private_template", OK)

    async def work(client: Client) -> None:
        slots = (Slot("时间：", "time1", "time"), Slot("地点：", "thing2", "thing", 20))
        assert await client.list_templates() == (Live("T1", "预约提醒", slots),)
        assert await client.title("47123") == Title("47123", None, None)
        assert await client.add(NAMED) == "T2"
        await client.delete("T1")

    using(scripted, "official", work)
    body = {"template_id_short": "47123", "keyword_name_list": ["时间", "地点"]}
    assert asked(scripted) == [
        ("GET", "get_all_private_template", {}),
        ("POST", "api_add_template", body),
        ("POST", "del_private_template", {"template_id": "T1"}),
    ]


@pytest.mark.parametrize(
    ("dialect", "path", "reply", "message"),
    [
        ("subscribe", f"{NEW}/gettemplate", OK, f"GET {NEW}/gettemplate: the reply has no data"),
        ("subscribe", f"{NEW}/gettemplate", {**OK, "data": [{"title": "x"}]},
         f"GET {NEW}/gettemplate: a row of the list has no priTmplId or no title"),
        ("official", f"{OLD}/get_all_private_template", {},
         f"GET {OLD}/get_all_private_template: the reply has no template_list"),
        ("official", f"{OLD}/get_all_private_template", {"template_list": [1]},
         f"GET {OLD}/get_all_private_template: a row of template_list is no object"),
    ],
)  # fmt: skip
def test_a_list_of_another_shape(
    scripted: ScriptedServer, dialect: str, path: str, reply: dict[str, Any], message: str
) -> None:
    scripted.on(path, reply)
    with pytest.raises(CallError) as caught:
        using(scripted, dialect, lambda c: c.list_templates())
    assert caught.value.problems[0].message == message
