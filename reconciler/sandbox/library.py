"""The catalogue of titles that templates are made from ("library" on the page).

The newer APIs have the same titles and keywords under other ids, so one templates.yaml can be tried on all.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

VERSION = 1
"""Of a pulled library; a file that says none is a hand-made one"""
_TID = re.compile("[1-9][0-9]{0,8}", re.ASCII)
BUNDLED = Path(__file__).with_name("library.json")


FIXED: Final = range(10_000_001, 20_000_000)
"""tids whose keywords are not chosen: an add takes an empty kidList (wechat-api.md §2)"""
OFFICIAL_BASE: Final = 40_000


class LibraryError(ValueError):
    """A library file that can't be used; the message names the file and the place in it."""


@dataclass(frozen=True, slots=True)
class Keyword:
    keyword_id: int
    name: str
    example: str


@dataclass(frozen=True, slots=True)
class Title:
    id: str
    title: str
    keywords: tuple[Keyword, ...]


_FIXED_TITLE: Final = Title(
    str(FIXED[0]),
    "服务进度提醒",
    (Keyword(1, "服务名称", "预约"), Keyword(2, "服务进度", "已受理"), Keyword(3, "温馨提示", "请留意")),
)


@dataclass(frozen=True)
class Library:
    """`dialect` tells whose ids these are, if the file says so: those of `subscribe` are kept as tids."""

    titles: tuple[Title, ...]
    by_id: Mapping[str, Title]
    dialect: str | None = None

    @cached_property
    def subscribe(self) -> Mapping[str, Title]:
        """By tid, as text: AT0002 is "2". A library that has tids keeps them."""
        if self.dialect == "subscribe":
            return self.by_id
        return {**_renumbered(self.titles, 0), _FIXED_TITLE.id: _FIXED_TITLE}

    @cached_property
    def official(self) -> Mapping[str, Title]:
        """By template_id_short: AT0002 is "40002"."""
        return _renumbered(self.titles, OFFICIAL_BASE)


def load(path: Path | None = None) -> Library:
    """The library in a file, ``{"titles": [{"id", "title", "keywords": [...]}]}``; None: the bundled one.

    It may be one that `reconciler library pull` has written. Titles that were not looked up are left out, and
    a file with no others is refused. A keyword may lack its example; rules and types are made up as those of
    the bundled library are.

    Raises LibraryError.
    """
    path = path or BUNDLED
    try:
        return _library(_read(path))
    except _Bad as bad:
        raise LibraryError(f"{path}: {bad}") from None


class _Bad(Exception):
    """What is wrong with the file, without its name."""


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _Bad(f"can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _Bad("is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise _Bad(f"is not JSON: {error}") from None


def _library(data: Any) -> Library:
    fields = _object(data, "the file")
    _check_version(fields.get("version"))
    items = _list(fields, "titles", "titles")
    titles = tuple(_titles(items))
    if items and not titles:
        raise _Bad("has no title with keywords: pull the library without --titles-only")
    _unique([title.id for title in titles], "titles", "id")
    dialect = fields.get("dialect")
    if dialect == "subscribe":
        _check_tids(titles)
    return Library(
        titles, {title.id: title for title in titles}, dialect if isinstance(dialect, str) else None
    )


def _check_version(version: Any) -> None:
    if isinstance(version, int) and version > VERSION:
        raise _Bad(f"is of version {version}; this sandbox knows {VERSION}")


def _check_tids(titles: tuple[Title, ...]) -> None:
    for index, title in enumerate(titles):
        if not _TID.fullmatch(title.id):
            raise _Bad(f"titles[{index}].id must be a number of up to 9 digits: the dialect is subscribe")


def _titles(items: list[Any]) -> Iterator[Title]:
    """Those that were looked up: the others' keywords can't be made up."""
    for index, item in enumerate(items):
        if not isinstance(item, dict) or "keywords" in item:
            yield _title(item, f"titles[{index}]")


def _title(data: Any, where: str) -> Title:
    fields = _object(data, where)
    items = _list(fields, "keywords", f"{where}.keywords")
    keywords = tuple(_keyword(item, f"{where}.keywords[{index}]") for index, item in enumerate(items))
    # Only the ids: real titles are said to have unique names, but clients must cope with those that don't.
    _unique([keyword.keyword_id for keyword in keywords], f"{where}.keywords", "keyword_id")
    return Title(_text(fields, "id", where), _text(fields, "title", where), keywords)


def _keyword(data: Any, where: str) -> Keyword:
    fields = _object(data, where)
    number = fields.get("keyword_id")
    if type(number) is not int or not 0 < number < 2**31:
        raise _Bad(f"{where}.keyword_id must be a positive integer")
    example = "" if fields.get("example", "") == "" else _text(fields, "example", where)
    return Keyword(number, _text(fields, "name", where), example)


def _object(data: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise _Bad(f"{where} must be an object")
    return data


def _list(fields: Mapping[str, Any], key: str, where: str) -> list[Any]:
    value = fields.get(key)
    if not isinstance(value, list):
        raise _Bad(f"{where} must be a list")
    return value


def _text(fields: Mapping[str, Any], key: str, where: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str) or not value:
        raise _Bad(f"{where}.{key} must be a non-empty string")
    try:
        value.encode()  # a lone surrogate could not be sent
    except UnicodeEncodeError:
        raise _Bad(f"{where}.{key} is not valid Unicode") from None
    return value


def _unique(values: list[Any], where: str, key: str) -> None:
    seen: set[Any] = set()
    for index, value in enumerate(values):
        if value in seen:
            raise _Bad(f"{where}[{index}].{key} {value!r} stands there twice")
        seen.add(value)


def _renumbered(titles: Iterable[Title], base: int) -> dict[str, Title]:
    found: dict[str, Title] = {}
    for place, title in enumerate(titles):
        digits = re.sub("[^0-9]", "", title.id)[-6:]
        id_ = str(base + int(digits or 0))
        if not digits or id_ in found or id_ == "0":
            id_ = str(base + 900_000 + place)
        found[id_] = Title(id_, title.title, title.keywords)
    return found
