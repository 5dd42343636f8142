"""The reviewers' rules 1.1 to 1.6: titles. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...core.model import Title
from ...library.search import ENDINGS, fold, stem
from ..findings import Finding, about
from ..likeness import Meaning, Meanings, meaning
from ..subjects import Subject
from ..symbols import symbols_of
from ..vocabulary import Vocabulary


def each(subject: Subject, words: Vocabulary) -> Iterator[Finding]:
    """What the title says by itself: 1.3 to 1.6."""
    if subject.title is not None:
        yield from _ending(subject, subject.title)
        yield from _plain(subject, subject.title, words)
        yield from _scene(subject, subject.title, words)
        yield from _marketing(subject, subject.title, words)


def among(subjects: Iterable[Subject], existing: Iterable[Title], words: Vocabulary) -> Iterator[Finding]:
    """What titles say beside each other, and beside those that the library has: 1.1 and 1.2."""
    rivals = _Rivals()
    for one in existing:
        if one.title:
            rivals.add(_of_library(one.title, one.id, words))
    for subject in subjects:
        if subject.title is not None:
            mine = _of_subject(subject, subject.title, words)
            yield from _beside(subject, mine, rivals)
            rivals.add(mine)


@dataclass(frozen=True)
class _Rival:
    """A title that another may be too much like; what a message calls it, and what is to be done."""

    title: str
    id: str | None
    called: str
    hint: str
    folded: str
    meaning: Meaning
    approved: bool


def _of_library(title: str, id_: str, words: Vocabulary) -> _Rival:
    called, hint = f"{id_} of the library", f"use it: id: {id_}"
    return _Rival(title, id_, called, hint, fold(title), _meaning(title, words), approved=True)


def _of_subject(subject: Subject, title: str, words: Vocabulary) -> _Rival:
    called = f"{subject.name or 'the proposal'} on line {subject.title_place.line}"
    hint = "keep one of them" if subject.proposed else "use one id for both, or correct a title"
    meaning = _meaning(title, words)
    return _Rival(title, subject.id, called, hint, fold(title), meaning, subject.approved)


def _meaning(title: str, words: Vocabulary) -> Meaning:
    return meaning(stem(fold(title)), words)


class _Rivals:
    """Titles that others are held against. Of one id there is one: entries may share it."""

    def __init__(self) -> None:
        self._by_text: dict[str, list[_Rival]] = {}
        self._meanings = Meanings[_Rival]()

    def add(self, rival: _Rival) -> None:
        """One more, unless it is of an id that is here already, with the same title."""
        there = self._by_text.setdefault(rival.folded, [])
        if rival.id is None or all(one.id != rival.id for one in there):
            there.append(rival)
            self._meanings.add(rival.meaning, rival)

    def same(self, mine: _Rival) -> _Rival | None:
        """Whose title is the same, under another id."""
        there = self._by_text.get(mine.folded, ())
        return next((one for one in there if one.id is None or one.id != mine.id), None)

    def likest(self, mine: _Rival) -> _Rival | None:
        """Whose title means nearly the same, under another id."""
        return self._meanings.likest(mine.meaning, lambda one: one.id is None or one.id != mine.id)


def _beside(subject: Subject, mine: _Rival, rivals: _Rivals) -> Iterator[Finding]:
    if (same := rivals.same(mine)) is not None:
        message = f"{subject.titled} is that of {same.called}"
        approved = subject.approved and same.approved
        yield about(subject, "1.1", message, same.hint, subject.title_place, approved=approved)
    elif (likest := rivals.likest(mine)) is not None:
        message = f"{subject.titled} means nearly the same as {likest.title}, that of {likest.called}"
        yield about(subject, "1.2", message, likest.hint, subject.title_place)


def _ending(subject: Subject, title: str) -> Iterator[Finding]:
    if not title.strip().endswith(ENDINGS):
        message = f"{subject.titled} does not end in 提醒 or 通知"
        hint = "通知 for what has happened, 提醒 for what is to be done"
        yield about(subject, "1.3", message, hint, subject.title_place, approved=subject.approved)


def _plain(subject: Subject, title: str, words: Vocabulary) -> Iterator[Finding]:
    place = subject.title_place
    if symbols := symbols_of(title, words.title_symbols):
        message = f"{subject.titled} has special symbols: {symbols}"
        yield about(subject, "1.4", message, "leave them out", place, approved=subject.approved)
    if chatter := words.personal.found(title):
        message = f"{subject.titled} has idiosyncratic words: {', '.join(chatter)}"
        yield about(subject, "1.4", message, "say it as the whole trade does", place, mild=True)


def _scene(subject: Subject, title: str, words: Vocabulary) -> Iterator[Finding]:
    if words.is_generic(title):
        message = f"{subject.titled} names no concrete service"
        hint = "say what was ordered, booked or asked for: 订单取消通知"
        yield about(subject, "1.5", message, hint, subject.title_place)


def _marketing(subject: Subject, title: str, words: Vocabulary) -> Iterator[Finding]:
    if not (hits := words.marketing.found(title.translate(words.written_as))):
        return
    message = f"{subject.titled} looks like marketing: {', '.join(map(words.kind_of, hits))}"
    hint = "send no advertisement with it: the template would be deleted, then the interface blocked"
    if subject.proposed:
        hint = "propose the service itself: marketing is refused"
    yield about(subject, "1.6", message, hint, subject.title_place)
