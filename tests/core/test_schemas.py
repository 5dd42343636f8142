"""The schemas say what the readers do: for templates.yaml that is held by random documents."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reconciler.core import schemas
from reconciler.core.errors import InputError
from reconciler.desired import templates as desired
from reconciler.lock.file import lock_text
from reconciler.plan import planfile as document
from reconciler.plan.decision import Decision

from ..lock.test_file import FULL
from ..plan.deciding import decided
from ..tools import desired as wish
from ..tools import entry, live, lock, retired, wanted

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        0,
        1,
        2,
        3.5,
        -1,
        "",
        " ",
        "1",
        "x",
        "甲",
        "wxopen",
        "all",
        "0d",
        "7d",
        "36h",
        "999999d",
        "1000000d",
        "07d",
        "7 d",
        "7D",
        "-7d",
        "a\nb",
        [],
        {},
        ["甲"],
    ]
)
KEYWORD = st.one_of(
    st.sampled_from(["甲", "乙", "丙"]),
    ODD,
    st.fixed_dictionaries(
        {}, optional={"name": st.sampled_from(["甲", "丁"]) | ODD, "keyword_id": ODD, "x": ODD}
    ),
)
TEMPLATE = st.one_of(
    ODD,
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.sampled_from(["AT1", "AT2", "401"]) | ODD,
            "scene": st.sampled_from(["支付", "一二三四五六七八九十一二三四五六"]) | ODD,
            "title": ODD,
            "keywords": st.lists(KEYWORD, max_size=12) | ODD,
            "protect": st.booleans() | ODD,
            "x": ODD,
        },
    ),
)
ACCOUNT = st.one_of(
    ODD,
    st.fixed_dictionaries(
        {},
        optional={
            "appid": st.sampled_from(["wx1", "wx2", "wx 3"]) | ODD,
            "protect": st.booleans() | ODD,
            "templates": st.lists(st.sampled_from(["a", "b_1"]) | ODD, max_size=3) | ODD,
            "x": ODD,
        },
    ),
)
GROUP = st.lists(st.sampled_from(["a", "b_1"]) | ODD, max_size=3) | ODD
DOCUMENT = st.fixed_dictionaries(
    {"version": st.just(1) | ODD},
    optional={
        "dialect": st.sampled_from(["subscribe", "official"]) | ODD,
        "prune": ODD,
        "max_deletes": ODD,
        "retire_after": ODD,
        "accounts": st.dictionaries(st.sampled_from(["a", "b-1", "b_1", "B"]), ACCOUNT, max_size=3) | ODD,
        "accounts_file": st.sampled_from(["a.yaml", "x/a.yaml", "../a", "/a", "~a", "c:a", "a/../b", "a..b"])
        | ODD,
        "groups": st.dictionaries(st.sampled_from(["g", "b_1", "b-1"]), GROUP, max_size=3) | ODD,
        "templates": st.dictionaries(st.sampled_from(["a", "b_1", "B", "1"]), TEMPLATE, max_size=3) | ODD,
        "unwanted": st.lists(st.sampled_from(["A" * 43, "w" * 42 + "8", "A" * 42 + "B"]) | ODD, max_size=3)
        | ODD,
        "x": ODD,
        "x-y": ODD,
    },
)
BEYOND = {"keyword twice", "same template twice", "same appid twice", "same variables", "unknown template"}
"""What JSON Schema can't say."""


@given(DOCUMENT)
def test_reader_and_schema_agree_on_templates_yaml(value: dict[str, Any]) -> None:
    """JSON is YAML, so that one text serves both."""
    validator = Draft202012Validator(json.loads(schemas.text("templates")))
    try:
        desired.read(json.dumps(value, ensure_ascii=False).encode(), "t.yaml")
        codes: set[str] = set()
    except InputError as error:
        codes = {problem.code for problem in error.problems}
    assert bool(codes - BEYOND) == (not validator.is_valid(value)), codes


@pytest.mark.parametrize("name", schemas.NAMES)
def test_the_schemas_are_schemas(name: str) -> None:
    Draft202012Validator.check_schema(json.loads(schemas.text(name)))


def test_a_written_lock_fits_its_schema() -> None:
    schemas.check("lock", json.loads(lock_text(FULL)), "l", hint="")


@pytest.mark.parametrize("policy", [{}, {"retire_after": 7 * 86400}, {"prune": "none"}])
def test_a_written_plan_fits_its_schema(policy: dict[str, Any]) -> None:
    old = retired("o", entry("O", "AT2", "乙"))
    locked = lock(old, a=entry("A", "AT1", "甲"), g=entry("G", "AT1", "乙"), r=entry("R", "AT2", "丁"))
    account = (live("A", "AT1", "甲"), live("R", "AT2", "丁"), live("X", "AT2", None), live("O", "AT2", "乙"))
    hope = wish(wanted("a", "AT1", "丙", protect=True), wanted("s", "AT2", "丁"), **policy)
    made = decided(hope, locked, account, appid="wx1")
    whole = document.of([Decision(hope, locked, account, made)])
    assert document.loads(document.dumps(whole).encode(), "p") == whole
