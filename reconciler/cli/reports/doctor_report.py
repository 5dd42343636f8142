"""What doctor found of several accounts: a table, a line an account, and above it what is worth more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from ...app import doctor_accounts as checkup
from ...app.doctor import CheckResult
from ...app.doctor_accounts import Checkup
from ...core.errors import INTERRUPTED, Exit, OutputError, Problem
from ...core.model import Account
from ...render import doctor_text, json_stream, plan_text
from ..document import error_rows
from .progress import Tally
from .spool import Spool

if TYPE_CHECKING:
    from ...app.project import Project
    from ..console import Console


def heading(found: Checkup) -> str:
    """The account, as a plan names it."""
    appid = found.appid or "(appid unknown)"
    return f"account {f'{found.account.name} ({appid})' if found.account else appid}, {found.dialect}"


def row(found: Checkup) -> dict[str, Any]:
    """The account in the JSON document."""
    name = found.account and found.account.name
    findings = list(map(doctor_text.document, found.findings))
    return {"account": name, "appid": found.appid, "dialect": found.dialect, "findings": findings}


def head(*, healthy: bool) -> dict[str, Any]:
    """How the JSON document begins."""
    return {"version": 1, "healthy": healthy}


def examine_all(console: Console, project: Project, *, fail_fast: bool) -> int:
    """Examine every chosen account, and tell what was found."""
    with closing(Checkups(console, project)) as report:
        checkup.examine_all(project, report, fail_fast=fail_fast)
        return report.end()


class Checkups:
    """Takes what was found as it comes, and shows it in the order of the accounts."""

    def __init__(self, console: Console, project: Project) -> None:
        assert project.chosen is not None
        self.accounts = project.chosen
        self.interrupted = False
        self._console = console
        self._dialect = project.desired.dialect
        self._spool = Spool(("block", "line", "row"))
        self._tally = Tally(console)
        self._kinds: Counter[str] = Counter()

    def close(self) -> None:
        """Let go of its file."""
        self._spool.close()

    def begin(self, count: int) -> None:
        """So many accounts will be examined."""
        self._tally.begin(count)

    def take(self, found: Checkup) -> None:
        """Keep what was found."""
        assert found.account is not None
        self._kinds["failed" if found.failed else "healthy" if found.healthy else "with warnings"] += 1
        block = "" if found.healthy else doctor_text.block(heading(found), found.findings)
        texts = {"block": block, "line": doctor_text.line(found.findings)}
        if self._console.json:
            texts = {"row": json_stream.text(row(found))}
        try:
            self._spool.keep(found.account.name, texts)
        except OSError as error:
            raise OutputError(error) from None
        self._tally.one(failed=found.failed)

    def failure(self, account: Account, problem: Problem, _before: Checkup | None) -> Checkup:
        """What is to be taken of an account that a bug has ended."""
        found = CheckResult("api", "failed", problem.text, problem.advice)
        return Checkup(account, account.appid, self._dialect, (found,))

    def end(self) -> int:
        """Show it, and give the exit code."""
        if self._console.json:
            self._console.stream(self._document())
        else:
            for part in self._text():
                self._console.result(part)
            self._console.problems([INTERRUPTED] if self.interrupted else [])
        if self.interrupted:
            return Exit.INTERRUPTED
        return Exit.ERROR if self._kinds["failed"] else Exit.OK

    def _document(self) -> Iterator[str]:
        whole = not self.interrupted and len(self._spool) == len(self.accounts)
        yield json_stream.opened(head(healthy=whole and not self._kinds["failed"]))
        yield from json_stream.put(
            "accounts", (self._spool.read(one.name, "row") for one in self._examined())
        )
        yield from json_stream.listed("errors", iter(error_rows([INTERRUPTED] if self.interrupted else [])))
        yield json_stream.CLOSED

    def _text(self) -> Iterator[str]:
        for account in self._examined():
            if block := self._spool.read(account.name, "block"):
                yield block
        names = max(len(one.name) for one in self.accounts)
        for account in self._examined():
            line = self._spool.read(account.name, "line")
            yield plan_text.row(account.name.ljust(names), account.appid, line)
        left = len(self.accounts) - len(self._spool)
        said = [f"{count} {kind}" for kind, count in sorted(self._kinds.items()) if count]
        said += [f"{left} not begun"] if left else []
        yield f"{len(self.accounts)} accounts: {', '.join(said)}\n"

    def _examined(self) -> Iterator[Account]:
        return (one for one in self.accounts if one.name in self._spool)
