"""`reconciler doctor`: for each account, what stands in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ...core.errors import Exit
from ..console import Console
from ..options import ACCOUNTS, CALLS, COMMON, options
from ..settings import inputs_of, settings_of

if TYPE_CHECKING:
    from ...app.project import Project


@click.command(
    epilog="\b\nExamples:\n  reconciler doctor\n  reconciler doctor --account staging --format json",
    short_help="say what stands in the way of each account",
)
@options(COMMON, CALLS, ACCOUNTS)
def command(**given: Any) -> int:
    """Say of each account what stands in the way, and what to do about it. Changes nothing, anywhere.

    Credentials, lock, token, allow list of addresses, permission, what is left of each call's daily quota,
    and whether the account is the one that the lock is about. Exits 1 if something has failed.
    """
    from ...app.project import open_project

    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    project = open_project(settings_of(console, given, inputs_of(given)), writes=False)
    if project.several:
        from ..reports.doctor_report import examine_all

        return examine_all(console, project, fail_fast=given["fail_fast"])
    return _examine_one(console, project)


def _examine_one(console: Console, project: Project) -> int:
    from ...app.doctor_accounts import examine_one
    from ...render import doctor_text
    from ..reports.doctor_report import head, heading, row

    found = examine_one(project)
    block = doctor_text.block(heading(found), found.findings)
    console.result(block + doctor_text.summary(found.findings))
    console.document({**head(healthy=not found.failed), "accounts": [row(found)]})
    return Exit.ERROR if found.failed else Exit.OK
