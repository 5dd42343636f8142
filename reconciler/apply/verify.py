"""The account after an apply against what was meant. Pure (contract, "After an apply")."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ..core.errors import Problem
from ..core.messages import Text
from ..core.model import Caveat, Entry, Live, Lock
from ..plan import facts


def differences(
    meant: Mapping[str, Entry], deleted: Collection[str | None], live: Sequence[Live]
) -> list[Text]:
    """Compare the account with the lock: what is not as the lock says, and what was deleted and is still
    there.

    `meant` are the entries of the lock, by name, that must be there.
    """
    by_id = {one.template_id: one for one in live}
    found = [_difference(name, entry, by_id) for name, entry in meant.items()]
    still = [Text("apply.still-listed", template_id=id_) for id_ in by_id if id_ in deleted]
    return [text for text in found if text is not None] + still


def _difference(name: str, entry: Entry, by_id: Mapping[str, Live]) -> Text | None:
    one = by_id.get(entry.template_id)
    if one is None:
        return Text("apply.not-there", name=name, template_id=entry.template_id)
    if facts.unreadable(entry, one) or _looks_as(entry, one):
        return None
    keywords = tuple(one.names or ())
    return Text(
        "apply.there-otherwise",
        name=name,
        template_id=entry.template_id,
        title=one.title,
        keywords=keywords,
    )


def unread(lock: Lock, added: Collection[str | None], live: Sequence[Live]) -> dict[str, Entry]:
    """Entries of added templates whose content can't be read yet, so that it was not compared, by name."""
    by_id = {one.template_id: one for one in live if one.template_id in added}
    return {
        name: entry
        for name, entry in lock.templates.items()
        if (one := by_id.get(entry.template_id)) is not None and facts.unreadable(entry, one)
    }


def problems(differences: Sequence[Text], unread: Mapping[str, Entry]) -> list[Problem]:
    """Problems that make the apply incomplete: differences, and added templates of unknown keys, with which
    nothing can be sent."""
    keyless = {name: entry for name, entry in unread.items() if not _has_keys(entry)}
    return [
        *(Problem("after-check", text, None, Text("apply.run-plan")) for text in differences),
        *(
            Problem(
                "unreadable",
                Text("apply.unread-keyless", name=name, template_id=entry.template_id),
                None,
                Text("apply.run-again-for-keys"),
            )
            for name, entry in keyless.items()
        ),
    ]


def caveats(
    lock: Lock, before: Collection[str], unread: Mapping[str, Entry], live: Sequence[Live]
) -> list[Caveat]:
    """Warnings: added templates that can't be read and have the usual keys, and twins."""
    usual = [
        Caveat("unreadable", Text("apply.unread", name=name, template_id=entry.template_id), name)
        for name, entry in unread.items()
        if _has_keys(entry)
    ]
    return usual + _twins(lock, before, live)


def _has_keys(entry: Entry) -> bool:
    return all(keyword.key is not None for keyword in entry.keywords)


def _twins(lock: Lock, before: Collection[str], live: Sequence[Live]) -> list[Caveat]:
    """Templates that look like one of the lock, are not in it, and were not there `before`: another run's add
    at the same moment, or one of ours that was believed lost."""
    known = {entry.template_id for entry in lock.templates.values()} | set(before)
    return [
        Caveat(
            "twin",
            Text("apply.twin", template_id=one.template_id, name=name, known=entry.template_id),
            name,
        )
        for one in live
        if one.template_id not in known
        for name, entry in lock.templates.items()
        if _looks_as(entry, one)
    ]


def _looks_as(entry: Entry, one: Live) -> bool:
    """Whether a live template is as the lock says; a title that is not known yet is any."""
    return one.look == entry.names and entry.title.strip() in ("", one.title.strip())
