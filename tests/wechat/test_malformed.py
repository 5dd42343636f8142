"""Replies that are no HTTP, in fleets and alone: one account's failure, and no secret is told of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.console import Console
from reconciler.cli.errors import guarded

from ..rawserver import FEW, FLEET, MALFORMED, Accounts, appid, reply, speaking, write
from ..tools import CommandLine, Result

SECRET = "SECRET-OF-THE-APP-0123456789abcdef"
TARGET = "SECRET-PATH-OF-THE-TOKEN-SERVER-9/served?appid={appid}"
ENTRANCES = {"stable": "stable_token", "classic": "token", "server": "served"}


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Accounts]:
    """Accounts that are served."""
    accounts = Accounts()
    monkeypatch.setenv("WECHAT_APPSECRET", SECRET)
    with speaking(accounts.answer) as accounts.url:
        monkeypatch.setenv("RECONCILER_ENDPOINT", accounts.url)
        yield accounts


def clean(result: Result) -> Result:
    """The result, which tells no secret, no word of an exception's, and shows no traceback."""
    for text in (result.out, result.err):
        assert re.search("SECRET|Traceback|2OO OK", text) is None, text
    return result


def errors(document: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document["errors"]
    return found


def changed(document: Any) -> list[str]:
    """The accounts that something was done with."""
    return [row["account"] for row in document["accounts"] if row["done"]]


@pytest.mark.parametrize("entrance", ENTRANCES)
@pytest.mark.parametrize("count", [FEW, FLEET])
def test_in_a_fleet_it_is_one_accounts_failure_and_the_others_go_on(
    accounts: Accounts,
    reconciler: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    entrance: str,
) -> None:
    write(count)
    if entrance == "classic":
        monkeypatch.setenv("RECONCILER_TOKEN_API", "classic")
    if entrance == "server":
        monkeypatch.setenv("RECONCILER_TOKEN_URL", f"{accounts.url}/{TARGET}")
    kinds = len(MALFORMED)
    for number, raw in enumerate(MALFORMED.values()):
        accounts.breaks[ENTRANCES[entrance], appid(number)] = raw
        accounts.breaks["list", appid(number + kinds)] = raw
        accounts.breaks["add", appid(number + 2 * kinds)] = raw
    result = clean(reconciler("apply", "--yes", "--format", "json", "--retries", "0"))
    assert result.code == 4, "some were changed, and not all is well"
    told = errors(result.json)
    assert [one["account"] for one in told] == [f"a{n}" for n in range(2 * kinds)]
    assert {one["code"] for one in told} <= {"no reply", "bad reply", "no token"}
    done = [f"a{n}" for n in range(2 * kinds, count)]
    assert changed(result.json) == done
    assert [len(accounts.templates.get(appid(n), ())) for n in range(count)] == [0] * 2 * kinds + [1] * (
        count - 2 * kinds
    )
    assert sorted(Path().glob("*.lock.json")) == sorted(Path(f"templates.{one}.lock.json") for one in done)


@pytest.mark.parametrize("count", [FEW, FLEET])
def test_a_delete_whose_reply_is_no_http_is_looked_for(
    accounts: Accounts, reconciler: CommandLine, count: int
) -> None:
    write(count)
    assert reconciler("apply", "--yes").code == 0
    for number, raw in enumerate(MALFORMED.values()):
        accounts.breaks["del", appid(number)] = raw
    file = Path("templates.yaml")
    file.write_text(re.sub("  x: .*\n", "  y: {id: AT2, keywords: [k]}\n", file.read_text()).replace(
        "version: 1\n", "version: 1\nmax_deletes: 9\n"), "utf-8")  # fmt: skip
    result = clean(reconciler("apply", "--yes", "--retries", "0"))
    assert result.code in (0, 3), result.err
    assert all(len(there) == 1 for there in accounts.templates.values())


@pytest.mark.parametrize("wrong", MALFORMED)
def test_alone_it_is_told_without_a_word_of_the_server(
    accounts: Accounts, reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    write()
    monkeypatch.setenv("WECHAT_APPID", appid(0))
    accounts.breaks["list", appid(0)] = MALFORMED[wrong]
    for command in ("plan", "apply", "doctor"):
        result = clean(reconciler(command, "--retries", "0", "--format", "json"))
        assert result.code == 1


def test_it_may_pass_and_is_asked_again(
    accounts: Accounts, reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    write()
    monkeypatch.setenv("WECHAT_APPID", appid(0))
    accounts.breaks["list", appid(0)] = MALFORMED["letters for digits"]
    result = clean(reconciler("plan", "--retries", "1", "--verbose"))
    assert (result.code, result.out) == (1, "")
    assert accounts.calls[appid(0), "list"] == 2


@pytest.mark.parametrize(("count", "kind"), [(2, "RemoteProtocolError"), (FLEET, "BadStatusLine")])
def test_what_is_told(accounts: Accounts, reconciler: CommandLine, count: int, kind: str) -> None:
    write(count)
    accounts.breaks["list", appid(1)] = MALFORMED["letters for digits"]
    result = clean(reconciler("plan", "--retries", "0"))
    assert result.err == (
        "error: a1: POST /cgi-bin/wxopen/template/list: the connection broke "
        f"(the reply is not whole, or no HTTP: {kind})\n"
        "    check the network and --endpoint or RECONCILER_ENDPOINT, then run it again; "
        "it is safe to repeat\n"
    )


def test_a_long_header_is_no_fault(accounts: Accounts, reconciler: CommandLine) -> None:
    body = b'{"errcode":0,"list":[]}'
    for count in (2, FLEET):
        write(count)
        raw = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nX-A: {'a' * 9000}\r\n\r\n".encode()
        accounts.breaks["list", appid(1)] = raw + body
        assert reconciler("plan").code == 0


@pytest.mark.parametrize("count", [None, FLEET])
def test_a_cookie_is_not_looked_at(
    accounts: Accounts,
    reconciler: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    count: int | None,
) -> None:
    write(count)
    monkeypatch.setenv("WECHAT_APPID", appid(1)) if count is None else None
    body = b'{"errcode":0,"list":[]}'
    cookie = f"Set-Cookie: a=b; Max-Age={'9' * 400}"
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{cookie}\r\n\r\n"
    accounts.breaks["list", appid(1)] = head.encode() + body
    result = reconciler("plan")
    assert (result.code, result.err) == (0, "")


# ---------------------------------------------------------------- bugs of our own


class Spoilt:
    """A terminal that fails, in words that hold a secret, as soon as it is to show a certain text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.shown = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> None:
        self.shown += text
        if self._text in text:
            self._text = "\0"
            raise RuntimeError(f"{SECRET} in {text}")

    def flush(self) -> None:
        pass


def spoil(monkeypatch: pytest.MonkeyPatch, text: str) -> Spoilt:
    """Have such a terminal. (In the test itself: its capturing has taken stderr by then.)"""
    spoilt = Spoilt(text)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", spoilt)
    return spoilt


SAID = re.compile(
    r"a bug: RuntimeError at reconciler/cli/\w+\.py:\d+ \(reconciler [\w.]+, Python 3\.[\d.]+, \w+\)"
)


def test_a_bug_in_the_middle_of_an_apply_is_told_by_type_and_place(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch, reconciler: CommandLine
) -> None:
    write()
    terminal = spoil(monkeypatch, "add x")
    monkeypatch.setenv("WECHAT_APPID", appid(0))
    result = clean(reconciler("apply", "--yes", "--format", "json"))
    assert result.code == 4, "the template was added"
    [told] = errors(result.json)
    assert told["code"] == "bug"
    assert SAID.fullmatch(told["message"])
    assert told["hint"] == (
        "report this, and what the command was (without secrets): the rest is not shown, it may hold some"
    )
    assert "SECRET" not in terminal.shown
    [row] = result.json["accounts"]
    assert (row["outcome"], result.json["locks"]) == ("failed", ["templates.lock.json"])
    assert row["done"] == [{"action": "add", "name": "x", "template_id": f"{appid(0)}-add-1"}]
    assert Path("templates.lock.json").exists(), "what was done is recorded"


@pytest.mark.parametrize(("command", "code"), [("apply", 4), ("plan", 1), ("doctor", 1)])
def test_a_bug_in_a_fleet_is_one_accounts_failure(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch, reconciler: CommandLine, command: str, code: int
) -> None:
    write(FLEET)
    spoil(monkeypatch, "3 of 120")
    words = [command, *(["--yes"] if command == "apply" else [])]
    result = clean(reconciler(*words, "--format", "json"))
    assert result.code == code
    if command == "doctor":
        found = [one for row in result.json["accounts"] for one in row["findings"]]
        told = [one for one in found if one["status"] == "failed"]
    else:
        told = errors(result.json)
    assert len(told) == 1
    assert SAID.fullmatch(told[0]["message"])
    if command == "apply":
        assert len(changed(result.json)) == FLEET
        assert len(list(Path().glob("*.lock.json"))) == FLEET
    else:
        assert len(result.json["accounts"]) >= FLEET - 1


@pytest.mark.parametrize("words", [[], ["--format", "json"]])
def test_the_last_door(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    def call() -> None:
        Console().result("")
        raise ValueError(SECRET)

    assert guarded(words, {}, call) == 1
    captured = capsys.readouterr()
    clean(Result(1, captured.out, captured.err))
    if words:
        told = errors(json.loads(captured.out))[0]["message"]
    else:
        told = captured.err.splitlines()[0].removeprefix("error: ")
    assert re.fullmatch(r"a bug: ValueError at reconciler/cli/errors\.py:\d+ \(reconciler .*\)", told)


HOOKED = """
import asyncio, sys, threading
from reconciler.__main__ import run
from reconciler.app import event_loop
from reconciler.cli import exception_hooks as hooks
from reconciler.cli.console import Console
hooks.keep_python_quiet()

class Careless:
    def __del__(self):
        raise KeyError("SECRET")

def fail(*_):
    raise KeyError("SECRET")

Careless()
thread = threading.Thread(target=fail)
thread.start()
thread.join()

async def work():
    asyncio.get_running_loop().call_soon(fail)
    task = asyncio.ensure_future(later())
    await asyncio.sleep(0.01)

async def later():
    fail()

with event_loop.event_loop(Console()) as runner:
    event_loop.interruptible(runner, work())
    with event_loop.heard(runner.get_loop(), fail, fail):
        runner.run(work())
fail()
"""


def test_python_and_asyncio_show_no_traceback_of_their_own() -> None:
    run = subprocess.run([sys.executable, "-c", HOOKED], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    told = [line for line in run.stderr.splitlines() if not line.startswith(" ")]
    assert len(told) == 7, run.stderr
    assert all(line.startswith("error: a bug: KeyError (reconciler ") for line in told)
    assert "SECRET" not in run.stderr


@pytest.mark.parametrize("count", [FEW, FLEET])
def test_half_a_surrogate_pair_in_an_error_is_one_accounts_failure(
    accounts: Accounts, reconciler: CommandLine, count: int
) -> None:
    """It is JSON, and no text: what is told of it must be written, kept and printed all the same."""
    write(count)
    said = b'{"errcode": 1, "errmsg": "x \\ud800", "rid": "\\udfff"}'
    accounts.breaks["list", appid(3)] = reply(said)
    for command, code in (("apply", 4), ("plan", 1)):
        result = reconciler(command, *(["--yes"] if command == "apply" else []), "--format", "json")
        assert result.code == code
        assert [(one["account"], one["message"]) for one in errors(result.json)] == [
            ("a3", "POST /cgi-bin/wxopen/template/list: errcode 1 (x ?) rid: ?")
        ]
        assert len(result.json["accounts"]) == count
    assert sum(map(bool, accounts.templates.values())) == count - 1
