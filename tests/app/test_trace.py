"""--trace: every exchange, in order, whole lines, no secret in any of them; and a sandbox that replays it."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from jsonschema import Draft202012Validator

from reconciler.core import schemas
from reconciler.sandbox import replay
from reconciler.sandbox.accounts import APPID, SECRET

from ..conftest import Serve
from ..rawserver import speaking
from ..tools import CommandLine, ScriptedServer

TRACE = Path("trace.jsonl")
ONE = "version: 1\ntemplates:\n  paid: {id: AT0002, keywords: [购买地点, 购买时间]}\n"
LIST = "/cgi-bin/wxopen/template/list"
STABLE = "/cgi-bin/stable_token"
TOKEN = "76_Ab-9xQs+T0k/en~Zz=="
NEWER = "77_of-a-newer-one+and/odd="
APPSECRET = "0123456789abcdef0123456789abcdef"
VALIDATOR = Draft202012Validator(json.loads(schemas.text("trace")))


def lines(path: Path = TRACE) -> list[dict[str, Any]]:
    """The rows of a trace, each of which fits its schema."""
    text = path.read_text("utf-8")
    assert text.endswith("\n")
    rows = [json.loads(line) for line in text.split("\n")[:-1]]
    for row in rows:
        VALIDATOR.validate(row)
        assert list(row)[:4] == ["trace", "time", "account", "appid"]
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
    return rows


def call(row: dict[str, Any]) -> str:
    return str(row["call"]).rpartition("/")[2]


def calls(rows: list[dict[str, Any]]) -> list[str]:
    return [call(row) for row in rows]


def holds(text: str, secret: str) -> bool:
    """Whether a text has a secret in it, as it is or in escapes."""
    shapes = {secret, quote(secret, safe=""), "".join(f"\\u{ord(char):04x}" for char in secret), secret[:10]}
    return any(shape.lower() in text.lower() for shape in shapes)


# ---------------------------------------------------------------- what is written


def test_every_request_and_reply_is_a_line(reconciler: CommandLine, entrance: str) -> None:
    Path("templates.yaml").write_text(ONE, "utf-8")
    assert reconciler("apply", "--yes", "--trace", str(TRACE)).code == 0
    rows = lines()
    token, *reads, add, last = rows
    look_up, first = sorted(reads, key=call)  # they are out at once: which is answered first is chance
    assert calls([token, look_up, first, add, last]) == ["stable_token", "get", "list", "add", "list"]
    assert {(row["account"], row["appid"], row["status"]) for row in rows} == {(None, APPID, 200)}
    assert token["hidden"]
    assert (token["query"], token["body"], token["reply"], token["path"]) == ({}, None, None, STABLE)
    assert look_up["body"] == {"id": "AT0002"}
    assert look_up["reply"]["title"] == "购买成功通知"
    made = json.loads(Path("templates.lock.json").read_text("utf-8"))["templates"]["paid"]["template_id"]
    assert (add["method"], add["path"]) == ("POST", "/cgi-bin/wxopen/template/add")
    assert add["reply"] == {"errcode": 0, "errmsg": "ok", "template_id": made}
    assert stat.S_IMODE(TRACE.stat().st_mode) == 0o600


def test_runs_are_appended_and_the_file_closed_to_others(reconciler: CommandLine, entrance: str) -> None:
    Path("templates.yaml").write_text(ONE, "utf-8")
    for _ in range(2):
        assert reconciler("plan", "--trace", str(TRACE)).code == 0
        TRACE.chmod(0o644)
    rows = calls(lines())
    assert rows[::3] == ["stable_token"] * 2
    assert sorted(rows[1:3]) == sorted(rows[4:]) == ["get", "list"]
    reconciler("plan", "--trace", str(TRACE))
    assert stat.S_IMODE(TRACE.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "words",
    [
        ("import", "--file", "other.yaml"),
        ("doctor",),
        ("library", "show", "AT0002"),
        ("library", "search", "购买"),
        ("library", "pull", "--out", "pulled.json"),
    ],
)
def test_every_command_that_calls_writes_one(
    reconciler: CommandLine, entrance: str, words: tuple[str, ...]
) -> None:
    Path("templates.yaml").write_text(ONE, "utf-8")
    result = reconciler(*words, "--trace", str(TRACE))
    assert result.code == 0, result.err
    assert calls(lines())[0] == "stable_token"
    assert len(lines()) > 1


def test_what_a_message_is_sent_with_is_a_line(reconciler: CommandLine, entrance: str) -> None:
    Path("templates.yaml").write_text(ONE, "utf-8")
    reconciler("apply", "--yes")
    words = ("--to", "oUser", "--form-id", "f1", "--set", "购买地点=甲", "--set", "购买时间=乙")
    assert reconciler("send", "paid", *words, "--trace", str(TRACE)).code == 0
    assert lines()[-1]["path"] == "/cgi-bin/message/wxopen/template/send"
    assert (lines()[-1]["body"]["touser"], lines()[-1]["reply"]["errcode"]) == ("oUser", 0)


def test_lines_of_several_accounts_name_theirs(
    reconciler: CommandLine, entrance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WECHAT_APPID")
    appids = {f"a{at}": f"wx000000000000000{at}" for at in range(5)}
    accounts = ", ".join(f"{name}: {{appid: {appid}}}" for name, appid in appids.items())
    Path("templates.yaml").write_text(f"{ONE}accounts: {{{accounts}}}\n", "utf-8")
    assert reconciler("apply", "--yes", "--trace", str(TRACE)).code == 0
    rows = lines()
    for name, appid in appids.items():
        own = [row for row in rows if row["account"] == name]
        assert {row["appid"] for row in own} == {appid}
        assert [one for one in calls(own) if one != "get"] == ["stable_token", "list", "add", "list"]


def test_a_call_that_gets_no_reply_is_a_line(reconciler: CommandLine, entrance: str) -> None:
    Path("templates.yaml").write_text(ONE, "utf-8")
    with speaking(lambda _method, _target, _body: b"") as url:
        words = ("plan", "--endpoint", url, "--retries", "1", "--trace", str(TRACE))
        assert reconciler(*words).code == 1
    rows = lines()
    assert [(row["call"], row["status"], row["error"]) for row in rows] == [
        (f"POST {STABLE}", None, "no reply")
    ] * 2


def test_a_reply_that_is_no_json_is_text(
    reconciler: CommandLine, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("templates.yaml").write_text(ONE, "utf-8")
    enter(scripted.url, monkeypatch)
    scripted.on(LIST, lambda _method, _body: (502, "<html>坏了</html>".encode(), "text/html"))
    reconciler("plan", "--retries", "0", "--trace", str(TRACE))
    (row,) = (row for row in lines() if row["path"] == LIST)
    assert (row["status"], row["reply"], row["content_type"]) == (502, "<html>坏了</html>", "text/html")
    scripted.on(LIST, lambda _method, _body: (200, b'{"list": [], "list": [1e999]}\xff', "a/b"))
    reconciler("plan", "--retries", "0", "--trace", str(TRACE))
    *_, row = (row for row in lines() if row["path"] == LIST)
    assert row["reply"] == '{"list": [], "list": [1e999]}\\xff'


# ---------------------------------------------------------------- where it is written


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path.symlink_to("templates.yaml"), "it is a link, which is not followed"),
        (lambda path: path.symlink_to("nowhere"), "it is a link, which is not followed"),
        (lambda path: path.mkdir(), "Is a directory"),
        (lambda path: path.write_text(ONE, "utf-8"), "there is a file that is no trace"),
    ],
)
def test_nothing_else_is_written_to(
    reconciler: CommandLine, entrance: str, make: Callable[[Path], None], why: str
) -> None:
    Path("templates.yaml").write_text(ONE, "utf-8")
    make(TRACE)
    result = reconciler("plan", "--trace", str(TRACE))
    assert (result.code, result.out) == (1, "")
    assert result.err == f"{TRACE}: can't write the trace: {why}\n    name another file with --trace\n"
    assert Path("templates.yaml").read_text("utf-8") == ONE
    assert not Path("nowhere").exists()


def test_a_device_and_a_pipe_are_refused(reconciler: CommandLine, entrance: str) -> None:
    Path("templates.yaml").write_text(ONE, "utf-8")
    assert "it is a device" in reconciler("plan", "--trace", "/dev/null").err
    subprocess.run(["mkfifo", "pipe"], check=True)
    assert reconciler("plan", "--trace", "pipe").code == 1


def test_a_full_disk_is_told_once_and_stops_nothing(reconciler: CommandLine, entrance: str) -> None:
    """The files of a process may have so many bytes: room for one more line."""
    Path("templates.yaml").write_text(ONE, "utf-8")
    while not TRACE.exists() or TRACE.stat().st_size < 4200:
        reconciler("plan", "--trace", str(TRACE))
    before, most = calls(lines()), TRACE.stat().st_size + 400
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most})); "
        "from reconciler.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    words = ["apply", "--yes", "--trace", str(TRACE)]
    run = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    told = f"warning: the trace {TRACE} can't be written (File too large); the run goes on without it"
    assert (run.returncode, run.stderr.splitlines()) == (0, [told])
    assert calls(lines()) == [*before, "stable_token"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_is_killed_leaves_whole_lines(
    scripted: ScriptedServer, reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    Path("templates.yaml").write_text(ONE, "utf-8")
    enter(scripted.url, monkeypatch)
    rows = [
        {"template_id": f"T{at}", "title": "题", "content": "甲{{keyword1.DATA}}\n"} for at in range(1000)
    ]
    scripted.on("/cgi-bin/wxopen/template/library/get", {"errcode": 1})
    scripted.on(LIST, lambda _method, body: {"list": rows[body["offset"] :][: body["count"]]})
    words = [sys.executable, "-m", "reconciler", "plan", "--trace", str(TRACE), "--rate", "50/s"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while not TRACE.exists() or TRACE.stat().st_size < 10_000:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        process.communicate()
    seen = len(lines())
    assert 1 < seen <= 52
    with TRACE.open("ab") as torn:
        torn.write(b'{"trace":1,"time":"2026')
    reconciler("plan", "--trace", str(TRACE))
    whole = [line for line in TRACE.read_bytes().split(b"\n") if line and not line.endswith(b'"2026')]
    assert len([json.loads(line) for line in whole]) == seen + 52
    assert replay.load(TRACE).damaged == 1


# ---------------------------------------------------------------- secrets


def enter(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server as the environment's account, by a token."""
    monkeypatch.setenv("RECONCILER_ENDPOINT", url)
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", TOKEN)


ECHOES: dict[str, Callable[[str], str]] = {
    "as it is": lambda secret: secret,
    "as a URL has it": lambda secret: quote(secret, safe=""),
    "every sign escaped for a URL": lambda secret: "".join(f"%{ord(char):02x}" for char in secret),
    "every sign escaped for JSON": lambda secret: "".join(f"\\u{ord(char):04X}" for char in secret),
    "every second sign": lambda secret: "".join(
        f"\\u{ord(char):04x}" if at % 2 else char for at, char in enumerate(secret)
    ),
    "twice for a URL": lambda secret: quote(quote(secret, safe=""), safe=""),
    "in HTML": lambda secret: "".join(f"&#{ord(char)};" for char in secret),
    "cut off": lambda secret: secret[:12],
}
REPLIES: dict[str, Callable[[str], str]] = {
    "an errmsg": lambda echo: f'{{"errcode":45009,"errmsg":"limit {echo} rid: 1"}}',
    "a title": lambda echo: (
        f'{{"list":[{{"template_id":"T1","title":"{echo}","content":"甲{{{{k1.DATA}}}}"}}]}}'
    ),
    "a key": lambda echo: f'{{"list":[],"{echo}":1}}',
    "a page": lambda echo: (
        f"<html><a href='https://api.weixin.qq.com/?access_token={echo}'>{echo}</a></html>"
    ),
    "JSON that is cut short": lambda echo: f'{{"list":[],"errmsg":"{echo}',
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_what_a_server_echoes_is_hidden(
    reconciler: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    echo: Callable[[str], str],
    reply: Callable[[str], str],
) -> None:
    """In the reply's reason, headers, redirect and body: token, appsecret, and the token before the newer."""
    Path("templates.yaml").write_text(ONE, "utf-8")
    refused = {"errcode": 40001, "errmsg": f"invalid credential {TOKEN}"}
    given = iter([TOKEN, NEWER, NEWER])

    def answer(_method: str, target: str, _body: bytes) -> bytes:
        if STABLE in target:
            return raw(json.dumps({"access_token": next(given), "expires_in": 7200}), "")
        if NEWER not in target and quote(NEWER, safe="") not in target:
            return raw(json.dumps(refused), echo(TOKEN))
        return raw(reply(" ".join(map(echo, (TOKEN, NEWER, APPSECRET)))), echo(NEWER))

    with speaking(answer) as url:
        monkeypatch.setenv("RECONCILER_ENDPOINT", url)
        monkeypatch.setenv("WECHAT_APPID", APPID)
        monkeypatch.setenv("WECHAT_APPSECRET", APPSECRET)
        result = reconciler("plan", "--retries", "0", "--trace", str(TRACE))
    text = TRACE.read_text("utf-8")
    assert len(lines()) >= 4
    for secret in (TOKEN, NEWER, APPSECRET):
        assert not holds(text, secret)
        assert not holds(result.out + result.err, secret)


def raw(body: str, echo: str) -> bytes:
    """A reply whose head echoes, too."""
    content = body.encode()
    head = f"HTTP/1.1 200 {echo}\r\nContent-Type: application/json; x={echo}\r\nX-Token: {echo}\r\n"
    place = f"Location: https://other.example/?access_token={echo}\r\nSet-Cookie: t={echo}\r\n"
    return f"{head}{place}Content-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode() + content


def test_a_token_that_a_reply_issues_is_hidden(
    reconciler: CommandLine, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway may give a newer one along with what was asked for; afterwards it is hidden everywhere."""
    Path("templates.yaml").write_text(ONE, "utf-8")
    enter(scripted.url, monkeypatch)
    scripted.on(LIST, {"list": [], "access_token": NEWER})
    scripted.on("/cgi-bin/wxopen/template/library/get", {"errcode": 1, "errmsg": f"who is {quote(NEWER)}"})
    reconciler("plan", "--trace", str(TRACE), "--parallelism", "1")
    assert lines()[0]["reply"] == {"list": [], "access_token": "***"}
    assert lines()[-1]["reply"] == {"errcode": 1, "errmsg": "who is ***"}


def test_one_accounts_token_is_hidden_in_anothers_reply(
    reconciler: CommandLine, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = "accounts: {a: {appid: wx0000000000000001}, b: {appid: wx0000000000000002}}\n"
    Path("templates.yaml").write_text(ONE + accounts, "utf-8")
    enter(scripted.url, monkeypatch)
    monkeypatch.delenv("WECHAT_ACCESS_TOKEN")
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN_A", TOKEN)
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN_B", NEWER)
    scripted.on(LIST, {"errcode": 48001, "errmsg": f"{TOKEN} and {NEWER}"})
    reconciler("plan", "--trace", str(TRACE))
    told = [row["reply"]["errmsg"] for row in lines() if row["path"] == LIST]
    assert told == ["*** and ***"] * 2


@pytest.mark.parametrize("server", ["--token-url", "--token-refresh-url"])
def test_of_a_token_server_nothing_is_told(
    reconciler: CommandLine, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch, server: str
) -> None:
    Path("templates.yaml").write_text(ONE, "utf-8")
    monkeypatch.setenv("RECONCILER_ENDPOINT", scripted.url)
    monkeypatch.setenv("RECONCILER_TOKEN_HEADER", f"Authorization: Bearer {APPSECRET}")
    scripted.on("/hand/out", {"access_token": TOKEN, "note": "for your eyes only"})
    scripted.on("/refresh", {"access_token": NEWER, "note": "for your eyes only"})

    def refused(_method: str, _body: object) -> dict[str, Any]:
        (token,) = scripted.requests[-1][2]["access_token"]
        return {"errcode": 40001, "errmsg": f"{token} {APPSECRET} hunter2-and-0more"}

    scripted.on(LIST, refused)
    words = ["--token-url", f"{scripted.url}/hand/out?key=hunter2-and-0more"]
    words += ["--token-refresh-url", f"{scripted.url}/refresh"] if server == "--token-refresh-url" else []
    reconciler("plan", *words, "--trace", str(TRACE))
    text = TRACE.read_text("utf-8")
    assert not any(
        holds(text, one) for one in (TOKEN, NEWER, APPSECRET, "hunter2-and-0more", "for your eyes")
    )
    asked = [row for row in lines() if row["hidden"]]
    assert len(asked) == 2
    host = scripted.url.removeprefix("http://")
    assert {(row["call"], row["method"], row["path"]) for row in asked} == {
        (f"token server {host}", None, None)
    }


# ---------------------------------------------------------------- replayed


@contextmanager
def replayed(*words: str) -> Iterator[dict[str, str]]:
    """What a real `sandbox serve --replay` says to export."""
    command = [sys.executable, "-m", "reconciler", "sandbox", "serve", "--port", "0", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        assert process.stdout is not None
        told = {}
        for line in process.stdout:
            name, _, value = line.strip().removeprefix("export ").partition("=")
            told[name] = value
            if name in ("WECHAT_APPSECRET", "WECHAT_ACCESS_TOKEN"):
                break
        try:
            yield told
        finally:
            process.terminate()


def test_a_plan_and_an_apply_come_out_the_same(
    reconciler: CommandLine, entrance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recorded with the sandbox's secret, replayed with another one, and with a token."""
    Path("templates.yaml").write_text(ONE, "utf-8")
    lock = Path("templates.lock.json")

    def run(*more: str) -> list[Any]:
        lock.unlink(missing_ok=True)
        results = [
            reconciler("plan", "--format", "json", *more),
            reconciler("apply", "--yes", "--format", "json", *more),
            reconciler("plan", "--detailed-exitcode", *more),
        ]
        return [*((one.code, one.out) for one in results), lock.read_text("utf-8")]

    recorded = run("--trace", str(TRACE))
    assert [one[0] for one in recorded[:-1]] == [0, 0, 0]
    monkeypatch.delenv("RECONCILER_ENDPOINT")
    for name, value in {
        "WECHAT_APPSECRET": "another-secret-of-32-characters!",
        "WECHAT_ACCESS_TOKEN": "x" * 20,
    }.items():
        monkeypatch.setenv(name, value)
        with replayed("--replay", str(TRACE)) as told:
            assert told["WECHAT_APPID"] == APPID
            assert run("--endpoint", told["RECONCILER_ENDPOINT"]) == recorded
            assert SECRET not in TRACE.read_text("utf-8")
            beyond = reconciler("plan", "--endpoint", told["RECONCILER_ENDPOINT"])
    assert beyond.code == 1
    assert "errcode 99404, this request is not in the trace that is replayed" in beyond.err
    assert "POST /cgi-bin/wxopen/template/list: the trace has no further reply to this request" in beyond.err


def test_a_fleet_comes_out_the_same(
    reconciler: CommandLine, entrance: str, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WECHAT_APPID")
    accounts = ", ".join(f"a{at}: {{appid: wx000000000000000{at}}}" for at in range(4))
    Path("templates.yaml").write_text(f"{ONE}accounts: {{{accounts}}}\n", "utf-8")
    reconciler("apply", "--yes", "--account", "a1", "--account", "a2")
    recorded = reconciler("plan", "--format", "json", "--trace", str(TRACE))
    url = serve(replay.Replay(replay.load(TRACE)))
    monkeypatch.setenv("WECHAT_APPSECRET", "some-other-secret")
    assert reconciler("plan", "--format", "json", "--endpoint", url)[:2] == recorded[:2]
    monkeypatch.delenv("WECHAT_APPSECRET")
    for at in range(4):
        monkeypatch.setenv(f"WECHAT_ACCESS_TOKEN_A{at}", f"a-token-of-nobody-{at}")
    lost = reconciler("plan", "--endpoint", serve(replay.Replay(replay.load(TRACE))))
    assert lost.code == 1
    assert "this token is no account's of the trace: enter with its appid and any secret" in lost.err


def test_a_call_without_a_reply_gets_none_again(
    reconciler: CommandLine, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("templates.yaml").write_text(ONE, "utf-8")
    tries = iter([b"", raw('{"errcode":-1}', "x"), raw('{"errcode":48001,"errmsg":"no"}', "x")])
    with speaking(lambda _method, target, _body: next(tries) if LIST in target else raw("{}", "x")) as url:
        enter(url, monkeypatch)
        recorded = reconciler("plan", "--trace", str(TRACE))
    assert [row["status"] for row in lines() if row["path"] == LIST] == [None, 200, 200]
    monkeypatch.delenv("WECHAT_ACCESS_TOKEN")
    with replayed("--replay", str(TRACE)) as told:
        monkeypatch.setenv("WECHAT_ACCESS_TOKEN", told["WECHAT_ACCESS_TOKEN"])
        again = reconciler("plan", "--endpoint", told["RECONCILER_ENDPOINT"], "--trace", "again.jsonl")
    assert (again.code, again.out) == (recorded.code, recorded.out) == (1, "")
    assert replies("again.jsonl") == replies(str(TRACE))


def replies(file: str) -> list[Any]:
    """What was answered to each call, in order; of two side by side either may have ended first."""
    return sorted(
        ((row["path"], row["status"], row["reply"]) for row in lines(Path(file))), key=lambda row: row[0]
    )


def test_another_body_is_not_in_the_trace(reconciler: CommandLine, entrance: str, serve: Serve) -> None:
    Path("templates.yaml").write_text(ONE, "utf-8")
    reconciler("plan", "--trace", str(TRACE))
    Path("templates.yaml").write_text(ONE.replace("AT0002", "AT0003"), "utf-8")
    result = reconciler("plan", "--endpoint", serve(replay.Replay(replay.load(TRACE))))
    assert result.code == 1
    assert 'library/get: not in the trace with this body: {"id": "AT0003"}' in result.err


def test_another_appid_is_not_in_the_trace(
    reconciler: CommandLine, entrance: str, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("templates.yaml").write_text(ONE, "utf-8")
    reconciler("plan", "--trace", str(TRACE))
    monkeypatch.setenv("WECHAT_APPID", "wx0000000000000009")
    result = reconciler("plan", "--endpoint", serve(replay.Replay(replay.load(TRACE))))
    assert f"the trace is not about this appid: it is about {APPID}" in result.err


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there is no whole line of a trace in it"),
        ('{"trace":1,"ti', "there is no whole line of a trace in it"),
        ('{"version": 1}\n', "trace.jsonl:1: it is no line of a trace"),
        ('{"trace": 2}\n', "trace.jsonl:1: a trace of version 2; known is 1"),
        ('{"trace": 1}\n', "trace.jsonl:1: a field is missing, or of the wrong type"),
    ],
)
def test_what_is_no_trace_is_refused(reconciler: CommandLine, text: str, why: str) -> None:
    TRACE.write_text(text, "utf-8")
    result = reconciler("sandbox", "serve", "--replay", str(TRACE))
    assert (result.code, result.out) == (1, "")
    assert why in result.err


def test_the_emulators_options_say_nothing_to_a_trace(reconciler: CommandLine) -> None:
    result = reconciler("sandbox", "serve", "--replay", str(TRACE), "--fault", "add=drop")
    assert (result.code, "--fault is for the emulator, and --replay takes its place" in result.err) == (
        64,
        True,
    )
    assert reconciler("sandbox", "serve", "--replay", "nowhere").code == 1
