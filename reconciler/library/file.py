"""The library as a file, which `library pull` writes: titles and their keywords <-> its text. Pure.

So titles and keywords can be checked where there are no credentials. Its JSON is also what the sandbox takes
as its `--library`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ..core import json_file, schemas
from ..core.errors import InputError, Problem
from ..core.messages import Text
from ..core.model import Library, LibraryKeyword, Title
from ..core.text import short
from ..wechat.dialects import DIALECTS

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
    if not _is_plain(document):
        schemas.check("library", document, file, hint=_AGAIN, part="file")
    _check(document, file)
    return Library(document["dialect"], tuple(map(title_of, document["titles"])), document["pulled"])


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
        listed = DIALECTS[dialect].LIMITS.listed
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


def _is_plain(document: Any) -> bool:
    """Whether this is certainly a file as `dumps` writes it: the schema takes a hundred times as long to say
    so of thousands of keywords."""
    try:
        library = Library(document["dialect"], tuple(map(title_of, document["titles"])), document["pulled"])
        return (
            json.loads(dumps(library)) == document
            and library.dialect in ("wxopen", "subscribe", "notify")
            and isinstance(library.pulled, str)
            and all(title.id and title.title for title in library.titles)
            and all(keyword.name for title in library.titles for keyword in title.keywords or ())
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def _check(document: Mapping[str, Any], file: str) -> None:
    """What a schema can't say."""
    try:
        known = datetime.fromisoformat(document["pulled"]).tzinfo is not None
    except ValueError:
        known = False
    if not known:
        text = Text("library.no-time", pulled=document["pulled"])
        raise InputError(Problem("bad library", text, file, _AGAIN))
    _refuse_twins([one["id"] for one in document["titles"]], file)


def _refuse_twins(ids: Sequence[str], file: str) -> None:
    if len(set(ids)) < len(ids):
        twin = Counter(ids).most_common(1)[0][0]
        text = Text("library.title-twice", id=short(twin))
        raise InputError(Problem("bad library", text, file, _AGAIN))
