"""Random worlds: what is wanted, what is locked, and what lives."""

from __future__ import annotations

from hypothesis import assume
from hypothesis import strategies as st
from msgspec.structs import replace

from reconciler.core.errors import InputError
from reconciler.core.model import (
    Desired,
    Entry,
    KeywordRef,
    Live,
    Lock,
    LockedKeyword,
    Wanted,
)
from reconciler.plan.decision import Decision

from ..tools import LIBRARY, SPOKEN, desired, entry, live, lock, retired
from .accounts import Account, planned

NAMES = st.sampled_from("abcd")
COMBINATIONS = st.tuples(st.sampled_from(["AT1", "AT2"]), st.sampled_from(["甲", "乙", "甲乙", "乙甲"]))
IDS = st.sampled_from(["I1", "I2", "I3", "I4"])

OLD_TITLE = "旧的通知"
"""What the library called a title before it was renamed; accounts may show either, and locks know either."""


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """An entry of a lock: perhaps of before the title was renamed, perhaps written by hand."""
    made = entry(draw(IDS), *draw(COMBINATIONS))
    title = draw(st.sampled_from([made.title, made.title, OLD_TITLE, ""]))
    keywords = made.keywords if draw(st.booleans()) else tuple(LockedKeyword(k.name) for k in made.keywords)
    return replace(made, title=title, keywords=keywords)


@st.composite
def wishes(draw: st.DrawFn) -> tuple[Wanted, ...]:
    """Templates without twins, some with their title and with keyword_ids."""
    found = draw(st.dictionaries(NAMES, COMBINATIONS, max_size=4))
    unique = {combination: name for name, combination in found.items()}
    ids = {title.id: {k.name: k.keyword_id for k in title.keywords or ()} for title in LIBRARY.values()}
    if SPOKEN[-1] == "official":
        ids = {id_: dict.fromkeys(names) for id_, names in ids.items()}
    return tuple(
        Wanted(
            name,
            id_,
            tuple(KeywordRef(one, draw(st.sampled_from([None, None, ids[id_][one]]))) for one in names),
            title=draw(st.sampled_from([None, LIBRARY[id_].title])),
        )
        for (id_, names), name in unique.items()
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Desired, Lock, list[Live]]:
    """Any wish, lock and account: honest ones, badly merged ones, edited in the console."""
    policy = draw(st.sampled_from(["owned", "all", "none"]))
    locked = {name: draw(entries()) for name in sorted(draw(st.sets(NAMES)))}
    since = st.sampled_from(["2026-11-16T10:00:00Z", "2026-11-20T10:00:00Z"])  # of 7d one is due, and one not
    old = [retired(draw(NAMES), draw(entries()), since=draw(since)) for _ in range(draw(st.integers(0, 2)))]
    account = [
        replace(
            live(one, combination[0], draw(st.sampled_from([combination[1], combination[1], None]))),
            title=draw(st.sampled_from([LIBRARY[combination[0]].title or ""] * 2 + [OLD_TITLE])),
        )
        for one in sorted(draw(st.sets(IDS)))
        for combination in [draw(COMBINATIONS)]
    ]
    wait = draw(st.sampled_from([0, 7 * 86400]))
    # More than a world has: what a cut run has let go falls due in portions, and takes one run more.
    wish = desired(*draw(wishes()), prune=policy, retire_after=wait, max_deletes=9)
    return wish, replace(lock(), templates=locked, retired=tuple(old)), account


def planned_at_first(wish: Desired, locked: Lock, account: Account) -> Decision:
    """The plan; a world where YAML's title is not that of lock and account, or where nobody knows which of
    two it is, is refused, and none to be looked at here."""
    try:
        return planned(wish, locked, account)
    except InputError:
        assume(SPOKEN[-1] == "wxopen")
        raise
