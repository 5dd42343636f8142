"""The schemas say what the readers do: for templates.yaml that is held by random documents."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

from reconciler.core import schemas
from reconciler.core.errors import InputError
from reconciler.desired import templates as desired
from reconciler.plan import planfile as document
from reconciler.plan.decision import Decision

from ..odd import DOCUMENT
from ..plan.deciding import decided
from ..tools import desired as wish
from ..tools import entry, live, lock, retired, wanted

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


@pytest.mark.parametrize("policy", [{}, {"retire_after": 7 * 86400}, {"prune": "none"}])
def test_a_written_plan_fits_its_schema(policy: dict[str, Any]) -> None:
    old = retired("o", entry("O", "AT2", "乙"))
    locked = lock(old, a=entry("A", "AT1", "甲"), g=entry("G", "AT1", "乙"), r=entry("R", "AT2", "丁"))
    account = (live("A", "AT1", "甲"), live("R", "AT2", "丁"), live("X", "AT2", None), live("O", "AT2", "乙"))
    hope = wish(wanted("a", "AT1", "丙", protect=True), wanted("s", "AT2", "丁"), **policy)
    made = decided(hope, locked, account, appid="wx1")
    whole = document.of([Decision(hope, locked, account, made)])
    assert document.loads(document.dumps(whole).encode(), "p") == whole
