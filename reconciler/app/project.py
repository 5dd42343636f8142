"""From options and environment to what a command works on: the file, its accounts, and how to reach them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..cli.console import Console
from ..core import files
from ..core.errors import InputError, Problem
from ..core.model import Account, Desired, Lock
from ..desired import accounts as accounts_room
from ..desired.accounts import Shard
from ..lock.store import LockStore
from .access.address import check_endpoint
from .access.credentials import credentials, credentials_of, has_own
from .access.issuers import issuer, refuse_one_for_several
from .account import STATE, Workspace, lock_path, read_lock
from .cache_folder import cache_folder, shelf_folder
from .inputs import home, is_stream, is_there, patience, read_desired, read_library
from .siblings import refuse_shared_locks, refuse_the_file_itself

if TYPE_CHECKING:
    from ..library.cache import Answers, Book, Catalogue
    from ..plan.guards import Permits
    from ..wechat.auth.credentials import Credentials
    from ..wechat.auth.session import Call
    from ..wechat.auth.token_server import Issuer
    from ..wechat.transport.network import Connection


MANY_ACCOUNTS = 100
"""From so many on, what is faster a call and slower to load is used"""

FORCE_REFRESH = "--force-refresh is for stable_token, with WECHAT_APPID and WECHAT_APPSECRET"


@dataclass
class Project:
    """What plan and apply work on, for all accounts together."""

    file: str
    desired: Desired
    chosen: list[Account] | None
    """None where the file is about one account, whichever the credentials are for"""
    connection: Connection
    catalogue: Catalogue
    """what the library tells this run; of each account with its own answers of earlier runs: see `open`"""
    answers: _Answers
    permits: Permits
    console: Console
    settle: float
    sandbox: bool
    lockfile: str | None
    due_only: bool = False
    base: str | None = None
    """the commit that locks are held against"""
    """what is retired and due is deleted, and nothing else done"""
    issuer: Issuer | None = None
    """who gives out tokens, if it is not WeChat"""
    shared: Mapping[str, str] = field(default_factory=dict)
    """accounts that would have to share a plain token: appid -> name"""
    calls: int = 0

    def told(self, call: Call) -> None:
        """A call has ended."""
        self.calls += 1
        if not self.several:
            self.console.progress(f"{self.calls} calls …")
        self.console.detail(f"{call.name}  {call.seconds * 1000:.0f} ms  {call.error or 'ok'}")

    @property
    def several(self) -> bool:
        """Whether the report is a table."""
        return self.chosen is not None and len(self.chosen) != 1

    def introduce(self, **more: Any) -> None:
        """Have the document of a failure tell of the one account, with `more` fields. Of several, nothing."""
        from ..plan import planfile as document

        if self.several:
            return
        account, page = (self.chosen[0] if self.chosen else None), self.console.page
        page.account = None if account is None else account.name
        page.know(accounts=[{**document.unasked(account, self.desired.dialect, "failed"), **more}])

    def only_account(self) -> Account | None:
        """The one account that is worked on; None where the file names none. UsageError for several."""
        if self.several:
            names = ", ".join(one.name for one in (self.chosen or ())[:3])
            raise click.UsageError(f"this is done with one account: choose one with --account ({names}, …)")
        account = self.chosen[0] if self.chosen else None
        self.console.page.account = None if account is None else account.name
        return account

    def the_one(self, lock: Lock | None = None) -> Workspace:
        """The one account that is worked on, and its lock, which is read if it is not given.

        Raises InputError; UsageError where there are several.
        """
        workspace = self.open(self.only_account(), lock)
        if self.connection.force_refresh and workspace.wallet.credentials.token:
            raise click.UsageError(FORCE_REFRESH)
        return workspace

    def open(self, account: Account | None, lock: Lock | None = None) -> Workspace:
        """One account with its credentials and its lock, which is read if it is not given.

        Raises InputError.
        """
        from ..wechat.auth.credentials import Wallet

        entrance = self._entrance(account)
        desired = self.desired if account is None else self.desired.of(account)
        store = self.lock_store(account)
        return Workspace(
            project=self,
            desired=desired,
            lock=read_lock(store, desired, entrance.appid) if lock is None else lock,
            store=store,
            wallet=Wallet(entrance),
            appid=entrance.appid,
            catalogue=self.catalogue.over(self.answers.of(entrance.appid)),
        )

    def lock_path(self, account: Account | None) -> Path:
        """Where an account's lock is."""
        name = None if account is None else account.name
        return lock_path(self.file, self.lockfile, name, sandbox=self.sandbox)

    def lock_store(self, account: Account | None) -> LockStore:
        """An account's lock. Only one that was named may lie outside of the repository."""
        path = self.lock_path(account)
        if self.lockfile:
            return LockStore(path, patience=patience())
        return LockStore(path, inside=self._tree)

    @cached_property
    def _tree(self) -> Path:
        return files.tree_of(home(self.file).parent)

    def _entrance(self, account: Account | None) -> Credentials:
        if self.sandbox:
            return _sandbox_credentials(account)
        if account is None:
            return credentials(os.environ, self.issuer)
        return credentials_of(account, os.environ, shared=self.shared, issuer=self.issuer)


def desired_or_none_yet(file: str, dialect: str | None) -> Desired:
    """templates.yaml, or one without templates where there is none yet. Raises InputError and UsageError."""
    if not is_there(file):
        return Desired((), dialect or "wxopen")
    desired = read_desired(file)
    if dialect is not None and dialect != desired.dialect:
        raise click.UsageError(f"--dialect {dialect}: {file} is of dialect {desired.dialect}")
    return desired


def open_project(
    console: Console, *, writes: bool, desired: Desired | None = None, **options: Any
) -> Project:
    """Read all that a command needs before its first account. Raises ReconcilerError.

    `desired` is what the file says, where the command has read it.
    """
    from ..library.cache import Catalogue

    file, (endpoint, sandbox) = options["file"], _where(options)
    desired = read_desired(file) if desired is None else desired
    chosen = choose(desired, file, options["account"], options.get("shard"))
    if options["lockfile"] and chosen is not None and len(chosen) != 1:
        raise click.UsageError(
            f"--lockfile names one lock, and {len(chosen)} accounts are worked on: choose one with --account"
        )
    refuse_the_file_itself(file, options["lockfile"])
    if not options["lockfile"]:
        refuse_shared_locks(file, desired, chosen)
    if options["force_refresh"] and options["token_api"] == "classic":
        raise click.UsageError(FORCE_REFRESH)
    issues = None if sandbox else issuer(options, os.environ)
    refuse_one_for_several(issues, chosen or (), os.environ)
    titles = options.get("library")
    transport = None
    if sandbox:
        state = sandbox_state(file)
        transport = partial(_sandbox_transport, state, titles, writes=writes, tell=console.say)
    connection = _connection(endpoint, options, transport=transport, many=len(chosen or ()) >= MANY_ACCOUNTS)
    return Project(
        file=file,
        desired=desired,
        chosen=chosen,
        connection=connection,
        catalogue=Catalogue(fresh=options["refresh"], tell=console.say),
        answers=_answers(desired, connection, options),
        permits=_permits(options, desired, file),
        console=console,
        settle=options["settle"],
        sandbox=sandbox,
        lockfile=options["lockfile"],
        due_only=options.get("due_only", False),
        base=options.get("base"),
        issuer=issues,
        shared={} if sandbox else _sharing(chosen or []),
    )


def _known_names(names: Sequence[str], desired: Desired, file: str) -> frozenset[str]:
    """Names that are given with --add-again. Raises UsageError."""
    unknown = set(names).difference(one.name for one in desired.templates)
    if unknown:
        raise click.UsageError(f"--add-again {min(unknown)}: {file} has no template of this name")
    return frozenset(names)


def choose(
    desired: Desired, file: str, names: Sequence[str], shard: Shard | None = None
) -> list[Account] | None:
    """The accounts to work on; None where the file names none. Raises InputError."""
    if desired.accounts is None:
        if names or shard:
            what = f"--account {names[0]}" if names else "--shard"
            message = f"{what}: the file names no accounts"
            hint = "add accounts: to it, or leave the option out"
            raise InputError(Problem("unknown account", message, file, hint))
        return None
    return accounts_room.choose(desired.accounts, names, shard, file)


def _sharing(chosen: list[Account]) -> dict[str, str]:
    if not os.environ.get("WECHAT_ACCESS_TOKEN") or os.environ.get("WECHAT_APPID"):
        return {}
    return {one.appid: one.name for one in chosen if not has_own(one, os.environ)}


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


def _permits(options: Mapping[str, Any], desired: Desired, file: str) -> Permits:
    from ..plan.guards import Permits

    return Permits(
        max_deletes=options.get("max_deletes"),
        no_templates=options.get("allow_no_templates", False),
        empty_account=options.get("allow_empty_account", False),
        other_account=options.get("allow_other_account", False),
        old_lock=options.get("allow_old_lock", False),
        edited_lock=options.get("allow_edited_lock", False),
        add_again=_known_names(options.get("add_again", ()), desired, file),
        protected=frozenset(options.get("allow_protected", ())),
    )


def _connection(
    endpoint: str | None, options: Mapping[str, Any], *, transport: Any, many: bool
) -> Connection:
    from ..wechat.transport.network import Connection

    return Connection(
        parallelism=options["parallelism"],
        rate=options["rate"],
        timeout=options["timeout"],
        deadline=options["deadline"],
        retries=options["retries"],
        token_api=options["token_api"],
        force_refresh=options["force_refresh"],
        transport=transport,
        many=many,
        **({"endpoint": endpoint} if endpoint else {}),
    )


@dataclass
class _Answers:
    """What earlier runs were told: of a pulled library, and account by account where look-ups are few."""

    book: Book | None
    root: Path | None
    endpoint: str
    dialect: str

    def of(self, appid: str | None) -> Answers | None:
        """Those of one account."""
        from ..library.cache import Shelf

        shelf = None
        if self.root is not None:
            shelf = Shelf(shelf_folder(self.root, self.endpoint, self.dialect, appid), datetime.now(UTC))
        return shelf if self.book is None else self.book.before(shelf)


def _answers(desired: Desired, connection: Connection, options: Mapping[str, Any]) -> _Answers:
    """Nothing of the sandbox is kept: each has a library of its own. Raises InputError."""
    from ..library.cache import Book
    from ..wechat.dialects import DIALECTS

    file, book = options["file"], None
    few = DIALECTS[desired.dialect].LIMITS.daily and connection.transport is None
    if library := options.get("library"):
        book = Book(read_library(library, desired.dialect, file), datetime.now(UTC))
    root = cache_folder(os.environ, file) if few else None
    return _Answers(book, root, connection.endpoint, desired.dialect)


def sandbox_state(file: str) -> Path:
    """Where the sandbox of a templates.yaml keeps its state. Raises InputError where a link stands there, or
    what is no file: it was not made by us."""
    folder = home(file).parent / STATE
    state = folder / "sandbox.sqlite"
    for path in (folder, state):
        if path.is_symlink():
            hint = "remove it: the sandbox makes what it needs"
            raise InputError(Problem("link", "it is a link, which is not followed", str(path), hint))
    if state.exists():
        files.check_regular(state)
    return state


def _sandbox_credentials(account: Account | None) -> Credentials:
    from ..sandbox.accounts import APPID, SECRET
    from ..wechat.auth.credentials import Credentials

    return Credentials(appid=APPID if account is None else account.appid, secret=SECRET)


def _sandbox_transport(state: Path, titles: str | None, *, writes: bool, tell: Callable[[str], None]) -> Any:
    """The emulator in this process. A plan gets a copy of its state in memory: it changes nothing.

    What a pulled library has (`titles`) the emulator has, too, unless that is titles alone.
    """
    import httpx

    from ..sandbox import library
    from ..sandbox.app import create_app
    from ..sandbox.state import store

    class InProcess(httpx.ASGITransport):
        async def aclose(self) -> None:
            opened.close()

    try:
        opened = store.Store.open(state) if writes else store.Store.memory(state)
    except (store.StoreError, OSError) as error:
        raise InputError(Problem("sandbox", str(error))) from None
    try:
        catalogue = library.load(Path(titles) if titles and not is_stream(titles) else None)
    except library.LibraryError as error:
        tell(f"warning: the sandbox has its own library: {error}")
        catalogue = library.load(None)
    return InProcess(app=create_app(opened, catalogue))
