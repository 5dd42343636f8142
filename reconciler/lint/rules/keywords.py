"""The reviewers' rules 2.1 to 2.5: keywords and their examples. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ...library.search import fold
from ..examples import unfit
from ..findings import Finding, about
from ..likeness import Meanings, meaning
from ..subjects import Keyword, Subject
from ..symbols import symbols_of
from ..vocabulary import Vocabulary


def check(subject: Subject, words: Vocabulary) -> Iterator[Finding]:
    """All that is to be said of the keywords of a title."""
    meanings = Meanings[str]()
    seen: dict[str, Keyword] = {}
    for keyword in subject.keywords:
        if keyword.name:
            yield from _beside(subject, keyword, seen, meanings, words)
            yield from _plain(subject, keyword, words)
            yield from _example(subject, keyword, words)
            yield from _breadth(subject, keyword, words)


def _beside(
    subject: Subject, keyword: Keyword, seen: dict[str, Keyword], meanings: Meanings[str], words: Vocabulary
) -> Iterator[Finding]:
    """Beside those that were `seen`, by what they come down to; this one is from now on."""
    here, place = _called(subject, keyword), keyword.place
    same = seen.setdefault(fold(keyword.name), keyword)
    if same is not keyword:
        approved = keyword.approved and same.approved
        yield about(subject, "2.1", f"{here} stands twice", "keep one of them", place, approved=approved)
        return
    mine = meaning(keyword.name, words)
    if (name := meanings.likest(mine)) is not None:
        yield about(subject, "2.2", f"{here} means nearly the same as {name}", "keep one of them", place)
    meanings.add(mine, keyword.name)


def _plain(subject: Subject, keyword: Keyword, words: Vocabulary) -> Iterator[Finding]:
    here, place = _called(subject, keyword), keyword.place
    if symbols := symbols_of(keyword.name, words.keyword_symbols):
        message = f"{here} has special symbols: {symbols}"
        yield about(subject, "2.3", message, "leave them out", place, approved=keyword.approved)
    if chatter := words.personal.found(keyword.name):
        message = f"{here} has idiosyncratic words: {', '.join(chatter)}"
        yield about(subject, "2.3", message, "say it as the whole trade does", place, mild=True)


def _example(subject: Subject, keyword: Keyword, words: Vocabulary) -> Iterator[Finding]:
    if keyword.example is None:
        return
    if wrong := unfit(keyword.name, keyword.example, words):
        message = f"{_called(subject, keyword)}: {wrong[0]}"
        yield about(subject, "2.4", message, wrong[1], keyword.example_place)


def _breadth(subject: Subject, keyword: Keyword, words: Vocabulary) -> Iterator[Finding]:
    here, name = _called(subject, keyword), fold(keyword.name)
    hint = "say of what, or which: 课程名称, 付款时间"
    if name in words.broad:
        yield about(subject, "2.5", f"{here} is too broad", hint, keyword.place)
    elif subject.proposed and name in words.vague:
        yield about(subject, "2.5", f"{here} is rather broad", hint, keyword.place, mild=True)


def _called(subject: Subject, keyword: Keyword) -> str:
    return f"{subject.called}: keyword {keyword.name}"
