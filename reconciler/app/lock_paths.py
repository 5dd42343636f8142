"""Where each account's lock lies, and whether it is that account's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..core import own_folder
from ..core.errors import InputError, Problem
from ..core.messages import Text
from ..core.model import Desired, Lock
from .input_files import home

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
        text = Text("app.lock-of-dialect", dialect=lock.dialect, wanted=desired.dialect)
        raise InputError(Problem("other dialect", text, str(store.path), Text("app.name-another-lock")))
    if appid is not None and lock.appid is not None and lock.appid != appid:
        text = Text("app.lock-of-appid", theirs=lock.appid, appid=appid)
        raise InputError(Problem("other appid", text, str(store.path), Text("app.use-its-credentials")))
    account = desired.account
    if account is not None and lock.account is not None and lock.account != account.name:
        text = Text("app.lock-of-account", theirs=lock.account, account=account.name)
        raise InputError(Problem("other account", text, str(store.path), Text("app.use-its-lock")))
    return lock
