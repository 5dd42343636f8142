"""Where tokens come from: WeChat, a token server, a command. One refresh for one expiry, whoever is asked."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from reconciler.core.errors import CallError, InputError
from reconciler.core.model import LibraryKeyword, Spec
from reconciler.wechat.auth.credentials import Credentials, TokenStore
from reconciler.wechat.auth.session import Session
from reconciler.wechat.auth.token_command import TokenCommand
from reconciler.wechat.auth.token_server import TokenServer, token_server
from reconciler.wechat.client import Client
from reconciler.wechat.transport.calls import Call
from reconciler.wechat.transport.network import Connection, Network

from ..sources import COMMAND_HINT, SERVER_HINT, gone
from ..tools import ScriptedServer

T = TypeVar("T")
LIST, GET = "/cgi-bin/wxopen/template/list", "/cgi-bin/wxopen/template/library/get"
ADD = "/cgi-bin/wxopen/template/add"
STABLE, CLASSIC = "/cgi-bin/stable_token", "/cgi-bin/token"
HAND_OUT, REFRESH = "/hand-out", "/refresh"
WHOSE = ": is it this account's, and does no other program ask WeChat for tokens on its own?"


def using(
    credentials: Credentials,
    work: Callable[[Client], Awaitable[T]],
    *,
    told: list[Call] | None = None,
    **connection: Any,
) -> T:
    async def go() -> T:
        async with Network(Connection(**connection)) as network:
            hear = (told if told is not None else []).append
            return await work(Client(Session(network, TokenStore(credentials), on_call=hear), writes=True))

    return asyncio.run(go())


def listing(client: Client) -> Awaitable[Any]:
    return client.list_templates()


def problem(credentials: Credentials, work: Callable[[Client], Awaitable[T]] = listing, **more: Any) -> Any:
    """What the user is told when the work fails."""
    with pytest.raises(CallError) as caught:
        using(credentials, work, **more)
    return caught.value.problems[0]


def served(server: ScriptedServer, path: str = HAND_OUT, refresh: str | None = None) -> Credentials:
    """The way in that --token-url names."""
    return Credentials("wx1", issuer=token_server(server.url + path, refresh and server.url + refresh, None))


def host(server: ScriptedServer) -> str:
    return f"token server {server.url.removeprefix('http://')}"


def printed(script: str, *more: str) -> Credentials:
    """The way in that --token-command names, a script of the shell here."""
    return Credentials("wx1", issuer=TokenCommand(("sh", "-c", script, *more)))


# ---------------------------------------------------------------- one refresh for one expiry

KINDS = ["stable", "classic", "server", "server with refresh", "command"]


class Expiring:
    """WeChat with tokens that end, and all that may give one; it counts who was asked for how many.

    `crowd`: so many calls with the old token must have come before the first of them is answered.
    """

    def __init__(self, server: ScriptedServer, kind: str, crowd: int) -> None:
        self.server = server
        self.kind = kind
        self.given = 0
        self.good = "token-1"
        self.used: list[str] = []
        self._crowd = crowd
        self._waiting = 0
        self._come = asyncio.Event()
        for path in (STABLE, CLASSIC, HAND_OUT, REFRESH):
            server.on(path, self._give)
        server.on(GET, self._serve)

    def _give(self, _method: str, _body: dict[str, Any]) -> dict[str, Any]:
        self.given += 1
        return {"access_token": f"token-{self.given}", "expires_in": 7200}

    async def _serve(self, _method: str, body: dict[str, Any]) -> dict[str, Any]:
        token = self.server.requests[-1][2]["access_token"][0]
        self.used.append(token)
        if token != self.good:
            self._waiting += 1
            if self._waiting == self._crowd:
                self._come.set()
            await self._come.wait()
            return {"errcode": 42001, "errmsg": "access_token expired"}
        return {"errcode": 0, "title": body["id"], "keyword_list": []}

    @property
    def credentials(self) -> Credentials:
        if self.kind in ("stable", "classic"):
            return Credentials("wx1", secret="S" * 32)
        if self.kind == "command":
            return printed("echo >>runs; printf token-%d $(wc -l <runs)")
        return served(self.server, refresh=REFRESH if self.kind == "server with refresh" else None)

    @property
    def asked(self) -> list[str]:
        """Who was asked for tokens, in order."""
        if self.kind == "command":
            return ["command"] * Path("runs").read_text().count("\n")
        paths = (STABLE, CLASSIC, HAND_OUT, REFRESH)
        return [path for _, path, _, _ in self.server.requests if path in paths]


ASKED = {
    "stable": [STABLE] * 3,
    "classic": [CLASSIC] * 3,
    "server": [HAND_OUT] * 3,
    "server with refresh": [HAND_OUT, REFRESH, REFRESH],
    "command": ["command"] * 3,
}


@pytest.mark.parametrize("kind", KINDS)
def test_sixty_four_calls_in_flight_ask_once_for_each_expiry(scripted: ScriptedServer, kind: str) -> None:
    world = Expiring(scripted, kind, crowd=64)

    async def work(client: Client) -> None:
        for number in (1, 2, 3):
            world.good, world._waiting, world._come = f"token-{number}", 0, asyncio.Event()
            await asyncio.gather(*(client.title(f"AT{n}") for n in range(64)))

    api = "classic" if kind == "classic" else "stable"
    using(world.credentials, work, endpoint=scripted.url, parallelism=64, token_api=api)
    assert world.asked == ASKED[kind]
    assert [world.used.count(f"token-{n}") for n in (1, 2, 3)] == [128, 128, 64]
    if kind == "server with refresh":
        assert scripted.calls(REFRESH) == [
            {"appid": "wx1", "access_token": "token-1"}, {"appid": "wx1", "access_token": "token-2"},
        ]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_that_keeps_giving_what_is_refused_is_asked_once_more_however_many_calls_wait(
    scripted: ScriptedServer, kind: str
) -> None:
    world = Expiring(scripted, kind, crowd=1)
    world.good = "none"

    async def work(client: Client) -> list[Any]:
        rounds = [[client.title(f"AT{n}") for n in range(64)] for _ in range(2)]
        return [one for calls in rounds for one in await asyncio.gather(*calls, return_exceptions=True)]

    api = "classic" if kind == "classic" else "stable"
    errors = using(world.credentials, work, endpoint=scripted.url, parallelism=64, token_api=api)
    assert {one.errcode for one in errors} == {42001}
    assert world.asked == ASKED[kind][:2]
    hints = {
        "server": f"{host(scripted)} has just given this token{WHOSE}",
        "server with refresh": f"{host(scripted)} has just given this token{WHOSE}",
        "command": f"the token command has just printed this token{WHOSE}",
    }
    (hint,) = {one.problems[0].hint for one in errors}
    assert hint == hints.get(kind, hint)


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        (served, "{host} still hands out the token that WeChat refused: have it get a "
         "new one, or name its passive refresh with --token-refresh-url"),
        (lambda server: served(server, refresh=REFRESH),
         "{host} still hands out the token that WeChat refused: have it get a new one"),
        (lambda _: printed("echo >>runs; echo dead"),
         "the token command still prints the token that WeChat refused: have it get a new one"),
    ],
)  # fmt: skip
def test_a_dead_token_that_is_handed_out_again_is_tried_once_and_told(
    scripted: ScriptedServer, source: Callable[[ScriptedServer], Credentials], hint: str
) -> None:
    scripted.on(HAND_OUT, {"access_token": "dead"})
    scripted.on(REFRESH, {"access_token": "dead"})
    scripted.on(LIST, {"errcode": 40001, "errmsg": "invalid credential"})
    told = problem(source(scripted), endpoint=scripted.url)
    assert (told.message, told.hint) == (
        f"POST {LIST}: errcode 40001, the access_token is invalid or not the latest (invalid credential)",
        hint.format(host=host(scripted)),
    )
    assert len(scripted.calls(LIST)) == 2
    asked = [path for _, path, _, _ in scripted.requests if path != LIST]
    assert len(asked) + Path("runs").exists() * 2 == 2


def test_a_token_that_was_refused_for_a_moment_is_good_again(scripted: ScriptedServer) -> None:
    """WeChat's machines do not learn of a new token at the same time: the same one is worth a second try."""
    answers = iter([{"errcode": 40001}, {"list": []}])
    scripted.on(HAND_OUT, {"access_token": "same"})
    scripted.on(LIST, lambda *_: next(answers))
    assert using(served(scripted), listing, endpoint=scripted.url) == ()


# ---------------------------------------------------------------- token servers


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b'{"access_token": "good!", "expires_in": 7200}', "application/json"),
        (b'\xef\xbb\xbf{"access_token": " good! ", "errcode": 0}\n', "text/html"),
        (b"good!", "text/plain"),
        (b"\n good!\r\n", "text/html; charset=utf-8"),
        (b'"good!"', "application/json"),
    ],
)
@pytest.mark.parametrize("status", [200, 201])
def test_a_token_is_handed_out_as_json_or_bare(
    scripted: ScriptedServer, content: bytes, kind: str, status: int
) -> None:
    scripted.on(HAND_OUT, (status, content, kind))
    scripted.on(LIST, {"list": []})
    using(served(scripted), listing, endpoint=scripted.url)
    assert scripted.requests[-1][2] == {"access_token": ["good!"]}


HTML = b"<!DOCTYPE html><html>log in, s3cret-of-the-page</html>"
NO_TOKEN = "JSON whose access_token is no token"
BAD_ANSWERS: list[tuple[tuple[int, bytes, str], str, int]] = [
    ((200, HTML, "text/html"), "an HTML page instead of a token", 2),
    ((500, b'{"access_token": "x"}', "application/json"), "HTTP status 500", 2),
    ((503, HTML, "text/html"), "HTTP status 503", 2),
    ((429, b"", "text/plain"), "HTTP status 429", 2),
    ((403, HTML, "text/html"), "HTTP status 403", 1),
    ((200, b" \n", "text/plain"), "an empty reply", 2),
    ((200, b'{"access_tok', "application/json"), "JSON that is cut short or damaged", 2),
    ((200, b"[" * 60_000, "application/json"), "JSON that is cut short or damaged", 2),
    ((200, b'{"token": "s3cret"}', "application/json"), "JSON without access_token", 1),
    ((200, b'{"access_token": null}', "application/json"), "JSON without access_token", 1),
    ((200, b'["s3cret"]', "application/json"), "JSON without access_token", 1),
    ((200, b'{"errcode": 40013, "errmsg": "s3cret"}', "application/json"),
     "JSON without access_token (errcode 40013)", 1),
    ((200, b'{"access_token": "s3cret token"}', "application/json"), NO_TOKEN, 1),
    ((200, b'{"access_token": 7}', "application/json"), NO_TOKEN, 1),
    ((200, b'{"access_token": ""}', "application/json"), NO_TOKEN, 1),
    ((200, b"s3cret one\ns3cret two", "text/plain"), "text that is no token", 1),
    ((200, "密".encode(), "text/plain"), "text that is no token", 1),
    ((200, b"\xff\xfe", "text/plain"), "text that is no token", 1),
    ((200, b"x" * 4097, "text/plain"), "text that is no token", 1),
    ((200, b"x" * (3 << 20), "text/plain"), "a reply of more than 64 KiB", 1),
    ((302, b"http://127.0.0.1:1/s3cret", "text/plain"),
     "HTTP status 302, a redirect, which is not followed", 1),
]  # fmt: skip


@pytest.mark.parametrize("many", [False, True], ids=["few", "many"])
def test_bad_answers_of_a_token_server(scripted: ScriptedServer, many: bool) -> None:
    """One clear error each; what may pass in a moment is asked again, as every question is."""
    for number, (answer, _, _) in enumerate(BAD_ANSWERS):
        scripted.on(f"/{number}", answer)

    async def go() -> list[Any]:
        async with Network(Connection(scripted.url, retries=1, many=many, parallelism=64)) as network:
            stores = [TokenStore(served(scripted, f"/{number}")) for number in range(len(BAD_ANSWERS))]
            calls = [Client(Session(network, store)).list_templates() for store in stores]
            return await asyncio.gather(*calls, return_exceptions=True)

    told = [(one.problems[0].message, one.problems[0].hint) for one in asyncio.run(go())]
    assert told == [(f"{host(scripted)}: {said}", SERVER_HINT) for _, said, _ in BAD_ANSWERS]
    asked = [path for _, path, _, _ in scripted.requests]
    assert [asked.count(f"/{n}") for n in range(len(BAD_ANSWERS))] == [times for _, _, times in BAD_ANSWERS]


@pytest.mark.parametrize(
    "answer", [(500, b"", "text/plain"), (200, b"", "text/plain"), (404, b"", "text/plain")]
)
def test_a_refresh_of_unknown_outcome_is_not_asked_for_twice(
    scripted: ScriptedServer, answer: tuple[int, bytes, str]
) -> None:
    """However many calls wait for it: a server that compares nothing would refresh twice."""
    scripted.on(HAND_OUT, (200, b"token", "text/plain"))
    scripted.on(REFRESH, answer)
    scripted.on(GET, {"errcode": 42001})

    async def work(client: Client) -> list[Any]:
        return await asyncio.gather(*(client.title(f"AT{n}") for n in range(64)), return_exceptions=True)

    errors = using(served(scripted, refresh=REFRESH), work, endpoint=scripted.url, parallelism=64)
    said = "an empty reply" if answer[0] == 200 else f"HTTP status {answer[0]}"
    assert {one.problems[0].message for one in errors} == {f"{host(scripted)}: {said}"}
    assert scripted.calls(REFRESH) == [{"appid": "wx1", "access_token": "token"}]


def test_a_token_server_that_hangs_is_given_up(scripted: ScriptedServer) -> None:
    async def slow(*_: Any) -> dict[str, Any]:
        await asyncio.sleep(0.5)
        return {"access_token": "late"}

    scripted.on(HAND_OUT, slow)
    told = problem(served(scripted), endpoint=scripted.url, timeout=0.1, retries=0)
    assert (told.message, told.hint) == (
        f"{host(scripted)}: no reply within 0.1 seconds",
        "check the network and the address of the token server, then run it again",
    )
    told = problem(served(scripted), endpoint=scripted.url, deadline=0.1, retries=0)
    assert told.message == f"{host(scripted)}: no reply before the deadline of 0.1 seconds"


def test_no_token_server() -> None:
    credentials = Credentials(issuer=token_server("http://u:p4ss@127.0.0.1:1/p4th?q=1", None, None))
    told = problem(credentials, retries=0)
    assert told.message == ("token server 127.0.0.1:1: can't connect to 127.0.0.1:1 (Connection refused)")
    assert told.hint == "check the network and the address of the token server, then run it again"


@pytest.mark.parametrize("many", [False, True], ids=["few", "many"])
def test_what_a_token_server_is_sent(scripted: ScriptedServer, many: bool) -> None:
    """The user of the address as a header, the header of the environment, and the account percent-encoded."""
    scripted.on("/v1/wx+1/shop-1", {"access_token": "old"})
    scripted.on("/newer", {"access_token": "new"})
    answers = iter([{"errcode": 42001}, {"list": []}])
    scripted.on(LIST, lambda *_: next(answers))
    base = scripted.url.replace("http://", "http://us%40er:p%3Aw@")
    url, newer = f"{base}/v1/{{appid}}/{{account}}?key=a%26b&of={{appid}}", f"{base}/newer?who={{account}}"
    server = token_server(url, newer, ("X-Key", "its value")).of("wx+1", "shop-1")
    using(Credentials("wx+1", issuer=server), listing, endpoint=scripted.url, many=many)
    first, _, second, _ = scripted.requests
    assert first == ("GET", "/v1/wx+1/shop-1", {"key": ["a&b"], "of": ["wx+1"]}, b"")
    assert (second[0], second[2], json.loads(second[3])) == (
        "POST", {"who": ["shop-1"]}, {"appid": "wx+1", "access_token": "old"},
    )  # fmt: skip
    basic = base64.b64encode(b"us@er:p:w").decode()
    for headers in (scripted.headers[0], scripted.headers[2]):
        assert (headers["authorization"], headers["x-key"]) == (f"Basic {basic}", "its value")
    assert scripted.headers[2]["content-type"] == "application/json"
    for headers in (scripted.headers[1], scripted.headers[3]):
        assert not {"authorization", "x-key"} & set(headers), "WeChat is told nothing of them"


def test_a_header_says_it_better_than_the_user_of_an_address() -> None:
    server = token_server("http://u:p@localhost", None, ("Authorization", "Bearer x"))
    assert (server.hands_out.headers, server.hands_out.target) == ({"authorization": "Bearer x"}, "/")


def test_a_token_server_takes_its_turn_and_is_told_by_its_name(scripted: ScriptedServer) -> None:
    scripted.on(HAND_OUT, (200, b"token", "text/plain"))
    scripted.on(LIST, {"list": []})
    told: list[Call] = []
    using(served(scripted, path=f"{HAND_OUT}?key=s3cret"), listing, endpoint=scripted.url, told=told)
    assert [(str(one.name), one.error) for one in told] == [(host(scripted), None), (f"POST {LIST}", None)]
    told_late = problem(served(scripted), endpoint=scripted.url, rate=1 / 60, deadline=0.2)
    assert told_late.message == f"POST {LIST}: not made, the deadline of 0.2 seconds has passed"


def test_an_add_whose_token_nobody_gives_was_not_carried_out(scripted: ScriptedServer) -> None:
    """Nobody need look for it on the account."""
    scripted.on(HAND_OUT, (500, b"", "text/plain"))
    spec = Spec("AT1", "乙", (LibraryKeyword(1, "甲"),))
    with pytest.raises(CallError) as caught:
        using(served(scripted), lambda client: client.add(spec), endpoint=scripted.url, retries=0)
    assert (caught.value.executed, scripted.calls(ADD)) == (False, [])


# ---------------------------------------------------------------- whose token


def test_the_account_is_put_into_the_address() -> None:
    server = token_server("http://h/{appid}/{account}?a={appid}", "http://h/r/{account}", None)
    filled = server.of("wx/1&x=%", "shop-1")
    assert filled.refresh is not None
    assert (filled.hands_out.target, filled.refresh.target) == (
        "/wx%2F1%26x%3D%25/shop-1?a=wx%2F1%26x%3D%25", "/r/shop-1",
    )  # fmt: skip


def test_the_account_is_put_into_each_word_of_the_command() -> None:
    asked = TokenCommand(("get-{account}", "--id={appid}", "{appid}{account}", "{other}"))
    assert asked.of("wx 1", "a").words == ("get-a", "--id=wx 1", "wx 1a", "{other}")


NO_APPID = "set WECHAT_APPID; it names the account"
NO_ACCOUNT = "add accounts: to it, or use {appid} with WECHAT_APPID"


@pytest.mark.parametrize(
    ("issuer", "appid", "message", "hint"),
    [
        (token_server("http://h/{appid}", None, None), None,
         "--token-url is to hold {appid}, and no appid is known", NO_APPID),
        (token_server("http://h/", "http://h/{appid}", None), None,
         "--token-refresh-url is to hold {appid}, and no appid is known", NO_APPID),
        (token_server("http://h/{account}", None, None), "wx1",
         "--token-url is to hold {account}, and the file names no accounts", NO_ACCOUNT),
        (TokenCommand(("get", "{appid}")), None,
         "--token-command is to hold {appid}, and no appid is known", NO_APPID),
        (TokenCommand(("get", "{account}")), "wx1",
         "--token-command is to hold {account}, and the file names no accounts", NO_ACCOUNT),
        (TokenCommand(("get", "{appid}")), "--help",
         "the token command would take the appid --help for an option", "correct the appid"),
        (token_server("http://h/{appid}/x", None, None), "..",
         "the appid .. would change the path of the token server's address", "correct the appid"),
    ],
)  # fmt: skip
def test_an_account_that_nobody_knows(
    issuer: TokenServer | TokenCommand, appid: str | None, message: str, hint: str
) -> None:
    with pytest.raises(InputError) as caught:
        issuer.of(appid, None)
    assert [(one.message, one.hint) for one in caught.value.problems] == [(message, hint)]


# ---------------------------------------------------------------- commands


@pytest.mark.parametrize(
    "script", ["echo good!", "printf '\\n good! \\r\\n'", "printf good!; echo noise >&2"]
)
def test_a_command_prints_the_token(scripted: ScriptedServer, script: str) -> None:
    scripted.on(LIST, {"list": []})
    told: list[Call] = []
    using(printed(script), listing, endpoint=scripted.url, told=told)
    assert scripted.requests[-1][2] == {"access_token": ["good!"]}
    assert [str(one.name) for one in told] == ["token command", f"POST {LIST}"]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo s3cret; echo s3cret >&2; exit 3", "it ended with exit status 3"),
        ("kill -9 $$", "signal 9 ended it"),
        ("true", "it printed nothing"),
        ("echo; echo ' '", "it printed nothing"),
        ("echo s3cret; echo s3cret", "it printed 2 lines, where the token should stand alone"),
        ("printf 's3cret\\r\\r\\rs3cret'", "it printed 4 lines, where the token should stand alone"),
        ("echo s3cret token", "it printed text that is no token"),
        ("printf 's3cret\\033[2J'", "it printed text that is no token"),
        ("printf '\\377'", "it printed text that is no token"),
        (
            """echo '{"access_token":"s3cret"}'""",
            "it printed the whole JSON of a token reply, not the value of access_token alone",
        ),
        ("""echo '{"errcode":40013}'""", "it printed text that is no token"),
        ("yes s3cret", "it printed more than 64 KiB, and was killed"),
        ("cat", "it printed nothing"),
    ],
)
def test_bad_commands(script: str, said: str, capfd: pytest.CaptureFixture[str]) -> None:
    told = problem(printed(script))
    assert (told.message, told.hint) == (f"token command: {said}", COMMAND_HINT)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("./none", "No such file or directory"),
        ("./dull", "Permission denied"),
        ("./odd", "Exec format error"),
    ],
)
def test_a_command_that_cannot_be_started(word: str, said: str) -> None:
    Path("dull").touch(0o644)
    Path("odd").write_bytes(b"\x00\x01")
    Path("odd").chmod(0o755)
    told = problem(Credentials(issuer=TokenCommand((word, "s3cret"))))
    assert (told.message, told.hint) == (
        f"token command: it can't be started ({said})",
        "is the path of the program in --token-command right, and may it be executed?",
    )


@pytest.mark.parametrize("script", ["sleep 60 & echo $! >child; echo $$ >pid; wait",
                                    "exec >&-; sleep 60 & echo $! >child; echo $$ >pid; wait",
                                    "sleep 60 & echo $! >child; echo $$ >pid"])  # fmt: skip
def test_a_command_that_does_not_end_is_killed_with_all_that_it_began(script: str) -> None:
    """Also one that has ended, and left something behind that holds its output open."""
    told = problem(printed(script), timeout=1.0)
    assert (told.message, told.hint) == (
        "token command: it was killed, since it had not ended within 1 seconds",
        f"{COMMAND_HINT}; or give it a longer --timeout",
    )
    assert gone("pid")
    assert gone("child")


def test_a_run_that_is_cancelled_leaves_no_command_behind() -> None:
    async def work(client: Client) -> None:
        task = asyncio.ensure_future(client.list_templates())
        while not (Path("pid").exists() and Path("pid").read_text().endswith("\n")):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(ProcessLookupError):
            os.kill(int(Path("pid").read_text()), 0)

    using(printed("echo $$ >pid; exec sleep 60"), work)


def test_a_command_has_no_terminal_and_nothing_to_read(scripted: ScriptedServer) -> None:
    scripted.on(LIST, {"list": []})
    script = "import os, sys; print(len(sys.stdin.read()), os.getsid(0) == os.getpid(), sep='-')"
    command = TokenCommand((sys.executable, "-c", script))
    using(Credentials(issuer=command), listing, endpoint=scripted.url)
    assert scripted.requests[-1][2] == {"access_token": ["0-True"]}
