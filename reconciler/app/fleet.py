"""Several accounts side by side: plan and apply over all of them, and how they hear that they should end."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from ..cli.commands.apply import STOPPING
from ..cli.commands.plan import write_plan
from ..cli.console import OutputError
from ..cli.reports.fleet import Outcome, Report
from ..core import bugs
from ..core.errors import Exit, IncompleteError, Problem, ReconcilerError
from ..core.model import Account
from ..core.text import counted
from ..lock import mutex as runlock
from ..plan import planfile as document
from ..plan import review
from ..plan.guards import Refusal
from ..plan.planfile import Decision
from ..render import plan_text as text
from ..wechat.transport.network import Network
from . import signals
from .act import Acting, tell_of_claim
from .decide import changed_since, decide

if TYPE_CHECKING:
    from ..lock.mutex import Claim
    from ..plan.review import Reviewed
    from .account import Workspace
    from .project import Project


class Ended(Protocol):
    """What comes of the work on one account."""

    @property
    def failed(self) -> bool: ...


E = TypeVar("E", bound=Ended)


class Taker(Protocol[E]):
    """Who is told what comes of the accounts."""

    interrupted: bool

    def begin(self, count: int) -> None: ...
    def take(self, outcome: E, /) -> None: ...
    def failure(self, account: Account, problem: Problem, before: E | None, /) -> E: ...


def plan_all(project: Project, out: str | None, *, detailed: bool, fail_fast: bool) -> int:
    """Plan every chosen account; one that fails does not stop the others."""
    with closing(Report(project)) as report:
        try:
            return _plan_all(project, report, out, detailed=detailed, fail_fast=fail_fast)
        except KeyboardInterrupt:
            return _interrupted(report)


def _plan_all(project: Project, report: Report, out: str | None, *, detailed: bool, fail_fast: bool) -> int:
    with running(project, report, fail_fast=fail_fast) as fleet:
        rows = project.console.json or out is not None
        fleet.over(report.accounts, _Planning(fleet, rows=rows).work)
    unwritten = _unwritten(out, report) if out is not None and not report.interrupted else ()
    report.show()
    return report.end(*unwritten, detailed=detailed)


def _unwritten(out: str, report: Report) -> tuple[Problem, ...]:
    """Write the plan, and say why it can't be, if it can't."""
    try:
        write_plan(Path(out), report.document())
    except ReconcilerError as error:
        return error.problems
    return ()


def apply_all(
    project: Project, reviewed: Reviewed | None, *, agreed: bool, delete_first: bool, fail_fast: bool
) -> int:
    """Apply to every chosen account. Without an agreement they are planned first, and one question asked."""
    with closing(Report(project, applies=True)) as report:
        try:
            with running(project, report, fail_fast=fail_fast) as fleet:
                if not agreed:
                    return _asked(project, report, fleet, delete_first=delete_first)
                applying = _Applying(fleet, reviewed=reviewed, delete_first=delete_first)
                fleet.over(report.accounts, applying.work)
                applying.tell_of_changes()
                return _told(report)
        except KeyboardInterrupt:
            return _interrupted(report)


def _asked(project: Project, report: Report, fleet: Fleet[Outcome], *, delete_first: bool) -> int:
    """Plan, ask, and apply what was agreed to."""
    fleet.over(report.accounts, _Planning(fleet, rows=project.console.json).work)
    report.show()
    pending = report.pending()
    if not pending or fleet.ending:
        return report.end()
    if refusal := _ask(project, report, len(pending)):
        return report.end(refusal)
    report.act()
    applying = _Applying(fleet, shown=pending, delete_first=delete_first)
    fleet.over([one for one in report.accounts if one.name in pending], applying.work)
    return _told(report, again=True)


def _interrupted(report: Report) -> int:
    """The end of a run that a signal has ended before an account was begun, or at the question.

    Raises KeyboardInterrupt where the result was being told.
    """
    if report.told:
        raise KeyboardInterrupt
    with signals.unheard():
        report.interrupted = True
        return report.end()


def _told(report: Report, *, again: bool = False) -> int:
    """The end of an apply: neither a signal nor a full disk makes what was done undone, or unsaid."""
    try:
        with signals.unheard():
            report.show(again=again)
            return report.end()
    except OutputError as error:
        raise error.after("what was done is in the locks") if report.touched else error from None
    except Exception as error:
        raise IncompleteError(bugs.problem(error)) if report.touched else error from None


def _ask(project: Project, report: Report, count: int) -> Problem | None:
    if not sys.stdin.isatty():
        message = "not applied: there is no terminal to ask on"
        return Problem("not confirmed", message, None, "give --yes, or a plan file that was reviewed")
    report.show_on_terminal()
    if project.console.confirmed(f"apply this to {count} accounts?"):
        return None
    return Problem("not confirmed", "not applied", None, None)


@contextmanager
def running(project: Project, report: Taker[E], *, fail_fast: bool) -> Iterator[Fleet[E]]:
    """A network for all, in an event loop that outlives the question."""
    with asyncio.Runner() as runner:
        network = runner.run(_opened(project))
        gc.freeze()  # what stands by now stays: to look through it again and again takes a tenth of the time
        try:
            yield Fleet(project, network, runner, report, fail_fast=fail_fast)
        finally:
            gc.unfreeze()
            with signals.unheard():
                runner.run(network.__aexit__(None, None, None))


async def _opened(project: Project) -> Network:
    return await Network(project.connection).__aenter__()


class Fleet(Generic[E]):
    """Workers that take one account after the other, as many as calls may be under way.

    The first signal ends what is only being decided, lets what is being done finish, and begins nothing more;
    the second cuts off.
    """

    def __init__(
        self, project: Project, network: Network, runner: asyncio.Runner, report: Taker[E], *, fail_fast: bool
    ) -> None:
        self.project = project
        self.network = network
        self.ending = False
        self._runner = runner
        self._report = report
        self._fail_fast = fail_fast
        self._workers: list[asyncio.Task[None]] = []
        self._acting: dict[asyncio.Task[Any] | None, Acting] = {}

    def over(self, accounts: Sequence[Account], work: Callable[[Account], Awaitable[E]]) -> None:
        """Do the work for each account, and hand what comes of it to the report."""
        self._report.begin(len(accounts))
        with signals.heard(self._runner.get_loop(), self._stop, self._cut_off):
            signals.stop_if_asked()
            self._runner.run(self._over(iter(accounts), work))

    async def _over(self, accounts: Iterator[Account], work: Callable[[Account], Awaitable[E]]) -> None:
        count = self.project.connection.parallelism
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
        """What comes of an account, handed to the report. Whatever comes up is its failure, no other's."""
        outcome: E | None = None
        try:
            outcome = await work(account)
            self._report.take(outcome)
            return outcome
        except OutputError:
            raise
        except (Exception, asyncio.CancelledError) as error:
            task = asyncio.current_task()
            if isinstance(error, asyncio.CancelledError) and (task is None or task.cancelling()):
                raise
            outcome = self._report.failure(account, bugs.problem(error), outcome)
            self._report.take(outcome)
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
        self.project.console.say(STOPPING)
        self.ending = True
        self._report.interrupted = True
        self.network.stop()
        for worker in self._workers:
            if worker in self._acting:
                self._acting[worker].run.stop()
            else:
                worker.cancel()

    def _cut_off(self) -> None:
        for worker in self._workers:
            worker.cancel()


class _Planning:
    """What is done with an account for `plan`. `rows`: the document will be read."""

    def __init__(self, fleet: Fleet[Outcome], *, rows: bool) -> None:
        self._fleet = fleet
        self._rows = rows

    async def work(self, account: Account) -> Outcome:
        try:
            decision = await decide(self._fleet.project.open(account), self._fleet.network)
        except ReconcilerError as error:
            return Outcome.failure(account, error.problems)
        return Outcome.decided(account, decision, rows=self._rows)


class _Applying:
    """What is done with an account for `apply`. `shown`: the digests of the plans that were agreed to."""

    def __init__(
        self,
        fleet: Fleet[Outcome],
        *,
        delete_first: bool,
        reviewed: Reviewed | None = None,
        shown: dict[str, str] | None = None,
    ) -> None:
        self._fleet = fleet
        self._delete_first = delete_first
        self._reviewed = reviewed
        self._shown = shown
        self._changed: Counter[str] = Counter()

    def tell_of_changes(self) -> None:
        """What was not as it was when the plan file was made, of all accounts in as many lines as kinds."""
        for note, count in sorted(self._changed.items()):
            self._fleet.project.console.say(f"{note} ({counted(count, 'account')})")

    async def work(self, account: Account) -> Outcome:
        outcome = None
        try:
            with ExitStack() as stack:
                outcome = await self._work(account, self._fleet.project.open(account), stack)
        except ReconcilerError as error:
            return Outcome.failure(account, error.problems, outcome)
        except Exception as error:  # as late as when the lock is let go
            return Outcome.failure(account, (bugs.problem(error),), outcome)
        return outcome

    async def _work(self, account: Account, workspace: Workspace, stack: ExitStack) -> Outcome:
        """An account with nothing to do costs one list, and no trace on disk: the lock is held once there
        is something to do, or where another run is, or was, at work on it."""
        claim = self._hold(workspace, stack) if runlock.is_marked(workspace.lock_path) else None
        decision = await self._decide(workspace)
        if claim is None and _to_do(decision):
            before = workspace.lock
            claim = self._hold(workspace, stack)
            if claim.died is not None or workspace.lock != before:
                decision = await self._decide(workspace)
        if claim is not None and not decision.plan.actions:
            claim.settle(known=True)
        if note := changed_since(self._reviewed, decision):
            self._changed[note] += 1
        if claim is None or not _to_do(decision):
            return self._nothing_done(account, decision)
        return await self._act(account, workspace, claim, decision)

    def _nothing_done(self, account: Account, decision: Decision) -> Outcome:
        done = self._reviewed is not None and review.is_done(self._reviewed, decision)
        rows = self._fleet.project.console.json
        line = text.ALREADY if done else None
        return Outcome.decided(account, decision, applies=True, rows=rows, line=line)

    def _hold(self, workspace: Workspace, stack: ExitStack) -> Claim:
        claim = stack.enter_context(workspace.alone())
        tell_of_claim(workspace, claim)
        return claim

    async def _decide(self, workspace: Workspace) -> Decision:
        decision = await decide(workspace, self._fleet.network, self._reviewed)
        account = workspace.desired.account
        shown = self._shown.get(account.name) if self._shown is not None and account is not None else None
        if shown is None or shown == document.account(decision)["digest"]:
            return decision
        what = "what is to be done is not what was shown"
        return decision.refusing(Refusal("stale", what, "running apply again"))

    async def _act(self, account: Account, workspace: Workspace, claim: Claim, decision: Decision) -> Outcome:
        acting = Acting(
            workspace,
            claim,
            decision,
            self._fleet.network,
            delete_first=self._delete_first,
            reviewed=self._reviewed is not None,
        )
        problems, code = await self._fleet.act(acting)
        for warning in acting.run.warnings:
            workspace.say(f"warning: {warning.message}")
        try:
            return Outcome.acted(account, decision, acting.run, problems, code, lock=workspace.written)
        except Exception as error:  # what was done counts, also where it can't be told
            run, lock = acting.run, workspace.written
            done = Outcome(
                account, code, "", problems=problems, done=tuple(run.done), touched=run.touched, lock=lock
            )
            return Outcome.failure(account, (bugs.problem(error),), done)


def _to_do(decision: Decision) -> bool:
    return bool(decision.plan.actions) and not decision.refused
