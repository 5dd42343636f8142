"""Every command's JSON document, of every end that it can come to, held against its schema (see shapes)."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reconciler.app.signals import ending
from reconciler.cli.console import Console
from reconciler.cli.document import BLANKS
from reconciler.cli.errors import guarded
from reconciler.core import schemas
from reconciler.core.errors import CallError, IncompleteError, InputError, Problem, RefusedError, StoppedError
from reconciler.core.model import Caveat, Place, Unwanted
from reconciler.desired import accounts
from reconciler.plan import planfile as document
from reconciler.plan import planfile_rows as rows
from reconciler.plan.decision import Decision
from reconciler.sandbox.accounts import SECRET

from ..accounts import ADD, LIST, Account, held
from ..odd import ACCOUNT
from ..plan.deciding import decided
from ..shapes import fits
from ..tools import CommandLine, desired, entry, live, lock, wanted

YAML = """\
version: 1
templates:
  order_paid:
    id: AT0002
    title: 购买成功通知
    keywords: [购买地点, 购买时间, 物品名称]
  order_failed: {id: AT0003, keywords: [商品名称, 失败原因]}
"""
ACCOUNTS = """\
accounts:
  staging: {appid: wx0000000000000001}
  prod: {appid: wx0000000000000002, templates: [order_paid]}
"""
JSON = ("--format", "json")


def write(text: str = YAML, path: str = "templates.yaml") -> None:
    Path(path).write_text(text, "utf-8")


def break_it(url: str, *faults: str) -> None:
    body = json.dumps({"faults": list(faults)}).encode()
    urllib.request.urlopen(f"{url}/_sandbox/faults", body).close()


def outcomes(made: Any) -> list[tuple[str | None, str]]:
    return [(row["account"], row["outcome"]) for row in made["accounts"]]


@pytest.fixture
def fleet(sandbox: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A templates.yaml of two accounts, and the emulator that has them."""
    write(YAML + ACCOUNTS)
    monkeypatch.setenv("RECONCILER_ENDPOINT", sandbox)
    monkeypatch.setenv("WECHAT_APPSECRET", SECRET)
    return sandbox


# ---------------------------------------------------------------- each command at its best


def test_what_the_commands_print_fits_their_schemas(reconciler: CommandLine, entrance: str) -> None:
    write()

    def run(*words: str, code: int = 0) -> Any:
        result = reconciler(*words, *JSON)
        assert (result.code, result.err) == (code, ""), words
        return fits(" ".join(words[:2]), result.out)

    assert run("validate") == {"version": 1, "valid": True, "errors": []}
    planned = run("plan", "--detailed-exitcode", code=2)
    assert (outcomes(planned), planned["errors"]) == ([(None, "pending")], [])
    assert [row["where"] for row in planned["accounts"][0]["actions"]] == [
        "templates.yaml:7:3",
        "templates.yaml:3:3",
    ]
    applied = run("apply", "--yes")
    assert (outcomes(applied), applied["locks"]) == ([(None, "applied")], ["templates.lock.json"])
    assert [(one["action"], one["name"]) for one in applied["accounts"][0]["done"]] == [
        ("add", "order_failed"), ("add", "order_paid"),
    ]  # fmt: skip
    again = run("apply")
    assert (outcomes(again), again["locks"]) == ([(None, "unchanged")], [])
    assert outcomes(run("plan")) == [(None, "unchanged")]
    run("doctor")
    run("lint")
    run("lint", "--explain", "all")
    assert run("library", "search", "购买")["found"]
    assert run("library", "show", "AT0002")["titles"][0]["title"] == "购买成功通知"
    assert run("library", "pull")["titles"]
    run("library", "search", "购买", "--library", "library.json")
    run("sandbox", "messages")
    Path("templates.yaml").unlink()
    Path("templates.lock.json").unlink()
    assert len(run("import")["added"]) == 2


def test_a_lock_is_told_as_it_is_found_from_here(reconciler: CommandLine, entrance: str) -> None:
    Path("shop").mkdir()
    write(path="shop/templates.yaml")
    made = reconciler("apply", "--yes", "--file", str(Path("shop/templates.yaml").resolve()), *JSON)
    assert fits("apply", made.out)["locks"] == ["shop/templates.lock.json"]
    os.chdir("shop")
    write(YAML.replace("失败原因", "购买时间"))
    assert fits("apply", reconciler("apply", "--yes", *JSON).out)["locks"] == ["templates.lock.json"]


# ---------------------------------------------------------------- failures

PROBLEM = Problem("some code", "some message", "templates.yaml:1:1", "some hint")
ENDS: dict[str, tuple[Callable[[], BaseException], int]] = {
    "input": (lambda: InputError(PROBLEM), 1),
    "call": (lambda: CallError(PROBLEM, errcode=40001), 1),
    "bug": (lambda: ZeroDivisionError("with a secret"), 1),
    "guard": (lambda: RefusedError(PROBLEM), 3),
    "incomplete": (lambda: IncompleteError(PROBLEM), 4),
    "usage": (lambda: click.UsageError("no such option"), 64),
    "stopped": (lambda: StoppedError(PROBLEM), 130),
    "signal": (KeyboardInterrupt, 130),
}


@pytest.mark.parametrize(
    ("command", "end"),
    [(command, end) for command in BLANKS for end in ENDS if end != "guard" or command == "import"],
)
def test_a_failure_prints_the_document_of_its_command(
    command: str, end: str, capsys: pytest.CaptureFixture[str]
) -> None:
    raised, code = ENDS[end]

    def fail() -> None:
        raise raised()

    assert guarded([*command.split(), *JSON], {}, fail) == code
    out, err = capsys.readouterr()
    made = fits(command, out)
    assert (err, set(BLANKS[command]) <= set(made)) == ("", True)
    assert len(made["errors"]) == (0 if end == "guard" else 1)
    if end == "guard":
        assert made["refused"] == [
            {"guard": "some code", "message": "some message", "lift": "some hint", "where": PROBLEM.where}
        ]


@pytest.mark.parametrize("command", [*BLANKS, "library bogus"])
@pytest.mark.parametrize(
    "words",
    [
        lambda command: [*command, "--bogus", "--format", "json"],
        lambda command: [*command, "--format=json", "--bogus"],
        lambda command: ["--format=json", "--file", "x.yaml", *command, "--bogus"],
    ],
)
def test_wrong_usage_prints_the_document_of_its_command(
    reconciler: CommandLine, command: str, words: Callable[[list[str]], list[str]]
) -> None:
    result = reconciler(*words(command.split()))
    assert (result.code, result.err) == (64, "")
    made = fits(command, result.out)
    assert made["errors"][0]["code"] == "usage"
    assert list(made) == ["version", *BLANKS.get(command, BLANKS["library"]), "errors"]


@pytest.mark.parametrize(
    "words",
    [
        ["--format", "json"],
        ["--format", "json", "bogus"],
        ["bogus", "--format=json"],
        ["--format", "json", "sandbox"],
        ["sandbox", "bogus", "--format", "json"],
        ["schema", "bogus", "--format", "json"],
        ["--format", "json", "--bogus"],
    ],
)
def test_where_no_command_is_known_a_failure_is_the_smallest_document(
    reconciler: CommandLine, words: list[str]
) -> None:
    result = reconciler(*words)
    assert (result.code, result.err) == (64, "")
    assert list(json.loads(result.out)) == ["version", "errors"]


def test_the_format_of_the_environment_is_that_of_errors(
    reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_FORMAT", "json")
    result = reconciler("plan", "--bogus")
    assert (result.code, result.err, fits("plan", result.out)["accounts"]) == (64, "", [])
    assert reconciler("plan", "--bogus", "--format", "text").out == ""


READERS = ["plan", "apply", "validate", "import", "doctor", "lint", "send x --to o", "library pull"]


@pytest.mark.parametrize("content", [None, "templates: [", "version: 1\ntemplates: {}\nx: 1\n"])
@pytest.mark.parametrize("command", [*READERS, "library search 甲", "library show AT0002"])
def test_where_templates_yaml_is_wrong_no_account_is_known(
    reconciler: CommandLine, command: str, content: str | None
) -> None:
    if content is not None:
        write(content)
    result = reconciler(*command.split(), *JSON)
    made = fits(command, result.out)
    assert result.code == 1
    assert made["errors"]
    assert made.get("accounts", []) == []


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_an_account_that_fails_before_it_is_judged_has_its_row(
    reconciler: CommandLine, fleet: str, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("WECHAT_APPSECRET_PROD", "w" * 32)
    one = fits(command, reconciler(command, "--account", "prod", *JSON).out)
    both = fits(command, reconciler(command, *(["--yes"] if command == "apply" else []), *JSON).out)
    (row,) = one["accounts"]
    assert row == {
        "account": "prod",
        "appid": "wx0000000000000002",
        "dialect": "wxopen",
        "outcome": "failed",
        "digest": None,
        "inputs": {"yaml": None, "lock": None, "account": None},
        **{key: [] for key in ("actions", "keep", "refused", "retired", "unmanaged", "warnings")},
        **({"done": []} if command == "apply" else {}),
    }
    assert outcomes(both) == [("staging", "applied" if command == "apply" else "pending"), ("prod", "failed")]
    assert both["accounts"][1] == row
    assert [[error["account"] for error in made["errors"]] for made in (one, both)] == [["prod"], ["prod"]]


def test_a_plan_that_cannot_be_written_is_told_all_the_same(reconciler: CommandLine, fleet: str) -> None:
    for words in ([], ["--account", "prod"]):
        result = reconciler("plan", "--out", "nowhere/plan.json", *words, *JSON)
        made = fits("plan", result.out)
        assert result.code == 1
        assert {outcome for _, outcome in outcomes(made)} == {"pending"}
        assert [(one["code"], one["where"]) for one in made["errors"]] == [
            ("not written", "nowhere/plan.json")
        ]


# ---------------------------------------------------------------- outcomes of applies


def test_what_guards_refuse_stands_in_refused_alone(reconciler: CommandLine, entrance: str) -> None:
    write()
    reconciler("apply", "--yes")
    write("version: 1\nmax_deletes: 0\ntemplates: {}\n")
    result = reconciler("apply", "--yes", *JSON)
    made = fits("apply", result.out)
    assert (result.code, outcomes(made), made["errors"], made["locks"]) == (3, [(None, "refused")], [], [])
    assert {one["guard"] for one in made["accounts"][0]["refused"]} >= {"too many deletes"}


def test_what_guards_refuse_in_a_fleet_is_no_error(reconciler: CommandLine, fleet: str) -> None:
    reconciler("apply", "--yes")
    write(
        "version: 1\nmax_deletes: 0\ntemplates:\n"
        + YAML.splitlines(True)[-1]
        + ACCOUNTS.replace("order_paid", "order_failed")
    )
    result = reconciler("apply", "--yes", *JSON)
    made = fits("apply", result.out)
    assert (result.code, made["errors"], made["locks"]) == (3, [], [])
    assert outcomes(made)[0] == ("staging", "refused")


def test_an_apply_that_nobody_agreed_to_is_pending(reconciler: CommandLine, fleet: str) -> None:
    for words in ([], ["--account", "prod"]):
        result = reconciler("apply", *words, *JSON)
        made = fits("apply", result.out)
        assert (result.code, [one["code"] for one in made["errors"]]) == (1, ["not confirmed"])
        assert {outcome for _, outcome in outcomes(made)} == {"pending"}
        assert made["locks"] == []


def test_an_apply_that_fails_midway_tells_what_it_did(reconciler: CommandLine, entrance: str) -> None:
    write()
    break_it(entrance, "add@2=45026")
    result = reconciler("apply", "--yes", "--parallelism", "1", *JSON)
    made = fits("apply", result.out)
    assert (result.code, outcomes(made), made["locks"]) == (4, [(None, "failed")], ["templates.lock.json"])
    assert [one["action"] for one in made["accounts"][0]["done"]] == ["add"]
    assert made["errors"][0]["code"] == "errcode 45026"


def test_a_lock_that_was_not_written_is_not_among_the_locks(reconciler: CommandLine, entrance: str) -> None:
    write()
    break_it(entrance, "add=40037")
    result = reconciler("apply", "--yes", *JSON)
    made = fits("apply", result.out)
    assert (result.code, made["locks"], Path("templates.lock.json").exists()) == (1, [], False)


def test_a_fleet_that_fails_fast_has_a_row_for_what_was_not_begun(
    reconciler: CommandLine, fleet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WECHAT_APPSECRET_STAGING", "w" * 32)
    for words in (["plan"], ["apply", "--yes"]):
        made = fits(words[0], reconciler(*words, "--fail-fast", "--parallelism", "1", *JSON).out)
        assert outcomes(made) == [("staging", "failed"), ("prod", "interrupted")]


def test_the_text_of_a_fleet_names_locks_and_new_ids(reconciler: CommandLine, fleet: str) -> None:
    reconciler("apply", "--yes", "--account", "staging")
    break_it(fleet, "add=45026:after")
    result = reconciler("apply", "--yes")
    assert result.code == 4
    break_it(fleet)
    result = reconciler("apply", "--yes")
    assert result.code == 0
    (row,) = json.loads(Path("templates.prod.lock.json").read_text("utf-8"))["templates"].values()
    assert result.out.splitlines()[-5:] == [
        "staging  wx0000000000000001  no changes: 2 kept",
        "prod     wx0000000000000002  done: 1 adopted",
        "  the lock is templates.prod.lock.json",
        f"  order_paid  {row['template_id']}",
        "2 accounts: 1 changed, 1 without changes",
    ]


def test_the_text_of_many_accounts_names_the_folder_of_the_locks(reconciler: CommandLine, fleet: str) -> None:
    shops = "".join(f"  s{n}: {{appid: wx{n:016}}}\n" for n in range(11))
    Path("shop").mkdir()
    write(YAML + "accounts:\n" + shops, "shop/templates.yaml")
    result = reconciler("apply", "--yes", "--file", "shop/templates.yaml")
    assert (result.code, result.out.splitlines()[-3:]) == (
        0,
        [
            "s10  wx0000000000000010  done: 2 added",
            "11 accounts: 11 changed",
            "11 locks were written into shop",
        ],
    )
    os.chdir("shop")
    Path("templates.s10.lock.json").unlink()
    assert reconciler("apply", "--yes").out.splitlines()[-1] == "1 lock was written", "into this folder"


# ---------------------------------------------------------------- signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("path", "done"), [(LIST, 0), (ADD, 1)])
def test_an_interrupted_apply_prints_one_document(
    account: Account, number: signal.Signals, path: str, done: int
) -> None:
    with held(account, path, *JSON) as process:
        process.send_signal(number)
        if path == ADD:
            assert process.stderr is not None
            process.stderr.readline()
            account.held = set()
        out, _ = process.communicate(timeout=60)
    made = fits("apply", out)
    assert (process.returncode, outcomes(made)) == (130, [(None, "interrupted")])
    assert [one["code"] for one in made["errors"]] == ["interrupted"]
    assert (len(made["accounts"][0]["done"]), len(made["locks"])) == (done, done)


@pytest.mark.parametrize("times", [1, 2])
def test_a_document_that_a_signal_meets_is_written_to_its_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], times: int
) -> None:
    """A second signal cuts it off: whoever reads may have stopped."""
    made = {"version": 1, "valid": True}
    parts: list[str] = []

    class Signalled(io.StringIO):
        def write(self, text: str) -> int:
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGTERM)
            parts.append(text)
            return len(text)

    monkeypatch.setattr(sys, "stdout", Signalled())
    with ending():
        assert guarded(["validate", *JSON], {}, lambda: Console(json=True).document(made)) == 130
    assert [json.loads(part) for part in parts] == ([{**made, "errors": []}] if times == 1 else [])
    assert capsys.readouterr().err == "error: interrupted; nothing was changed\n", "no second document"


FLEET = "accounts: {a: {appid: wx1}, b: {appid: wx2}, c: {appid: wx3}}\n"


@pytest.mark.parametrize("path", [LIST, ADD])
def test_an_interrupted_fleet_has_a_row_for_each_account(
    account: Account, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    write("version: 1\ntemplates: {a: {id: AT1, keywords: [甲]}, b: {id: AT2, keywords: [甲]}}\n" + FLEET)
    for name in "ABC":
        monkeypatch.setenv(f"WECHAT_ACCESS_TOKEN_{name}", f"TOKEN-{name}")
    monkeypatch.delenv("WECHAT_ACCESS_TOKEN")
    with held(account, path, "--parallelism", "1", *JSON) as process:
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        process.stderr.readline()
        account.held = set()
        out, _ = process.communicate(timeout=60)
    made = fits("apply", out)
    assert (process.returncode, outcomes(made)) == (130, [(name, "interrupted") for name in "abc"])
    assert [len(row["done"]) for row in made["accounts"]] == [1 if path == ADD else 0, 0, 0]


def test_a_protected_account_of_an_accounts_file_is_told_where_it_stands(
    reconciler: CommandLine, fleet: str
) -> None:
    write("a: {appid: wx0000000000000001}\nb: {appid: wx0000000000000002, protect: true}\n", "shops.yaml")
    write(YAML + "accounts_file: shops.yaml\n")
    assert reconciler("apply", "--yes").code == 0
    write(YAML.replace("失败原因", "购买时间") + "accounts_file: shops.yaml\n")
    made = fits("plan", reconciler("plan", *JSON).out)
    assert [[(one["guard"], one["where"]) for one in row["refused"]] for row in made["accounts"]] == [
        [], [("protected", "shops.yaml:2:1")],
    ]  # fmt: skip
    assert outcomes(made) == [("a", "pending"), ("b", "refused")]


# ---------------------------------------------------------------- plans as values


def test_where_says_what_yaml_speaks_of() -> None:
    ids = {"unwanted": (Unwanted("X", Place(9, 3)),)}
    wish = desired(wanted("a", "AT1", "乙", place=Place(4, 3)), **ids)
    there = (live("A", "AT1", "甲"), live("B", "AT2", "乙"), live("X", "AT2", "丙"))
    locked = lock(a=entry("A", "AT1", "甲"), b=entry("B", "AT2", "乙"))
    made = document.of([Decision(wish, locked, there, decided(wish, locked, there), file="t.yaml")])
    assert [(row["action"], row["name"], row["where"]) for row in made["accounts"][0]["actions"]] == [
        ("add", "a", "t.yaml:4:3"),
        ("delete", None, "t.yaml:9:3"),
        ("delete", "a", "t.yaml:4:3"),
        ("delete", "b", None),
    ]


def test_what_stands_in_an_accounts_file_is_told_there() -> None:
    (shop,) = accounts.read(b"x-y:\n  appid: wx1\n", "shops.yaml", [])
    said = rows.of_warnings([Caveat("some code", "some message", None, shop.place)], "templates.yaml")
    assert [one["where"] for one in said] == ["shops.yaml:1:1"]


def test_a_plan_file_may_hold_fields_that_are_not_known_here() -> None:
    """A later edition writes more; nothing that is missing is read as if it were there."""
    wish, there = desired(wanted("a", "AT1", "乙")), (live("A", "AT1", "甲"),)
    made = document.of([Decision(wish, lock(), there, decided(wish, lock(), there))])
    later = {**made, "later": 1, "accounts": [{**made["accounts"][0], "later": []}]}
    assert document.loads(document.dumps(later).encode(), "p.json") == later
    for key in ("errors", "accounts"):
        with pytest.raises(InputError) as caught:
            document.loads(document.dumps({**made, key: None}).encode(), "p.json")
        assert caught.value.problems[0].code == "bad plan"


def test_what_the_schemas_of_plan_and_apply_share_is_the_same() -> None:
    plan, apply = (json.loads(schemas.text(name)) for name in ("plan", "apply"))
    done = apply["$defs"].pop("done")
    assert done["properties"]["action"] == plan["$defs"]["action"]["properties"]["action"]
    assert apply["$defs"]["account"]["properties"].pop("done")["items"] == {"$ref": "#/$defs/done"}
    apply["$defs"]["account"]["required"].remove("done")
    apply["properties"].pop("locks")
    apply["required"].remove("locks")
    assert (apply["$defs"], apply["properties"], sorted(apply["required"])) == (
        plan["$defs"], plan["properties"], sorted(plan["required"]),
    )  # fmt: skip


@pytest.mark.parametrize("name", schemas.NAMES)
def test_each_schema_is_printed(reconciler: CommandLine, name: str) -> None:
    assert reconciler("schema", name).out == schemas.text(name)


@pytest.mark.parametrize("above", ["", "accounts:\n  "])
@pytest.mark.parametrize(
    ("entry_of", "said"),
    [
        ("a:", "nothing"),
        ("a: null", "nothing"),
        ("a: 3", "a number"),
        ("a: wx2", "a text"),
        ("a: ~", "nothing"),
    ],
)
def test_an_account_with_nothing_behind_its_name_is_not_passed_over(
    above: str, entry_of: str, said: str
) -> None:
    text = f"{above}{entry_of}\n{'  ' if above else ''}b: {{appid: wx1}}\n"
    with pytest.raises(InputError) as caught:
        accounts.read(text.encode(), "shops.yaml", [])
    (problem,) = caught.value.problems
    assert (problem.message, problem.hint) == (
        f"a: expected a mapping, found {said}", "write `a: {appid: wx…}`",
    )  # fmt: skip


NAMED = st.dictionaries(st.sampled_from(["a", "b-1", "b_1", "B"]), ACCOUNT, max_size=3)
BEYOND = {"same appid twice", "same variables", "unknown template"}


@given(st.one_of(NAMED, st.fixed_dictionaries({"accounts": NAMED}, optional={"version": st.just(1)})))
def test_reader_and_schema_agree_on_an_accounts_file(value: dict[str, Any]) -> None:
    try:
        accounts.read(json.dumps(value, ensure_ascii=False).encode(), "a.yaml", ["a", "b_1"])
        codes: set[str] = set()
    except InputError as error:
        codes = {problem.code for problem in error.problems}
    validator = Draft202012Validator(json.loads(schemas.text("accounts")))
    assert bool(codes - BEYOND) == (not validator.is_valid(value)), (codes, value)
