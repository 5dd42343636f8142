"""A writer in the background: locks go to the disk one after the other while the work goes on.

A save after every add would make the calls wait for the disk: what finishes during a save goes into the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..core.model import Lock

Write = Callable[[Lock], None]
"""Puts a lock on disk, durably, before it returns. Raises OSError."""


class LockWriter:
    """Puts the newest lock on disk. `saved` is the last that is there for certain; None before the first."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._next: Lock | None = None
        self._task: asyncio.Task[None] | None = None
        self.saved: Lock | None = None
        self.failed = False

    def put(self, lock: Lock) -> None:
        """Have a lock saved; the ones before it need not be any more. After a failure nothing is saved."""
        self._next = lock
        if self._task is None or (self._task.done() and not self.failed):
            self._task = asyncio.create_task(self._save())

    async def flush(self) -> None:
        """Return when the last lock that was put is on disk. Raises OSError, each time after a failure."""
        if self._task is not None:
            await self._task

    async def _save(self) -> None:
        while self._next is not None:
            lock, self._next = self._next, None
            try:
                await asyncio.to_thread(self._write, lock)
            except OSError:
                self.failed = True
                raise
            self.saved = lock
