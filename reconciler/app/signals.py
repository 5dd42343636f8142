"""The signals that end a run, and who handles them when. Without an event loop; with one see `event_loop`."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

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
    with handling(dict.fromkeys(numbers(), _interrupt)):
        yield


def ask(number: int) -> None:
    """Note that a signal has asked this run to end."""
    _asked.append(number)


def asked() -> bool:
    """Whether a signal has asked the run to end."""
    return bool(_asked)


def stop_if_asked() -> None:
    """Raises KeyboardInterrupt, if a signal has asked for it and was dropped."""
    if _asked:
        raise KeyboardInterrupt


@contextmanager
def whole() -> Iterator[None]:
    """What is being written is written to its end: a signal that would raise KeyboardInterrupt does so after
    it, a second one at once, since whoever reads may have stopped."""
    came: list[int] = []

    def hear(number: int, frame: FrameType | None) -> None:
        if came:
            _interrupt(number, frame)
        came.append(number)

    waiting = [number for number in numbers() if signal.getsignal(number) is _interrupt]
    with handling(dict.fromkeys(waiting, hear)):
        yield
    if came:
        _interrupt(came[0], None)


@contextmanager
def unheard() -> Iterator[None]:
    """A run that is ending anyway finishes its last words, however often it is told to end."""
    with handling(dict.fromkeys(ENDING, signal.SIG_IGN)):
        yield


def numbers() -> list[signal.Signals]:
    """Those to be heard: a SIGINT or SIGHUP that whoever started the program had ignored stays so, as a job
    in the background of a shell has the one, and `nohup` the other."""
    maybe = [number for number in ENDING if number is not signal.SIGTERM]
    heard = [number for number in maybe if signal.getsignal(number) is not signal.SIG_IGN]
    return [signal.SIGTERM, *heard]


@contextmanager
def handling(handlers: Mapping[signal.Signals, Handler | signal.Handlers]) -> Iterator[None]:
    """Handle signals so meanwhile. Only the main thread may; elsewhere nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    ask(number)
    raise KeyboardInterrupt
