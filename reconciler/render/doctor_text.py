"""What doctor found, as a document and as text: a block an account, a line of a table, and counts. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import asdict

from ..app.doctor import CheckResult
from ..core.text import counted, one_line


def document(finding: CheckResult) -> dict[str, Any]:
    """A finding as `doctor --format json` has it."""
    return {
        "check": finding.check,
        "status": finding.status,
        "message": finding.message,
        "hint": finding.hint,
        "path": finding.path,
        "quota": None if finding.quota is None else asdict(finding.quota),
    }


def block(account: str, findings: Sequence[CheckResult]) -> str:
    """All findings of an account, each with what to do; each line ended."""
    return "".join(f"{one_line(line)}\n" for line in (account, "", *_lines(findings)))


def line(findings: Sequence[CheckResult]) -> str:
    """An account in a line: what failed first, or how it is, with the quota of which least is left."""
    failed = next((one for one in findings if one.status == "failed"), None)
    if failed is not None:
        return f"{failed.check}: {failed.message}"
    least = min(
        (one for one in findings if one.quota is not None and one.quota.limit > 0),
        key=lambda one: one.quota.left / one.quota.limit if one.quota else 0.0,
        default=None,
    )
    warned = sum(one.status == "warning" for one in findings)
    said = [counted(warned, "warning")] if warned else ["healthy"]
    return "; ".join([*said, *([least.message] if least else [])])


def summary(findings: Sequence[CheckResult]) -> str:
    """How it is, in a line."""
    counts = [(sum(one.status == status for one in findings), status) for status in ("failed", "warning")]
    said = [
        counted(count, word) if word == "warning" else f"{count} failed" for count, word in counts if count
    ]
    return f"doctor: {', '.join(said) or 'nothing stands in the way'}\n"


def _lines(findings: Sequence[CheckResult]) -> Iterator[str]:
    for one in findings:
        well = one.status == "ok"
        yield f"  {'ok' if well else '! '}  {one.check}: {'' if well else f'{one.status}, '}{one.message}"
        if one.hint:
            yield f"        {one.hint}"
    yield ""
