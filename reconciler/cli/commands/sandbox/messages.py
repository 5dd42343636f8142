"""`reconciler sandbox messages`: what the sandbox's users have received."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ....core.messages import Text
from ...console import Console
from ...options import COMMON, option, options
from ...settings import inputs_of

if TYPE_CHECKING:
    from ....sandbox.state.records import Message


@click.command(
    "messages",
    epilog="\b\nExamples:\n  reconciler sandbox messages\n"
    "  reconciler sandbox messages --to oUser --limit 1 --format json",
    short_help="list the messages that were sent",
)
@option("--to", metavar="OPENID", help="only those to this user")
@option("--limit", type=click.IntRange(1), metavar="N", help="only the newest N; default: all")
@options(COMMON)
def command(to: str | None, limit: int | None, **given: Any) -> int:
    """List the messages that the sandbox was sent, oldest first, as their users see them.

    They are read from its state in .reconciler/ beside templates.yaml, which is not changed: a server may
    run meanwhile. Times are by the sandbox's clock.
    """
    from ....app.sandbox import state_of
    from ....render import inbox_text as inbox

    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    state = state_of(given["file"])
    found = _chosen(_kept(state), to, _appids(given))
    shown = [_document(one) for one in (found[-limit:] if limit else found)]
    if older := len(found) - len(shown):
        console.say(Text("cli.older", count=older))
    console.result(inbox.text(shown) if shown else _none(state, to))
    console.document({"version": 1, "messages": shown})
    return 0


def _none(state: Path, to: str | None) -> str:
    from ....core.text import one_line

    return f"no messages{f' to {one_line(to)}' if to else ''} ({state})\n"


def _kept(state: Path) -> Sequence[Message]:
    """All messages of a state; none if there is no state yet. Raises InputError."""
    from contextlib import closing

    from ....core.errors import InputError, Problem
    from ....sandbox.state.store import Store, StoreError

    try:
        with closing(Store.memory(state)) as store:
            return store.messages()
    except (StoreError, OSError) as error:
        raise InputError(Problem("sandbox", str(error))) from None


def _appids(given: Mapping[str, Any]) -> Collection[str] | None:
    """Whose messages are asked for; None for everybody's. Raises InputError."""
    from ....app.chosen_accounts import choose

    if not given["account"]:
        return None
    accounts = choose(inputs_of(given).desired(given["file"]), given["file"], given["account"])
    return {one.appid for one in accounts or ()}


def _chosen(kept: Iterable[Message], to: str | None, appids: Collection[str] | None) -> list[Message]:
    return [
        one
        for one in kept
        if (to is None or one.content.get("touser") == to) and (appids is None or one.appid in appids)
    ]


def _document(message: Message) -> dict[str, Any]:
    """A message as a value of JSON; `data` is by key, as it was sent."""
    content = dict(message.content)
    lines = content.pop("lines", ())
    about = {"sent": _when(message.sent), "dialect": message.dialect, "appid": message.appid}
    return {**about, **content, "data": _data(lines)}


def _data(lines: Any) -> dict[str, Any]:
    """The lines by their keys; those of `wxopen` are known by their places."""
    return {
        line.get("key", f"keyword{number}"): {name: value for name, value in line.items() if name != "key"}
        for number, line in enumerate(lines, start=1)
    }


def _when(seconds: float | None) -> str | None:
    """The moment as text; None if it isn't known, or if the sandbox's clock was moved out of the calendar."""
    from ....core.model import timestamp

    try:
        return None if seconds is None else timestamp(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return None
