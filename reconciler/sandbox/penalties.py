"""Violations and what they cost (the page, 违规说明 and 处罚说明).

The first costs the template, the second the interface for 7 days, the third for 30 days, the fourth the
interface for good; a notice (站内信) tells the result and the reason. They belong to the account, whichever
API it speaks. A violation is a message that markets, or what is reported at `/_sandbox/violations`: the
page's other two (to lure users into acting, to pester them) can't be seen in a message.

The page blocks "the interface" and says no more. Here that is what puts messages before users: sending, and
adding templates. Reading and deleting stay possible.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf
from typing import Final

from .context import DAY_SECONDS, Emulator
from .refusal import Refusal
from .state.records import Template, Violation

MARKETING: Final = (
    *("优惠", "促销", "打折", "特价", "满减", "秒杀"),
    *("返利", "返现"),
    *("上新", "新品"),
    *("领券", "代金券", "红包", "会员卡", "积分"),
    *("抽奖", "大放送"),
)
"""Words of what the page calls marketing (审核说明, 1.6): discounts, rebates, product news, coupons,
vouchers, red packets, member cards, points, campaigns. 活动 alone is not among them: a school's are none."""

Blocked = tuple[int, str]
"""The errcode and the errmsg of a call while the interface is blocked"""

WXOPEN: Final[Blocked] = (48004, "api forbidden for irregularities")
"""Of WeChat's table of return codes ("the interface is blocked"): the page names no code of its own"""
SUBSCRIBE_ADD: Final[Blocked] = (200011, "account is banned")
SUBSCRIBE_SEND: Final[Blocked] = (43107, "subscribe message capability is banned")
OFFICIAL: Final[Blocked] = (43106, "account is punished")
"""wechat-api.md §2 and §3; that `official` sends get the code of adds is a guess"""


@dataclass(frozen=True)
class Penalty:
    """What a violation costs: the template, or the interface for so many seconds."""

    says: str
    seconds: float = 0.0


PENALTIES: Final = (
    Penalty("the template is deleted"),
    Penalty("the interface is blocked for 7 days", 7 * DAY_SECONDS),
    Penalty("the interface is blocked for 30 days", 30 * DAY_SECONDS),
    Penalty("the interface is blocked for good", inf),
)
"""For the first violation, the second, the third, and all that follow"""


def check(emulator: Emulator, appid: str, blocked: Blocked | None) -> None:
    """Raises Refusal for a call that the account may not make now; None is a call that is never blocked."""
    if blocked is None or not emulator.penalties:
        return
    if emulator.now() < blocked_until(emulator.store.violations(appid)):
        raise Refusal(*blocked)


def watch(emulator: Emulator, appid: str, template: Template, content: Mapping[str, object]) -> None:
    """Punishes a message that was just sent, if it markets."""
    reason = marketing(template.title, content["lines"]) if emulator.penalties else None
    if reason is not None:
        punish(emulator, appid, template, reason)


def punish(emulator: Emulator, appid: str, template: Template, reason: str) -> Mapping[str, object]:
    """Carries out the penalty of one violation more; its notice."""
    emulator.store.add_violation(
        appid, Violation(emulator.now(), template.template_id, template.title, reason)
    )
    told = emulator.store.violations(appid)
    if len(told) == 1:
        emulator.store.delete_template(appid, template.dialect, template.template_id)
    return notices(told)[-1]


def marketing(title: str, lines: object) -> str | None:
    """Why a message counts as marketing; None if it doesn't. `lines` are those of a kept message."""
    texts = {"the title": title}
    for number, line in enumerate(lines if isinstance(lines, list) else (), start=1):
        texts[f"the value of line {number} ({line['name']})"] = line["value"]
    for place, text in texts.items():
        for word in MARKETING:
            if word in text:
                return f"恶意营销 (marketing): {place} says {word}"
    return None


def blocked_until(violations: Sequence[Violation]) -> float:
    """When the interface is open again, in Unix seconds: -inf if it never was blocked, inf for never."""
    return max((one.at + cost.seconds for one, cost in _judged(violations) if cost.seconds), default=-inf)


def notices(violations: Sequence[Violation]) -> list[Mapping[str, object]]:
    """The notices that an account has got, oldest first; times in whole Unix seconds.

    `until` is None where nothing is blocked, and where it is blocked for good.
    """
    return [_notice(number, one, cost) for number, (one, cost) in enumerate(_judged(violations), start=1)]


def _judged(violations: Sequence[Violation]) -> list[tuple[Violation, Penalty]]:
    return [(one, PENALTIES[min(index, len(PENALTIES) - 1)]) for index, one in enumerate(violations)]


def _notice(number: int, violation: Violation, penalty: Penalty) -> Mapping[str, object]:
    return {
        "time": int(violation.at),
        "violation": number,
        "template_id": violation.template_id,
        "title": violation.title,
        "reason": violation.reason,
        "penalty": penalty.says,
        "until": ceil(violation.at + penalty.seconds) if 0 < penalty.seconds < inf else None,
    }
