"""How long a plan with nothing to do takes over 1,000 accounts, at 50 ms a call and 64 calls at once.

Measured in this process, with everything imported: from the reading of templates.yaml to the last line of the
table. Beside it the same calls through one bare httpx client that does nothing else, and one after the other
with wechatpy, which is measured over fewer accounts: it takes 100 s and more.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from reconciler.cli import main

from . import merchants, script
from .commands import FailedError
from .table import Figure, Row, Table

PAUSE_MS = 50
ACCOUNTS = 1000
PARALLELISM = 64
CALLS = 2 * ACCOUNTS
"""A token and a list an account"""
RUNS = 5
SCRIPTED = 50
"""Accounts that the script goes through"""


def measure() -> Table:
    """The candidates in turn, after one run of each unmeasured."""
    runs: dict[str, list[float]] = {"ours": [], "bare": [], "script": []}
    with merchants.running(pause=PAUSE_MS / 1000) as url, TemporaryDirectory() as name, _in(Path(name)):
        merchants.write(Path(name), ACCOUNTS)
        candidates: dict[str, tuple[Callable[[], None], int]] = {
            "ours": (lambda: _plan(url), 1),
            "bare": (lambda: asyncio.run(_bare(url)), 1),
            "script": (
                lambda: script.list_all(url, map(merchants.appid, range(SCRIPTED))),
                ACCOUNTS // SCRIPTED,
            ),
        }
        for turn in range(RUNS + 1):
            for candidate, (work, times) in candidates.items():
                if turn > 1 and candidate == "script":
                    continue  # it waits for one call after the other: no run differs from another
                start = time.perf_counter()
                work()
                if turn:
                    runs[candidate].append((time.perf_counter() - start) * times * 1000)
    figures = {name: Figure.of(times, "ms") for name, times in runs.items()}
    rounds = Figure(CALLS * PAUSE_MS / PARALLELISM, "ms")
    ours = Figure(figures["ours"].value, "ms")
    return Table(
        f"fleet: plan of {ACCOUNTS} accounts with nothing to do, {PAUSE_MS} ms a call, {PARALLELISM} at once",
        [
            Row("reconciler", figures["ours"], rounds, at_most_times=1.5),
            Row("bare httpx client, the same calls", figures["bare"], rounds),
            Row("reconciler, against the bare client", ours, Figure(figures["bare"].value, "ms")),
            Row(f"script with wechatpy, of {SCRIPTED} accounts", figures["script"], ours),
        ],
        [
            f"medians of {RUNS} runs in turn (least-most), start-up in none",
            f"reference: {CALLS} calls, {PARALLELISM} at a time",
            "server and client share this machine; the server answers with bytes that it has ready",
        ],
    )


@contextmanager
def _in(folder: Path) -> Iterator[None]:
    """Work in a folder with the fleet's secret as the only credentials."""
    before, environment = Path.cwd(), dict(os.environ)
    for name in environment:
        if name.startswith(("WECHAT_", "RECONCILER_")):
            del os.environ[name]
    os.environ["WECHAT_APPSECRET"] = merchants.SECRET
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(environment)


def _plan(url: str) -> None:
    with redirect_stdout(io.StringIO()) as out:
        code = main(["plan", "--endpoint", url, "--parallelism", str(PARALLELISM)])
    if code or not out.getvalue().endswith(f"\n{ACCOUNTS} accounts: {ACCOUNTS} without changes\n"):
        raise FailedError(f"the plan exits {code}: {out.getvalue()[-200:]}")


async def _bare(url: str) -> None:
    """A token and a list of each account, as many at once: what httpx itself takes."""
    accounts = map(merchants.appid, range(ACCOUNTS))

    async def worker(client: httpx.AsyncClient) -> None:
        for account in accounts:
            body = {"grant_type": "client_credential", "appid": account, "secret": merchants.SECRET}
            reply = await client.post(f"{url}/cgi-bin/stable_token", json=body)
            query = {"access_token": json.loads(reply.content)["access_token"]}
            page = {"offset": 0, "count": 20}
            reply = await client.post(f"{url}/cgi-bin/wxopen/template/list", params=query, json=page)
            if len(json.loads(reply.content)["list"]) != merchants.TEMPLATES:
                raise FailedError(f"{account} lists something else")

    limits = httpx.Limits(max_connections=PARALLELISM, max_keepalive_connections=PARALLELISM)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as client:
        await asyncio.gather(*(worker(client) for _ in range(PARALLELISM)))
