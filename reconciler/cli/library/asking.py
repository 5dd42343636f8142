"""What the commands of the library share: a pulled file, or one account whose library is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ..console import Console
from ..signals import interruptible

if TYPE_CHECKING:
    from ...model import Library
    from ...wechat.client import Client
    from ..workspace import Workspace

T = TypeVar("T")


def library_file(given: Mapping[str, Any]) -> Library | None:
    """The pulled library that was named, if one was. Raises InputError."""
    from pathlib import Path

    from ..project import desired_or_none_yet, read_library

    if not given["library"]:
        return None
    dialect = given["dialect"]
    if dialect is None and Path(given["file"]).exists():
        dialect = desired_or_none_yet(given["file"], None).dialect
    return read_library(given["library"], dialect, given["file"])


def workspace_of(console: Console, given: Mapping[str, Any]) -> Workspace:
    """One account, whether there is a templates.yaml yet or not. Raises ReconcilerError and UsageError."""
    from ...model import Lock
    from ..project import desired_or_none_yet, open_project

    desired = desired_or_none_yet(given["file"], given["dialect"])
    project = open_project(console, writes=False, desired=desired, **given)
    return project.the_one(Lock(desired.dialect))


def ask(console: Console, given: Mapping[str, Any], call: Callable[[Client], Awaitable[T]]) -> tuple[str, T]:
    """The dialect of one account, and what it answers."""
    workspace = workspace_of(console, given)
    with asyncio.Runner() as runner:
        return workspace.desired.dialect, interruptible(runner, asked(workspace, call))


async def asked(workspace: Workspace, call: Callable[[Client], Awaitable[T]]) -> T:
    """What one account answers."""
    from ...wechat.network import Network

    async with Network(workspace.project.connection) as network:
        return await call(workspace.client(network))
