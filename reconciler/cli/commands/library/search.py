"""`reconciler library search`: titles by words."""

from __future__ import annotations

from typing import Any

import click

from ....core.errors import UsageError
from ....core.messages import Text
from ...console import Console
from ...options import CALLS, COMMON, DIALECT, LIBRARY, option, options
from ...settings import inputs_of, settings_of


@click.command(
    "search",
    epilog="\b\nExamples:\n  reconciler library search 付款 成功\n"
    "  reconciler library search 单号 --keywords --library library.json",
    short_help="find titles by words",
)
@click.argument("words", nargs=-1, required=True, metavar="WORD…")
@option("--keywords", is_flag=True, help="find keywords, too; in a pulled library only")
@option("--limit", type=click.IntRange(1), default=20, metavar="N", show_default=True, help="so many at most")
@options(COMMON, LIBRARY, DIALECT, CALLS)
def command(words: tuple[str, ...], keywords: bool, limit: int, **given: Any) -> int:
    """Find the titles in which every WORD is meant, the best first.

    Asks for the library's titles, or looks into --library FILE, which takes no call and no credentials.
    """
    from ....app import library_lookup as lookup
    from ....library.file import document_of
    from ....library.search import search

    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    if keywords and not given["library"]:
        raise UsageError.of(Text("cli.pull-for-keywords"))
    asked = settings_of(console, given, inputs_of(given))
    titles = lookup.titles(asked, given["dialect"], lambda project: console.page.of(project.chosen)).titles
    if keywords and all(title.keywords is None for title in titles):
        console.warn(Text("cli.titles-only", file=given["library"]))
    hits = search(titles, words, keywords=keywords)
    for hit in hits[:limit]:
        meant = (
            f"   {', '.join(f'{one.keyword_id} {one.name}' for one in hit.keywords)}" if hit.keywords else ""
        )
        console.result(f"{hit.title.id}  {hit.title.title}{meant}\n")
    if len(hits) > limit:
        console.say(Text("cli.more-titles", more=len(hits) - limit, titles=len(hits)))
    elif not hits:
        console.say(Text("cli.no-title", words=" ".join(words)))
    rows = [{"score": hit.score, **document_of(hit.title)} for hit in hits[:limit]]
    console.document({"version": 1, "found": len(hits), "titles": rows})
    return 0
