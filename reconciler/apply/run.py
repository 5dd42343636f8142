"""Carry out a plan against a Remote: adds, then deletes, the lock on disk at every step that needs it.

The order is what keeps a kill at any moment harmless (contract, "Order"): every lock-only action and every
successor is on disk before the first delete, and what must still be deleted stands under `retired`. An add
whose reply was lost is looked for on the account before anybody repeats it; if even the process was lost,
the next run finds it in the list, and adopts it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from ..core.errors import INTERRUPTED, CallError, IncompleteError, Problem, Reason, StoppedError, joined
from ..core.model import Caveat, Entry, Live, Lock
from ..core.ports import Remote
from ..lock.writer import Write
from ..plan.actions import Action, Add, Delete, Done, Retire, order
from ..plan.decide import lives_as
from ..plan.planfile import Decision
from ..plan.refresh import list_until
from . import capacity as room
from . import transitions as ledger
from . import verify as aftercheck
from .progress import Progress

T = TypeVar("T", Add, Delete)
"""The kind of action that is carried out; the other kinds make no call"""


@dataclass(frozen=True)
class _Failure(Generic[T]):
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


_LOOK = "run plan: it shows what the account looks like now"
_KEYS = "run apply again: it records the keys as soon as the account shows them"

Step = Callable[[T], Awaitable[None]]
Judge = Callable[[Sequence[_Failure[T]], list[T]], Awaitable[bool]]
"""Whether what failed may be tried again, beside what still waits."""


class Run:
    """One apply. `done`, `lock`, `touched` and `warnings` say what happened, also after an error.

    `retries`: how often one add or delete of unknown outcome is tried again, once the account was seen
    without it. `delete_first`: on a full account, delete a replaced template before its successor exists.
    `on_done` hears of each action as it is done, `tell` of what is out of the ordinary.
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
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._decision = decision
        self._plan = decision.plan
        self._remote = remote
        self._now = now
        self._settle = settle
        self._retries = retries
        self._parallelism = parallelism
        self._delete_first = delete_first
        self._say = tell
        self._progress = Progress(decision.plan, decision.lock, write, on_done)
        self._lost: Counter[Action] = Counter()
        self._stopping = False
        self._under_way: dict[Action, None] = {}
        self._in_doubt = False
        self.warnings: list[Caveat] = []

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
        """The account or the lock was changed, or nobody knows whether the account was."""
        return self._progress.touched or bool(self._under_way)

    @property
    def unsure(self) -> bool:
        """Nobody knows what was added, or the lock on disk does not say it."""
        return self._in_doubt or self._progress.stuck or any(isinstance(one, Add) for one in self._under_way)

    @property
    def cut_off(self) -> list[Action]:
        """What was under way when the run was cancelled: nobody knows whether it was done."""
        return list(self._under_way)

    def stop(self) -> None:
        """Begin nothing more: `go` ends what is under way, saves the lock, and raises StoppedError."""
        self._stopping = True

    async def go(self) -> None:
        """Do all of it.

        Raises CallError (nothing was changed, or it is not known: see `touched`), StoppedError, or
        IncompleteError: the account is full, the lock could not be written, or the account is not what was
        meant.
        """
        adds, deletes = self._plan.of(Add), self._plan.of(Delete)
        try:
            await self._open()
            await self._carry_out(adds, self._add, self._may_add_again)
            await self._delete_all(deletes)
            self._stop_if_asked()
            if adds or deletes:
                await self._check()
        finally:
            await self._progress.flush()

    async def _open(self) -> None:
        """The lock-only actions, on disk before the account is touched."""
        before = self._decision.lock
        lock = ledger.opening(before, self._plan, self._now)
        actions = self._plan.lock_only
        # What only an add's success retires is done with the add.
        later = {action.ousts for action in self._plan.of(Add)}
        if actions or ledger.differs(lock, ledger.as_known(before, self._plan)):
            self._progress.record(lock)
            await self._progress.flush()
        self._progress.lock = (
            lock  # an appid or a rule alone is no reason to write: it goes into the first real save
        )
        for action in actions:
            if not isinstance(action, Retire) or action.template_id not in later:
                self._progress.tick(action, action.template_id)

    # ------------------------------------------------------------------ steps

    async def _carry_out(self, actions: Sequence[T], step: Step[T], may_try_again: Judge[T]) -> None:
        """Take one step an action, until all are done, or `may_try_again` says no. Raises ReconcilerError."""
        waiting = list(actions)
        while waiting:
            self._stop_if_asked()
            failures = await self._each(waiting, step)
            again = await may_try_again(failures, waiting)
            left = [one for one in failures if not self._progress.has(one.action)]
            if not again:
                self._raise(left, waiting)
            waiting[:0] = sorted((one.action for one in left), key=order)

    async def _each(self, waiting: list[T], step: Step[T]) -> list[_Failure[T]]:
        """Take one step an action, side by side, and take it off the list. What failed, and why.

        After a failure none is begun; those under way end.
        """
        failures: list[_Failure[T]] = []

        async def worker() -> None:
            while waiting and not (failures or self._progress.stuck or self._stopping):
                action = waiting.pop(0)
                self._under_way[action] = None
                try:
                    await step(action)
                except CallError as error:
                    failures.append(_Failure(action, error))
                del self._under_way[action]

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._parallelism, len(waiting))):
                group.create_task(worker())
        if failures or self._progress.stuck:
            await self._progress.flush()
        return failures

    def _stop_if_asked(self) -> None:
        if self._stopping:
            raise StoppedError(INTERRUPTED)

    def _patient_with(self, failures: Sequence[_Failure[T]]) -> bool:
        """Whether actions of unknown outcome, which the account was seen without, are tried once more."""
        self._lost.update(one.action for one in failures)
        self._progress.touched |= bool(failures)
        return all(one.error.passing and self._lost[one.action] <= self._retries for one in failures)

    def _raise(self, failures: Sequence[_Failure[T]], waiting: Sequence[T]) -> None:
        if not failures:
            return
        self._progress.touched |= any(failure.unknown for failure in failures)
        self._in_doubt |= any(failure.unknown and isinstance(failure.action, Add) for failure in failures)
        errors = [self._explained(failure, failures, waiting) for failure in failures]
        error = joined(errors)
        # It is told as incomplete although nothing may have been changed: the account can't become what is
        # meant by running it again.
        raise IncompleteError(error.problems) if any(one.full for one in failures) else error

    # ------------------------------------------------------------------ adds

    async def _add(self, action: Add) -> None:
        with _about(f"{action.name}: {action.spec.id} {action.spec.title}"):
            template_id = await self._remote.add(action.spec)
            self._refuse_taken(action, template_id)
        self._added(action, template_id)

    def _added(self, action: Add, template_id: str) -> None:
        self._progress.touched = True
        keys = self._remote.expected_keys(len(action.spec.keywords))
        lock = ledger.added(self.lock, self._plan, action, template_id, keys=keys, now=self._now)
        self._progress.record(lock)  # first: whoever hears of it may fail
        self._progress.tick(action, template_id)
        for other in self._plan.of(Retire):
            if other.template_id == action.ousts:
                self._progress.tick(other, other.template_id)

    def _refuse_taken(self, action: Add, template_id: str) -> None:
        """An answer that gives a new template the id of another: recorded, it would soon be deleted, or be
        another template for ever. (One whose content can't be read may be the same: some servers add nothing
        twice.)"""
        owner = next((n for n, e in self.lock.templates.items() if e.template_id == template_id), None)
        if owner == action.name and action.ousts is None:
            return  # it was believed gone, and was hidden: some servers add nothing twice
        going = {action.template_id for action in self._plan.of(Delete)}
        retired = {one.entry.template_id for one in self.lock.retired}
        there = next((one for one in self._decision.live if one.template_id == template_id), None)
        if owner is not None:
            what = f"is {owner}'s"
        elif template_id in going or template_id in retired:
            what = "is to be deleted" if template_id in going else "is retired"
        elif there is not None and there.names is not None and not lives_as(action.spec, there):
            what = f"is {there.title} [{', '.join(there.names)}]"
        else:
            return
        message = f"the answer to add is {template_id}, which {what}"
        hint = "run plan: it shows what is on the account; report this to whoever runs the endpoint"
        raise CallError(Problem("bad reply", message, None, hint), executed=None)

    async def _may_add_again(self, failures: Sequence[_Failure[Add]], waiting: list[Add]) -> bool:
        """Adds of unknown outcome are looked for; those that found no room get some, if anything may go."""
        lost = [one for one in failures if one.unknown]
        full = [one.action for one in failures if one.full]
        seen = await self._look_for([one.action for one in lost])
        absent = [one for one in lost if not self._progress.has(one.action)]
        if len(lost) + len(full) < len(failures) or (absent and not (seen and self._patient_with(absent))):
            return False
        if absent:
            self._say(f"not there: adding again: {_names([one.action for one in absent])}")
        return not full or await self._make_room(full, waiting)

    async def _look_for(self, lost: Sequence[Add]) -> bool:
        """Take up adds whose reply was lost: a new template on the account that is what was asked for.

        Only one that the list has not shown for `settle` seconds may be added again (contract, "After an
        apply"), and nothing that may be it and can't be read yet. Whether the list was one that can be
        believed of those that it does not show.
        """
        left = list(lost)
        if not left:
            return True
        self._say(f"nobody knows whether this was added: {_names(left)}; looking on the account")

        def found_all(live: Sequence[Live]) -> bool:
            for one in live:
                alike = [action for action in left if lives_as(action.spec, one)]
                if alike and one.template_id not in self._known():
                    self._take_up(alike, one)
                    left.remove(alike[0])
            return not left

        live = await self._list_again(found_all, len(left))
        if left and live is not None:
            self._say(f"not listed within {self._settle:g} seconds")
        return live is not None and self._credible(live) and not self._may_be_there(left, live)

    def _may_be_there(self, left: Sequence[Add], live: Sequence[Live]) -> bool:
        """Whether a new template that can't be read may be one of these adds: another would be its twin."""
        known, titles = self._known(), {action.spec.title.strip() for action in left}
        dim = [
            one.template_id
            for one in live
            if one.names is None and one.template_id not in known and titles & {"", one.title.strip()}
        ]
        if dim:
            self._say(
                f"it may be one that can't be read yet, so that it is not added again: {', '.join(dim)}"
            )
        return bool(dim)

    def _take_up(self, alike: Sequence[Add], one: Live) -> None:
        action = alike[0]
        self._say(f"it was: {action.name} is {one.template_id}")
        if len(alike) > 1:
            self.warnings.append(
                Caveat(
                    "ambiguous keyword",
                    f"{action.name}: taken up by its look, which {alike[1].name} shares; "
                    "the account does not tell which keyword_id it has",
                    action.name,
                )
            )
        self._added(action, one.template_id)

    def _known(self) -> set[str]:
        """Ids that can't be of a template that was added just now and not recorded."""
        locked = {entry.template_id for entry in self.lock.templates.values()}
        return locked | {one.template_id for one in self._decision.live}

    async def _make_room(self, refused: Sequence[Add], waiting: Sequence[Add]) -> bool:
        """On a full account, delete what no successor is waited for; whether there was any."""
        ready = room.ready(self._plan, self._progress.has, [*waiting, *refused])
        if not ready and self._delete_first:
            ready = room.given_up(self._plan, self._progress.has, refused)
            self._progress.record(ledger.given_up(self.lock, ready, self._now))
        if ready:
            self._say(f"the account is full: deleting first what is to go: {_names(ready)}")
            await self._delete_all(ready)
        return bool(ready)

    def _explained(
        self, failure: _Failure[T], failures: Sequence[_Failure[T]], waiting: Sequence[T]
    ) -> CallError:
        """Of an account that is full: how many templates there are, and which might go."""
        if not failure.full:
            return failure.error
        pending = [one for one in (*waiting, *(one.action for one in failures)) if isinstance(one, Add)]
        there = len(self._expected())
        return failure.error.reworded(
            advice=room.hint(self._plan, there, pending, delete_first=self._delete_first)
        )

    # ------------------------------------------------------------------ deletes

    async def _delete_all(self, deletes: Sequence[Delete]) -> None:
        """Delete what is not deleted yet, once the lock that remembers it is on disk."""
        left = [one for one in deletes if not self._progress.has(one)]
        if left:
            await self._progress.flush()
            await self._carry_out(left, self._delete, self._may_delete_again)

    async def _delete(self, action: Delete) -> None:
        """It stays under `retired` until the account was seen without it: answers are not always true."""
        with _about(f"{action.name or action.entry.title}: {action.template_id}"):
            await self._remote.delete(action.template_id)
        self._deleted(action)

    def _deleted(self, action: Delete) -> None:
        self._progress.touched = True
        self._progress.tick(action, action.template_id)

    async def _may_delete_again(self, failures: Sequence[_Failure[Delete]], _waiting: list[Delete]) -> bool:
        lost = [one for one in failures if one.unknown]
        if failures:
            await self._see_what_is_gone([one.action for one in lost])
        still = [one for one in lost if not self._progress.has(one.action)]
        return len(lost) == len(failures) and self._patient_with(still)

    async def _see_what_is_gone(self, lost: Sequence[Delete]) -> None:
        """Of deletes whose reply was lost, those that the account does not list any more are done
        (wechat-api.md §6)."""

        def gone_all(live: Sequence[Live]) -> bool:
            if not self._credible(live):
                return False
            listed = {one.template_id for one in live}
            for action in lost:
                if action.template_id not in listed and not self._progress.has(action):
                    self._deleted(action)
            self._progress.record(ledger.checked(self.lock, self._progress.ids("delete"), live))
            return all(self._progress.has(action) for action in lost)

        await self._list_again(gone_all)

    # ------------------------------------------------------------------ looking at the account

    async def _list_again(
        self, enough: Callable[[Sequence[Live]], bool], more: int = 0
    ) -> tuple[Live, ...] | None:
        """List the account, for up to `settle` seconds, after calls that failed. That it can't be listed is
        told, and no error: why the calls failed is one already."""
        try:
            return await self._list_until(enough, more)
        except CallError as error:
            self._say(f"the account can't be listed: {error}")
            return None

    async def _list_until(self, enough: Callable[[Sequence[Live]], bool], more: int = 0) -> tuple[Live, ...]:
        settle = 0.0 if self._stopping else self._settle
        return await list_until(
            enough, self._remote, self._expected, more, settle=settle, patient=True, doubt_empty=True
        )

    def _expected(self) -> set[str]:
        """The ids that should be on the account by now."""
        before = {one.template_id for one in self._decision.live}
        return (before | self._progress.ids("add")) - self._progress.ids("delete")

    def _credible(self, live: Sequence[Live]) -> bool:
        """Whether a list shows all that nobody deletes. One that hides something else may hide what it does
        not show of the deleted (wechat-api.md §2, "False empties")."""
        deletes = {action.template_id for action in self._plan.of(Delete)}
        return {one.template_id for one in live}.issuperset(self._expected() - deletes)

    async def _check(self) -> None:
        """List the account and compare it with what was meant; a list that lags gets `settle` seconds."""
        deleted = {action.template_id for action in self._plan.of(Delete)}

        def differences(live: Sequence[Live]) -> list[str]:
            return aftercheck.differences(self._meant(), deleted, live)

        def settled(live: Sequence[Live]) -> bool:
            return self._credible(live) and not (differences(live) or self._blurred(live))

        live = await self._list_until(settled)
        found = differences(live)
        listed = {one.template_id for one in live}
        for action in self._plan.of(Delete):
            if action.template_id in listed:
                self._progress.take_back(action)
        self._progress.record(ledger.checked(self.lock, deleted if self._credible(live) else (), live))
        keyless = self._tell_what_is_seen(live)
        if found or keyless:
            raise IncompleteError(
                [Problem("after-check", text, None, _LOOK) for text in found]
                + [Problem("unreadable", text, None, _KEYS) for text in keyless]
            )

    def _meant(self) -> dict[str, Entry]:
        """What must be there, by name: not what no list has shown before this run, nor what it leaves be."""
        there = {one.template_id for one in self._decision.live} | self._progress.ids("add")
        return {
            name: entry
            for name, entry in self.lock.templates.items()
            if entry.template_id in there and name not in self._plan.aside
        }

    def _blurred(self, live: Sequence[Live]) -> dict[str, Entry]:
        """What was added and can't be read: right after an add that is lag (contract, "Placeholders")."""
        return aftercheck.blurred(self.lock, self._progress.ids("add"), live)

    def _tell_what_is_seen(self, live: Sequence[Live]) -> list[str]:
        """Warn of what is odd; what is worse than that is returned."""
        before = {one.template_id for one in self._decision.live}
        told = [aftercheck.unreadable(name, entry) for name, entry in self._blurred(live).items()]
        self.warnings += [one for one in told if isinstance(one, Caveat)]
        self.warnings += aftercheck.twins(self.lock, before, live)
        return [one for one in told if isinstance(one, str)]


@contextmanager
def _about(subject: str) -> Iterator[None]:
    """Say of a failed call which template it was for."""
    try:
        yield
    except CallError as error:
        raise error.reworded(text=f"{subject}: {error.problems[0].message}") from None


def _names(actions: Collection[Action]) -> str:
    return ", ".join(action.name or action.template_id or "" for action in actions)
