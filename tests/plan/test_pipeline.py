"""The pipeline decides as the class did that it takes the place of, in thousands of random worlds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.plan.actions import Plan
from reconciler.plan.decide import decide, questions
from reconciler.plan.facts import Facts

from ..tools import NOW
from . import table
from .worlds import world


def in_words(made: Plan) -> Plan:
    """The plan, with its warnings in words."""
    return replace(made, warnings=tuple(replace(one, text=one.message) for one in made.warnings))


@pytest.mark.parametrize("first", range(0, 5000, 500))
def test_the_pipeline_decides_as_the_class_did(first: int) -> None:
    for seed in range(first, first + 500):
        one = world(seed)
        made_from = (one.desired, one.lock, one.live)
        before = Facts.of(one.desired, one.lock, None, {}, one.orders)
        assert questions(before) == table.questions(one.desired, one.lock, None, {}, one.orders), seed
        unasked = Facts.of(*made_from, {}, one.orders)
        assert questions(unasked) == table.questions(*made_from, {}, one.orders), seed
        facts, specs = one.answered()
        assert questions(facts) == table.questions(*made_from, facts.catalogue, one.orders), seed
        if specs is None:
            continue
        made = decide(facts, specs, now=NOW, appid=one.appid)
        assert in_words(made) == table.decide(
            *made_from, specs, facts.catalogue, now=NOW, appid=one.appid, orders=one.orders
        ), seed
