"""docs/contract.md says what the program says: exit codes, guards, fields, bounds, and documents that fit the
schemas."""

from __future__ import annotations

import json
import re

import pytest

from reconciler.core import errors, schemas, text
from reconciler.core.errors import Exit
from reconciler.desired import yaml_nodes
from reconciler.wechat import list_bounds, wire

from .blocks import ROOT, blocks_of
from .codes import Codes

PATH = ROOT / "docs" / "contract.md"
PAGE = PATH.read_text("utf-8")


def section(heading: str) -> str:
    """What stands under a heading, up to the next one of any level."""
    return re.split(r"^##+ ", PAGE.partition(f"## {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def first_cells(heading: str) -> list[str]:
    return re.findall(r"^\| (?!-)([^|]+?) \|", section(heading), re.MULTILINE)[1:]


def test_exit_codes_are_those_of_the_program() -> None:
    assert [int(one) for one in first_cells("Exit codes")] == [int(one) for one in Exit]


def test_guards_are_those_of_the_program() -> None:
    assert {one.strip("`") for one in first_cells("Guards")} == Codes().said["Refusal"]


def test_every_outcome_is_told() -> None:
    plan = json.loads(schemas.text("plan"))
    outcomes = plan["$defs"]["account"]["properties"]["outcome"]["enum"]
    (told,) = re.findall(r"^- `outcome` is (.*)$", section("plan --format json"), re.MULTILINE)
    assert re.findall(r"`(\w+)`", told) == outcomes


def test_every_field_at_the_top_of_templates_yaml_is_told() -> None:
    fields = json.loads(schemas.text("templates"))["properties"]
    told = section("templates.yaml") + section("Several accounts")
    assert [one for one in fields if not re.search(rf"^{one}:|`{one}\b", told, re.MULTILINE)] == []


@pytest.mark.parametrize(
    "bound",
    [
        f"a file over {yaml_nodes.MAX_BYTES >> 20} MiB",
        f"an accounts file over {yaml_nodes.MAX_STREAM >> 20} MiB",
        f"more than {yaml_nodes.MAX_VALUES:,} values",
        f"nested over {yaml_nodes.MAX_DEPTH} deep",
        f"At most {errors.MAX_TOLD} are told",
        f"beyond {text.MAX_QUOTED} characters",
        f"({wire.MAX_REPLY >> 20} MiB)",
        f"({list_bounds.MOST_ROWS:,} templates)",
    ],
)
def test_bounds_are_those_of_the_program(bound: str) -> None:
    assert bound in re.sub(r"\s+", " ", PAGE)


@pytest.mark.parametrize(
    ("name", "begin"), [("plan", '{"version": 1, "changes"'), ("lock", '{\n  "version"')]
)
def test_each_document_that_is_shown_fits_its_schema(name: str, begin: str) -> None:
    (shown,) = (one.text for one in blocks_of(PATH) if one.text.startswith(begin))
    schemas.check(name, json.loads(shown.replace("sha256:…", f"sha256:{0:064}")), "contract.md", hint="")


def test_a_row_of_a_plan_is_shown_with_all_its_keys() -> None:
    defined = json.loads(schemas.text("plan"))["$defs"]
    (shown,) = (one.text for one in blocks_of(PATH) if one.text.startswith('{"version": 1, "changes"'))
    row = json.loads(shown)["accounts"][0]
    assert set(row) == set(defined["account"]["properties"])
    keys = {key for action in row["actions"] for key in action}
    words = section("plan --format json") + section("What counts as reviewed")
    assert {one for one in set(defined["action"]["properties"]) - keys if f"`{one}`" not in words} == set()
