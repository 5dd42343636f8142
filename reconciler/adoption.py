"""What lives on an account -> what templates.yaml would say of it. Pure.

The account's list tells a title and the names of keywords; the library tells whose they are
(wechat-api.md §1, template/list).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .choices import Choices
from .document import Decision
from .model import KeywordRef, Live, LockedKeyword, Title, Wanted, bare
from .naming import name_of, numbered
from .plan import Plan
from .wechat.limits import Limits
from .yamltree import is_control


@dataclass(frozen=True)
class Found:
    """A live template, and what it is made of."""

    live: Live
    id: str
    keywords: tuple[KeywordRef, ...]

    @property
    def what(self) -> tuple[object, ...]:
        """What templates.yaml may have once only."""
        return self.id, tuple((bare(ref.name), ref.keyword_id) for ref in self.keywords)


@dataclass(frozen=True)
class Left:
    """A live template that templates.yaml can't express, and why."""

    live: Live
    reason: str


@dataclass(frozen=True)
class Doubt:
    """A live template that several titles of the library fit."""

    live: Live
    titles: tuple[Title, ...]

    def settled(self, title: Title) -> Found | Left:
        """The template, now that somebody has chosen."""
        return _found(self.live, title)

    @property
    def left(self) -> Left:
        """The template, where nobody has chosen."""
        ids = ", ".join(title.id for title in self.titles)
        return Left(self.live, f"the library has its title more than once ({ids}): choose with --names")


def unowned(made: Plan, live: Iterable[Live]) -> tuple[Live, ...]:
    """What an import is about: neither owned nor wanted; it may be a plan's to delete for that."""
    ids = {one.template_id for one in made.unmanaged}
    ids |= {one.template_id for one in made.of("delete") if one.reason == "unmanaged" and one.template_id}
    return tuple(one for one in live if one.template_id in ids)


def recognized(live: Live, titles: Sequence[Title], limits: Limits) -> Found | Left | Doubt:
    """Which of the titles, looked up, a live template is of."""
    reason = inexpressible(live, limits)
    if reason is not None:
        return Left(live, reason)
    fitting = tuple(title for title in titles if not _lacking(live, title))
    if len(fitting) > 1:
        return Doubt(live, fitting)
    if fitting:
        return _found(live, fitting[0])
    lacking = "; ".join(f"{title.id} has no keyword {', '.join(_lacking(live, title))}" for title in titles)
    return Left(live, lacking or f"the library has no title {live.title}")


def inexpressible(live: Live, limits: Limits) -> str | None:
    """Why templates.yaml can't have it, whatever the library says; None where it can."""
    if live.names is None:
        return "its content can't be read"
    least, most = limits.keywords
    if not least <= len(live.names) <= most:
        return f"it has {len(live.names)} keywords, and a template has {least} to {most}"
    if any(is_control(char) for text in (live.title, *live.names) for char in text):
        return "there is a control character in it"
    return None if live.title.strip() else "it has no title"


def _lacking(live: Live, title: Title) -> list[str]:
    """Names that a title has not, or not so often."""
    if title.keywords is None:
        return []
    names = [bare(keyword.name) for keyword in title.keywords]
    wanted = live.names or ()
    return [name for name in dict.fromkeys(wanted) if wanted.count(name) > names.count(name)]


def _found(live: Live, title: Title) -> Found | Left:
    names = live.names or ()
    if title.keywords is None and len(set(names)) < len(names):
        return Left(live, "it has a keyword twice")
    return Found(live, title.id, tuple(_refs(names, title)))


def _refs(names: Sequence[str], title: Title) -> Iterator[KeywordRef]:
    """The names; with an id where the library has one more than once, though the account does not tell which
    of them it is: the first, unless it stands there already."""
    used: Counter[str] = Counter()
    for name in names:
        ids = [keyword.keyword_id for keyword in title.keywords or () if bare(keyword.name) == name]
        yield KeywordRef(name, ids[used[name]] if len(ids) > 1 else None)
        used[name] += 1


# ------------------------------------------------------------------ what the file will say


@dataclass(frozen=True)
class Adoption:
    """What an import will write: names with what they are, of whom, and what is left out."""

    added: tuple[Wanted, ...] = ()
    of: Mapping[str, str] = field(default_factory=dict)
    """name -> template_id"""
    restored: tuple[str, ...] = ()
    """names that the lock had and the file had not"""
    left: tuple[Left, ...] = ()


def adoption(found: Iterable[Found], left: Iterable[Left], decision: Decision, choices: Choices) -> Adoption:
    """Name what was found; the order in which the account lists it makes no difference to a name.

    `decision` is the plan of what the file says now. Raises InputError for a chosen name that is taken.
    """
    lock = decision.lock
    back = _restored(decision)
    files_own = (*decision.desired.templates, *back)
    twins, once = _told_apart(list(found), files_own)
    named = _named(once, choices, {one.name for one in files_own} | set(lock.templates))
    return Adoption(
        added=(*back, *sorted(named.values(), key=lambda one: one.name)),
        of={
            **{one.name: lock.templates[one.name].template_id for one in back},
            **{one.name: template_id for template_id, one in named.items()},
        },
        restored=tuple(one.name for one in back),
        left=(*left, *twins),
    )


def _named(found: Iterable[Found], choices: Choices, others: Collection[str]) -> dict[str, Wanted]:
    """template_id -> entry. Names that were chosen for a template come first: others make way for them."""
    taken = set(others)
    named: dict[str, Wanted] = {}
    for one in sorted(found, key=lambda one: _order(one.live, choices)):
        name = _name(one.live, choices, taken)
        taken.add(name)
        named[one.live.template_id] = Wanted(name, one.id, one.keywords, one.live.title.strip())
    return named


def _order(live: Live, choices: Choices) -> tuple[object, ...]:
    exact = choices.exact(live)
    return exact is None or exact.name is None, live.title.strip(), live.names or (), live.template_id


def _name(live: Live, choices: Choices, taken: Collection[str]) -> str:
    exact = choices.exact(live)
    if exact is not None and exact.name is not None:
        if exact.name in taken:
            raise choices.taken(live)
        return exact.name
    base = choices.base_of(live)
    return name_of(live.title, taken) if base is None else numbered(base, taken)


def _told_apart(found: Sequence[Found], others: Iterable[Wanted]) -> tuple[list[Left], list[Found]]:
    """Twins of others and of each other, and what is there once: of several, the first listed."""
    seen: dict[object, str] = {
        (one.id, tuple((bare(ref.name), ref.keyword_id) for ref in one.keywords)): one.name for one in others
    }
    twins: list[Left] = []
    once: list[Found] = []
    for one in found:
        first = seen.setdefault(one.what, one.live.template_id)
        if first == one.live.template_id:
            once.append(one)
        else:
            twins.append(Left(one.live, f"it is a twin of {first}"))
    return twins, once


def _restored(decision: Decision) -> tuple[Wanted, ...]:
    """What the lock owns and the file does not want: to be without changes, it must want it."""
    wanted = {one.name for one in decision.desired.templates}
    going = {one.template_id for one in decision.plan.of("delete", "retire") if one.reason == "removed"}
    return tuple(
        Wanted(
            name,
            entry.id,
            tuple(_locked_ref(one, entry.names) for one in entry.keywords),
            entry.title.strip() or None,
            entry.protect,
            entry.scene,
        )
        for name, entry in sorted(decision.lock.templates.items())
        if name not in wanted and entry.template_id in going
    )


def _locked_ref(keyword: LockedKeyword, names: Sequence[str]) -> KeywordRef:
    twice = names.count(bare(keyword.name)) > 1
    return KeywordRef(bare(keyword.name), keyword.keyword_id if twice else None)
