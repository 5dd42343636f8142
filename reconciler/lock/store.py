"""The lock on disk, and its bytes as this run last saw them."""

from __future__ import annotations

from pathlib import Path

from ..core import files
from ..core.errors import InputError, Problem
from ..core.json_file import MAX_BYTES
from ..core.messages import Text
from ..core.model import Lock
from .file import lock_text, parse_lock


class ChangedError(OSError):
    """The lock was changed by another program since this run has read it."""

    def __init__(self) -> None:
        super().__init__()
        self.strerror = str(Text("lock.changed"))


class LockStore:
    """One lockfile, read once and then written by nobody else.

    A lock that is deleted meanwhile is written again, whole; one that is changed is not overwritten. One that
    was found and not named may not lead out of the folder `inside`; one that was named may be a pipe, for
    `patience` seconds, for those who only read it.
    """

    def __init__(self, path: Path, *, inside: Path | None = None, patience: float | None = None) -> None:
        self.path = path
        self._inside = inside
        self._patience = patience
        self._seen: bytes | None = None
        self.written = False
        """by this run"""

    def read(self) -> Lock | None:
        """Read the lock; None where there is none. Raises InputError."""
        self._seen = files.read(self.path, limit=MAX_BYTES, inside=self._inside, patience=self._patience)
        if self._seen is not None:
            return parse_lock(self._seen, str(self.path))
        if self._inside is not None and self.path.is_symlink():
            text = Text("lock.dangling-link")
            raise InputError(Problem("dangling link", text, str(self.path), Text("lock.dangling-link-todo")))
        return None

    def write(self, lock: Lock) -> None:
        """Replace the lock, durably. Raises OSError; then the file is unchanged."""
        self._check_unchanged()
        text = lock_text(lock)
        files.write(self.path, text)
        self._seen, self.written = text.encode(), True

    def _check_unchanged(self) -> None:
        try:
            there = files.read(self.path, limit=MAX_BYTES, inside=self._inside)
        except InputError:
            raise ChangedError from None
        if there is not None and there != self._seen:
            raise ChangedError

    def check_writable(self) -> None:
        """Check that the lock can be written, before the account is changed. Raises InputError."""
        files.check_writable(self.path, Text("lock.the-lock"), Text("lock.choose-another"))

    def sweep(self) -> None:
        """Remove what a killed run left beside the lock. Only for whoever keeps other runs out."""
        files.remove_staging(self.path)
