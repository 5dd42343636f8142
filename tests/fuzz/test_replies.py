"""Damaged replies: what a server, a gateway or a proxy may answer to any call, over real HTTP."""

from __future__ import annotations

from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from reconciler.sandbox.faults.garble import GARBLED

from .mutations import HOSTILE, recipes
from .world import (
    ADD,
    CALLS,
    DEL,
    GET,
    LIST,
    SAID,
    TOKEN,
    Disturbed,
    Fault,
    Scene,
    budget,
    disk,
    kept,
    lives,
    look,
    run,
)

READS = ((TOKEN, 1), (LIST, 1), (LIST, 1), (GET, 1), (GET, 2))
WRITES = ((ADD, 1), (ADD, 2), (DEL, 1), (DEL, 2), (LIST, 2), (LIST, 3), (GET, 3))
STATUSES = (200, 200, 200, 200, 200, 200, 204, 301, 307, 400, 401, 403, 404, 429, 500, 502, 503)
KINDS = ("application/json; encoding=utf-8", "text/html", "text/plain; charset=utf-16", "x", "")


def faults(*calls: tuple[str, int]) -> st.SearchStrategy[Fault]:
    """A fault of one of these replies: of a call, the n-th."""
    return st.builds(
        lambda call, **more: Fault(*call, **more),
        call=st.sampled_from(calls),
        recipe=recipes(HOSTILE, SAID * 3),
        status=st.sampled_from(STATUSES),
        kind=st.sampled_from(KINDS),
        packed=st.sampled_from(["no", "no", "no", "gzip", "claimed", "twice"]),
        garbled=st.sampled_from([None, None, None, None, *GARBLED]),
        done=st.sampled_from([True, True, False]),
    )


names = st.builds(
    lambda spoken, name: spoken + name,
    st.sampled_from(["", "subscribe:", "official:"]),
    st.sampled_from(["busy", "fresh", "sweeping", "settled", "strangers", "adopting"]),
)
manners = st.sampled_from(
    [("--format", form, "--parallelism", number) for form in ("json", "text") for number in "18"]
)


@budget(100)
@given(name=names, fault=faults(*READS), manner=manners)
def test_a_plan_is_the_true_one_or_none(
    server: Disturbed, scenes: dict[str, Scene], name: str, fault: Fault, manner: tuple[str, ...]
) -> None:
    scene = scenes[name]
    scene.lay(server, fault)
    before = disk()
    planned = _run(server, "plan", *manner)
    event(f"plan: {planned.code}")
    assert planned.code in (0, 1, 3)
    assert (disk(), server.templates) == (before, scene.templates)
    if planned.code != 1 and "json" in manner and server.lied is None:
        assert planned.json == scene.truth


@budget(200)
@given(name=names, fault=faults(*READS, *WRITES, *WRITES), manner=manners)
def test_an_apply_loses_nothing_and_the_next_one_ends_it(
    server: Disturbed, scenes: dict[str, Scene], name: str, fault: Fault, manner: tuple[str, ...]
) -> None:
    scene = scenes[name]
    scene.lay(server, fault)
    before = disk()
    applied = _run(server, "apply", "--yes", *manner)
    lied = server.lied
    event(f"apply: {applied.code}, lied: {lied}")
    assert applied.code in (0, 1, 3, 4)
    assert _gone(scene, server) <= _may_go(scene, lied)
    if applied.code in (1, 3):
        assert (disk(), server.templates) == (before, scene.templates)
    server.disturb(None)
    if applied.code == 0 and lied is None:
        assert not run("plan", "--format", "json", *CALLS).json["changes"]
    _check_the_next(scene, server, lied)


def _check_the_next(scene: Scene, server: Disturbed, lied: str | None) -> None:
    """The account is what was meant, after one more apply. A guard may ask, if it was lied to."""
    again = run("apply", "--yes", *CALLS)
    assert _gone(scene, server) <= _may_go(scene, lied)
    if again.code == 3 and lied in (LIST, GET, ADD):
        return
    assert again.code == 0, again.err
    count = lives(scene, server)
    assert all(count) if lied == LIST else count == [1] * len(scene.looks)
    assert not run("plan", "--format", "json", *CALLS).json["changes"]


def _gone(scene: Scene, server: Disturbed) -> set[str]:
    return {one.template_id for one in scene.templates} - {one.template_id for one in server.templates}


def _may_go(scene: Scene, lied: str | None) -> set[str]:
    """What was to be deleted. A wanted template that a list hid, or called by another name, may have got a
    twin: with `prune: all` one of the two goes."""
    hidden = [one for one in scene.templates if lied == LIST and look(one) in scene.looks]
    return {*scene.deletes, *(one.template_id for one in hidden if "prune: all" in scene.yaml)}


def _run(server: Disturbed, *words: str) -> Any:
    result = run(*words, *CALLS)
    for text in (result.out, result.err, *(one.decode() for one in (*disk().values(), *kept()))):
        assert not [one for one in server.secrets if one in text]
    return result
