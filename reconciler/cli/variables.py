"""Variables of the environment that look like ours and are none: `RECONCILER_ACOUNT` would pass unheard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import click

from .options import CommandGroup, Option, shared_variables

PREFIX = "RECONCILER_"
OTHERS = ("RECONCILER_TOKEN_HEADER", "RECONCILER_LANG")
"""Those that are no option's"""


def unknown(environment: Mapping[str, str], group: click.Group) -> Iterator[str]:
    """A warning for each variable that no command reads. All commands are loaded only where there is one that
    is no option of most of them."""
    ours = {name for name in environment if name.startswith(PREFIX)} - {*OTHERS, *shared_variables()}
    if not ours:
        return
    known = {*OTHERS, *_read_by(group, click.Context(group))}
    for name in sorted(ours - known):
        yield f"warning: {name} is no option's: {_meant(name, known)}"


def _read_by(group: click.Group, context: click.Context) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, CommandGroup):
            yield from _read_by(command, context)
        elif command is not None:
            yield from (str(one.envvar) for one in command.params if isinstance(one, Option))


def _meant(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    options = [one.removeprefix(PREFIX) for one in known]
    close = get_close_matches(name.removeprefix(PREFIX), options, 1, 0.75)
    return f"did you mean {PREFIX}{close[0]}?" if close else "it is not read"
