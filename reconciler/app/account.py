"""One account as a command works on it: what it should have, its lock, and the way in."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..core import own_folder as ownfolder
from ..core.errors import InputError, Problem
from ..core.messages import Said
from ..core.model import Desired, Lock
from ..lock.store import LockStore
from .inputs import home

if TYPE_CHECKING:
    from ..library.cache import Catalogue
    from ..lock.mutex import Claim
    from ..wechat.auth.credentials import Wallet
    from ..wechat.auth.session import Call
    from ..wechat.client import Client
    from ..wechat.transport.network import Network
    from .project import Project

T = TypeVar("T")

STATE = ownfolder.NAME
"""The folder of the sandbox's state, beside templates.yaml"""


def lock_path(file: str, lockfile: str | None, account: str | None, *, sandbox: bool) -> Path:
    """Where the lock is: named, or beside the YAML and named after it and the account; the sandbox has its
    own."""
    if lockfile:
        return Path(lockfile)
    path = home(file)
    name = f"{path.stem}.lock.json" if account is None else f"{path.stem}.{account}.lock.json"
    return path.parent / STATE / name if sandbox else path.with_name(name)


def read_lock(store: LockStore, desired: Desired, appid: str | None) -> Lock:
    """The lock, empty where there is none. Raises InputError; also for another account's."""
    lock = store.read()
    if lock is None:
        return Lock(desired.dialect)
    if lock.dialect != desired.dialect:
        message = f"the lock is of dialect {lock.dialect}, templates.yaml of {desired.dialect}"
        hint = "name another lock with --lockfile"
        raise InputError(Problem("other dialect", message, str(store.path), hint))
    if appid is not None and lock.appid is not None and lock.appid != appid:
        message = f"the lock belongs to {lock.appid}, these credentials to {appid}"
        hint = "use that account's credentials, or another lock with --lockfile"
        raise InputError(Problem("other appid", message, str(store.path), hint))
    account = desired.account
    if account is not None and lock.account is not None and lock.account != account.name:
        message = f"the lock belongs to the account {lock.account}, not to {account.name}"
        hint = "use that account's lock, or another one with --lockfile"
        raise InputError(Problem("other account", message, str(store.path), hint))
    return lock


@dataclass
class Workspace:
    """What plan and apply work on."""

    project: Project
    desired: Desired
    lock: Lock
    store: LockStore
    wallet: Wallet
    appid: str | None
    catalogue: Catalogue
    suspect: bool = False
    """an earlier apply was killed: what it added may be neither in the lock nor in the list yet"""

    def client(self, network: Network, *, writes: bool = False, dialect: str | None = None) -> Client:
        """The account, for all calls of a command; in another `dialect` than its own, if so."""
        from ..wechat.auth.session import Session
        from ..wechat.client import Client

        session = Session(network, self.wallet, on_call=self._told, tell=self.say)
        return Client(session, dialect or self.desired.dialect, writes=writes, tell=self.say)

    async def connected(self, work: Callable[[Network], Awaitable[T]]) -> T:
        """What comes of some work, with a network as long as it takes."""
        from ..wechat.transport.network import Network

        async with Network(self.project.connection) as network:
            return await work(network)

    def say(self, text: Said) -> None:
        """Tell the person at the terminal, of several accounts which."""
        account = self.desired.account
        named = self.project.several and account is not None
        self.project.console.say(f"{account.name}: {text}" if named and account else text)

    @property
    def lock_path(self) -> Path:
        """Where the lock is."""
        return self.store.path

    @property
    def written(self) -> str | None:
        """The lock, as it is found from the working directory, if this run has written it."""
        if not self.store.written:
            return None
        return os.path.relpath(self.lock_path) if self.lock_path.is_absolute() else str(self.lock_path)

    @contextmanager
    def alone(self) -> Iterator[Claim]:
        """Keep other runs on this lock out, and read it again: it may have been theirs until now.

        Raises InputError.
        """
        from ..lock import mutex as runlock

        with runlock.held(self.store.path) as claim:
            self.lock = read_lock(self.store, self.desired, self.appid)
            self.suspect = claim.died is not None
            yield claim

    def _told(self, call: Call) -> None:
        self.project.told(call)
