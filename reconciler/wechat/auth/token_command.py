"""A program of the user's that prints a token (wechat-api.md §4). What it prints is shown to nobody, since it
may hold secrets."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from subprocess import DEVNULL, PIPE

from msgspec import Struct

from ...core.errors import CallError, InputError, Problem
from ...core.messages import Text
from ...core.values import Discreet
from ..wire import Request
from .token_server import PLACEHOLDERS, filled_in, is_token

MOST = 64 << 10
"""Bytes of output that are read"""


class TokenCommand(Discreet, frozen=True):
    """A program that prints the token, and its arguments."""

    words: tuple[str, ...]

    @property
    def personal(self) -> bool:
        """Whether it is told whose token is asked for."""
        return any(map(PLACEHOLDERS.search, self.words))

    @property
    def secrets(self) -> frozenset[str]:
        """Its secrets, of which none is known: its words are sent to nobody."""
        return frozenset()

    def of(self, appid: str | None, account: str | None) -> TokenCommand:
        """Fill in an account's appid and name. Raises InputError where one is needed and not known."""
        return TokenCommand(
            tuple(filled_in(word, "--token-command", appid, account, _no_option) for word in self.words)
        )


def _no_option(value: str) -> str:
    if value.startswith("-"):
        text = Text("wechat.appid-is-option", appid=value)
        raise InputError(Problem("bad appid", text, None, Text("wechat.correct-appid")))
    return value


class Exited(Struct, frozen=True):
    """How a program ended: its exit status (below 0: the signal that ended it), and what it had printed.

    There is no status where it printed too much, and was killed.
    """

    status: int | None
    output: bytes


async def run(words: Sequence[str]) -> Exited:
    """Run a program to its end, with nothing to read and nobody to see what it says.

    Cancelled, it is killed with all that it has begun, and waited for. Raises OSError where it can't be
    started.
    """
    loop = asyncio.get_running_loop()
    listener = _Listener(loop)
    # In a session of its own it can be killed with its children, and asks nothing at our terminal.
    begun = asyncio.ensure_future(
        loop.subprocess_exec(
            lambda: listener, *words, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, start_new_session=True
        )
    )
    try:
        # Cut off on its way, asyncio would kill the program alone, and might wait for ever.
        transport, _ = await asyncio.shield(begun)
        await listener.heard
        return Exited(transport.get_returncode(), listener.output)
    finally:
        await asyncio.wait([begun])
        if begun.exception() is None:
            await _end(begun.result()[0], listener)


def read_printed(request: Request, ended: Exited) -> str:
    """Read the token that a program has printed, alone in its one line. Raises CallError."""
    lines = ended.output.decode("utf-8", "replace").strip().splitlines()
    what = _ended_badly(ended) or _no_token(lines)
    if what is not None:
        text = Text("wechat.call-failed", call=request.call, what=what)
        raise CallError(Problem("no token", text, None, Text("wechat.token-command-todo")))
    return lines[0]


def _ended_badly(ended: Exited) -> Text | None:
    if len(ended.output) > MOST:
        return Text("wechat.printed-too-much", limit=MOST >> 10)
    if not ended.status:
        return None
    if ended.status > 0:
        return Text("wechat.exit-status", status=ended.status)
    return Text("wechat.ended-by-signal", signal=-ended.status)


def _no_token(lines: Sequence[str]) -> Text | None:
    if not lines:
        return Text("wechat.printed-nothing")
    if len(lines) > 1:
        return Text("wechat.printed-lines", lines=len(lines))
    if lines[0].startswith("{") and "access_token" in lines[0]:
        return Text("wechat.printed-json")
    return None if is_token(lines[0]) else Text("wechat.printed-no-token")


async def _end(transport: asyncio.SubprocessTransport, listener: _Listener) -> None:
    """Wait for a program, which is killed first if it is not at its end."""
    try:
        if listener.closed or _killed(transport.get_pid()):
            await listener.exited
    finally:
        transport.close()


def _killed(leader: int) -> bool:
    """Kill a program and what it has started; False where that is not allowed (it is another user's)."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except PermissionError:
        return False
    except ProcessLookupError:
        pass
    return True


class _Listener(asyncio.SubprocessProtocol):
    """Hears what the program prints, and when it has ended."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.output = b""
        self.closed = False
        self.exited: asyncio.Future[None] = loop.create_future()
        self.heard: asyncio.Future[None] = loop.create_future()
        """it has ended and no more will come, or too much has come"""

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.output += data
        if len(self.output) > MOST:
            self._hear()

    def process_exited(self) -> None:
        if not self.exited.done():
            self.exited.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._hear()

    def _hear(self) -> None:
        if not self.heard.done():
            self.heard.set_result(None)
