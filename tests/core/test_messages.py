"""What is said: every text has its words, every word its text, and another language is another catalogue."""

from __future__ import annotations

import ast
import gettext
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core import messages
from reconciler.core.messages import Text, Trimmed, english, speak, words

PACKAGE = Path(__file__).parents[2] / "reconciler"


def texts() -> Iterator[tuple[str, str, frozenset[str] | None]]:
    """Of each `Text("id", field=…)` in the code its place, its id and its fields (None: a mapping)."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Text":
                place = f"{path.relative_to(PACKAGE)}:{node.lineno}"
                (id_,) = node.args
                assert isinstance(id_, ast.Constant), f"{place}: an id stands there as it is"
                names = [keyword.arg for keyword in node.keywords]
                fields = None if None in names else frozenset(name for name in names if name is not None)
                yield place, str(id_.value), fields


def fields_of(form: messages.Form) -> frozenset[str]:
    several = (form,) if isinstance(form, str) else form
    return frozenset(name for one in several for _, name, _, _ in string.Formatter().parse(one) if name)


def test_each_text_has_words_for_just_its_fields() -> None:
    wrong = [
        (place, id_)
        for place, id_, fields in texts()
        if id_ not in english() or fields not in (None, fields_of(english()[id_]))
    ]
    assert wrong == []


def test_all_words_are_said_somewhere() -> None:
    assert sorted(set(english()) - {id_ for _, id_, _ in texts()}) == []


def test_an_id_names_its_room() -> None:
    rooms = {path.stem for path in (PACKAGE / "core" / "messages").glob("*.py")} - {"__init__", "catalogue"}
    assert {id_.split(".")[0] for id_ in english()} <= rooms


def test_a_text_is_a_value() -> None:
    one = Text("lock.version", version=3, known=2)
    same = Text("lock.version", known=2, version=3)
    assert (one, hash(one)) == (same, hash(same))
    assert one not in (Text("lock.version", version=4, known=2), Trimmed(one))


def test_long_names_are_cut_in_trimmed_words() -> None:
    text = Text("lock.version", version="x" * 100, known=2)
    assert str(text) == f"the lock is of version {'x' * 100}; this reconciler knows 2"
    assert str(Trimmed(text)) == f"the lock is of version {'x' * 63}… this reconciler knows 2"


def test_the_words_of_others_can_be_changed_wherever_they_stand() -> None:
    inner = Text("lock.version", version="甲", known=2)
    text = Trimmed(Text("core.no-json", why=inner))
    assert text.with_words(str.swapcase) == text
    changed = Trimmed(Text("core.no-json", why=Text("lock.version", version="甲!", known=2)))
    assert text.with_words(lambda words: f"{words}!") == changed
    several = Text("core.no-json", why=("a", inner))
    assert several.with_words(str.upper) == Text("core.no-json", why=("A", inner))


def test_a_count_chooses_its_form() -> None:
    assert (str(Text("core.more", count=1)), str(Text("core.more", count=2))) == ("and 1 more", "and 2 more")


SILENT = ("apply", "desired", "library", "lint", "lock", "plan")
"""Folders that hold no English: they say Text"""

NO_TEXT = {
    "desired/yaml_nodes.py": {"maximum nesting depth"},
    "plan/edited_lock.py": {"edited lock", "git checkout "},
}
"""Of these what looks like it: what libyaml says, codes of problems, a command"""

CODED = {"Caveat", "Problem", "Refusal", "_note", "_stop", "note"}
"""What takes a code first"""


def english_in(path: Path) -> Iterator[str]:
    """Literals with two words beside each other, but for docstrings, codes, and what only we are told."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    others = {id(inner) for node in nodes for part in _no_text(node) for inner in ast.walk(part)}
    for node in nodes:
        text = node.value if isinstance(node, ast.Constant) and id(node) not in others else None
        if isinstance(text, str) and re.search("[a-z]['a-z]* [a-z]", text):
            yield text


def _no_text(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Expr(value=ast.Constant() as docstring):
            yield docstring
        case ast.Assert(msg=ast.expr() as why):
            yield why
        case ast.Raise(exc=ast.Call(func=ast.Name(id="AssertionError" | "TypeError")) as bug):
            yield bug
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            yield from node.args[: name in CODED]
            yield from (keyword.value for keyword in node.keywords if keyword.arg == "code")


@pytest.mark.parametrize("folder", SILENT)
def test_pure_rooms_say_no_english(folder: str) -> None:
    found = {
        path.relative_to(PACKAGE).as_posix(): set(english_in(path))
        for path in sorted((PACKAGE / folder).rglob("*.py"))
    }
    allowed = {path: what for path, what in NO_TEXT.items() if path.startswith(f"{folder}/")}
    assert {path: what for path, what in found.items() if what} == allowed


class Mirrored(gettext.NullTranslations):
    """A catalogue in which every message is told in brackets."""

    def pgettext(self, context: str, message: str) -> str:
        return f"⟦{message}⟧"

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@pytest.fixture
def mirrored() -> Iterator[None]:
    speak(Mirrored())
    yield
    speak(None)


@pytest.mark.usefixtures("mirrored")
def test_another_language_is_another_catalogue() -> None:
    assert words(Text("lock.version", version=3, known=2)) == (
        "⟦the lock is of version 3; this reconciler knows 2⟧"
    )
    assert words("words of a server's") == "words of a server's"
