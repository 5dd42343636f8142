"""What the library has answered: once a run for all accounts, in a pulled file, and on disk where look-ups
are few a day."""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from copy import copy
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from ..core import files
from ..core.durations import ago
from ..core.errors import InputError
from ..core.messages import Text
from ..core.model import Library, Title, timestamp
from ..core.ports import Reader
from .file import document_of, title_of

MAX_BYTES = 1 << 20

LISTS = 3
"""Accounts whose lists are asked for a title that none before has shown: some no page ever shows"""


class LibraryCache:
    """Titles of one library. An answer is everybody's: what fails for one account is asked for by the next.

    Without `fresh`, answers of earlier runs are used, and `tell` hears of it once.
    """

    def __init__(
        self,
        earlier: Answers | None = None,
        *,
        fresh: bool = False,
        tell: Callable[[Text], None] = lambda _: None,
    ) -> None:
        self._earlier = earlier
        self._all_earlier = [] if earlier is None else [earlier]
        self._fresh = fresh
        self._say = tell
        self._known: dict[str, Title] = {}
        self._old: set[str] = set()
        self._called: dict[str, str] = {}
        """titles that a pulled library tells, and a look-up may not"""
        self._under_way: dict[str, asyncio.Future[Title | None]] = {}
        self._listed: dict[str, str] = {}
        """what lists of titles have told in this run"""
        self._unseen: Counter[str] = Counter()
        """ids that lists did not show, and how many"""
        self._listing = asyncio.Lock()

    def of_account(self, earlier: Answers | None) -> LibraryCache:
        """Make a cache for one account with earlier answers of its own; it shares what this run is told."""
        mine = copy(self)
        mine._earlier = earlier
        if earlier is not None:
            self._all_earlier.append(earlier)
        return mine

    async def title(self, id: str, remote: Reader) -> Title:  # noqa: A002  (the field's own name)
        """A title of the library. Raises CallError."""
        if (known := self._known.get(id) or self._from_earlier(id)) is not None:
            return known
        if (pending := self._under_way.get(id)) is not None:
            answered = await asyncio.shield(pending)
            return answered if answered is not None else await self._ask(id, remote)
        return await self._ask_for_all(id, remote)

    async def learn(self, ids: Collection[str], remote: Reader) -> None:
        """Find out what titles are called that a look-up does not tell: by the library's list, once for all
        accounts, and again with the next one for what it does not show (each lists what its categories have).

        Raises CallError.
        """
        async with self._listing:
            missing = {id_ for id_ in ids if id_ not in self._listed and self._unseen[id_] < LISTS}
            if missing:
                listed = await remote.titles()
                self._listed |= {one.id: one.title for one in listed if one.title is not None}
                self._unseen.update(missing - self._listed.keys())
        for id_ in self._listed.keys() & set(ids) & self._known.keys():
            if self._known[id_].title != self._listed[id_]:
                self._keep(replace(self._known[id_], title=self._listed[id_]))

    def _keep(self, title: Title) -> None:
        self._known[title.id] = title
        if self._earlier is not None and title.keywords is not None:
            self._earlier.put(title)

    def doubt(self, ids: Iterable[str]) -> bool:
        """Forget those of these answers that are of an earlier run. Returns whether there were any."""
        doubted = self._old.intersection(ids)
        self.forget(doubted)
        for id_ in doubted:
            self._called.pop(id_, None)
        return bool(doubted)

    def stands(self, title: Title) -> bool:
        """Tell whether this is still the answer: another task may have doubted it meanwhile."""
        return self._known.get(title.id) is title

    def forget(self, ids: Iterable[str]) -> None:
        """Forget answers that proved wrong, so that the library is asked again about these ids."""
        for id_ in tuple(ids):
            self._known.pop(id_, None)
            self._old.discard(id_)
            for answers in self._all_earlier:
                answers.remove(id_)

    async def _ask_for_all(self, id_: str, remote: Reader) -> Title:
        future: asyncio.Future[Title | None] = asyncio.get_running_loop().create_future()
        self._under_way[id_] = future
        answered = None
        try:
            answered = await self._ask(id_, remote)
            return answered
        finally:
            del self._under_way[id_]
            future.set_result(answered)

    async def _ask(self, id_: str, remote: Reader) -> Title:
        answered = await remote.title(id_)
        self._keep(answered)
        called = self._listed.get(id_, self._called.get(id_))
        if answered.title is None and called is not None:
            self._known[id_] = answered = replace(answered, title=called)
        return answered

    def _from_earlier(self, id_: str) -> Title | None:
        found = self._earlier.get(id_) if self._earlier is not None and not self._fresh else None
        if found is None:
            return None
        if not self._old:
            self._say(Text("library.old-answers", age=found.age))
        self._old.add(id_)
        if found.title.title is not None:
            self._called[id_] = found.title.title
        self._known[id_] = found.title
        return found.title


class Kept(Struct, frozen=True):
    """An answer that was kept, and how old it is."""

    title: Title
    age: Text


class Answers(Protocol):
    """Where answers of earlier runs are."""

    def get(self, id_: str) -> Kept | None:
        """The answer about a title, if there is one."""

    def put(self, title: Title) -> None:
        """Keep an answer."""

    def remove(self, id_: str) -> None:
        """Forget the answer about a title."""


class PulledAnswers:
    """The answers of a pulled library, before those that are kept elsewhere. The file stays as it is."""

    def __init__(self, library: Library, now: datetime, behind: Answers | None = None) -> None:
        self._titles = {title.id: title for title in library.titles if title.keywords is not None}
        self._age = ago(max(0.0, (now - datetime.fromisoformat(library.pulled)).total_seconds()))
        self._behind = behind

    def before(self, behind: Answers | None) -> PulledAnswers:
        """Make a copy that is asked before other answers."""
        mine = copy(self)
        mine._behind = behind
        return mine

    def get(self, id_: str) -> Kept | None:
        """The answer about a title, if there is one."""
        if id_ in self._titles:
            return Kept(self._titles[id_], self._age)
        return None if self._behind is None else self._behind.get(id_)

    def put(self, title: Title) -> None:
        """Keep an answer in those behind it; the pulled file stays as it is."""
        if self._behind is not None:
            self._behind.put(title)

    def remove(self, id_: str) -> None:
        """Forget the answer about a title."""
        self._titles.pop(id_, None)
        if self._behind is not None:
            self._behind.remove(id_)


class DiskAnswers:
    """Answers on disk, one file a title. What can't be read or written is no error: the library is asked."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self._folder = folder
        self._now = now

    def get(self, id_: str) -> Kept | None:
        """The answer about a title, if there is one."""
        try:
            path = self._path(id_)
            data = files.read(path, limit=MAX_BYTES) if path.lstat().st_uid == os.geteuid() else None
            return None if data is None else self._read(id_, json.loads(data))
        except (InputError, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def put(self, title: Title) -> None:
        """Keep an answer."""
        document = {"asked": timestamp(self._now), "title": document_of(title)}
        files.keep(self._path(title.id), json.dumps(document, ensure_ascii=False, indent=2) + "\n")

    def remove(self, id_: str) -> None:
        """Forget the answer about a title."""
        files.forget(self._path(id_))

    def _path(self, id_: str) -> Path:
        return self._folder / f"{id_}.json"

    def _read(self, id_: str, document: Any) -> Kept | None:
        seconds = (self._now - datetime.fromisoformat(document["asked"])).total_seconds()
        title = title_of(document["title"])
        if seconds < 0 or title.id != id_ or title.keywords is None:
            return None
        return Kept(title, ago(seconds))
