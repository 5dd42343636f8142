"""The whole library, asked for once: its titles, then the keywords of each, and what is known is kept.

A pull can end at any moment (a quota, a signal, a crash) and the next one goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from msgspec.structs import replace

from ..core.aio import together
from ..core.errors import CallError
from ..core.messages import Said, Text
from ..core.model import Library, Title

SAVE_EVERY = 50
"""Look-ups between two saves: what a killed pull may have to ask again"""


class Source(Protocol):
    """A library that can be asked. Both raise CallError."""

    async def titles(self) -> tuple[Title, ...]:
        """All titles, without their keywords. Raises InputError where the dialect can't list them."""

    async def title(self, id: str) -> Title:  # noqa: A002  (the field's own name)
        """A title with its keywords."""


class Pull:
    """A library on its way to a file. `begun` is what an earlier pull has left."""

    def __init__(
        self,
        source: Source,
        blank: Library,
        begun: Library | None,
        *,
        save: Callable[[Library], None],
        progress: Callable[[int, int], None] = lambda _done, _all: None,
        tell: Callable[[Text], None] = lambda _: None,
        parallelism: int = 8,
    ) -> None:
        self._source = source
        self._blank = blank
        self._begun = begun
        self._save = save
        self._progress = progress
        self._tell = tell
        self._parallelism = parallelism
        self._titles: dict[str, Title] = {}
        self._failed = False
        self.refused: set[str] = set()
        """titles that are listed, and of which the library says nothing"""
        self._asked = 0

    async def titles(self) -> Library:
        """The titles, with the keywords that an earlier pull was told. Raises CallError and InputError."""
        known = {one.id: one for one in self._begun.titles} if self._begun else {}
        for title in await self._source.titles():
            before = known.get(title.id)
            same = before is not None and before.title == title.title
            self._titles[title.id] = before if before is not None and same else title
        return self.library

    async def keywords(self, most: int | None = None) -> Library:
        """The keywords of each title that lacks them, of `most` at most; saved as they come, and at any end.

        Raises CallError.
        """
        ids = iter(self.missing[:most])
        try:
            await together(*(self._ask(ids) for _ in range(self._parallelism)))
        finally:
            self._save(self.library)
        return self.library

    @property
    def library(self) -> Library:
        """The library with what is known by now."""
        pulled = self._begun.pulled if self._begun else self._blank.pulled
        return replace(self._blank, titles=tuple(self._titles.values()), pulled=pulled)

    @property
    def missing(self) -> list[str]:
        """The titles whose keywords are not known."""
        return [id_ for id_, title in self._titles.items() if title.keywords is None]

    async def _ask(self, ids: Iterator[str]) -> None:
        for id_ in ids:
            if self._failed:
                return
            try:
                answered = await self._source.title(id_)
            except CallError as error:
                if not error.is_about_what_was_asked:
                    self._failed = True
                    raise
                self._refuse(id_, error.problems[0].text)
                continue
            if answered.keywords:
                self._take(answered)
            else:
                self._refuse(id_, Text("library.empty-answer"))

    def _refuse(self, id_: str, why: Said) -> None:
        """It stays a title without keywords: another pull asks again."""
        self.refused.add(id_)
        self._tell(Text("library.no-answer", id=id_, why=why))

    def _take(self, answered: Title) -> None:
        self._titles[answered.id] = replace(self._titles[answered.id], keywords=answered.keywords)
        self._asked += 1
        self._progress(len(self._titles) - len(self.missing), len(self._titles))
        if self._asked % SAVE_EVERY == 0:
            self._save(self.library)
