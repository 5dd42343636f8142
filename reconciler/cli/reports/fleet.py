"""The report of several accounts: a table, a line an account; or one JSON document; and one exit code.

Everything stands in the order of the accounts, however they ended.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ...app import rollout
from ...app.decide_account import refusals
from ...app.plan import write_plan
from ...app.rollout import Acted, Decided, Failed, Result
from ...app.signals import unheard
from ...core import bugs
from ...core.errors import (
    INTERRUPTED,
    MORE,
    Exit,
    IncompleteError,
    OutputError,
    Problem,
    ReconcilerError,
    count_of,
    more,
)
from ...core.messages import Text
from ...core.model import Account
from ...core.text import counted
from ...plan import planfile
from ...plan import planfile_rows as rows
from ...plan.planfile import COUNTED
from ...render import json_stream, plan_text
from ..document import error_rows, further
from .account import NO, NO_TERMINAL
from .progress import Tally
from .spool import Spool

if TYPE_CHECKING:
    from ...app.project import Project
    from ...plan.review import Reviewed
    from ..console import Console


FEW = 10
"""Accounts whose locks and new ids are told in text; those of more stand in the JSON document"""

DONE = Text("cli.done-in-locks")


def plan_all(console: Console, project: Project, out: str | None, *, detailed: bool, fail_fast: bool) -> int:
    """Plan every chosen account, and tell what was found."""
    with closing(FleetReport(console, project, rows=console.json or out is not None)) as report:
        try:
            rollout.plan_all(project, report, fail_fast=fail_fast)
            unwritten = _unwritten(out, report) if out is not None and not report.interrupted else ()
            report.show()
            return report.end(*unwritten, detailed=detailed)
        except KeyboardInterrupt:
            return report.cut_short()


def _unwritten(out: str, report: FleetReport) -> tuple[Problem, ...]:
    """Write the plan, and say why it can't be, if it can't."""
    try:
        write_plan(Path(out), report.document())
    except ReconcilerError as error:
        return error.problems
    return ()


def apply_all(
    console: Console,
    project: Project,
    reviewed: Reviewed | None,
    *,
    agreed: bool,
    delete_first: bool,
    fail_fast: bool,
) -> int:
    """Apply to every chosen account, and tell what was done."""
    with closing(FleetReport(console, project, rows=console.json, applies=True)) as report:
        try:
            return rollout.apply_all(
                project, reviewed, report, agreed=agreed, delete_first=delete_first, fail_fast=fail_fast
            )
        except KeyboardInterrupt:
            return report.cut_short()


class OutcomeMark(NamedTuple):
    """Facts of an account, for totals and exit code. Most accounts of a fleet have the same."""

    code: Exit
    kind: str
    """what it counts as, in the words of the last line"""
    touched: bool = False
    changes: bool = False
    """something is to be done, or was"""
    pending: bool = False
    """the row says that something is to be done, and nothing was"""
    told: bool = False
    """there are problems"""
    locked: bool = False
    """its lock was written"""
    counts: tuple[int, ...] = (0,) * len(COUNTED)
    """how much there is of each of planfile.COUNTED"""


class FleetReport:
    """Takes what came of accounts as it comes, and shows it in the order of the accounts.

    `rows`: the document will be read. `applies`: it is an apply's, not a plan's.
    """

    def __init__(self, console: Console, project: Project, *, rows: bool, applies: bool = False) -> None:
        assert project.chosen is not None
        self.accounts = project.chosen
        self.interrupted = False
        self._console = console
        self._dialect = project.desired.dialect
        self._rows = rows
        self._applies = applies
        self._acts = False
        self._spool = Spool(("block", "line", "row", "problems"))
        self._marks: dict[str, OutcomeMark] = {}
        self._kinds: dict[OutcomeMark, OutcomeMark] = {}
        """each mark once: thousands of accounts share a few"""
        self._tally = Tally(console)

    def close(self) -> None:
        """Let go of its file."""
        self._spool.close()

    # ------------------------------------------------------------------ taking

    def begin(self, count: int) -> None:
        """So many accounts will be worked on."""
        self._tally.begin(count)

    def acts(self) -> None:
        """What was planned has been agreed to: from now on what is not done was left out."""
        self._acts = True

    def take(self, result: Result) -> None:
        """Keep what came of an account, in place of what came of it before. Raises OutputError."""
        texts = _Texts(result, self._dialect, applies=self._applies, rows=self._rows)
        mark = texts.mark()
        try:
            self._spool.keep(result.account.name, texts.parts())
        except OSError as error:
            told = OutputError(error)
            raise told.after(DONE) if self._applies else told from None
        self._marks[result.account.name] = self._kinds.setdefault(mark, mark)
        self._tally.one(failed=result.failed)

    def failure(self, account: Account, problem: Problem, before: Result | None) -> Result:
        """What is to be taken of an account that a bug has ended. What could not be told is left out."""
        return Failed(account, (problem,), before, untold=True)

    @property
    def _touched(self) -> bool:
        """Whether any account or lock was changed, or nobody knows."""
        return any(mark.touched for mark in self._kinds_kept())

    def _kinds_kept(self) -> Counter[OutcomeMark]:
        return Counter(self._marks.values())

    def _kept(self) -> Iterator[tuple[Account, OutcomeMark]]:
        """The accounts that were worked on, in their order."""
        return ((one, self._marks[one.name]) for one in self.accounts if one.name in self._marks)

    # ------------------------------------------------------------------ showing

    def planned(self) -> None:
        """Show the plans, as far as there are."""
        self.show()

    def objection(self, count: int) -> Problem | None:
        """Ask on the terminal; without one, or without a yes, nothing happens."""
        if not sys.stdin.isatty():
            return NO_TERMINAL
        if self._console.json:
            for part in self._text(again=False):
                self._console.show(part)
        return None if self._console.confirmed(Text("cli.apply-to", accounts=count)) else NO

    def show(self, *, again: bool = False) -> None:
        """The plans that say something, then the table; only the table if it is shown `again`."""
        if not self._console.json:
            for part in self._text(again=again):
                self._console.result(part)

    def _text(self, *, again: bool) -> Iterator[str]:
        if not again:
            for account, _ in self._kept():
                if block := self._spool.read(account.name, "block"):
                    yield block
        few = len(self.accounts) <= FEW
        names = max((len(one.name) for one in self.accounts), default=0)
        appids = max((len(one.appid) for one in self.accounts), default=0)
        folder = None
        for account, mark in self._kept():
            line = json.loads(self._spool.read(account.name, "line"))
            yield plan_text.row(account.name.ljust(names), account.appid.ljust(appids), line["line"])
            if mark.locked:
                folder = Path(line["lock"]).parent if folder is None else folder
                if few:
                    yield plan_text.written(line["lock"], line["done"])
        yield self._total()
        if folder is not None and not few:
            yield plan_text.row(_locks(sum(mark.locked for mark in self._marks.values()), folder))

    def _total(self) -> str:
        kinds = Counter(mark.kind for mark in self._marks.values())
        missing = len(self.accounts) - kinds.total()
        said = [f"{count} {kind}" for kind, count in sorted(kinds.items())]
        said += [f"{missing} not begun"] if missing else []
        total = f"{len(self.accounts)} accounts: {', '.join(said) or 'nothing to do'}\n"
        if self._applies or not kinds["refused"]:
            return total
        return f"{total}apply would refuse {counted(kinds['refused'], 'account')}\n"

    def document(self, *extra: Problem) -> Iterator[str]:
        """The one JSON document, piece by piece."""
        yield json_stream.opened(planfile.head(self._counts()))
        yield from json_stream.put("accounts", self._told_rows())
        if self._applies:
            locks = (self._line(account)["lock"] for account, mark in self._kept() if mark.locked)
            yield from json_stream.listed("locks", locks)
        problems: list[Problem] = []
        yield from json_stream.listed("errors", self._errors(extra, problems))
        yield from json_stream.numbers(further([*problems, *extra]))
        yield json_stream.CLOSED

    def _counts(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for mark, times in self._kinds_kept().items():
            for kind, number in zip(COUNTED, mark.counts, strict=True):
                counts[kind] += number * times
        return counts

    def _told_rows(self) -> Iterator[str]:
        """A row an account, those that were not begun, too."""
        cut = self._acts or (self._applies and self.interrupted)
        for account in self.accounts:
            mark = self._marks.get(account.name)
            if mark is None:
                yield json_stream.text(self._unbegun(account))
            elif mark.pending and cut:
                row = json.loads(self._spool.read(account.name, "row"))
                yield json_stream.text({**row, "outcome": "interrupted"})
            else:
                yield self._spool.read(account.name, "row")

    def _unbegun(self, account: Account) -> dict[str, Any]:
        row = planfile.unasked(account, self._dialect, "interrupted")
        return {**row, "done": []} if self._applies else row

    def _errors(self, extra: Sequence[Problem], seen: list[Problem]) -> Iterator[dict[str, Any]]:
        """What went wrong; what guards have refused stands in the accounts' rows. All are put into `seen`."""
        for account, problems in self._problems():
            seen += [one for one in problems if one.code == MORE]
            if self._marks[account.name].code != Exit.REFUSED:
                yield from error_rows(problems, account.name)
        yield from error_rows(extra)

    def _problems(self) -> Iterator[tuple[Account, list[Problem]]]:
        for account, mark in self._kept():
            if mark.told:
                rows = json.loads(self._spool.read(account.name, "problems"))
                yield account, [_problem(row) for row in rows]

    def _line(self, account: Account) -> dict[str, Any]:
        line: dict[str, Any] = json.loads(self._spool.read(account.name, "line"))
        return line

    # ------------------------------------------------------------------ the end

    def ended(self, *problems: Problem) -> Exit:
        """The end of an apply that has changed nothing."""
        return self.end(*problems)

    def applied(self, *, again: bool) -> Exit:
        """The end of an apply: neither a signal nor a full disk makes what was done undone, or unsaid."""
        try:
            with unheard():
                self.show(again=again)
                return self.end()
        except OutputError as error:
            raise error.after(DONE) if self._touched else error from None
        except Exception as error:
            raise IncompleteError(bugs.problem(error)) if self._touched else error from None

    def cut_short(self) -> Exit:
        """The end of a run that a signal has ended before an account was begun, or at the question.

        Raises KeyboardInterrupt where the result was being told.
        """
        if self._console.page.begun:
            raise KeyboardInterrupt
        with unheard():
            self.interrupted = True
            return self.end()

    def end(self, *extra: Problem, detailed: bool = False) -> Exit:
        """Say what went wrong, close the document, and give the exit code."""
        if self.interrupted:
            extra = (*extra, self._interruption())
        if self._console.json:
            self._console.stream(self.document(*extra))
        else:
            told = [_named(account, one) for account, problems in self._problems() for one in problems]
            self._console.problems([*told, *extra])
        return self._code(extra, detailed=detailed)

    def _interruption(self) -> Problem:
        left = len(self.accounts) - len(self._marks)
        if not self._touched:
            return INTERRUPTED
        return INTERRUPTED._replace(text=Text("cli.not-begun", accounts=left), advice=Text("cli.run-again"))

    def _code(self, extra: Sequence[Problem], *, detailed: bool) -> Exit:
        codes = {mark.code for mark in self._marks.values()}
        changes = any(mark.changes for mark in self._marks.values())
        if self.interrupted or Exit.INTERRUPTED in codes:
            return Exit.INTERRUPTED
        if Exit.INCOMPLETE in codes or (self._touched and codes - {Exit.OK}):
            return Exit.INCOMPLETE
        if Exit.ERROR in codes or extra:
            return Exit.ERROR
        if Exit.REFUSED in codes:
            return Exit.REFUSED
        return Exit.CHANGES if detailed and changes else Exit.OK


class _Texts:
    """Makes the texts of one account: its plan, its line of the table, its row of the document."""

    def __init__(self, result: Result, dialect: str, *, applies: bool, rows: bool) -> None:
        self._result = result
        self._dialect = dialect
        self._applies = applies
        shown = _shown(result)
        self._decision = None if shown is None else shown.decision
        acted = result.acted if isinstance(result, Failed) else result
        self._acted = acted if isinstance(acted, Acted) else None
        self._problems = _problems(result, applies=applies)
        self._changes = self._decision is not None and bool(self._decision.plan.actions)
        self._row = self._made() if rows else {}

    def mark(self) -> OutcomeMark:
        """Its facts."""
        acted = self._acted
        counts = planfile.counted(self._row) if self._row else Counter[str]()
        return OutcomeMark(
            self._result.code,
            self._kind(),
            touched=acted is not None and acted.touched,
            changes=self._changes,
            pending=self._row.get("outcome") == "pending",
            told=bool(self._problems),
            locked=acted is not None and acted.lock is not None,
            counts=tuple(counts[kind] for kind in COUNTED),
        )

    def parts(self) -> dict[str, str]:
        """The texts."""
        done = () if self._acted is None else self._acted.done
        lock = None if self._acted is None else self._acted.lock
        line = {"line": _line(self._result), "lock": lock, "done": planfile.done(done)}
        row = {**self._row, "done": line["done"]} if self._applies else self._row
        problems = list(map(_row_of, self._problems))
        return {
            "block": self._block(),
            "line": json.dumps(line),
            "row": json_stream.text(row) if self._row else "",
            "problems": json.dumps(problems) if problems else "",
        }

    def _made(self) -> dict[str, Any]:
        """The account's row of the document."""
        if self._decision is None:
            return planfile.unasked(self._result.account, self._dialect, "failed") | self._outcome()
        row = planfile.account(self._decision) | self._outcome()
        if self._acted is not None:
            row["warnings"] += rows.of_warnings(self._acted.warnings, self._decision.file)
        return row

    def _outcome(self) -> dict[str, str]:
        if self._result.code in (Exit.ERROR, Exit.INCOMPLETE):
            return {"outcome": "failed"}
        return {} if self._acted is None else {"outcome": planfile.ended(self._acted.code)}

    def _block(self) -> str:
        """The plan, where it is worth more than a line."""
        if self._decision is None:
            return ""
        made = self._decision.plan
        worth = made.actions or made.warnings or self._decision.refused or self._acted is not None
        return plan_text.plan(self._decision) + "\n" if worth else ""

    def _kind(self) -> str:
        code = self._result.code
        if code == Exit.REFUSED:
            return "refused"
        if code != Exit.OK:
            return "failed" if code != Exit.INTERRUPTED else "interrupted"
        if self._acted is not None and self._acted.done:
            return "changed"
        return "with changes" if self._changes else "without changes"


def _shown(result: Result) -> Decided | Acted | None:
    """The part of a result that has a decision to show; None where there is none."""
    while isinstance(result, Failed):
        if result.untold or result.before is None:
            return None
        result = result.before
    return result


def _problems(result: Result, *, applies: bool) -> tuple[Problem, ...]:
    match result:
        case Failed():
            before = () if result.before is None else _problems(result.before, applies=applies)
            return (*before, *result.problems)
        case Acted():
            return result.problems
        case Decided():
            return refusals(result.decision) if applies else ()


def _line(result: Result) -> str:
    """What the table says of an account."""
    match result:
        case Failed():
            return f"failed: {result.problems[0].message.removeprefix(f'{result.account.name}: ')}"
        case Decided():
            return _decided(result)
        case Acted():
            said = plan_text.done(result.done)
            if result.code == Exit.INTERRUPTED:
                return f"interrupted{f', {said}' if said else ''}"
            if result.code != Exit.OK:
                return f"failed{f' after {said}' if said else ''}: {result.problems[0].message}"
            return said


def _decided(result: Decided) -> str:
    if result.already:
        return plan_text.ALREADY
    refused = ", ".join(one.guard for one in result.decision.refused)
    return plan_text.summary(result.decision.plan) + (f"; refused: {refused}" if refused else "")


def _row_of(problem: Problem) -> list[Any]:
    """A problem as a row, with how many it stands for."""
    return [problem.code, problem.message, problem.where, problem.hint, count_of(problem)]


def _problem(row: Sequence[Any]) -> Problem:
    code, message, where, hint, count = row
    return more(count) if code == MORE else Problem(code, message, where, hint)


def _named(account: Account, problem: Problem) -> Problem:
    if problem.code == MORE:
        return problem._replace(text=Text("core.more-of", of=account.name, count=count_of(problem)))
    named = problem.message.startswith(f"{account.name}: ")
    if named:
        return problem
    return problem._replace(text=Text("cli.of-account", account=account.name, text=problem.text))


def _locks(count: int, folder: Path) -> str:
    into = "" if folder == Path() else f" into {folder}"
    return f"{counted(count, 'lock')} {'was' if count == 1 else 'were'} written{into}"
