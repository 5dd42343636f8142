"""The emulator in a process of its own: each call takes `pause` seconds, and each is counted.

The pause stands for the network and WeChat's own time; the emulator's work comes on top of it, so it
counts against whoever is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from reconciler.sandbox import library
from reconciler.sandbox.access import Doors
from reconciler.sandbox.accounts import APPID, SECRET
from reconciler.sandbox.routes import create_app
from reconciler.sandbox.server import serve
from reconciler.sandbox.state.store import Store

from .commands import FailedError

ROOT = Path(__file__).resolve().parents[1]
COUNTS = "/_benchmarks/counts"


class Slow:
    """An ASGI app that waits before each call of another, and counts them."""

    def __init__(self, app: ASGIApp, pause: float) -> None:
        self._app = app
        self._pause = pause
        self._calls: Counter[str] = Counter()
        self._now = self._most = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == COUNTS:
            counts = {"calls": dict(self._calls), "at_once": self._most}
            await JSONResponse(counts)(scope, receive, send)
            return
        self._calls[scope["path"].rpartition("/wxopen/")[2]] += 1
        self._now += 1
        self._most = max(self._most, self._now)
        try:
            await asyncio.sleep(self._pause)
            await self._app(scope, receive, send)
        finally:
            self._now -= 1


class Emulator:
    """A running server, from the outside."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._open = build_opener(ProxyHandler({})).open

    def calls(self) -> Counter[str]:
        """Calls so far, as the server counted them: path -> times."""
        return Counter(self._fetch(COUNTS)["calls"])

    def at_once(self) -> int:
        """The most calls that were under way at the same time."""
        return int(self._fetch(COUNTS)["at_once"])

    def break_it(self, fault: str) -> None:
        """Have a call fail, as `sandbox serve --fault` does."""
        self._fetch("/_sandbox/faults", {"faults": [fault]})

    def token(self) -> str:
        """A token of the account; asking for it is a call."""
        body = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
        return str(self._fetch("/cgi-bin/stable_token", body)["access_token"])

    def _fetch(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with self._open(Request(self.url + path, data)) as reply:
            return json.load(reply)


@contextmanager
def running(*, pause: float = 0.0) -> Iterator[Emulator]:
    """A server with an empty account, which is gone at the end. Raises FailedError."""
    with spawned(__name__, pause) as url:
        yield Emulator(url)


@contextmanager
def spawned(module: str, pause: float) -> Iterator[str]:
    """A module that serves, in a process of its own; the URL that it prints. Raises FailedError."""
    command = [sys.executable, "-m", module, "--pause", str(pause)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8") as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            if not url:
                raise FailedError(f"{module} did not start")
            yield url
        finally:
            process.terminate()


def tell(url: str, _doors: Doors) -> None:
    """Print where it is served."""
    print(url, flush=True)


def main() -> None:
    """Serve on a free port of 127.0.0.1, and print the URL when it is up."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pause", type=float, default=0.0)
    app = create_app(Store.memory(), library.load())
    slow = Slow(app, parser.parse_args().pause)
    serve(slow, "127.0.0.1", 0, ready=tell)


if __name__ == "__main__":
    main()
