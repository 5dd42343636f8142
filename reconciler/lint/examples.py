"""Whether the example of a keyword fits it (rule 2.4). Pure."""

from __future__ import annotations

import re

from ..library.search import fold
from .vocabulary import Vocabulary

_HAN = "〇零一二两三四五六七八九十百千万半几壹贰叁肆伍陆柒捌玖拾佰仟"
_TIME = re.compile(
    rf"\d{{1,4}}[年月日号时点分秒天周:/.\-]|\d{{6,}}|[{_HAN}]+[年月日号时点天周]|周[一二三四五六日天末]|星期|礼拜|"
    r"[今明后昨当][天日晚早年]|次日|每[天日周月年]|[上下中]午|凌晨|早上|晚上|傍晚|随时|立即|即时|长期|永久|不限|小时|全天|工作日|周末|节假日|"
    r"分钟|尽快|稍后|近期|待定|[春端中清元国劳儿][节午秋明旦庆动童]|初[一二三四五六七八九十]|正月|腊月|"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\s*\d"
)
_NUMBER = re.compile(rf"\d|^[约共近]?[{_HAN}]|[{_HAN}]{{2}}|免费|无|待定|包邮|多人")
"""(A single numeral within a name is none: 张三.)"""
_PHONE = re.compile(r"[\d*]{3,}")
_CODE = re.compile(r"[a-z0-9]")

_NEEDS = {
    "time": (_TIME.search, "holds no time", "2016年6月6日 15:30"),
    "amount": (_NUMBER.search, "holds no number", "32.00元"),
    "count": (_NUMBER.search, "holds no number", "2件"),
    "phone": (_PHONE.search, "is no telephone number", "020-89010000"),
    "mail": (re.compile("@").search, "is no mail address", "name@example.com"),
    "code": (_CODE.search, "holds neither letters nor digits", "20160606153000018"),
}
"""What there must be in an example, what is said where it is not, and one that would do"""


def unfit(keyword: str, example: str, words: Vocabulary) -> tuple[str, str] | None:
    """What is wrong with an example, and what to do; None if it fits.

    >>> from .vocabulary import load
    >>> unfit("付款时间", "微信支付", load())
    ('the example 微信支付 holds no time', 'write one as users will see it: 2016年6月6日 15:30')
    """
    plain, needs = fold(example), _needs(keyword, words)
    meets, lacks, good = _NEEDS[needs] if needs else (None, "", "")
    hint = "write one as users will see it" + (f": {good}" if good else "")
    if not plain:
        return "the example is empty", hint
    if plain == fold(keyword):
        return f"the example {example} is the keyword itself", hint
    if meets is not None and not meets(plain):
        return f"the example {example} {lacks}", hint
    return None


def _needs(keyword: str, words: Vocabulary) -> str | None:
    name = fold(keyword)
    if name.endswith(words.free):
        return None
    return next((one.needs for one in words.examples if name.endswith(one.endings)), None)
