"""docs/wechat-api.md has every code, call and bound that client and sandbox know."""

from __future__ import annotations

import re

import pytest

from reconciler.core.messages.wechat import MESSAGES
from reconciler.sandbox import errmsgs, routes
from reconciler.sandbox.api import quota
from reconciler.sandbox.replay import NOT_RECORDED
from reconciler.wechat import client, list_bounds, wire
from reconciler.wechat.dialects import load
from reconciler.wechat.dialects.limits import LIMITS
from reconciler.wechat.dialects.shared import replies, values
from reconciler.wechat.errcodes import CODES

from .blocks import ROOT

PAGE = (ROOT / "docs" / "wechat-api.md").read_text("utf-8")
NUMBERS = frozenset(re.findall(r"-?\b\d+\b", PAGE))


def test_every_errcode_is_there() -> None:
    known = {str(code) for code in {*CODES, *errmsgs.TEXTS} - {0, NOT_RECORDED}}
    assert sorted(known - NUMBERS) == []


def test_every_call_is_there() -> None:
    calls = {path for name in LIMITS for path in load(name).PATHS} | set(routes.CALLS)
    shown = set(re.findall(r"(?<![\w/])/(?:cgi-bin|wxaapi)/[\w/]+\w\b", PAGE))
    assert sorted(calls - shown) == []


@pytest.mark.parametrize(
    "bound",
    [
        f"{wire.MAX_REPLY >> 20} MiB",
        f"{wire.MAX_NESTS:,} lists and objects",
        f"{client.MAX_PAGES} pages",
        f"{list_bounds.MOST_ROWS:,} rows",
        f"{list_bounds.MOST_TEXT >> 20} million characters",
        f"ids of {replies.MAX_ID} characters",
        f"titles of {replies.MAX_TITLE:,}",
        f"{quota.USUAL:,} times",
        f"gettemplate {quota.DAILY['/wxaapi/newtmpl/gettemplate']:,}",
        f"getpubtemplatekeywords {quota.DAILY[quota.KEYWORDS]} a day",
    ],
)
def test_bounds_are_those_of_the_program(bound: str) -> None:
    assert bound in PAGE


def test_every_rule_of_values_is_there() -> None:
    (listed,) = re.findall(r"\*\*Values by rule\*\*: (.*?) · enum ", PAGE, re.DOTALL)
    told = {one.split()[0] for one in listed.split("·")}
    worded = {id_.removeprefix("wechat.rule-") for id_ in MESSAGES if id_.startswith("wechat.rule-")}
    assert told == {one.replace("-", "_") for one in worded}
    assert {rule for rule in told if values.known_rule(f"{rule}1") is None} == set()
