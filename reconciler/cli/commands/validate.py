"""`reconciler validate`: templates.yaml offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..console import Console
from ..options import COMMON, LIBRARY, options

if TYPE_CHECKING:
    from ...core.model import Desired


@click.command(
    epilog="\b\nExamples:\n  reconciler validate --file shop.yaml\n"
    "  reconciler validate --library library.json   (from: library pull; needs no credentials)",
    short_help="check templates.yaml offline",
)
@options(COMMON, LIBRARY)
def command(**given: Any) -> int:
    """Check templates.yaml offline: syntax, shape and rules, every problem at once.

    With --library titles and keywords, too, as plan does with WeChat's own.
    """
    from ...app.inputs import read_desired
    from ...app.project import choose
    from ...app.siblings import refuse_shared_locks
    from ...core.text import counted

    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    desired = read_desired(given["file"])
    chosen = choose(desired, given["file"], given["account"])
    if not given["lockfile"]:
        refuse_shared_locks(given["file"], desired, chosen)
    if given["library"]:
        _check(desired, given["file"], given["library"], console)
    many = "" if desired.accounts is None else f" for {counted(len(desired.accounts), 'account')}"
    console.result(f"{given['file']} is valid: {counted(len(desired.templates), 'template')}{many}\n")
    console.document({"version": 1, "valid": True})
    return 0


def _check(desired: Desired, file: str, library_file: str, console: Console) -> None:
    """Titles and keywords, held against a pulled library. Raises InputError."""
    from ...app.inputs import read_library
    from ...library import resolve
    from ...wechat.dialects import DIALECTS

    library = read_library(library_file, desired.dialect, file)
    hint = DIALECTS[desired.dialect].LIMITS.id_hint
    resolve.check(desired.templates, library, file, library_file=library_file, hint=hint)
    bare = {title.id for title in library.titles if title.keywords is None}
    unchecked = ", ".join(one.name for one in desired.templates if one.id in bare)
    if unchecked:
        console.say(
            f"warning: not checked: the keywords of {unchecked}; {library_file} has their titles only"
        )
