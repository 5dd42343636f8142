"""`reconciler library show`: the keywords of titles."""

from __future__ import annotations

from typing import Any

import click

from ...console import Console
from ...options import CALLS, COMMON, DIALECT, LIBRARY, options
from ...settings import inputs_of, settings_of


@click.command(
    "show",
    epilog="\b\nExamples:\n  reconciler library show AT0002\n"
    "  reconciler library show 401 402 --dialect subscribe",
    short_help="show the keywords of titles",
)
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
@options(COMMON, LIBRARY, DIALECT, CALLS)
def command(ids: tuple[str, ...], **given: Any) -> int:
    """Show titles of the library: each keyword with its id and example, and for `subscribe` its rule.

    A look-up a title, or --library FILE, which takes no call and no credentials.
    """
    from ....app import library_lookup as lookup
    from ....library.file import document_of
    from ....render import library_text

    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    asked = settings_of(console, given, inputs_of(given))
    titles = lookup.look_up(asked, ids, given["dialect"], lambda project: console.page.of(project.chosen))
    console.result("\n".join(library_text.title(one, given["library"]) for one in titles))
    console.document({"version": 1, "titles": [document_of(one) for one in titles]})
    return 0
