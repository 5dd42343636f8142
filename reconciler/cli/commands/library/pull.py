"""`reconciler library pull`: the whole library in one file."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ....app.signals import interruptible
from ...console import Console
from ...options import CALLS, COMMON, DIALECT, option, options

if TYPE_CHECKING:
    from ....app.account import Workspace
    from ....core.errors import StoppedError
    from ....core.model import Library
    from ....library.pull import Pull
    from ....wechat.client import Client

FEW = 3
"""Titles, or one in ten of them, that may say nothing: a library has its oddities"""

RESERVE = 0.1
"""Of a day's look-ups, left for plans where they are few a day"""


@click.command(
    "pull",
    epilog="\b\nExamples:\n  reconciler library pull\n  reconciler validate --library library.json",
    short_help="get the whole library into one file",
)
@option("--out", default="library.json", metavar="FILE", show_default=True, help="where to write it")
@option("--titles-only", is_flag=True, help="no look-ups: no keywords")
@options(COMMON, DIALECT, CALLS)
def command(out: str, titles_only: bool, **given: Any) -> int:
    """Get the whole library into one file, for checks that need no credentials.

    Look-ups run side by side. What is known stands in FILE.part (in a repository in .reconciler/) until all
    is there: a pull that was interrupted goes on there, and FILE is replaced as a whole. Where look-ups are
    few a day, a tenth of them is left for plans, and the next day goes on. --refresh begins anew.
    """
    from .asking import workspace_of

    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    workspace = workspace_of(console, given)
    pulling = _Pulling(workspace, console, Path(out), refresh=given["refresh"])
    with asyncio.Runner() as runner:
        try:
            library = interruptible(runner, pulling.run(titles_only=titles_only))
        except KeyboardInterrupt:
            raise pulling.interrupted() from None
    bare = sum(title.keywords is None for title in library.titles)
    count = f"{len(library.titles)} titles" + ("" if titles_only else " with their keywords")
    if bare and not titles_only:
        count += f", but for {bare}"
    console.result(f"{out}: {count}\n")
    console.document({"version": 1, "file": out, "dialect": library.dialect, "titles": len(library.titles)})
    return 0


class _Pulling:
    """One pull, from what an earlier one has left to the file."""

    def __init__(self, workspace: Workspace, console: Console, out: Path, *, refresh: bool) -> None:
        self._workspace = workspace
        self._console = console
        self._out = out
        self._part = _part_of(out)
        self._refresh = refresh

    async def run(self, *, titles_only: bool) -> Library:
        from .asking import asked

        _check(self._out, self._part)
        self._check_that_nothing_is_lost(titles_only=titles_only)
        return await asked(self._workspace, self._only_titles if titles_only else self._all)

    def _check_that_nothing_is_lost(self, *, titles_only: bool) -> None:
        """Raises InputError where a file has the keywords of hundreds of look-ups, days of them maybe."""
        from ....core.errors import InputError, Problem

        if self._refresh:
            return
        there, begun = _readable(self._out), _readable(self._part)
        if there is None and self._out.exists() and self._out.stat().st_size:
            lost = "it is there, and no library"
        elif titles_only and there is not None and any(one.keywords is not None for one in there.titles):
            lost = "it has keywords, which --titles-only would lose"
        else:
            lost = None
        for path, why in (
            (self._out, self._another(there) or lost),
            (self._part, self._another(begun)),
        ):
            if why is not None:
                hint = "choose another place with --out, or remove it"
                raise InputError(Problem("would lose", why, str(path), hint))

    def _another(self, library: Library | None) -> str | None:
        """Why it is not this account's library, if it is one and is not."""
        dialect = self._workspace.desired.dialect
        if library is None or library.dialect == dialect:
            return None
        return f"it is a library of {library.dialect}, and this account's is of {dialect}"

    async def _only_titles(self, client: Client) -> Library:
        library = await self._pull(client, None).titles()
        _write(self._out, library)
        return library

    def interrupted(self) -> StoppedError:
        """What there is when a pull is cut off."""
        from ....core.errors import INTERRUPTED, StoppedError

        if not self._part.exists():
            return StoppedError(INTERRUPTED)
        message = f"interrupted; what is known so far is in {self._part}"
        return StoppedError(INTERRUPTED._replace(text=message, advice="run it again: it goes on there"))

    async def _all(self, client: Client) -> Library:
        from ....core.errors import Problem, ReconcilerError

        pull = self._pull(client, self._begun())
        await pull.titles()
        library = await pull.keywords(await self._most(client))
        if len(pull.refused) > max(FEW, len(library.titles) // 10):
            message = f"{len(pull.refused)} of {len(library.titles)} titles can't be looked up"
            hint = f"is it WeChat that answers so? what is known can be used: --library {self._part}"
            raise ReconcilerError(Problem("refused", message, None, hint))
        if left := len(pull.missing) - len(pull.refused):
            still = f"{left} of {len(library.titles)} titles are still to be looked up"
            message = f"{still}; the others are in {self._part}"
            hint = "run it again tomorrow (Beijing time): it goes on where this ended"
            raise ReconcilerError(Problem("daily quota", message, None, hint))
        _write(self._out, library)
        self._part.unlink(missing_ok=True)
        return library

    def _pull(self, client: Client, begun: Library | None) -> Pull:
        from ....core.model import Library, timestamp
        from ....library.pull import Pull

        return Pull(
            client,
            Library(self._workspace.desired.dialect, (), timestamp(datetime.now(UTC))),
            begun,
            save=self._save,
            progress=lambda done, count: self._console.progress(f"keywords of {done} of {count} titles …"),
            tell=self._console.say,
            parallelism=self._workspace.project.connection.parallelism,
        )

    def _save(self, library: Library) -> None:
        from ....core import own_folder as ownfolder

        with suppress(OSError):  # what it is, the write tells
            if self._part.parent != self._out.parent:
                ownfolder.made(self._out.parent)
        _write(self._part, library)

    def _begun(self) -> Library | None:
        """What an earlier pull has left, if it is of this library and can be read."""
        from ....app.inputs import read_library
        from ....core.durations import ago
        from ....core.errors import InputError

        if self._refresh or not self._part.exists():
            return None
        try:
            begun = read_library(str(self._part), self._workspace.desired.dialect, "the account")
        except InputError as error:
            self._console.say(f"warning: {self._part} is begun anew: {error}")
            return None
        since = (datetime.now(UTC) - datetime.fromisoformat(begun.pulled)).total_seconds()
        self._console.say(f"going on with the pull that was begun {ago(max(0.0, since))} ({self._part})")
        return begun

    async def _most(self, client: Client) -> int | None:
        """How many look-ups may be made today, where they are few: a tenth is left for plans."""
        from ....core.errors import CallError
        from ....wechat.dialects import DIALECTS

        dialect = DIALECTS[self._workspace.desired.dialect]
        request = dialect.look_up("1")
        if not dialect.LIMITS.daily or request is None:
            return None
        try:
            quota = await client.quota(request.path)
        except CallError as error:
            self._console.say(f"warning: nobody knows how many look-ups are left today: {error}")
            return None
        return max(0, quota.left - int(RESERVE * quota.limit)) if quota.limit else None


def _part_of(out: Path) -> Path:
    """Where what is known by now waits for the rest: in a repository where git sees nothing, else beside."""
    from ....core import files
    from ....core import own_folder as ownfolder

    folder = ownfolder.of(out.parent) if files.in_repository(out.parent) else out.parent
    return folder / f"{out.name}.part"


def _readable(path: Path) -> Library | None:
    """The library in a file, if it is one. Raises InputError for one of a newer version."""
    from ....app.inputs import read_library
    from ....core.errors import InputError

    try:
        return read_library(str(path), None, "") if path.exists() else None
    except InputError as error:
        if error.problems[0].code == "library version":
            raise
        return None


def _check(out: Path, part: Path) -> None:
    """Better to fail before hundreds of calls than after. Raises InputError.

    A link that nobody has named may have come with the checkout: it may not lead out of it.
    """
    from ....app.inputs import is_typed
    from ....core import files

    files.within(part, files.tree_of(part.parent))
    if not is_typed("out"):
        files.within(out, files.tree_of(out.parent))
    if out.exists() and not out.is_file():
        raise click.UsageError(f"--out {out} is no file")
    files.check_writable(out, "the library", "choose another place with --out")


def _write(path: Path, library: Library) -> None:
    from ....core import files
    from ....core.errors import Problem, ReconcilerError
    from ....library.file import dumps

    try:
        files.write(path, dumps(library))
    except OSError as error:
        message = f"can't write the library: {error.strerror or error}"
        raise ReconcilerError(Problem("not written", message, str(path), "choose another --out")) from None
