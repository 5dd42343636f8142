"""The library as a file, which `library pull` writes: titles and their keywords <-> its text. Pure.

So titles and keywords can be checked where there are no credentials. Its JSON is also what the sandbox takes
as its `--library`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from ..core import json_file, schemas
from ..core.errors import InputError, Problem
from ..core.messages import Text
from ..core.model import Library, LibraryKeyword, Title
from ..core.text import short
from ..wechat.dialects.limits import LIMITS

VERSION = 1
_AGAIN = Text("library.pull-again")


def loads(data: bytes, file: str) -> Library:
    """Read a pulled library.

    Raises InputError: no JSON, another shape, a newer version, an id twice.
    """
    document = json_file.parse(data, file, code="bad library", hint=_AGAIN)
    version = document.get("version") if isinstance(document, dict) else None
    if isinstance(version, int) and version > VERSION:
        text = Text("library.version", version=version, known=VERSION)
        raise InputError(Problem("library version", text, file, Text("library.newer-reconciler")))
    read = schemas.read("library", document, LibraryDocument, file, hint=_AGAIN, part="file")
    _check(read, file)
    return Library(read.dialect, tuple(map(_title, read.titles)), read.pulled)


# What `file` of schemas/library.schema.json says, as types. A test holds the two against each other.

Filled = Annotated[str, Meta(min_length=1)]


class KeywordDocument(Struct, forbid_unknown_fields=True):
    """A keyword of a title."""

    keyword_id: int
    name: Filled
    example: str = ""
    rule: str | UnsetType = UNSET


class TitleDocument(Struct, forbid_unknown_fields=True):
    """A title; without keywords where it was not looked up."""

    id: Filled
    title: Filled
    type: int | UnsetType = UNSET
    keywords: tuple[KeywordDocument, ...] | UnsetType = UNSET


class LibraryDocument(Struct, forbid_unknown_fields=True):
    """A whole file."""

    version: Literal[1]
    dialect: Literal["wxopen", "subscribe", "notify"]
    pulled: str
    titles: tuple[TitleDocument, ...]


def _title(read: TitleDocument) -> Title:
    keywords = None if read.keywords is UNSET else tuple(map(_library_keyword, read.keywords))
    return Title(read.id, read.title, keywords, None if read.type is UNSET else read.type)


def _library_keyword(read: KeywordDocument) -> LibraryKeyword:
    rule = None if read.rule is UNSET else read.rule
    return LibraryKeyword(read.keyword_id, read.name, read.example, rule)


def dumps(library: Library) -> str:
    """The library's text: a title a line, so that a review shows what has changed."""
    head = {"version": VERSION, "dialect": library.dialect, "pulled": library.pulled}
    opening = json.dumps(head, ensure_ascii=False)[:-1]
    rows = ",\n  ".join(json.dumps(document_of(title), ensure_ascii=False) for title in library.titles)
    return f'{opening}, "titles": [\n  {rows}\n]}}\n' if rows else f'{opening}, "titles": []}}\n'


def document_of(title: Title) -> dict[str, Any]:
    """A title as a file has it. One that was not looked up has no keywords."""
    document: dict[str, Any] = {"id": title.id, "title": title.title}
    if title.type is not None:
        document["type"] = title.type
    if title.keywords is not None:
        document["keywords"] = [_keyword_document(one) for one in title.keywords]
    return document


def title_of(document: Mapping[str, Any]) -> Title:
    """A title, read from such a document. Raises KeyError, TypeError and ValueError for another shape."""
    keywords, title = document.get("keywords"), document["title"]
    return Title(
        _text(document["id"]),
        None if title is None else _text(title),
        None if keywords is None else tuple(map(_keyword, keywords)),
        document.get("type"),
    )


def of_dialect(library: Library, dialect: str | None, file: str, yaml: str) -> Library:
    """The library, if it is of this dialect, or may be of any. Raises InputError."""
    if dialect is not None and library.dialect != dialect:
        text = Text("library.other-dialect", dialect=library.dialect, file=yaml, wanted=dialect)
        listed = LIMITS[dialect].listed
        advice = Text("library.pull-that-accounts") if listed else Text("library.leave-out")
        raise InputError(Problem("other dialect", text, file, advice))
    return library


def _keyword_document(keyword: LibraryKeyword) -> dict[str, Any]:
    document = {"keyword_id": keyword.keyword_id, "name": keyword.name, "example": keyword.example}
    return document if keyword.rule is None else {**document, "rule": keyword.rule}


def _keyword(document: Mapping[str, Any]) -> LibraryKeyword:
    return LibraryKeyword(
        int(document["keyword_id"]),
        _text(document["name"]),
        _text(document.get("example", "")),
        None if document.get("rule") is None else _text(document["rule"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _check(read: LibraryDocument, file: str) -> None:
    """What a schema can't say."""
    try:
        known = datetime.fromisoformat(read.pulled).tzinfo is not None
    except ValueError:
        known = False
    if not known:
        text = Text("library.no-time", pulled=read.pulled)
        raise InputError(Problem("bad library", text, file, _AGAIN))
    _refuse_twins([one.id for one in read.titles], file)


def _refuse_twins(ids: Sequence[str], file: str) -> None:
    if len(set(ids)) < len(ids):
        twin = Counter(ids).most_common(1)[0][0]
        text = Text("library.title-twice", id=short(twin))
        raise InputError(Problem("bad library", text, file, _AGAIN))
