"""Send a test message: composed through the lock, and sent once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...core import bugs
from ...core.errors import (
    INTERRUPTED,
    CallError,
    IncompleteError,
    OutputError,
    ReconcilerError,
    StoppedError,
)
from ...core.messages import Text
from ...wechat import dialects
from ..event_loop import event_loop, heard
from ..lock_paths import read_lock
from ..signals import unheard
from . import values_file
from .message import compose, entry_of

if TYPE_CHECKING:
    from ...core.model import Entry, Lock, Message, Value
    from ...wechat.wire import Request
    from ..account import Workspace
    from ..input_files import Inputs
    from ..project import Project
    from .values_file import Draft

Told = Callable[["Message", "Request", Mapping[str, Any]], None]
"""Tells what was sent, and what was answered"""


def values_of(inputs: Inputs, file: str | None) -> Mapping[str, Value]:
    """Values by keyword, from a file if there is one. Raises InputError."""
    if file is None:
        return {}
    return values_file.read(inputs.yaml(file, Text("app.write-values-file")), file)


def composed(project: Project, name: str, draft: Draft) -> tuple[Message, Request]:
    """The message and its call, through the lock as it lies there: no credentials are needed.

    Raises InputError and UsageError.
    """
    lock = read_lock(project.lock_store(project.only_account()), project.desired, None)
    return _composed(project, _entry(project, name, lock), name, draft)


def send(project: Project, name: str, draft: Draft, told: Told) -> None:
    """Send a message to one user of the one account that is worked on; `told` hears of it.

    Raises InputError, UsageError and CallError; IncompleteError and StoppedError where nobody knows whether
    it was sent; OutputError, which says that it was.
    """
    workspace = project.the_one()
    entry = _entry(project, name, workspace.lock)
    message, request = _composed(project, entry, name, draft)
    with event_loop(project.terms.teller) as runner:
        _Sending(runner).to_the_end(workspace, message, request, told)


def _composed(project: Project, entry: Entry, name: str, draft: Draft) -> tuple[Message, Request]:
    dialect = project.desired.dialect
    message = compose(name, entry, draft, dialect)
    return message, dialects.load(dialect).send(message)


def _entry(project: Project, name: str, lock: Lock) -> Entry:
    path = project.lock_path(project.only_account())
    wanted = any(one.name == name for one in project.desired.templates)
    apply = "reconciler apply --sandbox" if project.sandbox else "reconciler apply"
    return entry_of(lock, name, str(path), wanted=wanted, apply=apply)


class _Sending:
    """A message on its way: told to end, it ends, and says what is known of it."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._task: asyncio.Task[Any] | None = None
        self._begun = self._stopped = False

    def to_the_end(self, workspace: Workspace, message: Message, request: Request, told: Told) -> None:
        """Send it, and have it told."""
        with heard(self._runner.get_loop(), self._cut_off, self._cut_off):
            try:
                reply = self._runner.run(self._go(workspace, message))
                with unheard():
                    told(message, request, reply)
            except OutputError as error:
                raise error.after(Text("app.sent")) from None
            except ReconcilerError:
                raise
            except Exception as error:
                raise IncompleteError(bugs.problem(error)) if self._begun else error from None

    async def _go(self, workspace: Workspace, message: Message) -> Mapping[str, Any]:
        from ...wechat.transport.network import Network

        self._task = asyncio.current_task()
        if self._stopped:
            raise StoppedError(INTERRUPTED)
        try:
            async with Network(workspace.terms.connection) as network:
                client = workspace.client(network, writes=True)
                await client.ensure_token()
                self._begun = True
                return await client.send(message)
        except asyncio.CancelledError:
            said = INTERRUPTED._replace(text=Text("app.maybe-sent")) if self._begun else INTERRUPTED
            raise StoppedError(said) from None
        except CallError as error:
            raise _unknown(error) if error.executed is not False else error from None
        finally:
            self._task = None

    def _cut_off(self) -> None:
        self._stopped = True
        if self._task is not None:
            self._task.cancel()


def _unknown(error: CallError) -> IncompleteError:
    """The failure of a call that may have sent the message."""
    said = error.problems[0]
    text = Text("app.failed-maybe-sent", why=said.text)
    return IncompleteError(said._replace(text=text, advice=Text("app.look-at-phone")))
