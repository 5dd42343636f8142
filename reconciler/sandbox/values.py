"""What a keyword's value may be, by the rule in its key: thing1 takes any short text (notes, section 2).

The notes tell lengths and kinds of signs; what exactly a date looks like is a guess, and a generous one.
"""

import re
from collections.abc import Mapping
from typing import Final

_HAN = "\u4e00-\u9fff"
_RULES: Final[Mapping[str, str]] = {
    "thing": ".{1,20}",
    "number": r"-?[0-9]{1,32}(\.[0-9]+)?",
    "letter": "[A-Za-z]{1,32}",
    "symbol": rf"[^A-Za-z0-9{_HAN}\s]{{1,5}}",
    "character_string": "[!-~]{1,32}",
    "time": ".*[0-9].*",
    "date": ".*[0-9].*",
    "amount": r"[^0-9A-Za-z\s.]?[0-9]{1,10}(\.[0-9]+)?元?",
    "phone_number": "[0-9+() -]{1,17}",
    "car_number": ".{1,8}",
    "name": rf"[{_HAN}]{{1,10}}|[A-Za-z .]{{1,20}}",
    "phrase": f"[{_HAN}]{{1,5}}",
}
_PATTERNS: Final = {rule: re.compile(pattern) for rule, pattern in _RULES.items()}


def is_good(key: str, value: str) -> bool:
    """Whether a value may stand under a key. A rule that nobody has told takes all but line breaks."""
    if not value.strip() or "\n" in value or "\r" in value:
        return False
    pattern = _PATTERNS.get(key.rstrip("0123456789"))
    return pattern is None or pattern.fullmatch(value) is not None
