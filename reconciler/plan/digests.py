"""What stands for a plan and for what it rests on, as a hash: the same meaning, the same digest. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..core.model import Desired, Live, Lock, bare
from ..lock.file import lock_text

UNTOLD = {"where", "since", "until", "used"}
"""Fields of a row that its account's digest does not stand for"""


def of_rows(actions: Sequence[Mapping[str, Any]], refused: Sequence[Mapping[str, Any]]) -> str:
    """Hash an account's actions and refusals, from their rows: the same wherever they stand in a file, and
    whenever it is looked (contract, "plan --format json")."""
    rows = {"actions": actions, "refused": refused}
    told = {key: [{k: v for k, v in row.items() if k not in UNTOLD} for row in rows[key]] for key in rows}
    return _hash(told)


def of_yaml(desired: Desired) -> str:
    """Hash what YAML means, without its white space, comments and order."""
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
    return _hash({"templates": templates, "policy": policy, **unwanted, **facts})


def of_lock(lock: Lock) -> str:
    """Hash all that a lock says."""
    return _hash(json.loads(lock_text(lock)))


def of_account(live: Iterable[Live]) -> str:
    """Hash the whole list of an account. Its order counts among twins alone: the first listed is taken."""
    return _hash([_listed(one) for one in sorted(live, key=lambda one: (one.title.strip(), one.names or ()))])


def _listed(one: Live) -> list[Any]:
    slots = None if one.slots is None else [[bare(slot.name), slot.key] for slot in one.slots]
    return [one.template_id, one.title, json.dumps(slots, ensure_ascii=False)]


def _hash(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
