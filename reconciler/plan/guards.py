"""A plan -> the reasons not to run it, all at once, each with what lifts it. Pure (contract, "Guards")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from msgspec import Struct

from ..core.messages import Said, Text, some, words
from ..core.model import Caveat, Desired, Entry, Live, Lock, Place, Retired
from ..core.values import Placed
from .actions import Add, Adopt, Delete, Plan, Rename, Retire, Successor
from .facts import Orders

MOST = 10
"""So many ids are told"""


class Refusal(Placed, frozen=True):
    """A reason not to apply. `lift` is the flag or field that lifts it, `place` where its cause stands."""

    guard: str
    text: Said
    lift: Said
    place: Place | None = None

    @property
    def message(self) -> str:
        """The reason, in words."""
        return words(self.text)


class Permits(Struct, frozen=True):
    """What the user explicitly allows on the command line."""

    max_deletes: int | None = None
    no_templates: bool = False
    empty_account: bool = False
    other_account: bool = False
    old_lock: bool = False
    edited_lock: bool = False
    add_again: frozenset[str] = frozenset()
    """names whose templates no list has ever shown"""
    protected: frozenset[str] = frozenset()
    """ids of rows under `retired`"""

    def orders(self, *, due_only: bool = False) -> Orders:
        """The options that the plan is made by."""
        return Orders(self.max_deletes, self.add_again, due_only)


class Evidence(Struct, frozen=True):
    """Facts that a plan is judged by, beside what it was made from.

    `appid` is the account's, where it is known. `begun` are names whose adds a run that was cut off, or a
    reviewed plan, says were to be made. `unowned` are ids of which is known that no committed lock ever had
    them. `lock_file` is the lock's path, as it is told.
    """

    appid: str | None = None
    begun: frozenset[str] = frozenset()
    unowned: frozenset[str] = frozenset()
    lock_file: str = "templates.lock.json"


class Case(Struct, frozen=True):
    """A plan, what it was made from, and what it is judged by."""

    plan: Plan
    desired: Desired
    lock: Lock
    live: Sequence[Live]
    permits: Permits = Permits()
    evidence: Evidence = Evidence()

    def place(self, name: str | None) -> Place | None:
        """The place of a name in YAML."""
        return next((one.place for one in self.desired.templates if one.name == name), None)


def judge(case: Case) -> tuple[Refusal, ...]:
    """Ask every guard of the contract but `stale` and `edited lock`, which need what was reviewed.

    Where only what is due was to be deleted, and nothing is due, there is nothing to refuse.
    """
    if case.plan.due_only and not case.plan.actions:
        return ()
    return (
        *_protected(case),
        *_too_many_deletes(case),
        *_no_templates_left(case),
        *_account(case),
        *_old_lock(case),
        *_unlisted(case),
        *_mismatch(case),
    )


# ------------------------------------------------------------------ protected


def _protected(case: Case) -> Iterator[Refusal]:
    """Refuse to end a protected name's template, whatever name or reason the action has; to end any template
    of a protected account; and to delete a retired row that is protected itself."""
    yield from _protected_account(case)
    yield from _protected_names(case)
    rows = {one.entry.template_id: one for one in case.lock.retired if one.entry.protect}
    for action in case.plan.of(Delete):
        row = rows.get(action.template_id)
        if action.was_retired and row is not None and not _is_free(row, case):
            of = {"template_id": action.template_id, "name": row.name or row.entry.title}
            lift = f"--allow-protected {action.template_id}"
            yield Refusal("protected", Text("plan.protected-retired", **of), lift)


def _protected_names(case: Case) -> Iterator[Refusal]:
    in_yaml = {wanted.name: wanted.protect for wanted in case.desired.templates}
    for name, entry in sorted(case.lock.templates.items()):
        wished = in_yaml.get(name, False)
        if (entry.protect or wished) and (loss := _loss(case.plan, name, entry.template_id)):
            yield Refusal(
                "protected",
                Text(
                    "plan.protected",
                    name=name,
                    protected=_protected_by(wished),
                    loss=loss,
                    template_id=entry.template_id,
                ),
                _unprotect(name, wished),
                case.place(name),
            )


def _protected_by(wished: bool) -> Text:
    """The words for what protects: YAML, or the lock alone, where templates.yaml does not say so any more."""
    return Text("plan.protected-by-yaml") if wished else Text("plan.protected-by-lock")


def _unprotect(subject: Said, wished: bool) -> Text:
    """The change that ends a protection."""
    if wished:
        return Text("plan.unprotect", subject=subject)
    return Text("plan.unprotect-apart", subject=subject)


def _is_free(row: Retired, case: Case) -> bool:
    """Whether a protected retired row may be deleted all the same: its name is not protected any more,
    neither in YAML nor in the lock, or the user has allowed it."""
    wanted = next((one for one in case.desired.templates if one.name == row.name), None)
    entry = case.lock.templates.get(row.name or "")
    freed = wanted is not None and entry is not None and not (wanted.protect or entry.protect)
    return freed or row.entry.template_id in case.permits.protected


def _protected_account(case: Case) -> Iterator[Refusal]:
    """Refuse what a protected account would lose. What falls due there was reviewed when it was retired."""
    account = case.desired.account
    if not (case.lock.protect or (account is not None and account.protect)):
        return
    losses = {one.template_id: _would(one) for one in case.plan.losses}
    losses |= {one.ousts: _would(one) for one in case.plan.of(Add, Adopt, Rename) if one.ousts is not None}
    if losses:
        name = case.lock.account if account is None else account.name
        called = Text("plan.account-named", name=name) if name else Text("plan.account")
        wished = account is not None and account.protect
        text = Text(
            "plan.protected-account",
            account=called,
            protected=_protected_by(wished),
            losses=tuple(losses.values()),
        )
        yield Refusal(
            "protected", text, _unprotect(called, wished), None if account is None else account.place
        )


def _would(action: Delete | Retire | Successor) -> Text:
    """The words for what an action would do to a template."""
    match action:
        case Delete(entry=entry):
            of = {"name": action.name or entry.title, "template_id": entry.template_id}
            return Text("plan.would-delete", **of)
        case Retire(entry=entry):
            of = {"name": action.name or entry.title, "template_id": entry.template_id}
            return Text("plan.would-retire", **of)
        case Add() | Adopt() | Rename():
            return Text("plan.would-replace", name=action.name, template_id=str(action.ousts))
        case _:
            assert_never(action)


def _loss(plan: Plan, name: str, template_id: str) -> Text | None:
    if any(one.name == name and one.ousts == template_id for one in plan.of(Add, Adopt, Rename)):
        return Text("plan.replaced")
    for action in plan.of(Delete, Retire):
        if action.template_id == template_id:
            return Text("plan.deleted") if isinstance(action, Delete) else Text("plan.retired")
    return None


# ------------------------------------------------------------------ how many, and whether any is left


def _too_many_deletes(case: Case) -> Iterator[Refusal]:
    """Refuse more deletes than are allowed. Those count that no new template succeeds: a name that takes
    another's template leaves one less than there were. What is due was counted when it was retired."""
    succeeded = {
        (one.name, one.ousts)
        for one in case.plan.of(Add, Adopt)
        if isinstance(one, Add) or one.name in case.evidence.begun
    }
    counted = [
        one
        for one in case.plan.losses
        if (one.name, one.template_id) not in succeeded
        and not (isinstance(one, Retire) and case.desired.prune == "none")
    ]
    allowed = case.desired.max_deletes if case.permits.max_deletes is None else case.permits.max_deletes
    if len(counted) > allowed:
        text = Text("plan.too-many-deletes", count=len(counted), loss=_losses(counted), allowed=allowed)
        yield Refusal("too many deletes", text, f"--max-deletes {len(counted)}")


def _losses(going: Iterable[Delete | Retire]) -> Text:
    """The words for what becomes of these."""
    kinds = {one.kind for one in going}
    if len(kinds) > 1:
        return Text("plan.deleted-or-retired")
    return Text("plan.deleted") if Delete.kind in kinds else Text("plan.retired")


def _no_templates_left(case: Case) -> Iterator[Refusal]:
    """Refuse to let the last templates go, fresh or due: a lock does not tell whether a person or an edit has
    retired a row, nor under which `prune`. What an earlier plan has retired counts as gone (with `prune:
    none` nothing does); what can't be read and nobody owns does not count as left."""
    plan, listed = case.plan, {one.template_id for one in case.live}
    going = {one.template_id for one in plan.of(Delete)}
    if case.desired.prune != "none":
        going |= {one.template_id for one in plan.of(Retire)}
        going |= {one.entry.template_id for one in plan.waiting}
    owned = {entry.template_id for entry in case.lock.templates.values()}
    owned |= {one.entry.template_id for one in case.lock.retired}
    left = [
        one
        for one in case.live
        if one.template_id not in going and (one.template_id in owned or one.names is not None)
    ]
    lost = listed.intersection(one.template_id for one in plan.of(Delete, Retire)) & going
    if lost and not left and not plan.of(Add) and not case.permits.no_templates:
        count = len(listed & going)
        text = Text("plan.no-templates-left", count=count)
        yield Refusal("no templates left", text, "--allow-no-templates")


# ------------------------------------------------------------------ whether it is the account, and the lock


def _account(case: Case) -> Iterator[Refusal]:
    """Refuse a list that this lock's account would not answer.

    A retired template is owned until it is deleted. One that is due may have been deleted by an apply that
    was interrupted: if it is listed that proves the account, if it is not that proves nothing. Nor does what
    no list has ever shown.
    """
    named = {entry.template_id for entry in case.lock.templates.values()}
    retired = {one.entry.template_id for one in case.lock.retired}
    owned = (named | (retired - case.plan.due)) - case.plan.unseen
    there = {one.template_id for one in case.live}
    if owned and not there and not case.permits.empty_account:
        yield Refusal("empty account", Text("plan.empty-account", count=len(owned)), "--allow-empty-account")
    disjoint = owned and there and there.isdisjoint(named | retired)
    if disjoint and not _is_same_account(case) and not case.permits.other_account:
        text = Text("plan.wrong-account", owned=len(owned), listed=len(there))
        yield Refusal("wrong account", text, "--allow-other-account")


def _is_same_account(case: Case) -> bool:
    return case.evidence.appid is not None and case.evidence.appid == case.lock.appid


class _Suspicion(Struct, frozen=True):
    """What looks as if the lock were an old one; `ids` are the templates that a newer one may own."""

    what: Text
    ids: frozenset[str]
    name: str | None = None


def in_question(case: Case) -> frozenset[str]:
    """Ids of templates that a newer lock may own: `old lock` refuses unless no lock ever had them."""
    return frozenset(id_ for one in _suspicions(case) for id_ in one.ids)


def caveats(case: Case) -> tuple[Caveat, ...]:
    """Warn of what `old lock` would refuse, did git not say that no lock ever had those templates."""
    return tuple(
        Caveat("old lock", _never_locked(one), one.name, case.place(one.name))
        for one in _suspicions(case)
        if one.ids and one.ids <= case.evidence.unowned
    )


def _never_locked(suspicion: _Suspicion) -> Text:
    told = {"what": suspicion.what, "template_ids": some(sorted(suspicion.ids), MOST)}
    if len(suspicion.ids) == 1:
        return Text("plan.old-lock-never-locked-one", **told)
    return Text("plan.old-lock-never-locked", **told)


def _old_lock(case: Case) -> Iterator[Refusal]:
    file = case.evidence.lock_file
    for one in _suspicions(case):
        if one.ids and one.ids <= case.evidence.unowned:
            continue
        text = Text("plan.old-lock", what=one.what, file=file)
        yield Refusal("old lock", text, Text("plan.old-lock-lift"), case.place(one.name))


def _suspicions(case: Case) -> list[_Suspicion]:
    if case.permits.old_lock or not case.live or (case.plan.due_only and not case.plan.actions):
        return []
    whole = _nothing_listed(case)
    return [whole] if whole is not None else list(_look_alikes(case))


def _nothing_listed(case: Case) -> _Suspicion | None:
    """A lock of several names of which none is listed, although the account is its own."""
    ids = {entry.template_id for entry in case.lock.templates.values()} - case.plan.unseen
    there = {one.template_id for one in case.live}
    if len(ids) < 2 or not ids.isdisjoint(there) or not _is_same_account(case):
        return None
    retired = {one.entry.template_id for one in case.lock.retired}
    what = Text("plan.nothing-listed", owned=len(ids), listed=len(there))
    return _Suspicion(what, frozenset(there - retired))


def _look_alikes(case: Case) -> Iterator[_Suspicion]:
    """Names whose template is gone while one of its title lives, which nobody owns: the newer lock may."""
    by_title: dict[str, set[str]] = {}
    for one in _nobodys(case):
        by_title.setdefault(one.title.strip(), set()).add(one.template_id)
    for action in case.plan.of(Add):
        if action.reason != "missing" or action.name in case.permits.add_again:
            continue
        entry = case.lock.templates[action.name]
        ids = by_title.get(_title(entry, action))
        if ids:
            gone = {"name": action.name, "template_id": entry.template_id}
            what = Text("plan.look-alikes", **gone, template_ids=some(sorted(ids), MOST))
            yield _Suspicion(what, frozenset(ids), action.name)


def _title(entry: Entry, action: Add) -> str:
    """The title to compare by; never empty, so that what has no title is like nothing."""
    return entry.title.strip() or action.spec.title.strip() or "\0"


def _nobodys(case: Case) -> Iterable[Live]:
    """Live templates that are neither owned nor wanted, those that this plan deletes among them."""
    going = {one.template_id for one in case.plan.losses if one.reason == "unmanaged"}
    return [*case.plan.unmanaged, *(one for one in case.live if one.template_id in going)]


# ------------------------------------------------------------------ single names


def _unlisted(case: Case) -> Iterator[Refusal]:
    for action in case.plan.of(Add, Adopt, Rename):
        if action.ousts in case.plan.unseen and action.name not in case.permits.add_again:
            text = Text("plan.replaced-unlisted", name=action.name, template_id=str(action.ousts))
            lift = Text("plan.replaced-unlisted-lift", name=action.name)
            yield Refusal("unlisted", text, lift, case.place(action.name))


def _mismatch(case: Case) -> Iterator[Refusal]:
    for name in case.plan.mismatched:
        text = Text("plan.mismatch", name=name, template_id=case.lock.templates[name].template_id)
        yield Refusal("mismatch", text, Text("plan.mismatch-lift", name=name), case.place(name))
