"""The one JSON document of a run, as far as it is known: should the run fail, it is told with all its keys.

Commands say what they know as they learn it; whoever tells the error closes the document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from ..core.errors import MORE, Exit, Problem, count_of

if TYPE_CHECKING:
    from ..core.model import Account

_PLAN = {
    "changes": False,
    "summary": dict.fromkeys(
        ("add", "delete", "adopt", "rename", "update", "retire", "forget", "keep", "unmanaged"), 0
    ),
    "accounts": [],
}
_IMPORT: dict[str, Any] = {
    "written": False,
    "file": None,
    "lock": None,
    "added": [],
    "left": [],
    "owned": {},
    "changes_left": False,
    "warnings": [],
    "refused": [],
}
_LINT: dict[str, Any] = {
    "file": None,
    "counts": {"error": 0, "warning": 0, "silenced": 0},
    "notes": [],
    "findings": [],
}

BLANKS: dict[str, dict[str, Any]] = {
    "plan": _PLAN,
    "apply": {**_PLAN, "locks": []},
    "validate": {"valid": False},
    "import": _IMPORT,
    "doctor": {"healthy": False, "accounts": []},
    "lint": _LINT,
    "library": {"titles": []},
    "library search": {"found": 0, "titles": []},
    "library show": {"titles": []},
    "library pull": {"file": None, "dialect": None, "titles": 0},
    "send": {"sent": False, "body": None},
    "sandbox messages": {"messages": []},
    "sandbox reset": {"reset": False},
    "sandbox serve": {"endpoint": None, "appid": None, "secret": None},
}
"""What the document of each command says before anything is known"""


class Page:
    """What is known of the document of a command. `account` is whose errors are told, if it is one's."""

    def __init__(self, command: str = "") -> None:
        self.begun = False
        """something of it stands on stdout already: no second document may follow"""
        self.account: str | None = None
        self._known: dict[str, Any] = deepcopy(
            BLANKS.get(command, BLANKS.get(command.split(" ", maxsplit=1)[0], {}))
        )

    def of(self, accounts: Sequence[Account] | None) -> None:
        """Say which accounts are worked on: errors are told as its own, if it is one."""
        if accounts is None or len(accounts) == 1:
            self.account = accounts[0].name if accounts else None

    def know(self, **fields: Any) -> None:
        """Say more, in place of what was known."""
        self._known |= fields

    def failed(self, problems: Sequence[Problem], code: Exit) -> dict[str, Any]:
        """The document of a run that ends so."""
        known = {"version": 1, **self._known}
        if code == Exit.INTERRUPTED:
            known |= {"accounts": list(map(_interrupted, known["accounts"]))} if "accounts" in known else {}
        if known.get("sent") is False and code in (Exit.INCOMPLETE, Exit.INTERRUPTED):
            known["sent"] = None  # nobody knows
        if code == Exit.REFUSED:
            return {**known, "refused": [refusal_row(one) for one in problems], "errors": []}
        return {**known, **further(problems), "errors": error_rows(problems, self.account)}


def _interrupted(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the account of a run that was interrupted came to: one that was judged before stays so."""
    ends = {"failed": "interrupted", "pending": "interrupted"}
    return {**row, "outcome": ends.get(row["outcome"], row["outcome"])} if "outcome" in row else dict(row)


def error_rows(problems: Sequence[Problem], account: str | None = None) -> list[dict[str, Any]]:
    """The rows of `errors` (contract, "plan --format json")."""
    return [
        {
            "account": account,
            "code": one.code,
            "message": one.message,
            "where": one.where,
            "hint": one.hint,
        }
        for one in problems
        if one.code != MORE
    ]


def further(problems: Iterable[Problem]) -> dict[str, int]:
    """The field beside `errors` that says how many more there are, where not all are told."""
    rest = sum(count_of(one) for one in problems if one.code == MORE)
    return {"more": rest} if rest else {}


def refusal_row(one: Problem) -> dict[str, Any]:
    """The row of `refused` of a guard that spoke before there was a plan."""
    return {"guard": one.code, "message": one.message, "lift": one.hint, "where": one.where}


_PAGE: ContextVar[Page] = ContextVar("page")


def current() -> Page:
    """The page of this run."""
    page = _PAGE.get(None)
    if page is None:
        _PAGE.set(page := Page())
    return page


def open_page(command: str) -> Page:
    """Begin the page of a new run."""
    _PAGE.set(page := Page(command))
    return page
