"""proposals.yaml -> the titles that a team hands in, or every problem at once, with its place. Pure.

The same rules stand in schemas/proposals.schema.json for editors; a test holds the two together.
"""

from __future__ import annotations

from ..core.model import Place, Proposal, ProposedKeyword
from .fields import Reader
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


class _Reader(Reader):
    """The fields of proposals.yaml."""

    def proposals(self, root: Node) -> tuple[Proposal, ...]:
        self._refuse_secrets(root)
        top = self._top(root, _TOP, required=_TOP)
        self._known_version(top.get("version"))
        return tuple(map(self._proposal, self._list(top.get("proposals"), "proposals", "titles")))

    def _proposal(self, node: Node) -> Proposal:
        fields = self._fields(node, "proposal", _ENTRY, required=("title", "keywords"))
        title = self._text(fields.get("title"), "title") or ""
        name = title or "proposal"
        rows = self._list(fields.get("keywords"), f"{name}: keywords", "keywords")
        return Proposal(
            title=title,
            keywords=tuple(self._keyword(row, name) for row in rows),
            scene=self._text(fields.get("scene"), f"{name}: scene"),
            place=node.place,
            title_place=_place(fields.get("title"), node),
        )

    def _keyword(self, node: Node, name: str) -> ProposedKeyword:
        what = f"{name}: keyword"
        fields = self._fields(node, what, _KEYWORD, required=_KEYWORD)
        return ProposedKeyword(
            name=self._keyword_name(fields.get("name"), f"{what} name") or "",
            example=self._example(fields.get("example"), f"{what} example"),
            place=_place(fields.get("name"), node),
            example_place=_place(fields.get("example"), node),
        )

    def _example(self, node: Node | None, what: str) -> str:
        """An empty one is read, too: what is wrong with it is a rule of the reviewers'."""
        blank = isinstance(node, Scalar) and node.kind == "text" and not node.text.strip()
        return "" if blank else self._text(node, what) or ""

    def _list(self, node: Node | None, what: str, of: str) -> list[Node]:
        if node is None:
            return []
        if not isinstance(node, Sequence):
            self._wrong_type(node, what, f"a list of {of}")
            return []
        if not node.items:
            self._note("empty", f"{what} is empty", node.place, "write one, or remove it")
        return node.items


def _place(node: Node | None, outer: Node) -> Place:
    return outer.place if node is None else node.place
