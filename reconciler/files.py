"""The room that touches files: bounded reads, and one atomic write."""

from __future__ import annotations

import contextlib
import glob
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from .errors import InputError, Problem

_SUFFIX = ".tmp"


def read(path: Path, *, limit: int) -> bytes | None:
    """The file's bytes, at most limit + 1 of them; None where there is no such file.

    Raises InputError where it is there and can't be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InputError(Problem("unreadable", f"can't read the file: {_why(error)}", str(path))) from None


def write(path: Path, text: str | Iterable[str]) -> None:
    """Replace a file as a whole, durably: a reader, or a power cut, sees the old text or the new one.

    The bytes are on disk before the name points at them, and the name before this returns. A symbolic link
    is followed, and an existing file keeps its mode. Raises OSError; then the old file is untouched.
    """
    target = path.resolve()
    descriptor, staging = tempfile.mkstemp(dir=target.parent, prefix=_prefix(target), suffix=_SUFFIX)
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
    sync_folder(target.parent)


def remove_staging(path: Path) -> None:
    """Remove what a killed `write` or `check_writable` left beside a file. What can't be removed stays."""
    target = path.resolve()
    for staging in target.parent.glob(f"{glob.escape(_prefix(target))}????????{_SUFFIX}"):
        with contextlib.suppress(OSError):
            staging.unlink()


def pour(path: Path, text: str | Iterable[str]) -> None:
    """Write a text to wherever a path leads: a file is replaced as a whole, a device or a pipe is written to.

    Raises OSError.
    """
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8") as file:
            file.writelines((text,) if isinstance(text, str) else text)
    else:
        write(path, text)


def keep(path: Path, text: str) -> None:
    """Put a text where it may be found again, in a folder that git does not see. A cache: no error if not.

    What a killed run has left beside it goes; it may be another's that is at work, which then keeps nothing.
    """
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        ignore = path.parent / ".gitignore"
        if not ignore.exists() or not ignore.stat().st_size:
            ignore.write_text("*\n", encoding="utf-8")
        write(path, text)
        remove_staging(path)


def forget(path: Path) -> None:
    """Remove what was kept."""
    with contextlib.suppress(OSError):
        path.unlink()


def check_writable(path: Path, what: str, hint: str) -> None:
    """Write and remove a neighbour of the file: better to fail before the account was changed than after.

    `what` it is, and what to do where it can't be written, are told. Raises InputError.
    """
    target = path.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=_prefix(target), suffix=_SUFFIX) as probe:
            probe.write(b"\0" * 4096)
            probe.flush()
    except OSError as error:
        message = f"can't write {what}: {_why(error)}"
        raise InputError(Problem("not writable", message, str(path), hint)) from None


def sync_folder(folder: Path) -> None:
    """Have a folder's names on disk: a file that was fsynced can still lose its name. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _prefix(target: Path) -> str:
    return f".{target.name}."


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
