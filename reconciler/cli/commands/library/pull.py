"""`reconciler library pull`: the whole library in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ...console import Console
from ...options import CALLS, COMMON, DIALECT, option, options
from ...settings import inputs_of, is_typed, settings_of


@click.command(
    "pull",
    epilog="\b\nExamples:\n  reconciler library pull\n  reconciler validate --library library.json",
    short_help="get the whole library into one file",
)
@option("--out", default="library.json", metavar="FILE", show_default=True, help="where to write it")
@option("--titles-only", is_flag=True, help="no look-ups: no keywords")
@options(COMMON, DIALECT, CALLS)
def command(out: str, titles_only: bool, **given: Any) -> int:
    """Get the whole library into one file, for checks that need no credentials.

    Look-ups run side by side. What is known stands in FILE.part (in a repository in .reconciler/) until all
    is there: a pull that was interrupted goes on there, and FILE is replaced as a whole. Where look-ups are
    few a day, a tenth of them is left for plans, and the next day goes on. --refresh begins anew.
    """
    from ....app.library_lookup import workspace_of
    from ....app.library_pull import pull

    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    asked = settings_of(console, given, inputs_of(given))
    workspace = workspace_of(asked, given["dialect"], lambda project: console.page.of(project.chosen))
    library = pull(asked, workspace, Path(out), found=not is_typed("out"), titles_only=titles_only)
    bare = sum(title.keywords is None for title in library.titles)
    count = f"{len(library.titles)} titles" + ("" if titles_only else " with their keywords")
    if bare and not titles_only:
        count += f", but for {bare}"
    console.result(f"{out}: {count}\n")
    console.document({"version": 1, "file": out, "dialect": library.dialect, "titles": len(library.titles)})
    return 0
