"""`reconciler validate`: templates.yaml offline."""

from __future__ import annotations

from typing import Any

import click

from .console import Console
from .options import COMMON, options


@click.command(
    epilog="\b\nExample:\n  reconciler validate --file shop.yaml",
    short_help="check templates.yaml offline",
)
@options(COMMON)
def command(**given: Any) -> int:
    """Check templates.yaml offline: syntax, shape and rules, every problem at once.

    Titles and keywords are checked against WeChat's library by plan.
    """
    from .project import choose, read_desired

    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    desired = read_desired(given["file"])
    choose(desired, given["file"], given["account"])
    many = "" if desired.accounts is None else f" for {len(desired.accounts)} accounts"
    console.result(f"{given['file']} is valid: {len(desired.templates)} templates{many}\n")
    console.document({"version": 1, "valid": True})
    return 0
