"""An account that holds as many templates as it may: what makes room, and the advice that is given. Pure.

Adds come before deletes, so that an app is never without its template. On a full account that can't always
be kept (wechat-api.md §6, 45026).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from ..core.messages import Text
from ..plan.actions import Action, Add, Delete, Plan, Retire

MAX_NAMED = 10
"""Templates that an advice names"""


def ready(plan: Plan, done: Callable[[Action], bool], pending: Sequence[Add]) -> list[Delete]:
    """Find planned deletes that are not done, and whose template no pending add replaces."""
    waited_for = {action.ousts for action in pending}
    return [one for one in plan.of(Delete) if not done(one) and one.template_id not in waited_for]


def given_up(plan: Plan, done: Callable[[Action], bool], refused: Collection[Add]) -> list[Delete]:
    """Choose among the deletes that wait for an add: one for each add that found no room."""
    replaced = {action.ousts for action in refused}
    waiting = {action.ousts for action in plan.of(Add) if not done(action)}
    deletes = [one for one in plan.of(Delete) if not done(one) and one.template_id in waiting]
    own = [one for one in deletes if one.template_id in replaced]
    return own or deletes[: len(refused)]


def advice(plan: Plan, there: int, pending: Sequence[Add], *, delete_first: bool) -> Text:
    """Advise on a full account: how many templates it has, and which may go. `there`: how many templates
    there are; `pending`: what waits for room."""
    awaited = {action.ousts for action in pending}
    ways = _ways(plan, awaited, delete_first=delete_first)
    full = Text("apply.full", count=there)
    if not ways:
        return Text("apply.full-again", full=full)
    if len(ways) == 1:
        return Text("apply.full-one-way", full=full, way=ways[0])
    return Text("apply.full-two-ways", full=full, way=ways[0], other=ways[1])


def _ways(plan: Plan, awaited: Collection[str | None], *, delete_first: bool) -> list[Text]:
    """What makes room: with --delete-first, and by hand."""
    replaced = _replaced(plan, awaited)
    ways = [] if delete_first or not replaced else [Text("apply.delete-first", templates=_named(replaced))]
    if others := _free_to_go(plan, awaited):
        ways.append(Text("apply.delete-in-console", templates=_named(others)))
    elif kept := _kept(plan, awaited):
        ways.append(Text("apply.delete-replaced-in-console", templates=_named(kept)))
    elif not replaced:
        ways.append(Text("apply.nothing-may-go"))
    return ways


def _replaced(plan: Plan, awaited: Collection[str | None]) -> list[Text]:
    return [
        Text("apply.one-replaced", template_id=one.template_id, name=one.name or one.entry.title)
        for one in plan.of(Delete)
        if one.template_id in awaited
    ]


def _free_to_go(plan: Plan, awaited: Collection[str | None]) -> list[Text]:
    """Templates that no name needs: what is retired, and what is unmanaged."""
    retiring = (one for one in plan.of(Retire) if one.template_id not in awaited)
    entries = [(one.name, one.entry) for one in plan.waiting] + [(one.name, one.entry) for one in retiring]
    retired = (
        Text("apply.one-retired", template_id=entry.template_id, name=name or entry.title)
        for name, entry in entries
    )
    unmanaged = (
        Text("apply.one-unmanaged", template_id=one.template_id, title=one.title) for one in plan.unmanaged
    )
    return [*retired, *unmanaged]


def _kept(plan: Plan, awaited: Collection[str | None]) -> list[Text]:
    return [
        Text("apply.one-kept", template_id=one.template_id, name=one.name or one.entry.title)
        for one in plan.of(Retire)
        if one.template_id in awaited
    ]


def _named(templates: Sequence[Text]) -> tuple[Text, ...] | Text:
    told = tuple(templates[:MAX_NAMED])
    rest = len(templates) - MAX_NAMED
    return Text("apply.and-more", templates=told, count=rest) if rest > 0 else told
