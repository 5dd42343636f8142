"""The titles of the original library as each dialect has them: the same words under other ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.sandbox import library
from reconciler.sandbox import title_rules as derived
from reconciler.sandbox.library import Title
from reconciler.sandbox.state.records import Template

LIBRARY = library.load(None)


@dataclass(frozen=True)
class Dialect:
    """What a scenario must know of one. `titles` is by the id that the title has in the original library."""

    name: str
    titles: Mapping[str, Title]
    keyword_ids: bool
    """whether keywords have ids that the lock records"""

    def named(self, title: str) -> str:
        """The original id of a title, which is looked for by its name."""
        return next(id_ for id_, one in self.titles.items() if one.title == title)

    def keys(self, id: str, names: Sequence[str]) -> tuple[str, ...]:  # noqa: A002
        """What senders call the keywords of a template, in their order."""
        if self.name == "wxopen":
            return tuple(f"keyword{n}" for n in range(1, len(names) + 1))
        title = self.titles[id]
        by_name = {keyword.name: keyword for keyword in title.keywords}
        chosen = tuple(by_name[name] for name in names)
        return derived.keys(Template("", title.id, title.title, chosen, self.name))


def _renumbered(titles: Mapping[str, Title]) -> dict[str, Title]:
    by_name = {one.title: one for one in titles.values()}
    return {one.id: by_name[one.title] for one in LIBRARY.titles}


DIALECTS: Mapping[str, Dialect] = {
    one.name: one
    for one in (
        Dialect("wxopen", LIBRARY.by_id, keyword_ids=True),
        Dialect("subscribe", _renumbered(LIBRARY.subscribe), keyword_ids=True),
        Dialect("official", _renumbered(LIBRARY.official), keyword_ids=False),
    )
}
