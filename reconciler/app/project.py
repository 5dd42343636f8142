"""What a run works on: a templates.yaml with its accounts, and how to reach them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from ..core import files
from ..core.errors import UsageError
from ..core.messages import Text
from ..core.model import Account, Desired, Lock
from ..core.ports import Teller
from ..lock.store import LockStore
from . import sandbox
from .access.address import check_endpoint
from .access.credentials import credentials, credentials_of, sharing
from .access.token_issuers import TokenOptions, issuer, refuse_one_for_several
from .account import CallLog, Terms, Workspace
from .cache_folder import account_folder, cache_folder
from .chosen_accounts import choose
from .input_files import Inputs, home, is_there
from .lock_paths import lock_path, read_lock
from .shared_locks import refuse_shared_locks, refuse_the_file_itself

if TYPE_CHECKING:
    from ..desired.accounts import Shard
    from ..library.cache import Answers, LibraryCache, PulledAnswers
    from ..plan.guards import Permits
    from ..wechat.auth.credentials import Credentials, Issuer
    from ..wechat.transport.network import Connection
    from .trace import Trace


MANY_ACCOUNTS = 100
"""From so many on, what is faster a call and slower to load is used"""

FORCE_REFRESH = Text("app.force-refresh")


class Settings(NamedTuple):
    """What the command line and the environment ask of a run, before any file was read."""

    file: str
    inputs: Inputs
    environment: Mapping[str, str]
    teller: Teller
    clock: Callable[[], datetime]
    connection: Connection
    """with the endpoint that is used where none is named, and without a transport"""
    permits: Permits
    tokens: TokenOptions
    settle: float
    accounts: Sequence[str] = ()
    shard: Shard | None = None
    lockfile: str | None = None
    endpoint: str | None = None
    insecure: bool = False
    sandbox: bool = False
    library: str | None = None
    refresh: bool = False
    due_only: bool = False
    base: str | None = None
    trace: str | None = None


class Project(Struct, dict=True):
    """What a run works on, for all accounts together."""

    terms: Terms
    desired: Desired
    chosen: list[Account] | None
    """None where the file is about one account, whichever the credentials are for"""
    catalogue: LibraryCache
    """what the library tells this run; of each account with its own answers of earlier runs: see `open`"""
    answers: _Answers
    environment: Mapping[str, str]
    sandbox: bool
    lockfile: str | None
    patience: float
    """seconds that a lock that was named may take to be read: it may be a pipe"""
    issuer: Issuer | None = None
    """who gives out tokens, if it is not WeChat"""
    shared: Mapping[str, str] = field(default_factory=dict)
    """accounts that would have to share a plain token: appid -> name"""

    @property
    def file(self) -> str:
        """The YAML, as it was named."""
        return self.terms.file

    @property
    def several(self) -> bool:
        """Whether other than one account is worked on."""
        return self.chosen is not None and len(self.chosen) != 1

    def only_account(self) -> Account | None:
        """The one account that is worked on; None where the file names none. UsageError for several."""
        if self.several:
            names = tuple(one.name for one in (self.chosen or ())[:3])
            raise UsageError.of(Text("app.one-account", names=names))
        return self.chosen[0] if self.chosen else None

    def the_one(self, lock: Lock | None = None) -> Workspace:
        """The one account that is worked on, and its lock, which is read if it is not given.

        Raises InputError; UsageError where there are several.
        """
        workspace = self.open(self.only_account(), lock)
        if self.terms.connection.force_refresh and workspace.token_store.credentials.token:
            raise UsageError.of(FORCE_REFRESH)
        return workspace

    def open(self, account: Account | None, lock: Lock | None = None) -> Workspace:
        """One account with its credentials and its lock, which is read if it is not given.

        Raises InputError.
        """
        from ..wechat.auth.credentials import TokenStore

        entrance = self._entrance(account)
        desired = self.desired if account is None else self.desired.of(account)
        store = self.lock_store(account)
        return Workspace(
            terms=self.terms,
            desired=desired,
            lock=read_lock(store, desired, entrance.appid) if lock is None else lock,
            store=store,
            token_store=TokenStore(entrance),
            appid=entrance.appid,
            catalogue=self.catalogue.of_account(self.answers.of(entrance.appid, self.terms.clock())),
        )

    def lock_path(self, account: Account | None) -> Path:
        """Where an account's lock is."""
        name = None if account is None else account.name
        return lock_path(self.file, self.lockfile, name, sandbox=self.sandbox)

    def lock_store(self, account: Account | None) -> LockStore:
        """An account's lock. Only one that was named may lie outside of the repository."""
        path = self.lock_path(account)
        if self.lockfile:
            return LockStore(path, patience=self.patience)
        return LockStore(path, inside=self._tree)

    @cached_property
    def _tree(self) -> Path:
        return files.tree_of(home(self.file).parent)

    def _entrance(self, account: Account | None) -> Credentials:
        if self.sandbox:
            return sandbox.credentials(account)
        if account is None:
            return credentials(self.environment, self.issuer)
        return credentials_of(account, self.environment, shared=self.shared, issuer=self.issuer)


def desired_or_none_yet(inputs: Inputs, file: str, dialect: str | None) -> Desired:
    """templates.yaml, or one without templates where there is none yet. Raises InputError and UsageError."""
    if not is_there(file):
        return Desired((), dialect or "wxopen")
    desired = inputs.desired(file)
    if dialect is not None and dialect != desired.dialect:
        raise UsageError.of(Text("app.other-dialect", dialect=dialect, file=file, found=desired.dialect))
    return desired


def open_project(asked: Settings, *, writes: bool, desired: Desired | None = None) -> Project:
    """Read all that a run needs before its first account. `writes`: it may change an account.

    `desired` is what the file says, where that was read already. Raises ReconcilerError.
    """
    from ..library.cache import LibraryCache

    if asked.endpoint is not None:
        check_endpoint(asked.endpoint, insecure=asked.insecure)
    desired = asked.inputs.desired(asked.file) if desired is None else desired
    chosen = choose(desired, asked.file, asked.accounts, asked.shard)
    _check_locks(asked, desired, chosen)
    issues = _issuer(asked, chosen or ())
    connection = _connection(asked, writes=writes, many=len(chosen or ()) >= MANY_ACCOUNTS)
    answers = _answers(asked, desired, connection)
    _check_names(asked.permits.add_again, desired, asked.file)
    terms = _terms(asked, connection, several=chosen is not None and len(chosen) != 1)
    return Project(
        terms=terms,
        desired=desired,
        chosen=chosen,
        catalogue=LibraryCache(fresh=asked.refresh, tell=asked.teller.say),
        answers=answers,
        environment=asked.environment,
        sandbox=asked.sandbox,
        lockfile=asked.lockfile,
        patience=asked.inputs.patience,
        issuer=issues,
        shared={} if asked.sandbox else sharing(chosen or (), asked.environment),
    )


def _check_locks(asked: Settings, desired: Desired, chosen: Sequence[Account] | None) -> None:
    """See that each lock is one account's, and no other file's. Raises InputError and UsageError."""
    if asked.lockfile and chosen is not None and len(chosen) != 1:
        raise UsageError.of(Text("app.one-lock", accounts=len(chosen)))
    refuse_the_file_itself(asked.file, asked.lockfile)
    if not asked.lockfile:
        refuse_shared_locks(asked.inputs, asked.file, desired, chosen)


def _issuer(asked: Settings, accounts: Sequence[Account]) -> Issuer | None:
    if asked.connection.force_refresh and asked.connection.token_api == "classic":
        raise UsageError.of(FORCE_REFRESH)
    issues = None if asked.sandbox else issuer(asked.tokens, asked.environment)
    refuse_one_for_several(issues, accounts, asked.environment)
    return issues


def _connection(asked: Settings, *, writes: bool, many: bool) -> Connection:
    transport = None
    if asked.sandbox:
        state = sandbox.state_of(asked.file)
        transport = partial(sandbox.transport, state, asked.library, writes=writes, teller=asked.teller)
    endpoint = asked.endpoint or asked.connection.endpoint
    return replace(asked.connection, endpoint=endpoint, transport=transport, many=many)


def _terms(asked: Settings, connection: Connection, *, several: bool) -> Terms:
    return Terms(
        file=asked.file,
        connection=connection,
        permits=asked.permits,
        settle=asked.settle,
        due_only=asked.due_only,
        base=asked.base,
        several=several,
        teller=asked.teller,
        told=CallLog(asked.teller, counted=not several).told,
        clock=asked.clock,
        trace=_trace(asked),
    )


def _trace(asked: Settings) -> Trace | None:
    """The file of --trace. Raises InputError."""
    if asked.trace is None:
        return None
    from .trace import Trace

    return Trace(Path(asked.trace), asked.teller, asked.clock)


def _check_names(names: frozenset[str], desired: Desired, file: str) -> None:
    """See that names given with --add-again are of templates. Raises UsageError."""
    unknown = names.difference(one.name for one in desired.templates)
    if unknown:
        raise UsageError.of(Text("app.add-again", name=min(unknown), file=file))


class _Answers(NamedTuple):
    """What earlier runs were told: of a pulled library, and account by account where look-ups are few."""

    pulled: PulledAnswers | None
    root: Path | None
    endpoint: str
    dialect: str

    def of(self, appid: str | None, now: datetime) -> Answers | None:
        """Those of one account."""
        from ..library.cache import DiskAnswers

        kept = None
        if self.root is not None:
            kept = DiskAnswers(account_folder(self.root, self.endpoint, self.dialect, appid), now)
        return kept if self.pulled is None else self.pulled.before(kept)


def _answers(asked: Settings, desired: Desired, connection: Connection) -> _Answers:
    """Nothing of the sandbox is kept: each has a library of its own. Raises InputError."""
    from ..library.cache import PulledAnswers
    from ..wechat.dialects.limits import LIMITS

    pulled = None
    few = LIMITS[desired.dialect].daily and not asked.sandbox
    if asked.library:
        pulled = PulledAnswers(
            asked.inputs.library(asked.library, desired.dialect, asked.file), asked.clock()
        )
    root = cache_folder(asked.environment, asked.file) if few else None
    return _Answers(pulled, root, connection.endpoint, desired.dialect)
