"""How long a command takes that asks nobody anything.

References are what the command can't do without: click for --version and --help, at 1.3 times; and for
`validate` the three libraries that a check of YAML against a schema is usually made of, at 1.0 times.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from . import samples
from .commands import SCRIPT, run
from .table import Figure, Row, Table

RUNS = 41
TEMPLATES = 25


def measure() -> Table:
    """All candidates in turn, run by run, all runs counted; one run of each before, to write bytecode."""
    with TemporaryDirectory() as name:
        path = samples.write(Path(name), TEMPLATES)
        figures = _timed(_candidates(str(path)))
    click, three = figures["import click"], figures["import click, yaml, jsonschema"]
    rows = [
        Row("python -c pass", figures["pass"]),
        Row("python -c 'import click'", click),
        Row("reconciler --version", figures["version"], _median(click), at_most_times=1.3),
        Row("reconciler --help", figures["help"], _median(click), at_most_times=1.3),
        Row("python -c 'import click, yaml, jsonschema'", three),
        Row(f"reconciler validate, {TEMPLATES} templates", figures["validate"], _median(three), 1.0),
    ]
    return Table("startup", rows, [f"wall time, medians of {RUNS} interleaved runs (least-most)"])


def _candidates(file: str) -> dict[str, list[str]]:
    statements = ("pass", "import click", "import click, yaml, jsonschema")
    return {
        **{statement: [sys.executable, "-c", statement] for statement in statements},
        "version": [SCRIPT, "--version"],
        "help": [SCRIPT, "--help"],
        "validate": [SCRIPT, "validate", "--file", file],
    }


def _timed(candidates: dict[str, list[str]]) -> dict[str, Figure]:
    for command in candidates.values():
        run(command)
    runs: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(RUNS):
        for name, command in candidates.items():
            start = time.perf_counter()
            run(command)
            runs[name].append((time.perf_counter() - start) * 1000)
    return {name: Figure.of(times, "ms") for name, times in runs.items()}


def _median(figure: Figure) -> Figure:
    """A figure without its range, to stand as a reference."""
    return Figure(figure.value, figure.unit)
