"""An account that holds as many templates as it may: what makes room, and what to say. Pure.

Adds come before deletes, so that an app is never without its template. On a full account that can't always
be kept (wechat-api.md §6, errcode 45026).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from ..plan.actions import Action, Add, Delete, Plan, Retire

MAX_NAMED = 10
"""Templates that a hint names."""


def ready(plan: Plan, done: Callable[[Action], bool], pending: Sequence[Add]) -> list[Delete]:
    """Planned deletes that are not done, and that no pending add will replace."""
    waited_for = {action.ousts for action in pending}
    return [one for one in plan.of(Delete) if not done(one) and one.template_id not in waited_for]


def given_up(plan: Plan, done: Callable[[Action], bool], refused: Collection[Add]) -> list[Delete]:
    """Of the deletes that wait for an add which found no room: one for each such add."""
    replaced = {action.ousts for action in refused}
    waiting = {action.ousts for action in plan.of(Add) if not done(action)}
    deletes = [one for one in plan.of(Delete) if not done(one) and one.template_id in waiting]
    own = [one for one in deletes if one.template_id in replaced]
    return own or deletes[: len(refused)]


def hint(plan: Plan, there: int, pending: Sequence[Add], *, delete_first: bool) -> str:
    """How full it is, and what may go."""
    waiting = {action.ousts for action in pending}
    replaced = [
        f"{one.template_id} ({one.name}: replaced)" for one in plan.of(Delete) if one.template_id in waiting
    ]
    others = [f"{one.entry.template_id} ({one.name or one.entry.title}: retired)" for one in plan.waiting]
    retiring = plan.of(Retire)
    others += [
        f"{one.template_id} ({one.name or one.entry.title}: retired)"
        for one in retiring
        if one.template_id not in waiting
    ]
    others += [f"{one.template_id} ({one.title}: unmanaged)" for one in plan.unmanaged]
    kept = [f"{one.template_id} ({one.name})" for one in retiring if one.template_id in waiting]
    words = ["there is 1 template" if there == 1 else f"there are {there} templates"]
    if replaced and not delete_first:
        words.append(f"--delete-first gives up what is to be replaced before its successor exists: "
                     f"{_named(replaced)}")  # fmt: skip
    if others:
        words.append(f"to make room, delete in the console one of: {_named(others)}")
    elif kept:
        words.append(f"only what is to be replaced could go, and its name has no template until then: "
                     f"delete in the console one of: {_named(kept)}")  # fmt: skip
    elif not replaced:
        words.append(
            "nothing that is there may go: want fewer in templates.yaml, or have the account's limit raised"
        )
    return "; ".join([*words, "then run it again"])


def _named(templates: Sequence[str]) -> str:
    more = f" and {len(templates) - MAX_NAMED} more" if len(templates) > MAX_NAMED else ""
    return ", ".join(templates[:MAX_NAMED]) + more
