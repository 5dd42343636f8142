"""Plans of values, as tests of a plan make them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from reconciler.core.model import Caveat, Desired, Live
from reconciler.core.model import Lock as LockValue
from reconciler.library.resolve import Titles, recorded, resolve
from reconciler.plan.actions import Plan, Rename, Successor
from reconciler.plan.decide import decide, questions
from reconciler.plan.facts import Facts, Orders

from ..tools import NOW, answer


def decided(wish: Desired, locked: LockValue, account: Sequence[Live] = (), **more: Any) -> Plan:
    """The plan, with exactly the look-ups that it says it needs."""
    catalogue: dict[str, Any] = {}
    orders = more.get("orders", Orders())
    while (asked := questions(Facts.of(wish, locked, account, catalogue, orders))).titles:
        catalogue |= {one: answer(one) for one in asked.titles}
    known = {id_: title for id_, title in catalogue.items() if title is not None}
    open_ones = [one for one in wish.templates if one.name in asked.names]
    specs = resolve(open_ones, known, "templates.yaml", Titles(asked.own, recorded(locked)))
    facts = Facts.of(wish, locked, account, catalogue, orders)
    return decide(facts, specs, now=NOW, appid=more.get("appid"))


def warned(made: Plan) -> tuple[str, ...]:
    """The messages of its warnings."""
    return tuple(one.message for one in made.warnings)


def in_words(caveats: Iterable[Caveat]) -> tuple[Caveat, ...]:
    """The same with words for texts."""
    return tuple(replace(one, text=one.message) for one in caveats)


def told(made: Plan) -> list[str]:
    """The actions as short lines: kind reason name id origin replaces."""
    return [
        " ".join(
            [one.kind, one.reason, one.name or "-", one.template_id or "-"]
            + (["from", one.origin] if isinstance(one, Rename) and one.origin else [])
            + (["for", one.replaces] if isinstance(one, Successor) and one.replaces else [])
        )
        for one in made.actions
    ]
