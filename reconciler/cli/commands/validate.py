"""`reconciler validate`: templates.yaml offline."""

from __future__ import annotations

from typing import Any

import click

from ..console import Console
from ..options import COMMON, LIBRARY, options
from ..settings import inputs_of


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
    from ...app.validate import validate
    from ...core.text import counted

    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    file, names, lockfile, library = (given[name] for name in ("file", "account", "lockfile", "library"))
    desired = validate(inputs_of(given), console, file, accounts=names, lockfile=lockfile, library=library)
    many = "" if desired.accounts is None else f" for {counted(len(desired.accounts), 'account')}"
    console.result(f"{file} is valid: {counted(len(desired.templates), 'template')}{many}\n")
    console.document({"version": 1, "valid": True})
    return 0
