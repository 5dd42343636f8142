"""The reviewers' rules 2.1 to 2.5: keywords and their examples. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.messages import Text
from ...library.search import fold
from ..characters import symbols_of
from ..examples import unfit
from ..findings import Finding, about
from ..likeness import CanonicalTexts, canonical
from ..subjects import Keyword, Subject
from ..vocabulary import Vocabulary

_KEEP_ONE = Text("lint.keep-one")


def check(subject: Subject, words: Vocabulary) -> Iterator[Finding]:
    """Check the keywords of a title, each by itself and beside those before it."""
    meanings = CanonicalTexts[str]()
    seen: dict[str, Keyword] = {}
    for keyword in subject.keywords:
        if keyword.name:
            yield from _beside(subject, keyword, seen, meanings, words)
            yield from _plain(subject, keyword, words)
            yield from _example(subject, keyword, words)
            yield from _breadth(subject, keyword, words)


def _beside(
    subject: Subject,
    keyword: Keyword,
    seen: dict[str, Keyword],
    meanings: CanonicalTexts[str],
    words: Vocabulary,
) -> Iterator[Finding]:
    """Beside those that were `seen`, by what they come down to; this one is from now on."""
    here, place = _called(subject, keyword), keyword.place
    same = seen.setdefault(fold(keyword.name), keyword)
    if same is not keyword:
        approved = keyword.approved and same.approved
        yield about(subject, "2.1", Text("lint.twice", keyword=here), _KEEP_ONE, place, approved=approved)
        return
    mine = canonical(keyword.name, words)
    if (name := meanings.likest(mine)) is not None:
        text = Text("lint.near-keyword", keyword=here, near=name)
        yield about(subject, "2.2", text, _KEEP_ONE, place)
    meanings.add(mine, keyword.name)


def _plain(subject: Subject, keyword: Keyword, words: Vocabulary) -> Iterator[Finding]:
    here, place = _called(subject, keyword), keyword.place
    if symbols := symbols_of(keyword.name, words.keyword_symbols):
        text = Text("lint.symbols", name=here, symbols=symbols)
        yield about(subject, "2.3", text, Text("lint.leave-out"), place, approved=keyword.approved)
    if chatter := words.personal.found(keyword.name):
        text = Text("lint.chatter", name=here, words=chatter)
        yield about(subject, "2.3", text, Text("lint.say-plainly"), place, mild=True)


def _example(subject: Subject, keyword: Keyword, words: Vocabulary) -> Iterator[Finding]:
    if keyword.example is None:
        return
    if wrong := unfit(keyword.name, keyword.example, words):
        what, advice = wrong
        text = Text("lint.example", keyword=_called(subject, keyword), what=what)
        yield about(subject, "2.4", text, advice, keyword.example_place)


def _breadth(subject: Subject, keyword: Keyword, words: Vocabulary) -> Iterator[Finding]:
    here, name = _called(subject, keyword), fold(keyword.name)
    advice = Text("lint.say-of-what")
    if name in words.broad:
        yield about(subject, "2.5", Text("lint.too-broad", keyword=here), advice, keyword.place)
    elif subject.proposed and name in words.vague:
        text = Text("lint.rather-broad", keyword=here)
        yield about(subject, "2.5", text, advice, keyword.place, mild=True)


def _called(subject: Subject, keyword: Keyword) -> Text:
    return Text("lint.keyword", of=subject.called, keyword=keyword.name)
