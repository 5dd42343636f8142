"""docs/architecture.md names every folder of the package, its layers as they are held, and no file that there
is not."""

from __future__ import annotations

import re
import tomllib

import pytest

from ..purity import PURE
from .blocks import ROOT

PACKAGE = ROOT / "reconciler"
BOTH = pytest.mark.parametrize("page", ["architecture.md", "architecture.zh.md"])


def section(page: str, anchor: str) -> str:
    text = (ROOT / "docs" / page).read_text("utf-8")
    return text.partition(f'<a id="{anchor}">')[2].partition("\n## ")[0]


def paths(text: str) -> set[str]:
    """What stands there as a path of the package: `lock/file.py`, `lint/rules/`."""
    return set(re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.py)?)`", text))


@BOTH
def test_every_folder_is_named(page: str) -> None:
    folders = {path.parent.relative_to(PACKAGE).as_posix() + "/" for path in PACKAGE.rglob("*/__init__.py")}
    named = paths(section(page, "folders"))
    assert {one for one in named if not one.startswith("tests/") and one.endswith("/")} == folders


@BOTH
def test_every_path_that_is_named_is_there(page: str) -> None:
    named = paths((ROOT / "docs" / page).read_text("utf-8"))
    assert len(named) > 60
    assert {one for one in named if not ((PACKAGE / one).exists() or (ROOT / one).exists())} == set()


@BOTH
def test_the_layers_are_those_that_are_held(page: str) -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (held,) = (one["layers"] for one in contracts if one["type"] == "layers")
    rows = re.findall(r"^\| (`[^|]+`) \|", section(page, "layers"), re.MULTILINE)
    assert [re.findall(r"`(\w+)`", row) for row in rows] == [re.findall(r"\w+", layer) for layer in held]


@BOTH
def test_what_is_pure_is_what_is_held_to_be(page: str) -> None:
    listed = section(page, "pure").partition("tests/test_architecture.py")[0]
    assert tuple(re.findall(r"`([a-z]+(?:/[a-z]+)?)`", listed)) == PURE
