"""`reconciler import`: from a living account to templates.yaml and a lock."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from ..console import Console
from ..options import CALLS, COMMON, DIALECT, LIBRARY, option, options

if TYPE_CHECKING:
    from ...app.importing.names_file import Choices


@click.command(
    "import",
    epilog="\b\nExamples:\n  reconciler import --dry-run\n  reconciler import --names names.yaml\n"
    "  reconciler plan   (it has nothing to do)",
    short_help="write templates.yaml and a lock from what lives on the account",
)
@option(
    "--names",
    metavar="FILE",
    help="names to give: lines such as `购买成功通知: order_paid`, of titles or template_ids; "
    "{name: order_paid, id: AT0002} also says which title of the library it is",
)
@option("--dry-run", is_flag=True, help="show what would be written, and write nothing")
@options(COMMON, LIBRARY, DIALECT, CALLS)
def command(names: str | None, dry_run: bool, **given: Any) -> int:
    """Write templates.yaml and a lock from what lives on the account, so that a plan has nothing to do.

    Never changes the account. A templates.yaml that exists keeps its comments and its order and is only
    added to. A template is named after the sound of its title, unless --names has a name for it. What can't
    be expressed is listed, and why.
    """
    from pathlib import Path

    from ...app import dialects as kinds
    from ...app.importing.importer import Importing
    from ...app.inputs import is_stream, read_library
    from ...app.project import desired_or_none_yet, open_project

    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    if is_stream(given["file"]) and not dry_run:
        raise click.UsageError(f"--file {given['file']} can't be written: name a file, or add --dry-run")
    if given["library"] and given["dialect"] is None and not Path(given["file"]).exists():
        given["dialect"] = read_library(given["library"], None, given["file"]).dialect
    desired = desired_or_none_yet(given["file"], given["dialect"])
    project = open_project(console, writes=False, desired=desired, **given)
    if given["dialect"] is None and not is_stream(given["file"]) and not Path(given["file"]).exists():
        desired = kinds.blank(kinds.dialect_of(project))
        project = open_project(console, writes=False, desired=desired, **given)
    choices = _choices(names)
    workspace = project.the_one()
    console.page.know(file=given["file"], lock=str(workspace.lock_path))
    with nullcontext() if dry_run else workspace.alone() as claim:
        importing = Importing(workspace, claim, choices, given["library"], refresh=given["refresh"])
        return importing.run()


def _choices(names: str | None) -> Choices:
    from ...app.importing import names_file as choices
    from ...app.inputs import read_yaml

    if names is None:
        return choices.Choices()
    return choices.read(read_yaml(names, "write it, or leave --names out"), names)
