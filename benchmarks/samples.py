"""Templates to measure with, made of the first titles of the emulator's library."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from reconciler.sandbox import library
from reconciler.sandbox.library import Title

KEYWORDS = 5
"""Keywords a template, of the ten that are allowed."""

FILE = "templates.yaml"


def write(folder: Path, count: int, *, changed: int = 0) -> Path:
    """A templates.yaml of so many templates, each of its own title.

    Of the first `changed` the keywords stand in reverse: against an account made without, each is replaced.
    """
    path = folder / FILE
    entries = [_entry(title, turned=index < changed) for index, title in enumerate(titles(count))]
    path.write_text("version: 1\ntemplates:\n" + "".join(entries), encoding="utf-8")
    return path


@cache
def titles(count: int) -> list[Title]:
    """The library's first titles, without those that have a keyword's name twice."""
    found = [title for title in library.load().titles if len(set(_names(title))) == len(title.keywords)]
    return found[:count]


def keyword_ids(title: Title) -> list[int]:
    """The keywords that a template of ours has, as the API wants them."""
    return [keyword.keyword_id for keyword in title.keywords[:KEYWORDS]]


def _entry(title: Title, *, turned: bool) -> str:
    names = _names(title)[:KEYWORDS]
    shown = json.dumps(names[::-1] if turned else names, ensure_ascii=False)
    return f"  t_{title.id.lower()}:\n    id: {title.id}\n    title: {title.title}\n    keywords: {shown}\n"


def _names(title: Title) -> list[str]:
    return [keyword.name for keyword in title.keywords]
