"""The pipelines of docs/ci.md and docs/fleets.md, run: each job's lines, in order, in a git origin.

What is GitHub's or GitLab's own (conditions, artifacts, concurrency) is played, or looked at.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconciler import __version__
from reconciler.core.errors import Exit
from reconciler.sandbox.accounts import APPID, SECRET

from .blocks import ROOT, Desk, blocks_of

PAGES = ["ci.md", "ci.zh.md", "fleets.md", "fleets.zh.md"]
GITHUB, GITLAB = ".github/workflows/templates.yml", ".gitlab-ci.yml"

BEFORE = """version: 1
retire_after: 7d
templates:
  order_paid: {id: AT0002, title: 购买成功通知, keywords: [购买地点, 购买时间]}
  order_failed: {id: AT0003, title: 购买失败通知, keywords: [商品名称, 失败原因]}
"""
AFTER = BEFORE.replace("[购买地点, 购买时间]", "[购买时间, 购买地点]")


def scripts(page: str) -> dict[str, str]:
    """The files that a page has its reader write, by their titles."""
    return {block.title: block.text for block in blocks_of(ROOT / "docs" / page) if block.title}


def pipeline(page: str, title: str) -> Any:
    return yaml.safe_load(scripts(page)[title])


class Origin:
    """An origin with `main`, and checkouts of it, in which jobs are run; the account is a sandbox's."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        credentials = {"RECONCILER_ENDPOINT": endpoint, "WECHAT_APPID": APPID, "WECHAT_APPSECRET": SECRET}
        self._desk = Desk(folder, {**credentials, "GITHUB_STEP_SUMMARY": str(folder / "summary.md")})
        self.folder = folder
        self.artifacts = folder / "artifacts"
        self.artifacts.mkdir()
        self.run("git init -q --bare -b main origin.git", self._desk.folder)
        self.origin = self._desk.folder / "origin.git"
        self.work = self._desk.folder / "work"
        self.run(f"git clone -q {self.origin} work && cd work && git switch -q -c main", self._desk.folder)
        for title, text in scripts("ci.md").items():
            if title.startswith("ci/"):
                (self.work / "ci").mkdir(exist_ok=True)
                (self.work / title).write_text(text, "utf-8")
        (self.work / "templates.yaml").write_text(BEFORE, "utf-8")
        self.run("reconciler library pull", self.work)
        self.push("begin")

    def push(self, message: str, branch: str = "main") -> None:
        self.run(f"git add . && git commit -q -m '{message}' && git push -q origin HEAD:{branch}", self.work)

    def checkout(self, name: str, ref: str = "main", *, history: bool = True) -> Path:
        """A job's own; as a CI system has it, at a commit and on no branch."""
        place = self._desk.folder / name
        depth = "" if history else " --depth 1"
        self.run(f"git clone -q{depth} file://{self.origin} {name}", self._desk.folder)
        self.run(f"git checkout -q $(git rev-parse origin/{ref})", place)
        return place

    def merged(self, name: str, branch: str) -> Path:
        """What a pull request's job checks out: main, with the branch merged."""
        place = self.checkout(name)
        self.run(f"git merge -q --no-ff -m merge origin/{branch}", place)
        return place

    def run(
        self, command: str, place: Path, variables: Mapping[str, str] | None = None, *, code: int = 0
    ) -> str:
        """What it prints; its exit code must be this one."""
        named = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in (variables or {}).items())
        desk = self._desk
        before = dict(desk.environment)
        printed, got = desk.run(f"cd {shlex.quote(str(place))}\nset -eo pipefail\n{named}{command}")
        desk.environment = before
        desk.run(f"cd {shlex.quote(str(self.folder / 'desk'))}")
        assert got == code, printed
        return printed

    def of_origin(self, path: str, ref: str = "main") -> str:
        return self.run(f"git --git-dir {self.origin} show {ref}:{path}", self.folder)

    def names(self) -> list[str]:
        return list(json.loads(self.of_origin("templates.lock.json"))["templates"])

    def close(self) -> None:
        self._desk.close()


@pytest.fixture
def origin(tmp_path: Path, sandbox: str) -> Any:
    made = Origin(tmp_path, sandbox)
    yield made
    made.close()


# ------------------------------------------------------------------ GitHub


def runs(job: Mapping[str, Any], event: str, *, fork: bool = False) -> bool:
    """Whether a job's `if` holds for an event."""
    condition = " ".join(str(job.get("if", "True")).split())
    values = {
        "github.event.pull_request.head.repo.full_name": "stranger/app" if fork else "team/app",
        "github.repository": "team/app",
        "github.event_name": event,
    }
    for name, value in values.items():
        condition = condition.replace(name, repr(value))
    assert "github." not in condition
    return bool(eval(condition.replace("&&", " and ").replace("||", " or ")))


@pytest.mark.parametrize("page", ["ci.md", "ci.zh.md"])
@pytest.mark.parametrize(
    ("event", "fork", "jobs"),
    [
        ("pull_request", False, ["check", "plan"]),
        ("pull_request", True, ["check"]),
        ("push", False, ["plan", "apply"]),
        ("workflow_dispatch", False, ["plan", "apply"]),
        ("schedule", False, ["due"]),
    ],
)
def test_which_jobs_an_event_runs(page: str, event: str, fork: bool, jobs: list[str]) -> None:
    workflow = pipeline(page, GITHUB)
    assert event in workflow[True], "YAML reads `on` as true"
    assert [name for name, job in workflow["jobs"].items() if runs(job, event, fork=fork)] == jobs
    if fork:
        assert "secrets." not in json.dumps([workflow["jobs"][name] for name in jobs])


def github(origin: Origin, name: str, event: str, place: Path, *, code: int = 0) -> str:
    """Run a job's steps that are lines of shell or artifacts; with a `code` the program fails, with that."""
    job = pipeline("ci.md", GITHUB)["jobs"][name]
    assert runs(job, event)
    known = {"'HEAD^1'": "HEAD^1" if event == "pull_request" else ""}
    environment = {
        key: next((value for part, value in known.items() if part in str(text)), "")
        for key, text in job.get("env", {}).items()
        if "secrets." not in str(text) and "vars." not in str(text)
    }
    printed, failed = "", False
    for step in job["steps"]:
        if failed and step.get("if") != "always()":
            continue
        printed += _step(origin, step, place, environment, code)
        failed = failed or (code != 0 and _runs_the_program(step))
    assert failed == (code != 0)
    return printed


def _runs_the_program(step: Mapping[str, Any]) -> bool:
    return "reconciler " in step.get("run", "") and "pip install" not in step["run"]


def _step(
    origin: Origin, step: Mapping[str, Any], place: Path, environment: dict[str, str], code: int
) -> str:
    action = str(step.get("uses", "")).partition("@")[0]
    if action == "actions/upload-artifact":
        for file in place.glob(step["with"]["path"]):
            shutil.copy(file, origin.artifacts)
    elif action == "actions/download-artifact":
        shutil.copy(origin.artifacts / f"{step['with']['name']}.json", place)
    elif action:
        assert action in ("actions/checkout", "actions/setup-python")
    elif "pip install" not in step["run"]:
        expected = code if _runs_the_program(step) else 0
        return origin.run(step["run"], place, environment, code=expected)
    return ""


def test_github_plans_applies_and_gives_the_lock_back(origin: Origin) -> None:
    (origin.work / "templates.yaml").write_text(AFTER, "utf-8")

    # main is applied as it was, then a pull request changes it
    github(origin, "plan", "workflow_dispatch", origin.checkout("plan-0"))
    github(origin, "apply", "workflow_dispatch", origin.checkout("apply-0"))
    assert origin.names() == ["order_failed", "order_paid"]
    first = json.loads(origin.of_origin("templates.lock.json"))["templates"]["order_paid"]["template_id"]

    origin.run("git pull -q --rebase --autostash origin main", origin.work)
    origin.push("reorder", branch="reorder")
    github(origin, "check", "pull_request", origin.merged("check-1", "reorder"))
    shown = github(origin, "plan", "pull_request", origin.merged("plan-1", "reorder"))
    assert "plan: 1 to add, 1 to retire" in shown
    assert "warning" not in shown, "the base was found"
    assert "    plan: 1 to add" in (origin.folder / "summary.md").read_text("utf-8")

    origin.run("git push -q origin HEAD:main", origin.work)
    github(origin, "plan", "push", origin.checkout("plan-2"))
    github(origin, "apply", "push", origin.checkout("apply-2"))
    lock = json.loads(origin.of_origin("templates.lock.json"))
    assert lock["templates"]["order_paid"]["template_id"] != first
    assert [row["template_id"] for row in lock["retired"]] == [first]
    assert (origin.artifacts / "templates.lock.json").is_file()

    # a week later
    origin.run(_advance(8), origin.work)
    early = json.dumps({**lock, "retired": [{**lock["retired"][0], "since": "2020-01-01T00:00:00Z"}]})
    origin.run("git pull -q origin main", origin.work)
    (origin.work / "templates.lock.json").write_text(early, "utf-8")
    origin.push("as if retired long ago")
    printed = github(origin, "due", "schedule", origin.checkout("due-3"))
    assert "1 deleted" in printed
    assert "retired" not in json.loads(origin.of_origin("templates.lock.json"))


def _advance(days: int) -> str:
    body = json.dumps({"advance": days * 86_400})
    return f'curl -s -X POST "$RECONCILER_ENDPOINT/_sandbox/clock" -d {shlex.quote(body)}'


def test_what_a_failed_apply_has_added_gets_into_git(origin: Origin) -> None:
    github(origin, "plan", "push", origin.checkout("plan"))
    fault = json.dumps({"faults": ["add@2-=45009"]})
    origin.run(f'curl -s -X POST "$RECONCILER_ENDPOINT/_sandbox/faults" -d {shlex.quote(fault)}', origin.work)
    github(origin, "apply", "push", origin.checkout("first"), code=4)
    assert len(origin.names()) == 1
    origin.run("""curl -s -X POST "$RECONCILER_ENDPOINT/_sandbox/faults" -d '{"faults": []}'""", origin.work)
    github(origin, "apply", "push", origin.checkout("again"))
    assert origin.names() == ["order_failed", "order_paid"]


def test_what_was_not_reviewed_is_refused(origin: Origin) -> None:
    github(origin, "plan", "push", origin.checkout("plan"))
    (origin.work / "templates.yaml").write_text(AFTER, "utf-8")
    origin.push("not reviewed")
    printed = github(origin, "apply", "push", origin.checkout("apply"), code=3)
    assert "stale" in printed
    assert "templates.lock.json" not in origin.run("git ls-files", origin.checkout("after"))


def test_two_jobs_give_their_locks_back_one_after_the_other(origin: Origin) -> None:
    """The second has to rebase."""
    first, second = origin.checkout("first"), origin.checkout("second")
    (first / "a.lock.json").write_text("{}", "utf-8")
    (second / "b.lock.json").write_text("{}", "utf-8")
    for place in (first, second):
        origin.run("sh ci/commit-lock.sh main", place)
        origin.run("sh ci/commit-lock.sh main", place)
    files = origin.run("git ls-files", origin.checkout("after")).split()
    assert {"a.lock.json", "b.lock.json"} <= set(files)


GH = """#!/bin/sh
echo "$*" >> "$GH_LOG"
case "$1 $2" in
  "api repos/team/app/commits/abc/pulls") echo head1 ;;
  "run list") echo 77 ;;
  "run download") cp "$GH_PLAN" plan.json ;;
esac
"""


def test_the_lock_can_go_through_a_pull_request_and_the_plan_come_from_one(origin: Origin) -> None:
    tools = origin.folder / "tools"
    tools.mkdir()
    (tools / "gh").write_text(GH, "utf-8")
    (tools / "gh").chmod(0o755)
    log, plan = origin.folder / "gh.log", origin.folder / "reviewed.json"
    variables = {
        "GH_LOG": str(log),
        "GH_PLAN": str(plan),
        "GITHUB_SHA": "abc",
        "GITHUB_REPOSITORY": "team/app",
    }
    path = f"export PATH={tools}:$PATH\n"
    place = origin.checkout("apply")
    origin.run(f"reconciler plan --out {plan}", place)
    origin.run(f"{path}sh ci/reviewed-plan.sh && reconciler apply plan.json", place, variables)
    origin.run(
        f"{path}sh ci/propose-lock.sh main",
        place,
        {"GITHUB_RUN_ID": "5", "GITHUB_RUN_ATTEMPT": "1", **variables},
    )
    assert "order_paid" in origin.of_origin("templates.lock.json", "lock-5-1")
    said = log.read_text("utf-8").splitlines()
    assert said[1].startswith("run list --workflow templates.yml --commit head1")
    assert said[2] == "run download 77 --name plan"
    assert said[3].startswith("pr create --base main --head lock-5-1")


def test_the_lines_for_any_shell(origin: Origin) -> None:
    place = origin.checkout("plan")
    origin.run("sh ci/plan.sh", place, {"BASE": "HEAD"})
    merged = origin.checkout("apply")
    shutil.copy(place / "plan.json", merged)
    origin.run("sh ci/apply.sh", merged)
    assert origin.names() == ["order_failed", "order_paid"]


# ------------------------------------------------------------------ GitLab


def gitlab(origin: Origin, name: str, place: Path, **variables: str) -> str:
    whole = pipeline("ci.md", GITLAB)
    lines = [*whole["default"]["before_script"], *whole[name]["script"]]
    kept = [line for line in lines if "pip install" not in line and "remote set-url" not in line]
    given = {"CI_DEFAULT_BRANCH": "main", "CI_PROJECT_ID": "1", **variables}
    return origin.run("\n".join(kept), place, given)


def test_gitlab_plans_applies_and_gives_the_lock_back(origin: Origin) -> None:
    assert pipeline("ci.md", GITLAB)["variables"] == {"GIT_DEPTH": 0}
    (origin.work / "templates.yaml").write_text(AFTER, "utf-8")
    origin.push("reorder", branch="reorder")
    of_request = origin.checkout("request", "reorder")
    base = origin.run("git merge-base HEAD origin/main", of_request).strip()
    gitlab(origin, "check", of_request)
    shown = gitlab(origin, "plan", of_request, CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert "plan: 2 to add" in shown

    origin.run("git push -q origin HEAD:main", origin.work)
    planned = origin.checkout("plan")
    gitlab(origin, "plan", planned)
    applied = origin.checkout("apply")
    shutil.copy(planned / "plan.json", applied)
    gitlab(origin, "apply", applied)
    assert origin.names() == ["order_failed", "order_paid"]
    assert "no changes: 2 kept" in gitlab(origin, "due", origin.checkout("due"))


# ------------------------------------------------------------------ many accounts

FLEET = "version: 1\ntemplates:\n  paid: {id: AT0002, keywords: [购买地点]}\naccounts_file: accounts.yaml\n"


@pytest.mark.parametrize("system", [GITHUB, GITLAB])
def test_a_matrix_works_on_each_account_once(system: str, tmp_path: Path, sandbox: str) -> None:
    """The jobs of the example, each in a checkout of its own, as on a merge."""
    names = [f"shop-{number}" for number in range(24)]
    rows = "".join(f"{name}: {{appid: wx{number:016d}}}\n" for number, name in enumerate(names))
    workflow = pipeline("fleets.md", system)
    done = []
    desk = Desk(tmp_path, {"RECONCILER_ENDPOINT": sandbox, "WECHAT_APPSECRET": SECRET})
    home = desk.folder
    for index in range(1, 9):
        checkout = home / str(index)
        checkout.mkdir()
        (checkout / "templates.yaml").write_text(FLEET, "utf-8")
        (checkout / "accounts.yaml").write_text(rows, "utf-8")
        lines, environment = (_github_job if system == GITHUB else _gitlab_job)(workflow, index)
        named = [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
        kept = [line for line in lines if "pip install" not in line]
        printed, code = desk.run("\n".join(["set -e", f"cd {checkout}", *named, *kept]))
        assert code == 0, printed
        assert ", 0 kept" in printed
        done += [path.name.split(".")[1] for path in checkout.glob(_locks(workflow))]
    desk.close()
    assert sorted(done) == sorted(names)


def _github_job(workflow: Any, index: int) -> tuple[list[str], dict[str, str]]:
    job = workflow["jobs"]["templates"]
    assert index in job["strategy"]["matrix"]["shard"]
    environment = {
        name: str(value).replace("${{ matrix.shard }}", str(index)) for name, value in job["env"].items()
    }
    del environment["RECONCILER_TOKEN_URL"]  # the test's accounts have a secret instead
    return [step["run"] for step in job["steps"] if "run" in step], environment


def _gitlab_job(workflow: Any, index: int) -> tuple[list[str], dict[str, str]]:
    job = workflow["templates"]
    branch = {"CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}
    return job["script"], {"CI_NODE_INDEX": str(index), "CI_NODE_TOTAL": str(job["parallel"]), **branch}


def _locks(workflow: Any) -> str:
    """The pattern of the artifacts that a job gives back."""
    if "jobs" in workflow:
        return str(workflow["jobs"]["templates"]["steps"][-1]["with"]["path"])
    (pattern,) = workflow["templates"]["artifacts"]["paths"]
    return str(pattern)


# ------------------------------------------------------------------ what all examples hold to


@pytest.mark.parametrize("page", PAGES)
def test_a_workflow_is_careful(page: str) -> None:
    workflow = pipeline(page, GITHUB)
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        lines = [step["run"] for step in job["steps"] if "run" in step]
        assert not [line for line in lines if "${{" in line], "text of others would become shell"
        if any("reconciler apply" in line for line in lines):
            assert job["concurrency"]["cancel-in-progress"] is False, name
        pushes = any("commit-lock" in line for line in lines)
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert pushes or step["with"]["persist-credentials"] is False, "a token that nobody needs"
            if "commit-lock" in step.get("run", ""):
                assert step["if"] == "always()", "a failed apply gives its lock back, too"


@pytest.mark.parametrize("page", PAGES)
def test_every_line_that_installs_names_the_version(page: str) -> None:
    """At an address that nobody can take: the name alone, not yet on PyPI, could become somebody else's."""
    lines = re.findall(r"pip install .+", (ROOT / "docs" / page).read_text("utf-8"))
    assert lines
    address = f"git+https://git.example.com/reconciler.git@v{__version__}"
    assert set(lines) == {f'pip install "wechat-reconciler @ {address}"'}


@pytest.mark.parametrize("page", ["ci.md", "ci.zh.md", "fleets.md", "fleets.zh.md"])
def test_every_exit_code_stands_there(page: str) -> None:
    text = (ROOT / "docs" / page).read_text("utf-8")
    told = {int(number) for number in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    known = {int(code) for code in Exit}
    assert told == (known if page.startswith("ci") else known - {64})
