"""`reconciler plan`: what apply would do."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import Exit, Problem, ReconcilerError
from .console import Console
from .options import CALLS, COMMON, PERMITS, option, options
from .signals import interruptible

if TYPE_CHECKING:
    from ..document import Decision
    from ..wechat.network import Network
    from .workspace import Workspace


@click.command(
    epilog="\b\nExample:\n  reconciler plan --out plan.json   (then: reconciler apply plan.json)",
    short_help="show what apply would do",
)
@option("--out", metavar="PLANFILE", help="also write the plan to this file, for `apply PLANFILE`")
@option("--detailed-exitcode", is_flag=True, help="exit 2 if there is something to do")
@options(COMMON, CALLS, PERMITS)
def command(out: str | None, detailed_exitcode: bool, **given: Any) -> int:
    """Show what apply would do. Changes nothing, anywhere.

    Reasons why apply would refuse are part of the plan.
    """
    from .. import document
    from ..render import text
    from .workspace import open_workspace

    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    workspace = open_workspace(console, writes=False, **given)
    if out is not None:
        _check_out(Path(out), workspace)
    with asyncio.Runner() as runner:
        decision = interruptible(runner, _decide(workspace))
    made = document.of([decision])
    if out is not None:
        _write(Path(out), document.dumps(made))
    console.result(text.plan(decision))
    console.document(made)
    return Exit.CHANGES if detailed_exitcode and made["changes"] else Exit.OK


def _check_out(out: Path, workspace: Workspace) -> None:
    """A plan changes nothing: not what it is planned from, nor the sandbox either."""
    from .workspace import sandbox_state

    file = Path(workspace.file)
    if out.resolve() in {one.resolve() for one in (file, workspace.lock_path, sandbox_state(file))}:
        raise click.UsageError(f"--out {out} would overwrite a file that the plan is made from")


async def _decide(workspace: Workspace) -> Decision:
    from ..wechat.network import Network

    async with Network(workspace.connection) as network:
        return await decide(workspace, network)


async def decide(workspace: Workspace, network: Network) -> Decision:
    """Ask and decide, through a client that can't write."""
    from ..survey import survey

    return await survey(
        workspace.desired,
        workspace.lock,
        workspace.client(network),
        file=workspace.file,
        now=datetime.now(UTC),
        appid=workspace.appid,
        permits=workspace.permits,
        settle=workspace.settle,
        suspect=workspace.suspect,
        tell=workspace.console.say,
    )


def _write(path: Path, content: str) -> None:
    from .. import files

    try:
        files.pour(path, content)
    except OSError as error:
        message = f"can't write the plan: {error.strerror or error}"
        raise ReconcilerError(Problem("not written", message, str(path), "choose another place")) from None
