"""An account and a disk in memory, and a run that is made with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.apply.run import Run
from reconciler.core.errors import (
    CallError,
    Problem,
    Reason,
    ReconcilerError,
)
from reconciler.core.messages import Said, words
from reconciler.core.model import (
    Desired,
    Live,
    Lock,
    Slot,
    Spec,
    Title,
)
from reconciler.plan.decision import Decision
from reconciler.plan.planner import survey

from ..tools import LIBRARY, NOW, SPOKEN, answer

FULL = CallError(Problem("errcode 45026", "full"), reason=Reason.FULL, errcode=45026, executed=False)
REFUSED = CallError(Problem("errcode 45075", "refused"), reason=Reason.CONTENT, errcode=45075, executed=False)
LOST = CallError(Problem("no reply", "lost"), executed=None, passing=True)


@dataclass
class Account:
    """An account in memory that keeps a diary; `fail` may raise before or after a step."""

    templates: list[Live] = field(default_factory=list)
    diary: list[str] = field(default_factory=list)
    fail: Callable[[str], None] = lambda _: None
    lag: int = 0
    made: int = 0

    async def list_templates(self, expect: Collection[str] = (), more: int = 0) -> tuple[Live, ...]:
        self.diary.append("list")
        if self.lag and "add" in " ".join(self.diary):
            self.lag -= 1
            return ()
        return tuple(self.templates)

    async def title(self, id: str) -> Title:  # noqa: A002
        self.diary.append(f"title {id}")
        found = answer(id)
        assert found is not None
        return found

    async def titles(self) -> tuple[Title, ...]:
        return tuple(LIBRARY.values())

    async def add(self, spec: Spec) -> str:
        self.fail(f"before add {spec.id}")
        self.made += 1
        template_id = f"N{self.made}"
        slots = tuple(Slot(one.name, f"keyword{n}") for n, one in enumerate(spec.keywords, 1))
        self.templates.append(Live(template_id, LIBRARY[spec.id].title or "", slots))
        self.diary.append(f"add {template_id}")
        self.fail(f"after add {spec.id}")
        return template_id

    async def delete(self, template_id: str) -> None:
        self.fail(f"before delete {template_id}")
        self.templates = [one for one in self.templates if one.template_id != template_id]
        self.diary.append(f"delete {template_id}")
        self.fail(f"after delete {template_id}")

    def expected_keys(self, count: int) -> Sequence[str] | None:
        if SPOKEN[-1] != "wxopen":
            return None
        return [f"keyword{n}" for n in range(1, count + 1)]


@dataclass
class Disk:
    """Where the lock is saved; every save is kept."""

    account: Account
    saves: list[Lock] = field(default_factory=list)
    full_after: int = 1_000_000

    def write(self, locked: Lock) -> None:
        if len(self.saves) >= self.full_after:
            raise OSError(28, "No space left on device")
        self.saves.append(locked)
        self.account.diary.append("save")


class Ear(list[str]):
    """What was told, in words."""

    def hear(self, said: Said) -> None:
        self.append(words(said))


async def applying(wish: Desired, locked: Lock, account: Account, disk: Disk, **more: Any) -> Run:
    decision = await survey(wish, locked, account, file="t.yaml", now=NOW, settle=0.0)
    run = Run(decision, account, disk.write, now=NOW, **{"settle": 0.0, **more})
    try:
        await run.go()
    except ReconcilerError as error:
        error.run = run  # type: ignore[attr-defined]
        raise
    return run


def applied(wish: Desired, locked: Lock, account: Account, **more: Any) -> tuple[Run, Disk]:
    disk = Disk(account)
    return asyncio.run(applying(wish, locked, account, disk, **more)), disk


def planned(wish: Desired, locked: Lock, account: Account) -> Decision:
    return asyncio.run(survey(wish, locked, account, file="t.yaml", now=NOW, settle=0.0))


def failing(at: str, error: CallError) -> Callable[[str], None]:
    def fail(step: str) -> None:
        if step == at:
            raise error

    return fail
