"""What comes of several accounts: a table, a line an account; or one JSON document; and one exit code.

Everything stands in the order of the accounts, however they ended.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from ...app.decide import refusals
from ...core.errors import INTERRUPTED, MORE, Exit, Problem, count_of, more
from ...core.messages import Text
from ...core.model import Account
from ...core.text import counted
from ...plan import planfile as document
from ...plan.actions import Done
from ...plan.planfile import Decision
from ...render import json_stream as pieces
from ...render import plan_text as text
from ..console import OutputError
from ..page import error_rows, further
from .progress import Tally
from .spool import Spool

if TYPE_CHECKING:
    from ...app.project import Project
    from ...apply.run import Run


FEW = 10
"""Accounts whose locks and new ids are told in text; those of more stand in the JSON document"""


@dataclass(frozen=True)
class Outcome:
    """What came of one account."""

    account: Account
    code: Exit
    line: str
    """for the table"""
    block: str = ""
    """what is to be done, where that is worth more than a line"""
    row: dict[str, Any] | None = None
    problems: tuple[Problem, ...] = ()
    done: tuple[Done, ...] = ()
    touched: bool = False
    lock: str | None = None
    """where it is, if it was written"""

    @property
    def failed(self) -> bool:
        return self.code not in (Exit.OK, Exit.INTERRUPTED)

    @classmethod
    def failure(
        cls, account: Account, problems: tuple[Problem, ...], before: Outcome | None = None
    ) -> Outcome:
        """It failed; `before` is what had come of it by then, if anything."""
        what = problems[0].message.removeprefix(f"{account.name}: ")
        if before is None:
            return cls(account, Exit.ERROR, f"failed: {what}", problems=problems)
        code = Exit.INCOMPLETE if before.touched else Exit.ERROR
        return replace(before, code=code, line=f"failed: {what}", problems=(*before.problems, *problems))

    @classmethod
    def decided(
        cls,
        account: Account,
        decision: Decision,
        *,
        applies: bool = False,
        rows: bool = True,
        line: str | None = None,
    ) -> Outcome:
        """It is known what is to be done, and nothing is. `line` is what the table says instead of counts.

        Without `rows`, one with nothing to do has none: nobody will read it.
        """
        made = decision.plan
        worth = made.actions or made.warnings or decision.refused
        refused = f"; refused: {', '.join(one.guard for one in decision.refused)}" if decision.refused else ""
        return cls(
            account,
            Exit.REFUSED if decision.refused else Exit.OK,
            line or text.summary(made) + refused,
            text.plan(decision) if worth else "",
            document.account(decision) if rows or made.actions else None,
            refusals(decision) if applies else (),
        )

    @classmethod
    def acted(
        cls,
        account: Account,
        decision: Decision,
        run: Run,
        problems: tuple[Problem, ...],
        code: Exit,
        *,
        lock: str | None,
    ) -> Outcome:
        """It was done, as far as it went."""
        row = {**document.account(decision), "outcome": document.ended(code)}
        row["warnings"] += document.warnings(run.warnings, decision.file)
        said = text.done(run.done)
        if code == Exit.INTERRUPTED:
            said = f"interrupted{f', {said}' if said else ''}"
        elif code != Exit.OK:
            said = f"failed{f' after {said}' if said else ''}: {problems[0].message}"
        block = text.plan(decision)
        return cls(account, code, said, block, row, problems, tuple(run.done), run.touched, lock)


class _Kept(TypedDict):
    """An outcome as it waits in the file."""

    code: int
    line: str
    block: str
    row: dict[str, Any] | None
    problems: list[list[str | None]]
    done: list[dict[str, Any]]
    touched: bool
    lock: str | None


class Report:
    """Takes outcomes as they come, and shows them in the order of the accounts."""

    def __init__(self, project: Project, *, applies: bool = False) -> None:
        assert project.chosen is not None
        self.accounts = project.chosen
        self.interrupted = False
        self._console = project.console
        self._dialect = project.desired.dialect
        self._applies = applies
        self._acts = False
        self._spool = Spool()
        self._tally = Tally(project.console)

    def close(self) -> None:
        """Let go of its file."""
        self._spool.close()

    # ------------------------------------------------------------------ taking

    def begin(self, count: int) -> None:
        """So many accounts will be worked on."""
        self._tally.begin(count)

    def act(self) -> None:
        """What was planned has been agreed to: from now on what is not done was left out."""
        self._acts = True

    def take(self, outcome: Outcome) -> None:
        """Keep what came of an account, in place of what came of it before."""
        kept = _Kept(
            code=outcome.code,
            line=outcome.line,
            block=outcome.block,
            row=outcome.row,
            problems=[_spooled(one) for one in outcome.problems],
            done=document.done(outcome.done),
            touched=outcome.touched,
            lock=outcome.lock,
        )
        try:
            self._spool.keep(outcome.account, kept)
        except OSError as error:
            told = OutputError(error)
            raise told.after("what was done is in the locks") if self._applies else told from None
        self._tally.one(failed=outcome.failed)

    def failure(self, account: Account, problem: Problem, before: Outcome | None) -> Outcome:
        """What is to be taken of an account that a bug has ended. What could not be told is left out."""
        left = None if before is None else replace(before, row=None, block="")
        return Outcome.failure(account, (problem,), left)

    @property
    def told(self) -> bool:
        """Whether its document was begun."""
        return self._console.page.begun

    def _kept(self) -> Iterator[tuple[Account, _Kept]]:
        """What came of each account that was worked on, in their order."""
        return self._spool.of(self.accounts)

    @property
    def touched(self) -> bool:
        """Whether any account or lock was changed, or nobody knows."""
        return any(kept["touched"] for _, kept in self._kept())

    def pending(self) -> dict[str, str]:
        """The accounts that have something to do, and the digests of their plans."""
        return {
            account.name: kept["row"]["digest"]
            for account, kept in self._kept()
            if kept["row"] is not None and kept["row"]["actions"] and not kept["row"]["refused"]
        }

    # ------------------------------------------------------------------ showing

    def show(self, *, again: bool = False) -> None:
        """The plans that say something, then the table; only the table if it is shown `again`."""
        for part in self._text(again=again):
            self._console.result(part)

    def show_on_terminal(self) -> None:
        """The same for the person who is asked, where stdout carries JSON."""
        for part in self._text(again=False):
            self._console.show(part)

    def _text(self, *, again: bool) -> Iterator[str]:
        if not again:
            for _, kept in self._kept():
                if kept["block"]:
                    yield kept["block"] + "\n"
        few = len(self.accounts) <= FEW
        names = max((len(one.name) for one in self.accounts), default=0)
        appids = max((len(one.appid) for one in self.accounts), default=0)
        for account, kept in self._kept():
            yield text.row(account.name.ljust(names), account.appid.ljust(appids), kept["line"])
            if few and kept["lock"] is not None:
                yield text.written(kept["lock"], kept["done"])
        yield self._total()
        locks = [kept["lock"] for _, kept in self._kept() if kept["lock"] is not None]
        if locks and not few:
            folder = Path(locks[0]).parent
            into = "" if folder == Path() else f" into {folder}"
            yield text.row(
                f"{counted(len(locks), 'lock')} {'was' if len(locks) == 1 else 'were'} written{into}"
            )

    def _total(self) -> str:
        kinds: Counter[str] = Counter()
        for _, kept in self._kept():
            kinds[_kind(kept)] += 1
        missing = len(self.accounts) - sum(kinds.values())
        said = [f"{count} {kind}" for kind, count in sorted(kinds.items())]
        said += [f"{missing} not begun"] if missing else []
        total = f"{len(self.accounts)} accounts: {', '.join(said) or 'nothing to do'}\n"
        if self._applies or not kinds["refused"]:
            return total
        return f"{total}apply would refuse {counted(kinds['refused'], 'account')}\n"

    def document(self, *extra: Problem) -> Iterator[str]:
        """The one JSON document, piece by piece."""
        counts: Counter[str] = Counter()
        for _, kept in self._kept():
            if kept["row"] is not None:
                counts += document.counted(kept["row"])
        yield pieces.opened(document.head(counts))
        yield from pieces.listed("accounts", self._rows())
        if self._applies:
            locks = (kept["lock"] for _, kept in self._kept() if kept["lock"] is not None)
            yield from pieces.listed("locks", locks)
        yield from pieces.listed("errors", self._errors(extra))
        yield from pieces.numbers(further([*(problem for _, problem in self._problems()), *extra]))
        yield pieces.CLOSED

    def _rows(self) -> Iterator[dict[str, Any]]:
        """A row an account, those that were not begun, too."""
        for account in self.accounts:
            kept = next((kept for _, kept in self._spool.of([account])), None)
            row = self._row(account, kept)
            yield {**row, "done": kept["done"] if kept else []} if self._applies else row

    def _row(self, account: Account, kept: _Kept | None) -> dict[str, Any]:
        if kept is None:
            return document.unasked(account, self._dialect, "interrupted")
        row = kept["row"] or document.unasked(account, self._dialect, "failed")
        if kept["code"] in (Exit.ERROR, Exit.INCOMPLETE):
            row["outcome"] = "failed"
        if row["outcome"] == "pending" and (self._acts or (self._applies and self.interrupted)):
            row["outcome"] = "interrupted"
        return row

    def _errors(self, extra: Sequence[Problem]) -> Iterator[dict[str, Any]]:
        """What went wrong; what guards have refused stands in the accounts' rows."""
        for account, kept in self._kept():
            if kept["code"] != Exit.REFUSED:
                yield from error_rows(_problems(kept), account.name)
        yield from error_rows(extra)

    def _problems(self) -> Iterator[tuple[Account, Problem]]:
        for account, kept in self._kept():
            yield from ((account, problem) for problem in _problems(kept))

    # ------------------------------------------------------------------ the end

    def end(self, *extra: Problem, detailed: bool = False) -> int:
        """Say what went wrong, close the document, and give the exit code."""
        if self.interrupted:
            extra = (*extra, self._interruption())
        if self._console.json:
            self._console.stream(self.document(*extra))
        else:
            told = [_named(account, problem) for account, problem in self._problems()]
            self._console.problems([*told, *extra])
        return self._code(extra, detailed=detailed)

    def _interruption(self) -> Problem:
        left = len(self.accounts) - len(self._spool)
        if not self.touched:
            return INTERRUPTED
        hint = "run it again: accounts that are as they should be cost one list each"
        return INTERRUPTED._replace(text=f"interrupted; {left} accounts were not begun", advice=hint)

    def _code(self, extra: Sequence[Problem], *, detailed: bool) -> Exit:
        codes = {Exit(kept["code"]) for _, kept in self._kept()}
        changes = any(kept["row"] and kept["row"]["actions"] for _, kept in self._kept())
        if self.interrupted or Exit.INTERRUPTED in codes:
            return Exit.INTERRUPTED
        if Exit.INCOMPLETE in codes or (self.touched and codes - {Exit.OK}):
            return Exit.INCOMPLETE
        if Exit.ERROR in codes or extra:
            return Exit.ERROR
        if Exit.REFUSED in codes:
            return Exit.REFUSED
        return Exit.CHANGES if detailed and changes else Exit.OK


def _spooled(problem: Problem) -> list[str | None]:
    """A problem in words; of what stands for further ones, their count."""
    said = str(count_of(problem)) if problem.code == MORE else problem.message
    return [problem.code, said, problem.where, problem.hint]


def _problems(kept: _Kept) -> list[Problem]:
    return [
        more(int(said or 1)) if code == MORE else Problem(code or "", said or "", where, hint)
        for code, said, where, hint in kept["problems"]
    ]


def _kind(kept: _Kept) -> str:
    """What an account counts as, in the words of the last line."""
    if kept["code"] == Exit.REFUSED:
        return "refused"
    if kept["code"] != Exit.OK:
        return "failed" if kept["code"] != Exit.INTERRUPTED else "interrupted"
    if kept["done"]:
        return "changed"
    return "with changes" if kept["row"] and kept["row"]["actions"] else "without changes"


def _named(account: Account, problem: Problem) -> Problem:
    if problem.code == MORE:
        return problem._replace(text=Text("core.more-of", of=account.name, count=count_of(problem)))
    named = problem.message.startswith(f"{account.name}: ")
    return problem if named else problem._replace(text=f"{account.name}: {problem.message}")
