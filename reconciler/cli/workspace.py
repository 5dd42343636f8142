"""From options and environment to what a command works on: files, lock, credentials, connection."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import desired as yaml_room
from .. import files
from ..errors import InputError, Problem, UsageError
from ..guard import Permits
from ..lockstore import LockStore
from ..model import Desired, Lock
from ..yamltree import MAX_BYTES
from .console import Console

if TYPE_CHECKING:
    from ..runlock import Claim
    from ..wechat.client import Client
    from ..wechat.network import Connection, Network
    from ..wechat.session import Call
    from ..wechat.tokens import Credentials, Wallet

STATE = ".reconciler"
"""The folder of the sandbox's state, beside templates.yaml"""

_PRINTABLE = re.compile("[!-~]+")


def read_desired(file: str, accounts: tuple[str, ...] = ()) -> Desired:
    """templates.yaml, read. Raises InputError."""
    data = files.read(Path(file), limit=MAX_BYTES)
    if data is None:
        hint = "write one (see the README), or name it with --file"
        raise InputError(Problem("no file", "there is no such file", file, hint))
    desired = yaml_room.read(data, file)
    if accounts:
        message = f"--account {accounts[0]}: accounts are not supported yet"
        raise InputError(Problem("not supported", message, file, "leave --account out"))
    return desired


def lock_path(file: str, lockfile: str | None, *, sandbox: bool) -> Path:
    """Where the lock is: named, or beside the YAML and named after it; the sandbox has its own."""
    if lockfile:
        return Path(lockfile)
    path = Path(file)
    name = f"{path.stem}.lock.json"
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
    return lock


def credentials(environment: Mapping[str, str]) -> Credentials:
    """Credentials from the environment, first found wins (contract, "Commands"). Raises InputError."""
    from ..wechat.tokens import Credentials

    names = ("WECHAT_ACCESS_TOKEN", "WECHAT_APPID", "WECHAT_APPSECRET")
    token, appid, secret = (_credential(environment, name) for name in names)
    if token:
        return Credentials(appid=appid, token=token)
    if appid and secret:
        return Credentials(appid=appid, secret=secret)
    missing = "WECHAT_APPSECRET" if appid else "WECHAT_APPID" if secret else None
    message = f"no credentials: {missing} is not set" if missing else "no credentials in the environment"
    hint = "set WECHAT_APPID and WECHAT_APPSECRET, or WECHAT_ACCESS_TOKEN; or try it with --sandbox"
    raise InputError(Problem("no credentials", message, None, hint))


def _credential(environment: Mapping[str, str], name: str) -> str | None:
    value = environment.get(name, "").strip()
    if value and not _PRINTABLE.fullmatch(value):
        hint = "set it again: it is made of letters, digits and a few signs"
        message = f"{name} holds a blank or a character that no credential has"
        raise InputError(Problem("bad credentials", message, None, hint))
    return value or None


def check_endpoint(endpoint: str, *, insecure: bool) -> str:
    """The endpoint, if it is one, and one to which a secret may be sent. Raises UsageError."""
    import httpx

    from ..wechat.hosts import is_loopback

    try:
        parts = httpx.URL(endpoint)
        good = (
            _PRINTABLE.fullmatch(endpoint) is not None
            and parts.scheme in ("http", "https")
            and parts.host != ""
            and (parts.port is None or 0 < parts.port < 65536)
            and not (parts.userinfo or parts.query or parts.fragment)
        )
    except (httpx.InvalidURL, ValueError):
        good = False
    if not good:
        hint = "an address like https://api.weixin.qq.com, without user, query or fragment"
        raise UsageError(Problem("usage", "--endpoint is no http or https address", None, hint))
    if parts.scheme == "http" and not insecure and not is_loopback(parts.host):
        message = "--endpoint has no TLS: token and secret would travel in the open"
        raise UsageError(Problem("usage", message, None, "use https, or --insecure if the network is yours"))
    return endpoint


@dataclass
class Workspace:
    """What plan and apply work on."""

    file: str
    desired: Desired
    lock: Lock
    store: LockStore
    connection: Connection
    wallet: Wallet
    appid: str | None
    permits: Permits
    console: Console
    settle: float
    suspect: bool = False
    """an earlier apply was killed: what it added may be neither in the lock nor in the list yet"""
    calls: int = field(default=0)

    def client(self, network: Network, *, writes: bool = False) -> Client:
        """The account, for all calls of a command."""
        from ..wechat.client import Client
        from ..wechat.session import Session

        session = Session(network, self.wallet, on_call=self._count, tell=self.console.say)
        return Client(session, self.desired.dialect, writes=writes)

    @property
    def lock_path(self) -> Path:
        """Where the lock is."""
        return self.store.path

    @contextmanager
    def alone(self) -> Iterator[Claim]:
        """Keep other runs on this lock out, and read it again: it may have been theirs until now.

        Raises InputError.
        """
        from .. import runlock

        with runlock.held(self.store.path) as claim:
            self.lock = read_lock(self.store, self.desired, self.appid)
            self.suspect = claim.died is not None
            yield claim

    def _count(self, call: Call) -> None:
        self.calls += 1
        self.console.progress(f"{self.calls} calls …")
        self.console.detail(f"{call.name}  {call.seconds * 1000:.0f} ms  {call.error or 'ok'}")


def open_workspace(console: Console, *, writes: bool, **options: Any) -> Workspace:
    """Read all that a command needs before its first call. Raises ReconcilerError."""
    from ..wechat.tokens import Wallet

    file, (endpoint, sandbox) = options["file"], _where(options)
    desired = read_desired(file, options["account"])
    path = lock_path(file, options["lockfile"], sandbox=sandbox)
    entrance = _sandbox_credentials() if sandbox else credentials(os.environ)
    if options["force_refresh"] and (options["token_api"] == "classic" or entrance.token):
        raise click.UsageError("--force-refresh is for stable_token, with WECHAT_APPID and WECHAT_APPSECRET")
    store = LockStore(path)
    lock = read_lock(store, desired, entrance.appid)
    transport = partial(_sandbox_transport, Path(file), writes=writes) if sandbox else None
    return Workspace(
        file=file,
        desired=desired,
        lock=lock,
        store=store,
        connection=_connection(endpoint, options, transport=transport),
        wallet=Wallet(entrance),
        appid=entrance.appid,
        permits=Permits(
            max_deletes=options["max_deletes"],
            no_templates=options["allow_no_templates"],
            empty_account=options["allow_empty_account"],
            other_account=options["allow_other_account"],
        ),
        console=console,
        settle=options["settle"],
    )


def _where(options: Mapping[str, Any]) -> tuple[str | None, bool]:
    """The endpoint, or the sandbox. The command line wins over the environment; both at once is a mistake."""
    endpoint, sandbox = options["endpoint"], options["sandbox"]
    if endpoint and sandbox:
        context, typed = click.get_current_context(), click.core.ParameterSource.COMMANDLINE
        sources = [context.get_parameter_source(name) for name in ("endpoint", "sandbox")]
        if sources[0] == sources[1]:
            raise click.UsageError(
                "--sandbox and --endpoint (RECONCILER_SANDBOX, RECONCILER_ENDPOINT) can't be used together"
            )
        endpoint, sandbox = (endpoint, False) if sources[0] is typed else (None, True)
    return (check_endpoint(endpoint, insecure=options["insecure"]) if endpoint else None), sandbox


def _connection(endpoint: str | None, options: Mapping[str, Any], *, transport: Any) -> Connection:
    from ..wechat.network import Connection

    return Connection(
        parallelism=options["parallelism"],
        timeout=options["timeout"],
        rate=options["rate"],
        deadline=options["deadline"],
        retries=options["retries"],
        token_api=options["token_api"],
        force_refresh=options["force_refresh"],
        transport=transport,
        **({"endpoint": endpoint} if endpoint else {}),
    )


def sandbox_state(file: Path) -> Path:
    """Where the sandbox of a templates.yaml keeps its state."""
    return file.parent / STATE / "sandbox.sqlite"


def _sandbox_credentials() -> Credentials:
    from ..sandbox.accounts import APPID, SECRET
    from ..wechat.tokens import Credentials

    return Credentials(appid=APPID, secret=SECRET)


def _sandbox_transport(file: Path, *, writes: bool) -> Any:
    """The emulator in this process. A plan gets a copy of its state in memory: it changes nothing."""
    import httpx

    from ..sandbox import library, store
    from ..sandbox.app import create_app

    class InProcess(httpx.ASGITransport):
        async def aclose(self) -> None:
            opened.close()

    state = sandbox_state(file)
    try:
        opened = store.Store.open(state) if writes else store.Store.memory(state)
    except (store.StoreError, OSError) as error:
        raise InputError(Problem("sandbox", str(error))) from None
    return InProcess(app=create_app(opened, library.load(None)))
