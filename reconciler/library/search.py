"""Words -> the titles that are meant, the best first. Pure.

Chinese has no blanks between its words, so that a word is looked for as it stands anywhere, then with other
characters between its own, then in another order, then as something that is written alike.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from msgspec import Struct

from ..core.model import LibraryKeyword, Title

ENDINGS = ("通知", "提醒")
"""What titles end in (the page, rule 1.3): it tells none from another"""

_KEYWORD_IS_LESS = 30
_SURE = 30
_ALIKE = 0.6


class Hit(Struct, frozen=True):
    """A title that was found, and its keywords that were meant. `score` is 100 for what was asked for."""

    title: Title
    score: int
    keywords: tuple[LibraryKeyword, ...] = ()


def search(titles: Iterable[Title], words: Sequence[str], *, keywords: bool = False) -> tuple[Hit, ...]:
    """The titles in which every word is meant: by the title, or by a keyword of it, if those count.

    >>> titles = [Title("1", "付款失败通知", None), Title("2", "付款通知", None)]
    >>> [hit.title.id for hit in search(titles, ["付款"])]
    ['2', '1']
    """
    folded = [fold(word) for word in words if fold(word)]
    hits = [hit for title in titles if (hit := _hit(title, folded, keywords=keywords)) is not None]
    # What is only written alike is of use where nothing is meant more.
    sure = [hit for hit in hits if hit.score >= _SURE]
    hits = sure or hits
    return tuple(sorted(hits, key=lambda hit: (-hit.score, len(hit.title.title or ""))))


def fold(text: str) -> str:
    """A text as texts are compared: one width, one case, no blanks.

    >>> fold(" ＡＴ 0002 ")
    'at0002'
    """
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def stem(title: str) -> str:
    """A title without the ending that all have, unless nothing else is left."""
    ending = next((one for one in ENDINGS if title.endswith(one)), "")
    return title.removesuffix(ending) or title


def _hit(title: Title, words: Sequence[str], *, keywords: bool) -> Hit | None:
    scores, meant = [], dict[int, LibraryKeyword]()
    name, stands_for = fold(title.title or ""), fold(title.id)
    for word in words:
        best = 100 if word == stands_for else _score(word, name)
        for at, keyword in enumerate(title.keywords or () if keywords else ()):
            if (found := _score(word, fold(keyword.name)) - _KEYWORD_IS_LESS) > 0:
                meant[at] = keyword
                best = max(best, found)
        scores.append(best)
    if not scores or min(scores) <= 0:
        return None
    return Hit(title, sum(scores) // len(scores), tuple(meant[at] for at in sorted(meant)))


def _score(word: str, text: str) -> int:
    several = len(word) > 1
    steps = (
        (100, word == text),
        (95, stem(word) == stem(text)),
        (90, text.startswith(word)),
        (80, word in text),
        (60, several and _in_order(word, text)),
        (50, several and set(stem(word)) <= set(text)),
    )
    sure = next((score for score, fits in steps if fits), None)
    if sure is not None:
        return sure
    alike = SequenceMatcher(None, stem(word), stem(text), autojunk=False).ratio()
    return int((_SURE - 1) * alike) if alike >= _ALIKE else 0


def _in_order(word: str, text: str) -> bool:
    rest = iter(text)
    return all(char in rest for char in word)
