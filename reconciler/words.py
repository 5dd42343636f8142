"""Text from a server or a file, fit to stand among ours. Imports nothing: --help loads it."""

from __future__ import annotations


def one_line(text: str) -> str:
    """The text with its line breaks shown: what a server says is no line of ours.

    >>> one_line("甲\\nno changes")
    '甲\\\\nno changes'
    """
    return text.replace("\r", "\\r").replace("\n", "\\n")
