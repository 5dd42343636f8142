"""A plan -> the reasons not to run it, all at once, each with what lifts it. Pure (contract, "Guards")."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..core.messages import Said, words
from ..core.model import Caveat, Desired, Entry, Live, Lock, Place, Retired
from .actions import Add, Adopt, Delete, Plan, Rename, Retire
from .facts import Orders
from .lists import MOST as MAX_NAMED


@dataclass(frozen=True)
class Refusal:
    """A reason not to apply. `lift` is the flag or field that lifts it, `place` where its cause stands."""

    guard: str
    text: Said
    lift: Said
    place: Place | None = field(default=None, compare=False)

    @property
    def message(self) -> str:
        """The reason, in words."""
        return words(self.text)


@dataclass(frozen=True)
class Permits:
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
        """What of it a plan is made by."""
        return Orders(self.max_deletes, self.add_again, due_only)


@dataclass(frozen=True)
class Evidence:
    """What a plan is judged by beside what it was made from.

    `appid` is the account's, where it is known. `begun` are names whose adds a run that was cut off, or a
    reviewed plan, says were to be made. `unowned` are ids of which is known that no committed lock ever had
    them. `lock_file` is how the lock is called.
    """

    appid: str | None = None
    begun: frozenset[str] = frozenset()
    unowned: frozenset[str] = frozenset()
    lock_file: str = "templates.lock.json"


@dataclass(frozen=True)
class Case:
    """A plan, what it was made from, and what it is judged by."""

    plan: Plan
    desired: Desired
    lock: Lock
    live: Sequence[Live]
    permits: Permits = Permits()
    evidence: Evidence = Evidence()

    def place(self, name: str | None) -> Place | None:
        """Where YAML has a name."""
        return next((one.place for one in self.desired.templates if one.name == name), None)


def judge(case: Case) -> tuple[Refusal, ...]:
    """Every guard of the contract but `stale` and `edited lock`, which need what was reviewed.

    Where only what is due was to be deleted and nothing is, there is nothing to refuse.
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
    """A protected name's template, whatever name or reason stands beside its end; any of a protected account;
    and what is retired and says so of itself."""
    yield from _protected_account(case)
    in_yaml = {wanted.name: wanted.protect for wanted in case.desired.templates}
    for name, entry in sorted(case.lock.templates.items()):
        wished = in_yaml.get(name, False)
        if (entry.protect or wished) and (loss := _loss(case.plan, name, entry.template_id)):
            yield Refusal(
                "protected",
                f"{name} is {_protected_by(wished)} and would be {loss} ({entry.template_id})",
                f"`protect: false` for {name}, {_first(wished)}",
                case.place(name),
            )
    rows = {one.entry.template_id: one for one in case.lock.retired if one.entry.protect}
    for action in case.plan.of(Delete):
        row = rows.get(action.template_id)
        if action.was_retired and row is not None and not _is_free(row, case):
            yield Refusal(
                "protected",
                f"{action.template_id} (retired, {row.name or row.entry.title}) is protected and would be "
                "deleted",
                f"--allow-protected {action.template_id}",
            )


def _protected_by(wished: bool) -> str:
    """What protects, so that nobody looks for it in vain in a templates.yaml that has taken it off."""
    return "protected" if wished else "still protected by the lock"


def _first(wished: bool) -> str:
    return "applied first" if wished else "applied first, in a change of its own"


def _is_free(row: Retired, case: Case) -> bool:
    """Whether a retired template that says it is protected may go all the same: its name was freed, in a
    change of its own; or it was allowed."""
    wanted = next((one for one in case.desired.templates if one.name == row.name), None)
    entry = case.lock.templates.get(row.name or "")
    freed = wanted is not None and entry is not None and not (wanted.protect or entry.protect)
    return freed or row.entry.template_id in case.permits.protected


def _protected_account(case: Case) -> Iterator[Refusal]:
    """What falls due there was reviewed when it was retired."""
    account = case.desired.account
    if not (case.lock.protect or (account is not None and account.protect)):
        return
    losses = [(one.template_id, one.name or one.entry.title, one.kind) for one in _fresh(case.plan)]
    successors = case.plan.of(Add, Adopt, Rename)
    losses += [(one.ousts, one.name, "replace") for one in successors if one.ousts is not None]
    told = {id_: f"{kind} {name} ({id_})" for id_, name, kind in losses}
    if told:
        name = case.lock.account if account is None else account.name
        called = f"the account {name}" if name else "the account"
        wished = account is not None and account.protect
        message = f"{called} is {_protected_by(wished)}, and this would {', '.join(told.values())}"
        lift = f"`protect: false` for {called}, {_first(wished)}"
        yield Refusal("protected", message, lift, None if account is None else account.place)


def _fresh(plan: Plan) -> list[Delete | Retire]:
    """What this plan lets go: not what an earlier one has retired."""
    return [*plan.of(Retire), *(one for one in plan.of(Delete) if not one.was_retired)]


def _loss(plan: Plan, name: str, template_id: str) -> str | None:
    if any(one.name == name and one.ousts == template_id for one in plan.of(Add, Adopt, Rename)):
        return "replaced"
    for action in plan.of(Delete, Retire):
        if action.template_id == template_id:
            return "deleted" if isinstance(action, Delete) else "retired"
    return None


# ------------------------------------------------------------------ how many, and whether any is left


def _too_many_deletes(case: Case) -> Iterator[Refusal]:
    """Counted is what nothing new succeeds: a name that takes another's template leaves one less than there
    were. What is due was counted when it was retired."""
    succeeded = {
        (one.name, one.ousts)
        for one in case.plan.of(Add, Adopt)
        if isinstance(one, Add) or one.name in case.evidence.begun
    }
    counted = [
        one.kind
        for one in _fresh(case.plan)
        if (one.name, one.template_id) not in succeeded
        and not (isinstance(one, Retire) and case.desired.prune == "none")
    ]
    allowed = case.desired.max_deletes if case.permits.max_deletes is None else case.permits.max_deletes
    if len(counted) > allowed:
        words = {"delete": "deleted", "retire": "retired"}
        loss = " or ".join(words[kind] for kind in sorted(set(counted)))
        message = (
            f"{len(counted)} would be {loss}, and at most {allowed} may be (not counting what a new template "
            "replaces)"
        )
        yield Refusal("too many deletes", message, f"--max-deletes {len(counted)}")


def _no_templates_left(case: Case) -> Iterator[Refusal]:
    """This plan lets the last templates go, be they fresh or due: a lock does not tell who has retired a row,
    a person or an edit, nor under which `prune`. What an earlier plan has retired is on its way out (with
    `prune: none` nothing is), and what can't be read and nobody owns may be anything."""
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
        yield Refusal(
            "no templates left",
            f"all templates of the account ({count}) would be deleted or retired, and none added",
            "--allow-no-templates",
        )


# ------------------------------------------------------------------ whether it is the account, and the lock


def _account(case: Case) -> Iterator[Refusal]:
    """The list is not what this lock's account would answer.

    What is retired is owned until it is deleted; but one that is due may have been deleted by an apply that
    was interrupted: that it is listed proves the account, that it is not says nothing. Nor does what no list
    has ever shown.
    """
    named = {entry.template_id for entry in case.lock.templates.values()}
    retired = {one.entry.template_id for one in case.lock.retired}
    owned = (named | (retired - case.plan.due)) - case.plan.unseen
    there = {one.template_id for one in case.live}
    if owned and not there and not case.permits.empty_account:
        message = (
            f"the lock owns templates ({len(owned)}) and the account lists none (asked twice); "
            "WeChat is known to answer so falsely"
        )
        yield Refusal("empty account", message, "--allow-empty-account")
    disjoint = owned and there and there.isdisjoint(named | retired)
    if disjoint and not _is_same_account(case) and not case.permits.other_account:
        message = (
            f"not one of the lock's templates ({len(owned)}) is on this account, which lists others "
            f"({len(there)}): is it the right account?"
        )
        yield Refusal("wrong account", message, "--allow-other-account")


def _is_same_account(case: Case) -> bool:
    return case.evidence.appid is not None and case.evidence.appid == case.lock.appid


@dataclass(frozen=True)
class _Suspicion:
    """What looks as if the lock were an old one; `ids` are the templates that a newer one may own."""

    what: str
    ids: frozenset[str]
    name: str | None = None


def in_question(case: Case) -> frozenset[str]:
    """The ids of templates that a newer lock may own: that guard fires unless no lock ever had them."""
    return frozenset(id_ for one in _suspicions(case) for id_ in one.ids)


def caveats(case: Case) -> tuple[Caveat, ...]:
    """What would be a refusal, did git not say that no lock ever had the templates in question."""
    return tuple(
        Caveat(
            "old lock",
            f"{one.what}; no lock in git's history has had {_listed(one.ids)}, so nobody here has made "
            f"{'it' if len(one.ids) == 1 else 'them'}",
            one.name,
            case.place(one.name),
        )
        for one in _suspicions(case)
        if one.ids and one.ids <= case.evidence.unowned
    )


def _old_lock(case: Case) -> Iterator[Refusal]:
    file = case.evidence.lock_file
    for one in _suspicions(case):
        if one.ids and one.ids <= case.evidence.unowned:
            continue
        message = (
            f"{one.what}. If this is an old lock (a reverted commit, a checkout that is behind), take the "
            f"newer one: `git log -- {file}`, `git checkout COMMIT -- {file}`. If it was deleted in the "
            "console, allow it"
        )
        lift = "the newer lock; --allow-old-lock"
        yield Refusal("old lock", message, lift, case.place(one.name))


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
    what = (
        f"not one of the lock's templates ({len(ids)}) is on the account, which lists others ({len(there)})"
    )
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
            what = (
                f"{action.name}: {entry.template_id} is gone from the account, which lists {_listed(ids)} of "
                "the same title, not in this lock"
            )
            yield _Suspicion(what, frozenset(ids), action.name)


def _title(entry: Entry, action: Add) -> str:
    """Never empty, so that what has no title is like nothing."""
    return entry.title.strip() or action.spec.title.strip() or "\0"


def _nobodys(case: Case) -> Iterable[Live]:
    """What lives and is neither owned nor wanted, whatever becomes of it."""
    going = {one.template_id for one in _fresh(case.plan) if one.reason == "unmanaged"}
    return [*case.plan.unmanaged, *(one for one in case.live if one.template_id in going)]


def _listed(ids: Collection[str]) -> str:
    named = sorted(ids)
    more = f" and {len(named) - MAX_NAMED} more" if len(named) > MAX_NAMED else ""
    return ", ".join(named[:MAX_NAMED]) + more


# ------------------------------------------------------------------ single names


def _unlisted(case: Case) -> Iterator[Refusal]:
    for action in case.plan.of(Add, Adopt, Rename):
        if action.ousts in case.plan.unseen and action.name not in case.permits.add_again:
            yield Refusal(
                "unlisted",
                f"{action.name}: {action.ousts}, which would be replaced, has not been listed yet: it may "
                "still come",
                f"waiting until it is listed; --add-again {action.name}",
                case.place(action.name),
            )


def _mismatch(case: Case) -> Iterator[Refusal]:
    for name in case.plan.mismatched:
        yield Refusal(
            "mismatch",
            f"{name}: YAML and lock agree, but {case.lock.templates[name].template_id} is another template "
            "on the account, and none is there that could take its place",
            f"the right template_id for {name} in the lock, its entry removed from the lock, or its title in "
            "YAML corrected",
            case.place(name),
        )
