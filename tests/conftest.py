"""Shared fixtures: no socket beyond loopback, no credentials from the machine, a command line, a server."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from reconciler.sandbox import library
from reconciler.sandbox import server as servers
from reconciler.sandbox.access import Doors
from reconciler.sandbox.accounts import APPID, SECRET
from reconciler.sandbox.routes import create_app
from reconciler.sandbox.state.store import Store

from .boxes import box, in_process, over_http, transport  # noqa: F401  (fixtures)
from .slices import pytest_addoption, pytest_collection_modifyitems  # noqa: F401  (hooks)
from .timeouts import (  # noqa: F401  (hooks)
    pytest_runtest_call,
    pytest_runtest_teardown,
    pytest_timeout_set_timer,
)
from .tools import SPOKEN, CommandLine, ScriptedServer
from .voices import VOICES, Voice

# Server and client are threads of one process here: hand over quickly, or every call waits for its turn.
sys.setswitchinterval(1e-4)

# In CI the same examples every time: main is green or it is not. At a desk new ones are tried in every run.
hypothesis.settings.register_profile("desk", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.register_profile("quick", deadline=None, max_examples=10)
hypothesis.settings.register_profile("long", deadline=None, max_examples=5000)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "desk")


@pytest.fixture(autouse=True)
def _no_foreign_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that would leave this machine fails instead."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1"):
            raise AssertionError(f"a test connects to {address[0]}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _bare_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No credentials, options, proxies or answers from outside, and an empty folder to work in."""
    for name in list(os.environ):
        if name.startswith(("WECHAT_", "RECONCILER_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "caches" / tmp_path.name))
    monkeypatch.chdir(tmp_path)


@contextlib.contextmanager
def served(app: Any) -> Iterator[str]:
    """An ASGI app over real HTTP on a free loopback port, in a thread; its address."""
    with servers.bind("127.0.0.1", 0) as listener:
        server = servers.Server(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield servers.url_of(listener)
        finally:
            server.should_exit = True
            thread.join()


async def gone(_scope: Any, _receive: Any, send: Any) -> None:
    """What is served when no test needs it: nobody is meant to be there."""
    await send({"type": "http.response.start", "status": 503, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


class Stage:
    """A server for one test after the other: to start and stop one takes longer than most tests."""

    def __init__(self) -> None:
        self.app: Any = gone

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


Lend = Callable[[Any], contextlib.AbstractContextManager[str]]


@pytest.fixture(scope="session")
def lend() -> Iterator[Lend]:
    """Put an app on a stage that is free; the one that was left first is the first to be used again."""
    free: deque[tuple[Stage, str]] = deque()
    with contextlib.ExitStack() as stack:

        @contextlib.contextmanager
        def lent(app: Any) -> Iterator[str]:
            stage, url = free.popleft() if len(free) > 2 else _new_stage(stack)
            stage.app = app
            try:
                yield url
            finally:
                stage.app = gone
                free.append((stage, url))

        yield lent


def _new_stage(stack: contextlib.ExitStack) -> tuple[Stage, str]:
    stage = Stage()
    return stage, stack.enter_context(served(stage))


Serve = Callable[[Any], str]


@pytest.fixture
def serve(lend: Lend) -> Iterator[Serve]:
    """Serve apps until the test ends."""
    with contextlib.ExitStack() as stack:
        yield lambda app: stack.enter_context(lend(app))


@pytest.fixture
def sandbox(tmp_path: Path, lend: Lend) -> Iterator[str]:
    """The emulator, empty, over real HTTP."""
    path = tmp_path / "served" / "sandbox.sqlite"
    with (
        contextlib.closing(Store.open(path)) as store,
        lend(Doors(create_app(store, library.load(None)))) as url,
    ):
        yield url


@pytest.fixture
def scripted(serve: Serve) -> ScriptedServer:
    """A server that answers what the test tells it to."""
    server = ScriptedServer()
    server.url = serve(server)
    return server


@pytest.fixture
def reconciler(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line, in this process."""
    return CommandLine(capsys)


@pytest.fixture
def voice() -> Voice:
    """How an account talks in the dialect that the test speaks."""
    return VOICES[SPOKEN[-1]]


@pytest.fixture
def entrance(sandbox: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The emulator as the environment's account; its address."""
    monkeypatch.setenv("RECONCILER_ENDPOINT", sandbox)
    monkeypatch.setenv("WECHAT_APPID", APPID)
    monkeypatch.setenv("WECHAT_APPSECRET", SECRET)
    return sandbox
