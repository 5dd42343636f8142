"""What the commands of the library share: a pulled file, or one account whose library is asked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ....app.signals import interruptible
from ...console import Console

if TYPE_CHECKING:
    from ....app.account import Workspace
    from ....core.model import Desired, Library
    from ....wechat.client import Client

T = TypeVar("T")


def library_file(console: Console, given: Mapping[str, Any]) -> Library | None:
    """The pulled library that was named, if one was. Raises InputError."""
    from ....app.inputs import is_there, read_library

    if not given["library"]:
        return None
    dialect = given["dialect"]
    if dialect is None and is_there(given["file"]):
        dialect = _desired(console, given).dialect
    return read_library(given["library"], dialect, given["file"])


def _desired(console: Console, given: Mapping[str, Any]) -> Desired:
    """templates.yaml, or what of it tells whose library is asked: whoever looks for an id has not finished
    it. Raises InputError and UsageError."""
    from ....app.inputs import read_yaml
    from ....app.project import desired_or_none_yet
    from ....core.errors import InputError
    from ....core.model import Desired

    file, dialect = given["file"], given["dialect"]
    try:
        return desired_or_none_yet(file, dialect)
    except InputError:
        if given["account"]:
            raise
    found = dialect or _dialect_in(read_yaml(file), file)
    rest = "of it, only the dialect is used" if found else "wxopen is asked: --dialect names another"
    console.say(f"note: {file} has mistakes (reconciler validate); {rest}")
    return Desired((), found or "wxopen")


_LINE = re.compile(rb"""^dialect:[ \t]*["']?([a-z]+)""", re.MULTILINE)


def _dialect_in(data: bytes, file: str) -> str | None:
    """The dialect that an unfinished file names, as far as it can be seen."""
    from ....core.errors import InputError
    from ....desired.templates import dialect_of
    from ....wechat.dialects import DIALECTS

    try:
        if (found := dialect_of(data, file)) is not None:
            return found
    except InputError:
        pass  # not even YAML yet: a line may say it all the same
    line = _LINE.search(data)
    word = line[1].decode() if line else ""
    return word if word in DIALECTS else None


def workspace_of(console: Console, given: Mapping[str, Any]) -> Workspace:
    """One account, whether there is a templates.yaml yet or not. Raises ReconcilerError and UsageError."""
    from ....app.project import open_project
    from ....core.model import Lock

    desired = _desired(console, given)
    project = open_project(console, writes=False, desired=desired, **given)
    return project.the_one(Lock(desired.dialect))


def ask(console: Console, given: Mapping[str, Any], call: Callable[[Client], Awaitable[T]]) -> tuple[str, T]:
    """The dialect of one account, and what it answers."""
    workspace = workspace_of(console, given)
    with asyncio.Runner() as runner:
        return workspace.desired.dialect, interruptible(runner, asked(workspace, call))


async def asked(workspace: Workspace, call: Callable[[Client], Awaitable[T]]) -> T:
    """What one account answers."""
    return await workspace.connected(lambda network: call(workspace.client(network)))
