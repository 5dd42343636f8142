"""The decision as it was: a class whose methods were the rows. What the pipeline is held against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum

from reconciler.core.model import (
    Caveat,
    Desired,
    Entry,
    Live,
    Lock,
    LockedKeyword,
    Place,
    Retired,
    Spec,
    Wanted,
    alike,
    bare,
)
from reconciler.core.unseen import plain
from reconciler.plan.actions import Action, Add, Adopt, Delete, Forget, Plan, Rename, Retire, Update, order
from reconciler.plan.decide import Questions
from reconciler.plan.facts import Catalogue, Orders

MAX_NAMED = 10


class State(Enum):
    """What the account says of a lock entry."""

    ALIVE = "alive"
    """also where no list has ever shown it: an add was answered, and lists lag"""
    GONE = "gone"
    OTHER = "other"
    """the id lives, with another title or other keywords: the entry counts as not locked"""


def questions(
    desired: Desired,
    lock: Lock,
    live: Sequence[Live] | None,
    catalogue: Catalogue,
    orders: Orders,
) -> Questions:
    """What must be known before `decide` can be asked, less what the catalogue has.

    With `live` None (the account was not listed yet): what is needed whatever it will say, so that these
    look-ups can run beside the listing. No titles for a plan with nothing to do.
    """
    table = _Table(desired, lock, live, {}, catalogue, orders=orders)
    table.keep()
    table.rename()
    if orders.due_only:
        return Questions(frozenset(table.doubtful - set(catalogue)), frozenset(), {})
    names = table.told.keys() | {wanted.name for wanted in table.left}
    needed = {wanted.id for wanted in desired.templates if wanted.name in names}
    return Questions(frozenset((table.doubtful | needed) - set(catalogue)), frozenset(names), table.told)


def decide(
    desired: Desired,
    lock: Lock,
    live: Sequence[Live],
    specs: Mapping[str, Spec],
    catalogue: Catalogue,
    *,
    now: datetime,
    appid: str | None,
    orders: Orders,
) -> Plan:
    """Decide. `catalogue` and `specs` answer all `questions`: titles by id, resolved templates by name."""
    table = _Table(desired, lock, live, specs, catalogue, orders=orders)
    table.keep()
    table.rename()
    if orders.due_only:
        return _due_only(table, lock, now, appid)
    table.adopt()
    table.add()
    table.let_go()
    table.release_retired(now)
    table.delete_unwanted()
    table.sort_out_unmanaged()
    table.update(appid)
    account = desired.account
    return Plan(
        actions=tuple(sorted(table.actions, key=order)),
        kept=table.kept,
        unmanaged=tuple(sorted(table.unmanaged, key=lambda one: one.template_id)),
        waiting=tuple(table.waiting),
        due=frozenset(table.due),
        warnings=tuple(table.warnings),
        mismatched=tuple(table.mismatched),
        appid=appid or lock.appid,
        ambiguous=table.ambiguous,
        account=lock.account if account is None else account.name,
        protect=lock.protect if account is None else account.protect,
        unseen=frozenset(table.unseen),
    )


def _due_only(table: _Table, lock: Lock, now: datetime, appid: str | None) -> Plan:
    """Delete what is retired and due. All else stays as the lock has it, whatever is wanted."""
    table.release_due(now)
    kept = {name: entry for name, entry in lock.templates.items() if table.lives(name)}
    return Plan(
        actions=tuple(sorted(table.actions, key=order)),
        kept=kept,
        unmanaged=(),
        waiting=tuple(table.waiting),
        due=frozenset(table.due),
        warnings=tuple(table.warnings),
        mismatched=(),
        appid=appid or lock.appid,
        account=lock.account,
        protect=lock.protect,
        unseen=frozenset(table.unseen),
        aside={name: entry for name, entry in lock.templates.items() if name not in kept},
        due_only=True,
    )


class _Table:
    """The rows of the truth table, one method each, to be called in order."""

    def __init__(
        self,
        desired: Desired,
        lock: Lock,
        live: Sequence[Live] | None,
        specs: Mapping[str, Spec],
        catalogue: Catalogue,
        *,
        orders: Orders,
    ) -> None:
        self._desired = desired
        self._orders = orders
        self._lock = lock
        self._live = list(live or ())
        self._listed = live is not None
        self._by_id = {one.template_id: one for one in reversed(self._live)}
        self._specs = specs
        self._catalogue = catalogue
        self._wanted = {one.name: one for one in desired.templates}
        self._unwanted = {one.template_id for one in desired.unwanted}
        self._taken: dict[str, str] = {}
        self.doubtful: set[str] = set()
        """ids whose title in the library tells whether a lock entry is what lives"""
        self.told: dict[str, str] = {}
        """names of which YAML says more than the lock knows, and the titles that their templates have"""
        self.unseen: set[str] = set()
        self._states = {name: self._state(entry, name) for name, entry in lock.templates.items()}
        self._retired_states = {one: self._state(one.entry) for one in lock.retired}
        self.left = sorted(desired.templates, key=lambda one: one.name)
        self.kept: dict[str, Entry] = {}
        self.actions: list[Action] = []
        self.unmanaged: list[Live] = []
        self.waiting: list[Retired] = []
        self.due: set[str] = set()
        self.warnings: list[Caveat] = []
        self.mismatched: list[str] = []
        self.ambiguous: dict[str, tuple[str, ...]] = {}

    # ---------------------------------------------------------------- what is known of an entry

    def _state(self, entry: Entry, name: str | None = None) -> State:
        if not self._listed:
            return State.ALIVE
        one = self._by_id.get(entry.template_id)
        if one is None:
            return self._unlisted_state(entry, name)
        if one.names is None and (entry.keywords or not one.empty):
            return State.ALIVE
        if one.look != entry.names:
            return State.OTHER
        return State.ALIVE if self._title_agrees(entry, one, name) else State.OTHER

    def _unlisted_state(self, entry: Entry, name: str | None) -> State:
        """Gone, unless no list has ever shown it: then it may be late, and is waited for. (Where something
        else is wanted it is replaced, whatever was said of adding it again.)"""
        wanted = self._wanted.get(name or "")
        again = wanted is not None and name in self._orders.add_again and _same(wanted, entry)
        if entry.listed or again:
            return State.GONE
        self.unseen.add(entry.template_id)
        return State.ALIVE

    def lives(self, name: str) -> bool:
        """Whether the lock's entry of a name is what lives."""
        return self._states[name] is State.ALIVE

    def _title_agrees(self, entry: Entry, one: Live, name: str | None) -> bool:
        """A title that differs is the library's new one, or another template's: the library knows.

        Until it was asked, the entry gets the benefit of the doubt; and if it does not know, a wanted one
        does: what it would be replaced by could not be added. Where a library tells no titles, YAML may.
        """
        if not entry.title.strip() or entry.title.strip() == one.title.strip():
            return True
        if not entry.id:
            return False
        if entry.id not in self._catalogue:
            self.doubtful.add(entry.id)
            return True
        title, wanted = self._catalogue[entry.id], self._wanted.get(name or "")
        if title is None:
            return wanted is not None and _same(wanted, entry)
        known = wanted.title if title.title is None and wanted is not None else title.title
        return known is not None and known.strip() == one.title.strip()

    def _check_what_is_told(self, wanted: Wanted, entry: Entry) -> None:
        """What YAML says of a locked template beyond what the lock knows: only the library can confirm it."""
        pairs = zip(wanted.keywords, entry.keywords, strict=True)
        unknown_id = any(ref.keyword_id is not None and keyword.keyword_id is None for ref, keyword in pairs)
        title = self._as_seen(entry).title.strip()
        if unknown_id or (wanted.title is not None and plain(wanted.title) != plain(title)):
            self.told[wanted.name] = title

    # ---------------------------------------------------------------- wanted

    def keep(self) -> None:
        """wanted | the lock has it, same id and keywords | lives."""
        for wanted in list(self.left):
            entry = self._lock.templates.get(wanted.name)
            if entry is None or not _same(wanted, entry) or self._states[wanted.name] is not State.ALIVE:
                continue
            if entry.template_id in self._taken:
                continue
            self._check_what_is_told(wanted, entry)
            self.kept[wanted.name] = self._refreshed(entry, wanted)
            self._take(wanted, entry.template_id)
            self._warn_if_unseen(wanted.name, entry)

    def rename(self) -> None:
        """wanted | another name, or `retired`, has exactly it and does not keep it | lives."""
        for wanted in list(self.left):
            for origin, entry, was_retired in self._nameless():
                if entry.template_id not in self._taken and _same(wanted, entry):
                    self._check_what_is_told(wanted, entry)
                    reason, replaces = self._why(wanted)
                    now = self._refreshed(entry, wanted)
                    self._take(wanted, entry.template_id)
                    self.actions.append(Rename(wanted.name, reason, now, replaces, origin, was_retired))
                    self._warn_if_unseen(wanted.name, entry)
                    if entry.protect and not wanted.protect:
                        told = f"{entry.template_id} was protected (as {origin}), and is not any more"
                        self._warn("protection ends", wanted.name, told)
                    break

    def _nameless(self) -> Iterator[tuple[str | None, Entry, bool]]:
        for name, entry in sorted(self._lock.templates.items()):
            if name not in self.kept and self._states[name] is State.ALIVE:
                yield name, entry, False
        for one in self._lock.retired:
            if self._retired_states[one] is State.ALIVE:
                yield one.name, one.entry, True

    def adopt(self) -> None:
        """wanted | nobody owns it | the same title and keywords live. Of several, the first listed.

        What is retired and never had a name is nobody's; what is unwanted is not taken.
        """
        nobodys = {one.entry.template_id for one in self._lock.retired if one.name is None}
        named = {entry.template_id for entry in self._lock.templates.values()}
        owned = (self._owned() - (nobodys - named)) | self._unwanted
        by_look: dict[object, list[Live]] = {}
        for one in self._live:
            if one.template_id not in owned:
                for title in {"", one.title.strip()}:
                    by_look.setdefault((one.look, title), []).append(one)
        for wanted in list(self.left):
            spec = self._specs[wanted.name]
            there = by_look.get((spec.names, spec.title.strip()), ())
            alike = [one for one in there if one.template_id not in self._taken and lives_as(spec, one)]
            if not alike:
                continue
            if not spec.title:
                alike = self._told_apart(wanted, spec, alike)
            reason, replaces = self._why(wanted)
            entry = _entry(spec, alike[0], wanted)
            self._take(wanted, entry.template_id)
            self.actions.append(Adopt(wanted.name, reason, entry, replaces))
            self._warn_if_ambiguous(wanted, spec)
            self._warn_if_untitled(wanted, spec, alike[0])

    def _told_apart(self, wanted: Wanted, spec: Spec, alike: list[Live]) -> list[Live]:
        """Of templates that look alike but for a title that nobody knows: those of a title that the lock has
        recorded. Where that is none of theirs, or nothing is recorded and they have several, only YAML can
        tell: to add another might be to add it twice, to take one to show something else."""
        told = [one for one in alike if one.title.strip() in spec.recorded] or alike
        titles = tuple(dict.fromkeys(one.title.strip() for one in told))
        blind = not spec.names and not spec.recorded  # a title is all that tells one without keywords
        if blind or len(titles) > 1 or (spec.recorded and titles[0] not in spec.recorded):
            self.ambiguous[wanted.name] = titles
        return told

    def add(self) -> None:
        """wanted | no (new), or gone (missing), or other id or keywords (replaced) | no."""
        for wanted in list(self.left):
            spec = self._specs[wanted.name]
            reason, replaces = self._why(wanted)
            self.actions.append(Add(wanted.name, reason, spec, wanted.protect, wanted.scene, replaces))
            entry = self._lock.templates.get(wanted.name)
            if entry is not None and _same(wanted, entry) and self._states[wanted.name] is State.OTHER:
                self.mismatched.append(wanted.name)
            self.left.remove(wanted)

    # ---------------------------------------------------------------- not wanted

    def let_go(self) -> None:
        """Lock entries that lose their name: delete or retire what lives, forget what does not.

        An id that any name keeps is never deleted, even if the lock has it twice.
        """
        going: set[str] = set()
        renamed = {action.origin for action in self.actions if isinstance(action, Rename)}
        for name, entry in sorted(self._lock.templates.items()):
            state, wanted = self._states[name], name in self._wanted
            self._warn_if_protection_ends(name, entry)
            if state is State.OTHER:
                self._warn_other(name, entry)
            if name in self.kept:
                continue
            if state is State.ALIVE and entry.template_id not in going.union(self._taken):
                going.add(entry.template_id)
                kind = "delete" if self._at_once else "retire"
                self._release(kind, "replaced" if wanted else "removed", name, self._as_seen(entry))
            elif not wanted and not (name in renamed and entry.template_id in self._taken):
                reason = {State.GONE: "gone", State.OTHER: "mismatch"}.get(state, "duplicate")
                self._release("forget", reason, name, entry)

    def release_retired(self, now: datetime) -> None:
        """`retired`: delete what is due, forget what is gone, wait with the rest.

        Of a template that a merge has put there twice, the row that waits longer counts.
        """
        falling: list[Retired] = []
        going = {action.template_id for action in self.actions if action.kind in ("delete", "retire")}
        for one in sorted(self._lock.retired, key=lambda one: self._due(one, now)):
            state, due = self._retired_states[one], self._due(one, now)
            if due:
                self.due.add(one.entry.template_id)
            if state is State.OTHER:
                self._warn_other(one.name, one.entry)
            if one.entry.template_id in self._taken:
                if not self._took_back(one):
                    self._release("forget", "duplicate", one.name, one.entry)
            elif state is not State.ALIVE or one.entry.template_id in going:
                reason = {State.GONE: "gone", State.OTHER: "mismatch"}.get(state, "duplicate")
                self._release("forget", reason, one.name, one.entry)
            else:
                going.add(one.entry.template_id)
                if due:
                    falling.append(one)
                else:
                    self._wait(one)
        for one in self._delete_due(falling):
            self._wait(one)

    def release_due(self, now: datetime) -> None:
        """The same, where nothing else is done: what a name has or takes back, what waits longer in another
        row, and what is gone is left as it is."""
        held = self._taken.keys() | {entry.template_id for entry in self._lock.templates.values()}
        held |= {one.entry.template_id for one in self._lock.retired if not self._due(one, now)}
        falling = {
            one.entry.template_id: one
            for one in reversed(self._lock.retired)
            if one.entry.template_id not in held and self._retired_states[one] is State.ALIVE
        }
        self.actions, self.warnings = [], []
        self._delete_due(list(falling.values()))
        going = {action.template_id for action in self.actions}
        self.waiting = [one for one in self._lock.retired if one.entry.template_id not in going]
        self.due = {one.entry.template_id for one in self._lock.retired if self._due(one, now)}

    def _delete_due(self, rows: Iterable[Retired]) -> list[Retired]:
        """Delete of each name that lives on under another id one, and at most `max_deletes` others, oldest
        first. The rest, which waits for another run."""
        given = self._orders.max_deletes
        most = self._desired.max_deletes if given is None else given
        succeeded: set[str] = set()
        others, late = 0, []
        for one in sorted(rows, key=_age):
            if one.name is not None and one.name not in succeeded and self._lives_on(one.name, one.entry):
                succeeded.add(one.name)
            elif others < most:
                others += 1
            else:
                late.append(one)
                continue
            self.actions.append(Delete(one.name, one.reason, one.entry, was_retired=True))
        self._tell_late(late, most)
        return late

    def _lives_on(self, name: str, entry: Entry) -> bool:
        """Whether a name has another template that lives."""
        other = self._lock.templates.get(name)
        return (
            other is not None and other.template_id != entry.template_id and self._states[name] is State.ALIVE
        )

    def _tell_late(self, late: Sequence[Retired], most: int) -> None:
        if not late:
            return
        named = ", ".join(one.entry.template_id for one in late[:MAX_NAMED])
        more = f" and {len(late) - MAX_NAMED} more" if len(late) > MAX_NAMED else ""
        count = (
            "1 retired template is due and waits"
            if len(late) == 1
            else (f"{len(late)} retired templates are due and wait")
        )
        told = f"{count} for another apply, since each deletes at most {most} whose names are no more"
        self._warn("due later", None, f"{told}: {named}{more}")

    def _wait(self, one: Retired) -> None:
        """Not deleted yet. Its title is kept up to date: by it a later plan knows the template again."""
        entry = self._as_seen(one.entry)
        if entry != one.entry:
            self.actions.append(Update(one.name, _differences(one.entry, entry), entry))
        self.waiting.append(replace(one, entry=entry))

    def _took_back(self, one: Retired) -> bool:
        """A name has taken this id out of `retired`; that is said once, by its rename, or adopt of what never
        had a name."""
        return any(
            action.template_id == one.entry.template_id
            and (action.kind == "rename" or (action.kind == "adopt" and one.name is None))
            for action in self.actions
        )

    @property
    def _at_once(self) -> bool:
        return self._desired.prune != "none" and not self._desired.retire_after

    def _due(self, one: Retired, now: datetime) -> bool:
        """With `retire_after: 0d` at once, whatever the clocks say; with `prune: none` never."""
        waited = now - datetime.fromisoformat(one.since)
        long_enough = waited >= timedelta(seconds=self._desired.retire_after)
        return self._at_once or (self._desired.prune != "none" and long_enough)

    def delete_unwanted(self) -> None:
        """unwanted | not locked | lives: deleted at once, whatever else is the policy."""
        for unwanted in self._desired.unwanted:
            one = self._by_id.get(unwanted.template_id)
            if one is not None:
                self._release_unowned("delete", "unwanted", one)
            elif self._desired.account is None:  # of several accounts it lives on one, and the rest lack it
                told = f"{unwanted.template_id} in unwanted is gone: take it out"
                self.warnings.append(Caveat("gone", told, None, unwanted.place))

    def sort_out_unmanaged(self) -> None:
        """not wanted | not locked | lives: listed and kept; deleted or retired with `prune: all`."""
        others = self._owned().union(self._taken, self._unwanted)
        twins = self._taken_by_look()
        for one in self._live:
            if one.template_id in others:
                continue
            self._warn_if_twin(one, twins)
            if self._desired.prune == "all" and one.names is not None:
                self._release_unowned("delete" if self._at_once else "retire", "unmanaged", one)
            else:
                self.unmanaged.append(one)

    def _release_unowned(self, kind: str, reason: str, one: Live) -> None:
        keywords = tuple(LockedKeyword(slot.name, None, slot.key) for slot in one.slots or ())
        entry = Entry(one.template_id, "", one.title, keywords)
        self._release(kind, reason, None, entry)

    # ---------------------------------------------------------------- details

    def update(self, appid: str | None) -> None:
        """A recorded detail is out of date: key, title, protect, listed, the account's. No call."""
        for name, entry in self.kept.items():
            details = _differences(self._lock.templates[name], entry)
            if details:
                self.actions.append(Update(name, details, entry))
        owns = bool(self._lock.templates or self._lock.retired)
        if appid is not None and self._lock.appid is None and owns:
            self.actions.append(Update(None, ("appid",)))
        account = self._desired.account
        if account is None or account.protect == self._lock.protect:
            return
        if owns or self._lock.protect:
            self.actions.append(Update(None, ("protect",)))
        if self._lock.protect:
            self._warn(
                "protection ends", None, f"the account {account.name} was protected, and is not any more"
            )

    def _refreshed(self, entry: Entry, wanted: Wanted) -> Entry:
        """The entry with its key, title and protect as they are now; unreadable content changes nothing."""
        one = self._by_id.get(entry.template_id)
        keywords = entry.keywords
        if one is not None and one.slots:
            keywords = tuple(known.shown(slot) for known, slot in zip(keywords, one.slots, strict=True))
        keywords = tuple(
            known if ref.keyword_id is None else replace(known, keyword_id=ref.keyword_id)
            for known, ref in zip(keywords, wanted.keywords, strict=True)
        )
        return replace(self._as_seen(entry), keywords=keywords, protect=wanted.protect, scene=wanted.scene)

    def _as_seen(self, entry: Entry) -> Entry:
        """The entry with the account's title, not the library's: by it a later plan knows the template again.

        Content that can't be read changes nothing that is known.
        """
        one = self._by_id.get(entry.template_id)
        if one is None:
            return entry
        unreadable = one.slots is None and bool(entry.title.strip())
        return replace(entry, listed=True, title=entry.title if unreadable else one.title)

    def _why(self, wanted: Wanted) -> tuple[str, str | None]:
        """The reason of an add, or of what stands in for it, and the id that it replaces."""
        entry = self._lock.templates.get(wanted.name)
        if entry is None or self._states[wanted.name] is State.OTHER:
            return "new", None
        gone = self._states[wanted.name] is State.GONE
        return "missing" if gone else "replaced", entry.template_id

    def _release(self, kind: str, reason: str, name: str | None, entry: Entry) -> None:
        kinds: dict[str, type[Delete | Retire | Forget]] = {
            "delete": Delete,
            "retire": Retire,
            "forget": Forget,
        }
        self.actions.append(kinds[kind](name, reason, entry))

    def _take(self, wanted: Wanted, template_id: str) -> None:
        self._taken[template_id] = wanted.name
        self.left.remove(wanted)

    def _owned(self) -> set[str]:
        """Ids that the lock holds and that are what it says."""
        names = {e.template_id for n, e in self._lock.templates.items() if self._states[n] is State.ALIVE}
        retired = {
            one.entry.template_id for one, state in self._retired_states.items() if state is State.ALIVE
        }
        return names | retired

    # ---------------------------------------------------------------- warnings

    def _warn(self, code: str, name: str | None, what: str) -> None:
        """A warning about one template, whose message begins with its name, if it has one."""
        told = what if name is None else f"{name}: {what}"
        self.warnings.append(Caveat(code, told, name, self._place(name)))

    def _place(self, name: str | None) -> Place | None:
        wanted = self._wanted.get(name or "")
        return None if wanted is None else wanted.place

    def _warn_if_protection_ends(self, name: str, entry: Entry) -> None:
        wanted = self._wanted.get(name)
        if entry.protect and wanted is not None and not wanted.protect:
            self._warn("protection ends", name, "it was protected, and is not any more")

    def _warn_other(self, name: str | None, entry: Entry) -> None:
        one = self._by_id[entry.template_id]
        self._warn(
            "other content",
            name,
            f"the lock says that {entry.template_id} is {_describe(entry.title, entry.names)}, "
            f"but on the account it is {_describe(one.title, one.names)}; it counts as not locked",
        )

    def _warn_if_unseen(self, name: str, entry: Entry) -> None:
        """Of what is kept unseen: its content, or even its row."""
        one = self._by_id.get(entry.template_id)
        if one is None and entry.template_id in self.unseen:
            self._warn(
                "unlisted",
                name,
                f"{entry.template_id} was added, and no list of the account has shown it yet; it is kept, "
                f"and not added again without --add-again {name}",
            )
        if one is not None and one.names is None and (entry.keywords or not one.empty):
            self._warn(
                "unreadable", name, f"the content of {entry.template_id} can't be read; it is kept as it is"
            )

    def _warn_if_ambiguous(self, wanted: Wanted, spec: Spec) -> None:
        title = self._catalogue[spec.id]
        assert title is not None, "else there were no spec"
        for name in dict.fromkeys(spec.names):
            ids = [str(k.keyword_id) for k in title.keywords or () if bare(k.name) == name]
            if len(ids) > 1:
                self._warn(
                    "ambiguous keyword",
                    wanted.name,
                    f"adopted by name, but {spec.id} has the keyword {name} "
                    f"more than once (keyword_id {', '.join(ids)}); "
                    "the account does not tell which one it is",
                )

    def _warn_if_untitled(self, wanted: Wanted, spec: Spec, one: Live) -> None:
        if not spec.title and not spec.recorded:
            self._warn(
                "unknown title",
                wanted.name,
                f"adopted by its keywords alone, since nobody knows the title of {spec.id}: "
                f"is it {one.title}?",
            )

    def _taken_by_look(self) -> dict[object, list[str]]:
        """Templates that a name has, by what can be seen of them."""
        found: dict[object, list[str]] = {}
        for template_id in self._taken:
            one = self._by_id.get(template_id)
            if one is not None and one.names:
                found.setdefault((one.title, one.names), []).append(template_id)
        return found

    def _warn_if_twin(self, one: Live, twins: Mapping[object, Sequence[str]]) -> None:
        for template_id in twins.get((one.title, one.names), ()):
            name = self._taken[template_id]
            said = f"{one.template_id} is a twin of {name} ({template_id}) and is unmanaged"
            self.warnings.append(Caveat("twin", said, name, self._place(name)))


def _age(one: Retired) -> tuple[datetime, str, str]:
    """By which what is retired is sorted: oldest first."""
    return datetime.fromisoformat(one.since), one.name or "", one.entry.template_id


def _same(wanted: Wanted, entry: Entry) -> bool:
    """The same id and keywords. A keyword_id in YAML counts where both sides know one."""
    return (
        wanted.id == entry.id
        and len(wanted.keywords) == len(entry.keywords)
        and all(
            alike(ref.name) == alike(keyword.name) and (None in ids or ids[0] == ids[1])
            for ref, keyword in zip(wanted.keywords, entry.keywords, strict=True)
            for ids in [(ref.keyword_id, keyword.keyword_id)]
        )
    )


def lives_as(spec: Spec, one: Live) -> bool:
    """Whether a live template is what an add of the spec makes, as far as the account's list tells."""
    return one.look == spec.names and spec.title.strip() in ("", one.title.strip())


def _entry(spec: Spec, one: Live, wanted: Wanted) -> Entry:
    keywords = tuple(
        LockedKeyword(keyword.name, keyword.keyword_id).shown(slot)
        for keyword, slot in zip(spec.keywords, one.slots or (), strict=True)
    )
    title = spec.title or one.title
    return Entry(one.template_id, spec.id, title, keywords, wanted.protect, wanted.scene)


def _differences(old: Entry, new: Entry) -> tuple[str, ...]:
    """Which recorded details differ: "key, title". With a list that shows it at last, key and title come."""
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


def _describe(title: str, names: Sequence[str] | None) -> str:
    return f"{title} [{', '.join(names or ())}]"
