"""The lock <-> its text (contract, "The lockfile"). Pure; core/files carries the bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

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
    read = schemas.read("lock", document, LockDocument, file, hint=_RESTORE)
    _check_times(read.retired, file)
    return Lock(
        dialect=read.dialect,
        appid=read.appid,
        templates={name: _entry(one) for name, one in sorted(read.templates.items())},
        retired=tuple(Retired(one.name, _entry(one), one.reason, one.since) for one in read.retired),
        account=read.account,
        protect=read.protect,
    )


# What schemas/lock.schema.json says, as types: thousands of locks are read in a run, and a validator of
# schemas takes a hundred times as long. A test holds the two against each other.

Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$", max_length=64)]
_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$"


class _Facts(Struct, forbid_unknown_fields=True, kw_only=True):
    """What is recorded of a template, whether it has a name or not."""

    template_id: Annotated[str, Meta(min_length=1)]
    title: str = ""
    scene: str | UnsetType = UNSET
    protect: bool = False
    listed: bool = True


class TemplateDocument(_Facts, kw_only=True):
    """A template under its name."""

    id: str
    keywords: tuple[LockedKeyword, ...]


class RetiredDocument(_Facts, kw_only=True):
    """An owned template without a name."""

    name: str | None
    reason: Literal["replaced", "removed", "unmanaged"]
    since: Annotated[str, Meta(pattern=_TIME)]
    id: str = ""
    keywords: tuple[LockedKeyword, ...] = ()


class LockDocument(Struct, forbid_unknown_fields=True):
    """A whole lock."""

    version: Literal[1, 2]
    dialect: Literal["wxopen", "subscribe", "official", "notify"]
    templates: dict[Name, TemplateDocument]
    appid: str | None = None
    account: str | None = None
    protect: bool = False
    retired: tuple[RetiredDocument, ...] = ()


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


def _check_times(rows: Sequence[RetiredDocument], file: str) -> None:
    for index, one in enumerate(rows):
        try:
            datetime.fromisoformat(one.since)
        except ValueError:
            text = Text("lock.no-time", index=index, value=short(one.since))
            raise InputError(Problem("bad lock", text, file, _RESTORE)) from None


def _entry(one: TemplateDocument | RetiredDocument) -> Entry:
    scene = None if one.scene is UNSET else one.scene
    return Entry(one.template_id, one.id, one.title, one.keywords, one.protect, scene, one.listed)


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


def _retired_document(one: Retired) -> dict[str, Any]:
    entry = _entry_document(one.entry)
    return {
        "template_id": entry.pop("template_id"),
        "name": one.name,
        **entry,
        "reason": one.reason,
        "since": one.since,
    }
