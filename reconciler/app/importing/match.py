"""Which title of the library a live template is of. Pure.

The account's list tells a title and the names of keywords; the library tells whose they are
(wechat-api.md §1, template/list).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

from msgspec import Struct, field

from ...core.invisible import called, find, plain
from ...core.messages import Said, Text
from ...core.model import Entry, KeywordRef, LibraryKeyword, Live, LockedKeyword, Title, alike, bare
from ...wechat.dialects.limits import Limits


class TitleMatch(Struct, frozen=True):
    """A live template, and what it is made of."""

    live: Live
    id: str
    keywords: tuple[LockedKeyword, ...]
    twice: Mapping[str, tuple[int | None, ...]] = field(default_factory=dict)
    """names that the library has more than once -> their ids: the account does not tell which it is"""
    checked: bool = True
    """the library was asked whether that title has these keywords"""

    @property
    def refs(self) -> tuple[KeywordRef, ...]:
        """The keywords as templates.yaml names them, with an id where the name alone says too little."""
        return tuple(
            KeywordRef(alike(one.name), one.keyword_id if bare(one.name) in self.twice else None)
            for one in self.keywords
        )

    @property
    def entry(self) -> Entry:
        """What the lock says of it."""
        return Entry(self.live.template_id, self.id, self.live.title.strip(), self.keywords)


class LeftOut(Struct, frozen=True):
    """A live template that templates.yaml can't express, and why."""

    live: Live
    reason: Said


class Ambiguous(Struct, frozen=True):
    """A live template that several titles of the library fit."""

    live: Live
    titles: tuple[Title, ...]

    def settled(self, title: Title) -> TitleMatch | LeftOut:
        """The template, now that somebody has chosen."""
        return _found(self.live, title)

    @property
    def left(self) -> LeftOut:
        """The template, where nobody has chosen."""
        ids = tuple(title.id for title in self.titles)
        return LeftOut(
            self.live,
            Text("app.several-titles", ids=ids, template_id=self.live.template_id, id=ids[0]),
        )


def matched(live: Live, titles: Sequence[Title]) -> TitleMatch | LeftOut | Ambiguous:
    """Which of the titles, looked up, a live template is of that is not inexpressible."""
    fitting = tuple(title for title in titles if not _lacking(live, title))
    if len(fitting) > 1:
        return Ambiguous(live, fitting)
    if fitting:
        return _found(live, fitting[0])
    return LeftOut(live, all_of([reason for title in titles for reason in _reasons(live, title)]))


def all_of(reasons: Sequence[Said]) -> Said:
    """Reasons, one behind the other."""
    if not reasons:
        return ""
    return reduce(lambda one, other: Text("app.both", one=one, other=other), reasons[1:], reasons[0])


def inexpressible(live: Live, limits: Limits) -> Text | None:
    """Why templates.yaml can't have it, whatever the library says; None where it can."""
    if live.names is None:
        return None if live.empty and limits.fixed else Text("app.unreadable-content")
    return unsayable(live.title, live.names, limits)


def unsayable(title: str, names: Sequence[str], limits: Limits) -> Text | None:
    """What of a title and its keywords templates.yaml would refuse to read."""
    least, most = limits.keywords
    if not least <= len(names) <= most:
        return Text("app.keyword-count", number=len(names), least=least, most=most)
    if not limits.keyword_ids and (found := next(filter(None, map(find, (title, *names))), None)):
        # There names are what an add sends.
        return Text("app.unseen", character=called(found[0]))
    if not plain(title):
        return Text("app.no-title")
    odd = [name for name in names if bare(_written(name)) != _written(name) or not _written(name)]
    return Text("app.no-such-name", name=odd[0] or Text("app.nothing")) if odd else None


def _written(name: str) -> str:
    """How templates.yaml writes a name that is bare already."""
    return name if find(name) is None else alike(name)


def _lacking(live: Live, title: Title) -> list[str]:
    """Names that a title has not, or not so often."""
    if title.keywords is None:
        return []
    names = [bare(keyword.name) for keyword in title.keywords]
    wanted = live.names or ()
    return [name for name in dict.fromkeys(wanted) if wanted.count(name) > names.count(name)]


def _reasons(live: Live, title: Title) -> Iterator[Text]:
    """What speaks against a title: names that it has not, and names that it has less often."""
    there = {bare(keyword.name) for keyword in title.keywords or ()}
    lacking = _lacking(live, title)
    if absent := [name for name in lacking if name not in there]:
        yield Text("app.no-keyword", id=title.id, keywords=tuple(absent))
    if fewer := [name for name in lacking if name in there]:
        yield Text("app.fewer-keywords", id=title.id, keywords=tuple(fewer))


def _found(live: Live, title: Title) -> TitleMatch | LeftOut:
    names = live.names or ()
    if title.keywords is None and len(set(names)) < len(names):
        return LeftOut(live, Text("app.keyword-twice"))
    offered: dict[str, list[LibraryKeyword]] = defaultdict(list)
    for keyword in title.keywords or map(_without_id, names):
        offered[bare(keyword.name)].append(keyword)
    ids: dict[str, list[int | None]] = defaultdict(list)
    for keyword in title.keywords or map(_without_id, names):
        ids[alike(keyword.name)].append(keyword.keyword_id)
    twice = {name: tuple(ids[_written(name)]) for name in names if ids[_written(name)][1:]}
    return TitleMatch(live, title.id, tuple(_locked(live, offered)), twice, title.keywords is not None)


def _without_id(name: str) -> LibraryKeyword:
    return LibraryKeyword(None, name)


def _locked(live: Live, offered: Mapping[str, Sequence[LibraryKeyword]]) -> Iterator[LockedKeyword]:
    """The library's keywords with the account's keys; of several of one name the first, then the next."""
    used: Counter[str] = Counter()
    for slot in live.slots or ():
        name = bare(slot.name)
        keyword = offered[name][used[name]]
        yield LockedKeyword(keyword.name, keyword.keyword_id).shown(slot)
        used[name] += 1
