"""What a keyword's value may be, by the rule in its key: thing1 takes any short text (wechat-api.md §2).

Known are lengths and kinds of signs; what exactly a date looks like is a guess: years first or months first,
24 h, and a `time` may be a day alone. That a number has no sign is one, too.
"""

import re
from collections.abc import Mapping
from typing import Final

_HAN = "\u4e00-\u9fff"
_MONTH, _DAY = "(?:0?[1-9]|1[0-2])", "(?:0?[1-9]|[12][0-9]|3[01])"
_DATE = rf"(?:[0-9]{{4}}(?P<sign>[-/.]){_MONTH}(?P=sign){_DAY}|(?:[0-9]{{4}}年)?{_MONTH}月{_DAY}日)"
_CLOCK = "(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"
_MOMENT = re.compile(rf"(?P<date>{_DATE})?(?:(?(date) ?|){_CLOCK})?")
_RULES: Final[Mapping[str, str]] = {
    "thing": ".{1,20}",
    "number": r"[0-9]{1,32}(\.[0-9]+)?",
    "letter": "[A-Za-z]{1,32}",
    "symbol": rf"[^A-Za-z0-9{_HAN}\s]{{1,5}}",
    "character_string": "[!-~]{1,32}",
    "amount": r"[^0-9A-Za-z\s.]?[0-9]{1,10}(\.[0-9]+)?元?",
    "phone_number": "[0-9+() -]{1,17}",
    "car_number": ".{1,8}",
    "name": rf"[{_HAN}A-Za-z·. ]{{1,10}}|[A-Za-z·. ]{{1,20}}",
    "phrase": f"[{_HAN}]{{1,5}}",
}
_PATTERNS: Final = {rule: re.compile(pattern) for rule, pattern in _RULES.items()}


def is_good(key: str, value: str) -> bool:
    """Whether a value may stand under a key. A rule that nobody has told takes all but line breaks."""
    if not value.strip() or "\n" in value or "\r" in value:
        return False
    rule = key.rstrip("0123456789")
    if rule in ("time", "date"):
        return _is_time(value, dated=rule == "date")
    pattern = _PATTERNS.get(rule)
    return pattern is None or pattern.fullmatch(value) is not None


def _is_time(value: str, *, dated: bool) -> bool:
    """A moment, or two with a `~` between them (wechat-api.md §7). Of the second the day may be left out."""
    moments = [_MOMENT.fullmatch(one.strip(" ")) for one in value.split("~")]
    return (
        len(moments) <= 2
        and all(one is not None and one[0] for one in moments)
        and not (dated and moments[0] and moments[0]["date"] is None)
    )
