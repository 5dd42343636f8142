"""A plan and its actions, each kind with just its fields. Values, frozen.

Whoever tells kinds apart matches and ends in `assert_never`: mypy then finds a kind that is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar, overload

from msgspec import Struct, field

from ..core.model import Caveat, Entry, Live, LockedKeyword, Retired, Spec


class Add(Struct, frozen=True):
    """Make a template from a title of the library, and give it to a name.

    `reason` is new, missing (`replaces` is the id that is gone) or replaced (`replaces` is the living one
    that loses the name). `scene` is what YAML says it is used for, None where it says nothing.
    """

    kind: ClassVar = "add"
    template_id: ClassVar[None] = None
    name: str
    reason: str
    spec: Spec
    protect: bool = False
    scene: str | None = None
    replaces: str | None = None

    @property
    def ousts(self) -> str | None:
        """The id of the living template that loses its name to this one."""
        return _ousts(self)

    def entry(self, template_id: str) -> Entry:
        """The lock's entry for the template once it has this id."""
        keywords = tuple(LockedKeyword(one.name, one.keyword_id) for one in self.spec.keywords)
        return Entry(template_id, self.spec.id, self.spec.title, keywords, self.protect, self.scene)


class _Recorded(Struct, frozen=True):
    """An action on a template whose id is known. `name` is None for what never had one."""

    name: str | None
    reason: str
    entry: Entry
    """what the lock says of the template, or will say"""

    @property
    def template_id(self) -> str:
        """The template's id."""
        return self.entry.template_id


class Adopt(_Recorded, frozen=True):
    """Record a template that lives and that nobody owns under a name. Reasons as of `Add`."""

    kind: ClassVar = "adopt"
    name: str
    replaces: str | None = None

    @property
    def ousts(self) -> str | None:
        """The id of the living template that loses its name to this one."""
        return _ousts(self)


class Rename(_Recorded, frozen=True):
    """Give a name the template that another name had, or that was retired. Reasons as of `Add`."""

    kind: ClassVar = "rename"
    name: str
    replaces: str | None = None
    origin: str | None = None
    """the name that had it; None for what never had one"""
    was_retired: bool = False
    """it is taken back from `retired`"""

    @property
    def ousts(self) -> str | None:
        """The id of the living template that loses its name to this one."""
        return _ousts(self)


class Update(Struct, frozen=True):
    """Record a detail that is out of date: of a template, or, with `entry` None, of the account."""

    kind: ClassVar = "update"
    name: str | None
    details: tuple[str, ...]
    entry: Entry | None = None

    @property
    def reason(self) -> str:
        """The details, as they are told: "key, title"."""
        return ", ".join(self.details)

    @property
    def template_id(self) -> str | None:
        """The template's id; None where it is about the account."""
        return None if self.entry is None else self.entry.template_id


class Retire(_Recorded, frozen=True):
    """Put a template under `retired`, to be deleted when it is due. Reasons: replaced, removed, unmanaged."""

    kind: ClassVar = "retire"


class Delete(_Recorded, frozen=True):
    """Delete a template. Reasons: replaced, removed, unmanaged, unwanted."""

    kind: ClassVar = "delete"
    since: str | None = None
    """when an earlier plan has retired it (UTC, RFC 3339), which is due now; None for what had its name"""

    @property
    def was_retired(self) -> bool:
        """Whether an earlier plan has retired it."""
        return self.since is not None


class Forget(_Recorded, frozen=True):
    """Take a row out of the lock, and leave the account alone. Reasons: gone, mismatch, duplicate."""

    kind: ClassVar = "forget"


Action = Add | Adopt | Rename | Update | Retire | Delete | Forget
LockOnly = Adopt | Rename | Update | Retire | Forget
"""Actions that make no call"""
Successor = Add | Adopt | Rename
"""Actions that give a name another template"""

KINDS = ("add", "delete", "adopt", "rename", "update", "retire", "forget")
"""In the order in which they are counted"""


def _ousts(action: Successor) -> str | None:
    return action.replaces if action.reason == "replaced" else None


def order(action: Action) -> tuple[int, bool, str, str]:
    """The sort key of actions: adds, lock-only ones, deletes; each by name (none first), then id."""
    group = 0 if isinstance(action, Add) else 2 if isinstance(action, Delete) else 1
    return group, action.name is not None, action.name or "", action.template_id or ""


class Done(Struct, frozen=True):
    """An action that was carried out."""

    action: str
    name: str | None
    template_id: str | None


A = TypeVar("A", bound=Action)
B = TypeVar("B", bound=Action)
C = TypeVar("C", bound=Action)


class Plan(Struct, frozen=True):
    """What apply would do, and what it rests on."""

    actions: tuple[Action, ...]
    kept: Mapping[str, Entry]
    """name -> the entry as it will stand in the lock"""
    unmanaged: tuple[Live, ...]
    waiting: tuple[Retired, ...]
    """retired and not yet due, as they will stand in the lock"""
    due: frozenset[str]
    """ids of what is retired and due, whether it still lives or an interrupted apply has deleted it"""
    warnings: tuple[Caveat, ...]
    mismatched: tuple[str, ...]
    """names on which YAML and lock agree, but whose live content says something else and can't be healed"""
    appid: str | None
    ambiguous: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """name -> titles of live templates that it could adopt; nobody knows which of them is its own"""
    account: str | None = None
    """the account's name and its protection, as they will stand in the lock"""
    protect: bool = False
    unseen: frozenset[str] = frozenset()
    """ids of the lock that no list of the account has ever shown"""
    aside: Mapping[str, Entry] = field(default_factory=dict)
    """name -> an entry that is left as it is, although the account says something else"""
    due_only: bool = False
    """nothing is decided about but what is retired and due"""

    @overload
    def of(self, kind: type[A], /) -> tuple[A, ...]: ...
    @overload
    def of(self, kind: type[A], other: type[B], /) -> tuple[A | B, ...]: ...
    @overload
    def of(self, kind: type[A], other: type[B], third: type[C], /) -> tuple[A | B | C, ...]: ...
    def of(self, *kinds: type[Any]) -> tuple[Any, ...]:
        """The actions of these kinds, in order."""
        return tuple(action for action in self.actions if isinstance(action, kinds))

    @property
    def losses(self) -> tuple[Delete | Retire, ...]:
        """Deletes and retires, in order, without the deletes of what an earlier plan has retired."""
        going = self.of(Delete, Retire)
        return tuple(one for one in going if isinstance(one, Retire) or not one.was_retired)

    @property
    def lock_only(self) -> tuple[LockOnly, ...]:
        """The actions that make no call, in order."""
        return tuple(action for action in self.actions if not isinstance(action, Add | Delete))
