"""Write the made parts of docs/commands.md and docs/commands.zh.md anew, from the commands: `make pages`.

A made part stands between `<!-- made: NAME -->` and `<!-- end of NAME -->`; all else on the pages is written
by hand. Texts are the help's own, as the source has them. zh.yaml has each in Chinese, keyed by the English,
so that a help text that was changed asks for its translation: what is missing there, or not used any more, is
an error. With --check nothing is written, and a page that would be another is an error, too.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click
import yaml

from reconciler.cli import cli
from reconciler.cli import options as shared

ROOT = Path(__file__).parent.parent.parent
CATALOGUE = Path(__file__).parent / "zh.yaml"

ARGUMENTS = {
    ("apply", "planfile"): "a plan that `plan --out` has written; without it, what is planned now",
    ("send", "name"): "the template's name in templates.yaml",
    ("library search", "words"): "words of a title, of which every one must be meant",
    ("library show", "ids"): "ids of titles, as templates.yaml has them under `id`",
    ("schema", "name"): "the file's or the document's name",
}
"""What click has no help for"""

GROUPS = {
    "every": ("Options of every command", shared.COMMON),
    "calls": ("Options of commands that call WeChat", shared.CALLS),
    "accounts": ("Options for several accounts", shared.ACCOUNTS),
    "guards": ("Options that lift a guard", shared.PERMITS),
}
"""Options that several commands have, each told once. (Lists of a single option are told where they are.)"""

OPENING = {
    "every": "They may stand before or after the command.",
    "calls": "{commands} have them.",
    "accounts": "{commands} have them. What a file of several accounts is: [fleets](fleets.md).",
    "guards": "{commands} have them. What each guard is about: [guards](guards.md).",
}


def main(words: Sequence[str]) -> int:
    """Write the pages, or check them; 1 if something is wrong, which is told."""
    english, chinese = Language({}), Language(_catalogue())
    made = {"commands.md": english, "commands.zh.md": chinese}
    texts = {ROOT / "docs" / name: _renewed(ROOT / "docs" / name, made[name]) for name in made}
    wrong = [*chinese.complaints()]
    if "--check" in words:
        stale = [path.name for path, text in texts.items() if path.read_text("utf-8") != text]
        wrong += [f"docs/{name} is not what the commands say: run `make pages`" for name in stale]
    else:
        for path, text in texts.items():
            path.write_text(text, "utf-8")
    sys.stderr.write("".join(f"{one}\n" for one in wrong))
    return 1 if wrong else 0


# ------------------------------------------------------------------ two languages


class Language:
    """Says an English text in a language; without a catalogue in English."""

    def __init__(self, catalogue: Mapping[str, str]) -> None:
        self._catalogue = catalogue
        self._said: dict[str, None] = {}

    @property
    def english(self) -> bool:
        """Whether texts are said as they are."""
        return not self._catalogue

    def __call__(self, text: str, **fields: str) -> str:
        """The text, with its fields filled in."""
        self._said.setdefault(text)
        return self._catalogue.get(text, text).format(**fields) if fields else self._catalogue.get(text, text)

    def complaints(self) -> Iterator[str]:
        """What the catalogue lacks, ready to paste, and what it has too much."""
        where = CATALOGUE.relative_to(ROOT)
        lacking = [text for text in self._said if text not in self._catalogue]
        if lacking:
            stubs = "\n".join(f"- en: {_quoted(text)}\n  zh:" for text in lacking)
            yield f"{where} has no Chinese for:\n{stubs}"
        yield from (
            f"{where} has what no command says any more: {text}"
            for text in self._catalogue
            if text not in self._said
        )


def _catalogue() -> dict[str, str]:
    rows = yaml.safe_load(CATALOGUE.read_text("utf-8"))
    if len({row["en"] for row in rows}) < len(rows):
        raise SystemExit(f"{CATALOGUE.relative_to(ROOT)} has an English text twice")
    return {row["en"]: row["zh"] for row in rows}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# ------------------------------------------------------------------ pages


def _renewed(path: Path, say: Language) -> str:
    """The page with each made part as it is to be."""
    text = path.read_text("utf-8")
    for name, parts in {"commands": _overview, "options": _shared, "reference": _reference}.items():
        begin, end = f"<!-- made: {name} -->\n", f"<!-- end of {name} -->\n"
        before, found, rest = text.partition(begin)
        _, ended, after = rest.partition(end)
        if not found or not ended:
            raise SystemExit(f"docs/{path.name} lacks its made part {name}")
        text = f"{before}{begin}\n" + "\n\n".join(parts(say)) + f"\n\n{end}{after}"
    return text


def _overview(say: Language) -> Iterator[str]:
    rows = [[f"[`{one.name}`](#{one.anchor})", say(one.short)] for one in _leaves()]
    yield _table(say, ["command", "what it does"], rows)


def _shared(say: Language) -> Iterator[str]:
    for name, (heading, made) in GROUPS.items():
        yield f'### {say(heading)} <a id="options-{name}"></a>'
        yield say(OPENING[name], commands=say(", ").join(_takers(name)))
        yield _options(say, shared._shared(made))


def _takers(group: str) -> Iterator[str]:
    """The commands that have these options, as links."""
    for one in _leaves():
        if group in map(_group_of, one.options):
            yield f"[`{one.name}`](#{one.anchor})"


def _reference(say: Language) -> Iterator[str]:
    for one in _leaves():
        yield f'### `{one.name}` <a id="{one.anchor}"></a>'
        yield from (_coded(say(part)) for part in _paragraphs(one.command.help or ""))
        yield f"```text\n{one.usage}\n```"
        if arguments := [each for each in one.command.params if isinstance(each, click.Argument)]:
            yield _table(say, ["argument", "meaning"], [_argument(say, one, each) for each in arguments])
        if own := [each for each in one.options if _group_of(each) is None]:
            yield _options(say, own)
        yield _also(say, one)
        yield from _epilog(say, one.command.epilog or "")


def _also(say: Language, one: Leaf) -> str:
    """The shared options that a command takes, as links."""
    groups = dict.fromkeys(group for each in one.options if (group := _group_of(each)))
    links = say(", ").join(f"[{say(GROUPS[name][0])}](#options-{name})" for name in groups)
    return say("Also takes: {links}.", links=links)


# ------------------------------------------------------------------ commands


class Leaf(NamedTuple):
    """A command that does something, with the names of its group."""

    name: str
    command: click.Command
    short: str

    @property
    def anchor(self) -> str:
        """What links call it."""
        return self.name.replace(" ", "-")

    @property
    def usage(self) -> str:
        """How it is called."""
        pieces = self.command.collect_usage_pieces(click.Context(self.command, info_name=self.name))
        return " ".join([f"reconciler {self.name}", *pieces])

    @property
    def options(self) -> list[click.Option]:
        """All its options, in their order."""
        return [one for one in self.command.params if isinstance(one, click.Option)]


def _leaves(group: click.Group = cli, name: str = "") -> Iterator[Leaf]:
    assert isinstance(group, shared.CommandGroup)
    context = click.Context(group)
    for word in group.list_commands(context):
        command = group.get_command(context, word)
        assert command is not None
        whole = f"{name} {word}".strip()
        if isinstance(command, click.Group):
            yield from _leaves(command, whole)
        else:
            yield Leaf(whole, command, group._help[word])


_LOOKS = {(one.opts[0], one.help): name for name, (_, made) in GROUPS.items() for one in shared._shared(made)}


def _group_of(option: click.Option) -> str | None:
    """The shared options that this is one of. (--format is, but for a command with formats of its own.)"""
    usual = option.name != "format" or list(getattr(option.type, "choices", ())) == ["text", "json"]
    return _LOOKS.get((option.opts[0], option.help)) if usual else None


# ------------------------------------------------------------------ rows


def _options(say: Language, options: Iterable[click.Option]) -> str:
    rows = [
        [
            f"`{_spelled(one)}`",
            _default(say, one),
            f"`{one.envvar}`",
            _coded(say(one.help or "")) + _kind(say, one),
        ]
        for one in options
    ]
    return _table(say, ["option", "default", "variable", "meaning"], rows)


def _spelled(option: click.Option) -> str:
    name = max(option.opts, key=len)
    if option.is_flag:
        return name
    usual = "VALUE" if isinstance(option.type, click.Choice) else (option.name or "").upper()
    return f"{name} {option.metavar or usual}"


def _default(say: Language, option: click.Option) -> str:
    if option.required:
        return say("required")
    value = option.default
    if option.is_flag or option.multiple or not isinstance(value, str | int | float):
        return "–"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _kind(say: Language, option: click.Option) -> str:
    """What values it takes, where that is not anything."""
    kind = option.type
    if isinstance(kind, click.Choice):
        return say("; one of {values}", values=say(", ").join(f"`{value}`" for value in kind.choices))
    if isinstance(kind, click.IntRange | click.FloatRange):
        low, high = kind.min, kind.max
        if high is not None:
            return say(" ({low} to {high})", low=f"{low:g}", high=f"{high:g}")
        return say(" (more than {low})" if kind.min_open else " ({low} or more)", low=f"{low or 0:g}")
    return ""


def _argument(say: Language, one: Leaf, argument: click.Argument) -> list[str]:
    assert argument.name is not None
    name = argument.metavar or argument.name.upper()
    choices = argument.type.choices if isinstance(argument.type, click.Choice) else ()
    values = (
        say("; one of {values}", values=say(", ").join(f"`{value}`" for value in choices)) if choices else ""
    )
    optional = "" if argument.required else say(" (may be left out)")
    return [f"`{name}`", _coded(say(ARGUMENTS[one.name, argument.name])) + values + optional]


def _table(say: Language, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [[one if one.startswith("`") else say(one) for one in head], ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


# ------------------------------------------------------------------ texts


_CODE = re.compile(
    r"`[^`]*`|\{[^{}]+\}|(?<= )\*(?=[ ；])|CALL\[\S+\]|\[::1\]|https://[\w.]+\w|(?<![\w/-])(?:@2-?|:after"
    r"|--[a-z][a-z-]*(?: (?:[A-Z]+|json|0\.0\.0\.0)\b)?|/_sandbox/[\w/]+|RECONCILER_[A-Z_]+|\.reconciler/"
    r"|templates\.yaml|proposals\.yaml|FILE\.part|(?:PLANFILE|FILE|NAME|WORD|N/m|APPID:PATH)(?![\w…:/]))"
)


def _coded(text: str) -> str:
    """A text with what is typed as code. (Help texts are written for a terminal.)"""
    return _CODE.sub(lambda found: found[0] if found[0].startswith("`") else f"`{found[0]}`", text)


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.split("\n\n")]


def _epilog(say: Language, epilog: str) -> Iterator[str]:
    """What stands below the options: prose, lists of words with their meanings, and examples."""
    for part in epilog.replace("\b\n", "").split("\n\n"):
        lines = part.splitlines()
        prose = " ".join(line for line in lines if not line.startswith("  "))
        rows = [line.strip() for line in lines if line.startswith("  ")]
        if prose in ("Example:", "Examples:", "Start with:"):
            yield "```text\n" + "\n".join(_example(say, line) for line in rows) + "\n```"
            continue
        yield _coded(say(prose))
        pairs = [re.split(r" {2,}", row, maxsplit=1) for row in rows]
        word = prose.split()[-2]  # "KIND is"
        yield _table(say, [f"`{word}`", "meaning"], [[f"`{one}`", say(meaning)] for one, meaning in pairs])


def _example(say: Language, line: str) -> str:
    """A line to type; what it says behind is a comment."""
    command, _, note = line.partition("   (")
    return f"{command}  # {say(note.removesuffix(')'))}" if note else command


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
