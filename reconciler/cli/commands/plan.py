"""`reconciler plan`: what apply would do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...core.errors import Exit
from ..console import Console
from ..options import ACCOUNTS, BASE, CALLS, COMMON, LIBRARY, PERMITS, option, options
from ..settings import inputs_of, settings_of

if TYPE_CHECKING:
    from ...app.project import Project


@click.command(
    epilog="\b\nExamples:\n  reconciler plan --out plan.json   (then: reconciler apply plan.json)\n"
    "  reconciler plan --account staging\n"
    "  reconciler plan --trace trace.jsonl",
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
    from ...app import plan
    from ...app.project import open_project
    from ..reports.account import introduce

    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    project = open_project(settings_of(console, given, inputs_of(given)), writes=False)
    if out is not None:
        plan.check_out(Path(out), project)
    if project.several:
        from ..reports.fleet import plan_all

        return plan_all(console, project, out, detailed=detailed_exitcode, fail_fast=given["fail_fast"])
    introduce(console, project)
    return _plan_one(console, project, out, detailed=detailed_exitcode)


def _plan_one(console: Console, project: Project, out: str | None, *, detailed: bool) -> int:
    from ...app import plan
    from ...plan import planfile
    from ...render import plan_text

    decision = plan.plan_one(project)
    made = planfile.of([decision])
    console.page.know(**made)
    if out is not None:
        plan.write_plan(Path(out), planfile.dumps(made))
    console.result(plan_text.plan(decision) + plan_text.refusal(decision))
    console.document(made)
    if decision.refused:
        return Exit.REFUSED
    return Exit.CHANGES if detailed and made["changes"] else Exit.OK
