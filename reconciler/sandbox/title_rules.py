"""Categories, rules and keys of the titles of the newer APIs.

What the pages don't tell (rules, numbers in keys, lines
without a name) is made up here, and made up so that a client that guesses is wrong.
"""

import re
from typing import Final

from .library import Title
from .state.records import Template

CATEGORIES: Final = (
    (616, "公交"),
    (307, "服装/鞋/箱包"),
    (668, "餐饮服务场所"),
    (321, "旅游服务平台"),
    (412, "综合医疗机构"),
)

ENUMERATION: Final = "enum_string"

_RULES: Final = (
    ("date", "日期|生日"),
    ("time", "时间|时长"),
    ("amount", "金额|价|费|余额"),
    ("phone_number", "电话|手机|热线"),
    ("character_string", "号$|编号|单号|流水"),
    ("number", "数量|天数|次数|人数"),
    ("name", "姓名|昵称|人$|人员$"),
    ("phrase", "状态|结果|类型"),
)


def rule_of(name: str, *, lasting: bool = False) -> str:
    """What values a keyword takes; `thing` is any short text (wechat-api.md §2). What would be a phrase is an
    enumeration under a lasting title."""
    rule = next((rule for rule, pattern in _RULES if re.search(pattern, name)), "thing")
    return ENUMERATION if lasting and rule == "phrase" else rule


def is_enumeration(key: str) -> bool:
    """Whether the list of templates names the only values of a key (wechat-api.md §7)."""
    return key.startswith(ENUMERATION)


def category_of(title: Title) -> int:
    """The category that a title of the subscribe library stands in."""
    return CATEGORIES[int(title.id) % len(CATEGORIES)][0]


def is_lasting(tid: str) -> bool:
    """Whether a user allows many messages of a title at once (type 3) or one (type 2)."""
    return int(tid) % 7 == 0


def keys(template: Template) -> tuple[str, ...]:
    """What senders call the keywords: the rule and a number, which is the kid for some titles only."""
    numbers = [keyword.keyword_id for keyword in template.keywords]
    if int(template.title_id) % 3 == 0:
        numbers = list(range(len(numbers) + 1, 1, -1))
    lasting = template.dialect == "subscribe" and is_lasting(template.title_id)
    rules = [rule_of(keyword.name, lasting=lasting) for keyword in template.keywords]
    return tuple(f"{rule}{number}" for rule, number in zip(rules, numbers, strict=True))
