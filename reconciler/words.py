"""Text from a server or a file, fit to stand among ours. Imports nothing: --help loads it."""

from __future__ import annotations


def one_line(text: str) -> str:
    """The text with its line breaks shown: what a server says is no line of ours.

    >>> one_line("甲\\nno changes")
    '甲\\\\nno changes'
    """
    return text.replace("\r", "\\r").replace("\n", "\\n")


def duration(seconds: int) -> str:
    """Whole minutes as `retire_after` writes them, in the largest unit that holds them.

    >>> duration(7 * 86400), duration(36 * 3600), duration(90 * 60)
    ('7d', '36h', '90m')
    """
    size, unit = next(pair for pair in ((86400, "d"), (3600, "h"), (60, "m")) if seconds % pair[0] == 0)
    return f"{seconds // size}{unit}"
