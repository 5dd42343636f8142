"""One test that hangs fails; the others are run all the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

HANGING = """
import asyncio, time
import pytest
from hypothesis import given, strategies

def test_asleep():
    time.sleep(600)

def test_in_a_task_whose_failure_nobody_asks_for():
    async def turning():
        while True:
            await asyncio.sleep(0)
    async def both():
        await asyncio.gather(turning(), turning(), return_exceptions=True)
    asyncio.run(both())

@given(strategies.integers())
def test_in_an_example(_number):
    time.sleep(600)

def test_that_catches_all():
    try:
        time.sleep(600)
    except BaseException:
        pass

@pytest.fixture
def stuck():
    yield
    time.sleep(600)

def test_taken_down_for_ever(stuck):
    assert False

def test_that_ends():
    pass
"""


def test_a_test_that_hangs_fails_alone(tmp_path: Path) -> None:
    (tmp_path / "test_hanging.py").write_text(HANGING)
    words = [sys.executable, "-m", "pytest", "-p", "tests.timeouts", "-p", "no:cacheprovider", "-rA", "-q"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    run = subprocess.run(
        [*words, "--timeout", "0.5", "--rootdir", str(tmp_path), "-c", os.devnull, str(tmp_path)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    ends = re.findall(r"^(PASSED|FAILED|ERROR) \S+::(\w+)", run.stdout, re.MULTILINE)
    assert sorted(ends) == [
        ("ERROR", "test_taken_down_for_ever"),
        ("FAILED", "test_asleep"),
        ("FAILED", "test_in_a_task_whose_failure_nobody_asks_for"),
        ("FAILED", "test_in_an_example"),
        ("FAILED", "test_taken_down_for_ever"),
        ("FAILED", "test_that_catches_all"),
        ("PASSED", "test_that_ends"),
    ]
