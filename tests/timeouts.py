"""A test that takes too long fails alone, wherever it hangs; all others still say what they know.

pytest-timeout counts and reads the marks. Its own alarm rings once, and the failure that it raises may be
lost in a task of asyncio's, or be an example that hypothesis tries again: this one rings until it is heard,
and is no `Exception`. Its other method would end the whole run.
"""

from __future__ import annotations

import faulthandler
import signal
from collections.abc import Generator
from types import FrameType
from typing import Any

import pytest

AGAIN = 2.0
"""Seconds between two alarms"""

_PHASE = pytest.CallInfo.from_call.__func__.__code__  # type: ignore[attr-defined]
"""What pytest runs set-up, call and teardown in, and no work of its own"""

_settings = pytest.StashKey[Any]()
_rang = pytest.StashKey[str]()


class TooLongError(BaseException):
    """A test has not ended in time."""


def pytest_timeout_set_timer(item: pytest.Item, settings: Any) -> bool:
    """Let an alarm ring in this test's time, and from then on."""
    seconds = settings.timeout

    def ring(_number: int, frame: FrameType | None) -> None:
        if _rang not in item.stash:
            faulthandler.dump_traceback(2)
        item.stash[_rang] = f"not ended within {seconds:g} seconds"
        if _in_a_phase(frame):
            raise TooLongError(item.stash[_rang])

    def cancel() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)

    item.stash[_settings] = settings
    # What pytest-timeout calls in the end.
    item.cancel_timeout = cancel  # type: ignore[attr-defined]
    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """A command line that makes an exit code of whatever it catches has not ended in time either."""
    result = yield
    if _rang in item.stash:
        raise TooLongError(item.stash[_rang])
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """A failure has stopped the alarm: what is taken down after it has a time of its own."""
    if _settings in item.stash and signal.getitimer(signal.ITIMER_REAL) == (0, 0):
        item.ihook.pytest_timeout_set_timer(item=item, settings=item.stash[_settings])
    return (yield)


def _in_a_phase(frame: FrameType | None) -> bool:
    """Whether the test is at work, or its fixtures; pytest's own work is not cut off."""
    while frame is not None:
        if frame.f_code is _PHASE:
            return True
        frame = frame.f_back
    return False
