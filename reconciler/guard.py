"""A plan -> the reasons not to run it, all at once, each with what lifts it. Pure (contract, "Guards")."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .model import Account, Desired, Live, Lock, Place
from .plan import Plan


@dataclass(frozen=True)
class Refusal:
    """A reason not to apply. `lift` is the flag or field that lifts it, `place` where its cause stands."""

    guard: str
    message: str
    lift: str
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Permits:
    """What the user explicitly allows on the command line."""

    max_deletes: int | None = None
    no_templates: bool = False
    empty_account: bool = False
    other_account: bool = False


def judge(
    plan: Plan, desired: Desired, lock: Lock, live: Sequence[Live], permits: Permits
) -> tuple[Refusal, ...]:
    """Every guard of the contract but `stale`, which needs the plan file."""
    return (
        *_protected(plan, desired, lock),
        *_too_many_deletes(plan, desired, permits),
        *_no_templates_left(plan, live, permits),
        *_account(plan, lock, live, permits),
        *_mismatch(plan, lock),
    )


def _protected(plan: Plan, desired: Desired, lock: Lock) -> Iterator[Refusal]:
    """A protected name's template, whatever name or reason stands beside its end; or any of an account."""
    if desired.account is not None and desired.account.protect:
        yield from _protected_account(plan, desired.account)
        return
    in_yaml = {wanted.name: wanted.protect for wanted in desired.templates}
    for name, entry in sorted(lock.templates.items()):
        if in_yaml.get(name, entry.protect) and (loss := _loss(plan, name, entry.template_id)):
            yield Refusal(
                "protected",
                f"{name} is protected and would be {loss} ({entry.template_id})",
                f"`protect: false` for {name}, applied first",
            )


def _protected_account(plan: Plan, account: Account) -> Iterator[Refusal]:
    losses = [(one.template_id, one.name or one.title, one.kind) for one in plan.of("delete", "retire")]
    losses += [(one.replaces, one.name or "", "replace") for one in plan.actions if one.replaces is not None]
    told = {id_: f"{kind} {name} ({id_})" for id_, name, kind in losses}
    if told:
        message = f"the account {account.name} is protected, and this would {', '.join(told.values())}"
        yield Refusal("protected", message, f"`protect: false` for the account {account.name}")


def _loss(plan: Plan, name: str, template_id: str) -> str | None:
    if any(action.name == name and action.replaces == template_id for action in plan.actions):
        return "replaced"
    for action in plan.of("delete", "retire"):
        if action.template_id == template_id:
            return "deleted" if action.kind == "delete" else "retired"
    return None


def _too_many_deletes(plan: Plan, desired: Desired, permits: Permits) -> Iterator[Refusal]:
    deletes = sum(action.reason != "replaced" for action in plan.of("delete"))
    allowed = desired.max_deletes if permits.max_deletes is None else permits.max_deletes
    if deletes > allowed:
        message = f"{deletes} would be deleted, and at most {allowed} may be (replacements not counted)"
        yield Refusal("too many deletes", message, f"--max-deletes {deletes}")


def _no_templates_left(plan: Plan, live: Sequence[Live], permits: Permits) -> Iterator[Refusal]:
    deletes = len(plan.of("delete"))
    if deletes and not permits.no_templates and len(live) - deletes + len(plan.of("add")) <= 0:
        yield Refusal(
            "no templates left",
            f"all templates of the account ({len(live)}) would be deleted and none added",
            "--allow-no-templates",
        )


def _account(plan: Plan, lock: Lock, live: Sequence[Live], permits: Permits) -> Iterator[Refusal]:
    """The list is not what this lock's account would answer.

    What is retired is owned until it is deleted; but one that is due may have been deleted by an apply that
    was interrupted: that it is listed proves the account, that it is not says nothing.
    """
    named = {entry.template_id for entry in lock.templates.values()}
    retired = {one.entry.template_id for one in lock.retired}
    owned = named | (retired - plan.due)
    if owned and not live and not permits.empty_account:
        message = (
            f"the lock owns templates ({len(owned)}) and the account lists none (asked twice); "
            "WeChat is known to answer so falsely"
        )
        yield Refusal("empty account", message, "--allow-empty-account")
    there = {one.template_id for one in live}
    if owned and there and not permits.other_account and there.isdisjoint(named | retired):
        message = (
            f"not one of the lock's templates ({len(owned)}) is on this account, which lists others "
            f"({len(there)}): is it the right account?"
        )
        yield Refusal("wrong account", message, "--allow-other-account")


def _mismatch(plan: Plan, lock: Lock) -> Iterator[Refusal]:
    for name in plan.mismatched:
        yield Refusal(
            "mismatch",
            f"{name}: YAML and lock agree, but {lock.templates[name].template_id} is another template on the "
            "account, and none is there that could take its place",
            f"the right template_id for {name} in the lock, its entry removed from the lock, or its title in "
            "YAML corrected",
        )
