"""The READMEs are true from a fresh clone, in the order in which they stand."""

from __future__ import annotations

import ast
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from reconciler import __version__

from ..pages import shell
from .blocks import ROOT, Block, Desk, blocks_of, commands_of, masked

READMES = ["README.md", "README.zh-CN.md"]


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Desk]:
    """Somebody with git, make, Python, pipx and uv, an empty HOME, and a clone of the tagged repository."""
    tools = tmp_path / "tools"
    tools.mkdir()
    environment = Path(sys.executable).parent
    for tool in ("pipx", "uv"):
        (tools / tool).symlink_to(environment / tool)
    origin = _tagged(tmp_path / "origin")
    # pipx and uv would both put the command into ~/.local/bin, and the reader runs one of them.
    desk = Desk(tmp_path, {"REPO": f"file://{origin}", "UV_TOOL_BIN_DIR": str(tmp_path / "uv")})
    for name in [one for one in desk.environment if one.startswith("GIT_")]:
        del desk.environment[name]  # whoever has just got git has not said who they are
    others = [one for one in desk.environment["PATH"].split(":") if Path(one) != environment]
    desk.environment["PATH"] = ":".join([str(tools), *others])
    printed, code = desk.run(f"git clone --quiet {origin} reconciler && cd reconciler")
    assert code == 0, printed
    yield desk
    desk.close()


def _tagged(folder: Path) -> Path:
    """The work tree as a repository of one commit, with the tag of its version."""

    def git(*words: str, cwd: Path = folder) -> bytes:
        author = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        return subprocess.run(["git", *author, *words], cwd=cwd, check=True, capture_output=True).stdout

    folder.mkdir()
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in filter(None, listed.decode("utf-8").split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    git("init", "--quiet")
    git("add", "--all")
    git("commit", "--quiet", "--message", "as it is")
    git("tag", f"v{__version__}")
    return folder


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.timeout(600)
def test_its_blocks_in_order_from_a_fresh_clone(newcomer: Desk) -> None:
    """Only the port of the local WeChat is another one: here, 8710 may be taken."""
    blocks = blocks_of(ROOT / "README.md")
    _walk(newcomer, blocks)
    assert newcomer.run("cd ../shown && reconciler validate")[0] == "templates.yaml is valid: 1 template\n"
    assert newcomer.run("cd ../shop && git status --short --untracked-files=no") == ("", 0)

    # And once more with what pip, pipx and uv have installed, where no checkout is.
    (_, demo, *tour, install) = [block for block in blocks if block.language != "yaml" or block is blocks[0]]
    assert ("make demo" in demo.text, "pipx install" in install.text) == (True, True)
    for number, folder in enumerate(("$VIRTUAL_ENV/bin", "$HOME/.local/bin", "$UV_TOOL_BIN_DIR")):
        place = newcomer.folder.parent.parent / f"{number}" / "reconciler"
        place.mkdir(parents=True)
        shutil.copy(ROOT / "templates.yaml", place)
        newcomer.run(f'cd {place} && export PATH="{folder}:$PATH"')
        printed, _ = newcomer.run(
            "reconciler --version; command -v reconciler; reconciler apply --sandbox --yes"
        )
        assert printed.startswith(f"reconciler {__version__} (wechat-reconciler,"), printed
        _walk(newcomer, tour)


def _walk(newcomer: Desk, blocks: Sequence[Block]) -> None:
    port = str(_free_port())
    for block in blocks:
        text = block.text.replace("sandbox serve &", f"sandbox serve --port {port} &").replace("8710", port)
        match block.language:
            case "sh":
                printed, code = newcomer.run(f"set -e\n{text}", within=300)
                assert code == 0, f"{block.place}: {printed}"
            case "console":
                for command, output in commands_of(text):
                    assert masked(newcomer.run(command)[0]) == masked(output), f"{block.place}: {command}"
            case "python":
                (newcomer.folder / "app.py").write_text(text, "utf-8")
                printed, code = newcomer.run("python app.py")
                assert (list(ast.literal_eval(printed)["data"]), code) == (
                    ["keyword1", "keyword2", "keyword3"],
                    0,
                )
            case "yaml":
                newcomer.run("mkdir -p ../shown")
                (newcomer.folder.parent / "shown" / "templates.yaml").write_text(text, "utf-8")
            case other:
                pytest.fail(f"{block.place}: nobody runs {other}")


def test_both_have_the_same_blocks_but_for_comments() -> None:
    english, chinese = (
        [
            (block.language, re.sub(r" +# .*$", "", block.text, flags=re.MULTILINE))
            for block in blocks_of(ROOT / readme)
        ]
        for readme in READMES
    )
    assert english == chinese


@pytest.mark.parametrize("readme", READMES)
def test_it_is_short(readme: str) -> None:
    lines = (ROOT / readme).read_text("utf-8").splitlines()
    assert len(lines) <= 160


def test_it_installs_this_version() -> None:
    for readme in READMES:
        tags = set(re.findall(r"@v([\d.]+)", (ROOT / readme).read_text("utf-8")))
        assert tags == {__version__}, readme


@pytest.mark.parametrize("readme", READMES)
def test_every_command_and_option_that_it_names_is_one(readme: str) -> None:
    """With --help a command is read to its end, and nothing is done."""
    text = (ROOT / readme).read_text("utf-8")
    lines = set(re.findall(r"`(reconciler [a-z][^`]*)`", text))
    for line in lines:
        assert shell(f"{line} --help").startswith("Usage: reconciler "), line
    assert len(lines) > 1


def test_ci_runs_the_test_command_of_the_readme() -> None:
    for readme in READMES:
        assert "`make test`" in (ROOT / readme).read_text("utf-8")
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text("utf-8")
    assert "- run: .ci/run" in (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")


def test_the_example_uses_the_schema_beside_it() -> None:
    first = (ROOT / "templates.yaml").read_text("utf-8").splitlines()[0]
    assert (ROOT / first.rpartition("=")[2]).is_file()
