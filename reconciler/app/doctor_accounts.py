"""Examine accounts: credentials and lock, then what `doctor` finds by asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from ..core.errors import InputError
from ..core.model import Account, Lock
from ..lock import mutex
from . import doctor
from .doctor import CheckResult
from .event_loop import event_loop, interruptible
from .fleet import Taker, running

if TYPE_CHECKING:
    from ..wechat.transport.network import Network
    from .account import Workspace
    from .project import Project


class Checkup(Struct, frozen=True):
    """What was found of an account."""

    account: Account | None
    appid: str | None
    dialect: str
    findings: tuple[CheckResult, ...]

    @property
    def failed(self) -> bool:
        """Whether the account can't be worked on."""
        return any(one.status == "failed" for one in self.findings)

    @property
    def healthy(self) -> bool:
        """Whether there is nothing to say."""
        return all(one.status == "ok" for one in self.findings)


def examine_one(project: Project) -> Checkup:
    """Examine the one account that is worked on."""
    account = project.chosen[0] if project.chosen else None
    with event_loop(project.terms.teller) as runner:
        return interruptible(runner, _connected(project, account))


def examine_all(project: Project, taker: Taker[Checkup], *, fail_fast: bool) -> None:
    """Examine every chosen account."""
    terms = project.terms
    with running(terms.connection, terms.teller, taker, fail_fast=fail_fast) as fleet:

        async def work(account: Account) -> Checkup:
            return await _check_up(project, account, fleet.network)

        fleet.over(project.chosen or (), work)


async def _connected(project: Project, account: Account | None) -> Checkup:
    from ..wechat.transport.network import Network

    async with Network(project.terms.connection) as network:
        return await _check_up(project, account, network)


async def _check_up(project: Project, account: Account | None, network: Network) -> Checkup:
    """Examine one account."""
    workspace, findings = _opened(project, account)
    appid = None if account is None else account.appid
    if workspace is not None:
        appid = workspace.appid
        lock = None if any(one.status == "failed" for one in findings) else workspace.lock
        findings = (*findings, *await doctor.examine(workspace.client(network), lock))
    return Checkup(account, appid, project.desired.dialect, findings)


def _opened(project: Project, account: Account | None) -> tuple[Workspace | None, tuple[CheckResult, ...]]:
    """Open the account, if there are credentials; without its lock where that can't be read."""
    try:
        workspace = project.open(account)
    except InputError as error:
        found = doctor.of_problems(error.problems)
        try:
            return project.open(account, Lock(project.desired.dialect)), found
        except InputError:
            return None, found
    path = workspace.lock_path
    found = doctor.of_lock(exists=path.exists(), marked_by=mutex.marked_by(path))
    if project.terms.connection.token_api == "classic" and workspace.token_store.credentials.secret:
        found = (*found, doctor.of_classic())
    return workspace, found
