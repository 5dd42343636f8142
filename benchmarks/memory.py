"""How much memory a plan takes at its peak: the resident set, as the system counts it for the process.

The bound is 60 MB: a plan is run where memory is rented by the megabyte, beside whatever the job is about.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from . import samples
from .commands import SCRIPT, environment, run
from .server import Emulator, running
from .table import Figure, Row, Table

RUNS = 5
TEMPLATES = 24
BOUND = Figure(60, "MB")

RUNNER = """
import os, sys
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""Starts the command from a process as small as can be: a child is charged with its parent's pages, too."""


def measure() -> Table:
    """A plan with nothing to do, and one that replaces a template and so has a difference to show."""
    with TemporaryDirectory() as name, running() as emulator:
        folder = Path(name)
        samples.write(folder, TEMPLATES)
        run([SCRIPT, "apply", "--yes", "--endpoint", emulator.url], cwd=folder)
        idle = _peak(_plan(emulator), folder, code=0)
        samples.write(folder, TEMPLATES, changed=1)
        replacing = _peak(_plan(emulator), folder, code=2)
        bare = _peak([sys.executable, "-c", "pass"], folder, code=0)
    rows = [
        Row("python -c pass", bare),
        Row(f"plan, {TEMPLATES} templates, nothing to do", idle, bare, at_most=BOUND),
        Row(f"plan, {TEMPLATES} templates, one to replace", replacing, bare, at_most=BOUND),
    ]
    return Table("memory", rows, [f"peak resident set, the highest of {RUNS} runs; MB of 10^6 bytes"])


def _plan(emulator: Emulator) -> list[str]:
    """Exits 2 if there is something to do, 0 if not: which of the two was measured is no guess."""
    return [SCRIPT, "plan", "--detailed-exitcode", "--endpoint", emulator.url]


def _peak(command: list[str], folder: Path, *, code: int) -> Figure:
    small = [sys.executable, "-I", "-S", "-c", RUNNER, *command]
    runs = [run(small, cwd=folder, env=environment(), code=code) for _ in range(RUNS)]
    unit = 1 if sys.platform == "darwin" else 1024  # what ru_maxrss counts in
    return Figure(max(int(told.split()[-1]) for told in runs) * unit / 1e6, "MB")
