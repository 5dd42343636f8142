"""The account after an apply against what was meant. Pure (contract, "After an apply")."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ..core.model import Caveat, Entry, Live, Lock


def differences(
    meant: Mapping[str, Entry], deleted: Collection[str | None], live: Sequence[Live]
) -> list[str]:
    """What is not as the lock says of it, and what was deleted and is still there; each with its name.

    `meant` are the entries of the lock, by name, that must be there.
    """
    by_id = {one.template_id: one for one in live}
    found = [_difference(name, entry, by_id) for name, entry in meant.items()]
    still = [f"{id_} was deleted and is still listed" for id_ in by_id if id_ in deleted]
    return [text for text in found if text is not None] + still


def _difference(name: str, entry: Entry, by_id: Mapping[str, Live]) -> str | None:
    one = by_id.get(entry.template_id)
    if one is None:
        return f"{name}: {entry.template_id} is not on the account after the apply"
    if _is_unread(entry, one) or _looks_as(entry, one):
        return None
    return f"{name}: {entry.template_id} is there, but as {one.title} [{', '.join(one.names or ())}]"


def blurred(lock: Lock, added: Collection[str | None], live: Sequence[Live]) -> dict[str, Entry]:
    """Of what was added: whose content can't be read (yet), and so was not compared, by name."""
    by_id = {one.template_id: one for one in live if one.template_id in added}
    return {
        name: entry
        for name, entry in lock.templates.items()
        if (one := by_id.get(entry.template_id)) is not None and _is_unread(entry, one)
    }


def _is_unread(entry: Entry, one: Live) -> bool:
    """Whether nothing can be told of it; no content is what one without keywords has."""
    return one.names is None and bool(entry.keywords or not one.empty)


def unreadable(name: str, entry: Entry) -> Caveat | str:
    """What is to be said of one whose content stayed so: an error where nobody knows what to call its
    keywords, since nothing can be sent with it."""
    told = f"{name}: the content of {entry.template_id} can't be read; it was not compared, and "
    if any(keyword.key is None for keyword in entry.keywords):
        return f"{told}nobody knows its keys"
    return Caveat("unreadable", f"{told}its keys are the usual ones", name)


def twins(lock: Lock, before: Collection[str], live: Sequence[Live]) -> list[Caveat]:
    """What looks as a template of the lock does, is not the lock's, and was not there `before`: another run's
    add at the same moment, or one of ours that was believed lost."""
    known = {entry.template_id for entry in lock.templates.values()} | set(before)
    return [
        Caveat(
            "twin",
            f"{one.template_id} is a twin of {name} ({entry.template_id}) that was not there before: "
            "is another run at work? it is unmanaged",
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
