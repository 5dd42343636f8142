"""What a decision is made from, and what follows: computed once, for `questions` and for `decide`. Frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from ..core.model import Desired, Entry, Live, Lock, Retired, Spec, Title, Wanted, alike

Catalogue = Mapping[str, Title | None]
"""What the library has answered, by id; None where it does not know the id."""


class Orders(Struct, frozen=True):
    """Options of a run that change its plan."""

    max_deletes: int | None = None
    """in place of the file's"""
    add_again: frozenset[str] = frozenset()
    """names whose templates no list has ever shown, and are not waited for any longer"""
    due_only: bool = False
    """delete what is retired and due, and nothing else"""


class Questions(Struct, frozen=True):
    """What only the library can answer."""

    titles: frozenset[str]
    """ids to look up"""
    names: frozenset[str]
    """templates that must be resolved: to be added or adopted, or YAML says more of them than the lock"""
    own: Mapping[str, str]
    """of the latter: the titles that their templates have on the account"""


class State(Enum):
    """What the account says of a row of the lock."""

    ALIVE = "alive"
    UNSEEN = "unseen"
    """not listed, and no list has ever shown it: an add was answered, and lists lag; it counts as living"""
    DOUBTFUL = "doubtful"
    """listed with another title: the library's new one, or another template's; until the library was asked it
    counts as living"""
    GONE = "gone"
    OTHER = "other"
    """listed with another title or other keywords: the row counts as not locked"""


class Held(Struct, frozen=True):
    """A row of the lock, with what the account says of it: `live`, None where its id is not listed."""

    name: str | None
    entry: Entry
    state: State
    live: Live | None

    @property
    def template_id(self) -> str:
        """The template's id."""
        return self.entry.template_id

    @property
    def lives(self) -> bool:
        """Whether its template lives on the account, as far as anybody knows."""
        return self.state not in (State.GONE, State.OTHER)

    @property
    def seen(self) -> Entry:
        """The entry with the account's title, not the library's: by it a later plan knows the template again.

        Content that can't be read changes nothing that is known.
        """
        if self.live is None:
            return self.entry
        unreadable = self.live.slots is None and bool(self.entry.title.strip())
        return replace(self.entry, listed=True, title=self.entry.title if unreadable else self.live.title)


class Pending(Held, frozen=True):
    """A row under `retired`, with what the account says of it."""

    row: Retired


class Facts(Struct, frozen=True):
    """What is desired, locked and alive, what the library has answered, and what follows from these.

    `by_id` has the first listed of each id. `wanted` and `named` are by name, in the order of the names;
    `retired` is in the lock's order. `unwanted` are the ids of `desired.unwanted`.
    """

    desired: Desired
    lock: Lock
    live: tuple[Live, ...]
    catalogue: Catalogue
    orders: Orders
    by_id: Mapping[str, Live]
    wanted: Mapping[str, Wanted]
    unwanted: frozenset[str]
    named: Mapping[str, Held]
    retired: tuple[Pending, ...]

    @classmethod
    def of(
        cls,
        desired: Desired,
        lock: Lock,
        live: Sequence[Live] | None,
        catalogue: Catalogue,
        orders: Orders = Orders(),
    ) -> Facts:
        """Gather the facts of an account. With `live` None it was not listed yet, and all of the lock counts
        as alive."""
        wanted = {one.name: one for one in sorted(desired.templates, key=lambda one: one.name)}
        by_id = {one.template_id: one for one in reversed(live or ())}

        def said(entry: Entry, wish: Wanted | None = None) -> tuple[State, Live | None]:
            one = by_id.get(entry.template_id)
            return State.ALIVE if live is None else _state(entry, one, wish, catalogue, orders), one

        named = {
            name: Held(name, entry, *said(entry, wanted.get(name)))
            for name, entry in sorted(lock.templates.items())
        }
        retired = tuple(Pending(row.name, row.entry, *said(row.entry), row) for row in lock.retired)
        unwanted = frozenset(one.template_id for one in desired.unwanted)
        listed = tuple(live or ())
        return cls(desired, lock, listed, catalogue, orders, by_id, wanted, unwanted, named, retired)

    @property
    def rows(self) -> tuple[Held, ...]:
        """All rows of the lock: those of names, by name, then what is retired."""
        return (*self.named.values(), *self.retired)

    @property
    def doubtful(self) -> frozenset[str]:
        """Library ids whose title tells whether a row of the lock is what lives."""
        return frozenset(held.entry.id for held in self.rows if held.state is State.DOUBTFUL)

    @property
    def unseen(self) -> frozenset[str]:
        """Ids of the lock that no list of the account has ever shown."""
        return frozenset(held.template_id for held in self.rows if held.state is State.UNSEEN)

    @property
    def owned(self) -> frozenset[str]:
        """Ids that the lock holds and that are what it says."""
        return frozenset(held.template_id for held in self.rows if held.lives)

    @property
    def max_deletes(self) -> int:
        """The number of templates without a successor that may be deleted."""
        given = self.orders.max_deletes
        return self.desired.max_deletes if given is None else given

    @property
    def at_once(self) -> bool:
        """Whether what loses its name is deleted at once, and not retired first."""
        return self.desired.prune != "none" and not self.desired.retire_after

    def due(self, now: datetime) -> frozenset[str]:
        """Ids of what is retired and due, whether it still lives or an interrupted apply has deleted it."""
        return frozenset(held.template_id for held in self.retired if self.is_due(held, now))

    def is_due(self, held: Pending, now: datetime) -> bool:
        """Whether it has been retired for long enough.

        With `retire_after: 0d` always, whatever the clocks say; with `prune: none` never.
        """
        waited = now - datetime.fromisoformat(held.row.since)
        long_enough = waited >= timedelta(seconds=self.desired.retire_after)
        return self.at_once or (self.desired.prune != "none" and long_enough)


def _state(
    entry: Entry, one: Live | None, wanted: Wanted | None, catalogue: Catalogue, orders: Orders
) -> State:
    """Tell what a listed account says of a row of the lock; `wanted` is what YAML says of its name."""
    if one is None:
        # Where something else is wanted it is replaced, whatever was said of adding it again.
        again = wanted is not None and wanted.name in orders.add_again and same(wanted, entry)
        return State.GONE if entry.listed or again else State.UNSEEN
    if unreadable(entry, one):
        return State.ALIVE
    if one.look != entry.names:
        return State.OTHER
    if not entry.title.strip() or entry.title.strip() == one.title.strip():
        return State.ALIVE
    return _state_by_title(entry, one, wanted, catalogue)


def _state_by_title(entry: Entry, one: Live, wanted: Wanted | None, catalogue: Catalogue) -> State:
    """Tell it where the live title is not the recorded one: the library's new title, or another template's.

    If the library does not know the id, a wanted row is what lives: what it would be replaced by could not be
    added. Where a library tells no titles, YAML may.
    """
    if not entry.id:
        return State.OTHER
    if entry.id not in catalogue:
        return State.DOUBTFUL
    title = catalogue[entry.id]
    if title is None:
        return State.ALIVE if wanted is not None and same(wanted, entry) else State.OTHER
    known = wanted.title if title.title is None and wanted is not None else title.title
    return State.ALIVE if known is not None and known.strip() == one.title.strip() else State.OTHER


def unreadable(entry: Entry, one: Live) -> bool:
    """Whether a live template's content can't be read. No content at all is what one without keywords has."""
    return one.names is None and bool(entry.keywords or not one.empty)


def same(wanted: Wanted, entry: Entry) -> bool:
    """Whether id and keywords are the same. A keyword_id in YAML counts where both sides know one."""
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


def due(one: Retired, desired: Desired) -> datetime | None:
    """The moment when a row under `retired` will be deleted, in UTC; None for never.

    Never: with `prune: none`, and where the calendar ends before the wait does.
    """
    if desired.prune == "none":
        return None
    try:
        return (datetime.fromisoformat(one.since) + timedelta(seconds=desired.retire_after)).astimezone(UTC)
    except OverflowError:
        return None
