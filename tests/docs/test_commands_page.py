"""docs/commands.md is what the commands say: each argument, option, default, variable and exit code."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from reconciler.app.access import credentials, token_issuers
from reconciler.cli import cli
from reconciler.cli.options import CommandGroup, Option, command_of
from reconciler.core.errors import Exit

from .blocks import ROOT
from .tables import sections, tables

PAGES = ["commands.md", "commands.zh.md"]


def commands(group: click.Group = cli, before: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with the name of its group."""
    context = click.Context(group)
    for word in group.list_commands(context):
        command = group.get_command(context, word)
        assert command is not None
        if isinstance(command, CommandGroup):
            yield from commands(command, f"{word} ")
        else:
            yield before + word, command


COMMANDS = dict(commands())


def rows(section: str) -> list[list[str]]:
    """The cells of all tables of a section."""
    return [row for table in tables(section) for row in table]


def told_options(section: str) -> dict[str, tuple[str, str]]:
    """The options of the tables of a section: their defaults and variables."""
    found = [row for row in rows(section) if row[0].startswith("`--")]
    assert all(row[3] for row in found)
    return {row[0].strip("`").split(" ")[0]: (row[1], row[2].strip("`")) for row in found}


def shown_default(option: click.Option) -> str:
    """A default as the page has it."""
    if (
        option.required
        or option.is_flag
        or option.multiple
        or not isinstance(option.default, str | int | float)
    ):
        return "–"
    return f"`{option.default:g}`" if isinstance(option.default, float) else f"`{option.default}`"


def test_the_pages_are_what_the_generator_writes() -> None:
    """What it says is what to do: `make pages`, or a text that zh.yaml lacks."""
    command = [sys.executable, ".ci/pages/commands.py", "--check"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("page", PAGES)
def test_every_command_stands_there_and_no_other(page: str) -> None:
    whole = (ROOT / "docs" / page).read_text("utf-8")
    told = re.findall(r"^### `([^`]+)` <a", whole, re.MULTILINE)
    assert told == list(COMMANDS)
    overview = whole.partition("<!-- made: commands -->")[2].partition("<!-- end")[0]
    assert [row[0].split("`")[1] for row in rows(overview)[2:]] == told


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_stands_there_with_its_default(name: str, page: str) -> None:
    section = sections(page)[name.replace(" ", "-")]
    told = told_options(section)
    for group in re.findall(r"\(#(options-\w+)\)", section):
        told |= {
            option: row for option, row in told_options(sections(page)[group]).items() if option not in told
        }
    known = {
        max(one.opts, key=len): (shown_default(one), one.envvar)
        for one in COMMANDS[name].params
        if isinstance(one, Option)
    }
    must = {max(one.opts, key=len) for one in COMMANDS[name].params if one.required} & told.keys()
    assert {option: ("–" if option in must else row[0], row[1]) for option, row in told.items()} == known
    assert all(re.search("required|必填", told[option][0]) for option in must)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_of_a_command_stands_there(name: str, page: str) -> None:
    section = sections(page)[name.replace(" ", "-")]
    told = [row[0].strip("`") for row in rows(section) if re.fullmatch("`[A-Z]+…?`", row[0])]
    known = [one for one in COMMANDS[name].params if isinstance(one, click.Argument)]
    known_names = [one.metavar or (one.name or "").upper() for one in known]
    assert [one for one in told if one not in {"ERRCODE", "KIND"}] == known_names
    for one in known:
        for choice in getattr(one.type, "choices", ()):
            assert f"`{choice}`" in section


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_is_one_that_the_command_takes(
    name: str, page: str, capsys: pytest.CaptureFixture[str]
) -> None:
    examples = re.findall(
        r"^reconciler (?!.*\[OPTIONS\])(.+)$", sections(page)[name.replace(" ", "-")], re.MULTILINE
    )
    assert examples
    for example in examples:
        words = shlex.split(example.partition(" > ")[0], comments=True)
        called = command_of(words)
        assert " ".join(words).startswith(called)
        COMMANDS[called].make_context(
            called, words[len(called.split(" ")) :]
        )  # reads the line to its end, and raises where it is wrong
        assert cli.main([*words, "--help"], "reconciler", standalone_mode=False) in (0, None)
        assert capsys.readouterr().out.startswith(f"Usage: reconciler {called} ")


@pytest.mark.parametrize("page", PAGES)
def test_every_exit_code_stands_there_and_no_other(page: str) -> None:
    told = [row[0] for row in rows(sections(page)["exit-codes"])[2:]]
    assert told == [f"`{code.value}`" for code in Exit]


@pytest.mark.parametrize("page", PAGES)
def test_the_variables_that_are_no_options_stand_there(page: str) -> None:
    told = re.findall(r"`([A-Z_]+)`", "".join(row[0] for row in rows(sections(page)["environment"])))
    known = {credentials.TOKEN, credentials.APPID, credentials.SECRET, token_issuers.HEADER}
    assert known <= set(told)
    options = {one.envvar for command in COMMANDS.values() for one in command.params}
    assert not options & set(told)


@pytest.mark.parametrize("page", PAGES)
def test_the_words_for_on_and_off_are_such(page: str) -> None:
    flag = next(row for row in rows(sections(page)["environment"]) if "`--sandbox`" in row[0])
    on, off = (re.findall("`(.+?)`", part) for part in re.split("[;；]", flag[1])[:2])
    assert [click.BOOL.convert(word, None, None) for word in (*on, *off)] == [True] * len(on) + [False] * len(
        off
    )
