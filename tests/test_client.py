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

from reconciler.errors import CallError
from reconciler.model import LibraryKeyword, Live, Slot, Spec
from reconciler.sandbox import library
from reconciler.sandbox.accounts import APPID, SECRET
from reconciler.sandbox.app import create_app
from reconciler.sandbox.store import Store
from reconciler.wechat.client import Client, WriteForbiddenError
from reconciler.wechat.network import Connection, Network
from reconciler.wechat.session import Call, Session
from reconciler.wechat.tokens import Credentials, Wallet

from .tools import TOKEN, ScriptedServer

T = TypeVar("T")
LIST, GET = "/cgi-bin/wxopen/template/list", "/cgi-bin/wxopen/template/library/get"
ADD, DEL = "/cgi-bin/wxopen/template/add", "/cgi-bin/wxopen/template/del"
STABLE, CLASSIC = "/cgi-bin/stable_token", "/cgi-bin/token"
SECRETS = Credentials(appid="wx1", secret="S3CRET/+=x")
SECRETS_TOKEN = Credentials(token=TOKEN)
PAID = Spec("AT0002", "购买成功通知", (LibraryKeyword(5, "物品名称"), LibraryKeyword(3, "购买地点")))


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
            session = Session(network, Wallet(credentials), on_call=on_call)
            return await work(Client(session, writes=writes))

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


def test_a_title_is_looked_up(emulator: Connection) -> None:
    title = using(emulator, OWN, lambda client: client.title("AT0002"))
    assert title.title == "购买成功通知"
    assert (title.keywords or ())[:3] == (
        LibraryKeyword(3, "购买地点", "TIT造舰厂"),
        LibraryKeyword(4, "购买时间", "2016年6月6日"),
        LibraryKeyword(5, "物品名称", "咖啡"),
    )


def test_add_list_delete(emulator: Connection) -> None:
    async def work(client: Client) -> None:
        template_id = await client.add(PAID)
        slots = (Slot("物品名称", "keyword1"), Slot("购买地点", "keyword2"))
        assert await client.list_templates() == (Live(template_id, "购买成功通知", slots),)
        await client.delete(template_id)
        assert await client.list_templates() == ()
        await client.delete(template_id)

    using(emulator, OWN, work)


@pytest.mark.parametrize("expect", [0, 3, 25, 60])
def test_all_pages_are_read_whatever_was_expected(emulator: Connection, expect: int) -> None:
    async def work(client: Client) -> None:
        ids = [await client.add(PAID) for _ in range(25)]
        assert [one.template_id for one in await client.list_templates(more=expect)] == ids

    using(emulator, OWN, work)


def test_a_full_account_says_what_to_do(emulator: Connection) -> None:
    async def work(client: Client) -> None:
        for _ in range(26):
            await client.add(PAID)

    with pytest.raises(CallError) as caught:
        using(emulator, OWN, work)
    problem = caught.value.problems[0]
    start = (
        "POST /cgi-bin/wxopen/template/add: errcode 45026, the account holds as many templates as it may ("
    )
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


def test_a_fake_token_is_told_in_one_line(emulator: Connection) -> None:
    with pytest.raises(CallError) as caught:
        using(emulator, Credentials(token="fake"), lambda client: client.list_templates())
    message = caught.value.problems[0].message
    start = (
        "POST /cgi-bin/wxopen/template/list: errcode 40001, the access_token is invalid or not the latest ("
    )
    assert message.startswith(start)
    assert "fake" not in message


@pytest.mark.parametrize("token_api", ["stable", "classic"])
def test_both_ways_to_a_token(emulator: Connection, token_api: str) -> None:
    from dataclasses import replace

    connection = replace(emulator, token_api=token_api)
    assert using(connection, OWN, lambda client: client.list_templates()) == ()


# ---------------------------------------------------------------- a client that only reads


@pytest.mark.parametrize("act", [lambda client: client.add(PAID), lambda client: client.delete("A")])
def test_a_write_through_a_reader_raises_before_anything_is_sent(scripted: ScriptedServer, act: Any) -> None:
    with pytest.raises(WriteForbiddenError):
        using(Connection(endpoint=scripted.url), SECRETS, act, writes=False)
    assert scripted.requests == []


# ---------------------------------------------------------------- what is sent


def test_requests_are_raw_utf8_json_with_a_content_type_and_the_token_in_the_query(
    scripted: ScriptedServer,
) -> None:
    scripted.on(GET, {"title": "甲", "keyword_list": []})
    using(Connection(endpoint=scripted.url), Credentials(token=TOKEN), lambda client: client.title("标题&"))
    assert scripted.requests == [("POST", GET, {"access_token": [TOKEN]}, '{"id":"标题&"}'.encode())]
    assert scripted.headers[0]["content-type"] == "application/json"


def test_an_endpoint_may_have_a_path(scripted: ScriptedServer) -> None:
    scripted.on("/gateway" + LIST, {"list": []})
    using(Connection(endpoint=scripted.url + "/gateway/"), SECRETS_TOKEN, lambda c: c.list_templates())
    assert len(scripted.calls(LIST)) == 1


def page(*ids: str) -> dict[str, Any]:
    return {
        "errcode": 0,
        "list": [{"template_id": one, "title": "甲", "content": "乙{{keyword1.DATA}}\n"} for one in ids],
    }


def test_a_gateway_that_ignores_the_offset_does_not_loop(scripted: ScriptedServer) -> None:
    ids = [f"T{n}" for n in range(20)]
    scripted.on(LIST, page(*ids))
    found = using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates())
    assert [one.template_id for one in found] == ids
    assert [call["offset"] for call in scripted.calls(LIST)] == [0, 20]


@pytest.mark.parametrize("cap", [1, 7, 10, 19])
@pytest.mark.parametrize("expect", [21, 33])
def test_a_gateway_that_gives_less_than_was_asked_for_is_read_to_the_end(
    scripted: ScriptedServer, cap: int, expect: int
) -> None:
    ids = [f"T{n}" for n in range(33)]
    scripted.on(LIST, lambda _, body: page(*ids[body["offset"] : body["offset"] + cap]))
    found = using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates(more=expect))
    assert [one.template_id for one in found] == ids


def test_it_reads_on_until_what_is_expected_was_seen(scripted: ScriptedServer) -> None:
    """On pages of 5 it takes four to get to what stands behind the first 15; counting would end before."""
    ids = [f"T{n}" for n in range(18)]
    scripted.on(LIST, lambda _, body: page(*ids[body["offset"] : body["offset"] + 5]))
    found = using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates({"T16"}))
    assert [one.template_id for one in found] == ids


def test_a_template_that_is_gone_costs_one_page_more(scripted: ScriptedServer) -> None:
    ids = [f"T{n}" for n in range(24)]
    scripted.on(LIST, lambda _, body: page(*ids[body["offset"] : body["offset"] + 20]))
    found = using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates(more=25))
    assert [one.template_id for one in found] == ids
    assert sorted(call["offset"] for call in scripted.calls(LIST)) == [0, 20, 24]


def test_a_gateway_that_ignores_the_offset_must_not_hide_what_should_be_there(
    scripted: ScriptedServer,
) -> None:
    """Else what it hides would be added by every run."""
    scripted.on(LIST, page(*(f"T{n}" for n in range(20))))
    with pytest.raises(CallError) as caught:
        using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates(more=21))
    assert caught.value.problems[0].message == (
        "POST /cgi-bin/wxopen/template/list: it ignores the offset, "
        "and there should be 21 templates where it shows 20"
    )


def test_a_list_that_grows_while_it_is_read_is_not_one_that_ignores_the_offset(
    scripted: ScriptedServer,
) -> None:
    """The newest first, and one more by the time of the second page: the same row comes twice."""
    pages = iter([page("B"), page("B")])
    scripted.on(LIST, lambda *_: next(pages))
    found = using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates(more=2))
    assert [one.template_id for one in found] == ["B"], "whoever misses one asks again"


def test_blanks_around_titles_are_none_of_theirs(scripted: ScriptedServer) -> None:
    scripted.on(LIST, {"list": [{"template_id": "A", "title": " 甲 ", "content": "乙{{k.DATA}}"}]})
    scripted.on(GET, {"title": "甲 ", "keyword_list": []})
    connection = Connection(endpoint=scripted.url)
    assert using(connection, SECRETS_TOKEN, lambda c: c.list_templates())[0].title == "甲"
    assert using(connection, SECRETS_TOKEN, lambda c: c.title("AT1")).title == "甲"


def test_a_list_without_end_ends(scripted: ScriptedServer) -> None:
    scripted.on(LIST, lambda _, body: page(*(f"T{body['offset'] + n}" for n in range(20))))
    with pytest.raises(CallError, match="the list has no end: 501 pages so far"):
        using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates())


def test_each_expected_page_is_asked_for_once(scripted: ScriptedServer) -> None:
    scripted.on(
        LIST, lambda _, body: page(*(f"T{n}" for n in range(body["offset"], min(body["offset"] + 20, 50))))
    )

    found = using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates(more=50))
    assert len(found) == 50
    assert sorted(call["offset"] for call in scripted.calls(LIST)) == [0, 20, 40]


# ---------------------------------------------------------------- tokens


def test_a_refused_token_is_replaced_once_however_many_calls_wait(scripted: ScriptedServer) -> None:
    tokens = iter(["old", "new"])
    scripted.on(STABLE, lambda *_: {"access_token": next(tokens), "expires_in": 7200})

    def guarded(scripted: ScriptedServer) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
        def handler(_: str, body: dict[str, Any]) -> dict[str, Any]:
            if scripted.requests[-1][2]["access_token"] == ["old"]:
                return {"errcode": 42001, "errmsg": "access_token expired"}
            return {"errcode": 0, "title": body["id"], "keyword_list": []}

        return handler

    scripted.on(GET, guarded(scripted))

    async def work(client: Client) -> None:
        await asyncio.gather(*(client.title(f"AT{n}") for n in range(8)))

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


def test_a_token_that_is_refused_twice_fails(scripted: ScriptedServer) -> None:
    scripted.on(STABLE, {"access_token": "same", "expires_in": 300})
    scripted.on(LIST, {"errcode": "40001", "errmsg": "invalid credential", "list": []})
    with pytest.raises(CallError, match="errcode 40001"):
        using(Connection(endpoint=scripted.url), SECRETS, lambda c: c.list_templates())
    assert len(scripted.calls(STABLE)) == 2
    assert len(scripted.calls(LIST)) == 2


@pytest.mark.parametrize("classic", [False, True])
def test_a_token_that_is_never_good_is_replaced_once_however_many_calls_there_are(
    scripted: ScriptedServer, classic: bool
) -> None:
    """Each call of cgi-bin/token kills somebody's token, and stable_token has a small quota."""
    count = iter(range(100))
    for path in (STABLE, "/cgi-bin/token"):
        scripted.on(path, lambda *_: {"access_token": f"T{next(count)}", "expires_in": 7200})
    scripted.on(GET, {"errcode": 40001, "errmsg": "invalid credential"})
    connection = Connection(endpoint=scripted.url, token_api="classic" if classic else "stable")

    async def work(client: Client) -> list[Any]:
        rounds = [[client.title(f"AT{n}") for n in range(25)] for _ in range(2)]
        return [one for calls in rounds for one in await asyncio.gather(*calls, return_exceptions=True)]

    errors = using(connection, SECRETS, work)
    assert {one.errcode for one in errors} == {40001}
    assert next(count) == 2
    (hint,) = {one.problems[0].hint for one in errors[:25]}
    assert hint.startswith("this is the token that WeChat has just given")


def test_a_token_that_expires_later_is_replaced_again(scripted: ScriptedServer) -> None:
    count = iter(range(100))
    scripted.on(STABLE, lambda *_: {"access_token": f"T{next(count)}", "expires_in": 300})
    used: list[str] = []

    def twice_good(*_: Any) -> dict[str, Any]:
        token = scripted.requests[-1][2]["access_token"][0]
        used.append(token)
        return {"errcode": 42001} if used.count(token) > 2 else {"list": []}

    scripted.on(LIST, twice_good)

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
        return await asyncio.gather(*(client.title(f"AT{n}") for n in range(25)), return_exceptions=True)

    errors = using(Connection(endpoint=scripted.url, retries=0), SECRETS, work)
    assert len({str(one) for one in errors}) == 1
    assert len(scripted.requests) == 1


def test_a_given_token_that_is_refused_fails_at_once(scripted: ScriptedServer) -> None:
    scripted.on(LIST, {"errcode": 40014, "errmsg": "x"})
    with pytest.raises(CallError, match="errcode 40014"):
        using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates())
    assert len(scripted.requests) == 1


def test_force_refresh_is_asked_for_once(scripted: ScriptedServer) -> None:
    scripted.on(STABLE, {"access_token": "t", "expires_in": 300})
    scripted.on(LIST, {"list": []})
    connection = Connection(endpoint=scripted.url, force_refresh=True)
    using(connection, SECRETS, lambda c: c.list_templates())
    assert [call["force_refresh"] for call in scripted.calls(STABLE)] == [True]


# ---------------------------------------------------------------- replies


@pytest.mark.parametrize("errcode", [0, "0", None])
def test_success_in_all_its_shapes(scripted: ScriptedServer, errcode: Any) -> None:
    text = json.dumps({"errcode": errcode, "list": []}).encode()
    scripted.on(LIST, (200, b"\xef\xbb\xbf" + text, "text/plain"))
    assert using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates()) == ()


def test_an_escaped_pair_is_one_character(scripted: ScriptedServer) -> None:
    body = b'{"list":[{"template_id":"A","title":"\\ud83d\\ude00"}]}'
    scripted.on(LIST, (200, body, "text/plain"))
    found = using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates())
    assert found == (Live("A", "\U0001f600", None),)


def test_half_a_pair_in_an_error_does_not_hide_the_error(scripted: ScriptedServer) -> None:
    scripted.on(LIST, (200, b'{"errcode": 48001, "errmsg": "\\ud800"}', "text/plain"))
    with pytest.raises(CallError) as caught:
        using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates())
    assert caught.value.errcode == 48001


def test_control_characters_inside_strings_are_tolerated(scripted: ScriptedServer) -> None:
    body = b'{"list":[{"template_id":"A","title":"t\x01","content":"\xe4\xb9\x99{{keyword1.DATA}}\n"}]}'
    scripted.on(LIST, (200, body, "text/plain"))
    found = using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates())
    assert found == (Live("A", "t\x01", (Slot("乙", "keyword1"),)),)


def test_odd_rows_are_read_as_far_as_they_can_be(scripted: ScriptedServer) -> None:
    scripted.on(LIST, {"list": [{"template_id": "A", "title": "甲"}]})
    scripted.on(GET, {"title": "甲", "keyword_list": [{"keyword_id": "7", "name": "乙"}]})
    connection = Connection(endpoint=scripted.url)
    assert using(connection, SECRETS_TOKEN, lambda c: c.list_templates()) == (Live("A", "甲", None),)
    title = using(connection, SECRETS_TOKEN, lambda c: c.title("AT1"))
    assert title.keywords == (LibraryKeyword(7, "乙"),)


HINT = "not an answer of WeChat's: is there a proxy or a gateway between? Is --endpoint right?"
HTML = b"<!DOCTYPE html><html><body>Bad Gateway</body></html>"


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ((200, b"", "application/json"), "an empty reply"),
        ((200, b"nonsense", "text/plain"), "a reply that is not JSON"),
        ((200, b'{"list": [', "application/json"), "JSON that is cut short or damaged"),
        ((200, b"[" * 100_000, "application/json"), "JSON that is cut short or damaged"),
        ((200, b'{"list": "\xff"}', "application/json"), "JSON that is cut short or damaged"),
        ((200, HTML, "text/html"), "an HTML page instead of JSON"),
        ((502, HTML, "text/html"), "HTTP status 502, an HTML page instead of JSON"),
        ((500, b'{"list": []}', "application/json"), "HTTP status 500"),
        ((302, b"http://127.0.0.1:1/", "text/plain"), "HTTP status 302, a reply that is not JSON"),
        ((200, b"[]", "application/json"), "the reply is JSON, but no object"),
        ((200, b'{"errcode": "x"}', "application/json"), "errcode is not a number"),
        ((200, b'{"list": [], "x": "\\uD800"}', "application/json"), "half a surrogate pair in its text"),
        ((200, b"{}", "application/json"), "the reply has no list"),
        ((200, b'{"list": {}}', "application/json"), "the reply has no list"),
        ((200, b'{"list": [1]}', "application/json"), "a row of the list is no object"),
        (
            (200, b'{"list": [{"title": "x"}]}', "application/json"),
            "a row of the list has no template_id or no title",
        ),
        ((200, b'{"list": "' + b"x" * (9 << 20), "application/json"), "a reply of more than 8 MiB"),
    ],
)
def test_bad_replies(scripted: ScriptedServer, reply: tuple[int, bytes, str], said: str) -> None:
    scripted.on(LIST, reply)
    with pytest.raises(CallError) as caught:
        using(Connection(endpoint=scripted.url, retries=0), SECRETS_TOKEN, lambda c: c.list_templates())
    problem = caught.value.problems[0]
    assert (problem.code, problem.message, problem.hint) == (
        "bad reply",
        f"POST /cgi-bin/wxopen/template/list: {said}",
        HINT,
    )
    assert caught.value.executed is None


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_carries_nothing_secret_anywhere(
    serve: Callable[[Any], str], scripted: ScriptedServer, status: int
) -> None:
    """Neither the token in the query nor the secret in the body: no redirect is followed."""
    other = ScriptedServer()
    other.url = serve(other)
    for path in (LIST, ADD, STABLE, CLASSIC):
        scripted.on(path, (status, f"{other.url}{path}?access_token=x".encode(), "text/plain"))
    calls: list[tuple[Connection, Credentials]] = [
        (Connection(endpoint=scripted.url), SECRETS_TOKEN),
        (Connection(endpoint=scripted.url), SECRETS),
        (Connection(endpoint=scripted.url, token_api="classic"), SECRETS),
    ]
    for connection, credentials in calls:
        for act in (lambda c: c.list_templates(), lambda c: c.add(PAID)):
            with pytest.raises(CallError, match=f"HTTP status {status}, a reply that is not JSON"):
                using(connection, credentials, act)
    assert len(scripted.requests) == 6
    assert other.requests == []


@pytest.mark.parametrize(
    ("path", "reply", "act", "said"),
    [
        (GET, {"title": "x"}, lambda c: c.title("AT1"), "the reply has no title or no keyword_list"),
        (
            GET,
            {"title": "x", "keyword_list": [{"keyword_id": True, "name": "x"}]},
            lambda c: c.title("AT1"),
            "a row of keyword_list has no keyword_id or no name",
        ),
        (
            GET,
            {"id": "AT2", "title": "x", "keyword_list": []},
            lambda c: c.title("AT1"),
            "AT1 was asked for, and the reply is about AT2",
        ),
        (ADD, {"template_id": 7}, lambda c: c.add(PAID), "the reply has no template_id"),
    ],
)
def test_replies_of_the_wrong_shape(
    scripted: ScriptedServer, path: str, reply: dict[str, Any], act: Any, said: str
) -> None:
    scripted.on(path, reply)
    with pytest.raises(CallError, match=said):
        using(Connection(endpoint=scripted.url), SECRETS_TOKEN, act)


def test_an_unknown_errcode_is_shown_with_all_that_support_asks_for(scripted: ScriptedServer) -> None:
    scripted.on(LIST, {"errcode": 99999, "errmsg": "odd", "rid": "627a1a88-48da1f89"})
    with pytest.raises(CallError) as caught:
        using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates())
    problem = caught.value.problems[0]
    assert problem.message == f"POST {LIST}: errcode 99999 (odd) rid: 627a1a88-48da1f89"
    assert problem.hint == "look the code up in WeChat's documentation; its support asks for the rid"


MANY = pytest.mark.parametrize("many", [False, True], ids=["few", "many"])


@MANY
def test_no_server(many: bool) -> None:
    connection = Connection(endpoint="http://127.0.0.1:1", many=many)
    with pytest.raises(CallError) as caught:
        using(connection, SECRETS_TOKEN, lambda c: c.add(PAID))
    start = f"POST {ADD}: can't connect to 127.0.0.1:1 ("
    assert caught.value.problems[0].message.startswith(start)
    assert caught.value.executed is False


@MANY
def test_a_connection_that_breaks_leaves_the_outcome_unknown(sandbox: str, many: bool) -> None:
    faults = json.dumps({"faults": ["add=drop:after", "list=cut"]}).encode()
    httpx.post(f"{sandbox}/_sandbox/faults", content=faults)
    connection = Connection(endpoint=sandbox, many=many, retries=0)
    for work in (lambda c: c.add(PAID), lambda c: c.list_templates()):
        with pytest.raises(CallError) as caught:
            using(connection, OWN, work)
        assert caught.value.problems[0].code == "no reply"
        assert ": the connection broke (" in caught.value.problems[0].message
        assert caught.value.executed is None


@MANY
def test_a_server_that_hangs_is_given_up_and_the_outcome_is_not_known(
    scripted: ScriptedServer, many: bool
) -> None:
    async def slow(*_: Any) -> dict[str, Any]:
        await asyncio.sleep(0.5)
        return {"template_id": "A"}

    scripted.on(ADD, slow)
    connection = Connection(endpoint=scripted.url, timeout=0.1, many=many)
    with pytest.raises(CallError) as caught:
        using(connection, SECRETS_TOKEN, lambda c: c.add(PAID))
    assert caught.value.problems[0].message == f"POST {ADD}: no reply within 0.1 seconds"
    assert caught.value.executed is None


def test_after_the_deadline_nothing_is_sent(scripted: ScriptedServer) -> None:
    async def work(client: Client) -> None:
        await asyncio.sleep(0.05)
        await client.add(PAID)

    with pytest.raises(CallError) as caught:
        using(Connection(endpoint=scripted.url, deadline=0.01), SECRETS_TOKEN, work)
    assert (
        caught.value.problems[0].message == f"POST {ADD}: not made, the deadline of 0.01 seconds has passed"
    )
    assert scripted.requests == []


def test_a_title_that_echoes_the_token_gets_into_no_plan(scripted: ScriptedServer) -> None:
    rows = page("A", "B")
    rows["list"][0] |= {"title": f"<{TOKEN}>", "content": f"{quote(TOKEN, safe='')}{{{{k.DATA}}}}"}
    escaped = json.dumps(rows).replace("/", "\\/").encode()
    for body in (json.dumps(rows).encode(), escaped):
        scripted.on(LIST, (200, body, "text/plain"))
        found = using(Connection(endpoint=scripted.url), SECRETS_TOKEN, lambda c: c.list_templates())
        assert found[0] == Live("A", "<***>", (Slot("***", "k"),))


def test_a_token_that_is_a_common_word_spoils_no_reply(scripted: ScriptedServer) -> None:
    scripted.on(LIST, page("A"))
    credentials = Credentials(token="title")
    found = using(Connection(endpoint=scripted.url), credentials, lambda c: c.list_templates())
    assert found == (Live("A", "甲", (Slot("乙", "keyword1"),)),)


def test_a_token_or_secret_that_the_server_echoes_is_not_told(scripted: ScriptedServer) -> None:
    told: list[str] = []
    echo = f"bad {TOKEN} and {quote(TOKEN, safe='')} and {SECRETS.secret}"
    scripted.on(STABLE, {"access_token": TOKEN})
    scripted.on(LIST, {"errcode": 48001, "errmsg": echo})
    with pytest.raises(CallError) as caught:
        using(
            Connection(endpoint=scripted.url),
            SECRETS,
            lambda c: c.list_templates(),
            on_call=lambda call: told.append(str(call)),
        )
    for text in (str(caught.value), repr(caught.value), *told, repr(Wallet(SECRETS)), repr(SECRETS)):
        assert TOKEN not in text
        assert quote(TOKEN, safe="") not in text
        assert str(SECRETS.secret) not in text
    assert "(bad *** and *** and ***)" in str(caught.value)


def test_calls_are_spaced_as_the_rate_says_and_none_waits_for_its_own_timeout(
    scripted: ScriptedServer,
) -> None:
    """Ten calls at once, two hundred a second: the last begins 45 ms after the first at the earliest."""
    began: list[float] = []

    def answer(_method: str, _body: dict[str, Any]) -> dict[str, Any]:
        began.append(time.monotonic())
        return {"errcode": 0, "list": []}

    scripted.on(LIST, answer)

    async def work(client: Client) -> None:
        await asyncio.gather(*(client.list_templates() for _ in range(10)))

    using(Connection(endpoint=scripted.url, rate=200.0, parallelism=10, timeout=5.0), SECRETS_TOKEN, work)
    assert len(began) == 10
    assert max(began) - min(began) >= 0.045 * 0.9


def test_the_deadline_ends_the_waiting_for_a_turn(scripted: ScriptedServer) -> None:
    scripted.on(LIST, {"errcode": 0, "list": []})

    async def work(client: Client) -> None:
        await asyncio.gather(*(client.list_templates() for _ in range(5)))

    with pytest.raises(CallError) as caught:
        using(Connection(endpoint=scripted.url, rate=1 / 60, deadline=0.3), SECRETS_TOKEN, work)
    assert caught.value.problems[0].message == (
        "POST /cgi-bin/wxopen/template/list: not made, the deadline of 0.3 seconds has passed"
    )
    assert len(scripted.requests) == 1
