"""Adds: each recorded as soon as its template_id is known. One whose reply was lost is looked for on the
account before it is tried again; one that found no room waits until something was deleted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ..core.errors import CallError, Problem
from ..core.messages import Said, Text
from ..core.model import Caveat, Live, Lock
from ..core.ports import Remote
from ..plan.actions import Add, Delete, Retire
from ..plan.decision import Decision
from ..plan.facts import lives_as
from . import capacity, transitions
from .account_list import AccountList
from .deletes import Deletes
from .progress import Progress
from .steps import Failure, Steps, about, names


class Adds:
    """The adds of one apply. `warnings` are those of adds that were taken up from the list.

    `delete_first`: on a full account, delete a replaced template before its successor exists.
    """

    def __init__(
        self,
        decision: Decision,
        remote: Remote,
        progress: Progress,
        *,
        steps: Steps,
        account: AccountList,
        deletes: Deletes,
        now: datetime,
        delete_first: bool,
        tell: Callable[[Said], None],
    ) -> None:
        self._plan = decision.plan
        self._live = decision.live
        self._remote = remote
        self._progress = progress
        self._steps = steps
        self._account = account
        self._deletes = deletes
        self._now = now
        self._delete_first = delete_first
        self._tell = tell
        self.warnings: list[Caveat] = []

    @property
    def _lock(self) -> Lock:
        return self._progress.lock

    async def carry_out(self, adds: Sequence[Add]) -> None:
        """Make all of these adds. Raises ReconcilerError."""
        await self._steps.carry_out(adds, self._add, self._may_add_again)

    async def _add(self, action: Add) -> None:
        with about(action):
            template_id = await self._remote.add(action.spec)
            self._refuse_taken(action, template_id)
        self._added(action, template_id)

    def _added(self, action: Add, template_id: str) -> None:
        self._progress.touched = True
        keys = self._remote.expected_keys(len(action.spec.keywords))
        lock = transitions.added(self._lock, self._plan, action, template_id, keys=keys, now=self._now)
        self._progress.record(lock)  # first: whoever hears of it may fail
        self._progress.tick(action, template_id)
        for other in self._plan.of(Retire):
            if other.template_id == action.ousts:
                self._progress.tick(other, other.template_id)

    def _refuse_taken(self, action: Add, template_id: str) -> None:
        """Raise CallError where an answer gives a new template the id of another: recorded under it, the
        template would soon be deleted, or stay another one."""
        taken = self._taken(action, template_id)
        if taken is not None:
            text = Text("apply.id-taken", template_id=template_id, what=taken)
            problem = Problem("bad reply", text, None, Text("apply.report-endpoint"))
            raise CallError(problem, executed=None)

    def _taken(self, action: Add, template_id: str) -> Text | None:
        """Tell what has the id already; None where the answer may be true.

        (One whose content can't be read may be the same: some servers add nothing twice.)
        """
        owner = next((n for n, e in self._lock.templates.items() if e.template_id == template_id), None)
        if owner == action.name and action.ousts is None:
            return None  # it was believed gone, and was hidden: some servers add nothing twice
        if owner is not None:
            return Text("apply.taken-owned", name=owner)
        if any(one.template_id == template_id for one in self._plan.of(Delete)):
            return Text("apply.taken-deleted")
        if any(one.entry.template_id == template_id for one in self._lock.retired):
            return Text("apply.taken-retired")
        there = next((one for one in self._live if one.template_id == template_id), None)
        if there is None or there.names is None or lives_as(action.spec, there):
            return None
        return Text("apply.taken-by-another", title=there.title, keywords=tuple(there.names))

    # ------------------------------------------------------------------ adds that failed

    async def _may_add_again(self, failures: Sequence[Failure[Add]], waiting: list[Add]) -> bool:
        """Look for adds of unknown outcome, and make room for those that found none; False where either
        fails."""
        lost = [one for one in failures if one.unknown]
        full = [one.action for one in failures if one.full]
        seen = await self._look_for([one.action for one in lost])
        absent = [one for one in lost if not self._progress.has(one.action)]
        if len(lost) + len(full) < len(failures):
            return False
        if absent and not (seen and self._steps.patient_with(absent)):
            return False
        if absent:
            self._tell(Text("apply.adding-again", names=names([one.action for one in absent])))
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
        self._tell(Text("apply.looking-for", names=names(left)))

        def found_all(live: Sequence[Live]) -> bool:
            for one in live:
                alike = [action for action in left if lives_as(action.spec, one)]
                if alike and one.template_id not in self._known():
                    self._take_up(alike, one)
                    left.remove(alike[0])
            return not left

        live = await self._account.after_a_failure(found_all, len(left))
        if left and live is not None:
            self._tell(Text("apply.not-listed", seconds=self._account.settle))
        return live is not None and self._account.is_credible(live) and not self._may_be_there(left, live)

    def _may_be_there(self, left: Sequence[Add], live: Sequence[Live]) -> bool:
        """Whether a new template that can't be read may be one of these adds: another would be its twin."""
        known, titles = self._known(), {action.spec.title.strip() for action in left}
        dim = [
            one.template_id
            for one in live
            if one.names is None and one.template_id not in known and titles & {"", one.title.strip()}
        ]
        if dim:
            self._tell(Text("apply.may-be-there", template_ids=tuple(dim)))
        return bool(dim)

    def _take_up(self, alike: Sequence[Add], one: Live) -> None:
        action = alike[0]
        self._tell(Text("apply.taken-up", name=action.name, template_id=one.template_id))
        if len(alike) > 1:
            text = Text("apply.taken-up-by-look", name=action.name, other=alike[1].name)
            self.warnings.append(Caveat("ambiguous keyword", text, action.name))
        self._added(action, one.template_id)

    def _known(self) -> frozenset[str]:
        """Ids that can't be of a template that was added just now and not recorded."""
        return self._account.before | {entry.template_id for entry in self._lock.templates.values()}

    async def _make_room(self, refused: Sequence[Add], waiting: Sequence[Add]) -> bool:
        """Delete, on a full account, what waits for no successor; whether there was anything."""
        ready = capacity.ready(self._plan, self._progress.has, [*waiting, *refused])
        if not ready and self._delete_first:
            ready = capacity.given_up(self._plan, self._progress.has, refused)
            self._progress.record(transitions.given_up(self._lock, ready, self._now))
        if ready:
            self._tell(Text("apply.making-room", names=names(ready)))
            await self._deletes.carry_out(ready)
        return bool(ready)
