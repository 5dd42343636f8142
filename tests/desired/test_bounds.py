"""Reading costs time in proportion to the file, and what is told of it is bounded, whatever is in it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.app.importing import names_file as choices
from reconciler.app.sending import values_file as letter
from reconciler.core.close_matches import MAX_COMPARED, Guess
from reconciler.core.errors import InputError, count_of
from reconciler.core.model import Group, KeywordRef, Library, LibraryKeyword, Place, Title, Wanted
from reconciler.desired import accounts, proposals
from reconciler.desired import templates as desired
from reconciler.desired.accounts import AccountReader
from reconciler.desired.yaml_nodes import Comment, comments
from reconciler.library.resolve import check, resolve
from reconciler.lint import silence
from reconciler.lint.rules import groups
from reconciler.lint.subjects import Subject

from ..tools import CommandLine

HEAD = "version: 1\ntemplates:\n"


def entries(count: int, entry: str) -> str:
    """So many templates, each of this text, in which @ is its number."""
    return HEAD + "".join(f"  a{at}: {entry.replace('@', str(at))}\n" for at in range(count))


def listed(count: int, item: str) -> str:
    """So many items of a list in one line."""
    return "[" + ", ".join(item.replace("@", str(at)) for at in range(count)) + "]"


def many_of_one_name(count: int) -> str:
    return entries(1, "{id: x, keywords: " + listed(count, "{name: x, keyword_id: @}") + "}")


def one_keyword_again_and_again(count: int) -> str:
    return entries(1, "{id: x, keywords: " + listed(count, "x") + "}")


def alike_but_for_an_id(count: int) -> str:
    return entries(count, "{id: x, keywords: [{name: x, keyword_id: @}]}")


def alike_in_part(count: int) -> str:
    """Each is bare in one place and has an id in the other, so that any two may be the same."""
    text = entries(count // 2, "{id: x, keywords: [{name: x, keyword_id: @}, y]}")
    other = entries(count // 2, "{id: x, keywords: [x, {name: y, keyword_id: @}]}")
    return text + other.removeprefix(HEAD).replace("  a", "  b")


def twins(count: int) -> str:
    return entries(count, "{id: x, keywords: [x]}")


def unknown_templates(count: int) -> str:
    text = entries(count, "{id: '@', keywords: [x]}")
    return text + "accounts:\n  a: {appid: wx1, templates: " + listed(count, "b@") + "}\n"


def unknown_in_groups(count: int) -> str:
    text = "dialect: subscribe\n" + entries(count, "{id: '@', keywords: [x, y]}")
    return text + "groups:\n  a: " + listed(count, "b@") + "\n"


def known_in_groups(count: int) -> str:
    text = "dialect: subscribe\n" + entries(count, "{id: '@', keywords: [x, y]}")
    return text + "groups:\n  a: " + listed(count, "a@") + "\n"


def duplicate_keys(count: int) -> str:
    return HEAD + "  a: {id: x, keywords: [x]}\n" * count


def unknown_fields(count: int) -> str:
    return "version: 1\n" + "".join(f"tamplates{at}: 1\n" for at in range(count)) + "templates: {}\n"


def bad_names(count: int) -> str:
    return entries(count, "{id: x, keywords: [x]}").replace("  a", "  A")


def long_names(count: int) -> str:
    return HEAD + f"  ? {'a' * count * 20}\n  : {{id: x, keywords: [x], ? {'b' * count * 20} : 1}}\n"


def secrets(count: int) -> str:
    return entries(count, "{id: x, secret: 1, keywords: [x]}")


def unseen(count: int) -> str:
    return entries(count, "{id: '@', keywords: [\u3164x@]}")


def unseen_in_one_text(count: int) -> str:
    return entries(1, "{id: x, keywords: ['" + "\u3164x\n\n     " * count + "']}")


def aliases(count: int) -> str:
    text = "version: 1\nx-k: &k [x, y]\ntemplates:\n"
    return text + "".join(f"  a{at}: {{id: '{at}', keywords: *k}}\n" for at in range(count))


def unwanted(count: int) -> str:
    return HEAD + "unwanted: " + listed(count, "w@") + "\n"


def accounts_with_one_appid(count: int) -> str:
    rows = "".join(f"  a{at}: {{appid: wx1}}\n" for at in range(count))
    return "version: 1\ntemplates: {}\naccounts:\n" + rows


KINDS = [
    many_of_one_name, one_keyword_again_and_again, alike_but_for_an_id, alike_in_part, twins,
    unknown_templates, unknown_in_groups, known_in_groups, duplicate_keys, unknown_fields, bad_names,
    long_names, secrets, unseen, unseen_in_one_text, aliases, unwanted, accounts_with_one_appid,
]  # fmt: skip


def events(work: Callable[[], object]) -> int:
    """How many lines and calls of Python, and calls of C, some work takes; its mistakes are none of ours."""
    count = 0

    def step(*_: object) -> Any:
        nonlocal count
        count += 1
        return step

    before = sys.gettrace(), sys.getprofile()
    sys.settrace(step)
    sys.setprofile(step)
    try:
        work()
    except InputError:
        pass
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    return count


def grows_with(work: Callable[[int], object], small: int = 100) -> None:
    """Four times the input takes hardly more than four times the steps: squares would be sixteen."""
    events(lambda: work(small))  # what is computed once and kept
    few, many = (events(lambda count=count: work(count)) for count in (small, 4 * small))  # type: ignore[misc]
    assert many < 6 * few, f"{few} steps became {many}"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_reading_takes_steps_in_proportion(kind: Callable[[int], str]) -> None:
    grows_with(lambda count: desired.read(kind(count).encode(), "t.yaml"))


def test_what_is_the_same_is_not_held_against_each_other() -> None:
    """Comparisons are in C, where no step is counted: so ids count how often they are compared."""
    compared = 0

    class Id(int):
        def __eq__(self, other: object) -> bool:
            nonlocal compared
            compared += 1
            return int(self) == other

        __hash__ = int.__hash__

    reader = desired._Reader("t.yaml", [])
    refs = [KeywordRef("x", Id(at % 400), Place(1, 1)) for at in range(800)]
    reader._refuse_repeats(refs, "a")
    reader._refuse_twins([Wanted("a", "x", (ref,), place=ref.place) for ref in refs])
    assert 0 < compared < 40 * 400
    with pytest.raises(InputError) as caught:
        reader.raise_problems()
    assert sum(map(count_of, caught.value.problems)) == 800


def test_accounts_of_a_file_take_steps_in_proportion() -> None:
    def unknown(count: int) -> object:
        rows = f"a{{}}: {{{{appid: wx{{}}, templates: {listed(20, 'b@')}}}}}\n"
        text = "".join(rows.format(at, at) for at in range(count))
        return accounts.read(text.encode(), "a.yaml", [f"a{at}" for at in range(10 * count)])

    grows_with(unknown, 50)


def test_a_list_that_all_accounts_name_is_read_once() -> None:
    def aliased(count: int) -> object:
        names = [f"t{at}" for at in range(count)]
        text = f"a: {{appid: wx, templates: &t [{', '.join(names)}]}}\n"
        text += "".join(f"a{at}: {{appid: wx{at}, templates: *t}}\n" for at in range(count))
        read = accounts.read(text.encode(), "a.yaml", names)
        assert {one.templates for one in read} == {tuple(names)}
        return read

    grows_with(aliased)


def test_proposals_names_and_values_take_steps_in_proportion() -> None:
    row = "- {title: x@, keywords: [{name: x, example: y, nane: z}]}\n"
    grows_with(lambda count: proposals.read(
        ("version: 1\nproposals:\n" + "".join(row.replace("@", str(at)) for at in range(count))).encode(), "p"
    ))  # fmt: skip
    grows_with(lambda count: choices.read("".join(f"t{at}: Bad\n" for at in range(count)).encode(), "n"))
    grows_with(lambda count: letter.read("".join(f"t{at}: [x]\n" for at in range(count)).encode(), "v"))


def resolved(count: int, name: str) -> object:
    """So many templates of one title with hundred keywords, which all of them mistype."""
    title = Title("AT1", "甲", tuple(LibraryKeyword(at, f"关键词{at}") for at in range(100)))
    wanted = [
        Wanted(f"a{at}", "AT1", (KeywordRef(f"{name}{at}"),), place=Place(at, 1)) for at in range(count)
    ]
    return resolve(wanted, {"AT1": title}, "t.yaml")


def test_mistyped_keywords_take_steps_in_proportion() -> None:
    grows_with(lambda count: resolved(count, "关键字"), 400)


def test_groups_of_many_titles_take_steps_in_proportion() -> None:
    def checked(count: int) -> object:
        subjects = {
            f"a{at}": Subject(f"a{at}", str(at), Place(1, 1), f"题{at}", Place(1, 1), ())
            for at in range(count)
        }
        return list(groups.check(Group("g", tuple(subjects), Place(1, 1)), subjects))

    grows_with(checked, 400)


def test_a_title_is_not_repeated_whole_by_lint(reconciler: CommandLine) -> None:
    Path("proposals.yaml").write_text(
        f"version: 1\nproposals: [{{title: {'购' * 300}, keywords: [{{name: {'点' * 300}, example: x}}]}}]\n",
        "utf-8",
    )
    for form in ("text", "json", "github", "sarif"):
        told = reconciler("lint", "--proposals", "proposals.yaml", "--format", form).out
        assert "购" * 10 in told
        assert not re.search("购{65}|点{65}", told), form


def test_no_more_is_guessed_than_is_cheap() -> None:
    guess = Guess()
    known = [f"name{at}" for at in range(1000)]
    assert guess.close("nam1", known) == "name1"
    while guess.close("nam1", known):
        assert guess.compared <= MAX_COMPARED + len(known)
    assert guess.compared == MAX_COMPARED + len(known)
    assert Guess().close("name" * 20, ["name" * 20 + "1"]) is None


def test_a_comment_of_many_blanks_takes_steps_in_proportion() -> None:
    """A pattern that goes back over blanks takes squares of them, in C: it would not end today."""
    found = list(silence._read([Comment(Place(1, 1), "lint: ignore 1" + " " * 400_000 + "x", 1)])[1])
    assert [one.message for one in found] == ["there is no rule 1" + " " * 62 + "… to ignore"]


# ------------------------------------------------------------------ what is told


def test_hundred_problems_are_told(reconciler: CommandLine) -> None:
    Path("templates.yaml").write_text(unknown_fields(250), "utf-8")
    result = reconciler("validate")
    assert (result.code, result.out) == (1, "")
    lines = [line for line in result.err.splitlines() if not line.startswith("    ")]
    assert [line.partition(": ")[0] for line in lines[:100]] == [
        f"templates.yaml:{at}:1" for at in range(2, 102)
    ]
    assert lines[100:] == ["and 150 more", "250 problems"]
    document = reconciler("validate", "--format", "json").json
    assert (len(document["errors"]), document["more"]) == (100, 150)


def test_of_hundred_none_is_left_out(reconciler: CommandLine) -> None:
    Path("templates.yaml").write_text(unknown_fields(100), "utf-8")
    assert reconciler("validate").err.splitlines()[-1] == "100 problems"
    document = reconciler("validate", "--format", "json").json
    assert (len(document["errors"]), "more" in document) == (100, False)


def test_what_is_found_beyond_all_measure_is_counted() -> None:
    """Neither kept nor told."""
    text = "".join(f"a{at}: {{}}\n" for at in range(25_000)) + "a1: {}\n"
    with pytest.raises(InputError) as caught:
        accounts.read(text.encode(), "a.yaml", [])
    assert len(caught.value.problems) == 101
    assert sum(map(count_of, caught.value.problems)) == 25_001


def test_problems_of_titles_and_of_keywords_are_counted_together() -> None:
    library = Library("wxopen", (Title("AT1", "甲", (LibraryKeyword(1, "乙"),)),), "2026-11-23T10:00:00Z")
    ids = ["AT1", "AT2"] * 80
    wanted = [Wanted(f"a{at}", id_, (KeywordRef("丙"),)) for at, id_ in enumerate(ids)]
    with pytest.raises(InputError) as caught:
        check(wanted, library, "t.yaml", library_file="l.json", hint="look it up")
    assert len(caught.value.problems) == 101
    assert caught.value.problems[-1].message == "and 60 more"


LONG = "q" * 300
ACCOUNTS = "version: 1\ntemplates: {}\naccounts:\n"
QUOTED = {
    "field": f"version: 1\n{LONG}: 1\ntemplates: {{}}\n",
    "name": HEAD + f"  {LONG}: {{}}\n",
    "bad name": HEAD + f"  {LONG.upper()}: {{id: [], keywords: x, title: 1, protect: x, scene: x}}\n",
    "entry": HEAD + f"  a: {LONG}\n",
    "templates": f"version: 1\ntemplates: {LONG}\n",
    "id": HEAD + f"  a: {{id: {'1' * 300}, keywords: [x]}}\n",
    "id of digits": "dialect: subscribe\n" + HEAD + f"  a: {{id: {LONG}, keywords: [x, y]}}\n",
    "id in blanks": HEAD + f"  a: {{id: '{' ' * 300}at1', keywords: [x]}}\n",
    "keyword": HEAD + f"  a: {{id: x, keywords: [{LONG}, {LONG}]}}\n",
    "keywords": HEAD + f"  a: {{id: x, keywords: {LONG}}}\n",
    "keyword id": HEAD + f"  a: {{id: x, keywords: [{{name: x, keyword_id: {LONG}}}]}}\n",
    "number": HEAD + f"  a: {{id: x, keywords: [{'9' * 300}]}}\n",
    "scene": HEAD + f"  a: {{id: x, keywords: [x], scene: {LONG}}}\n",
    "protect": HEAD + f"  a: {{id: x, keywords: [x], protect: {LONG}}}\n",
    "version": f"version: {LONG}\ntemplates: {{}}\n",
    "dialect": f"dialect: {LONG}\n" + HEAD + "  a: {id: x, keywords: [x]}\n",
    "duration": f"retire_after: {LONG}\n" + HEAD,
    "max_deletes": f"max_deletes: '{'1' * 300}'\n" + HEAD,
    "accounts_file": f"accounts_file: ../{LONG}\n" + HEAD,
    "unwanted": f"unwanted: [{LONG}, '{LONG}x']\n" + HEAD,
    "duplicate": HEAD + f"  {LONG}: {{}}\n  {LONG}: {{}}\n",
    "tag": HEAD + f"  a: !!{LONG} x\n",
    "secret": f"version: 1\n{LONG}secret: 1\ntemplates: {{}}\n",
    "account": ACCOUNTS + f"  {LONG}: {{appid: '{LONG} '}}\n  {LONG}-: {{appid: '{LONG} '}}\n",
    "same variables": ACCOUNTS + f"  {LONG}-: {{appid: wx1}}\n  {LONG}_: {{appid: wx2}}\n",
    "account's template": ACCOUNTS + f"  a: {{appid: wx1, templates: [{LONG}]}}\n",
    "group": "dialect: subscribe\n" + HEAD + f"groups: {{{LONG}: [{LONG}], x: {LONG}}}\n",
    "twins": HEAD + f"  {LONG}1: {{id: x, keywords: [x]}}\n  {LONG}2: {{id: x, keywords: [x]}}\n",
    "unseen": HEAD + f"  a: {{id: x, {LONG}: \"\\u3164\"}}\n",
}  # fmt: skip


@pytest.mark.parametrize("text", QUOTED.values(), ids=QUOTED.keys())
def test_no_value_is_repeated_whole(text: str) -> None:
    with pytest.raises(InputError) as caught:
        desired.read(text.encode(), "t.yaml")
    for problem in caught.value.problems:
        assert not re.search(r"q{65}|Q{65}|1{65}|9{65}| {65}", f"{problem.message} {problem.hint}"), problem


@pytest.mark.parametrize(
    "text", ["hush\n", "hush: hush\n- x\n", "- hush\n", "[hush]\n", "12345\n", "'hush'\n"]
)
def test_nothing_of_a_file_that_is_no_mapping_is_repeated(text: str, reconciler: CommandLine) -> None:
    """It may be any file of the machine."""
    Path("accounts.yaml").write_text(text, "utf-8")
    Path("templates.yaml").write_text("version: 1\ntemplates: {}\naccounts_file: accounts.yaml\n", "utf-8")
    read = {"templates.yaml": reconciler("validate"), "x": reconciler("validate", "--file", "accounts.yaml")}
    for result in read.values():
        assert result.code == 1
        assert "hush" not in result.err
        assert "12345" not in result.err


def test_values_in_an_accounts_file_that_are_no_accounts_are_not_repeated() -> None:
    with pytest.raises(InputError) as caught:
        accounts.read(b"password: hush\n", "a.yaml", [])
    assert [one.message for one in caught.value.problems] == ["password: expected a mapping, found a text"]


@pytest.mark.parametrize("text", ["[1]", '"hush"', "12345", json.dumps({"q" * 300: 1})])
def test_nothing_of_a_lock_that_is_none_is_repeated(text: str, reconciler: CommandLine) -> None:
    Path("templates.yaml").write_text("version: 1\ntemplates: {}\n", "utf-8")
    Path("templates.lock.json").write_text(text, "utf-8")
    result = reconciler("plan", "--sandbox", "--lockfile", "templates.lock.json")
    assert result.code == 1
    assert not re.search("hush|12345|q{65}", result.err), result.err


def test_what_is_not_told_of_several_accounts_is_counted(reconciler: CommandLine) -> None:
    accounts = "accounts: {a: {appid: wx1}, b: {appid: wx2}}\n"
    Path("templates.yaml").write_text("version: 1\ntemplates: {}\n" + accounts, "utf-8")
    entries = {f"n{at}": {"template_id": 1, "id": "x", "title": "x", "keywords": []} for at in range(130)}
    lock = {"version": 1, "dialect": "wxopen", "appid": None, "templates": entries}
    for name in ("a", "b"):
        Path(f"{name}.lock.json").write_text(json.dumps(lock), "utf-8")
        Path(".reconciler").mkdir(exist_ok=True)
        Path(f"{name}.lock.json").rename(f".reconciler/templates.{name}.lock.json")
    document = reconciler("--sandbox", "plan", "--format", "json").json
    assert (len(document["errors"]), document["more"]) == (200, 60)
    lines = reconciler("--sandbox", "plan").err.splitlines()
    assert [line for line in lines if "more" in line] == ["a: and 30 more", "b: and 30 more"]
    assert lines[-1] == "260 problems"


def test_comments_are_read_in_proportion() -> None:
    grows_with(lambda count: list(comments(("# x\n" * count + HEAD + "  a: {}\n").encode(), "t.yaml")))


def test_accounts_keep_what_they_share_apart() -> None:
    """A list that stands in one place is that one's alone, though Python may put the next where it was."""
    reader = AccountReader("t.yaml", [], ["t1", "t2"])
    text = b"a: {appid: wx1, templates: [t1]}\nb: {appid: wx2, templates: [t2]}\n"
    assert [one.templates for one in accounts.read(text, "a.yaml", ["t1", "t2"])] == [("t1",), ("t2",)]
    assert reader.accounts == []
