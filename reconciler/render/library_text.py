"""Titles of the library as text. Pure."""

from __future__ import annotations

from ..core.model import LibraryKeyword, Title
from ..core.text import one_line


def title(title: Title, file: str | None = None) -> str:
    """A title and its keywords: id, name, rule if it has one, example; of a `file`, if it is from one."""
    name = title.title or "(no call tells the title of an id; a pulled library does)"
    head = f"{title.id}  {one_line(name)}\n"
    if title.keywords is None:
        why = "no call tells its keywords" if file is None else f"{one_line(file)} has titles only"
        return f"{head}    ({why})\n"
    width = max((len(str(one.keyword_id)) for one in title.keywords), default=0)
    return head + "".join(f"    {_keyword(one, width)}\n" for one in title.keywords)


def _keyword(keyword: LibraryKeyword, width: int) -> str:
    rule = f"  {one_line(keyword.rule)}" if keyword.rule else ""
    example = f"  e.g. {one_line(keyword.example)}" if keyword.example else ""
    return f"{str(keyword.keyword_id).rjust(width)}  {one_line(keyword.name)}{rule}{example}"
