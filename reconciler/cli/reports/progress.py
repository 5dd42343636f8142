"""How far the work on many accounts is: done, failed, time left."""

from __future__ import annotations

import time

from ...core.messages import Text
from ...core.text import time_left
from ..console import Console

TELL_EVERY = 15.0
"""Seconds between two lines where there is no terminal"""


class Tally:
    """Counts accounts, and tells."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.begin(0)

    def begin(self, count: int) -> None:
        """So many accounts will be worked on."""
        self._count = count
        self._ended = self._failed = 0
        self._began = self._told = time.monotonic()

    def one(self, *, failed: bool) -> None:
        """One more has ended."""
        self._ended += 1
        self._failed += failed
        now = time.monotonic()
        left = (now - self._began) / self._ended * (self._count - self._ended)
        told = Text("cli.accounts-done", done=self._ended, accounts=self._count, failed=self._failed)
        if left > 0:
            told = Text("cli.time-left", told=told, time=time_left(left))
        if now - self._told >= TELL_EVERY and not self._console.moves:
            self._told = now
            self._console.say(told)
        self._console.progress(Text("cli.going-on", told=told))
