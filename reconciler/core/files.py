"""Files: bounded reads, and one atomic write."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from . import own_folder
from .errors import InputError, Problem
from .messages import Said, Text

_SUFFIX = ".tmp"
_READER = 5.0
"""Seconds until a pipe that is written to must have a reader"""
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_NO_LINK = os.O_NOFOLLOW
_EFFECTIVE = os.access in os.supports_effective_ids


def read(
    path: Path, *, limit: int, inside: Path | None = None, patience: float | None = None
) -> bytes | None:
    """Read a file: its bytes, at most limit + 1 of them; None where there is no such file.

    Only a regular file is read, and nothing else is waited for: where a pull request can put a name, a pipe
    would hold a run for good. What somebody has named by hand may be a pipe, which then has `patience`
    seconds to end. A path that was found may not lead out of the folder `inside`: its target is opened as it
    was judged. Raises InputError where it is there and can't be read.
    """
    target = path if inside is None else within(path, inside)
    try:
        descriptor = os.open(target, _READ | (0 if inside is None else _NO_LINK))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InputError(_unreadable(path, _why(error))) from None
    try:
        return _content(descriptor, path, limit, patience)
    finally:
        os.close(descriptor)


def read_stdin(*, limit: int, patience: float) -> bytes:
    """Read standard input, at most limit + 1 bytes, within `patience` seconds; a terminal is waited for.

    Raises InputError.
    """
    path = Path("-")
    if kind_of(os.fstat(0).st_mode) is None:
        return _whole(0, path, limit)
    return _poured(0, path, limit, None if os.isatty(0) else patience)


_PIPE = Text("core.kind-pipe")
_KINDS = {
    stat.S_IFDIR: Text("core.kind-folder"),
    stat.S_IFIFO: _PIPE,
    stat.S_IFSOCK: Text("core.kind-socket"),
    stat.S_IFCHR: Text("core.kind-device"),
    stat.S_IFBLK: Text("core.kind-device"),
}


def kind_of(mode: int) -> Text | None:
    """Tell what kind of file it is that is no regular one; None: it is regular."""
    return None if stat.S_ISREG(mode) else _KINDS.get(stat.S_IFMT(mode), Text("core.kind-not-regular"))


def check_regular(path: Path) -> None:
    """Check that a regular file is there. Raises InputError."""
    try:
        kind = kind_of(path.stat().st_mode)
    except (OSError, ValueError) as error:
        raise InputError(_unreadable(path, _why(error))) from None
    if kind is not None:
        raise InputError(_not_regular(path, kind))


def whole(path: Path) -> Path:
    """Resolve a path, links and all. Links that form a circle resolve to themselves; opening one raises
    OSError (`Path.resolve` raises a RuntimeError)."""
    return Path(os.path.realpath(path))


def is_pipe(path: Path) -> bool:
    """Whether a pipe is there, or a link to one: `<(…)` of a shell."""
    try:
        return stat.S_ISFIFO(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def tree_of(folder: Path) -> Path:
    """The top of the repository that a folder is in; without git the folder itself."""
    here = whole(folder)
    return next((one for one in (here, *here.parents) if (one / ".git").exists()), here)


def in_repository(folder: Path) -> bool:
    """Whether git may see a folder."""
    return (tree_of(folder) / ".git").exists()


def within(path: Path, inside: Path) -> Path:
    """Resolve a path, links and all. Raises InputError where it leads out of `inside`, or into git's own
    folder.

    Nothing is told of what is there: whoever opens a pull request can make a link to any file of the machine.
    """
    try:
        target = whole(path)
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(_unreadable(path, _why(error))) from None
    linked = target != Path(os.path.abspath(path))  # noqa: PTH100
    if not target.is_relative_to(inside):
        out = str(inside)
        why = Text("core.link-leads-out", folder=out) if linked else Text("core.leads-out", folder=out)
    elif ".git" in target.relative_to(inside).parts:
        why = Text("core.link-leads-into-git") if linked else Text("core.leads-into-git")
    else:
        return target
    raise InputError(_unreadable(path, why, Text("core.put-the-file-there")))


def _content(descriptor: int, path: Path, limit: int, patience: float | None) -> bytes:
    kind = kind_of(os.fstat(descriptor).st_mode)
    if kind is None:
        return _whole(descriptor, path, limit)
    if kind == _PIPE and patience is not None:
        return _poured(descriptor, path, limit, patience)
    raise InputError(_not_regular(path, kind))


def _whole(descriptor: int, path: Path, limit: int) -> bytes:
    return b"".join(_parts(descriptor, path, limit))


def _poured(descriptor: int, path: Path, limit: int, patience: float | None) -> bytes:
    """What comes out of a pipe, until it ends or is too much."""
    end = None if patience is None else time.monotonic() + patience

    def wait() -> None:
        left = None if end is None else max(0.0, end - time.monotonic())
        ready, _, _ = select.select([descriptor], [], [], left)
        if not ready:
            why = Text("core.pipe-not-ended", seconds=patience or 0.0)
            raise InputError(_unreadable(path, why, Text("core.pipe-not-ended-todo")))

    return b"".join(_parts(descriptor, path, limit, wait))


def _parts(
    descriptor: int, path: Path, limit: int, wait: Callable[[], None] = lambda: None
) -> Iterator[bytes]:
    """What there is to read, at most limit + 1 bytes; before each part it is waited for."""
    left = limit + 1
    while left:
        wait()
        try:
            part = os.read(descriptor, min(left, 1 << 20))
        except OSError as error:
            raise InputError(_unreadable(path, _why(error))) from None
        if not part:
            return
        left -= len(part)
        yield part


def _not_regular(path: Path, kind: Text) -> Problem:
    return _unreadable(path, Text("core.it-is", kind=kind), Text("core.put-a-regular-file"))


def _unreadable(path: Path, why: Said, advice: Text | None = None) -> Problem:
    return Problem("unreadable", Text("core.unreadable", why=why), str(path), advice)


def write(path: Path, text: str | Iterable[str]) -> None:
    """Replace a file as a whole, durably: a reader, or a power cut, sees the old text or the new one.

    The bytes are on disk before the name points at them, and the name before this returns. A symbolic link
    is followed, and an existing file keeps its mode. Raises OSError; then the old file is untouched.
    """
    target = whole(path)
    _put(target, text, _staging(target))


def _put(target: Path, text: str | Iterable[str], folder: Path) -> None:
    import tempfile  # noqa: PLC0415  (a plan writes nothing)

    _check_replaceable(target)
    descriptor, staging = tempfile.mkstemp(dir=folder, prefix=_prefix(target, folder), suffix=_SUFFIX)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for part in (text,) if isinstance(text, str) else text:
                file.write(part.encode())
            file.flush()
            os.fchmod(file.fileno(), _mode(target))
            os.fsync(file.fileno())
        Path(staging).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(staging).unlink()
        raise
    own_folder.sync(target.parent)


def _check_replaceable(target: Path) -> None:
    """Raise OSError where something other than a file has the name: a rename would replace even /dev/null."""
    with contextlib.suppress(FileNotFoundError):
        mode = target.lstat().st_mode
        if stat.S_ISLNK(mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        if (kind := kind_of(mode)) is not None:
            raise OSError(errno.EINVAL, str(Text("core.it-is", kind=kind)))


def remove_staging(path: Path) -> None:
    """Remove what a killed `write` or `check_writable` left, of an older version beside the file. What can't
    be removed stays."""
    import glob  # noqa: PLC0415

    target = whole(path)
    folders = [target.parent, *([own_folder.of(target.parent)] if own_folder.is_made(target.parent) else [])]
    for folder in dict.fromkeys(folders):
        for staging in folder.glob(f"{glob.escape(_prefix(target, folder))}????????{_SUFFIX}"):
            with contextlib.suppress(OSError):
                staging.unlink()


def pour(path: Path, text: str | Iterable[str]) -> None:
    """Write a text to wherever a path leads: a file is replaced as a whole, a device or a pipe is written to.

    Raises OSError.
    """
    if path.exists() and not path.is_file():
        with open(_sink(path), "w", encoding="utf-8") as file:
            file.writelines((text,) if isinstance(text, str) else text)
    else:
        write(path, text)


def _sink(path: Path) -> int:
    """A device or a pipe, open for writing. A pipe that nobody reads would hold a run for good: a reader has
    a while to come. Raises OSError."""
    end = time.monotonic() + _READER
    while True:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError as error:
            if error.errno != errno.ENXIO or time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            os.set_blocking(descriptor, True)
            return descriptor


def keep(path: Path, text: str) -> None:
    """Put a text where it may be found again, in a folder for nothing else. A cache: no error if not.

    What a killed run has left beside it goes; it may be another's that is at work, which then keeps nothing.
    """
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        _put(whole(path), text, whole(path).parent)
        remove_staging(path)


def forget(path: Path) -> None:
    """Remove what was kept."""
    with contextlib.suppress(OSError):
        path.unlink()


def check_writable(path: Path, what: Said, advice: Said) -> None:
    """Write and remove a neighbour of the file: better to fail before the account was changed than after.

    `what` it is, and `advice` where it can't be written, are told. Raises InputError.
    """
    import tempfile  # noqa: PLC0415

    target = whole(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = _staging(target)
        if not os.access(target.parent, os.W_OK | os.X_OK, effective_ids=_EFFECTIVE):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        with tempfile.NamedTemporaryFile(dir=folder, prefix=_prefix(target, folder), suffix=_SUFFIX) as probe:
            probe.write(b"\0" * 4096)
            probe.flush()
    except OSError as error:
        text = Text("core.not-writable", what=what, why=_why(error))
        raise InputError(Problem("not writable", text, str(path), advice)) from None


def _staging(target: Path) -> Path:
    """Where the new text of a file is made: in the folder of our own, where git sees nothing, if there is one
    or a repository around; else beside the file. Only on the same disk does it get its name in one step."""
    beside = target.parent
    with contextlib.suppress(OSError):
        if own_folder.is_made(beside) or in_repository(beside):
            own = own_folder.made(beside)
            if own.stat().st_dev == beside.stat().st_dev and os.access(own, os.W_OK | os.X_OK):
                return own
    return beside


def _prefix(target: Path, folder: Path) -> str:
    """How the names of files that become this one begin."""
    return f".{target.name}." if folder == target.parent else f"{target.name}."


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
