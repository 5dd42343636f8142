"""`reconciler schema NAME`: the JSON Schemas, for editors and CI."""

from __future__ import annotations

import sys
from typing import Any

import click

from .options import COMMON, options

NAMES = ("templates", "lock", "plan", "library", "proposals")


@click.command(
    epilog="\b\nExample:\n  reconciler schema templates > templates.schema.json",
    short_help="print a JSON Schema",
)
@click.argument("name", type=click.Choice(NAMES))
@options(COMMON)
def command(name: str, **_: Any) -> int:
    """Print the JSON Schema of templates.yaml, the lock, a plan, a pulled library, or proposals.yaml."""
    from .. import schemas

    sys.stdout.write(schemas.text(name))
    return 0
