"""Ask the library what the templates of an account are. It writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from ...core.aio import together
from ...core.errors import CallError
from ...core.messages import Text
from ...core.model import Live, Title
from ...core.ports import Reader
from ...library.cache import LibraryCache
from ...wechat.dialects.limits import Limits
from .match import Ambiguous, LeftOut, TitleMatch, all_of, inexpressible, matched
from .names_file import Choices


class Identifier:
    """Whose the templates of an account are. `titles` are the library's; None where nobody can list it."""

    def __init__(
        self,
        remote: Reader,
        catalogue: LibraryCache,
        titles: Iterable[Title] | None,
        choices: Choices,
        limits: Limits,
    ) -> None:
        self._remote = remote
        self._catalogue = catalogue
        self._listed = titles is not None
        self._by_title = _by_title(titles or ())
        self._choices = choices
        self._limits = limits

    async def identify(self, lives: Iterable[Live]) -> list[TitleMatch | LeftOut | Ambiguous]:
        """What each is, side by side: a look-up a title that any may have. Raises CallError."""
        return await together(*map(self._one, lives))

    async def _one(self, live: Live) -> TitleMatch | LeftOut | Ambiguous:
        if (reason := inexpressible(live, self._limits)) is not None:
            return LeftOut(live, reason)
        chosen = self._choices.id_of(live)
        if chosen is not None:
            return await self._chosen(live, chosen)
        if not self._listed:
            return LeftOut(live, Text("app.give-id", title=live.title.strip()))
        titles = self._by_title.get(live.title.strip(), ())
        candidates = [one.id for one in titles if self._limits.is_fixed(one.id) == live.empty]
        if not candidates:
            title = live.title.strip()
            empty = live.empty
            return LeftOut(live, Text("app.no-empty-title", title=title) if empty else _no_title(title))
        return await self._told_apart(live, candidates)

    async def _chosen(self, live: Live, id_: str) -> TitleMatch | LeftOut | Ambiguous:
        if not self._limits.takes_id(id_) or (live.empty and not self._limits.is_fixed(id_)):
            return LeftOut(live, Text("app.no-id", id=id_, example=self._limits.id_example))
        return await self._told_apart(live, [id_])

    async def _told_apart(self, live: Live, ids: Sequence[str]) -> TitleMatch | LeftOut | Ambiguous:
        """Which of these titles it is of. What is wrong by an old answer is asked again before it is told."""
        while True:
            told: list[Title] = []
            asked = await together(*(self._look_up(live, one, told) for one in ids))
            titles = [one for one in asked if isinstance(one, Title)]
            what = matched(live, titles)
            if isinstance(what, LeftOut):
                outdated = not all(map(self._catalogue.stands, told))
                if self._catalogue.doubt(ids) or outdated:
                    continue
            return what if titles else LeftOut(live, all_of([one for one in asked if isinstance(one, Text)]))

    async def _look_up(self, live: Live, id_: str, told: list[Title]) -> Title | Text:
        """The title, if this template can be of it; otherwise why it can't."""
        try:
            title = await self._catalogue.title(id_, self._remote)
            told.append(title)
        except CallError as error:
            if not error.is_about_what_was_asked:
                raise
            return Text("app.unknown-title", id=id_, answer=error.problems[0].text)
        if title.title is not None and title.title.strip() != live.title.strip():
            return Text("app.other-title", id=id_, title=title.title)
        return replace(title, title=live.title.strip())


def _no_title(title: str) -> Text:
    return Text("app.no-such-title", title=title)


def _by_title(titles: Iterable[Title]) -> Mapping[str, Sequence[Title]]:
    found: dict[str, list[Title]] = defaultdict(list)
    for title in titles:
        if title.title is not None:
            found[title.title.strip()].append(title)
    return found
