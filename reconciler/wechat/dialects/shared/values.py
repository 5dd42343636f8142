"""What a keyword's value may be, by the rule in its key (wechat-api.md §2, "Values by rule"). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from ....core.messages import Text


class ValueRule(NamedTuple):
    """What a value must match, and what it takes."""

    pattern: str
    text: Text


_HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_RULES: Final[Mapping[str, ValueRule]] = {
    "thing": ValueRule(".{1,20}", Text("wechat.rule-thing")),
    "number": ValueRule(r"[+-]?(?=([0-9]\.?){1,32}$)[0-9]+(\.[0-9]+)?", Text("wechat.rule-number")),
    "letter": ValueRule("[A-Za-z]{1,32}", Text("wechat.rule-letter")),
    "symbol": ValueRule(r"[^A-Za-z0-9\s]{1,5}", Text("wechat.rule-symbol")),
    "character_string": ValueRule("[!-~]{1,32}", Text("wechat.rule-character-string")),
    "time": ValueRule("", Text("wechat.rule-time")),
    "date": ValueRule("", Text("wechat.rule-date")),
    "amount": ValueRule(
        rf"(?![{_HAN}])[^0-9A-Za-z\s.]?[0-9]{{1,10}}(\.[0-9]+)?元?",
        Text("wechat.rule-amount"),
    ),
    "phone_number": ValueRule("[0-9+() #*-]{1,17}", Text("wechat.rule-phone-number")),
    "car_number": ValueRule(".{1,8}", Text("wechat.rule-car-number")),
    "name": ValueRule(
        rf"[{_HAN}A-Za-z· .'-]{{1,10}}|[A-Za-z .'-]{{1,20}}",
        Text("wechat.rule-name"),
    ),
    "phrase": ValueRule(f"[{_HAN}]{{1,5}}", Text("wechat.rule-phrase")),
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


_DAY = (
    r"(?:(?P<year>[0-9]{4})(?:年|(?P<sep>[-/.])))?(?P<month>[0-9]{1,2})(?(sep)(?P=sep)|月)(?P<day>[0-9]{1,2})"
    r"(?(sep)|[日号])"
)
_CLOCK = (
    r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?"
    r"|[时点](?:(?P<minutes>[0-9]{1,2})分)?)"
)
"""Patterns of a day and a time of day, as text: only what sends a message pays for their compilation"""
_MOMENTS: Final = {"time", "date"}


def fault(key: str, value: str, values: Sequence[str] | None = None) -> Text | None:
    """What is wrong with a value under this key; None if nothing is known to be.

    `values` are those of an enumeration, where they are known. A rule that nobody has told takes all.

    >>> fault("thing1", "咖啡"), fault("keyword3", "x" * 99)
    (None, None)
    >>> print(fault("phrase2", "ok"))
    phrase takes at most 5 Han characters
    >>> print(fault("enum_string2", "乙", ("甲",)))
    enum_string takes one of: 甲
    """
    if values is not None and value not in values:
        return Text("wechat.value-not-in", rule=named_rule(key) or key, values=tuple(values))
    rule = known_rule(key)
    if rule is None or (_is_span(value) if rule in _MOMENTS else re.fullmatch(_RULES[rule].pattern, value)):
        return None
    return Text("wechat.value-takes", rule=rule, what=_RULES[rule].text)


def _is_span(value: str) -> bool:
    """One moment, or two with `~` between them; the full-width `～` is refused (wechat-api.md §7)."""
    ends = [one.strip() for one in value.split("~")]
    return len(ends) <= 2 and all(map(_is_moment, ends))


def _is_moment(text: str) -> bool:
    """A day of the calendar, a time of 24 hours, or both. Either rule takes either: the captures have days
    alone under `time`, and times behind days under `date`."""
    day = re.match(_DAY, text)
    rest = text[day.end() :].strip() if day else text
    clock = re.fullmatch(_CLOCK, rest)
    return (day is None or _is_day(day)) and (_is_clock(clock) if clock else day is not None and not rest)


def _is_day(found: re.Match[str]) -> bool:
    try:
        date(int(found["year"] or 2000), int(found["month"]), int(found["day"]))
    except ValueError:
        return False
    return True


def _is_clock(found: re.Match[str]) -> bool:
    minute = found["minute"] or found["minutes"] or 0
    return int(found["hour"]) < 24 and int(minute) < 60 and int(found["second"] or 0) < 60


def known_rule(key: str) -> str | None:
    """The rule in a key, if it is a known one."""
    rule = named_rule(key)
    return rule if rule in _RULES else None


def named_rule(key: str) -> str | None:
    """The rule in a key, known or not: what stands before its digits, whatever stands behind them
    (wechat-api.md §7). The old `keyword1` tells none.

    >>> [named_rule(key) for key in ("thing1", "phrase1 5个以内汉字", "enum_string2", "keyword3", "place")]
    ['thing', 'phrase', 'enum_string', None, None]
    """
    match = _KEY.match(key)
    return match[1] if match and match[1] != "keyword" else None


def limit_of(rule: str) -> int | None:
    """How many characters a rule allows; None where that depends on which they are, or nobody knows."""
    return _LIMITS.get(rule)
