"""How long a first apply takes where every call takes 50 ms.

Measured in this process, with everything imported and the YAML read: from before the first client is
opened, as `reconciler apply` opens them, to the last lock on disk. The bound is the longest chain of
dependent calls at the given parallelism: one list page and the look-ups, then the adds, then the list
pages of the check, which may go side by side as it is known how many there will be; 1.2 times that.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from reconciler.apply.run import Run
from reconciler.core import files
from reconciler.core.model import Desired, Lock
from reconciler.desired import templates as yaml_room
from reconciler.lock.file import lock_text
from reconciler.plan.planner import survey
from reconciler.wechat.auth.credentials import Credentials, TokenStore
from reconciler.wechat.auth.session import Session
from reconciler.wechat.client import Client
from reconciler.wechat.transport.network import Connection, Network

from . import bare, samples, script
from .server import running
from .table import Figure, Row, Table

PAUSE_MS = 50
TEMPLATES = 25
PARALLELISM = 8
CHECK_PAGES = 2
RUNS = 7

Work = Callable[[str, str, Desired, Path], None]
"""Puts the templates on the empty account at a URL, with a token; the folder is for files."""


def measure() -> Table:
    """The candidates in turn, each time on an empty account, after one run of each unmeasured."""
    candidates = {"bare": _bare, "ours": _reconcile, "script": _script}
    runs: dict[str, list[float]] = {name: [] for name in candidates}
    at_once = 0
    for turn in range(RUNS + 1):
        for name, work in candidates.items():
            seconds, most = _timed(work)
            if turn:  # the first brings in what is imported late: start-up
                runs[name].append(seconds * 1000)
                at_once = max(at_once, most)
    return Table(
        f"time at {PAUSE_MS} ms a call, first apply of {TEMPLATES} templates of {TEMPLATES} titles",
        _rows({name: Figure.of(times, "ms") for name, times in runs.items()}, at_once),
        [
            f"medians of {RUNS} runs in turn (least-most), start-up in none; a token is given",
            f"reference: rounds of {PAUSE_MS} ms at {PARALLELISM} calls at the same time",
            "the emulator's own work is in all figures, not in the reference: see the bare client",
        ],
    )


def _rows(figures: dict[str, Figure], at_once: int) -> list[Row]:
    side_by_side, in_sequence = _bound(check_rounds=1), _bound(check_rounds=CHECK_PAGES)
    ours = figures["ours"]
    return [
        Row("bare client", figures["bare"], side_by_side),
        Row("reconciler", ours, side_by_side, at_most_times=1.2),
        Row("  had the check's pages to follow each other", ours, in_sequence),
        Row("  calls at the same time", Figure(at_once, "calls"), at_most=Figure(PARALLELISM, "calls")),
        Row("script with wechatpy, against reconciler", figures["script"], Figure(ours.value, "ms")),
    ]


def _bound(*, check_rounds: int) -> Figure:
    """The longest chain of dependent calls."""
    asking, adding = (math.ceil(calls / PARALLELISM) for calls in (1 + TEMPLATES, TEMPLATES))
    return Figure((asking + adding + check_rounds) * PAUSE_MS, "ms")


# ------------------------------------------------------------------ what is compared


def _bare(url: str, token: str, _desired: Desired, _folder: Path) -> None:
    bare.put_up(url, token, templates=TEMPLATES, parallelism=PARALLELISM)


def _reconcile(url: str, token: str, desired: Desired, folder: Path) -> None:
    """What `reconciler apply --yes` does between reading its files and printing."""
    connection = Connection(endpoint=url, parallelism=PARALLELISM)
    asyncio.run(
        _apply(desired, connection, TokenStore(Credentials(token=token)), folder / "templates.lock.json")
    )


async def _apply(desired: Desired, connection: Connection, store: TokenStore, path: Path) -> None:
    def write(lock: Lock) -> None:
        files.write(path, lock_text(lock))

    now = datetime.now(UTC)
    async with Network(connection) as network:
        session = Session(network, store)
        locked = Lock(desired.dialect)
        decision = await survey(desired, locked, Client(session), file=samples.FILE, now=now)
        await Run(decision, Client(session, writes=True), write, now=now, parallelism=PARALLELISM).go()


def _script(url: str, token: str, desired: Desired, _folder: Path) -> None:
    script.put_up(desired, url, token)


# ------------------------------------------------------------------ the clock


def _timed(work: Work) -> tuple[float, int]:
    """Seconds that the work takes on an empty account, and the most calls that were under way at once."""
    with TemporaryDirectory() as name, running(pause=PAUSE_MS / 1000) as emulator:
        folder = Path(name)
        desired = yaml_room.read(samples.write(folder, TEMPLATES).read_bytes(), samples.FILE)
        token = emulator.token()
        start = time.perf_counter()
        work(emulator.url, token, desired, folder)
        return time.perf_counter() - start, emulator.at_once()
