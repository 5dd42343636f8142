"""A server, a folder, and real processes that run commands in it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import urllib.parse
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.sandbox.accounts import APPID, SECRET
from reconciler.sandbox.faults.schedule import Faults, parse
from reconciler.sandbox.routes import CALLS, create_app
from reconciler.sandbox.server import Server, bind, url_of
from reconciler.sandbox.state.records import Template
from reconciler.sandbox.state.store import Store

from .dialects import LIBRARY
from .scenarios import Scenario

LOCK = "templates.lock.json"
MEMORY = "/dev/shm"
"""A disk in memory: no kill of a process tells it from another, and fsync takes no time."""
KILLED = -signal.SIGKILL
OPTIONS = ["--timeout", "1", "--retries", "1"]


@dataclass(frozen=True)
class Disturbance:
    """What befalls one run. All of it counts from 1."""

    request: int | None = None
    """the request at which the server kills the process"""
    executed: bool = False
    """whether that request is carried out before"""
    file: int | None = None
    """the operation in the folder before which the process kills itself"""
    faults: str = ""
    """of the sandbox, with commas between"""


@dataclass(frozen=True)
class Run:
    """What a command did. `status` is negative for a signal."""

    status: int
    out: str
    err: str
    calls: tuple[str, ...]
    operations: tuple[str, ...]


@dataclass(frozen=True)
class State:
    """All that lasts."""

    account: tuple[Template, ...]
    lock: str | None
    files: tuple[str, ...]
    """every name in the folder"""
    spilled: tuple[str, ...]
    """those of them with a secret inside"""


class WatchedStore(Store):
    """A store that remembers what came and went, and what the lock said at that moment."""

    def __init__(self, db: sqlite3.Connection, where: str) -> None:
        super().__init__(db, where)
        self.watch(Path())

    def watch(self, lock: Path) -> None:
        """Begin to remember."""
        self.lock = lock
        self.added: list[Template] = []
        self.deleted: list[tuple[str, str | None]] = []

    def add_template(self, appid: str, template: Template) -> None:
        super().add_template(appid, template)
        self.added.append(template)

    def delete_template(self, appid: str, dialect: str, template_id: str) -> bool:
        there = super().delete_template(appid, dialect, template_id)
        if there:
            self.deleted.append((template_id, _text(self.lock)))
        return there


@dataclass
class Gate:
    """ASGI middleware: counts the requests of a process, and kills it at one of them."""

    app: ASGIApp
    pid: int | None = None
    disturbance: Disturbance = field(default_factory=Disturbance)
    calls: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    """where to note the tokens that are seen"""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._note(scope)
        if len(self.calls) != self.disturbance.request:
            await self.app(scope, receive, send)
            return
        if self.disturbance.executed:
            await self.app(scope, receive, _unheard)
        await self._kill()
        while (await receive())["type"] != "http.disconnect":
            pass

    def _note(self, scope: MutableMapping[str, Any]) -> None:
        self.calls.append(CALLS.get(scope["path"], scope["path"]))
        query = urllib.parse.parse_qs(scope["query_string"].decode())
        self.secrets.update(query.get("access_token", ()))

    async def _kill(self) -> None:
        while self.pid is None:
            await asyncio.sleep(0.001)
        os.kill(self.pid, signal.SIGKILL)


async def _unheard(message: Message) -> None:
    """Nobody gets this reply."""


@dataclass
class Door:
    """What the server serves: the gate of the run that is under way."""

    gate: Gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.gate(scope, receive, send)


class World:
    """One account on one server, one folder, one zygote. Close it after use."""

    def __init__(self) -> None:
        memory = MEMORY if os.access(MEMORY, os.W_OK) else None
        self._scratch = tempfile.TemporaryDirectory(prefix="sweep-", dir=memory)
        scratch = Path(self._scratch.name).resolve()
        self.folder = scratch / "work"
        self._notes = {name: scratch / name for name in ("out", "err", "log")}
        store = WatchedStore.memory()
        assert isinstance(store, WatchedStore)
        self.store = store
        self._door = Door(Gate(create_app(self.store, LIBRARY)))
        self._server, self._thread, self._url = _start(self._door)
        self._zygote = subprocess.Popen(
            [sys.executable, "-m", "tests.sweep.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )

    def close(self) -> None:
        with self._zygote as zygote:
            assert zygote.stdin is not None
            zygote.stdin.close()
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()
        self.store.close()
        self._scratch.cleanup()

    def begin(self, scenario: Scenario, parallelism: int, faults: str = "", settle: float = 0.3) -> None:
        """A new account and a new folder, as the scenario has them, and what the sandbox does wrong."""
        self._options = [*OPTIONS, "--settle", f"{settle:g}", "--parallelism", str(parallelism)]
        self._empty_folder()
        (self.folder / "templates.yaml").write_text(scenario.yaml, "utf-8")
        if scenario.lock is not None:
            (self.folder / LOCK).write_text(scenario.lock, "utf-8")
        with self.store.transaction():
            self.store.clear()
            for template_id, one in scenario.account.items():
                self.store.add_template(APPID, one.template(template_id, scenario.dialect))
        self.store.watch(self.folder / LOCK)
        self._secrets = {SECRET}
        self._limit = scenario.limit
        self._faults = Faults(parse(one) for one in faults.split(",") if one)
        # To lists that lag the newest template is still unknown.
        self._spoken = scenario.spoken
        self._faults.remember({(APPID, self._spoken): self.store.templates(APPID, self._spoken)[:-1]})

    def mend(self) -> None:
        """From now on the sandbox does all things right."""
        self._faults = Faults()

    def _empty_folder(self) -> None:
        self.folder.mkdir(exist_ok=True)
        for path in sorted(self.folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()

    def apply(self, disturbance: Disturbance | None = None) -> Run:
        """`apply --yes`, in a process of its own, to its end."""
        disturbance = disturbance or Disturbance()
        gate = self._door.gate = Gate(self._app(), disturbance=disturbance, secrets=self._secrets)
        for path in self._notes.values():
            path.write_bytes(b"")
        self._ask(disturbance.file)
        gate.pid = self._answer()["pid"]
        status = self._answer()["status"]
        out, err, log = (path.read_text("utf-8") for path in self._notes.values())
        return Run(
            status,
            self._marked(out),
            self._marked(err),
            tuple(gate.calls),
            tuple(log.splitlines()),
        )

    def _app(self) -> ASGIApp:
        return create_app(self.store, LIBRARY, limit=self._limit, faults=self._faults)

    def _marked(self, text: str) -> str:
        """The text with one name that is easily found for every secret."""
        for secret in self._secrets:
            text = text.replace(secret, SPILLED)
        return text

    def _ask(self, fatal: int | None) -> None:
        job = {
            "words": ["apply", "--yes", *self._options],
            "environment": {
                "RECONCILER_ENDPOINT": self._url,
                "WECHAT_APPID": APPID,
                "WECHAT_APPSECRET": SECRET,
            },
            "folder": str(self.folder),
            "fatal": fatal,
            **{name: str(path) for name, path in self._notes.items()},
        }
        assert self._zygote.stdin is not None
        self._zygote.stdin.write(json.dumps(job) + "\n")
        self._zygote.stdin.flush()

    def _answer(self) -> dict[str, int]:
        assert self._zygote.stdout is not None
        answer: dict[str, int] = json.loads(self._zygote.stdout.readline())
        return answer

    def state(self) -> State:
        """Account and folder as they are now."""
        paths = sorted(self.folder.rglob("*"))
        return State(
            account=self.store.templates(APPID, self._spoken),
            lock=_text(self.folder / LOCK),
            files=tuple(str(path.relative_to(self.folder)) for path in paths),
            spilled=tuple(path.name for path in paths if path.is_file() and self._holds_secret(path)),
        )

    def _holds_secret(self, path: Path) -> bool:
        content = path.read_bytes()
        return any(secret.encode() in content for secret in self._secrets)


SPILLED = "<A SECRET>"


@contextmanager
def world() -> Iterator[World]:
    made = World()
    try:
        yield made
    finally:
        made.close()


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return None


def _start(app: ASGIApp) -> tuple[Server, threading.Thread, str]:
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
    listener = bind("127.0.0.1", 0)
    server = Server(app, lambda: None)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    return server, thread, url_of(listener)
