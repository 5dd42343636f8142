"""`reconciler sandbox …`: the emulator, over real HTTP."""

from __future__ import annotations

import click

from ...options import CommandGroup

COMMANDS = {
    "serve": "serve WeChat's API over HTTP",
    "messages": "list the messages that were sent",
    "reset": "forget the sandbox's account and its lock",
}


@click.group(
    "sandbox",
    cls=CommandGroup,
    commands_help=COMMANDS,
    package=__name__,
    epilog="\b\nExample:\n  reconciler sandbox serve --port 8710",
)
def command() -> None:
    """The built-in emulator of WeChat's API. Its state lies in .reconciler/ beside templates.yaml."""
