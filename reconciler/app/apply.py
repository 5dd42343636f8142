"""Apply to one account: parse, ask, decide, show, judge, and only then act."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ..core import bugs
from ..core.errors import Exit, IncompleteError, OutputError, Problem, ReconcilerError
from ..core.json_file import MAX_BYTES
from ..core.messages import Text
from ..plan import planfile, review
from . import signals
from .apply_account import STOPPING, Acting, tell_of_claim
from .decide_account import changed_since, decide, refusals
from .event_loop import event_loop, heard, interruptible

if TYPE_CHECKING:
    from ..apply.run import Run
    from ..core.ports import Teller
    from ..lock.mutex import Claim
    from ..plan.actions import Done
    from ..plan.decision import Decision
    from ..plan.review import Reviewed
    from ..wechat.transport.network import Network
    from .account import Workspace
    from .input_files import Inputs
    from .project import Project


class End(NamedTuple):
    """How an apply has ended: with which problems, and what was done of the decision."""

    decision: Decision
    code: Exit
    problems: tuple[Problem, ...] = ()
    run: Run | None = None
    """what was done; None where nothing was begun"""
    lock: str | None = None
    """where the lock is, if it was written"""
    already: bool = False
    """nothing is to be done, since all that was reviewed is done already"""


class Audience(Protocol):
    """Whoever is shown what apply would do, is asked, and is told what came of it. Raises OutputError."""

    def decided(self, decision: Decision) -> None:
        """Show what is to be done, and what speaks against it."""
        ...

    def objection(self, decision: Decision) -> Problem | None:
        """Ask; None for a yes."""
        ...

    def done(self, run: Run) -> None:
        """Tell what had been done by a run whose end can't be told."""
        ...

    def ended(self, end: End) -> None:
        """Tell how it has ended."""
        ...


def read_plan(inputs: Inputs, file: str) -> Reviewed:
    """Read a plan file that was reviewed. Raises InputError."""
    data = inputs.read(file, MAX_BYTES, Text("app.write-plan"), missing=Text("app.no-plan"))
    return review.Reviewed(planfile.loads(data, file))


def apply_one(
    project: Project, reviewed: Reviewed | None, audience: Audience, *, agreed: bool, delete_first: bool
) -> Exit:
    """Apply to the one account that is worked on. Without an agreement the audience is asked.

    Raises ReconcilerError and OutputError.
    """
    workspace = project.the_one()
    with workspace.alone() as claim:
        tell_of_claim(workspace, claim)
        asked = None if agreed else audience
        # Two runs of one event loop, so that the question is asked outside of it, where Ctrl-C is heard,
        # while connections and token serve both.
        with event_loop(workspace.terms.teller) as runner:
            network = runner.run(_opened(workspace))
            try:
                applying = _Applying(workspace, claim, reviewed, audience, runner=runner, network=network)
                return applying.go(asked, delete_first=delete_first)
            finally:
                with signals.unheard():
                    runner.run(network.__aexit__(None, None, None))


async def _opened(workspace: Workspace) -> Network:
    from ..wechat.transport.network import Network

    return await Network(workspace.terms.connection).__aenter__()


class _Applying:
    """One apply, with the lock held and the network open."""

    def __init__(
        self,
        workspace: Workspace,
        claim: Claim,
        reviewed: Reviewed | None,
        audience: Audience,
        *,
        runner: asyncio.Runner,
        network: Network,
    ) -> None:
        self._workspace = workspace
        self._claim = claim
        self._reviewed = reviewed
        self._audience = audience
        self._runner = runner
        self._network = network

    def go(self, asked: Audience | None, *, delete_first: bool) -> Exit:
        """Decide, show, judge, act. `asked` is whom to ask before; None where it was agreed to."""
        decision = interruptible(self._runner, decide(self._workspace, self._network, self._reviewed))
        self._audience.decided(decision)
        if decision.refused:
            return self._ended(End(decision, Exit.REFUSED, refusals(decision)))
        if note := changed_since(self._reviewed, decision):
            self._workspace.terms.teller.say(note)
        if not decision.plan.actions:
            self._claim.settle(known=True)
            already = self._reviewed is not None and review.is_done(self._reviewed, decision)
            return self._ended(End(decision, Exit.OK, already=already))
        if asked is not None and (objection := asked.objection(decision)):
            return self._ended(End(decision, Exit.ERROR, (objection,)))
        return self._act(decision, delete_first=delete_first)

    def _ended(self, end: End) -> Exit:
        self._audience.ended(end)
        return end.code

    def _act(self, decision: Decision, *, delete_first: bool) -> Exit:
        acting = Acting(
            self._workspace,
            self._claim,
            decision,
            self._network,
            delete_first=delete_first,
            reviewed=self._reviewed is not None,
            on_done=self._told,
        )
        going = _Going(acting, self._network, self._runner, self._workspace.terms.teller)
        signals.stop_if_asked()
        try:
            with going.heard():
                problems, code = going.to_the_end()
                return self._ended(End(decision, code, problems, acting.run, self._workspace.written))
        except OutputError as error:
            raise error.after(Text("app.done-in-lock")) if acting.run.touched else error from None
        except ReconcilerError:
            raise
        except Exception as error:
            if not acting.run.touched:
                raise
            self._audience.done(acting.run)
            raise IncompleteError(bugs.problem(error)) from None

    def _told(self, done: Done) -> None:
        self._workspace.terms.teller.progress(
            Text("app.doing", action=done.action, of=done.name or done.template_id or "")
        )


class _Going:
    """A run on its way, and how it hears that it should end.

    Ctrl-C and SIGTERM let it finish what is under way; a second one cuts that off, and still the lock is
    saved.
    """

    def __init__(self, acting: Acting, network: Network, runner: asyncio.Runner, teller: Teller) -> None:
        self._acting = acting
        self._teller = teller
        self._network = network
        self._runner = runner
        self._task: asyncio.Task[object] | None = None
        self._ended = False

    def heard(self) -> AbstractContextManager[None]:
        """From now on signals end the run in order."""
        return heard(self._runner.get_loop(), self._stop, self._cut_off)

    def to_the_end(self) -> tuple[tuple[Problem, ...], Exit]:
        """Run."""
        return self._runner.run(self._go())

    async def _go(self) -> tuple[tuple[Problem, ...], Exit]:
        self._task = asyncio.current_task()
        try:
            return await self._acting.to_the_end()
        finally:
            self._task, self._ended = None, True

    def _stop(self) -> None:
        if not self._ended:
            self._teller.say(STOPPING)
            self._acting.run.stop()
            self._network.stop()

    def _cut_off(self) -> None:
        if self._task is not None:
            self._task.cancel()
