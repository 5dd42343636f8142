"""A plan file and what becomes of it: run again after a kill or its end, run after another, or refused."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..accounts import ADD, DEL, LOCK, MARK, ONE, TWO, Account, held, ids, started
from ..tools import TOKEN, CommandLine, ScriptedServer

NOTE = "note: {} changed since the plan file was made; all that is to be done was reviewed\n"
B = "version: 1\ntemplates: {b: {id: AT2, keywords: [甲]}}\n"
NONE = "version: 1\ntemplates: {}\n"


@pytest.fixture
def account(scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("RECONCILER_ENDPOINT", scripted.url)
    monkeypatch.setenv("RECONCILER_SETTLE", "0")
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", TOKEN)
    write(ONE)
    made = Account(scripted)
    yield made
    made.held = set()


def write(text: str) -> None:
    Path("templates.yaml").write_text(text, "utf-8")


def plan(reconciler: CommandLine, name: str = "plan.json") -> Any:
    assert reconciler("plan", "--out", name).code == 0
    return json.loads(Path(name).read_text("utf-8"))


def live(account: Account) -> list[str]:
    return [one["template_id"] for one in account.templates]


def killed(account: Account, path: str, adds: int = 0) -> None:
    """An apply of plan.json that is killed while a call that was carried out waits for its answer, and as
    many were added in all."""
    with held(account, path, "plan.json") as process:
        while process.poll() is None and account.made < adds:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    account.held = set()


# ---------------------------------------------------------------- run again


def test_a_job_that_was_killed_while_it_added_is_run_again(account: Account, reconciler: CommandLine) -> None:
    write(TWO)
    plan(reconciler)
    killed(account, ADD)
    assert account.made in (1, 2)
    result = reconciler("apply", "plan.json")
    assert result.code == 0
    assert "> adopt " in result.out
    assert account.made == 2, "nothing is added twice"
    assert sorted(ids()) == ["a", "b"]
    assert sorted(ids().values()) == sorted(live(account))


def test_a_job_that_was_killed_while_it_deleted_is_run_again(
    account: Account, reconciler: CommandLine
) -> None:
    write(TWO)
    reconciler("apply", "--yes")
    write(ONE.replace("AT1", "AT9"))
    plan(reconciler)
    killed(account, DEL)
    result = reconciler("apply", "plan.json")
    assert result.code == 0
    assert live(account) == list(ids().values())
    assert list(ids()) == ["a"]
    assert "retired" not in json.loads(LOCK.read_text("utf-8"))
    again = reconciler("apply", "plan.json")
    assert (again.code, again.out.splitlines()[-1]) == (0, "already applied")


def four(id_: str) -> str:
    rows = "".join(f"  {name}: {{id: {id_}{n}, keywords: [甲]}}\n" for n, name in enumerate("abcd"))
    return f"version: 1\ntemplates:\n{rows}"


def test_what_a_killed_run_has_added_is_no_reason_to_count_what_it_replaces(
    account: Account, reconciler: CommandLine
) -> None:
    """Run again on another machine, which knows of it by the plan file alone."""
    write(four("AT1"))
    reconciler("apply", "--yes")
    write(four("AT2"))
    plan(reconciler)
    killed(account, ADD, adds=8)
    MARK.unlink()
    refused = reconciler("apply", "--yes")
    assert (refused.code, refused.err) == (3, "refused (too many deletes); nothing was changed\n")
    assert reconciler("apply", "plan.json").code == 0
    assert sorted(live(account)) == sorted(ids().values())
    assert account.made == 8


def test_an_interruption_names_the_plan_file_as_the_way_on(account: Account, reconciler: CommandLine) -> None:
    write(TWO)
    plan(reconciler)
    account.held = {ADD}
    with started("apply", "plan.json", "--parallelism", "1") as process:
        while process.poll() is None and not account.asked(ADD):
            pass
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        assert "ending:" in process.stderr.readline()
        account.held = set()
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "    run it again with the same plan file: it goes on where this ended\n" in err
    assert reconciler("apply", "plan.json").code == 0
    assert account.made == 2


def test_a_job_that_is_done_is_run_again(account: Account, reconciler: CommandLine) -> None:
    plan(reconciler)
    assert reconciler("apply", "plan.json").code == 0
    before, calls = LOCK.read_bytes(), account.made
    again = reconciler("apply", "plan.json")
    assert (again.code, again.out.splitlines()[-1]) == (0, "already applied")
    assert again.err == NOTE.format("lock and account have")
    document = reconciler("apply", "plan.json", "--format", "json")
    assert (document.code, document.json["accounts"][0]["outcome"]) == (0, "unchanged")
    assert (LOCK.read_bytes(), account.made) == (before, calls)


def test_a_plan_with_nothing_to_do_is_not_called_applied(account: Account, reconciler: CommandLine) -> None:
    reconciler("apply", "--yes")
    plan(reconciler)
    result = reconciler("apply", "plan.json")
    assert (result.code, result.out.splitlines()[-1]) == (0, "no changes: 1 kept")


# ---------------------------------------------------------------- what changed elsewhere


@pytest.mark.parametrize("first", ["one.json", "two.json"])
def test_two_pull_requests_with_disjoint_templates(
    account: Account, reconciler: CommandLine, first: str
) -> None:
    """Both were reviewed against the branch as it was; the second is applied with both merged."""
    plan(reconciler, "one.json")
    write(B)
    plan(reconciler, "two.json")
    write(ONE if first == "one.json" else B)
    assert reconciler("apply", first).code == 0
    write(TWO)
    second = reconciler("apply", "two.json" if first == "one.json" else "one.json")
    assert second.code == 0
    assert second.err.endswith(NOTE.format("YAML and lock and account have"))
    assert sorted(ids()) == ["a", "b"]
    assert account.made == 2


def test_a_pull_request_that_was_merged_and_not_applied_is_not_applied_by_the_next(
    account: Account, reconciler: CommandLine
) -> None:
    plan(reconciler)
    write(TWO)
    result = reconciler("apply", "plan.json")
    assert result.code == 3
    assert (
        "! refused, stale: the reviewed plan is not the plan any more: add b was not reviewed;" in result.out
    )
    assert result.err == "refused (stale); nothing was changed\n"
    assert account.made == 0


def test_what_somebody_else_has_added_for_the_same_name_is_adopted(
    account: Account, reconciler: CommandLine
) -> None:
    plan(reconciler)
    reconciler("apply", "--yes", "--lockfile", "elsewhere.lock.json")
    result = reconciler("apply", "plan.json")
    assert (result.code, account.made, list(ids())) == (0, 1, ["a"])
    assert NOTE.format("account has") in result.err


def test_what_a_name_that_the_file_does_not_add_would_adopt_was_not_reviewed(
    account: Account, reconciler: CommandLine
) -> None:
    plan(reconciler)
    write(TWO)
    reconciler("apply", "--yes", "--lockfile", "elsewhere.lock.json", "--parallelism", "1")
    result = reconciler("apply", "plan.json")
    assert result.code == 3
    assert "adopt b T1 was not reviewed" in result.out
    assert not LOCK.exists()


def test_a_guard_judges_a_reviewed_plan_anew(account: Account, reconciler: CommandLine) -> None:
    write(TWO)
    reconciler("apply", "--yes")
    write(NONE)
    assert reconciler("plan", "--out", "plan.json").code == 3
    refused = reconciler("apply", "plan.json")
    assert refused.code == 3
    assert "stale" not in refused.out
    assert reconciler("apply", "plan.json", "--allow-no-templates").code == 0
    assert live(account) == []


# ---------------------------------------------------------------- hostile and old files


def test_protection_is_not_taken_off_by_a_plan_that_put_it_on(
    account: Account, reconciler: CommandLine
) -> None:
    reconciler("apply", "--yes")
    protected = ONE.replace("[甲]}", "[甲], protect: true}")
    write(protected)
    plan(reconciler)
    assert reconciler("apply", "plan.json").code == 0
    write(ONE)
    result = reconciler("apply", "plan.json")
    assert result.code == 3
    assert "update a T0 was not reviewed" in result.out


def test_a_plan_of_an_older_reconciler_is_told_as_that(account: Account, reconciler: CommandLine) -> None:
    made = plan(reconciler)
    for change in ("errors", "outcome"):
        older = json.loads(json.dumps(made))
        older.pop(change, None)
        older["accounts"][0].pop(change, None)
        Path("older.json").write_text(json.dumps(older), "utf-8")
        result = reconciler("apply", "older.json")
        assert (result.code, result.out) == (1, "")
        assert result.err == (
            "older.json: it was made by an older reconciler: plan again\n"
            "    write it with `reconciler plan --out FILE`\n"
        )
    assert account.made == 0


# ---------------------------------------------------------------- exit codes of plan


FLEET = """\
version: 1
max_deletes: 0
accounts:
  one: {appid: wx0000000000000001}
  two: {appid: wx0000000000000002}
templates: %s
"""


@pytest.fixture
def fleet(account: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.delenv("WECHAT_ACCESS_TOKEN")
    for name in ("ONE", "TWO"):
        monkeypatch.setenv(f"WECHAT_ACCESS_TOKEN_{name}", TOKEN)
    return account


def test_plan_of_several_says_which_apply_would_refuse(fleet: Account, reconciler: CommandLine) -> None:
    write(FLEET % "{a: {id: AT1, keywords: [甲]}, b: {id: AT2, keywords: [甲]}}")
    assert reconciler("apply", "--yes", "--account", "one").code == 0
    write(FLEET % "{b: {id: AT2, keywords: [甲]}}")
    result = reconciler("plan", "--out", "plan.json", "--detailed-exitcode")
    assert result.code == 3
    assert result.out.endswith("2 accounts: 1 refused, 1 with changes\napply would refuse 1 account\n")
    rows = json.loads(Path("plan.json").read_text("utf-8"))["accounts"]
    assert [row["outcome"] for row in rows] == ["refused", "pending"]
    assert reconciler("plan", "--detailed-exitcode", "--max-deletes", "1").code == 2
    assert reconciler("plan", "--max-deletes", "1").code == 0


def test_an_error_of_one_account_comes_before_the_guard_of_another(
    fleet: Account, reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(FLEET % "{a: {id: AT1, keywords: [甲]}, b: {id: AT2, keywords: [甲]}}")
    assert reconciler("apply", "--yes", "--account", "one").code == 0
    write(FLEET % "{b: {id: AT2, keywords: [甲]}}")
    monkeypatch.delenv("WECHAT_ACCESS_TOKEN_TWO")
    assert reconciler("plan", "--detailed-exitcode").code == 1


def test_one_account_of_a_plan_file_is_applied_and_the_other_refused(
    fleet: Account, reconciler: CommandLine
) -> None:
    """Each by itself; one whose planning had failed when the file was made has no plan in it."""
    write(FLEET % "{a: {id: AT1, keywords: [甲]}}")
    plan(reconciler)
    made = json.loads(Path("plan.json").read_text("utf-8"))
    made["accounts"][1] |= {"digest": None, "inputs": dict.fromkeys(("yaml", "lock", "account")),
                            "actions": [], "outcome": "failed"}  # fmt: skip
    Path("plan.json").write_text(json.dumps(made), "utf-8")
    result = reconciler("apply", "plan.json", "--parallelism", "1")
    assert result.code == 4
    assert (
        "two: the reviewed plan is not the plan any more: there was none for two: it failed, or was not "
        in (result.err)
    )
    assert Path("templates.one.lock.json").exists()
    assert not Path("templates.two.lock.json").exists()
