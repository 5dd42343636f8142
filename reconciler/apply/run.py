"""Carry out a plan against a Remote: adds, then deletes, the lock on disk at every step that needs it.

The order is what keeps a kill at any moment harmless (contract, "Order"): every lock-only action and every
successor is on disk before the first delete, and what must still be deleted stands under `retired`. An add
whose reply was lost is looked for on the account before anybody repeats it; if even the process was lost,
the next run finds it in the list, and adopts it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ..core.errors import CallError, IncompleteError
from ..core.messages import Said
from ..core.model import Caveat, Entry, Live, Lock
from ..core.ports import Remote
from ..lock.writer import Write
from ..plan.actions import Action, Add, Delete, Done, Retire
from ..plan.decision import Decision
from . import capacity, transitions, verify
from .account_list import AccountList
from .adds import Adds
from .deletes import Deletes
from .progress import Progress
from .steps import Steps


class Run:
    """One apply. `done`, `lock`, `touched` and `warnings` say what happened, also after an error.

    `settle`: seconds in which the account's list may lag behind what was done. `retries`: how often one add
    or delete of unknown outcome is tried again, once the account was seen without it. `delete_first`: on a
    full account, delete a replaced template before its successor exists. `on_done` hears of each action as it
    is done, `tell` of what is out of the ordinary.
    """

    def __init__(
        self,
        decision: Decision,
        remote: Remote,
        write: Write,
        *,
        now: datetime,
        settle: float = 3.0,
        retries: int = 4,
        parallelism: int = 8,
        delete_first: bool = False,
        on_done: Callable[[Done], None] = lambda _: None,
        tell: Callable[[Said], None] = lambda _: None,
    ) -> None:
        self._decision = decision
        self._plan = decision.plan
        self._now = now
        self._delete_first = delete_first
        self._progress = progress = Progress(decision.plan, decision.lock, write, on_done)
        self._account = account = AccountList(decision, remote, progress, settle=settle, tell=tell)
        self._steps = steps = Steps(
            progress, parallelism=parallelism, retries=retries, explain=self._explained
        )
        self._deletes = deletes = Deletes(remote, progress, steps, account)
        self._adds = Adds(
            decision,
            remote,
            progress,
            steps=steps,
            account=account,
            deletes=deletes,
            now=now,
            delete_first=delete_first,
            tell=tell,
        )
        self._odd: list[Caveat] = []

    @property
    def done(self) -> list[Done]:
        """What was done, in the order of the plan."""
        return self._progress.done

    @property
    def lock(self) -> Lock:
        """The lock as it stands now."""
        return self._progress.lock

    @property
    def touched(self) -> bool:
        """Whether the account or the lock was changed, or may have been."""
        return self._progress.touched or bool(self._steps.under_way)

    @property
    def unsure(self) -> bool:
        """Whether it is unknown what was added, or the lock on disk does not say it."""
        adding = any(isinstance(one, Add) for one in self._steps.under_way)
        return self._steps.in_doubt or self._progress.stuck or adding

    @property
    def cut_off(self) -> list[Action]:
        """Actions that were under way when the run was cancelled: it is unknown whether they were done."""
        return list(self._steps.under_way)

    @property
    def warnings(self) -> list[Caveat]:
        """Warnings so far."""
        return [*self._adds.warnings, *self._odd]

    def stop(self) -> None:
        """Begin nothing more: `go` ends what is under way, saves the lock, and raises StoppedError."""
        self._steps.stopping = self._account.hurry = True

    async def go(self) -> None:
        """Carry out the plan.

        Raises CallError (nothing was changed, or it is not known: see `touched`), StoppedError, or
        IncompleteError: the account is full, the lock could not be written, or the account is not what was
        meant.
        """
        adds, deletes = self._plan.of(Add), self._plan.of(Delete)
        try:
            await self._open()
            await self._adds.carry_out(adds)
            await self._deletes.carry_out(deletes)
            self._steps.stop_if_asked()
            if adds or deletes:
                await self._check()
        finally:
            await self._progress.flush()

    async def _open(self) -> None:
        """Do the lock-only actions, and have them on disk before the account is touched."""
        before = self._decision.lock
        lock = transitions.opening(before, self._plan, self._now)
        actions = self._plan.lock_only
        if actions or transitions.differs(lock, transitions.as_known(before, self._plan)):
            self._progress.record(lock)
            await self._progress.flush()
        # An appid or a rule alone is no reason to write: it goes into the first real save.
        self._progress.lock = lock
        replaced = {action.ousts for action in self._plan.of(Add)}
        for action in actions:
            # A template that an add replaces is retired by that add, and not before it.
            if not isinstance(action, Retire) or action.template_id not in replaced:
                self._progress.tick(action, action.template_id)

    def _explained(self, error: CallError, pending: Sequence[Action]) -> CallError:
        """Advise on an account that is full: how many templates there are, and which might go."""
        adds = [one for one in pending if isinstance(one, Add)]
        there = len(self._account.expected())
        return error.reworded(
            advice=capacity.advice(self._plan, there, adds, delete_first=self._delete_first)
        )

    # ------------------------------------------------------------------ after the apply

    async def _check(self) -> None:
        """List the account and compare it with what was meant. Raises CallError, and IncompleteError."""
        deleted = {action.template_id for action in self._plan.of(Delete)}

        def settled(live: Sequence[Live]) -> bool:
            as_meant = not (verify.differences(self._meant(), deleted, live) or self._unread(live))
            return self._account.is_credible(live) and as_meant

        live = await self._account.until(settled)
        found = verify.differences(self._meant(), deleted, live)
        self._take_back_what_is_listed(live)
        gone = deleted if self._account.is_credible(live) else ()
        self._progress.record(transitions.checked(self.lock, gone, live))
        unread = self._unread(live)
        self._odd += verify.caveats(self.lock, self._account.before, unread, live)
        if problems := verify.problems(found, unread):
            raise IncompleteError(problems)

    def _take_back_what_is_listed(self, live: Sequence[Live]) -> None:
        """Note deletes that were answered, and were not done."""
        listed = {one.template_id for one in live}
        for action in self._plan.of(Delete):
            if action.template_id in listed:
                self._progress.take_back(action)

    def _meant(self) -> dict[str, Entry]:
        """The entries that must be on the account, by name: not those that no list has shown before this run,
        nor those that the plan leaves alone."""
        there = self._account.before | self._progress.ids("add")
        return {
            name: entry
            for name, entry in self.lock.templates.items()
            if entry.template_id in there and name not in self._plan.aside
        }

    def _unread(self, live: Sequence[Live]) -> dict[str, Entry]:
        """Entries of what was added and can't be read yet (contract, "Placeholders")."""
        return verify.unread(self.lock, self._progress.ids("add"), live)
