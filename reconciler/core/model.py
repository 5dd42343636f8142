"""The nouns: what is desired, what the library offers, what lives, what is locked. Values, frozen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from .invisible import plain
from .messages import Said, words
from .values import Placed


@lru_cache(maxsize=4096)  # the accounts of a fleet have the same names, and each is compared many times
def bare(name: str) -> str:
    """A keyword's name as names are compared: no surrounding blanks, and not one trailing colon.

    >>> bare(" 购买地点： ")
    '购买地点'
    """
    name = name.strip()
    return name[:-1].strip() if name.endswith((":", "：")) else name


@lru_cache(maxsize=4096)
def alike(name: str) -> str:
    """A keyword's name as one of YAML is held against the library's: what can't be seen can't be written.

    >>> alike("购买\\ufe0f\\u00a0地点：\\u3164") == alike("购买 地点")
    True
    """
    return bare(plain(name))


class Place(Struct, frozen=True):
    """Where something stands in a file: line and column, both from 1, the column in characters.

    `file` is named where it is another one than whoever asks is about: an accounts file.
    """

    line: int
    column: int
    file: str | None = None


# ------------------------------------------------------------------ desired: what templates.yaml says


class KeywordRef(Placed, frozen=True):
    """A keyword as YAML names it; `keyword_id` only where the name alone would be ambiguous."""

    name: str
    keyword_id: int | None = None
    place: Place | None = None


class Wanted(Placed, frozen=True):
    """One entry of `templates:`."""

    name: str
    id: str
    keywords: tuple[KeywordRef, ...]
    title: str | None = None
    protect: bool = False
    scene: str | None = None
    """what the template is used for; only some dialects have it, and none of them gives it back"""
    place: Place | None = None
    id_place: Place | None = None
    title_place: Place | None = None


class Account(Placed, frozen=True):
    """One entry of `accounts:`. `templates` are the names that it should have; None for all."""

    name: str
    appid: str
    protect: bool = False
    templates: tuple[str, ...] | None = None
    place: Place | None = None


class Group(Placed, frozen=True):
    """One entry of `groups:`: names of templates that an app asks its user for in one call."""

    name: str
    templates: tuple[str, ...]
    place: Place | None = None


class Unwanted(Placed, frozen=True):
    """One entry of `unwanted:`: a template that nobody owns and that is to be deleted."""

    template_id: str
    place: Place | None = None


class Desired(Struct, frozen=True):
    """templates.yaml, read. `templates` is in the file's order; `retire_after` in seconds."""

    templates: tuple[Wanted, ...]
    dialect: str = "wxopen"
    prune: str = "owned"
    max_deletes: int = 3
    retire_after: int = 0
    accounts: tuple[Account, ...] | None = None
    """None where the file is about one account, whichever the credentials are for"""
    accounts_file: str | None = None
    """where more accounts stand, beside the file"""
    groups: tuple[Group, ...] = ()
    """which templates are asked for together: nothing but lint looks at it"""
    unwanted: tuple[Unwanted, ...] = ()
    """what is to be deleted although no lock owns it, in the file's order, each once"""
    account: Account | None = None
    """whose wishes these are, if they are one's"""

    def of(self, account: Account) -> Desired:
        """What one account should have."""
        templates = self.templates
        if account.templates is not None:
            names = frozenset(account.templates)
            templates = tuple(one for one in templates if one.name in names)
        return replace(self, templates=templates, accounts=None, accounts_file=None, account=account)


class ProposedKeyword(Placed, frozen=True):
    """A keyword of a title that WeChat is to have, with what it may hold."""

    name: str
    example: str
    place: Place | None = None
    example_place: Place | None = None


class Proposal(Placed, frozen=True):
    """A title that a team hands in for the library. `scene` describes the service, for the reviewers."""

    title: str
    keywords: tuple[ProposedKeyword, ...]
    scene: str | None = None
    place: Place | None = None
    title_place: Place | None = None


# ------------------------------------------------------------------ the library: WeChat's catalogue


class LibraryKeyword(Struct, frozen=True):
    """A keyword of a title. `example` is the library's own; no id where the dialect has none.

    `rule` is what its values must be like, where the dialect tells (wechat-api.md §2).
    """

    keyword_id: int | None
    name: str
    example: str = ""
    rule: str | None = None


class Title(Struct, frozen=True):
    """A title of the library, as far as a look-up tells (wechat-api.md §1 to §3).

    `title` is None where only the account's list tells it, `keywords` None where nothing tells them.
    `type` is 2 for one message a consent and 3 for many, where the dialect has them (wechat-api.md §2).
    """

    id: str
    title: str | None
    keywords: tuple[LibraryKeyword, ...] | None
    type: int | None = None


class Library(Struct, frozen=True):
    """Titles of one dialect's library, in its order. `pulled` is when, UTC, RFC 3339."""

    dialect: str
    titles: tuple[Title, ...]
    pulled: str


class Spec(Struct, frozen=True):
    """What an add sends: a title and its chosen keywords, looked up, in order.

    `title` is empty where nobody knows it before the add: what is `recorded` of older ones may have changed.
    `scene` is what the template is used for, or its name for want of better.
    """

    id: str
    title: str
    keywords: tuple[LibraryKeyword, ...]
    scene: str = ""
    recorded: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The keywords' names, as they are compared."""
        return tuple(bare(keyword.name) for keyword in self.keywords)


# ------------------------------------------------------------------ live: what is on the account


class Slot(Struct, frozen=True):
    """One keyword of a live template: its name and what a sender calls it in `data`.

    `rule`, `limit` (characters) and `values` (of an enumeration) as in the lock.
    """

    name: str
    key: str
    rule: str | None = None
    limit: int | None = None
    values: tuple[str, ...] | None = None


class Live(Struct, frozen=True):
    """A template on the account. `slots` is None where its content can't be read."""

    template_id: str
    title: str
    slots: tuple[Slot, ...] | None
    empty: bool = False
    """there is no content at all: it lags, or its title is one of fixed content (wechat-api.md §7)"""

    @property
    def names(self) -> tuple[str, ...] | None:
        """The keywords' names, as they are compared; None where the content can't be read."""
        return None if self.slots is None else tuple(bare(slot.name) for slot in self.slots)

    @property
    def look(self) -> tuple[str, ...] | None:
        """The keywords' names as those of what it may be: none, where there is no content at all."""
        return () if self.empty else self.names


# ------------------------------------------------------------------ a message through a template


class Value(Placed, frozen=True):
    """What stands in one place of a message. `color` is #RRGGBB; `where` it was written, if in a file."""

    text: str
    color: str | None = None
    where: str | None = None


class Message(Struct, frozen=True):
    """A message to one user. `data` and `emphasis` are by key, as senders call the keywords.

    `extras` are the other fields that its dialect takes: page, form_id, state, lang, url, miniprogram.
    """

    to: str
    template_id: str
    data: Mapping[str, Value]
    emphasis: str | None = None
    extras: Mapping[str, str] = field(default_factory=dict)


def timestamp(moment: datetime) -> str:
    """A moment as the lock writes it: UTC, RFC 3339, whole seconds, four digits of a year."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


# ------------------------------------------------------------------ the lock: what the last apply recorded


class LockedKeyword(Struct, frozen=True, forbid_unknown_fields=True):
    """A keyword in the lock. `key` is what stands before `.DATA` in the live content.

    `rule`, `limit` (characters) and `values` (of an enumeration) are what its values must be like, where the
    dialect tells (wechat-api.md §2), so that apps can check and cut.
    """

    name: str
    keyword_id: int | None = None
    key: str | None = None
    rule: str | None = None
    limit: Annotated[int, Meta(ge=1)] | None = None
    values: tuple[str, ...] | None = None

    def shown(self, slot: Slot) -> LockedKeyword:
        """The keyword with what the account shows of it; a rule that it does not tell stays as it was."""
        if slot.rule is None:
            return replace(self, key=slot.key)
        return replace(self, key=slot.key, rule=slot.rule, limit=slot.limit, values=slot.values)


class Entry(Struct, frozen=True):
    """One template in the lock. `listed`: a list of the account has shown its id."""

    template_id: str
    id: str
    title: str
    keywords: tuple[LockedKeyword, ...]
    protect: bool = False
    scene: str | None = None
    listed: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The keywords' names, as they are compared."""
        return tuple(bare(keyword.name) for keyword in self.keywords)


class Retired(Struct, frozen=True):
    """A template without a name, whose delete is pending. `since` is UTC, RFC 3339.

    `name` is the one that it had; None where it never had one.
    """

    name: str | None
    entry: Entry
    reason: str
    since: str


class Lock(Struct, frozen=True):
    """templates.lock.json, read. `appid` is None where only a token was ever known.

    `account` is the name of the account in `accounts:`, None where there is one alone or an older lock did
    not say; `protect` is the account's.
    """

    dialect: str = "wxopen"
    appid: str | None = None
    templates: dict[str, Entry] = field(default_factory=dict)
    retired: tuple[Retired, ...] = ()
    account: str | None = None
    protect: bool = False


# ------------------------------------------------------------------ what a plan says beside its actions


class Caveat(Placed, frozen=True):
    """A warning: something to know of a plan, and no reason to refuse it.

    `code` is for programs; `name` is the template's that it is about, `place` where YAML names it.
    """

    code: str
    text: Said
    name: str | None = None
    place: Place | None = None

    @property
    def message(self) -> str:
        """What to know, in words."""
        return words(self.text)
