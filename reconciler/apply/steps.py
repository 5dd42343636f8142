"""Calls that change the account, side by side: what is under way, what failed, and what is tried again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

from msgspec import Struct

from ..core.errors import INTERRUPTED, CallError, IncompleteError, Reason, StoppedError, joined
from ..core.messages import Text
from ..plan.actions import Action, Add, Delete, order
from .progress import Progress

T = TypeVar("T", Add, Delete)
"""The kind of action that is carried out; the other kinds make no call"""


class Failure(Struct, Generic[T], frozen=True):
    """An action that failed, and why."""

    action: T
    error: CallError

    @property
    def unknown(self) -> bool:
        """Whether nobody knows if it was carried out."""
        return self.error.executed is None

    @property
    def full(self) -> bool:
        """Whether the account has no room for it."""
        return self.error.reason is Reason.FULL


Step = Callable[[T], Awaitable[None]]
Judge = Callable[[Sequence[Failure[T]], list[T]], Awaitable[bool]]
"""Whether what failed may be tried again, beside what still waits."""
Explain = Callable[[CallError, Sequence[Action]], CallError]
"""Says of an account that is full what might go, where these actions are still to be carried out."""


class Steps:
    """The steps of one apply, `parallelism` of them at a time.

    `retries`: how often one action of unknown outcome is tried again. `in_doubt`: nobody knows what was
    added.
    """

    def __init__(self, progress: Progress, *, parallelism: int, retries: int, explain: Explain) -> None:
        self._progress = progress
        self._parallelism = parallelism
        self._retries = retries
        self._explain = explain
        self._lost: Counter[Action] = Counter()
        self.under_way: dict[Action, None] = {}
        self.stopping = False
        self.in_doubt = False

    async def carry_out(self, actions: Sequence[T], step: Step[T], may_try_again: Judge[T]) -> None:
        """Take one step an action, until all are done, or `may_try_again` says no. Raises ReconcilerError."""
        waiting = list(actions)
        while waiting:
            self.stop_if_asked()
            failures = await self._each(waiting, step)
            again = await may_try_again(failures, waiting)
            left = [one for one in failures if not self._progress.has(one.action)]
            if not again:
                self._raise(left, waiting)
            waiting[:0] = sorted((one.action for one in left), key=order)

    async def _each(self, waiting: list[T], step: Step[T]) -> list[Failure[T]]:
        """Take one step an action, side by side, and take it off the list. What failed, and why.

        After a failure none is begun; those under way end.
        """
        failures: list[Failure[T]] = []

        async def worker() -> None:
            while waiting and not (failures or self._progress.stuck or self.stopping):
                action = waiting.pop(0)
                self.under_way[action] = None
                try:
                    await step(action)
                except CallError as error:
                    failures.append(Failure(action, error))
                del self.under_way[action]

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._parallelism, len(waiting))):
                group.create_task(worker())
        if failures or self._progress.stuck:
            await self._progress.flush()
        return failures

    def stop_if_asked(self) -> None:
        """Raise StoppedError where the run is to end."""
        if self.stopping:
            raise StoppedError(INTERRUPTED)

    def patient_with(self, failures: Sequence[Failure[T]]) -> bool:
        """Whether to try actions again whose outcome was unknown, and which the account was seen without."""
        self._lost.update(one.action for one in failures)
        self._progress.touched |= bool(failures)
        return all(one.error.passing and self._lost[one.action] <= self._retries for one in failures)

    def _raise(self, failures: Sequence[Failure[T]], waiting: Sequence[T]) -> None:
        if not failures:
            return
        self._progress.touched |= any(failure.unknown for failure in failures)
        self.in_doubt |= any(failure.unknown and isinstance(failure.action, Add) for failure in failures)
        pending = [*waiting, *(failure.action for failure in failures)]
        error = joined([self._explain(one.error, pending) if one.full else one.error for one in failures])
        # It is told as incomplete although nothing may have been changed: the account can't become what is
        # meant by running it again.
        raise IncompleteError(error.problems) if any(one.full for one in failures) else error


@contextmanager
def about(action: Add | Delete) -> Iterator[None]:
    """Name the template that a call is for in the error of a call that fails."""
    try:
        yield
    except CallError as error:
        raise error.reworded(text=_told(action, error)) from None


def _told(action: Add | Delete, error: CallError) -> Text:
    problem = error.problems[0].text
    if isinstance(action, Add):
        spec = action.spec
        if not spec.title:
            return Text("apply.failed-add-untitled", name=action.name, id=spec.id, problem=problem)
        return Text("apply.failed-add", name=action.name, id=spec.id, title=spec.title, problem=problem)
    name = action.name or action.entry.title
    return Text("apply.failed-delete", name=name, template_id=action.template_id, problem=problem)


def names(actions: Sequence[Action]) -> tuple[str, ...]:
    """Names of actions as they are told: the template's name, or its template_id."""
    return tuple(action.name or action.template_id or "" for action in actions)
