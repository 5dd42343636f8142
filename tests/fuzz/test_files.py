"""Damaged files: templates.yaml, the lock, and a plan that was reviewed."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import event, given
from hypothesis import strategies as st

from reconciler.sandbox.accounts import SECRET

from ..tools import Result
from .mutations import HOSTILE, YAML_ONLY, Recipe, carried_out, recipes
from .world import (
    CALLS,
    LOCK,
    PLAN,
    YAML,
    Disturbed,
    Scene,
    budget,
    check_words,
    clear,
    disk,
    lives,
    problems,
    run,
)

REPOSITORY = Path(__file__).parents[2] / "templates.yaml"
SECRETIVE = (
    f"secret: {SECRET}",
    f'"appsecret": "{SECRET}"',
    f"access_token: {SECRET}",
    f'{{"secret": "{SECRET}"}}',
)
LIBRARY_CODES = {"unknown title", "wrong title", "ambiguous keyword", "unknown keyword"}
formats = st.sampled_from(["json", "text"])


# ---------------------------------------------------------------- templates.yaml


@budget(100)
@given(recipe=recipes(HOSTILE, YAML_ONLY, SECRETIVE), as_json=st.booleans(), form=formats)
def test_a_damaged_yaml(recipe: Recipe, as_json: bool, form: str) -> None:
    clear()
    text = REPOSITORY.read_text("utf-8")
    if as_json:
        text = json.dumps(yaml.safe_load(text), ensure_ascii=False, indent=1)
    YAML.write_bytes(carried_out(recipe, text.encode()))
    before = disk()
    valid = run("validate", "--format", form)
    event(f"validate: {valid.code}")
    assert valid.code in (0, 1)
    planned = _sandboxed("plan", "--format", "json")
    assert disk() == before
    if valid.code:
        assert planned.code == 1
        return
    assert planned.code in (0, 3) or {one["code"] for one in problems(planned.json)} <= LIBRARY_CODES
    _check_that_it_is_applied(planned)


def _check_that_it_is_applied(planned: Result) -> None:
    applied = _sandboxed("apply", "--yes")
    assert applied.code == planned.code
    if applied.code == 0:
        assert not _sandboxed("plan", "--format", "json").json["changes"]


def _sandboxed(*words: str) -> Result:
    """A command with the emulator inside, whatever the environment names."""
    return run(*words, "--sandbox", *CALLS)


# ---------------------------------------------------------------- the lock


@budget(60)
@given(
    name=st.sampled_from(["busy", "settled", "sweeping"]),
    recipe=recipes(HOSTILE, ('"@id"', '"kept"', '"wx0000000000000001"')),
    number=st.integers(0, 9),
)
def test_a_damaged_lock(
    server: Disturbed, scenes: dict[str, Scene], name: str, recipe: Recipe, number: int
) -> None:
    scene = scenes[name]
    ids = [one.template_id for one in scene.templates]
    assert scene.lock is not None
    known = [step._replace(text=step.text.replace("@id", ids[number % len(ids)])) for step in recipe]
    scene.lay(server, lock=carried_out(known, scene.lock))
    before = disk()
    planned = run("plan", "--format", "json", *CALLS)
    event(f"plan: {planned.code}")
    assert planned.code in (0, 1, 3)
    assert (disk(), server.templates) == (before, scene.templates)
    applied = run("apply", "--yes", *CALLS)
    assert applied.code == planned.code
    if applied.code:
        assert (disk(), server.templates) == (before, scene.templates)
        return
    _check_deletes(planned.json, scene, server)
    assert lives(scene, server) == [1] * len(scene.looks)
    assert not run("plan", "--format", "json", *CALLS).json["changes"]


def _check_deletes(plan: Any, scene: Scene, server: Disturbed) -> None:
    """What is gone was to go, and nothing was that the file wants."""
    left = {one.template_id for one in server.templates}
    gone = {one.template_id for one in scene.templates} - left
    deletes = {one["template_id"] for one in plan["accounts"][0]["actions"] if one["action"] == "delete"}
    assert gone == deletes & {one.template_id for one in scene.templates}


# ---------------------------------------------------------------- a plan that was reviewed


@budget(50)
@given(name=st.sampled_from(["fresh", "busy", "settled"]), recipe=recipes(HOSTILE), form=formats)
def test_a_damaged_plan_file(
    server: Disturbed, scenes: dict[str, Scene], name: str, recipe: Recipe, form: str
) -> None:
    scene = scenes[name]
    scene.lay(server)
    text = json.dumps(scene.truth, ensure_ascii=False, indent=2).encode()
    PLAN.write_bytes(carried_out(recipe, text))
    before = disk()
    applied = run("apply", str(PLAN), "--yes", "--format", form, *CALLS)
    event(f"apply: {applied.code}")
    assert applied.code in (0, 1, 3)
    if applied.code:
        assert (disk(), server.templates) == (before, scene.templates)
        return
    reviewed = json.loads(PLAN.read_bytes().decode("utf-8-sig"))
    unread = _weighty(scene.truth) - _weighty(reviewed)
    assert unread <= {("delete", one) for one in _waiting(reviewed)}, "what was done is not what was reviewed"
    assert lives(scene, server) == [1] * len(scene.looks)


def _weighty(plan: Any) -> set[tuple[str, str | None]]:
    """What a reviewer agrees to, of one account: all but what the lock alone learns."""
    (account,) = plan["accounts"]
    rows = [one for one in account["actions"] if one["action"] not in ("forget", "update")]
    return {
        (one["action"], one.get("template_id") or json.dumps([one["name"], one.get("id")])) for one in rows
    }


def _waiting(plan: Any) -> set[str]:
    return {one["template_id"] for one in plan["accounts"][0].get("retired", ())}


# ---------------------------------------------------------------- as a process of its own


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (YAML, b"templates: [" * 3000),
        (YAML, b"version: 1\ntemplates: {a: {id: '\xff', keywords: [x]}}\n"),
        (LOCK, b"[" * 100_000),
        (LOCK, b'{"version": 1e400, "dialect": "wxopen", "templates": {}}'),
        (PLAN, b'{"version": 1, "version": NaN}'),
    ],
)
def test_nothing_is_said_at_exit(scenes: dict[str, Scene], path: Path, content: bytes) -> None:
    scene = scenes["fresh"]
    YAML.write_text(scene.yaml, "utf-8")
    PLAN.write_text(json.dumps(scene.truth), "utf-8")
    path.write_bytes(content)
    words = ["apply", str(PLAN), "--yes", "--format", "json", *CALLS]
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-m", "reconciler", *words],
        capture_output=True,
        check=False,
        env=dict(os.environ),
    )
    assert (done.returncode, done.stderr) == (1, b"")
    check_words(Result(1, done.stdout.decode(), ""), json_wanted=True, command="apply")
    with contextlib.suppress(FileNotFoundError):
        assert LOCK.read_bytes() == content
