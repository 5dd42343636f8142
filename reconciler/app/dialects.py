"""The dialect of an account, where nobody has said which it is: each of WeChat's APIs is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..core.errors import CallError, InputError, Problem, Reason
from ..core.messages import Text
from ..core.model import Desired, Lock
from .event_loop import event_loop, interruptible

if TYPE_CHECKING:
    from ..wechat.transport.network import Network
    from .account import Workspace
    from .project import Project

ASKED = ("wxopen", "subscribe", "official")
"""Dialects with a list of their own; that of `subscribe` is of `notify` where service accounts are"""

_OTHER_KIND = frozenset({Reason.PERMISSION, Reason.RETIRED})
"""What an API says to an account that is not of its kind"""


def dialect_of(project: Project) -> str:
    """Find the dialect of the one account that is worked on: its lock's, or that of the API which lists some.

    Raises CallError where none can be asked, and InputError where several list some.
    """
    workspace = project.the_one(Lock())
    if (lock := workspace.store.read()) is not None:
        return lock.dialect
    with event_loop(project.terms.teller) as runner:
        counts = interruptible(runner, workspace.connected(lambda network: held(workspace, network)))
    having = [name for name, count in counts.items() if count]
    if len(having) > 1:
        told = tuple(Text("app.count-of", number=counts[name], dialect=name) for name in having)
        hint = Text("app.choose-dialect", options=" or ".join(f"--dialect {name}" for name in having))
        raise InputError(Problem("several dialects", Text("app.several-dialects", counts=told), None, hint))
    return having[0] if having else next(iter(counts))


async def held(workspace: Workspace, network: Network) -> Mapping[str, int]:
    """Count the templates that the account lists, by dialect, of those that answer it.

    Raises CallError where none does, and for what says nothing about the kind of account."""
    found = await asyncio.gather(*(_count(workspace, network, one) for one in ASKED))
    counts = {name: one for name, one in zip(ASKED, found, strict=True) if isinstance(one, int)}
    failed = [one for one in found if isinstance(one, CallError)]
    if not counts:
        raise failed[0]
    if counts.get("subscribe") and "official" in counts and "wxopen" not in counts:
        counts["notify"] = counts.pop("subscribe")
    return counts


async def _count(workspace: Workspace, network: Network, dialect: str) -> int | CallError:
    try:
        return await workspace.client(network, dialect=dialect).count()
    except CallError as error:
        if error.reason in _OTHER_KIND or (error.reason is None and not error.passing):
            return error
        raise


def blank(dialect: str) -> Desired:
    """What is desired where there is no templates.yaml yet."""
    return Desired((), dialect)
