"""The acting half of an apply of one account: prepared, carried out, ended with problems and an exit code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..apply.run import Run
from ..core import bugs
from ..core.errors import INTERRUPTED, Exit, InputError, Problem, ReconcilerError, StoppedError
from ..core.messages import Text
from ..plan.actions import Add, Done

if TYPE_CHECKING:
    from ..lock.mutex import Claim
    from ..plan.decision import Decision
    from ..wechat.transport.network import Network
    from .account import Workspace


STOPPING = Text("app.stopping")


class Acting:
    """Carries out a decision. `reviewed`: it was held against a plan file."""

    def __init__(
        self,
        workspace: Workspace,
        claim: Claim,
        decision: Decision,
        network: Network,
        *,
        delete_first: bool,
        reviewed: bool,
        on_done: Callable[[Done], None] = lambda _: None,
    ) -> None:
        terms = workspace.terms
        self._workspace = workspace
        self._claim = claim
        self._reviewed = reviewed
        self._adds = decision.plan.of(Add)
        self.run = Run(
            decision,
            workspace.client(network, writes=True),
            workspace.store.write,
            now=terms.clock(),
            settle=terms.settle,
            retries=terms.connection.retries,
            parallelism=terms.connection.parallelism,
            delete_first=delete_first,
            on_done=on_done,
            tell=workspace.say,
        )

    async def to_the_end(self) -> tuple[tuple[Problem, ...], Exit]:
        """Do it; being cancelled is an end, too. The problems that ended it, and the exit code."""
        try:
            await asyncio.to_thread(self._prepare)
            try:
                await self.run.go()
            finally:
                self._claim.settle(known=not self.run.unsure)
        except (StoppedError, asyncio.CancelledError):
            return (self._interrupted(),), Exit.INTERRUPTED
        except ReconcilerError as error:
            self._workspace.catalogue.forget(one.spec.id for one in self._adds)
            return error.problems, Exit.INCOMPLETE if self.run.touched else Exit(error.exit_code)
        except Exception as error:
            return (bugs.problem(error),), Exit.INCOMPLETE if self.run.touched else Exit.ERROR
        return (), Exit.OK

    def _prepare(self) -> None:
        """Prepare all that can be prepared before the account is touched. Raises InputError."""
        store = self._workspace.store
        store.check_writable()
        if self._claim.problem is not None:
            raise InputError(self._claim.problem)
        store.sweep()
        self._claim.intend([one.name for one in self._adds])

    def _interrupted(self) -> Problem:
        if not self.run.touched:
            return INTERRUPTED
        advice = Text("app.again-with-plan") if self._reviewed else Text("app.apply-again")
        cut_off = tuple(f"{one.kind} {one.name or one.template_id}" for one in self.run.cut_off)
        text = Text("app.cut-off", actions=cut_off) if cut_off else Text("app.interrupted")
        return INTERRUPTED._replace(text=text, advice=advice)


def tell_of_claim(workspace: Workspace, claim: Claim) -> None:
    """Tell what is out of the ordinary with a lock that was just claimed."""
    if claim.died is not None:
        settle = f"{workspace.terms.settle:g}"
        workspace.say(Text("app.died", how=claim.how, run=claim.died, seconds=settle))
    if claim.warning is not None:
        workspace.warn(claim.warning)
