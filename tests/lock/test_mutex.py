"""One run at a time for one lock, and what one that was killed has left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reconciler.core.errors import InputError
from reconciler.core.messages import Text, words
from reconciler.lock import mutex

LOCK = Path("templates.lock.json")
MARK = Path(".reconciler/templates.lock.json.run")
OLDER = Path(".templates.lock.json.run")
DIED = {"pid": 77, "host": "build-3", "since": "2026-11-23T10:00:00Z"}
HOLDING = """
import sys, time
from pathlib import Path
from reconciler.lock import mutex

with mutex.held(Path(sys.argv[1])) as claim:
    claim.intend(["paid"])
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another() -> Iterator[subprocess.Popen[str]]:
    """A run of another process that holds the lock and is about to add `paid`."""
    words_of_it = [sys.executable, "-c", HOLDING, str(LOCK)]
    with subprocess.Popen(words_of_it, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def left(**more: object) -> None:
    """The mark of a run that was killed."""
    MARK.parent.mkdir(exist_ok=True)
    MARK.write_text(json.dumps({**DIED, **more}), "utf-8")


def refusal() -> str:
    with pytest.raises(InputError) as caught, mutex.held(LOCK):
        pass
    (problem,) = caught.value.problems
    assert (problem.code, problem.where) == ("locked", str(LOCK))
    return problem.message


def test_while_it_is_held_it_says_who_holds_it_and_afterwards_nothing() -> None:
    with mutex.held(LOCK) as claim:
        claim.intend(["b", "a"])
        assert (claim.died, claim.problem, claim.warning) == (None, None, None)
        assert mutex.is_marked(LOCK)
        assert mutex.begun(LOCK) == {"a", "b"}
        who = mutex.marked_by(LOCK)
        assert who is not None
        assert who.fields["pid"] == os.getpid()
    assert not mutex.is_marked(LOCK)
    assert mutex.marked_by(LOCK) is None
    assert mutex.begun(LOCK) == frozenset()


def test_one_at_a_time() -> None:
    with another() as process:
        assert refusal().startswith(f"another apply is at work on this lock: process {process.pid} on ")
        assert mutex.begun(LOCK) == {"paid"}
    with mutex.held(LOCK) as claim:
        assert claim.died is not None
        assert str(process.pid) in words(claim.died)


def test_a_link_and_its_target_are_one_lock() -> None:
    LOCK.write_text("{}")
    Path("link.json").symlink_to(LOCK)
    with another(), pytest.raises(InputError), mutex.held(Path("link.json")):
        pass


def test_what_a_killed_run_was_about_to_add_stays_until_a_run_knows() -> None:
    left(adds=["paid"])
    with mutex.held(LOCK) as claim:
        assert claim.died is not None
        assert "build-3" in words(claim.died)
        assert claim.how == Text("lock.killed")
        claim.intend(["new"])
        assert mutex.begun(LOCK) == {"paid", "new"}
        claim.settle(known=False)
    assert mutex.begun(LOCK) == {"paid", "new"}
    with mutex.held(LOCK) as claim:
        assert claim.how == Text("lock.ended-unknowing")
        claim.settle(known=True)
    assert not mutex.is_marked(LOCK)


def test_a_run_that_settles_nothing_leaves_what_was_left() -> None:
    """It was refused, say: it knows no more of the adds than was known before."""
    left(adds=["paid"])
    before = MARK.read_text("utf-8")
    with mutex.held(LOCK):
        pass
    assert MARK.read_text("utf-8") == before


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", '{"pid": "x"}', '{"pid": 1}', "[" * 10_000,
        json.dumps({**DIED, "adds": 7}), json.dumps({**DIED, "adds": [7]}),
    ],
)  # fmt: skip
def test_a_mark_that_nobody_understands_keeps_nobody_out(text: str) -> None:
    MARK.parent.mkdir()
    MARK.write_text(text, "utf-8")
    assert mutex.begun(LOCK) == frozenset()
    assert mutex.marked_by(LOCK) is not None
    with mutex.held(LOCK) as claim:
        assert (claim.died is None) == (text == "")
    assert not MARK.exists()


def test_a_mark_that_is_no_text_is_a_run_of_nobody_known() -> None:
    MARK.parent.mkdir()
    MARK.write_bytes(b"\xff\xfe")
    assert mutex.marked_by(LOCK) == mutex.UNKNOWN
    with mutex.held(LOCK) as claim:
        assert claim.died == mutex.UNKNOWN


def test_the_mark_of_an_older_version_counts_and_says_nothing_of_adds() -> None:
    OLDER.write_text(json.dumps({**DIED, "adds": ["a lie"]}), "utf-8")
    assert mutex.is_marked(LOCK)
    who = mutex.marked_by(LOCK)
    assert who is not None
    assert who.fields["host"] == "build-3"
    with mutex.held(LOCK) as claim:
        assert claim.died == who
        assert mutex.begun(LOCK) == frozenset()
    assert not OLDER.exists()


@pytest.mark.parametrize("where", [MARK, OLDER])
def test_a_link_in_the_marks_place_is_not_followed(where: Path) -> None:
    where.parent.mkdir(exist_ok=True)
    Path("precious").write_text("mine", "utf-8")
    where.symlink_to(Path("precious").absolute())
    assert mutex.begun(LOCK) == frozenset()
    assert mutex.marked_by(LOCK) == mutex.UNKNOWN
    with mutex.held(LOCK) as claim:
        assert (claim.problem is not None) == (where == MARK)
    assert Path("precious").read_text("utf-8") == "mine"


def test_a_folder_in_its_place_is_told_to_those_who_would_write() -> None:
    MARK.mkdir(parents=True)
    with mutex.held(LOCK) as claim:
        assert claim.problem is not None
        assert (claim.problem.code, claim.problem.where) == ("not writable", str(MARK.absolute()))
        claim.intend(["paid"])
        claim.settle(known=True)
    assert MARK.is_dir()


def test_a_disk_that_is_full_is_told_before_anything_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """First at the claim, then of what is to be added: neither is an account that was touched."""

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        with mutex.held(LOCK) as claim:
            assert claim.problem is not None
            assert "No space left on device" in claim.problem.message
    with mutex.held(LOCK) as claim, monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        with pytest.raises(InputError, match="No space left on device"):
            claim.intend(["paid"])
    assert not mutex.is_marked(LOCK)
