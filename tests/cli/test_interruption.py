"""Signals, kills, and runs that meet: what is finished, what is told, and what the next run finds."""

from __future__ import annotations

import io
import json
import os
import platform
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import portalocker
import pytest

from reconciler.cli.errors import guarded
from reconciler.core.errors import InputError
from reconciler.lock import mutex as runlock

from ..accounts import ADD, GET, LIST, LOCK, MARK, ONE, TWO, Account, held, ids, started
from ..tools import CommandLine

MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


@pytest.fixture(autouse=True)
def _interrupts_are_heard() -> Iterator[None]:
    """A shell ignores SIGINT for what it runs in the background, and processes inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


# ---------------------------------------------------------------- signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("path", [LIST, GET])
def test_while_it_plans_it_ends_at_once(account: Account, path: str, number: signal.Signals) -> None:
    with held(account, path) as process:
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "\nerror: interrupted; nothing was changed\n")
    assert not MARK.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_is_under_way_is_finished_saved_and_told(
    account: Account, reconciler: CommandLine, number: signal.Signals
) -> None:
    Path("templates.yaml").write_text(TWO, "utf-8")
    with held(account, ADD, "--parallelism", "1") as process:
        process.send_signal(number)
        assert process.stderr is not None
        told = process.stderr.readline()
        account.held = set()
        _, err = process.communicate(timeout=30)
    assert told + err == (
        "ending: what is under way is finished; once more to cut it off\n"
        "done: add a T0\n"
        "the lock is templates.lock.json\n"
        "error: interrupted\n"
        "    run apply again: it goes on where this ended\n"
    )
    assert process.returncode == 130
    assert (ids(), account.made) == ({"a": "T0"}, 1)
    assert reconciler("apply", "--yes").code == 0
    assert (ids(), account.made) == ({"a": "T0", "b": "T1"}, 2)


def test_a_job_in_the_background_hears_sigterm_and_no_ctrl_c(account: Account) -> None:
    """A shell has it ignore SIGINT; SIGTERM ends it in order all the same."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with held(account, ADD) as process:
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        told = process.stderr.readline()
        account.held = set()
        _, err = process.communicate(timeout=30)
    assert told == "ending: what is under way is finished; once more to cut it off\n"
    assert (process.returncode, ids()) == (130, {"a": "T0"})
    assert err.endswith("error: interrupted\n    run apply again: it goes on where this ended\n")


def test_who_was_started_with_nohup_outlives_the_terminal(account: Account) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with held(account, ADD) as process:
            process.send_signal(signal.SIGHUP)
            account.held = set()
            _, err = process.communicate(timeout=30)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert (process.returncode, err, ids()) == (0, "", {"a": "T0"})


def test_the_document_of_an_interrupted_apply_says_what_was_done(account: Account) -> None:
    with held(account, ADD, "--format", "json") as process:
        process.send_signal(signal.SIGHUP)
        assert process.stderr is not None
        process.stderr.readline()
        account.held = set()
        out, _ = process.communicate(timeout=30)
    document = json.loads(out)
    assert process.returncode == 130
    assert document["accounts"][0]["done"] == [{"action": "add", "name": "a", "template_id": "T0"}]
    assert document["errors"][0] == {
        "account": None, "code": "interrupted", "message": "interrupted", "where": None,
        "hint": "run apply again: it goes on where this ended",
    }  # fmt: skip


def test_a_second_signal_cuts_off_what_is_under_way(account: Account, reconciler: CommandLine) -> None:
    with held(account, ADD) as process:
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    account.held = set()
    assert process.returncode == 130
    assert err == (
        "error: interrupted; nobody knows whether this was done: add a\n"
        "    run apply again: it goes on where this ended\n"
    )
    assert reconciler("apply", "--yes").code == 0
    assert (ids(), account.made) == ({"a": "T0"}, 1)


SIGNALLED = """
import builtins, os, signal, sys
from reconciler.__main__ import run

really_import = builtins.__import__

class Dropped:
    def __del__(self):
        os.kill(os.getpid(), {number})
        for _ in range(1000): pass

class Disguised:
    def __set_name__(self, *_):
        os.kill(os.getpid(), {number})
        for _ in range(1000): pass

def importing(name, *args, **more):
    if name == {module!r} or (args[2:] and args[2] and {module!r} in args[2]):
        builtins.__import__ = really_import
        {happens}
    return really_import(name, *args, **more)

builtins.__import__ = importing
sys.argv = ["reconciler", "apply", "--yes", "--format", "json"]
run()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("happens", ["Dropped()", "type('Made', (), {'one': Disguised()})"])
@pytest.mark.parametrize("module", ["click", "account", "survey", "apply.run", "Run"])
def test_a_signal_that_comes_while_modules_are_loaded_is_not_lost(
    account: Account, module: str, happens: str, number: signal.Signals
) -> None:
    """Python drops what is raised in a callback of its import system, and renames what is raised in the
    making of a class."""
    program = SIGNALLED.format(number=int(number), module=module, happens=happens)
    process = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, timeout=60)
    assert (process.returncode, account.made, LOCK.exists()) == (130, 0, False), process.stderr.decode()
    assert json.loads(process.stdout)["errors"][0]["message"] == "interrupted; nothing was changed"


def test_a_second_signal_leaves_the_last_words_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    class Signalled(io.StringIO):
        def write(self, text: str) -> int:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGHUP)
            return super().write(text)

    def interrupted() -> None:
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(sys, "stdout", out := Signalled())
    assert guarded(["apply", "--format", "json"], {}, interrupted) == 130
    assert json.loads(out.getvalue())["errors"][0]["message"] == "interrupted; nothing was changed"
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_pause_before_a_repetition_is_cut_short(account: Account) -> None:
    account.server.on(ADD, {"errcode": 45011, "errmsg": "minute"})
    with started("apply", "--yes") as process:
        assert process.stderr is not None
        process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        _, _ = process.communicate(timeout=30)
    assert process.returncode in (130, 1)
    assert account.asked(ADD) <= 2


# ---------------------------------------------------------------- two runs


def test_a_second_run_on_one_lock_is_told_who_is_at_work(account: Account, reconciler: CommandLine) -> None:
    Path("link.json").symlink_to(LOCK)
    with held(account, ADD) as process:
        plain = reconciler("apply", "--yes")
        linked = reconciler("apply", "--yes", "--lockfile", "link.json")
        holder = rf"process {process.pid} on {re.escape(platform.node())}, since {MOMENT}"
        account.held = set()
        process.communicate(timeout=30)
    for result, path in ((plain, "templates.lock.json"), (linked, "link.json")):
        assert (result.code, result.out) == (1, "")
        assert re.fullmatch(
            rf"{path}: another apply is at work on this lock: {holder}\n"
            r"    wait until it has ended, then run it again\n",
            result.err,
        )
    assert (process.returncode, account.made) == (0, 1)
    assert reconciler("apply", "--yes").code == 0


def test_who_waited_for_a_mark_that_is_removed_keeps_others_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run before ends between our opening of its mark and our locking of it: what we have locked then is
    a file that nobody else will ever open."""
    lock, really_lock = tmp_path / "templates.lock.json", portalocker.lock

    def lock_after_the_other_has_ended(file: IO[str], flags: portalocker.LockFlags) -> None:
        monkeypatch.setattr(portalocker, "lock", really_lock)
        runlock.beside(lock).unlink()
        really_lock(file, flags)

    monkeypatch.setattr(portalocker, "lock", lock_after_the_other_has_ended)
    with runlock.held(lock), pytest.raises(InputError, match="another apply is at work"), runlock.held(lock):
        pass


def test_a_plan_needs_no_lock(account: Account, reconciler: CommandLine) -> None:
    with held(account, ADD):
        assert reconciler("plan").code == 0
        account.held = set()


def test_the_lock_is_read_when_nobody_else_can_write_it(account: Account, reconciler: CommandLine) -> None:
    """Two runs one after the other, started at once: the second works with what the first has written."""
    assert reconciler("apply", "--yes").code == 0
    assert reconciler("apply", "--yes").out.endswith("no changes: 1 kept\n")
    assert not MARK.exists()


def test_a_killed_run_is_taken_over_and_its_add_is_found(account: Account, reconciler: CommandLine) -> None:
    with held(account, ADD) as process:
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=30)
    account.held = set()
    account.late = 1
    assert MARK.exists()
    result = reconciler("apply", "--yes", "--settle", "0.5")
    assert re.match(
        rf"a run was killed \(process {process.pid} on {re.escape(platform.node())}, since {MOMENT}\): "
        r"what it added may not be listed yet; listing for 0.5 seconds\n",
        result.err,
    )
    assert (result.code, ids(), account.made) == (0, {"a": "T0"}, 1)
    assert not MARK.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 4000, '{"pid": "x"}', "\0" * 5000])
def test_a_damaged_mark_is_no_obstacle(account: Account, reconciler: CommandLine, text: str) -> None:
    MARK.parent.mkdir()
    MARK.write_text(text)
    result = reconciler("apply", "--yes", "--settle", "0")
    assert (result.code, MARK.exists()) == (0, False)
    killed = "a run was killed (its mark does not say which): what it added may not be listed yet; "
    assert result.err.startswith(killed) == bool(text), "an empty one is that of a run that had not begun"


def test_who_cannot_keep_others_out_changes_nothing(account: Account, reconciler: CommandLine) -> None:
    MARK.mkdir(parents=True)
    result = reconciler("apply", "--yes")
    assert (result.code, account.made) == (1, 0)
    assert result.err == (
        f"{MARK.resolve()}: can't keep other runs out: Is a directory\n"
        "    remove it: it should be a file that an apply makes and removes\n"
    )
    MARK.rmdir()
    assert reconciler("apply", "--yes").code == 0
    MARK.mkdir()
    assert reconciler("apply", "--yes").code == 0, "there is nothing to do"


@pytest.mark.parametrize("there", [True, False])
def test_a_mark_that_is_a_link_is_not_followed(
    account: Account, reconciler: CommandLine, tmp_path: Path, there: bool
) -> None:
    """Whoever opens a pull request could point it at any file that CI may write."""
    target = tmp_path / "deploy_key"
    if there:
        target.write_text("precious")
    MARK.parent.mkdir()
    MARK.symlink_to(target)
    result = reconciler("apply", "--yes")
    assert (result.code, account.made) == (1, 0)
    assert result.err == (
        f"{MARK.absolute()}: can't keep other runs out: Too many levels of symbolic links\n"
        "    remove it: it should be a file that an apply makes and removes\n"
    )
    assert (target.read_text() if there else target.exists()) == ("precious" if there else False)


def test_two_machines_that_list_before_either_adds(account: Account, reconciler: CommandLine) -> None:
    """What no lock on either can prevent: both add. It is told, and the next run keeps its own."""
    account.held = {LIST}
    for name in ("one", "two"):
        Path(name).mkdir()
        Path(name, "templates.yaml").write_text(ONE, "utf-8")
    with (
        started("apply", "--yes", "--file", "one/templates.yaml") as one,
        started("apply", "--yes", "--file", "two/templates.yaml") as two,
    ):
        while account.asked(LIST) < 2:
            time.sleep(0.01)
        account.held = set()
        told = "".join(process.communicate(timeout=30)[1] for process in (one, two))
        assert (one.returncode, two.returncode) == (0, 0)
    assert account.made == 2
    assert re.search(
        r"warning: T\d is a twin of a \(T\d\) that was not there before: is another run at work\? "
        r"it is unmanaged\n",
        told,
    )
    for name, other in (("one", "two"), ("two", "one")):
        mine, theirs = (
            json.loads(Path(folder, LOCK).read_text("utf-8"))["templates"]["a"]["template_id"]
            for folder in (name, other)
        )
        result = reconciler("plan", "--file", f"{name}/templates.yaml")
        assert f"! warning: {theirs} is a twin of a ({mine}) and is unmanaged\n" in result.out
        assert result.out.endswith("no changes: 1 kept, 1 unmanaged\n")


# ---------------------------------------------------------------- a lock that somebody else touches


def test_a_lock_that_was_changed_meanwhile_is_not_overwritten(
    account: Account, reconciler: CommandLine
) -> None:
    def add(_: str, body: dict[str, Any]) -> dict[str, Any]:
        LOCK.write_text("somebody else's", "utf-8")
        return account._add(body)

    account.server.on(ADD, add)
    result = reconciler("apply", "--yes")
    assert result.code == 4
    assert result.err.splitlines()[-2:] == [
        "error: can't write the lock: somebody else has changed it since it was read; these were added and "
        "are not in it: a = T0",
        "    see to the lock, then run apply again: it adopts what is there already",
    ]
    assert "the lock is" not in result.err
    assert LOCK.read_text("utf-8") == "somebody else's"
    LOCK.unlink()
    assert reconciler("apply", "--yes").code == 0
    assert (ids(), account.made) == ({"a": "T0"}, 1)


def test_a_lock_that_was_changed_before_anything_was_done_ends_with_1(
    account: Account, reconciler: CommandLine
) -> None:
    assert reconciler("apply", "--yes").code == 0
    Path("templates.yaml").write_text(ONE.replace("{a:", "{b:"), "utf-8")

    def list_(_: str, body: dict[str, Any]) -> dict[str, Any]:
        LOCK.write_text(LOCK.read_text("utf-8") + "\n", "utf-8")
        return account._list(body)

    account.server.on(LIST, list_)
    result = reconciler("apply", "--yes")
    assert result.code == 1
    assert result.err == (
        "error: can't write the lock: somebody else has changed it since it was read\n"
        "    nothing was changed; see to the lock, then run it again\n"
    )
    assert ids() == {"a": "T0"}


def test_a_lock_that_was_deleted_meanwhile_is_written_again_whole(
    account: Account, reconciler: CommandLine
) -> None:
    assert reconciler("apply", "--yes").code == 0
    Path("templates.yaml").write_text(TWO, "utf-8")

    def add(_: str, body: dict[str, Any]) -> dict[str, Any]:
        LOCK.unlink()
        return account._add(body)

    account.server.on(ADD, add)
    assert reconciler("apply", "--yes").code == 0
    assert ids() == {"a": "T0", "b": "T1"}


def test_what_a_killed_run_left_beside_the_lock_is_removed(account: Account, reconciler: CommandLine) -> None:
    own = Path(".reconciler")
    own.mkdir()
    names = (".templates.lock.json.ab12_c9z.tmp", ".templates.lock.json.keep.tmp", "x.tmp")
    for path in (*map(Path, names), own / "templates.lock.json.ab12_c9z.tmp", own / "y.tmp"):
        path.touch()
    assert reconciler("apply", "--yes").code == 0
    assert sorted(os.listdir()) == [  # noqa: PTH208
        ".reconciler", ".templates.lock.json.keep.tmp", "templates.lock.json", "templates.yaml", "x.tmp",
    ]  # fmt: skip
    assert sorted(os.listdir(own)) == [".gitignore", "y.tmp"]  # noqa: PTH208
