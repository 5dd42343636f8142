"""Token servers and commands on the command line: who is asked, what is refused, and no secret anywhere."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.app.access.credentials import credentials, credentials_of
from reconciler.core.model import Account
from reconciler.sandbox.accounts import APPID, SECRET
from reconciler.wechat.auth.token_command import TokenCommand

from ..sources import COMMAND_HINT, SERVER_HINT, gone
from ..tools import CommandLine, ScriptedServer

YAML = "version: 1\ntemplates:\n  order_paid: {id: AT0002, keywords: [购买地点, 购买时间]}\n"
ACCOUNTS = (
    "accounts:\n  staging: {appid: wx0000000000000001}\n  prod: {appid: wx0000000000000002}\n"
    "  third: {appid: wx0000000000000003}\n"
)
LIST = "/cgi-bin/wxopen/template/list"
SECRETS = {
    "user": "us3r-of-url",
    "password": "p4ss-of-url",
    "path": "p4th-of-the-url-1",
    "query": "qu3ry-of-the-url-1",
    "header": "h3ader-of-env",
    "answer": "answ3r-of-server",
}


@pytest.fixture(autouse=True)
def _file() -> None:
    Path("templates.yaml").write_text(YAML, "utf-8")


@pytest.fixture
def company(sandbox: str, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> ScriptedServer:
    """A token server that alone knows the secrets of the emulator's accounts."""
    monkeypatch.setenv("RECONCILER_ENDPOINT", sandbox)

    def hand_out(_method: str, _body: dict[str, Any]) -> dict[str, Any]:
        return token_of(sandbox, scripted.requests[-1][2].get("appid", [APPID])[0])

    scripted.on("/token", hand_out)
    return scripted


def token_of(sandbox: str, appid: str) -> dict[str, Any]:
    body = {"grant_type": "client_credential", "appid": appid, "secret": SECRET}
    request = urllib.request.Request(f"{sandbox}/cgi-bin/stable_token", json.dumps(body).encode())
    with urllib.request.urlopen(request) as reply:
        found: dict[str, Any] = json.load(reply)
    return found


def lines(result: Any) -> list[str]:
    found: list[str] = result.err.splitlines()
    return found


# ---------------------------------------------------------------- the main job


def test_apply_with_a_token_server(company: ScriptedServer, reconciler: CommandLine) -> None:
    url = f"{company.url}/token"
    assert reconciler("apply", "--yes", "--token-url", url).code == 0
    again = reconciler("plan", "--token-url", url)
    assert (again.code, again.out.splitlines()[-1]) == (0, "no changes: 1 kept")
    assert [path for _, path, _, _ in company.requests] == ["/token"] * 2, "one a run"
    assert json.loads(Path("templates.lock.json").read_text("utf-8"))["appid"] is None


def test_the_appid_beside_a_token_server_names_the_account(
    company: ScriptedServer, reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WECHAT_APPID", APPID)
    monkeypatch.setenv("RECONCILER_TOKEN_URL", f"{company.url}/token?appid={{appid}}")
    assert reconciler("apply", "--yes").code == 0
    assert json.loads(Path("templates.lock.json").read_text("utf-8"))["appid"] == APPID
    assert company.requests[-1][2] == {"appid": [APPID]}


def test_apply_with_a_command(company: ScriptedServer, reconciler: CommandLine, sandbox: str) -> None:
    Path("token of.py").write_text("import sys; print(open(sys.argv[1] + '.token').read())")
    Path(f"{APPID}.token").write_text(token_of(sandbox, APPID)["access_token"])
    command = f"{sys.executable} 'token of.py' {APPID}"
    result = reconciler("apply", "--yes", "--token-command", command)
    assert (result.code, result.err) == (0, "")


def test_each_account_is_asked_for_by_its_own_name(company: ScriptedServer, reconciler: CommandLine) -> None:
    Path("templates.yaml").write_text(YAML + ACCOUNTS, "utf-8")
    result = reconciler(
        "apply", "--yes", "--token-url", f"{company.url}/token?appid={{appid}}&of={{account}}"
    )
    assert result.code == 0, result.err
    asked = [(query["of"][0], query["appid"][0]) for _, _, query, _ in company.requests]
    assert sorted(asked) == [
        ("prod", "wx0000000000000002"), ("staging", "wx0000000000000001"), ("third", "wx0000000000000003"),
    ]  # fmt: skip
    for name, appid in asked:
        lock = json.loads(Path(f"templates.{name}.lock.json").read_text("utf-8"))
        assert (lock["appid"], list(lock["templates"])) == (appid, ["order_paid"])


def test_one_account_whose_token_nobody_has_does_not_stop_the_others(
    company: ScriptedServer, reconciler: CommandLine, sandbox: str
) -> None:
    Path("templates.yaml").write_text(YAML + ACCOUNTS, "utf-8")
    broken: dict[str, Any] = {
        "wx0000000000000002": (200, b"<html>answ3r-of-server", "text/html"),
        "wx0000000000000003": {"errcode": 40013, "errmsg": "answ3r-of-server"},
    }

    def hand_out(_method: str, _body: dict[str, Any]) -> Any:
        appid = company.requests[-1][2]["appid"][0]
        return broken.get(appid) or token_of(sandbox, appid)

    company.on("/token", hand_out)
    url = f"{company.url}/token?appid={{appid}}"
    result = reconciler("apply", "--yes", "--retries", "0", "--token-url", url)
    name = f"token server {company.url.removeprefix('http://')}"
    assert result.code == 4, "staging was changed"
    assert result.err == (
        f"error: prod: {name}: an HTML page instead of a token\n"
        f"error: third: {name}: JSON without access_token (errcode 40013)\n"
        f"    {SERVER_HINT}\n2 problems\n"
    )
    assert "staging  wx0000000000000001  done: 1 added\n" in result.out


def test_a_command_that_fails_for_one_account_does_not_stop_the_others(
    company: ScriptedServer, reconciler: CommandLine, sandbox: str
) -> None:
    Path("templates.yaml").write_text(YAML + ACCOUNTS, "utf-8")
    for name, appid in (("staging", "wx0000000000000001"), ("prod", "wx0000000000000002")):
        Path(name).write_text(token_of(sandbox, appid)["access_token"])
    result = reconciler("plan", "--token-command", "cat {account}")
    assert result.code == 1
    assert result.err == (f"error: third: token command: it ended with exit status 1\n    {COMMAND_HINT}\n")
    assert result.out.splitlines()[-1] == "3 accounts: 1 failed, 2 with changes"


# ---------------------------------------------------------------- whose word counts

ISSUER = TokenCommand(("get",))
PROD = Account("prod", "wx1")
TOKEN, WITH_SECRET = "WECHAT_ACCESS_TOKEN", "WECHAT_APPSECRET"


@pytest.mark.parametrize(
    ("environment", "token", "appid"),
    [
        ({}, None, None),
        ({TOKEN: "t"}, "t", None),
        ({"WECHAT_APPID": "wx1", WITH_SECRET: "s"}, None, "wx1"),
        ({"WECHAT_APPID": "wx1"}, None, "wx1"),
    ],
)
def test_a_token_comes_before_a_token_server_and_that_before_a_secret(
    environment: dict[str, str], token: str | None, appid: str | None
) -> None:
    found = credentials(environment, ISSUER)
    assert (found.token, found.secret, found.appid) == (token, None, appid)
    assert (found.issuer is None) == (token is not None)


@pytest.mark.parametrize(
    ("environment", "token"),
    [
        ({}, None),
        ({f"{TOKEN}_PROD": "own", WITH_SECRET: "s"}, "own"),
        ({TOKEN: "plain"}, "plain"),
        ({f"{WITH_SECRET}_PROD": "s", TOKEN: "another account's"}, None),
        ({TOKEN: "another account's", "WECHAT_APPID": "wx2"}, None),
        ({WITH_SECRET: "s"}, None),
    ],
)
def test_the_same_of_an_account_with_a_name(environment: dict[str, str], token: str | None) -> None:
    found = credentials_of(PROD, environment, issuer=ISSUER)
    assert (found.token, found.secret, found.appid) == (token, None, "wx1")
    assert (found.issuer is None) == (token is not None)


def test_with_the_sandbox_nobody_is_asked(scripted: ScriptedServer, reconciler: CommandLine,
                                          monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setenv("RECONCILER_TOKEN_HEADER", "nonsense")
    monkeypatch.setenv("RECONCILER_TOKEN_COMMAND", "'")
    result = reconciler("plan", "--sandbox", "--token-url", f"{scripted.url}/{{appid}}", "--force-refresh")
    assert (result.code, scripted.requests) == (0, [])


# ---------------------------------------------------------------- what is refused

URL = ["--token-url", "https://us3r:p4ss@tokens.example.com/t0ken?key=s3cret"]
NO_ADDRESS = "is no http or https address"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([*URL, "--token-command", "get s3cret"], "--token-url and --token-command can't be used together"),
        (["--token-refresh-url", URL[1]],
         "--token-refresh-url is for a token server: name it with --token-url"),
        (["--token-refresh-url", URL[1], "--token-command", "get s3cret"],
         "--token-refresh-url is for a token server: name it with --token-url"),
        ([*URL, "--force-refresh"],
         "--force-refresh is about WeChat's own tokens, and --token-url gives others"),
        ([*URL, "--token-api", "stable"],
         "--token-api is about WeChat's own tokens, and --token-url gives others"),
        (["--token-command", "get s3cret", "--token-api", "classic"],
         "--token-api is about WeChat's own tokens, and --token-command gives others"),
        (["--token-command", "get 's3cret"],
         "--token-command can't be split into words: No closing quotation"),
        (["--token-command", "  "], "--token-command names no program"),
        (["--token-command", "'' s3cret"], "--token-command names no program"),
        (["--token-url", "ftp://x/s3cret"], f"--token-url {NO_ADDRESS}"),
        (["--token-url", "x/s3cret"], f"--token-url {NO_ADDRESS}"),
        (["--token-url", "https:///s3cret"], f"--token-url {NO_ADDRESS}"),
        (["--token-url", "https://p4ss@/s3cret"], f"--token-url {NO_ADDRESS}"),
        (["--token-url", "https://x/s3cret#y"], f"--token-url {NO_ADDRESS}"),
        (["--token-url", "https://x/s3cret y"], f"--token-url {NO_ADDRESS}"),
        (["--token-url", "https://x/s3cret\n"], f"--token-url {NO_ADDRESS}"),
        (["--token-url", "https://x/密"], f"--token-url {NO_ADDRESS}"),
        (["--token-url", "https://x:99999/s3cret"], f"--token-url {NO_ADDRESS}"),
        (["--token-url", "https://[x/s3cret"], f"--token-url {NO_ADDRESS}"),
        ([*URL, "--token-refresh-url", "ftp://x/s3cret"], f"--token-refresh-url {NO_ADDRESS}"),
        (["--token-url", "https://{account}.example.com/s3cret"],
         "--token-url has {appid} or {account} before its path: a file would choose the server"),
        (["--token-url", "https://{appid}:p4ss@example.com/s3cret"],
         "--token-url has {appid} or {account} before its path: a file would choose the server"),
        (["--token-url", "https://x/{app_id}/s3cret"],
         "--token-url has a brace that is neither {appid}'s nor {account}'s"),
        (["--token-url", "http://tokens.example.com/s3cret"],
         "--token-url has no TLS: token and secret would travel in the open"),
        (["--token-url", "http://p4ss:s3cret@localhost.evil.com/"],
         "--token-url has no TLS: token and secret would travel in the open"),
        ([*URL, "--token-refresh-url", "http://localhost@tokens.example.com/s3cret"],
         "--token-refresh-url has no TLS: token and secret would travel in the open"),
    ],
)  # fmt: skip
def test_wrong_usage(reconciler: CommandLine, words: list[str], said: str) -> None:
    for command in (["plan"], ["apply", "--yes"], ["plan", "--format", "json"]):
        result = reconciler(*command, *words)
        text = result.out + result.err
        assert result.code == 64
        assert (result.json["errors"][0]["message"] if "json" in command else lines(result)[0][7:]) == said
        assert not any(hidden in text for hidden in ("s3cret", "p4ss", "us3r", "t0ken"))


def test_an_empty_option_is_refused(reconciler: CommandLine) -> None:
    """`--token-url "$TOKENS"` with no such variable must not mean that WeChat is asked."""
    for option in ("--token-url", "--token-refresh-url", "--token-command"):
        assert reconciler("plan", option, "").code == 64


def test_a_token_server_without_tls_is_allowed_on_this_machine_and_where_the_user_says_so(
    reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")  # no name is resolved
    for words in (["http://127.0.0.1:1/"], ["http://[::1]:1/"], ["http://tokens.invalid:1/", "--insecure"]):
        result = reconciler("plan", "--token-url", *words, "--retries", "0")
        assert result.code == 1
        assert lines(result)[0].startswith("error: token server "), "the address was taken"


@pytest.mark.parametrize(
    "header",
    ["h3ader-of-env", "X-Key:", "X Key: h3ader-of-env", ": h3ader-of-env", "X-Key: h3ader\x07of-env",
     "X-Key: h3ader-of-env\r\nHost: evil.example", "X-Key: h3ader-密", "密: h3ader-of-env"],
)  # fmt: skip
def test_a_header_that_is_none_is_told_and_not_shown(
    reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch, scripted: ScriptedServer, header: str
) -> None:
    monkeypatch.setenv("RECONCILER_TOKEN_HEADER", header)
    result = reconciler("plan", "--token-url", scripted.url)
    assert (result.code, result.out, scripted.requests) == (1, "", [])
    assert result.err == (
        "error: RECONCILER_TOKEN_HEADER is no `Name: value` in one line\n"
        "    set it again, as in `Authorization: Bearer …`\n"
    )


def test_no_option_takes_the_header(reconciler: CommandLine) -> None:
    assert reconciler("plan", "--token-header", "X: y").code == 64


def test_several_accounts_are_not_given_one_token(
    company: ScriptedServer, reconciler: CommandLine, sandbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("templates.yaml").write_text(YAML + ACCOUNTS, "utf-8")
    for words in (["--token-url", f"{company.url}/token"], ["--token-command", "cat token"]):
        result = reconciler("apply", "--yes", *words)
        assert result.code == 64
        assert lines(result)[0] == (
            f"error: {words[0]} has neither {{appid}} nor {{account}}: "
            "staging, prod, third would be given one account's token"
        )
    assert company.requests == []
    one = reconciler("plan", "--account", "prod", "--token-url", f"{company.url}/token")
    assert one.code == 0
    for name, appid in (("STAGING", "wx0000000000000001"), ("THIRD", "wx0000000000000003")):
        monkeypatch.setenv(f"WECHAT_ACCESS_TOKEN_{name}", token_of(sandbox, appid)["access_token"])
    assert reconciler("plan", "--token-url", f"{company.url}/token").code == 0, "one account asks"


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        (["--token-url", "http://127.0.0.1:1/{appid}"],
         "--token-url is to hold {appid}, and no appid is known", "set WECHAT_APPID; it names the account"),
        (["--token-command", "get {account}"],
         "--token-command is to hold {account}, and the file names no accounts",
         "add accounts: to it, or use {appid} with WECHAT_APPID"),
    ],
)  # fmt: skip
def test_an_account_that_is_not_known(
    reconciler: CommandLine, words: list[str], said: str, hint: str
) -> None:
    result = reconciler("plan", *words)
    assert (result.code, result.err) == (1, f"error: {said}\n    {hint}\n")


# ---------------------------------------------------------------- secrets


def secret_url(server: ScriptedServer, path: str = "") -> str:
    user = f"{SECRETS['user']}:{SECRETS['password']}"
    base = server.url.replace("http://", f"http://{user}@")
    return f"{base}/{SECRETS['path']}{path}?key={SECRETS['query']}"


ANSWERS: dict[str, Any] = {
    "token": {"access_token": SECRETS["answer"]},
    "html": (200, b"<html>answ3r-of-server", "text/html"),
    "500": (500, b"answ3r-of-server", "text/plain"),
    "json": {"error": "answ3r-of-server", "errcode": 1, "errmsg": "answ3r-of-server"},
    "blanks": (200, b"answ3r-of-server answ3r-of-server", "text/plain"),
    "redirect": (307, b"http://127.0.0.1:1/answ3r-of-server", "text/plain"),
    "cut": (200, b'{"access_token": "answ3r-of-server', "text/plain"),
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("refreshes", [False, True])
def test_nothing_of_the_token_server_but_its_name_is_told(
    scripted: ScriptedServer,
    reconciler: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    answer: str,
    refreshes: bool,
) -> None:
    """Whatever it answers, and although WeChat's side echoes all that there is."""
    monkeypatch.setenv("RECONCILER_TOKEN_HEADER", f"Authorization: Bearer {SECRETS['header']}")
    monkeypatch.setenv("RECONCILER_TOKEN_URL", secret_url(scripted))
    scripted.on(f"/{SECRETS['path']}", ANSWERS["token" if refreshes else answer])
    if refreshes:
        monkeypatch.setenv("RECONCILER_TOKEN_REFRESH_URL", secret_url(scripted, "/newer"))
        scripted.on(f"/{SECRETS['path']}/newer", ANSWERS[answer])
    echo = " ".join(SECRETS.values()) + " " + secret_url(scripted)
    scripted.on(LIST, {"errcode": 40001, "errmsg": echo, "rid": echo})
    more = ["--endpoint", scripted.url, "--verbose", "--retries", "0"]
    results = [
        reconciler("plan", *more, "--out", "plan.json"),
        reconciler("plan", *more, "--format", "json"),
        reconciler("apply", *more, "--yes"),
    ]
    assert [result.code for result in results] == [1, 1, 1]
    texts = [result.out + result.err for result in results]
    texts += [path.read_bytes().decode("utf-8", "replace") for path in tmp_path.rglob("*") if path.is_file()]
    for text in texts:
        assert [name for name, secret in SECRETS.items() if secret in text] == []
    name = f"token server {scripted.url.removeprefix('http://')}"
    assert all(name in text for text in texts[:3])


def test_nothing_of_a_token_command_is_told(scripted: ScriptedServer) -> None:
    scripted.on(LIST, {"errcode": 40001, "errmsg": "answ3r-of-server"})
    for script in ("echo answ3r-of-server", "echo answ3r-of-server; exit 1", "echo answ3r-of-server >&2",
                   "echo answ3r-of-server; echo answ3r-of-server"):  # fmt: skip
        command = f"sh -c '{script}' answ3r-of-server"
        words = ["plan", "--endpoint", scripted.url, "--verbose", "--token-command", command]
        run = subprocess.run(
            [sys.executable, "-m", "reconciler", *words], capture_output=True, encoding="utf-8", check=False
        )
        assert run.returncode == 1
        assert "answ3r" not in run.stdout + run.stderr
        assert "token command" in run.stderr


# ---------------------------------------------------------------- Ctrl-C


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("words", [["plan"], ["apply", "--yes"]])
def test_a_signal_ends_the_command_too(words: list[str], number: signal.Signals) -> None:
    script = "sleep 60 & echo $! >child; echo $$ >pid; echo >ready; wait"
    run = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "reconciler",
            *words,
            "--token-command",
            f"sh -c '{script}'",
            "--timeout",
            "50",
        ],
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert until(Path("ready").exists)
    run.send_signal(number)
    _, err = run.communicate(timeout=30)
    assert (run.returncode, err) == (130, "\nerror: interrupted; nothing was changed\n")
    assert gone("pid")
    assert gone("child")


def until(true: Callable[[], bool]) -> bool:
    for _ in range(3000):
        if true():
            return True
        time.sleep(0.01)
    return False
