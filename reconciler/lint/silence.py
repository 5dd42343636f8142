"""Comments that silence findings, `# lint: ignore 1.6: reason`, and what they do. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from ..core.messages import Text
from ..core.model import Place
from ..core.text import short
from ..desired.yaml_nodes import Comment
from .findings import Finding, Report, found
from .rulebook import OWN, RULES

_MARK = re.compile(r"lint\s*[:：]\s*(.*)", re.DOTALL)
_WORDS = re.compile(r"ignore\s+([^\s:：][^:：]*|)(?:[:：](.*))?", re.DOTALL)
_WRITE = Text("lint.write-silence")


class Silence(Struct, frozen=True):
    """One rule, silenced on a line, or in the whole entry whose name stands there."""

    rule: str
    reason: str
    line: int
    place: Place


def apply(report: Report, comments: Iterable[Comment]) -> Report:
    """The report with what its file silences, and with what is wrong with that."""
    silences, wrong = _read(comments)
    reasons = {(one.rule, one.line): one.reason for one in reversed(silences)}
    findings = [_silenced(one, reasons) for one in report.findings]
    used = {(one.rule.number, line) for one in report.findings for line in _lines(one)}
    unused = [
        _unused(one)
        for one in silences
        if one.rule not in report.unchecked and (one.rule, one.line) not in used
    ]
    every = sorted([*findings, *wrong, *unused], key=lambda one: (one.place.line, one.place.column))
    return replace(report, findings=tuple(every))


def _lines(finding: Finding) -> tuple[int, ...]:
    """The lines on which a comment is about it: its own, and that of its entry."""
    own = finding.place.line
    return (own,) if finding.entry is None or finding.entry.line == own else (own, finding.entry.line)


def _read(comments: Iterable[Comment]) -> tuple[list[Silence], list[Finding]]:
    silences, wrong = list[Silence](), list[Finding]()
    for comment in comments:
        if (match := _MARK.fullmatch(comment.text)) is None:
            continue
        if problem := _problem(match[1]):
            wrong.append(found("0.1", problem, _WRITE, comment.place))
        else:
            silences += _silences(match[1], comment)
    return silences, wrong


def _silences(text: str, comment: Comment) -> Iterator[Silence]:
    rules, reason = _parts(text)
    for rule in dict.fromkeys(rules):
        yield Silence(rule, reason, comment.about, comment.place)


def _problem(text: str) -> Text | None:
    """What is wrong with what stands behind `lint:`, if anything is."""
    if _WORDS.fullmatch(text) is None:
        return Text("lint.silences-nothing", text=short(text))
    rules, reason = _parts(text)
    unknown = next((rule for rule in rules if rule not in RULES or rule in OWN), None)
    if unknown is not None:
        return Text("lint.unknown-rule", rule=short(unknown)) if unknown else Text("lint.no-rule")
    return None if reason else Text("lint.no-reason", rules=tuple(rules))


def _parts(text: str) -> tuple[Sequence[str], str]:
    match = _WORDS.fullmatch(text)
    assert match is not None, "what is no such comment has been told"
    return [rule.strip() for rule in re.split("[,，、]", match[1])], (match[2] or "").strip()


def _silenced(finding: Finding, reasons: Mapping[tuple[str, int], str]) -> Finding:
    told = (reasons.get((finding.rule.number, line)) for line in _lines(finding))
    reason = next((one for one in told if one is not None), None)
    return finding if reason is None else replace(finding, silenced=reason)


def _unused(silence: Silence) -> Finding:
    text = Text("lint.nothing-to-ignore", rule=silence.rule, name=RULES[silence.rule].name)
    return found("0.2", text, Text("lint.remove-it"), silence.place)
