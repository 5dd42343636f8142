"""What a keyword's value may be, by the rule in its key (wechat-api.md §2, "Values by rule"). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple


class Rule(NamedTuple):
    """What a value must match, and how that is said."""

    pattern: str
    words: str


_HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_RULES: Final[Mapping[str, Rule]] = {
    "thing": Rule(".{1,20}", "at most 20 characters"),
    "number": Rule(r"[+-]?[0-9]{1,32}(\.[0-9]+)?", "a number of at most 32 digits"),
    "letter": Rule("[A-Za-z]{1,32}", "at most 32 letters"),
    "symbol": Rule(r"[^A-Za-z0-9\s]{1,5}", "at most 5 symbols"),
    "character_string": Rule("[!-~]{1,32}", "at most 32 digits, letters or symbols"),
    "time": Rule(".*[0-9].*", "a time, such as 15:01 or 2019年10月1日 15:01"),
    "date": Rule(".*[0-9].*", "a date, such as 2019年10月1日"),
    "amount": Rule(
        r"[^0-9A-Za-z\s.]?[0-9]{1,10}(\.[0-9]+)?元?", "a sign of currency, if any, and at most 10 digits"
    ),
    "phone_number": Rule("[0-9+() #*-]{1,17}", "a number of at most 17 characters"),
    "car_number": Rule(".{1,8}", "at most 8 characters"),
    "name": Rule(rf"[{_HAN}·]{{1,10}}|[A-Za-z .'-]{{1,20}}", "at most 10 Han characters or 20 letters"),
    "phrase": Rule(f"[{_HAN}]{{1,5}}", "at most 5 Han characters"),
}
_KEY = re.compile("([a-z_]+?)[0-9]+(?![A-Za-z0-9_])")
_LIMITS: Final = {
    "thing": 20,
    "number": 32,
    "letter": 32,
    "symbol": 5,
    "character_string": 32,
    "phone_number": 17,
    "car_number": 8,
    "phrase": 5,
}
"""Characters, where a number alone says how many there may be"""


def fault(key: str, value: str) -> str | None:
    """What is wrong with a value under this key; None if nothing is known to be.

    A rule that nobody has told takes all.

    >>> fault("thing1", "咖啡"), fault("phrase2", "ok"), fault("keyword3", "x" * 99)
    (None, 'phrase takes at most 5 Han characters', None)
    """
    rule = rule_of(key)
    if rule is None or re.fullmatch(_RULES[rule].pattern, value):
        return None
    return f"{rule} takes {_RULES[rule].words}"


def rule_of(key: str) -> str | None:
    """The rule in a key, if it is a known one."""
    rule = told(key)
    return rule if rule in _RULES else None


def told(key: str) -> str | None:
    """The rule in a key, known or not: what stands before its digits, whatever stands behind them
    (wechat-api.md §7). The old `keyword1` tells none.

    >>> told("thing1"), told("phrase1 5个以内汉字"), told("enum_string2"), told("keyword3"), told("place")
    ('thing', 'phrase', 'enum_string', None, None)
    """
    match = _KEY.match(key)
    return match[1] if match and match[1] != "keyword" else None


def limit_of(rule: str) -> int | None:
    """How many characters a rule allows; None where that depends on which they are, or nobody knows."""
    return _LIMITS.get(rule)
