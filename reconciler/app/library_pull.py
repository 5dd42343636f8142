"""Pull the whole library into one file: what an earlier pull has left is used, and nothing is lost."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..core import files, own_folder
from ..core.durations import ago
from ..core.errors import (
    INTERRUPTED,
    CallError,
    InputError,
    Problem,
    ReconcilerError,
    StoppedError,
    UsageError,
)
from ..core.messages import Text
from ..core.model import Library, timestamp
from ..library.file import dumps
from ..library.pull import Pull
from ..wechat import dialects
from ..wechat.dialects.limits import LIMITS
from .event_loop import event_loop, interruptible
from .library_lookup import answer

if TYPE_CHECKING:
    from ..wechat.client import Client
    from .account import Workspace
    from .project import Settings

FEW = 3
"""Titles, or one in ten of them, that may say nothing: a library has its oddities"""

RESERVE = 0.1
"""Of a day's look-ups, left for plans where they are few a day"""


def pull(asked: Settings, workspace: Workspace, out: Path, *, found: bool, titles_only: bool) -> Library:
    """Pull the library of an account into the file `out`, which was `found` if nobody has named it.

    Raises ReconcilerError; StoppedError where a signal ended it, with where what is known by then is.
    """
    pulling = _Pulling(asked, workspace, out, found=found)
    with event_loop(asked.teller) as runner:
        try:
            return interruptible(runner, pulling.run(titles_only=titles_only))
        except KeyboardInterrupt:
            raise pulling.interrupted() from None


class _Pulling:
    """One pull, from what an earlier one has left to the file."""

    def __init__(self, asked: Settings, workspace: Workspace, out: Path, *, found: bool) -> None:
        self._asked = asked
        self._inputs = asked.inputs
        self._tell = asked.teller
        self._workspace = workspace
        self._out = out
        self._found = found
        self._part = _part_of(out)

    async def run(self, *, titles_only: bool) -> Library:
        self._check()
        self._check_that_nothing_is_lost(titles_only=titles_only)
        return await answer(self._workspace, self._only_titles if titles_only else self._all)

    def _check_that_nothing_is_lost(self, *, titles_only: bool) -> None:
        """Raises InputError where a file has the keywords of hundreds of look-ups, days of them maybe."""
        if self._asked.refresh:
            return
        there, begun = self._readable(self._out), self._readable(self._part)
        lost: Text | None
        if there is None and self._out.exists() and self._out.stat().st_size:
            lost = Text("app.no-library")
        elif titles_only and there is not None and any(one.keywords is not None for one in there.titles):
            lost = Text("app.loses-keywords")
        else:
            lost = None
        for path, why in (
            (self._out, self._another(there) or lost),
            (self._part, self._another(begun)),
        ):
            if why is not None:
                raise InputError(Problem("would lose", why, str(path), Text("app.out-or-remove")))

    def _another(self, library: Library | None) -> Text | None:
        """Why it is not this account's library, if it is one and is not."""
        dialect = self._workspace.desired.dialect
        if library is None or library.dialect == dialect:
            return None
        return Text("app.other-library", found=library.dialect, dialect=dialect)

    async def _only_titles(self, client: Client) -> Library:
        library = await self._pull(client, None).titles()
        _write(self._out, library)
        return library

    def interrupted(self) -> StoppedError:
        """What there is when a pull is cut off."""
        if not self._part.exists():
            return StoppedError(INTERRUPTED)
        text = Text("app.pull-interrupted", part=str(self._part))
        return StoppedError(INTERRUPTED._replace(text=text, advice=Text("app.pull-goes-on")))

    async def _all(self, client: Client) -> Library:
        pull = self._pull(client, self._begun())
        await pull.titles()
        library = await pull.keywords(await self._most(client))
        if len(pull.refused) > max(FEW, len(library.titles) // 10):
            text = Text("app.titles-refused", refused=len(pull.refused), titles=len(library.titles))
            raise ReconcilerError(Problem("refused", text, None, Text("app.use-part", part=str(self._part))))
        if left := len(pull.missing) - len(pull.refused):
            text = Text("app.titles-left", left=left, titles=len(library.titles), part=str(self._part))
            raise ReconcilerError(Problem("daily quota", text, None, Text("app.tomorrow")))
        _write(self._out, library)
        self._part.unlink(missing_ok=True)
        return library

    def _pull(self, client: Client, begun: Library | None) -> Pull:
        return Pull(
            client,
            Library(self._workspace.desired.dialect, (), timestamp(self._asked.clock())),
            begun,
            save=self._save,
            progress=self._progress,
            tell=self._tell.say,
            parallelism=self._workspace.terms.connection.parallelism,
        )

    def _progress(self, done: int, titles: int) -> None:
        self._tell.progress(Text("app.pulling", done=done, titles=titles))

    def _save(self, library: Library) -> None:
        with suppress(OSError):  # what it is, the write tells
            if self._part.parent != self._out.parent:
                own_folder.made(self._out.parent)
        _write(self._part, library)

    def _begun(self) -> Library | None:
        """What an earlier pull has left, if it is of this library and can be read."""
        if self._asked.refresh or not self._part.exists():
            return None
        try:
            begun = self._inputs.library(str(self._part), self._workspace.desired.dialect, "the account")
        except InputError as error:
            self._tell.warn(Text("app.begun-anew", part=str(self._part), why=str(error)))
            return None
        since = (self._asked.clock() - datetime.fromisoformat(begun.pulled)).total_seconds()
        self._tell.say(Text("app.going-on", ago=ago(max(0.0, since)), part=str(self._part)))
        return begun

    async def _most(self, client: Client) -> int | None:
        """How many look-ups may be made today, where they are few: a tenth is left for plans."""
        dialect = self._workspace.desired.dialect
        request = dialects.load(dialect).look_up("1")
        if not LIMITS[dialect].daily or request is None:
            return None
        try:
            quota = await client.quota(request.path)
        except CallError as error:
            self._tell.warn(Text("app.quota-unknown", why=str(error)))
            return None
        return max(0, quota.left - int(RESERVE * quota.limit)) if quota.limit else None

    def _readable(self, path: Path) -> Library | None:
        """The library in a file, if it is one. Raises InputError for one of a newer version."""
        try:
            return self._inputs.library(str(path), None, "") if path.exists() else None
        except InputError as error:
            if error.problems[0].code == "library version":
                raise
            return None

    def _check(self) -> None:
        """Better to fail before hundreds of calls than after. Raises InputError and UsageError.

        A link that nobody has named may have come with the checkout: it may not lead out of it.
        """
        out, part = self._out, self._part
        files.within(part, files.tree_of(part.parent))
        if self._found:
            files.within(out, files.tree_of(out.parent))
        if out.exists() and not out.is_file():
            raise UsageError.of(Text("app.out-no-file", file=str(out)))
        files.check_writable(out, "the library", "choose another place with --out")


def _part_of(out: Path) -> Path:
    """Where what is known by now waits for the rest: in a repository where git sees nothing, else beside."""
    folder = own_folder.of(out.parent) if files.in_repository(out.parent) else out.parent
    return folder / f"{out.name}.part"


def _write(path: Path, library: Library) -> None:
    try:
        files.write(path, dumps(library))
    except OSError as error:
        text = Text("app.library-unwritten", why=error.strerror or str(error))
        raise ReconcilerError(Problem("not written", text, str(path), Text("app.another-out"))) from None
