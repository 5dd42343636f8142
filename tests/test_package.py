"""The wheel and the sdist: each is installed into an empty environment and used from another folder."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler import __version__
from reconciler.core import schemas

ROOT = Path(__file__).parent.parent


def run(*words: str | Path, cwd: Path) -> str:
    """Run to success; what it printed."""
    process = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, encoding="utf-8", check=False
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and with the wheel that is built from it."""
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", out, cwd=ROOT)
    sdist = next(out.glob("*.tar.gz"))
    run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        out,
        sdist,
        cwd=out,
    )
    return out


@pytest.fixture(scope="module")
def pins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The versions that are pinned, without hashes: those would be asked for of what was just built, too."""
    pinned = (ROOT / ".ci" / "runtime.txt").read_text("utf-8")
    file = tmp_path_factory.mktemp("pins") / "pins.txt"
    file.write_text(re.sub(r" \\\n(?: +--hash=.*\n)+", "\n", pinned), "utf-8")
    return file


def with_pip(package: Path, pins: Path, place: Path) -> Path:
    """Into an environment of its own, as `pip install` does; the folder of its commands."""
    run(sys.executable, "-m", "venv", place / "venv", cwd=place)
    pip: list[str | Path] = [
        place / "venv" / "bin" / "python",
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
    ]
    run(*pip, "-c", pins, package, cwd=place)
    return place / "venv" / "bin"


def with_pipx(package: Path, pins: Path, place: Path) -> Path:
    """The same with pipx, which makes the environment itself."""
    home = {"PIPX_HOME": place / "pipx", "PIPX_BIN_DIR": place / "bin", "PIPX_MAN_DIR": place / "man"}
    settings = [f"{name}={path}" for name, path in home.items()]
    pipx: list[str | Path] = [
        "env",
        *settings,
        sys.executable,
        "-m",
        "pipx",
        "install",
        "--backend",
        "pip",
        "--quiet",
    ]
    run(*pipx, "--python", sys.executable, "--pip-args", f"-c {pins}", package, cwd=place)
    return place / "bin"


def with_uv(package: Path, pins: Path, place: Path) -> Path:
    """The same with uv, which takes the registry from its own settings, and no Python but this one."""
    home = {"UV_TOOL_DIR": place / "tools", "UV_TOOL_BIN_DIR": place / "bin", "UV_CACHE_DIR": place / "cache"}
    settings = [f"{name}={path}" for name, path in home.items()]
    uv: list[str | Path] = [
        "env",
        *settings,
        Path(sys.executable).parent / "uv",
        "tool",
        "install",
        "--quiet",
        "--no-python-downloads",
    ]
    run(*uv, "--python", sys.executable, "--constraints", pins, package, cwd=place)
    return place / "bin"


@pytest.mark.timeout(600)  # what it needs comes over the network
@pytest.mark.parametrize(
    ("kind", "install"),
    [("*.whl", with_pip), ("*.tar.gz", with_pip), ("*.whl", with_pipx), ("*.whl", with_uv)],
    ids=["wheel-pip", "sdist-pip", "wheel-pipx", "wheel-uv"],
)
def test_installed_into_an_empty_environment(
    built: Path, pins: Path, kind: str, install: Callable[[Path, Path, Path], Path], tmp_path: Path
) -> None:
    reconciler = install(next(built.glob(kind)), pins, tmp_path) / "reconciler"
    place = tmp_path / "elsewhere"
    place.mkdir()
    (place / "templates.yaml").write_bytes((ROOT / "templates.yaml").read_bytes())
    for name in schemas.NAMES:
        schema = (ROOT / "schemas" / f"{name}.schema.json").read_text("utf-8")
        assert run(reconciler, "schema", name, cwd=place) == schema
    assert run(reconciler, "lint", cwd=place) == "templates.yaml: 0 errors, 0 warnings\n"
    run(reconciler, "apply", "--sandbox", "--yes", cwd=place)
    assert run(reconciler, "plan", "--sandbox", cwd=place).endswith("no changes: 5 kept\n")
    assert __version__ in run(reconciler, "--version", cwd=place)


def commands_at_a_tag(page: str) -> list[str]:
    """What the page says to install a version with, a line each."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    return re.findall(r'^(.+ "wechat-reconciler @ git\+\$REPO@v.+")$', text, re.MULTILINE)


@pytest.mark.timeout(600)
def test_installed_at_a_tag(tmp_path: Path) -> None:
    """As docs/install.md says, with uv; the others take the same words."""
    lines = commands_at_a_tag("install.md")
    assert lines == commands_at_a_tag("install.zh.md")
    assert {line.split()[0] for line in lines} == {"pip", "pipx", "uv"}
    (what,) = {line.partition('"')[2] for line in lines}
    tag = what.rstrip('"').rpartition("@")[2]
    assert tag == f"v{__version__}"
    if not (ROOT / ".git").exists():
        pytest.skip("no repository to take a copy of")
    repository = tmp_path / "repository"
    run("git", "clone", "--quiet", "--no-tags", ROOT, repository, cwd=tmp_path)
    run("git", "tag", tag, cwd=repository)
    (line,) = [one for one in lines if one.startswith("uv ")]
    words = line.replace("uv ", f"uv --no-python-downloads --cache-dir {tmp_path}/cache ", 1)
    settings = f"UV_TOOL_DIR={tmp_path}/tools UV_TOOL_BIN_DIR={tmp_path}/bin REPO=file://{repository}"
    script = f"export {settings} PATH={Path(sys.executable).parent}:$PATH; {words}"
    run("sh", "-c", script, cwd=tmp_path)
    said = run(tmp_path / "bin" / "reconciler", "--version", cwd=tmp_path)
    assert said.startswith(f"reconciler {__version__} (wechat-reconciler")


@pytest.mark.parametrize("name", ["requirements.txt", "runtime.txt", "setup.txt", "clients/wechatpy1.txt"])
def test_every_pin_has_its_hashes_and_nothing_of_the_machine_that_wrote_it(name: str) -> None:
    text = (ROOT / ".ci" / name).read_text("utf-8")
    how, command, *entries = re.split(r"\n(?=\S)", text)
    assert how == "# This file was autogenerated by uv via the following command:"
    assert command.startswith("#    make pins (")
    for entry in entries:
        assert re.fullmatch(
            r"[\w.-]+==\S+(?: ; [^\\]+)?(?: \\\n    --hash=sha256:[0-9a-f]{64})+\n?", entry
        ), entry
    assert "://" not in text
    assert "index" not in text


def test_what_is_pinned_is_what_pyproject_asks_for() -> None:
    """Renewed by `make pins`, which leaves alone what may stay."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pins = set(
        re.findall(r"^([\w.-]+)==", (ROOT / ".ci" / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    )
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=!~ ]", one)[0].lower() for one in asked}
    assert names <= {one.lower() for one in pins}


def test_what_the_program_runs_with_is_pinned_as_for_the_tests() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([\w.-]+==\S+)", (ROOT / ".ci" / name).read_text("utf-8"), re.MULTILINE))

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = {re.split(r"[\[<>=!~ ]", one)[0].lower() for one in project["dependencies"]}
    runtime = pins("runtime.txt")
    assert names <= {pin.partition("==")[0].lower() for pin in runtime}
    assert runtime <= pins("requirements.txt")
    assert {"hatchling", "editables", "pip"} <= {pin.partition("==")[0] for pin in pins("setup.txt")}


def test_the_lowest_versions_are_those_of_pyproject() -> None:
    printed = run(sys.executable, ROOT / ".ci" / "lowest.py", cwd=ROOT).splitlines()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for asked in project["dependencies"]:
        name, _, rest = asked.partition(">=")
        assert f"{name}=={rest.split(',')[0]}" in printed
    assert any(line.startswith("pytest==") for line in printed), "the tests' own tools are as they are pinned"
