"""Subscription messages: the library and the account's templates (wechat-api.md §2).

Codes that it does not give for a case are guesses, and are marked as such.
"""

import secrets
from collections.abc import Mapping, Sequence

from .. import title_rules as derived
from ..context import Body, Emulator, Reply, ok
from ..errmsgs import text_of
from ..fields import absent, integer, text
from ..library import FIXED, Keyword, Title
from ..refusal import Refusal
from ..state.records import Template

DIALECT = "subscribe"
FEWEST_KEYWORDS, MOST_KEYWORDS = 2, 5
LONGEST_SCENE = 15
MOST_TITLES = 30
NOTHING: Mapping[str, object] = {"count": 0, "data": []}
"""What refused look-ups in the library hold beside their code (wechat-api.md §7)"""


def categories(emulator: Emulator, appid: str, query: Body) -> Reply:
    return ok(data=[{"id": number, "name": name} for number, name in derived.CATEGORIES])


def titles(emulator: Emulator, appid: str, query: Body) -> Reply:
    """`ids` is a list with commas and without quotes; all three parameters are required (wechat-api.md §2,
    §7)."""
    start, limit = integer(query.get("start")), integer(query.get("limit"))
    if start is None or start < 0:
        raise Refusal(200016, text_of(200016), NOTHING)
    if limit is None or not 1 <= limit <= MOST_TITLES:
        raise Refusal(200017, text_of(200017), NOTHING)
    ids = _categories(query)
    found = [title for title in emulator.library.subscribe.values() if derived.category_of(title) in ids]
    rows = [
        {
            "tid": int(title.id),
            "title": title.title,
            "type": 3 if derived.is_lasting(title.id) else 2,
            "categoryId": str(derived.category_of(title)),
        }
        for title in found[start : start + limit]
    ]
    return ok(count=len(found), data=rows)


def _categories(query: Body) -> list[int]:
    """The ids asked for, of which one at least is the account's."""
    given = text(query, "ids")
    if given is None:
        raise Refusal(200018, text_of(200018), NOTHING)
    ids = [one for one in map(integer, given.split(",")) if one is not None]
    if len(ids) < given.count(",") + 1 or not {number for number, _ in derived.CATEGORIES}.intersection(ids):
        raise Refusal(200019, text_of(200019), NOTHING)
    return ids


def keywords(emulator: Emulator, appid: str, query: Body) -> Reply:
    """The keywords of a title, and not its name. wechatpy reads `count` (wechat-api.md §5)."""
    if absent(query.get("tid")):
        raise Refusal(200014, missing("add").message, NOTHING)
    title = _title(emulator, query, NOTHING)
    return ok(
        count=len(title.keywords),
        data=[
            {
                "kid": one.keyword_id,
                "name": one.name,
                "example": one.example,
                "rule": derived.rule_of(one.name, lasting=derived.is_lasting(title.id)),
            }
            for one in title.keywords
        ],
    )


def add(emulator: Emulator, appid: str, body: Body) -> Reply:
    """What was just added is not added again: the reply says under which id it is there."""
    if absent(body.get("tid")):
        raise missing("add")
    title = _title(emulator, body)
    chosen = _chosen(title, _kids(body.get("kidList")))
    scene = body.get("sceneDesc")
    if not isinstance(scene, str) or not scene.strip() or len(scene) > LONGEST_SCENE:
        raise Refusal(200021, "invalid sceneDesc")
    there = emulator.store.templates(appid, DIALECT)
    if there and (there[-1].title_id, there[-1].keywords) == (title.id, chosen):
        raise Refusal(200022, text_of(200022), {"priTmplId": there[-1].template_id})
    if len(there) >= emulator.limit:
        raise Refusal(200012, "template num exceeds limit")
    template = Template(secrets.token_urlsafe(32), title.id, title.title, chosen, DIALECT)
    emulator.store.add_template(appid, template)
    return ok(priTmplId=template.template_id)


def account_list(emulator: Emulator, appid: str, query: Body) -> Reply:
    """All of them: there are no pages, and no library ids."""
    return ok(data=[listed(template) for template in emulator.store.templates(appid, DIALECT)])


def delete(emulator: Emulator, appid: str, body: Body) -> Reply:
    template_id = text(body, "priTmplId")
    if template_id is None:
        raise missing("del")
    if not emulator.store.delete_template(appid, DIALECT, template_id):
        raise Refusal(200014, "template not exist")  # a guess: 40037 is said to be seen, too
    return ok()


def listed(template: Template) -> dict[str, object]:
    """A template as the account's list shows it; of a service card nothing but its title (wechat-api.md
    §7)."""
    keys = derived.keys(template)
    lasting = derived.is_lasting(template.title_id)
    pairs = [] if is_card(template) else list(zip(template.keywords, keys, strict=True))
    row: dict[str, object] = {
        "priTmplId": template.template_id,
        "title": template.title,
        "content": "".join(f"{keyword.name}:{{{{{key}.DATA}}}}\n" for keyword, key in pairs),
        "example": "".join(f"{keyword.name}:{keyword.example}\n" for keyword, _ in pairs),
        "type": 3 if lasting else 2,
    }
    if lasting:
        row["keywordEnumValueList"] = [
            {"keywordCode": f"{key}.DATA", "enumValueList": [keyword.example]}
            for keyword, key in pairs
            if derived.is_enumeration(key) and keyword.example
        ]
    return row


def is_card(template: Template) -> bool:
    """Whether it is a service card, which goes out by set_user_notify alone (wechat-api.md §7)."""
    return int(template.title_id) in FIXED


def missing(call: str) -> Refusal:
    """What a POST without a Content-Type gets, whatever its body says (wechat-api.md §2)."""
    return Refusal(200014, f"missing parameter {'tid' if call == 'add' else 'priTmplId'}")


def _title(
    emulator: Emulator, fields: Mapping[str, object], more: Mapping[str, object] | None = None
) -> Title:
    title = emulator.library.subscribe.get(str(integer(fields.get("tid"))))
    if title is None:
        raise Refusal(200014, text_of(200014), more)
    return title


def _kids(value: object) -> list[int]:
    values = value if isinstance(value, list) else [] if absent(value) else [value]
    ids = [integer(one) for one in values]
    if None in ids:
        raise Refusal(200020, "invalid kidList")
    return [one for one in ids if one is not None]


def _chosen(title: Title, kids: Sequence[int]) -> tuple[Keyword, ...]:
    if int(title.id) in FIXED:
        if kids:
            raise Refusal(200020, "invalid kidList: the keywords of this title are fixed")
        return title.keywords
    known = {keyword.keyword_id: keyword for keyword in title.keywords}
    if not FEWEST_KEYWORDS <= len(kids) <= MOST_KEYWORDS:
        raise Refusal(200020, f"invalid kidList: {FEWEST_KEYWORDS} to {MOST_KEYWORDS} keywords")
    if len(set(kids)) < len(kids) or not known.keys() >= set(kids):
        raise Refusal(200020, "invalid kidList")
    return tuple(known[kid] for kid in kids)
