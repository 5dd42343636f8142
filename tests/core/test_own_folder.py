"""What a run leaves while it works, or when it is killed: where git sees nothing."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reconciler.core import files, own_folder
from reconciler.lock import mutex

from ..tools import TOKEN, CommandLine, ScriptedServer

LOCK, MARK = Path("templates.lock.json"), Path(".reconciler/templates.lock.json.run")
OLDER = Path(".templates.lock.json.run")
YAML = "version: 1\ntemplates: {a: {id: AT1, keywords: [甲]}}\n"
LIST, GET = "/cgi-bin/wxopen/template/list", "/cgi-bin/wxopen/template/library/get"
ADD = "/cgi-bin/wxopen/template/add"
KILLED = """
import os, sys
from pathlib import Path
from reconciler.core import files
from reconciler.lock import mutex
from tests.sweep.kills import FileKill

FileKill(os.getcwd(), 2, int(sys.argv[1]) or None).install()
lock = Path(sys.argv[2])
with mutex.held(lock) as claim:
    assert claim.problem is None
    files.check_writable(lock, "the lock", "")
    files.remove_staging(lock)
    files.remove_staging(Path("templates.yaml"))
    files.write(lock, "{}")
    files.write(Path("templates.yaml"), "version: 1")
    files.pour(Path("plan.json"), "{}")
"""


def git(*words: str) -> str:
    return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout


def seen() -> set[str]:
    """What git sees."""
    return {line[3:] for line in git("status", "--porcelain", "--untracked-files=all").splitlines()}


@pytest.fixture
def account(scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> ScriptedServer:
    monkeypatch.setenv("RECONCILER_ENDPOINT", scripted.url)
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", TOKEN)
    live: list[dict[str, str]] = []

    def add(_: str, body: dict[str, Any]) -> dict[str, Any]:
        live.append({"template_id": "T", "title": body["id"], "content": "甲{{keyword1.DATA}}\n"})
        return {"template_id": "T"}

    scripted.on(LIST, lambda *_: {"list": live})
    scripted.on(GET, lambda _, body: {"title": body["id"], "keyword_list": [{"keyword_id": 1, "name": "甲"}]})
    scripted.on(ADD, add)
    Path("templates.yaml").write_text(YAML, "utf-8")
    return scripted


def worked(fatal: int, lock: str) -> tuple[int, list[str]]:
    """Do what an apply does with files, and be killed at that operation; what was done."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(fatal), lock],
        check=False, capture_output=True, text=True, env=environment,
    )  # fmt: skip
    return done.returncode, done.stderr.splitlines()


@pytest.mark.parametrize("lock", ["templates.lock.json", "shop/templates.lock.json"])
def test_wherever_a_run_is_killed_git_sees_nothing_new(tmp_path: Path, lock: str) -> None:
    """At each operation on a file, and right after each that opens one; and the next run finds its way."""
    may = {lock, "templates.yaml", "plan.json"}
    operations: list[str] = []
    fatal = 1
    while not operations or fatal <= len(operations):
        folder = tmp_path / str(fatal)
        (folder / lock).parent.mkdir(parents=True)
        os.chdir(folder)
        git("init", "-q")
        code, said = worked(fatal, lock)
        assert (code, seen() - may) == (-signal.SIGKILL, set()), said[-1]
        code, said = worked(0, lock)
        assert (code, seen()) == (0, may), said[-1]
        own = Path(lock).parent / ".reconciler"
        left = [path.name for path in own.iterdir() if not path.name.startswith("plan.json.")]
        assert left == [".gitignore"], said[-1]
        operations = operations or [line for line in said if line]
        fatal += 1
    assert len(operations) > 20


def test_a_killed_apply_leaves_nothing_to_be_committed(account: ScriptedServer) -> None:
    git("init", "-q")
    git("add", "templates.yaml")
    add = account.handlers[ADD]

    def killing(method: str, body: dict[str, Any]) -> Any:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return add(method, body)

    account.on(ADD, killing)
    process = subprocess.Popen([sys.executable, "-m", "reconciler", "apply", "--yes"])
    assert process.wait(60) == -signal.SIGKILL
    assert mutex.is_marked(LOCK)
    assert MARK.exists()
    git("add", "-A")
    assert seen() == {"templates.yaml"}


def test_who_may_write_in_the_folder_may_write_in_ours(tmp_path: Path) -> None:
    tmp_path.chmod(0o775)
    assert own_folder.made(tmp_path).stat().st_mode & 0o777 == 0o775


def test_what_is_written_outside_of_a_repository_is_made_beside_it(tmp_path: Path) -> None:
    files.pour(tmp_path / "plan.json", "{}")
    assert os.listdir(tmp_path) == ["plan.json"]  # noqa: PTH208


@pytest.mark.parametrize("what", ["link", "file"])
def test_what_is_no_folder_of_ours_is_not_used(
    account: ScriptedServer, reconciler: CommandLine, tmp_path_factory: pytest.TempPathFactory, what: str
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    if what == "link":
        Path(".reconciler").symlink_to(elsewhere)
    else:
        Path(".reconciler").touch()
    result = reconciler("apply", "--yes")
    why = "it is a link" if what == "link" else "it is no folder"
    assert (result.code, list(elsewhere.iterdir())) == (1, [])
    assert result.err == (
        f"{Path.cwd()}/.reconciler: can't keep other runs out: {why}\n"
        "    remove it: apply makes what it needs\n"
    )
    assert not account.calls("/add")


# ---------------------------------------------------------------- an older version's mark


def test_a_run_of_an_older_version_that_was_killed_is_remembered(
    account: ScriptedServer, reconciler: CommandLine
) -> None:
    OLDER.write_text('{"pid": 7, "host": "ci", "since": "2026-11-01T00:00:00Z"}')
    doctor = reconciler("doctor").out
    assert "process 7 on ci, since 2026-11-01T00:00:00Z" in doctor
    result = reconciler("apply", "--yes", "--settle", "0.1")
    assert (result.code, result.err) == (
        0,
        "a run was killed (process 7 on ci, since 2026-11-01T00:00:00Z): what it added may not be listed "
        "yet; listing for 0.1 seconds\n",
    )
    assert not OLDER.exists()


def test_a_run_of_an_older_version_that_is_at_work_keeps_others_out(
    account: ScriptedServer, reconciler: CommandLine
) -> None:
    with OLDER.open("w") as older:
        json.dump({"pid": 7, "host": "ci", "since": "2026-11-01T00:00:00Z"}, older)
        older.flush()
        fcntl.flock(older, fcntl.LOCK_EX)
        result = reconciler("apply", "--yes")
    assert (result.code, result.err) == (
        1,
        "templates.lock.json: another apply is at work on this lock: process 7 on ci, since "
        "2026-11-01T00:00:00Z\n    wait until it has ended, then run it again\n",
    )
    assert (OLDER.exists(), MARK.exists()) == (True, False)


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_what_is_no_mark_of_an_older_version_is_left_alone(
    account: ScriptedServer, reconciler: CommandLine, kind: str
) -> None:
    if kind == "link":
        OLDER.symlink_to("x")
    elif kind == "folder":
        OLDER.mkdir()
    else:
        os.mkfifo(OLDER)
    result = reconciler("apply", "--yes", "--settle", "0")
    assert (result.code, result.err, os.path.lexists(OLDER)) == (0, "", True)


# ---------------------------------------------------------------- disks


def test_a_full_disk_is_told_once(account: ScriptedServer) -> None:
    """As the kernel says it: no file may have a byte."""
    words = [sys.executable, "-m", "reconciler", "apply", "--yes", "--settle", "0"]
    full = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh"]
    run = subprocess.run([*full, *words], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (
        1,
        "templates.lock.json: can't write the lock: File too large\n"
        "    make its folder writable, or choose another with --lockfile\n",
    )
    assert not account.calls("/add")
    assert subprocess.run(words, capture_output=True, check=False).returncode == 0
    run = subprocess.run([*full, *words], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.endswith("no changes: 1 kept\n")


def test_a_disk_without_locks_is_told_by_its_file(
    account: ScriptedServer, reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(*_: Any) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("portalocker.portalocker.LOCKER", flock)
    result = reconciler("apply", "--yes", "--settle", "0")
    assert (result.code, result.err) == (
        0,
        f"warning: {Path.cwd() / MARK} can't be locked (No locks available): see to it that no two runs are "
        "at work\n",
    )
