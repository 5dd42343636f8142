"""One apply at a time for one lock: the only module that knows portalocker.

The operating system holds the lock for as long as the process lives, so that a dead holder's is free at once.
The file says who holds it, since when, and what it is about to add. One that still says so although it is
free is the trace of a run that was killed, or that ended without knowing what it had added: that may not be
in the lock, and not yet in the account's list. It stays until a run has ended that knows.
"""

from __future__ import annotations

import errno
import json
import os
import platform
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import asdict, replace

from ..core import files, own_folder
from ..core.errors import InputError, Problem
from ..core.messages import Said, Text

if TYPE_CHECKING:
    import portalocker

MOST_BYTES = 1 << 20
UNKNOWN = Text("lock.unknown-holder")
_UNREADABLE = "?"
"""Stands for what can't be read, and is no mark"""
_FLAGS = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""Nothing but a file is opened, and nothing is waited for"""


class Holder(Struct, frozen=True):
    """The run that holds a lock. `since` is UTC, RFC 3339.

    `adds` are the names whose templates it was about to add, with those of earlier runs that nobody has
    finished; `ended`: it has ended, and does not know what of that was done.
    """

    pid: int
    host: str
    since: str
    adds: tuple[str, ...] = ()
    ended: bool = False

    @property
    def text(self) -> Text:
        """The run in words."""
        return Text("lock.holder", pid=self.pid, host=self.host, since=self.since)


class Claim(Struct, frozen=True):
    """A lock that is held; `problem` says why it can't be, for those who want to write."""

    died: Text | None = None
    """who held it last, if that run ended without letting go"""
    problem: Problem | None = None
    warning: Text | None = None
    """said where the file system knows no locks: nobody is kept out, and nobody could be"""
    how: Text = Text("lock.killed")
    """how that run ended"""
    mark: Mark | None = None

    def intend(self, names: Collection[str]) -> None:
        """Say in the mark whose templates are about to be added, before the first call. Raises InputError."""
        if self.mark is not None and names:
            self.mark.intend(names)

    def settle(self, *, known: bool) -> None:
        """Note that this run has ended, and whether it knows what it has added."""
        if self.mark is not None:
            self.mark.settle(known=known)


class Mark:
    """The file of a run that is at work: what it says, and what stays of it in the end. `older` is what the
    mark of an older version says, if there is one."""

    def __init__(self, file: IO[str], path: Path, older: str = "") -> None:
        self._file = file
        self._path = path
        own = _read(file)
        self._before = own or older
        self._left = _parsed(self._before)
        if self._left is not None and not own:
            self._left = replace(self._left, adds=())  # an older version says nothing of adds
        self._own = Holder(os.getpid(), platform.node(), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        self._stays = False

    def claim(self) -> Claim:
        """Write who holds it, over what a killed run has left: so there is a trace at every moment. It is on
        disk before the first call, since a power cut must leave the trace, too."""
        adds = self._left.adds if self._left is not None else ()
        died = (self._left.text if self._left else UNKNOWN) if self._before else None
        told = Claim(died, mark=self)
        if self._left is not None and self._left.ended:
            told = replace(told, how=Text("lock.ended-unknowing"))
        self._stays = bool(adds)
        try:
            self._write(replace(self._own, adds=adds))
        except OSError as error:
            return replace(told, problem=_unwritable(self._path, error))
        return told

    def intend(self, names: Collection[str]) -> None:
        """Write names that are about to be added into the mark, beside those of earlier runs. Raises
        InputError."""
        adds = {*(self._left.adds if self._left is not None else ()), *names}
        self._own = replace(self._own, adds=tuple(sorted(adds)))
        try:
            self._write(self._own)
        except OSError as error:
            raise InputError(_unwritable(self._path, error)) from None

    def settle(self, *, known: bool) -> None:
        """Note that this run has ended: what earlier runs left is settled, or is this run's now."""
        self._stays = not known and bool(self._own.adds)
        self._before = json.dumps(asdict(replace(self._own, ended=True)))

    def close(self) -> None:
        """Remove the mark, unless adds are still in doubt.
        (Removed before it is free: see _open.)"""
        with suppress(OSError):
            if self._stays:
                self._put(self._before)
            else:
                self._path.unlink()

    def _write(self, holder: Holder) -> None:
        self._put(json.dumps(asdict(holder)))
        own_folder.sync(self._path.parent)

    def _put(self, text: str) -> None:
        """Past the file's buffer: what a full disk refuses would be written again when it is closed."""
        descriptor, data, done = self._file.fileno(), text.encode(), 0
        while done < len(data):
            done += os.pwrite(descriptor, data[done:], done)
        os.ftruncate(descriptor, len(data))
        os.fsync(descriptor)


@contextmanager
def held(lock_path: Path, taken: Said | None = None) -> Iterator[Claim]:
    """Hold what belongs to a lockfile. Raises InputError, which says how it is `taken`, if another process
    does: by another apply, if nothing else is said."""
    taken = taken or Text("lock.taken-by-apply")
    path = beside(lock_path)
    try:
        file, warning = _open(path, lock_path, taken)
    except OSError as error:
        yield Claim(problem=_unwritable(path, error))
        return
    with file, _older_kept_out(lock_path, path, taken) as older:
        mark = Mark(file, path, older)
        try:
            yield replace(mark.claim(), warning=warning)
        finally:
            mark.close()


@contextmanager
def _older_kept_out(lock_path: Path, own: Path, taken: Said) -> Iterator[str]:
    """Keep runs of an older version out, if one has left its mark; what that says. It goes with our own."""
    path = _older(lock_path)
    try:
        file = _file(path, os.O_RDWR, "r+") if path != own else None
    except OSError:
        file = None  # there is none; or what stands there is none, and is nobody's
    if file is None:
        yield ""
        return
    with file:
        try:
            _lock(file, path, lock_path, taken)
        except InputError:
            if not own.stat().st_size:  # nothing was begun, nor left
                own.unlink()
            raise
        try:
            yield _read(file)
        finally:
            with suppress(OSError):
                path.unlink()


def is_marked(lock_path: Path) -> bool:
    """Whether a run is at work on a lock, or one was killed."""
    return os.path.lexists(beside(lock_path)) or _older(lock_path).is_file()


def marked_by(lock_path: Path) -> Text | None:
    """Find out who is at work on a lock, or was killed at it; None: nobody. Takes no lock."""
    for path in (beside(lock_path), _older(lock_path)):
        try:
            with _file(path, os.O_RDONLY, "r") as file:
                return _holder(file) or UNKNOWN
        except FileNotFoundError:
            continue
        except OSError:
            return UNKNOWN
    return None


def beside(lock_path: Path) -> Path:
    """The path of a lockfile's mark, which git does not see; a symbolic link and its target have the same."""
    target = files.whole(lock_path)
    own = own_folder.of(target.parent)
    return _older(lock_path) if own == target.parent else own / f"{target.name}.run"


def _older(lock_path: Path) -> Path:
    """Where older versions have theirs. (A lock that lies in the folder of our own has it there now.)"""
    target = files.whole(lock_path)
    return target.with_name(f".{target.name}.run")


def _open(path: Path, lock_path: Path, taken: Said) -> tuple[IO[str], Text | None]:
    """The file, locked, and a warning where that can't be. Raises OSError, and InputError if it is held.

    Whoever held it may have removed it between our opening and our locking: then it is another file's name.
    A symbolic link is not followed: one that came with a pull request would have its target overwritten.
    """
    own_folder.made(files.whole(lock_path).parent)
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
            raise OSError(errno.EINVAL, str(Text("core.it-is", kind=kind)))
        return os.fdopen(descriptor, mode, encoding="utf-8")
    except BaseException:
        os.close(descriptor)
        raise


def _is_at(path: Path, file: IO[str]) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _lock(file: IO[str], path: Path, lock_path: Path, taken: Said) -> Text | None:
    """Lock it; a warning where that can't be. Raises InputError."""
    with _no_temporary_folder():
        import portalocker  # noqa: PLC0415  (a plan takes no lock)
    try:
        portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
    except portalocker.AlreadyLocked:
        text = Text("lock.taken", taken=taken, holder=_holder(file) or UNKNOWN)
        raise InputError(Problem("locked", text, str(lock_path), Text("lock.wait"))) from None
    except portalocker.LockException as error:
        return Text("lock.no-locks", path=str(path), why=_why(error))
    return None


@contextmanager
def _no_temporary_folder() -> Iterator[None]:
    """Have nobody look for a folder for temporary files: portalocker does so as it is loaded, and writes in
    it, which a full disk does not let it do."""
    import tempfile  # noqa: PLC0415

    looked, tempfile.tempdir = tempfile.tempdir, tempfile.tempdir or os.curdir
    try:
        yield
    finally:
        tempfile.tempdir = looked


def _why(error: portalocker.LockException) -> Said:
    """The system's own words, which portalocker leaves to the cause."""
    return getattr(error.__cause__, "strerror", None) or error.strerror or Text("lock.none-known")


def _unwritable(path: Path, error: OSError) -> Problem:
    text = Text("lock.no-mark", why=error.strerror or str(error))
    if error.errno == errno.ENOTDIR and error.filename:
        return Problem("not writable", text, str(error.filename), Text("lock.remove-no-folder"))
    if path.is_symlink() or (path.exists() and not path.is_file()):
        return Problem("not writable", text, str(path), Text("lock.remove-no-file"))
    return Problem("not writable", text, str(path), Text("lock.make-writable"))


def begun(lock_path: Path) -> frozenset[str]:
    """Read the names whose templates a run is, or was, about to add. Takes no lock."""
    try:
        with _file(beside(lock_path), os.O_RDONLY, "r") as file:
            left = _parsed(_read(file))
    except OSError:
        return frozenset()
    return frozenset(left.adds if left is not None else ())


def _holder(file: IO[str]) -> Text | None:
    """Who wrote the file, as far as it can be read; None where it is empty: nobody."""
    text = _read(file)
    if not text:
        return None
    holder = _parsed(text)
    return UNKNOWN if holder is None else holder.text


def _read(file: IO[str]) -> str:
    """What it says; `_UNREADABLE` where it can't be read."""
    try:
        file.seek(0)
        return file.read(MOST_BYTES)
    except (OSError, ValueError):
        return _UNREADABLE


def _parsed(text: str) -> Holder | None:
    """Who wrote a mark; None where it does not say. One of an older version says nothing of adds."""
    try:
        found = json.loads(text)
        adds = found.get("adds", ())
        known = all(isinstance(name, str) for name in adds) and isinstance(adds, list | tuple)
        ended = found.get("ended") is True
        return Holder(
            int(found["pid"]), str(found["host"]), str(found["since"]), tuple(adds) if known else (), ended
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
