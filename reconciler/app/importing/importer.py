"""One import of one account: ask, recognize, name, write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from msgspec.structs import replace

from ...apply.transitions import differs, imported
from ...core import bugs, files
from ...core.errors import (
    CallError,
    IncompleteError,
    InputError,
    OutputError,
    Problem,
    ReconcilerError,
    RefusedError,
    UsageError,
)
from ...core.messages import Text, some
from ...core.model import Caveat, Live, Lock, Title
from ...core.ports import Person
from ...desired.edit import with_templates
from ...desired.yaml_nodes import MAX_BYTES
from ...lock import mutex
from ...plan.actions import Adopt
from ...plan.decision import Decision
from ...plan.planner import Basis, conclude
from ...wechat.dialects.limits import LIMITS
from ..apply_account import tell_of_claim
from ..decide_account import decide
from ..dialects import blank, dialect_of, held
from ..event_loop import event_loop, interruptible
from ..input_files import Inputs, is_stream, is_there
from ..project import Project, Settings, desired_or_none_yet, open_project
from ..signals import stop_if_asked, unheard
from . import names_file
from .entries import Additions, additions, unowned
from .identify import Identifier
from .match import Ambiguous, LeftOut, TitleMatch, inexpressible
from .names_file import Choices

if TYPE_CHECKING:
    from ...lock.mutex import Claim
    from ...wechat.client import Client
    from ...wechat.transport.network import Network
    from ..account import Workspace

WRONG_PLACE = ("empty account", "wrong account", "old lock")
"""Guards that say that this is not the lock's account"""


class Imported(NamedTuple):
    """What an import has found, and what a plan would say now."""

    found: Additions
    rest: Decision
    warnings: tuple[Caveat, ...]
    file: str
    lock: str
    written: bool


class ImportAudience(Person, Protocol):
    """Whoever is asked which title a template is of, and is told what was found. Raises OutputError."""

    def reached(self, project: Project) -> None:
        """Hear what is worked on, before it is opened."""
        ...

    def places(self, file: str, lock: str) -> None:
        """Hear where file and lock will be."""
        ...

    def written(self) -> None:
        """Hear that the file is written, and the lock is not yet."""
        ...

    def told(self, imported: Imported) -> None:
        """Tell what was found."""
        ...


def choices_of(inputs: Inputs, file: str | None) -> Choices:
    """The names that somebody has chosen, from a file if there is one. Raises InputError."""
    if file is None:
        return Choices()
    return names_file.read(inputs.yaml(file, Text("app.write-names-file")), file)


def import_one(
    asked: Settings, audience: ImportAudience, *, names: str | None, dialect: str | None, writes: bool
) -> None:
    """Import the one account that is worked on; without `writes` nothing is written.

    `names` is a file with names to give, `dialect` whose API is asked, where that was said. Raises
    ReconcilerError and OutputError.
    """
    file = asked.file
    if is_stream(file) and writes:
        raise UsageError.of(Text("app.no-place", file=file))
    if asked.library and dialect is None and not Path(file).exists():
        dialect = asked.inputs.library(asked.library, None, file).dialect
    desired = desired_or_none_yet(asked.inputs, file, dialect)
    project = open_project(asked, writes=False, desired=desired)
    if dialect is None and not is_stream(file) and not Path(file).exists():
        audience.reached(project)
        desired = blank(dialect_of(project))
        project = open_project(asked, writes=False, desired=desired)
    choices = choices_of(asked.inputs, names)
    audience.reached(project)
    workspace = project.the_one()
    audience.places(file, str(workspace.lock_path))
    with workspace.alone() if writes else nullcontext() as claim:
        _Importing(project, workspace, asked, audience, claim=claim, choices=choices).run()


class _Importing:
    """Ask, recognize, name, write: the file first, so that a lock never owns what no file wants."""

    def __init__(
        self,
        project: Project,
        workspace: Workspace,
        asked: Settings,
        audience: ImportAudience,
        *,
        claim: Claim | None,
        choices: Choices,
    ) -> None:
        """Without a `claim` on the lock nothing is written."""
        self._project = project
        self._workspace = workspace
        self._claim = claim
        self._choices = choices
        self._asked = asked
        self._audience = audience
        self._path = Path(project.file)
        self._elsewhere: tuple[Text, ...] = ()

    def run(self) -> None:
        """Import. Raises ReconcilerError and OutputError."""
        if self._claim is None:
            return self._imported()
        tell_of_claim(self._workspace, self._claim)
        with mutex.held(self._path, Text("app.another-import")) as of_file:
            for claim in (self._claim, of_file):
                if claim.problem is not None:
                    raise InputError(claim.problem)
            files.remove_staging(self._path)
            self._workspace.store.sweep()
            return self._imported()

    def _imported(self) -> None:
        file, connected = self._project.file, self._workspace.connected
        before = self._asked.inputs.yaml(file) if is_there(file) else None
        # Two runs of one event loop, so that questions are asked outside of it, where Ctrl-C is heard.
        with event_loop(self._audience) as runner:
            decision, identified = interruptible(runner, connected(self._look))
            found = self._named(decision, identified)
            text = self._text(before, found)
            rest = interruptible(runner, connected(partial(self._after, decision, found)))
        if self._claim is None:
            return self._tell(found, rest)
        stop_if_asked()
        return self._written(before, text, found, rest)

    def _written(self, before: bytes | None, text: str | None, found: Additions, rest: Decision) -> None:
        """Write what was found, and tell it: neither a signal nor a full disk leaves it unsaid."""
        with unheard():
            try:
                self._write(before, text, rest.lock if differs(rest.lock, self._workspace.lock) else None)
                self._tell(found, rest)
            except OutputError as error:
                raise error.after(Text("app.both-written")) from None
            except ReconcilerError:
                raise
            except Exception as error:
                raise IncompleteError(bugs.problem(error)) from None

    # -------------------------------------------------------------- ask

    async def _look(self, network: Network) -> tuple[Decision, list[TitleMatch | LeftOut | Ambiguous]]:
        """The plan as it is now, and what the templates are that it knows nothing of."""
        decision = await decide(self._workspace, network, doubt_empty=True)
        _refuse_wrong_place(decision)
        lives = unowned(decision.plan, decision.live)
        for key in self._choices.unused(lives):
            why = _why_unused(key, self._choices.of[key].name, decision)
            if why is not None:
                self._audience.warn(Text("app.unused-name", file=self._choices.file, why=why))
        client = self._workspace.client(network)
        if not decision.live:
            self._elsewhere = await self._held_elsewhere(network)
        limits = LIMITS[decision.desired.dialect]
        asking = [one for one in lives if not self._choices.id_of(one) and not inexpressible(one, limits)]
        titles = await self._titles(client, asking) if asking else None
        identifier = Identifier(client, self._workspace.catalogue, titles, self._choices, limits)
        return decision, await identifier.identify(lives)

    async def _held_elsewhere(self, network: Network) -> tuple[Text, ...]:
        """What the account's other lists hold, where the one that was asked for is empty."""
        try:
            counts = await held(self._workspace, network)
        except CallError:
            return ()
        mine = self._workspace.desired.dialect
        return tuple(
            Text("app.held", count=count, dialect=name)
            for name, count in counts.items()
            if count and name != mine
        )

    async def _titles(self, client: Client, lives: Sequence[Live]) -> Sequence[Title] | None:
        """The library's titles, from the pulled file if that has all of these, or page by page; None where
        nobody can list them."""
        dialect = self._workspace.desired.dialect
        if self._asked.library is not None and not self._asked.refresh:
            titles = self._asked.inputs.library(self._asked.library, dialect, self._project.file).titles
            if {one.title.strip() for one in lives} <= {(one.title or "").strip() for one in titles}:
                return titles
        return await client.titles() if LIMITS[dialect].listed else None

    # -------------------------------------------------------------- decide

    def _named(self, decision: Decision, identified: Sequence[TitleMatch | LeftOut | Ambiguous]) -> Additions:
        settled = [self._settled(one) if isinstance(one, Ambiguous) else one for one in identified]
        found = [one for one in settled if isinstance(one, TitleMatch)]
        left = [one for one in settled if isinstance(one, LeftOut)]
        named = additions(found, left, decision, self._choices)
        self._refuse_own_list(named)
        return named

    def _settled(self, ambiguous: Ambiguous) -> TitleMatch | LeftOut:
        """Ask whoever sits at the terminal, if there is one."""
        if not self._audience.answers:
            return ambiguous.left
        live = ambiguous.live
        self._audience.say(Text("app.may-be-of", template_id=live.template_id, title=live.title))
        for number, title in enumerate(ambiguous.titles, 1):
            names = ", ".join(keyword.name for keyword in title.keywords or ())
            self._audience.say(f"  {number}  {title.id}  {names}")
        numbers = {str(number): title for number, title in enumerate(ambiguous.titles, 1)}
        question = Text("app.which-title", most=len(numbers))
        while answer := self._audience.asked(question):
            if answer in numbers:
                return ambiguous.settled(numbers[answer])
        return ambiguous.left

    def _text(self, before: bytes | None, found: Additions) -> str | None:
        """What the file will say; None where it stays as it is."""
        if before is not None and not found.added:
            return None
        return with_templates(before, self._project.file, self._project.desired, found.added)

    async def _after(self, decision: Decision, found: Additions, network: Network) -> Decision:
        """The lock as it will be, and what a plan would say then. All that it needs to know was asked."""
        desired = replace(decision.desired, templates=(*decision.desired.templates, *found.added))
        decide = partial(
            conclude,
            desired,
            live=decision.live,
            remote=self._workspace.client(network),
            basis=Basis(self._project.file, self._workspace.terms.clock(), self._workspace.appid),
            catalogue=self._workspace.catalogue,
        )
        made = await decide(imported(decision.lock, decision.plan, found.entries))
        rest = await decide(imported(made.lock, made.plan, {}))
        kept = {name: entry.template_id for name, entry in rest.plan.kept.items()}
        assert all(kept.get(name) == entry.template_id for name, entry in found.entries.items())
        return rest

    def _refuse_own_list(self, found: Additions) -> None:
        """An account that wants some templates only would not want what is added."""
        account = self._workspace.desired.account
        if found.added and account is not None and account.templates is not None:
            where = self._project.desired.accounts_file or self._project.file
            advice = Text("app.list-then", names=tuple(one.name for one in found.added))
            raise InputError(Problem("own list", Text("app.own-list", account=account.name), where, advice))

    # -------------------------------------------------------------- write

    def _write(self, before: bytes | None, text: str | None, lock: Lock | None) -> None:
        """Raises ReconcilerError; IncompleteError where the one was written and the other was not."""
        path, store = self._path, self._workspace.store
        if lock is not None:
            store.check_writable()
        if text is not None and files.read(path, limit=MAX_BYTES) != before:
            advice = Text("app.run-again-unchanged")
            raise InputError(Problem("changed", Text("app.changed-meanwhile"), str(path), advice))
        try:
            if text is not None:
                files.write(path, text)
                self._audience.written()
        except OSError as error:
            said = Text("app.cant-write", why=error.strerror or str(error))
            advice = Text("app.make-writable")
            raise ReconcilerError(Problem("not written", said, str(path), advice)) from None
        try:
            if lock is not None:
                store.write(lock)
        except OSError as error:
            said = Text("app.cant-write-lock", why=error.strerror or str(error))
            advice = Text("app.import-again", file=str(path))
            raise IncompleteError(Problem("not written", said, str(store.path), advice)) from None

    def _tell(self, found: Additions, rest: Decision) -> None:
        """What was found, and what a plan would say now."""
        warnings = (*found.warnings, *self._dangers(found, rest))
        for warning in warnings:
            self._audience.warn(warning.text)
        file, lock = self._project.file, str(self._workspace.lock_path)
        self._audience.told(Imported(found, rest, warnings, file, lock, self._claim is not None))

    def _dangers(self, found: Additions, rest: Decision) -> Iterator[Caveat]:
        if not rest.live:
            text = Text("app.none-listed")
            if self._elsewhere:
                dialect = rest.desired.dialect
                text = Text("app.listed-elsewhere", dialect=dialect, counts=self._elsewhere)
            yield Caveat("no templates", text)
        if rest.desired.prune == "all" and found.left:
            retires = rest.desired.retire_after
            yield Caveat("prune all", Text("app.retires-left") if retires else Text("app.deletes-left"))
        yield from self._of_others(found)

    def _of_others(self, found: Additions) -> Iterator[Caveat]:
        accounts = self._project.desired.accounts or ()
        account = self._workspace.desired.account
        others = [one.name for one in accounts if one.templates is None and one != account]
        if found.added and others:
            yield Caveat("other accounts", Text("app.others-get", names=some(others)))


def _why_unused(key: str, chosen: str | None, decision: Decision) -> Text | None:
    """Why nothing gets the name that was chosen for this template_id or title; None where it has that name
    already, as on the second of two accounts, or in a second run."""
    owned = {entry.template_id: name for name, entry in decision.lock.templates.items()}
    owned |= {one.template_id: one.name for one in decision.plan.of(Adopt)}
    named = [
        owned[one.template_id]
        for one in decision.live
        if key in (one.template_id, one.title.strip()) and one.template_id in owned
    ]
    if not named:
        return Text("app.nothing-called", key=key)
    if chosen in named:
        return None
    return Text("app.named-already", key=key, names=tuple(named))


def _proven(decision: Decision) -> bool:
    """Whether a template of the lock is listed: then it is the account, whatever else is not there."""
    owned = {entry.template_id for entry in decision.lock.templates.values()}
    owned |= {one.entry.template_id for one in decision.lock.retired}
    return not owned.isdisjoint(one.template_id for one in decision.live)


def _refuse_wrong_place(decision: Decision) -> None:
    """Raises RefusedError where this is not the lock's account: it would own what is not its own."""
    problems = [
        Problem(one.guard, one.text, None, Text("app.wrong-place"))
        for one in decision.refused
        if one.guard in WRONG_PLACE and not _proven(decision)
    ]
    if problems:
        raise RefusedError(problems)
