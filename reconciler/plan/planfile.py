"""A plan as the JSON document of the contract, and the digests that bind it to what was reviewed. Pure."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, assert_never

from ..core import json_file, schemas
from ..core.errors import Exit, InputError, Problem
from ..core.model import (
    Account,
    Caveat,
    Desired,
    Entry,
    Live,
    Lock,
    Place,
    Retired,
    Spec,
    bare,
    timestamp,
)
from ..core.text import duration, harmless
from ..desired.yaml_nodes import spot
from ..lock.file import lock_text
from .actions import (
    KINDS,
    Action,
    Add,
    Adopt,
    Delete,
    Done,
    Forget,
    Plan,
    Rename,
    Retire,
    Successor,
    Update,
)
from .facts import due
from .guards import Refusal

VERSION = 1
Outcome = Literal["unchanged", "pending", "refused", "applied", "failed", "interrupted", "skipped"]
"""What came of an account. `pending`: something is to be done; `interrupted`: the run ended before it had,
or had begun it; `skipped`: it is not to be worked on."""
COUNTED = (*KINDS, "keep", "unmanaged")


@dataclass(frozen=True)
class Decision:
    """A plan with what it rests on and what speaks against it. `file` is the YAML's, as it was named."""

    desired: Desired
    lock: Lock
    live: tuple[Live, ...]
    plan: Plan
    refused: tuple[Refusal, ...] = ()
    file: str = "templates.yaml"

    def refusing(self, *refusals: Refusal) -> Decision:
        """The same with more that speaks against it."""
        return replace(self, refused=(*refusals, *self.refused))


def of(decisions: Sequence[Decision]) -> dict[str, Any]:
    """The document that `plan --format json` prints (contract, "plan --format json")."""
    accounts = [account(decision) for decision in decisions]
    counts = sum((counted(row) for row in accounts), Counter[str]())
    return {**head(counts), "accounts": accounts, "errors": []}


def head(counts: Mapping[str, int]) -> dict[str, Any]:
    """What a document says of all its accounts together, from their counts."""
    return {
        "version": VERSION,
        "changes": any(counts.get(kind) for kind in KINDS),
        "summary": {kind: counts.get(kind, 0) for kind in COUNTED},
    }


def counted(row: Mapping[str, Any]) -> Counter[str]:
    """How many there are of each kind in one account's row."""
    counts = Counter(action["action"] for action in row["actions"])
    counts["keep"], counts["unmanaged"] = len(row["keep"]), len(row["unmanaged"])
    return counts


def dumps(document: Any) -> str:
    """The text of a document: the same document the same bytes, and harmless wherever it is shown."""
    return harmless(json.dumps(document, ensure_ascii=False, indent=2)) + "\n"


def loads(data: bytes, file: str) -> dict[str, Any]:
    """Read a plan file. Raises InputError."""
    hint = "write it with `reconciler plan --out FILE`"
    document = json_file.parse(data, file, code="bad plan", hint=hint)
    version = document.get("version") if isinstance(document, dict) else None
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        message = f"the plan is of version {version}; this reconciler knows {VERSION}"
        raise InputError(Problem("plan version", message, file, "install a newer reconciler"))
    if _is_of_first_edition(document):
        message = "it was made by an older reconciler: plan again"
        raise InputError(Problem("old plan", message, file, hint))
    schemas.check("plan", document, file, hint=hint)
    names = [row["account"] for row in document["accounts"]]
    if len(set(names)) < len(names):
        twin = Counter(names).most_common(1)[0][0]
        message = f"it has the account {twin or 'without a name'} twice: which of them was reviewed?"
        raise InputError(Problem("bad plan", message, file, hint))
    return dict(document)


def _is_of_first_edition(document: Any) -> bool:
    """Whether a plan lacks what each has had from the second edition on: what it says then means less."""
    rows = document.get("accounts") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        return False
    return "errors" not in document or any(isinstance(row, dict) and "outcome" not in row for row in rows)


def account(decision: Decision) -> dict[str, Any]:
    """One account's row of the document."""
    plan = decision.plan
    actions = [
        {
            **_action(action, decision.desired),
            "where": where(decision.file, _place(action, decision.desired)),
        }
        for action in plan.actions
    ]
    refused = [
        {
            "guard": one.guard,
            "message": one.message,
            "lift": one.lift,
            "where": where(decision.file, one.place),
        }
        for one in decision.refused
    ]
    return {
        "account": None if decision.desired.account is None else decision.desired.account.name,
        "appid": plan.appid,
        "dialect": decision.desired.dialect,
        "outcome": "refused" if decision.refused else "pending" if plan.actions else "unchanged",
        "digest": digest(actions, refused),
        "inputs": inputs(decision),
        "actions": actions,
        "keep": [
            {"name": name, "template_id": entry.template_id} for name, entry in sorted(plan.kept.items())
        ],
        "refused": refused,
        "retired": [_waiting(one, decision.desired) for one in plan.waiting],
        "unmanaged": [_unmanaged(one) for one in plan.unmanaged],
        "warnings": warnings(plan.warnings, decision.file),
    }


def unasked(account: Account | None, dialect: str, outcome: Outcome) -> dict[str, Any]:
    """The row of an account of which nothing is known: it failed before it was judged, or was not begun."""
    return {
        "account": None if account is None else account.name,
        "appid": None if account is None else account.appid,
        "dialect": dialect,
        "outcome": outcome,
        "digest": None,
        "inputs": {"yaml": None, "lock": None, "account": None},
        "actions": [],
        "keep": [],
        "refused": [],
        "retired": [],
        "unmanaged": [],
        "warnings": [],
    }


def ended(code: Exit) -> Outcome:
    """What came of an account whose apply has ended so."""
    ends: dict[Exit, Outcome] = {Exit.OK: "applied", Exit.INTERRUPTED: "interrupted", Exit.REFUSED: "refused"}
    return ends.get(code, "failed")


def done(deeds: Iterable[Done]) -> list[dict[str, Any]]:
    """What was done with an account as rows, in the plan's order."""
    return [{"action": one.action, "name": one.name, "template_id": one.template_id} for one in deeds]


def inputs(decision: Decision) -> dict[str, str]:
    """What an account's plan rests on: what each of it means, as a hash."""
    return {
        "yaml": _hash(_yaml_facts(decision.desired)),
        "lock": _hash(json.loads(lock_text(decision.lock))),
        "account": _hash([_live_facts(one) for one in sorted(decision.live, key=_look)]),
    }


def digest(actions: Sequence[Mapping[str, Any]], refused: Sequence[Mapping[str, Any]]) -> str:
    """What stands for an account's actions and refusals, from their rows: the same wherever they stand in a
    file, and whenever it is looked (contract, "plan --format json")."""
    rows = {"actions": actions, "refused": refused}
    told = {key: [{k: v for k, v in row.items() if k not in _UNTOLD} for row in rows[key]] for key in rows}
    return _hash(told)


_UNTOLD = {"where", "since", "until", "used"}
"""Fields of a row that its account's digest does not stand for"""


def warnings(caveats: Iterable[Caveat], file: str) -> list[dict[str, Any]]:
    """The warnings of an account as rows."""
    return [
        {"code": one.code, "message": one.message, "name": one.name, "where": where(file, one.place)}
        for one in caveats
    ]


def where(file: str, place: Place | None) -> str | None:
    """Where something stands in YAML: `templates.yaml:17:3`; None where it does not."""
    return None if place is None else spot(file, place)


def _place(action: Action, desired: Desired) -> Place | None:
    """Where YAML says what an action is about; None where YAML says nothing of it any more."""
    if action.name is None:
        ids = {one.template_id: one.place for one in desired.unwanted}
        return ids.get(action.template_id or "")
    return next((one.place for one in desired.templates if one.name == action.name), None)


def _action(action: Action, desired: Desired) -> dict[str, Any]:
    row = {"action": action.kind, "reason": action.reason, "name": action.name}
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


def _content(of: Spec | Entry, scene: str | None) -> dict[str, Any]:
    keywords = [{"name": bare(one.name), "keyword_id": one.keyword_id} for one in of.keywords]
    scenes = {} if scene is None else {"scene": scene}
    return {"id": of.id, "title": of.title, "keywords": keywords, **scenes}


def _taken(action: Adopt | Rename) -> dict[str, Any]:
    return _content(action.entry, action.entry.scene) | {"template_id": action.template_id}


def _replaced(action: Successor) -> dict[str, Any]:
    return {} if action.replaces is None else {"replaces": action.replaces}


def _lost(entry: Entry) -> dict[str, Any]:
    keywords = [{"name": name} for name in entry.names]
    return {"template_id": entry.template_id, "title": entry.title, "keywords": keywords}


def _updated(action: Update, desired: Desired) -> dict[str, Any]:
    """What an update is of; of one of `protect`, whether it puts it on or takes it off."""
    about = {"template_id": None} if action.entry is None else _lost(action.entry)
    if "protect" not in action.details:
        return about
    account = desired.account is not None and desired.account.protect
    return about | {"protect": account if action.entry is None else action.entry.protect}


def _waiting(one: Retired, desired: Desired) -> dict[str, Any]:
    """What the lock has under `retired` already, and when it will be deleted; null for never."""
    when = due(one, desired)
    return {
        "template_id": one.entry.template_id,
        "name": one.name,
        "reason": one.reason,
        "since": one.since,
        "until": None if when is None else timestamp(when),
    }


def _unmanaged(one: Live) -> dict[str, Any]:
    keywords = [{"name": name} for name in one.names or ()]
    return {"template_id": one.template_id, "title": one.title, "keywords": keywords}


def _yaml_facts(desired: Desired) -> Any:
    """What YAML means, without its white space, comments and order."""
    templates = {
        wanted.name: {
            "id": wanted.id,
            "title": wanted.title,
            "keywords": [[bare(ref.name), ref.keyword_id] for ref in wanted.keywords],
            "protect": wanted.protect,
            **({} if wanted.scene is None else {"scene": wanted.scene}),
        }
        for wanted in desired.templates
    }
    policy = [desired.dialect, desired.prune, desired.max_deletes, desired.retire_after]
    account = desired.account
    unwanted = {"unwanted": sorted(one.template_id for one in desired.unwanted)} if desired.unwanted else {}
    facts = {} if account is None else {"account": [account.name, account.appid, account.protect]}
    return {"templates": templates, "policy": policy, **unwanted, **facts}


def _look(one: Live) -> tuple[str, tuple[str, ...]]:
    """What twins have in common. The list's order means something among them alone: the first is taken."""
    return one.title.strip(), one.names or ()


def _live_facts(one: Live) -> list[Any]:
    slots = None if one.slots is None else [[bare(slot.name), slot.key] for slot in one.slots]
    return [one.template_id, one.title, json.dumps(slots, ensure_ascii=False)]


def _hash(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
