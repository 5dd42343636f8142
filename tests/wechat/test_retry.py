"""Calls that fail for a while: which are made again, how often, and what is told (wechat-api.md §6)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

import pytest

from reconciler.core.errors import CallError
from reconciler.core.messages import Said, words
from reconciler.wechat.auth.credentials import Credentials, TokenStore
from reconciler.wechat.auth.session import Session
from reconciler.wechat.client import Client
from reconciler.wechat.transport.network import Connection, Network

from ..dialects import dialect, pytest_generate_tests  # noqa: F401
from ..tools import SPOKEN, TOKEN, ScriptedServer
from ..voices import Voice

STABLE = "/cgi-bin/stable_token"
LIST, GET, ADD, DEL = "list", "get", "add", "del"

Work = Callable[[Client], Awaitable[Any]]


class Deed(NamedTuple):
    """A call, where it goes, and what it gets if all is well."""

    path: str
    work: Work
    good: dict[str, Any]
    method: str = "POST"


def deed(call: str, voice: Voice) -> Deed:
    """The call in the dialect that is spoken."""
    return {
        LIST: Deed(voice.LIST, lambda client: client.list_templates(), voice.listing(), voice.asks),
        GET: Deed(voice.GET, lambda client: client.title("AT1"), voice.titled("乙"), voice.asks),
        ADD: Deed(voice.ADD, lambda client: client.add(voice.paid), voice.added("T")),
        DEL: Deed(voice.DEL, lambda client: client.delete("T"), {}),
    }[call]


def questions(voice: Voice) -> list[str]:
    """What only asks."""
    return [LIST, GET] if voice.GET else [LIST]


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
    store = TokenStore(Credentials(appid="wx1", secret="S" * 32) if secret else Credentials(token=TOKEN))

    def tell(said: Said) -> None:
        if told is not None:
            told.append(words(said))

    async def go() -> Any:
        async with Network(Connection(**connection)) as network:
            return await work(Client(Session(network, store, tell=tell), SPOKEN[-1], writes=True))

    return asyncio.run(go())


@pytest.mark.parametrize("reply", TRANSIENT, ids=str)
def test_a_question_is_asked_again(scripted: ScriptedServer, voice: Voice, reply: Any) -> None:
    for call in questions(voice):
        asked = deed(call, voice)
        scripted.on(asked.path, first(reply, then=asked.good))
        using(asked.work, endpoint=scripted.url)
        assert [path for _, path, _, _ in scripted.requests] == [asked.path] * 2
        scripted.requests.clear()


@pytest.mark.parametrize("reply", LASTING, ids=str)
def test_what_will_not_pass_is_not_tried_again(scripted: ScriptedServer, voice: Voice, reply: Any) -> None:
    for call in (*questions(voice), ADD, DEL):
        asked = deed(call, voice)
        scripted.on(asked.path, reply)
        with pytest.raises(CallError):
            using(asked.work, endpoint=scripted.url)
        assert [path for _, path, _, _ in scripted.requests] == [asked.path]
        scripted.requests.clear()


@pytest.mark.parametrize("reply", TRANSIENT, ids=str)
@pytest.mark.parametrize("call", [ADD, DEL])
def test_a_write_of_unknown_outcome_is_not_tried_again_here(
    scripted: ScriptedServer, voice: Voice, call: str, reply: Any
) -> None:
    """The account has to be listed first: apply does that."""
    asked = deed(call, voice)
    scripted.on(asked.path, reply)
    with pytest.raises(CallError) as caught:
        using(asked.work, endpoint=scripted.url)
    assert (len(scripted.requests), caught.value.executed, caught.value.passing) == (1, None, True)


@pytest.mark.parametrize("call", [LIST, ADD, DEL])
def test_the_quota_of_a_minute_is_waited_for(scripted: ScriptedServer, voice: Voice, call: str) -> None:
    asked = deed(call, voice)
    scripted.on(asked.path, first({"errcode": 45011, "errmsg": "minute rid: 1"}, then=asked.good))
    told: list[str] = []
    using(asked.work, endpoint=scripted.url, told=told)
    assert len(scripted.requests) == 2
    wait = told[0].partition("trying again in ")[2].partition(" s")[0]
    assert 2 <= float(wait) <= 2.4
    assert told == [
        f"{asked.method} {asked.path}: errcode 45011, the quota of this minute is used up (minute rid: 1); "
        f"trying again in {wait} s (1 of 4)"
    ]


def test_it_ends_after_so_many_and_tells_each(scripted: ScriptedServer, voice: Voice) -> None:
    scripted.on(voice.LIST, (502, b"<html>", "text/html"))
    told: list[str] = []
    with pytest.raises(CallError) as caught:
        using(deed(LIST, voice).work, endpoint=scripted.url, retries=2, told=told)
    assert len(scripted.requests) == 3
    failure = f"{voice.lists}: HTTP status 502, an HTML page instead of JSON"
    assert caught.value.problems[0].message == failure
    assert [one.partition("; trying again in ")[0] for one in told] == [failure] * 2
    assert [one.rpartition(" (")[2] for one in told] == ["1 of 2)", "2 of 2)"]


def test_an_odd_code_is_worth_one_more_try_of_a_question(scripted: ScriptedServer, voice: Voice) -> None:
    """wechat-api.md §7: 1700."""
    for call in questions(voice):
        asked = deed(call, voice)
        scripted.on(asked.path, first({"errcode": 1700, "errmsg": "?"}, then=asked.good))
        using(asked.work, endpoint=scripted.url)
        assert len(scripted.requests) == 2
        scripted.requests.clear()
    for call, times in (*((one, 2) for one in questions(voice)), (ADD, 1), (DEL, 1)):
        asked = deed(call, voice)
        scripted.on(asked.path, {"errcode": 1700, "errmsg": "?"})
        told: list[str] = []
        with pytest.raises(CallError) as caught:
            using(asked.work, endpoint=scripted.url, told=told)
        assert (call, len(scripted.requests), caught.value.errcode) == (call, times, 1700)
        assert [one.rpartition(" (")[2] for one in told] == ["1 of 1)"] * (times - 1)
        scripted.requests.clear()


def test_no_two_clients_wait_alike(scripted: ScriptedServer, voice: Voice) -> None:
    scripted.on(voice.LIST, (502, b"<html>", "text/html"))

    async def many(client: Client) -> None:
        await asyncio.gather(*(client.list_templates() for _ in range(8)), return_exceptions=True)

    told: list[str] = []
    using(many, endpoint=scripted.url, retries=1, told=told)
    assert len(told) == 8
    assert len(set(told)) > 1


def test_nothing_is_begun_that_the_deadline_would_cut_off(scripted: ScriptedServer, voice: Voice) -> None:
    scripted.on(voice.LIST, {"errcode": 45011})
    told: list[str] = []
    with pytest.raises(CallError) as caught:
        using(deed(LIST, voice).work, endpoint=scripted.url, deadline=1.0, told=told)
    assert (len(scripted.requests), told, caught.value.errcode) == (1, [], 45011)


def test_a_token_is_asked_for_again(scripted: ScriptedServer, voice: Voice) -> None:
    good = {"access_token": "A" * 40, "expires_in": 7200}
    scripted.on(STABLE, first((502, b"", "text/html"), {"errcode": -1}, then=good))
    scripted.on(voice.LIST, voice.listing())
    using(deed(LIST, voice).work, endpoint=scripted.url, secret=True)
    assert [path for _, path, _, _ in scripted.requests] == [STABLE, STABLE, STABLE, voice.LIST]


def test_no_connection_is_no_call_and_even_an_add_is_tried_again(voice: Voice) -> None:
    told: list[str] = []
    with pytest.raises(CallError) as caught:
        using(deed(ADD, voice).work, endpoint="http://127.0.0.1:9", retries=1, told=told)
    assert caught.value.executed is False
    assert len(told) == 1
    assert told[0].startswith(
        f"POST {voice.ADD}: can't connect to 127.0.0.1:9 (Connection refused); trying again in 0."
    )


@pytest.mark.parametrize("errcode", [40037, "200014"])
def test_a_delete_of_what_is_not_there_is_no_error(
    scripted: ScriptedServer, voice: Voice, errcode: Any
) -> None:
    """What is listed in spite of that is told by the check after the apply."""
    scripted.on(voice.DEL, {"errcode": errcode, "errmsg": "invalid template_id"})
    using(deed(DEL, voice).work, endpoint=scripted.url)
    assert len(scripted.requests) == 1
