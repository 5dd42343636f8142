"""`reconciler lint`: the rules of WeChat's reviewers, offline."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ..console import Console
from ..options import LIBRARY, common, option, options
from ..settings import inputs_of

if TYPE_CHECKING:
    from ...lint.findings import Report

FORMATS = ("text", "json", "sarif", "github")


@click.command(
    epilog="\b\nExamples:\n  reconciler lint --library library.json   (from: library pull)\n"
    "  reconciler lint --proposals proposals.yaml --library library.json\n"
    "  reconciler lint --format sarif > lint.sarif\n"
    "  reconciler lint --explain 1.6",
    short_help="hold titles and keywords against the reviewers' rules",
)
@option(
    "--proposals",
    metavar="FILE",
    help="check titles to be proposed for the library, in place of templates.yaml",
)
@option(
    "--explain", metavar="RULE", help="say what a rule means (1.6), or every one (all), and check nothing"
)
@options(common(*FORMATS), LIBRARY)
def command(proposals: str | None, explain: str | None, **given: Any) -> int:
    """Hold titles and keywords against the rules of WeChat's reviewers, and groups against what apps may ask.

    Offline, without credentials. With --library it knows all titles, examples and types. A comment silences:
    `# lint: ignore 1.6: reason`. The exit code is 1 if there is an error that is not silenced.
    """
    from ...core.errors import Exit

    if explain is not None:
        return _explain(explain, as_json=given["format"] == "json")
    console = Console(json=given["format"] == "json", verbose=given["verbose"])
    console.page.know(file=given["file"] if proposals is None else proposals)
    report = _report(proposals, given)
    if given["format"] == "text":
        for note in report.notes:
            console.say(f"note: {note}")
    console.stream([_renderer(given["format"])(report)])
    return Exit.ERROR if report.count("error") else Exit.OK


def _report(proposals: str | None, given: dict[str, Any]) -> Report:
    """The report, with the file as those name it who show it beside its lines: from the repository's top.

    Raises InputError, unless the format is one that only reports are read of.
    """
    from msgspec.structs import replace

    from ...app.input_files import from_the_top

    file = proposals or given["file"]
    shown = from_the_top(file, os.environ) if given["format"] in ("sarif", "github") else file
    return replace(_as_called(proposals, given), file=shown)


def _as_called(proposals: str | None, given: dict[str, Any]) -> Report:
    """The report, with the file as it is called on the command line."""
    from ...app import lint
    from ...core.errors import InputError
    from ...lint.findings import unreadable

    inputs, library = inputs_of(given), given["library"]
    try:
        if proposals is None:
            return lint.lint_templates(inputs, given["file"], library)
        return lint.lint_proposals(inputs, proposals, library)
    except InputError as error:
        if given["format"] in ("text", "json"):
            raise
        return unreadable(proposals or given["file"], error.problems)


def _renderer(name: str) -> Callable[[Report], str]:
    from ...render.lint import document, github, sarif, text

    renderers: dict[str, Callable[[Report], str]] = {
        "text": text.render,
        "json": document.render,
        "sarif": sarif.render,
        "github": github.render,
    }
    return renderers[name]


def _explain(number: str, *, as_json: bool) -> int:
    from ...lint.rulebook import RULES
    from ...render.lint import rules as shown

    rules = [rule for rule in RULES.values() if number in ("all", rule.number, rule.name)]
    if not rules:
        raise click.UsageError(f"--explain: there is no rule {number}; there are: {', '.join(RULES)}")
    console = Console(json=as_json)
    console.result("\n".join(map(shown.text, rules)))
    console.document({"version": 1, "rules": list(map(shown.document, rules))})
    return 0
