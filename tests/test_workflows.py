"""What CI does is what `make` does; the actions that it takes from others are pinned."""

from __future__ import annotations

import doctest
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)[1].split())  # type: ignore[index]


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in yaml.safe_load(path.read_text("utf-8"))["jobs"].items():
            yield f"{path.name}: {name}", job


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_hash_and_say_their_version(path: Path) -> None:
    uses = re.findall(r"uses: *(.+)", path.read_text("utf-8"))
    assert uses
    for one in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one), one


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_only_read(path: Path) -> None:
    assert yaml.safe_load(path.read_text("utf-8"))["permissions"] == {"contents": "read"}


@pytest.mark.parametrize(("name", "job"), list(jobs()), ids=[name for name, _ in jobs()])
def test_a_job_is_bounded_keeps_no_credentials_and_runs_what_there_is(name: str, job: dict[str, Any]) -> None:
    assert 0 < job["timeout-minutes"] <= 60, name
    checkout = job["steps"][0]
    assert checkout["uses"].startswith("actions/checkout@")
    assert checkout["with"] == {"persist-credentials": False}
    for command in (step["run"] for step in job["steps"] if "run" in step):
        tool, *words = command.split()
        if tool == "make":
            assert set(words) <= TARGETS, command
        else:
            assert (ROOT / tool).is_file(), command


def test_help_tells_every_target() -> None:
    run = subprocess.run(["make", "-C", str(ROOT), "help"], capture_output=True, text=True, check=True)
    told = set(re.findall(r"^make (\w+)", run.stdout, re.MULTILINE))
    assert told == TARGETS - {"help", "lint", "types", "unit", "clients"}


# ---------------------------------------------------------------- .ci/coverage.py


def report(tmp_path: Path, **missing: list[int]) -> str:
    """coverage's own, of files with a hundred lines each."""
    files = {
        f"/checkout/reconciler/{path.replace('__', '/')}.py": {
            "summary": {"num_statements": 100},
            "missing_lines": lines,
        }
        for path, lines in missing.items()
    }
    (tmp_path / "coverage.json").write_text(json.dumps({"files": files}), "utf-8")
    return str(tmp_path / "coverage.json")


def told(file: str) -> tuple[int, str]:
    words = [sys.executable, str(ROOT / ".ci" / "coverage.py"), file]
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


def test_a_folder_below_its_floor_is_told_with_its_lines(tmp_path: Path) -> None:
    file = report(tmp_path, plan__decide=[7, 8, 9, 20], plan__diff=[], core__a__b=[1], main=[1, 2])
    assert told(file) == (
        1,
        "core       99.00 %     1 of 100\n"
        "plan       98.00 %     4 of 200  below its floor of 99\n"
        "not run: reconciler/plan/decide.py:7-9, 20\n",
    )
    assert told(report(tmp_path, plan__decide=[7], wechat__x=[]))[0] == 0


def test_a_folder_without_a_floor_is_told(tmp_path: Path) -> None:
    code, text = told(report(tmp_path, forge__github=[]))
    assert code == 1
    assert "forge/ has no floor" in text


def test_every_folder_has_a_floor() -> None:
    spec = importlib.util.spec_from_file_location("ci_coverage", ROOT / ".ci" / "coverage.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folders = {path.parent.name for path in (ROOT / "reconciler").glob("*/__init__.py")}
    assert set(module.FLOORS) == folders
    assert doctest.testmod(module).failed == 0
