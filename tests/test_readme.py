"""The README is true: its commands are run here, and what they print is what it shows."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .pages import names_of_tests, shell

ROOT = Path(__file__).parent.parent
READMES = ["README.md", "README.zh-CN.md"]
ID = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")


def blocks(readme: str, language: str) -> list[str]:
    text = (ROOT / readme).read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(block: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with what it prints."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def masked(text: str) -> str:
    return ID.sub("ID", text)


@pytest.mark.parametrize("readme", READMES)
def test_every_console_block_prints_what_it_shows(readme: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "templates.yaml", tmp_path)
    shown = [pair for block in blocks(readme, "console") for pair in commands(block)]
    assert len(shown) == 15
    for command, output in shown:
        assert masked(shell(command)) == masked(output), command


def files(readme: str) -> list[str]:
    """The files of templates that it shows; those for a CI system begin with their name."""
    return [block for block in blocks(readme, "yaml") if not block.startswith("# .")]


@pytest.mark.parametrize("readme", READMES)
def test_the_yaml_is_valid(readme: str, tmp_path: Path) -> None:
    told = []
    for block in files(readme):
        (tmp_path / "templates.yaml").write_text(block, "utf-8")
        told.append(shell("reconciler validate"))
    valid = "templates.yaml is valid: 1 template"
    assert told == [f"{valid}\n", f"{valid} for 2 accounts\n", *[f"{valid}\n"] * 3]


@pytest.mark.parametrize("readme", READMES)
def test_one_file_says_the_same_on_all_three_apis(readme: str, tmp_path: Path) -> None:
    keys = {}
    for block in files(readme)[2:]:
        (tmp_path / "templates.yaml").write_text(block, "utf-8")
        printed = shell(
            "reconciler sandbox reset; rm -f .reconciler/*.lock.json; reconciler apply --sandbox --yes"
        )
        assert "done: 1 added; the lock is .reconciler/templates.lock.json" in printed
        lock = json.loads((tmp_path / ".reconciler" / "templates.lock.json").read_text("utf-8"))
        entry = lock["templates"]["order_paid"]
        assert (entry["title"], [one["name"] for one in entry["keywords"]]) == (
            "购买成功通知",
            ["购买地点", "购买时间"],
        )
        keys[lock["dialect"]] = [one["key"] for one in entry["keywords"]]
    assert keys == {
        "wxopen": ["keyword1", "keyword2"],
        "subscribe": ["thing3", "time4"],
        "official": ["thing3", "time2"],
    }


FLEET = "version: 1\ntemplates:\n  paid: {id: AT0002, keywords: [购买地点]}\naccounts_file: accounts.yaml\n"


@pytest.mark.parametrize("system", ["github", "gitlab"])
def test_a_matrix_does_exactly_the_whole_once(system: str, tmp_path: Path, sandbox: str) -> None:
    """The jobs of the example, each in a checkout of its own, as on a merge."""
    from reconciler.sandbox.accounts import SECRET

    names = [f"shop-{number}" for number in range(24)]
    rows = [f"{name}: {{appid: wx{number:016d}}}\n" for number, name in enumerate(names)]
    workflow = next(
        yaml.safe_load(block) for block in blocks("README.md", "yaml") if block.startswith(f"# .{system}")
    )
    done = []
    for index in range(1, 9):
        checkout = tmp_path / str(index)
        checkout.mkdir()
        (checkout / "templates.yaml").write_text(FLEET, "utf-8")
        (checkout / "accounts.yaml").write_text("".join(rows), "utf-8")
        script, environment = _github(workflow, index) if system == "github" else _gitlab(workflow, index)
        commands = [f"cd {checkout}", *(one for one in script if "pip install" not in one)]
        printed = shell(
            "\n".join(["set -e", *commands]),
            **{**environment, "RECONCILER_ENDPOINT": sandbox, "WECHAT_APPSECRET": SECRET},
        )
        assert ", 0 kept" in printed
        done += [path.name.split(".")[1] for path in checkout.glob(workflow_locks(workflow))]
    assert sorted(done) == sorted(names)


def _github(workflow: Any, index: int) -> tuple[list[str], dict[str, str]]:
    job = workflow["jobs"]["templates"]
    assert index in job["strategy"]["matrix"]["shard"]
    environment = {
        name: str(value).replace("${{ matrix.shard }}", str(index)) for name, value in job["env"].items()
    }
    del environment["RECONCILER_TOKEN_URL"]  # the test's accounts have a secret instead
    return [step["run"] for step in job["steps"] if "run" in step], environment


def _gitlab(workflow: Any, index: int) -> tuple[list[str], dict[str, str]]:
    job = workflow["templates"]
    branch = {"CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}
    return job["script"], {"CI_NODE_INDEX": str(index), "CI_NODE_TOTAL": str(job["parallel"]), **branch}


def workflow_locks(workflow: Any) -> str:
    """The pattern of the artifacts that a job gives back."""
    if "jobs" in workflow:
        return str(workflow["jobs"]["templates"]["steps"][-1]["with"]["path"])
    (pattern,) = workflow["templates"]["artifacts"]["paths"]
    return str(pattern)


def test_both_readmes_have_the_same_examples_for_ci() -> None:
    english, chinese = (
        [block for block in blocks(readme, "yaml") if block.startswith("# .")] for readme in READMES
    )
    assert english == chinese


COMMANDS = (
    "plan", "apply", "import", "send", "lint", "library pull", "library search", "validate",
    "sandbox serve", "sandbox messages",
)  # fmt: skip


@pytest.mark.parametrize("readme", READMES)
def test_every_option_that_it_names_is_one(readme: str) -> None:
    text = (ROOT / readme).read_text("utf-8")
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)) - {"--help", "--yes", "--version"}
    known = "".join(shell(f"reconciler {command} --help") for command in COMMANDS)
    assert {option for option in named if option not in known} == set()
    assert len(named) > 20


@pytest.mark.parametrize("readme", READMES)
def test_every_command_that_it_names_is_one(readme: str) -> None:
    """With --help a command is read to its end, and nothing is done."""
    text = (ROOT / readme).read_text("utf-8")
    lines = set(re.findall(r"`(reconciler [a-z][^`]*)`", text))
    for line in lines:
        assert shell(f"{line} --help").startswith("Usage: reconciler "), line
    assert len(lines) > 1


@pytest.mark.parametrize("readme", READMES)
def test_the_commands_for_ci_and_the_code_for_apps(readme: str, tmp_path: Path, sandbox: str) -> None:
    from reconciler.sandbox.accounts import APPID, SECRET

    shutil.copy(ROOT / "templates.yaml", tmp_path)
    make, ci = blocks(readme, "sh")
    assert ci.count("reconciler ") == 2
    printed = shell(ci, RECONCILER_ENDPOINT=sandbox, WECHAT_APPID=APPID, WECHAT_APPSECRET=SECRET)
    assert "done: 5 added; the lock is templates.lock.json" in printed
    names: dict[str, object] = {}
    code = blocks(readme, "python")[0]
    exec(code, names)
    message = names["message"]
    assert isinstance(message, dict)
    assert list(message["data"]) == ["keyword1", "keyword2", "keyword3"]
    assert re.findall(r"^make \w+", make, re.MULTILINE) == ["make demo", "make test"]


def test_make_demo(tmp_path: Path) -> None:
    """`make demo` in a copy of the checkout, with this environment in place of a new one."""
    for name in ("Makefile", "templates.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "reconciler").symlink_to(Path(sys.executable).parent / "reconciler")
    (venv / "ready").touch()
    printed = shell("make demo")
    assert printed.endswith("no changes: 5 kept\n")
    assert "plan: 5 to add, 0 kept\n" in printed
    assert "done: 5 added; the lock is .reconciler/templates.lock.json\n" in printed


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text("utf-8")
    assert "- run: .ci/run" in (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")


def test_the_example_uses_the_schema_beside_it() -> None:
    first = (ROOT / "templates.yaml").read_text("utf-8").splitlines()[0]
    assert (ROOT / first.rpartition("=")[2]).is_file()


def promises(readme: str) -> list[tuple[str, str]]:
    """The sentences of "What it promises", each with the test that it names."""
    return re.findall(r"^- (.+) `(tests/[^`]+)`$", _promised(readme), re.MULTILINE)


def _promised(readme: str) -> str:
    text = (ROOT / readme).read_text("utf-8")
    return re.split(r"^## (?:What it promises|它的承诺)$", text, flags=re.MULTILINE)[1].partition("\n## ")[0]


@pytest.mark.parametrize("readme", READMES)
def test_every_promise_names_its_test(readme: str) -> None:
    found = promises(readme)
    assert len(found) == _promised(readme).count("\n- "), "a sentence without a test"
    assert len(found) > 20
    for sentence, test in found:
        file, _, name = test.partition("::")
        assert name in names_of_tests(ROOT / file), sentence


def test_both_readmes_promise_the_same() -> None:
    english, chinese = ([test for _, test in promises(readme)] for readme in READMES)
    assert english == chinese


@pytest.mark.parametrize("readme", READMES)
def test_every_guard_has_its_story(readme: str) -> None:
    text = (ROOT / readme).read_text("utf-8")
    told = re.findall(r"^- \*\*`([a-z ]+)`\*\*", text, re.MULTILINE)
    rooms = ("plan/guards.py", "plan/review.py", "plan/edited_lock.py")
    source = "".join((ROOT / "reconciler" / name).read_text("utf-8") for name in rooms)
    assert sorted(told) == sorted(set(re.findall(r'Refusal\(\s*"([a-z ]+)"', source)))
