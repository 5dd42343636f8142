"""The accounts of a file: read one by one, chosen, shared out, entered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.app.access.credentials import credentials_of
from reconciler.core.errors import InputError
from reconciler.core.model import Account
from reconciler.desired import accounts
from reconciler.desired.accounts import Shard

PROD = Account("shop-1", "wx1")
TOKEN, APPID, SECRET = "WECHAT_ACCESS_TOKEN", "WECHAT_APPID", "WECHAT_APPSECRET"


def read(text: str) -> list[tuple[str, str, bool, tuple[str, ...] | None]]:
    found = accounts.read(text.encode(), "a.yaml", ["order_paid"])
    return [(one.name, one.appid, one.protect, one.templates) for one in found]


def problems(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(text)
    return [f"{one.where}: {one.message} | {one.hint}" for one in caught.value.problems]


@pytest.mark.parametrize("start", ["", "version: 1\naccounts:\n"])
def test_an_accounts_file_is_read_with_or_without_the_key(start: str) -> None:
    indent = "  " if start else ""
    lines = ["a: {appid: wx1}", "b-1: {appid: wx2, protect: true, templates: [order_paid]}"]
    text = start + "".join(f"{indent}{line}\n" for line in lines)
    assert read(text) == [("a", "wx1", False, None), ("b-1", "wx2", True, ("order_paid",))]


def test_what_is_wrong_in_an_accounts_file_is_told_at_once() -> None:
    text = (
        "a: {appid: wx1}\na: {appid: wx2}\nB: {appid: wx3}\nc: {appid: wx1, templates: [order]}\n"
        "d: wx4\ne: [wx5]\nf: {appid: wx6, secret: hush}\ng: {appid: 7}\n"
    )
    assert problems(text) == [
        "a.yaml:2:1: duplicate key a: first on line 1 | keep one of them",
        "a.yaml:3:1: 'B' can't be an account's name | small letters, digits, _ and -, a letter first: shop-1",
        "a.yaml:4:1: c has the appid of a on line 1 | keep one of them, or correct the appid",
        "a.yaml:4:29: c: there is no template order | did you mean order_paid?",
        "a.yaml:5:4: d: expected a mapping, found a text | write `d: {appid: wx…}`",
        "a.yaml:6:4: e: expected a mapping, found a list | write a mapping",
        "a.yaml:7:17: secret looks like a secret, and no secret may stand in this file | "
        "remove it, renew it, and set WECHAT_APPSECRET in the environment",
        'a.yaml:8:12: g: appid: expected text, found the number 7 | YAML reads 7 as a number: quote it, "7"',
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[]", "a.yaml:1:1: the file: expected a mapping of names to accounts, found a list | "
               "write a mapping of names to accounts"),
        ("{}", "a.yaml:1:1: the file holds no accounts | write `shop1: {appid: wx…}`, one line an account"),
        ("version: 2\naccounts: {a: {appid: wx1}}",
         "a.yaml:1:10: this version is not known here | write `version: 1`, or install a newer reconciler"),
        ("accounts: []", "a.yaml:1:11: accounts: expected a mapping of names to accounts, found a list | "
                         "write a mapping of names to accounts"),
    ],
)  # fmt: skip
def test_files_that_hold_no_accounts(text: str, problem: str) -> None:
    assert problem in problems(text)


def test_a_file_of_thousands_leaves_no_tree_behind() -> None:
    """Each entry is given away when it is complete: what is left of the tree is its keys."""
    from reconciler.desired.yaml_nodes import Mapping, stream

    text = "".join(f"shop-{n}: {{appid: wx{n}, templates: [order_paid]}}\n" for n in range(3000))
    seen: list[str] = []
    root, found = stream(text.encode(), "a.yaml", lambda name, _place, _node: seen.append(name), under="x")
    assert len(seen) == 3000
    assert not found
    assert isinstance(root, Mapping)
    assert {id(value) for _, value in root.items.values()} == {id(root.items["shop-0"][1])}


# ---------------------------------------------------------------- choosing


@given(st.sets(st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)), st.integers(1, 12))
def test_the_shards_are_the_whole_each_account_once(names: set[str], count: int) -> None:
    shards = [Shard(index, count) for index in range(1, count + 1)]
    assert [sum(shard.has(name) for shard in shards) for name in names] == [1] * len(names)


def test_a_shard_is_stable_and_even() -> None:
    """Frozen: another hash would move accounts between the jobs of a matrix that is at work."""
    names = [f"shop-{n}" for n in range(8000)]
    sizes = [sum(Shard(index, 8).has(name) for name in names) for index in range(1, 9)]
    assert sizes == [973, 1052, 1027, 951, 946, 1016, 1032, 1003]


def test_chosen_accounts_keep_the_order_of_the_command_line_and_come_once() -> None:
    all_ = [Account("a", "wx1"), Account("b", "wx2"), Account("c", "wx3")]
    assert [one.name for one in accounts.choose(all_, [], None, "t.yaml")] == ["a", "b", "c"]
    assert [one.name for one in accounts.choose(all_, ["c", "a", "c"], None, "t.yaml")] == ["c", "a"]


def test_accounts_that_nobody_knows_are_told_together() -> None:
    all_ = [Account("staging", "wx1"), Account("prod", "wx2")]
    with pytest.raises(InputError) as caught:
        accounts.choose(all_, ["stagin", "prod", "x"], None, "t.yaml")
    assert [(one.message, one.hint) for one in caught.value.problems] == [
        ("there is no account stagin", "did you mean staging?"),
        ("there is no account x", "there are: staging, prod"),
    ]


# ---------------------------------------------------------------- credentials


@pytest.mark.parametrize(
    ("environment", "entrance"),
    [
        ({f"{TOKEN}_SHOP_1": "own", TOKEN: "plain"}, ("own", None)),
        ({f"{SECRET}_SHOP_1": "own", TOKEN: "plain"}, (None, "own")),
        ({TOKEN: "plain", SECRET: "plain"}, ("plain", None)),
        ({SECRET: "plain"}, (None, "plain")),
        ({SECRET: "plain", APPID: "wx1"}, (None, "plain")),
        ({f"{APPID}_SHOP_1": "wx1", f"{SECRET}_SHOP_1": "own", APPID: "wx2"}, (None, "own")),
    ],
)
def test_an_accounts_own_variables_come_first(
    environment: dict[str, str], entrance: tuple[str | None, str | None]
) -> None:
    found = credentials_of(PROD, environment)
    assert (found.appid, found.token, found.secret) == ("wx1", *entrance)


@pytest.mark.parametrize(
    ("environment", "message", "hint"),
    [
        ({}, "shop-1: no credentials in the environment",
         f"set {SECRET}_SHOP_1, or {TOKEN}_SHOP_1"),
        ({TOKEN: "plain", APPID: "wx2"},
         f"shop-1: no credentials in the environment; those of {APPID} are another account's",
         f"set {SECRET}_SHOP_1, or {TOKEN}_SHOP_1; "
         f"or unset {APPID}, if the plain variables serve all accounts"),
        ({f"{APPID}_SHOP_1": "wx2", f"{SECRET}_SHOP_1": "own"},
         f"shop-1: {APPID}_SHOP_1 is wx2, templates.yaml says wx1", "correct one of them"),
        ({f"{SECRET}_SHOP_1": "a b"}, f"{SECRET}_SHOP_1 holds a blank or a character that no credential has",
         "set it again: it is made of letters, digits and a few signs"),
    ],
)  # fmt: skip
def test_an_account_without_credentials_says_which_variable_to_set(
    environment: dict[str, str], message: str, hint: str
) -> None:
    with pytest.raises(InputError) as caught:
        credentials_of(PROD, environment)
    assert [(one.message, one.hint) for one in caught.value.problems] == [(message, hint)]


def test_a_plain_token_is_not_used_for_two_accounts() -> None:
    with pytest.raises(InputError) as caught:
        credentials_of(PROD, {TOKEN: "plain"}, shared={"wx1": "shop-1", "wx2": "shop-2"})
    assert [(one.message, one.hint) for one in caught.value.problems] == [
        (
            f"shop-1: {TOKEN} is one account's token, and shop-2 would use it, too",
            f"set {TOKEN}_SHOP_1 or {SECRET}_SHOP_1, or choose one with --account",
        )
    ]
