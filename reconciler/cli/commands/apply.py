"""`reconciler apply`: do what the plan says, and write the lock."""

from __future__ import annotations

from typing import Any

import click

from ..console import Console
from ..options import ACCOUNTS, BASE, CALLS, COMMON, LIBRARY, PERMITS, option, options
from ..settings import inputs_of, settings_of


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
    from ...app.apply import apply_one, read_plan
    from ...app.project import open_project
    from ..reports.account import Showing, introduce

    if planfile == "":
        raise click.UsageError("PLANFILE is empty")
    console, inputs = Console(json=given["format"] == "json", verbose=given["verbose"]), inputs_of(given)
    reviewed = read_plan(inputs, planfile) if planfile is not None else None
    project = open_project(settings_of(console, given, inputs), writes=True)
    agreed = yes or planfile is not None
    if project.several:
        from ..reports.fleet import apply_all

        return apply_all(
            console, project, reviewed, agreed=agreed, delete_first=delete_first, fail_fast=given["fail_fast"]
        )
    introduce(console, project, done=[])
    showing = Showing(console, project)
    return apply_one(project, reviewed, showing, agreed=agreed, delete_first=delete_first)
