"""Which characters are none of a name's: the rules 1.4 and 2.3 have them in common. Pure."""

from __future__ import annotations

import unicodedata


def symbols_of(text: str, allowed: str) -> str:
    """What is neither letter, digit nor allowed, each once with a blank between; a blank itself by its name.

    >>> symbols_of("【新】订单!通知!", "")
    '【 】 !'
    >>> symbols_of("金额（元）", "（）")
    ''
    """
    odd = dict.fromkeys(char for char in text.strip() if not _is_plain(char) and char not in allowed)
    return " ".join("(blank)" if char.isspace() else char for char in odd)


def _is_plain(char: str) -> bool:
    category = unicodedata.category(char)
    return category.startswith("L") or category == "Nd"
