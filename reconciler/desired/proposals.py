"""proposals.yaml -> the titles that a team hands in, or every problem at once, with its place. Pure.

The same rules stand in schemas/proposals.schema.json for editors; a test holds the two together.
"""

from __future__ import annotations

from ..core.messages import Said, Text
from ..core.model import Place, Proposal, ProposedKeyword
from .fields import FieldReader, field_of, keyword_field
from .yaml_nodes import Node, Scalar, Sequence, parse

_TOP = ("version", "proposals")
_ENTRY = ("title", "scene", "keywords")
_KEYWORD = ("name", "example")


def read(data: bytes, file: str) -> tuple[Proposal, ...]:
    """Read proposals.yaml. Raises InputError with all that is wrong, in the file's order."""
    root, problems = parse(data, file, holds="proposals")
    reader = _Reader(file, problems)
    proposals = reader.proposals(root)
    reader.raise_problems()
    return proposals


class _Reader(FieldReader):
    """The fields of proposals.yaml."""

    def proposals(self, root: Node) -> tuple[Proposal, ...]:
        self._refuse_secrets(root)
        top = self._top(root, _TOP, required=_TOP)
        self._known_version(top.get("version"))
        titles = self._list(top.get("proposals"), "proposals", Text("desired.list-of-titles"))
        return tuple(map(self._proposal, titles))

    def _proposal(self, node: Node) -> Proposal:
        fields = self._fields(node, Text("desired.proposal"), _ENTRY, required=("title", "keywords"))
        title = self._text(fields.get("title"), "title") or ""
        name = title or Text("desired.proposal")
        keywords = field_of(name, "keywords")
        rows = self._list(fields.get("keywords"), keywords, Text("desired.list-of-keywords"))
        return Proposal(
            title=title,
            keywords=tuple(self._keyword(row, name) for row in rows),
            scene=self._text(fields.get("scene"), field_of(name, "scene")),
            place=node.place,
            title_place=_place(fields.get("title"), node),
        )

    def _keyword(self, node: Node, name: Said) -> ProposedKeyword:
        what = Text("desired.keyword-of", of=name)
        fields = self._fields(node, what, _KEYWORD, required=_KEYWORD)
        return ProposedKeyword(
            name=self._keyword_name(fields.get("name"), keyword_field(what, "name")) or "",
            example=self._example(fields.get("example"), keyword_field(what, "example")),
            place=_place(fields.get("name"), node),
            example_place=_place(fields.get("example"), node),
        )

    def _example(self, node: Node | None, what: Text) -> str:
        """An empty one is read, too: what is wrong with it is a rule of the reviewers'."""
        blank = isinstance(node, Scalar) and node.kind == "text" and not node.text.strip()
        return "" if blank else self._text(node, what) or ""

    def _list(self, node: Node | None, what: Said, expected: Text) -> list[Node]:
        if node is None:
            return []
        if not isinstance(node, Sequence):
            self._wrong_type(node, what, expected)
            return []
        if not node.items:
            text = Text("desired.empty", field=what)
            self._note("empty", text, node.place, Text("desired.write-one-or-remove"))
        return node.items


def _place(node: Node | None, outer: Node) -> Place:
    return outer.place if node is None else node.place
