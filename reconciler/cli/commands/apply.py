"""`reconciler apply`: do what the plan says, and write the lock."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import click

from ...app import signals
from ...core import bugs
from ...core.errors import Exit, IncompleteError, Problem, ReconcilerError
from ..console import Console, OutputError
from ..options import ACCOUNTS, BASE, CALLS, COMMON, LIBRARY, PERMITS, option, options
from ..page import error_rows, further

if TYPE_CHECKING:
    from ...app.account import Workspace
    from ...app.act import Acting
    from ...apply.run import Run
    from ...lock.mutex import Claim
    from ...plan.planfile import Decision
    from ...plan.review import Reviewed
    from ...wechat.transport.network import Network


STOPPING = "ending: what is under way is finished; once more to cut it off"


@click.command(
    epilog="\b\nExamples:\n  reconciler apply\n  reconciler apply plan.json   (from: plan --out plan.json)",
    short_help="make the account as templates.yaml says",
)
@click.argument("planfile", required=False, type=click.Path())
@option("--yes", is_flag=True, help="do not ask")
@option(
    "--delete-first",
    is_flag=True,
    help="on a full account, delete a template that is to be replaced before its successor exists",
)
@option("--due-only", is_flag=True, help="delete what is retired and due, and do nothing else")
@options(COMMON, CALLS, LIBRARY, ACCOUNTS, BASE, PERMITS)
def command(planfile: str | None, yes: bool, delete_first: bool, **given: Any) -> int:
    """Make the account as templates.yaml says, and write the lock.

    Asks first, unless --yes is given, or a PLANFILE, which must still be the plan.
    """
    from ...app.project import open_project

    if planfile == "":
        raise click.UsageError("PLANFILE is empty")
    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    reviewed = _read_plan(planfile) if planfile is not None else None
    project = open_project(console, writes=True, **given)
    project.introduce(done=[])
    agreed = yes or planfile is not None
    if project.several:
        from ...app.fleet import apply_all

        return apply_all(
            project, reviewed, agreed=agreed, delete_first=delete_first, fail_fast=given["fail_fast"]
        )
    workspace = project.the_one()
    with workspace.alone() as claim:
        return _Apply(workspace, claim, reviewed, agreed=agreed, delete_first=delete_first).run()


def _read_plan(planfile: str) -> Reviewed:
    from ...app.inputs import read_file
    from ...core.json_file import MAX_BYTES
    from ...plan import planfile as document
    from ...plan import review

    hint = "write it with `reconciler plan --out FILE`"
    data = read_file(planfile, MAX_BYTES, hint, what="plan file")
    return review.Reviewed(document.loads(data, planfile))


class _Apply:
    """Parse, ask, decide, show, judge, and only then act."""

    def __init__(
        self,
        workspace: Workspace,
        claim: Claim,
        reviewed: Reviewed | None,
        *,
        agreed: bool,
        delete_first: bool,
    ) -> None:
        self._workspace = workspace
        self._console = workspace.project.console
        self._claim = claim
        self._reviewed = reviewed
        self._agreed = agreed
        self._delete_first = delete_first

    def run(self) -> int:
        from ...app.act import tell_of_claim

        tell_of_claim(self._workspace, self._claim)
        # Two runs of one event loop, so that the question is asked outside of it, where Ctrl-C is heard,
        # while connections and token serve both.
        with asyncio.Runner() as runner:
            network = runner.run(self._open())
            try:
                return self._steps(runner, network)
            finally:
                with signals.unheard():
                    runner.run(network.__aexit__(None, None, None))

    async def _open(self) -> Network:
        from ...wechat.transport.network import Network

        return await Network(self._workspace.project.connection).__aenter__()

    def _steps(self, runner: asyncio.Runner, network: Network) -> int:
        from ...app.decide import changed_since, decide, refusals
        from ...plan import planfile as document
        from ...plan import review
        from ...render import plan_text as text

        decision = signals.interruptible(runner, decide(self._workspace, network, self._reviewed))
        made = document.of([decision])
        made["accounts"][0]["done"] = []
        self._console.page.know(**made)
        self._console.result(text.plan(decision))
        if decision.refused:
            return self._end(made, refusals(decision), Exit.REFUSED)
        if note := changed_since(self._reviewed, decision):
            self._console.say(note)
        if not made["changes"]:
            self._claim.settle(known=True)
            if self._reviewed is not None and review.is_done(self._reviewed, decision):
                self._console.result(text.ALREADY + "\n")
            return self._end(made, (), Exit.OK)
        if not self._agreed and (refusal := self._ask(decision)):
            return self._end(made, (refusal,), Exit.ERROR)
        return self._act(decision, made, runner, network)

    def _ask(self, decision: Decision) -> Problem | None:
        """Ask on the terminal; without one, or without a yes, nothing happens."""
        from ...render import plan_text as text

        if not sys.stdin.isatty():
            message = "not applied: there is no terminal to ask on"
            return Problem("not confirmed", message, None, "give --yes, or a plan file that was reviewed")
        self._console.show(text.plan(decision))  # nobody can agree to what was not seen
        if self._console.confirmed("apply this?"):
            return None
        return Problem("not confirmed", "not applied", None, None)

    def _act(self, decision: Decision, made: dict[str, Any], runner: asyncio.Runner, network: Network) -> int:
        from ...app.act import Acting

        acting = Acting(
            self._workspace,
            self._claim,
            decision,
            network,
            delete_first=self._delete_first,
            reviewed=self._reviewed is not None,
            on_done=lambda done: self._console.progress(f"{done.action} {done.name or done.template_id} …"),
        )
        going = _Going(acting, network, runner, self._console)
        signals.stop_if_asked()
        try:
            with going.heard():
                return self._told(acting.run, made, *going.to_the_end())
        except OutputError as error:
            raise error.after("what was done is in the lock") if acting.run.touched else error from None
        except ReconcilerError:
            raise
        except Exception as error:
            if not acting.run.touched:
                raise
            self._tell_done(acting.run)
            raise IncompleteError(bugs.problem(error)) from None

    def _told(self, run: Run, made: dict[str, Any], problems: tuple[Problem, ...], code: Exit) -> int:
        from ...plan import planfile as document

        (row,) = made["accounts"]
        row |= {"outcome": document.ended(code), "done": document.done(run.done)}
        row["warnings"] += document.warnings(run.warnings, self._workspace.project.file)
        for warning in run.warnings:
            self._console.say(f"warning: {warning.message}")
        if code == Exit.OK:
            self._tell_ids(run)
        else:
            self._tell_done(run)
        return self._end(made, problems, code)

    # ------------------------------------------------------------------ telling

    def _tell_done(self, run: Run) -> None:
        """What had been done when it ended early."""
        if self._console.json:
            return
        for one in run.done:
            words = (one.action, one.name, one.template_id)
            self._console.say(f"done: {' '.join(word for word in words if word)}")
        if run.done:
            self._console.say(f"the lock is {self._workspace.lock_path}")

    def _tell_ids(self, run: Run) -> None:
        from ...render import plan_text as text

        self._console.result(text.applied(run.lock, run.done, str(self._workspace.lock_path)))

    def _end(self, made: dict[str, Any], problems: tuple[Problem, ...], code: Exit) -> int:
        """Close the one document, or the text, and give the exit code."""
        lock, account = self._workspace.written, self._console.page.account
        errors = [] if code == Exit.REFUSED else error_rows(problems, account)
        locks = [] if lock is None else [lock]
        self._console.document({**made, "locks": locks, **further(problems), "errors": errors})
        if code == Exit.REFUSED and not self._console.json:
            guards = ", ".join(problem.code for problem in problems)
            self._console.say(f"refused ({guards}); nothing was changed")
        elif problems and not self._console.json:
            self._console.problems(problems)
        return code


class _Going:
    """A run on its way, and how it hears that it should end.

    Ctrl-C and SIGTERM let it finish what is under way; a second one cuts that off, and still the lock is
    saved.
    """

    def __init__(self, acting: Acting, network: Network, runner: asyncio.Runner, console: Console) -> None:
        self._acting = acting
        self._network = network
        self._runner = runner
        self._console = console
        self._task: asyncio.Task[Any] | None = None
        self._ended = False

    def heard(self) -> AbstractContextManager[None]:
        """From now on signals end the run in order."""
        return signals.heard(self._runner.get_loop(), self._stop, self._cut_off)

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
            self._console.say(STOPPING)
            self._acting.run.stop()
            self._network.stop()

    def _cut_off(self) -> None:
        if self._task is not None:
            self._task.cancel()
