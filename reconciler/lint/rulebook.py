"""The rules as a table: WeChat's of titles and keywords, its apps' of groups, and our own. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Rule:
    """A rule. `page` is how WeChat's page has it, if it does.

    `severity` is the highest of its findings; `used` is the highest in templates.yaml, where each title and
    keyword is one that WeChat has approved: what was a matter of judgement has been judged.
    """

    number: str
    name: str
    severity: Severity
    used: Severity
    summary: str
    page: str
    why: str
    good: str
    bad: str


_APPROVED = "What a pulled library has was approved: there it is a warning."
_USED = "In templates.yaml it is a warning: what can be used was approved."

_TABLE = (
    Rule(
        "1.1", "unique-title", "error", "error",
        "a title is not the same as another",
        "标题不能存在相同",
        "A title that the library has is used, and not proposed again. In templates.yaml two entries "
        "may share a title if they share its id; two ids of one title are most likely a slip. "
        f"{_APPROVED}",
        "付款成功通知", "付款成功通知, twice",
    ),
    Rule(
        "1.2", "distinct-title", "warning", "warning",
        "a title does not mean nearly the same as another",
        "标题意思不能存在过度相似",
        "Titles are compared without 通知 and 提醒, with words of one meaning taken for the same, "
        "whatever their order. 成功 and 失败 tell two titles apart, and so does 未.",
        "付款成功通知, 付款失败通知", "付款成功通知, 支付成功提醒",
    ),
    Rule(
        "1.3", "ends-in-notice", "error", "error",
        "a title ends in 提醒 or 通知",
        "标题必须以“提醒”或“通知”结尾",
        f"通知 tells what has happened, 提醒 what is to be done. {_APPROVED}",
        "停车缴费提醒", "停车缴费提示",
    ),
    Rule(
        "1.4", "plain-title", "error", "error",
        "a title has no special symbols and no idiosyncratic words",
        "标题不能带特殊符号、个性化字词等没有行业通用性的内容",
        "A title is what the whole trade would call it: letters, digits and Han characters. A symbol "
        "is an error, a word of chatter (亲, 宝贝, 么么哒) a warning: a list can be wrong about it. "
        f"{_APPROVED}",
        "包裹派送通知", "【亲】包裹派送通知",
    ),
    Rule(
        "1.5", "concrete-title", "error", "warning",
        "a title names a concrete service",
        "标题必须能体现具体服务场景",
        "Whoever reads the title must know what was ordered, booked or asked for. Without words such "
        f"as 系统, 温馨, 重要, 结果 and 成功, something must be left. {_USED}",
        "系统维护通知", "系统通知, 温馨提醒",
    ),
    Rule(
        "1.6", "no-marketing", "error", "warning",
        "a title has nothing of marketing",
        "标题不能涉及营销相关内容，包括不限于：消费优惠类、购物返利类、商品更新类、优惠券类、代金券类、"
        "红包类、会员卡类、积分类、活动类等营销倾向通知",
        "Such proposals are refused, and whoever sends marketing loses the template, then the "
        "interface for 7 days, for 30 days, for good. The library has titles of this kind all the "
        "same, so in templates.yaml it is a warning: see that what is sent is no advertisement.",
        "订单退款成功通知", "优惠券到账提醒, 积分活动通知",
    ),
    Rule(
        "2.1", "unique-keyword", "error", "error",
        "no two keywords of a title are the same",
        "同一标题下，关键词不能存在相同",
        f"Full and half width, case, blanks and a trailing colon tell no two apart. {_APPROVED}",
        "付款时间, 付款金额", "付款时间, 付款时间：",
    ),
    Rule(
        "2.2", "distinct-keyword", "warning", "warning",
        "no two keywords of a title mean nearly the same",
        "同一标题下，关键词不能存在过度相似",
        "Words of one meaning are taken for the same: 时间 and 日期, 编号 and 单号, 电话 and 手机号码.",
        "下单时间, 付款时间", "付款时间, 支付日期",
    ),
    Rule(
        "2.3", "plain-keyword", "error", "error",
        "a keyword has no special symbols and no idiosyncratic words",
        "关键词不能带特殊符号、个性化字词等没有行业通用性的内容",
        "As 1.4; parentheses and what joins words (/ 、 · -) are fine here. A symbol is an error, a "
        f"word of chatter a warning. {_APPROVED}",
        "金额（元）", "★金额, 宝贝名称",
    ),
    Rule(
        "2.4", "fitting-example", "error", "warning",
        "the example of a keyword fits it",
        "关键词内容示例必须与关键词对应匹配",
        "The example of a time holds a time, that of a price or a count a number, that of a telephone "
        "its number, that of a code letters or digits. An empty one fits nothing, nor does the keyword "
        f"itself. In templates.yaml the examples are those of --library. {_USED}",
        "付款时间: 2016年6月6日", "付款时间: 微信支付",
    ),
    Rule(
        "2.5", "narrow-keyword", "error", "warning",
        "a keyword is not too broad",
        "关键词不能太过宽泛，需要具有限制性，例如：“内容”这个就太宽泛，不能审核通过",
        "A keyword says what kind of thing stands behind it. 内容, 信息, 名称 and the like could be "
        "anything; a bare 时间 or 备注 is a warning in a proposal, and fine where the library has it. "
        f"{_USED}",
        "课程名称, 付款时间", "内容, 名称",
    ),
    Rule(
        "3.1", "group-size", "error", "error",
        "no more than 5 templates are asked for together",
        "",
        "wx.requestSubscribeMessage takes at most 5 ids in a call, and fails with more.",
        "5 templates", "6 templates",
    ),
    Rule(
        "3.2", "group-titles", "error", "error",
        "no two templates that are asked for together have the same title",
        "",
        "wx.requestSubscribeMessage drops an id whose title equals another's, and the user is never "
        "asked for it. Two entries with the same library id have the same title.",
        "付款成功通知, 发货通知", "付款成功通知, 付款成功通知",
    ),
    Rule(
        "3.3", "group-types", "error", "error",
        "one-time and long-term templates are not asked for together",
        "",
        "wx.requestSubscribeMessage refuses a mix of templates that allow one message a consent (type "
        "2) and those that allow many (type 3). The types stand in --library.",
        "2 and 2", "2 and 3",
    ),
    Rule(
        "0.0", "readable-file", "error", "error",
        "the file can be read",
        "",
        "What `reconciler validate` says of templates.yaml. Until it is put right, no other rule is asked.",
        "", "",
    ),
    Rule(
        "0.1", "bad-silence", "error", "error",
        "a comment that silences names rules and gives a reason",
        "",
        "`# lint: ignore 1.6: reason`, at the end of a line, or on a line of its own above it. Several "
        "rules are separated by commas. On the line of an entry's name it is about the whole entry.",
        "# lint: ignore 1.6: the library has it", "# lint: ignore 1.6",
    ),
    Rule(
        "0.2", "unused-silence", "warning", "warning",
        "a comment that silences has something to silence",
        "",
        "What was silenced is not there any more; the comment would hide the next one. Rules that "
        "can't be checked without --library, or without a title, are not counted.",
        "", "",
    ),
)  # fmt: skip

RULES = {rule.number: rule for rule in _TABLE}
"""number -> rule, in the order in which they are told"""

OWN = ("0.0", "0.1", "0.2")
"""Those about the file itself, and the comments that silence others: nothing silences them"""


def explanation(rule: Rule) -> str:
    """A rule in full, for a terminal; each line ended."""
    severity = rule.severity + ("" if rule.used == rule.severity else f"; {rule.used} in templates.yaml")
    lines = [f"{rule.number} {rule.name} ({severity}): {rule.summary}", ""]
    if rule.page:
        lines += [f"    {rule.page}", ""]
    lines += wrap(rule.why, 90, initial_indent="    ", subsequent_indent="    ")
    if rule.good:
        lines += ["", f"    good: {rule.good}", f"    bad:  {rule.bad}"]
    return "".join(f"{line}\n" for line in lines)
