"""`reconciler doctor`: for each account, what stands in the way."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click

from ...app.signals import interruptible
from ...core.errors import Exit, InputError
from ..console import Console
from ..options import ACCOUNTS, CALLS, COMMON, options

if TYPE_CHECKING:
    from ...app.account import Workspace
    from ...app.doctor import Finding
    from ...app.project import Project
    from ...core.model import Account
    from ...wechat.transport.network import Network
    from ..reports.doctor import Checkup


@click.command(
    epilog="\b\nExamples:\n  reconciler doctor\n  reconciler doctor --account staging --format json",
    short_help="say what stands in the way of each account",
)
@options(COMMON, CALLS, ACCOUNTS)
def command(**given: Any) -> int:
    """Say of each account what stands in the way, and what to do about it. Changes nothing, anywhere.

    Credentials, lock, token, allow list of addresses, permission, what is left of each call's daily quota,
    and whether the account is the one that the lock is about. Exits 1 if something has failed.
    """
    from ...app.project import open_project

    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    project = open_project(console, writes=False, **given)
    if project.several:
        return _examine_all(project, fail_fast=given["fail_fast"])
    return _examine_one(project)


async def check_up(project: Project, account: Account | None, network: Network) -> Checkup:
    """Examine one account."""
    from ...app import doctor
    from ..reports.doctor import Checkup

    workspace, findings = _opened(project, account)
    appid = None if account is None else account.appid
    if workspace is not None:
        appid = workspace.appid
        lock = None if any(one.status == "failed" for one in findings) else workspace.lock
        findings = (*findings, *await doctor.examine(workspace.client(network), lock))
    return Checkup(account, appid, project.desired.dialect, findings)


def _opened(project: Project, account: Account | None) -> tuple[Workspace | None, tuple[Finding, ...]]:
    """The account, if its credentials let it be asked; it is asked without a lock that can't be read."""
    from ...app import doctor
    from ...core.model import Lock
    from ...lock import mutex as runlock

    try:
        workspace = project.open(account)
    except InputError as error:
        found = doctor.of_problems(error.problems)
        try:
            return project.open(account, Lock(project.desired.dialect)), found
        except InputError:
            return None, found
    path = workspace.lock_path
    found = doctor.of_lock(exists=path.exists(), marked_by=runlock.marked_by(path))
    if project.connection.token_api == "classic" and workspace.wallet.credentials.secret:
        found = (*found, doctor.of_classic())
    return workspace, found


def _examine_one(project: Project) -> int:
    from ...render import doctor_text as findings
    from ..reports.doctor import head

    account = project.chosen[0] if project.chosen else None
    with asyncio.Runner() as runner:
        found = interruptible(runner, _connected(project, account))
    project.console.result(findings.block(found.heading, found.findings) + findings.summary(found.findings))
    project.console.document({**head(healthy=not found.failed), "accounts": [found.row()]})
    return Exit.ERROR if found.failed else Exit.OK


async def _connected(project: Project, account: Account | None) -> Checkup:
    from ...wechat.transport.network import Network

    async with Network(project.connection) as network:
        return await check_up(project, account, network)


def _examine_all(project: Project, *, fail_fast: bool) -> int:
    from ...app.fleet import running
    from ..reports.doctor import Checkups

    with closing(Checkups(project)) as report, running(project, report, fail_fast=fail_fast) as fleet:

        async def work(account: Account) -> Checkup:
            return await check_up(project, account, fleet.network)

        fleet.over(report.accounts, work)
        return report.end()
