"""How long a whole process takes, from its start to its end, where there is next to nothing to do.

References are what a command can't do without: click for --version and --help, click and yaml for
`validate`, each at 1.3 times; and for a plan with nothing to do octoDNS, which does the like for DNS:
`octodns-sync` over as many records, at 1.2 times. Both read their YAML, learn what there is, compare, and
say that nothing is to be done. octoDNS learns it from a second YAML file, and the plan from an emulator on
this machine, by two calls with a token that is given: that counts against the plan.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from . import samples
from .commands import SCRIPT, FailedError, environment, run
from .server import running
from .table import Figure, Row, Table

RUNS = 41
TEMPLATES = 25
OCTODNS = Path(sys.executable).with_name("octodns-sync")


@dataclass(frozen=True)
class Pair:
    """A command, what it is held against, and how many times as long it may take."""

    what: str
    command: list[str]
    reference: str
    yardstick: list[str]
    at_most_times: float


def measure() -> Table:
    """All pairs in turn, run by run, after one run of each unmeasured, which writes bytecode."""
    if not OCTODNS.is_file():
        raise FailedError("octodns-sync is not installed: pip install -e '.[dev]'")
    with TemporaryDirectory() as name, running() as emulator:
        folder, env = Path(name), environment(emulator.token())
        samples.write(folder, TEMPLATES)
        _write_zone(folder)
        run([SCRIPT, "apply", "--yes", "--endpoint", emulator.url], cwd=folder, env=env)
        rows = _timed(_pairs(emulator.url), folder, env)
    notes = [
        f"whole processes, wall time; medians of {RUNS} runs in alternating pairs (least-most)",
        "a ratio is the median of the pairs' ratios",
    ]
    return Table("startup", rows, notes)


def _pairs(url: str) -> list[Pair]:
    plan = [SCRIPT, "plan", "--detailed-exitcode", "--endpoint", url]
    click, yaml = "import click", "import click, yaml"
    return [
        Pair("reconciler --version", [SCRIPT, "--version"], f"python -c {click!r}", _python(click), 1.3),
        Pair("reconciler --help", [SCRIPT, "--help"], f"python -c {click!r}", _python(click), 1.3),
        Pair(
            f"reconciler validate, {TEMPLATES} templates",
            [SCRIPT, "validate"],
            f"python -c {yaml!r}",
            _python(yaml),
            1.3,
        ),
        Pair(
            f"reconciler plan, {TEMPLATES} templates, nothing to do",
            plan,
            f"octodns-sync, {TEMPLATES} records, nothing to do",
            [str(OCTODNS), "--config-file", "octodns.yaml"],
            1.2,
        ),
    ]


def _python(statement: str) -> list[str]:
    return [sys.executable, "-c", statement]


def _write_zone(folder: Path) -> None:
    """octoDNS's configuration, and its zone twice: wanted, and there. A record has as many values as a
    template has keywords."""
    values = [f"192.0.2.{number + 1}" for number in range(samples.KEYWORDS)]
    record = f"  ttl: 300\n  type: A\n  values: [{', '.join(values)}]\n"
    zone = "".join(f"r{number:02}:\n{record}" for number in range(TEMPLATES))
    config = "providers:\n"
    for name in ("wanted", "there"):
        (folder / name).mkdir()
        (folder / name / "example.com.yaml").write_text(zone, "utf-8")
        config += f"  {name}: {{class: octodns.provider.yaml.YamlProvider, directory: {name}}}\n"
    config += "zones:\n  example.com.: {sources: [wanted], targets: [there]}\n"
    (folder / "octodns.yaml").write_text(config, "utf-8")


def _timed(pairs: Sequence[Pair], folder: Path, env: dict[str, str]) -> list[Row]:
    runs: list[list[tuple[float, float]]] = [[] for _ in pairs]
    for turn in range(RUNS + 1):
        for pair, times in zip(pairs, runs, strict=True):
            mine = _milliseconds(pair.command, folder, env)
            other = _milliseconds(pair.yardstick, folder, env)
            if turn:
                times.append((mine, other))
    return [row for pair, times in zip(pairs, runs, strict=True) for row in _rows(pair, times)]


def _rows(pair: Pair, times: Sequence[tuple[float, float]]) -> list[Row]:
    ours, theirs = (Figure.of(column, "ms") for column in zip(*times, strict=True))
    times_as_long = median(mine / other for mine, other in times)
    against = Figure(theirs.value, "ms")
    return [
        Row(pair.reference, theirs),
        Row(pair.what, ours, against, pair.at_most_times, of_pairs=times_as_long),
    ]


def _milliseconds(command: Sequence[str], folder: Path, env: dict[str, str]) -> float:
    start = time.perf_counter()
    run(command, cwd=folder, env=env)
    return (time.perf_counter() - start) * 1000
