"""Calls that fail for a while: which are made again, how often, and what is told (wechat-api.md §6)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from reconciler.errors import CallError
from reconciler.model import LibraryKeyword, Spec
from reconciler.wechat.client import Client
from reconciler.wechat.network import Connection, Network
from reconciler.wechat.session import Session
from reconciler.wechat.tokens import Credentials, Wallet

from .tools import TOKEN, ScriptedServer

LIST, GET = "/cgi-bin/wxopen/template/list", "/cgi-bin/wxopen/template/library/get"
ADD, DEL = "/cgi-bin/wxopen/template/add", "/cgi-bin/wxopen/template/del"
STABLE = "/cgi-bin/stable_token"
SPEC = Spec("AT1", "乙", (LibraryKeyword(1, "甲"),))

Work = Callable[[Client], Awaitable[Any]]
GOOD: dict[str, tuple[Work, dict[str, Any]]] = {
    LIST: (lambda client: client.list_templates(), {"list": []}),
    GET: (lambda client: client.title("AT1"), {"title": "乙", "keyword_list": []}),
    ADD: (lambda client: client.add(SPEC), {"template_id": "T"}),
    DEL: (lambda client: client.delete("T"), {}),
}
TRANSIENT: list[Any] = [
    (502, b"<html>", "text/html"),
    (503, b'{"list": []}', "application/json"),
    (429, b"slow down", "text/plain"),
    (200, b'{"list": [', "application/json"),
    (200, b"", "application/json"),
    {"errcode": -1, "errmsg": "busy"},
    {"errcode": "200001", "errmsg": "busy"},
    {"errcode": 20001},
]
LASTING: list[Any] = [
    (404, b"<html>", "text/html"),
    (302, b"http://127.0.0.1:1/", "text/plain"),
    {"errcode": 45009},
    {"errcode": 40164},
    {"errcode": 48001},
    {"errcode": 43106},
    {"errcode": 45103},
]


def first(*replies: Any, then: Any) -> Callable[[str, dict[str, Any]], Any]:
    """Answer with these, and then always with the same."""
    left: Iterator[Any] = iter(replies)
    return lambda _method, _body: next(left, then)


def using(work: Work, *, secret: bool = False, told: list[str] | None = None, **connection: Any) -> Any:
    wallet = Wallet(Credentials(appid="wx1", secret="S" * 32) if secret else Credentials(token=TOKEN))

    async def go() -> Any:
        tell = (told if told is not None else []).append
        async with Network(Connection(**connection)) as network:
            return await work(Client(Session(network, wallet, tell=tell), writes=True))

    return asyncio.run(go())


@pytest.mark.parametrize("reply", TRANSIENT, ids=str)
@pytest.mark.parametrize("path", [LIST, GET])
def test_a_question_is_asked_again(scripted: ScriptedServer, path: str, reply: Any) -> None:
    work, good = GOOD[path]
    scripted.on(path, first(reply, then=good))
    using(work, endpoint=scripted.url)
    assert len(scripted.requests) == 2


@pytest.mark.parametrize("reply", LASTING, ids=str)
@pytest.mark.parametrize("path", [LIST, GET, ADD, DEL])
def test_what_will_not_pass_is_not_tried_again(scripted: ScriptedServer, path: str, reply: Any) -> None:
    scripted.on(path, reply)
    with pytest.raises(CallError):
        using(GOOD[path][0], endpoint=scripted.url)
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("reply", TRANSIENT, ids=str)
@pytest.mark.parametrize("path", [ADD, DEL])
def test_a_write_of_unknown_outcome_is_not_tried_again_here(
    scripted: ScriptedServer, path: str, reply: Any
) -> None:
    """The account has to be listed first: apply does that."""
    scripted.on(path, reply)
    with pytest.raises(CallError) as caught:
        using(GOOD[path][0], endpoint=scripted.url)
    assert (len(scripted.requests), caught.value.executed, caught.value.passing) == (1, None, True)


@pytest.mark.parametrize("path", [LIST, ADD, DEL])
def test_the_quota_of_a_minute_is_waited_for(scripted: ScriptedServer, path: str) -> None:
    work, good = GOOD[path]
    scripted.on(path, first({"errcode": 45011, "errmsg": "minute rid: 1"}, then=good))
    told: list[str] = []
    using(work, endpoint=scripted.url, told=told)
    assert len(scripted.requests) == 2
    wait = told[0].partition("trying again in ")[2].partition(" s")[0]
    assert 2 <= float(wait) <= 2.4
    assert told == [
        f"POST {path}: errcode 45011, the quota of this minute is used up (minute rid: 1); trying again in "
        f"{wait} s (1 of 4)"
    ]


def test_it_ends_after_so_many_and_tells_each(scripted: ScriptedServer) -> None:
    scripted.on(LIST, (502, b"<html>", "text/html"))
    told: list[str] = []
    with pytest.raises(CallError) as caught:
        using(GOOD[LIST][0], endpoint=scripted.url, retries=2, told=told)
    assert len(scripted.requests) == 3
    failure = f"POST {LIST}: HTTP status 502, an HTML page instead of JSON"
    assert caught.value.problems[0].message == failure
    assert [one.partition("; trying again in ")[0] for one in told] == [failure] * 2
    assert [one.rpartition(" (")[2] for one in told] == ["1 of 2)", "2 of 2)"]


def test_no_two_clients_wait_alike(scripted: ScriptedServer) -> None:
    scripted.on(LIST, (502, b"<html>", "text/html"))

    async def many(client: Client) -> None:
        await asyncio.gather(*(client.list_templates() for _ in range(8)), return_exceptions=True)

    told: list[str] = []
    using(many, endpoint=scripted.url, retries=1, told=told)
    assert len(told) == 8
    assert len(set(told)) > 1


def test_nothing_is_begun_that_the_deadline_would_cut_off(scripted: ScriptedServer) -> None:
    scripted.on(LIST, {"errcode": 45011})
    told: list[str] = []
    with pytest.raises(CallError) as caught:
        using(GOOD[LIST][0], endpoint=scripted.url, deadline=1.0, told=told)
    assert (len(scripted.requests), told, caught.value.errcode) == (1, [], 45011)


def test_a_token_is_asked_for_again(scripted: ScriptedServer) -> None:
    good = {"access_token": "A" * 40, "expires_in": 7200}
    scripted.on(STABLE, first((502, b"", "text/html"), {"errcode": -1}, then=good))
    scripted.on(LIST, {"list": []})
    using(GOOD[LIST][0], endpoint=scripted.url, secret=True)
    assert [path for _, path, _, _ in scripted.requests] == [STABLE, STABLE, STABLE, LIST]


def test_no_connection_is_no_call_and_even_an_add_is_tried_again() -> None:
    told: list[str] = []
    with pytest.raises(CallError) as caught:
        using(GOOD[ADD][0], endpoint="http://127.0.0.1:9", retries=1, told=told)
    assert caught.value.executed is False
    assert len(told) == 1
    assert told[0].startswith(
        f"POST {ADD}: can't connect to 127.0.0.1:9 (All connection attempts failed); trying again in 0."
    )


@pytest.mark.parametrize("errcode", [40037, "200014"])
def test_a_delete_of_what_is_not_there_is_no_error(scripted: ScriptedServer, errcode: Any) -> None:
    """What is listed in spite of that is told by the check after the apply."""
    scripted.on(DEL, {"errcode": errcode, "errmsg": "invalid template_id"})
    using(GOOD[DEL][0], endpoint=scripted.url)
    assert len(scripted.requests) == 1
