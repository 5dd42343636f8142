"""What was reviewed, held against what is computed anew: the guard `stale`. Pure.

A plan file is compared and never obeyed (contract, "Guards"). All that is done is computed anew, and it was
reviewed if each action

- stands in the file, or
- changes nothing but the lock's knowledge: an `adopt` of a name that the file adds or adopts, a `forget`, an
  `update` other than of `protect`, or
- deletes a row that the file lists as retired,

and if each action of the file that is missing has had its outcome. So a run that was cut off, or done, can be
run again with its plan file, and a change elsewhere is a note.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from ..core.messages import Text, some
from ..core.model import Entry, bare
from ..core.text import short
from .actions import Adopt, Forget, Rename
from .decision import Decision
from .guards import Refusal

MOST = 10
"""So many differences are told, and the rest are counted"""
_INPUTS = (("YAML", "yaml"), ("lock", "lock"), ("account", "account"))

Row = Mapping[str, Any]


class Reviewed:
    """A plan file, by account."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.names = tuple(row["account"] for row in document["accounts"])
        self._rows: dict[str | None, Row] = {
            row["account"]: row for row in document["accounts"] if row["digest"] is not None
        }

    def of(self, name: str | None) -> Row | None:
        """The plan of an account; None also where it failed, or was not begun, when the file was made."""
        return self._rows.get(name)

    def added(self, name: str | None) -> frozenset[str]:
        """The names that the plan of an account adds: what a run that was cut off may have added."""
        row = self.of(name)
        rows = [] if row is None else row["actions"]
        return frozenset(one["name"] for one in rows if one["action"] == "add" and one["name"] is not None)


def stale(reviewed: Reviewed, decision: Decision) -> tuple[Refusal, ...]:
    """Refuse a plan that is not what was reviewed, with each difference."""
    name = _name(decision)
    old = reviewed.of(name)
    if old is None:
        return _refused([_lacking(reviewed, name)])
    head = {"appid": decision.plan.appid, "dialect": decision.desired.dialect}
    facts = [
        Text("plan.head-differs", field=key, was=short(old[key]), now=short(now))
        for key, now in head.items()
        if old[key] is not None and now is not None and old[key] != now
    ]
    unknown, missing = _not_reviewed(old, decision), _not_done(old, decision)
    both = {_subject(row) for row in unknown} & {_subject(row) for row in missing}
    fresh = [row for row in unknown if _subject(row) not in both]
    facts += [Text("plan.reviewed-otherwise", row=_subject(row)) for row in unknown if row not in fresh]
    facts += [Text("plan.not-reviewed", row=_subject(row)) for row in fresh]
    facts += [Text("plan.not-done", row=_subject(row)) for row in missing if _subject(row) not in both]
    return _refused(facts)


def changed(reviewed: Reviewed, decision: Decision) -> tuple[str, ...]:
    """What else has changed since the plan was made: "YAML", "lock", "account". No reason to refuse."""
    old = reviewed.of(_name(decision))
    if old is None:
        return ()
    return tuple(name for name, key in _INPUTS if old["inputs"][key] != decision.inputs[key])


def is_done(reviewed: Reviewed, decision: Decision) -> bool:
    """Whether the plan of this account had something to do, and nothing of it is left."""
    old = reviewed.of(_name(decision))
    return old is not None and bool(old["actions"]) and not decision.plan.actions and not decision.refused


def _name(decision: Decision) -> str | None:
    return None if decision.desired.account is None else decision.desired.account.name


def _lacking(reviewed: Reviewed, name: str | None) -> Text:
    """The words for why the file has no plan of this account."""
    if name in reviewed.names:
        return Text("plan.account-not-planned", account=name or Text("plan.account"))
    planned = some(
        [Text("plan.account-unnamed") if one is None else short(one) for one in reviewed.names], MOST
    )
    return Text("plan.other-accounts", planned=planned, account=name or Text("plan.account-unnamed"))


def _refused(facts: Sequence[Text]) -> tuple[Refusal, ...]:
    if not facts:
        return ()
    return (Refusal("stale", Text("plan.stale", facts=_chain(facts)), Text("plan.stale-lift")),)


def _chain(facts: Sequence[Text]) -> Text:
    """Join facts, one or more: "this; that; and 3 more"."""
    more = [Text("core.more", count=len(facts) - MOST)] if len(facts) > MOST else []
    *before, said = [*facts[:MOST], *more]
    for fact in reversed(before):
        said = Text("plan.then", first=fact, rest=said)
    return said


def _subject(row: Row) -> str:
    """A row's action, name and template_id, as a person would say them."""
    return " ".join(short(part) for part in (row["action"], row["name"], row.get("template_id")) if part)


def _what(row: Row) -> Hashable:
    """All that is compared of a row. Of an update of `protect` also whether it is put on or taken off."""
    keywords = tuple((one["name"], one.get("keyword_id")) for one in row.get("keywords", ()))
    says = (row["action"], row["name"], row.get("template_id"), row.get("id"), keywords, row.get("scene"))
    return (*says, row.get("protect")) if _of_protection(row) else says


def _of_protection(row: Row) -> bool:
    return row["action"] == "update" and "protect" in row["reason"].split(", ")


# ---------------------------------------------------------------- what is to be done, and was not reviewed


def _not_reviewed(old: Row, decision: Decision) -> list[Row]:
    """Actions that do not stand in the file, and are not of the kinds that need not."""
    left = Counter(_what(row) for row in old["actions"])
    left.subtract(map(_what, decision.actions))
    named = {row["name"] for row in old["actions"] if row["action"] in ("add", "adopt")}
    return [
        row for row in decision.actions if left[_what(row)] < 0 and not _harmless(row, old, named, decision)
    ]


def _harmless(row: Row, old: Row, named: set[str | None], decision: Decision) -> bool:
    """Whether an action may be done without standing in the file."""
    if row["action"] == "adopt":
        return row["name"] in named
    if row["action"] == "delete":
        waiting = {one["template_id"] for one in old.get("retired", ())}
        retired = {one.entry.template_id for one in decision.lock.retired}
        return row["template_id"] in waiting & retired
    return row["action"] == "forget" or (row["action"] == "update" and not _of_protection(row))


# ---------------------------------------------------------------- what was reviewed, and is not to be done


def _not_done(old: Row, decision: Decision) -> list[Row]:
    """Actions of the file that are not to be done, and have not had their outcome."""
    there = set(map(_what, decision.actions))
    outcomes = _Outcomes(decision)
    return [row for row in old["actions"] if _what(row) not in there and not outcomes.had(row)]


class _Outcomes:
    """Outcomes of actions that were done before, as account and lock tell them."""

    def __init__(self, decision: Decision) -> None:
        plan, self._lock = decision.plan, decision.lock
        self._listed = {one.template_id for one in decision.live}
        self._retired = {one.entry.template_id for one in self._lock.retired}
        self._now: dict[str | None, Entry] = {
            name: self._lock.templates[name] for name in plan.kept if name in self._lock.templates
        }
        """what each name has, with what this plan takes up"""
        for action in plan.of(Adopt, Rename):
            self._now[action.name] = action.entry
        forgotten = {action.template_id for action in plan.of(Forget)}
        self._held = {entry.template_id for entry in self._now.values()} | (self._retired - forgotten)
        """what is locked when this plan is done; what is gone and has a name is added anew"""

    def had(self, row: Row) -> bool:
        """Whether an action of the file has had its outcome."""
        id_ = row.get("template_id")
        match row["action"]:
            case "add":
                return self._was_added(row)
            case "delete":
                return self._is_gone(id_)
            case "forget":  # what was not gone lives on, as another name's or as another template
                return row["reason"] != "gone" or self._is_gone(id_)
            case "retire":
                return id_ in self._retired or id_ not in self._listed
            case "update":
                return self._was_updated(row)
            case _:  # adopt, rename
                return row["name"] in self._lock.templates and self._has(row["name"], id_)

    def _is_gone(self, id_: str | None) -> bool:
        return id_ not in self._listed and id_ not in self._held

    def _has(self, name: str | None, id_: str | None) -> bool:
        entry = self._lock.templates.get(name or "")
        return entry is not None and entry.template_id == id_

    def _was_added(self, row: Row) -> bool:
        """Whether its name has a live template so made (or one that no list has shown yet)."""
        entry = self._now.get(row["name"])
        return (
            entry is not None
            and (entry.template_id in self._listed or not entry.listed)
            and _made(row, entry)
        )

    def _was_updated(self, row: Row) -> bool:
        id_, protect = row.get("template_id"), row.get("protect")
        if id_ is None:
            return protect == self._lock.protect if _of_protection(row) else self._lock.appid is not None
        entry = self._lock.templates.get(row["name"] or "")
        if entry is None or entry.template_id != id_:
            return id_ in self._retired or self._is_gone(id_)
        return protect in (None, entry.protect)


def _made(row: Row, entry: Entry) -> bool:
    """Whether a template is what an add makes; a keyword_id counts where both know one."""
    asked = row.get("keywords", ())
    return (
        row.get("id") == entry.id
        and row.get("scene") == entry.scene
        and [one["name"] for one in asked] == [bare(one.name) for one in entry.keywords]
        and all(
            None in (one.get("keyword_id"), keyword.keyword_id) or one["keyword_id"] == keyword.keyword_id
            for one, keyword in zip(asked, entry.keywords, strict=True)
        )
    )
