"""`reconciler schema NAME`: the JSON Schemas, for editors and CI."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..options import COMMON, options

NAMES = (
    *("templates", "accounts", "lock", "library", "proposals", "trace"),
    *("plan", "apply", "validate", "import", "doctor", "lint"),
)


@click.command(
    epilog="\b\nExample:\n  reconciler schema templates > templates.schema.json",
    short_help="print a JSON Schema",
)
@click.argument("name", type=click.Choice(NAMES))
@options(COMMON)
def command(name: str, **_: Any) -> int:
    """Print the JSON Schema of a file, or of what a command prints with --format json.

    Files: templates.yaml, an accounts file, the lock, a pulled library, proposals.yaml, a line of a trace.
    """
    from ...core import schemas

    sys.stdout.write(schemas.text(name))
    return 0
