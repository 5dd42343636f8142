"""The deciding half of one account: asked through a client that can't write, and held against a review."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from ..core.errors import Problem
from ..core.messages import Text
from ..lock import mutex
from ..plan import review
from ..plan.decision import Decision
from ..plan.planner import survey

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from ..plan.review import Reviewed
    from ..wechat.transport.network import Network
    from .account import Workspace


async def decide(
    workspace: Workspace,
    network: Network,
    reviewed: Reviewed | None = None,
    *,
    doubt_empty: bool = False,
) -> Decision:
    """Ask and decide; with `stale` among the refusals, if the `reviewed` plan is another one.

    With `doubt_empty` an account that lists nothing is asked twice, whatever its lock owns.

    Raises CallError and InputError.
    """
    decision = await _surveyed(workspace, network, reviewed, doubt_empty=doubt_empty)
    terms = workspace.terms
    if terms.base is not None:
        from .base_lock import held_against

        work = partial(held_against, terms.base, workspace.lock_path, decision, terms.permits)
        decision = await asyncio.to_thread(work)
    if reviewed is None:
        return decision
    return decision.refusing(*review.stale(reviewed, decision))


async def _surveyed(
    workspace: Workspace, network: Network, reviewed: Reviewed | None, *, doubt_empty: bool
) -> Decision:
    terms = workspace.terms
    return await survey(
        workspace.desired,
        workspace.lock,
        workspace.client(network),
        file=terms.file,
        now=terms.clock(),
        appid=workspace.appid,
        permits=terms.permits,
        settle=terms.settle,
        suspect=workspace.suspect,
        doubt_empty=doubt_empty,
        tell=workspace.say,
        catalogue=workspace.catalogue,
        due_only=terms.due_only,
        begun={*_begun(workspace.lock_path), *_added(workspace, reviewed)},
        history=partial(_committed, workspace.lock_path),
        lock_file=str(workspace.lock_path),
    )


def _added(workspace: Workspace, reviewed: Reviewed | None) -> frozenset[str]:
    """The names that a plan file adds for an account."""
    account = workspace.desired.account
    if reviewed is None:
        return frozenset()
    return reviewed.added(None if account is None else account.name)


def _begun(lock_path: Path) -> frozenset[str]:
    """The names that a run which was killed was about to add, unless its mark came with the checkout: then
    whoever opened a pull request has written it."""
    names = mutex.begun(lock_path)
    if not names:
        return names
    from ..core import git

    return frozenset() if git.tracks(mutex.beside(lock_path)) else names


def changed_since(reviewed: Reviewed | None, decision: Decision) -> Text | None:
    """Note what is not as it was when a plan file was made, though all that is to be done was reviewed."""
    if reviewed is None or decision.refused:
        return None
    what = review.changed(reviewed, decision)
    match what:
        case ():
            return None
        case (one,):
            return Text("app.one-changed", what=one)
        case (one, another):
            return Text("app.two-changed", one=one, another=another)
    return Text("app.three-changed", one=what[0], another=what[1], third=what[2])


def _committed(lock_path: Path, ids: Collection[str]) -> frozenset[str] | None:
    """The ids of these that git has seen in a lock. (git is loaded only where that is asked.)"""
    from ..core import git

    return git.committed(lock_path, ids)


def refusals(decision: Decision) -> tuple[Problem, ...]:
    """The guards that refuse, as problems."""
    return tuple(
        Problem(one.guard, one.text, None, Text("app.lifted-by", lift=one.lift)) for one in decision.refused
    )
