"""`reconciler library …`: WeChat's catalogue of titles, at hand."""

from __future__ import annotations

import click

from ...options import CommandGroup

COMMANDS = {
    "search": "find titles by words",
    "show": "show the keywords of titles",
    "pull": "get the whole library into one file",
}


@click.group(
    "library",
    cls=CommandGroup,
    commands_help=COMMANDS,
    package=__name__,
    epilog="\b\nExamples:\n  reconciler library search 付款 成功\n  reconciler library show AT0005",
)
def command() -> None:
    """WeChat's library of titles: find them, look into them, or have them all in a file."""
