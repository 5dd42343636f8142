"""The reviewers' rules 1.1 to 1.6: titles. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from ...core.messages import Text
from ...core.model import Title
from ...library.search import ENDINGS, fold, stem
from ..characters import symbols_of
from ..findings import Finding, about
from ..likeness import CanonicalText, CanonicalTexts, canonical
from ..subjects import Subject
from ..vocabulary import Vocabulary


def each(subject: Subject, words: Vocabulary) -> Iterator[Finding]:
    """Check a title by itself: 1.3 to 1.6."""
    if subject.title is not None:
        yield from _ending(subject, subject.title)
        yield from _plain(subject, subject.title, words)
        yield from _scene(subject, subject.title, words)
        yield from _marketing(subject, subject.title, words)


def among(subjects: Iterable[Subject], existing: Iterable[Title], words: Vocabulary) -> Iterator[Finding]:
    """Compare titles with each other, and with those that the library has: 1.1 and 1.2."""
    rivals = _Rivals()
    for one in existing:
        if one.title:
            rivals.add(_of_library(one.title, one.id, words))
    for subject in subjects:
        if subject.title is not None:
            mine = _of_subject(subject, subject.title, words)
            yield from _beside(subject, mine, rivals)
            rivals.add(mine)


class _Rival(Struct, frozen=True):
    """A title that another may be too much like; what a message calls it, and what is to be done."""

    title: str
    id: str | None
    called: Text
    advice: Text
    folded: str
    meaning: CanonicalText
    approved: bool


def _of_library(title: str, id_: str, words: Vocabulary) -> _Rival:
    called, advice = Text("lint.library-title", id=id_), Text("lint.use-id", id=id_)
    return _Rival(title, id_, called, advice, fold(title), _meaning(title, words), approved=True)


def _of_subject(subject: Subject, title: str, words: Vocabulary) -> _Rival:
    name = subject.name or Text("lint.the-proposal")
    called = Text("lint.on-line", name=name, line=subject.title_place.line)
    advice = Text("lint.keep-one") if subject.proposed else Text("lint.one-id")
    meaning = _meaning(title, words)
    return _Rival(title, subject.id, called, advice, fold(title), meaning, subject.approved)


def _meaning(title: str, words: Vocabulary) -> CanonicalText:
    return canonical(stem(fold(title)), words)


class _Rivals:
    """Titles that others are held against. Of one id there is one: entries may share it."""

    def __init__(self) -> None:
        self._by_text: dict[str, list[_Rival]] = {}
        self._meanings = CanonicalTexts[_Rival]()

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
        text = Text("lint.same-title", title=subject.titled, other=same.called)
        approved = subject.approved and same.approved
        yield about(subject, "1.1", text, same.advice, subject.title_place, approved=approved)
    elif (likest := rivals.likest(mine)) is not None:
        text = Text("lint.near-title", title=subject.titled, near=likest.title, other=likest.called)
        yield about(subject, "1.2", text, likest.advice, subject.title_place)


def _ending(subject: Subject, title: str) -> Iterator[Finding]:
    if not title.strip().endswith(ENDINGS):
        text, advice = Text("lint.ending", title=subject.titled), Text("lint.write-ending")
        yield about(subject, "1.3", text, advice, subject.title_place, approved=subject.approved)


def _plain(subject: Subject, title: str, words: Vocabulary) -> Iterator[Finding]:
    place = subject.title_place
    if symbols := symbols_of(title, words.title_symbols):
        text = Text("lint.symbols", name=subject.titled, symbols=symbols)
        yield about(subject, "1.4", text, Text("lint.leave-out"), place, approved=subject.approved)
    if chatter := words.personal.found(title):
        text = Text("lint.chatter", name=subject.titled, words=chatter)
        yield about(subject, "1.4", text, Text("lint.say-plainly"), place, mild=True)


def _scene(subject: Subject, title: str, words: Vocabulary) -> Iterator[Finding]:
    if words.is_generic(title):
        text = Text("lint.no-service", title=subject.titled)
        yield about(subject, "1.5", text, Text("lint.name-service"), subject.title_place)


def _marketing(subject: Subject, title: str, words: Vocabulary) -> Iterator[Finding]:
    if not (hits := words.marketing.found(title.translate(words.written_as))):
        return
    text = Text("lint.marketing", title=subject.titled, words=tuple(map(words.kind_of, hits)))
    advice = Text("lint.propose-service") if subject.proposed else Text("lint.no-advertisement")
    yield about(subject, "1.6", text, advice, subject.title_place)
