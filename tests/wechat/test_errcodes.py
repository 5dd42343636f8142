"""What errcodes mean: every code of wechat-api.md §6 and §7 is explained, and is of the right kind."""

from __future__ import annotations

import pytest

from reconciler.core.errors import CallError, Problem, Reason
from reconciler.core.messages import words
from reconciler.wechat import errcodes
from reconciler.wechat.credential_names import PLAIN, CredentialNames
from reconciler.wechat.errcodes import explain, lacks_parameter

SECTION_6 = {
    *(-1, 20001, 200001, 45011, 40001, 40014, 42001, 200022, 40037, 200014, 45026, 200012, 45009),
    *(40013, 40125, 40164, 41002, 41004, 40243, 48001, 50001, 61003, 61007, 45103, 46101, 45109),
    *(43106, 200011, 200013, 45075, 45100, 200020, 200021, 40246, 40247),
}
USERS_MEET = {
    *(89501, 89503, 89506, 89507, 40243, 50002, 50007, 42007, 61023, 61004, 61007, 40234, 48001, 48009),
    *(200100, 200014, 40033, 47002, 200018, 1700, 200016, 200017, 200019, 47003),
}
SENDING = {
    *(43004, 43019, 43101, 43104, 43116, 43117, 40241, 40013, 45047, 40165),
    *(40003, 40037, 41028, 41029, 41030, 43107, 43108, 45168, 47003),
}


def in_words(meaning: errcodes.Meaning, names: CredentialNames = PLAIN) -> tuple[str, str]:
    return words(meaning.means or ""), words(meaning.advice(names))


@pytest.mark.parametrize("errcode", sorted(SECTION_6 | USERS_MEET | SENDING))
def test_each_says_what_it_means_and_what_to_do(errcode: int) -> None:
    means, todo = in_words(explain(errcode))
    assert explain(errcode) != explain(123456)
    assert means
    assert todo
    assert "{" not in means + todo


def test_of_an_unknown_one_it_says_where_to_ask() -> None:
    assert in_words(explain(123456)) == (
        "",
        "look the code up in WeChat's documentation; its support asks for the rid",
    )


REASONS = {
    Reason.BUSY: {-1, 20001, 200001, 1700},
    Reason.TOKEN: {40001, 40014, 42001, 42007, 61023, 40243, 40013, 40125, 41002, 41004},
    Reason.ADDRESS: {89501, 89503, 89506, 89507, 40164, 61004},
    Reason.PERMISSION: {48001, 48009, 200100, 40234, 50001, 61003, 61007, 43104},
    Reason.BANNED: {50002, 50007, 43106, 200011, 200013, 43107, 43116},
    Reason.QUOTA: {45009, 45011},
    Reason.RETIRED: {45103, 46101, 45109},
    Reason.MALFORMED: {40033, 47002},
    Reason.FULL: {45026, 200012},
    Reason.GONE: {40037},
    Reason.CONTENT: {
        *(45075, 45100, 200020, 200021, 40246, 40247, 200014, 200022, 200016, 200017, 200018, 200019, 47003),
        *(43004, 43019, 43101, 43117, 40241, 45047, 40165, 40003, 41028, 41029, 41030, 43108, 45168),
    },
}
"""Of the codes of wechat-api.md §6 and §7"""

BESIDE = {
    Reason.TOKEN: {41001},
    Reason.BANNED: {48004},
    Reason.RETIRED: {404, 40066, 43001, 43002},
    Reason.MALFORMED: {47001, 44002},
    Reason.CONTENT: {45027, 43100, 40097},
    Reason.UNKNOWN: {99404},
}
"""Of those of other sections, and of the page of return codes; the last is the sandbox's own"""

ABOUT_WHAT_WAS_ASKED = {Reason.FULL, Reason.GONE, Reason.CONTENT, Reason.UNKNOWN}


def test_each_code_of_the_table_has_its_reason() -> None:
    told = {code for codes in REASONS.values() for code in codes}
    assert told == SECTION_6 | USERS_MEET | SENDING
    every = {code: reason for table in (REASONS, BESIDE) for reason, codes in table.items() for code in codes}
    assert {code: explain(code).reason for code in every} == every
    assert set(errcodes.CODES) == set(every)


def test_a_code_that_nobody_knows_has_a_reason_of_its_own() -> None:
    assert explain(123456).reason is Reason.UNKNOWN


@pytest.mark.parametrize("reason", [None, *Reason])
def test_what_says_nothing_about_a_title_makes_none_unknown(reason: Reason | None) -> None:
    """A look-up that fails for another reason does not mean that a title is unknown."""
    error = CallError(Problem("errcode", "no"), reason=reason)
    assert error.is_about_what_was_asked is (reason in ABOUT_WHAT_WAS_ASKED)


@pytest.mark.parametrize(
    ("errcode", "means", "todo"),
    [
        (
            89503,
            "this machine's address waits for the administrator's confirmation",
            "he got a message: have him confirm it, then run it again; or put it on the IP allow list",
        ),
        (
            89506,
            "the administrator has refused this machine's address twice",
            "it can't be asked for again within 24 hours: have it put on the IP allow list in the console",
        ),
        (
            48001,
            "the account may not use this API",
            "is `dialect:` right for this kind of account? wxopen and subscribe are a mini program's, "
            "official and notify a service account's; if so, check in the console that the account may use "
            "the API (a platform: that the merchant granted it)",
        ),
        (
            200100,
            "this call is not for this kind of account",
            "is `dialect:` right for this kind of account? wxopen and subscribe are a mini program's, "
            "official and notify a service account's",
        ),
        (
            61023,
            "the authorisation of the third-party platform is gone",
            "have the merchant authorise the platform again, then set a fresh WECHAT_ACCESS_TOKEN",
        ),
    ],
)
def test_what_is_said(errcode: int, means: str, todo: str) -> None:
    assert in_words(explain(errcode)) == (means, todo)


def test_hints_name_the_accounts_own_variables() -> None:
    names = CredentialNames(
        "TOKEN_PROD", "SECRET_PROD", "SECRET_PROD: is it prod's?", "the appid that the file gives prod"
    )
    assert {errcode: in_words(explain(errcode), names)[1] for errcode in (40001, 40125, 40013)} == {
        40001: "set a fresh TOKEN_PROD, or unset it and set SECRET_PROD",
        40125: "check SECRET_PROD: is it prod's?; the console shows a secret once, and a new one kills the "
        "old",
        40013: "check the appid that the file gives prod: wx and 16 characters, small letters",
    }


@pytest.mark.parametrize(
    ("errcode", "errmsg", "lacks"),
    [
        (200014, "missing parameter tid rid: 1-2-3", True),
        (200014, " Missing parameter priTmplId", True),
        (200014, "tid does not exist", False),
        (200014, "missing parameters", False),
        (200014, None, False),
        (40037, "missing parameter tid", False),
        (None, "missing parameter tid", False),
    ],
)
def test_a_parameter_is_missing_only_where_the_words_say_so(
    errcode: int | None, errmsg: str | None, lacks: bool
) -> None:
    assert lacks_parameter(errcode, errmsg) is lacks
