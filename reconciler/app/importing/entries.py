"""What lives on an account -> what templates.yaml and the lock would say of it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from ...core.invisible import plain
from ...core.messages import Text
from ...core.model import Caveat, Entry, KeywordRef, Live, LockedKeyword, Wanted, alike, bare
from ...desired.templates import may_be_the_same
from ...plan.actions import Delete, Plan, Retire
from ...plan.decision import Decision
from ...wechat.dialects.limits import LIMITS, Limits
from .match import LeftOut, TitleMatch, unsayable
from .names_file import Choices
from .naming import name_of, numbered


def unowned(made: Plan, live: Iterable[Live]) -> tuple[Live, ...]:
    """What an import is about: neither owned nor wanted; it may be a plan's to delete for that."""
    ids = {one.template_id for one in made.unmanaged}
    ids |= {one.template_id for one in made.of(Delete, Retire) if one.reason == "unmanaged"}
    return tuple(one for one in live if one.template_id in ids)


class Additions(Struct, frozen=True):
    """What an import will write: names with what they are, of whom, and what is left out."""

    added: tuple[Wanted, ...] = ()
    entries: Mapping[str, Entry] = field(default_factory=dict)
    """name -> what the lock says of it"""
    restored: tuple[str, ...] = ()
    """names that the lock had and the file had not"""
    left: tuple[LeftOut, ...] = ()
    warnings: tuple[Caveat, ...] = ()


def additions(
    found: Iterable[TitleMatch], left: Iterable[LeftOut], decision: Decision, choices: Choices
) -> Additions:
    """Name what was found; the order in which the account lists it makes no difference to a name.

    `decision` is the plan of what the file says now. Raises InputError for a chosen name that is taken.
    """
    twins = _Twins(decision.desired.templates)
    back, lost = _restored(decision, twins)
    once, others = twins.sorted(sorted(found, key=lambda one: choices.exact(one.live) is None))
    taken = {one.name for one in (*decision.desired.templates, *back)} | set(decision.lock.templates)
    taken |= {one.name for one in decision.lock.retired if one.name is not None}
    named = dict(sorted(_named(once, choices, taken)))
    return Additions(
        added=(*back, *(_wanted(name, one) for name, one in named.items())),
        entries={
            **{one.name: decision.lock.templates[one.name] for one in back},
            **{name: one.entry for name, one in named.items()},
        },
        restored=tuple(one.name for one in back),
        left=(*left, *others, *lost),
        warnings=(
            *(warning for name, one in named.items() for warning in _warnings(name, one, choices)),
            *_unchecked(named),
        ),
    )


def _wanted(name: str, found: TitleMatch) -> Wanted:
    return Wanted(name, found.id, found.refs, plain(found.live.title))


def _unchecked(named: Mapping[str, TitleMatch]) -> Iterator[Caveat]:
    if unchecked := tuple(name for name, one in named.items() if not one.checked):
        yield Caveat("ids not checked", Text("app.ids-unchecked", names=unchecked))


def _warnings(name: str, found: TitleMatch, choices: Choices) -> Iterator[Caveat]:
    base = choices.base_of(found.live)
    exact = choices.exact(found.live)
    if base not in (None, name) and (exact is None or exact.name is None):
        text = Text(
            "app.called-otherwise",
            template_id=found.live.template_id,
            title=found.live.title,
            name=name,
            base=str(base),
        )
        yield Caveat("name taken", text, name)
    for keyword, ids in found.twice.items():
        told = tuple(map(str, ids))
        text = Text("app.which-keyword", template=name, id=found.id, keyword=keyword, keyword_ids=told)
        yield Caveat("ambiguous keyword", text, name)


def _named(
    found: Iterable[TitleMatch], choices: Choices, others: Collection[str]
) -> Iterator[tuple[str, TitleMatch]]:
    """Names that were chosen for a template come first: others make way for them."""
    taken = set(others)
    for one in sorted(found, key=lambda one: _order(one.live, choices)):
        name = _name(one.live, choices, taken)
        taken.add(name)
        yield name, one


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


class _Twins:
    """What templates.yaml may have once only: an id with its keywords."""

    def __init__(self, wanted: Iterable[Wanted]) -> None:
        self._seen: dict[object, list[tuple[str, tuple[KeywordRef, ...]]]] = {}
        for one in wanted:
            self.first(one.name, one.id, one.keywords)

    def first(self, name: str, id_: str, keywords: Iterable[KeywordRef]) -> str:
        """Who was the first of this kind: this one, if there was none."""
        refs = tuple(keywords)
        seen = self._seen.setdefault((id_, tuple(bare(ref.name) for ref in refs)), [])
        known = next((one for one, others in seen if may_be_the_same(others, refs)), None)
        if known is None:
            seen.append((name, refs))
        return known or name

    def sorted(self, found: Iterable[TitleMatch]) -> tuple[list[TitleMatch], list[LeftOut]]:
        """What is there once, and twins of that; of several, the first listed is no twin."""
        once: list[TitleMatch] = []
        twins: list[LeftOut] = []
        for one in found:
            first = self.first(one.live.template_id, one.id, one.refs)
            if first == one.live.template_id:
                once.append(one)
            else:
                twins.append(LeftOut(one.live, Text("app.twin", of=first)))
        return once, twins


def _restored(decision: Decision, twins: _Twins) -> tuple[list[Wanted], list[LeftOut]]:
    """What the lock owns and the file does not want: to be without changes, it must want it. And what of
    that it can't say."""
    limits = LIMITS[decision.desired.dialect]
    live = {one.template_id: one for one in decision.live}
    back: list[Wanted] = []
    lost: list[LeftOut] = []
    for action in decision.plan.losses:
        if action.reason != "removed" or action.name is None:
            continue
        wanted, reason = _again(action.name, action.entry, limits, twins)
        if reason is None:
            back.append(wanted)
        else:
            text = Text("app.owned-as", name=action.name, reason=reason)
            lost.append(LeftOut(live[action.template_id], text))
    return back, lost


def _again(name: str, entry: Entry, limits: Limits, twins: _Twins) -> tuple[Wanted, Text | None]:
    """The entry of a template that the lock owns, and why the file can't have it, if so."""
    written = [alike(one.name) for one in entry.keywords]
    refs = tuple(_locked_ref(one, written) for one in entry.keywords)
    wanted = Wanted(name, entry.id, refs, plain(entry.title), entry.protect, entry.scene)
    if not entry.id or not limits.takes_id(entry.id):
        return wanted, Text("app.titleless")
    fixed = limits.is_fixed(entry.id) and not entry.keywords
    reason = None if fixed else unsayable(entry.title, list(entry.names), limits)
    if reason is None and any(ref.keyword_id is None and written.count(ref.name) > 1 for ref in refs):
        reason = Text("app.keyword-twice-unsaid")
    first = twins.first(name, entry.id, refs) if reason is None else name
    return wanted, reason if first == name else Text("app.twin", of=first)


def _locked_ref(keyword: LockedKeyword, names: Sequence[str]) -> KeywordRef:
    twice = names.count(alike(keyword.name)) > 1
    return KeywordRef(alike(keyword.name), keyword.keyword_id if twice else None)
