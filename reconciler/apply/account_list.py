"""The account's list while an apply is under way: what should be on it, and whether it can be believed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..core.errors import CallError
from ..core.messages import Said, Text
from ..core.model import Live
from ..core.ports import Remote
from ..plan.actions import Delete
from ..plan.decision import Decision
from ..plan.refresh import list_until
from .progress import Progress

Enough = Callable[[Sequence[Live]], bool]
"""Whether a list shows what is waited for"""


class AccountList:
    """The account's list, asked for as long as it lags behind what was done: up to `settle` seconds.

    `hurry`: list it once only, since the run is to end.
    """

    def __init__(
        self,
        decision: Decision,
        remote: Remote,
        progress: Progress,
        *,
        settle: float,
        tell: Callable[[Said], None],
    ) -> None:
        self._remote = remote
        self._progress = progress
        self._tell = tell
        self._deletes = frozenset(action.template_id for action in decision.plan.of(Delete))
        self.before = frozenset(one.template_id for one in decision.live)
        """ids that the account listed before this run"""
        self.settle = settle
        self.hurry = False

    async def until(self, enough: Enough, more: int = 0) -> tuple[Live, ...]:
        """List the account until the list is `enough`, and at least once; the list may show `more` than
        expected.

        Raises CallError.
        """
        settle = 0.0 if self.hurry else self.settle
        return await list_until(
            enough, self._remote, self.expected, more, settle=settle, patient=True, doubt_empty=True
        )

    async def after_a_failure(self, enough: Enough, more: int = 0) -> tuple[Live, ...] | None:
        """List the account after calls that failed. Where that fails, `tell` hears of it, and None is
        returned: the calls' own error is raised later."""
        try:
            return await self.until(enough, more)
        except CallError as error:
            self._tell(Text("apply.cannot-list", problem=error.problems[0].text))
            return None

    def expected(self) -> frozenset[str]:
        """The ids that should be on the account by now."""
        return (self.before | self._progress.ids("add")) - self._progress.ids("delete")

    def is_credible(self, live: Sequence[Live]) -> bool:
        """Whether a list shows all templates that this run does not delete. One that hides some of them may
        hide deleted ones, too (wechat-api.md §2, "False empties")."""
        return {one.template_id for one in live}.issuperset(self.expected() - self._deletes)
