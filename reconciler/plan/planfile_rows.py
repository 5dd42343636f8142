"""Actions, refusals and warnings as rows of the document (contract, "plan --format json"). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, assert_never

from ..core.messages import words
from ..core.model import Caveat, Desired, Entry, Place, Spec, bare
from ..core.text import duration
from ..desired.yaml_nodes import spot
from .actions import Action, Add, Adopt, Delete, Forget, Rename, Retire, Successor, Update
from .guards import Refusal

Row = dict[str, Any]


def of_actions(actions: Iterable[Action], desired: Desired, file: str) -> list[Row]:
    """Make a row an action, with where YAML has what it is about; null where YAML says nothing of it any
    more."""
    names = {one.name: one.place for one in desired.templates}
    ids = {one.template_id: one.place for one in desired.unwanted}
    places = (
        names.get(one.name) if one.name is not None else ids.get(one.template_id or "") for one in actions
    )
    return [
        {**_of_action(one, desired), "where": where(file, place)}
        for one, place in zip(actions, places, strict=True)
    ]


def of_refusals(refused: Iterable[Refusal], file: str) -> list[Row]:
    """Make a row a refusal."""
    return [
        {
            "guard": one.guard,
            "message": one.message,
            "lift": words(one.lift),
            "where": where(file, one.place),
        }
        for one in refused
    ]


def of_warnings(caveats: Iterable[Caveat], file: str) -> list[Row]:
    """Make a row a warning."""
    return [
        {"code": one.code, "message": one.message, "name": one.name, "where": where(file, one.place)}
        for one in caveats
    ]


def where(file: str, place: Place | None) -> str | None:
    """The place in YAML, as text: `templates.yaml:17:3`; None where there is none."""
    return None if place is None else spot(file, place)


def _of_action(action: Action, desired: Desired) -> Row:
    row: Row = {"action": action.kind, "reason": action.reason, "name": action.name}
    match action:
        case Add():
            return row | _content(action.spec, action.scene) | _replaced(action)
        case Adopt():
            return row | _taken(action) | _replaced(action)
        case Rename():
            origin = {} if action.origin is None else {"from": action.origin}
            return row | _taken(action) | origin | _replaced(action)
        case Update():
            return row | _updated(action, desired)
        case Retire():
            # Not until when: that depends on when apply runs, and the same inputs give the same bytes.
            kept_for = None if desired.prune == "none" else duration(desired.retire_after)
            return row | _lost(action.entry) | {"kept_for": kept_for}
        case Delete() | Forget():
            return row | _lost(action.entry)
        case _:
            assert_never(action)


def _content(of: Spec | Entry, scene: str | None) -> Row:
    keywords = [{"name": bare(one.name), "keyword_id": one.keyword_id} for one in of.keywords]
    scenes = {} if scene is None else {"scene": scene}
    return {"id": of.id, "title": of.title, "keywords": keywords, **scenes}


def _taken(action: Adopt | Rename) -> Row:
    return _content(action.entry, action.entry.scene) | {"template_id": action.template_id}


def _replaced(action: Successor) -> Row:
    return {} if action.replaces is None else {"replaces": action.replaces}


def _lost(entry: Entry) -> Row:
    keywords = [{"name": name} for name in entry.names]
    return {"template_id": entry.template_id, "title": entry.title, "keywords": keywords}


def _updated(action: Update, desired: Desired) -> Row:
    """The fields of an update; one of `protect` says whether it puts protection on or takes it off."""
    about = {"template_id": None} if action.entry is None else _lost(action.entry)
    if "protect" not in action.details:
        return about
    account = desired.account is not None and desired.account.protect
    return about | {"protect": account if action.entry is None else action.entry.protect}
