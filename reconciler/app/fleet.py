"""A fleet: work on several accounts side by side, and how signals end it."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, Protocol, TypeVar

from ..core import bugs
from ..core.errors import Exit, OutputError, Problem
from ..core.model import Account
from ..core.ports import Teller
from ..wechat.transport.network import Connection, Network
from . import signals
from .apply_account import STOPPING, Acting
from .event_loop import event_loop, heard


class WorkResult(Protocol):
    """The outcome of the work on one account."""

    @property
    def failed(self) -> bool:
        """Whether a fleet that fails fast ends here."""
        ...


E = TypeVar("E", bound=WorkResult)


class Taker(Protocol[E]):
    """Whoever takes the outcomes of a fleet."""

    interrupted: bool
    """a signal has asked the run to end"""

    def begin(self, count: int) -> None:
        """Hear how many accounts will be worked on."""
        ...

    def take(self, outcome: E, /) -> None:
        """Take what came of an account, in place of what came of it before. Raises OutputError."""
        ...

    def failure(self, account: Account, problem: Problem, before: E | None, /) -> E:
        """Make the outcome of an account that a bug has ended, after what came of it `before`."""
        ...


@contextmanager
def running(
    connection: Connection, teller: Teller, taker: Taker[E], *, fail_fast: bool
) -> Iterator[Fleet[E]]:
    """Open a network for all accounts, in an event loop that is still there after a question."""
    with event_loop(teller) as runner:
        network = runner.run(_opened(connection))
        gc.freeze()  # what stands by now stays: to look through it again and again takes a tenth of the time
        try:
            yield Fleet(network, teller, runner, taker, fail_fast=fail_fast)
        finally:
            gc.unfreeze()
            with signals.unheard():
                runner.run(network.__aexit__(None, None, None))


async def _opened(connection: Connection) -> Network:
    return await Network(connection).__aenter__()


class Fleet(Generic[E]):
    """Workers that take one account after the other, as many as calls may be under way.

    The first signal ends what is only being decided, lets what is being done finish, and begins nothing more;
    the second cuts off.
    """

    def __init__(
        self, network: Network, teller: Teller, runner: asyncio.Runner, taker: Taker[E], *, fail_fast: bool
    ) -> None:
        self.network = network
        self.ending = False
        self.broken: set[str] = set()
        """accounts that a bug has ended, after the work or in the telling"""
        self._teller = teller
        self._runner = runner
        self._taker = taker
        self._fail_fast = fail_fast
        self._workers: list[asyncio.Task[None]] = []
        self._acting: dict[asyncio.Task[Any] | None, Acting] = {}

    def over(self, accounts: Sequence[Account], work: Callable[[Account], Awaitable[E]]) -> None:
        """Do the work for each account, and hand what comes of it to the taker."""
        self._taker.begin(len(accounts))
        with heard(self._runner.get_loop(), self._stop, self._cut_off):
            signals.stop_if_asked()
            self._runner.run(self._over(iter(accounts), work))

    async def _over(self, accounts: Iterator[Account], work: Callable[[Account], Awaitable[E]]) -> None:
        count = self.network.connection.parallelism
        self._workers = [asyncio.create_task(self._worker(accounts, work)) for _ in range(count)]
        ends = await asyncio.gather(*self._workers, return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException) and not isinstance(end, asyncio.CancelledError):
                raise end

    async def _worker(self, accounts: Iterator[Account], work: Callable[[Account], Awaitable[E]]) -> None:
        while not self.ending and (account := next(accounts, None)) is not None:
            outcome = await self._taken(account, work)
            self.ending |= self._fail_fast and outcome.failed

    async def _taken(self, account: Account, work: Callable[[Account], Awaitable[E]]) -> E:
        """Work on an account, and hand the outcome to the taker. An error is this account's failure alone."""
        outcome: E | None = None
        try:
            outcome = await work(account)
            self._taker.take(outcome)
            return outcome
        except OutputError:
            raise
        except (Exception, asyncio.CancelledError) as error:
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and (task is None or task.cancelling()):
                raise
            self.broken.add(account.name)
            outcome = self._taker.failure(account, bugs.problem(error), outcome)
            self._taker.take(outcome)
            return outcome

    async def act(self, acting: Acting) -> tuple[tuple[Problem, ...], Exit]:
        """Carry out what is decided, so that a signal lets it finish."""
        task = asyncio.current_task()
        self._acting[task] = acting
        if self.ending:
            acting.run.stop()
        try:
            return await acting.to_the_end()
        finally:
            del self._acting[task]

    def _stop(self) -> None:
        self._teller.say(STOPPING)
        self.ending = True
        self._taker.interrupted = True
        self.network.stop()
        for worker in self._workers:
            if worker in self._acting:
                self._acting[worker].run.stop()
            else:
                worker.cancel()

    def _cut_off(self) -> None:
        for worker in self._workers:
            worker.cancel()
