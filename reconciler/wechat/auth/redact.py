"""Secrets taken out of replies, and of texts that go to somebody else, in whatever escapes they are. Pure."""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote

HIDDEN = "***"

DEPTH = 4
"""How often escapes are undone: a URL in a JSON string in a JSON string is three deep"""

MANY = 200
"""From so many secrets on a text is looked through once, and not once for each"""

SHORTEST_PART = 8
"""Characters at the begin of a secret that are taken for it"""

SHORTEST_SECRET = 16
"""Characters; a real appsecret has 32, a token more than 100"""

_ESCAPE = re.compile(
    r"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})|%([0-9A-Fa-f]{2})"
    r"|&#[xX]([0-9A-Fa-f]{1,6});|&#([0-9]{1,7});|&(amp|lt|gt|quot|apos);|\\([^ux])"
)
Look = Callable[[str, str], Iterable[tuple[int, int]]]
"""Finds a secret in a text: where it begins and ends"""

_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}

_ISSUED = re.compile(
    r"(?:token|secret|session_key|ticket)[\"']?\s{0,9}[:=]\s{0,9}[\"']?([!#-%(-+\--:=?-\[\]-z|~]{8,4096})",
    re.IGNORECASE,
)
"""A value that is called a secret: up to a quote, comma, ampersand, semicolon, bracket or backslash"""


class Secrets:
    """What is to be hidden, made ready: a fleet has thousands, and asks for every reply."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._shapes = frozenset(shape for secret in secrets for shape in _shapes(secret))
        self._begins = frozenset(shape[:SHORTEST_PART] for shape in self._shapes)
        self._short = [shape for shape in self._shapes if len(shape) < SHORTEST_PART]

    def hide(self, text: str) -> str:
        """The text without them: see `hidden`."""
        if not any(map(self._is_in, _levels(text))):
            return text
        for depth in range(DEPTH + 1):
            text = _blanked(text, depth, self._shapes, _places)
        for depth in range(DEPTH, -1, -1):  # of a begin the most is seen where the most is undone
            text = _blanked(text, depth, self._shapes, _begins)
        return text

    def _is_in(self, plain: str) -> bool:
        """Whether the begin of one may stand in there. Of many, all are looked for at once."""
        if len(self._begins) < MANY:
            return any(begin in plain for begin in self._begins)
        ends = range(SHORTEST_PART, len(plain) + 1)
        return any(plain[end - SHORTEST_PART : end] in self._begins for end in ends) or any(
            one in plain for one in self._short
        )


def hidden(text: str, secrets: Iterable[str]) -> str:
    """The text with each of the secrets replaced, as it is or as JSON, URLs and HTML escape any of its
    characters, also several times over; and so is what has been cut off after its begin.

    >>> hidden("a=T%6Fken&b", ["Token"]), hidden(r'{"a": "\\u0054oken"}', ["Token"])
    ('a=***&b', '{"a": "***"}')
    """
    return Secrets(secrets).hide(text)


def issued(text: str) -> frozenset[str]:
    """Values that a text itself calls a token or a secret: `"access_token": "…"`, `secret=…`."""
    return frozenset(value for plain in _levels(text) for value in _ISSUED.findall(plain))


def _levels(text: str) -> Iterator[str]:
    """The text, and with its escapes undone, once, twice, as long as there are any."""
    yield text
    for _ in range(DEPTH):
        undone = _undone(text, 1)
        if undone is None:
            return
        text = undone
        yield text


@lru_cache(maxsize=1 << 16)
def _shapes(secret: str) -> frozenset[str]:
    """A secret, and what is left of one that looks escaped once that is undone."""
    undone = (_undone(secret, depth) for depth in range(1, DEPTH + 1))
    return frozenset(filter(None, [secret, *(one for one in undone if one and len(one) >= SHORTEST_PART)]))


def _undone(text: str, depth: int) -> str | None:
    """The text with its escapes undone so often; None where there is nothing more to undo."""
    for _ in range(depth):
        if "\\" not in text and "%" not in text and "&" not in text:
            return None
        text, count = _ESCAPE.subn(_meant, text)
        if not count:
            return None
    return text


def _meant(match: re.Match[str]) -> str:
    """The character that an escape stands for."""
    *codes, decimal, name, char = match.groups()
    if name:
        return _NAMED[name]
    if char:
        return char
    code = int(decimal) if decimal else int(next(filter(None, codes)), 16)
    return chr(code) if code < 0x110000 else match[0]


def _blanked(text: str, depth: int, secrets: Iterable[str], look: Look) -> str:
    """The text without the parts of it in which secrets are found, once its escapes are undone so often."""
    plain = _undone(text, depth)
    found = [] if plain is None else [place for secret in secrets for place in look(plain, secret)]
    if not found:
        return text
    begins = _begins_of(text, depth)
    pieces, at = [], 0
    for begin, end in _merged(found):
        pieces += [text[at : begins[begin]], HIDDEN]
        at = begins[end]
    return "".join([*pieces, text[at:]])


def _begins_of(text: str, depth: int) -> array[int]:
    """Where in a text each of the characters begins that it has once its escapes are undone, and its end."""
    begins = array("L", range(len(text) + 1))
    for _ in range(depth):
        pieces, further, at = [], array("L"), 0
        for match in _ESCAPE.finditer(text):
            meant = _meant(match)
            pieces += [text[at : match.start()], meant]
            further += begins[at : match.start()]
            further.extend([begins[match.start()]] * len(meant))
            at = match.end()
        text, begins = "".join([*pieces, text[at:]]), further + begins[at:]
    return begins


def _places(plain: str, secret: str) -> Iterator[tuple[int, int]]:
    """Where a secret stands."""
    at = plain.find(secret)
    while at >= 0:
        yield at, at + len(secret)
        at = plain.find(secret, at + 1)


def _begins(plain: str, secret: str) -> Iterator[tuple[int, int]]:
    """Where so much of its begin stands that it is no word's own: servers shorten what they repeat."""
    for at, end in _places(plain, secret[:SHORTEST_PART]):
        while end - at < len(secret) and plain[end : end + 1] == secret[end - at]:
            end += 1  # noqa: PLW2901
        yield at, end


def _merged(places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """In order, those that overlap as one."""
    last: tuple[int, int] | None = None
    for begin, end in sorted(places):
        if last is not None and begin < last[1]:
            last = last[0], max(last[1], end)
        else:
            if last is not None:
                yield last
            last = begin, end
    if last is not None:
        yield last


# ------------------------------------------------------------------ replies, before they are read


_ESCAPED = re.compile(rb"(?<!\\)((?:\\\\)*)\\u00([2-7][0-9A-Fa-f])")


def hidden_in_reply(content: bytes, secrets: Iterable[str]) -> bytes:
    """Take the secrets out of the bytes of a reply: a title that echoes one would get into plan and lock.

    What is shorter than any real secret stays: it may be a word of the reply's own."""
    if b"\\u00" in content:
        content = _ESCAPED.sub(_unescaped, content)
    for secret in sorted(secrets, key=len, reverse=True):
        # The part that is written the same in every escape is looked for first: a fleet has many secrets.
        if len(secret) >= SHORTEST_SECRET and _core(secret).encode() in content:
            content = re.sub(_pattern(secret).encode(), HIDDEN.encode(), content)
    return content


def _unescaped(match: re.Match[bytes]) -> bytes:
    """A letter or digit that JSON needs no escape for: so written, no secret would be found."""
    char = bytes([int(match[2], 16)])
    return match[1] + char if char.isalnum() else match[0]


def _core(secret: str) -> str:
    """The longest part of a secret that no escaping changes."""
    return max(re.split("[^A-Za-z0-9]+", secret), key=len)


def _pattern(secret: str) -> str:
    """What finds a secret, each of its signs as it is, or escaped as URLs and JSON escape it."""
    return "".join(char if char.isascii() and char.isalnum() else _escapes(char) for char in secret)


def _escapes(char: str) -> str:
    shapes = [char, json.dumps(char)[1:-1], f"\\u{ord(char):04x}", f"\\{char}", quote(char, safe="")]
    if char in "-._~":
        shapes.append(f"%{ord(char):02x}")
    if char == " ":
        shapes.append("+")
    return f"(?i:{'|'.join(re.escape(shape) for shape in shapes)})"
