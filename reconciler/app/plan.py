"""One account planned, and a plan put where apply will read it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..core import files
from ..core.errors import Problem, ReconcilerError, UsageError
from ..core.messages import Text
from . import sandbox
from .decide_account import decide
from .event_loop import event_loop, interruptible
from .input_files import home

if TYPE_CHECKING:
    from ..core.model import Account
    from ..plan.decision import Decision
    from .project import Project


def plan_one(project: Project) -> Decision:
    """What is to be done with the one account that is worked on. Raises ReconcilerError."""
    workspace = project.the_one()
    with event_loop(project.terms.teller) as runner:
        return interruptible(runner, workspace.connected(partial(decide, workspace)))


def check_out(out: Path, project: Project) -> None:
    """See that a plan changes nothing: not what it is planned from, nor the sandbox either.

    Raises UsageError.
    """
    file = home(project.file)
    accounts: list[Account] | list[None] = project.chosen or [None]
    taken = {file, sandbox.state_of(project.file), *map(project.lock_path, accounts)}
    if project.desired.accounts_file is not None:
        taken.add(file.parent / project.desired.accounts_file)
    if files.whole(out) in {files.whole(one) for one in taken}:
        raise UsageError.of(Text("app.out-overwrites", file=str(out)))


def write_plan(path: Path, content: str | Iterable[str]) -> None:
    """Put a plan where apply will read it. Raises ReconcilerError."""
    try:
        files.pour(path, content)
    except OSError as error:
        text = Text("app.plan-unwritten", why=error.strerror or str(error))
        raise ReconcilerError(Problem("not written", text, str(path), Text("app.another-place"))) from None
