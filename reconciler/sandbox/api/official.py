"""Template messages of service accounts (wechat-api.md §3)."""

import re
import secrets

from .. import title_rules as derived
from ..context import Body, Emulator, Reply, ok
from ..fields import text
from ..library import Keyword, Title
from ..refusal import Refusal
from ..state.records import Template

DIALECT = "official"
NAMELESS = ("first", "remark")
"""Lines of old templates that belong to no keyword"""
INDUSTRIES = ("IT科技", "互联网|电子商务")


def add(emulator: Emulator, appid: str, body: Body) -> Reply:
    """A new id each time, for the same combination too. Keywords go by their names."""
    short = text(body, "template_id_short") or ""
    if re.match("(OPEN)?TM", short):
        raise Refusal(40247, "the template library is closed, use a category template")
    title = emulator.library.official.get(short)
    if title is None:
        raise Refusal(43100, "template not in library")  # one of two things that it says
    chosen = _chosen(title, body.get("keyword_name_list"))
    if len(emulator.store.templates(appid, DIALECT)) >= emulator.limit:
        raise Refusal(45026, "template num exceeds limit")
    template = Template(secrets.token_urlsafe(32), title.id, title.title, chosen, DIALECT)
    emulator.store.add_template(appid, template)
    return ok(template_id=template.template_id)


def account_list(emulator: Emulator, appid: str, query: Body) -> Reply:
    """All of them, and neither errcode nor errmsg."""
    return {"template_list": [listed(template) for template in emulator.store.templates(appid, DIALECT)]}


def delete(emulator: Emulator, appid: str, body: Body) -> Reply:
    template_id = text(body, "template_id")
    if template_id is None or not emulator.store.delete_template(appid, DIALECT, template_id):
        raise Refusal(40037, "invalid template_id")
    return ok()


def listed(template: Template) -> dict[str, object]:
    """A template as the account's list shows it; every second title is of the old form, with an opening and a
    closing sentence that have no name."""
    pairs = list(zip(template.keywords, derived.keys(template), strict=True))
    lines = [f"{keyword.name}：{{{{{key}.DATA}}}}\n" for keyword, key in pairs]
    if int(template.title_id) % 2 == 0:
        opening, closing = (f"{{{{{key}.DATA}}}}" for key in NAMELESS)
        lines = [f"{opening}\n", *lines, closing]
    return {
        "template_id": template.template_id,
        "title": template.title,
        "primary_industry": INDUSTRIES[0],
        "deputy_industry": INDUSTRIES[1],
        "content": "".join(lines),
        "example": "".join(f"{keyword.name}：{keyword.example}\r\n" for keyword in template.keywords),
    }


def _chosen(title: Title, names: object) -> tuple[Keyword, ...]:
    known = {keyword.name: keyword for keyword in title.keywords}
    if (
        not isinstance(names, list)
        or not names
        or not all(isinstance(one, str) and one in known for one in names)
    ):
        raise Refusal(40246, "invalid keyword_name_list")
    if len(set(names)) < len(names):
        raise Refusal(40246, "invalid keyword_name_list: a name stands twice")  # a guess
    return tuple(known[name] for name in names)
