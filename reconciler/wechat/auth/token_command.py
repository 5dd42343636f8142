"""The room that runs a program of the user's. What it prints is for us alone, since it may hold secrets."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from subprocess import DEVNULL, PIPE

MOST = 64 << 10
"""Bytes of output that are read"""


@dataclass(frozen=True)
class Ended:
    """How a program ended: its exit status (below 0: the signal that ended it), and what it had printed.

    There is no status where it printed too much, and was killed.
    """

    status: int | None
    output: bytes


async def run(words: Sequence[str]) -> Ended:
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
        return Ended(transport.get_returncode(), listener.output)
    finally:
        await asyncio.wait([begun])
        if begun.exception() is None:
            await _end(begun.result()[0], listener)


async def _end(transport: asyncio.SubprocessTransport, listener: _Listener) -> None:
    """Wait for a program, which is killed first if it is not at its end."""
    try:
        if listener.closed or _killed(transport.get_pid()):
            await listener.exited
    finally:
        transport.close()


def _killed(leader: int) -> bool:
    """Kill a program and what it has begun; whether that may be done (not where it is another user's)."""
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
