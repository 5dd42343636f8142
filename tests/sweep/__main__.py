"""`python -m tests.sweep [CASE...]`: all cases, or those named. Exit 1 if the tool did not survive one.

--every K    only every Kth case
--workers N  worlds side by side; default: three for every core
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence

from .cases import Case, Verdict, parse, run, verdict
from .dialects import DIALECTS
from .pool import all_cases, sweep
from .scenarios import SCENARIOS
from .world import Run, world


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.sweep", description="break every run of apply, once each way"
    )
    parser.add_argument("cases", nargs="*", metavar="CASE", help='such as "replace add@2=drop:after"')
    parser.add_argument("--scenario", action="append", metavar="NAME", help="only this one; may be repeated")
    parser.add_argument("--dialect", choices=DIALECTS, help="only the scenarios of this dialect")
    parser.add_argument("--every", type=int, default=1, metavar="K", help="only every Kth case")
    parser.add_argument("--workers", type=int, metavar="N", help="worlds side by side (three for every core)")
    options = parser.parse_args()
    if options.cases:
        verdicts = _told([parse(line) for line in options.cases])
    else:
        names = options.scenario or [
            name for name, one in SCENARIOS.items() if options.dialect in (None, one.spoken)
        ]
        verdicts = _followed(all_cases(names)[:: options.every], options.workers)
    _report(verdicts)
    return 1 if any(one.problems for one in verdicts) else 0


def _told(chosen: Sequence[Case]) -> list[Verdict]:
    """The verdicts on a few cases, and all that happened."""
    verdicts = []
    with world() as made:
        for case in chosen:
            scenario, trace = run(made, case)
            _print(f"{case}", *(line for one in trace.runs for line in _told_run(one)), "")
            verdicts.append(verdict(case, scenario, trace))
    return verdicts


def _told_run(one: Run) -> list[str]:
    lines = [f"exit {one.status}; calls: {' '.join(one.calls)}; in the folder: {', '.join(one.operations)}"]
    return [*lines, *(f"    {line}" for line in (one.out + one.err).splitlines())]


def _followed(chosen: Sequence[Case], workers: int | None) -> list[Verdict]:
    """The verdicts, and a line a second about how far it is."""
    verdicts: list[Verdict] = []
    start = told = time.monotonic()
    for one in sweep(chosen, workers):
        verdicts.append(one)
        if one.problems:
            _say(f"survivor: {one.case}")
        if time.monotonic() - told > 10:
            told = time.monotonic()
            _say(f"{len(verdicts)} of {len(chosen)} cases, {told - start:.0f} s")
    _say(f"{len(verdicts)} cases, {time.monotonic() - start:.0f} s")
    return verdicts


def _report(verdicts: Sequence[Verdict]) -> None:
    survivors = [one for one in verdicts if one.problems]
    counts = Counter(one.case.kind for one in verdicts)
    bad = Counter(one.case.kind for one in survivors)
    lines = [f"{counts[kind]:6} {bad[kind]:4} {kind}" for kind in sorted(counts)]
    missed = sum(not one.reached for one in verdicts)
    _print(
        " cases  bad kind",
        *lines,
        f"{len(verdicts):6} {len(survivors):4} in all; {missed} kills came too late",
    )
    _print(*(f"{times:6}      {problem}" for problem, times in _problems(survivors).most_common()))
    for one in sorted(survivors, key=lambda one: str(one.case)):
        _print(
            f"survivor: python -m tests.sweep '{one.case}'", *(f"    {problem}" for problem in one.problems)
        )


def _problems(survivors: Sequence[Verdict]) -> Counter[str]:
    """What is wrong, and how often."""
    return Counter(sort for one in survivors for sort in {text.partition(":")[0] for text in one.problems})


def _print(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
