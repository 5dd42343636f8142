"""The decision: what is wanted, locked and alive -> what to do. Pure, and the whole truth table.

| YAML       | lock                                       | account              | decision                  |
| ---------- | ------------------------------------------ | -------------------- | ------------------------- |
| wanted     | has it, same id and keywords               | lives                | keep                      |
| wanted     | has it, and no list has ever shown its id  | not listed           | keep, with a warning      |
| wanted     | another name has it, and does not keep it  | lives                | rename                    |
| wanted     | (nobody)                                   | same title, keywords | adopt                     |
| wanted     | has it, other id or keywords               | lives                | add, then delete the old  |
| wanted     | has it                                     | gone                 | add (missing)             |
| wanted     | no                                         | no                   | add (new)                 |
| not wanted | has it                                     | lives                | delete (removed)          |
| not wanted | has it, and no list has ever shown its id  | not listed           | delete                    |
| not wanted | has it                                     | gone                 | forget                    |
| -          | `retired`, and due                         | lives                | delete, so many in a run  |
| unwanted   | no                                         | lives                | delete (unwanted)         |
| not wanted | no                                         | lives                | unmanaged: listed, kept   |
| -          | a recorded detail is out of date           | -                    | update                    |

What no list has ever shown counts as living, but for `--add-again`. With `prune: all` what is unmanaged is
deleted. With `retire_after`, and with `prune: none`, `retire` stands for each delete but of what is due and
what is unwanted (contract, "What a plan decides"). The rows are functions, in this order: `keep`, `rename`,
`adopt`, `add`, `let_go`, `release_retired`, `delete_unwanted`, `sort_out_unmanaged`, `update`. Each is handed
the facts, and what the rows before it have taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from ..core.invisible import plain
from ..core.model import Caveat, Entry, Live, LockedKeyword, Retired, Spec, Wanted
from . import caveats
from .actions import Action, Add, Adopt, Delete, Forget, Plan, Rename, Retire, Update, order
from .facts import Facts, Held, Pending, Questions, State, lives_as, same


def questions(facts: Facts) -> Questions:
    """List what must be looked up before `decide` can be called, less what the catalogue has.

    For an account that was not listed yet: what is needed whatever its list will say, so that these look-ups
    can run beside the listing. No titles for a plan with nothing to do.
    """
    if facts.orders.due_only:
        return Questions(facts.doubtful, frozenset(), {})
    matches = (*(kept := keep(facts)), *rename(facts, kept))
    own = {one.wanted.name: one.held.seen.title.strip() for one in matches if _says_more(one)}
    names = own.keys() | {wanted.name for wanted in _left(facts, _taken(matches))}
    ids = {wanted.id for name, wanted in facts.wanted.items() if name in names}
    return Questions((facts.doubtful | ids) - facts.catalogue.keys(), frozenset(names), own)


def decide(facts: Facts, specs: Mapping[str, Spec], *, now: datetime, appid: str | None = None) -> Plan:
    """Make the plan. The catalogue and `specs` answer all `questions`: titles by id, resolved templates by
    name."""
    nothing = _nothing(facts, now, appid)
    kept = keep(facts)
    renamed = rename(facts, kept)
    if facts.orders.due_only:
        return _only_what_is_due(facts, _taken((*kept, *renamed)), now, nothing)
    adopted = adopt(facts, specs, _taken((*kept, *renamed)))
    taken = _taken((*kept, *renamed, *adopted))
    left = _left(facts, taken)
    gone = let_go(facts, taken, kept, renamed)
    retired, waiting = release_retired(facts, taken, (*renamed, *adopted), gone, now=now)
    others, unmanaged = sort_out_unmanaged(facts, taken)
    entries = {one.wanted.name: _refreshed(one) for one in kept}
    matched = (_kept(kept), _renamed(facts, renamed), _adopted(facts, adopted), add(facts, specs, left))
    rows = (*matched, gone, retired, delete_unwanted(facts), others, update(facts, entries, appid))
    return replace(
        nothing,
        actions=tuple(sorted(chain.from_iterable(row.actions for row in rows), key=order)),
        kept=entries,
        unmanaged=tuple(sorted(unmanaged, key=lambda one: one.template_id)),
        waiting=waiting,
        warnings=tuple(chain.from_iterable(row.warnings for row in rows)),
        mismatched=tuple(wanted.name for wanted in left if _is_mismatched(facts, wanted)),
        ambiguous={one.wanted.name: one.titles for one in adopted if one.titles},
    )


def _only_what_is_due(facts: Facts, taken: Taken, now: datetime, nothing: Plan) -> Plan:
    """Plan the deletes of what is retired and due, and nothing else: no name loses its template or its claim
    on one under `retired`, and rows that wait longer or are gone stay in the lock."""
    held = taken.keys() | {one.template_id for one in facts.named.values()}
    held |= {one.template_id for one in facts.retired if not facts.is_due(one, now)}
    falling = {one.template_id: one for one in reversed(facts.retired) if one.lives}
    deletes, late = _portion(facts, [one for id_, one in falling.items() if id_ not in held])
    going = {one.template_id for one in deletes}
    return replace(
        nothing,
        actions=tuple(sorted(deletes, key=order)),
        kept={name: one.entry for name, one in facts.named.items() if one.lives},
        waiting=tuple(one.row for one in facts.retired if one.template_id not in going),
        warnings=caveats.of_late(late, facts.max_deletes),
        account=facts.lock.account,
        protect=facts.lock.protect,
        aside={name: one.entry for name, one in facts.named.items() if not one.lives},
        due_only=True,
    )


def _nothing(facts: Facts, now: datetime, appid: str | None) -> Plan:
    """The plan that does nothing: what every plan of these facts has in common."""
    lock, account = facts.lock, facts.desired.account
    return Plan(
        actions=(),
        kept={},
        unmanaged=(),
        waiting=(),
        due=facts.due(now),
        warnings=(),
        mismatched=(),
        appid=appid or lock.appid,
        account=lock.account if account is None else account.name,
        protect=lock.protect if account is None else account.protect,
        unseen=facts.unseen,
    )


# ------------------------------------------------------------------ what rows are handed, and hand on


class Match(Struct, frozen=True):
    """A wanted template and the row of the lock that is it."""

    wanted: Wanted
    held: Held

    @property
    def template_id(self) -> str:
        """The template's id."""
        return self.held.template_id


class Adoption(Struct, frozen=True):
    """A wanted template and what lives of it. `titles` where nobody knows which of several it is."""

    wanted: Wanted
    spec: Spec
    live: Live
    titles: tuple[str, ...] = ()

    @property
    def template_id(self) -> str:
        """The template's id."""
        return self.live.template_id


Taken = Mapping[str, str]
"""template_id -> the name that has it from now on"""


class Row(Struct, frozen=True):
    """The outcome of a row of the table: what to do, and what to warn of."""

    actions: Sequence[Action] = ()
    warnings: Sequence[Caveat] = ()


def _taken(matches: Iterable[Match | Adoption]) -> Taken:
    return {one.template_id: one.wanted.name for one in matches}


def _left(facts: Facts, taken: Taken) -> tuple[Wanted, ...]:
    """Wanted templates that no name has got yet, by name."""
    served = set(taken.values())
    return tuple(wanted for name, wanted in facts.wanted.items() if name not in served)


# ------------------------------------------------------------------ wanted


def keep(facts: Facts) -> tuple[Match, ...]:
    """wanted | the lock has it, same id and keywords | lives. What two names have, the first keeps."""
    kept: dict[str, Match] = {}
    for name, wanted in facts.wanted.items():
        held = facts.named.get(name)
        if held is not None and held.lives and same(wanted, held.entry):
            kept.setdefault(held.template_id, Match(wanted, held))
    return tuple(kept.values())


def rename(facts: Facts, kept: Sequence[Match]) -> tuple[Match, ...]:
    """wanted | another name, or `retired`, has exactly it and does not keep it | lives."""
    taken = _taken(kept)
    found: dict[str, Match] = {}
    rows = [one for one in facts.rows if one.lives and one.template_id not in taken]
    for wanted in _left(facts, taken):
        exact = (one for one in rows if one.template_id not in found and same(wanted, one.entry))
        if (held := next(exact, None)) is not None:
            found[held.template_id] = Match(wanted, held)
    return tuple(found.values())


def adopt(facts: Facts, specs: Mapping[str, Spec], taken: Taken) -> tuple[Adoption, ...]:
    """wanted | nobody owns it | the same title and keywords live. Of several, the first listed."""
    by_look = _nobodys_by_look(facts)
    found: dict[str, Adoption] = {}
    for wanted in _left(facts, taken):
        spec = specs[wanted.name]
        there = by_look.get((spec.names, spec.title.strip()), ())
        ids = taken.keys() | found.keys()
        alike = [one for one in there if one.template_id not in ids and lives_as(spec, one)]
        if alike:
            live, titles = (alike[0], ()) if spec.title else _told_apart(spec, alike)
            found[live.template_id] = Adoption(wanted, spec, live, titles)
    return tuple(found.values())


def add(facts: Facts, specs: Mapping[str, Spec], left: Iterable[Wanted]) -> Row:
    """wanted | no (new), or gone (missing), or other id or keywords (replaced) | no."""
    adds = []
    for one in left:
        reason, replaces = _reason(facts, one)
        adds.append(Add(one.name, reason, specs[one.name], one.protect, one.scene, replaces))
    return Row(adds)


# ------------------------------------------------------------------ not wanted


def let_go(facts: Facts, taken: Taken, kept: Sequence[Match], renamed: Sequence[Match]) -> Row:
    """not wanted, or wanted otherwise | has it | lives: deleted or retired; gone: forgotten.

    An id that any name keeps is never deleted, even if the lock has it twice.
    """
    staying, moved = {one.wanted.name for one in kept}, {one.held.name for one in renamed}
    going: set[str] = set()
    actions: list[Action] = []
    for name, held in facts.named.items():
        if name in staying:
            continue
        if held.lives and held.template_id not in going | taken.keys():
            going.add(held.template_id)
            reason = "replaced" if name in facts.wanted else "removed"
            actions.append((Delete if facts.at_once else Retire)(name, reason, held.seen))
        elif name not in facts.wanted and not (name in moved and held.template_id in taken):
            actions.append(Forget(name, _why_forgotten(held), held.entry))
    return Row(actions, tuple(caveats.of_names(facts)))


def release_retired(
    facts: Facts, taken: Taken, moved: Sequence[Match | Adoption], gone: Row, *, now: datetime
) -> tuple[Row, tuple[Retired, ...]]:
    """`retired`: delete what is due, forget what is gone. Also returns the rows that wait, as the lock will
    have them.

    Of a template that a merge has put there twice, the row that waits longer counts.
    """
    rows = sorted(facts.retired, key=lambda one: facts.is_due(one, now))
    going = {one.template_id for one in gone.actions if isinstance(one, Delete | Retire)} | taken.keys()
    first = {one.template_id: one for one in reversed(rows) if one.lives and one.template_id not in going}
    standing = [one for one in rows if first.get(one.template_id) is one]
    deletes, late = _portion(facts, [one for one in standing if facts.is_due(one, now)])
    actions: list[Action] = []
    for one in rows:
        if first.get(one.template_id) is one:
            actions += () if facts.is_due(one, now) else _learnt(one)
        elif not _is_taken_back(one, moved):
            reason = "duplicate" if one.template_id in taken else _why_forgotten(one)
            actions.append(Forget(one.name, reason, one.entry))
    actions += (*deletes, *chain.from_iterable(map(_learnt, late)))
    waits = [*(one for one in standing if not facts.is_due(one, now)), *late]
    warnings = (*caveats.of_retired(facts, rows), *caveats.of_late(late, facts.max_deletes))
    return Row(actions, warnings), tuple(replace(one.row, entry=one.seen) for one in waits)


def delete_unwanted(facts: Facts) -> Row:
    """unwanted | not locked | lives: deleted at once, whatever else is the policy."""
    ids = [one.template_id for one in facts.desired.unwanted]
    deletes = [Delete(None, "unwanted", _unowned(facts.by_id[id_])) for id_ in ids if id_ in facts.by_id]
    return Row(deletes, tuple(caveats.of_unwanted(facts)))


def sort_out_unmanaged(facts: Facts, taken: Taken) -> tuple[Row, tuple[Live, ...]]:
    """not wanted | not locked | lives: deleted or retired with `prune: all`. Also returns what is listed and
    kept."""
    owned = facts.owned.union(taken, facts.unwanted)
    nobodys = [one for one in facts.live if one.template_id not in owned]
    prunes = facts.desired.prune == "all"
    kind = Delete if facts.at_once else Retire
    going = [kind(None, "unmanaged", _unowned(one)) for one in nobodys if prunes and one.names is not None]
    kept = [one for one in nobodys if not prunes or one.names is None]
    return Row(going, tuple(caveats.of_twins(facts, nobodys, taken))), tuple(kept)


# ------------------------------------------------------------------ details


def update(facts: Facts, kept: Mapping[str, Entry], appid: str | None) -> Row:
    """A detail is out of date (key, title, protect, listed, the account's): recorded anew, without a call."""
    lock, account = facts.lock, facts.desired.account
    details = {name: _differences(lock.templates[name], entry) for name, entry in kept.items()}
    updates = [Update(name, details[name], entry) for name, entry in kept.items() if details[name]]
    owns = bool(lock.templates or lock.retired)
    if appid is not None and lock.appid is None and owns:
        updates.append(Update(None, ("appid",)))
    if account is None or account.protect == lock.protect:
        return Row(updates)
    if owns or lock.protect:
        updates.append(Update(None, ("protect",)))
    return Row(updates, caveats.of_account(account) if lock.protect else ())


# ------------------------------------------------------------------ matches as actions


def _kept(kept: Sequence[Match]) -> Row:
    return Row((), [said for one in kept for said in caveats.of_unseen(one.wanted, one.held)])


def _renamed(facts: Facts, renamed: Sequence[Match]) -> Row:
    renames = []
    for one in renamed:
        reason, replaces = _reason(facts, one.wanted)
        was_retired = isinstance(one.held, Pending)
        renames.append(Rename(one.wanted.name, reason, _refreshed(one), replaces, one.held.name, was_retired))
    return Row(renames, [said for one in renamed for said in caveats.of_rename(one.wanted, one.held)])


def _adopted(facts: Facts, adopted: Sequence[Adoption]) -> Row:
    adopts = []
    for one in adopted:
        reason, replaces = _reason(facts, one.wanted)
        adopts.append(Adopt(one.wanted.name, reason, _entry(one), replaces))
    warnings = (caveats.of_adoption(one.wanted, one.spec, one.live, facts.catalogue) for one in adopted)
    return Row(adopts, [*chain.from_iterable(warnings)])


def _reason(facts: Facts, wanted: Wanted) -> tuple[str, str | None]:
    """The reason of an add, adopt or rename, and the id that it replaces."""
    held = facts.named.get(wanted.name)
    if held is None or held.state is State.OTHER:
        return "new", None
    return "missing" if held.state is State.GONE else "replaced", held.template_id


def _refreshed(match: Match) -> Entry:
    """The entry with its key, title and protect as they are now; unreadable content changes nothing."""
    wanted, one, keywords = match.wanted, match.held.live, match.held.entry.keywords
    if one is not None and one.slots:
        keywords = tuple(known.shown(slot) for known, slot in zip(keywords, one.slots, strict=True))
    keywords = tuple(
        known if ref.keyword_id is None else replace(known, keyword_id=ref.keyword_id)
        for known, ref in zip(keywords, wanted.keywords, strict=True)
    )
    return replace(match.held.seen, keywords=keywords, protect=wanted.protect, scene=wanted.scene)


def _entry(adoption: Adoption) -> Entry:
    wanted, spec, one = adoption.wanted, adoption.spec, adoption.live
    keywords = tuple(
        LockedKeyword(keyword.name, keyword.keyword_id).shown(slot)
        for keyword, slot in zip(spec.keywords, one.slots or (), strict=True)
    )
    title = spec.title or one.title
    return Entry(one.template_id, spec.id, title, keywords, wanted.protect, wanted.scene)


def _unowned(one: Live) -> Entry:
    """The lock's entry for a template that nobody owns."""
    keywords = tuple(LockedKeyword(slot.name, None, slot.key) for slot in one.slots or ())
    return Entry(one.template_id, "", one.title, keywords)


# ------------------------------------------------------------------ what rows ask


def _says_more(match: Match) -> bool:
    """Whether YAML says more of a template than the lock knows: only the library can confirm that."""
    pairs = zip(match.wanted.keywords, match.held.entry.keywords, strict=True)
    if any(ref.keyword_id is not None and keyword.keyword_id is None for ref, keyword in pairs):
        return True
    title = match.wanted.title
    return title is not None and plain(title) != plain(match.held.seen.title.strip())


def _nobodys_by_look(facts: Facts) -> dict[object, list[Live]]:
    """What a name may adopt, by keywords and title, and by keywords alone.

    What is retired and never had a name is nobody's; what is unwanted is not taken.
    """
    nameless = {one.template_id for one in facts.retired if one.name is None}
    nameless -= {one.template_id for one in facts.named.values()}
    taken = (facts.owned - nameless) | facts.unwanted
    by_look: dict[object, list[Live]] = {}
    for one in facts.live:
        if one.template_id not in taken:
            for title in {"", one.title.strip()}:
                by_look.setdefault((one.look, title), []).append(one)
    return by_look


def _told_apart(spec: Spec, alike: Sequence[Live]) -> tuple[Live, tuple[str, ...]]:
    """Choose among templates that look alike but for a title that nobody knows: one whose title the lock has
    recorded, else the first. Also returns the titles, where only YAML can tell which template is meant.

    That is so where the lock has recorded another title, or none and they have several: to add another might
    add it twice, and to take one might take what shows something else.
    """
    told = [one for one in alike if one.title.strip() in spec.recorded] or alike
    titles = tuple(dict.fromkeys(one.title.strip() for one in told))
    blind = not spec.names and not spec.recorded  # a title is all that tells one without keywords
    unsure = blind or len(titles) > 1 or (spec.recorded and titles[0] not in spec.recorded)
    return told[0], titles if unsure else ()


def _is_mismatched(facts: Facts, wanted: Wanted) -> bool:
    """Whether YAML and lock agree on a name, and the account has something else."""
    held = facts.named.get(wanted.name)
    return held is not None and held.state is State.OTHER and same(wanted, held.entry)


def _why_forgotten(held: Held) -> str:
    return {State.GONE: "gone", State.OTHER: "mismatch"}.get(held.state, "duplicate")


def _is_taken_back(one: Pending, moved: Iterable[Match | Adoption]) -> bool:
    """Whether a name takes the template out of `retired`: by a rename, or by an adopt of a nameless row."""
    return any(
        to.template_id == one.template_id and (isinstance(to, Match) or one.name is None) for to in moved
    )


def _portion(facts: Facts, due: Iterable[Pending]) -> tuple[list[Delete], list[Pending]]:
    """Choose what of the due rows this run deletes: one for each name that lives on under another id, and at
    most `max_deletes` others, oldest first. Also returns the rest, which waits for another run."""
    succeeded: set[str] = set()
    going: list[Pending] = []
    late: list[Pending] = []
    for one in sorted(due, key=_age):
        if one.name is not None and one.name not in succeeded and _lives_on(facts, one.name, one):
            succeeded.add(one.name)
            going.append(one)
        else:
            (going if len(going) - len(succeeded) < facts.max_deletes else late).append(one)
    return [Delete(one.name, one.row.reason, one.seen, one.row.since) for one in going], late


def _age(one: Pending) -> tuple[datetime, str, str]:
    return datetime.fromisoformat(one.row.since), one.name or "", one.template_id


def _lives_on(facts: Facts, name: str, one: Pending) -> bool:
    """Whether a name has another template that lives."""
    held = facts.named.get(name)
    return held is not None and held.template_id != one.template_id and held.lives


def _learnt(one: Pending) -> tuple[Update, ...]:
    """The update of a row that waits, if its title changed: by the title a later plan knows the template
    again."""
    if one.seen == one.entry:
        return ()
    return (Update(one.name, _differences(one.entry, one.seen), one.seen),)


def _differences(old: Entry, new: Entry) -> tuple[str, ...]:
    """The names of recorded details that differ. `listed` says it all where key and title came with it."""
    came = old.listed != new.listed
    details = {
        "key": [keyword.key for keyword in old.keywords] != [keyword.key for keyword in new.keywords],
        "keyword_id": [k.keyword_id for k in old.keywords] != [k.keyword_id for k in new.keywords],
        "title": old.title != new.title,
        "protect": old.protect != new.protect,
        "scene": old.scene != new.scene,
        "listed": came,
    }
    told = (detail for detail, differs in details.items() if differs)
    return tuple(detail for detail in told if not (came and detail in ("key", "title")))
