"""What an account says in each dialect: the paths, and the shapes of the replies (wechat-api.md §1 to §3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.core.model import LibraryKeyword, Live, Slot, Spec


@dataclass(frozen=True)
class Voice:
    """A dialect as a server speaks it."""

    dialect: str
    LIST: str
    GET: str
    """"" where the library can't be asked"""
    ADD: str
    DEL: str
    rows: str
    """the field with the rows of the list"""
    id: str
    """the field with the id of a template"""
    asks: str = "GET"
    """the method of what only asks"""
    full: int = 45026

    @property
    def lists(self) -> str:
        """The list, as an error names it."""
        return f"{self.asks} {self.LIST}"

    def row(
        self, template_id: str, title: str = "甲", content: str = "乙{{keyword1.DATA}}\n"
    ) -> dict[str, Any]:
        """A row of the list."""
        return {self.id: template_id, "title": title, "content": content}

    def listing(self, *rows: dict[str, Any]) -> dict[str, Any]:
        """The reply to a list."""
        return {**({} if self.dialect == "official" else {"errcode": 0, "errmsg": "ok"}), self.rows: [*rows]}

    def added(self, template_id: str) -> dict[str, Any]:
        """The reply to an add."""
        return {"errcode": 0, "errmsg": "ok", self.id: template_id}

    def titled(self, title: str, *keywords: dict[str, Any]) -> dict[str, Any]:
        """The reply to a look-up; `keywords` have `keyword_id` and `name`."""
        if self.dialect == "wxopen":
            return {"errcode": 0, "title": title, "keyword_list": [*keywords]}
        rows = [{"kid": one["keyword_id"], "name": one["name"]} for one in keywords]
        return {"errcode": 0, "data": rows}

    @property
    def paid(self) -> Spec:
        """A template that the emulator's library has."""
        id_ = {"wxopen": "AT0002", "subscribe": "2", "official": "40002"}[self.dialect]
        numbers = (None, None) if self.dialect == "official" else (5, 3)
        names = zip(numbers, ("物品名称", "购买地点"), strict=True)
        keywords = tuple(LibraryKeyword(number, name) for number, name in names)
        return Spec(id_, "购买成功通知", keywords, scene="支付")

    def paid_as(self, template_id: str) -> Live:
        """How the emulator lists it."""
        keys = {
            "wxopen": ("keyword1", "keyword2"),
            "subscribe": ("thing5", "thing3"),
            "official": ("thing3", "thing2"),
        }[self.dialect]
        colon = {"wxopen": "", "subscribe": ":", "official": "："}[self.dialect]
        names = (f"物品名称{colon}", f"购买地点{colon}")
        rule = () if self.dialect == "wxopen" else ("thing", 20)
        slots = tuple(Slot(name, key, *rule) for name, key in zip(names, keys, strict=True))
        return Live(template_id, "购买成功通知", slots)


_WXOPEN, _NEWTMPL, _OFFICIAL = "/cgi-bin/wxopen/template", "/wxaapi/newtmpl", "/cgi-bin/template"

VOICES: Mapping[str, Voice] = {
    one.dialect: one
    for one in (
        Voice(
            "wxopen",
            f"{_WXOPEN}/list",
            f"{_WXOPEN}/library/get",
            f"{_WXOPEN}/add",
            f"{_WXOPEN}/del",
            "list",
            "template_id",
            asks="POST",
        ),
        Voice(
            "subscribe",
            f"{_NEWTMPL}/gettemplate",
            f"{_NEWTMPL}/getpubtemplatekeywords",
            f"{_NEWTMPL}/addtemplate",
            f"{_NEWTMPL}/deltemplate",
            "data",
            "priTmplId",
            full=200012,
        ),
        Voice(
            "official",
            f"{_OFFICIAL}/get_all_private_template",
            "",
            f"{_OFFICIAL}/api_add_template",
            f"{_OFFICIAL}/del_private_template",
            "template_list",
            "template_id",
        ),
    )
}
