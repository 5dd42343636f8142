"""The file of `--trace`: every request and reply of a run, a line each, written as they end."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import finalize

from ..core import files
from ..core.errors import InputError, Problem
from ..core.messages import Text
from ..core.ports import Teller
from ..wechat.trace import BEGIN, Redactor, Whose

if TYPE_CHECKING:
    from ..wechat.wire import Exchange, Record

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
_OURS = 0o600


class Trace:
    """A file that exchanges are appended to. It is nobody else's to read, and no run fails because of it."""

    def __init__(self, path: Path, teller: Teller, clock: Callable[[], datetime]) -> None:
        """`teller` hears of the first line that can't be written, after which there are no more.

        Raises InputError for what is there and is neither empty nor a trace: a link, a device, another file.
        """
        self._path = path
        self._teller = teller
        self._clock = clock
        self._redactor = Redactor()
        self._descriptor = _opened(path)
        self._close = finalize(self, os.close, self._descriptor)

    def of(self, whose: Whose) -> Record:
        """What records an account's exchanges. Its secrets are kept out of those of all accounts."""
        self._redactor.learn(whose.secrets)

        def record(exchange: Exchange) -> None:
            if not self._close.alive:
                return
            try:
                self._append(self._redactor.line(exchange, whose, self._time()).encode())
            except Exception as error:  # whatever it is, the exchange counts for more than its line
                self._close()
                why = (isinstance(error, OSError) and error.strerror) or type(error).__name__
                self._teller.warn(Text("app.trace-ends", file=str(self._path), why=why))

        return record

    def _append(self, line: bytes) -> None:
        """Write a whole line, or none of it: what a full disk has taken of it is taken back."""
        size = os.fstat(self._descriptor).st_size
        try:
            while line:
                line = line[os.write(self._descriptor, line) :]
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._descriptor, size)
            raise

    def _time(self) -> str:
        return self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _opened(path: Path) -> int:
    try:
        descriptor = os.open(path, _FLAGS, _OURS)
    except (OSError, ValueError) as error:
        link = path.is_symlink()
        why = Text("app.trace-link") if link else getattr(error, "strerror", None) or str(error)
        raise InputError(_refused(path, why)) from None
    try:
        _check(path, descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check(path: Path, descriptor: int) -> None:
    """See that it is an empty file or a trace, closed to others, and that its next line is one of its own."""
    found = os.fstat(descriptor)
    if (kind := files.kind_of(found.st_mode)) is not None:
        raise InputError(_refused(path, Text("app.trace-kind", kind=kind)))
    if found.st_size and os.pread(descriptor, len(BEGIN), 0) != BEGIN:
        raise InputError(_refused(path, Text("app.trace-other")))
    try:
        if stat.S_IMODE(found.st_mode) & ~_OURS:
            os.fchmod(descriptor, _OURS)
        if found.st_size and os.pread(descriptor, 1, found.st_size - 1) != b"\n":  # a run was killed in it
            os.write(descriptor, b"\n")
    except OSError as error:
        raise InputError(_refused(path, error.strerror or str(error))) from None


def _refused(path: Path, why: str | Text) -> Problem:
    text = Text("app.trace-refused", why=why)
    return Problem("not writable", text, str(path), Text("app.name-another-trace"))
