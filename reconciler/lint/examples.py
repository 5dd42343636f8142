"""Whether the example of a keyword fits it (rule 2.4). Pure."""

from __future__ import annotations

import re

from ..core.messages import Text
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
    "time": (_TIME.search, Text("lint.no-time"), "2016年6月6日 15:30"),
    "amount": (_NUMBER.search, Text("lint.no-number"), "32.00元"),
    "count": (_NUMBER.search, Text("lint.no-number"), "2件"),
    "phone": (_PHONE.search, Text("lint.no-phone"), "020-89010000"),
    "mail": (re.compile("@").search, Text("lint.no-mail"), "name@example.com"),
    "code": (_CODE.search, Text("lint.no-code"), "20160606153000018"),
}
"""What there must be in an example, what is said where it is not, and one that would do"""


def unfit(keyword: str, example: str, words: Vocabulary) -> tuple[Text, Text] | None:
    """What is wrong with an example, and what to do; None if it fits.

    >>> from .vocabulary import load
    >>> [str(text) for text in unfit("付款时间", "微信支付", load())]
    ['the example 微信支付 holds no time', 'write one as users will see it: 2016年6月6日 15:30']
    """
    needs = _needs(keyword, words)
    advice = Text("lint.write-example")
    if needs is not None:
        advice = Text("lint.write-example-like", example=_NEEDS[needs][2])
    wrong = _wrong(keyword, example, needs)
    return None if wrong is None else (wrong, advice)


def _wrong(keyword: str, example: str, needs: str | None) -> Text | None:
    plain = fold(example)
    if not plain:
        return Text("lint.example-empty")
    if plain == fold(keyword):
        return Text("lint.example-is-keyword", example=example)
    if needs is None:
        return None
    meets, lack, _ = _NEEDS[needs]
    return None if meets(plain) else Text("lint.example-lacks", example=example, lack=lack)


def _needs(keyword: str, words: Vocabulary) -> str | None:
    name = fold(keyword)
    if name.endswith(words.free):
        return None
    return next((one.needs for one in words.examples if name.endswith(one.endings)), None)
