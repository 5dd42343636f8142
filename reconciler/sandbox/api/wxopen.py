"""Template messages of mini programs: the library and the account's templates.

(The page, steps 1 to 5; wechat-api.md §1.)
"""

import secrets
from dataclasses import asdict

from ..context import Body, Emulator, Reply, ok
from ..fields import integer, paging, text
from ..library import Keyword, Title
from ..refusal import Refusal, invalid_args
from ..state.records import Template

DIALECT = "wxopen"
MOST_KEYWORDS = 10


def library_list(emulator: Emulator, appid: str, body: Body) -> Reply:
    titles = emulator.library.titles
    rows = [{"id": title.id, "title": title.title} for title in titles[paging(body)]]
    return ok(list=rows, total_count=len(titles))


def library_get(emulator: Emulator, appid: str, body: Body) -> Reply:
    title = _title(emulator, body)
    return ok(id=title.id, title=title.title, keyword_list=[asdict(keyword) for keyword in title.keywords])


def add(emulator: Emulator, appid: str, body: Body) -> Reply:
    """A new id each time, for the same combination too: undocumented, assumed (wechat-api.md §1)."""
    title = _title(emulator, body)
    keywords = _chosen(title, _keyword_ids(body))
    if len(emulator.store.templates(appid, DIALECT)) >= emulator.limit:
        raise Refusal(45026, "template num exceeds limit")
    template = Template(secrets.token_urlsafe(32), title.id, title.title, keywords, DIALECT)
    emulator.store.add_template(appid, template)
    return ok(template_id=template.template_id)


def account_list(emulator: Emulator, appid: str, body: Body) -> Reply:
    """No total_count, no library id and no keyword ids (wechat-api.md §1, template/list)."""
    rows = emulator.store.templates(appid, DIALECT)[paging(body)]
    return ok(list=[listed(template) for template in rows])


def delete(emulator: Emulator, appid: str, body: Body) -> Reply:
    template_id = text(body, "template_id")
    if template_id is None or not emulator.store.delete_template(appid, DIALECT, template_id):
        raise Refusal(40037, "invalid template_id")
    return ok()


def listed(template: Template) -> dict[str, object]:
    """A template as the account's list shows it; the example's colon is the page's."""
    numbered = enumerate(template.keywords, start=1)
    return {
        "template_id": template.template_id,
        "title": template.title,
        "content": "".join(f"{keyword.name}{{{{keyword{n}.DATA}}}}\n" for n, keyword in numbered),
        "example": "".join(f"{keyword.name}:{keyword.example}\n" for keyword in template.keywords),
    }


def _title(emulator: Emulator, body: Body) -> Title:
    title_id = text(body, "id")
    if title_id is None:
        raise invalid_args("id must be a string")
    if title_id not in emulator.library.by_id:
        raise Refusal(45100, "template title not exist")
    return emulator.library.by_id[title_id]


def _keyword_ids(body: Body) -> list[int]:
    values = body.get("keyword_id_list")
    if not isinstance(values, list) or not 1 <= len(values) <= MOST_KEYWORDS:
        raise invalid_args(f"keyword_id_list must be a list of 1 to {MOST_KEYWORDS} keyword ids")
    ids = [number for number in map(integer, values) if number is not None]
    if len(ids) < len(values):
        raise invalid_args("keyword_id_list must hold integers")
    return ids


def _chosen(title: Title, ids: list[int]) -> tuple[Keyword, ...]:
    """The keywords in the order asked for: order is meaning."""
    known = {keyword.keyword_id: keyword for keyword in title.keywords}
    for index, number in enumerate(ids):
        if number not in known:
            raise Refusal(45075, f"invalid keyword_id {_short(number)}: not a keyword of {title.id}")
        if number in ids[:index]:
            raise Refusal(45075, f"invalid keyword_id {number}: given twice")
    return tuple(known[number] for number in ids)


def _short(number: int) -> str:
    digits = str(number)
    return digits if len(digits) <= 20 else f"{digits[:20]}…"
