"""Ask, then decide: the account's list and the library's answers -> a Decision. It writes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from . import plan
from .catalogue import Catalogue
from .document import Decision
from .errors import CallError, InputError, Problem
from .guard import Permits, judge
from .listing import believed
from .model import Desired, Live, Lock, Spec, Title
from .remote import Reader
from .resolve import Titles, recorded, resolve_all
from .wechat import DIALECTS
from .wechat.errcodes import NOT_ABOUT_CONTENT
from .words import one_line
from .yamltree import quoted, spot


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
    tell: Callable[[str], None] = lambda _: None,
    catalogue: Catalogue | None = None,
) -> Decision:
    """Ask as little as the decision needs, side by side where it can be.

    Look-ups that are needed whatever the account says run beside the listing. That goes on for up to `settle`
    seconds while it lacks what the lock owns, and where it is `suspect`: a run was killed. With `doubt_empty`
    an empty list is asked for twice, whatever the lock owns. `catalogue` has what the library has answered to
    others.

    Raises CallError, and InputError with all that the library does not know of what is wanted.
    """
    library = _Library(remote, catalogue or Catalogue())
    live, _ = await together(
        believed(remote, lock, settle=settle, tell=tell, suspect=suspect, doubt_empty=doubt_empty),
        library.look_up(plan.questions(desired, lock, None, {}).titles),
    )
    basis = Basis(file, now, appid, permits or Permits())
    return await _conclude(desired, lock, live, library, basis)


@dataclass(frozen=True)
class Basis:
    """What a decision rests on beside what is asked."""

    file: str
    now: datetime
    appid: str | None
    permits: Permits = field(default_factory=Permits)


async def conclude(
    desired: Desired,
    lock: Lock,
    live: tuple[Live, ...],
    remote: Reader,
    *,
    basis: Basis,
    catalogue: Catalogue,
) -> Decision:
    """Decide about an account that was listed already. Raises as `survey` does."""
    return await _conclude(desired, lock, live, _Library(remote, catalogue), basis)


async def _conclude(
    desired: Desired, lock: Lock, live: tuple[Live, ...], library: _Library, basis: Basis
) -> Decision:
    specs = await _specs(desired, lock, live, library, basis.file)
    made = plan.decide(desired, lock, live, specs, library.catalogue, now=basis.now, appid=basis.appid)
    _refuse_ambiguous(made, desired, basis.file)
    refused = judge(made, desired, lock, live, basis.permits)
    return Decision(desired, lock, live, made, refused, basis.file)


async def _specs(
    desired: Desired, lock: Lock, live: Sequence[Live], library: _Library, file: str
) -> dict[str, Spec]:
    """All that the library must say; what is wrong by an old answer is asked again before it is told."""
    while True:
        while (open_questions := plan.questions(desired, lock, live, library.catalogue)).titles:
            await library.look_up(open_questions.titles)
        try:
            titles = Titles(open_questions.own, recorded(lock))
            return library.resolve(desired, open_questions.names, file, titles)
        except InputError:
            if not library.doubt(one.id for one in desired.templates):
                raise


def _refuse_ambiguous(made: plan.Plan, desired: Desired, file: str) -> None:
    """Titles that nobody knows, of which templates of several live. Raises InputError."""
    wanted = {one.name: one for one in desired.templates}
    problems = [
        Problem(
            "ambiguous title",
            f"{name}: nobody knows the title of {wanted[name].id}, and templates with these keywords are on "
            f"the account as {', '.join(map(one_line, titles))}",
            spot(file, wanted[name].place),
            f"write its title, such as `title: {quoted(titles[0])}`",
        )
        for name, titles in made.ambiguous.items()
    ]
    if problems:
        raise InputError(problems)


async def together(*calls: Awaitable[Any]) -> list[Any]:
    """Run calls side by side to their end, then raise the first error, if any.

    Nothing is cut off: what has been asked is answered, and no reply is lost to somebody else's error.
    """
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return outcomes


class _Library:
    """What the library has been asked and has answered."""

    def __init__(self, remote: Reader, answers: Catalogue) -> None:
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
            if error.errcode is None or error.errcode in NOT_ABOUT_CONTENT:
                raise
            self.catalogue[id_] = None
            self._answers[id_] = error.problems[0].message

    def doubt(self, ids: Iterable[str]) -> bool:
        """Forget answers that are not of this run; whether there were any."""
        ids = list(ids)
        mine = [title for title in map(self.catalogue.get, ids) if title is not None]
        outdated = not all(map(self._shared.stands, mine))
        if not self._shared.doubt(ids) and not outdated:
            return False
        for id_ in ids:
            self.catalogue.pop(id_, None)
        return True

    def resolve(self, desired: Desired, names: Collection[str], file: str, titles: Titles) -> dict[str, Spec]:
        """The templates of these names. Raises InputError with all that the library does not know of them."""
        return resolve_all(
            [one for one in desired.templates if one.name in names],
            {id_: title for id_, title in self.catalogue.items() if title is not None},
            self._answers,
            file,
            example=DIALECTS[desired.dialect].LIMITS.id_example,
            titles=titles,
        )
