"""The image as far as can be told without a daemon: its instructions are read, and those that run are run.

Paths of the image lie in a folder. Python is the one of the tests, and not that of the base image.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import httpx
import pytest

from reconciler.sandbox.accounts import APPID

ROOT = Path(__file__).parent.parent
ABSOLUTE = re.compile(r"(?<![^\s=:])/(?=[a-z])")
"""Where a path of the image begins, in a command or in a variable"""


class Instruction(NamedTuple):
    """A line of the Dockerfile, and those that continue it."""

    stage: int
    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """What follows the instruction's name, without its options."""
        return [word for word in shlex.split(self.text) if not word.startswith("--")]

    @property
    def pairs(self) -> dict[str, str]:
        """What ENV and LABEL set."""
        return {key: value for key, _, value in (word.partition("=") for word in shlex.split(self.text))}


@cache
def instructions() -> tuple[Instruction, ...]:
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    found: list[Instruction] = []
    stage = -1
    for line in re.sub(r"\\\n *", "", text).splitlines():
        if not line:
            continue
        name, _, rest = line.partition(" ")
        stage += name == "FROM"
        found.append(Instruction(stage, name, rest))
    return tuple(found)


def all_of(name: str) -> list[Instruction]:
    return [one for one in instructions() if one.name == name]


def last(name: str) -> Instruction:
    """The instruction that holds in the image: the last one of the last stage."""
    found = all_of(name)[-1]
    assert found.stage == instructions()[-1].stage, f"{name} is of a stage that is left behind"
    return found


def is_ignored(path: str, rules: list[str]) -> bool:
    """Whether a path stays out of the build: the last rule that fits it, or a folder above it, decides."""
    names = [path, *(str(parent) for parent in PurePosixPath(path).parents)]
    ignored = False
    for rule in rules:
        parts = re.split(r"(\*\*/|\*)", rule.removeprefix("!"))
        meant = {"**/": "(?:.*/)?", "*": "[^/]*"}
        pattern = re.compile("".join(meant.get(part, re.escape(part)) for part in parts))
        if any(map(pattern.fullmatch, names)):
            ignored = not rule.startswith("!")
    return ignored


def rules() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def copied() -> Iterator[str]:
    """What is taken from the checkout."""
    for one in all_of("COPY"):
        if "--from=" not in one.text:
            yield from one.words[:-1]


def test_the_base_is_pinned_and_named_once() -> None:
    bases = [one.words[0] for one in all_of("FROM")]
    assert bases[1:] == ["base"] * (len(bases) - 1)
    tag, _, digest = bases[0].partition("@")
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+", tag)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", digest)
    label = last("LABEL").pairs["org.opencontainers.image.base.name"]
    assert label == f"docker.io/library/{tag}"
    assert (ROOT / "Dockerfile").read_text("utf-8").count(tag) == 3, "the comment, the base and the label"


def test_what_is_copied_is_there_and_not_ignored() -> None:
    sources = list(copied())
    assert "reconciler" in sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert not is_ignored(source, rules()), source
    for path in (ROOT / "reconciler").rglob("*.py"):
        assert not is_ignored(path.relative_to(ROOT).as_posix(), rules()), path


def test_all_that_is_not_ignored_is_copied() -> None:
    kept = {rule.removeprefix("!") for rule in rules() if rule.startswith("!")}
    assert kept == set(copied())


@pytest.mark.parametrize(
    "path",
    [
        *("templates.lock.json", ".git/config", ".venv/bin/python", "tests/conftest.py", "accounts.yaml"),
        *("reconciler/__pycache__/a.pyc", "reconciler/cli/__pycache__/a.pyc", ".reconciler/sandbox.db"),
        *(".env", ".ci/requirements.txt", "reconciler/.reconciler/x"),
    ],
)
def test_what_is_no_part_of_the_program_stays_out(path: str) -> None:
    assert is_ignored(path, rules())


def test_it_is_not_root_and_says_what_it_is() -> None:
    user, _, group = last("USER").text.partition(":")
    assert int(user) >= 10000
    assert int(group) >= 10000
    assert json.loads(last("ENTRYPOINT").text) == ["reconciler"]
    labels = last("LABEL").pairs
    assert labels["org.opencontainers.image.title"] == "wechat-reconciler"
    assert {"description", "licenses"} <= {name.rpartition(".")[2] for name in labels}
    order = [one.name for one in instructions() if one.stage == last("USER").stage]
    assert "RUN" not in order[order.index("USER") :], "whoever runs it changes nothing of it"


def test_every_package_is_installed_by_hash_or_built_here() -> None:
    installs = [
        command for one in all_of("RUN") for command in one.text.split(" && ") if "pip install" in command
    ]
    assert len(installs) == 3
    for command in installs:
        assert "--require-hashes" in command or "--no-index" in command, command


def test_of_debian_it_has_git_alone() -> None:
    """The guard of `--base` asks it. Nothing else comes without a hash."""
    (debian,) = [one for one in all_of("RUN") if "apt-get" in one.text]
    assert debian.stage == last("USER").stage
    assert debian.text.split(" && ") == [
        "apt-get update",
        "apt-get install --yes --no-install-recommends git",
        "rm -rf /var/lib/apt/lists/*",
    ]


class Image(NamedTuple):
    """What the instructions made: a folder that stands for the image's, and its environment."""

    root: Path
    environment: dict[str, str]

    def inside(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def run(self, *words: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.inside("/opt/reconciler/bin") / "reconciler", *words],
            cwd=cwd,
            env=self.environment | more,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )


def _copy(one: Instruction, image: Image, cwd: Path) -> None:
    *sources, target = one.words
    if (stage := re.search(r"--from=(\S+)", one.text)) is not None:
        assert stage[1] in {name.words[-1] for name in all_of("FROM")}
        assert sources == [target], "one folder stands for all stages"
        assert image.inside(target).exists()
        return
    place = image.inside(target) if target.startswith("/") else cwd / target
    for source in sources:
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, place)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """Every instruction carried out in a folder; what only the first stages need is gone."""
    root = tmp_path_factory.mktemp("image")
    (root / "tmp").mkdir()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    outside = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "WECHAT_"))
    }
    image = Image(root, outside | {"PATH": path})
    cwd = root
    for one in instructions():
        match one.name:
            case "WORKDIR":
                cwd = image.inside(one.text)
                cwd.mkdir(parents=True, exist_ok=True)
            case "ENV":
                for key, value in one.pairs.items():
                    here = ABSOLUTE.sub(f"{root}/", value).replace("$PATH", path)
                    image.environment[key] = here
            case "COPY":
                _copy(one, image, cwd)
            case "RUN" if one.text.startswith("apt-get "):
                continue
            case "RUN":
                command = ABSOLUTE.sub(f"{root}/", one.text)
                done = subprocess.run(
                    ["sh", "-ec", command],
                    cwd=cwd,
                    env=image.environment,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    for path_of_build in ("src", "dist", "opt/build"):
        shutil.rmtree(root / path_of_build)
    return image


pytestmark = pytest.mark.timeout(600)  # what is installed comes over the network


def test_the_entry_point_starts(image: Image) -> None:
    place = image.inside("/work")
    assert image.run("--version", cwd=place).stdout.startswith("reconciler")
    assert image.run(*json.loads(last("CMD").text), cwd=place).stdout.startswith("Usage: reconciler ")
    assert not (image.inside("/opt/reconciler/bin") / "pip").exists()


def test_the_work_folder_is_for_whoever_comes(image: Image) -> None:
    assert last("WORKDIR").text == "/work"
    assert image.inside("/work").stat().st_mode & 0o7777 == 0o1777


def test_it_plans_in_a_folder_that_is_mounted(image: Image, tmp_path: Path) -> None:
    shutil.copy(ROOT / "templates.yaml", tmp_path)
    assert image.run("plan", "--sandbox", cwd=tmp_path).stdout.endswith("plan: 5 to add, 0 kept\n")
    assert image.run("apply", "--sandbox", "--yes", cwd=tmp_path).returncode == 0
    assert image.run("plan", "--sandbox", cwd=tmp_path).stdout.endswith("no changes: 5 kept\n")


@contextmanager
def serving(image: Image) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The sandbox as the README runs it, on a port that is free here."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["sandbox", "serve", "--host", "0.0.0.0", "--port", str(port)]
    reconciler = image.inside("/opt/reconciler/bin") / "reconciler"
    process = subprocess.Popen(
        [reconciler, *words],
        cwd=image.inside("/work"),
        env=image.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        assert any(f":{port}" in line for line in process.stdout), "it has ended"
        yield process, port
    finally:
        process.kill()
        process.communicate()


def test_the_sandbox_answers_and_ends_when_it_is_told(image: Image) -> None:
    with serving(image) as (process, port):
        assert httpx.get(f"http://localhost:{port}/_sandbox/accounts/{APPID}").json()["templates"] == []
        check = healthcheck().replace("8710", str(port))
        subprocess.run(shlex.split(check), env=image.environment, check=True, capture_output=True)
        process.send_signal(signal.SIGTERM)  # as `docker stop` does
        assert process.wait(20) in (0, 130)
    assert (image.inside("/work") / ".reconciler").is_dir()
    assert subprocess.run(
        shlex.split(check), env=image.environment, capture_output=True, check=False
    ).returncode


def healthcheck() -> str:
    """The one that the page on installing has, in both languages."""
    pages = [(ROOT / "docs" / name).read_text("utf-8") for name in ("install.md", "install.zh.md")]
    (found,) = {match for page in pages for match in re.findall(r"--health-cmd='([^']+)'", page)}
    return str(found)
