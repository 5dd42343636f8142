"""Carry out a plan against a Remote: adds, then deletes, the lock on disk at every step that needs it.

The order is what keeps a kill at any moment harmless (contract, "Order"): every lock-only action and every
successor is on disk before the first delete, and what must still be deleted stands under `retired`. An add
whose reply was lost is looked for on the account before anybody repeats it; if even the process was lost,
the next run finds it in the list, and adopts it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from . import aftercheck, ledger
from .document import Decision
from .errors import CallError, IncompleteError, Problem, ReconcilerError
from .listing import list_until
from .model import LibraryKeyword, Live, Lock, Spec, bare
from .plan import LOCK_ONLY, Action, lives_as
from .remote import Remote
from .saver import Saver, Write
from .wechat.errcodes import FULL

MAX_NAMED = 10
"""Templates that a hint names."""


@dataclass(frozen=True)
class Done:
    """An action that was carried out."""

    action: str
    name: str | None
    template_id: str | None


@dataclass(frozen=True)
class _Failure:
    """An action that failed, and why."""

    action: Action
    error: CallError


class Run:
    """One apply. `done`, `touched` and `warnings` say what happened, also after an error.

    `touched`: the account or the lock was changed, or nobody knows whether the account was.
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
        parallelism: int = 8,
        on_done: Callable[[Done], None] = lambda _: None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._decision = decision
        self._plan = decision.plan
        self._remote = remote
        self._now = now
        self._settle = settle
        self._parallelism = parallelism
        self._on_done = on_done
        self._say = tell
        self._saver = Saver(write)
        self._done: dict[Action, Done] = {}
        self.lock = decision.lock
        self.touched = False
        self.warnings: list[str] = []

    @property
    def done(self) -> list[Done]:
        """What was done, in the order of the plan."""
        return [self._done[action] for action in self._plan.actions if action in self._done]

    async def go(self) -> None:
        """Do all of it.

        Raises CallError (nothing was changed, or it is not known: see `touched`), or IncompleteError: the
        lock could not be written, or the account is not what was meant.
        """
        adds, deletes = self._plan.of("add"), self._plan.of("delete")
        try:
            await self._open()
            await self._add_all(adds)
            if deletes:
                await self._flush()
                await self._delete_all(deletes)
            if adds or deletes:
                await self._check()
        finally:
            await self._flush()

    async def _open(self) -> None:
        """The lock-only actions, on disk before the account is touched."""
        before = self._decision.lock
        lock = ledger.opening(before, self._plan, self._now)
        actions = self._plan.of(*LOCK_ONLY)
        # What only an add's success retires is done with the add.
        later = {action.replaces for action in self._plan.of("add")}
        if actions or lock != replace(before, appid=lock.appid):
            self._record(lock)
            await self._flush()
        self.lock = lock  # an appid alone is no reason to write: it goes into the first save that has one
        for action in actions:
            if action.template_id not in later or action.kind != "retire":
                self._tell(action, action.template_id)

    # ------------------------------------------------------------------ steps

    async def _each(self, waiting: list[Action], step: Callable[[Action], Awaitable[None]]) -> list[_Failure]:
        """Take one step an action, side by side, and take it off the list. What failed, and why.

        After a failure none is begun; those under way end.
        """
        failures: list[_Failure] = []

        async def worker() -> None:
            while waiting and not failures and not self._saver.failed:
                action = waiting.pop(0)
                try:
                    await step(action)
                except CallError as error:
                    failures.append(_Failure(action, error))

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._parallelism, len(waiting))):
                group.create_task(worker())
        if failures or self._saver.failed:
            await self._flush()
        return failures

    def _raise(self, failures: Sequence[_Failure]) -> None:
        if failures:
            self.touched |= any(failure.error.executed is None for failure in failures)
            raise _joined([failure.error for failure in failures])

    async def _add_all(self, adds: Sequence[Action]) -> None:
        waiting = list(adds)
        while waiting:
            failures = await self._each(waiting, self._add)
            await self._look_for([one.action for one in failures if one.error.executed is None])
            self._raise([self._explained(one) for one in failures if one.action not in self._done])

    async def _add(self, action: Action) -> None:
        with _about(f"{action.name}: {action.id} {action.title}"):
            template_id = await self._remote.add(_spec(action))
            self._refuse_taken(action, template_id)
        self._added(action, template_id)

    def _added(self, action: Action, template_id: str) -> None:
        self.touched = True
        self._tell(action, template_id)
        keys = self._remote.expected_keys(len(action.keywords))
        self._record(ledger.added(self.lock, self._plan, action, template_id, keys=keys, now=self._now))
        for other in self._plan.of("retire"):
            if other.template_id == action.replaces:
                self._tell(other, other.template_id)

    def _refuse_taken(self, action: Action, template_id: str) -> None:
        """An answer that gives a new template the id of another: recorded, it would soon be deleted, or be
        another template for ever. (One whose content can't be read may be the same: some servers add nothing
        twice.)"""
        owner = next((n for n, e in self.lock.templates.items() if e.template_id == template_id), None)
        going = {action.template_id for action in self._plan.of("delete")}
        retired = {one.entry.template_id for one in self.lock.retired}
        there = next((one for one in self._decision.live if one.template_id == template_id), None)
        if owner is not None:
            what = f"is {owner}'s"
        elif template_id in going or template_id in retired:
            what = "is to be deleted" if template_id in going else "is retired"
        elif there is not None and there.names is not None and not lives_as(_spec(action), there):
            what = f"is {there.title} [{', '.join(there.names)}]"
        else:
            return
        message = f"the answer to add is {template_id}, which {what}"
        hint = "run plan: it shows what is on the account; report this to whoever runs the endpoint"
        raise CallError(Problem("bad reply", message, None, hint), executed=None)

    async def _look_for(self, lost: Sequence[Action]) -> None:
        """Take up adds whose reply was lost: a new template on the account that is what was asked for.

        Only one that the list has not shown for `settle` seconds may be added again, by the next run
        (contract, "After an apply").
        """
        left = list(lost)
        if not left:
            return
        names = ", ".join(str(action.name) for action in left)
        self._say(f"nobody knows whether this was added: {names}; looking on the account")

        def found_all(live: Sequence[Live]) -> bool:
            for one in live:
                alike = [action for action in left if lives_as(_spec(action), one)]
                if alike and one.template_id not in self._known():
                    self._take_up(alike, one)
                    left.remove(alike[0])
            return not left

        if await self._list_again(found_all, len(left)) and left:
            self._say(f"not listed within {self._settle:g} seconds")

    def _take_up(self, alike: Sequence[Action], one: Live) -> None:
        action = alike[0]
        self._say(f"it was: {action.name} is {one.template_id}")
        if len(alike) > 1:
            self.warnings.append(
                f"{action.name}: taken up by its look, which {alike[1].name} shares; "
                "the account does not tell which keyword_id it has"
            )
        self._added(action, one.template_id)

    async def _list_again(self, enough: Callable[[Sequence[Live]], bool], more: int = 0) -> bool:
        """List the account, for up to `settle` seconds, after calls that failed. That it can't be listed is
        told, and no error: why the calls failed is one already."""
        try:
            await self._list_until(enough, more)
        except CallError as error:
            self._say(f"the account can't be listed: {error}")
            return False
        return True

    async def _list_until(self, enough: Callable[[Sequence[Live]], bool], more: int = 0) -> tuple[Live, ...]:
        return await list_until(
            enough, self._remote, self._expected, more, settle=self._settle, patient=True, doubt_empty=True
        )

    def _known(self) -> set[str]:
        """Ids that can't be of a template that was added just now and not recorded."""
        locked = {entry.template_id for entry in self.lock.templates.values()}
        return locked | {one.template_id for one in self._decision.live}

    async def _delete_all(self, deletes: Sequence[Action]) -> None:
        waiting = list(deletes)
        while waiting:
            failures = await self._each(waiting, self._delete)
            if failures:
                await self._see_what_is_gone([one.action for one in failures if one.error.executed is None])
            self._raise([one for one in failures if one.action not in self._done])

    async def _delete(self, action: Action) -> None:
        assert action.template_id is not None
        with _about(f"{action.name or action.title}: {action.template_id}"):
            await self._remote.delete(action.template_id)
        self._deleted(action)

    def _deleted(self, action: Action) -> None:
        """It stays under `retired` until the account was seen without it: answers are not always true."""
        self.touched = True
        self._tell(action, action.template_id)

    async def _see_what_is_gone(self, lost: Sequence[Action]) -> None:
        """Of deletes whose reply was lost, those that the account does not list any more are done
        (wechat-api.md §6)."""

        def gone_all(live: Sequence[Live]) -> bool:
            if not self._credible(live):
                return False
            listed = {one.template_id for one in live}
            for action in lost:
                if action.template_id not in listed and action not in self._done:
                    self._deleted(action)
            done = {one.template_id for one in self.done if one.action == "delete"}
            self._record(ledger.checked(self.lock, done, live))
            return all(action in self._done for action in lost)

        await self._list_again(gone_all)

    def _record(self, lock: Lock) -> None:
        if lock != self.lock:
            self.lock = lock
            self._saver.put(lock)

    async def _flush(self) -> None:
        """Return when the lock is on disk as it is now. Raises IncompleteError."""
        try:
            await self._saver.flush()
        except OSError as error:
            raise self._not_written(error) from None
        self.touched |= self._saver.saved is not None

    def _not_written(self, error: OSError) -> ReconcilerError:
        """The lock is not on disk: say what must not get lost with it."""
        self.touched |= self._saver.saved is not None
        message = f"can't write the lock: {error.strerror or error}"
        if not self.touched:
            hint = "nothing was changed; make it writable"
            return ReconcilerError(Problem("lock not written", message, None, hint))
        saved = self._saver.saved or self._decision.lock
        known = {entry.template_id for entry in saved.templates.values()}
        new = [one for one in self.done if one.action == "add" and one.template_id not in known]
        ids = ", ".join(f"{one.name} = {one.template_id}" for one in new)
        created = f"; these were added and are not in it: {ids}" if ids else ""
        hint = "make it writable and run apply again: it adopts what is there already"
        return IncompleteError(Problem("lock not written", message + created, None, hint))

    def _tell(self, action: Action, template_id: str | None) -> None:
        self._done[action] = Done(action.kind, action.name, template_id)
        self._on_done(self._done[action])

    # ------------------------------------------------------------------ an account that is full

    def _explained(self, failure: _Failure) -> _Failure:
        """Of an account that is full: how many templates there are, and which might go."""
        if failure.error.errcode not in FULL:
            return failure
        pending = [
            f"{action.template_id} ({action.name or action.title}: {action.reason})"
            for action in self._plan.of("delete")
        ]
        unmanaged = [f"{one.template_id} ({one.title}: unmanaged)" for one in self._plan.unmanaged]
        named = [*pending, *unmanaged]
        more = f" and {len(named) - MAX_NAMED} more" if len(named) > MAX_NAMED else ""
        room = f"; to make room, delete in the console one of: {', '.join(named[:MAX_NAMED])}{more}"
        hint = f"{len(self._expected())} templates are there{room if named else ''}; then run it again"
        return replace(failure, error=failure.error.reworded(hint=hint))

    # ------------------------------------------------------------------ the after-check

    def _expected(self) -> set[str]:
        """The ids that should be on the account by now."""
        done = [(one.action, one.template_id) for one in self.done if one.template_id is not None]
        there = {one.template_id for one in self._decision.live}
        there |= {template_id for action, template_id in done if action == "add"}
        return there - {template_id for action, template_id in done if action == "delete"}

    def _credible(self, live: Sequence[Live]) -> bool:
        """Whether a list shows all that nobody deletes. One that hides something else may hide what it does
        not show of the deleted (wechat-api.md §2, "False empties")."""
        deletes = {action.template_id for action in self._plan.of("delete")}
        return {one.template_id for one in live}.issuperset(self._expected() - deletes)

    async def _check(self) -> None:
        """List the account and compare it with what was meant; a list that lags gets `settle` seconds."""
        deleted = {action.template_id for action in self._plan.of("delete")}

        def differences(live: Sequence[Live]) -> list[str]:
            return aftercheck.differences(self.lock, deleted, live)

        live = await self._list_until(lambda live: self._credible(live) and not differences(live))
        found = differences(live)
        listed = {one.template_id for one in live}
        for action in self._plan.of("delete"):
            if action.template_id in listed:
                self._done.pop(action, None)
        self._record(ledger.checked(self.lock, deleted if self._credible(live) else (), live))
        added = {one.template_id: one.name for one in self.done if one.action == "add"}
        self.warnings += aftercheck.unreadable(added, live)
        if found:
            hint = "run plan: it shows what the account looks like now"
            raise IncompleteError([Problem("after-check", text, None, hint) for text in found])


@contextmanager
def _about(subject: str) -> Iterator[None]:
    """Say of a failed call which template it was for."""
    try:
        yield
    except CallError as error:
        raise error.reworded(message=f"{subject}: {error.problems[0].message}") from None


def _joined(failures: Sequence[CallError]) -> CallError:
    """Several failures of one step as one error; each of their problems is told."""
    if len(failures) == 1:
        return failures[0]
    executed = None if any(failure.executed is None for failure in failures) else False
    joined = CallError(failures[0].problems[0], errcode=failures[0].errcode, executed=executed)
    joined.problems = tuple(sorted(problem for failure in failures for problem in failure.problems))
    return joined


def _spec(action: Action) -> Spec:
    keywords = tuple(
        LibraryKeyword(keyword.keyword_id, bare(keyword.name))
        for keyword in action.keywords
        if keyword.keyword_id is not None
    )
    return Spec(action.id, action.title, keywords)
