"""Work in an event loop, and how signals end it: by cancelling it, or in the order that the work chooses."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from signal import set_wakeup_fd
from types import FrameType
from typing import Any, TypeVar

from ..core import bugs
from ..core.ports import Teller
from . import signals

T = TypeVar("T")


@contextmanager
def event_loop(teller: Teller) -> Iterator[asyncio.Runner]:
    """An event loop for the runs of a command.

    A callback that fails, or a task that nobody has waited for, is told as a bug: asyncio's own words would
    show the error's text.
    """

    def failed(_loop: object, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is not None and not isinstance(error, KeyboardInterrupt | SystemExit):
            teller.problem(bugs.problem(error))

    with asyncio.Runner() as runner:
        runner.get_loop().set_exception_handler(failed)
        yield runner


def interruptible(runner: asyncio.Runner, work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine, which a signal cancels.

    Raises KeyboardInterrupt, also where the signal came too late to cancel anything: asyncio would forget it.
    """
    loop = runner.get_loop()
    task = loop.create_task(work)

    def cancel(number: int, _frame: FrameType | None) -> None:
        signals.ask(number)
        loop.call_soon_threadsafe(task.cancel)

    async def result() -> T:
        return await task

    with _waking(loop), signals.handling(dict.fromkeys(signals.numbers(), cancel)):
        try:
            done = runner.run(result())
        except BaseException:
            signals.stop_if_asked()
            raise
    signals.stop_if_asked()
    return done


@contextmanager
def heard(
    loop: asyncio.AbstractEventLoop, first: Callable[[], object], again: Callable[[], object]
) -> Iterator[None]:
    """Have the loop call `first` at the first signal that ends a run, `again` at each one after it."""
    count = 0

    def hear(_number: int, _frame: FrameType | None) -> None:
        nonlocal count
        count += 1
        loop.call_soon_threadsafe(first if count == 1 else again)

    with _waking(loop), signals.handling(dict.fromkeys(signals.numbers(), hear)):
        yield


@contextmanager
def _waking(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Let a signal wake the loop: one that comes in the moment before the loop begins to wait would be heard
    only when something else does, and that may be a call's time-out."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = socket.socketpair()
    with reader, writer:
        reader.setblocking(False)
        writer.setblocking(False)
        loop.add_reader(reader, reader.recv, 4096)
        before = set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            set_wakeup_fd(before)
            loop.remove_reader(reader)
