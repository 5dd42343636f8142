"""A plan as the JSON document of the contract: written, and read again. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from ..core import json_file, schemas
from ..core.errors import Exit, InputError, Problem
from ..core.messages import Text
from ..core.model import Account, Desired, Live, Retired, timestamp
from ..core.text import harmless
from . import planfile_rows as rows
from .actions import KINDS, Done
from .decision import Decision
from .facts import due

VERSION = 1
Outcome = Literal["unchanged", "pending", "refused", "applied", "failed", "interrupted", "skipped"]
"""What came of an account. `pending`: something is to be done; `interrupted`: the run ended before it had,
or had begun it; `skipped`: it is not to be worked on."""
COUNTED = (*KINDS, "keep", "unmanaged")


def of(decisions: Sequence[Decision]) -> dict[str, Any]:
    """The document that `plan --format json` prints (contract, "plan --format json")."""
    accounts = [account(decision) for decision in decisions]
    counts = sum((counted(row) for row in accounts), Counter[str]())
    return {**head(counts), "accounts": accounts, "errors": []}


def head(counts: Mapping[str, int]) -> dict[str, Any]:
    """The fields of a document that tell of all its accounts together, from their counts."""
    return {
        "version": VERSION,
        "changes": any(counts.get(kind) for kind in KINDS),
        "summary": {kind: counts.get(kind, 0) for kind in COUNTED},
    }


def counted(row: Mapping[str, Any]) -> Counter[str]:
    """Count the actions of each kind in one account's row."""
    counts = Counter(action["action"] for action in row["actions"])
    counts["keep"], counts["unmanaged"] = len(row["keep"]), len(row["unmanaged"])
    return counts


def dumps(document: Any) -> str:
    """The text of a document: the same document the same bytes, and harmless wherever it is shown."""
    return harmless(json.dumps(document, ensure_ascii=False, indent=2)) + "\n"


def loads(data: bytes, file: str) -> dict[str, Any]:
    """Read a plan file. Raises InputError."""
    hint = Text("plan.write-planfile")
    document = json_file.parse(data, file, code="bad plan", hint=hint)
    version = document.get("version") if isinstance(document, dict) else None
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        text = Text("plan.version", version=version, known=VERSION)
        raise InputError(Problem("plan version", text, file, Text("plan.newer-reconciler")))
    if _is_older(document):
        raise InputError(Problem("old plan", Text("plan.of-older-reconciler"), file, hint))
    schemas.check("plan", document, file, hint=hint)
    names = [row["account"] for row in document["accounts"]]
    if len(set(names)) < len(names):
        twin = Counter(names).most_common(1)[0][0]
        text = Text("plan.account-twice", account=twin) if twin else Text("plan.unnamed-account-twice")
        raise InputError(Problem("bad plan", text, file, hint))
    return dict(document)


def _is_older(document: Any) -> bool:
    """Whether a plan lacks what each has today: what it says then means less."""
    rows = document.get("accounts") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        return False
    return "errors" not in document or any(isinstance(row, dict) and "outcome" not in row for row in rows)


def account(decision: Decision) -> dict[str, Any]:
    """One account's row of the document."""
    plan = decision.plan
    return {
        "account": None if decision.desired.account is None else decision.desired.account.name,
        "appid": plan.appid,
        "dialect": decision.desired.dialect,
        "outcome": "refused" if decision.refused else "pending" if plan.actions else "unchanged",
        "digest": decision.digest,
        "inputs": dict(decision.inputs),
        "actions": list(decision.actions),
        "keep": [
            {"name": name, "template_id": entry.template_id} for name, entry in sorted(plan.kept.items())
        ],
        "refused": list(decision.refusals),
        "retired": [_waiting(one, decision.desired) for one in plan.waiting],
        "unmanaged": [_unmanaged(one) for one in plan.unmanaged],
        "warnings": rows.of_warnings(plan.warnings, decision.file),
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
    """The outcome of an account whose apply has ended with this code."""
    ends: dict[Exit, Outcome] = {Exit.OK: "applied", Exit.INTERRUPTED: "interrupted", Exit.REFUSED: "refused"}
    return ends.get(code, "failed")


def done(deeds: Iterable[Done]) -> list[dict[str, Any]]:
    """Make a row an action that was done, in the plan's order."""
    return [{"action": one.action, "name": one.name, "template_id": one.template_id} for one in deeds]


def _waiting(one: Retired, desired: Desired) -> dict[str, Any]:
    """The row of what the lock has under `retired` already, with when it will be deleted; null for never."""
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
