"""The sandbox's own calls: to look inside, to move the clock, to start afresh. They need no token."""

from dataclasses import asdict

from .emulator import Body, Emulator, Reply, ok
from .fields import seconds
from .refusal import Refusal, invalid_args
from .templates import listed


def account(emulator: Emulator, appid: str) -> Reply:
    """An account with what the API never shows: library ids, keyword ids, messages, counts of calls."""
    if appid not in emulator.accounts:
        raise Refusal(40013, "invalid appid")
    store = emulator.store
    templates = [
        {
            **listed(template),
            "id": template.title_id,
            "keywords": [asdict(keyword) for keyword in template.keywords],
        }
        for template in store.templates(appid)
    ]
    return {
        "appid": appid,
        "limit": emulator.limit,
        "templates": templates,
        "messages": store.messages(appid),
        "calls": store.calls(appid),
    }


def move_clock(emulator: Emulator, body: Body) -> Reply:
    if "advance" not in body:
        raise invalid_args("advance must be a number")
    emulator.store.advance(seconds(body, "advance", least=-1e9))
    return ok(advanced=emulator.store.advanced())


def reset(emulator: Emulator) -> Reply:
    emulator.store.clear()
    return ok()
