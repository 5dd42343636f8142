"""One account that is worked on: what is desired, its lock, and its client."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from msgspec import Struct

from ..core.messages import Said, Text
from ..core.model import Desired, Lock
from ..core.ports import Teller
from ..lock.store import LockStore
from .lock_paths import read_lock

if TYPE_CHECKING:
    from pathlib import Path

    from ..library.cache import LibraryCache
    from ..lock.mutex import Claim
    from ..plan.guards import Permits
    from ..wechat.auth.credentials import TokenStore
    from ..wechat.auth.session import Call
    from ..wechat.client import Client
    from ..wechat.transport.network import Connection, Network
    from ..wechat.wire import Record
    from .trace import Trace

T = TypeVar("T")


class Terms(NamedTuple):
    """Settings that hold for every account of a run."""

    file: str
    connection: Connection
    permits: Permits
    settle: float
    """seconds to keep listing before a list that lags is believed"""
    due_only: bool
    """what is retired and due is deleted, and nothing else done"""
    base: str | None
    """the commit that locks are held against"""
    several: bool
    """whether lines begin with the account that they are about"""
    teller: Teller
    told: Callable[[Call], None]
    """hears of each call that has ended"""
    clock: Callable[[], datetime]
    trace: Trace | None = None
    """where every exchange is kept"""


class CallLog:
    """Tells of calls as they end; where they are `counted`, how many there were."""

    def __init__(self, teller: Teller, *, counted: bool) -> None:
        self._teller = teller
        self._counted = counted
        self._ended = 0

    def told(self, call: Call) -> None:
        """Tell of one that has ended."""
        self._ended += 1
        if self._counted:
            self._teller.progress(Text("app.calls", calls=self._ended))
        self._teller.detail(f"{call.name}  {call.seconds * 1000:.0f} ms  {call.error or 'ok'}")


class Workspace(Struct, dict=True):
    """An account with what is wanted of it, its lock, and its credentials."""

    terms: Terms
    desired: Desired
    lock: Lock
    store: LockStore
    token_store: TokenStore
    appid: str | None
    catalogue: LibraryCache
    suspect: bool = False
    """an earlier apply was killed: what it added may be neither in the lock nor in the list yet"""

    def client(self, network: Network, *, writes: bool = False, dialect: str | None = None) -> Client:
        """Make the account's client for all calls of a command; a `dialect` takes the place of the file's."""
        from ..wechat.auth.session import Session
        from ..wechat.client import Client

        session = Session(
            network, self.token_store, on_call=self.terms.told, tell=self.say, record=self._record
        )
        return Client(session, dialect or self.desired.dialect, writes=writes, tell=self.say)

    async def connected(self, work: Callable[[Network], Awaitable[T]]) -> T:
        """Do some work with a network of its own; what comes of it."""
        from ..wechat.transport.network import Network

        async with Network(self.terms.connection) as network:
            return await work(network)

    def say(self, text: Said) -> None:
        """Tell a line; of several accounts, which one it is about."""
        account = self.desired.account
        if self.terms.several and account is not None:
            text = Text("app.of-account", account=account.name, text=text)
        self.terms.teller.say(text)

    def warn(self, text: Said) -> None:
        """Tell a warning, likewise."""
        self.say(Text("app.warning", text=text))

    @property
    def lock_path(self) -> Path:
        """Where the lock is."""
        return self.store.path

    @property
    def written(self) -> str | None:
        """The lock's path from the working directory, if this run has written it."""
        if not self.store.written:
            return None
        return os.path.relpath(self.lock_path) if self.lock_path.is_absolute() else str(self.lock_path)

    @contextmanager
    def alone(self) -> Iterator[Claim]:
        """Keep other runs on this lock out, and read it again: it may have been theirs until now.

        Raises InputError.
        """
        from ..lock import mutex

        with mutex.held(self.store.path) as claim:
            self.lock = read_lock(self.store, self.desired, self.appid)
            self.suspect = claim.died is not None
            yield claim

    @cached_property
    def _record(self) -> Record | None:
        """What keeps the exchanges with the account, where --trace asks for it."""
        if self.terms.trace is None:
            return None
        from ..wechat.trace import Whose

        account = self.desired.account
        name = None if account is None else account.name
        return self.terms.trace.of(Whose(name, self.appid, self.token_store.secrets))
