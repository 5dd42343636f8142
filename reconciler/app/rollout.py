"""Plan and apply over several accounts: what is done with each, and what comes of it."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from ..core import bugs
from ..core.errors import Exit, Problem, ReconcilerError
from ..core.messages import Text, words
from ..core.model import Account, Caveat
from ..lock import mutex
from ..plan import review
from ..plan.actions import Done
from ..plan.decision import Decision
from ..plan.guards import Refusal
from .apply_account import Acting, tell_of_claim
from .decide_account import changed_since, decide
from .fleet import Fleet, Taker, running

if TYPE_CHECKING:
    from ..lock.mutex import Claim
    from ..plan.review import Reviewed
    from .account import Workspace
    from .project import Project


class Decided(Struct, frozen=True):
    """It is known what is to be done with an account, and nothing is."""

    account: Account
    decision: Decision
    already: bool = False
    """all that was reviewed is done already"""

    @property
    def code(self) -> Exit:
        """The exit code, if it were the only account."""
        return Exit.REFUSED if self.decision.refused else Exit.OK

    @property
    def failed(self) -> bool:
        """Whether a fleet that fails fast ends here."""
        return bool(self.decision.refused)


class Acted(Struct, frozen=True):
    """It was done with an account, as far as it went."""

    account: Account
    decision: Decision
    code: Exit
    problems: tuple[Problem, ...]
    done: tuple[Done, ...]
    warnings: tuple[Caveat, ...]
    touched: bool
    """account or lock was changed, or nobody knows"""
    lock: str | None
    """where it is, if it was written"""

    @property
    def failed(self) -> bool:
        """Whether a fleet that fails fast ends here."""
        return self.code not in (Exit.OK, Exit.INTERRUPTED)


class Failed(Struct, frozen=True):
    """The work on an account failed; `before` is what had come of it by then."""

    account: Account
    problems: tuple[Problem, ...]
    before: Result | None = None
    untold: bool = False
    """the decision before it can't be told: that is what failed"""

    failed = True

    @property
    def acted(self) -> Acted | None:
        """What was done before it failed, if anything was begun."""
        before = self.before
        while isinstance(before, Failed):
            before = before.before
        return before if isinstance(before, Acted) else None

    @property
    def code(self) -> Exit:
        """The exit code, if it were the only account."""
        acted = self.acted
        return Exit.INCOMPLETE if acted is not None and acted.touched else Exit.ERROR


Result = Decided | Acted | Failed


class FleetAudience(Taker[Result], Protocol):
    """Whoever is shown the plans of several accounts, is asked, and is told what came of them."""

    def planned(self) -> None:
        """Show the plans."""
        ...

    def objection(self, count: int) -> Problem | None:
        """Ask whether so many accounts shall be changed; None for a yes."""
        ...

    def acts(self) -> None:
        """What was planned has been agreed to: from now on what is not done was left out."""
        ...

    def ended(self, *problems: Problem) -> Exit:
        """Tell the end of a run that has changed nothing; the exit code."""
        ...

    def applied(self, *, again: bool) -> Exit:
        """Tell the end of a run that may have changed something, and whose plans were shown if it tells
        `again`; the exit code."""
        ...


def plan_all(project: Project, taker: Taker[Result], *, fail_fast: bool) -> None:
    """Plan every chosen account; one that fails does not stop the others."""
    terms = project.terms
    with running(terms.connection, terms.teller, taker, fail_fast=fail_fast) as fleet:
        fleet.over(project.chosen or (), _Planning(project, fleet).work)


def apply_all(
    project: Project,
    reviewed: Reviewed | None,
    audience: FleetAudience,
    *,
    agreed: bool,
    delete_first: bool,
    fail_fast: bool,
) -> Exit:
    """Apply to every chosen account. Without an agreement they are planned first, and one question asked."""
    terms = project.terms
    with running(terms.connection, terms.teller, audience, fail_fast=fail_fast) as fleet:
        if not agreed:
            return _asked(project, audience, fleet, delete_first=delete_first)
        applying = _Applying(project, fleet, reviewed=reviewed, delete_first=delete_first)
        fleet.over(project.chosen or (), applying.work)
        applying.tell_of_changes()
        return audience.applied(again=False)


def _asked(project: Project, audience: FleetAudience, fleet: Fleet[Result], *, delete_first: bool) -> Exit:
    """Plan, ask, and apply what was agreed to."""
    accounts = project.chosen or ()
    planning = _Planning(project, fleet)
    fleet.over(accounts, planning.work)
    audience.planned()
    pending = {name: digest for name, digest in planning.pending.items() if name not in fleet.broken}
    if not pending or fleet.ending:
        return audience.ended()
    if objection := audience.objection(len(pending)):
        return audience.ended(objection)
    audience.acts()
    applying = _Applying(project, fleet, shown=pending, delete_first=delete_first)
    fleet.over([one for one in accounts if one.name in pending], applying.work)
    return audience.applied(again=True)


class _Planning:
    """What is done with an account for `plan`. `pending`: the digests of what is to be done, by account."""

    def __init__(self, project: Project, fleet: Fleet[Result]) -> None:
        self._project = project
        self._fleet = fleet
        self.pending: dict[str, str] = {}

    async def work(self, account: Account) -> Result:
        """Plan one."""
        try:
            decision = await decide(self._project.open(account), self._fleet.network)
        except ReconcilerError as error:
            return Failed(account, error.problems)
        if _to_do(decision):
            self.pending[account.name] = decision.digest
        return Decided(account, decision)


class _Applying:
    """What is done with an account for `apply`. `shown`: the digests of the plans that were agreed to."""

    def __init__(
        self,
        project: Project,
        fleet: Fleet[Result],
        *,
        delete_first: bool,
        reviewed: Reviewed | None = None,
        shown: dict[str, str] | None = None,
    ) -> None:
        self._project = project
        self._fleet = fleet
        self._delete_first = delete_first
        self._reviewed = reviewed
        self._shown = shown
        self._changed: Counter[Text] = Counter()

    def tell_of_changes(self) -> None:
        """What was not as it was when the plan file was made, of all accounts in as many lines as kinds."""
        for note, count in sorted(self._changed.items(), key=lambda one: words(one[0])):
            self._project.terms.teller.say(Text("app.of-accounts", note=note, count=count))

    async def work(self, account: Account) -> Result:
        """Apply to one."""
        outcome: Result | None = None
        try:
            with ExitStack() as stack:
                outcome = await self._work(account, self._project.open(account), stack)
        except ReconcilerError as error:
            return Failed(account, error.problems, outcome)
        except Exception as error:  # as late as when the lock is let go
            return Failed(account, (bugs.problem(error),), outcome)
        return outcome

    async def _work(self, account: Account, workspace: Workspace, stack: ExitStack) -> Result:
        """An account with nothing to do costs one list, and no trace on disk: the lock is held once there
        is something to do, or where another run is, or was, at work on it."""
        claim = self._hold(workspace, stack) if mutex.is_marked(workspace.lock_path) else None
        decision = await self._decide(account, workspace)
        if claim is None and _to_do(decision):
            before = workspace.lock
            claim = self._hold(workspace, stack)
            if claim.died is not None or workspace.lock != before:
                decision = await self._decide(account, workspace)
        if claim is not None and not decision.plan.actions:
            claim.settle(known=True)
        if note := changed_since(self._reviewed, decision):
            self._changed[note] += 1
        if claim is None or not _to_do(decision):
            already = self._reviewed is not None and review.is_done(self._reviewed, decision)
            return Decided(account, decision, already)
        return await self._act(account, workspace, claim, decision)

    def _hold(self, workspace: Workspace, stack: ExitStack) -> Claim:
        claim = stack.enter_context(workspace.alone())
        tell_of_claim(workspace, claim)
        return claim

    async def _decide(self, account: Account, workspace: Workspace) -> Decision:
        decision = await decide(workspace, self._fleet.network, self._reviewed)
        shown = None if self._shown is None else self._shown.get(account.name)
        if shown is None or shown == decision.digest:
            return decision
        return decision.refusing(Refusal("stale", Text("app.not-shown"), Text("app.running-again")))

    async def _act(self, account: Account, workspace: Workspace, claim: Claim, decision: Decision) -> Result:
        acting = Acting(
            workspace,
            claim,
            decision,
            self._fleet.network,
            delete_first=self._delete_first,
            reviewed=self._reviewed is not None,
        )
        problems, code = await self._fleet.act(acting)
        run, lock = acting.run, workspace.written
        for warning in run.warnings:
            workspace.warn(warning.message)
        done, warnings = tuple(run.done), tuple(run.warnings)
        return Acted(account, decision, code, problems, done, warnings, run.touched, lock)


def _to_do(decision: Decision) -> bool:
    return bool(decision.plan.actions) and not decision.refused
