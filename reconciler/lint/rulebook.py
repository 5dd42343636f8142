"""The rules as a table: WeChat's of titles and keywords, its apps' of groups, and our own. Pure."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from ..core.messages import Said, Text

Severity = Literal["error", "warning"]


class Rule(Struct, frozen=True):
    """A rule. `page` is how WeChat's page has it, if it does.

    `severity` is the highest of its findings; `used` is the highest in templates.yaml, where each title and
    keyword is one that WeChat has approved: what was a matter of judgement has been judged.
    """

    number: str
    name: str
    severity: Severity
    used: Severity
    summary: Text
    page: str
    why: Text
    good: Said
    bad: Said


_TABLE = (
    Rule(
        "1.1", "unique-title", "error", "error",
        Text("lint.unique-title"),
        "标题不能存在相同",
        Text("lint.unique-title-why"),
        "付款成功通知", Text("lint.unique-title-bad"),
    ),
    Rule(
        "1.2", "distinct-title", "warning", "warning",
        Text("lint.distinct-title"),
        "标题意思不能存在过度相似",
        Text("lint.distinct-title-why"),
        "付款成功通知, 付款失败通知", "付款成功通知, 支付成功提醒",
    ),
    Rule(
        "1.3", "ends-in-notice", "error", "error",
        Text("lint.ends-in-notice"),
        "标题必须以“提醒”或“通知”结尾",
        Text("lint.ends-in-notice-why"),
        "停车缴费提醒", "停车缴费提示",
    ),
    Rule(
        "1.4", "plain-title", "error", "error",
        Text("lint.plain-title"),
        "标题不能带特殊符号、个性化字词等没有行业通用性的内容",
        Text("lint.plain-title-why"),
        "包裹派送通知", "【亲】包裹派送通知",
    ),
    Rule(
        "1.5", "concrete-title", "error", "warning",
        Text("lint.concrete-title"),
        "标题必须能体现具体服务场景",
        Text("lint.concrete-title-why"),
        "系统维护通知", "系统通知, 温馨提醒",
    ),
    Rule(
        "1.6", "no-marketing", "error", "warning",
        Text("lint.no-marketing"),
        "标题不能涉及营销相关内容，包括不限于：消费优惠类、购物返利类、商品更新类、优惠券类、"
        "代金券类、红包类、会员卡类、积分类、活动类等营销倾向通知",
        Text("lint.no-marketing-why"),
        "订单退款成功通知", "优惠券到账提醒, 积分活动通知",
    ),
    Rule(
        "2.1", "unique-keyword", "error", "error",
        Text("lint.unique-keyword"),
        "同一标题下，关键词不能存在相同",
        Text("lint.unique-keyword-why"),
        "付款时间, 付款金额", "付款时间, 付款时间：",
    ),
    Rule(
        "2.2", "distinct-keyword", "warning", "warning",
        Text("lint.distinct-keyword"),
        "同一标题下，关键词不能存在过度相似",
        Text("lint.distinct-keyword-why"),
        "下单时间, 付款时间", "付款时间, 支付日期",
    ),
    Rule(
        "2.3", "plain-keyword", "error", "error",
        Text("lint.plain-keyword"),
        "关键词不能带特殊符号、个性化字词等没有行业通用性的内容",
        Text("lint.plain-keyword-why"),
        "金额（元）", "★金额, 宝贝名称",
    ),
    Rule(
        "2.4", "fitting-example", "error", "warning",
        Text("lint.fitting-example"),
        "关键词内容示例必须与关键词对应匹配",
        Text("lint.fitting-example-why"),
        "付款时间: 2016年6月6日", "付款时间: 微信支付",
    ),
    Rule(
        "2.5", "narrow-keyword", "error", "warning",
        Text("lint.narrow-keyword"),
        "关键词不能太过宽泛，需要具有限制性，例如：“内容”这个就太宽泛，不能审核通过",
        Text("lint.narrow-keyword-why"),
        "课程名称, 付款时间", "内容, 名称",
    ),
    Rule(
        "3.1", "group-size", "error", "error",
        Text("lint.group-size"),
        "",
        Text("lint.group-size-why"),
        Text("lint.group-size-good"), Text("lint.group-size-bad"),
    ),
    Rule(
        "3.2", "group-titles", "error", "error",
        Text("lint.group-titles"),
        "",
        Text("lint.group-titles-why"),
        "付款成功通知, 发货通知", "付款成功通知, 付款成功通知",
    ),
    Rule(
        "3.3", "group-types", "error", "error",
        Text("lint.group-types"),
        "",
        Text("lint.group-types-why"),
        Text("lint.group-types-good"), Text("lint.group-types-bad"),
    ),
    Rule(
        "0.0", "readable-file", "error", "error",
        Text("lint.readable-file"),
        "",
        Text("lint.readable-file-why"),
        "", "",
    ),
    Rule(
        "0.1", "bad-silence", "error", "error",
        Text("lint.bad-silence"),
        "",
        Text("lint.bad-silence-why"),
        Text("lint.bad-silence-good"), Text("lint.bad-silence-bad"),
    ),
    Rule(
        "0.2", "unused-silence", "warning", "warning",
        Text("lint.unused-silence"),
        "",
        Text("lint.unused-silence-why"),
        "", "",
    ),
)  # fmt: skip

RULES = {rule.number: rule for rule in _TABLE}
"""number -> rule, in the order in which they are told"""

OWN = ("0.0", "0.1", "0.2")
"""Those about the file itself, and the comments that silence others: nothing silences them"""
