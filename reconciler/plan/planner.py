"""Ask, then decide: the account's list and the library's answers -> a Decision. It writes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from msgspec import Struct, field
from msgspec.structs import replace

from ..core.aio import together
from ..core.errors import CallError, InputError, Problem
from ..core.messages import Said, Text
from ..core.model import Caveat, Desired, Live, Lock, Retired, Spec, Title, Wanted
from ..core.ports import Reader
from ..core.text import one_line
from ..desired.yaml_nodes import quoted, spot
from ..library.cache import LibraryCache
from ..library.resolve import Titles, recorded, resolve_all
from ..wechat.dialects.limits import LIMITS
from . import guards as guard
from .actions import Add, Adopt, Plan
from .decide import decide, questions
from .decision import Decision
from .facts import Catalogue, Facts, Orders
from .guards import Case, Evidence, Permits
from .refresh import believed


async def survey(
    desired: Desired,
    lock: Lock,
    remote: Reader,
    *,
    file: str,
    now: datetime,
    appid: str | None = None,
    permits: Permits | None = None,
    settle: float = 3.0,
    suspect: bool = False,
    doubt_empty: bool = False,
    tell: Callable[[Said], None] = lambda _: None,
    catalogue: LibraryCache | None = None,
    due_only: bool = False,
    begun: Collection[str] = (),
    history: History = lambda _: None,
    lock_file: str = "templates.lock.json",
) -> Decision:
    """Ask as little as the decision needs, side by side where it can be.

    Look-ups that are needed whatever the account says run beside the listing. That goes on for up to `settle`
    seconds while it lacks what the lock owns, and where it is `suspect`: a run was killed. With `doubt_empty`
    an empty list is asked for twice, whatever the lock owns. `catalogue` has what the library has answered to
    others. The rest is as `Basis` says.

    Raises CallError, and InputError with all that the library does not know of what is wanted, or with what
    is unwanted and owned.
    """
    _refuse_owned(desired, lock, file)
    basis = Basis(file, now, appid, permits or Permits(), due_only, frozenset(begun), history, lock_file)
    library = _Library(remote, catalogue or LibraryCache())
    live, _ = await together(
        believed(remote, lock, settle=settle, tell=tell, suspect=suspect, doubt_empty=doubt_empty),
        library.look_up(questions(Facts.of(desired, lock, None, {}, basis.orders)).titles),
    )
    return await _conclude(desired, lock, live, library, basis)


History = Callable[[Collection[str]], Collection[str] | None]
"""Which of some template_ids any committed lock holds; None where nobody can tell. It may take its time."""


class Basis(Struct, frozen=True):
    """Values that a decision is made from, beside those that are asked for.

    `due_only`: only what is retired and due is decided about. `begun` are names whose adds an earlier run may
    have made; `lock_file` is the lock's path, as it is told.
    """

    file: str
    now: datetime
    appid: str | None
    permits: Permits = field(default_factory=Permits)
    due_only: bool = False
    begun: frozenset[str] = frozenset()
    history: History = lambda _: None
    lock_file: str = "templates.lock.json"

    @property
    def orders(self) -> Orders:
        """The options that the plan is made by."""
        return self.permits.orders(due_only=self.due_only)


async def conclude(
    desired: Desired,
    lock: Lock,
    live: tuple[Live, ...],
    remote: Reader,
    *,
    basis: Basis,
    catalogue: LibraryCache,
) -> Decision:
    """Decide about an account that was listed already. Raises as `survey` does."""
    return await _conclude(desired, lock, live, _Library(remote, catalogue), basis)


async def _conclude(
    desired: Desired, lock: Lock, live: tuple[Live, ...], library: _Library, basis: Basis
) -> Decision:
    made = await _decide(desired, lock, live, library, basis)
    if unsure := unchecked(made, desired, lock, library.catalogue):
        why = await library.learn(desired.dialect, {one.id for one in unsure})
        made = await _decide(desired, lock, live, library, basis)
        told = unchecked(made, desired, lock, library.catalogue)
        made = replace(made, warnings=(*made.warnings, *(_unchecked(one, why) for one in told if one.title)))
    _refuse_ambiguous(made, desired, basis.file)
    _refuse_closed(made, desired, basis.file)
    return await _judged(Decision(desired, lock, live, made, (), basis.file), basis)


async def _judged(decision: Decision, basis: Basis) -> Decision:
    """Add the guards' refusals. Git is asked only where a guard would refuse for want of its answer."""
    evidence = Evidence(basis.appid, basis.begun, lock_file=basis.lock_file)
    plan, lock, live = decision.plan, decision.lock, decision.live
    case = Case(plan, decision.desired, lock, live, basis.permits, evidence)
    if ids := guard.in_question(case):
        ever = await asyncio.to_thread(basis.history, ids)
        unowned = ids.difference(ever) if ever is not None else frozenset()
        case = replace(case, evidence=replace(evidence, unowned=unowned))
    made = replace(plan, warnings=(*plan.warnings, *guard.caveats(case)))
    return replace(decision, plan=made, refused=guard.judge(case))


async def _decide(
    desired: Desired, lock: Lock, live: tuple[Live, ...], library: _Library, basis: Basis
) -> Plan:
    """Make the plan, once the library has told all that it must."""
    while True:
        facts = Facts.of(desired, lock, live, library.catalogue, basis.orders)
        if (asked := questions(facts)).titles:
            await library.look_up(asked.titles)
            continue
        try:
            titles = Titles(asked.own, recorded(lock))
            specs = library.resolve(desired, asked.names, basis.file, titles)
            return decide(facts, specs, now=basis.now, appid=basis.appid)
        except InputError:  # what is wrong by an old answer is asked again before it is told
            if not library.doubt(one.id for one in desired.templates):
                raise


def unchecked(made: Plan, desired: Desired, lock: Lock, catalogue: Catalogue) -> tuple[Wanted, ...]:
    """Find what a plan would add, adopt by its keywords alone, or can't tell from others, and whose title no
    look-up tells, nor the lock where YAML agrees with it. Only the list of titles does."""
    titles: dict[str, set[str]] = {}
    for entry in (*lock.templates.values(), *(one.entry for one in lock.retired)):
        titles.setdefault(entry.id, set()).add(entry.title.strip())
    added, adopted = ({one.name for one in made.of(kind)} for kind in (Add, Adopt))

    def needs(one: Wanted) -> bool:
        if one.name in made.ambiguous:
            return True
        if one.title is None:
            return one.name in (added if not one.keywords else adopted) and one.id not in titles
        return one.name in added and one.title.strip() not in titles.get(one.id, ())

    return tuple(
        one
        for one in desired.templates
        if (title := catalogue.get(one.id)) is not None and title.title is None and needs(one)
    )


def _unchecked(wanted: Wanted, why: Said | None) -> Caveat:
    text = Text("plan.unchecked-title", name=wanted.name)
    if why is not None:
        text = Text("plan.unchecked-title-since", name=wanted.name, why=why)
    return Caveat("unchecked title", text, wanted.name, wanted.title_place)


def _refuse_owned(desired: Desired, lock: Lock, file: str) -> None:
    """Refuse what is unwanted and stands in the lock. Raises InputError."""
    owners: dict[str, Said] = {one.entry.template_id: _retired(one) for one in lock.retired}
    owners |= {entry.template_id: name for name, entry in lock.templates.items()}
    problems = [
        Problem(
            "unwanted",
            Text("plan.unwanted-owned", template_id=one.template_id, owner=owners[one.template_id]),
            spot(file, one.place),
            Text("plan.take-out-of-unwanted"),
        )
        for one in desired.unwanted
        if one.template_id in owners
    ]
    if problems:
        raise InputError(problems)


def _retired(one: Retired) -> Text:
    if one.name is None:
        return Text("plan.nameless-retired")
    return Text("plan.name-retired", name=one.name)


def _refuse_ambiguous(made: Plan, desired: Desired, file: str) -> None:
    """Refuse wishes whose title nobody knows, if templates of several titles could be them. Raises
    InputError."""
    wanted = {one.name: one for one in desired.templates}
    problems = [
        Problem(
            "ambiguous title",
            Text(
                "plan.ambiguous-title",
                name=name,
                id=wanted[name].id,
                titles=tuple(map(one_line, titles)),
            ),
            spot(file, wanted[name].place),
            Text("plan.write-title", title=quoted(titles[0])),
        )
        for name, titles in made.ambiguous.items()
    ]
    if problems:
        raise InputError(problems)


def _refuse_closed(made: Plan, desired: Desired, file: str) -> None:
    """Refuse adds from the library that is closed: what lives of it can be kept, and nothing can be added.
    Raises InputError."""
    limits = LIMITS[desired.dialect]
    names = {action.name for action in made.of(Add) if limits.is_old(action.spec.id)}
    problems = [
        Problem(
            "closed library",
            Text("plan.closed-library", name=one.name, id=one.id),
            spot(file, one.id_place),
            Text("plan.use-open-title", example=limits.id_example),
        )
        for one in desired.templates
        if one.name in names
    ]
    if problems:
        raise InputError(problems)


class _Library:
    """The library: what it was asked, and what it has answered."""

    def __init__(self, remote: Reader, answers: LibraryCache) -> None:
        self._remote = remote
        self._shared = answers
        self.catalogue: dict[str, Title | None] = {}
        self._answers: dict[str, str] = {}

    async def look_up(self, ids: Iterable[str]) -> None:
        await together(*(self._look_up(one) for one in sorted(ids)))

    async def _look_up(self, id_: str) -> None:
        try:
            self.catalogue[id_] = await self._shared.title(id_, self._remote)
        except CallError as error:
            if not error.is_about_what_was_asked:
                raise
            self.catalogue[id_] = None
            self._answers[id_] = error.problems[0].message

    async def learn(self, dialect: str, ids: Collection[str]) -> Said | None:
        """Look these titles up in the list of titles, if there is one. Returns why that failed, if it did."""
        if not LIMITS[dialect].listed:
            return None
        try:
            await self._shared.learn(ids, self._remote)
        except CallError as error:
            return error.problems[0].text
        await self.look_up(ids)
        return None

    def doubt(self, ids: Iterable[str]) -> bool:
        """Forget answers that are not of this run. Returns whether there were any."""
        ids = list(ids)
        mine = [title for title in map(self.catalogue.get, ids) if title is not None]
        outdated = not all(map(self._shared.stands, mine))
        if not self._shared.doubt(ids) and not outdated:
            return False
        for id_ in ids:
            self.catalogue.pop(id_, None)
        return True

    def resolve(self, desired: Desired, names: Collection[str], file: str, titles: Titles) -> dict[str, Spec]:
        """Resolve the templates of these names. Raises InputError with all that the library does not know of
        them."""
        return resolve_all(
            [one for one in desired.templates if one.name in names],
            {id_: title for id_, title in self.catalogue.items() if title is not None},
            self._answers,
            file,
            hint=LIMITS[desired.dialect].id_hint,
            titles=titles,
        )
