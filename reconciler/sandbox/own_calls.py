"""The sandbox's own calls: to look inside, to move the clock, to report, to break things, to start afresh.

They need no token."""

from dataclasses import asdict

from . import penalties
from .accounts import secret_of
from .api import messages, official, subscribe, wxopen
from .context import Body, Emulator, Reply, ok
from .faults.schedule import Fault, FaultError, Faults, parse
from .fields import seconds, text
from .refusal import Refusal, invalid_args

PENALTIES_ON = "start it with `reconciler sandbox serve --penalties`"
LISTED = {"wxopen": wxopen.listed, "subscribe": subscribe.listed, "official": official.listed}


def account(emulator: Emulator, appid: str) -> Reply:
    """An account with what the API never shows: library ids, keyword ids, messages, counts of calls, and
    the notices of its penalties."""
    if secret_of(appid) is None:
        raise Refusal(40013, "invalid appid")
    store = emulator.store
    templates = [
        {
            **LISTED[template.dialect](template),
            "template_id": template.template_id,
            "dialect": template.dialect,
            "id": template.title_id,
            "keywords": [asdict(keyword) for keyword in template.keywords],
        }
        for template in store.all_templates(appid)
    ]
    return {
        "appid": appid,
        "limit": emulator.limit,
        "templates": templates,
        "messages": [message.content for message in store.messages(appid)],
        "calls": store.calls(appid),
        "notices": penalties.notices(store.violations(appid)),
    }


def move_clock(emulator: Emulator, body: Body) -> Reply:
    if "advance" not in body:
        raise invalid_args("advance must be a number")
    emulator.store.advance(seconds(body, "advance", least=-1e9))
    return ok(advanced=emulator.store.advanced())


def report_violation(emulator: Emulator, body: Body) -> Reply:
    """`{"template_id": …, "reason": …}`, and an `appid` if it is another's: what WeChat's people find, or a
    user complains of. The reply holds the notice that the account gets."""
    if not emulator.penalties:
        raise Refusal(48001, f"api unauthorized: penalties are off: {PENALTIES_ON}")
    appid, reason = messages.acting_account(body), text(body, "reason")
    if reason is None or not reason.strip():
        raise invalid_args("reason must be a string that says something")
    there = [one for one in emulator.store.all_templates(appid) if one.template_id == body.get("template_id")]
    if not there:
        raise Refusal(40037, "invalid template_id")
    return ok(notice=penalties.punish(emulator, appid, there[0], reason))


def set_faults(faults: Faults, _emulator: Emulator, body: Body) -> Reply:
    """`{"faults": ["add@2=drop:after"]}` in place of those before; an empty list mends everything."""
    texts = body.get("faults")
    if not isinstance(texts, list):
        raise invalid_args("faults must be a list of strings such as add@2=drop:after")
    found = [_fault(text) for text in texts]
    faults.set(found)
    return ok(faults=[str(fault) for fault in found])


def _fault(text: object) -> Fault:
    if not isinstance(text, str):
        raise invalid_args("faults must be a list of strings such as add@2=drop:after")
    try:
        return parse(text)
    except FaultError as error:
        raise invalid_args(str(error)) from None


def reset(faults: Faults, emulator: Emulator) -> Reply:
    emulator.store.clear()
    faults.set(())
    return ok()
