"""Carry out a plan against a Remote: adds, then deletes, the lock on disk at every step that needs it.

The order is what keeps a kill at any moment harmless (contract, "Order"): every lock-only action and every
successor is on disk before the first delete, and what must still be deleted stands under `retired`. An add
whose reply never reached the lock is found by the next run in the account's list, and adopted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from . import ledger
from .document import Decision
from .errors import CallError, IncompleteError, Problem, ReconcilerError
from .model import LibraryKeyword, Live, Lock, Retired, Spec, bare
from .plan import LOCK_ONLY, Action
from .remote import Remote

Write = Callable[[Lock], None]
"""Puts a lock on disk, durably, before it returns. Raises OSError."""


@dataclass(frozen=True)
class Done:
    """An action that was carried out."""

    action: str
    name: str | None
    template_id: str | None


class Run:
    """One apply. `done` and `touched` say what happened, also after an error.

    `touched`: the account or the lock was changed, or nobody knows whether the account was.
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
    ) -> None:
        self._decision = decision
        self._plan = decision.plan
        self._remote = remote
        self._now = now
        self._settle = settle
        self._parallelism = parallelism
        self._on_done = on_done
        self._saver = _Saver(write, self)
        self._failures: list[CallError] = []
        self._let_go: list[Retired] = []
        self.lock = decision.lock
        self.done: list[Done] = []
        self.touched = False

    async def go(self) -> None:
        """Do all of it.

        Raises CallError (nothing was changed, or it is not known: see `touched`), or IncompleteError: the
        lock could not be written, or the account is not what was meant.
        """
        adds, deletes = self._plan.of("add"), self._plan.of("delete")
        try:
            await self._open()
            await self._each(adds, self._add)
            if deletes:
                await self._saver.flush()
                await self._each(deletes, self._delete)
            if adds or deletes:
                await self._check()
        finally:
            await self._saver.flush()

    async def _open(self) -> None:
        """The lock-only actions, on disk before the account is touched."""
        lock = ledger.opening(self._decision.lock, self._plan, self._now)
        actions = self._plan.of(*LOCK_ONLY)
        # What only an add's success retires is done with the add.
        later = {action.replaces for action in self._plan.of("add")}
        if actions or lock != self._decision.lock:
            self._record(lock)
            await self._saver.flush()
        for action in actions:
            if action.template_id not in later or action.kind != "retire":
                self._tell(Done(action.kind, action.name, action.template_id))

    # ------------------------------------------------------------------ steps

    async def _each(self, actions: Sequence[Action], step: Callable[[Action], Awaitable[None]]) -> None:
        """Take one step an action, side by side. After a failure none is begun; those under way end."""
        waiting = list(reversed(actions))

        async def worker() -> None:
            while waiting and not self._failures and not self._saver.failed:
                try:
                    await step(waiting.pop())
                except CallError as error:
                    self.touched |= error.executed is None
                    self._failures.append(error)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self._parallelism, len(actions))):
                group.create_task(worker())
        if self._failures:
            await self._saver.flush()
            raise _joined(self._failures)

    async def _add(self, action: Action) -> None:
        with _about(f"{action.name}: {action.id} {action.title}"):
            template_id = await self._remote.add(_spec(action))
        self.touched = True
        self._tell(Done("add", action.name, template_id))
        keys = self._remote.expected_keys(len(action.keywords))
        self._record(ledger.added(self.lock, self._plan, action, template_id, keys=keys, now=self._now))
        for other in self._plan.of("retire"):
            if other.template_id == action.replaces:
                self._tell(Done("retire", other.name, other.template_id))

    async def _delete(self, action: Action) -> None:
        assert action.template_id is not None
        with _about(f"{action.name or action.title}: {action.template_id}"):
            await self._remote.delete(action.template_id)
        self.touched = True
        self._tell(Done("delete", action.name, action.template_id))
        self._let_go += [one for one in self.lock.retired if one.entry.template_id == action.template_id]
        self._record(ledger.deleted(self.lock, action.template_id))

    def _record(self, lock: Lock) -> None:
        if lock != self.lock:
            self.lock = lock
            self._saver.put(lock)

    def _tell(self, done: Done) -> None:
        self.done.append(done)
        self._on_done(done)

    # ------------------------------------------------------------------ the after-check

    async def _check(self) -> None:
        """List the account and compare it with what was meant; a list that lags gets `settle` seconds."""
        loop = asyncio.get_running_loop()
        ends, pause = loop.time() + self._settle, 0.1
        while True:
            live = await self._remote.list_templates(len(self.lock.templates) + len(self._plan.unmanaged))
            differences = self._differences(live)
            if not differences or loop.time() + pause > ends:
                break
            await asyncio.sleep(pause)
            pause = min(pause * 2, 1.0)
        # A delete that was answered and not done is still to be done: the next run finds it under `retired`.
        listed = {one.template_id for one in live}
        survivors = tuple(one for one in self._let_go if one.entry.template_id in listed)
        lock = ledger.refreshed(self.lock, live)
        self._record(replace(lock, retired=(*lock.retired, *survivors)))
        if differences:
            hint = "run plan: it shows what the account looks like now"
            raise IncompleteError([Problem("after-check", text, None, hint) for text in differences])

    def _differences(self, live: Sequence[Live]) -> list[str]:
        by_id = {one.template_id: one for one in live}
        found = []
        for name, entry in self.lock.templates.items():
            one = by_id.get(entry.template_id)
            if one is None:
                found.append(f"{name}: {entry.template_id} is not on the account after the apply")
            elif one.names is not None and (one.names, one.title.strip()) != (
                entry.names,
                entry.title.strip(),
            ):
                content = f"{one.title} [{', '.join(one.names)}]"
                found.append(f"{name}: {entry.template_id} is there, but as {content}")
        gone = {action.template_id for action in self._plan.of("delete")}
        found += [
            f"{one.template_id} was deleted and is still listed" for one in live if one.template_id in gone
        ]
        return found


class _Saver:
    """Puts locks on disk one at a time; those that come during a save go into the next, as one."""

    def __init__(self, write: Write, run: Run) -> None:
        self._write = write
        self._run = run
        self._next: Lock | None = None
        self._task: asyncio.Task[None] | None = None
        self.failed = False

    def put(self, lock: Lock) -> None:
        self._next = lock
        if self._task is None or (self._task.done() and not self.failed):
            self._task = asyncio.create_task(self._save())

    async def flush(self) -> None:
        """Return when the last lock that was put is on disk. Raises IncompleteError."""
        if self._task is not None:
            await self._task

    async def _save(self) -> None:
        while self._next is not None:
            lock, self._next = self._next, None
            try:
                await asyncio.to_thread(self._write, lock)
                self._run.touched = True
            except OSError as error:
                self.failed = True
                raise _not_written(error, self._run) from None


def _not_written(error: OSError, run: Run) -> ReconcilerError:
    """The lock is not on disk: say what must not get lost with it."""
    ids = [f"{done.name} = {done.template_id}" for done in run.done if done.action == "add"]
    message = f"can't write the lock: {error.strerror or error}"
    if not run.touched:
        return ReconcilerError(
            Problem("lock not written", message, None, "nothing was changed; make it writable")
        )
    created = f"; these were added and are not in it: {', '.join(ids)}" if ids else ""
    hint = "make it writable and run apply again: it adopts what is there already"
    return IncompleteError(Problem("lock not written", message + created, None, hint))


@contextmanager
def _about(subject: str) -> Iterator[None]:
    """Say of a failed call which template it was for."""
    try:
        yield
    except CallError as error:
        problem = error.problems[0]
        named = problem._replace(message=f"{subject}: {problem.message}")
        raise CallError(named, errcode=error.errcode, executed=error.executed) from None


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
