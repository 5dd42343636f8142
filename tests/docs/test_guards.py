"""docs/guards.md has every guard, and the messages that it shows are those of the program: each story is
played here on the sandbox."""

from __future__ import annotations

import json
import re
import shutil
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli.options import PERMITS, options
from reconciler.sandbox.accounts import SECRET

from ..repositories import Repository
from ..tools import CommandLine, told

ROOT = Path(__file__).parent.parent.parent
PAGES = ["guards.md", "guards.zh.md"]
LOCK = Path("templates.lock.json")
ID = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
REFUSED = re.compile(r"^! refused, ([a-z ]+): .*$", re.MULTILINE)

PAID = ("购买地点, 购买时间, 物品名称", "购买地点, 物品名称")
FAILED = ("失败原因, 付款金额, 支付截止时间", "付款金额, 失败原因")


def sections(page: str) -> dict[str, str]:
    """What stands below each heading, by the heading's id."""
    parts = re.split(
        r'^## .*<a id="([a-z-]+)"></a>$', (ROOT / "docs" / page).read_text("utf-8"), flags=re.MULTILINE
    )
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def guards() -> set[str]:
    """The guards that there are."""
    rooms = ("plan/guards.py", "plan/review.py", "plan/edited_lock.py")
    source = "".join((ROOT / "reconciler" / name).read_text("utf-8") for name in rooms)
    named = set(re.findall(r'Refusal\(\s*"([a-z ]+)"', source))
    return named | set(re.findall(r'^CODE = "([a-z ]+)"$', source, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES)
def test_every_guard_has_its_story(page: str) -> None:
    assert {name.replace(" ", "-") for name in guards()} == sections(page).keys() - {"where"}
    for id_, text in sections(page).items():
        if id_ != "where":
            assert REFUSED.findall(text) == [id_.replace("-", " ")], "a message, and its own"


@pytest.mark.parametrize("page", PAGES)
def test_every_flag_that_lifts_one_is_told(page: str) -> None:
    """Those that are given to lift a guard, and no flag that there is not."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    told = set(re.findall(r"(?<![\w-])--(?:allow-[a-z-]+|max-deletes|add-again)", text))
    assert told == _lifting()


def _lifting() -> set[str]:
    command = options(PERMITS)(lambda: None)
    return {one.opts[0] for one in command.__click_params__}  # type: ignore[attr-defined]


# ------------------------------------------------------------------ the stories


class Story:
    """An account with the five templates of the example, and a checkout."""

    def __init__(self, reconciler: CommandLine, url: str) -> None:
        self.run = reconciler
        self.url = url

    def apply(self, *words: str) -> None:
        result = self.run("apply", "--yes", "--settle", "0", *words)
        assert result.code == 0, result.err

    def plan(self, *words: str) -> str:
        result = self.run("plan", "--settle", "0", *words)
        assert result.code == 3
        return result.out

    def write(self, old: str, new: str) -> None:
        file = Path("templates.yaml")
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), "utf-8")

    def only(self, *names: str) -> None:
        """Take all other templates out of the file."""
        head, _, rest = Path("templates.yaml").read_text("utf-8").partition("templates:\n")
        entries = re.split(r"(?m)^(?=  [a-z])", rest)
        kept = [one for one in entries if one.startswith(tuple(f"  {name}:" for name in names))]
        Path("templates.yaml").write_text(
            f"{head}templates:{'' if kept else ' {}'}\n{''.join(kept)}", "utf-8"
        )

    def lock(self) -> Any:
        return json.loads(LOCK.read_text("utf-8"))

    def write_lock(self, lock: Any) -> None:
        LOCK.write_text(json.dumps(lock, ensure_ascii=False, indent=2) + "\n", "utf-8")

    def break_(self, *faults: str) -> None:
        told(self.url, "faults", {"faults": list(faults)})


@pytest.fixture
def story(entrance: str, reconciler: CommandLine) -> Story:
    shutil.copy(ROOT / "templates.yaml", ".")
    return Story(reconciler, entrance)


def stale(story: Story, _: pytest.MonkeyPatch) -> str:
    story.apply()
    story.only("order_paid", "order_failed", "payment_received", "payment_failed")
    assert story.run("plan", "--out", "plan.json").code == 0
    story.only("order_paid", "order_failed", "payment_received")
    result = story.run("apply", "plan.json")
    assert result.code == 3
    return result.out


def protected(story: Story, _: pytest.MonkeyPatch) -> str:
    story.apply()
    story.write(*PAID)
    return story.plan()


def too_many_deletes(story: Story, _: pytest.MonkeyPatch) -> str:
    story.apply()
    story.only("order_paid")
    return story.plan()


def no_templates_left(story: Story, _: pytest.MonkeyPatch) -> str:
    story.write("    protect: true", "    protect: false")
    story.apply()
    story.only()
    return story.plan("--max-deletes", "5")


def empty_account(story: Story, _: pytest.MonkeyPatch) -> str:
    story.apply()
    story.break_("list=empty-list")
    return story.plan()


def wrong_account(story: Story, patch: pytest.MonkeyPatch) -> str:
    """The token is another account's, and says not whose it is."""
    patch.delenv("WECHAT_APPSECRET")
    patch.delenv("WECHAT_APPID")
    patch.setenv("WECHAT_ACCESS_TOKEN", token(story.url, "wx0000000000000002"))
    story.only("order_paid", "order_failed")
    story.apply("--lockfile", "prod.lock.json")
    shutil.copy(ROOT / "templates.yaml", ".")
    patch.setenv("WECHAT_ACCESS_TOKEN", token(story.url, "wx0000000000000001"))
    story.apply()
    patch.setenv("WECHAT_ACCESS_TOKEN", token(story.url, "wx0000000000000002"))
    return story.plan()


def token(url: str, appid: str) -> str:
    query = f"grant_type=client_credential&appid={appid}&secret={SECRET}"
    with urllib.request.urlopen(f"{url}/cgi-bin/token?{query}") as reply:
        return str(json.load(reply)["access_token"])


def old_lock(story: Story, _: pytest.MonkeyPatch) -> str:
    story.apply()
    old = LOCK.read_bytes()
    story.write(*FAILED)
    story.apply()
    story.write(*reversed(FAILED))
    LOCK.write_bytes(old)
    return story.plan()


def unlisted(story: Story, _: pytest.MonkeyPatch) -> str:
    story.only("order_paid", "order_failed", "payment_received", "order_refunded")
    story.apply()
    shutil.copy(ROOT / "templates.yaml", ".")
    story.break_("list@2-=lag")
    story.run("apply", "--yes", "--settle", "0")
    story.write(*FAILED)
    return story.plan()


def mismatch(story: Story, _: pytest.MonkeyPatch) -> str:
    """What the lock meant is not there any more, so that nothing can take its place."""
    story.apply()
    story.only("order_paid", "order_failed", "payment_received", "order_refunded")
    before = story.lock()
    story.apply()
    rows = before["templates"]
    rows["payment_failed"]["template_id"] = rows["order_refunded"]["template_id"]
    story.write_lock(before)
    shutil.copy(ROOT / "templates.yaml", ".")
    return story.plan()


def edited_lock(story: Story, _: pytest.MonkeyPatch) -> str:
    """A protected row is moved to `retired` by hand, with an old date and without its protection."""
    story.apply()
    repository = Repository(Path())
    repository.do("add", "-A")
    repository.do("commit", "-q", "-m", "base")
    lock = story.lock()
    row = lock["templates"].pop("order_paid")
    del row["protect"]
    lock["retired"] = [{"name": "order_paid", "reason": "removed", "since": "2025-01-01T00:00:00Z", **row}]
    story.write_lock(lock)
    story.only("order_failed", "payment_received", "payment_failed", "order_refunded")
    return story.plan("--base", "HEAD")


STORIES: tuple[Callable[[Story, pytest.MonkeyPatch], str], ...] = (
    stale,
    protected,
    too_many_deletes,
    no_templates_left,
    empty_account,
    wrong_account,
    old_lock,
    unlisted,
    mismatch,
    edited_lock,
)


def test_every_guard_has_a_story_here() -> None:
    assert {one.__name__.replace("_", " ") for one in STORIES} == guards()


@pytest.mark.parametrize("play", STORIES, ids=lambda one: one.__name__)
def test_the_page_shows_what_the_program_says(
    play: Callable[[Story, pytest.MonkeyPatch], str], story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = refusals(play(story, monkeypatch))
    for page in PAGES:
        assert refusals(sections(page)[play.__name__.replace("_", "-")]) == said, page


def refusals(text: str) -> list[str]:
    return [ID.sub("ID", match[0]) for match in REFUSED.finditer(text)]
