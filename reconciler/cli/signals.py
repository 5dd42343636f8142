"""How a run hears that it should end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], Any]


@contextmanager
def terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM is a Ctrl-C: what ends a job in CI should find no less order than a person does."""

    def terminate(number: int, frame: FrameType | None) -> None:
        handler = signal.getsignal(signal.SIGINT)
        (handler if callable(handler) else signal.default_int_handler)(number, frame)

    with _handling({signal.SIGTERM: terminate}):
        yield


@contextmanager
def heard(first: Callable[[], object], again: Callable[[], object]) -> Iterator[None]:
    """Call `first` at the first SIGINT or SIGTERM, `again` at each one after it.

    A SIGINT that whoever started the program had ignored stays so: a job in the background of a shell.
    """
    count = 0

    def hear(_number: int, _frame: FrameType | None) -> None:
        nonlocal count
        count += 1
        (first if count == 1 else again)()

    numbers = [signal.SIGTERM]
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        numbers.append(signal.SIGINT)
    with _handling(dict.fromkeys(numbers, hear)):
        yield


@contextmanager
def unheard() -> Iterator[None]:
    """A run that is ending anyway finishes its last words, however often it is told to end."""
    with _handling(dict.fromkeys((signal.SIGINT, signal.SIGTERM), signal.SIG_IGN)):
        yield


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
