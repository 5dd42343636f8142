"""Whether an account can be worked on, and what stands in the way: findings, each with what to do.

It asks as little as that needs (the token, the list, and the quota of each call), and changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from ..core.errors import CallError, Problem, Reason
from ..core.model import Live, Lock
from ..core.ports import Reader
from ..wechat.dialects.quotas import RESETS, Quota

Check = Literal["credentials", "lock", "network", "token", "address", "api", "quota", "templates"]
Status = Literal["ok", "warning", "failed"]

LOW = 0.1
"""Of a day's quota; when less is left, it is told"""


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, and what to do where it is not well."""

    check: Check
    status: Status
    message: str
    hint: str | None = None
    path: str | None = None
    """the call whose quota it is about"""
    quota: Quota | None = None


class Patient(Reader, Protocol):
    """An account that can be examined. All raise CallError."""

    @property
    def paths(self) -> Sequence[str]:
        """The calls that are made of it."""

    async def enter(self) -> None:
        """Have a token."""

    async def quota(self, path: str) -> Quota:
        """What is left today of a call's quota."""


async def examine(patient: Patient, lock: Lock | None) -> tuple[Finding, ...]:
    """From the token to the templates; what can't be known for an earlier reason is left out.

    `lock` is None where it can't be read.
    """
    try:
        await patient.enter()
    except CallError as error:
        return (_failed(error, otherwise="token"),)
    try:
        live = await patient.list_templates(_owned(lock) if lock else ())
    except CallError as error:
        return (_failed(error, otherwise="api"), *await _quotas(patient, error))
    return (
        Finding("token", "ok", "accepted"),
        Finding("address", "ok", "not refused"),
        Finding("api", "ok", "may be read (adding and sending were not tried)"),
        *await _quotas(patient),
        *(_templates(lock, live) if lock else ()),
    )


def of_problems(problems: Iterable[Problem]) -> tuple[Finding, ...]:
    """What stands in the way before any call: of a lock, where a file is named."""
    return tuple(
        Finding(
            "lock" if one.where else "credentials",
            "failed",
            f"{one.where}: {one.message}" if one.where else one.message,
            one.hint,
        )
        for one in problems
    )


def of_lock(*, exists: bool, marked_by: str | None) -> tuple[Finding, ...]:
    """Of a lock that can be read, and of an apply that is at work on it, or was killed at it."""
    if marked_by is None:
        message = "can be read, and nobody is at work on it" if exists else "there is none yet"
        return (Finding("lock", "ok", message),)
    message = f"an apply is at work on it, or was killed: {marked_by}"
    hint = "wait for it; if it is dead, the next apply clears up, and lists the account for longer"
    return (Finding("lock", "warning", message, hint),)


def of_classic() -> Finding:
    """Of tokens that are asked for with --token-api classic (wechat-api.md §4)."""
    message = "--token-api classic: each token that it gets ends that of every other program"
    return Finding("token", "warning", message, "leave the option out, unless the gateway knows no other")


# ------------------------------------------------------------------ calls

_ABOUT: Mapping[Reason, Check] = {
    Reason.ADDRESS: "address",
    Reason.QUOTA: "quota",
    Reason.PERMISSION: "api",
    Reason.RETIRED: "api",
    Reason.BANNED: "api",
    Reason.TOKEN: "token",
}
"""What a refusal says something about"""


def _failed(error: CallError, *, otherwise: Check) -> Finding:
    problem = error.problems[0]
    check = otherwise if error.reason is None else _ABOUT.get(error.reason, otherwise)
    if problem.code == "no reply":
        check = "network"
    return Finding(check, "failed", problem.message, problem.hint)


async def _quotas(patient: Patient, failure: CallError | None = None) -> tuple[Finding, ...]:
    """Of every call; after a failure only where that was about load, since others may be used up, too."""
    if failure is not None and failure.reason is not Reason.QUOTA:
        return ()
    return tuple(await asyncio.gather(*(_quota(patient, path) for path in patient.paths)))


async def _quota(patient: Patient, path: str) -> Finding:
    try:
        quota = await patient.quota(path)
    except CallError as error:
        hint = "nothing depends on it: it is only not known how often the call may be made today"
        return Finding("quota", "warning", f"{path}: {error.problems[0].message}", hint, path)
    if quota.limit <= 0:
        return Finding("quota", "ok", f"{path}: no limit is told, {quota.used} used today", None, path, quota)
    message = f"{path}: {quota.left} of {quota.limit} left today"
    if quota.left <= 0:
        return Finding("quota", "failed", message, str(RESETS), path, quota)
    if quota.left < quota.limit * LOW:
        hint = "it resets at midnight, Beijing time; what else calls it? (--rate spares no daily quota)"
        return Finding("quota", "warning", message, hint, path, quota)
    return Finding("quota", "ok", message, None, path, quota)


# ------------------------------------------------------------------ templates


def _owned(lock: Lock) -> set[str]:
    return {one.template_id for one in lock.templates.values()}


def _templates(lock: Lock, live: Sequence[Live]) -> Iterator[Finding]:
    owned = _owned(lock)
    missing = owned - {one.template_id for one in live}
    if not missing:
        yield Finding("templates", "ok", f"{len(live)} on the account, {len(owned)} of them in the lock")
    elif not live:
        message = (
            f"the lock owns {len(owned)}, and the account lists none; WeChat is known to answer so falsely"
        )
        yield Finding("templates", "warning", message, "run it again; plan asks twice, and apply refuses")
    elif missing == owned:
        message = f"not one of the lock's {len(owned)} is among the account's {len(live)}"
        yield Finding(
            "templates", "failed", message, "is it the right account? see its credentials and its lock"
        )
    else:
        message = (
            f"{len(missing)} of the lock's {len(owned)} are not listed: {', '.join(sorted(missing)[:3])}"
        )
        yield Finding("templates", "warning", message, "run plan: it shows what apply would add again")
