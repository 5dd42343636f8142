"""WeChat's catalogue of titles: from a pulled library, or asked of one account."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from ..core.aio import together
from ..core.errors import CallError, InputError, Problem
from ..core.messages import Text
from ..core.model import Desired, Library, Lock, Title, timestamp
from ..desired.templates import dialect_of
from ..wechat.dialects.limits import LIMITS
from .event_loop import event_loop, interruptible
from .input_files import is_there
from .project import Project, Settings, desired_or_none_yet, open_project

if TYPE_CHECKING:
    from ..wechat.client import Client
    from .account import Workspace

T = TypeVar("T")

Reached = Callable[[Project], None]
"""Hears what is worked on, before it is opened"""

_FIND = Text("app.find-titles")


def titles(asked: Settings, dialect: str | None, reached: Reached) -> Library:
    """All titles: a pulled library's, or those that the account lists. Raises ReconcilerError."""
    if (pulled := _pulled(asked, dialect)) is not None:
        return pulled
    found, listed = _ask(asked, dialect, reached, lambda client: client.titles())
    return Library(found, listed, timestamp(asked.clock()))


def look_up(asked: Settings, ids: Sequence[str], dialect: str | None, reached: Reached) -> Sequence[Title]:
    """Titles with their keywords, from a pulled library or by a look-up each. Raises ReconcilerError."""
    if (library := _pulled(asked, dialect)) is None:
        return _ask(asked, dialect, reached, lambda client: _look_up(client, ids))[1]
    known = {title.id: title for title in library.titles}
    unknown = [
        Problem("unknown title", Text("app.not-in-file", id=one, file=asked.library or ""), None, _FIND)
        for one in ids
        if one not in known
    ]
    if unknown:
        raise InputError(unknown)
    return [known[one] for one in ids]


def workspace_of(asked: Settings, dialect: str | None, reached: Reached) -> Workspace:
    """One account, whether there is a templates.yaml yet or not. Raises ReconcilerError."""
    desired = _desired(asked, dialect)
    project = open_project(asked, writes=False, desired=desired)
    reached(project)
    return project.the_one(Lock(desired.dialect))


async def answer(workspace: Workspace, call: Callable[[Client], Awaitable[T]]) -> T:
    """What one account answers."""
    return await workspace.connected(lambda network: call(workspace.client(network)))


def _ask(
    asked: Settings, dialect: str | None, reached: Reached, call: Callable[[Client], Awaitable[T]]
) -> tuple[str, T]:
    """The dialect of one account, and what it answers."""
    workspace = workspace_of(asked, dialect, reached)
    with event_loop(asked.teller) as runner:
        return workspace.desired.dialect, interruptible(runner, answer(workspace, call))


async def _look_up(client: Client, ids: Sequence[str]) -> list[Title]:
    async def one(id_: str) -> Title:
        try:
            return await client.title(id_)
        except CallError as error:
            if not error.is_about_what_was_asked:
                raise
            text = Text("app.unknown-title", id=id_, answer=error.problems[0].text)
            raise InputError(Problem("unknown title", text, None, _FIND)) from None

    return await together(*map(one, ids))


def _pulled(asked: Settings, dialect: str | None) -> Library | None:
    """The pulled library that was named, if one was. Raises InputError."""
    if not asked.library:
        return None
    if dialect is None and is_there(asked.file):
        dialect = _desired(asked, dialect).dialect
    return asked.inputs.library(asked.library, dialect, asked.file)


def _desired(asked: Settings, dialect: str | None) -> Desired:
    """templates.yaml, or what of it tells whose library is asked: whoever looks for an id has not finished
    it. Raises InputError and UsageError."""
    file = asked.file
    try:
        return desired_or_none_yet(asked.inputs, file, dialect)
    except InputError:
        if asked.accounts:
            raise
    found = dialect or _dialect_in(asked.inputs.yaml(file), file)
    told = Text("app.only-dialect", file=file) if found else Text("app.wxopen-asked", file=file)
    asked.teller.say(told)
    return Desired((), found or "wxopen")


_LINE = re.compile(rb"""^dialect:[ \t]*["']?([a-z]+)""", re.MULTILINE)


def _dialect_in(data: bytes, file: str) -> str | None:
    """The dialect that an unfinished file names, as far as it can be seen."""
    try:
        if (found := dialect_of(data, file)) is not None:
            return found
    except InputError:
        pass  # not even YAML yet: a line may say it all the same
    line = _LINE.search(data)
    word = line[1].decode() if line else ""
    return word if word in LIMITS else None
