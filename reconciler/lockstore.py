"""The lock on disk, and what this run last saw there."""

from __future__ import annotations

from pathlib import Path

from . import files, lockfile
from .errors import InputError
from .model import Lock


class ChangedError(OSError):
    """Somebody else has written the lock since this run has read it."""

    strerror = "somebody else has changed it since it was read"


class LockStore:
    """One lockfile, read once and then written by nobody else.

    A lock that is deleted meanwhile is written again, whole; one that is changed is not overwritten.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: bytes | None = None

    def read(self) -> Lock | None:
        """The lock, None where there is none. Raises InputError."""
        self._seen = files.read(self.path, limit=lockfile.MAX_BYTES)
        return None if self._seen is None else lockfile.loads(self._seen, str(self.path))

    def write(self, lock: Lock) -> None:
        """Replace it, durably. Raises OSError, and then the file is what it was."""
        self._check_unchanged()
        text = lockfile.dumps(lock)
        files.write(self.path, text)
        self._seen = text.encode()

    def _check_unchanged(self) -> None:
        try:
            there = files.read(self.path, limit=lockfile.MAX_BYTES)
        except InputError:
            raise ChangedError from None
        if there is not None and there != self._seen:
            raise ChangedError

    def check_writable(self) -> None:
        """Raises InputError: better before the account was changed than after."""
        hint = "make its folder writable, or choose another with --lockfile"
        files.check_writable(self.path, "the lock", hint)

    def sweep(self) -> None:
        """Remove what a killed run left beside the lock. Only for whoever keeps other runs out."""
        files.remove_staging(self.path)
