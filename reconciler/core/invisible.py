"""Characters that a reviewer can't see, or takes for others: which they are, and what they are called. Pure.

Imports nothing heavy: --help loads it. The set is written out, since Python's own tables change from version
to version, and what one machine accepts the next must: Unicode's categories Cc, Cf (but for the few that have
a shape), Cs, Zl, Zp and Zs (but for the plain blank); all that is Default_Ignorable_Code_Point, which takes
in the fillers of Hangul (U+3164), variation selectors (U+FE0F) and tags; the blank of Braille (U+2800); and
what is no character.
"""

from __future__ import annotations

import re
from functools import cache

_BLANKS = "\xa0\u1680\u2000-\u200a\u202f\u205f"
WIDE_BLANK = "\u3000"
"""Seen as a blank wherever Chinese is: it hides nothing, and yet it is not the plain one"""

HIDDEN = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    + "".join(f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17))
    + "\U000e0000-\U000e0fff"
)
"""What has no shape, for a class of a regular expression"""
UNSEEN = f"{HIDDEN}{_BLANKS}"
"""The same, and blanks that look like the plain one, and are not"""

_HIDDEN = f"[{HIDDEN}]"
_IN_TEXT = f"[{UNSEEN}{WIDE_BLANK}]"
_BLANK = f"[{_BLANKS}{WIDE_BLANK}\t-\r\x85\u2028\u2029]"


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """An expression, made when it is first needed: `--help` needs none, and large classes take their time."""
    return re.compile(pattern)


def find(text: str) -> re.Match[str] | None:
    """The first character of a text that has no place in a name: unseen, or a blank that is not plain.

    >>> find("购买地点"), find("购买\\u3164地点").start()
    (None, 2)
    """
    return None if text.isascii() and text.isprintable() else compiled(_IN_TEXT).search(text)


def plain(text: str) -> str:
    """A text as texts are compared: without what can't be seen, each blank the plain one, none at the ends.

    What the library or the account has of these nobody could write into a file, or see in it.

    >>> plain("\\u3000购买\\u00a0地点\\ufe0f")
    '购买 地点'
    """
    return (
        text.strip()
        if find(text) is None
        else compiled(f"[{HIDDEN}]").sub("", compiled(_BLANK).sub(" ", text)).strip()
    )


def is_control(char: str) -> bool:
    """Whether it is a control character, of those that every encoding has."""
    return char < " " or "\x7f" <= char < "\xa0"


def is_blank(char: str) -> bool:
    """Whether a plain blank can stand in its place."""
    return compiled(_BLANK).fullmatch(char) is not None


def code(char: str) -> str:
    """A character as Unicode writes it.

    >>> code("\\u3164")
    'U+3164'
    """
    return f"U+{ord(char):04X}"


def called(char: str) -> str:
    """A character and its name, if it has one.

    >>> called("\\u00a0"), called("\\x07")
    ('U+00A0 (no-break space)', 'U+0007')
    """
    import unicodedata  # noqa: PLC0415  (--help loads this room, and shows none)

    name = unicodedata.name(char, "").lower()
    return f"{code(char)} ({name})" if name else code(char)


def narrow(text: str) -> str:
    """The text that is meant where letters, digits or blanks of full width were written.

    >>> narrow("ＡＴ０００２"), narrow("AT0002")
    ('AT0002', 'AT0002')
    """
    if text.isascii():
        return text.strip()

    import unicodedata  # noqa: PLC0415

    return unicodedata.normalize("NFKC", text).strip()
