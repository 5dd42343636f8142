"""Deletes: each once the lock that remembers it is on disk, and done once the account was seen without it."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.model import Live
from ..core.ports import Remote
from ..plan.actions import Delete
from . import transitions
from .account_list import AccountList
from .progress import Progress
from .steps import Failure, Steps, about


class Deletes:
    """The deletes of one apply."""

    def __init__(self, remote: Remote, progress: Progress, steps: Steps, account: AccountList) -> None:
        self._remote = remote
        self._progress = progress
        self._steps = steps
        self._account = account

    async def carry_out(self, deletes: Sequence[Delete]) -> None:
        """Delete what is not deleted yet, once the lock that remembers it is on disk. Raises
        ReconcilerError."""
        left = [one for one in deletes if not self._progress.has(one)]
        if left:
            await self._progress.flush()
            await self._steps.carry_out(left, self._delete, self._may_delete_again)

    async def _delete(self, action: Delete) -> None:
        """It stays under `retired` until the account was seen without it: answers are not always true."""
        with about(action):
            await self._remote.delete(action.template_id)
        self._deleted(action)

    def _deleted(self, action: Delete) -> None:
        self._progress.touched = True
        self._progress.tick(action, action.template_id)

    async def _may_delete_again(self, failures: Sequence[Failure[Delete]], _waiting: list[Delete]) -> bool:
        lost = [one for one in failures if one.unknown]
        if failures:
            await self._see_what_is_gone([one.action for one in lost])
        still = [one for one in lost if not self._progress.has(one.action)]
        return len(lost) == len(failures) and self._steps.patient_with(still)

    async def _see_what_is_gone(self, lost: Sequence[Delete]) -> None:
        """Of deletes whose reply was lost, those that the account does not list any more are done
        (wechat-api.md §6)."""

        def gone_all(live: Sequence[Live]) -> bool:
            if not self._account.is_credible(live):
                return False
            listed = {one.template_id for one in live}
            for action in lost:
                if action.template_id not in listed and not self._progress.has(action):
                    self._deleted(action)
            deleted = self._progress.ids("delete")
            self._progress.record(transitions.checked(self._progress.lock, deleted, live))
            return all(self._progress.has(action) for action in lost)

        await self._account.after_a_failure(gone_all)
