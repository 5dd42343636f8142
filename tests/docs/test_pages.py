"""The pages are true: what they show is run here, in its order, and prints what it shows."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from reconciler.sandbox.accounts import APPID, SECRET

from .blocks import DOCS, ROOT, Block, Desk, blocks_of, commands_of, masked

ENGLISH = sorted(path for path in DOCS.glob("*.md") if not path.name.endswith(".zh.md"))

ENGLISH_ALONE = {"coverage.md"}
"""Pages for those who work on the project itself, who read English code beside them"""

LANGUAGES = {"console", "sh", "yaml", "json", "python", "text"}
"""What is run or read here; a block of another language says why it is not run"""


@pytest.fixture
def desk(tmp_path: Path, sandbox: str) -> Iterator[Desk]:
    """A reader's: the example file, and an account on a sandbox over HTTP."""
    credentials = {"RECONCILER_ENDPOINT": sandbox, "WECHAT_APPID": APPID, "WECHAT_APPSECRET": SECRET}
    made = Desk(tmp_path, credentials)
    shutil.copy(ROOT / "templates.yaml", made.folder)
    yield made
    made.close()


@pytest.mark.parametrize("page", ENGLISH, ids=lambda page: page.name)
def test_every_block_does_what_it_shows(page: Path, desk: Desk) -> None:
    for block in blocks_of(page):
        if block.exempt is None:
            _try(block, desk)


def _try(block: Block, desk: Desk) -> None:
    match block.language:
        case "console":
            for command, output in commands_of(block.text):
                assert masked(desk.run(command)[0]) == masked(output), f"{block.place}: {command}"
        case "sh" if block.title:
            _write(block, desk)  # a script of the reader's repository, which a test of the page runs in one
        case "sh" | "python":
            script = desk.folder / "snippet.py"
            if block.language == "python":
                script.write_text(block.text, "utf-8")
            command = block.text if block.language == "sh" else f"python {script.name}"
            printed, code = desk.run(f"set -e\n{command}")
            script.unlink(missing_ok=True)
            assert code == 0, f"{block.place}: {printed}"
        case "yaml" | "json":
            (yaml.safe_load if block.language == "yaml" else json.loads)(block.text)
            if block.title:
                _write(block, desk)
        case "text":
            pass
        case other:
            pytest.fail(f"{block.place}: nobody runs {other or 'a block without a language'}")


def _write(block: Block, desk: Desk) -> None:
    """A file that the page shows; one of templates is a valid one."""
    assert block.title is not None
    path = desk.folder / block.title
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, "utf-8")
    if re.fullmatch(r"templates[\w.-]*\.yaml", block.title):
        printed, code = desk.run(f"reconciler validate --file {block.title}")
        assert code == 0, f"{block.place}: {printed}"


def test_what_is_not_run_is_little() -> None:
    exempt = [block for page in ENGLISH for block in blocks_of(page) if block.exempt]
    assert len(exempt) <= 20, [block.place for block in exempt]


def chinese_of(page: Path) -> Path:
    return page.with_suffix(".zh.md")


@pytest.mark.parametrize(
    "page", [page for page in ENGLISH if page.name not in ENGLISH_ALONE], ids=lambda page: page.name
)
class TestInBothLanguages:
    def test_the_headings_are_as_many(self, page: Path) -> None:
        english, chinese = (_headings(path) for path in (page, chinese_of(page)))
        assert [level for level, _ in english] == [level for level, _ in chinese]

    def test_the_rows_of_tables_are_as_many(self, page: Path) -> None:
        rows = [len(re.findall(r"^\|", _prose(path), re.MULTILINE)) for path in (page, chinese_of(page))]
        assert rows[0] == rows[1]

    def test_the_blocks_are_the_same_but_for_comments(self, page: Path) -> None:
        english, chinese = (
            [(block.language, block.title, _bare(block.text)) for block in blocks_of(path)]
            for path in (page, chinese_of(page))
        )
        assert english == chinese

    def test_the_names_and_codes_are_the_same(self, page: Path) -> None:
        """What a translation leaves out or mistypes: an option, a field, a code, a number of WeChat's."""
        english, chinese = (_names(path) for path in (page, chinese_of(page)))
        assert sorted(english ^ chinese) == []

    def test_a_chinese_page_leads_to_chinese_ones(self, page: Path) -> None:
        """The site would find them; a forge, where many read, takes the link as it stands."""
        links = re.findall(r"\]\((\w[\w-]*)\.md[)#]", _prose(chinese_of(page)))
        assert [one for one in links if (DOCS / f"{one}.zh.md").is_file()] == []

    def test_the_chinese_page_is_in_chinese(self, page: Path) -> None:
        prose = re.sub(r"`[^`]*`", "", _prose(chinese_of(page)))
        assert len(re.findall(r"[\u4e00-\u9fff]", prose)) > len(re.findall(r"[A-Za-z]{2,}", prose))


def test_no_chinese_page_has_lost_its_english_one() -> None:
    for path in DOCS.glob("*.zh.md"):
        assert (DOCS / path.name.replace(".zh.md", ".md")).is_file(), path.name


def _prose(path: Path) -> str:
    return re.sub(r"^( *)```.*?^\1```$", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def _names(path: Path) -> set[str]:
    """What stands as code, without blanks or Han, and the numbers of the prose."""
    prose = _prose(path)
    code = {two for _, two in re.findall(r"(`+)(.+?)\1", prose, re.DOTALL)}
    numbers = re.findall(r"(?<![\w.])\d+(?:[.,]\d+)*", re.sub(r"(`+).+?\1", "", prose, flags=re.DOTALL))
    return {one for one in code if re.fullmatch(r"[!-~]+", one)} | set(numbers)


def _headings(path: Path) -> list[tuple[str, str]]:
    return re.findall(r"^(#+) (.+)$", _prose(path), re.MULTILINE)


def _bare(text: str) -> list[str]:
    """Lines without their comments, which are translated."""
    lines = (re.sub(r"(?:^|\s+)#\s.*$", "", line).rstrip() for line in text.splitlines())
    return [line for line in lines if line]
