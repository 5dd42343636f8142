"""The folder of our own, `.reconciler`, beside a lock: what lies in it is never committed.

It says so itself, in a `.gitignore` that is there, whole, before anything else is: whenever a run is killed,
git sees nothing new.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from .messages import Text

NAME = ".reconciler"
_UNSEEN = ".git"
"""A name that git passes over wherever it stands"""


def of(folder: Path) -> Path:
    """Where the folder of our own is, of one that has our files in it; it is its own (the sandbox's is)."""
    return folder if folder.name == NAME else folder / NAME


def made(folder: Path) -> Path:
    """The same, made if it is missing, so that whoever may write in the folder may write in it.

    Raises OSError, also where something else stands there: a link could lead anywhere.
    """
    own = of(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if own == folder:
        return own
    with suppress(FileExistsError):
        own.mkdir()
        with suppress(OSError):
            own.chmod(stat.S_IMODE(folder.stat().st_mode))
        sync(folder)
    if not is_made(folder):
        what = Text("core.is-link") if own.is_symlink() else Text("core.is-no-folder")
        raise OSError(errno.ENOTDIR, str(what), str(own))
    _hide(own)
    return own


def is_made(folder: Path) -> bool:
    """Whether it is there, and a folder."""
    try:
        return stat.S_ISDIR(of(folder).lstat().st_mode)
    except OSError:
        return False


def sync(folder: Path) -> None:
    """Have a folder's names on disk: a file that was fsynced can still lose its name. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _hide(own: Path) -> None:
    """Have git see nothing in there. What does it gets its name once it is whole, and until then has one that
    git does not look at; of two that do it at once, both write the same. Who can't goes on all the same."""
    ignore, staging = own / ".gitignore", own / _UNSEEN
    with suppress(OSError):
        if ignore.lstat().st_size and not ignore.is_symlink():
            return
    with suppress(OSError):
        descriptor = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        try:
            os.write(descriptor, b"*\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        staging.replace(ignore)
