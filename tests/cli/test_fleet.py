"""Several accounts over real HTTP: the table, the document, exit codes, and that none is lost or twice."""

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

from reconciler.sandbox.accounts import SECRET

from ..accounts import ADD, LIST, Account
from ..tools import CommandLine, ScriptedServer

TEMPLATES = """version: 1
templates:
  order_paid: {id: AT0002, title: 购买成功通知, keywords: [购买地点, 购买时间]}
  receipt: {id: AT0002, keywords: [物品名称, 购买地点]}
"""
APPIDS = {"staging": "wx0000000000000001", "prod": "wx0000000000000002", "third": "wx0000000000000003"}
ACCOUNTS = (
    "accounts:\n  staging: {appid: wx0000000000000001}\n"
    "  prod: {appid: wx0000000000000002, protect: true, templates: [order_paid]}\n"
)


def write(more: str = ACCOUNTS, templates: str = TEMPLATES) -> None:
    Path("templates.yaml").write_text(templates + more, "utf-8")


def lock(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(f"templates.{name}.lock.json").read_text("utf-8"))
    return found


def done(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """What was done, each with its account's name."""
    return [(row["account"], one) for row in document["accounts"] for one in row["done"]]


def calls(url: str, appid: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{url}/_sandbox/accounts/{appid}") as reply:
        found: dict[str, int] = json.load(reply)["calls"]
    return {path.rpartition("/")[2]: times for path, times in found.items()}


def live(url: str, appid: str) -> list[str]:
    with urllib.request.urlopen(f"{url}/_sandbox/accounts/{appid}") as reply:
        return [one["template_id"] for one in json.load(reply)["templates"]]


def break_it(url: str, *faults: str) -> None:
    body = json.dumps({"faults": list(faults)}).encode()
    urllib.request.urlopen(f"{url}/_sandbox/faults", body).close()


@pytest.fixture(autouse=True)
def _entrance(sandbox: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_ENDPOINT", sandbox)
    monkeypatch.setenv("WECHAT_APPSECRET", SECRET)


def test_each_account_gets_its_templates_and_its_lock(reconciler: CommandLine, sandbox: str) -> None:
    write()
    result = reconciler("apply", "--yes")
    assert result.code == 0, result.err
    staging, prod = ({name: one["template_id"] for name, one in lock(account)["templates"].items()}
                     for account in ("staging", "prod"))  # fmt: skip
    assert result.out.splitlines()[-8:] == [
        "staging  wx0000000000000001  done: 2 added",
        "  the lock is templates.staging.lock.json",
        f"  order_paid  {staging['order_paid']}",
        f"  receipt     {staging['receipt']}",
        "prod     wx0000000000000002  done: 1 added",
        "  the lock is templates.prod.lock.json",
        f"  order_paid  {prod['order_paid']}",
        "2 accounts: 2 changed",
    ]
    assert list(lock("staging")["templates"]) == ["order_paid", "receipt"]
    assert list(lock("prod")["templates"]) == ["order_paid"]
    assert lock("prod")["appid"] == APPIDS["prod"]
    assert live(sandbox, APPIDS["prod"]) == [lock("prod")["templates"]["order_paid"]["template_id"]]


def test_an_account_with_nothing_to_do_costs_a_token_and_a_list(
    reconciler: CommandLine, sandbox: str
) -> None:
    write()
    reconciler("apply", "--yes")
    before = {name: Path(f"templates.{name}.lock.json").stat().st_mtime_ns for name in ("staging", "prod")}
    first = calls(sandbox, APPIDS["staging"])
    result = reconciler("apply", "--yes")
    assert result.code == 0
    assert result.out == (
        "staging  wx0000000000000001  no changes: 2 kept\n"
        "prod     wx0000000000000002  no changes: 1 kept\n"
        "2 accounts: 2 without changes\n"
    )
    after = calls(sandbox, APPIDS["staging"])
    assert {path: after[path] - first.get(path, 0) for path in after if after[path] != first.get(path)} == {
        "list": 1, "stable_token": 1,
    }  # fmt: skip
    assert before == {name: Path(f"templates.{name}.lock.json").stat().st_mtime_ns for name in before}
    assert sorted(path.name for path in Path().iterdir() if ".run" in path.name) == []


def test_the_library_is_asked_once_for_all(reconciler: CommandLine, sandbox: str) -> None:
    write()
    reconciler("plan")
    asked = [calls(sandbox, appid).get("get", 0) for appid in APPIDS.values()]
    assert sum(asked) == 1


def test_a_plan_of_several_is_one_document_and_is_what_apply_compares(reconciler: CommandLine) -> None:
    write()
    made = reconciler("plan", "--out", "plan.json", "--format", "json", "--detailed-exitcode")
    assert (made.code, made.err) == (2, "")
    assert made.json == json.loads(Path("plan.json").read_text("utf-8"))
    assert [one["account"] for one in made.json["accounts"]] == ["staging", "prod"]
    assert made.json["summary"]["add"] == 3
    applied = reconciler("apply", "plan.json", "--format", "json")
    assert applied.code == 0
    assert [(whose, one["action"], one["name"]) for whose, one in done(applied.json)] == [
        ("staging", "add", "order_paid"), ("staging", "add", "receipt"), ("prod", "add", "order_paid"),
    ]  # fmt: skip
    again = reconciler("apply", "plan.json", "--format", "json")
    assert again.code == 0
    assert [one["outcome"] for one in again.json["accounts"]] == ["unchanged", "unchanged"]
    text = reconciler("apply", "plan.json")
    assert [line.split("  ")[-1] for line in text.out.splitlines()[:2]] == ["already applied"] * 2
    assert text.err == (
        "note: lock and account have changed since the plan file was made; all that is to be done was "
        "reviewed (2 accounts)\n"
    )


def test_a_plan_file_that_lacks_an_account_is_no_plan_for_it(reconciler: CommandLine) -> None:
    write()
    reconciler("plan", "--account", "staging", "--out", "plan.json")
    result = reconciler("apply", "plan.json")
    assert result.code == 4, "staging was changed"
    assert result.err == (
        "error: prod: the reviewed plan is not the plan any more: it was made for staging, not for prod\n"
        "    lifted by: a new plan: `reconciler plan --out FILE`, reviewed again\n"
    )
    assert Path("templates.staging.lock.json").exists()
    assert not Path("templates.prod.lock.json").exists()


def test_one_accounts_failure_does_not_stop_the_others(
    reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    write()
    monkeypatch.setenv("WECHAT_APPSECRET_STAGING", "w" * 32)
    planned = reconciler("plan")
    assert planned.code == 1
    assert planned.out.splitlines()[-2:] == [
        "prod     wx0000000000000002  plan: 1 to add, 0 kept",
        "2 accounts: 1 failed, 1 with changes",
    ]
    assert planned.err.startswith(
        "error: staging: POST /cgi-bin/stable_token: errcode 40125, the appsecret is wrong ("
    )
    applied = reconciler("apply", "--yes", "--format", "json")
    assert applied.code == 4, "something was changed, and something failed"
    assert applied.json["errors"][0]["account"] == "staging"
    assert [(one["account"], one["outcome"]) for one in applied.json["accounts"]] == [
        ("staging", "failed"), ("prod", "applied"),
    ]  # fmt: skip
    assert applied.json["locks"] == ["templates.prod.lock.json"]
    assert not Path("templates.staging.lock.json").exists()


KILLS = "; the console shows a secret once, and a new one kills the old\n"


@pytest.mark.parametrize(
    ("variable", "hint"),
    [
        ("WECHAT_APPSECRET_PROD", "check WECHAT_APPSECRET_PROD: is it prod's (wx0000000000000002)?" + KILLS),
        (
            "WECHAT_APPSECRET",
            "check WECHAT_APPSECRET (prod has no WECHAT_APPSECRET_PROD of its own): is it prod's "
            "(wx0000000000000002)?" + KILLS,
        ),
    ],
)
@pytest.mark.parametrize("chosen", [(), ("--account", "prod")])
def test_a_wrong_secret_names_the_account_and_its_variable(
    reconciler: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    hint: str,
    chosen: tuple[str, ...],
) -> None:
    write()
    monkeypatch.setenv("WECHAT_APPSECRET_STAGING", SECRET)
    monkeypatch.setenv(variable, "w" * 32)
    result = reconciler("plan", *chosen)
    assert result.code == 1
    assert result.err.splitlines(keepends=True)[-1] == f"    {hint}"
    assert "WECHAT_APPID" not in result.err


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (
            ("WECHAT_ACCESS_TOKEN_PROD", "t" * 32),
            "set a fresh WECHAT_ACCESS_TOKEN_PROD, or unset it and set WECHAT_APPSECRET_PROD",
        ),
        (
            ("WECHAT_ACCESS_TOKEN", "t" * 32),
            "set a fresh WECHAT_ACCESS_TOKEN (prod has no WECHAT_ACCESS_TOKEN_PROD of its own), or unset it "
            "and set WECHAT_APPSECRET_PROD",
        ),
        (
            ("WECHAT_APPSECRET_PROD", SECRET),
            "this is the token that WeChat has just given for WECHAT_APPSECRET_PROD: does another program "
            "ask for tokens all the time, or is --endpoint another API's?",
        ),
    ],
)
def test_a_refused_token_names_the_accounts_own_variables(
    reconciler: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    sandbox: str,
    given: tuple[str, str],
    hint: str,
) -> None:
    write()
    monkeypatch.setenv(*given)
    break_it(sandbox, "list=dead-token")
    result = reconciler("plan", "--account", "prod")
    assert (result.code, result.err.splitlines()[-1]) == (1, f"    {hint}")


def test_a_wrong_appid_is_looked_for_in_the_file(reconciler: CommandLine) -> None:
    write("accounts:\n  prod: {appid: wx12}\n")
    result = reconciler("plan")
    hint = "    check the appid that the file gives prod: wx and 16 characters, small letters"
    assert (result.code, result.err.splitlines()[-1]) == (1, hint)


def test_with_fail_fast_no_more_are_begun(reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    write()
    monkeypatch.setenv("WECHAT_APPSECRET_STAGING", "w" * 32)
    result = reconciler("apply", "--yes", "--fail-fast", "--parallelism", "1")
    assert result.code == 1, "nothing was changed"
    assert result.out.splitlines()[-1] == "2 accounts: 1 failed, 1 not begun"
    assert not Path("templates.prod.lock.json").exists()


def test_a_protected_account_keeps_what_it_has(reconciler: CommandLine) -> None:
    write()
    reconciler("apply", "--yes")
    write(templates=TEMPLATES.replace("[购买地点, 购买时间]", "[购买时间, 购买地点]"))
    old = lock("prod")["templates"]["order_paid"]["template_id"]
    planned = reconciler("plan", "--account", "prod", "--format", "json")
    assert planned.json["accounts"][0]["refused"] == [
        {
            "guard": "protected",
            "message": f"the account prod is protected, and this would replace order_paid ({old})",
            "lift": "`protect: false` for the account prod, applied first",
            "where": "templates.yaml:7:3",
        }
    ]
    result = reconciler("apply", "--yes")
    assert result.code == 4, "staging was changed"
    assert lock("prod")["templates"]["order_paid"]["template_id"] == old
    assert reconciler("apply", "--yes").code == 3, "nothing was changed, and a guard refused"


def test_one_chosen_account_is_told_in_full(reconciler: CommandLine) -> None:
    write()
    result = reconciler("apply", "--account", "prod", "--yes")
    assert result.code == 0
    ident = lock("prod")["templates"]["order_paid"]["template_id"]
    assert result.out == (
        "account prod (wx0000000000000002), wxopen\n\n"
        "  + add order_paid AT0002 购买成功通知: new\n        keywords: 购买地点, 购买时间\n\n"
        "plan: 1 to add, 0 kept\n"
        f"done: 1 added; the lock is templates.prod.lock.json\n  order_paid  {ident}\n"
    )
    assert not Path("templates.staging.lock.json").exists()
    assert (
        reconciler("plan", "--account", "prod", "--format", "json").json["accounts"][0]["account"] == "prod"
    )


def test_a_lock_can_be_named_for_one_account_only(reconciler: CommandLine) -> None:
    write()
    result = reconciler("plan", "--lockfile", "x.json")
    assert result.code == 64
    assert result.err.splitlines()[0] == (
        "error: --lockfile names one lock, and 2 accounts are worked on: choose one with --account"
    )
    assert reconciler("apply", "--lockfile", "x.json", "--account", "prod", "--yes").code == 0
    assert Path("x.json").exists()


def test_without_a_terminal_nothing_is_applied(reconciler: CommandLine, sandbox: str) -> None:
    write()
    result = reconciler("apply")
    assert result.code == 1
    assert result.out.splitlines()[-1] == "2 accounts: 2 with changes"
    assert result.err == (
        "error: not applied: there is no terminal to ask on\n"
        "    give --yes, or a plan file that was reviewed\n"
    )
    assert live(sandbox, APPIDS["staging"]) == []


def test_eight_shards_do_the_whole_once(reconciler: CommandLine, sandbox: str) -> None:
    names = [f"shop-{n}" for n in range(40)]
    Path("shops.yaml").write_text(
        "".join(f"{name}: {{appid: wx{n:016}}}\n" for n, name in enumerate(names)), "utf-8"
    )
    write("accounts_file: shops.yaml\n")
    changed: list[str] = []
    for index in range(1, 9):
        result = reconciler("apply", "--yes", "--format", "json", "--shard", f"{index}/8")
        assert result.code == 0, result.out
        changed += [whose for whose, _ in done(result.json)]
    assert sorted(changed) == sorted(names * 2), "two templates each"
    assert [len(live(sandbox, f"wx{n:016}")) for n in range(40)] == [2] * 40
    whole = reconciler("plan", "--format", "json")
    assert whole.json["changes"] is False
    assert [one["account"] for one in whole.json["accounts"]] == names


@pytest.mark.parametrize("text", ["0/8", "9/8", "1", "a/b", "1/0", "-1/8"])
def test_a_share_that_is_none_is_wrong_usage(reconciler: CommandLine, text: str) -> None:
    write()
    result = reconciler("plan", f"--shard={text}")
    assert result.code == 64
    assert result.err.splitlines()[0] == (
        f"error: Invalid value for '--shard': {text} is no share: write 3/8 for the third of eight"
    )


def test_an_account_whose_add_is_lost_is_finished_with_the_others(
    reconciler: CommandLine, sandbox: str
) -> None:
    write()
    break_it(sandbox, "add@1=drop:after")
    result = reconciler("apply", "--yes")
    assert result.code == 0, result.err
    assert [len(live(sandbox, APPIDS[name])) for name in ("staging", "prod")] == [2, 1]


def test_an_account_that_another_run_is_at_work_on_is_told(reconciler: CommandLine) -> None:
    from reconciler.lock import mutex as runlock

    write()
    with runlock.held(Path("templates.prod.lock.json")):
        result = reconciler("apply", "--yes")
    assert result.code == 4
    assert result.err.startswith("templates.prod.lock.json: prod: another apply is at work on this lock: ")
    assert list(lock("staging")["templates"]) == ["order_paid", "receipt"]


def test_accounts_without_credentials_among_many(
    reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(ACCOUNTS + "  third: {appid: wx0000000000000003}\n")
    monkeypatch.delenv("WECHAT_APPSECRET")
    monkeypatch.setenv("WECHAT_APPSECRET_PROD", SECRET)
    result = reconciler("plan")
    assert result.code == 1
    assert result.err == (
        "error: staging: no credentials in the environment\n"
        "    set WECHAT_APPSECRET_STAGING, or WECHAT_ACCESS_TOKEN_STAGING\n"
        "error: third: no credentials in the environment\n"
        "    set WECHAT_APPSECRET_THIRD, or WECHAT_ACCESS_TOKEN_THIRD\n"
        "2 problems\n"
    )
    assert "prod     wx0000000000000002  plan: 1 to add, 0 kept\n" in result.out


def test_no_account_in_the_share_is_nothing_to_do(reconciler: CommandLine) -> None:
    write("accounts: {a: {appid: wx0000000000000001}}\n")
    from reconciler.desired.accounts import Shard

    empty = next(index for index in (1, 2) if not Shard(index, 2).has("a"))
    result = reconciler("plan", "--shard", f"{empty}/2")
    assert (result.code, result.out, result.err) == (0, "0 accounts: nothing to do\n", "")


def test_the_report_does_not_obey_what_a_server_says(
    reconciler: CommandLine, sandbox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken account's words come after its name, never at the start of a line."""
    write()
    break_it(sandbox, "list=html")
    result = reconciler("plan", "--retries", "0")
    assert result.code == 1
    assert all(line.startswith(("staging ", "prod ", "2 accounts:")) for line in result.out.splitlines()), (
        result.out
    )


def start(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "reconciler", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(path: str) -> None:
    for _ in range(1000):
        if Path(path).exists():
            return
        time.sleep(0.01)
    raise AssertionError(f"{path} does not come")


def test_a_signal_lets_what_is_being_done_finish_and_begins_no_more(
    reconciler: CommandLine, sandbox: str
) -> None:
    write()
    break_it(sandbox, "add@2=hang:after")
    process = start("apply", "--yes", "--parallelism", "1", "--timeout", "1", "--format", "json")
    wait_for("templates.staging.lock.json")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    made = json.loads(out)
    assert {whose for whose, _ in done(made)} == {"staging"}
    assert [one["code"] for one in made["errors"]][-1] == "interrupted"
    assert not Path("templates.prod.lock.json").exists()
    break_it(sandbox)
    assert reconciler("apply", "--yes").code == 0
    assert [len(live(sandbox, APPIDS[name])) for name in ("staging", "prod")] == [2, 1]


@pytest.fixture
def behind(scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> Account:
    """Two accounts that are one behind the scenes, whose calls can be held up."""
    monkeypatch.setenv("RECONCILER_ENDPOINT", scripted.url)
    for name in ("STAGING", "PROD"):
        monkeypatch.setenv(f"WECHAT_ACCESS_TOKEN_{name}", f"token-of-{name}")
    write(templates="version: 1\ntemplates:\n  order_paid: {id: AT1, keywords: [甲]}\n")
    return Account(scripted)


def until(happens: Callable[[], bool]) -> None:
    for _ in range(1000):
        if happens():
            return
        time.sleep(0.01)
    raise AssertionError("it does not happen")


def test_a_call_under_way_is_answered_and_recorded_before_a_signal_ends_it(behind: Account) -> None:
    behind.held = {ADD}
    process = start("apply", "--yes", "--parallelism", "1", "--format", "json")
    until(lambda: behind.asked(ADD) == 1)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    behind.held = set()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert [(whose, one["template_id"]) for whose, one in done(json.loads(out))] == [("staging", "T0")]
    assert lock("staging")["templates"]["order_paid"]["template_id"] == "T0"
    assert behind.asked(ADD) == 1


def test_what_another_run_has_done_meanwhile_is_not_done_again(behind: Account) -> None:
    """Its list was asked for before, and answered after."""
    behind.held = {LIST}
    process = start("apply", "--yes", "--settle", "0")
    until(lambda: behind.asked(LIST) == 2)
    behind.templates.append({"template_id": "T9", "title": "AT1", "content": "甲{{keyword1.DATA}}\n"})
    keywords = [{"name": "甲", "keyword_id": 1, "key": "keyword1"}]
    entry = {"template_id": "T9", "id": "AT1", "title": "AT1", "keywords": keywords}
    for name, appid in list(APPIDS.items())[:2]:
        head = {"version": 2, "dialect": "wxopen", "appid": appid, "account": name, "protect": name == "prod"}
        text = {**head, "templates": {"order_paid": entry}}
        Path(f"templates.{name}.lock.json").write_text(json.dumps(text), "utf-8")
    behind.held = set()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out.endswith("2 accounts: 2 without changes\n")
    assert behind.asked(ADD) == 0


def test_the_mark_of_a_killed_run_goes_even_if_nothing_is_left_to_do(reconciler: CommandLine) -> None:
    write()
    assert reconciler("apply", "--yes").code == 0
    mark = Path(".reconciler/templates.staging.lock.json.run")
    mark.write_text('{"pid": 7, "host": "ci", "since": "2026-11-27T01:00:00Z"}')
    result = reconciler("apply", "--yes", "--settle", "0.1")
    assert result.code == 0
    assert "staging: a run was killed (process 7 on ci, since 2026-11-27T01:00:00Z)" in result.err
    assert not mark.exists()


def test_a_killed_run_is_finished_by_the_next_and_nothing_is_added_twice(
    reconciler: CommandLine, sandbox: str
) -> None:
    write()
    break_it(sandbox, "add@2=hang:after")
    process = start("apply", "--yes", "--parallelism", "1")
    wait_for("templates.staging.lock.json")
    process.kill()
    process.communicate(timeout=60)
    break_it(sandbox)
    result = reconciler("apply", "--yes", "--settle", "0.3")
    assert result.code == 0, result.err
    assert "staging: a run was killed (process " in result.err
    assert [len(live(sandbox, APPIDS[name])) for name in ("staging", "prod")] == [2, 1]


def test_an_interrupted_plan_is_written_nowhere(sandbox: str) -> None:
    write()
    break_it(sandbox, "list@1=hang")
    process = start("plan", "--out", "plan.json")
    for _ in range(1000):
        if calls(sandbox, APPIDS["prod"]):
            break
        time.sleep(0.01)
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err.endswith("error: interrupted; nothing was changed\n")
    assert not Path("plan.json").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_can_not_be_written_does_not_hide_what_was_done(sandbox: str) -> None:
    write()
    with open("/dev/full", "w") as full:  # noqa: PTH123
        command = [sys.executable, "-m", "reconciler", "apply", "--yes"]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 4
    assert ended.stderr == (
        "error: can't write the output (No space left on device); what was done is in the locks\n"
    )
    assert list(lock("staging")["templates"]) == ["order_paid", "receipt"]
