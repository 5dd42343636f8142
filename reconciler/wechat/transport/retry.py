"""Which failed calls are made again, and when (wechat-api.md §6).

A call is made again where that can do nothing twice: it only asks, or it was certainly not carried out. An
add or a delete of which nobody knows needs a look at the account first (apply/adds, apply/deletes).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    wait_chain,
    wait_exponential,
    wait_random,
)

from ...core.errors import CallError
from ...core.messages import Said, Text
from .. import errcodes
from ..wire import Request

SOON = wait_exponential(multiplier=0.25, max=5) + wait_random(0, 0.25)
MINUTE = wait_chain(*(wait_random(seconds, seconds * 1.2) for seconds in (2, 8, 20, 30)))
"""Seconds between tries, never the same for two clients. A quota of calls a minute is full for a minute."""


class RetryPolicy:
    """How often, and how long, calls are made again that fail for the moment.

    `left` tells the seconds until the deadline, `rest` waits for so many, `tell` hears of each repetition.
    """

    def __init__(
        self,
        retries: int,
        *,
        left: Callable[[], float],
        rest: Callable[[float], Awaitable[None]],
        tell: Callable[[Said], None],
    ) -> None:
        self._retries = retries
        self._left = left
        self._rest = rest
        self._say = tell

    def trying(self, request: Request) -> AsyncRetrying:
        """Make a retrying caller: called with a coroutine function, it returns the outcome of the last
        try."""
        return AsyncRetrying(
            retry=retry_if_exception(lambda error: may_repeat(request, error)),
            wait=_pause,
            stop=self._ends,
            sleep=self._rest,
            before_sleep=self._tell,
            reraise=True,
        )

    def _ends(self, state: RetryCallState) -> bool:
        return state.attempt_number > self._tries(state) or state.upcoming_sleep >= self._left()

    def _tries(self, state: RetryCallState) -> int:
        """How often at most; of an odd code once (wechat-api.md §7)."""
        return min(self._retries, 1) if _error(state).errcode in errcodes.ODD else self._retries

    def _tell(self, state: RetryCallState) -> None:
        self._say(
            Text(
                "wechat.trying-again",
                problem=_error(state).problems[0].text,
                seconds=state.upcoming_sleep,
                attempt=state.attempt_number,
                attempts=self._tries(state),
            )
        )


def may_repeat(request: Request, error: BaseException) -> bool:
    """Whether the same call may succeed in a moment, and can't do anything twice."""
    if not isinstance(error, CallError) or not error.passing:
        return False
    return error.executed is False or not request.writes


def _pause(state: RetryCallState) -> float:
    return (MINUTE if _error(state).errcode in errcodes.MINUTE else SOON)(state)


def _error(state: RetryCallState) -> CallError:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, CallError), "nothing else is repeated"
    return error
