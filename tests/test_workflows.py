"""What CI does is what `make` does; the actions that it takes from others are pinned."""

from __future__ import annotations

import doctest
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
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


def module_of(name: str) -> ModuleType:
    """A script of .ci/, loaded."""
    spec = importlib.util.spec_from_file_location(f"ci_{name}", ROOT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_hash_and_say_their_version(path: Path) -> None:
    uses = re.findall(r"uses: *(.+)", path.read_text("utf-8"))
    assert uses
    for one in uses:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one), one


GRANTS = {
    "docs.yml: deploy": {"id-token": "write", "pages": "write"},
    "release.yml: attest": {"attestations": "write", "id-token": "write"},
    "release.yml: pypi": {"id-token": "write"},
    "release.yml: image": {
        "attestations": "write", "contents": "read", "id-token": "write", "packages": "write"
    },
    "release.yml: page": {"contents": "write"},
}  # fmt: skip
"""Jobs that may do more than read, and what"""

READS: tuple[dict[str, str], ...] = ({}, {"contents": "read"})

MINUTES = 60


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_only_read(path: Path) -> None:
    assert yaml.safe_load(path.read_text("utf-8"))["permissions"] in READS


def test_a_job_that_may_more_is_one_of_few() -> None:
    asked = {name: job["permissions"] for name, job in jobs() if "permissions" in job}
    assert {name: what for name, what in asked.items() if what not in READS} == GRANTS


@pytest.mark.parametrize("name", GRANTS)
def test_who_may_write_builds_nothing_of_ours(name: str) -> None:
    """The image is built in what Docker keeps apart; nothing that was installed here runs beside a right."""
    for step in dict(jobs())[name]["steps"]:
        assert step.get("run", ".ci/").startswith(".ci/"), step


@pytest.mark.parametrize(("name", "job"), list(jobs()), ids=[name for name, _ in jobs()])
def test_a_job_is_bounded_keeps_no_credentials_and_runs_what_there_is(name: str, job: dict[str, Any]) -> None:
    assert 0 < job["timeout-minutes"] <= MINUTES, name
    checkouts = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"] == {"persist-credentials": False} for step in checkouts)
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert bool(checkouts) == bool(commands), "what runs is of the checkout, and a checkout is for what runs"
    for command in commands:
        tool, *words = shlex.split(command)
        if tool == "make":
            assert set(words) <= TARGETS, command
        else:
            assert os.access(ROOT / tool, os.X_OK), command


# ---------------------------------------------------------------- releases


def released() -> dict[str, Any]:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8")
    made: dict[str, Any] = yaml.load(text, yaml.BaseLoader)
    return made


def test_a_release_is_of_a_tag_and_nothing_is_published_before_it_is_checked_and_attested() -> None:
    workflow = released()
    assert workflow["on"] == {"push": {"tags": ["v*"]}}
    before = {name: workflow["jobs"][name].get("needs", []) for name in workflow["jobs"]}
    assert before == {
        "check": [],
        "build": "check",
        "attest": "build",
        "pypi": "attest",
        "image": "attest",
        "page": ["pypi", "image"],
    }
    steps = [step.get("run") for step in workflow["jobs"]["check"]["steps"] if "run" in step]
    assert steps == ['.ci/release.py check "$GITHUB_REF_NAME"', ".ci/run"]
    assert workflow["jobs"]["pypi"]["environment"]["name"] == "pypi"


def test_a_release_takes_nothing_from_a_cache() -> None:
    for name, job in released()["jobs"].items():
        for step in job["steps"]:
            settings = step.get("with", {})
            assert "actions/cache" not in step.get("uses", ""), name
            assert not {"cache", "cache-from", "cache-to"} & set(settings), name
            caches = {"setup-buildx": "cache-binary", "setup-qemu": "cache-image"}
            for action, setting in caches.items():
                assert action not in step.get("uses", "") or settings[setting] == "false", name


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of version 1.2.0, whose notes are written."""
    for folder in ("reconciler", ".ci"):
        (tmp_path / folder).mkdir()
    shutil.copy(ROOT / ".ci" / "release.py", tmp_path / ".ci")
    shutil.copy(ROOT / ".ci" / "image", tmp_path / ".ci")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "reconciler" / "__init__.py").write_text('__version__ = "1.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## [Unreleased]\n\n- c\n\n## [1.2.0] - 2026-12-01\n\n### Added\n\n- b [x]\n\n"
        "## [1.1.0] - 2026-11-01\n\n- a\n\n[1.2.0]: https://example.invalid/\n"
    )
    return tmp_path


def release(place: Path, *words: str, **environment: str) -> tuple[int, str]:
    run = subprocess.run(
        [sys.executable, place / ".ci" / "release.py", *words],
        cwd=place,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.returncode, run.stdout + run.stderr


def test_the_notes_are_the_section_of_the_version(checkout: Path) -> None:
    assert release(checkout, "check", "v1.2.0") == (0, "v1.2.0 is the version, and CHANGELOG.md has it\n")
    assert release(checkout, "notes", "v1.2.0") == (0, "### Added\n\n- b [x]\n")
    (checkout / "reconciler" / "__init__.py").write_text('__version__ = "1.1.0"\n')
    assert release(checkout, "notes", "v1.1.0") == (0, "- a\n")


@pytest.mark.parametrize(
    ("tag", "change", "said"),
    [
        ("1.2.0", ("", ""), "1.2.0 is no tag of a release"),
        ("v1.2", ("", ""), "v1.2 is no tag of a release"),
        ("v1.2.0; rm -rf", ("", ""), "is no tag of a release"),
        ("v1.3.0", ("", ""), "v1.3.0 is not the version in reconciler/__init__.py, which is 1.2.0"),
        ("v1.2.0", ("[1.2.0] -", "[1.2.1] -"), "CHANGELOG.md has no section [1.2.0]"),
        ("v1.2.0", (" - 2026-12-01", ""), "[1.2.0] has no date"),
        ("v1.2.0", ("### Added\n\n- b [x]\n", ""), "CHANGELOG.md says nothing under [1.2.0]"),
        ("v1.2.0", ("[1.1.0]", "[1.2.0]"), "CHANGELOG.md has several sections [1.2.0]"),
    ],
)
def test_a_tag_that_is_no_release(checkout: Path, tag: str, change: tuple[str, str], said: str) -> None:
    log = checkout / "CHANGELOG.md"
    log.write_text(log.read_text().replace(*change) if change[0] else log.read_text())
    code, text = release(checkout, "check", tag)
    assert code == 1
    assert said in text


def test_what_is_published_is_whole_and_nothing_else(checkout: Path) -> None:
    dist = checkout / "dist"
    code, text = release(checkout, "dist", "v1.2.0", "dist")
    assert (code, text.startswith(f"{Path('dist')} has [] instead of [")) == (1, True)
    dist.mkdir()
    for name in ("wechat_reconciler-1.2.0-py3-none-any.whl", "wechat_reconciler-1.2.0.tar.gz"):
        (dist / name).touch()
    code, text = release(checkout, "dist", "v1.2.0", "dist")
    assert (code, len(text.splitlines())) == (0, 2)
    (dist / "reconciler-1.2.0.tar.gz").touch()
    assert release(checkout, "dist", "v1.2.0", "dist")[0] == 1


def test_the_release_on_the_forge(checkout: Path, tmp_path: Path) -> None:
    dist, tools = checkout / "dist", checkout / "tools"
    dist.mkdir()
    tools.mkdir()
    for name in ("wechat_reconciler-1.2.0-py3-none-any.whl", "wechat_reconciler-1.2.0.tar.gz"):
        (dist / name).touch()
    gh = tools / "gh"
    gh.write_text('#!/bin/sh\necho "$@"\ncat\n')
    gh.chmod(0o755)
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    assert release(checkout, "publish", "v1.2.0", "dist", PATH=path) == (
        0,
        "release create v1.2.0 --verify-tag --title v1.2.0 --notes-file - "
        "dist/wechat_reconciler-1.2.0-py3-none-any.whl dist/wechat_reconciler-1.2.0.tar.gz\n"
        "### Added\n\n- b [x]\n",
    )
    gh.write_text("#!/bin/sh\nexit 4\n")
    assert release(checkout, "publish", "v1.2.0", "dist", PATH=path)[0] == 1


def test_the_image_has_its_tags_as_outputs(checkout: Path) -> None:
    outputs = checkout / "outputs"
    environment = os.environ | {"GITHUB_OUTPUT": str(outputs)}
    subprocess.run(
        [checkout / ".ci" / "image", "v1.2.0", "Shop/Templates"],
        env=environment,
        check=True,
        capture_output=True,
    )
    assert outputs.read_text().splitlines()[0] == "name=ghcr.io/shop/templates"
    assert outputs.read_text().splitlines()[2] == "version=1.2.0"


@pytest.mark.parametrize("words", [[], ["check"], ["build", "v1.2.0"], ["check", "v1.2.0", "x"]])
def test_usage_is_told(checkout: Path, words: list[str]) -> None:
    code, text = release(checkout, *words)
    assert code == 1
    assert "release.py check TAG" in text


def test_the_examples_of_release_are_true() -> None:
    assert doctest.testmod(module_of("release")).failed == 0


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
    module = module_of("coverage")
    folders = {path.parent.name for path in (ROOT / "reconciler").glob("*/__init__.py")}
    assert set(module.FLOORS) == folders
    assert doctest.testmod(module).failed == 0
