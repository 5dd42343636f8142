"""doctor over real HTTP: each thing that can stand in the way is found, named, and said what to do about."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox.accounts import APPID, SECRET

from ..tools import CommandLine, ScriptedServer

IDS = {"wxopen": "AT0002", "subscribe": "2", "official": "40002"}
CALLS = {
    "wxopen": [f"/cgi-bin/wxopen/template/{call}" for call in ("list", "library/get", "add", "del")],
    "subscribe": [
        f"/wxaapi/newtmpl/{call}"
        for call in ("gettemplate", "getpubtemplatekeywords", "addtemplate", "deltemplate")
    ],
    "official": [
        f"/cgi-bin/template/{call}"
        for call in ("get_all_private_template", "api_add_template", "del_private_template")
    ],
}
LISTS = {
    "wxopen": "POST /cgi-bin/wxopen/template/list",
    "subscribe": "GET /wxaapi/newtmpl/gettemplate",
    "official": "GET /cgi-bin/template/get_all_private_template",
}
ACCOUNTS = "accounts:\n  staging: {appid: wx0000000000000001}\n  prod: {appid: wx0000000000000002}\n"
RESETS = "it resets at midnight, Beijing time: run it again then"
GRANT = (
    "is `dialect:` right for this kind of account? wxopen and subscribe are a mini program's, official and "
    "notify a service account's; if so, check in the console that the account may use the API (a platform: "
    "that the merchant granted it)"
)
ASKED = "POST /cgi-bin/openapi/quota/get"
NOTHING = "nothing depends on it: it is only not known how often the call may be made today"
NO_SECRET = "set WECHAT_APPID and WECHAT_APPSECRET, or WECHAT_ACCESS_TOKEN; or try it with --sandbox"


def write(dialect: str = "wxopen", more: str = "") -> None:
    Path("templates.yaml").write_text(
        f"version: 1\ndialect: {dialect}\ntemplates:\n  order_paid:\n    id: '{IDS[dialect]}'\n"
        f"    title: 购买成功通知\n    keywords: [购买地点, 购买时间]\n{more}",
        "utf-8",
    )


def break_it(url: str, *faults: str) -> None:
    body = json.dumps({"faults": list(faults)}).encode()
    urllib.request.urlopen(f"{url}/_sandbox/faults", body).close()


def told(document: Any) -> list[tuple[str, str, str, str | None]]:
    """What was found of the one account, without the server's own words, whose numbers vary."""
    return [
        (
            one["check"],
            one["status"],
            re.sub(r" \([^()]* rid: [0-9a-f-]+\)$", "", one["message"]),
            one["hint"],
        )
        for one in document["accounts"][0]["findings"]
    ]


@pytest.fixture(autouse=True)
def _entrance(sandbox: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_ENDPOINT", sandbox)
    monkeypatch.setenv("WECHAT_APPID", APPID)
    monkeypatch.setenv("WECHAT_APPSECRET", SECRET)


NO_LOCK = ("lock", "ok", "there is none yet", None)
IN = [
    ("token", "ok", "accepted", None),
    ("address", "ok", "not refused", None),
    ("api", "ok", "may be read (adding and sending were not tried)", None),
]


@pytest.mark.parametrize("dialect", IDS)
def test_an_account_that_is_well(reconciler: CommandLine, dialect: str) -> None:
    write(dialect)
    assert reconciler("apply", "--yes").code == 0
    result = reconciler("doctor")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[:6] == [
        f"account {APPID}, {dialect}",
        "",
        "  ok  lock: can be read, and nobody is at work on it",
        "  ok  token: accepted",
        "  ok  address: not refused",
        "  ok  api: may be read (adding and sending were not tried)",
    ]
    assert [line.split()[2] for line in lines[6:-3]] == [f"{path}:" for path in CALLS[dialect]]
    assert lines[-3:] == [
        "  ok  templates: 1 on the account, 1 of them in the lock",
        "",
        "doctor: nothing stands in the way",
    ]


def test_it_changes_nothing(reconciler: CommandLine, sandbox: str) -> None:
    write("subscribe")
    before = sorted(Path().rglob("*"))
    assert reconciler("doctor").code == 0
    assert sorted(Path().rglob("*")) == before
    with urllib.request.urlopen(f"{sandbox}/_sandbox/accounts/{APPID}") as reply:
        calls = json.load(reply)["calls"]
    assert calls == {
        "/cgi-bin/stable_token": 1,
        "/wxaapi/newtmpl/gettemplate": 1,
        "/cgi-bin/openapi/quota/get": 4,
    }


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        (
            "token=40164",
            [
                (
                    "address",
                    "failed",
                    "POST /cgi-bin/stable_token: errcode 40164, this machine's address is not on the "
                    "account's allow list",
                    "add the address to the IP allow list in the console, or run from one that is on it",
                )
            ],
        ),
        (
            "token=40125",
            [
                (
                    "token",
                    "failed",
                    "POST /cgi-bin/stable_token: errcode 40125, the appsecret is wrong",
                    "check WECHAT_APPID and WECHAT_APPSECRET; the console shows a secret once, and a new one "
                    "kills the old",
                )
            ],
        ),
        (
            "token=89503",
            [
                (
                    "address",
                    "failed",
                    "POST /cgi-bin/stable_token: errcode 89503, this machine's address waits for the "
                    "administrator's confirmation",
                    "he got a message: have him confirm it, then run it again; or put it on the IP allow "
                    "list",
                )
            ],
        ),
        (
            "list=61023",
            [
                (
                    "token",
                    "failed",
                    "LIST: errcode 61023, the authorisation of the third-party platform is gone",
                    "have the merchant authorise the platform again, then set a fresh WECHAT_ACCESS_TOKEN",
                )
            ],
        ),
        ("list=48001", [("api", "failed", "LIST: errcode 48001, the account may not use this API", GRANT)]),
        (
            "list=45103",
            [
                (
                    "api",
                    "failed",
                    "LIST: errcode 45103, this API was retired",
                    "WeChat has retired this API for this account; today's is `dialect: subscribe`",
                )
            ],
        ),
        (
            "list=dead-token",
            [
                (
                    "token",
                    "failed",
                    "LIST: errcode 40001, the access_token is invalid or not the latest",
                    "this is the token that WeChat has just given for WECHAT_APPID and WECHAT_APPSECRET: "
                    "does another program ask for tokens all the time, or is --endpoint another API's?",
                )
            ],
        ),
        (
            "list=drop",
            [
                (
                    "network",
                    "failed",
                    "LIST: the connection broke (the server hung up)",
                    "check the network and --endpoint or RECONCILER_ENDPOINT, then run it again; "
                    "it is safe to repeat",
                )
            ],
        ),
    ],
)
@pytest.mark.parametrize("dialect", IDS)
def test_what_stands_in_the_way_is_said_with_what_to_do(
    reconciler: CommandLine,
    sandbox: str,
    dialect: str,
    fault: str,
    found: list[tuple[str, str, str, str | None]],
) -> None:
    write(dialect)
    name, _, kind = fault.partition("=")
    break_it(sandbox, f"{name}@1-99={kind}")
    result = reconciler("doctor", "--format", "json", "--retries", "0")
    assert (result.code, result.json["healthy"]) == (1, False)
    seen = [
        (check, status, message.partition(" rid:")[0], hint)
        for check, status, message, hint in told(result.json)
    ]
    assert seen == [
        NO_LOCK,
        *((a, b, c.replace("LIST", LISTS[dialect]), d) for a, b, c, d in found),
    ]


@pytest.mark.parametrize("dialect", IDS)
def test_a_quota_that_is_used_up_shows_those_of_the_other_calls(
    reconciler: CommandLine, sandbox: str, dialect: str
) -> None:
    write(dialect)
    break_it(sandbox, "list=45009")
    result = reconciler("doctor", "--format", "json")
    assert result.code == 1
    first, second, *others = told(result.json)
    message = f"{LISTS[dialect]}: errcode 45009, the daily quota of this call is used up"
    assert (first, second) == (NO_LOCK, ("quota", "failed", message, RESETS))
    assert [one[2].split(": ")[0] for one in others] == CALLS[dialect]
    assert {one[1] for one in others} == {"ok"}


@pytest.fixture
def quotas(scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A server whose quotas the test sets: by call, daily_limit, used and remain."""
    monkeypatch.setenv("RECONCILER_ENDPOINT", scripted.url)
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", "T")
    monkeypatch.delenv("WECHAT_APPSECRET")
    given: dict[str, Any] = {}

    def answer(_method: str, body: dict[str, Any]) -> Any:
        found = given.get(body["cgi_path"].rpartition("/")[2], (0, 0, 0))
        if not isinstance(found, tuple):
            return found
        return {"errcode": 0, "quota": dict(zip(("daily_limit", "used", "remain"), found, strict=True))}

    scripted.on("/cgi-bin/openapi/quota/get", answer)
    scripted.on("/wxaapi/newtmpl/gettemplate", {"errcode": 0, "data": []})
    return given


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ((0, 7, 0), ("ok", "no limit is told, 7 used today", None)),
        ((300, 270, 30), ("ok", "30 of 300 left today", None)),
        (
            (300, 271, 29),
            (
                "warning",
                "29 of 300 left today",
                "it resets at midnight, Beijing time; what else calls it? (--rate spares no daily quota)",
            ),
        ),
        ((300, 300, 0), ("failed", "0 of 300 left today", RESETS)),
        (
            {"errcode": 48001, "errmsg": "no"},
            ("warning", f"{ASKED}: errcode 48001, the account may not use this API (no)", NOTHING),
        ),
        (
            {"errcode": 0, "quota": {"daily_limit": True, "used": 0, "remain": 0}},
            ("warning", f"{ASKED}: the reply has no quota with daily_limit, used and remain", NOTHING),
        ),
    ],
)
def test_what_is_left_of_a_quota(
    reconciler: CommandLine, quotas: dict[str, Any], given: Any, found: tuple[str, str, str | None]
) -> None:
    write("subscribe")
    status, message, hint = found
    quotas["getpubtemplatekeywords"] = given
    result = reconciler("doctor", "--format", "json", "--retries", "0")
    assert result.code == (1 if status == "failed" else 0)
    path = "/wxaapi/newtmpl/getpubtemplatekeywords"
    row = next(one for one in result.json["accounts"][0]["findings"] if one["path"] == path)
    numbers = dict(zip(("limit", "used", "left"), given, strict=True)) if isinstance(given, tuple) else None
    assert row == {
        "check": "quota",
        "status": status,
        "message": f"{path}: {message}",
        "hint": hint,
        "path": path,
        "quota": numbers,
    }


# ------------------------------------------------------------------ lock and credentials


def test_without_credentials_nobody_is_asked(
    reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch, sandbox: str
) -> None:
    write()
    monkeypatch.delenv("WECHAT_APPID")
    monkeypatch.delenv("WECHAT_APPSECRET")
    result = reconciler("doctor")
    assert result.code == 1
    assert result.out == (
        "account (appid unknown), wxopen\n\n"
        f"  !   credentials: failed, no credentials in the environment\n        {NO_SECRET}\n\n"
        "doctor: 1 failed\n"
    )


def test_a_lock_that_cannot_be_read_does_not_hide_how_the_account_is(reconciler: CommandLine) -> None:
    write()
    Path("templates.lock.json").write_text('{"version": 1,', "utf-8")
    result = reconciler("doctor", "--format", "json")
    assert result.code == 1
    first, *others = told(result.json)
    assert first[:3] == (
        "lock",
        "failed",
        "templates.lock.json:1:15: it is not JSON: Expecting property name enclosed in double quotes",
    )
    assert others[:3] == IN
    assert {one[0] for one in others[3:]} == {"quota"}


def test_an_apply_that_was_killed_is_told(reconciler: CommandLine) -> None:
    write()
    assert reconciler("apply", "--yes").code == 0
    mark = Path(".reconciler/templates.lock.json.run")
    mark.write_text('{"pid": 7, "host": "ci", "since": "2026-11-27T01:00:00Z"}')
    result = reconciler("doctor")
    assert result.code == 0
    assert result.out.splitlines()[2:4] == [
        "  !   lock: warning, an apply is at work on it, or was killed: "
        "process 7 on ci, since 2026-11-27T01:00:00Z",
        "        wait for it; if it is dead, the next apply clears up, and lists the account for longer",
    ]
    assert result.out.endswith("\n\ndoctor: 1 warning\n")
    assert mark.exists()


@pytest.mark.parametrize("dialect", IDS)
def test_a_lock_of_another_account_is_told(
    reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch, dialect: str
) -> None:
    write(dialect)
    assert reconciler("apply", "--yes").code == 0
    text = json.loads(Path("templates.lock.json").read_text("utf-8"))
    owned = text["templates"]["order_paid"]["template_id"]
    text["templates"]["order_paid"]["template_id"] = "x" * 43
    Path("templates.lock.json").write_text(json.dumps(text), "utf-8")
    result = reconciler("doctor", "--format", "json")
    assert (result.code, told(result.json)[-1]) == (
        1,
        (
            "templates",
            "failed",
            "not one of the lock's 1 is among the account's 1",
            "is it the right account? see its credentials and its lock",
        ),
    )
    text["templates"]["again"] = {**text["templates"]["order_paid"], "template_id": owned}
    Path("templates.lock.json").write_text(json.dumps(text), "utf-8")
    result = reconciler("doctor", "--format", "json")
    assert (result.code, told(result.json)[-1]) == (
        0,
        (
            "templates",
            "warning",
            f"1 of the lock's 2 are not listed: {'x' * 43}",
            "run plan: it shows what apply would add again",
        ),
    )


def test_an_account_that_lists_nothing_of_its_lock_is_told(reconciler: CommandLine, sandbox: str) -> None:
    write()
    assert reconciler("apply", "--yes").code == 0
    break_it(sandbox, "list=empty-list")
    result = reconciler("doctor", "--format", "json")
    assert (result.code, told(result.json)[-1]) == (
        0,
        (
            "templates",
            "warning",
            "the lock owns 1, and the account lists none; WeChat is known to answer so falsely",
            "run it again; plan asks twice, and apply refuses",
        ),
    )


def test_classic_tokens_are_warned_of(reconciler: CommandLine) -> None:
    write()
    result = reconciler("doctor", "--token-api", "classic", "--format", "json")
    assert (result.code, result.json["healthy"]) == (0, True)
    assert told(result.json)[1] == (
        "token",
        "warning",
        "--token-api classic: each token that it gets ends that of every other program",
        "leave the option out, unless the gateway knows no other",
    )


# ------------------------------------------------------------------ several accounts


def test_a_table_of_several_with_what_is_worth_more_than_a_line(
    reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("subscribe", ACCOUNTS)
    monkeypatch.delenv("WECHAT_APPID")
    monkeypatch.setenv("WECHAT_APPID_PROD", "wx000000000000000f")
    result = reconciler("doctor")
    assert result.code == 1
    message = "WECHAT_APPID_PROD is wx000000000000000f, templates.yaml says wx0000000000000002"
    assert result.out.splitlines() == [
        "account prod (wx0000000000000002), subscribe",
        "",
        f"  !   credentials: failed, prod: {message}",
        "        correct one of them",
        "",
        "staging  wx0000000000000001  healthy; /wxaapi/newtmpl/gettemplate: 4999 of 5000 left today",
        f"prod     wx0000000000000002  credentials: prod: {message}",
        "2 accounts: 1 failed, 1 healthy",
    ]


def test_the_document_of_several(reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    write("wxopen", ACCOUNTS)
    monkeypatch.delenv("WECHAT_APPID")
    result = reconciler("doctor", "--format", "json")
    assert (result.code, list(result.json)) == (0, ["version", "healthy", "accounts", "errors"])
    assert [(one["account"], one["appid"], one["dialect"]) for one in result.json["accounts"]] == [
        ("staging", "wx0000000000000001", "wxopen"),
        ("prod", "wx0000000000000002", "wxopen"),
    ]
    assert result.json["healthy"] is True


def test_a_secret_is_in_no_finding(
    reconciler: CommandLine, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("subscribe")
    monkeypatch.setenv("RECONCILER_ENDPOINT", scripted.url)
    monkeypatch.setenv("WECHAT_APPSECRET", "5ecret")
    scripted.on("/cgi-bin/stable_token", {"errcode": 40125, "errmsg": "invalid appsecret 5ecret"})
    result = reconciler("doctor", "--format", "json")
    assert result.code == 1
    assert "5ecret" not in result.out + result.err
