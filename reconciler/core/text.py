"""Text from a server or a file, fit to stand among ours. Imports nothing heavy: --help loads it.

Where output is read by more than eyes, it must not be obeyed either: GitHub Actions takes a line that begins
with `::` for a command and `##[` anywhere in one, Azure Pipelines `##vso[`, TeamCity `##teamcity[`.
"""

from __future__ import annotations

import re

from .invisible import UNSEEN, code, compiled

MAX_QUOTED = 64
"""Characters of a value that a message repeats"""

_RUN = re.compile(rf"\S{{{MAX_QUOTED + 1},}}")
_SHOWN = f"(?![\t\n])[{UNSEEN}]"
_MARK = re.compile(r"(?<=#)#(?=(?:vso|teamcity)?\[)", re.IGNORECASE)
"""The second # of a command"""
_COMMAND = re.compile(r"^([^\w\n]*?):(?=:)", re.MULTILINE)


def one_line(text: str) -> str:
    """The text with its line breaks shown: what a server says is no line of ours.

    >>> one_line("甲\\nno changes")
    '甲\\\\nno changes'
    """
    return text.replace("\r", "\\r").replace("\n", "\\n")


def visible(text: str) -> str:
    """The text with what moves a cursor, hides or commands shown; line breaks and tabs stay.

    >>> visible("\\x1b[2J ##[error]x")
    'U+001B[2J #\\\\u0023[error]x'
    """
    tame = _COMMAND.sub(r"\1\\u003a", _MARK.sub(r"\\u0023", text))
    if tame.isascii() and tame.replace("\n", "").isprintable():
        return tame
    return compiled(_SHOWN).sub(lambda match: code(match[0]), tame)


def harmless(json: str) -> str:
    """The text of a JSON document with the same escaped: it means what it meant.

    (A line of one begins with its own punctuation, and never with `::`.)
    """
    return _MARK.sub(r"\\u0023", compiled(_SHOWN).sub(lambda match: _units(match[0]), json))


def _units(char: str) -> str:
    """`\\uXXXX`, twice beyond the first 65536 characters, as JSON has it."""
    code = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{code[at : at + 4]}" for at in range(0, len(code), 4))


def short(text: str) -> str:
    """A value as a message repeats it: of a long one the beginning.

    >>> short("x" * 100) == "x" * 63 + "…", short("购买地点")
    (True, '购买地点')
    """
    return text if len(text) <= MAX_QUOTED else text[: MAX_QUOTED - 1] + "…"


def trimmed(message: str) -> str:
    """A message in which whatever has no blank in it is repeated as a value is.

    >>> trimmed("a: " + "x" * 100) == "a: " + "x" * 63 + "…"
    True
    """
    return _RUN.sub(lambda match: short(match[0]), message)


def counted(count: int, word: str) -> str:
    """A count and its word.

    >>> counted(1, "template"), counted(2, "template")
    ('1 template', '2 templates')
    """
    return f"{count} {word}{'' if count == 1 else 's'}"


def time_left(seconds: float) -> str:
    """How long something will take, roughly.

    >>> time_left(5), time_left(150), time_left(7200)
    ('5 s', '3 min', '120 min')
    """
    return f"{seconds:.0f} s" if seconds < 90 else f"{-(-seconds // 60):.0f} min"


def duration(seconds: int) -> str:
    """Whole minutes as `retire_after` writes them, in the largest unit that holds them.

    >>> duration(7 * 86400), duration(36 * 3600), duration(90 * 60)
    ('7d', '36h', '90m')
    """
    size, unit = next(pair for pair in ((86400, "d"), (3600, "h"), (60, "m")) if seconds % pair[0] == 0)
    return f"{seconds // size}{unit}"
