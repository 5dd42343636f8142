"""The application without a command line: what it needs it is handed, what it says goes to a teller."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconciler.app.access.token_issuers import TokenOptions
from reconciler.app.apply import End, apply_one
from reconciler.app.input_files import Inputs
from reconciler.app.plan import plan_one
from reconciler.app.project import Settings, open_project
from reconciler.apply.run import Run
from reconciler.core.errors import Exit, InputError, Problem, UsageError
from reconciler.core.messages import Said, words
from reconciler.lock.store import LockStore
from reconciler.plan.decision import Decision
from reconciler.plan.guards import Permits
from reconciler.wechat.transport.network import Connection

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
YAML = """\
version: 1
templates:
  order_paid:
    id: AT0002
    title: 购买成功通知
    keywords: [购买地点, 购买时间]
"""


class Lines:
    """A teller who writes everything down."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.passing: list[str] = []

    def say(self, text: Said) -> None:
        self.lines.append(words(text))

    def warn(self, text: Said) -> None:
        self.lines.append(f"warning: {words(text)}")

    def detail(self, text: Said) -> None:
        self.passing.append(words(text))

    progress = detail

    def problem(self, problem: Problem) -> None:
        self.lines.append(problem.message)


class Audience:
    """Somebody who says yes or no, and keeps what was shown."""

    def __init__(self, objection: Problem | None = None) -> None:
        self._objection = objection
        self.shown: list[Decision] = []
        self.ends: list[End] = []

    def decided(self, decision: Decision) -> None:
        self.shown.append(decision)

    def objection(self, decision: Decision) -> Problem | None:
        assert self.shown == [decision], "nobody is asked about what was not shown"
        return self._objection

    def done(self, run: Run) -> None:
        raise AssertionError("its end can be told")

    def ended(self, end: End) -> None:
        self.ends.append(end)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("templates.yaml").write_text(YAML, "utf-8")
    # What is in the environment is none of the application's business.
    monkeypatch.setenv("WECHAT_APPID", "wx-of-the-environment")
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", "token-of-the-environment")
    return tmp_path


def settings(**more: Any) -> Settings:
    return Settings(
        **{
            "file": "templates.yaml",
            "inputs": Inputs(),
            "environment": {},
            "teller": Lines(),
            "clock": lambda: NOW,
            "connection": Connection(),
            "permits": Permits(),
            "tokens": TokenOptions(),
            "settle": 0.0,
            "sandbox": True,
            **more,
        }
    )


def added(decision: Decision) -> list[str | None]:
    return [action.name for action in decision.plan.actions if action.kind == "add"]


def test_a_plan_is_a_value_and_changes_nothing(folder: Path) -> None:
    asked = settings(teller=(teller := Lines()))
    decision = plan_one(open_project(asked, writes=False))
    assert (added(decision), decision.refused, teller.lines) == (["order_paid"], (), [])
    assert [path.name for path in folder.iterdir()] == ["templates.yaml"]


def test_an_apply_shows_asks_acts_and_tells_its_end() -> None:
    audience = Audience()
    project = open_project(settings(), writes=True)
    code = apply_one(project, None, audience, agreed=False, delete_first=False)
    (end,) = audience.ends
    assert (code, end.code, end.problems, end.already) == (Exit.OK, Exit.OK, (), False)
    assert end.run is not None
    assert [one.name for one in end.run.done] == ["order_paid"]
    lock = LockStore(project.lock_path(None)).read()
    assert lock is not None
    assert end.lock == str(project.lock_path(None))
    assert list(lock.templates) == ["order_paid"]


def test_an_apply_that_is_objected_to_has_done_nothing() -> None:
    audience = Audience(no := Problem("not confirmed", "not applied"))
    project = open_project(settings(), writes=True)
    assert apply_one(project, None, audience, agreed=False, delete_first=False) == Exit.ERROR
    (end,) = audience.ends
    assert (end.problems, end.run, end.lock) == ((no,), None, None)
    assert LockStore(project.lock_path(None)).read() is None


def test_credentials_come_from_the_variables_that_are_handed_in() -> None:
    with pytest.raises(InputError, match="no credentials in the environment"):
        open_project(settings(sandbox=False), writes=False).the_one()
    variables = {"WECHAT_APPID": "wx1", "WECHAT_APPSECRET": "secret"}
    workspace = open_project(settings(sandbox=False, environment=variables), writes=False).the_one()
    assert (workspace.appid, workspace.token_store.credentials.secret) == ("wx1", "secret")


def test_a_mistake_in_what_was_asked_for_is_one_of_usage() -> None:
    again = Permits(add_again=frozenset(["order_lost"]))
    with pytest.raises(UsageError) as caught:
        open_project(settings(permits=again), writes=False)
    (problem,) = caught.value.problems
    assert (problem.code, problem.advice) == ("usage", None)
    assert problem.message == "--add-again order_lost: templates.yaml has no template of this name"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"lockfile": "templates.yaml"},
            "--lockfile templates.yaml is the file of the templates: name another",
        ),
        ({"endpoint": "ftp://example.com", "sandbox": False}, "--endpoint is no http or https address"),
        (
            {"tokens": TokenOptions("https://example.com", command="sh"), "sandbox": False},
            "--token-url and --token-command can't be used together",
        ),
    ],
)
def test_options_that_can_not_be_are_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_project(settings(**more), writes=False)
    assert [one.message for one in caught.value.problems] == [message]
