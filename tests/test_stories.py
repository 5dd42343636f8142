"""What an edited file, an old checkout or a killed run can't do unseen: told from the command line."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from reconciler.lock import mutex as runlock
from reconciler.sandbox.accounts import APPID, SECRET

from .tools import CommandLine, inspected, told

LOCK = Path("templates.lock.json")
WORDS = ("购买地点", "购买时间", "物品名称", "购买金额")
LOOKS = [f"{one}, {other}" for one in WORDS for other in WORDS if one != other]
"""Twelve keyword lists of AT0002"""


@pytest.fixture
def account(sandbox: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The emulator over HTTP, with its credentials in the environment."""
    monkeypatch.setenv("RECONCILER_ENDPOINT", sandbox)
    monkeypatch.setenv("WECHAT_APPID", APPID)
    monkeypatch.setenv("WECHAT_APPSECRET", SECRET)
    return sandbox


def write(templates: dict[str, str], policy: str = "") -> None:
    """Names with their keywords, all of one title."""
    rows = "".join(f"  {name}: {{id: AT0002, keywords: [{look}]}}\n" for name, look in templates.items())
    Path("templates.yaml").write_text(
        f"version: 1\n{policy}templates:{' {}' if not rows else ''}\n{rows}", "utf-8"
    )


def locked() -> Any:
    return json.loads(LOCK.read_text("utf-8"))


def ids() -> dict[str, str]:
    return {name: one["template_id"] for name, one in locked()["templates"].items()}


def live(url: str) -> set[str]:
    return {one["template_id"] for one in inspected(url)["templates"]}


def guards(result: Any) -> list[str]:
    return [one["guard"] for one in result.json["accounts"][0]["refused"]]


TWELVE = {f"t{number:02}": look for number, look in enumerate(LOOKS)}
MIDDLE_LOST = dict(zip(list(TWELVE)[:6], LOOKS[6:], strict=True))


@pytest.mark.parametrize("rows", [12, 6])
def test_a_merge_that_loses_the_middle_is_refused(account: str, reconciler: CommandLine, rows: int) -> None:
    """Six names take over the templates of six others: by rename, or, where the lock lost them, by adopt."""
    write(TWELVE)
    assert reconciler("apply", "--yes").code == 0
    lock = locked()
    lock["templates"] = dict(list(lock["templates"].items())[:rows])
    LOCK.write_text(json.dumps(lock), "utf-8")
    write(MIDDLE_LOST)
    result = reconciler("apply", "--yes", "--format", "json")
    assert (result.code, guards(result), len(live(account))) == (3, ["too many deletes"], 12)
    assert reconciler("apply", "--yes", "--max-deletes", "6").code == 0
    assert len(live(account)) == 6


def test_a_run_killed_before_its_save_is_finished_without_a_flag(
    account: str, reconciler: CommandLine
) -> None:
    """What it had added is adopted by the next, whose deletes are those of replacements."""
    before = dict(list(TWELVE.items())[:4])
    after = dict(zip(before, LOOKS[6:], strict=False))
    write(before)
    assert reconciler("apply", "--yes").code == 0
    old = LOCK.read_bytes()
    write(after)
    assert reconciler("apply", "--yes").code == 0
    made = set(ids().values())
    write({**before, **{f"n{index}": look for index, look in enumerate(after.values())}})
    LOCK.unlink()
    assert reconciler("apply", "--yes").code == 0, "the account as it was when the adds were done"
    replaced = json.loads(old)
    replaced["templates"] = {name: locked()["templates"][name] for name in before}
    LOCK.write_text(json.dumps(replaced), "utf-8")
    write(after)
    assert guards(reconciler("plan", "--format", "json")) == ["too many deletes"]
    mark = {"pid": 7, "host": "ci", "since": "2026-11-27T01:00:00Z"}
    runlock.beside(LOCK).write_text(json.dumps(mark), "utf-8")
    old_mark = reconciler("apply", "--yes", "--settle", "0")
    assert old_mark.code == 3, "the mark of an older version says nothing"
    runlock.beside(LOCK).write_text(json.dumps({**mark, "adds": list(before)}), "utf-8")
    assert guards(reconciler("plan", "--format", "json")) == []
    assert reconciler("apply", "--settle", "0").code == 1, "not confirmed"
    assert runlock.begun(LOCK) == set(before), "it stays until a run has ended that knows"
    result = reconciler("apply", "--yes", "--settle", "0")
    assert (result.code, set(ids().values()), live(account)) == (0, made, made), result.err
    assert not runlock.beside(LOCK).exists()


def test_a_reverted_commit_asks_for_the_newer_lock(account: str, reconciler: CommandLine) -> None:
    write({"a": LOOKS[0], "k": LOOKS[5]})
    reconciler("apply", "--yes")
    old, kept = LOCK.read_bytes(), ids()["a"]
    write({"a": LOOKS[1], "k": LOOKS[5]})
    reconciler("apply", "--yes")
    new = ids()["a"]
    write({"a": LOOKS[0], "k": LOOKS[5]}, "prune: all\n")
    LOCK.write_bytes(old)
    result = reconciler("apply", "--yes", "--settle", "0")
    assert result.code == 3
    assert (
        f"! refused, old lock: a: {kept} is gone from the account, which lists {new} of the same title, not "
        "in this lock. If this is an old lock (a reverted commit, a checkout that is behind), take the newer "
        "one: `git log -- templates.lock.json`, `git checkout COMMIT -- templates.lock.json`. If it was "
        "deleted in the console, allow it; lifted by the newer lock; --allow-old-lock\n"
    ) in result.out
    assert new in live(account)
    assert reconciler("apply", "--yes", "--settle", "0", "--allow-old-lock").code == 0


def git(*words: str) -> None:
    settings = ["-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *settings, *words], check=True, capture_output=True)


def test_what_no_committed_lock_ever_had_was_made_in_the_console(
    account: str, reconciler: CommandLine
) -> None:
    """Then it is a warning; and a refusal where a commit has it."""
    write({"a": LOOKS[0], "k": LOOKS[5]})
    reconciler("apply", "--yes")
    old = LOCK.read_bytes()
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "one")
    write({"a": LOOKS[1], "k": LOOKS[5]})
    reconciler("apply", "--yes")
    new, newer = ids()["a"], LOCK.read_bytes()
    LOCK.write_bytes(old)
    write({"a": LOOKS[0], "k": LOOKS[5]})
    result = reconciler("plan", "--settle", "0", "--format", "json")
    assert guards(result) == []
    (warning,) = result.json["accounts"][0]["warnings"]
    assert (warning["code"], warning["name"]) == ("old lock", "a")
    assert warning["message"].endswith(f"no lock in git's history has had {new}, so nobody here has made it")
    LOCK.write_bytes(newer)
    git("commit", "-qam", "two")
    LOCK.write_bytes(old)
    assert guards(reconciler("plan", "--settle", "0", "--format", "json")) == ["old lock"]


def test_only_what_is_due_is_deleted_at_night(account: str, reconciler: CommandLine) -> None:
    write({"a": LOOKS[0], "b": LOOKS[1]}, "retire_after: 1d\n")
    reconciler("apply", "--yes")
    gone = ids()["b"]
    write({"a": LOOKS[0]}, "retire_after: 1d\n")
    reconciler("apply", "--yes")
    write({"a": LOOKS[2], "c": LOOKS[3]}, "retire_after: 1d\n")
    assert reconciler("apply", "--due-only").out.endswith("no changes: 1 kept\n"), "nothing is due"
    lock = locked()
    lock["retired"][0]["since"] = "2020-01-01T00:00:00Z"
    LOCK.write_text(json.dumps(lock), "utf-8")
    kept = ids()
    result = reconciler("apply", "--due-only", "--yes", "--format", "json")
    assert (result.code, guards(result)) == (0, [])
    assert [one["template_id"] for one in result.json["accounts"][0]["done"]] == [gone]
    assert (ids(), live(account), "retired" in locked()) == (kept, set(kept.values()), False)


def test_a_name_that_takes_its_retired_template_back_restores_it(
    account: str, reconciler: CommandLine
) -> None:
    policy = "retire_after: 1d\n"
    write({"a": LOOKS[0], "k": LOOKS[5]}, policy)
    reconciler("apply", "--yes")
    write({"k": LOOKS[5]}, policy)
    reconciler("apply", "--yes")
    write({"a": LOOKS[0], "k": LOOKS[5]}, policy)
    out = reconciler("plan").out
    assert "  > restore a AT0002 购买成功通知 " in out
    assert out.endswith("plan: 1 to restore, 1 kept\n")
    (action,) = reconciler("plan", "--format", "json").json["accounts"][0]["actions"]
    assert (action["action"], action["from"]) == ("rename", "a")


def test_what_a_list_hides_for_good_is_added_once(account: str, reconciler: CommandLine) -> None:
    write({"a": LOOKS[0], "k": LOOKS[5]})
    reconciler("apply", "--yes")
    hidden = ids()["a"]
    lock = locked()
    lock["version"], lock["templates"]["a"]["listed"] = 2, False
    LOCK.write_text(json.dumps(lock), "utf-8")
    assert reconciler("plan", "--format", "json").json["accounts"][0]["actions"][0]["reason"] == "listed"
    told(account, "faults", {"faults": ["list=empty-list"]})
    lock["templates"].pop("k")
    LOCK.write_text(json.dumps(lock), "utf-8")
    write({"a": LOOKS[0]})
    calm = reconciler("apply", "--settle", "0")
    assert (calm.code, ids()) == (0, {"a": hidden})
    assert calm.out.splitlines()[-2] == (
        f"! warning: a: {hidden} was added, and no list of the account has shown it yet; it is kept, and not "
        "added again without --add-again a"
    )
    again = reconciler("plan", "--settle", "0", "--add-again", "a", "--format", "json")
    assert [(one["action"], one["reason"]) for one in again.json["accounts"][0]["actions"]] == [
        ("add", "missing")
    ]
    assert again.json["accounts"][0]["actions"][0]["replaces"] == hidden
    wrong = reconciler("plan", "--add-again", "b")
    assert (wrong.code, wrong.err.splitlines()[0]) == (
        64, "error: --add-again b: templates.yaml has no template of this name"
    )  # fmt: skip


def test_what_is_unwanted_goes_and_what_is_owned_does_not(account: str, reconciler: CommandLine) -> None:
    write({"a": LOOKS[0], "b": LOOKS[1]})
    reconciler("apply", "--yes")
    lock, mine, other = locked(), ids()["a"], ids()["b"]
    lock["templates"].pop("b")
    LOCK.write_text(json.dumps(lock), "utf-8")
    write({"a": LOOKS[0]}, f"unwanted: [{mine}]\n")
    refused = reconciler("plan")
    assert (refused.code, refused.err) == (
        1,
        f"templates.yaml:2:12: {mine} is unwanted, and the lock owns it (a)\n"
        "    take it out of unwanted: what the lock owns goes when its name does\n",
    )
    write({"a": LOOKS[0]}, f"retire_after: 7d\nprune: none\nunwanted: [{other}]\n")
    assert f"  - delete 购买成功通知 {other}: it is unwanted\n" in reconciler("plan").out
    assert reconciler("apply", "--yes").code == 0
    assert live(account) == {mine}
    warned = reconciler("plan", "--format", "json").json["accounts"][0]["warnings"]
    assert warned == [
        {
            "code": "gone",
            "message": f"{other} in unwanted is gone: take it out",
            "name": None,
            "where": "templates.yaml:4:12",
        }
    ]


def test_a_lock_of_another_account_is_refused(sandbox: str, reconciler: CommandLine) -> None:
    head = "version: 1\naccounts:\n  a: {appid: wx0000000000000001}\n  b: {appid: wx0000000000000002}\n"
    Path("templates.yaml").write_text(f"{head}templates: {{}}\n", "utf-8")
    lock = {"version": 2, "dialect": "wxopen", "appid": None, "account": "b", "templates": {}}
    Path("templates.a.lock.json").write_text(json.dumps(lock), "utf-8")
    result = reconciler("--sandbox", "--lockfile", "templates.a.lock.json", "--account", "a", "plan")
    assert (result.code, result.err) == (
        1,
        "templates.a.lock.json: the lock belongs to the account b, not to a\n"
        "    use that account's lock, or another one with --lockfile\n",
    )


def test_a_mark_that_came_with_the_checkout_is_not_believed(account: str, reconciler: CommandLine) -> None:
    """Whoever opens a pull request could have it say that a run was about to add what he adopts."""
    write(TWELVE)
    reconciler("apply", "--yes")
    lock = locked()
    lock["templates"] = dict(list(lock["templates"].items())[:6])
    LOCK.write_text(json.dumps(lock), "utf-8")
    write(MIDDLE_LOST)
    mark = {"pid": 7, "host": "ci", "since": "2026-11-27T01:00:00Z", "adds": list(MIDDLE_LOST)}
    runlock.beside(LOCK).parent.mkdir(exist_ok=True)
    runlock.beside(LOCK).write_text(json.dumps(mark), "utf-8")
    git("init", "-q")
    assert guards(reconciler("plan", "--format", "json")) == []
    git("add", "-f", str(runlock.beside(LOCK)))
    assert guards(reconciler("plan", "--format", "json")) == ["too many deletes"]
    older = Path(".templates.lock.json.run")
    runlock.beside(LOCK).rename(older)
    result = reconciler("apply", "--yes", "--settle", "0", "--format", "json")
    assert guards(result) == ["too many deletes"], "a mark of an older version says nothing of adds"


@pytest.mark.parametrize("policy", ["", "prune: none\n"])
def test_what_no_list_has_shown_goes_with_its_name(
    account: str, reconciler: CommandLine, policy: str
) -> None:
    """The server says that there is no such template: that is done. With `prune: none` nothing is deleted."""
    write({"a": LOOKS[0], "k": LOOKS[5]})
    reconciler("apply", "--yes")
    lock = locked()
    lock["version"] = 2
    lock["templates"]["a"] |= {"template_id": "never-seen", "listed": False}
    LOCK.write_text(json.dumps(lock), "utf-8")
    write({"k": LOOKS[5]}, policy)
    result = reconciler("apply", "--yes", "--settle", "0", "--format", "json")
    done = [(one["action"], one["template_id"]) for one in result.json["accounts"][0]["done"]]
    assert (result.code, done) == (0, [("retire" if policy else "delete", "never-seen")]), result.err
    assert (list(ids()), "retired" in locked()) == (["k"], bool(policy))
    again = reconciler("apply", "--settle", "0")
    assert (again.code, again.out.splitlines()[-1][:10]) == (0, "no changes")
