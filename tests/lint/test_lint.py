"""lint: each rule with what it takes and what it refuses, silences, groups, proposals, formats."""

from __future__ import annotations

import doctest
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reconciler.core import schemas
from reconciler.core.errors import InputError
from reconciler.core.model import Library, LibraryKeyword, Proposal, ProposedKeyword, Title
from reconciler.desired import proposals
from reconciler.desired import templates as desired
from reconciler.desired.yaml_nodes import Comment, comments
from reconciler.library import file as library
from reconciler.library.search import fold
from reconciler.lint import characters as symbols
from reconciler.lint import engine, examples, vocabulary
from reconciler.lint.findings import Finding, Report
from reconciler.lint.rulebook import RULES
from reconciler.render.lint import document, github, sarif, text

from ..odd import ODD
from ..tools import CommandLine

ROOT = Path(__file__).parents[2]
WORDS = vocabulary.load()
PULLED = "2026-11-27T10:00:00Z"
SHOP = Library(
    "wxopen",
    (
        Title(
            "AT1",
            "付款成功通知",
            (
                LibraryKeyword(1, "付款时间", "2016年6月6日"),
                LibraryKeyword(2, "内容", "咖啡"),
                LibraryKeyword(3, "付款金额", "很多"),
                LibraryKeyword(4, "时间", "10:00"),
                LibraryKeyword(5, "时间", "甲"),
            ),
        ),
        Title("AT2", "积分变动提醒", (LibraryKeyword(1, "变动时间", "2016年6月6日"),)),
        Title("AT3", "账户★提示", None),
        Title("AT4", "付款成功通知", None),
    ),
    PULLED,
)


def said(findings: Sequence[Finding]) -> list[str]:
    return [
        f"{one.place.line}:{one.place.column} {one.severity} {one.rule.number}: {one.message} | {one.hint}"
        for one in findings
    ]


def notes(report: Report) -> tuple[str, ...]:
    return tuple(map(str, report.notes))


def of_templates(yaml: str, pulled: Library | None = None) -> Report:
    data = yaml.encode()
    return engine.templates(desired.read(data, "t.yaml"), pulled, comments(data, "t.yaml"), "t.yaml", WORDS)


def of_proposals(yaml: str, pulled: Library | None = None) -> Report:
    data = yaml.encode()
    return engine.proposals(proposals.read(data, "p.yaml"), pulled, comments(data, "p.yaml"), "p.yaml", WORDS)


def proposal(title: str, *keywords: str) -> str:
    """A proposal of a title, and of keywords written name=example."""
    pairs = [one.split("=") for one in keywords or ("课程名称=瑜伽",)]
    rows = ", ".join(f'{{name: "{name}", example: "{example}"}}' for name, example in pairs)
    return f'  - title: "{title}"\n    keywords: [{rows}]\n'


def proposed(*rows: str, pulled: Library | None = None) -> list[str]:
    return said(of_proposals("version: 1\nproposals:\n" + "".join(rows), pulled).findings)


USE = "use it: id: AT1"
ONE = "keep one of them"
OUT = "leave them out"
TRADE = "say it as the whole trade does"
ENDING = "通知 for what has happened, 提醒 for what is to be done"
SERVICE = "say what was ordered, booked or asked for: 订单取消通知"
NO_MARKETING = "propose the service itself: marketing is refused"
AS_SEEN = "write one as users will see it"
WHICH = "say of what, or which: 课程名称, 付款时间"


# ------------------------------------------------------------------ titles


@pytest.mark.parametrize(
    "title",
    [
        "付款成功通知",
        "停车缴费提醒",
        "系统维护通知",
        "ETC扣费通知",
        "５Ｇ套餐到期提醒",
        "亲子课堂即将开始提醒",
        "酒吧订座成功通知",
        "证券账户开通成功通知",
        "课外活动报名成功通知",
        "线上新课即将开始提醒",
        "券商开户审核通知",
        "取餐券生成通知",
        "停车券使用通知",
        "驾驶证积分清零通知",
        "首发列车晚点通知",
        "福利彩票兑奖通知",
        "文体活动中心预约通知",
        "秒杀订单退款通知",
    ],
)
def test_a_good_title(title: str) -> None:
    assert proposed(proposal(title)) == []


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("停车缴费提示", ["error 1.3: {} does not end in 提醒 or 通知 | " + ENDING]),
        ("通知停车缴费", ["error 1.3: {} does not end in 提醒 or 通知 | " + ENDING]),
        ("停车缴费提醒！", ["error 1.3: {} does not end in 提醒 or 通知 | " + ENDING,
                           "error 1.4: {} has special symbols: ！ | " + OUT]),
        ("【停车】缴费 提醒", ["error 1.4: {} has special symbols: 【 】 (blank) | " + OUT]),
        ("停车缴费🚗提醒", ["error 1.4: {} has special symbols: 🚗 | " + OUT]),
        ("①停车缴费提醒", ["error 1.4: {} has special symbols: ① | " + OUT]),
        ("亲爱的宝贝包裹派送通知", ["warning 1.4: {} has idiosyncratic words: 亲爱的, 宝贝 | " + TRADE]),
        ("包裹派送啦通知", ["warning 1.4: {} has idiosyncratic words: 啦 | " + TRADE]),
        ("通知", ["error 1.5: {} names no concrete service | " + SERVICE]),
        ("提醒", ["error 1.5: {} names no concrete service | " + SERVICE]),
        ("温馨提醒", ["error 1.5: {} names no concrete service | " + SERVICE]),
        ("重要通知", ["error 1.5: {} names no concrete service | " + SERVICE]),
        ("系统通知", ["error 1.5: {} names no concrete service | " + SERVICE]),
        ("系统消息提醒", ["error 1.5: {} names no concrete service | " + SERVICE]),
        ("处理结果通知", ["error 1.5: {} names no concrete service | " + SERVICE]),
        ("消费优惠提醒", ["error 1.6: {} looks like marketing: 优惠 (消费优惠类) | " + NO_MARKETING]),
        ("购物返利到账通知", ["error 1.6: {} looks like marketing: 返利 (购物返利类) | " + NO_MARKETING]),
        ("新品上架通知", ["error 1.6: {} looks like marketing: 新品 (商品更新类), 上架 (商品更新类) | "
                          + NO_MARKETING]),
        ("优惠券到期提醒", ["error 1.6: {} looks like marketing: 优惠券 (优惠券类) | " + NO_MARKETING]),
        ("代金券领取通知", ["error 1.6: {} looks like marketing: 代金券 (代金券类) | " + NO_MARKETING]),
        ("红包到账通知", ["error 1.6: {} looks like marketing: 红包 (红包类) | " + NO_MARKETING]),
        ("会员卡开通通知", ["error 1.6: {} looks like marketing: 会员卡 (会员卡类) | " + NO_MARKETING]),
        ("积分变动提醒", ["error 1.6: {} looks like marketing: 积分 (积分类) | " + NO_MARKETING]),
        ("活动开始提醒", ["error 1.6: {} looks like marketing: 活动 (活动类) | " + NO_MARKETING]),
        ("商品更新通知", ["error 1.6: {} looks like marketing: 商品更新 (商品更新类) | " + NO_MARKETING]),
        ("线上新品通知", ["error 1.6: {} looks like marketing: 新品 (商品更新类) | " + NO_MARKETING]),
        ("代金劵到账通知", ["error 1.6: {} looks like marketing: 代金券 (代金券类) | " + NO_MARKETING]),
        ("紅包領取提醒", ["error 1.6: {} looks like marketing: 红包 (红包类) | " + NO_MARKETING]),
        ("奖品发放通知", ["error 1.6: {} looks like marketing: 奖品 (消费优惠类) | " + NO_MARKETING]),
        ("拼团成功通知", ["error 1.6: {} looks like marketing: 拼团 (消费优惠类) | " + NO_MARKETING]),
    ],
)  # fmt: skip
def test_a_bad_title(title: str, expected: list[str]) -> None:
    assert proposed(proposal(title)) == [f"3:12 {one}".format(f"the title {title}") for one in expected]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("付款成功通知", "付款成功通知", "error 1.1: the title 付款成功通知 is that of"),
        ("VIP开通通知", "ｖｉｐ开通通知", "error 1.1: the title ｖｉｐ开通通知 is that of"),
        ("付款成功通知", "支付成功提醒",
         "warning 1.2: the title 支付成功提醒 means nearly the same as 付款成功通知, that of"),
        ("付款成功通知", "您的付款已成功通知",
         "warning 1.2: the title 您的付款已成功通知 means nearly the same as 付款成功通知, that of"),
        ("订单取消通知", "取消订单通知",
         "warning 1.2: the title 取消订单通知 means nearly the same as 订单取消通知, that of"),
        ("展会观众报名登记完成通知", "展会观众报名登记完毕通知",
         "warning 1.2: the title 展会观众报名登记完毕通知 means nearly the same as "
         "展会观众报名登记完成通知, that of"),
        ("小区业主装修押金退还申请通知", "小区业主装修押金退还申请单通知",
         "warning 1.2: the title 小区业主装修押金退还申请单通知 means nearly the same as "
         "小区业主装修押金退还申请通知, that of"),
        ("付款成功通知", "付款失败通知", ""),
        ("退货申请审核通过通知", "退货申请审核未通过通知", ""),
        ("水费缴费成功通知", "电费缴费成功通知", ""),
        ("停车缴费提醒", "停车缴费成功通知", ""),
    ],
)  # fmt: skip
def test_titles_beside_each_other_and_beside_the_library(first: str, second: str, said: str) -> None:
    existing = Library("wxopen", (Title("AT1", first, None),), PULLED)
    beside = proposed(proposal(first), proposal(second))
    compared = proposed(proposal(second), pulled=existing)
    assert beside == ([f"5:12 {said} the proposal on line 3 | {ONE}"] if said else [])
    assert compared == ([f"3:12 {said} AT1 of the library | {USE}"] if said else [])


# ------------------------------------------------------------------ keywords


@pytest.mark.parametrize(
    "keyword",
    [
        "付款时间=2016年6月6日 15:30",
        "截止日期=6/6",
        "营业时间=全天",
        "会议时间=周三上午",
        "付款金额=32.00元",
        "付款金额=三十二元",
        "挂号费=免费",
        "客服电话=020-89010000",
        "手机号码=138****0000",
        "客服热线=12345",
        "购买数量=两件",
        "参加人数=12",
        "快递单号=SF-2016-0606",
        "订单编号：=20160606",
        "金额（元）=32",
        "车辆类型/颜色=轿车",
        "备注信息=请凭单号取货",
        "亲属姓名=王小明",
        "是否免费=是",
        "单次缴费=已完成",
        "更换手机=iPhone",
        "座位编号=三排五座",
        "办理时间=尽快",
        "等待时间=约十分钟",
        "放假时间=春节",
        "到账金额=壹佰元整",
        "上课人数=多人",
    ],
)
def test_a_good_keyword(keyword: str) -> None:
    assert proposed(proposal("付款成功通知", keyword)) == []


@pytest.mark.parametrize(
    ("keyword", "expected"),
    [
        ("★单号=1", ["error 2.3: {} has special symbols: ★ | " + OUT]),
        ("宝贝名称=裙子", ["warning 2.3: {} has idiosyncratic words: 宝贝 | " + TRADE]),
        ("付款时间=微信支付", ["error 2.4: {}: the example 微信支付 holds no time | "
                               f"{AS_SEEN}: 2016年6月6日 15:30"]),
        ("付款金额=很多", [f"error 2.4: {{}}: the example 很多 holds no number | {AS_SEEN}: 32.00元"]),
        ("商品价格=很多", [f"error 2.4: {{}}: the example 很多 holds no number | {AS_SEEN}: 32.00元"]),
        ("学费=很多", [f"error 2.4: {{}}: the example 很多 holds no number | {AS_SEEN}: 32.00元"]),
        ("购买数量=若干", [f"error 2.4: {{}}: the example 若干 holds no number | {AS_SEEN}: 2件"]),
        ("订单数量=张三", [f"error 2.4: {{}}: the example 张三 holds no number | {AS_SEEN}: 2件"]),
        ("停车时长=很久", [f"error 2.4: {{}}: the example 很久 holds no number | {AS_SEEN}: 2件"]),
        ("电子邮箱=张三", [f"error 2.4: {{}}: the example 张三 is no mail address | "
                           f"{AS_SEEN}: name@example.com"]),
        ("使用次数=若干", [f"error 2.4: {{}}: the example 若干 holds no number | {AS_SEEN}: 2件"]),
        ("客服电话=小王", [f"error 2.4: {{}}: the example 小王 is no telephone number | "
                           f"{AS_SEEN}: 020-89010000"]),
        ("绑定手机=小王", [f"error 2.4: {{}}: the example 小王 is no telephone number | "
                           f"{AS_SEEN}: 020-89010000"]),
        ("快递单号=顺丰", [f"error 2.4: {{}}: the example 顺丰 holds neither letters nor digits | "
                           f"{AS_SEEN}: 20160606153000018"]),
        ("课程名称=课程名称", [f"error 2.4: {{}}: the example 课程名称 is the keyword itself | {AS_SEEN}"]),
        ("课程名称=", [f"error 2.4: {{}}: the example is empty | {AS_SEEN}"]),
        ("付款时间= ", [f"error 2.4: {{}}: the example is empty | {AS_SEEN}: 2016年6月6日 15:30"]),
        ("内容=咖啡", ["error 2.5: {} is too broad | " + WHICH]),
        ("名称=咖啡", ["error 2.5: {} is too broad | " + WHICH]),
        ("备注=咖啡", ["warning 2.5: {} is rather broad | " + WHICH]),
        ("时间=10:00", ["warning 2.5: {} is rather broad | " + WHICH]),
    ],
)  # fmt: skip
def test_a_bad_keyword(keyword: str, expected: list[str]) -> None:
    name = keyword.partition("=")[0]
    report = proposed(proposal("付款成功通知", keyword))
    assert [one.partition(" ")[2] for one in report] == [
        one.format(f"付款成功通知: keyword {name}") for one in expected
    ]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("付款时间=10:00", "付款时间：=10:00", "error 2.1: {}keyword 付款时间 stands twice"),
        ("Wifi名称=甲", "ＷＩＦＩ名称=甲", "error 2.1: {}keyword ＷＩＦＩ名称 stands twice"),
        ("付款时间=10:00", "支付日期=10:00",
         "warning 2.2: {}keyword 支付日期 means nearly the same as 付款时间"),
        ("客服电话=12345", "客服热线=12345",
         "warning 2.2: {}keyword 客服热线 means nearly the same as 客服电话"),
        ("订单编号=1", "订单号=1", "warning 2.2: {}keyword 订单号 means nearly the same as 订单编号"),
        ("开始时间=10:00", "结束时间=10:00", None),
        ("付款时间=10:00", "下单时间=10:00", None),
        ("派单人员=王小明", "派单人员电话=12345", None),
    ],
)  # fmt: skip
def test_keywords_beside_each_other(one: str, other: str, expected: str | None) -> None:
    report = proposed(proposal("付款成功通知", one, other), proposal("订单取消通知", other))
    told = [] if expected is None else [f"{expected.format('付款成功通知: ')} | {ONE}"]
    assert [one.partition(" ")[2] for one in report] == told, "and not of another title's keywords"


# ------------------------------------------------------------------ templates.yaml


USED = """\
version: 1
templates:
  paid:
    id: AT1
    title: 付款成功通知
    keywords:
      - 付款时间
      - 内容
      - 付款金额
  points: {id: AT2, title: 积分变动提醒, keywords: [变动时间]}
  again: {id: AT1, title: 付款成功通知, keywords: [付款时间]}
"""
ADVERT = "send no advertisement with it: the template would be deleted, then the interface blocked"
MARKETING = (
    f"10:28 warning 1.6: points: the title 积分变动提醒 looks like marketing: 积分 (积分类) | {ADVERT}"
)
BROAD = f"8:9 warning 2.5: paid: keyword 内容 is too broad | {WHICH}"


def test_what_can_be_used_is_a_warning_at_most_and_one_id_may_stand_twice() -> None:
    assert said(of_templates(USED).findings) == [BROAD, MARKETING]
    assert said(of_templates(USED, SHOP).findings) == [
        BROAD,
        f"9:9 warning 2.4: paid: keyword 付款金额: the example 很多 holds no number | {AS_SEEN}: 32.00元",
        MARKETING,
    ]


ODD_TITLES = """\
version: 1
templates:
  a: {id: AT3, title: 账户★提示, keywords: [甲]}
  b: {id: AT4, title: 付款成功通知, keywords: [甲]}
  c: {id: AT1, title: 付款成功通知, keywords: [Ａ, a]}
"""
TWICE = "c: the title 付款成功通知 is that of b on line 4 | use one id for both, or correct a title"


def test_what_the_library_has_was_approved() -> None:
    symbol = f"a: the title 账户★提示 has special symbols: ★ | {OUT}"
    ending = f"a: the title 账户★提示 does not end in 提醒 or 通知 | {ENDING}"
    keyword = f"5:45 error 2.1: c: keyword a stands twice | {ONE}"
    assert said(of_templates(ODD_TITLES).findings) == [
        f"3:23 error 1.3: {ending}",
        f"3:23 error 1.4: {symbol}",
        f"5:23 error 1.1: {TWICE}",
        keyword,
    ]
    assert said(of_templates(ODD_TITLES, SHOP).findings) == [
        f"3:23 warning 1.3: {ending}",
        f"3:23 warning 1.4: {symbol}",
        f"5:23 warning 1.1: {TWICE}",
        keyword,
    ]


def test_titles_come_from_the_library_and_examples_are_those_of_the_id() -> None:
    yaml = (
        "version: 1\ntemplates:\n  p: {id: AT2, keywords: [变动时间]}\n"
        "  q: {id: AT1, keywords: [{name: 时间, keyword_id: 4}]}\n"
        "  r: {id: AT1, keywords: [{name: 时间, keyword_id: 5}]}\n"
    )
    assert said(of_templates(yaml, SHOP).findings) == [
        f"3:11 warning 1.6: p: the title 积分变动提醒 looks like marketing: 积分 (积分类) | {ADVERT}",
        f"5:27 warning 2.4: r: keyword 时间: the example 甲 holds no time | {AS_SEEN}: 2016年6月6日 15:30",
    ]


def test_what_could_not_be_checked_is_told_once() -> None:
    entries = "".join(f"  t{number}: {{id: AT9, keywords: [甲{number}]}}\n" for number in range(7))
    yaml = f"version: 1\ntemplates:\n{entries}"
    names = "t0, t1, t2, t3, t4 and 2 more"
    pulled = "name a pulled library with --library"
    untold = "the library does not tell them: see `validate --library`"
    assert notes(of_templates(yaml)) == (
        f"not checked: the titles of {names} (1.1 to 1.6): write title:, or {pulled}",
        f"not checked: the examples of keywords of {names} (2.4): {pulled}",
    )
    assert notes(of_templates(yaml, SHOP)) == (
        f"not checked: the titles of {names} (1.1 to 1.6): write title:, or {untold}",
        f"not checked: the examples of keywords of {names} (2.4): {untold}",
    )
    assert notes(of_templates(USED, SHOP)) == ()
    alone = of_proposals("version: 1\nproposals:\n" + proposal("付款成功通知"))
    assert notes(alone) == (
        "not compared with the titles of the library (1.1, 1.2): name a pulled one with --library",
    )


# ------------------------------------------------------------------ groups


def group(names: str, *entries: str) -> str:
    rows = "".join(f"  {one}, keywords: [课程名称, 付款时间{at}]}}\n" for at, one in enumerate(entries))
    return f"version: 1\ndialect: subscribe\ntemplates:\n{rows}groups:\n  fine: [a]\n  pay: [{names}]\n"


TYPES = Library(
    "subscribe",
    (Title("1", "付款成功通知", None, 2), Title("2", "发货通知", None, 3), Title("3", "签收通知", None, 2)),
    PULLED,
)


def test_a_group_of_five_and_one_of_six() -> None:
    names = ["订单付款", "课程预约", "快递签收", "车位续费", "会议取消", "考试报到"]
    entries = [
        f'{key}: {{id: "{at}", title: {name}通知'
        for at, (key, name) in enumerate(zip("abcdef", names, strict=True))
    ]
    assert said(of_templates(group("a, b, c, d, e", *entries)).findings) == []
    assert said(of_templates(group("a, b, c, d, e, f", *entries)).findings) == [
        "12:3 error 3.1: group pay: 6 templates; one call takes at most 5 | remove 1, or ask in two calls"
    ]


def test_a_group_with_one_title_twice() -> None:
    apart = "ask for one of them in another call: WeChat drops the second"
    entries = [
        'a: {id: "1", title: 付款成功通知',
        'b: {id: "9", title: 付款成功通知',
        'c: {id: "1"',
        'd: {id: "1"',
    ]
    assert [one for one in said(of_templates(group("a, b", *entries)).findings) if " 3." in one] == [
        f"10:3 error 3.2: group pay: a and b have the same title, 付款成功通知 | {apart}"
    ]
    assert [one for one in said(of_templates(group("c, d", *entries)).findings) if " 3." in one] == [
        f"10:3 error 3.2: group pay: c and d have the same title, that of 1 | {apart}"
    ]


def test_a_group_of_two_types() -> None:
    entries = [
        'a: {id: "1", title: 付款成功通知',
        'b: {id: "2", title: 发货通知',
        'c: {id: "3", title: 签收通知',
    ]
    mixed = (
        "9:3 error 3.3: group pay: one-time and long-term templates together: one-time a, c, long-term b"
        " | ask for them in two calls: WeChat refuses the mix"
    )
    assert said(of_templates(group("a, b, c", *entries), TYPES).findings) == [mixed]
    assert said(of_templates(group("a, c", *entries), TYPES).findings) == []
    untyped = of_templates(group("a, b, c", *entries))
    assert untyped.findings == ()
    assert notes(untyped)[-1] == (
        "not checked: the types in the groups fine, pay (3.3): name a pulled library with --library"
    )


def test_groups_change_no_plan(reconciler: CommandLine) -> None:
    entry = '{id: "2", title: 购买成功通知, keywords: [购买地点, 购买时间]}'
    yaml = f"version: 1\ndialect: subscribe\ntemplates:\n  a: {entry}\n"
    plans = []
    for more in ("", "groups: {pay: [a]}\n"):
        Path("templates.yaml").write_text(yaml + more, "utf-8")
        plans.append(reconciler("plan", "--sandbox", "--format", "json").json)
    assert plans[0] == plans[1]


# ------------------------------------------------------------------ silences


SILENCED = """\
version: 1
templates:
  a:   # lint: ignore 2.5: it is called so
    id: AT2
    title: 积分变动提醒   # lint: ignore 1.6: the points are paid for
    keywords:
      - 内容
      # lint：ignore 2.5，2.3： 说不清

      # and more of it
      - ★信息
  # lint: ignore 1.6, 2.5: old
  b: {id: AT5, title: 活动开始提醒, keywords: [内容]}
"""


def test_a_comment_silences_its_line_the_next_or_a_whole_entry() -> None:
    report = of_templates(SILENCED)
    assert [(one.rule.number, one.place.line, one.silenced) for one in report.findings] == [
        ("1.6", 5, "the points are paid for"),
        ("2.5", 7, "it is called so"),
        ("0.2", 8, None),
        ("2.3", 11, "说不清"),
        ("1.6", 13, "old"),
        ("2.5", 13, "old"),
    ]


def test_what_ends_an_entry_is_not_about_the_next() -> None:
    text = """\
version: 1
proposals:
- title: 订单出票通知
  keywords:
  - {name: 出票编号, example: "1"}
  # lint: ignore 1.6: the seats are what is meant here

- title: 优惠券红包大促通知
  keywords: [{name: 出票编号, example: "1"}]
- keywords: # lint: ignore 2.5: the whole entry
  - {name: 内容, example: 一张}
  title: 订单取消通知
"""
    report = of_proposals(text)
    assert [(one.rule.number, one.place.line, one.silenced) for one in report.findings] == [
        ("0.2", 6, None),
        ("1.6", 8, None),
        ("2.5", 11, "the whole entry"),
    ]


def test_what_stands_between_a_key_and_its_list_is_about_the_list() -> None:
    """Whose items may stand at the key's own column."""
    text = """\
version: 1
proposals:
  # lint: ignore 1.6: the members have paid for it
- title: 优惠券到账通知
  keywords:
    # lint: ignore 2.5: it is what the page calls it
  - {name: 内容, example: 咖啡}
"""
    report = of_proposals(text)
    assert [(one.rule.number, one.silenced is None) for one in report.findings] == [
        ("1.6", False),
        ("2.5", False),
    ]


def entry(comment: str, title: str = "'积分 # lint: ignore 1.4: 变动提醒'") -> str:
    return (
        f"version: 1\ntemplates:\n  a:\n    id: AT2\n    title: {title} {comment}\n    keywords: [变动时间]\n"
    )


HOW = "write: # lint: ignore 1.6: reason"


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("# lint: ignore 1.6", f"error 0.1: no reason is given to ignore 1.6 | {HOW}"),
        ("# lint: ignore 1.6: ", f"error 0.1: no reason is given to ignore 1.6 | {HOW}"),
        ("# lint: ignore 1.6, 1.4", f"error 0.1: no reason is given to ignore 1.6, 1.4 | {HOW}"),
        ("# lint: ignore 9.9: why", f"error 0.1: there is no rule 9.9 to ignore | {HOW}"),
        ("# lint: ignore 1.6 1.4: why", f"error 0.1: there is no rule 1.6 1.4 to ignore | {HOW}"),
        ("# lint: ignore 0.2: why", f"error 0.1: there is no rule 0.2 to ignore | {HOW}"),
        ("# lint: ignore : why", f"error 0.1: no rule is named to ignore | {HOW}"),
        ("# lint: off", f"error 0.1: lint: off silences nothing | {HOW}"),
        ("# lint: ignore 1.3: why", "warning 0.2: there is no finding of 1.3 ends-in-notice to ignore here"
                                    " | remove it"),
    ],
)  # fmt: skip
def test_a_comment_that_silences_nothing(comment: str, expected: str) -> None:
    findings = of_templates(entry(comment, "积分变动提醒")).findings
    assert said(findings) == [
        f"5:12 warning 1.6: a: the title 积分变动提醒 looks like marketing: 积分 (积分类) | {ADVERT}",
        f"5:19 {expected}",
    ]


def test_text_that_looks_like_a_comment_is_none() -> None:
    assert [one.rule.number for one in of_templates(entry("")).findings] == ["1.4", "1.6"]
    assert all(one.silenced is None for one in of_templates(entry("")).findings)


def test_what_can_not_be_checked_is_not_unused() -> None:
    yaml = (
        "version: 1\ntemplates:\n  a:  # lint: ignore 1.6, 2.4, 1.3: why\n"
        "    id: AT2\n    keywords: [变动时间]\n"
    )
    assert of_templates(yaml).findings == ()
    assert [
        (one.rule.number, one.message) for one in of_templates(yaml, SHOP).findings if not one.silenced
    ] == [
        ("0.2", "there is no finding of 2.4 fitting-example to ignore here"),
        ("0.2", "there is no finding of 1.3 ends-in-notice to ignore here"),
    ]


COMMENTED = """\
# top
a: "x # no"  # quoted 😀
b: 'it''s # no' # single

# above
#
c:  # key
  - plain#no😀 # item
  - >- # block
    text # no

    # no either
  # behind it
  - {a: 1, # flow
     b: 2} # end
d: http://x/#frag
e: &k foo # anchor
f: *k # alias
g: | # last
   text # no
# nothing follows
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_comments_are_what_yaml_takes_for_them(ending: str) -> None:
    data = COMMENTED.replace("\n", ending).encode()
    found = list(comments(data, "t.yaml"))
    lines = COMMENTED.split("\n")
    assert [(one.text, one.place.line, one.about) for one in found] == [
        ("top", 1, 2), ("quoted 😀", 2, 2), ("single", 3, 3), ("above", 5, 7), ("", 6, 7), ("key", 7, 7),
        ("item", 8, 8), ("block", 9, 9), ("behind it", 13, 14), ("flow", 14, 14), ("end", 15, 15),
        ("anchor", 17, 17), ("alias", 18, 18), ("last", 19, 19), ("nothing follows", 21, 22),
    ]  # fmt: skip
    assert all(_stands(one, lines) for one in found)


QUOTED = st.text("甲a #'\":|>{}[]-", max_size=6).map(lambda text: json.dumps(text, ensure_ascii=False))
ROW = st.tuples(QUOTED, st.none() | st.text("甲a #'\":", max_size=6).map(str.strip))


@given(st.lists(ROW, min_size=1, max_size=6))
def test_every_comment_is_found_and_nothing_else(rows: list[tuple[str, str | None]]) -> None:
    lines = [f"- {text}" + ("" if comment is None else f" # {comment}") for text, comment in rows]
    found = comments("\n".join(lines).encode(), "t.yaml")
    written = [(number, comment) for number, (_, comment) in enumerate(rows, 1) if comment is not None]
    assert [(one.about, one.text) for one in found] == written


def _stands(comment: Comment, lines: list[str]) -> bool:
    return lines[comment.place.line - 1][comment.place.column - 1 :] == f"# {comment.text}".rstrip()


# ------------------------------------------------------------------ words, the library and the example


def test_no_list_of_words_has_one_twice_or_one_that_does_nothing() -> None:
    lists = {
        "personal": [*WORDS.personal.words, *WORDS.personal.unless],
        "marketing": [*WORDS.marketing.words, *WORDS.marketing.unless],
        "generic": WORDS.generic,
        "synonyms": [word for words in WORDS.synonyms for word in words] + [*WORDS.fillers],
        "broad": [*WORDS.broad, *WORDS.vague],
        "endings": [ending for one in WORDS.examples for ending in one.endings],
    }
    for name, words in lists.items():
        assert len(set(words)) == len(words), name
        assert [word for word in words if fold(word) != word] == [], name
    for each in (WORDS.personal, WORDS.marketing):
        assert [one for one in each.unless if not any(word in one for word in each.words)] == []


@pytest.mark.parametrize("room", [vocabulary, symbols, examples, sarif])
def test_the_examples_in_the_code_are_true(room: ModuleType) -> None:
    result = doctest.testmod(room)
    assert (result.failed, result.attempted > 0) == (0, True)


def sandbox_library() -> Library:
    rows = json.loads((ROOT / "reconciler" / "sandbox" / "library.json").read_text("utf-8"))["titles"]
    return Library("wxopen", tuple(map(library.title_of, rows)), PULLED)


def test_titles_that_wechat_has_taken_are_hardly_ever_found_fault_with() -> None:
    """As if each title of the library were proposed: what is told of them is told wrongly, mostly."""
    titles = sandbox_library().titles
    offered = [
        Proposal(
            one.title or "",
            tuple(ProposedKeyword(word.name, word.example) for word in one.keywords or ()),
        )
        for one in titles
    ]
    report = engine.proposals(offered, None, (), "p.yaml", WORDS)
    assert len(titles) == 599
    assert {one.rule.number for one in report.findings} == {"2.2"}
    pairs = {one.message.partition(": keyword ")[2] for one in report.findings}
    assert pairs == {
        "手机号码 means nearly the same as 联系电话",
        "客服电话 means nearly the same as 客服热线",
        "审批人 means nearly the same as 审核人",
        "收货人 means nearly the same as 签收人",
        "收货地址 means nearly the same as 签收地点",
    }


def test_nothing_is_found_in_the_example(reconciler: CommandLine) -> None:
    Path("templates.yaml").write_bytes((ROOT / "templates.yaml").read_bytes())
    Path("library.json").write_text(library.dumps(sandbox_library()), "utf-8")
    assert reconciler("lint", "--library", "library.json") == (
        0,
        "templates.yaml: 0 errors, 0 warnings\n",
        "",
    )


# ------------------------------------------------------------------ proposals.yaml


GOOD = """\
version: 1
proposals:
  - title: 付款成功通知
    scene: 用户付款之后
    keywords:
      - {name: 付款时间, example: "10:00"}
      - {name: 付款金额, example: ""}
"""


def test_proposals_are_read() -> None:
    keywords = (ProposedKeyword("付款时间", "10:00"), ProposedKeyword("付款金额", ""))
    (read,) = proposals.read(GOOD.encode(), "p.yaml")
    assert read == Proposal("付款成功通知", keywords, "用户付款之后")
    places = (read.place, read.title_place, read.keywords[1].place, read.keywords[1].example_place)
    assert [(one.line, one.column) for one in places if one] == [(3, 5), (3, 12), (7, 16), (7, 31)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["p.yaml:1:1: the file holds no proposals: it is empty | "
              "start with:  version: 1, then proposals: (see: reconciler schema proposals)"]),
        ("- a\n", ["p.yaml:1:1: the file: expected a mapping, found a list | write a mapping"]),
        ("version: 2\nproposals: []\n",
         ["p.yaml:1:10: version 2 is not known here | write `version: 1`, or install a newer reconciler",
          "p.yaml:2:12: proposals is empty | write one, or remove it"]),
        ("version: 1\n", ["p.yaml:1:1: the file: proposals is missing | add `proposals: …`"]),
        ("version: 1\nproposals: {a: b}\nfoo: 1\n",
         ["p.yaml:2:12: proposals: expected a list of titles, found a mapping | write a list of titles",
          "p.yaml:3:1: the file: unknown field foo | known here: version, proposals"]),
        ("version: 1\nproposals:\n  - title: 付款通知\n  - 付款通知\n  - {titel: 付款通知, keywords: []}\n",
         ["p.yaml:3:5: proposal: keywords is missing | add `keywords: …`",
          "p.yaml:4:5: proposal: expected a mapping, found the text 付款通知 | write a mapping",
          "p.yaml:5:6: proposal: unknown field titel | did you mean title?",
          "p.yaml:5:29: proposal: keywords is empty | write one, or remove it"]),
        ("version: 1\nproposals:\n  - title: 付款通知\n    scene: 1\n    keywords:\n"
         "      - {name: 付款时间}\n      - {name: ：, example: 2016-06-06}\n"
         "      - {name: 金额, example: [1]}\n      - 时间\n",
         ["p.yaml:4:12: 付款通知: scene: expected text, found the number 1 | "
          'YAML reads 1 as a number: quote it, "1"',
          "p.yaml:6:9: 付款通知: keyword: example is missing | add `example: …`",
          "p.yaml:7:16: 付款通知: keyword name is nothing but a colon | write its name",
          "p.yaml:7:28: 付款通知: keyword example: expected text, found the date 2016-06-06 | "
          'YAML reads 2016-06-06 as a date: quote it, "2016-06-06"',
          "p.yaml:8:29: 付款通知: keyword example: expected text, found a list | write text",
          "p.yaml:9:9: 付款通知: keyword: expected a mapping, found the text 时间 | write a mapping"]),
        ("version: 1\nproposals: [{title: a通知, keywords: [{name: b, example: c}], app_secret: hush}]\n",
         ["p.yaml:2:61: app_secret looks like a secret, and no secret may stand in this file | "
          "remove it, renew it, and set WECHAT_APPSECRET in the environment"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_proposals_is_told_at_once(text: str, expected: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        proposals.read(text.encode(), "p.yaml")
    assert [f"{one.where}: {one.message} | {one.hint}" for one in caught.value.problems] == expected


KEYWORD = ODD | st.fixed_dictionaries(
    {}, optional={"name": st.sampled_from(["甲", ":", "： "]) | ODD, "example": ODD, "x": ODD}
)
PROPOSAL = ODD | st.fixed_dictionaries(
    {}, optional={"title": ODD, "scene": ODD, "keywords": st.lists(KEYWORD, max_size=3) | ODD, "x": ODD}
)
PROPOSALS = st.fixed_dictionaries(
    {"version": st.just(1) | ODD}, optional={"proposals": st.lists(PROPOSAL, max_size=3) | ODD, "x": ODD}
)


@given(PROPOSALS)
def test_reader_and_schema_agree_on_proposals(value: dict[str, Any]) -> None:
    validator = Draft202012Validator(json.loads(schemas.text("proposals")))
    try:
        proposals.read(json.dumps(value, ensure_ascii=False).encode(), "p.yaml")
        read = True
    except InputError:
        read = False
    assert read == validator.is_valid(value)


# ------------------------------------------------------------------ formats


FORMATTED = """\
version: 1
templates:
  a: {id: AT1, title: 缴费100%, keywords: [缴费时间]}
  b: {id: AT2, title: 积分变动提醒, keywords: [变动时间]}
  c: {id: AT3, title: 活动开始提醒, keywords: [变动时间]} # lint: ignore 1.6: 课外
"""


def lint(reconciler: CommandLine, *words: str, file: str = "templates.yaml") -> Any:
    Path(file).write_text(FORMATTED, "utf-8")
    return reconciler("lint", "--file", file, *words)


def test_as_text(reconciler: CommandLine) -> None:
    result = lint(reconciler)
    assert result.out == (
        "templates.yaml:3:23: error 1.3 ends-in-notice: a: the title 缴费100% does not end in 提醒 or 通知\n"
        f"    {ENDING}\n"
        "templates.yaml:3:23: error 1.4 plain-title: a: the title 缴费100% has special symbols: %\n"
        f"    {OUT}\n"
        "templates.yaml:4:23: warning 1.6 no-marketing: b: the title 积分变动提醒 looks like marketing: "
        "积分 (积分类)\n"
        f"    {ADVERT}\n"
        "templates.yaml: 2 errors, 1 warning, 1 silenced\n"
    )
    assert result.err == (
        "note: not checked: the examples of keywords of a, b, c (2.4): name a pulled library with --library\n"
    )
    assert result.code == 1


def test_as_json(reconciler: CommandLine) -> None:
    result = lint(reconciler, "--format", "json")
    whole = result.json
    assert (result.code, result.err) == (1, "")
    assert {key: whole[key] for key in ("version", "file", "counts", "notes")} == {
        "version": 1,
        "file": "templates.yaml",
        "counts": {"error": 2, "warning": 1, "silenced": 1},
        "notes": [
            "not checked: the examples of keywords of a, b, c (2.4): name a pulled library with --library"
        ],
    }
    assert [(one["rule"], one["line"], one["silenced"]) for one in whole["findings"]] == [
        ("1.3", 3, None),
        ("1.4", 3, None),
        ("1.6", 4, None),
        ("1.6", 5, "课外"),
    ]
    assert whole["findings"][1] == {
        "rule": "1.4",
        "name": "plain-title",
        "severity": "error",
        "message": "a: the title 缴费100% has special symbols: %",
        "hint": OUT,
        "file": "templates.yaml",
        "line": 3,
        "column": 23,
        "silenced": None,
    }


def test_as_commands_of_github(reconciler: CommandLine) -> None:
    result = lint(reconciler, "--format", "github", file="a,b%.yaml")
    assert result.out.splitlines() == [
        "::error file=a%2Cb%25.yaml,line=3,col=23,title=1.3 ends-in-notice::"
        f"a: the title 缴费100%25 does not end in 提醒 or 通知%0A{ENDING}",
        "::error file=a%2Cb%25.yaml,line=3,col=23,title=1.4 plain-title::"
        f"a: the title 缴费100%25 has special symbols: %25%0A{OUT}",
        "::warning file=a%2Cb%25.yaml,line=4,col=23,title=1.6 no-marketing::"
        f"b: the title 积分变动提醒 looks like marketing: 积分 (积分类)%0A{ADVERT}",
        "::notice::not checked: the examples of keywords of a, b, c (2.4): "
        "name a pulled library with --library",
        "a,b%25.yaml: 2 errors, 1 warning, 1 silenced",
    ]
    assert (result.code, result.err) == (1, "")


def test_a_title_gives_no_command_of_its_own() -> None:
    pulled = Library("wxopen", (Title("::set-output name=x::\r\n::error::y", "付款成功通知", None),), PULLED)
    hostile = of_proposals("version: 1\nproposals:\n" + proposal("付款成功通知"), pulled)
    lines = github.render(hostile).splitlines()
    assert lines[0] == (
        "::error file=p.yaml,line=3,col=12,title=1.1 unique-title::the title 付款成功通知 is that of "
        "::set-output name=x::%0D%0A::error::y of the library%0A"
        "use it: id: ::set-output name=x::%0D%0A::error::y"
    )
    assert lines[1:] == ["p.yaml: 1 error, 0 warnings"]
    assert not any(line.startswith("::") for line in text.render(hostile).splitlines())


SARIF = {
    "type": "object",
    "required": ["$schema", "version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/run"}},
    },
    "$defs": {
        "message": {
            "type": "object",
            "required": ["text"],
            "properties": {"text": {"type": "string", "minLength": 1}},
        },
        "run": {
            "type": "object",
            "required": ["tool", "results"],
            "additionalProperties": False,
            "properties": {
                "tool": {
                    "required": ["driver"],
                    "properties": {
                        "driver": {
                            "required": ["name", "version", "rules"],
                            "properties": {"rules": {"items": {"$ref": "#/$defs/rule"}}},
                        }
                    },
                },
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "invocations": {"items": {"required": ["executionSuccessful"]}},
                "results": {"items": {"$ref": "#/$defs/result"}},
            },
        },
        "rule": {
            "type": "object",
            "required": ["id"],
            "additionalProperties": False,
            "properties": {
                "id": {"type": "string"},
                "name": {"type": "string"},
                "shortDescription": {"$ref": "#/$defs/message"},
                "fullDescription": {"$ref": "#/$defs/message"},
                "help": {"$ref": "#/$defs/message"},
                "defaultConfiguration": {
                    "properties": {"level": {"enum": ["none", "note", "warning", "error"]}}
                },
            },
        },
        "result": {
            "type": "object",
            "required": ["message", "ruleId", "ruleIndex", "level", "locations", "suppressions"],
            "additionalProperties": False,
            "properties": {
                "ruleId": {"type": "string"},
                "ruleIndex": {"type": "integer", "minimum": 0},
                "level": {"enum": ["none", "note", "warning", "error"]},
                "message": {"$ref": "#/$defs/message"},
                "locations": {"minItems": 1, "items": {"required": ["physicalLocation"]}},
                "suppressions": {
                    "items": {
                        "required": ["kind"],
                        "additionalProperties": False,
                        "properties": {
                            "kind": {"enum": ["inSource", "external"]},
                            "justification": {"type": "string"},
                        },
                    }
                },
            },
        },
    },
}
"""What of SARIF 2.1.0 is used here, as its specification has it"""


def test_as_sarif(reconciler: CommandLine) -> None:
    Path("模板").mkdir()
    result = lint(reconciler, "--format", "sarif", file="./模板/a b.yaml")
    Draft202012Validator(SARIF).validate(result.json)
    (run,) = result.json["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [one["id"] for one in rules] == list(RULES)
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    assert "红包类" in next(one["help"]["text"] for one in rules if one["id"] == "1.6")
    assert run["results"][1] == {
        "ruleId": "1.4",
        "ruleIndex": list(RULES).index("1.4"),
        "level": "error",
        "message": {"text": f"a: the title 缴费100% has special symbols: %; {OUT}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "%E6%A8%A1%E6%9D%BF/a%20b.yaml"},
                    "region": {"startLine": 3, "startColumn": 23},
                }
            }
        ],
        "suppressions": [],
    }
    assert [one["suppressions"] for one in run["results"][2:]] == [
        [],
        [{"kind": "inSource", "justification": "课外"}],
    ]
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["level"] == "note"
    assert told["message"]["text"].startswith("not checked: the examples of keywords of a, b, c (2.4)")
    assert (result.code, result.err) == (1, "")


def test_every_format_tells_the_same_findings() -> None:
    report = of_templates(FORMATTED)
    count = sum(one.silenced is None for one in report.findings)
    (run,) = json.loads(sarif.render(report))["runs"]
    assert count == 3
    assert sum(not one["suppressions"] for one in run["results"]) == count
    assert sum(one["silenced"] is None for one in json.loads(document.render(report))["findings"]) == count
    assert (
        sum(line.startswith(("::error", "::warning")) for line in github.render(report).splitlines()) == count
    )
    assert sum(line.startswith("t.yaml:") for line in text.render(report).splitlines()) == count + 1


# ------------------------------------------------------------------ the command


def test_warnings_and_silenced_errors_end_well(reconciler: CommandLine) -> None:
    Path("templates.yaml").write_text(USED, "utf-8")
    assert reconciler("lint").code == 0
    yaml = "version: 1\ntemplates:\n  a: {id: AT1, title: 缴费, keywords: [甲]}"
    Path("templates.yaml").write_text(yaml + "\n", "utf-8")
    assert reconciler("lint").code == 1
    Path("templates.yaml").write_text(yaml + " # lint: ignore 1.3: why\n", "utf-8")
    result = reconciler("lint")
    assert (result.code, result.out) == (0, "templates.yaml: 0 errors, 0 warnings, 1 silenced\n")


def test_proposals_beside_the_library(reconciler: CommandLine) -> None:
    Path("p.yaml").write_text("version: 1\nproposals:\n" + proposal("付款成功通知"), "utf-8")
    Path("library.json").write_text(library.dumps(SHOP), "utf-8")
    assert reconciler("lint", "--proposals", "p.yaml", "--library", "library.json") == (
        1,
        "p.yaml:3:12: error 1.1 unique-title: the title 付款成功通知 is that of AT1 of the library\n"
        f"    {USE}\np.yaml: 1 error, 0 warnings\n",
        "",
    )
    assert reconciler("lint", "--proposals", "p.yaml").code == 0


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ((), 1, "templates.yaml: there is no such file\n"
                "    write one (see the README), `reconciler import` it, or name it with --file\n"),
        (("--proposals", "p.yaml"), 1, "p.yaml: there is no such file\n"
                                       "    write one (see: reconciler schema proposals)\n"),
        (("--file", "bad.yaml"), 1, "bad.yaml:1:1: the file: templates is missing\n    add `templates: …`\n"),
        (("--file", "good.yaml", "--library", "none.json"), 1,
         "none.json: there is no such file\n    pull it: reconciler library pull\n"),
        (("--file", "good.yaml", "--library", "other.json"), 1,
         "other.json: the library is of dialect subscribe, good.yaml of wxopen\n"
         "    pull that account's library\n"),
        (("--explain", "7"), 64, "error: --explain: there is no rule 7; there are: "
                                 f"{', '.join(RULES)}\n    see: reconciler lint --help\n"),
    ],
)  # fmt: skip
def test_what_can_not_be_linted(
    reconciler: CommandLine, words: tuple[str, ...], code: int, told: str
) -> None:
    Path("bad.yaml").write_text("version: 1\n", "utf-8")
    Path("good.yaml").write_text("version: 1\ntemplates: {}\n", "utf-8")
    Path("other.json").write_text(library.dumps(TYPES), "utf-8")
    assert reconciler("lint", *words) == (code, "", told)


def test_a_file_that_is_none_as_json_is_one_document(reconciler: CommandLine) -> None:
    result = reconciler("lint", "--format", "json")
    assert (result.code, result.err) == (1, "")
    assert result.json["errors"][0]["message"] == "there is no such file"


def test_a_file_that_is_none_is_a_finding_where_only_reports_are_read(reconciler: CommandLine) -> None:
    Path("templates.yaml").write_text("version: 1\ntemplates: {a: {id: X, keywords: [x], y: 1}}\n", "utf-8")
    github = reconciler("lint", "--format", "github")
    assert (github.code, github.out.splitlines()[0]) == (
        1,
        "::error file=templates.yaml,line=2,col=39,title=0.0 readable-file::"
        "a: unknown field y%0Aknown here: id, title, keywords, scene, protect",
    )
    sarif = reconciler("lint", "--format", "sarif").json["runs"][0]["results"]
    assert [(one["ruleId"], one["level"]) for one in sarif] == [("0.0", "error")]
    Path("templates.yaml").write_text("version: 1\ntemplates: {}\n", "utf-8")
    other = reconciler("lint", "--format", "github", "--library", "none.json")
    assert other.out.splitlines()[0] == (
        "::error file=templates.yaml,line=1,col=1,title=0.0 readable-file::"
        "none.json: there is no such file%0Apull it: reconciler library pull"
    )
    Path("templates.yaml").unlink()
    assert (
        reconciler("lint", "--format", "github")
        .out.splitlines()[0]
        .startswith(
            "::error file=templates.yaml,line=1,col=1,title=0.0 readable-file::there is no such file%0A"
        )
    )


@pytest.mark.parametrize("command", ["validate", "plan", "apply", "doctor", "schema"])
def test_other_commands_know_no_sarif(reconciler: CommandLine, command: str) -> None:
    result = reconciler(command, "--format", "sarif", "--sandbox")
    assert (result.code, result.out) == (64, "")
    assert result.err.startswith("error: Invalid value for '--format': 'sarif' is not one of 'text', 'json'")


def test_options_may_stand_before_the_command(reconciler: CommandLine) -> None:
    assert '"uri": "none.yaml"' in reconciler("--format", "sarif", "--file", "none.yaml", "lint").out
    assert reconciler("--explain", "1.3", "lint").out == reconciler("lint", "--explain", "1.3").out


def test_a_rule_is_explained(reconciler: CommandLine) -> None:
    assert reconciler("lint", "--explain", "1.3").out == (
        "1.3 ends-in-notice (error): a title ends in 提醒 or 通知\n\n"
        "    标题必须以“提醒”或“通知”结尾\n\n"
        "    通知 tells what has happened, 提醒 what is to be done. What a pulled library has was\n"
        "    approved: there it is a warning.\n\n"
        "    good: 停车缴费提醒\n    bad:  停车缴费提示\n"
    )
    assert [
        line[:3] for line in reconciler("lint", "--explain", "all").out.splitlines() if line[:1].isdigit()
    ] == [*RULES]
    (rule,) = reconciler("lint", "--explain", "2.5", "--format", "json").json["rules"]
    assert (rule["number"], rule["severity"], rule["used"]) == ("2.5", "error", "warning")


def test_it_needs_no_network_no_credentials_and_loads_no_client(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(USED, "utf-8")
    (tmp_path / "l.json").write_text(library.dumps(SHOP), "utf-8")
    code = (
        "import socket, sys\n"
        "def refuse(*_): raise AssertionError('a socket')\n"
        "socket.socket.connect = refuse\n"
        "from reconciler.cli import main\n"
        f"code = main(['lint', '--file', {str(tmp_path / 't.yaml')!r}, "
        f"'--library', {str(tmp_path / 'l.json')!r}])\n"
        "late = {'httpx', 'jsonschema', 'deepdiff', 'asyncio', 'starlette', 'aiohttp'}\n"
        "print(code, sorted(set(sys.modules) & late))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True, env={"PATH": ""}
    )
    assert run.stdout.splitlines()[-1] == "0 []"


# ---------------------------------------------------------------- where a CI shows it


@pytest.mark.parametrize("how", ["git", "GITHUB_WORKSPACE", "CI_PROJECT_DIR", "no git"])
@pytest.mark.parametrize(
    ("folder", "file"),
    [
        ("shop", "templates.yaml"),
        (".", "./shop/templates.yaml"),
        ("shop", "../shop/./templates.yaml"),
        ("", ""),
    ],
)
def test_those_who_show_it_beside_its_lines_get_the_path_from_the_top(
    reconciler: CommandLine, monkeypatch: pytest.MonkeyPatch, folder: str, file: str, how: str
) -> None:
    """Wherever the command was run, and also for a file that can't be read."""
    top = Path.cwd()
    if how == "git":
        Path(".git").mkdir()
    elif how != "no git":
        monkeypatch.setenv(how, str(top))
    elif folder == "shop":
        top = top / "shop"
    Path("shop").mkdir()
    Path("shop/templates.yaml").write_text("version: 1\ntemplates: {a: {id: 5}}\n", "utf-8")
    os.chdir(folder or ".")
    file = file or str(Path("shop/templates.yaml").absolute())
    expected = "shop/templates.yaml"
    if how == "no git" and folder == "shop":
        expected = "templates.yaml"
    told = reconciler("lint", "--file", file, "--format", "github")
    assert told.code == 1
    assert {line.split(",")[0] for line in told.out.splitlines()[:-1]} == {f"::error file={expected}"}
    run = reconciler("lint", "--file", file, "--format", "sarif").json["runs"][0]
    uris = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]}
    assert uris == {expected}
