"""What doctor found of several accounts: a table, a line an account, and above it what is worth more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ...app.doctor import Finding
from ...core.errors import INTERRUPTED, Exit, Problem
from ...core.model import Account
from ...render import doctor_text as findings
from ...render import json_stream as pieces
from ...render import plan_text as text
from ..console import OutputError
from ..page import error_rows
from .progress import Tally
from .spool import Spool

if TYPE_CHECKING:
    from ...app.project import Project


@dataclass(frozen=True)
class Checkup:
    """What was found of an account."""

    account: Account | None
    appid: str | None
    dialect: str
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> bool:
        """Whether the account can't be worked on."""
        return any(one.status == "failed" for one in self.findings)

    @property
    def healthy(self) -> bool:
        """Whether there is nothing to say."""
        return all(one.status == "ok" for one in self.findings)

    @property
    def heading(self) -> str:
        """The account, as a plan names it."""
        appid = self.appid or "(appid unknown)"
        return f"account {f'{self.account.name} ({appid})' if self.account else appid}, {self.dialect}"

    def row(self) -> dict[str, Any]:
        """The account in the JSON document."""
        name = self.account and self.account.name
        findings = [asdict(one) for one in self.findings]
        return {"account": name, "appid": self.appid, "dialect": self.dialect, "findings": findings}


def head(*, healthy: bool) -> dict[str, Any]:
    """How the JSON document begins."""
    return {"version": 1, "healthy": healthy}


class Checkups:
    """Takes what was found as it comes, and shows it in the order of the accounts."""

    def __init__(self, project: Project) -> None:
        assert project.chosen is not None
        self.accounts = project.chosen
        self.interrupted = False
        self._console = project.console
        self._dialect = project.desired.dialect
        self._spool = Spool()
        self._tally = Tally(project.console)
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
        block = "" if found.healthy else findings.block(found.heading, found.findings)
        row = found.row() if self._console.json else None
        try:
            self._spool.keep(
                found.account, {"block": block, "line": findings.line(found.findings), "row": row}
            )
        except OSError as error:
            raise OutputError(error) from None
        self._tally.one(failed=found.failed)

    def failure(self, account: Account, problem: Problem, _before: Checkup | None) -> Checkup:
        """What is to be taken of an account that a bug has ended."""
        found = Finding("api", "failed", problem.message, problem.hint)
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
        yield pieces.opened(head(healthy=whole and not self._kinds["failed"]))
        yield from pieces.listed("accounts", (kept["row"] for _, kept in self._spool.of(self.accounts)))
        yield from pieces.listed("errors", iter(error_rows([INTERRUPTED] if self.interrupted else [])))
        yield pieces.CLOSED

    def _text(self) -> Iterator[str]:
        for _, kept in self._spool.of(self.accounts):
            if kept["block"]:
                yield kept["block"]
        names = max(len(one.name) for one in self.accounts)
        for account, kept in self._spool.of(self.accounts):
            yield text.row(account.name.ljust(names), account.appid, kept["line"])
        left = len(self.accounts) - len(self._spool)
        said = [f"{count} {kind}" for kind, count in sorted(self._kinds.items()) if count]
        said += [f"{left} not begun"] if left else []
        yield f"{len(self.accounts)} accounts: {', '.join(said)}\n"
