"""Faults that the sandbox can be told to have, as values, and the counter that says whose turn it is.

A fault is written ``CALL[@N|@N-|@N-M]=KIND[:after]``: ``add@2=drop:after`` carries the second add out and
loses its reply. ``breakage`` does to a call what its fault says; the rules know nothing of faults.
"""

import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ..state.records import Template

ANY: Final = "*"
TOKEN_CALLS: Final = ("add", "del", "list", "get", "titles", "categories", "quota", "send")
CALLS: Final = (*TOKEN_CALLS, "token")
WRITES: Final = ("add", "del")

KINDS: Final[Mapping[str, str]] = {
    "drop": "the connection closes, no reply",
    "hang": "no reply until the client gives up",
    "http-NNN": "that HTTP status (400 to 599), with an HTML page",
    "html": "status 200, with an HTML page",
    "cut": "half of the reply, then the connection closes",
    "empty": "status 200, an empty body",
    "bad-status": "no HTTP: a status line with letters for digits",
    "bad-http": "no HTTP: a version that there is not, and no body",
    "bad-header": "no HTTP: a header with NUL in it",
    "lengths": "no HTTP: two lengths that differ",
    "bad-length": "no HTTP: a length below 0",
    "bad-chunk": "no HTTP: a chunk whose size is no number",
    "empty-list": "no templates (list only)",
    "lag": "the account as an earlier list showed it (list only)",
    "forms": "200014, unless the body is a form (add and del of subscription messages only)",
    "dead-token": "40001, and the token is dead from then on (not for token)",
    "ERRCODE": "that errcode, such as 45009 or -1",
}
"""Every kind as it is written, and what a client gets to see."""

_ONLY: Mapping[str, tuple[str, ...]] = {
    "empty-list": ("list",),
    "lag": ("list",),
    "forms": WRITES,
    "dead-token": TOKEN_CALLS,
}
_PLAIN = set(KINDS) - {"http-NNN", "ERRCODE"}

_SHAPE = re.compile(r"([^@=]*)(?:@([^=]*))?=([^:]*)(?::(.*))?", re.DOTALL)
_TURNS = re.compile(r"([1-9][0-9]{0,8})(-?)([1-9][0-9]{0,8})?", re.ASCII)
_STATUS = re.compile(r"(?:http-)?([45][0-9][0-9])", re.ASCII)
_ERRCODE = re.compile(r"-?[0-9]{1,9}", re.ASCII)

Shown = Mapping[tuple[str, str], tuple[Template, ...]]
"""The templates of each account at some moment, by appid and dialect."""


class FaultError(ValueError):
    """Text that is no fault; the message repeats it and says what is possible."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, from the `first` to the `last` of the calls that it fits (None: for ever)."""

    call: str
    kind: str
    after: bool = False
    first: int = 1
    last: int | None = None

    def __str__(self) -> str:
        """The shortest text that `parse` reads as this fault."""
        return f"{self.call}{self._turns()}={self.kind}{':after' if self.after else ''}"

    def _turns(self) -> str:
        if self.last is None:
            return "" if self.first == 1 else f"@{self.first}-"
        return f"@{self.first}" if self.first == self.last else f"@{self.first}-{self.last}"

    @property
    def status(self) -> int | None:
        """The HTTP status of the HTML page that takes the reply's place, if one does."""
        if self.kind == "html":
            return 200
        return int(self.kind.removeprefix("http-")) if self.kind.startswith("http-") else None

    @property
    def errcode(self) -> int | None:
        """The errcode that takes the reply's place, if one does."""
        return int(self.kind) if _ERRCODE.fullmatch(self.kind) else None

    def fits(self, call: str) -> bool:
        """Whether the call is one that this fault breaks; only those are counted."""
        return self.call in (call, ANY) and call in _ONLY.get(self.kind, CALLS)

    def due(self, number: int) -> bool:
        """Whether the fault breaks the call of this number, counted from 1."""
        return self.first <= number and (self.last is None or number <= self.last)


def parse(text: str) -> Fault:
    """The fault that a text says. FaultError if it says none.

    A bare HTTP status is taken as one (`503` is `http-503`): WeChat has no such errcodes on these calls.
    """
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise FaultError(
            f"{text}: a fault is written CALL[@N|@N-|@N-M]=KIND[:after], such as add@2=drop:after"
        )
    call, turns, kind, position = found.groups()
    if call not in (*CALLS, ANY):
        raise FaultError(f"{text}: there is no call {call!r}; the calls are {', '.join(CALLS)}, {ANY} (any)")
    first, last = (1, None) if turns is None else _span(text, turns)
    fault = Fault(call, _kind(text, kind), position is not None, first, last)
    if position not in (None, "after"):
        raise FaultError(f"{text}: only :after may follow a kind, not :{position}")
    if not any(fault.fits(one) for one in CALLS):
        raise FaultError(f"{text}: {fault.kind} is only for {', '.join(_ONLY[fault.kind])}")
    return fault


def _span(text: str, turns: str) -> tuple[int, int | None]:
    found = _TURNS.fullmatch(turns)
    if found is None or (found[3] and not found[2]):
        raise FaultError(f"{text}: @{turns} says no calls; write @2 (the second), @2- (from it on) or @2-4")
    first = int(found[1])
    last = int(found[3]) if found[3] else None if found[2] else first
    if last is not None and last < first:
        raise FaultError(f"{text}: @{turns} ends before it begins; write @{last}-{first}")
    return first, last


def _kind(text: str, kind: str) -> str:
    if kind in _PLAIN:
        return kind
    if status := _STATUS.fullmatch(kind):
        return f"http-{status[1]}"
    if _ERRCODE.fullmatch(kind):
        return str(int(kind))
    raise FaultError(
        f"{text}: there is no kind {kind!r}; the kinds are {', '.join(KINDS)}"
        " (NNN from 400 to 599, ERRCODE any integer)"
    )


class Faults:
    """The faults of a sandbox, and how often each was passed. Threads may share it."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._lock = threading.Lock()
        self.set(faults)

    def set(self, faults: Iterable[Fault]) -> None:
        """Replaces the faults; counting starts anew, and so does what `lag` remembers."""
        fresh = tuple(faults)
        with self._lock:
            self._faults = fresh
            self._passed = [0] * len(fresh)
            self._shown: Shown | None = None

    def strike(self, call: str) -> Fault | None:
        """Counts a call, for every fault that it fits; the first given of those that are due."""
        with self._lock:
            due = [fault for index, fault in enumerate(self._faults) if self._pass(index, fault, call)]
        return due[0] if due else None

    def _pass(self, index: int, fault: Fault, call: str) -> bool:
        if not fault.fits(call):
            return False
        self._passed[index] += 1
        return fault.due(self._passed[index])

    @property
    def look_back(self) -> bool:
        """Whether anybody will ask for what was remembered."""
        return any(fault.kind == "lag" for fault in self._faults)

    @property
    def shown(self) -> Shown | None:
        """The accounts as `lag` shows them; None if nothing was remembered since the faults were set."""
        return self._shown

    def remember(self, shown: Shown) -> None:
        with self._lock:
            self._shown = shown
