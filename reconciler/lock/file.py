"""The lock <-> its text (contract, "The lockfile"). Pure; core/files carries the bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from types import NoneType
from typing import Any

from ..core import json_file, schemas
from ..core.errors import InputError, Problem
from ..core.messages import Text
from ..core.model import Entry, Lock, LockedKeyword, Retired
from ..core.text import short

VERSION = 2
"""The newest that is read, and written where there is something that only it can say"""
_RESTORE = Text("lock.restore")
_MERGE = Text("lock.merge")


def parse_lock(data: bytes, file: str) -> Lock:
    """Read a lock.

    Raises InputError: a merge conflict, no JSON, a key twice, another shape, a newer version.
    """
    document = json_file.parse(data, file, code="bad lock", hint=_RESTORE, merge_hint=_MERGE)
    version = document.get("version") if isinstance(document, dict) else None
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        text = Text("lock.version", version=version, known=VERSION)
        raise InputError(Problem("lock version", text, file, Text("lock.newer-reconciler")))
    if not _is_plain(document):
        schemas.check("lock", document, file, hint=_RESTORE)
    _check_times(document, file)
    return Lock(
        dialect=document["dialect"],
        appid=document.get("appid"),
        templates={name: _entry(item) for name, item in sorted(document["templates"].items())},
        retired=tuple(_retired(item) for item in document.get("retired", ())),
        account=document.get("account"),
        protect=document.get("protect", False),
    )


Fields = Mapping[str, Collection[type]]

_KEYWORD: Fields = {"name": {str}, "keyword_id": {int, NoneType}, "key": {str, NoneType}}
_RULES: Fields = {"rule": {str, NoneType}, "limit": {int, NoneType}, "values": {NoneType}}
_TEMPLATE: Fields = {"template_id": {str}, "id": {str}, "title": {str}, "keywords": {list}}
_FACTS: Fields = {"scene": {str}, "protect": {bool}, "listed": {bool}}
_LOCK: Fields = {"version": {int}, "dialect": {str}, "appid": {str, NoneType}, "templates": {dict}}
_ACCOUNT: Fields = {"account": {str, NoneType}, "protect": {bool}}
_NAME = re.compile("[a-z][a-z0-9_]{0,63}")


def _is_plain(document: Any) -> bool:
    """Whether this is certainly a lock as most are, with nothing retired: a fleet has thousands, and the
    schema takes a hundred times as long to say so."""
    return (
        _has(document, _LOCK, _ACCOUNT)
        and document["version"] in (1, 2)
        and document["dialect"] in ("wxopen", "subscribe", "official", "notify")
        and all(_NAME.fullmatch(name) for name in document["templates"])
        and all(
            _has(one, _TEMPLATE, _FACTS)
            and one["template_id"] != ""
            and all(_has(keyword, _KEYWORD, _RULES) and _may_be(keyword) for keyword in one["keywords"])
            for one in document["templates"].values()
        )
    )


def _may_be(keyword: Mapping[str, Any]) -> bool:
    limit = keyword.get("limit")
    return limit is None or limit > 0


def _has(value: Any, fields: Fields, optional: Fields) -> bool:
    """Whether it is an object of these fields, and of no others; True and False are no numbers."""
    return (
        isinstance(value, dict)
        and value.keys() >= fields.keys()
        and all(type(one) in (fields.get(name) or optional.get(name, ())) for name, one in value.items())
    )


def lock_text(lock: Lock) -> str:
    """The lock's text: names sorted, no clock, the same lock the same bytes.

    One that has nothing to say that version 1 could not is of version 1: an upgrade changes nothing.
    """
    newer = _is_newer(lock)
    document: dict[str, Any] = {
        "version": 2 if newer else 1,
        "dialect": lock.dialect,
        "appid": lock.appid,
        **({"account": lock.account} if newer else {}),
        **({"protect": True} if lock.protect else {}),
        "templates": {name: _entry_document(lock.templates[name]) for name in sorted(lock.templates)},
    }
    if lock.retired:
        document["retired"] = [_retired_document(one) for one in lock.retired]
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _is_newer(lock: Lock) -> bool:
    """Whether there is something that version 1 has no field for."""
    entries = [*lock.templates.values(), *(one.entry for one in lock.retired)]
    return (
        lock.account is not None
        or lock.protect
        or any(one.name is None or one.reason not in ("replaced", "removed") for one in lock.retired)
        or any(not entry.listed or any(map(_rules, entry.keywords)) for entry in entries)
    )


def _check_times(document: dict[str, Any], file: str) -> None:
    for index, one in enumerate(document.get("retired", ())):
        try:
            datetime.fromisoformat(one["since"])
        except ValueError:
            text = Text("lock.no-time", index=index, value=short(one["since"]))
            raise InputError(Problem("bad lock", text, file, _RESTORE)) from None


def _entry(item: dict[str, Any]) -> Entry:
    return Entry(
        template_id=item["template_id"],
        id=item.get("id", ""),
        title=item.get("title", ""),
        keywords=tuple(_keyword(keyword) for keyword in item.get("keywords", ())),
        protect=item.get("protect", False),
        scene=item.get("scene"),
        listed=item.get("listed", True),
    )


def _keyword(item: dict[str, Any]) -> LockedKeyword:
    values = item.get("values")
    return LockedKeyword(
        item["name"],
        item.get("keyword_id"),
        item.get("key"),
        item.get("rule"),
        item.get("limit"),
        None if values is None else tuple(values),
    )


def _keyword_document(keyword: LockedKeyword) -> dict[str, Any]:
    return {
        "name": keyword.name,
        "keyword_id": keyword.keyword_id,
        "key": keyword.key,
        **_rules(keyword),
    }


def _rules(keyword: LockedKeyword) -> dict[str, Any]:
    """What its values must be like: all three together, or nothing where nothing is known."""
    if keyword.rule is None and keyword.limit is None and keyword.values is None:
        return {}
    values = None if keyword.values is None else list(keyword.values)
    return {"rule": keyword.rule, "limit": keyword.limit, "values": values}


def _entry_document(entry: Entry) -> dict[str, Any]:
    document: dict[str, Any] = {
        "template_id": entry.template_id,
        "id": entry.id,
        "title": entry.title,
        "keywords": [_keyword_document(keyword) for keyword in entry.keywords],
    }
    if entry.scene is not None:
        document["scene"] = entry.scene
    if not entry.listed:
        document["listed"] = False
    return {**document, "protect": True} if entry.protect else document


def _retired(item: dict[str, Any]) -> Retired:
    return Retired(item["name"], _entry(item), item["reason"], item["since"])


def _retired_document(one: Retired) -> dict[str, Any]:
    entry = _entry_document(one.entry)
    return {
        "template_id": entry.pop("template_id"),
        "name": one.name,
        **entry,
        "reason": one.reason,
        "since": one.since,
    }
