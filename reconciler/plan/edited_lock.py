"""A lock held against how it stood before the pull request: the guard `edited lock`. Pure.

A lock is written by applies and committed by machines; a row that somebody has edited can have an account
delete what nobody here has made (contract, "A lock that a pull request edits"). So what is deleted
must have been the base's, its protection is the base's, and a template that the edit alone has retired counts
as any other that goes.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator

from msgspec import Struct

from ..core.messages import Field, Said, Text, some
from ..core.model import Caveat, Desired, Entry, Lock, Retired
from ..core.text import short
from .actions import Add, Adopt, Delete, Plan, Rename, Retire
from .decision import Decision
from .guards import Permits, Refusal

CODE = "edited lock"
MOST = 100
"""So many edited rows are told, and the rest are counted"""
MOST_IDS = 10
"""So many ids are told"""


class Base(Struct, frozen=True):
    """The lock at a commit, None where there was none; `file` is what it is called."""

    ref: str
    lock: Lock | None
    file: str

    @property
    def lift(self) -> Said:
        """What lifts the guard."""
        if self.lock is None:
            return "--allow-edited-lock"
        command = f"git checkout {shlex.quote(self.ref)} -- {shlex.quote(self.file)}"
        return Text("plan.lock-as-it-was", command=command)


# ---------------------------------------------------------------- what is told


def told(base: Base, lock: Lock, desired: Desired) -> tuple[Caveat, ...]:
    """Warn of each row that is not as it was. Without a lock at the base there is none to compare."""
    if base.lock is None:
        return ()
    places = {one.name: one.place for one in desired.templates}
    rows = list(_rows(base.lock, lock, base.ref))
    found = [Caveat(CODE, what, name, places.get(name or "")) for name, what in rows[:MOST]]
    if len(rows) > MOST:
        found.append(Caveat(CODE, Text("plan.more-edited-rows", count=len(rows) - MOST, ref=base.ref)))
    return tuple(found)


def _rows(old: Lock, new: Lock, ref: str) -> Iterator[tuple[str | None, Text]]:
    """The edits, each with the name that it is about."""
    yield from ((None, edit) for edit in _head_edits(old, new, ref))
    before, after = _retired(old), _retired(new)
    for name in sorted(old.templates.keys() | new.templates.keys()):
        one, other = old.templates.get(name), new.templates.get(name)
        if one != other:
            edit = _edit(one, other, after.keys() - before.keys())
            yield name, Text("plan.edited-row", name=name, edit=edit, ref=ref)
    moved = _moved(old, new)
    for id_ in sorted((before.keys() | after.keys()) - moved):
        if before.get(id_) != after.get(id_):
            edit = _retired_edit(before.get(id_), after.get(id_))
            text = Text("plan.edited-retired-row", template_id=short(id_), edit=edit, ref=ref)
            yield (after.get(id_) or before[id_]).name, text


def _head_edits(old: Lock, new: Lock, ref: str) -> Iterator[Text]:
    """Edits of what a lock says of its account. What it has learnt (an appid, a name) is none."""
    for field, was, now in (("appid", old.appid, new.appid), ("account", old.account, new.account)):
        if was is not None and now is not None and was != now:
            yield Text("plan.edited-head", field=field, was=short(was), ref=ref, now=short(now))
    if old.protect and not new.protect:
        yield Text("plan.edited-protection-on", ref=ref)
    if new.protect and not old.protect:
        yield Text("plan.edited-protection-off", ref=ref)


def _edit(before: Entry | None, after: Entry | None, moved: Collection[str]) -> Text:
    if before is None:
        return Text("plan.row-new", template_id=short(after.template_id if after else ""))
    id_ = short(before.template_id)
    if after is None and before.template_id in moved:
        return Text("plan.row-moved", template_id=id_)
    if after is None:
        return Text("plan.row-taken-out", template_id=id_)
    fields = tuple(name for name in _FIELDS if getattr(before, name) != getattr(after, name))
    edit = Text("plan.row-another", fields=fields)
    if "template_id" in fields:
        edit = Text("plan.row-another-id", fields=fields, was=id_, now=short(after.template_id))
    if before.template_id in moved:
        edit = Text("plan.row-another-and-moved", edit=edit, template_id=id_)
    return edit


_FIELDS = ("template_id", "id", "title", "keywords", "protect", "scene", "listed")


def _retired_edit(before: Retired | None, after: Retired | None) -> Text:
    if before is None or after is None:
        return Text("plan.retired-row-new") if before is None else Text("plan.retired-row-gone")
    fields = [name for name in ("name", "reason", "since") if getattr(before, name) != getattr(after, name)]
    fields += [name for name in _FIELDS if getattr(before.entry, name) != getattr(after.entry, name)]
    return Text("plan.retired-row-another", fields=tuple(fields))


# ---------------------------------------------------------------- what is refused


def refused(base: Base, decision: Decision, permits: Permits) -> tuple[Refusal, ...]:
    """Refuse a plan that would do what such an edit must not bring about."""
    if permits.edited_lock:
        return ()
    listed = {one.template_id for one in decision.live}
    case = _Case(base, decision.plan, decision.desired, decision.lock, listed, permits.max_deletes)
    facts = [*_never_owned(case), *_unprotected(case), *_uncounted(case)]
    return tuple(Refusal("edited lock", what, base.lift) for what in facts)


class _Case(Struct, frozen=True):
    base: Base
    plan: Plan
    desired: Desired
    lock: Lock
    listed: Collection[str]
    max_deletes: int | None

    def going(self) -> tuple[Delete | Retire, ...]:
        """Deletes and retires of this plan."""
        return self.plan.of(Delete, Retire)

    def held(self) -> set[str]:
        """Ids that have a name once this plan is done."""
        taken = {one.template_id for one in self.plan.of(Rename, Adopt)}
        return taken | {entry.template_id for entry in self.plan.kept.values()}


def _never_owned(case: _Case) -> Iterator[Text]:
    """Refuse ids that the lock owns and the base's did not. Where the base has no lock, what `import` would
    have written counts as its: names with templates that live, and nothing retired."""
    here = _named(case.lock).keys() | _retired(case.lock).keys()
    if case.base.lock is None:
        owned = _named(case.lock).keys() & set(case.listed)
    else:
        owned = _named(case.base.lock).keys() | _retired(case.base.lock).keys()
    ids = [one.template_id for one in case.going() if one.template_id in here - owned]
    told = {"template_ids": _listed(ids), "ref": case.base.ref}
    if len(ids) == 1:
        yield Text("plan.not-owned-one", **told)
    elif ids:
        yield Text("plan.not-owned", **told)


def _unprotected(case: _Case) -> Iterator[Text]:
    """Refuse ids that the base's lock protects and this one does not: one apply takes protection off, another
    deletes. What the edit has put under `retired` counts as going, though it may wait, but not what a name
    takes back."""
    if case.base.lock is None:
        return
    going = {one.template_id for one in case.going()} | (_moved(case.base.lock, case.lock) - case.held())
    ids = going & (_protected(case.base.lock) - _protected(case.lock))
    if ids:
        yield Text("plan.was-protected", ref=case.base.ref, template_ids=_listed(ids))


def _protected(lock: Lock) -> set[str]:
    entries = [*lock.templates.values(), *(one.entry for one in lock.retired)]
    own = {entry.template_id for entry in entries if entry.protect}
    return own | set(_named(lock)) if lock.protect else own


def _uncounted(case: _Case) -> Iterator[Text]:
    """Refuse templates that the edit has moved from a name to `retired`, if they are more than may be
    deleted: counted with those that later runs would delete, and with what else goes."""
    if case.base.lock is None:
        return
    moved = (_moved(case.base.lock, case.lock) & set(case.listed)) - case.held()
    ids = {one.entry.template_id for one in case.lock.retired if not _is_succeeded(one, case)} & moved
    ousted = {one.ousts for one in case.plan.of(Add, Adopt, Rename)}
    fresh = [one for one in case.plan.losses if one.template_id not in ousted]
    allowed = case.desired.max_deletes if case.max_deletes is None else case.max_deletes
    count = len(ids) + len(fresh)
    if count > allowed and not ids.isdisjoint(one.template_id for one in case.going()):
        told = {"template_ids": _listed(ids), "ref": case.base.ref}
        yield Text("plan.had-a-name", **told, count=count, allowed=allowed)


def _moved(old: Lock, new: Lock) -> set[str]:
    """Ids that had a name, and are retired now."""
    return (_retired(new).keys() & _named(old).keys()) - _retired(old).keys()


def _is_succeeded(row: Retired, case: _Case) -> bool:
    """Whether its name has another template that lives."""
    entry = case.lock.templates.get(row.name or "")
    return entry is not None and entry.template_id in set(case.listed) - {row.entry.template_id}


def _named(lock: Lock) -> dict[str, Entry]:
    return {entry.template_id: entry for entry in lock.templates.values()}


def _retired(lock: Lock) -> dict[str, Retired]:
    return {one.entry.template_id: one for one in lock.retired}


def _listed(ids: Collection[str]) -> Field:
    return some(sorted(map(short, ids)), MOST_IDS)
