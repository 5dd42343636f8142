"""The account's list, asked for until it can be believed.

WeChat's lists lag behind adds and deletes, and are known to be empty although there are templates
(wechat-api.md §2, "False empties"). So whoever misses something in a list asks again before acting on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from random import uniform

from ..core.errors import CallError
from ..core.messages import Said, Text
from ..core.model import Live, Lock
from ..core.ports import Reader

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 1.0
"""Seconds between two listings, more or less; each pause is twice the one before."""


async def list_until(
    enough: Callable[[tuple[Live, ...]], bool],
    remote: Reader,
    expect: Callable[[], Collection[str]],
    more: int = 0,
    *,
    settle: float,
    patient: bool = False,
    doubt_empty: bool = False,
) -> tuple[Live, ...]:
    """List the account now and again until `enough` says so, the last time after `settle` seconds.

    `expect` tells which templates should be there, `more` how many others. With `doubt_empty`, an empty list
    is asked for twice in any case. Returns the last list. Raises CallError; a patient caller hears only of
    the last failure, or of one that time does not mend.
    """
    loop = asyncio.get_running_loop()
    ends, pause, doubted = loop.time() + settle, FIRST_PAUSE, False
    while True:
        left = ends - loop.time()
        try:
            live = await remote.list_templates(expect(), more)
            if (enough(live) or left <= 0) and (live or doubted or not doubt_empty):
                return live
            doubted |= not live
        except CallError as error:
            if not patient or error.executed is False or left <= 0:
                raise
        left = max(ends - loop.time(), 0)
        await asyncio.sleep(min(pause * uniform(0.8, 1.2), left))
        pause = min(pause * 2, LONGEST_PAUSE)


async def believed(
    remote: Reader,
    lock: Lock,
    *,
    settle: float,
    tell: Callable[[Said], None],
    suspect: bool = False,
    doubt_empty: bool = False,
) -> tuple[Live, ...]:
    """List what lives on the account: once, if that shows all that the lock owns.

    If it lacks some, whatever shows up within `settle` seconds lives, and an empty list is asked for twice: a
    template that is only late would be added a second time, or forgotten. With `doubt_empty` it is asked for
    twice also where the lock owns nothing. With `suspect` the account is listed for `settle` seconds in any
    case: the list may lack what an earlier run has added and not recorded.

    Raises CallError.
    """
    owned = {entry.template_id for entry in lock.templates.values()}
    owned |= {one.entry.template_id for one in lock.retired}
    seen: dict[str, Live] = {}
    told: list[Text] = []

    def enough(live: tuple[Live, ...]) -> bool:
        newest = {one.template_id: one for one in live}
        older = {id_: one for id_, one in seen.items() if id_ not in newest}
        seen.clear()
        seen.update({**newest, **older})
        missing = len(owned - seen.keys())
        if missing and settle and not told:
            told.append(Text("plan.asking-again", missing=missing, owned=len(owned), seconds=f"{settle:g}"))
            tell(told[0])
        return not missing and not suspect

    await list_until(
        enough, remote, lambda: owned | seen.keys(), settle=settle, doubt_empty=doubt_empty or bool(owned)
    )
    return tuple(seen.values())
