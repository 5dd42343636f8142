"""Where each account's lock lies, and whether it is that account's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..core import own_folder
from ..core.errors import InputError, Problem
from ..core.model import Desired, Lock
from .inputs import home

if TYPE_CHECKING:
    from ..lock.store import LockStore


def lock_path(file: str, lockfile: str | None, account: str | None, *, sandbox: bool) -> Path:
    """Where the lock is: named, or beside the YAML and named after it and the account; the sandbox has its
    own."""
    if lockfile:
        return Path(lockfile)
    path = home(file)
    name = f"{path.stem}.lock.json" if account is None else f"{path.stem}.{account}.lock.json"
    return path.parent / own_folder.NAME / name if sandbox else path.with_name(name)


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
