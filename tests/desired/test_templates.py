"""templates.yaml: what is read, and every mistake with its whole message."""

from __future__ import annotations

import pytest

from reconciler.core.errors import InputError
from reconciler.core.model import Desired, Group, KeywordRef, Place, Unwanted, Wanted
from reconciler.desired import templates as desired

GOOD = """\
version: 1
templates:
  a:
    id: AT0002
    keywords: [甲, 乙]
"""


def problems(text: str | bytes) -> list[str]:
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(InputError) as caught:
        desired.read(data, "t.yaml")
    return [f"{one.where}: {one.message} | {one.hint}" for one in caught.value.problems]


def test_a_whole_file() -> None:
    text = """\
version: 1
dialect: wxopen
prune: all
max_deletes: 0
retire_after: 0d
templates:
  order_paid:
    id: AT0002
    title: 购买成功通知
    keywords: [购买地点, {name: 时间, keyword_id: 8}]
    protect: true
"""
    keywords = (KeywordRef("购买地点"), KeywordRef("时间", 8))
    one = Wanted("order_paid", "AT0002", keywords, "购买成功通知", True)
    read = desired.read(text.encode(), "t.yaml")
    assert read == Desired((one,), prune="all", max_deletes=0)
    place = read.templates[0].keywords[1].place
    assert place is not None
    assert (place.line, place.column) == (10, 22)


def test_groups() -> None:
    text = 'version: 1\ndialect: subscribe\ntemplates: {a: {id: "4", keywords: [甲, 乙]}}\n'
    text += "groups: {pay: [a]}\n"
    assert desired.read(text.encode(), "t.yaml").groups == (Group("pay", ("a",)),)


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("[甲, 乙]", "&k [甲, 乙]").encode() + b"  b: {id: AT3, keywords: *k}\n",
        b"%YAML 1.1\n---\n" + GOOD.encode() + b"...\n",
    ],
    ids=["bom", "crlf", "alias", "markers"],
)
def test_fine(data: bytes) -> None:
    assert desired.read(data, "t.yaml").templates[0].keywords == (KeywordRef("甲"), KeywordRef("乙"))


def test_unwanted() -> None:
    one, other = "w" * 42 + "A", "_-" * 21 + "8"
    text = f"version: 1\nunwanted:\n- {one}\n- {other}\ntemplates: {{}}\n"
    read = desired.read(text.encode(), "t.yaml")
    assert read.unwanted == (Unwanted(one), Unwanted(other))
    assert [one.place for one in read.unwanted] == [Place(3, 3), Place(4, 3)]
    assert desired.read(b"version: 1\nunwanted: []\ntemplates: {}\n", "t.yaml").unwanted == ()


def test_fields_that_begin_with_x_are_a_place_for_anchors() -> None:
    text = "version: 1\nx-keywords: &k [甲, 乙]\nx-1: {deep: [er]}\n"
    text += "templates: {a: {id: AT0002, keywords: *k}}\n"
    assert desired.read(text.encode(), "t.yaml") == desired.read(GOOD.encode(), "t.yaml")


def test_two_angles_are_a_text_where_no_key_stands() -> None:
    text = "version: 1\ntemplates: {a: {id: AT0002, title: <<, keywords: [<<]}}\n"
    assert desired.read(text.encode(), "t.yaml").templates[0].keywords == (KeywordRef("<<"),)


def entry(body: str) -> str:
    return f"version: 1\ntemplates:\n  a: {body}\n"


SECRET = (
    "looks like a secret, and no secret may stand in this file"
    " | remove it, renew it, and set {} in the environment"
)

MISTAKES = {
    "not yaml": (
        "version: 1\ntemplates: [a: b: c\n",
        [
            "t.yaml:2:17: not YAML: did not find expected ',' or ']', while parsing a flow sequence"
            " | look here and at the line above: a colon, a bracket, a quote or the indentation"
        ],
    ),
    "tab": (
        "version: 1\ntemplates:\n\ta: 1\n",
        [
            "t.yaml:3:1: not YAML: found character that cannot start any token,"
            " while scanning for the next token"
            " | a tab can't indent: use spaces"
        ],
    ),
    "full-width colon": (
        "version：1\ntemplates: {}\n",
        [
            "t.yaml:1:8: not YAML: mapping values are not allowed in this context"
            " | a full-width ： is no colon in YAML: write : and a space"
        ],
    ),
    "full-width colon behind a field, where YAML stumbles a line further on": (
        "version: 1\ntemplates:\n  a:\n    id：AT0002\n    keywords: [甲]\n",
        [
            "t.yaml:4:7: not YAML: mapping values are not allowed in this context"
            " | a full-width ： is no colon in YAML: write : and a space"
        ],
    ),
    "a colon at the end of a keyword, beside one of full width": (
        entry("{id: x, keywords: [甲：, 乙:]}"),
        [
            "t.yaml:3:30: not YAML: found unexpected ':', while scanning a plain scalar"
            ' | quote what holds a colon: "时间:"'
        ],
    ),
    "templates that are not indented": (
        "version: 1\ntemplates:\na:\n  id: AT0002\n  keywords: [甲]\n",
        [
            "t.yaml:2:11: templates: expected a mapping of names to templates, found nothing"
            " | write a mapping of names to templates",
            "t.yaml:3:1: the file: unknown field a"
            " | indent it by two blanks if it is a template: they stand below `templates:`",
        ],
    ),
    "a field of the whole file in a template": (
        entry("{id: AT0002, keywords: [甲], retire_after: 7d}"),
        [
            "t.yaml:3:34: a: unknown field retire_after"
            " | write retire_after: at the top of templates.yaml, where it is for all templates"
        ],
    ),
    "a misspelt field, which is not missing, too": (
        entry("{id: AT0002, keyword: [甲]}"),
        ["t.yaml:3:19: a: unknown field keyword | did you mean keywords?"],
    ),
    "a template within another": (
        entry("{id: AT0002, keywords: [甲], b: {id: AT0003, keywords: [乙]}}"),
        ["t.yaml:3:34: a: unknown field b | indent it as far as the name above it if it is a template"],
    ),
    "fields that are not indented": (
        "version: 1\ntemplates:\n  a:\n  id: AT0002\n  keywords: [甲]\n",
        [
            "t.yaml:3:5: a: expected a mapping, found nothing"
            " | write its fields below it, indented by two blanks more",
            "t.yaml:4:7: id: expected a mapping, found the text AT0002"
            " | indent it by two blanks more: it is a field of the template above",
            "t.yaml:5:13: keywords: expected a mapping, found a list"
            " | indent it by two blanks more: it is a field of the template above",
        ],
    ),
    "no blank behind a colon": (
        "version: 1\ntemplates:\n  a:\n    id:AT0002\n    keywords:[甲]\n",
        [
            "t.yaml:4:5: a: expected a mapping, found the text id:AT0002 keywords:[甲]"
            " | write a blank behind each colon: `id: AT0002`"
        ],
    ),
    "keywords in brackets of full width": (
        entry("{id: x, keywords: ［甲、yes］}"),
        [
            "t.yaml:3:24: a: keywords: expected a list of keyword names, found the text ［甲、yes］"
            ' | write `keywords: [甲, "yes"]`'
        ],
    ),
    "keywords that look like a secret": (
        entry("{id: x, keywords: my secret hush}"),
        [
            "t.yaml:3:24: a: keywords: expected a list of keyword names, found a text"
            " | write a list of keyword names"
        ],
    ),
    "printed quotes": (
        entry("{id: “AT0002”, keywords: [甲]}"),
        ["t.yaml:3:11: a: “AT0002” is written in quotes that YAML does not know | did you mean AT0002?"],
    ),
    "keyword ids": (
        entry("{id: x, keywords: [3]}"),
        [
            "t.yaml:3:25: a: keyword: expected a name, found the number 3"
            " | name keywords as the library spells them; their ids are looked up"
        ],
    ),
    "a list": ("- a\n", ["t.yaml:1:1: the file: expected a mapping, found a list | write a mapping"]),
    "empty": (
        "",
        [
            "t.yaml:1:1: the file holds no templates: it is empty"
            " | start with:  version: 1, then templates: with one entry a message (see the README)"
        ],
    ),
    "only comments": (
        "# nothing\n",
        [
            "t.yaml:1:1: the file holds no templates: it is empty"
            " | start with:  version: 1, then templates: with one entry a message (see the README)"
        ],
    ),
    "missing fields": (
        "prune: owned\n",
        [
            "t.yaml:1:1: the file: version is missing | add `version: 1`",
            "t.yaml:1:1: the file: templates is missing | add `templates: …`",
        ],
    ),
    "another version": (
        "version: 2\ntemplates: {}\n",
        ["t.yaml:1:10: version 2 is not known here | write `version: 1`, or install a newer reconciler"],
    ),
    "duplicate key": (
        GOOD + "  a: {id: AT3, keywords: [丙]}\n",
        ["t.yaml:6:3: duplicate key a: first on line 3 | keep one of them"],
    ),
    "unknown fields": (
        "version: 1\nprunes: all\ntemplates: {a: {id: x, keywords: [甲], colour: red}}\n",
        [
            "t.yaml:2:1: the file: unknown field prunes | did you mean prune?",
            "t.yaml:3:39: a: unknown field colour | known here: id, title, keywords, scene, protect",
        ],
    ),
    "bare yes": (
        entry("{id: x, keywords: [yes]}"),
        [
            "t.yaml:3:25: a: keyword: expected text, found the boolean yes"
            ' | YAML reads yes as a boolean: quote it, "yes"'
        ],
    ),
    "a date": (
        entry("{id: x, title: 2026-11-23, keywords: [甲]}"),
        [
            "t.yaml:3:21: a: title: expected text, found the date 2026-11-23"
            ' | YAML reads 2026-11-23 as a date: quote it, "2026-11-23"'
        ],
    ),
    "a number": (
        entry("{id: 401, keywords: [甲]}"),
        [
            "t.yaml:3:11: a: id: expected text, found the number 401"
            ' | YAML reads 401 as a number: quote it, "401"'
        ],
    ),
    "nothing": (
        entry("{id: , keywords: [甲]}"),
        ["t.yaml:3:11: a: id: expected text, found nothing | write text"],
    ),
    "wrong types": (
        "version: one\nmax_deletes: -1\ntemplates:\n  a: {id: [x], keywords: 甲, protect: 1}\n  b: []\n",
        [
            "t.yaml:1:10: version: expected a whole number from 0, found the text one"
            " | write a whole number from 0",
            "t.yaml:2:14: max_deletes: expected a whole number from 0, found the number -1"
            " | write at most 18 digits and nothing else, the first not 0: 15",
            "t.yaml:4:11: a: id: expected text, found a list | write text",
            "t.yaml:4:26: a: keywords: expected a list of keyword names, found the text 甲"
            " | write `keywords: [甲]`",
            "t.yaml:4:38: a: protect: expected true or false, found the number 1 | write true or false",
            "t.yaml:5:6: b: expected a mapping, found a list | write a mapping",
        ],
    ),
    "no keywords": (
        entry("{id: x, keywords: []}"),
        ["t.yaml:3:24: a: 0 keywords; a template has 1 to 10 | name at least one"],
    ),
    "eleven keywords": (
        entry("{id: x, keywords: [a, b, c, d, e, f, g, h, i, j, k]}"),
        ["t.yaml:3:24: a: 11 keywords; a template has 1 to 10 | remove 1"],
    ),
    "a keyword twice": (
        entry("{id: x, keywords: [甲, 乙, '甲：']}"),
        ["t.yaml:3:31: a: keyword 甲： stands twice | keep one of them"],
    ),
    "the same template twice": (
        GOOD + "  b: {id: AT0002, keywords: [甲, 乙]}\n",
        ["t.yaml:6:3: b has the same id and keywords as a on line 3 | use a for both, or change one"],
    ),
    "the same template twice, once with an id": (
        GOOD + "  b: {id: AT0002, keywords: [{name: 甲, keyword_id: 3}, '乙：']}\n"
        "  c: {id: AT0002, keywords: [{name: 甲, keyword_id: 4}, {name: 乙, keyword_id: 5}]}\n",
        [
            "t.yaml:6:3: b has the same id and keywords as a on line 3 | use a for both, or change one",
            "t.yaml:7:3: c has the same id and keywords as a on line 3 | use a for both, or change one",
        ],
    ),
    "empty string": (
        entry("{id: '', keywords: [' ']}"),
        [
            "t.yaml:3:11: a: id is empty | write it, or remove the line",
            "t.yaml:3:26: a: keyword is empty | write it, or remove the line",
        ],
    ),
    "control character": (
        entry('{id: "A\\u0007", keywords: ["甲\\u202e"]}'),
        [
            "t.yaml:3:11: id: a control character (U+0007) | remove it",
            "t.yaml:3:33: keywords: U+202E (right-to-left override) can't be seen | remove it",
        ],
    ),
    "raw control characters": (
        "version: 1\r\ntemplates:\r\n  # \x1b[2J\r\n  a: {id: 号\0, keywords: [甲\x7f]}\r\n",
        [
            "t.yaml:3:5: a control character (U+001B) | remove it",
            "t.yaml:4:12: a control character (U+0000) | remove it",
            "t.yaml:4:27: a control character (U+007F) | remove it",
        ],
    ),
    "the tag !": (
        entry("{id: ! AT2, keywords: ! [甲]}"),
        [
            "t.yaml:3:11: YAML tag ! is not allowed | remove it; quote text that must be text",
            "t.yaml:3:28: YAML tag ! is not allowed | remove it; quote text that must be text",
        ],
    ),
    "tag": (
        entry("{id: !!str 401, keywords: [甲]}"),
        [
            "t.yaml:3:11: YAML tag tag:yaml.org,2002:str is not allowed"
            " | remove it; quote text that must be text"
        ],
    ),
    "bad names": (
        "version: 1\ntemplates:\n  Order: {id: x, keywords: [甲]}\n  "
        + "n" * 65
        + ": {id: y, keywords: [甲]}\n",
        [
            "t.yaml:3:3: 'Order' can't be a template's name"
            " | small letters, digits and _, a letter first: order_paid",
            "t.yaml:4:3: the name " + "n" * 63 + "… is longer than 64 characters | shorten it by 1",
        ],
    ),
    "secrets anywhere": (
        "version: 1\nfoo: {WECHAT_ACCESS_TOKEN_PROD: hush}\nprune: &s {x: {secretKey: hush}}\n"
        "templates:\n  secret: hush\n  a: {id: x, keywords: [甲], my-token: &t hush, title: *t}\n",
        [
            "t.yaml:2:1: the file: unknown field foo"
            " | known here: version, dialect, prune, max_deletes, retire_after, templates, accounts, "
            "accounts_file, groups, unwanted",
            f"t.yaml:2:7: WECHAT_ACCESS_TOKEN_PROD {SECRET.format('WECHAT_ACCESS_TOKEN')}",
            "t.yaml:3:8: prune: expected text, found a mapping | one of: owned, all, none",
            f"t.yaml:3:16: secretKey {SECRET.format('WECHAT_APPSECRET')}",
            f"t.yaml:5:3: secret {SECRET.format('WECHAT_APPSECRET')}",
            "t.yaml:5:11: secret: expected a mapping, found a text | write a mapping",
            f"t.yaml:6:29: my-token {SECRET.format('WECHAT_ACCESS_TOKEN')}",
            "t.yaml:6:39: a: title is empty | write it, or remove the line",
        ],
    ),
    "a secret without a blank behind its colon": (
        "version: 1\ntemplates:\n  secret:hush\n",
        [
            "t.yaml:3:3: templates: expected a mapping of names to templates, found a text"
            " | write a mapping of names to templates"
        ],
    ),
    "a version with a point": (
        "version: 1.0\nmax_deletes: 1.5\ntemplates: {}\n",
        [
            "t.yaml:1:10: version: expected a whole number from 0, found the number 1.0"
            " | write it without a point: 1",
            "t.yaml:2:14: max_deletes: expected a whole number from 0, found the number 1.5"
            " | write at most 18 digits and nothing else, the first not 0: 15",
        ],
    ),
    "numbers": (
        'version: "1"\nmax_deletes: 1_000\nretire_after: 7\nprune: no\ntemplates: {}\n',
        [
            "t.yaml:1:10: version: expected a whole number from 0, found the text 1"
            " | write it without quotes: 1",
            "t.yaml:2:14: max_deletes: expected a whole number from 0, found the number 1_000"
            " | write at most 18 digits and nothing else, the first not 0: 15",
            "t.yaml:3:15: retire_after: expected text, found the number 7"
            " | write a whole number and d, h or m: 7d",
            "t.yaml:4:8: prune: expected text, found the boolean no | one of: owned, all, none",
        ],
    ),
    "nothing but a colon": (
        entry("{id: x, keywords: [' ： ', {name: ':', keyword_id: 1}]}"),
        [
            "t.yaml:3:25: a: keyword is nothing but a colon | write its name",
            "t.yaml:3:39: a: keyword name is nothing but a colon | write its name",
        ],
    ),
    "what can't be seen": (
        entry("{id: x, keywords: [购买\u200b地点, \ufeff甲]}"),
        [
            "t.yaml:3:27: keywords: U+200B (zero width space) can't be seen | remove it",
            "t.yaml:3:32: keywords: U+FEFF (zero width no-break space) can't be seen | remove it",
        ],
    ),
    "secrets": (
        "version: 1\nappsecret: 123\ntemplates: {}\naccess_token: 456\n",
        [
            "t.yaml:2:1: appsecret looks like a secret, and no secret may stand in this file"
            " | remove it, renew it, and set WECHAT_APPSECRET in the environment",
            "t.yaml:4:1: access_token looks like a secret, and no secret may stand in this file"
            " | remove it, renew it, and set WECHAT_ACCESS_TOKEN in the environment",
        ],
    ),
    "where credentials go": (
        "version: 1\nendpoint: http://x\ntemplates: {}\n",
        [
            "t.yaml:2:1: endpoint can't be set in this file: whoever opens a pull request writes it"
            " | use the option --endpoint or RECONCILER_ENDPOINT"
        ],
    ),
    "bad choices": (
        "version: 1\nprune: some\nretire_after: 7 days\ntemplates: {}\n",
        [
            "t.yaml:2:8: prune: some is not known | one of: owned, all, none",
            "t.yaml:3:15: retire_after: 7 days is no duration | write a whole number and d, h or m: 7d",
        ],
    ),
    "a duration of seven digits": (
        "version: 1\nretire_after: 1000000d\ntemplates: {}\n",
        ["t.yaml:2:15: retire_after: 1000000d is no duration | write a whole number and d, h or m: 7d"],
    ),
    "accounts": (
        "version: 1\ntemplates: {paid: {id: x, keywords: [甲]}}\naccounts:\n"
        "  a: {appid: wx1, colour: red}\n  B: {}\n  c-d: {appid: wx1}\n  c_d: {appid: wx 2, protect: 1}\n"
        "  e: {appid: wx5, templates: [paide, paid, paid]}\n  f: {appid: wx6, templates: []}\n"
        "  g: {appid: wx7, appsecret: hush}\n  h: []\n",
        [
            "t.yaml:4:19: a: unknown field colour | known here: appid, protect, templates",
            "t.yaml:5:3: B: appid is missing | add `appid: …`",
            "t.yaml:5:3: 'B' can't be an account's name | "
            "small letters, digits, _ and -, a letter first: shop-1",
            "t.yaml:6:3: c-d has the appid of a on line 4 | keep one of them, or correct the appid",
            "t.yaml:7:3: c_d would read the same variables as c-d on line 6 | rename one: both end in _C_D",
            "t.yaml:7:16: c_d: wx 2 is no appid | wx and 16 small letters or digits, as the console shows it",
            "t.yaml:7:31: c_d: protect: expected true or false, found the number 1 | write true or false",
            "t.yaml:8:31: e: there is no template paide | did you mean paid?",
            "t.yaml:8:44: e: template paid stands twice | keep one of them",
            "t.yaml:9:30: f: templates: expected a list of template names, found a list | "
            "write a list of template names",
            "t.yaml:10:19: appsecret looks like a secret, and no secret may stand in this file | "
            "remove it, renew it, and set WECHAT_APPSECRET in the environment",
            "t.yaml:11:6: h: expected a mapping, found a list | write a mapping",
        ],
    ),
    "accounts in two places": (
        "version: 1\ntemplates: {}\naccounts: {a: {appid: wx1}}\naccounts_file: ../x.yaml\n",
        [
            "t.yaml:4:16: accounts stand here and in accounts_file | move them into one of the two",
            "t.yaml:4:16: accounts_file: ../x.yaml is not beside this file | "
            "write it without / at the start and without ..: accounts.yaml",
        ],
    ),
    "a scene where there is none": (
        entry("{id: x, keywords: [甲], scene: 支付}"),
        ["t.yaml:3:36: a: wxopen has no scene | remove it; it is for `dialect: subscribe` or `notify`"],
    ),
    "what subscribe does not take": (
        "version: 1\ndialect: subscribe\ntemplates:\n"
        "  a: {id: AT0002, keywords: [甲, 乙]}\n"
        '  b: {id: "401", keywords: [甲]}\n'
        '  c: {id: "401", keywords: [甲, 乙, 丙, 丁, 戊, 己]}\n'
        '  d: {id: "402", keywords: [甲, 乙], scene: 一二三四五六七八九十一二三四五六}\n',
        [
            "t.yaml:4:11: a: AT0002 can't be a title's id for subscribe | "
            'ids of subscribe are digits: "401"',
            "t.yaml:5:28: b: 1 keyword; a template of subscribe has 2 to 5 | name at least 2",
            "t.yaml:6:28: c: 6 keywords; a template of subscribe has 2 to 5 | remove 1",
            "t.yaml:7:43: d: a scene of 16 characters; it has at most 15 | shorten it by 1",
        ],
    ),
    "groups": (
        "version: 1\ndialect: subscribe\ntemplates:\n"
        '  paid: {id: "401", keywords: [甲, 乙]}\n'
        "groups:\n"
        "  Pay: [paid]\n"
        "  b: []\n"
        "  c: paid\n"
        "  d: [paid, paide, nowhere, paid, 3]\n",
        [
            "t.yaml:6:3: 'Pay' can't be a group's name | "
            "small letters, digits and _, a letter first: checkout",
            "t.yaml:7:6: group b is empty | name its templates, or remove it",
            "t.yaml:8:6: group c: expected a list of template names, found the text paid | "
            "write a list of template names",
            "t.yaml:9:13: group d: there is no template paide | did you mean paid?",
            "t.yaml:9:20: group d: there is no template nowhere | add it to templates:, or remove it here",
            "t.yaml:9:29: group d: template paid stands twice | keep one of them",
            "t.yaml:9:35: group d: template: expected text, found the number 3 | "
            'YAML reads 3 as a number: quote it, "3"',
        ],
    ),
    "groups that are none": (
        "version: 1\ndialect: subscribe\ntemplates: {}\ngroups: {}\n",
        ["t.yaml:4:9: groups is empty | name one, or remove the line"],
    ),
    "groups of another dialect": (
        "version: 1\ntemplates: {}\ngroups: {a: [b]}\n",
        [
            "t.yaml:3:9: wxopen has no groups: nobody is asked"
            " | remove them; they are for `dialect: subscribe` or `notify`"
        ],
    ),
    "what official does not take": (
        "version: 1\ndialect: official\ntemplates:\n"
        "  a: {id: OPENTM207125498, keywords: [{name: 甲, keyword_id: 3}]}\n"
        '  b: {id: "47123", keywords: [甲], scene: 支付}\n',
        [
            "t.yaml:4:39: a: keyword: official has no keyword ids | write the name alone",
            "t.yaml:5:42: b: official has no scene | remove it; it is for `dialect: subscribe` or `notify`",
        ],
    ),
    "unwanted": (
        "version: 1\ntemplates: {}\nunwanted: ["
        + ", ".join(["A" * 43, "A" * 43, "A" * 42, "A" * 42 + "B", "A" * 42 + "\uff21", "1" * 43, "[]"])
        + "]\n",
        [
            f"t.yaml:3:57: unwanted: {'A' * 43} stands twice | keep one of them",
            *(
                f"t.yaml:3:{column}: unwanted: {text} is no template_id | "
                "copy the 43 characters that plan or the console shows (letters, digits, - and _)"
                for column, text in ((102, "A" * 42), (146, "A" * 42 + "B"), (191, "A" * 42 + "\uff21"))
            ),
            f"t.yaml:3:236: unwanted: template_id: expected text, found the number {'1' * 43} | "
            f'YAML reads {"1" * 43} as a number: quote it, "{"1" * 43}"',
            "t.yaml:3:281: unwanted: template_id: expected text, found a list | write text",
        ],
    ),
    "unwanted that is no list": (
        f"version: 1\ntemplates: {{}}\nunwanted: {'A' * 43}\n",
        [
            f"t.yaml:3:11: unwanted: expected a list of template_ids, found the text {'A' * 43} | "
            "write a list of template_ids"
        ],
    ),
    "merge keys": (
        "version: 1\nx-a: &a {id: AT1}\ntemplates:\n  a: {<<: *a, keywords: [甲]}\n<<: {}\n",
        [
            "t.yaml:4:7: merge keys are not read: repeat the fields | None",
            "t.yaml:5:1: merge keys are not read: repeat the fields | None",
        ],
    ),
    "two documents": (
        GOOD + "---\na: b\n",
        ["t.yaml:6:1: a second YAML document starts here | keep one"],
    ),
    "an alias to nothing": (
        entry("{id: x, keywords: *k}"),
        [
            "t.yaml:3:24: this alias stands for nothing that is complete before it"
            " | anchor the value with & before it is used"
        ],
    ),
    "a key that is a list": (
        "version: 1\n[a]: b\n",
        ["t.yaml:2:1: a list can't be a key | keys are plain names"],
    ),
    "keyword fields": (
        entry("{id: x, keywords: [{name: 时间}, {name: 时间, keyword_id: '8'}]}"),
        [
            "t.yaml:3:25: a: keyword: keyword_id is missing | add `keyword_id: …`",
            "t.yaml:3:37: a: keyword 时间 stands twice | keep one of them",
            "t.yaml:3:60: a: keyword keyword_id: expected a whole number from 0, found the text 8"
            " | write it without quotes: 8",
        ],
    ),
}


@pytest.mark.parametrize(("text", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistakes(text: str | bytes, expected: list[str]) -> None:
    assert problems(text) == expected


def test_all_mistakes_of_a_file_at_once() -> None:
    text = "version: 1\nx: 1\nx: 2\ntemplates:\n  a: {id: !!str 1, keywords: [yes]}\n  B: {}\n"
    assert [line.partition(" | ")[0] for line in problems(text)] == [
        "t.yaml:2:1: the file: unknown field x",
        "t.yaml:3:1: duplicate key x: first on line 2",
        "t.yaml:5:11: YAML tag tag:yaml.org,2002:str is not allowed",
        "t.yaml:5:31: a: keyword: expected text, found the boolean yes",
        "t.yaml:6:3: 'B' can't be a template's name",
        "t.yaml:6:3: B: id is missing",
        "t.yaml:6:3: B: keywords is missing",
    ]


def test_not_utf8() -> None:
    assert problems(b"version: 1\n# \xe4\xb8\xad\nx: \xff\n") == [
        "t.yaml:3:4: the file is not UTF-8: byte 0xff | save it as UTF-8"
    ]


def test_too_large() -> None:
    assert problems(b"#" * (10 << 20)) == ["t.yaml: the file is larger than 1 MiB | split it into several"]


def test_an_alias_bomb() -> None:
    lines = ["version: 1", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 12):
        lines.append(f"a{level}: &a{level} [" + ", ".join([f"*a{level - 1}"] * 10) + "]")
    found = problems("\n".join(lines))
    assert found == ["t.yaml:7:15: the aliases stand for more than 200,000 values | write the values out"]


@pytest.mark.parametrize("opening", ["[", "{a: "])
def test_nested_too_deep(opening: str) -> None:
    found = problems(opening * 10_000)
    column = 64 * len(opening) + 1
    assert found == [f"t.yaml:1:{column}: nested more than 64 deep | templates need three levels"]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("- " * 3000, "1:129"),
        ("[" * 60 + "[a], {b: c}, " + "[" * 3000, "1:78"),
        ("x: 1\ny: " + "[" * 3000, "2:67"),
        ("x: ['[[[', '{{{'] # [[[\ny: " + "[" * 3000, "2:67"),
        ("x: 1\n号: [" + "[" * 3000, "2:67"),
        ("- [{a: " + "[b, " * 900 + "{c: " * 200, "1:252"),
        ("[" * 64 + "{'a[': " + "[" * 3000, "1:65"),
    ],
)
def test_too_deep_is_told_where_the_65th_opens(text: str, where: str) -> None:
    """Whatever the YAML library's own limit is, and however far it looks ahead."""
    found = problems(text)
    assert found == [f"t.yaml:{where}: nested more than 64 deep | templates need three levels"]


def test_a_secret_is_not_repeated() -> None:
    assert "abc123" not in "".join(problems("version: 1\nWeChat_Secret: abc123\ntemplates: {}\n"))
