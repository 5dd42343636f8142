"""SIGKILL at a chosen file operation of the process itself: before it, or right after a file was opened.

Each operation in the folder is a line in a log, so that a run without a kill tells how many there are.
"""

from __future__ import annotations

import builtins
import io
import itertools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {
    "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.utime",
}  # fmt: skip
LOCKS = {"fcntl.flock", "fcntl.lockf"}


class FileKill:
    """Counts the operations of this process that write below a folder; before the fatal one it dies."""

    def __init__(self, folder: str, log: int, fatal: int | None) -> None:
        self._root = Path(folder)
        self._log = log
        self._fatal = fatal
        self._numbers = itertools.count(1)

    def install(self) -> None:
        """For the rest of the process: an audit hook can't be removed."""
        sys.addaudithook(self._heard)
        os.fsync = self._before_fsync(os.fsync)  # no audit event tells of it
        os.open = self._after_opening(os.open)
        io.open = builtins.open = self._after_opening(io.open)

    def _passed(self, what: str) -> None:
        number = next(self._numbers)
        os.write(self._log, f"{number} {what}\n".encode())
        if number == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def _heard(self, event: str, details: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = details
            if flags & WRITES and self._is_below(path):
                self._passed(f"open {Path(os.fsdecode(path)).name}")
        elif (event in CHANGES and self._is_below(details[0])) or event in LOCKS:
            self._passed(event)

    def _is_below(self, path: object) -> bool:
        if not isinstance(path, str | bytes | os.PathLike):
            return False  # a file that is open already
        return Path.cwd().joinpath(os.fsdecode(path)).is_relative_to(self._root)

    def _before_fsync(self, fsync: Callable[[Any], None]) -> Any:
        def watched(fd: Any) -> None:
            self._passed("fsync")
            fsync(fd)

        return watched

    def _after_opening(self, opens: Callable[..., Any]) -> Any:
        """Opening may have truncated a file, and what is to be in it is not written yet."""

        def watched(path: Any, *more: Any, **named: Any) -> Any:
            opened = opens(path, *more, **named)
            how = more[0] if more else named.get("mode", named.get("flags", "r"))
            writes = how & WRITES if isinstance(how, int) else set(how) & set("wax+")
            if writes and self._is_below(path):
                self._passed(f"opened {Path(os.fsdecode(path)).name}")
            return opened

        return watched
