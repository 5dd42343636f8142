"""What a keyword's value may be, by the rule in its key (wechat-api.md §2, "Values by rule"). Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Final, NamedTuple


class Rule(NamedTuple):
    """What a value must match, and how that is said."""

    pattern: str
    words: str


_HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_RULES: Final[Mapping[str, Rule]] = {
    "thing": Rule(".{1,20}", "at most 20 characters"),
    "number": Rule(r"[+-]?(?=([0-9]\.?){1,32}$)[0-9]+(\.[0-9]+)?", "a number of at most 32 digits"),
    "letter": Rule("[A-Za-z]{1,32}", "at most 32 letters"),
    "symbol": Rule(r"[^A-Za-z0-9\s]{1,5}", "at most 5 symbols"),
    "character_string": Rule("[!-~]{1,32}", "at most 32 digits, letters or symbols"),
    "time": Rule("", "a time, such as 15:01 or 2019年10月1日 15:01, or two with ~ between them"),
    "date": Rule("", "a date, such as 2019年10月1日, or two with ~ between them"),
    "amount": Rule(
        rf"(?![{_HAN}])[^0-9A-Za-z\s.]?[0-9]{{1,10}}(\.[0-9]+)?元?",
        "a sign of currency, if any, and at most 10 digits",
    ),
    "phone_number": Rule("[0-9+() #*-]{1,17}", "a number of at most 17 characters"),
    "car_number": Rule(".{1,8}", "at most 8 characters"),
    "name": Rule(
        rf"[{_HAN}A-Za-z· .'-]{{1,10}}|[A-Za-z .'-]{{1,20}}",
        "at most 20 letters, or 10 characters of which any is Han",
    ),
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


_DAY = re.compile(
    r"(?:(?P<year>[0-9]{4})(?:年|(?P<sep>[-/.])))?(?P<month>[0-9]{1,2})(?(sep)(?P=sep)|月)(?P<day>[0-9]{1,2})"
    r"(?(sep)|[日号])"
)
_CLOCK = re.compile(
    r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?"
    r"|[时点](?:(?P<minutes>[0-9]{1,2})分)?)"
)
_MOMENTS: Final = {"time", "date"}


def fault(key: str, value: str, values: Collection[str] | None = None) -> str | None:
    """What is wrong with a value under this key; None if nothing is known to be.

    `values` are those of an enumeration, where they are known. A rule that nobody has told takes all.

    >>> fault("thing1", "咖啡"), fault("phrase2", "ok"), fault("keyword3", "x" * 99)
    (None, 'phrase takes at most 5 Han characters', None)
    >>> fault("time1", "25:99"), fault("enum_string2", "乙", ("甲",))
    ('time takes a time, such as 15:01 or 2019年10月1日 15:01, or two with ~ between them', \
'enum_string takes one of: 甲')
    """
    if values is not None and value not in values:
        return f"{told(key) or key} takes one of: {', '.join(values)}"
    rule = rule_of(key)
    if rule is None or (_is_span(value) if rule in _MOMENTS else re.fullmatch(_RULES[rule].pattern, value)):
        return None
    return f"{rule} takes {_RULES[rule].words}"


def _is_span(value: str) -> bool:
    """One moment, or two with `~` between them; the full-width `～` is refused (wechat-api.md §7)."""
    ends = [one.strip() for one in value.split("~")]
    return len(ends) <= 2 and all(map(_is_moment, ends))


def _is_moment(text: str) -> bool:
    """A day of the calendar, a time of 24 hours, or both. Either rule takes either: the captures have days
    alone under `time`, and times behind days under `date`."""
    day = _DAY.match(text)
    rest = text[day.end() :].strip() if day else text
    clock = _CLOCK.fullmatch(rest)
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
