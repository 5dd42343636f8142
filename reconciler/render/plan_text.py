"""A plan as text: what is added and why, what dies, what stays, and a summary line. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol, assert_never

from ..core.model import Desired, Entry, Live, Lock, Spec, timestamp
from ..core.text import duration, one_line
from ..plan import diff
from ..plan.actions import Action, Add, Adopt, Delete, Forget, Plan, Rename, Retire, Successor, Update
from ..plan.decision import Decision
from ..plan.facts import due

_SIGNS = {"add": "+", "delete": "-", "adopt": ">", "rename": ">", "update": ">", "retire": ">", "forget": ">"}
_WHY = {
    "new": "new",
    "missing": "its template is gone from the account",
    "removed": "not in templates.yaml any more",
    "unmanaged": "unmanaged, and prune is all",
    "unwanted": "it is unwanted",
    "gone": "gone from the account",
    "mismatch": "the id is another template now",
    "duplicate": "its template is another name's",
}
_UPDATED = {
    "scene": "its scene, see below",
    "listed": "the account lists it now",
}
_COUNTED = {
    "add": "to add",
    "delete": "to delete",
    "adopt": "to adopt",
    "rename": "to rename",
    "restore": "to restore",
    "update": "to update",
    "retire": "to retire",
    "forget": "to forget",
}
_GIVING = ("add", "adopt", "rename")
"""What gives a name another id"""
_DONE = {
    "add": "added",
    "delete": "deleted",
    "adopt": "adopted",
    "rename": "renamed",
    "update": "updated",
    "retire": "retired",
    "forget": "forgotten",
}


ALREADY = "already applied"
"""What a plan file says that has nothing left to do"""


class Deed(Protocol):
    """What an apply has done."""

    @property
    def action(self) -> str: ...


def plan(decision: Decision) -> str:
    """The plan of one account, each line ended."""
    made = decision.plan
    account = decision.desired.account
    named = made.appid or "(appid unknown)" if account is None else f"{account.name} ({account.appid})"
    lines = [f"account {named}, {decision.desired.dialect}", ""]
    for action in made.actions:
        lines += [f"  {line}" for line in _action(action, decision)]
    if made.actions:
        lines.append("")
    lines += _rest(decision)
    lines += [f"! warning: {one.message}" for one in made.warnings]
    lines += [f"! refused, {one.guard}: {one.message}; lifted by {one.lift}" for one in decision.refused]
    lines.append(summary(made))
    return _text(lines)


def refusal(decision: Decision) -> str:
    """The end of a plan that no apply will carry out: nothing, where one would."""
    guards = ", ".join(dict.fromkeys(one.guard for one in decision.refused))
    return _text([f"apply would refuse this ({guards})"]) if guards else ""


def applied(lock: Lock, done: Sequence[Deed], path: str) -> str:
    """What was done, and every name with its template_id."""
    width = max(map(len, lock.templates), default=0)
    lines = [f"done: {_counts(done)}; the lock is {path}"]
    lines += [f"  {name.ljust(width)}  {entry.template_id}" for name, entry in sorted(lock.templates.items())]
    return _text(lines)


def done(deeds: Sequence[Deed]) -> str:
    """What was done, in a line of a table."""
    return f"done: {_counts(deeds)}" if deeds else ""


def written(lock: str, rows: Iterable[Mapping[str, str | None]]) -> str:
    """Below an account's line of the table: the lock that was written, and the ids that names have got, from
    the rows of what was done."""
    got = {row["name"] or "": row["template_id"] for row in rows if row["action"] in _GIVING}
    width = max(map(len, got), default=0)
    ids = (f"  {name.ljust(width)}  {template_id}" for name, template_id in got.items())
    return _text([f"  the lock is {lock}", *ids])


def row(*cells: str) -> str:
    """A line of a table, ended."""
    return _text(["  ".join(cells).rstrip()])


def _counts(deeds: Sequence[Deed]) -> str:
    counts = {kind: sum(one.action == kind for one in deeds) for kind in _DONE}
    return ", ".join(f"{count} {_DONE[kind]}" for kind, count in counts.items() if count)


def _text(lines: Iterable[str]) -> str:
    """The lines as a text; a line break in a title or an id is shown, so that nobody can forge a line.

    Each begins with a word of ours or a name: what a server said can't end a comment's code fence either.
    """
    return "".join(f"{one_line(line)}\n" for line in lines)


def _action(action: Action, decision: Decision) -> Iterator[str]:
    sign, about = _SIGNS[action.kind], _about(action)
    if about is None:
        yield f"{sign} update: {_learnt(action, decision.plan)}"
        return
    subject = " ".join(part for part in (action.name, about.id, about.title) if part)
    ident = f" {action.template_id}" if action.template_id else ""
    yield f"{sign} {_kind(action)} {subject}{ident}: {_why(action, decision)}"
    if isinstance(action, Successor):
        yield f"      keywords: {', '.join(about.names) or 'none, its content is fixed'}"
    yield from (f"      {line}" for line in _scene(action, decision.lock))
    if isinstance(action, Successor):
        yield from (f"      {line}" for line in _replacement(action, about, decision))


def _about(action: Action) -> Spec | Entry | None:
    """The template that it is about; None where that is the account."""
    return action.spec if isinstance(action, Add) else action.entry


def _learnt(action: Action, made: Plan) -> str:
    """What the lock is told of the account."""
    if action.reason == "appid":
        return f"the lock learns its appid, {made.appid}"
    return f"the account is {'protected from now on' if made.protect else 'not protected any more'}"


def _kind(action: Action) -> str:
    """Its kind for a person: a name that takes its retired template back restores it."""
    return "restore" if isinstance(action, Rename) and action.was_retired else action.kind


def _updated(action: Update) -> str:
    """What the lock is told of a template, detail by detail."""
    protect = action.entry is not None and action.entry.protect
    words = _UPDATED | {"protect": "protected from now on" if protect else "not protected any more"}
    stale = [detail for detail in action.details if detail not in words]
    told = [f"the lock learns its {' and '.join(stale)}"] if stale else []
    return "; ".join([*told, *(words[detail] for detail in action.details if detail in words)])


def _why(action: Action, decision: Decision) -> str:
    match action:
        case Add():
            return _cause(action)
        case Adopt():
            return f"it lives already; owned from now on ({_cause(action)})"
        case Rename():
            was = f"was {action.origin}" + (", retired" if action.was_retired else "")
            return f"{_cause(action)}; {was}" if action.ousts else was
        case Update():
            return _updated(action)
        case Retire():
            return f"{_reason(action)}; kept on the account" + _for_how_long(decision.desired)
        case Delete() | Forget():
            return _reason(action)
        case _:
            assert_never(action)


def _cause(action: Successor) -> str:
    return f"replaces {action.ousts}" if action.ousts else _reason(action)


def _reason(action: Action) -> str:
    return _WHY.get(action.reason, action.reason)


def _scene(action: Action, lock: Lock) -> Iterator[str]:
    """What a template is used for: WeChat is told when it is added, and reviewers look at it."""
    match action:
        case Add(scene=str(scene)):
            yield f"scene: {scene}"
        case Adopt(entry=entry, name=name) | Update(entry=Entry() as entry, name=name):
            yield from _recorded(entry, name, lock)
        case Rename(entry=entry, name=name, origin=origin):
            yield from _recorded(entry, origin or name, lock)


def _recorded(entry: Entry, name: str | None, lock: Lock) -> Iterator[str]:
    """How a scene changes in the lock, which had the template under this name or under `retired`."""
    named = lock.templates.get(name or "")
    entries = [named] if named is not None else []
    entries += [one.entry for one in lock.retired]
    was = next((one.scene for one in entries if one.template_id == entry.template_id), None)
    if entry.scene != was:
        change = f"{was or '(none)'} -> {entry.scene or '(none)'}"
        yield f"scene: {change}, recorded only: WeChat is not told, since a template can't be edited"


def _for_how_long(desired: Desired) -> str:
    return "" if desired.prune == "none" else f" for {duration(desired.retire_after)}"


def _replacement(action: Successor, new: Spec | Entry, decision: Decision) -> Iterator[str]:
    """What changes for the people who get the message."""
    old = decision.lock.templates.get(action.name)
    if action.ousts is None or old is None:
        return
    if old.id != new.id:
        yield f"title: {old.id} {old.title} -> {new.id} {new.title}"
    before, after = list(old.names), list(new.names)
    delta = diff.keywords(before, after)
    for word, names in (("added", delta.added), ("removed", delta.removed), ("moved", delta.moved)):
        if names:
            places = (f"{name} {_place(before, name)}{_place(after, name, '->')}" for name in names)
            yield f"{word}: {', '.join(places if word == 'moved' else names)}"
    if not (delta.added or delta.removed or delta.moved) and old.id == new.id:
        yield "the same names, another keyword_id"


def _place(names: Sequence[str], name: str, arrow: str = "") -> str:
    return f"{arrow}{names.index(name) + 1}"


def _rest(decision: Decision) -> Iterator[str]:
    made = decision.plan
    if made.kept:
        yield f"keep: {', '.join(sorted(made.kept))}"
    for one in made.waiting:
        when = due(one, decision.desired)
        told = "never due" if when is None else f"due {timestamp(when)}"
        yield f"retired, kept: {one.entry.template_id} {one.name or one.entry.title}, {told}"
    yield from _unmanaged(made.unmanaged)


def _unmanaged(unmanaged: Iterable[Live]) -> Iterator[str]:
    for one in unmanaged:
        names = "content that can't be read" if one.names is None else ", ".join(one.names)
        yield f"unmanaged, kept: {one.template_id} {one.title} [{names}]"


def summary(made: Plan) -> str:
    """The plan in a line."""
    kinds = Counter(map(_kind, made.actions))
    counts = [(kinds[kind], words) for kind, words in _COUNTED.items()]
    said = [f"{count} {words}" for count, words in counts if count]
    rest = f"{len(made.kept)} kept" + (f", {len(made.unmanaged)} unmanaged" if made.unmanaged else "")
    return f"plan: {', '.join(said)}, {rest}" if said else f"no changes: {rest}"
