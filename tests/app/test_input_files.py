"""What is read: pipes, devices, and links that lead out of the repository."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.core import files
from reconciler.core.errors import InputError
from reconciler.lock import mutex as runlock

from ..tools import TOKEN, CommandLine, ScriptedServer, in_words

NO_YAML = "    write one (see the README), `reconciler import` it, or name it with --file\n"

YAML = "version: 1\ntemplates: {a: {id: AT1, keywords: [甲]}}\n"
LIST, GET = "/cgi-bin/wxopen/template/list", "/cgi-bin/wxopen/template/library/get"
ADD = "/cgi-bin/wxopen/template/add"
LOCK = Path("templates.lock.json")
SECRET_LINE = "root:x:0:0:very-private"
THERE = "put the file itself there, or name it on the command line"


def started(*words: str, **more: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "reconciler", *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", **more,
    )  # fmt: skip


@pytest.fixture
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of the machine that no error may quote."""
    path = tmp_path_factory.mktemp("machine") / "passwd"
    path.write_text(f"{SECRET_LINE}\n", "utf-8")
    return path


@pytest.fixture
def account(scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> ScriptedServer:
    """One account for whoever asks, over HTTP."""
    monkeypatch.setenv("RECONCILER_ENDPOINT", scripted.url)
    monkeypatch.setenv("RECONCILER_SETTLE", "0")
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", TOKEN)
    live: list[dict[str, str]] = []

    def add(_: str, body: dict[str, Any]) -> dict[str, Any]:
        live.append({"template_id": "T", "title": body["id"], "content": "甲{{keyword1.DATA}}\n"})
        return {"template_id": "T"}

    scripted.on(LIST, lambda *_: {"list": live})
    scripted.on(GET, lambda _, body: {"title": body["id"], "keyword_list": [{"keyword_id": 1, "name": "甲"}]})
    scripted.on(ADD, add)
    return scripted


# ---------------------------------------------------------------- what is no file


@pytest.fixture(params=["a pipe", "a folder", "a socket", "a device"])
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    """`thing`, which is no regular file, where nobody writes; what it is."""
    with socket.socket(socket.AF_UNIX) as listener:
        if request.param == "a pipe":
            os.mkfifo("thing")
        elif request.param == "a folder":
            Path("thing").mkdir()
        elif request.param == "a socket":
            listener.bind("thing")
        else:
            Path("thing").symlink_to("/dev/zero")
        yield request.param


def test_what_is_no_file_is_refused_at_once(kind: str) -> None:
    with pytest.raises(InputError) as caught:
        files.read(Path("thing"), limit=10)
    (problem,) = caught.value.problems
    told = "No such device or address" if kind == "a socket" else f"it is {kind}"
    hint = None if kind == "a socket" else "put a regular file there"
    assert in_words(problem) == ("unreadable", f"can't read the file: {told}", "thing", hint)


@pytest.mark.parametrize("name", ["templates.yaml", "templates.lock.json", "accounts.yaml", "plan.json"])
def test_a_pipe_that_was_found_holds_nobody_up(
    account: ScriptedServer, reconciler: CommandLine, name: str
) -> None:
    text = YAML if name != "accounts.yaml" else f"{YAML}accounts_file: accounts.yaml\n"
    Path("templates.yaml").write_text(text, "utf-8")
    Path(name).unlink(missing_ok=True)
    os.mkfifo(name)
    if name == "plan.json":  # it was named, and may be one: nobody writes
        result = reconciler("apply", name, "--timeout", "0.05")
        assert result.err == (
            "plan.json: can't read the file: it has not ended within 0.05 seconds\n"
            "    see to it that its writer ends; commands that call WeChat wait longer with --timeout\n"
        )
    else:
        result = reconciler("apply", "--yes")
        assert result.err == f"{name}: can't read the file: it is a pipe\n    put a regular file there\n"
    assert (result.code, account.requests) == (1, [])


def test_of_a_fleet_only_the_account_whose_lock_is_a_pipe_fails(
    account: ScriptedServer, reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(f"  {name}: {{appid: wx{name}}}\n" for name in ("one", "two", "six"))
    Path("templates.yaml").write_text(f"{YAML}accounts:\n{rows}", "utf-8")
    os.mkfifo("templates.two.lock.json")
    for name in ("ONE", "TWO", "SIX"):
        monkeypatch.setenv(f"WECHAT_ACCESS_TOKEN_{name}", TOKEN)
    result = reconciler("apply", "--yes", "--format", "json")
    assert result.code == 4
    assert Path("templates.one.lock.json").is_file()
    assert Path("templates.six.lock.json").is_file()
    assert "templates.two.lock.json" in result.out
    assert "can't read the file: it is a pipe" in result.out


def test_a_run_mark_that_is_a_pipe_holds_nobody_up(account: ScriptedServer, reconciler: CommandLine) -> None:
    Path("templates.yaml").write_text(YAML, "utf-8")
    mark = runlock.beside(LOCK)
    mark.parent.mkdir(exist_ok=True)
    os.mkfifo(mark)
    assert runlock.marked_by(LOCK) == runlock.UNKNOWN
    assert str(runlock.UNKNOWN) in reconciler("doctor").out
    result = reconciler("apply", "--yes")
    assert (result.code, result.err) == (
        1,
        f"{mark}: can't keep other runs out: it is a pipe\n"
        "    remove it: it should be a file that an apply makes and removes\n",
    )
    assert not account.calls("/add")


# ---------------------------------------------------------------- what was named may be a pipe


def poured(path: str, text: str) -> threading.Thread:
    """Somebody who writes to a pipe, in two parts, once it is read."""

    def pour() -> None:
        with contextlib.suppress(BrokenPipeError), Path(path).open("w", encoding="utf-8") as file:
            file.write(text[:20])
            file.flush()
            file.write(text[20:])

    thread = threading.Thread(target=pour, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("command", ["validate", "lint", "plan"])
def test_a_pipe_that_was_named_is_read(
    account: ScriptedServer, reconciler: CommandLine, command: str
) -> None:
    os.mkfifo("pipe")
    writer = poured("pipe", YAML)
    result = reconciler(command, "--file", "pipe")
    writer.join(5)
    assert result.code == 0, result.err


def test_what_a_shell_pours_is_read(account: ScriptedServer) -> None:
    Path("old.yaml").write_text(YAML, "utf-8")
    words = f"{sys.executable} -m reconciler apply --yes --file <(cat old.yaml)"
    process = subprocess.run(["bash", "-c", words], capture_output=True, text=True, timeout=60, check=False)
    assert (process.returncode, process.stderr) == (0, "")
    assert LOCK.exists(), "beside the working folder, not in /dev/fd"


def test_a_pipe_is_bounded() -> None:
    os.mkfifo("pipe")
    thread = poured("pipe", "x" * 1000)
    assert files.read(Path("pipe"), limit=10, patience=5) == b"x" * 11
    thread.join(5)


@pytest.mark.parametrize("words", [["validate"], ["lint"], ["plan", "--sandbox"]])
def test_a_dash_is_standard_input(words: list[str]) -> None:
    text = Path(__file__).parents[2].joinpath("templates.yaml").read_text("utf-8")
    process = started(*words, "--file", "-", stdin=subprocess.PIPE)
    _, err = process.communicate(text, timeout=60)
    assert process.returncode == 0, err


def test_the_lock_of_standard_input_lies_in_the_working_folder(account: ScriptedServer) -> None:
    process = started("apply", "--yes", "--file", "-", stdin=subprocess.PIPE)
    out, _ = process.communicate(YAML, timeout=60)
    assert process.returncode == 0
    assert "done: 1 added; the lock is templates.lock.json\n" in out
    assert json.loads(LOCK.read_text("utf-8"))["templates"]["a"]["template_id"] == "T"


def test_mistakes_in_standard_input_have_their_places() -> None:
    process = started("validate", "--file", "-", stdin=subprocess.PIPE)
    _, err = process.communicate("version: 1\ntemplates: {}\nfoo: 1\n", timeout=60)
    assert process.returncode == 1
    assert err.startswith("-:3:1: ")


def test_an_import_cannot_write_standard_input(reconciler: CommandLine) -> None:
    result = reconciler("import", "--sandbox", "--file", "-")
    assert (result.code, result.err.splitlines()[0]) == (
        64, "error: --file - can't be written: name a file, or add --dry-run",
    )  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_waits_for_a_pipe_hears_signals(number: signal.Signals) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    os.mkfifo("pipe")
    try:
        process = started("validate", "--file", "pipe", "--format", "json")
        with Path("pipe").open("w", encoding="utf-8") as writer:  # it is being read
            writer.write("version")
            writer.flush()
            process.send_signal(number)
            out, _ = process.communicate(timeout=60)
    finally:
        signal.signal(signal.SIGINT, before)
    assert process.returncode == 130, out
    assert "interrupted; nothing was changed" in out


# ---------------------------------------------------------------- links that lead out


def test_a_link_that_was_found_may_not_lead_out(
    reconciler: CommandLine, account: ScriptedServer, foreign: Path
) -> None:
    where = Path.cwd()
    Path("templates.yaml").symlink_to(foreign)
    result = reconciler("plan")
    message = f"can't read the file: it is a link that leads out of the repository ({where})"
    assert (result.code, result.err) == (1, f"templates.yaml: {message}\n    {THERE}\n")
    result = reconciler("plan", "--file", "templates.yaml")
    assert "leads out" not in result.err, "it was named"

    Path("templates.yaml").unlink()
    Path("templates.yaml").write_text(YAML, "utf-8")
    LOCK.symlink_to(foreign)
    for words in (["plan"], ["apply", "--yes"], ["send", "a", "--to", "o", "--dry-run"]):
        result = reconciler(*words)
        assert (result.code, result.err) == (1, f"templates.lock.json: {message}\n    {THERE}\n")
    assert foreign.read_text("utf-8") == f"{SECRET_LINE}\n"


@pytest.mark.parametrize("how", ["link", "linked folder", "git"])
def test_an_accounts_file_may_not_lie_elsewhere(reconciler: CommandLine, foreign: Path, how: str) -> None:
    (Path(".git")).mkdir()
    Path(".git/config").write_text(f"{SECRET_LINE}\n", "utf-8")
    name = "accounts.yaml"
    if how == "link":
        Path(name).symlink_to(foreign)
    elif how == "git":
        name = ".git/config"
    else:
        Path("folder").symlink_to(foreign.parent)
        name = "folder/passwd"
    Path("templates.yaml").write_text(f"{YAML}accounts_file: {name}\n", "utf-8")
    result = reconciler("validate")
    why = f"it is a link that leads out of the repository ({Path.cwd()})"
    if how == "git":
        why = "it leads into git's own folder"
    assert (result.code, result.err) == (1, f"{name}: can't read the file: {why}\n    {THERE}\n")


def test_a_link_within_the_repository_is_followed(reconciler: CommandLine, account: ScriptedServer) -> None:
    for folder in (".git", "shop", "shared"):
        Path(folder).mkdir()
    Path("shared/templates.yaml").write_text(YAML, "utf-8")
    Path("shop/templates.yaml").symlink_to("../shared/templates.yaml")
    Path("shared/lock.json").write_text(
        '{"version": 1, "dialect": "wxopen", "appid": null, "templates": {}}', "utf-8"
    )
    Path("shop/templates.lock.json").symlink_to("../shared/lock.json")
    os.chdir("shop")
    assert reconciler("apply", "--yes").code == 0
    assert json.loads(Path("../shared/lock.json").read_text("utf-8"))["templates"]["a"]["template_id"] == "T"
    assert LOCK.is_symlink()


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_lock_that_is_a_link_to_nothing_makes_nothing(
    reconciler: CommandLine, account: ScriptedServer, command: str
) -> None:
    Path("templates.yaml").write_text(YAML, "utf-8")
    LOCK.symlink_to("made.json")
    result = reconciler(command)
    assert (result.code, result.err) == (
        1,
        "templates.lock.json: the lock is a link to nothing: what is written would be made where it leads\n"
        "    remove the link, or name the lock with --lockfile\n",
    )
    assert not Path("made.json").exists()


def test_an_import_makes_nothing_where_a_link_leads(reconciler: CommandLine) -> None:
    Path("templates.yaml").symlink_to("made.yaml")
    result = reconciler("import", "--sandbox")
    assert (result.code, result.err.splitlines()[0]) == (1, "templates.yaml: there is no such file")
    assert not Path("made.yaml").exists()


@pytest.mark.parametrize("command", [["plan", "--sandbox"], ["sandbox", "reset"], ["sandbox", "messages"]])
@pytest.mark.parametrize("name", [".reconciler", ".reconciler/sandbox.sqlite"])
def test_the_sandbox_follows_no_link(
    reconciler: CommandLine, foreign: Path, command: list[str], name: str
) -> None:
    Path("templates.yaml").write_text(YAML, "utf-8")
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).symlink_to(foreign.parent if name == ".reconciler" else foreign)
    before = sorted(foreign.parent.iterdir())
    result = reconciler(*command)
    assert (result.code, result.err) == (
        1, f"{name}: it is a link, which is not followed\n    remove it: the sandbox makes what it needs\n",
    )  # fmt: skip
    assert sorted(foreign.parent.iterdir()) == before


# ---------------------------------------------------------------- where it is looked for


def test_a_sub_folder_says_what_lies_above(reconciler: CommandLine) -> None:
    Path(".git").mkdir()
    Path("templates.yaml").write_text(YAML, "utf-8")
    Path("src/app").mkdir(parents=True)
    os.chdir("src/app")
    result = reconciler("validate")
    assert (result.code, result.err) == (
        1,
        "templates.yaml: there is no such file\n"
        "    there is ../../templates.yaml: add --file ../../templates.yaml, or go there\n",
    )
    result = reconciler("validate", "--file", "templates.yaml")
    assert result.err.endswith(NO_YAML), "it was named"


def test_without_git_it_is_looked_for_one_folder_up(reconciler: CommandLine) -> None:
    Path("templates.yaml").write_text(YAML, "utf-8")
    Path("src/app").mkdir(parents=True)
    os.chdir("src")
    assert reconciler("validate").err.endswith(
        "    there is ../templates.yaml: add --file ../templates.yaml, or go there\n"
    )
    os.chdir("app")
    assert reconciler("validate").err.endswith(NO_YAML)


def test_what_lies_above_the_repository_is_not_spoken_of(reconciler: CommandLine) -> None:
    Path("templates.yaml").write_text(YAML, "utf-8")
    Path("repository/.git").mkdir(parents=True)
    os.chdir("repository")
    assert reconciler("validate").err.endswith(NO_YAML)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("RECONCILER_ACOUNT", "did you mean RECONCILER_ACCOUNT?"),
        ("RECONCILER_DETAILED_EXITCOD", "did you mean RECONCILER_DETAILED_EXITCODE?"),
        ("RECONCILER_ZQX", "it is not read"),
    ],
)
def test_a_variable_that_nobody_reads_is_told(
    reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch, name: str, told: str
) -> None:
    Path("templates.yaml").write_text(YAML, "utf-8")
    monkeypatch.setenv(name, "1")
    result = reconciler("validate")
    assert (result.code, result.err) == (0, f"warning: {name} is no option's: {told}\n")


def test_variables_that_are_read_are_not_told(
    reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("templates.yaml").write_text(YAML, "utf-8")
    for name in ("TOKEN_HEADER", "LANG", "SETTLE", "OUT", "DRY_RUN", "TITLES_ONLY", "PENALTIES", "SHARD"):
        monkeypatch.setenv(f"RECONCILER_{name}", "1")
    assert reconciler("validate").err == ""


# ---------------------------------------------------------------- readers that leave


@pytest.mark.parametrize(
    "words",
    ["validate", "validate --format json", "lint --format github", "plan --sandbox", "schema templates",
     "--help",
     "--version",
     "library show AT0002 --sandbox", "apply --sandbox --yes"],
)  # fmt: skip
def test_who_changes_nothing_ends_quietly_when_the_reader_leaves(words: str) -> None:
    """An apply is there to change something, and says that it has not."""
    Path("templates.yaml").write_text(YAML.replace("AT1", "AT0002").replace("甲", "购买地点"), "utf-8")
    reading, writing = os.pipe()
    os.close(reading)
    try:
        process = subprocess.run(
            [sys.executable, "-m", "reconciler", *words.split()],
            stdout=writing, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    finally:
        os.close(writing)
    told = "error: can't write the output (Broken pipe); nothing was changed\n"
    expected = (1, told) if words.startswith("apply") else (141, "")
    assert (process.returncode, process.stderr) == expected
    assert not LOCK.exists()


@pytest.mark.parametrize("through", ["plain", "link"])
def test_nothing_but_a_file_is_replaced(tmp_path: Path, through: str) -> None:
    """The new text takes the place of what has the name: of a pipe or a device it would leave nothing."""
    os.mkfifo(tmp_path / "plain")
    (tmp_path / "link").symlink_to("plain")
    with pytest.raises(OSError, match="it is a pipe"):
        files.write(tmp_path / through, "text")
    assert (tmp_path / "plain").is_fifo()
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        files.write(tmp_path / "circle", "text")
    assert (tmp_path / "circle").is_symlink()


def test_a_path_in_circles_is_told_as_one(reconciler: CommandLine) -> None:
    Path("templates.yaml").write_text("version: 1\ntemplates: {}\n", "utf-8")
    Path("circle").symlink_to("circle")
    circles = "Too many levels of symbolic links"
    assert reconciler("plan", "--sandbox", "--out", "circle").err == (
        f"circle: can't write the plan: {circles}\n    choose another place\n"
    )
    for words in (["import", "--file", "circle/x"], ["plan", "--out", "circle/x"]):
        refused = reconciler(*words, "--sandbox")
        assert refused.code == 1
        assert circles in refused.err
        assert "bug" not in refused.err


def test_a_plan_for_a_pipe_waits_for_its_reader_and_not_for_ever(reconciler: CommandLine) -> None:
    Path("templates.yaml").write_text("version: 1\ntemplates: {}\n", "utf-8")
    os.mkfifo("pipe")
    assert reconciler("plan", "--sandbox", "--out", "pipe").err == (
        "pipe: can't write the plan: No such device or address\n    choose another place\n"
    )
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(Path("pipe").read_text("utf-8")))
    reader.start()
    assert reconciler("plan", "--sandbox", "--out", "pipe").code == 0
    reader.join()
    assert json.loads(got[0])["changes"] is False
