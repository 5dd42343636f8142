"""Wire, print, exit: the only room that knows click, the environment and the terminal. One file a command."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence

import click

from .. import __version__
from .options import CommandGroup

COMMANDS = {
    "validate": "check templates.yaml offline",
    "lint": "hold titles and keywords against the rules of WeChat's reviewers, offline",
    "plan": "show what apply would do",
    "apply": "make the account as templates.yaml says, and write the lock",
    "import": "write templates.yaml and a lock from what lives on the account",
    "send": "send a test message through the lock",
    "doctor": "say of each account what stands in the way, and what to do",
    "library": "WeChat's catalogue of titles: search, show, pull",
    "sandbox": "the built-in emulator of WeChat's API",
    "schema": "print the JSON Schema of a file format",
}


def _columns() -> int:
    """How wide help may be. (click would load shutil for that, and with it three compressors.)"""
    try:
        return min(os.get_terminal_size(sys.stdout.fileno()).columns, 100)
    except (OSError, ValueError, AttributeError):
        return 80


@click.group(
    cls=CommandGroup,
    context_settings={"terminal_width": _columns()},
    commands_help=COMMANDS,
    package=f"{__name__}.commands",
    epilog="\b\nStart with:\n  reconciler plan --sandbox\n  reconciler apply --sandbox --yes",
)
@click.version_option(
    __version__,
    # With the distribution's name: PyPI has another reconciler, whose command may stand first on the PATH.
    message=f"reconciler {__version__} (wechat-reconciler, Python {platform.python_version()}, "
    f"{sys.platform})",
)
def cli() -> None:
    """WeChat message templates as code: plan, apply, and a lockfile of template_ids."""


def warn_of_variables() -> None:
    """Say what of the environment looks as if it were read, and is not."""
    if any(name.startswith("RECONCILER_") for name in os.environ):
        from .console import Console
        from .variables import unknown

        for warning in unknown(os.environ, cli):
            Console().say(warning)


def main(argv: Sequence[str], *, interrupted: bool = False) -> int:
    """Run a command line to its exit code; every error is told, none is a traceback.

    `interrupted`: a signal came before there was anybody to hear it.
    """
    from ..app.signals import ending
    from .console import open_streams
    from .errors import guarded, without_stdout

    if not open_streams():
        return without_stdout()

    def call() -> object:
        if interrupted:
            raise KeyboardInterrupt
        warn_of_variables()
        return cli.main(list(argv), "reconciler", standalone_mode=False)

    with ending():
        return guarded(argv, os.environ, call)
