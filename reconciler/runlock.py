"""One apply at a time for one lock: the room that knows portalocker.

The operating system holds the lock for as long as the process lives, so that a dead holder's is free at once.
The file says who holds it and since when. One that still says so although it is free is the trace of a run
that was killed: what it added may not be in the lock, and not yet in the account's list.
"""

from __future__ import annotations

import errno
import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import portalocker

from . import files
from .errors import InputError, Problem

MOST_BYTES = 4096
UNKNOWN = "its mark does not say which"
_FLAGS = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""Nothing but a file is opened, and nothing is waited for"""


@dataclass(frozen=True)
class Holder:
    """The run that holds a lock. `since` is UTC, RFC 3339."""

    pid: int
    host: str
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since}"


@dataclass(frozen=True)
class Claim:
    """A lock that is held, or why it can't be: `problem` is for those who want to write."""

    died: str | None = None
    """who held it last, if that run ended without letting go"""
    problem: Problem | None = None
    warning: str | None = None
    """said where the file system knows no locks: nobody is kept out, and nobody could be"""


@contextmanager
def held(lock_path: Path, taken: str = "another apply is at work on this lock") -> Iterator[Claim]:
    """Hold what belongs to a lockfile. Raises InputError, which says that it is `taken`, if another process
    does."""
    path = beside(lock_path)
    try:
        file, warning = _open(path, lock_path, taken)
    except OSError as error:
        yield Claim(problem=_unwritable(path, error))
        return
    with file:
        try:
            yield replace(_claimed(file, path), warning=warning)
        finally:
            # It leaves no trace of a run that has ended by itself. (Removed before it is free: see _open.)
            with suppress(OSError):
                path.unlink()


def is_marked(lock_path: Path) -> bool:
    """Whether a run is at work on a lock, or one was killed."""
    return os.path.lexists(beside(lock_path))


def marked_by(lock_path: Path) -> str | None:
    """Who is at work on a lock, or was killed at it; None: nobody. It keeps nobody out."""
    try:
        with _file(beside(lock_path), os.O_RDONLY, "r") as file:
            return _holder(file) or UNKNOWN
    except FileNotFoundError:
        return None
    except OSError:
        return UNKNOWN


def beside(lock_path: Path) -> Path:
    """The file of a lock's lock; a symbolic link and its target have the same."""
    target = lock_path.resolve()
    return target.with_name(f".{target.name}.run")


def _open(path: Path, lock_path: Path, taken: str) -> tuple[IO[str], str | None]:
    """The file, locked, and a warning where that can't be. Raises OSError, and InputError if it is held.

    Whoever held it may have removed it between our opening and our locking: then it is another file's name.
    A symbolic link is not followed: one that came with a pull request would have its target overwritten.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        file = _file(path, os.O_RDWR | os.O_CREAT, "r+")
        try:
            warning = _lock(file, path, lock_path, taken)
            if warning or _is_at(path, file):
                return file, warning
        except BaseException:
            file.close()
            raise
        file.close()


def _file(path: Path, flags: int, mode: str) -> IO[str]:
    """Raises OSError, also for what is no regular file."""
    descriptor = os.open(path, flags | _FLAGS, 0o666)
    try:
        if (kind := files.kind_of(os.fstat(descriptor).st_mode)) is not None:
            raise OSError(errno.EINVAL, f"it is {kind}")
        return os.fdopen(descriptor, mode, encoding="utf-8")
    except BaseException:
        os.close(descriptor)
        raise


def _is_at(path: Path, file: IO[str]) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _lock(file: IO[str], path: Path, lock_path: Path, taken: str) -> str | None:
    """Lock it; a warning where that can't be. Raises InputError."""
    try:
        portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
    except portalocker.AlreadyLocked:
        message = f"{taken}: {_holder(file) or UNKNOWN}"
        hint = "wait until it has ended, then run it again"
        raise InputError(Problem("locked", message, str(lock_path), hint)) from None
    except portalocker.LockException as error:
        return f"{path} can't be locked ({error.strerror}): see to it that no two runs are at work"
    return None


def _claimed(file: IO[str], path: Path) -> Claim:
    """Write who holds it. It is on disk before the first call: a power cut must leave the trace, too.

    It is written over what a killed run has left, so that there is a trace at every moment.
    """
    died = _holder(file)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        file.seek(0)
        file.write(json.dumps(asdict(Holder(os.getpid(), platform.node(), now))))
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
        files.sync_folder(path.parent)
    except OSError as error:
        return Claim(died, _unwritable(path, error))
    return Claim(died)


def _unwritable(path: Path, error: OSError) -> Problem:
    message = f"can't keep other runs out: {error.strerror or error}"
    hint = "make its folder writable, and see to room on its disk"
    if path.is_symlink() or (path.exists() and not path.is_file()):
        hint = "remove it: it should be a file that an apply makes and removes"
    return Problem("not writable", message, str(path), hint)


def _holder(file: IO[str]) -> str | None:
    """Who wrote the file, as far as it can be read; None where it is empty: nobody."""
    try:
        file.seek(0)
        text = file.read(MOST_BYTES)
        if not text:
            return None
        found = json.loads(text)
        return str(Holder(int(found["pid"]), str(found["host"]), str(found["since"])))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return UNKNOWN
