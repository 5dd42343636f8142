"""How alike two texts are: the one room that knows rapidfuzz. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz

from .vocabulary import Vocabulary

_ALIKE = 89.0


@dataclass(frozen=True)
class Meaning:
    """What a text comes down to: the characters of its words, in no order, and what tells it from others."""

    characters: str
    telling: frozenset[str]


def meaning(text: str, words: Vocabulary) -> Meaning:
    """The meaning of a text: words of one meaning are the same word, and some mean nothing."""
    plain = words.canonical(text)
    return Meaning("".join(sorted(plain)), words.telling_of(plain))


def alike(one: Meaning, other: Meaning) -> float:
    """How alike two meanings are, up to 100; 0 if they are not too much so.

    A character more or less is not much in a long text, and everything in a short one.
    """
    if not one.characters or not other.characters or one.telling != other.telling:
        return 0.0
    return fuzz.ratio(one.characters, other.characters, score_cutoff=_ALIKE)
