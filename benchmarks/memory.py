"""How much memory a plan takes at its peak: the resident set, as the system counts it for the process.

The bound is 60 MB: a plan is run where memory is rented by the megabyte, beside whatever the job is about.
Over ten times as many accounts it may be 1.5 times as much.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from . import merchants, samples
from .commands import SCRIPT, environment, run
from .server import Emulator, running
from .table import Figure, Row, Table

RUNS = 5
TEMPLATES = 24
BOUND = Figure(60, "MB")
FLEET, FLEET_RUNS = 1000, 2

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
    small, large = (_fleet(count) for count in (FLEET, 10 * FLEET))
    rows = [
        Row("python -c pass", bare),
        Row(f"plan, {TEMPLATES} templates, nothing to do", idle, bare, at_most=BOUND),
        Row(f"plan, {TEMPLATES} templates, one to replace", replacing, bare, at_most=BOUND),
        Row(f"plan, {FLEET} accounts, nothing to do", small),
        Row(f"plan, {10 * FLEET} accounts, nothing to do", large, small, at_most_times=1.5),
    ]
    told = f"peak resident set, the highest of {RUNS} runs, of fleets {FLEET_RUNS}; MB of 10^6 bytes"
    return Table("memory", rows, [told])


def _fleet(count: int) -> Figure:
    with TemporaryDirectory() as name, merchants.running() as url:
        merchants.write(Path(name), count)
        command = [SCRIPT, "plan", "--endpoint", url, "--parallelism", "64"]
        secret = {"WECHAT_APPSECRET": merchants.SECRET}
        env = {name: value for name, value in environment().items() if name != "WECHAT_APPID"} | secret
        return _peak(command, Path(name), code=0, runs=FLEET_RUNS, env=env)


def _plan(emulator: Emulator) -> list[str]:
    """Exits 2 if there is something to do, 0 if not: which of the two was measured is no guess."""
    return [SCRIPT, "plan", "--detailed-exitcode", "--endpoint", emulator.url]


def _peak(
    command: list[str], folder: Path, *, code: int, runs: int = RUNS, env: dict[str, str] | None = None
) -> Figure:
    small = [sys.executable, "-I", "-S", "-c", RUNNER, *command]
    told = [run(small, cwd=folder, env=env or environment(), code=code) for _ in range(runs)]
    unit = 1 if sys.platform == "darwin" else 1024  # what ru_maxrss counts in
    return Figure(max(int(one.split()[-1]) for one in told) * unit / 1e6, "MB")
