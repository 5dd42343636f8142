"""The lock as a plan is carried out: lock -> lock, a function a step. Pure.

What it keeps true at every step (contract, "Order"): an owned template that loses its name stands under
`retired` from the save that records its successor until its delete is done. Its row has the title that the
list has shown, so that the next plan knows the template without the library.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from ..core.model import Entry, Live, Lock, Retired, timestamp
from ..plan.actions import Add, Adopt, Delete, Plan, Rename, Retire


def opening(lock: Lock, plan: Plan, now: datetime) -> Lock:
    """The lock before the first call that changes the account: every lock-only action is done.

    Templates that an add will replace keep their name until it has happened.
    """
    successors = {action.name for action in plan.of(Add)}
    taken = {entry.template_id for entry in plan.kept.values()}
    taken |= {action.template_id for action in plan.of(Rename, Adopt)}
    known = as_known(lock, plan)
    templates = {
        name: entry
        for name, entry in known.templates.items()
        if name in successors and entry.template_id not in taken
    }
    templates |= {**plan.kept, **plan.aside}
    templates |= {action.name: action.entry for action in plan.of(Rename, Adopt)}
    losing = [
        action for action in plan.losses if action.name not in successors and _loses_it_now(action, lock)
    ]
    retired = _with(_still_retired(known, plan), losing, now)
    return replace(known, templates=dict(sorted(templates.items())), retired=retired)


def _loses_it_now(action: Delete | Retire, lock: Lock) -> bool:
    """Whether a template has the name that it loses; or is retired without ever having had one."""
    if action.name is None:
        return isinstance(action, Retire)
    owned = lock.templates.get(action.name)
    return owned is not None and owned.template_id == action.template_id


def as_known(lock: Lock, plan: Plan) -> Lock:
    """The lock with what is filled in whenever it is written, and is no reason to write it: facts of the
    account, and the titles that the list has shown of templates that are to go.

    These must be known by the lock alone: what the plan asked the library for may be answered by the lock
    once it is written, and then the next plan does not ask.
    """
    losing = {(one.name, one.template_id): one.entry for one in plan.losses}
    templates = {name: losing.get((name, old.template_id), old) for name, old in lock.templates.items()}
    rows = {_but_for_what_is_seen(one): one for one in _pending(plan)}
    retired = tuple(dict.fromkeys(rows.get(_but_for_what_is_seen(one), one) for one in lock.retired))
    facts = replace(lock, appid=plan.appid, account=plan.account, protect=plan.protect)
    return replace(facts, templates=templates, retired=retired)


def _pending(plan: Plan) -> tuple[Retired, ...]:
    """The rows that stay under `retired`, as the list has shown them: what waits, and what is due until its
    delete is done."""
    due = (
        Retired(one.name, one.entry, one.reason, one.since)
        for one in plan.of(Delete)
        if one.since is not None
    )
    return (*plan.waiting, *due)


def _but_for_what_is_seen(one: Retired) -> Retired:
    return replace(one, entry=replace(one.entry, title="", listed=True))


def added(
    lock: Lock, plan: Plan, action: Add, template_id: str, *, keys: Sequence[str] | None, now: datetime
) -> Lock:
    """The lock after an add; what the add replaces moves to `retired` in the same step.

    It is marked as not listed yet: answers are not always true. `keys` are those that the dialect expects
    senders to use, if it can tell; the check afterwards replaces them by the live ones.
    """
    entry = replace(action.entry(template_id), listed=False)
    if keys is not None:
        pairs = zip(entry.keywords, keys, strict=True)
        entry = replace(entry, keywords=tuple(replace(keyword, key=key) for keyword, key in pairs))
    losing = [other for other in plan.of(Delete, Retire) if other.template_id == action.ousts]
    templates = {**lock.templates, action.name: entry}
    retired = _with(lock.retired, losing, now)
    return replace(lock, templates=dict(sorted(templates.items())), retired=retired)


def imported(lock: Lock, plan: Plan, entries: Mapping[str, Entry]) -> Lock:
    """The lock after an import: all that it had, what is wanted already and lives, and these entries.

    Adopting a template in place of another is left to an apply, which retires the other; so is taking the
    account's protection off.
    """
    adopted = {action.name: action.entry for action in plan.of(Adopt) if action.ousts is None}
    known, protect = as_known(lock, plan), lock.protect or plan.protect
    templates = {**known.templates, **plan.kept, **adopted, **entries}
    return replace(known, protect=protect, templates=dict(sorted(templates.items())))


def differs(lock: Lock, before: Lock) -> bool:
    """Whether a lock says something else than the one before, which is to be written. What version 2 of a
    lock records of values (rule, limit, values) comes with the next write, and is no reason for one: an
    upgrade changes nothing by itself (contract, "The lockfile")."""
    return lock != before and _without_rules(lock) != _without_rules(before)


def _without_rules(lock: Lock) -> Lock:
    templates = {name: _plain(entry) for name, entry in lock.templates.items()}
    retired = tuple(replace(one, entry=_plain(one.entry)) for one in lock.retired)
    return replace(lock, templates=templates, retired=retired)


def _plain(entry: Entry) -> Entry:
    keywords = (replace(one, rule=None, limit=None, values=None) for one in entry.keywords)
    return replace(entry, keywords=tuple(keywords))


def given_up(lock: Lock, deletes: Sequence[Delete], now: datetime) -> Lock:
    """The lock before templates are deleted whose successors do not exist yet: their names go."""
    ids = {action.template_id for action in deletes}
    templates = {name: entry for name, entry in lock.templates.items() if entry.template_id not in ids}
    return replace(lock, templates=templates, retired=_with(lock.retired, deletes, now))


def checked(lock: Lock, deleted: Collection[str | None], live: Sequence[Live]) -> Lock:
    """The lock after the account was listed again: with the keys and titles that the list shows, and without
    what was deleted and is gone. What was deleted and is still listed stays under `retired`."""
    by_id = {one.template_id: one for one in live}
    templates = {
        name: _as_shown(entry, by_id.get(entry.template_id)) for name, entry in lock.templates.items()
    }
    gone = {id_ for id_ in deleted if id_ not in by_id}
    retired = tuple(one for one in lock.retired if one.entry.template_id not in gone)
    return replace(lock, templates=templates, retired=retired)


def _as_shown(entry: Entry, one: Live | None) -> Entry:
    if one is None:
        return entry
    entry = replace(entry, title=entry.title or one.title, listed=True)
    if one.slots is None or len(one.slots) != len(entry.keywords):
        return entry
    pairs = zip(entry.keywords, one.slots, strict=True)
    return replace(entry, keywords=tuple(keyword.shown(slot) for keyword, slot in pairs))


def _still_retired(lock: Lock, plan: Plan) -> tuple[Retired, ...]:
    """The rows under `retired`, in a lock `as_known`, that stay; also those of what a name loses, until the
    name's own row takes their place."""
    stays, losing = set(_pending(plan)), {one.template_id for one in plan.losses if isinstance(one, Delete)}
    return tuple(one for one in lock.retired if one in stays or one.entry.template_id in losing)


def _with(
    retired: tuple[Retired, ...], losing: Sequence[Delete | Retire], now: datetime
) -> tuple[Retired, ...]:
    """The retired templates and those that lose their name now.

    None twice: what its name knew of a template is truer than what an older entry says.
    """
    if not losing:
        return retired
    since = timestamp(now)
    ids = {action.template_id for action in losing}
    newly = (Retired(action.name, action.entry, action.reason, since) for action in losing)
    return _sorted((*(one for one in retired if one.entry.template_id not in ids), *newly))


def _sorted(retired: Sequence[Retired]) -> tuple[Retired, ...]:
    """Oldest first; of one run by name, in whatever order its calls ended."""
    return tuple(sorted(retired, key=lambda one: (one.since, one.name or "", one.entry.template_id)))
