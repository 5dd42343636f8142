"""How far a run has come: what was done, the lock as it stands now, and how much of that is on disk."""

from __future__ import annotations

from collections.abc import Callable

from ..core.errors import IncompleteError, Problem, ReconcilerError
from ..core.messages import Text
from ..core.model import Lock
from ..lock.writer import LockWriter, Write
from ..plan.actions import Action, Done, Plan


class Progress:
    """Progress of one apply. `touched`: the account or the lock was changed, or nobody knows whether the
    account was.

    `on_done` hears of each action as it is done.
    """

    def __init__(self, plan: Plan, lock: Lock, write: Write, on_done: Callable[[Done], None]) -> None:
        self._plan = plan
        self._before = lock
        self._writer = LockWriter(write)
        self._on_done = on_done
        self._done: dict[Action, Done] = {}
        self.lock = lock
        self.touched = False

    @property
    def done(self) -> list[Done]:
        """What was done, in the order of the plan."""
        return [self._done[action] for action in self._plan.actions if action in self._done]

    @property
    def stuck(self) -> bool:
        """Whether the disk refused a lock: then nothing more may be begun."""
        return self._writer.failed

    def has(self, action: Action) -> bool:
        return action in self._done

    def ids(self, kind: str) -> set[str]:
        """The template_ids of the actions of a kind that are done."""
        return {one.template_id for one in self.done if one.action == kind and one.template_id is not None}

    def tick(self, action: Action, template_id: str | None) -> None:
        """Note that an action is done."""
        self._done[action] = Done(action.kind, action.name, template_id)
        self._on_done(self._done[action])

    def take_back(self, action: Action) -> None:
        """Note that an action was answered, and is not done."""
        self._done.pop(action, None)

    def record(self, lock: Lock) -> None:
        """Take a lock as the one that stands now, and have it saved in the background."""
        if lock != self.lock:
            self.lock = lock
            self._writer.put(lock)

    async def flush(self) -> None:
        """Return when the lock is on disk as it stands now.

        Raises ReconcilerError, with the ids that must not get lost.
        """
        try:
            await self._writer.flush()
        except OSError as error:
            raise self._not_written(error) from None
        self.touched |= self._writer.saved is not None

    def _not_written(self, error: OSError) -> ReconcilerError:
        self.touched |= self._writer.saved is not None
        why = error.strerror or str(error)
        if not self.touched:
            text = Text("apply.lock-not-written", why=why)
            advice = Text("apply.see-to-the-lock-unchanged")
            return ReconcilerError(Problem("lock not written", text, None, advice))
        saved = self._writer.saved or self._before
        known = {entry.template_id for entry in saved.templates.values()}
        new = [one for one in self.done if one.action == "add" and one.template_id not in known]
        text = Text("apply.lock-not-written", why=why)
        if new:
            added = tuple(
                Text("apply.one-added", name=one.name or "", template_id=one.template_id or "") for one in new
            )
            text = Text("apply.lock-not-written-lacks", why=why, added=added)
        return IncompleteError(Problem("lock not written", text, None, Text("apply.see-to-the-lock")))
