"""Where a run starts from, and what it is to end with: values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from reconciler.sandbox.accounts import APPID
from reconciler.sandbox.state.records import Template

from .dialects import DIALECTS, Dialect

NOW = "now"
"""What stands for the time of a run"""


class Look(NamedTuple):
    """What makes a template that template: a title of the library, and keywords in their order.

    `id` is the one that the title has in the original library, in every dialect.
    """

    id: str
    names: tuple[str, ...]

    def template(self, template_id: str, dialect: Dialect) -> Template:
        title = dialect.titles[self.id]
        by_name = {keyword.name: keyword for keyword in title.keywords}
        keywords = tuple(by_name[name] for name in self.names)
        return Template(template_id, title.id, title.title, keywords, dialect.name)

    def __str__(self) -> str:
        return f"{self.id}[{','.join(self.names)}]"


def look(template: Template) -> Look:
    names = tuple(keyword.name for keyword in template.keywords)
    return Look(DIALECTS[template.dialect].named(template.title), names)


@dataclass(frozen=True)
class Retired:
    """An entry of the lock's `retired`."""

    name: str
    look: Look
    since: str = NOW
    reason: str = "removed"


@dataclass(frozen=True)
class Scenario:
    """An account, a lock and a templates.yaml; and by hand, what the run must add and delete.

    Ids are chosen here, so they are the same in every world; `limit` is how many templates the account holds.
    """

    name: str
    account: Mapping[str, Look]
    locked: Mapping[str, str]
    """name -> id of the account"""
    wanted: Mapping[str, Look]
    adds: Sequence[str] = ()
    """of these names"""
    deletes: Sequence[str] = ()
    """of these ids"""
    retires: Mapping[str, Retired] = field(default_factory=dict)
    """these ids, for later"""
    retired: Mapping[str, Retired] = field(default_factory=dict)
    """id -> what an earlier apply retired"""
    policy: str = ""
    limit: int = 25
    spoken: str = "wxopen"

    @property
    def dialect(self) -> Dialect:
        return DIALECTS[self.spoken]

    @property
    def yaml(self) -> str:
        """Titles stand in it where the library tells none: else nobody could adopt."""
        rows = [self._row(name, one) for name, one in self.wanted.items()]
        return f"version: 1\ndialect: {self.spoken}\n{self.policy}templates:\n{''.join(rows)}"

    def _row(self, name: str, one: Look) -> str:
        title = self.dialect.titles[one.id]
        told = "" if self.spoken == "wxopen" else f"    title: {title.title}\n"
        return f"  {name}:\n    id: '{title.id}'\n{told}    keywords: [{', '.join(one.names)}]\n"

    @property
    def lock(self) -> str | None:
        """The lock as an earlier apply left it; None where there was none."""
        if not self.locked and not self.retired:
            return None
        looks = {name: (id_, self.account[id_]) for name, id_ in self.locked.items()}
        return json.dumps(self._document(looks, self.retired), ensure_ascii=False, indent=2) + "\n"

    @property
    def end(self) -> Meaning:
        """What account and lock must be in the end, whatever happens on the way."""
        stay = [id_ for id_ in self.account if id_ not in self.deletes]
        ids = {one: id_ for id_, one in self.account.items()}
        templates = {
            name: (new(one) if name in self.adds else ids[one], one) for name, one in self.wanted.items()
        }
        waiting = {id_: one for id_, one in self.retired.items() if id_ in stay}
        return Meaning(
            account=sorted([*stay, *(new(self.wanted[name]) for name in self.adds)]),
            lock=self._document(templates, {**waiting, **self.retires}),
        )

    def _document(
        self, templates: Mapping[str, tuple[str, Look]], retired: Mapping[str, Retired]
    ) -> dict[str, Any]:
        entries = {name: self._entry(id_, one) for name, (id_, one) in sorted(templates.items())}
        document = {"version": 1, "dialect": self.spoken, "appid": APPID, "templates": entries}
        rows = sorted((self._retired(id_, one) for id_, one in retired.items()), key=_template_id)
        return {**document, "retired": rows} if rows else document

    def _entry(self, template_id: str, one: Look) -> dict[str, Any]:
        title = self.dialect.titles[one.id]
        numbers = {keyword.name: keyword.keyword_id for keyword in title.keywords}
        keywords = [
            {"name": name, "keyword_id": numbers[name] if self.dialect.keyword_ids else None, "key": key}
            for name, key in zip(one.names, self.dialect.keys(one.id, one.names), strict=True)
        ]
        return {"template_id": template_id, "id": title.id, "title": title.title, "keywords": keywords}

    def _retired(self, template_id: str, one: Retired) -> dict[str, Any]:
        entry = self._entry(template_id, one.look)
        head = {"template_id": entry.pop("template_id"), "name": one.name}
        return {**head, **entry, "reason": one.reason, "since": one.since}


def new(one: Look) -> str:
    """What stands for the id of a template that a run has added."""
    return f"new {one}"


@dataclass(frozen=True)
class Meaning:
    """Account and lock, with ids that are the same in every world."""

    account: list[str]
    lock: Any


DETAILS = ("rule", "limit", "values")
"""What a lock of version 2 tells of a keyword beside all that matters here; as of its account."""


def meaning(scenario: Scenario, account: Sequence[Template], lock: str | None) -> Meaning:
    """What an account and a lock say. Two templates that are alike stay two."""
    ids = {
        one.template_id: one.template_id if one.template_id in scenario.account else new(look(one))
        for one in account
    }
    document = json.loads(lock) if lock is not None else None
    for entry in _entries(document):
        for keyword in entry["keywords"]:
            for detail in DETAILS:
                keyword.pop(detail, None)
        entry["template_id"] = ids.get(entry["template_id"], entry["template_id"])
        if "since" in entry and entry["template_id"] not in scenario.retired:
            entry["since"] = NOW
    if document is not None:
        document |= {"version": 1}
        document.pop("account", None)
        document.get("retired", []).sort(key=_template_id)
    return Meaning(sorted(ids.values()), document)


def _entries(document: Any) -> list[dict[str, Any]]:
    if document is None:
        return []
    return [*document["templates"].values(), *document.get("retired", ())]


def _template_id(entry: dict[str, Any]) -> str:
    return str(entry["template_id"])


PAID = Look("AT0002", ("购买地点", "购买时间", "物品名称"))
PAID_ANEW = Look("AT0002", ("物品名称", "购买时间", "购买金额"))
FAILED = Look("AT0003", ("商品名称", "失败原因"))
FAILED_ANEW = Look("AT0003", ("失败原因", "商品名称"))
RECEIVED = Look("AT0005", ("付款金额", "付款时间", "收款方"))
REFUSED = Look("AT0006", ("失败原因", "付款金额"))
CANCELLED = Look("AT0009", ("取消时间", "取消原因"))
SIGNED = Look("AT0012", ("签收时间", "签收人"))
SOMEBODYS = Look("AT0004", ("交易时间", "交易金额"))

_ALL = [
    Scenario(
        "first",
        account={"BYSTANDER": SOMEBODYS},
        locked={},
        wanted={"failed": FAILED, "paid": PAID, "received": RECEIVED},
        adds=["failed", "paid", "received"],
    ),
    Scenario(
        "replace",
        account={"PAID": PAID, "BYSTANDER": SOMEBODYS, "FAILED": FAILED, "RECEIVED": RECEIVED},
        locked={"paid": "PAID", "failed": "FAILED", "received": "RECEIVED"},
        wanted={"failed": FAILED_ANEW, "paid": PAID_ANEW, "received": RECEIVED},
        adds=["failed", "paid"],
        deletes=["FAILED", "PAID"],
    ),
    Scenario(
        "strict",  # nothing may be deleted but what was replaced: also where its successor was not recorded
        account={"PAID": PAID, "BYSTANDER": SOMEBODYS, "FAILED": FAILED},
        locked={"paid": "PAID", "failed": "FAILED"},
        wanted={"failed": FAILED_ANEW, "paid": PAID_ANEW},
        adds=["failed", "paid"],
        deletes=["FAILED", "PAID"],
        policy="max_deletes: 0\n",
    ),
    Scenario(
        "remove",
        account={"PAID": PAID, "FAILED": FAILED, "RECEIVED": RECEIVED, "BYSTANDER": SOMEBODYS},
        locked={"paid": "PAID", "failed": "FAILED", "received": "RECEIVED"},
        wanted={"paid": PAID},
        deletes=["FAILED", "RECEIVED"],
    ),
    Scenario(
        "mixed",
        account={
            "BYSTANDER": SOMEBODYS,
            "PAID": PAID,
            "FAILED": FAILED,
            "RECEIVED": RECEIVED,
            "REFUSED": REFUSED,
        },
        locked={"paid": "PAID", "failed": "FAILED", "received": "RECEIVED", "refused": "REFUSED"},
        wanted={"cancelled": CANCELLED, "paid": PAID_ANEW, "income": RECEIVED, "refused": REFUSED},
        adds=["cancelled", "paid"],
        deletes=["FAILED", "PAID"],
    ),
    Scenario(
        "adopt",
        account={"FOUND-1": PAID, "FOUND-2": FAILED, "BYSTANDER": SOMEBODYS, "RECEIVED": RECEIVED},
        locked={"received": "RECEIVED"},
        wanted={"failed": FAILED, "paid": PAID, "received": RECEIVED, "refused": REFUSED},
        adds=["refused"],
    ),
    Scenario(
        "full",
        account={"PAID": PAID, "BYSTANDER": SOMEBODYS, "FAILED": FAILED, "RECEIVED": RECEIVED},
        locked={"paid": "PAID", "failed": "FAILED", "received": "RECEIVED"},
        wanted={"paid": PAID_ANEW, "received": RECEIVED},
        adds=["paid"],
        deletes=["FAILED", "PAID"],
        limit=4,
    ),
    Scenario(
        "backlog",  # what an interrupted run left to be deleted, and more of the same
        account={"PAID": PAID, "OLD": CANCELLED, "BYSTANDER": SOMEBODYS},
        locked={"paid": "PAID"},
        wanted={"paid": PAID_ANEW},
        adds=["paid"],
        deletes=["OLD", "PAID"],
        retired={"OLD": Retired("cancelled", CANCELLED, "2024-02-01T00:00:00Z")},
    ),
    Scenario(
        "rotation",
        account={
            "OLD": CANCELLED,
            "PAID": PAID,
            "FAILED": FAILED,
            "BYSTANDER": SOMEBODYS,
            "RECENT": SIGNED,
        },
        locked={"paid": "PAID", "failed": "FAILED"},
        wanted={"paid": PAID_ANEW},
        adds=["paid"],
        deletes=["OLD"],
        retires={
            "FAILED": Retired("failed", FAILED),
            "PAID": Retired("paid", PAID, reason="replaced"),
        },
        retired={
            "OLD": Retired("cancelled", CANCELLED, "2024-02-01T00:00:00Z"),
            "RECENT": Retired("signed", SIGNED, "2999-01-01T00:00:00Z"),
        },
        policy="retire_after: 7d\n",
    ),
    Scenario(
        "all",  # prune: all: what was added and not recorded must not look like somebody else's
        account={"STRAY": SOMEBODYS, "PAID": PAID, "RECEIVED": RECEIVED},
        locked={"paid": "PAID", "received": "RECEIVED"},
        wanted={"failed": FAILED, "paid": PAID_ANEW, "received": RECEIVED},
        adds=["failed", "paid"],
        deletes=["PAID", "STRAY"],
        policy="prune: all\n",
    ),
]

SCENARIOS: Mapping[str, Scenario] = {
    name if spoken == "wxopen" else f"{spoken}:{name}": replace(one, spoken=spoken)
    for spoken in DIALECTS
    for name, one in ((one.name, one) for one in _ALL)
}
"""By name: `replace`, and in the newer dialects `subscribe:replace` and `official:replace`"""
