"""Warnings of a plan: what is to be known, and is no reason to refuse it, by what it is about. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..core.messages import Text, some
from ..core.model import Account, Caveat, Live, Spec, Wanted, bare
from .facts import Catalogue, Facts, Held, Pending, State, unreadable

MOST = 10
"""So many ids are told"""


def of_unseen(wanted: Wanted, held: Held) -> Iterator[Caveat]:
    """Warn of a template that a name has, and that no list has shown, or whose content can't be read."""
    if held.state is State.UNSEEN:
        text = Text("plan.unlisted", name=wanted.name, template_id=held.template_id)
        yield Caveat("unlisted", text, wanted.name, wanted.place)
    if held.live is not None and unreadable(held.entry, held.live):
        text = Text("plan.unreadable", name=wanted.name, template_id=held.template_id)
        yield Caveat("unreadable", text, wanted.name, wanted.place)


def of_rename(wanted: Wanted, held: Held) -> Iterator[Caveat]:
    """Warn of the same, and of a protection that ends with the rename."""
    yield from of_unseen(wanted, held)
    if held.entry.protect and not wanted.protect:
        was = {"template_id": held.template_id, "origin": str(held.name)}
        text = Text("plan.protection-ends-renamed", name=wanted.name, **was)
        yield Caveat("protection ends", text, wanted.name, wanted.place)


def of_adoption(wanted: Wanted, spec: Spec, live: Live, catalogue: Catalogue) -> Iterator[Caveat]:
    """Warn of an adopted template whose keywords the library has twice, or whose title nobody knows."""
    title = catalogue[spec.id]
    assert title is not None, "else there were no spec"
    for name in dict.fromkeys(spec.names):
        ids = tuple(str(k.keyword_id) for k in title.keywords or () if bare(k.name) == name)
        if len(ids) > 1:
            text = Text("plan.ambiguous-keyword", name=wanted.name, id=spec.id, keyword=name, ids=ids)
            yield Caveat("ambiguous keyword", text, wanted.name, wanted.place)
    if not spec.title and not spec.recorded:
        text = Text("plan.unknown-title", name=wanted.name, id=spec.id, title=live.title)
        yield Caveat("unknown title", text, wanted.name, wanted.place)


def of_names(facts: Facts) -> Iterator[Caveat]:
    """Warn of names whose protection ends, and of ids in the lock that are other templates now."""
    for name, held in facts.named.items():
        wanted = facts.wanted.get(name)
        if held.entry.protect and wanted is not None and not wanted.protect:
            yield Caveat("protection ends", Text("plan.protection-ends", name=name), name, wanted.place)
        yield from _of_other(held, wanted)


def of_retired(facts: Facts, rows: Iterable[Pending]) -> Iterator[Caveat]:
    """Warn of retired ids that are other templates now."""
    for one in rows:
        yield from _of_other(one, facts.wanted.get(one.name or ""))


def _of_other(held: Held, wanted: Wanted | None) -> Iterator[Caveat]:
    if held.state is not State.OTHER or held.live is None:
        return
    told = Text(
        "plan.other-content",
        template_id=held.template_id,
        locked=_look(held.entry.title, held.entry.names),
        live=_look(held.live.title, held.live.names),
    )
    text = told if held.name is None else Text("plan.of-name", name=held.name, what=told)
    yield Caveat("other content", text, held.name, None if wanted is None else wanted.place)


def _look(title: str, names: Sequence[str] | None) -> Text:
    return Text("plan.look", title=title, names=tuple(names or ()))


def of_late(late: Sequence[Pending], most: int) -> tuple[Caveat, ...]:
    """Warn of what is due and waits, since a run deletes at most `most` whose names are no more."""
    if not late:
        return ()
    ids = some([one.template_id for one in late], MOST)
    if most == 0:
        return (Caveat("due later", Text("plan.due-never", count=len(late), ids=ids)),)
    return (Caveat("due later", Text("plan.due-later", count=len(late), most=most, ids=ids)),)


def of_unwanted(facts: Facts) -> Iterator[Caveat]:
    """Warn of what is unwanted and gone. Of several accounts it lives on one, so there it is no news."""
    for unwanted in facts.desired.unwanted:
        if facts.desired.account is None and unwanted.template_id not in facts.by_id:
            text = Text("plan.gone", template_id=unwanted.template_id)
            yield Caveat("gone", text, None, unwanted.place)


def of_twins(facts: Facts, nobodys: Iterable[Live], taken: Mapping[str, str]) -> Iterator[Caveat]:
    """Warn of templates that nobody owns and that look like one that a name has."""
    by_look: dict[object, list[str]] = {}
    for template_id in taken:
        mine = facts.by_id.get(template_id)
        if mine is not None and mine.names:
            by_look.setdefault((mine.title, mine.names), []).append(template_id)
    for one in nobodys:
        for template_id in by_look.get((one.title, one.names), ()):
            name = taken[template_id]
            text = Text("plan.twin", twin=one.template_id, name=name, template_id=template_id)
            yield Caveat("twin", text, name, facts.wanted[name].place)


def of_account(account: Account) -> tuple[Caveat, ...]:
    """Warn of an account that the lock protects, and YAML does not any more."""
    return (Caveat("protection ends", Text("plan.account-protection-ends", account=account.name)),)
