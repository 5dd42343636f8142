"""Which faults befall which calls: as text, as `reconciler.sandbox.faults` reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

GARBLED = ["bad-status", "lengths", "bad-chunk"]
"""Of the replies that are no HTTP one for each part: the status line, a header, the body."""

UNKNOWN = ["drop", "hang", "http-503", "http-502", "html", "cut", "empty", "-1", "20001", *GARBLED]
"""Nobody knows whether the call was carried out: each is tried with a call that was, and one that was not."""

REFUSALS = [
    "45011",
    "45009",
    "45026",
    "40037",
    "40001",
    "42001",
    "dead-token",
    "48001",
    "40164",
    "43106",
    "47001",
    "200014",
    "200012",
]
"""WeChat says that it did not do it, and it did not."""

GONE = ["40037", "200014"]
"""What a delete may say of a template that it has just deleted (wechat-api.md §6)."""

LISTS = ["empty-list", "lag"]


FOR_GOOD = ["drop", "cut", "http-503", "-1"]
"""What does not pass, however often the call is made."""

LOOKS = ["drop", "-1", "cut", "48001"]
"""What lists say from then on that would have shown whether a lost call was carried out."""


def faults(calls: Sequence[str]) -> Iterator[str]:
    """All faults of a run that makes these calls: one at each call, and then some that come together."""
    yield from _single(calls)
    for call, number in _numbered(calls):
        yield from (f"{call}@{number}-={kind}" for kind in FOR_GOOD)
        if call in ("add", "del"):
            yield from _lost(call, number)
    yield from ("list@1-=empty-list", "list@2-=empty-list")


def _lost(call: str, number: int) -> Iterator[str]:
    """A call whose reply is lost, time and again; and then one whose outcome can't be seen either."""
    yield from (f"{call}@{number}-={kind}:after" for kind in FOR_GOOD)
    for position in ("", ":after"):
        yield from (f"{call}@{number}=drop{position},list@2-={kind}" for kind in LOOKS)
        yield f"{call}@{number}=drop{position},list@2=empty-list"
        yield f"{call}@{number}=drop{position},list@2-3=lag"


def _numbered(calls: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Each call, and which of its name it is."""
    seen: Counter[str] = Counter()
    for call in calls:
        seen[call] += 1
        yield call, seen[call]


def _single(calls: Sequence[str]) -> Iterator[str]:
    for call, number in _numbered(calls):
        yield from (f"{call}@{number}={kind}" for kind in _kinds(call))
    if "list" in calls:
        yield from ("list@1-2=lag", "list@2-3=lag", "list@1-2=empty-list", "list@2-3=empty-list")


def _kinds(call: str) -> Iterator[str]:
    for kind in UNKNOWN:
        yield kind
        yield f"{kind}:after"
    for kind in REFUSALS:
        if not (call == "token" and kind == "dead-token"):
            yield kind
    if call == "list":
        yield from LISTS
    if call == "del":
        yield from (f"{kind}:after" for kind in GONE)
