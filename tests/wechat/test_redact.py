"""A secret is found in whatever escapes a server has it, and nothing else is touched."""

from __future__ import annotations

import doctest
import html
import json
import re
import string
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.wechat.auth import redact
from reconciler.wechat.auth.redact import hidden, issued

SECRET = "76_Ab-9xQ/s+T0k.en~Zz=="
SHAPES = {
    "as it is": lambda char: char,
    "of a URL": lambda char: f"%{ord(char):02X}",
    "of a URL, small": lambda char: f"%{ord(char):02x}",
    "of JSON": lambda char: f"\\u{ord(char):04x}",
    "of JSON, capital": lambda char: f"\\u{ord(char):04X}",
    "of PHP": lambda char: f"\\{char}" if char in "/=" else char,
    "of Python": lambda char: f"\\x{ord(char):02x}",
    "of HTML": lambda char: f"&#{ord(char)};",
    "of HTML, hexadecimal": lambda char: f"&#x{ord(char):x};",
}
AROUND: dict[str, Any] = {
    "nothing": lambda text: text,
    "a URL": lambda text: quote(text, safe=""),
    "JSON": lambda text: json.dumps(text)[1:-1],
    "HTML": html.escape,
}


def undone(text: str) -> str:
    """The text with escapes undone until there are none, by the libraries that everybody uses."""
    for _ in range(10):
        text = html.unescape(unquote(text))
        text = re.sub(r"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})", lambda m: chr(int(m[1] or m[2], 16)), text)
        text = re.sub(r"\\(.)", r"\1", text)
    return text


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
@pytest.mark.parametrize("twice", AROUND.values(), ids=AROUND)
def test_a_secret_is_hidden_in_every_escape(shape: Any, around: Any, twice: Any) -> None:
    text = f"购买 {twice(around(''.join(map(shape, SECRET))))} rid: 1"
    assert SECRET in undone(text)
    assert hidden(text, [SECRET]) == "购买 *** rid: 1"


@given(
    st.text(string.ascii_letters + string.digits + "-_=+/.~&", min_size=8, max_size=40),
    st.lists(st.sampled_from(list(SHAPES.values())), min_size=40, max_size=40),
    st.lists(st.sampled_from(list(AROUND.values())), max_size=2),
)
def test_a_secret_is_hidden_whatever_each_of_its_characters_is_written_like(
    secret: str, shapes: list[Any], around: list[Any]
) -> None:
    text = "".join(shape(char) for shape, char in zip(shapes, secret, strict=False))
    for one in around:
        text = one(text)
    assert hidden(f"[{text}]", [secret]) == "[***]"


@pytest.mark.parametrize("secret", ["a%41bcdefgh", "back\\slash-and-more", "a&amp;b&lt;cdefg", '"quoted"'])
@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_a_secret_that_looks_escaped_is_hidden(secret: str, around: Any) -> None:
    assert hidden(f"[{around(secret)}]", [secret]) == "[***]"
    assert hidden(f"[%5B{secret}]", [secret]) == "[%5B***]"


@given(st.text())
def test_a_text_without_secrets_stays(text: str) -> None:
    assert hidden(text, ["a-secret-that-is-nowhere"]) == text


def test_secrets_that_overlap_are_hidden_as_one() -> None:
    assert hidden("<abcdefgh>", ["abcdef", "cdefgh", "h"]) == "<***>"
    assert hidden("<abcdef><gh>", ["abcdef", "gh"]) == "<***><***>"


def test_a_secret_of_which_only_the_begin_is_told_is_hidden() -> None:
    assert hidden(f"ok {SECRET[:12]}", [SECRET]) == "ok ***"
    assert hidden(f"token {SECRET[:12]}... is wrong", [SECRET]) == "token ***... is wrong"
    assert hidden(f"ok {quote(SECRET[:12], safe='')}", [SECRET]) == "ok ***"
    assert hidden("ok 76_Ab", [SECRET]) == "ok 76_Ab"


@pytest.mark.parametrize(
    "text",
    [
        f'{{"access_token":"{SECRET}","expires_in":7200}}',
        f'{{"access\\u005ftoken" : "{SECRET}"}}',
        f"errcode=0&component_access_token={SECRET}&x=1",
        f"{{'appsecret': '{SECRET}'}}",
        json.dumps({"errmsg": json.dumps({"authorizer_refresh_token": SECRET})}),
        f"https://api.weixin.qq.com/x?access_token={SECRET}",
    ],
)
def test_what_a_reply_calls_a_token_is_one(text: str) -> None:
    assert SECRET in issued(text)


def test_what_a_reply_says_of_tokens_is_none() -> None:
    words = "access_token missing; invalid credential, access_token is invalid or not latest: rid"
    assert issued(json.dumps({"errcode": 40001, "errmsg": words, "template_id": "T" * 43})) == frozenset()


def test_a_large_text_takes_no_long_time() -> None:
    """A list of 4 MiB, of which all is escaped, and 2,000 accounts."""
    text = json.dumps(["购买成功通知%20"] * 60_000)
    secrets = [f"{number:04d}{'s' * 128}" for number in range(2000)]
    assert hidden(text[: 4 << 20], secrets) == text[: 4 << 20]


@pytest.mark.parametrize("count", [1, 1000])
def test_of_many_secrets_each_is_hidden(count: int) -> None:
    secrets = [f"{number:04d}-of-an-account" for number in range(count)]
    assert hidden(f"<{quote(secrets[-1])}> <ab>", [*secrets, "ab"]) == "<***> <***>"


def test_doctests() -> None:
    assert doctest.testmod(redact).failed == 0
