"""Many worlds side by side, each in a process of its own."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing.util import Finalize

from .cases import Case, Verdict, cases, tried
from .judge import CHANGING
from .scenarios import SCENARIOS
from .world import World, world

_worlds: list[World] = []


def all_cases(scenarios: Iterable[str] | None = None) -> list[Case]:
    """Of all scenarios or of these, in an order that is always the same."""
    with world() as made:
        return [case for name in scenarios or SCENARIOS for case in cases(made, name)]


def sample(all_of_them: Sequence[Case], every: int) -> list[Case]:
    """Every so many cases one; and the first of each scenario and call, and of each kind at an add, a delete
    and something that only asks."""
    seen: set[tuple[str | None, ...]] = set()
    part = []
    for index, case in enumerate(all_of_them):
        marks = {(case.kind, case.call if case.call in CHANGING else None), (case.scenario, case.call)}
        if index % every == 0 or not marks <= seen:
            part.append(case)
        seen |= marks
    return part


def sweep(chosen: Sequence[Case], workers: int | None = None) -> Iterator[Verdict]:
    """The verdicts, as they come."""
    count = min(workers or 3 * (os.cpu_count() or 1), len(chosen))
    with multiprocessing.get_context("spawn").Pool(count, _begin) as pool:
        yield from pool.imap_unordered(_tried, chosen)
        pool.close()
        pool.join()


def _begin() -> None:
    _worlds.append(World())
    Finalize(None, _worlds[0].close, exitpriority=1)  # atexit is not heard here


def _tried(case: Case) -> Verdict:
    try:
        return tried(_worlds[0], case)
    except Exception as error:  # the harness's own fault must not pass for a success
        return Verdict(case, (f"the harness failed: {error!r}",), reached=False)
