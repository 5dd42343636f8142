"""`reconciler library show`: the keywords of titles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from ...console import Console
from ...options import CALLS, COMMON, DIALECT, LIBRARY, options

if TYPE_CHECKING:
    from ....core.model import Title
    from ....wechat.client import Client


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
    from ....library.file import document_of
    from ....render import library_text as shelf

    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    titles = _titles(console, ids, given)
    console.result("\n".join(shelf.title(one, given["library"]) for one in titles))
    console.document({"version": 1, "titles": [document_of(one) for one in titles]})
    return 0


def _titles(console: Console, ids: Sequence[str], given: dict[str, Any]) -> Sequence[Title]:
    from ....core.errors import InputError, Problem
    from .asking import ask, library_file

    if (library := library_file(console, given)) is None:
        return ask(console, given, lambda client: _look_up(client, ids))[1]
    known = {title.id: title for title in library.titles}
    unknown = [
        Problem("unknown title", f"the library has no title {one} ({given['library']} has not)", None, _FIND)
        for one in ids
        if one not in known
    ]
    if unknown:
        raise InputError(unknown)
    return [known[one] for one in ids]


_FIND = "find titles with: reconciler library search WORD"


async def _look_up(client: Client, ids: Sequence[str]) -> list[Title]:
    from ....core.aio import together
    from ....core.errors import CallError, InputError, Problem

    async def one(id_: str) -> Title:
        try:
            return await client.title(id_)
        except CallError as error:
            if not error.is_about_what_was_asked:
                raise
            message = f"the library has no title {id_} ({error.problems[0].message})"
            raise InputError(Problem("unknown title", message, None, _FIND)) from None

    return await together(*map(one, ids))
