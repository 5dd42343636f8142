"""Whether an account can be worked on, and what stands in the way: findings, each with what to do.

It asks as little as that needs (the token, the list, and the quota of each call), and changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, Protocol

from msgspec import Struct

from ..core.errors import CallError, Problem, Reason
from ..core.messages import Said, Text, words
from ..core.model import Live, Lock
from ..core.ports import Reader
from ..wechat.dialects.shared.quotas import RESETS, Quota

Check = Literal["credentials", "lock", "network", "token", "address", "api", "quota", "templates"]
Status = Literal["ok", "warning", "failed"]

LOW = 0.1
"""Of a day's quota; when less is left, it is told"""


class CheckResult(Struct, frozen=True):
    """What was looked at, how it is, and what to do where it is not well."""

    check: Check
    status: Status
    text: Said
    advice: Said | None = None
    path: str | None = None
    """the call whose quota it is about"""
    quota: Quota | None = None

    @property
    def message(self) -> str:
        """How it is, in words."""
        return words(self.text)

    @property
    def hint(self) -> str | None:
        """What to do, in words."""
        return None if self.advice is None else words(self.advice)


class Checkable(Reader, Protocol):
    """An account that can be examined. All raise CallError."""

    @property
    def paths(self) -> Sequence[str]:
        """The calls that are made of it."""

    async def ensure_token(self) -> None:
        """Have a token."""

    async def quota(self, path: str) -> Quota:
        """What is left today of a call's quota."""


async def examine(client: Checkable, lock: Lock | None) -> tuple[CheckResult, ...]:
    """From the token to the templates; what can't be known for an earlier reason is left out.

    `lock` is None where it can't be read.
    """
    try:
        await client.ensure_token()
    except CallError as error:
        return (_failed(error, otherwise="token"),)
    try:
        live = await client.list_templates(_owned(lock) if lock else ())
    except CallError as error:
        return (_failed(error, otherwise="api"), *await _quotas(client, error))
    return (
        CheckResult("token", "ok", Text("app.token-accepted")),
        CheckResult("address", "ok", Text("app.address-accepted")),
        CheckResult("api", "ok", Text("app.api-open")),
        *await _quotas(client),
        *(_templates(lock, live) if lock else ()),
    )


def of_problems(problems: Iterable[Problem]) -> tuple[CheckResult, ...]:
    """What stands in the way before any call: of a lock, where a file is named."""
    return tuple(
        CheckResult(
            "lock" if one.where else "credentials",
            "failed",
            Text("app.at", where=one.where, what=one.text) if one.where else one.text,
            one.advice,
        )
        for one in problems
    )


def of_lock(*, exists: bool, marked_by: Said | None) -> tuple[CheckResult, ...]:
    """Of a lock that can be read, and of an apply that is at work on it, or was killed at it."""
    if marked_by is None:
        return (CheckResult("lock", "ok", Text("app.lock-free") if exists else Text("app.no-lock-yet")),)
    text = Text("app.lock-in-use", by=marked_by)
    return (CheckResult("lock", "warning", text, Text("app.wait-for-apply")),)


def of_classic() -> CheckResult:
    """Of tokens that are asked for with --token-api classic (wechat-api.md §4)."""
    return CheckResult("token", "warning", Text("app.classic-token"), Text("app.leave-classic-out"))


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


def _failed(error: CallError, *, otherwise: Check) -> CheckResult:
    problem = error.problems[0]
    check = otherwise if error.reason is None else _ABOUT.get(error.reason, otherwise)
    if problem.code == "no reply":
        check = "network"
    return CheckResult(check, "failed", problem.text, problem.advice)


async def _quotas(client: Checkable, failure: CallError | None = None) -> tuple[CheckResult, ...]:
    """Of every call; after a failure only where that was about load, since others may be used up, too."""
    if failure is not None and failure.reason is not Reason.QUOTA:
        return ()
    return tuple(await asyncio.gather(*(_quota(client, path) for path in client.paths)))


async def _quota(client: Checkable, path: str) -> CheckResult:
    try:
        quota = await client.quota(path)
    except CallError as error:
        text = Text("app.at", where=path, what=error.problems[0].text)
        return CheckResult("quota", "warning", text, Text("app.quota-untold"), path)
    if quota.limit <= 0:
        text = Text("app.no-limit", path=path, used=quota.used)
        return CheckResult("quota", "ok", text, None, path, quota)
    text = Text("app.quota", path=path, left=quota.left, limit=quota.limit)
    if quota.left <= 0:
        return CheckResult("quota", "failed", text, RESETS, path, quota)
    if quota.left < quota.limit * LOW:
        return CheckResult("quota", "warning", text, Text("app.quota-low"), path, quota)
    return CheckResult("quota", "ok", text, None, path, quota)


# ------------------------------------------------------------------ templates


def _owned(lock: Lock) -> set[str]:
    return {one.template_id for one in lock.templates.values()}


def _templates(lock: Lock, live: Sequence[Live]) -> Iterator[CheckResult]:
    owned = _owned(lock)
    missing = owned - {one.template_id for one in live}
    if not missing:
        yield CheckResult("templates", "ok", Text("app.all-listed", live=len(live), owned=len(owned)))
    elif not live:
        text = Text("app.lists-none", owned=len(owned))
        yield CheckResult("templates", "warning", text, Text("app.plan-asks-twice"))
    elif missing == owned:
        text = Text("app.other-templates", owned=len(owned), live=len(live))
        yield CheckResult("templates", "failed", text, Text("app.right-account"))
    else:
        ids = tuple(sorted(missing)[:3])
        text = Text("app.not-listed", missing=len(missing), owned=len(owned), template_ids=ids)
        yield CheckResult("templates", "warning", text, Text("app.run-plan"))
