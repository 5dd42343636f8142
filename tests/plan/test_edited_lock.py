"""A lock that a pull request edits: what is told, what is refused, and where git can't tell."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.core import git
from reconciler.core.messages import words
from reconciler.core.model import Lock
from reconciler.plan import edited_lock as edited
from reconciler.plan.decision import Decision
from reconciler.plan.edited_lock import Base
from reconciler.plan.guards import Permits

from ..accounts import LOCK, Account
from ..repositories import Repository
from ..tools import TOKEN, CommandLine, ScriptedServer, desired, entry, live, lock, retired, wanted
from .deciding import decided

# ---------------------------------------------------------------- as values

A, B, C = entry("A", "AT1", "甲"), entry("B", "AT2", "乙"), entry("C", "AT1", "丙")
OLD = "2026-01-01T00:00:00Z"
THERE = [live("A", "AT1", "甲"), live("B", "AT2", "乙"), live("C", "AT1", "丙"), live("X", "AT1", "丁")]
WISH = desired(wanted("a", "AT1", "甲"))
LIFT = "the lock as it was: `git checkout main -- t.lock.json`; --allow-edited-lock"


def refused(
    base: Lock | None, now: Lock, wish: Any = WISH, there: Any = None, permits: Permits | None = None
) -> list[str]:
    """What the guard says."""
    there = THERE if there is None else there
    decision = Decision(wish, now, tuple(there), decided(wish, now, there))
    found = edited.refused(Base("main", base, "t.lock.json"), decision, permits or Permits())
    assert {(one.guard, words(one.lift)) for one in found} <= {
        ("edited lock", LIFT if base else "--allow-edited-lock")
    }
    return [one.message for one in found]


def told(base: Lock, now: Lock) -> list[tuple[str | None, str]]:
    return [(one.name, one.message) for one in edited.told(Base("main", base, "t"), now, WISH)]


def test_what_the_base_owned_may_go() -> None:
    assert refused(lock(a=A, b=B), lock(a=A, b=B)) == []
    assert refused(lock(retired("b", B), a=A), lock(retired("b", B), a=A)) == []
    assert refused(lock(a=A, b=B), lock(retired("b", B), a=A)) == [], "an apply that was cut off has moved it"
    assert refused(lock(a=A), lock(a=A), replace(WISH, prune="all")) == [], "nobody's are no row of the lock"


@pytest.mark.parametrize(
    "now",
    [
        lock(retired("x", entry("X", "AT1", "丁"), "replaced", OLD), a=A),
        lock(a=A, x=entry("X", "AT1", "丁")),
        lock(a=entry("X", "AT1", "丁")),
    ],
)
def test_what_the_base_did_not_own_is_not_deleted(now: Lock) -> None:
    assert refused(lock(a=A), now) == ["the lock did not own X at main, and this would delete or retire it"]
    later = replace(WISH, retire_after=86400)
    assert refused(lock(a=A), now, later) == [
        "the lock did not own X at main, and this would delete or retire it"
    ], "nor is it put on the way"
    assert refused(lock(a=A), now, permits=Permits(edited_lock=True)) == []


def test_protection_is_the_bases() -> None:
    guarded = replace(B, protect=True)
    said = ["the lock at main protects B, which this would delete or retire"]
    assert refused(lock(a=A, b=guarded), lock(retired("b", B, "replaced", OLD), a=A)) == said
    assert refused(lock(a=A, b=guarded), lock(a=A, b=B)) == said
    waiting = replace(WISH, retire_after=10**9)
    assert refused(lock(a=A, b=guarded), lock(retired("b", B), a=A), waiting) == said
    assert refused(lock(a=A, b=guarded), lock(a=A), replace(WISH, prune="all"), THERE[:2]) == said
    assert refused(replace(lock(a=A, b=B), protect=True), lock(a=A, b=B)) == said
    assert refused(lock(a=A, b=guarded), lock(a=A, b=guarded)) == [], "`protected` says that"
    assert refused(lock(a=A, b=B), lock(a=A, b=B)) == []


def test_what_an_edit_has_retired_counts_as_if_it_had_its_name() -> None:
    base, now = lock(a=A, b=B, c=C), lock(retired("b", B, since=OLD), retired("c", C, since=OLD), a=A)
    assert refused(base, now, replace(WISH, max_deletes=1)) == [
        "B, C had a name in the lock at main, and 2 would be deleted where at most 1 may be"
    ]
    assert refused(base, now, replace(WISH, max_deletes=2)) == []
    assert refused(base, now, replace(WISH, max_deletes=1), permits=Permits(max_deletes=2)) == []
    half = lock(retired("b", B, since=OLD), a=A, c=C)
    waiting = replace(WISH, max_deletes=1, retire_after=10**9)
    assert refused(base, now, waiting) == [], "nothing is deleted yet: that is told"
    assert refused(base, half, replace(WISH, max_deletes=1)) == [
        "B had a name in the lock at main, and 2 would be deleted where at most 1 may be"
    ], "with what else goes"
    new = lock(retired("b", B, "replaced", OLD), a=A, b=entry("N", "AT2", "丁"), c=C)
    wish = desired(
        wanted("a", "AT1", "甲"), wanted("b", "AT2", "丁"), wanted("c", "AT1", "丙"), max_deletes=0
    )
    assert refused(base, new, wish, [*THERE, live("N", "AT2", "丁")]) == [], "an apply has replaced it"


def test_what_a_name_takes_back_is_not_lost() -> None:
    """A row that an edit has retired, of a template that is wanted all the same."""
    back = lock(retired("a", A, "replaced", OLD))
    assert refused(lock(a=replace(A, protect=True)), back) == []
    assert refused(replace(lock(a=A), protect=True), back) == []
    both = lock(retired("a", A, "replaced", OLD), retired("b", B, "replaced", OLD))
    assert refused(lock(a=A, b=B), both, replace(WISH, max_deletes=1)) == [], "one goes, and one comes back"


def test_without_a_lock_at_the_base_what_import_writes_is_the_bases() -> None:
    assert refused(None, lock(a=A, b=B)) == []
    assert refused(None, lock(retired("b", B, since=OLD), a=A)) == [
        "the lock did not own B at main, and this would delete or retire it"
    ]


def test_each_edited_row_is_told() -> None:
    base = lock(retired("r", C), appid="wx1", a=A, b=B)
    assert told(base, base) == []
    other = replace(base, appid="wx2", protect=True, templates={"a": replace(A, template_id="X"), "n": C})
    assert told(base, replace(other, retired=(retired("b", B), retired("q", entry("Q", "AT1", "丙"))))) == [
        (None, "the lock's appid was wx1 at main, and is wx2"),
        (None, "the lock's protection of the account was off at main, and is not any more"),
        ("a", "a: its row in the lock has another template_id (A -> X) since main"),
        ("b", "b: its row (B) was moved to `retired` since main"),
        ("n", "n: its row in the lock is new (C) since main"),
        ("r", "C, retired: its row is gone since main"),
        ("q", "Q, retired: its row is new since main"),
    ]
    assert told(base, replace(base, retired=(retired("r", replace(C, protect=True), since=OLD),))) == [
        ("r", "C, retired: its row has another since, protect since main")
    ]
    assert told(base, replace(base, templates={"a": A})) == [
        ("b", "b: its row (B) was taken out of the lock since main")
    ]
    assert told(lock(a=A), replace(lock(a=A), appid="wx1", account="prod")) == [], "what it has learned"


def test_rows_are_told_up_to_a_hundred() -> None:
    many = replace(lock(), templates={f"n{n:03}": entry(f"I{n}", "AT1", "甲") for n in range(150)})
    found = told(lock(), many)
    assert len(found) == 101
    assert found[-1] == (None, "and 50 more rows of the lock are not as at main")


def test_what_lifts_it_can_be_pasted() -> None:
    assert words(Base("main; rm -rf ~", lock(), "a b.json").lift) == (
        "the lock as it was: `git checkout 'main; rm -rf ~' -- 'a b.json'`; --allow-edited-lock"
    )


# ---------------------------------------------------------------- at the command line

NAMES = [f"t{n:02}" for n in range(12)]


def yaml(*names: str, more: str = "", head: str = "") -> str:
    rows = "".join(f"  {one}: {{id: AT1{one[1:]}, keywords: [甲]{more}}}\n" for one in names)
    return f"version: 1\n{head}templates:{rows and chr(10)}{rows or ' {}'}\n"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    git._commit.cache_clear()
    return Repository(tmp_path)


@pytest.fixture
def account(scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch, repo: Repository) -> Iterator[Account]:
    monkeypatch.setenv("RECONCILER_ENDPOINT", scripted.url)
    monkeypatch.setenv("RECONCILER_SETTLE", "0")
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", TOKEN)
    made = Account(scripted)
    yield made
    made.held = set()


def commit(repo: Repository, message: str = "x") -> None:
    repo.do("add", "-A")
    repo.do("commit", "-q", "--allow-empty", "-m", message)


def write(text: str) -> None:
    Path("templates.yaml").write_text(text, "utf-8")


def edit(change: Callable[[dict[str, Any]], None], path: Path = LOCK) -> None:
    document = json.loads(path.read_text("utf-8"))
    change(document)
    path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")


def move(*names: str) -> Callable[[dict[str, Any]], None]:
    """Rows to `retired`, replaced long ago."""

    def moved(document: dict[str, Any]) -> None:
        rows = [{"name": name, **document["templates"].pop(name)} for name in names]
        facts = {"reason": "replaced", "since": OLD}
        document["retired"] = [{k: v for k, v in row.items() if k != "protect"} | facts for row in rows]

    return moved


def live_ids(account: Account) -> set[str]:
    return {one["template_id"] for one in account.templates}


@pytest.mark.parametrize("protected", [True, False])
def test_rows_that_a_pull_request_has_moved_to_retired(
    account: Account, repo: Repository, reconciler: CommandLine, *, protected: bool
) -> None:
    """Five of them protected; and more than may go where none is."""
    write(yaml(*NAMES, more=", protect: true" if protected else ""))
    assert reconciler("apply", "--yes").code == 0
    commit(repo)
    write(yaml(*NAMES[5:], more=", protect: true" if protected else ""))
    edit(move(*NAMES[:5]))
    commit(repo)
    result = reconciler("plan", "--base", "HEAD^", "--format", "json")
    assert result.code == 3
    (row,) = result.json["accounts"]
    assert [one["guard"] for one in row["refused"]] == ["edited lock"] * (2 if protected else 1)
    told = [one["name"] for one in row["warnings"] if one["code"] == "edited lock"]
    assert told == NAMES[:5]
    assert reconciler("apply", "--yes", "--base", "HEAD^").code == 3
    assert account.asked("/cgi-bin/wxopen/template/del") == 0
    lift = row["refused"][0]["lift"].split("`")[1]
    assert lift == "git checkout 'HEAD^' -- templates.lock.json"
    repo.do(*lift.replace("'", "").split()[1:])
    after = reconciler("plan", "--base", "HEAD^", "--format", "json").json["accounts"][0]
    assert "edited lock" not in {one["guard"] for one in after["refused"]}


def test_templates_that_nobody_here_has_made_are_not_deleted(
    account: Account, repo: Repository, reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(yaml(*NAMES[2:]))
    reconciler("apply", "--yes", "--lockfile", "/dev/shm/nobody.lock.json")
    Path("/dev/shm/nobody.lock.json").unlink()
    others = live_ids(account)
    write(yaml("t00"))
    reconciler("apply", "--yes")
    commit(repo)

    def own(document: dict[str, Any]) -> None:
        row = {key: value for key, value in document["templates"]["t00"].items() if key != "template_id"}
        facts = {"name": "old", "reason": "replaced", "since": OLD}
        titled = {one["template_id"]: one["title"] for one in account.templates}
        document["retired"] = [
            {**row, **facts, "template_id": id_, "id": titled[id_], "title": titled[id_]}
            for id_ in sorted(others)
        ]

    edit(own)
    commit(repo)
    monkeypatch.setenv("RECONCILER_BASE", "HEAD^")
    result = reconciler("plan")
    assert result.code == 3
    named = sorted(others)
    assert "! refused, edited lock: the lock did not own " + named[0] in result.out
    assert result.out.endswith("apply would refuse this (edited lock)\n")
    assert reconciler("apply", "--yes").code == 3
    assert others <= live_ids(account)
    allowed = reconciler("plan", "--allow-edited-lock", "--format", "json")
    assert (allowed.code, allowed.json["summary"]["delete"] > 0) == (0, True)


def test_a_lock_that_import_wrote_and_that_the_base_lacks(
    account: Account, repo: Repository, reconciler: CommandLine
) -> None:
    write(yaml("t00", "t01"))
    commit(repo)
    reconciler("apply", "--yes")
    write(yaml("t00"))
    commit(repo)
    result = reconciler("plan", "--base", "HEAD^", "--format", "json")
    assert (result.code, result.json["summary"]["delete"]) == (0, 1)
    assert result.json["accounts"][0]["warnings"] == []


def test_a_plan_that_deletes_nothing_is_told_of_edits_and_not_refused(
    account: Account, repo: Repository, reconciler: CommandLine
) -> None:
    write(yaml("t00"))
    reconciler("apply", "--yes")
    commit(repo)
    write(yaml("t00", "t01"))
    reconciler("apply", "--yes")
    result = reconciler("plan", "--base", "HEAD", "--detailed-exitcode")
    assert result.code == 0
    assert "! warning: t01: its row in the lock is new (T1) since HEAD\n" in result.out


@pytest.mark.parametrize(
    ("ref", "why"),
    [
        ("nowhere", "there is no commit nowhere here"),
        ("HEAD~9", "there is no commit HEAD~9 here"),
        ("--help", "'--help' names no commit"),
    ],
)
def test_without_the_commit_there_is_a_warning(
    account: Account, repo: Repository, reconciler: CommandLine, ref: str, why: str
) -> None:
    write(yaml("t00"))
    commit(repo)
    result = reconciler("plan", f"--base={ref}", "--format", "json")
    assert result.code == 0
    assert result.json["accounts"][0]["warnings"] == [
        {
            "code": "no base",
            "message": f"the lock can't be held against {ref}: {why}",
            "name": None,
            "where": None,
        }
    ]


def test_without_git_there_is_a_warning(
    account: Account, repo: Repository, reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(yaml("t00"))
    commit(repo)
    monkeypatch.setenv("PATH", "/nowhere")
    assert (
        "! warning: the lock can't be held against HEAD: there is no git\n"
        in reconciler("plan", "--base", "HEAD").out
    )


def test_a_lock_that_can_not_be_read_at_the_base(
    account: Account, repo: Repository, reconciler: CommandLine
) -> None:
    write(yaml("t00"))
    LOCK.write_text("<<<<<<< ours\n")
    commit(repo)
    LOCK.unlink()
    result = reconciler("plan", "--base", "HEAD")
    assert result.code == 0
    assert "! warning: the lock can't be held against HEAD: it can't be read there (" in result.out


def test_each_account_of_a_fleet_has_its_own_lock_in_a_sub_folder(
    account: Account, repo: Repository, reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a repository whose top is elsewhere; one lock was edited, and the other is not refused."""
    for name in ("ONE", "TWO"):
        monkeypatch.setenv(f"WECHAT_ACCESS_TOKEN_{name}", TOKEN)
    monkeypatch.delenv("WECHAT_ACCESS_TOKEN")
    Path("shop").mkdir()
    monkeypatch.chdir("shop")
    head = (
        "accounts: {one: {appid: wx0000000000000001}, two: {appid: wx0000000000000002, templates: [t00]}}\n"
    )
    write(yaml("t00", "t01", head=head))
    assert reconciler("apply", "--yes", "--account", "one").code == 0
    commit(repo)
    write(yaml("t00", head=head))
    edit(move("t01"), Path("templates.one.lock.json"))
    edit(lambda document: document["retired"][0].update(template_id="T9"), Path("templates.one.lock.json"))
    (twin,) = [one for one in account.templates if one["title"] == "AT101"]
    account.templates.append({**twin, "template_id": "T9"})
    commit(repo)
    result = reconciler("plan", "--base", "HEAD^", "--format", "json")
    assert result.code == 3
    one, two = result.json["accounts"]
    assert [row["message"] for row in one["refused"]] == [
        "the lock did not own T9 at HEAD^, and this would delete or retire it"
    ]
    assert two["refused"] == []
