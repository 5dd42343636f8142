"""docs/errors.md has every code that the program and WeChat give, no other, and what the program says."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from reconciler.app.doctor import Check
from reconciler.cli.errors import READER_LEFT
from reconciler.core import bugs
from reconciler.core.errors import Exit, Reason
from reconciler.core.messages import Text, english, words
from reconciler.lint.rulebook import RULES
from reconciler.sandbox.errmsgs import TEXTS
from reconciler.sandbox.replay import NOT_RECORDED
from reconciler.wechat import errcodes
from reconciler.wechat.credential_names import PLAIN

from .codes import PACKAGE, Codes

DOCS = Path(__file__).parents[2] / "docs"
Table = list[list[str]]


def sections(page: str) -> dict[str, Table]:
    """The rows of the table under each heading, without its head, by the heading's id."""
    found: dict[str, Table] = {}
    for part in re.split(r"^##+ ", _text(page), flags=re.MULTILINE)[1:]:
        name = re.search(r'<a id="([\w-]+)">', part)
        assert name is not None, part.splitlines()[0]
        lines = [line for line in part.splitlines() if line.startswith("|")]
        found[name[1]] = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    return found


def _text(page: str) -> str:
    """With links as the English pages have them."""
    return (DOCS / page).read_text("utf-8").replace(".zh.md", ".md")


ENGLISH, CHINESE = sections("errors.md"), sections("errors.zh.md")
PAGES = pytest.mark.parametrize("page", [ENGLISH, CHINESE], ids=["en", "zh"])

PROGRAM = (
    *("general", "files", "fields", "made", "credentials", "network"),
    *("library", "planning", "apply", "send", "import", "sandbox"),
)
WECHAT = ("busy", "token", "address", "permission", "titles", "categories", "bans", "sending", "calls")
OTHER = ("exit-codes", "warnings", "refusals", "doctor", "lint")

MEANINGS = (
    *(errcodes.CODES, errcodes.OF_TOKEN, errcodes.OF_ADD, errcodes.OF_MINIPROGRAM),
    dict.fromkeys(errcodes.MISSING, errcodes.explain(200014, "missing parameter tid")),
)
"""What codes mean, and what some mean in some calls; the last is what an errmsg alone tells"""

CODES = Codes()


def spans(cell: str) -> list[str]:
    """What stands in backticks."""
    return [match[2] for match in re.finditer(r"(`+) ?(.+?) ?\1(?!`)", cell)]


def plain(text: str) -> str:
    return re.sub(r"`", "", text).lower()


def rows(page: dict[str, Table], names: tuple[str, ...]) -> Table:
    return [row for name in names for row in page[name]]


def numbers(row: list[str]) -> list[int]:
    return list(map(int, spans(row[0])))


# ------------------------------------------------------------------ the program's own


def test_every_code_can_be_read_from_the_source() -> None:
    """But a guard's name that is told as a code, one that comes back from a file, an errcode, and `bad` with
    the name of a schema."""
    assert CODES.unsaid == {
        ("app/decide_account.py", "one.guard"),
        ("app/importing/importer.py", "one.guard"),
        ("cli/reports/fleet.py", "code"),
        ("core/schemas.py", "f'bad {name}'"),
        ("wechat/wire.py", "f'errcode {errcode}'"),
    }


@PAGES
def test_every_table_is_looked_at(page: dict[str, Table]) -> None:
    assert {name for name, table in page.items() if table} == {*PROGRAM, *WECHAT, *OTHER}


@PAGES
def test_the_codes_of_problems(page: dict[str, Table]) -> None:
    told = [code for name in PROGRAM for code in {spans(row[0])[0] for row in page[name]}]
    assert sorted(told) == sorted(CODES.said["Problem"])


@PAGES
def test_the_codes_of_warnings(page: dict[str, Table]) -> None:
    assert sorted(spans(row[0])[0] for row in page["warnings"]) == sorted(CODES.said["Caveat"])


@PAGES
def test_the_names_of_refusals(page: dict[str, Table]) -> None:
    told = re.findall(
        r"^\[`([\w ]+)`\]\(guards\.md#([\w-]+)\)$", "\n".join(row[0] for row in page["refusals"]), re.M
    )
    assert sorted(name for name, _ in told) == sorted(CODES.said["Refusal"])
    assert [anchor for _, anchor in told] == [name.replace(" ", "-") for name, _ in told]


@PAGES
def test_the_checks_of_doctor(page: dict[str, Table]) -> None:
    assert [spans(row[0])[0] for row in page["doctor"]] == list(get_args(Check))


@PAGES
def test_the_rules_of_lint(page: dict[str, Table]) -> None:
    assert [tuple(spans(row[0]) + spans(row[1])) for row in page["lint"]] == [
        (rule.number, rule.name) for rule in RULES.values()
    ]


def test_what_the_rules_of_lint_say() -> None:
    assert [plain(row[2]) for row in ENGLISH["lint"]] == [
        plain(words(rule.summary)) for rule in RULES.values()
    ]
    by_wechat = {rule.number: rule.page for rule in RULES.values() if rule.page}
    assert {spans(row[0])[0]: row[2] for row in CHINESE["lint"]}.items() >= by_wechat.items()


@PAGES
def test_the_exit_codes(page: dict[str, Table]) -> None:
    assert [int(spans(row[0])[0]) for row in page["exit-codes"]] == [*map(int, Exit), READER_LEFT]


FIELD = re.compile(r"\{\w*(?:![rs])?(?::[^}]*)?\}")
SAID = (
    *(form for forms in english().values() for form in (forms if isinstance(forms, tuple) else (forms,))),
    *(
        words(Text("wechat.late", what=Text(what), seconds=10.0)).replace("10", "{}")
        for what in ("wechat.no-reply", "wechat.command-killed")
    ),
    bugs.problem(ValueError()).message,
)
"""What the program can say: the catalogue, what is put together of it, and what is not in it"""
SHOWN = [
    FIELD.sub("…", one.replace("{{", "\0").replace("}}", "\1")).translate({0: "{", 1: "}"}) for one in SAID
]


def is_said(text: str) -> bool:
    pattern = re.compile(".+?".join(map(re.escape, text.split("…"))))
    return any(pattern.search(one) for one in SHOWN)


@pytest.mark.parametrize("row", rows(ENGLISH, (*PROGRAM, "warnings")), ids=lambda row: str(row[0]))
def test_what_the_page_quotes_is_what_the_program_says(row: list[str]) -> None:
    assert [text for text in spans(row[1]) if not is_said(text)] == []


# ------------------------------------------------------------------ WeChat's


def of_the_sandbox() -> set[int]:
    """The errcodes that the sandbox gives: those of its table, of its rules, and its own."""
    found = {*TEXTS, NOT_RECORDED}
    for path in (PACKAGE / "sandbox").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Refusal"), args=[ast.Constant(value=int(code)), *_]):
                    found.add(code)
                case ast.Dict(
                    keys=[ast.Constant(value="errcode"), *_], values=[ast.Constant(value=int(code)), *_]
                ):
                    found.add(code)
    return found - {0}


@PAGES
def test_every_errcode_has_a_row_for_each_of_its_meanings(page: dict[str, Table]) -> None:
    told = Counter(code for row in rows(page, WECHAT) for code in numbers(row))
    known = Counter(code for table in MEANINGS for code in table)
    assert told == known + Counter(of_the_sandbox() - set(known))


def meanings(code: int) -> list[tuple[str, str]]:
    """What a code can mean, and what to do, in the program's words."""
    found = [table[code] for table in MEANINGS if code in table]
    return [(words(one.means or ""), words(one.advice(PLAIN))) for one in found]


@pytest.mark.parametrize("row", rows(ENGLISH, WECHAT), ids=lambda row: str(row[0]))
def test_the_page_says_of_each_errcode_what_the_program_says(row: list[str]) -> None:
    for code in numbers(row):
        fits = [
            plain(means) in plain(row[2]) and plain(todo) in plain(row[4]) for means, todo in meanings(code)
        ]
        assert any(fits) or not fits, code


DOES = {
    "again, up to `--retries` times; add, delete: looks at the list first": errcodes.BUSY,
    "once more": errcodes.ODD,
    "waits about": errcodes.MINUTE,
    "takes a new token once": errcodes.TOKEN,
    "delete: counts as done": errcodes.GONE,
    "takes the id in the reply": errcodes.THERE_ALREADY,
    "deletes first": {code for code, one in errcodes.CODES.items() if one.reason is Reason.FULL},
}
"""What the program does by itself, and of which codes"""


@pytest.mark.parametrize("does", DOES)
def test_what_the_program_does_by_itself(does: str) -> None:
    told = {
        code
        for row in rows(ENGLISH, WECHAT)
        if does in row[3].replace("sends it once more", "")
        for code in numbers(row)
    }
    assert told == set(DOES[does])


def test_what_is_quoted_of_wechat_is_what_the_sandbox_says() -> None:
    source = "\n".join(path.read_text("utf-8") for path in sorted((PACKAGE / "sandbox").rglob("*.py")))
    told = [text for row in rows(ENGLISH, WECHAT) for text in spans(row[1])]
    texts = "\n".join(TEXTS.values()) + source
    assert [text for text in told if not all(part in texts for part in text.split("…"))] == []


def test_the_chinese_page_has_the_same_rows() -> None:
    """The same headings, the same codes, and the same quotations."""
    assert list(CHINESE) == list(ENGLISH)
    for name, table in ENGLISH.items():
        same = 2 if name in (*PROGRAM, *WECHAT, "warnings", "lint") else 1
        assert [row[:same] for row in CHINESE[name]] == [row[:same] for row in table], name
        assert [len(row) for row in CHINESE[name]] == [len(row) for row in table], name


def test_the_chinese_page_is_chinese() -> None:
    for name in (*PROGRAM, *WECHAT, *OTHER):
        for row in CHINESE[name]:
            told = [cell for cell in row[2:] if not spans(cell) and cell != "–"]
            assert all(re.search(r"[一-鿿]|^\[access_token\]", cell) for cell in told), row
