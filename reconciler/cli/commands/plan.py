"""`reconciler plan`: what apply would do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...app.signals import interruptible
from ...core.errors import Exit, Problem, ReconcilerError
from ..console import Console
from ..options import ACCOUNTS, BASE, CALLS, COMMON, LIBRARY, PERMITS, option, options

if TYPE_CHECKING:
    from ...app.project import Project
    from ...core.model import Account


@click.command(
    epilog="\b\nExamples:\n  reconciler plan --out plan.json   (then: reconciler apply plan.json)\n"
    "  reconciler plan --account staging",
    short_help="show what apply would do",
)
@option("--out", metavar="PLANFILE", help="also write the plan to this file, for `apply PLANFILE`")
@option(
    "--detailed-exitcode",
    is_flag=True,
    help="exit 2 if there is something to do (3 if a guard refuses it)",
)
@options(COMMON, CALLS, LIBRARY, ACCOUNTS, BASE, PERMITS)
def command(out: str | None, detailed_exitcode: bool, **given: Any) -> int:
    """Show what apply would do. Changes nothing, anywhere.

    Reasons why apply would refuse are part of the plan, and the exit code is 3 then.
    """
    from ...app.project import open_project

    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    project = open_project(console, writes=False, **given)
    if out is not None:
        _check_out(Path(out), project)
    project.introduce()
    if project.several:
        from ...app.fleet import plan_all

        return plan_all(project, out, detailed=detailed_exitcode, fail_fast=given["fail_fast"])
    return _plan_one(project, out, detailed=detailed_exitcode)


def _plan_one(project: Project, out: str | None, *, detailed: bool) -> int:
    from ...app.decide import decide
    from ...plan import planfile as document
    from ...render import plan_text as text

    workspace, console = project.the_one(), project.console
    with asyncio.Runner() as runner:
        decision = interruptible(runner, workspace.connected(partial(decide, workspace)))
    made = document.of([decision])
    console.page.know(**made)
    if out is not None:
        write_plan(Path(out), document.dumps(made))
    console.result(text.plan(decision) + text.refusal(decision))
    console.document(made)
    if decision.refused:
        return Exit.REFUSED
    return Exit.CHANGES if detailed and made["changes"] else Exit.OK


def _check_out(out: Path, project: Project) -> None:
    """A plan changes nothing: not what it is planned from, nor the sandbox either."""
    from ...app.inputs import home
    from ...app.project import sandbox_state
    from ...core import files

    file = home(project.file)
    accounts: list[Account] | list[None] = project.chosen or [None]
    locks = map(project.lock_path, accounts)
    taken = {file, sandbox_state(project.file), *locks}
    if project.desired.accounts_file is not None:
        taken.add(file.parent / project.desired.accounts_file)
    if files.whole(out) in {files.whole(one) for one in taken}:
        raise click.UsageError(f"--out {out} would overwrite a file that the plan is made from")


def write_plan(path: Path, content: str | Iterable[str]) -> None:
    """Put a plan where apply will read it. Raises ReconcilerError."""
    from ...core import files

    try:
        files.pour(path, content)
    except OSError as error:
        message = f"can't write the plan: {error.strerror or error}"
        raise ReconcilerError(Problem("not written", message, str(path), "choose another place")) from None
