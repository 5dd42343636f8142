"""The client: the same tests against the emulator in-process and over HTTP, then servers that misbehave."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import pytest
from msgspec.structs import replace

from reconciler.core.errors import CallError
from reconciler.core.model import LibraryKeyword, Live, Slot, Spec
from reconciler.sandbox import library
from reconciler.sandbox.accounts import APPID, SECRET
from reconciler.sandbox.routes import create_app
from reconciler.sandbox.state.store import Store
from reconciler.wechat.auth.credentials import Credentials, TokenStore
from reconciler.wechat.auth.session import Call, Session
from reconciler.wechat.client import Client, WriteForbiddenError
from reconciler.wechat.transport.network import Connection, Network

from ..dialects import dialect, pytest_generate_tests  # noqa: F401
from ..tools import SPOKEN, TOKEN, ScriptedServer
from ..voices import Voice

T = TypeVar("T")
STABLE, CLASSIC = "/cgi-bin/stable_token", "/cgi-bin/token"
SECRETS = Credentials(appid="wx1", secret="S3CRET/+=x")
SECRETS_TOKEN = Credentials(token=TOKEN)


def using(
    connection: Connection,
    credentials: Credentials,
    work: Callable[[Client], Awaitable[T]],
    *,
    writes: bool = True,
    on_call: Callable[[Call], None] = lambda _: None,
) -> T:
    async def go() -> T:
        async with Network(connection) as network:
            session = Session(network, TokenStore(credentials), on_call=on_call)
            return await work(Client(session, SPOKEN[-1], writes=writes))

    return asyncio.run(go())


@pytest.fixture(params=["in-process", "http", "fleet"])
def emulator(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """A connection to an empty emulator."""
    if request.param != "in-process":
        yield Connection(endpoint=request.getfixturevalue("sandbox"), many=request.param == "fleet")
        return
    with closing(Store.memory()) as store:
        app = create_app(store, library.load(None))
        yield Connection("http://sandbox.invalid", transport=lambda: httpx.ASGITransport(app=app))


OWN = Credentials(appid=APPID, secret=SECRET)


# ---------------------------------------------------------------- against the emulator


@pytest.mark.dialects("wxopen", "subscribe")
def test_a_title_is_looked_up(emulator: Connection, voice: Voice) -> None:
    title = using(emulator, OWN, lambda client: client.title(voice.paid.id))
    assert title.title == ("购买成功通知" if voice.dialect == "wxopen" else None)
    assert (title.keywords or ())[:3] == (
        LibraryKeyword(3, "购买地点", "TIT造舰厂", "thing" if voice.dialect == "subscribe" else None),
        LibraryKeyword(4, "购买时间", "2016年6月6日", "time" if voice.dialect == "subscribe" else None),
        LibraryKeyword(5, "物品名称", "咖啡", "thing" if voice.dialect == "subscribe" else None),
    )


def test_add_list_delete(emulator: Connection, voice: Voice) -> None:
    async def work(client: Client) -> None:
        template_id = await client.add(voice.paid)
        assert await client.list_templates() == (voice.paid_as(template_id),)
        await client.delete(template_id)
        assert await client.list_templates() == ()
        await client.delete(template_id)

    using(emulator, OWN, work)


@pytest.mark.parametrize("expect", [0, 3, 25, 60])
def test_all_is_read_whatever_was_expected(emulator: Connection, voice: Voice, expect: int) -> None:
    async def work(client: Client) -> None:
        ids = [await client.add(one) for one in distinct(voice.paid, 25)]
        assert [one.template_id for one in await client.list_templates(more=expect)] == ids

    using(emulator, OWN, work)


def distinct(spec: Spec, count: int) -> list[Spec]:
    """So many adds, none of which repeats the one before: `subscribe` would notice."""
    turned = replace(spec, keywords=spec.keywords[::-1])
    return [(spec, turned)[number % 2] for number in range(count)]


def test_a_full_account_says_what_to_do(emulator: Connection, voice: Voice) -> None:
    async def work(client: Client) -> None:
        for one in distinct(voice.paid, 26):
            await client.add(one)

    with pytest.raises(CallError) as caught:
        using(emulator, OWN, work)
    problem = caught.value.problems[0]
    start = f"POST {voice.ADD}: errcode {voice.full}, the account holds as many templates as it may ("
    assert problem.message.startswith(start)
    assert "rid: " in problem.message
    assert problem.hint == "delete templates in the console, then run it again: adds come before deletes"
    assert caught.value.executed is False


def test_a_wrong_secret_is_told_in_one_line(emulator: Connection) -> None:
    with pytest.raises(CallError) as caught:
        using(emulator, Credentials(appid=APPID, secret="wrong"), lambda client: client.list_templates())
    problem = caught.value.problems[0]
    assert problem.message.startswith("POST /cgi-bin/stable_token: errcode 40125, the appsecret is wrong (")
    assert "\n" not in problem.message


def test_a_fake_token_is_told_in_one_line(emulator: Connection, voice: Voice) -> None:
    with pytest.raises(CallError) as caught:
        using(emulator, Credentials(token="fake"), lambda client: client.list_templates())
    message = caught.value.problems[0].message
    start = f"{voice.lists}: errcode 40001, the access_token is invalid or not the latest ("
    assert message.startswith(start)
    assert "fake" not in message


@pytest.mark.parametrize("token_api", ["stable", "classic"])
def test_both_ways_to_a_token(emulator: Connection, token_api: str) -> None:
    connection = replace(emulator, token_api=token_api)
    assert using(connection, OWN, lambda client: client.list_templates()) == ()


# ---------------------------------------------------------------- a client that only reads


@pytest.mark.parametrize("call", ["add", "delete"])
def test_a_write_through_a_reader_raises_before_anything_is_sent(
    scripted: ScriptedServer, voice: Voice, call: str
) -> None:
    given = {"add": voice.paid, "delete": "A"}[call]
    with pytest.raises(WriteForbiddenError):
        using(Connection(endpoint=scripted.url), SECRETS, lambda c: getattr(c, call)(given), writes=False)
    assert scripted.requests == []


# ---------------------------------------------------------------- what is sent


def test_requests_are_raw_utf8_json_with_a_content_type_and_the_token_in_the_query(
    scripted: ScriptedServer, voice: Voice
) -> None:
    scripted.on(voice.DEL, {"errcode": 0})
    using(Connection(endpoint=scripted.url), Credentials(token=TOKEN), lambda client: client.delete("模板&"))
    body = f'{{"{voice.id}":"模板&"}}'.encode()
    assert scripted.requests == [("POST", voice.DEL, {"access_token": [TOKEN]}, body)]
    assert scripted.headers[0]["content-type"] == "application/json"


def test_an_endpoint_may_have_a_path(scripted: ScriptedServer, voice: Voice) -> None:
    scripted.on("/gateway" + voice.LIST, voice.listing())
    using(Connection(endpoint=scripted.url + "/gateway/"), SECRETS_TOKEN, lambda c: c.list_templates())
    assert len(scripted.calls(voice.LIST)) == 1


def page(voice: Voice, *ids: str) -> dict[str, Any]:
    return voice.listing(*map(voice.row, ids))


@pytest.mark.dialects("wxopen")
def test_a_gateway_that_ignores_the_offset_does_not_loop(scripted: ScriptedServer, voice: Voice) -> None:
    ids = [f"T{n}" for n in range(20)]
    scripted.on(voice.LIST, page(voice, *ids))
    found = using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates())
    assert [one.template_id for one in found] == ids
    assert [call["offset"] for call in scripted.calls(voice.LIST)] == [0, 20]


@pytest.mark.dialects("wxopen")
@pytest.mark.parametrize("cap", [1, 7, 10, 19])
@pytest.mark.parametrize("expect", [21, 33])
def test_a_gateway_that_gives_less_than_was_asked_for_is_read_to_the_end(
    scripted: ScriptedServer, cap: int, expect: int, voice: Voice
) -> None:
    ids = [f"T{n}" for n in range(33)]
    scripted.on(voice.LIST, lambda _, body: page(voice, *ids[body["offset"] : body["offset"] + cap]))
    found = using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates(more=expect))
    assert [one.template_id for one in found] == ids


@pytest.mark.dialects("wxopen")
def test_it_reads_on_until_what_is_expected_was_seen(scripted: ScriptedServer, voice: Voice) -> None:
    """On pages of 5 it takes four to get to what stands behind the first 15; counting would end before."""
    ids = [f"T{n}" for n in range(18)]
    scripted.on(voice.LIST, lambda _, body: page(voice, *ids[body["offset"] : body["offset"] + 5]))
    found = using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates({"T16"}))
    assert [one.template_id for one in found] == ids


@pytest.mark.dialects("wxopen")
def test_a_template_that_is_gone_costs_one_page_more(scripted: ScriptedServer, voice: Voice) -> None:
    ids = [f"T{n}" for n in range(24)]
    scripted.on(voice.LIST, lambda _, body: page(voice, *ids[body["offset"] : body["offset"] + 20]))
    found = using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates(more=25))
    assert [one.template_id for one in found] == ids
    assert sorted(call["offset"] for call in scripted.calls(voice.LIST)) == [0, 20, 24]


@pytest.mark.dialects("wxopen")
def test_a_gateway_that_ignores_the_offset_must_not_hide_what_should_be_there(
    scripted: ScriptedServer, voice: Voice
) -> None:
    """Else what it hides would be added by every run."""
    scripted.on(voice.LIST, page(voice, *(f"T{n}" for n in range(20))))
    with pytest.raises(CallError) as caught:
        using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates(more=21))
    assert caught.value.problems[0].message == (
        "POST /cgi-bin/wxopen/template/list: it ignores the offset, "
        "and there should be 21 templates where it shows 20"
    )


@pytest.mark.dialects("wxopen")
def test_a_list_that_grows_while_it_is_read_is_not_one_that_ignores_the_offset(
    scripted: ScriptedServer, voice: Voice
) -> None:
    """The newest first, and one more by the time of the second page: the same row comes twice."""
    pages = iter([page(voice, "B"), page(voice, "B")])
    scripted.on(voice.LIST, lambda *_: next(pages))
    found = using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates(more=2))
    assert [one.template_id for one in found] == ["B"], "whoever misses one asks again"


def test_blanks_around_titles_are_none_of_theirs(scripted: ScriptedServer, voice: Voice) -> None:
    scripted.on(voice.LIST, voice.listing(voice.row("A", title=" 甲 ")))
    connection = Connection(endpoint=scripted.url)
    assert using(connection, SECRETS_TOKEN, lambda c: c.list_templates())[0].title == "甲"
    if voice.dialect == "wxopen":
        scripted.on(voice.GET, voice.titled("甲 "))
        assert using(connection, SECRETS_TOKEN, lambda c: c.title("AT1")).title == "甲"


@pytest.mark.dialects("wxopen")
def test_a_list_without_end_ends(scripted: ScriptedServer, voice: Voice) -> None:
    scripted.on(voice.LIST, lambda _, body: page(voice, *(f"T{body['offset'] + n}" for n in range(20))))
    with pytest.raises(CallError, match="the list has more than 10000 templates"):
        using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates())


@pytest.mark.dialects("wxopen")
def test_each_expected_page_is_asked_for_once(scripted: ScriptedServer, voice: Voice) -> None:
    scripted.on(
        voice.LIST,
        lambda _, body: page(voice, *(f"T{n}" for n in range(body["offset"], min(body["offset"] + 20, 50)))),
    )

    found = using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates(more=50))
    assert len(found) == 50
    assert sorted(call["offset"] for call in scripted.calls(voice.LIST)) == [0, 20, 40]


# ---------------------------------------------------------------- tokens


def test_a_refused_token_is_replaced_once_however_many_calls_wait(
    scripted: ScriptedServer, voice: Voice
) -> None:
    tokens = iter(["old", "new"])
    scripted.on(STABLE, lambda *_: {"access_token": next(tokens), "expires_in": 7200})

    def guarded(scripted: ScriptedServer) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
        def handler(*_: Any) -> dict[str, Any]:
            if scripted.requests[-1][2]["access_token"] == ["old"]:
                return {"errcode": 42001, "errmsg": "access_token expired"}
            return {"errcode": 0}

        return handler

    scripted.on(voice.DEL, guarded(scripted))

    async def work(client: Client) -> None:
        await asyncio.gather(*(client.delete(f"T{n}") for n in range(8)))

    using(Connection(endpoint=scripted.url), SECRETS, work)
    assert (
        scripted.calls(STABLE)
        == [
            {
                "grant_type": "client_credential",
                "appid": "wx1",
                "secret": SECRETS.secret,
                "force_refresh": False,
            }
        ]
        * 2
    )


def test_a_token_that_is_refused_twice_fails(scripted: ScriptedServer, voice: Voice) -> None:
    scripted.on(STABLE, {"access_token": "same", "expires_in": 300})
    scripted.on(voice.LIST, {**voice.listing(), "errcode": "40001", "errmsg": "invalid credential"})
    with pytest.raises(CallError, match="errcode 40001"):
        using(Connection(endpoint=scripted.url), SECRETS, lambda c: c.list_templates())
    assert len(scripted.calls(STABLE)) == 2
    assert len(scripted.calls(voice.LIST)) == 2


@pytest.mark.parametrize("classic", [False, True])
def test_a_token_that_is_never_good_is_replaced_once_however_many_calls_there_are(
    scripted: ScriptedServer, classic: bool, voice: Voice
) -> None:
    """Each call of cgi-bin/token kills somebody's token, and stable_token has a small quota."""
    count = iter(range(100))
    for path in (STABLE, "/cgi-bin/token"):
        scripted.on(path, lambda *_: {"access_token": f"T{next(count)}", "expires_in": 7200})
    scripted.on(voice.DEL, {"errcode": 40001, "errmsg": "invalid credential"})
    connection = Connection(endpoint=scripted.url, token_api="classic" if classic else "stable")

    async def work(client: Client) -> list[Any]:
        rounds = [[client.delete(f"T{n}") for n in range(25)] for _ in range(2)]
        return [one for calls in rounds for one in await asyncio.gather(*calls, return_exceptions=True)]

    errors = using(connection, SECRETS, work)
    assert {one.errcode for one in errors} == {40001}
    assert next(count) == 2
    (hint,) = {one.problems[0].hint for one in errors[:25]}
    assert hint.startswith("this is the token that WeChat has just given")


def test_a_token_that_expires_later_is_replaced_again(scripted: ScriptedServer, voice: Voice) -> None:
    count = iter(range(100))
    scripted.on(STABLE, lambda *_: {"access_token": f"T{next(count)}", "expires_in": 300})
    used: list[str] = []

    def twice_good(*_: Any) -> dict[str, Any]:
        token = scripted.requests[-1][2]["access_token"][0]
        used.append(token)
        return {"errcode": 42001} if used.count(token) > 2 else voice.listing()

    scripted.on(voice.LIST, twice_good)

    async def work(client: Client) -> None:
        for _ in range(6):
            await client.list_templates()

    using(Connection(endpoint=scripted.url), SECRETS, work)
    assert used == ["T0", "T0", "T0", "T1", "T1", "T1", "T2", "T2"]


@pytest.mark.parametrize("answer", [{"errcode": 40125, "errmsg": "x"}, (502, b"<html>", "text/html")])
def test_a_token_that_is_not_given_is_asked_for_once_however_many_calls_wait(
    scripted: ScriptedServer, answer: Any
) -> None:
    scripted.on(STABLE, answer)

    async def work(client: Client) -> list[Any]:
        return await asyncio.gather(*(client.delete(f"T{n}") for n in range(25)), return_exceptions=True)

    errors = using(Connection(endpoint=scripted.url, retries=0), SECRETS, work)
    assert len({str(one) for one in errors}) == 1
    assert len(scripted.requests) == 1


def test_a_given_token_that_is_refused_fails_at_once(scripted: ScriptedServer, voice: Voice) -> None:
    scripted.on(voice.LIST, {"errcode": 40014, "errmsg": "x"})
    with pytest.raises(CallError, match="errcode 40014"):
        using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates())
    assert len(scripted.requests) == 1


def test_force_refresh_is_asked_for_once(scripted: ScriptedServer, voice: Voice) -> None:
    scripted.on(STABLE, {"access_token": "t", "expires_in": 300})
    scripted.on(voice.LIST, voice.listing())
    connection = Connection(endpoint=scripted.url, force_refresh=True)
    using(connection, SECRETS, lambda c: c.list_templates())
    assert [call["force_refresh"] for call in scripted.calls(STABLE)] == [True]


# ---------------------------------------------------------------- replies


@pytest.mark.parametrize("errcode", [0, "0", None])
def test_success_in_all_its_shapes(scripted: ScriptedServer, errcode: Any, voice: Voice) -> None:
    text = json.dumps({**voice.listing(), "errcode": errcode}).encode()
    scripted.on(voice.LIST, (200, b"\xef\xbb\xbf" + text, "text/plain"))
    assert using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates()) == ()


def test_an_escaped_pair_is_one_character(scripted: ScriptedServer, voice: Voice) -> None:
    body = json.dumps(voice.listing(voice.row("A", "\U0001f600", ""))).encode()
    assert b"\\ud83d\\ude00" in body
    scripted.on(voice.LIST, (200, body, "text/plain"))
    found = using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates())
    assert [one.title for one in found] == ["\U0001f600"]


def test_half_a_pair_in_an_error_does_not_hide_the_error(scripted: ScriptedServer, voice: Voice) -> None:
    scripted.on(voice.LIST, (200, b'{"errcode": 48001, "errmsg": "\\ud800"}', "text/plain"))
    with pytest.raises(CallError) as caught:
        using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates())
    assert caught.value.errcode == 48001


def test_control_characters_inside_strings_are_tolerated(scripted: ScriptedServer, voice: Voice) -> None:
    body = json.dumps(voice.listing(voice.row("A", "t\x01")))
    raw = body.replace("\\u0001", "\x01").replace("\\n", "\n").encode()
    assert b"\x01" in raw
    scripted.on(voice.LIST, (200, raw, "text/plain"))
    found = using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates())
    assert found == (Live("A", "t\x01", (Slot("乙", "keyword1"),)),)


def test_odd_rows_are_read_as_far_as_they_can_be(scripted: ScriptedServer, voice: Voice) -> None:
    scripted.on(voice.LIST, voice.listing({voice.id: "A", "title": "甲"}))
    connection = Connection(endpoint=scripted.url)
    assert using(connection, SECRETS_TOKEN, lambda c: c.list_templates()) == (Live("A", "甲", None),)
    if voice.GET:
        scripted.on(voice.GET, voice.titled("甲", {"keyword_id": "7", "name": "乙"}))
        title = using(connection, SECRETS_TOKEN, lambda c: c.title("AT1"))
        assert title.keywords == (LibraryKeyword(7, "乙"),)


HINT = "not an answer of WeChat's: is there a proxy or a gateway between? Is --endpoint right?"
HTML = b"<!DOCTYPE html><html><body>Bad Gateway</body></html>"


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ((200, b"", "application/json"), "an empty reply"),
        ((200, b"nonsense", "text/plain"), "a reply that is not JSON"),
        ((200, b'{"ROWS": [', "application/json"), "JSON that is cut short or damaged"),
        ((200, b"[" * 100_000, "application/json"), "JSON that is cut short or damaged"),
        ((200, b'{"ROWS": "\xff"}', "application/json"), "JSON that is cut short or damaged"),
        ((200, HTML, "text/html"), "an HTML page instead of JSON"),
        ((502, HTML, "text/html"), "HTTP status 502, an HTML page instead of JSON"),
        ((500, b'{"ROWS": []}', "application/json"), "HTTP status 500"),
        ((302, b"http://127.0.0.1:1/", "text/plain"), "HTTP status 302, a reply that is not JSON"),
        ((200, b"[]", "application/json"), "the reply is JSON, but no object"),
        ((200, b'{"errcode": "x"}', "application/json"), "errcode is not a number"),
        ((200, b'{"list": [], "x": "\\uD800"}', "application/json"), "half a surrogate pair in its text"),
        ((200, b"{}", "application/json"), "the reply has no ROWS"),
        ((200, b'{"ROWS": {}}', "application/json"), "the reply has no ROWS"),
        ((200, b'{"ROWS": [1]}', "application/json"), "a row of THEM is no object"),
        (
            (200, b'{"ROWS": [{"title": "x"}]}', "application/json"),
            "a row of the list has no ID or no title",
        ),
        ((200, b'{"ROWS": "' + b"x" * (9 << 20), "application/json"), "a reply of more than 4 MiB"),
    ],
)
def test_bad_replies(
    scripted: ScriptedServer, reply: tuple[int, bytes, str], said: str, voice: Voice
) -> None:
    status, content, kind = reply
    scripted.on(voice.LIST, (status, content.replace(b"ROWS", voice.rows.encode()), kind))
    said = said.replace("ROWS", voice.rows).replace("ID", voice.id)
    said = said.replace("THEM", "the list" if voice.dialect == "wxopen" else voice.rows)
    with pytest.raises(CallError) as caught:
        using(Connection(endpoint=scripted.url, retries=0), SECRETS_TOKEN, lambda c: c.list_templates())
    problem = caught.value.problems[0]
    assert (problem.code, problem.message, problem.hint) == (
        "bad reply",
        f"{voice.lists}: {said}",
        HINT,
    )
    assert caught.value.executed is None


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_carries_nothing_secret_anywhere(
    serve: Callable[[Any], str], scripted: ScriptedServer, status: int, voice: Voice
) -> None:
    """Neither the token in the query nor the secret in the body: no redirect is followed."""
    other = ScriptedServer()
    other.url = serve(other)
    for path in (voice.LIST, voice.ADD, STABLE, CLASSIC):
        scripted.on(path, (status, f"{other.url}{path}?access_token=x".encode(), "text/plain"))
    calls: list[tuple[Connection, Credentials]] = [
        (Connection(endpoint=scripted.url), SECRETS_TOKEN),
        (Connection(endpoint=scripted.url), SECRETS),
        (Connection(endpoint=scripted.url, token_api="classic"), SECRETS),
    ]
    for connection, credentials in calls:
        for act in (lambda c: c.list_templates(), lambda c: c.add(voice.paid)):
            with pytest.raises(CallError, match=f"HTTP status {status}, a reply that is not JSON"):
                using(connection, credentials, act)
    assert len(scripted.requests) == 6
    assert other.requests == []


@pytest.mark.parametrize(
    ("spoken", "reply", "said"),
    [
        ("wxopen", {"title": "x"}, "the reply has no title or no keyword_list"),
        (
            "wxopen",
            {"title": "x", "keyword_list": [{"keyword_id": True, "name": "x"}]},
            "a row of keyword_list has no keyword_id or no name",
        ),
        (
            "wxopen",
            {"id": "AT2", "title": "x", "keyword_list": []},
            "AT1 was asked for, and the reply is about AT2",
        ),
        ("subscribe", {"errcode": 0}, "the reply has no data"),
        ("subscribe", {"data": [{"kid": True, "name": "x"}]}, "a row of data has no kid or no name"),
        ("subscribe", {"data": ["x"]}, "a row of data is no object"),
    ],
)
@pytest.mark.dialects("wxopen", "subscribe")
def test_titles_of_the_wrong_shape(
    scripted: ScriptedServer, voice: Voice, spoken: str, reply: dict[str, Any], said: str
) -> None:
    if spoken != voice.dialect:
        return
    scripted.on(voice.GET, reply)
    with pytest.raises(CallError) as caught:
        using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.title("AT1"))
    assert caught.value.problems[0].message == f"{voice.asks} {voice.GET}: {said}"


def test_an_add_that_tells_no_id(scripted: ScriptedServer, voice: Voice) -> None:
    scripted.on(voice.ADD, {voice.id: 7})
    with pytest.raises(CallError) as caught:
        using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.add(voice.paid))
    assert caught.value.problems[0].message == f"POST {voice.ADD}: the reply has no {voice.id}"


def test_an_unknown_errcode_is_shown_with_all_that_support_asks_for(
    scripted: ScriptedServer, voice: Voice
) -> None:
    scripted.on(voice.LIST, {"errcode": 99999, "errmsg": "odd", "rid": "627a1a88-48da1f89"})
    with pytest.raises(CallError) as caught:
        using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates())
    problem = caught.value.problems[0]
    assert problem.message == f"{voice.lists}: errcode 99999 (odd) rid: 627a1a88-48da1f89"
    assert problem.hint == "look the code up in WeChat's documentation; its support asks for the rid"


MANY = pytest.mark.parametrize("many", [False, True], ids=["few", "many"])


@MANY
def test_no_server(many: bool, voice: Voice) -> None:
    connection = Connection(endpoint="http://127.0.0.1:1", many=many, retries=0)
    with pytest.raises(CallError) as caught:
        using(connection, SECRETS_TOKEN, lambda c: c.add(voice.paid))
    start = f"POST {voice.ADD}: can't connect to 127.0.0.1:1 ("
    assert caught.value.problems[0].message.startswith(start)
    assert caught.value.executed is False


@MANY
def test_a_connection_that_breaks_leaves_the_outcome_unknown(sandbox: str, many: bool, voice: Voice) -> None:
    faults = json.dumps({"faults": ["add=drop:after", "list=cut"]}).encode()
    httpx.post(f"{sandbox}/_sandbox/faults", content=faults)
    connection = Connection(endpoint=sandbox, many=many, retries=0)
    for work in (lambda c: c.add(voice.paid), lambda c: c.list_templates()):
        with pytest.raises(CallError) as caught:
            using(connection, OWN, work)
        assert caught.value.problems[0].code == "no reply"
        assert ": the connection broke (" in caught.value.problems[0].message
        assert caught.value.executed is None


@MANY
def test_a_server_that_hangs_is_given_up_and_the_outcome_is_not_known(
    scripted: ScriptedServer, many: bool, voice: Voice
) -> None:
    async def slow(*_: Any) -> dict[str, Any]:
        await asyncio.sleep(0.5)
        return {"template_id": "A"}

    scripted.on(voice.ADD, slow)
    connection = Connection(endpoint=scripted.url, timeout=0.1, many=many)
    with pytest.raises(CallError) as caught:
        using(connection, SECRETS_TOKEN, lambda c: c.add(voice.paid))
    assert caught.value.problems[0].message == f"POST {voice.ADD}: no reply within 0.1 seconds"
    assert caught.value.executed is None


def test_after_the_deadline_nothing_is_sent(scripted: ScriptedServer, voice: Voice) -> None:
    async def work(client: Client) -> None:
        await asyncio.sleep(0.05)
        await client.add(voice.paid)

    with pytest.raises(CallError) as caught:
        using(Connection(endpoint=scripted.url, deadline=0.01), SECRETS_TOKEN, work)
    assert (
        caught.value.problems[0].message
        == f"POST {voice.ADD}: not made, the deadline of 0.01 seconds has passed"
    )
    assert scripted.requests == []


def test_a_title_that_echoes_the_token_gets_into_no_plan(scripted: ScriptedServer, voice: Voice) -> None:
    rows = page(voice, "A", "B")
    rows[voice.rows][0] |= {"title": f"<{TOKEN}>", "content": f"{quote(TOKEN, safe='')}{{{{k.DATA}}}}"}
    escaped = json.dumps(rows).replace("/", "\\/").encode()
    every = "".join(f"\\u{ord(char):04x}" for char in TOKEN)
    letters = json.dumps(rows).replace(TOKEN, every).encode()
    for body in (json.dumps(rows).encode(), escaped, letters):
        scripted.on(voice.LIST, (200, body, "text/plain"))
        found = using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates())
        assert found[0] == Live("A", "<***>", (Slot("***", "k"),))


def test_a_token_that_is_a_common_word_spoils_no_reply(scripted: ScriptedServer, voice: Voice) -> None:
    scripted.on(voice.LIST, page(voice, "A"))
    credentials = Credentials(token="title")
    found = using(Connection(endpoint=scripted.url), credentials, lambda c: c.list_templates())
    assert found == (Live("A", "甲", (Slot("乙", "keyword1"),)),)


def test_a_token_or_secret_that_the_server_echoes_is_not_told(scripted: ScriptedServer, voice: Voice) -> None:
    told: list[str] = []
    echo = f"bad {TOKEN} and {quote(TOKEN, safe='')} and {SECRETS.secret}"
    scripted.on(STABLE, {"access_token": TOKEN})
    scripted.on(voice.LIST, {"errcode": 48001, "errmsg": echo})
    with pytest.raises(CallError) as caught:
        using(
            Connection(endpoint=scripted.url),
            SECRETS,
            lambda c: c.list_templates(),
            on_call=lambda call: told.append(str(call)),
        )
    for text in (str(caught.value), repr(caught.value), *told, repr(TokenStore(SECRETS)), repr(SECRETS)):
        assert TOKEN not in text
        assert quote(TOKEN, safe="") not in text
        assert str(SECRETS.secret) not in text
    assert "(bad *** and *** and ***)" in str(caught.value)


def test_calls_are_spaced_as_the_rate_says_and_none_waits_for_its_own_timeout(
    scripted: ScriptedServer, voice: Voice
) -> None:
    """Ten calls at once, two hundred a second: the last begins 45 ms after the first at the earliest."""
    began: list[float] = []

    def answer(_method: str, _body: dict[str, Any]) -> dict[str, Any]:
        began.append(time.monotonic())
        return voice.listing()

    scripted.on(voice.LIST, answer)

    async def work(client: Client) -> None:
        await asyncio.gather(*(client.list_templates() for _ in range(10)))

    using(Connection(endpoint=scripted.url, rate=200.0, parallelism=10, timeout=5.0), SECRETS_TOKEN, work)
    assert len(began) == 10
    assert max(began) - min(began) >= 0.045 * 0.9


def test_the_deadline_ends_the_waiting_for_a_turn(scripted: ScriptedServer, voice: Voice) -> None:
    scripted.on(voice.LIST, voice.listing())

    async def work(client: Client) -> None:
        await asyncio.gather(*(client.list_templates() for _ in range(5)))

    with pytest.raises(CallError) as caught:
        using(Connection(endpoint=scripted.url, rate=1 / 60, deadline=0.3), SECRETS_TOKEN, work)
    assert caught.value.problems[0].message == (
        f"{voice.lists}: not made, the deadline of 0.3 seconds has passed"
    )
    assert len(scripted.requests) == 1
