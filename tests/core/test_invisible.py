"""Characters that nobody sees, or takes for others: what is said of them in files, and that the library may
have them all the same. (What output does with them is in test_cli.py.)"""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.app.importing import names_file as choices
from reconciler.app.sending import values_file as letter
from reconciler.core import json_file, schemas
from reconciler.core.errors import InputError
from reconciler.core.invisible import find, plain
from reconciler.core.model import Desired, KeywordRef, LibraryKeyword, Live, Lock, Slot, Title, Wanted
from reconciler.desired import proposals
from reconciler.desired import templates as desired
from reconciler.library.resolve import resolve
from reconciler.plan.actions import Adopt
from reconciler.plan.decide import decide, questions
from reconciler.plan.facts import Facts

from ..tools import NOW, TOKEN, CommandLine, ScriptedServer

HEAD = "version: 1\ntemplates:\n"
GOOD = f"{HEAD}  a:\n    id: AT0002\n    title: 购买\n    keywords: [甲, 乙]\n"
BLANK = "looks like a plain blank and is none | write a plain blank, or nothing"
INDENT = "look here and at the line above: a colon, a bracket, a quote or the indentation"


def problems(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        desired.read(text.encode(), "t.yaml")
    return [f"{one.where}: {one.message} | {one.hint}" for one in caught.value.problems]


def with_id(text: str) -> str:
    return GOOD.replace("AT0002", text)


MISTAKES = {
    "a no-break space behind a colon": (
        with_id("\xa0AT0002").replace("id: ", "id:"),
        [
            f"t.yaml:4:8: a: U+00A0 (no-break space) {BLANK}",
            f"t.yaml:5:10: not YAML: mapping values are not allowed in this context | {INDENT}",
        ],
    ),
    "a no-break space at an indentation": (
        GOOD.replace("    title", "   \xa0title"),
        [
            f"t.yaml:5:4: U+00A0 (no-break space) {BLANK}",
            "t.yaml:5:4: not YAML",
        ],
    ),
    "wide blanks as indentation": (
        GOOD.replace("    title", "\u3000\u3000title"),
        [
            f"t.yaml:5:1: U+3000 (ideographic space) {BLANK}",
            "t.yaml:6:13: not YAML",
        ],
    ),
    "wide blanks as the only indentation": (
        HEAD + "\u3000a: {id: AT0002, keywords: [甲]}\n",
        [
            "t.yaml:2:11: templates: expected a mapping of names to templates, found nothing"
            " | write a mapping of names to templates",
            f"t.yaml:3:1: U+3000 (ideographic space) {BLANK}",
            "t.yaml:3:1: the file: unknown field \u3000a | indent it with plain blanks",
        ],
    ),
    "wide letters": (
        with_id("ＡＴ０００２"),
        ["t.yaml:4:9: a: ＡＴ０００２ is written in letters or digits of full width | did you mean AT0002?"],
    ),
    "wide digits": (
        "dialect: subscribe\n" + with_id("４０１"),
        ["t.yaml:5:9: a: ４０１ is written in letters or digits of full width | did you mean 401?"],
    ),
    "small letters": (
        with_id("at0002"),
        ["t.yaml:4:9: a: at0002 is written in small letters | did you mean AT0002?"],
    ),
    "blanks around an id": (
        with_id("' AT0002'"),
        ["t.yaml:4:9: a:  AT0002 is written with blanks around it | did you mean AT0002?"],
    ),
    "a wide appid": (
        HEAD.replace(":\n", ": {}\n").replace("1: {}", "1") + "accounts: {p: {appid: ｗｘ１２}}\n",
        [
            "t.yaml:3:23: p: ｗｘ１２ is no appid | did you mean wx12? "
            "(wx and 16 small letters or digits, as the console shows it)"
        ],
    ),
    "a wide name": (
        GOOD.replace("  a:", "  ａ:"),
        [
            "t.yaml:3:3: 'ａ' can't be a template's name | did you mean a? "
            "(small letters, digits and _, a letter first: order_paid)"
        ],
    ),
    "wide values": (
        "prune: ｏｗｎｅｄ\nmax_deletes: ３\nretire_after: ７d\n" + GOOD,
        [
            "t.yaml:1:8: prune: ｏｗｎｅｄ is not known | did you mean owned? (one of: owned, all, none)",
            "t.yaml:2:14: max_deletes: expected a whole number from 0, found the text ３ | did you mean 3?",
            "t.yaml:3:15: retire_after: ７d is no duration | did you mean 7d?",
        ],
    ),
    "a wide field": (
        GOOD.replace("title", "ｔｉｔｌｅ"),
        ["t.yaml:5:5: a: unknown field ｔｉｔｌｅ | did you mean title?"],
    ),
    "a wide secret": (
        GOOD.replace("title: 购买", "ｓｅｃｒｅｔ: hush"),
        [
            "t.yaml:5:5: ｓｅｃｒｅｔ looks like a secret, and no secret may stand in this file"
            " | remove it, renew it, and set WECHAT_APPSECRET in the environment"
        ],
    ),
    "a folded title": (
        GOOD.replace("title: 购买", "title: >\n      购买"),
        ["t.yaml:5:12: title: it ends in a line break, as > has it | write it behind the colon, without >"],
    ),
    "a title in lines": (
        GOOD.replace("title: 购买", "title: |\n      购买\n      成功"),
        ["t.yaml:5:12: title: a line break is in it | write it in one line"],
    ),
    "a folded keyword": (
        GOOD.replace("[甲, 乙]", "\n    - >\n      甲\n    - 乙"),
        ["t.yaml:7:7: keywords: it ends in a line break, as > has it | write it behind the colon, without >"],
    ),
    "in a quoted text of several lines": (
        GOOD.replace("title: 购买", "title: 'x\n        y\u2800z'"),
        ["t.yaml:6:10: title: U+2800 (braille pattern blank) can't be seen | remove it"],
    ),
    "behind an escape": (
        GOOD.replace("购买", '"购\\u3164"'),
        ["t.yaml:5:12: title: U+3164 (hangul filler) can't be seen | remove it"],
    ),
    "behind an emoji": (
        GOOD.replace("购买", "❤\ufe0f"),
        ["t.yaml:5:13: title: U+FE0F (variation selector-16) can't be seen | remove it"],
    ),
    "a tab": (
        GOOD.replace("购买", '"a\\tb"'),
        ["t.yaml:5:12: title: a control character (U+0009) | remove it"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes(text: str, expected: list[str]) -> None:
    found = problems(text)
    if expected[-1].endswith("not YAML"):  # what PyYAML says of it is its own
        found[-1] = found[-1].partition(": not YAML")[0] + ": not YAML"
    assert found == expected


UNSEEN = [*"\x7f\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u180b\u180e\u2003\u200b\u200d\u2028\u202e\u202f\u2060"]
UNSEEN += [*"\u2066\u206f\u2800\u3000\u3164\ufe00\ufe0f\ufeff\uffa0\ufff9\ufffc\ufffd"][:-2]
UNSEEN += [*"\U0001d173\U000e0001\U000e0041\U000e0100\U000e01ef\U000e0fff"]


@pytest.mark.parametrize("char", UNSEEN, ids=ascii)
@pytest.mark.parametrize("field", ["甲", "购买"])
def test_what_cannot_be_seen_is_named_at_its_place(char: str, field: str) -> None:
    (said,) = problems(GOOD.replace(field, f'"{field}\\U{ord(char):08x}x"'))
    assert f"U+{ord(char):04X}" in said
    if char != "\x7f":  # may stand in no YAML, but as an escape
        (said,) = problems(GOOD.replace(field, f"'{field}{char}x'"))
        column = GOOD.splitlines()[4 if field == "购买" else 5].index(field) + 2 + len(field)
        assert said.startswith(f"t.yaml:{5 if field == '购买' else 6}:{column}: ")
        assert f"U+{ord(char):04X}" in said


@pytest.mark.parametrize(
    "text", ["🎉 VIP（ＡＢ）", "é", "e\u0301", "১২", "👍🏽", "ＶＩＰ客户", "a b", "《·》—…"]
)
def test_what_can_be_seen_may_stand_in_titles_and_keywords(text: str) -> None:
    read = desired.read(GOOD.replace("购买", text).replace("甲", f'"{text}"').encode(), "t.yaml").templates[0]
    assert (read.title, read.keywords[0].name) == (text, text)


@given(st.characters())
def test_the_set_is_that_of_unicode(char: str) -> None:
    """All that Python's tables call a control, a format or a blank, but what has a shape of its own."""
    shaped = {
        *range(0x600, 0x606),
        0x6DD,
        0x70F,
        0x890,
        0x891,
        0x8E2,
        0x110BD,
        0x110CD,
        *range(0x13430, 0x13460),
    }
    if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs") and ord(char) not in {
        *shaped,
        0x20,
    }:
        assert find(char)
    if unicodedata.category(char)[0] in "NPS" and char != "\u2800":
        assert not find(char)
    assert find(plain(f"a{char}b")) is None


@given(st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF))
def test_the_schema_says_the_same(char: str) -> None:
    """Of what has one unit in UTF-16: editors have patterns of JavaScript."""
    from jsonschema import Draft202012Validator

    document = {"version": 1, "templates": {"a": {"id": "AT1", "keywords": [f"x{char}x"]}}}
    validator = Draft202012Validator(json.loads(schemas.text("templates")))
    assert validator.is_valid(document) == (find(char) is None)


# ------------------------------------------------------------------ conflict markers


def conflict(text: str, line: str = "\n") -> str:
    return line.join(["<<<<<<< HEAD", text, "||||||| base", "=======", text, ">>>>>>> other", ""])


SAID = "a merge conflict begins here"
REMOVE = "keep what is wanted of both sides, and remove the lines <<<<<<<, ======= and >>>>>>>"


@pytest.mark.parametrize("line", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_conflicts_are_called_that_each_at_its_line(line: str) -> None:
    part = conflict("    title: 购买", line)
    text = GOOD.replace("\n", line).replace("    title: 购买" + line, part + part)
    assert problems(text) == [f"t.yaml:5:1: {SAID} | {REMOVE}", f"t.yaml:11:1: {SAID} | {REMOVE}"]


@pytest.mark.parametrize("marker", ["=======", ">>>>>>> other", "||||||| base"])
def test_what_is_left_of_a_conflict_is_called_that_too(marker: str) -> None:
    assert problems(f"{GOOD}{marker}\n") == [f"t.yaml:7:1: {SAID} | {REMOVE}"]


def test_what_is_no_conflict_is_none() -> None:
    text = GOOD.replace("购买", "======= a").replace("甲", '"<<<<<<< HEAD"') + "# =======\n#<<<<<<< HEAD\n"
    assert desired.read(text.encode(), "t.yaml").templates[0].title == "======= a"


def test_conflicts_in_every_file(reconciler: CommandLine) -> None:
    """Also where nothing of them looks like YAML or JSON."""
    text = "a: 1\n" + conflict("x")
    for read in (
        lambda: proposals.read(text.encode(), "f"),
        lambda: choices.read(text.encode(), "f"),
        lambda: letter.read(text.encode(), "f"),
    ):
        with pytest.raises(InputError) as caught:
            read()
        assert [(one.where, one.message) for one in caught.value.problems] == [("f:2:1", SAID)]
    with pytest.raises(InputError, match="it has a merge conflict in it"):
        json_file.parse(b"{\n||||||| base\n}", "f", code="x", hint="y")
    Path("accounts.yaml").write_text(text, "utf-8")
    Path("templates.yaml").write_text("version: 1\ntemplates: {}\naccounts_file: accounts.yaml\n", "utf-8")
    assert reconciler("validate").err == f"accounts.yaml:2:1: {SAID}\n    {REMOVE}\n"
    Path("l.json").write_text("{}\n" + conflict("x"), "utf-8")
    Path("templates.yaml").write_text(GOOD, "utf-8")
    assert "l.json:2:1: it has a merge conflict in it\n" in reconciler("validate", "--library", "l.json").err


# ------------------------------------------------------------------ what the library has


ODD = Title(
    "AT1",
    "购买\ufe0f\u3000成功",
    (LibraryKeyword(1, "购买\u3164地点：\u200b"), LibraryKeyword(2, "时\xa0间")),
)


def test_what_the_library_has_is_matched_without_what_cannot_be_seen() -> None:
    """It can't be written, and so it counts on neither side; what is sent and recorded is the library's."""
    wanted = Wanted("a", "AT1", (KeywordRef("时 间"), KeywordRef("购买地点")), "购买 成功")
    spec = resolve([wanted], {"AT1": ODD}, "t.yaml")["a"]
    assert [one.keyword_id for one in spec.keywords] == [2, 1]
    assert spec.title == ODD.title
    wish = Desired((wanted,))
    live = Live(
        "T",
        "购买\ufe0f\u3000成功",
        (Slot("时\xa0间", "keyword1"), Slot("购买\u3164地点：\u200b", "keyword2")),
    )
    made = decide(Facts.of(wish, Lock(), [live], {"AT1": ODD}), {"a": spec}, now=NOW)
    assert [action.kind for action in made.actions] == ["adopt"]
    (action,) = made.of(Adopt)
    lock = Lock(templates={"a": action.entry})
    assert questions(Facts.of(wish, lock, [live], {})).titles == set()
    assert decide(Facts.of(wish, lock, [live], {}), {}, now=NOW).actions == ()


def test_an_account_with_such_names_is_imported(
    reconciler: CommandLine, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is as it should be afterwards; of two names that look alike each is written with its id."""
    monkeypatch.setenv("RECONCILER_ENDPOINT", scripted.url)
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", TOKEN)
    title = "购买\u3000成功\ufe0f"
    content = "地\xa0点{{keyword1.DATA}}\n时\u200b间{{keyword2.DATA}}\n时间{{keyword3.DATA}}\n"
    names = ["地\xa0点", "时\u200b间", "时间"]
    found = [{"keyword_id": at, "name": name, "example": "x"} for at, name in enumerate(names)]
    scripted.on(
        "/cgi-bin/wxopen/template/list",
        {"errcode": 0, "list": [{"template_id": "T", "title": title, "content": content, "example": ""}]},
    )
    scripted.on(
        "/cgi-bin/wxopen/template/library/list",
        {"errcode": 0, "list": [{"id": "AT1", "title": title}], "total_count": 1},
    )
    scripted.on(
        "/cgi-bin/wxopen/template/library/get",
        {"errcode": 0, "id": "AT1", "title": title, "keyword_list": found},
    )
    result = reconciler("import")
    assert result.code == 0, result.err
    (read,) = desired.read(Path("templates.yaml").read_bytes(), "t.yaml").templates
    assert read.title == "购买 成功"
    assert [(one.name, one.keyword_id) for one in read.keywords] == [
        ("地 点", None),
        ("时间", 1),
        ("时间", 2),
    ]
    assert reconciler("plan", "--detailed-exitcode").out.splitlines()[-1] == "no changes: 1 kept"
