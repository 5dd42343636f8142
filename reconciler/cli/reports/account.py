"""The report of one account: the plan, the question, and what came of it, as text or one document."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from ...core.errors import Exit, Problem
from ...core.messages import Text
from ...plan import planfile
from ...plan import planfile_rows as rows
from ...render import plan_text
from ..document import error_rows, further

if TYPE_CHECKING:
    from ...app.apply import End
    from ...app.project import Project
    from ...apply.run import Run
    from ...plan.decision import Decision
    from ..console import Console

NO_TERMINAL = Problem(
    "not confirmed",
    Text("cli.no-terminal"),
    None,
    Text("cli.give-yes"),
)
NO = Problem("not confirmed", Text("cli.not-applied"))


def introduce(console: Console, project: Project, **more: Any) -> None:
    """Have the document of a failure tell of the one account, with `more` fields."""
    account = project.chosen[0] if project.chosen else None
    console.page.of(project.chosen)
    console.page.know(accounts=[{**planfile.unasked(account, project.desired.dialect, "failed"), **more}])


class Showing:
    """Shows the plan of one account, asks, and tells how apply has ended."""

    def __init__(self, console: Console, project: Project) -> None:
        self._console = console
        self._file = project.file
        self._lock = str(project.lock_path(project.chosen[0] if project.chosen else None))
        self._made: dict[str, Any] = {}

    def decided(self, decision: Decision) -> None:
        """Show what is to be done, and what speaks against it."""
        self._made = planfile.of([decision])
        self._made["accounts"][0]["done"] = []
        self._console.page.know(**self._made)
        self._console.result(plan_text.plan(decision))

    def objection(self, decision: Decision) -> Problem | None:
        """Ask on the terminal; without one, or without a yes, nothing happens."""
        if not sys.stdin.isatty():
            return NO_TERMINAL
        self._console.show(plan_text.plan(decision))  # nobody can agree to what was not seen
        return None if self._console.confirmed(Text("cli.apply-this")) else NO

    def done(self, run: Run, *, locked: bool = True) -> None:
        """Tell what had been done when it ended early, and where it stands, if the lock could be written."""
        if self._console.json:
            return
        for one in run.done:
            words = (one.action, one.name, one.template_id)
            self._console.say(Text("cli.done", what=" ".join(word for word in words if word)))
        if run.done and locked:
            self._console.say(Text("cli.lock-is", lock=self._lock))

    def ended(self, end: End) -> None:
        """Tell what was done, and close the one document, or the text."""
        if end.already:
            self._console.result(plan_text.ALREADY + "\n")
        if end.run is not None:
            self._tell_run(end.run, end)
        self._close(end)

    def _tell_run(self, run: Run, end: End) -> None:
        (row,) = self._made["accounts"]
        row |= {"outcome": planfile.ended(end.code), "done": planfile.done(run.done)}
        row["warnings"] += rows.of_warnings(run.warnings, self._file)
        for warning in run.warnings:
            self._console.warn(warning.message)
        if end.code == Exit.OK:
            self._console.result(plan_text.applied(run.lock, run.done, self._lock))
        else:
            self.done(run, locked=end.lock is not None)

    def _close(self, end: End) -> None:
        refused = end.code == Exit.REFUSED
        errors = [] if refused else error_rows(end.problems, self._console.page.account)
        locks = [] if end.lock is None else [end.lock]
        self._console.document({**self._made, "locks": locks, **further(end.problems), "errors": errors})
        if self._console.json:
            return
        if refused:
            guards = tuple(problem.code for problem in end.problems)
            self._console.say(Text("cli.refused", guards=guards))
        else:
            self._console.problems(end.problems)
