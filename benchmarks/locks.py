"""How long it takes to read the locks of 1,000 accounts, each of 24 templates: their bytes to values.

A lock that says more than most (protected templates, scenes, rules of keywords, retired ones) is of the same
number of templates. Per byte it may take 1.3 times as long as one that does not: the reference is the time of
a plain lock, times the ratio of their sizes.
"""

from __future__ import annotations

import time

from msgspec.structs import replace

from reconciler.core.model import Entry, Lock, LockedKeyword, Retired
from reconciler.lock.file import lock_text, parse_lock
from reconciler.sandbox.library import Title

from . import samples
from .table import Figure, Row, Table

LOCKS = 1000
TEMPLATES = 24
RETIRED = 4
RUNS = 7


def measure() -> Table:
    """The kinds in turn, after one run of each unmeasured."""
    kinds = {name: lock_text(lock).encode() for name, lock in _kinds().items()}
    runs: dict[str, list[float]] = {name: [] for name in kinds}
    for turn in range(RUNS + 1):
        for name, data in kinds.items():
            start = time.perf_counter()
            for _ in range(LOCKS):
                parse_lock(data, "templates.lock.json")
            if turn:
                runs[name].append((time.perf_counter() - start) * 1000)
    plain = Figure.of(runs["plain"], "ms").value / len(kinds["plain"])
    return Table(
        f"locks: reading {LOCKS} of {TEMPLATES} templates",
        [
            Row(name, Figure.of(times, "ms"), Figure(plain * len(kinds[name]), "ms"), 1.3)
            for name, times in runs.items()
        ],
        [f"medians of {RUNS} runs in turn (least-most)"],
    )


def _kinds() -> dict[str, Lock]:
    entries = {f"t_{title.id.lower()}": _entry(title) for title in samples.titles(TEMPLATES)}
    plain = Lock("wxopen", "wx0000000000000001", entries)
    names = list(entries)[-RETIRED:]
    rows = tuple(Retired(name, entries[name], "replaced", "2026-11-23T10:00:00Z") for name in names)
    kept = {name: entry for name, entry in entries.items() if name not in names}
    return {
        "plain": plain,
        "protect": _each(plain, protect=True),
        "scene": _each(plain, scene="order"),
        f"{RETIRED} of them retired": replace(plain, templates=kept, retired=rows),
        "rules of keywords": replace(plain, templates={name: _ruled(one) for name, one in entries.items()}),
    }


def _each(lock: Lock, *, protect: bool = False, scene: str | None = None) -> Lock:
    entries = {name: replace(one, protect=protect, scene=scene) for name, one in lock.templates.items()}
    return replace(lock, templates=entries)


def _ruled(entry: Entry) -> Entry:
    ruled = (replace(keyword, rule="phrase", limit=5, values=("是", "否")) for keyword in entry.keywords)
    return replace(entry, keywords=tuple(ruled))


def _entry(title: Title) -> Entry:
    keywords = (
        LockedKeyword(keyword.name, keyword.keyword_id, f"keyword{number}")
        for number, keyword in enumerate(title.keywords[: samples.KEYWORDS], 1)
    )
    return Entry(f"{title.id:0>43}", title.id, title.title, tuple(keywords))
