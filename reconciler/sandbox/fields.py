"""Reading request bodies. Whatever arrives, the answer is a value or a refusal."""

import json
import math
import re
from urllib.parse import parse_qsl

from .context import Body
from .refusal import Refusal, bad_format, invalid_args

PAGE_SIZE = 20
DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)


def json_object(body: bytes) -> Body:
    """The body as raw UTF-8 JSON, whatever its Content-Type (wechat-api.md §5)."""
    if not body:
        raise Refusal(44002, "empty post data")
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
        _check_unicode(body, value)
    except (ValueError, RecursionError):
        raise bad_format() from None
    if not isinstance(value, dict):
        raise bad_format()
    return value


def form(body: bytes) -> Body:
    """A form: `kidList[0]=2&kidList[1]=1`, `kidList[]=2`, `kidList=2&kidList=1` are lists (wechat-api.md
    §5)."""
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise bad_format() from None
    values: dict[str, list[str]] = {}
    for key, value in pairs:
        values.setdefault(key.partition("[")[0], []).append(value)
    lists = {key.partition("[")[0] for key, _ in pairs if "[" in key}
    return {name: found if name in lists or len(found) > 1 else found[0] for name, found in values.items()}


def _no_constant(name: str) -> object:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's


def _check_unicode(body: bytes, value: object) -> None:
    r"""Lone surrogates (`\ud800`) parse but can neither be stored nor sent: UnicodeError is a ValueError."""
    if b"\\ud" in body.lower():
        json.dumps(value, ensure_ascii=False).encode()


def paging(body: Body) -> slice:
    """`offset` from 0 and `count` up to 20 (the page), as numbers or digit strings (wechat-api.md §5)."""
    offset = integer(body.get("offset"))
    count = integer(body.get("count"))
    if offset is None or offset < 0:
        raise invalid_args("offset must be an integer of 0 or more")
    if count is None or not 1 <= count <= PAGE_SIZE:
        raise invalid_args(f"count must be an integer from 1 to {PAGE_SIZE}")
    return slice(offset, offset + count)


def integer(value: object) -> int | None:
    """An int or a string of digits; True and 1.0 are neither."""
    if isinstance(value, str) and DIGITS.fullmatch(value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def seconds(body: Body, key: str, *, least: float) -> float:
    """A finite number of seconds, up to some thirty years; absent is 0."""
    value = body.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid_args(f"{key} must be a number")
    if not least <= value <= 1e9 or not math.isfinite(value):
        raise invalid_args(f"{key} is out of range")
    return float(value)


def text(body: Body, key: str) -> str | None:
    """A non-empty string, or None."""
    value = body.get(key)
    return value if isinstance(value, str) and value else None


def absent(value: object) -> bool:
    """Clients send empty strings for optional fields (wechat-api.md §5)."""
    return value is None or value == ""
