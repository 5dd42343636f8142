"""The command line: what it prints where, its exit codes, its options; against servers over real HTTP."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.cli import cli
from reconciler.cli.console import Console
from reconciler.core import schemas
from reconciler.core.model import timestamp
from reconciler.sandbox.accounts import APPID, SECRET

from ..tools import TOKEN, CommandLine, ScriptedServer

YAML = """\
version: 1
templates:
  order_paid:
    id: AT0002
    title: 购买成功通知
    keywords: [购买地点, 购买时间, 物品名称]
  order_failed:
    id: AT0003
    keywords: [商品名称, 失败原因]
"""
LIST, GET = "/cgi-bin/wxopen/template/list", "/cgi-bin/wxopen/template/library/get"
ADD, DEL = "/cgi-bin/wxopen/template/add", "/cgi-bin/wxopen/template/del"
LOCK = Path("templates.lock.json")
SANDBOX_LOCK = Path(".reconciler/templates.lock.json")


def write(text: str = YAML, path: str = "templates.yaml") -> None:
    Path(path).write_text(text, "utf-8")


@pytest.fixture
def account(sandbox: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A templates.yaml, and the emulator over HTTP with its credentials in the environment."""
    write()
    monkeypatch.setenv("RECONCILER_ENDPOINT", sandbox)
    monkeypatch.setenv("WECHAT_APPID", APPID)
    monkeypatch.setenv("WECHAT_APPSECRET", SECRET)
    return sandbox


@pytest.fixture
def gateway(scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> ScriptedServer:
    """A templates.yaml, and a scripted server with a token in the environment."""
    write()
    monkeypatch.setenv("RECONCILER_ENDPOINT", scripted.url)
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", TOKEN)
    return scripted


def ids(path: Path = LOCK) -> dict[str, str]:
    templates = json.loads(path.read_text("utf-8"))["templates"]
    return {name: one["template_id"] for name, one in templates.items()}


# ---------------------------------------------------------------- the main job


def test_plan_apply_plan(account: str, reconciler: CommandLine) -> None:
    plan = reconciler("plan", "--detailed-exitcode")
    assert (plan.code, plan.err) == (2, "")
    assert plan.out == (
        f"account {APPID}, wxopen\n\n"
        "  + add order_failed AT0003 购买失败通知: new\n        keywords: 商品名称, 失败原因\n"
        "  + add order_paid AT0002 购买成功通知: new\n        keywords: 购买地点, 购买时间, 物品名称\n\n"
        "plan: 2 to add, 0 kept\n"
    )
    assert not LOCK.exists()
    apply = reconciler("apply", "--yes")
    assert apply.code == 0
    found = ids()
    assert apply.out == plan.out + (
        "done: 2 added; the lock is templates.lock.json\n"
        f"  order_failed  {found['order_failed']}\n  order_paid    {found['order_paid']}\n"
    )
    again = reconciler("plan", "--detailed-exitcode")
    assert (again.code, again.out) == (
        0, f"account {APPID}, wxopen\n\nkeep: order_failed, order_paid\nno changes: 2 kept\n"
    )  # fmt: skip
    before = LOCK.read_bytes()
    assert reconciler("apply").code == 0, "nothing to do asks nothing"
    assert LOCK.read_bytes() == before


def test_a_replacement_tells_what_changes_for_the_reader(account: str, reconciler: CommandLine) -> None:
    reconciler("apply", "--yes")
    old = ids()["order_paid"]
    write(YAML.replace("购买地点, 购买时间, 物品名称", "购买时间, 购买地点, 购买人"))
    assert reconciler("plan").out == (
        f"account {APPID}, wxopen\n\n"
        f"  + add order_paid AT0002 购买成功通知: replaces {old}\n"
        "        keywords: 购买时间, 购买地点, 购买人\n"
        "        added: 购买人\n        removed: 物品名称\n        moved: 购买时间 2->1, 购买地点 1->2\n"
        f"  - delete order_paid AT0002 购买成功通知 {old}: replaced\n\n"
        "keep: order_failed\nplan: 1 to add, 1 to delete, 1 kept\n"
    )
    applied = reconciler("apply", "--yes", "--format", "json").json
    new = ids()["order_paid"]
    assert new != old
    assert applied["accounts"][0]["done"] == [
        {"action": "add", "name": "order_paid", "template_id": new},
        {"action": "delete", "name": "order_paid", "template_id": old},
    ]


def test_the_json_of_a_plan(account: str, reconciler: CommandLine) -> None:
    reconciler("apply", "--yes")
    kept = ids()
    write(YAML.replace("  order_failed:\n    id: AT0003\n    keywords: [商品名称, 失败原因]\n", ""))
    first = reconciler("plan", "--format", "json")
    assert first.out == reconciler("--format", "json", "plan").out, "the same inputs give the same bytes"
    whole = first.json
    schemas.check("plan", whole, "plan", hint="")
    assert whole["changes"] is True
    counted = {kind: count for kind, count in whole["summary"].items() if count}
    assert counted == {"delete": 1, "keep": 1}
    assert whole["accounts"][0]["actions"] == [
        {
            "action": "delete",
            "reason": "removed",
            "name": "order_failed",
            "template_id": kept["order_failed"],
            "title": "购买失败通知",
            "keywords": [{"name": "商品名称"}, {"name": "失败原因"}],
            "where": None,
        }
    ]
    assert whole["accounts"][0]["keep"] == [{"name": "order_paid", "template_id": kept["order_paid"]}]


def test_the_sandbox_in_this_process_needs_no_credentials_and_touches_no_real_lock(
    reconciler: CommandLine,
) -> None:
    write()
    assert reconciler("--sandbox", "plan").code == 0
    assert os.listdir() == ["templates.yaml"], "a plan changes nothing, anywhere"  # noqa: PTH208
    assert reconciler("--sandbox", "apply", "--yes").code == 0
    assert sorted(os.listdir()) == [".reconciler", "templates.yaml"]  # noqa: PTH208
    assert sorted(ids(SANDBOX_LOCK)) == ["order_failed", "order_paid"]
    state = {path.name: path.read_bytes() for path in Path(".reconciler").iterdir()}
    assert reconciler("plan", "--sandbox", "--detailed-exitcode").code == 0
    assert {path.name: path.read_bytes() for path in Path(".reconciler").iterdir()} == state
    assert reconciler("sandbox", "reset").out == "the sandbox is empty\n"
    assert not SANDBOX_LOCK.exists()
    assert reconciler("plan", "--sandbox", "--detailed-exitcode").code == 2


# ---------------------------------------------------------------- calls


def test_a_plan_with_nothing_to_do_costs_the_list_pages_and_nothing_else(gateway: ScriptedServer) -> None:
    write("version: 1\ntemplates:\n" + "".join(f"  t{n}: {{id: AT1, keywords: [k{n}]}}\n" for n in range(24)))
    rows = [
        {"template_id": f"T{n}", "title": "甲", "content": f"k{n}{{{{keyword1.DATA}}}}\n"} for n in range(24)
    ]
    gateway.on(LIST, lambda _, body: {"list": rows[body["offset"] : body["offset"] + body["count"]]})
    keywords = [{"keyword_id": n, "name": f"k{n}"} for n in range(24)]
    gateway.on(GET, {"title": "甲", "keyword_list": keywords})
    run = subprocess_run("apply", "--yes", "--settle", "0")
    assert run.returncode == 0, run.stderr
    gateway.requests.clear()
    assert subprocess_run("plan", "--detailed-exitcode").returncode == 0
    asked = sorted((path, json.loads(body)["offset"]) for _, path, _, body in gateway.requests)
    assert asked == [(LIST, 0), (LIST, 20)]


def subprocess_run(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """The program as a user starts it."""
    return subprocess.run(
        [sys.executable, "-m", "reconciler", *words],
        capture_output=True, encoding="utf-8", timeout=60, check=False, stdin=subprocess.DEVNULL, **more,
    )  # fmt: skip


def test_one_token_serves_plan_and_apply(
    scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch, reconciler: CommandLine
) -> None:
    write("version: 1\ntemplates: {a: {id: AT1, keywords: [甲]}}\n")
    monkeypatch.setenv("WECHAT_APPID", "wx1")
    monkeypatch.setenv("WECHAT_APPSECRET", "s")
    made: list[dict[str, str]] = []
    scripted.on("/cgi-bin/stable_token", {"access_token": "t", "expires_in": 7200})
    scripted.on(LIST, lambda *_: {"list": made})
    scripted.on(GET, {"title": "乙", "keyword_list": [{"keyword_id": 1, "name": "甲"}]})

    def add(_: str, __: dict[str, Any]) -> dict[str, Any]:
        made.append({"template_id": "T", "title": "乙", "content": "甲{{keyword1.DATA}}\n"})
        return {"template_id": "T"}

    scripted.on(ADD, add)
    assert reconciler("apply", "--yes", "--endpoint", scripted.url).code == 0
    assert sorted(path.rpartition("/")[2] for _, path, _, _ in scripted.requests) == sorted(
        ["stable_token", "list", "get", "add", "list"]
    )


# ---------------------------------------------------------------- asking


def test_without_a_terminal_apply_refuses(account: str, reconciler: CommandLine) -> None:
    result = reconciler("apply")
    assert result.code == 1
    assert result.err == (
        "error: not applied: there is no terminal to ask on\n"
        "    give --yes, or a plan file that was reviewed\n"
    )
    assert not LOCK.exists()


OWN_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "reconciler", "apply", *sys.argv[1:]])
"""


def on_a_terminal(answer: str, *words: str) -> tuple[int, str, str]:
    """The exit code, stdout, and what was seen on the terminal before the answer.

    A real terminal: stdin and stderr are one, stdout is a pipe.
    """
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", OWN_TERMINAL, *words],
        stdin=follower, stdout=subprocess.PIPE, stderr=follower, start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    seen = b""
    while b"apply this?" not in seen and select.select([leader], [], [], 30)[0]:
        seen += os.read(leader, 1000)
    os.write(leader, answer.encode())
    assert process.stdout is not None
    out = process.stdout.read().decode()
    process.stdout.close()
    code = process.wait(30)
    os.close(leader)
    return code, out, seen.decode()


@pytest.mark.parametrize(
    ("answer", "code"), [("y\n", 0), ("YES\n", 0), ("n\n", 1), ("\n", 1), ("\x04", 1), ("\x03", 130)]
)
def test_on_a_terminal_apply_asks(account: str, answer: str, code: int) -> None:
    ended, out, seen = on_a_terminal(answer)
    assert ended == code
    assert LOCK.exists() == (code == 0)
    assert out.startswith(f"account {APPID}")
    assert "calls" in seen, "progress is shown on a terminal"


def test_with_json_the_terminal_shows_what_it_asks_about(account: str) -> None:
    code, out, seen = on_a_terminal("n\n", "--format", "json")
    assert code == 1
    assert json.loads(out)["errors"][0]["message"] == "not applied"
    assert "  + add order_paid AT0002 购买成功通知: new" in seen
    assert "plan: 2 to add, 0 kept" in seen
    assert not LOCK.exists()


def test_an_error_takes_the_line_of_the_progress(account: str) -> None:
    write(YAML.replace("失败原因", "失败原应"))
    leader, follower = pty.openpty()
    words = [sys.executable, "-m", "reconciler", "plan"]
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=follower)
    os.close(follower)
    seen = b""
    with contextlib.suppress(OSError):  # how Linux says that nobody holds the other end
        while part := os.read(leader, 1000):
            seen += part
    os.close(leader)
    assert process.wait(30) == 1
    first = seen.decode().split("\n")[0]
    assert first.rpartition("\x1b[K")[2].startswith("templates.yaml:"), "and not: 3 calls …templates.yaml"


# ---------------------------------------------------------------- a plan that was reviewed


def test_a_reviewed_plan_is_applied(account: str, reconciler: CommandLine) -> None:
    assert reconciler("plan", "--out", "plan.json").code == 0
    assert json.loads(Path("plan.json").read_text("utf-8")) == reconciler("plan", "--format", "json").json
    assert reconciler("apply", "plan.json").code == 0
    assert sorted(ids()) == ["order_failed", "order_paid"]


def test_white_space_and_comments_do_not_make_a_plan_stale(account: str, reconciler: CommandLine) -> None:
    reconciler("plan", "--out", "plan.json")
    write("# hello\n\n" + YAML.replace("[商品名称, 失败原因]", "[ 商品名称 ,\n      失败原因 ]"))
    assert reconciler("apply", "plan.json").code == 0


def change_yaml() -> None:
    write(YAML.replace("商品名称, ", ""))


def test_a_stale_plan_is_refused(account: str, reconciler: CommandLine) -> None:
    reconciler("plan", "--out", "plan.json")
    change_yaml()
    result = reconciler("apply", "plan.json", "--format", "json")
    assert result.code == 3
    assert result.json["errors"] == []
    (account_row,) = result.json["accounts"]
    assert account_row["outcome"] == "refused"
    assert account_row["refused"][0] == {
        "guard": "stale",
        "message": "the reviewed plan is not the plan any more: add order_failed was reviewed otherwise",
        "lift": "a new plan: `reconciler plan --out FILE`, reviewed again",
        "where": None,
    }
    assert result.json["accounts"][0]["done"] == []


def test_a_plan_is_compared_and_never_obeyed(account: str, reconciler: CommandLine) -> None:
    """Actions that somebody wrote into the file are not done."""
    reconciler("apply", "--yes")
    reconciler("plan", "--out", "plan.json")
    forged = json.loads(Path("plan.json").read_text("utf-8"))
    forged["accounts"][0]["actions"] = [{"action": "delete", "reason": "removed", "name": "order_paid",
                                         "template_id": ids()["order_paid"], "where": None}]  # fmt: skip
    Path("plan.json").write_text(json.dumps(forged), "utf-8")
    result = reconciler("apply", "plan.json")
    assert result.code == 3
    assert reconciler("plan", "--detailed-exitcode").code == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "p.json: there is no such plan file\n    write it with `reconciler plan --out FILE`\n"),
        (b"{", "p.json:1:2: it is not JSON: Expecting property name enclosed in double quotes\n"),
        (b'{"version": 9}', "p.json: the plan is of version 9; this reconciler knows 1\n"),
        (b"{}", "p.json: 'version' is missing\n"),
    ],
)
def test_bad_plan_files(account: str, reconciler: CommandLine, content: bytes | None, said: str) -> None:
    if content is not None:
        Path("p.json").write_bytes(content)
    result = reconciler("apply", "p.json")
    assert result.code == 1
    assert result.err.startswith(said)
    assert not LOCK.exists()


def test_a_plan_file_with_an_account_twice_says_nothing(account: str, reconciler: CommandLine) -> None:
    """One row would be read by a reviewer, and the other be compared."""
    reconciler("plan", "--out", "plan.json")
    forged = json.loads(Path("plan.json").read_text("utf-8"))
    forged["accounts"] *= 2
    Path("plan.json").write_text(json.dumps(forged), "utf-8")
    assert reconciler("apply", "plan.json") == (
        1,
        "",
        "plan.json: it has the account without a name twice: which of them was reviewed?\n"
        "    write it with `reconciler plan --out FILE`\n",
    )


# ---------------------------------------------------------------- retirement

RETIRING = "retire_after: 7d\n" + YAML
REPLACED = RETIRING.replace("购买地点, 购买时间, 物品名称", "购买时间, 物品名称")


def test_what_is_replaced_lives_on_until_it_is_due(account: str, reconciler: CommandLine) -> None:
    reconciler("apply", "--yes")
    old = ids()["order_paid"]
    write(REPLACED)
    plan = reconciler("plan")
    retire = f"  > retire order_paid AT0002 购买成功通知 {old}: replaced; kept on the account for 7d\n"
    assert retire in plan.out
    assert plan.out.endswith("plan: 1 to add, 1 to retire, 1 kept\n")
    reconciler("plan", "--out", "plan.json")
    assert reconciler("apply", "plan.json").code == 0
    (row,) = json.loads(LOCK.read_text("utf-8"))["retired"]
    assert (row["template_id"], row["name"], row["reason"]) == (old, "order_paid", "replaced")
    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", row["since"])
    assert live_ids(account) == {old, *ids().values()}

    before = LOCK.read_bytes()
    again = reconciler("apply", "--format", "json")
    assert (again.code, again.json["changes"], again.json["accounts"][0]["done"]) == (0, False, [])
    assert LOCK.read_bytes() == before
    (waiting,) = again.json["accounts"][0]["retired"]
    assert waiting["since"] == row["since"]
    assert datetime.fromisoformat(waiting["until"]) - datetime.fromisoformat(row["since"]) == timedelta(
        days=7
    )
    assert f"\nretired, kept: {old} order_paid, due {waiting['until']}\n" in reconciler("plan").out
    assert reconciler("plan", "--format", "json").out == reconciler("plan", "--format", "json").out

    reconciler("plan", "--out", "plan.json")
    age(8)
    due = reconciler("apply", "plan.json", "--format", "json")
    assert (due.code, due.json["accounts"][0]["done"]) == (
        0, [{"action": "delete", "name": "order_paid", "template_id": old}]
    )  # fmt: skip
    assert "retired" not in json.loads(LOCK.read_text("utf-8"))
    assert live_ids(account) == set(ids().values())


def age(days: int) -> None:
    """Let what is retired have been so for longer."""
    document = json.loads(LOCK.read_text("utf-8"))
    for row in document["retired"]:
        row["since"] = timestamp(datetime.fromisoformat(row["since"]) - timedelta(days=days))
    LOCK.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")


def live_ids(sandbox: str) -> set[str]:
    """What the emulator has on its account."""
    with urllib.request.urlopen(f"{sandbox}/_sandbox/accounts/{APPID}") as reply:
        return {one["template_id"] for one in json.load(reply)["templates"]}


def test_a_name_wanted_again_takes_its_template_back(account: str, reconciler: CommandLine) -> None:
    reconciler("apply", "--yes")
    old = ids()["order_paid"]
    write(REPLACED)
    reconciler("apply", "--yes")
    new = ids()["order_paid"]
    write(RETIRING)
    result = reconciler("apply", "--yes", "--format", "json")
    assert result.code == 0
    assert {(one["action"], one["template_id"]) for one in result.json["accounts"][0]["done"]} == {
        ("rename", old),
        ("retire", new),
    }
    assert ids()["order_paid"] == old
    (row,) = json.loads(LOCK.read_text("utf-8"))["retired"]
    assert (row["template_id"], row["reason"]) == (new, "replaced")
    write(REPLACED)
    assert f"replaces {old}; was order_paid, retired\n" in reconciler("plan").out
    assert live_ids(account) == {old, *ids().values(), new}


def test_prune_none_retires_for_ever(account: str, reconciler: CommandLine) -> None:
    reconciler("apply", "--yes")
    everything = live_ids(account)
    write("version: 1\nprune: none\nretire_after: 1d\ntemplates: {}\n")
    assert reconciler("apply", "--yes").code == 0
    age(10_000)
    before = LOCK.read_bytes()
    assert reconciler("apply").code == 0
    assert LOCK.read_bytes() == before
    assert reconciler("plan").out.count(", never due\n") == 2
    assert live_ids(account) == everything


def test_what_is_retired_is_counted_then_and_deleted_in_portions(
    account: str, reconciler: CommandLine
) -> None:
    reconciler("apply", "--yes")
    everything = live_ids(account)
    empty = "version: 1\nretire_after: 1d\nmax_deletes: 1\ntemplates: {}\n"
    write(empty)
    result = reconciler("apply", "--yes", "--format", "json")
    assert result.code == 3
    refused = result.json["accounts"][0]["refused"]
    assert [one["guard"] for one in refused] == ["too many deletes", "no templates left"]
    assert reconciler("apply", "--yes", "--max-deletes", "2", "--allow-no-templates").code == 0
    age(2)
    write(empty.replace("1d", "3d"))
    assert reconciler("plan", "--detailed-exitcode").code == 0, "a longer time saves what is not deleted yet"
    write(empty)
    assert live_ids(account) == everything
    result = reconciler("apply", "--yes", "--format", "json")
    refused = result.json["accounts"][0]["refused"]
    assert [one["guard"] for one in refused] == ["no templates left"], "what is due was counted before"
    for left in (1, 0):
        assert reconciler("apply", "--yes", "--allow-no-templates").code == 0
        assert len(live_ids(account)) == left, "so many in a run, oldest first"


# ---------------------------------------------------------------- guards


def test_a_guard_refuses_with_its_reason_and_is_lifted(account: str, reconciler: CommandLine) -> None:
    reconciler("apply", "--yes")
    before = LOCK.read_bytes()
    write("version: 1\nmax_deletes: 1\ntemplates: {}\n")
    plan = reconciler("plan", "--detailed-exitcode", "--out", "plan.json")
    assert plan.code == 3
    assert json.loads(Path("plan.json").read_text("utf-8"))["accounts"][0]["outcome"] == "refused"
    assert plan.out.splitlines()[-4:] == [
        "! refused, too many deletes: 2 would be deleted, and at most 1 may be "
        "(not counting what a new template replaces); lifted by --max-deletes 2",
        "! refused, no templates left: all templates of the account (2) would be deleted or retired, "
        "and none added; lifted by --allow-no-templates",
        "plan: 2 to delete, 0 kept",
        "apply would refuse this (too many deletes, no templates left)",
    ]
    result = reconciler("apply", "--yes", "--format", "json")
    assert result.code == 3
    refused = result.json["accounts"][0]["refused"]
    assert [one["guard"] for one in refused] == ["too many deletes", "no templates left"]
    assert LOCK.read_bytes() == before
    assert reconciler("apply", "--yes", "--max-deletes", "2", "--allow-no-templates").code == 0
    assert ids() == {}


# ---------------------------------------------------------------- errors


def test_a_mistyped_keyword(account: str, reconciler: CommandLine) -> None:
    write(YAML.replace("购买时间", "购买时闻"))
    result = reconciler("plan")
    assert result.code == 1
    assert result.out == ""
    assert result.err.splitlines()[0] == (
        "templates.yaml:6:22: order_paid: AT0002 购买成功通知 has no keyword 购买时闻"
    )
    assert result.err.splitlines()[1].startswith(
        "    did you mean 购买时间? its keywords: 购买地点, 购买时间, 物品名称"
    )


def test_errors_as_json_are_one_document(reconciler: CommandLine) -> None:
    write("version: 1\nx: 1\ny: 2\ntemplates: {}\n")
    result = reconciler("validate", "--format", "json")
    assert (result.code, result.err) == (1, "")
    assert [one["where"] for one in result.json["errors"]] == ["templates.yaml:2:1", "templates.yaml:3:1"]
    assert list(result.json) == ["version", "valid", "errors"]
    write("version: 1\nx: 1\ntemplates: {}\n")
    assert reconciler("validate", "--format", "json").json == {
        "version": 1,
        "valid": False,
        "errors": [
            {
                "account": None,
                "code": "unknown field",
                "message": "the file: unknown field x",
                "where": "templates.yaml:2:1",
                "hint": "known here: version, dialect, prune, max_deletes, retire_after, templates, "
                "accounts, accounts_file, groups, unwanted",
            }
        ],
    }


def test_no_file(reconciler: CommandLine) -> None:
    result = reconciler("validate")
    assert (result.code, result.err) == (
        1, "templates.yaml: there is no such file\n"
           "    write one (see the README), `reconciler import` it, or name it with --file\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "no credentials in the environment"),
        ({"WECHAT_APPID": "wx1"}, "no credentials: WECHAT_APPSECRET is not set"),
        ({"WECHAT_APPSECRET": "s"}, "no credentials: WECHAT_APPID is not set"),
    ],
)
def test_no_credentials(
    reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], said: str
) -> None:
    write()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    result = reconciler("plan")
    hint = "set WECHAT_APPID and WECHAT_APPSECRET, or WECHAT_ACCESS_TOKEN; or try it with --sandbox"
    assert (result.code, result.err) == (1, f"error: {said}\n    {hint}\n")


@pytest.mark.parametrize(
    ("locked", "said"),
    [
        ({"appid": "wx9"}, f"templates.lock.json: the lock belongs to wx9, these credentials to {APPID}"),
        (
            {"dialect": "official"},
            "templates.lock.json: the lock is of dialect official, templates.yaml of wxopen",
        ),
        ({"version": 3}, "templates.lock.json: the lock is of version 3; this reconciler knows 2"),
    ],
)
def test_a_lock_of_another_kind(
    account: str, reconciler: CommandLine, locked: dict[str, Any], said: str
) -> None:
    text = json.dumps({"version": 1, "dialect": "wxopen", "appid": APPID, "templates": {}} | locked)
    LOCK.write_text(text)
    result = reconciler("apply", "--yes")
    assert result.code == 1
    assert result.err.splitlines()[0] == said
    assert LOCK.read_text() == text


def test_a_lock_that_cannot_be_written_stops_before_anything_is_changed(
    account: str, reconciler: CommandLine
) -> None:
    Path("file").write_text("")
    result = reconciler("apply", "--yes", "--lockfile", "file/lock.json")
    assert result.code == 1
    assert "can't" in result.err
    assert reconciler("plan", "--format", "json").json["summary"]["add"] == 2


def test_an_appid_learned_later_is_recorded_and_an_unknown_one_overwrites_nothing(
    account: str, reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    reconciler("apply", "--yes")
    text = LOCK.read_text("utf-8")
    LOCK.write_text(text.replace(f'"{APPID}"', "null"), "utf-8")
    plan = reconciler("plan", "--format", "json").json
    assert [(one["action"], one["reason"], one["name"]) for one in plan["accounts"][0]["actions"]] == [
        ("update", "appid", None)
    ]
    assert reconciler("apply", "--yes").code == 0
    assert LOCK.read_text("utf-8") == text
    monkeypatch.delenv("WECHAT_APPID")
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", "bad")
    assert reconciler("plan").code == 1


def test_an_add_that_is_refused_ends_with_4_once_another_was_done(
    gateway: ScriptedServer, reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.on(LIST, {"list": []})
    names = ["购买地点", "购买时间", "物品名称", "商品名称", "失败原因"]
    keywords = [{"keyword_id": n, "name": name} for n, name in enumerate(names)]
    titles = {"AT0002": "购买成功通知", "AT0003": "购买失败通知"}
    gateway.on(GET, lambda _, body: {"title": titles[body["id"]], "keyword_list": keywords})
    full = {"errcode": 45026, "errmsg": "template num exceeds limit rid: 62-4"}
    gateway.on(ADD, lambda _, body: full if body["id"] == "AT0003" else {"template_id": "NEW"})
    result = reconciler("apply", "--yes", "--format", "json")
    assert result.code == 4
    assert result.json["accounts"][0]["done"] == [
        {"action": "add", "name": "order_paid", "template_id": "NEW"}
    ]
    assert result.json["errors"][0]["code"] == "errcode 45026"
    assert ids() == {"order_paid": "NEW"}
    gateway.on(ADD, full)
    LOCK.unlink()
    monkeypatch.setenv("WECHAT_APPID", "wx1")
    text = reconciler("apply", "--yes")
    assert text.code == 4, "nothing was changed, but running it again is not enough"
    assert text.err.splitlines()[0] == (
        "error: order_failed: AT0003 购买失败通知: POST /cgi-bin/wxopen/template/add: errcode 45026, "
        "the account holds as many templates "
        "as it may (template num exceeds limit rid: 62-4)"
    )
    assert not LOCK.exists()


def test_an_add_whose_reply_was_lost_is_found_on_the_account(
    gateway: ScriptedServer, reconciler: CommandLine
) -> None:
    write("version: 1\ntemplates: {a: {id: AT1, keywords: [甲]}}\n")
    made: list[dict[str, str]] = []
    gateway.on(LIST, lambda *_: {"list": made})
    gateway.on(GET, {"title": "乙", "keyword_list": [{"keyword_id": 1, "name": "甲"}]})

    def add(_: str, __: dict[str, Any]) -> tuple[int, bytes, str]:
        made.append({"template_id": "T", "title": "乙", "content": "甲{{keyword1.DATA}}\n"})
        return 504, b"<html>", "text/html"

    gateway.on(ADD, add)
    result = reconciler("apply", "--yes", "--format", "json")
    assert (result.code, result.json["accounts"][0]["done"]) == (
        0,
        [{"action": "add", "name": "a", "template_id": "T"}],
    )
    assert len(made) == 1
    assert ids() == {"a": "T"}


def test_what_could_not_be_compared_is_a_warning(gateway: ScriptedServer, reconciler: CommandLine) -> None:
    write("version: 1\ntemplates: {a: {id: AT1, keywords: [甲]}}\n")
    made: list[dict[str, str]] = []
    gateway.on(LIST, lambda *_: {"list": made})
    gateway.on(GET, {"title": "乙", "keyword_list": [{"keyword_id": 1, "name": "甲"}]})

    def add(_: str, __: dict[str, Any]) -> dict[str, Any]:
        made.append({"template_id": "T", "title": "乙", "content": "?"})
        return {"template_id": "T"}

    gateway.on(ADD, add)
    result = reconciler("apply", "--yes", "--format", "json", "--settle", "0")
    said = "a: the content of T can't be read; it was not compared, and its keys are the usual ones"
    assert (result.code, result.err) == (0, f"warning: {said}\n")
    warning = {"code": "unreadable", "message": said, "name": "a", "where": None}
    assert result.json["accounts"][0]["warnings"] == [warning]


def test_an_add_that_nobody_knows_of_ends_with_4(gateway: ScriptedServer, reconciler: CommandLine) -> None:
    write("version: 1\ntemplates: {a: {id: AT1, keywords: [甲]}}\n")
    gateway.on(LIST, {"list": []})
    gateway.on(GET, {"title": "乙", "keyword_list": [{"keyword_id": 1, "name": "甲"}]})
    gateway.on(ADD, (502, b"<html>", "text/html"))
    result = reconciler("apply", "--yes", "--settle", "0.3", "--retries", "1")
    assert result.code == 4
    looked = "nobody knows whether this was added: a; looking on the account\nnot listed within 0.3 seconds\n"
    assert result.err == (
        f"{looked}not there: adding again: a\n{looked}"
        "error: a: AT1 乙: POST /cgi-bin/wxopen/template/add: HTTP status 502, an HTML page instead of JSON\n"
        "    not an answer of WeChat's: is there a proxy or a gateway between? Is --endpoint right?\n"
    )
    assert not LOCK.exists()


@pytest.mark.parametrize(
    "reply", [(200, b"[", "x"), (502, b"<html>", "text/html"), (200, b'{"list": 3}', "x")]
)
@pytest.mark.parametrize("command", [["plan"], ["apply", "--yes"]])
def test_bad_replies_change_nothing(
    gateway: ScriptedServer, reconciler: CommandLine, reply: Any, command: list[str]
) -> None:
    gateway.on(LIST, reply)
    gateway.on(GET, reply)
    result = reconciler(*command, "--retries", "0")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: POST /cgi-bin/wxopen/template/")
    left = [str(path) for path in Path().rglob("*") if path.is_file()]
    assert sorted(left) == [*([".reconciler/.gitignore"] if command[0] == "apply" else []), "templates.yaml"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HTTPS_PROXY", "nonsense://x", "error: HTTPS_PROXY is no address of a proxy\n"),
        ("HTTPS_PROXY", "http://me:p@ss:word@", "error: HTTPS_PROXY is no address of a proxy\n"),
        (
            "SSL_CERT_FILE",
            "/nowhere",
            "error: the certificates that SSL_CERT_FILE names can't be read (No such file or directory)\n",
        ),
        ("ALL_PROXY", "socks5://127.0.0.1:1", "error: POST /cgi-bin/wxopen/template/"),
    ],
)
def test_an_environment_that_cannot_work(
    reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    write()
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", TOKEN)
    monkeypatch.setenv(name, value)
    result = reconciler("plan", "--endpoint", "https://api.example", "--retries", "0")
    assert result.code == 1
    assert result.err.startswith(said)


@pytest.mark.parametrize("name", ["WECHAT_ACCESS_TOKEN", "WECHAT_APPID", "WECHAT_APPSECRET"])
@pytest.mark.parametrize("value", ["t\udcff", "a b", "密", "a\x07"])
def test_credentials_that_can_be_none(
    reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    write()
    monkeypatch.setenv(name, value)
    hint = "set it again: it is made of letters, digits and a few signs"
    said = f"{name} holds a blank or a character that no credential has"
    assert reconciler("plan") == (1, "", f"error: {said}\n    {hint}\n")


WHOLE = "set it to the value of access_token alone: pipe the reply through `jq -r .access_token`"
ERROR_REPLY = "was it an error reply? look at it by hand; then set the bare value"


@pytest.mark.parametrize("name", ["WECHAT_ACCESS_TOKEN", "WECHAT_APPID", "WECHAT_APPSECRET"])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('{"access_token":"s3cret-0123","expires_in":7200}', ("the whole JSON of a token reply", WHOLE)),
        ('\ufeff{\n "access_token": "s3cret-0123"}\n', ("the whole JSON of a token reply", WHOLE)),
        ("{access_token:s3cret-0123}", ("the whole JSON of a token reply", WHOLE)),
        ('{"errcode":40013,"errmsg":"s3cret-0123"}', ("JSON without an access_token", ERROR_REPLY)),
        ('"s3cret-0123"', (None, "set it to the bare value")),
        ("'s3cret-0123'", (None, "set it to the bare value")),
        ("Bearer s3cret-0123", (None, "set it to the bare value")),
        ("access_token=s3cret-0123", (None, "set it to the bare value")),
    ],
)
def test_credentials_that_came_with_what_stands_around_them(
    reconciler: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    said: tuple[str | None, str],
) -> None:
    write()
    monkeypatch.setenv(name, value)
    what, hint = said
    what = what or "more than its value: quotes, brackets or a name stand around it"
    assert reconciler("plan") == (1, "", f"error: {name} holds {what}\n    {hint}\n")


def test_a_token_that_is_no_text_is_a_bad_reply(
    scripted: ScriptedServer, reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    write()
    monkeypatch.setenv("WECHAT_APPID", "wx1")
    monkeypatch.setenv("WECHAT_APPSECRET", "s")
    scripted.on("/cgi-bin/stable_token", (200, b'{"access_token": "\\ud800"}', "application/json"))
    result = reconciler("plan", "--endpoint", scripted.url, "--format", "json")
    assert (result.code, result.json["errors"][0]["message"]) == (
        1,
        "POST /cgi-bin/stable_token: half a surrogate pair in its text",
    )


def test_text_of_a_server_cannot_move_the_cursor(gateway: ScriptedServer, reconciler: CommandLine) -> None:
    row = {"template_id": "X", "title": "\x1b[2J\u202eevil", "content": "甲\x07{{keyword1.DATA}}\n"}
    gateway.on(LIST, {"list": [row]})
    write("version: 1\ntemplates: {}\n")
    out = reconciler("plan").out
    assert "unmanaged, kept: X U+001B[2JU+202Eevil [甲U+0007]\n" in out


def test_text_of_a_server_cannot_forge_a_line(gateway: ScriptedServer, reconciler: CommandLine) -> None:
    row = {"template_id": "X", "title": "甲\n::error::x\r\nno changes: 0 kept", "content": "?"}
    gateway.on(LIST, {"list": [row]})
    write("version: 1\ntemplates: {}\n")
    plan = reconciler("plan").out
    assert "unmanaged, kept: X 甲\\n::error::x\\r\\nno changes: 0 kept [content that can't be read]\n" in plan
    gateway.on(LIST, {"errcode": 48001, "errmsg": "x\n::error::y"})
    assert reconciler("plan", "--verbose").err.count("\n") == 3, "the call, the error, its hint"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("##[error]x", "#\\u0023[error]x"),
        ("a##vso[task.x]y", "a#\\u0023vso[task.x]y"),
        ("###VSO[", "##\\u0023VSO["),
        ("#[a]: ## [", "#[a]: ## ["),
        ("##teamcity[x]", "#\\u0023teamcity[x]"),
    ],
)
def test_text_of_a_server_gives_no_command_to_a_ci(
    gateway: ScriptedServer, reconciler: CommandLine, said: str, shown: str
) -> None:
    """Not in the text, not in the errors, and in JSON and plan file only as escapes that mean the same."""
    write("version: 1\ntemplates: {}\n")
    gateway.on(LIST, {"list": [{"template_id": "X", "title": said, "content": "?"}]})
    assert f"unmanaged, kept: X {shown} [content" in reconciler("plan").out
    result = reconciler("plan", "--format", "json", "--out", "plan.json")
    (row,) = result.json["accounts"][0]["unmanaged"]
    assert row["title"] == said
    assert f'"title": "{shown}"' in result.out
    assert Path("plan.json").read_text("utf-8") == result.out
    assert reconciler("apply", "plan.json").code == 0
    gateway.on(LIST, {"errcode": 48001, "errmsg": said})
    assert f"({shown})" in reconciler("plan").err
    result = reconciler("plan", "--format", "json")
    assert f"({shown})" in result.out
    assert f"({said})" in result.json["errors"][0]["message"]


UNSEEN = [*"\x9b\xa0\xad\u034f\u061c\u115f\u17b4\u180e\u200b\u2028\u202e\u2066\u2800\u3164\ufe0f\ufeff"]
UNSEEN += [*"\uffa0\ufff9\ufffe\U0001d173\U000e0041\U000e0100\U000e0fff"]


@pytest.mark.parametrize("char", UNSEEN, ids=ascii)
def test_what_cannot_be_seen_is_shown(gateway: ScriptedServer, reconciler: CommandLine, char: str) -> None:
    """By its number in all text; in JSON, and in the plan file, as an escape that means the same."""
    write("version: 1\ntemplates: {}\n")
    said, shown = f"甲{char}乙", f"甲U+{ord(char):04X}乙"
    gateway.on(
        LIST, {"list": [{"template_id": "X", "title": said, "content": f"{said}{{{{keyword1.DATA}}}}"}]}
    )
    assert f"unmanaged, kept: X {shown} [{shown}]\n" in reconciler("plan").out
    result = reconciler("plan", "--format", "json", "--out", "plan.json")
    assert result.json["accounts"][0]["unmanaged"][0]["title"] == said
    assert '"title": ' + json.dumps(said).replace("\\u7532", "甲").replace("\\u4e59", "乙") in result.out
    assert Path("plan.json").read_text("utf-8") == result.out
    gateway.on(LIST, {"errcode": 48001, "errmsg": said})
    assert f"({shown})" in reconciler("plan").err


@pytest.mark.parametrize("blanks", ["", "  ", "\t", "\u3000", "\xa0", "\ufe0f", "> "])
def test_a_line_that_would_be_a_command_is_shown(blanks: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No line of ours begins so; and if one did, it would be no command."""
    console = Console()
    console.result(f"a\n{blanks}::error::x :: y\n")
    console.say(f"{blanks}::error::x")
    captured = capsys.readouterr()
    shown = {"\xa0": "U+00A0", "\ufe0f": "U+FE0F"}.get(blanks, blanks)
    assert captured.out == f"a\n{shown}\\u003a:error::x :: y\n"
    assert captured.err == f"{shown}\\u003a:error::x\n"


MARKS = [
    "```", "~~~", "::error::X", "##[", "##vso[", "##teamcity[", "> ", "- ", "+ ", "! ", "# ", "<b>", "&",
    "甲", "时间", " ", "\u3000", "\ufe0f",
]  # fmt: skip
BREAKS = ["\n", "\r\n", "\x1b[2J", "\x85", "\u2028", "\u200b", "\n```\n", "\n  ::error::X"]
OURS = re.compile(r"\s*(?:[-+>!] )?[a-z]|POST /|[0-9]+ problems$|\s*\{name: |$")


def hostile(*marks: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(marks), min_size=1, max_size=4).map("".join)


THEIRS, FILED = hostile(*MARKS, *BREAKS), hostile(*MARKS)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_every_line_begins_with_words_of_ours(
    gateway: ScriptedServer, reconciler: CommandLine, data: st.DataObject
) -> None:
    """Whatever stands in the file, the lock and the answers: nobody else's text can end a code fence."""

    def reply(good: dict[str, Any]) -> dict[str, Any]:
        bad = {"errcode": data.draw(st.sampled_from([48001, 45026, -1])), "errmsg": data.draw(THEIRS)}
        return bad if data.draw(st.integers(0, 3)) == 0 else good

    title, names = data.draw(THEIRS), data.draw(st.lists(FILED, min_size=1, max_size=3, unique=True))
    rows = [
        {"template_id": data.draw(THEIRS), "title": data.draw(THEIRS), "content": "甲{{k.DATA}}\n"},
        {"template_id": "OLD", "title": title, "content": f"{data.draw(THEIRS)}{{{{k.DATA}}}}\n"},
    ]
    gateway.on(LIST, reply({"list": rows[: data.draw(st.integers(0, 2))]}))
    library = [*names, *data.draw(st.lists(THEIRS, max_size=2))]
    gateway.on(
        GET,
        reply(
            {"title": title, "keyword_list": [{"keyword_id": n, "name": k} for n, k in enumerate(library)]}
        ),
    )
    gateway.on(ADD, reply({"template_id": data.draw(THEIRS)}))
    gateway.on(DEL, reply({}))
    wanted = {"id": data.draw(FILED), "keywords": [*names, *data.draw(st.lists(FILED, max_size=1))]}
    prune = data.draw(st.sampled_from(["owned", "all", "none"]))
    write(json.dumps({"version": 1, "prune": prune, "templates": {"a": wanted}}, ensure_ascii=False))
    locked = {"template_id": "OLD", "id": "AT1", "title": title, "keywords": [{"name": "甲"}]}
    gone = {"template_id": data.draw(THEIRS), "name": data.draw(THEIRS), "reason": "removed"}
    templates = {"a": locked} if data.draw(st.booleans()) else {}
    since = "2026-11-20T10:00:00Z"
    LOCK.write_text(
        json.dumps(
            {"version": 1, "dialect": "wxopen", "templates": templates, "retired": [{**gone, "since": since}]}
        )
    )
    permits = ("--allow-other-account", "--allow-no-templates", "--allow-empty-account", "--max-deletes", "9")
    for words in (("plan",), ("apply", "--yes", *permits)):
        result = reconciler(*words, "--verbose", "--settle", "0", "--retries", "0")
        for line in [*result.out.split("\n"), *result.err.split("\n")]:
            assert OURS.match(line), line
            assert not re.search(r"##(vso|teamcity)?\[|^\s*::|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028]", line), (
                line
            )


def test_a_line_break_in_an_id_a_name_or_a_title_begins_no_line(
    gateway: ScriptedServer, reconciler: CommandLine
) -> None:
    """Where each is told: what was done, what was meant, what might be deleted to make room."""
    write("version: 1\ntemplates: {a: {id: AT1, keywords: [购买时间]}}\n")
    gateway.on(LIST, {"list": [{"template_id": "X", "title": "甲\n```", "content": "?"}]})
    gateway.on(GET, {"title": "乙", "keyword_list": [{"keyword_id": 1, "name": "购买时\n```"}]})
    hint = "    did you mean 购买时\\n```? its keywords: 购买时\\n```"
    assert reconciler("plan").err.splitlines()[1:] == [hint]
    gateway.on(GET, {"title": "乙", "keyword_list": [{"keyword_id": 1, "name": "购买时间"}]})
    gateway.on(ADD, {"errcode": 45026, "errmsg": "full\n```"})
    hint = "    there is 1 template; to make room, delete in the console one of: X (甲\\n```: unmanaged)"
    assert reconciler("apply", "--yes").err.splitlines()[1:] == [f"{hint}; then run it again"]
    gateway.on(ADD, {"template_id": "N\n```"})
    assert reconciler("apply", "--yes", "--settle", "0").err.splitlines() == [
        "done: add a N\\n```",
        "the lock is templates.lock.json",
        "error: a: N\\n``` is not on the account after the apply",
        "    run plan: it shows what the account looks like now",
    ]


SECRET_TO_ECHO = "S3CRET-0123+/456789=abc&def"


def echoing(refused: str, *, escaped: bool) -> dict[str, Any]:
    """Answers that echo token and secret wherever text can stand, as they are or as JSON may escape them."""
    both = f"{TOKEN} {SECRET_TO_ECHO}"
    gone = {"template_id": f"X{both}", "title": both, "content": f"{both}{{{{k.DATA}}}}"}
    keyword = {"keyword_id": 1, "name": "甲", "example": both}
    answers: dict[str, dict[str, Any]] = {
        LIST: {"list": [gone]},
        GET: {"title": f"乙{both}", "keyword_list": [keyword, {"keyword_id": 2, "name": both}]},
        ADD: {"template_id": f"N{both}"},
        DEL: {},
    }
    given = {"/cgi-bin/stable_token": {"access_token": TOKEN}}
    if refused in given:
        return {refused: {"errcode": 40125, "errmsg": SECRET_TO_ECHO, "rid": SECRET_TO_ECHO}}

    def echo(answer: dict[str, Any], errcode: int) -> tuple[int, bytes, str]:
        text = json.dumps({**answer, "errcode": errcode, "errmsg": both, "rid": both})
        for sign in "/+&=-%" if escaped else "":
            text = text.replace(sign, f"\\u{ord(sign):04X}")
        return 200, text.encode(), "application/json"

    return given | {path: echo(one, 48001 if path == refused else 0) for path, one in answers.items()}


@pytest.mark.parametrize("refused", [LIST, GET, ADD, DEL, "/cgi-bin/stable_token", "nothing"])
@pytest.mark.parametrize("escaped", [False, True])
def test_a_secret_that_any_answer_echoes_is_shown_and_kept_nowhere(
    scripted: ScriptedServer,
    reconciler: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    refused: str,
    escaped: bool,
) -> None:
    monkeypatch.setenv("WECHAT_APPID", "wx1")
    monkeypatch.setenv("WECHAT_APPSECRET", SECRET_TO_ECHO)
    write("version: 1\nprune: all\ntemplates: {a: {id: AT1, keywords: [甲]}}\n")
    for path, answer in echoing(refused, escaped=escaped).items():
        scripted.on(path, answer)
    more = ["--endpoint", scripted.url, "--verbose", "--settle", "0"]
    results = [
        reconciler(*words, *more)
        for words in (
            ["plan"],
            ["plan", "--format", "json", "--out", "plan.json"],
            ["apply", "--yes", "--format", "json"],
            ["apply", "--yes"],
        )
    ]
    assert "***" in results[0].out + results[0].err
    assert results[-1].code != 0
    texts = [result.out + result.err for result in results]
    texts += [path.read_text("utf-8") for path in Path().rglob("*") if path.is_file()]
    for text in texts:
        for hidden in (SECRET_TO_ECHO, TOKEN):
            assert hidden not in text


def test_the_process_list_shows_no_secret(scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets come by the environment alone: the command line of a process is everybody's to read."""
    write()
    seen: list[bytes] = []
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", TOKEN)

    def look(*_: Any) -> dict[str, Any]:
        seen.extend(path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if readable(path))
        return {"errcode": 48001}

    scripted.on(LIST, look)
    scripted.on(GET, {"errcode": 48001})
    assert subprocess_run("plan", "--endpoint", scripted.url).returncode == 1
    assert any(scripted.url.encode() in line for line in seen)
    assert not any(TOKEN.encode() in line for line in seen)


def readable(path: Path) -> bool:
    """Processes end while they are looked at."""
    try:
        path.read_bytes()
    except OSError:
        return False
    return True


@pytest.mark.parametrize(("umask", "mode"), [(0o007, 0o660), (0o022, 0o644), (0o077, 0o600)])
def test_new_files_have_the_mode_that_the_umask_leaves(umask: int, mode: int) -> None:
    write()
    assert subprocess_run("apply", "--sandbox", "--yes", umask=umask).returncode == 0
    assert subprocess_run("plan", "--sandbox", "--out", "plan.json", umask=umask).returncode == 0
    for path in (SANDBOX_LOCK, Path(".reconciler/sandbox.sqlite"), Path("plan.json")):
        assert (str(path), oct(path.stat().st_mode & 0o777)) == (str(path), oct(mode))
    SANDBOX_LOCK.chmod(0o640)
    write(YAML.replace("购买时间, ", ""))
    assert subprocess_run("apply", "--sandbox", "--yes", umask=umask).returncode == 0
    assert oct(SANDBOX_LOCK.stat().st_mode & 0o777) == oct(0o640), "a mode that somebody chose stays"


def test_a_lock_that_is_a_link_stays_one(account: str, reconciler: CommandLine) -> None:
    Path("shared").mkdir()
    assert reconciler("apply", "--yes").code == 0
    LOCK.rename("shared/lock.json")
    LOCK.symlink_to("shared/lock.json")
    write(YAML.replace("购买时间, ", ""))
    assert reconciler("apply", "--yes").code == 0
    assert LOCK.is_symlink()
    assert sorted(os.listdir("shared")) == [".reconciler", "lock.json"]  # noqa: PTH208
    assert sorted(ids(Path("shared/lock.json"))) == ["order_failed", "order_paid"]


def test_no_output_of_any_kind_holds_the_token_or_the_secret(
    account: str, reconciler: CommandLine, tmp_path: Path
) -> None:
    results = [
        reconciler("plan", "--verbose"),
        reconciler("plan", "--verbose", "--format", "json", "--out", "plan.json"),
        reconciler("apply", "--yes", "--verbose"),
        reconciler("apply", "--yes", "--force-refresh", "--verbose"),
        reconciler("plan", "--endpoint", "http://127.0.0.1:1", "--verbose"),
    ]
    texts = [result.out + result.err for result in results]
    texts += [path.read_bytes().decode("utf-8", "replace") for path in tmp_path.rglob("*") if path.is_file()]
    for text in texts:
        assert SECRET not in text
        assert "access_token=" not in text


# ---------------------------------------------------------------- the command line itself


@pytest.mark.parametrize(
    "words",
    [
        ["plan", "--bogus"],
        ["frobnicate"],
        ["plan", "--format", "xml"],
        ["plan", "--parallelism", "0"],
        ["plan", "--timeout", "nan"],
        ["plan", "--settle", "inf"],
        ["plan", "--endpoint", "ftp://x"],
        ["plan", "--endpoint", "https://u:p@x"],
        ["plan", "--endpoint", "https://x", "--sandbox"],
        ["plan", "--endpoint", " https://x"],
        ["plan", "--endpoint", "https://a b"],
        ["plan", "--endpoint", "https://x\n"],
        ["plan", "--endpoint", "https://x:99999"],
        ["plan", "--endpoint", "https://xn--a.example"],
        ["plan", "--endpoint", "https://x?y=1"],
        ["plan", "--endpoint", "https://x#y"],
        ["plan", "--endpoint", "https://\udcff"],
        ["plan", "--endpoint", ""],
        ["plan", "--lockfile", ""],
        ["plan", "--out", ""],
        ["plan", "--account", ""],
        ["validate", "--file", ""],
        ["apply", ""],
        ["sandbox", "serve", "--host", ""],
        ["plan", "--sandbox", "--force-refresh", "--token-api", "classic"],
        ["schema", "nonsense"],
        ["--file"],
        ["--yes", "plan"],
        ["sandbox", "frobnicate"],
    ],
)
def test_wrong_usage_is_64(reconciler: CommandLine, words: list[str]) -> None:
    write()
    result = reconciler(*words)
    assert result.code == 64, result
    assert result.out == ""
    assert result.err.startswith("error: ")


ELSEWHERE = [
    "gateway", "localhost.", "localhost.evil.com", "127.0.0.1.evil.com", "127.1", "0x7f.1", "2130706433",
    "0.0.0.0", "10.0.0.1", "[::ffff:127.0.0.1]", "[::]", "[::1%25lo]", "localhost%2eevil.com",
]  # fmt: skip


@pytest.mark.parametrize("host", ELSEWHERE)
def test_an_endpoint_without_tls_is_refused_beyond_this_machine(
    reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    write()
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", TOKEN)
    message = "error: --endpoint has no TLS: token and secret would travel in the open\n"
    hint = "    use https, or --insecure if the network is yours\n"
    for command in ("plan", "apply"):
        for scheme in ("http", "HTTP"):
            assert reconciler(command, "--endpoint", f"{scheme}://{host}:8710") == (64, "", message + hint)
    monkeypatch.setenv("RECONCILER_ENDPOINT", f"http://{host}:8710")
    assert reconciler("plan").code == 64


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "[::1]", "[0:0::1]"])
def test_an_endpoint_on_this_machine_needs_no_tls(reconciler: CommandLine, host: str) -> None:
    write()
    result = reconciler("plan", "--endpoint", f"http://{host}:1")
    assert result.err.startswith("error: no credentials in the environment\n"), "the endpoint was taken"


def test_a_proxy_sees_no_call_to_this_machine_and_the_calls_that_are_meant_for_it(
    account: str, reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch, scripted: ScriptedServer
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, scripted.url)
    assert reconciler("apply", "--yes").code == 0
    assert scripted.requests == []
    monkeypatch.setenv("RECONCILER_INSECURE", "1")
    assert reconciler("plan", "--endpoint", "http://gateway.invalid").code == 1
    assert scripted.requests != [], "the proxy of the test is one"


NAMED = "validate, lint, plan, apply, import, send, doctor, library, sandbox, schema"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], f"reconciler: {NAMED}"),
        (["--format", "text"], f"reconciler: {NAMED}"),
        (["--sandbox", "--file", "x"], f"reconciler: {NAMED}"),
        (["sandbox"], "reconciler sandbox: serve, messages, reset"),
        (["--format=text", "sandbox"], "reconciler sandbox: serve, messages, reset"),
    ],
)
def test_without_a_command_the_commands_are_named(
    reconciler: CommandLine, words: list[str], said: str
) -> None:
    program, commands = said.split(": ")
    message = f"error: no command is given; there are: {commands}\n    see: {program} --help\n"
    assert reconciler(*words) == (64, "", message)


def test_help_and_version_stand_anywhere(reconciler: CommandLine) -> None:
    assert reconciler("--sandbox", "--help") == reconciler("--help")
    assert reconciler("--format", "json", "--version") == reconciler("--version")


def test_wrong_usage_as_json(reconciler: CommandLine) -> None:
    result = reconciler("--format", "json", "plan", "--bogus")
    assert (result.code, result.err) == (64, "")
    assert result.json["errors"][0]["code"] == "usage"


def test_options_stand_before_or_after_the_command(reconciler: CommandLine) -> None:
    write(path="shop.yaml")
    expected = (0, '{\n  "version": 1,\n  "valid": true,\n  "errors": []\n}\n')
    for words in (
        ["--file", "shop.yaml", "--format", "json", "validate"],
        ["--file=shop.yaml", "validate", "--format=json"],
        ["validate", "--file", "shop.yaml", "--format", "json"],
        ["--file", "none.yaml", "validate", "--file", "shop.yaml", "--format", "json"],
    ):
        result = reconciler(*words)
        assert (result.code, result.out) == expected, words


def test_every_option_with_a_value_may_stand_before_the_command() -> None:
    """Else its value would be taken for the command."""
    from reconciler.cli import options

    valued = {
        name
        for command in _all_commands(cli)
        for one in command.params
        if isinstance(one, click.Option) and not one.is_flag
        for name in one.opts
    }
    assert valued - set(options.VALUED) == set()


def _all_commands(group: click.Group) -> Iterator[click.Command]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _all_commands(command)
        else:
            yield command


def test_every_option_reads_the_environment(reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    write(path="shop.yaml")
    monkeypatch.setenv("RECONCILER_FILE", "shop.yaml")
    monkeypatch.setenv("RECONCILER_SANDBOX", "1")
    monkeypatch.setenv("RECONCILER_DETAILED_EXITCODE", "true")
    monkeypatch.setenv("RECONCILER_FORMAT", "json")
    assert reconciler("plan").code == 2
    monkeypatch.setenv("RECONCILER_DETAILED_EXITCODE", "0")
    assert reconciler("plan").code == 0
    monkeypatch.setenv("RECONCILER_YES", "true")
    assert reconciler("apply").code == 0
    assert Path(".reconciler/shop.lock.json").exists()
    monkeypatch.setenv("RECONCILER_ENDPOINT", "")
    monkeypatch.setenv("RECONCILER_LOCKFILE", "")
    assert reconciler("plan").code == 0, "empty is as good as unset"
    monkeypatch.setenv("RECONCILER_PARALLELISM", "many")
    assert reconciler("plan").code == 64


@pytest.mark.parametrize("words", [("--account", "prod"), ("--shard", "1/2")])
def test_an_account_of_a_file_that_names_none(reconciler: CommandLine, words: tuple[str, str]) -> None:
    write()
    result = reconciler("plan", "--sandbox", *words)
    assert result.code == 1
    what = "--account prod" if words[0] == "--account" else "--shard"
    assert result.err == (
        f"templates.yaml: {what}: the file names no accounts\n"
        "    add accounts: to it, or leave the option out\n"
    )


COMMANDS = [
    [],
    ["validate"],
    ["plan"],
    ["apply"],
    ["sandbox"],
    ["sandbox", "serve"],
    ["sandbox", "messages"],
    ["sandbox", "reset"],
    ["schema"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(reconciler: CommandLine, words: list[str]) -> None:
    result = reconciler(*words, "--help")
    assert result.code == 0
    assert "  reconciler " in result.out


def test_version(reconciler: CommandLine) -> None:
    """It tells this program from the one that PyPI has under its name."""
    from reconciler import __version__

    python = ".".join(map(str, sys.version_info[:3]))
    told = f"reconciler {__version__} (wechat-reconciler, Python {python}, {sys.platform})\n"
    assert reconciler("--version").out == told


def test_output_that_cannot_be_written_is_an_error() -> None:
    write()
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "reconciler", "validate"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    message = "error: can't write the output (No space left on device); nothing was changed\n"
    assert (run.returncode, run.stderr) == (1, message)


def test_a_reset_whose_output_cannot_be_written_is_not_called_unchanged() -> None:
    write()
    assert in_a_shell("apply --sandbox --yes", "").returncode == 0
    run = in_a_shell("sandbox reset", ">/dev/full")
    message = "error: can't write the output (No space left on device); the sandbox is empty\n"
    assert (run.returncode, run.stderr) == (4, message)
    assert not SANDBOX_LOCK.exists()


def test_output_that_is_closed_after_the_apply_is_not_called_unchanged() -> None:
    write()
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "apply", "--sandbox", "--yes"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(30) == 4
    assert err == "error: can't write the output (Broken pipe); what was done is in the lock\n"
    assert sorted(ids(SANDBOX_LOCK)) == ["order_failed", "order_paid"]


@pytest.mark.parametrize("words", ["--version", "validate --format json", "apply --sandbox --yes"])
def test_a_closed_stdout_is_told_before_anything_is_done(words: str) -> None:
    write()
    run = in_a_shell(words, ">&-")
    message = "error: stdout is closed: there is nowhere to put the result; nothing was changed\n"
    assert (run.returncode, run.stderr) == (1, message)
    assert os.listdir() == ["templates.yaml"]  # noqa: PTH208


@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full"])
def test_a_stderr_that_takes_nothing_ends_no_run(stderr: str) -> None:
    write()
    assert in_a_shell("apply --sandbox --yes --verbose", stderr).returncode == 0
    assert in_a_shell("plan --bogus", stderr).returncode == 64


def test_a_closed_stdin_is_no_terminal() -> None:
    write()
    run = in_a_shell("apply --sandbox", "<&-")
    assert (run.returncode, run.stderr.splitlines()[0]) == (
        1,
        "error: not applied: there is no terminal to ask on",
    )


def in_a_shell(words: str, redirection: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", f"{sys.executable} -m reconciler {words} {redirection}"],
        capture_output=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip


def test_a_plan_can_be_written_to_a_pipe_and_replaces_no_device(tmp_path: Path) -> None:
    """CI often runs as root, to whom even /dev/null is a file that can be replaced."""
    write()
    os.mkfifo("pipe")
    command = f"cat pipe & {sys.executable} -m reconciler --sandbox plan --out pipe >/dev/null; wait"
    run = subprocess.run(["sh", "-c", command], capture_output=True, check=True, timeout=60)
    assert json.loads(run.stdout)["summary"]["add"] == 2
    assert Path("pipe").is_fifo()


@pytest.mark.parametrize("out", ["templates.yaml", "./templates.lock.json", ".reconciler/sandbox.sqlite"])
def test_a_plan_never_overwrites_what_it_is_made_from(
    account: str, reconciler: CommandLine, out: str
) -> None:
    reconciler("apply", "--yes")
    reconciler("apply", "--yes", "--sandbox")
    before = Path(out).read_bytes()
    assert reconciler("plan", "--out", out).code == 64
    assert Path(out).read_bytes() == before


def test_chinese_is_printed_whatever_the_locale() -> None:
    write()
    locale = {"PATH": os.environ["PATH"], "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    run = subprocess_run("--sandbox", "plan", env=locale)
    assert "购买成功通知" in run.stdout


# ---------------------------------------------------------------- the sandbox, served


def test_the_served_sandbox_prints_how_to_use_it_and_ends_quietly() -> None:
    write()
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "sandbox", "serve", "--port", "0", "--format", "json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    text = ""
    while process.poll() is None and not text.endswith("}\n"):
        text += process.stdout.readline()
    served = json.loads(text)
    environment = dict(
        os.environ,
        RECONCILER_ENDPOINT=served["endpoint"],
        WECHAT_APPID=served["appid"],
        WECHAT_APPSECRET=served["secret"],
    )
    assert subprocess_run("apply", "--yes", env=environment).returncode == 0
    assert subprocess_run("plan", "--detailed-exitcode", env=environment).returncode == 0
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_sandbox_served_to_other_machines_prints_what_its_clients_need() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "sandbox", "serve", "--port", "0", "--host", "0.0.0.0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(5)]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert lines[1].startswith("  export RECONCILER_ENDPOINT=http://0.0.0.0:")
    assert lines[2] == "  export RECONCILER_INSECURE=1\n"


def test_a_port_in_use_is_told(sandbox: str, reconciler: CommandLine) -> None:
    port = sandbox.rpartition(":")[2]
    result = reconciler("sandbox", "serve", "--port", port)
    assert (result.code, result.err) == (
        1,
        f"error: can't listen on 127.0.0.1:{port}: Address already in use\n    choose another with --port\n",
    )  # fmt: skip


@pytest.mark.parametrize("rate", ["20", "0/s", "20/h", "-1/s", "2.5/s", "1234567890/s", "/s"])
def test_a_rate_that_is_none_is_wrong_usage(reconciler: CommandLine, rate: str) -> None:
    result = reconciler("plan", f"--rate={rate}")
    assert result.code == 64
    assert result.err.splitlines()[0] == (
        f"error: Invalid value for '--rate': {rate} is no rate: write calls a second or a minute, "
        "20/s or 300/m"
    )


@pytest.mark.parametrize("host", ["\u202eevil", "a" * 64 + ".example", "a..b"])
def test_a_host_that_no_resolver_takes_is_told(reconciler: CommandLine, host: str) -> None:
    refused = reconciler("sandbox", "serve", "--host", host, "--port", "0")
    assert (refused.code, refused.out) == (1, "")
    shown = host.replace("\u202e", "U+202E")
    assert refused.err == (
        f"error: can't listen on {shown}:0: it is no name of a host\n    choose another with --host\n"
    )
