"""The workshop: what CONTRIBUTING, SECURITY and the forge's files name is there, and a forge can read it."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
GUIDES = ("CONTRIBUTING.md", "SECURITY.md")
TARGETS = set(
    re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)[1].split()  # type: ignore[index]
)
RECIPES = ("A lint rule", "A command", "An output format", "A dialect")


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def paths_in(text: str) -> set[str]:
    """Files and folders that a text names as code. A NAME in one stands for what the reader will call it."""
    words = {word for code in re.findall(r"`([^`]+)`", text) for word in code.split()}
    tops = "|".join(re.escape(path.name) for path in ROOT.iterdir() if path.name != ".venv")
    named = {word.partition("::")[0] for word in words if re.match(rf"({tops})(/|$)", word)}
    return {re.sub(r"[^/]*NAME.*", "", one) for one in named}


# ---------------------------------------------------------------- guides


@pytest.mark.parametrize("guide", GUIDES)
def test_every_path_that_is_named_is_there(guide: str) -> None:
    paths = paths_in(text_of(guide))
    assert paths
    assert {path for path in paths if not (ROOT / path).exists()} == set()


@pytest.mark.parametrize("guide", [*GUIDES, "docs/install.md", "docs/install.zh.md"])
def test_every_target_that_is_named_is_one(guide: str) -> None:
    named = set(re.findall(r"`make ([a-z]+)", text_of(guide)))
    assert named - TARGETS == set()
    assert named or guide == "SECURITY.md"


def test_what_is_for_contributors_is_explained() -> None:
    rows = set(re.findall(r"^\| `make ([a-z]+)", text_of("CONTRIBUTING.md"), re.MULTILINE))
    assert {"quick", "test", "coverage", "sweep", "bench"} <= rows


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_begins_with_a_test_and_names_files(recipe: str) -> None:
    (section,) = re.findall(
        rf"^### {recipe}\n(.+?)(?=^##)", text_of("CONTRIBUTING.md"), re.MULTILINE | re.DOTALL
    )
    before, _, steps = section.partition("\n1. ")
    assert "Write first" in before
    assert any(path.startswith("tests/") for path in paths_in(before))
    assert len([path for path in paths_in(f"1. {steps}") if path.startswith("reconciler/")]) >= 2


def test_names_of_the_code_that_recipes_point_to_are_there() -> None:
    text = text_of("CONTRIBUTING.md")
    for file, names in {
        "reconciler/lint/rulebook.py": ("_TABLE",),
        "reconciler/lint/engine.py": ("_gaps",),
        "reconciler/cli/__init__.py": ("COMMANDS",),
        "reconciler/cli/document.py": ("BLANKS",),
        "reconciler/cli/commands/lint.py": ("FORMATS", "_renderer", "_report", "_as_called"),
        "reconciler/core/text.py": ("visible", "harmless"),
        "reconciler/wechat/dialects/limits.py": ("LIMITS",),
        "reconciler/wechat/dialects/__init__.py": ("load", "Dialect"),
        "reconciler/app/dialects.py": ("ASKED",),
        "tests/cli/test_commands.py": ("COMMANDS", "NAMED"),
        "tests/tools.py": ("answer",),
        "tests/lint/test_lint.py": ("test_a_good_keyword", "test_a_good_title"),
    }.items():
        for name in names:
            assert f"`{name}`" in text, name
            assert re.search(rf"\b{name}\b", text_of(file)), f"{file}: {name}"


def test_the_changelog_is_as_a_release_wants_it() -> None:
    headings = re.findall(r"^## \[([^\]]+)\](.*)$", text_of("CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == ("Unreleased", "")
    for version, rest in headings[1:]:
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert re.fullmatch(r" - \d{4}-\d\d-\d\d", rest), version


# ---------------------------------------------------------------- CODEOWNERS


def owned() -> list[tuple[str, list[str]]]:
    lines = (GITHUB / "CODEOWNERS").read_text("utf-8").splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return [(pattern, owners) for pattern, *owners in rows]


def test_what_is_owned_is_there_and_has_an_owner() -> None:
    for pattern, owners in owned():
        assert owners, pattern
        assert all(re.fullmatch(r"@[A-Za-z0-9][A-Za-z0-9/-]*", owner) for owner in owners), owners
        if pattern.startswith("/"):
            assert (ROOT / pattern.strip("/")).exists(), pattern
            assert (ROOT / pattern.strip("/")).is_dir() == pattern.endswith("/"), pattern


@pytest.mark.parametrize(
    "path",
    ["/.github/", "/.ci/", "/Dockerfile", "/reconciler/wechat/auth/", "/reconciler/lock/", "*.lock.json"],
)
def test_what_decides_has_an_owner(path: str) -> None:
    assert path in {pattern for pattern, _ in owned()}


# ---------------------------------------------------------------- forms

FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
ATTRIBUTES = {
    "markdown": ({"value"}, {"value"}),
    "input": ({"label"}, {"label", "description", "placeholder", "value"}),
    "textarea": ({"label"}, {"label", "description", "placeholder", "value", "render"}),
    "dropdown": ({"label", "options"}, {"label", "description", "options", "multiple", "default"}),
}
"""What GitHub wants of an element, and what it takes; `make workflows` holds forms to its schema"""


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_a_form_is_one_that_github_shows(path: Path) -> None:
    form = yaml.safe_load(path.read_text("utf-8"))
    assert {"name", "description", "body"} <= set(form) <= {"name", "description", "body", "labels", "title"}
    elements = form["body"]
    ids = [one["id"] for one in elements if one["type"] != "markdown"]
    labels = [one["attributes"]["label"] for one in elements if one["type"] != "markdown"]
    assert len(set(ids)) == len(ids) > 0
    assert len(set(labels)) == len(labels)
    for one in elements:
        needs, takes = ATTRIBUTES[one["type"]]
        assert needs <= set(one["attributes"]) <= takes, one
        assert set(one) <= {"type", "id", "attributes", "validations"}
    texts = [form["name"], form["description"], *labels]
    chinese = [text for text in texts if text != "templates.yaml" and not re.search("[一-鿿]", text)]
    assert chinese == [], "each in both languages"


def asked_by(name: str) -> dict[str, Any]:
    form = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / name).read_text("utf-8"))
    return {one["id"]: one for one in form["body"] if "id" in one}


def test_a_bug_tells_what_is_needed_to_see_it() -> None:
    fields = asked_by("1-bug.yml")
    must = {id_ for id_, one in fields.items() if one.get("validations", {}).get("required")}
    assert {"version", "dialect", "command"} <= must
    assert "--trace" in fields["trace"]["attributes"]["description"]


@pytest.mark.parametrize("name", ["1-bug.yml", "2-wechat.yml"])
def test_the_dialects_are_those_that_there_are(name: str) -> None:
    from reconciler.wechat.dialects.limits import LIMITS

    options = asked_by(name)["dialect"]["attributes"]["options"]
    assert [one for one in options if " " not in one] == list(LIMITS)


# ---------------------------------------------------------------- what renews, and what runs before a commit


def test_all_that_is_pinned_is_renewed() -> None:
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text("utf-8"))["updates"]
    for one in updates:
        assert (ROOT / one["directory"].strip("/")).is_dir()
    assert {(one["package-ecosystem"], one["directory"]) for one in updates} == {
        ("pip", "/.ci"), ("github-actions", "/"), ("docker", "/"), ("npm", "/.ci/clients"),
    }  # fmt: skip


def test_hooks_run_what_is_pinned_and_fetch_nothing() -> None:
    (repo,) = yaml.safe_load(text_of(".pre-commit-config.yaml"))["repos"]
    assert repo["repo"] == "local"
    for hook in repo["hooks"]:
        assert hook["language"] == "system", "another language would fetch"
        tool = hook["entry"].split()[0]
        assert tool.startswith(".venv/bin/")
        # The tests may run in another environment (make lowest); it has these tools, too.
        assert os.access(Path(sys.executable).parent / Path(tool).name, os.X_OK), tool
        re.compile(hook.get("files", ""))
