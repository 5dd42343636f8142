"""How a run hears that it should end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

from ..core import bugs

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What ends a run in order: Ctrl-C, whoever ends a job, a terminal that goes away"""

Handler = Callable[[int, FrameType | None], Any]


_asked: list[int] = []
"""Signals that asked this run to end. Python drops a KeyboardInterrupt where it can't be raised, as in a
callback of its import system: whoever is about to act looks here."""


@contextmanager
def ending() -> Iterator[None]:
    """Signals that end a run raise KeyboardInterrupt, and are not forgotten should that get lost.

    What ends a job in CI should find no less order than a person does.
    """
    _asked.clear()
    with _handling(dict.fromkeys(_numbers(), _interrupt)):
        yield


def asked() -> bool:
    """Whether a signal has asked the run to end."""
    return bool(_asked)


def stop_if_asked() -> None:
    """Raises KeyboardInterrupt, if a signal has asked for it and was dropped."""
    if _asked:
        raise KeyboardInterrupt


def interruptible(runner: asyncio.Runner, work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine, which a signal cancels.

    Raises KeyboardInterrupt, also where the signal came too late to cancel anything: asyncio would forget it.
    """
    loop = runner.get_loop()
    loop.set_exception_handler(bugs.in_loop)
    task = loop.create_task(work)

    def cancel(number: int, _frame: FrameType | None) -> None:
        _asked.append(number)
        loop.call_soon_threadsafe(task.cancel)

    async def result() -> T:
        return await task

    with _waking(loop), _handling(dict.fromkeys(_numbers(), cancel)):
        try:
            done = runner.run(result())
        except BaseException:
            stop_if_asked()
            raise
    stop_if_asked()
    return done


def _interrupt(number: int, _frame: FrameType | None) -> None:
    _asked.append(number)
    raise KeyboardInterrupt


def _numbers() -> list[signal.Signals]:
    """Those to be heard: a SIGINT or SIGHUP that whoever started the program had ignored stays so, as a job
    in the background of a shell has the one, and `nohup` the other."""
    maybe = [number for number in ENDING if number is not signal.SIGTERM]
    heard = [number for number in maybe if signal.getsignal(number) is not signal.SIG_IGN]
    return [signal.SIGTERM, *heard]


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

    loop.set_exception_handler(bugs.in_loop)
    with _waking(loop), _handling(dict.fromkeys(_numbers(), hear)):
        yield


@contextmanager
def whole() -> Iterator[None]:
    """What is being written is written to its end: a signal that would raise KeyboardInterrupt does so after
    it, a second one at once, since whoever reads may have stopped."""
    came: list[int] = []

    def hear(number: int, frame: FrameType | None) -> None:
        if came:
            _interrupt(number, frame)
        came.append(number)

    numbers = [number for number in _numbers() if signal.getsignal(number) is _interrupt]
    with _handling(dict.fromkeys(numbers, hear)):
        yield
    if came:
        _interrupt(came[0], None)


@contextmanager
def unheard() -> Iterator[None]:
    """A run that is ending anyway finishes its last words, however often it is told to end."""
    with _handling(dict.fromkeys(ENDING, signal.SIG_IGN)):
        yield


@contextmanager
def _waking(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Let a signal wake the loop: one that comes in the moment before the loop begins to wait would be heard
    only when something else does, and that may be a call's time-out."""
    import socket

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reader, writer = socket.socketpair()
    with reader, writer:
        reader.setblocking(False)
        writer.setblocking(False)
        loop.add_reader(reader, reader.recv, 4096)
        before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            loop.remove_reader(reader)


@contextmanager
def _handling(handlers: Mapping[signal.Signals, Handler | signal.Handlers]) -> Iterator[None]:
    """Only the main thread may handle signals; elsewhere nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
