"""A pulled library: its text, and what plan, validate and the commands of the library make of it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from reconciler.core import schemas
from reconciler.core.errors import InputError
from reconciler.core.model import Library, LibraryKeyword, Title
from reconciler.library import file as library

from ..tools import CommandLine, ScriptedServer, inspected, told

PULLED = "2026-11-27T10:00:00Z"
SMALL = Library(
    "subscribe",
    (
        Title("401", "付款成功通知", (LibraryKeyword(1, "时间", "10:00", "time"), LibraryKeyword(2, "金额"))),
        Title("402", "付款失败通知", None, 3),
    ),
    PULLED,
)
TEXT = """\
{"version": 1, "dialect": "subscribe", "pulled": "2026-11-27T10:00:00Z", "titles": [
  {"id": "401", "title": "付款成功通知", "keywords": [{"keyword_id": 1, "name": "时间", "example": "10:00", "rule": "time"}, {"keyword_id": 2, "name": "金额", "example": ""}]},
  {"id": "402", "title": "付款失败通知", "type": 3}
]}
"""  # noqa: E501


def test_the_text_is_a_title_a_line_and_means_the_same() -> None:
    assert library.dumps(SMALL) == TEXT
    assert library.loads(TEXT.encode(), "l") == SMALL
    schemas.check("library", json.loads(TEXT), "l", hint="")
    empty = Library("wxopen", (), PULLED)
    assert library.loads(library.dumps(empty).encode(), "l") == empty


def changed(*path: str | int, to: Any) -> bytes:
    document = json.loads(TEXT)
    inside = document
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = to
    return json.dumps(document).encode()


AGAIN = "pull it again: reconciler library pull"


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        (b"{", "it is not JSON: Expecting property name enclosed in double quotes", AGAIN),
        (b"[]", "$: it is no object", AGAIN),
        (changed("version", to=2), "the library is of version 2; this reconciler knows 1",
         "install a newer reconciler"),
        (changed("pulled", to="then"), "$.pulled: then is no time", AGAIN),
        (changed("pulled", to="2026-11-28T05:00:00"), "$.pulled: 2026-11-28T05:00:00 is no time", AGAIN),
        (changed("dialect", to="official"),
         "$.dialect: 'official' is not one of ['wxopen', 'subscribe', 'notify']", AGAIN),
        (changed("titles", 1, "id", to="401"), "the title 401 stands twice", AGAIN),
        (changed("titles", 0, "title", to=5), "$.titles[0].title: 5 is not of type 'string'", AGAIN),
        (changed("titles", 0, "keywords", 0, "keyword_id", to="x"),
         "$.titles[0].keywords[0].keyword_id: 'x' is not of type 'integer'", AGAIN),
    ],
)  # fmt: skip
def test_what_is_no_library_is_told(data: bytes, message: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        library.loads(data, "l")
    (problem,) = caught.value.problems
    assert (problem.message, problem.hint) == (message, hint)


WRONG = """\
version: 1
templates:
  paid: {id: AT0002, title: 购买失败通知, keywords: [购买地点, 购买时闻]}
  twice: {id: AT0004, keywords: [交易单号, 单号]}
  fine: {id: AT0005, keywords: [付款金额]}
"""
UNKNOWN = "  nowhere: {id: AT9999, keywords: [甲]}\n"


def test_validate_says_offline_what_plan_says(
    reconciler: CommandLine, entrance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the same words, but for an id that no library has: what it was that said so differs."""
    assert reconciler("library", "pull").code == 0
    Path("templates.yaml").write_text(WRONG, "utf-8")
    planned = reconciler("plan")
    monkeypatch.setenv("RECONCILER_ENDPOINT", "http://127.0.0.1:9")
    for name in ("WECHAT_APPID", "WECHAT_APPSECRET"):
        monkeypatch.delenv(name)
    checked = reconciler("validate", "--library", "library.json")
    assert (checked.code, checked.out, checked.err) == (1, "", planned.err)
    assert (
        checked.err.splitlines()[0]
        == "templates.yaml:3:29: paid: the title of AT0002 is 购买成功通知, not 购买失败通知"
    )
    assert checked.err.splitlines()[-1] == "3 problems"
    Path("templates.yaml").write_text("version: 1\ntemplates:\n" + UNKNOWN, "utf-8")
    assert reconciler("validate", "--library", "library.json").err == (
        "templates.yaml:2:17: nowhere: the library has no title AT9999 (library.json has not)\n"
        "    ids look like AT0002; find one with `reconciler library search WORD`\n"
    ).replace(":2:", ":3:")


def test_titles_alone_say_what_they_can(reconciler: CommandLine, entrance: str) -> None:
    assert reconciler("library", "pull", "--titles-only").out == "library.json: 599 titles\n"
    Path("templates.yaml").write_text(
        "version: 1\ntemplates:\n  paid: {id: AT0002, title: 购买成功通知, keywords: [不在]}\n", "utf-8"
    )
    assert reconciler("validate", "--library", "library.json") == (
        0,
        "templates.yaml is valid: 1 template\n",
        "warning: not checked: the keywords of paid; library.json has their titles only\n",
    )
    assert "has no keyword 不在" in reconciler("plan", "--library", "library.json").err


def test_a_plan_with_a_pulled_library_costs_no_look_ups(reconciler: CommandLine, entrance: str) -> None:
    reconciler("library", "pull")
    before = inspected(entrance)["calls"]
    Path("templates.yaml").write_text(
        "version: 1\ntemplates:\n  paid: {id: AT0002, keywords: [购买地点]}\n", "utf-8"
    )
    made = reconciler("apply", "--yes", "--library", "library.json")
    assert made.code == 0
    assert made.err == "the library's answers of just now are used; --refresh asks it again\n"
    get = "/cgi-bin/wxopen/template/library/get"
    assert inspected(entrance)["calls"][get] == before[get]


def test_the_sandbox_in_this_process_has_the_pulled_library(reconciler: CommandLine) -> None:
    """Else what a plan finds in it could not be added."""
    own = Library("wxopen", (Title("OWN1", "自有通知", (LibraryKeyword(1, "甲", "x"),)),), PULLED)
    Path("own.json").write_text(library.dumps(own), "utf-8")
    Path("templates.yaml").write_text(
        "version: 1\ntemplates:\n  own: {id: OWN1, title: 自有通知, keywords: [甲]}\n", "utf-8"
    )
    words = ("--sandbox", "--library", "own.json")
    assert reconciler("apply", "--yes", *words).code == 0
    assert reconciler("plan", *words).out.splitlines()[-1] == "no changes: 1 kept"
    some = replace(own, titles=(*own.titles, Title("OWN2", "没问通知", None)))
    Path("own.json").write_text(library.dumps(some), "utf-8")
    assert reconciler("plan", *words).out.splitlines()[-1] == "no changes: 1 kept"
    bare = Library("wxopen", (Title("OWN1", "自有通知", None),), PULLED)
    Path("own.json").write_text(library.dumps(bare), "utf-8")
    assert reconciler("plan", *words).err == (
        "warning: the sandbox has its own library: own.json: has no title with keywords: "
        "pull the library without --titles-only\n"
    )


def test_an_old_answer_is_doubted_for_every_account(
    reconciler: CommandLine, entrance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first to doubt it forgets it for all, and those that hold it already ask again, too."""
    reconciler("library", "pull")
    text = Path("library.json").read_text("utf-8").replace("购买地点", "旧名")
    Path("library.json").write_text(text, "utf-8")
    rows = "".join(f"  a{n}: {{appid: wxsandbox00000000{n}}}\n" for n in range(1, 4))
    Path("templates.yaml").write_text(
        f"version: 1\ntemplates:\n  paid: {{id: AT0002, keywords: [购买地点]}}\naccounts:\n{rows}", "utf-8"
    )
    monkeypatch.delenv("WECHAT_APPID")
    planned = reconciler("plan", "--library", "library.json", "--format", "json")
    assert (planned.code, planned.json["summary"]["add"]) == (0, 3)


def test_what_is_no_library_is_not_overwritten(reconciler: CommandLine, entrance: str) -> None:
    Path("templates.yaml").write_text("version: 1\ntemplates: {}\n", "utf-8")
    assert reconciler("library", "pull", "--out", "templates.yaml") == (
        1,
        "",
        "templates.yaml: it is there, and no library\n    choose another place with --out, or remove it\n",
    )


def test_what_a_pulled_library_has_wrong_is_asked_again_before_it_is_told(
    reconciler: CommandLine, entrance: str
) -> None:
    reconciler("library", "pull")
    text = Path("library.json").read_text("utf-8").replace("购买地点", "旧名")
    Path("library.json").write_text(text, "utf-8")
    Path("templates.yaml").write_text(
        "version: 1\ntemplates:\n  paid: {id: AT0002, keywords: [购买地点]}\n", "utf-8"
    )
    assert reconciler("plan", "--library", "library.json").code == 0


def test_titles_alone_never_take_the_place_of_keywords(reconciler: CommandLine, entrance: str) -> None:
    reconciler("library", "pull")
    assert reconciler("library", "pull", "--titles-only") == (
        1,
        "",
        "library.json: it has keywords, which --titles-only would lose\n"
        "    choose another place with --out, or remove it\n",
    )
    assert reconciler("library", "pull", "--titles-only", "--out", "t.json").code == 0
    assert reconciler("library", "pull", "--titles-only", "--out", "t.json").code == 0
    shown = reconciler("library", "show", "AT0002", "--library", "t.json")
    assert shown.out == "AT0002  购买成功通知\n    (t.json has titles only)\n"
    searched = reconciler("library", "search", "退款金额", "--keywords", "--library", "t.json")
    assert searched.err == (
        "warning: t.json has titles only; no keywords were searched\nno title has 退款金额\n"
    )


def test_a_file_with_mistakes_hides_no_library(reconciler: CommandLine, entrance: str) -> None:
    """Whoever looks for an id has not finished the file."""
    Path("templates.yaml").write_text('version: 1\ndialect: subscribe\ntemplates: {a: {id: "2"}}\n', "utf-8")
    note = "note: templates.yaml has mistakes (reconciler validate); of it, only the dialect is used\n"
    shown = reconciler("library", "show", "2")
    assert (shown.code, shown.err) == (0, note)
    Path("templates.yaml").write_text("dialect: none\n", "utf-8")
    assert reconciler("library", "show", "2").code == 1


def test_service_accounts_are_not_sent_for_a_library(reconciler: CommandLine, entrance: str) -> None:
    Path("library.json").write_text(TEXT, "utf-8")
    Path("templates.yaml").write_text("version: 1\ndialect: official\ntemplates: {}\n", "utf-8")
    assert reconciler("validate", "--library", "library.json").err == (
        "library.json: the library is of dialect subscribe, templates.yaml of official\n"
        "    leave --library out: the library of service accounts can't be listed\n"
    )


def test_a_pull_that_is_interrupted_says_where_it_goes_on(
    reconciler: CommandLine, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", "T")
    rows = [{"id": f"AT{n}", "title": f"第{n}通知"} for n in range(3)]
    scripted.on(LIST, {"errcode": 0, "list": rows, "total_count": 3})

    async def never(_method: str, _body: dict[str, Any]) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(30)

    scripted.on("/cgi-bin/wxopen/template/library/get", never)
    ended = reconciler("library", "pull", "--endpoint", scripted.url)
    assert ended == (
        130,
        "",
        "error: interrupted; what is known so far is in library.json.part\n"
        "    run it again: it goes on there\n",
    )


@pytest.mark.parametrize("name", ["library.json", "library.json.part"])
@pytest.mark.parametrize("target", ["victim", "missing", "pipe"])
def test_a_pull_writes_nowhere_that_a_link_of_the_checkout_leads(
    reconciler: CommandLine, entrance: str, tmp_path_factory: pytest.TempPathFactory, name: str, target: str
) -> None:
    """A pull that replaces what it finds would replace /dev/null, too."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "victim").write_text("", "utf-8")
    os.mkfifo(outside / "pipe")
    Path(name).symlink_to(outside / target)
    before = sorted((one.name, one.stat().st_ino) for one in outside.iterdir())
    refused = reconciler("library", "pull")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        f"{name}: can't read the file: it is a link that leads out of the repository ({Path.cwd()})\n"
        "    put the file itself there, or name it on the command line\n"
    )
    assert sorted((one.name, one.stat().st_ino) for one in outside.iterdir()) == before


def test_a_link_that_is_named_is_followed_and_one_in_circles_told(
    reconciler: CommandLine, entrance: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "titles.json"
    Path("out.json").symlink_to(outside)
    assert reconciler("library", "pull", "--titles-only", "--out", "out.json").code == 0
    assert outside.is_file()
    Path("circle").symlink_to("circle")
    for out, why in (
        ("circle", "Too many levels of symbolic links"),
        ("circle/x", "File exists"),
        ("x" * 300, "File name too long"),
    ):
        refused = reconciler("library", "pull", "--titles-only", "--out", out)
        assert (refused.code, refused.out) == (1, "")
        assert refused.err.partition("\n")[0].endswith(f": {why}")
        assert "bug" not in refused.err
        assert "output" not in refused.err


def test_a_pull_that_is_cut_off_leaves_nothing_that_git_sees(reconciler: CommandLine, entrance: str) -> None:
    subprocess.run(["git", "init", "-q"], check=True)
    status = ["git", "status", "--porcelain", "--untracked-files=all"]
    told(entrance, "faults", {"faults": ["get@100-=45009"]})
    assert reconciler("library", "pull").code == 1
    assert subprocess.run(status, capture_output=True, check=True).stdout == b""
    told(entrance, "faults", {"faults": []})
    again = reconciler("library", "pull")
    assert (again.code, again.err) == (
        0,
        "going on with the pull that was begun just now (.reconciler/library.json.part)\n",
    )
    assert subprocess.run(status, capture_output=True, check=True).stdout == b"?? library.json\n"


def test_a_title_that_only_a_pulled_library_tells_is_checked(reconciler: CommandLine, entrance: str) -> None:
    """The API tells no title of a tid; a wrong one of YAML would be added, and found out afterwards."""
    keywords = tuple(LibraryKeyword(n, name) for n, name in ((3, "购买地点"), (4, "购买时间")))
    pulled = Library("subscribe", (Title("2", "购买成功通知", keywords),), PULLED)
    Path("library.json").write_text(library.dumps(pulled), "utf-8")
    Path("templates.yaml").write_text(
        "version: 1\ndialect: subscribe\ntemplates:\n"
        '  a: {id: "2", title: 错通知, keywords: [购买地点, 购买时间]}\n',
        "utf-8",
    )
    said = "templates.yaml:4:23: a: the title of 2 is 购买成功通知, not 错通知"
    for command in ("validate", "plan"):
        refused = reconciler(command, "--library", "library.json")
        assert (refused.code, said in refused.err) == (1, True)


def test_another_dialects_library_is_refused(reconciler: CommandLine, entrance: str) -> None:
    Path("library.json").write_text(TEXT, "utf-8")
    Path("templates.yaml").write_text("version: 1\ntemplates: {}\n", "utf-8")
    for command in ("plan", "validate"):
        assert reconciler(command, "--library", "library.json") == (
            1,
            "",
            "library.json: the library is of dialect subscribe, templates.yaml of wxopen\n"
            "    pull that account's library\n",
        )


# ------------------------------------------------------------------ pull


def test_a_pull_goes_on_where_the_last_one_ended(reconciler: CommandLine, entrance: str) -> None:
    told(entrance, "faults", {"faults": ["get@100-=45009"]})
    ended = reconciler("library", "pull", "--parallelism", "4")
    assert ended.code == 1
    assert ended.err.startswith("error: POST /cgi-bin/wxopen/template/library/get: errcode 45009, the daily ")
    assert not Path("library.json").exists()
    begun = json.loads(Path("library.json.part").read_text("utf-8"))
    assert sum("keywords" in title for title in begun["titles"]) == 99
    told(entrance, "faults", {"faults": []})
    again = reconciler("library", "pull")
    assert (again.code, again.out) == (0, "library.json: 599 titles with their keywords\n")
    assert again.err == "going on with the pull that was begun just now (library.json.part)\n"
    assert not Path("library.json.part").exists()
    asked = inspected(entrance)["calls"]
    assert asked["/cgi-bin/wxopen/template/library/list"] == 2 * 30
    # (What a fault has refused is not counted.)
    assert asked["/cgi-bin/wxopen/template/library/get"] == 599
    pulled = json.loads(Path("library.json").read_text("utf-8"))
    assert [title["id"] for title in pulled["titles"]] == [title["id"] for title in begun["titles"]]
    assert all(title["keywords"] for title in pulled["titles"])


def test_a_part_that_is_damaged_or_unwanted_is_begun_anew(reconciler: CommandLine, entrance: str) -> None:
    Path("library.json.part").write_text("{", "utf-8")
    assert reconciler("library", "pull").err == (
        "warning: library.json.part is begun anew: it is not JSON: "
        "Expecting property name enclosed in double quotes\n"
    )
    Path("library.json.part").write_text(TEXT.replace("subscribe", "wxopen"), "utf-8")
    assert reconciler("library", "pull", "--refresh").err == ""


def test_where_look_ups_are_few_a_day_a_tenth_is_left_for_plans(
    reconciler: CommandLine, entrance: str
) -> None:
    words = ("library", "pull", "--dialect", "subscribe")
    told(entrance, "faults", {"faults": []})
    first = reconciler(*words)
    assert (first.code, first.out) == (1, "")
    assert first.err == (
        "error: 330 of 600 titles are still to be looked up; the others are in library.json.part\n"
        "    run it again tomorrow (Beijing time): it goes on where this ended\n"
    )
    assert inspected(entrance)["calls"]["/wxaapi/newtmpl/getpubtemplatekeywords"] == 270
    for left in (60, None):
        told(entrance, "clock", {"advance": 86400})
        then = reconciler(*words)
        assert then.code == (1 if left else 0)
        assert f"{left} of 600 titles" in then.err or left is None
    found = library.loads(Path("library.json").read_bytes(), "l")
    assert found.titles[0].title == "购买成功通知"
    assert {title.type for title in found.titles} == {2, 3}
    rules = {keyword.rule for title in found.titles for keyword in title.keywords or ()}
    assert {"thing", "time", "amount"} <= rules


def test_another_librarys_look_ups_are_not_lost(reconciler: CommandLine, entrance: str) -> None:
    Path("library.json.part").write_text(TEXT, "utf-8")
    assert reconciler("library", "pull") == (
        1,
        "",
        "library.json.part: it is a library of subscribe, and this account's is of wxopen\n"
        "    choose another place with --out, or remove it\n",
    )
    Path("library.json.part").rename("library.json")
    assert reconciler("library", "pull").err.startswith("library.json: it is a library of subscribe, ")
    assert reconciler("library", "pull", "--refresh").code == 0


def test_a_title_of_which_the_library_says_nothing_stays_one_without_keywords(
    reconciler: CommandLine, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And many of them are no oddity of the library's any more."""
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", "T")
    rows = [{"id": f"AT{n}", "title": f"第{n}通知"} for n in range(20)]
    scripted.on(LIST, {"errcode": 0, "list": rows, "total_count": 20})
    silent = {"AT1": {"errcode": 45029, "errmsg": "no"}}

    def look_up(_method: str, body: dict[str, Any]) -> dict[str, Any]:
        keywords = [
            {"keyword_id": 1, "name": "甲", "example": ""},
            {"keyword_id": 2, "name": "", "example": ""},
        ]
        found = {"errcode": 0, "id": body["id"], "title": f"第{body['id'][2:]}通知"}
        return silent.get(body["id"], {**found, "keyword_list": keywords})

    scripted.on(GET, look_up)
    pulled = reconciler("library", "pull", "--endpoint", scripted.url)
    assert (pulled.code, pulled.out, pulled.err) == (
        0,
        "library.json: 20 titles with their keywords, but for 1\n",
        f"warning: AT1 is listed, and can't be looked up: POST {GET}: errcode 45029 (no)\n",
    )
    titles = library.loads(Path("library.json").read_bytes(), "l").titles
    assert [title.id for title in titles if title.keywords is None] == ["AT1"]
    assert titles[0].keywords == (LibraryKeyword(1, "甲"),)
    silent |= {f"AT{n}": {"errcode": 0, "title": f"第{n}通知", "keyword_list": []} for n in range(2, 5)}
    many = reconciler("library", "pull", "--endpoint", scripted.url, "--refresh", "--out", "other.json")
    assert (many.code, many.err.splitlines()[-2]) == (1, "error: 4 of 20 titles can't be looked up")
    assert not Path("other.json").exists()


GET = "/cgi-bin/wxopen/template/library/get"


def test_a_list_that_moves_under_its_pages_is_asked_for_again(
    reconciler: CommandLine, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", "T")
    rows = [{"id": f"AT{n}", "title": f"第{n}通知"} for n in range(60)]

    def page(_method: str, body: dict[str, Any]) -> dict[str, Any]:
        part = {"errcode": 0, "list": rows[body["offset"] :][:20], "total_count": len(rows)}
        if body["offset"] == 0 and len(rows) == 60:
            rows.insert(0, {"id": "ATX", "title": "新通知"})
        return part

    scripted.on(LIST, page)
    words = ("library", "pull", "--titles-only", "--endpoint", scripted.url)
    assert reconciler(*words).out == "library.json: 61 titles\n"

    def twice(_method: str, body: dict[str, Any]) -> dict[str, Any]:
        double = [*rows, rows[0]]
        return {"errcode": 0, "list": double[body["offset"] :][:20], "total_count": len(double)}

    scripted.on(LIST, twice)
    assert reconciler(*words).out == "library.json: 61 titles\n"

    def never_still(_method: str, body: dict[str, Any]) -> dict[str, Any]:
        rows.insert(0, {"id": f"ATY{len(rows)}", "title": "新通知"})
        return {"errcode": 0, "list": rows[body["offset"] :][:20], "total_count": len(rows)}

    scripted.on(LIST, never_still)
    moving = reconciler(*words)
    assert (moving.code, moving.err) == (
        0,
        "warning: the library changes while its pages are asked for: some titles may be missing\n",
    )


@pytest.mark.parametrize("place", [".", "/"])
def test_a_folder_is_no_place_for_a_library(reconciler: CommandLine, entrance: str, place: str) -> None:
    assert reconciler("library", "pull", "--out", place).err.startswith(f"error: --out {place} is no file\n")


def test_service_accounts_have_no_library(reconciler: CommandLine, entrance: str) -> None:
    assert reconciler("library", "pull", "--dialect", "official") == (
        1,
        "",
        "error: service accounts have no call that lists the library\n"
        "    look titles up in the console: their ids are digits\n",
    )


def test_nothing_is_asked_where_nothing_can_be_written(reconciler: CommandLine, entrance: str) -> None:
    Path("taken").write_text("")
    assert reconciler("library", "pull", "--out", "taken/library.json") == (
        1,
        "",
        "taken/library.json: can't write the library: File exists\n    choose another place with --out\n",
    )
    assert inspected(entrance)["calls"] == {}


LIST = "/cgi-bin/wxopen/template/library/list"


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ({"list": [], "total_count": 0}, "the library lists no titles"),
        ({"list": [{"id": "A", "title": "甲"}], "total_count": 3},
         f"POST {LIST}: it ignores the offset: every page is the first"),
        ({"list": [{"id": "A", "title": "甲"}]}, f"POST {LIST}: the reply has no total_count"),
        ({"list": [{"id": "A"}], "total_count": 1}, f"POST {LIST}: a row of list has no id or no title"),
        ({"list": [{"id": "A", "title": "甲"}], "total_count": 10**9},
         f"POST {LIST}: it says that there are 1000000000 titles, and gives 1 a page"),
    ],
)  # fmt: skip
def test_a_library_that_can_not_be_true_is_not_kept(
    reconciler: CommandLine,
    scripted: ScriptedServer,
    monkeypatch: pytest.MonkeyPatch,
    reply: Any,
    message: str,
) -> None:
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", "T")
    scripted.on(LIST, {"errcode": 0, "errmsg": "ok", **reply})
    ended = reconciler("library", "pull", "--endpoint", scripted.url)
    assert (ended.code, ended.err.splitlines()[0]) == (1, f"error: {message}")
    assert not list(Path().glob("library.json*"))


def test_pages_that_are_short_are_told(
    reconciler: CommandLine, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page in the middle that lacks a row: there are titles that no page ever shows (wechat-api.md §7)."""
    monkeypatch.setenv("WECHAT_ACCESS_TOKEN", "T")

    def page(_method: str, body: dict[str, Any]) -> dict[str, Any]:
        rows = [{"id": f"AT{n}", "title": f"第{n}通知"} for n in range(50)][body["offset"] :][:20]
        return {"errcode": 0, "list": rows[1:] if body["offset"] == 20 else rows, "total_count": 50}

    scripted.on(LIST, page)
    said = "warning: the library says that it has 50 titles, and lists 49: of the others only the console "
    ended = reconciler("library", "pull", "--titles-only", "--endpoint", scripted.url)
    assert (ended.code, ended.out, ended.err) == (
        0,
        "library.json: 49 titles\n",
        f"{said}tells the ids\n",
    )
    found = reconciler("library", "search", "第7通知", "--endpoint", scripted.url)
    assert (found.code, found.out.splitlines()[0]) == (0, "AT7  第7通知")


# ------------------------------------------------------------------ search and show


def test_search_asks_for_the_titles_alone(reconciler: CommandLine, entrance: str) -> None:
    found = reconciler("library", "search", "付款成功")
    assert found == (0, "AT0005  付款成功通知\n", "")
    assert inspected(entrance)["calls"] == {"/cgi-bin/stable_token": 1, LIST: 30}
    several = reconciler("library", "search", "预约", "--limit", "2", "--format", "json")
    assert several.json["found"] > 2
    assert [list(title) for title in several.json["titles"]] == [["score", "id", "title"]] * 2
    assert reconciler("library", "search", "购物车", "飞机") == (0, "", "no title has 购物车 飞机\n")


def test_keywords_are_searched_in_a_pulled_library(reconciler: CommandLine, entrance: str) -> None:
    assert reconciler("library", "search", "单号", "--keywords") == (
        64,
        "",
        "error: --keywords would look up every title of the library; pull it once: reconciler library pull, "
        "then --library library.json\n    see: reconciler library search --help\n",
    )
    reconciler("library", "pull")
    before = inspected(entrance)["calls"]
    found = reconciler("library", "search", "运单号", "快递", "--keywords", "--library", "library.json")
    assert found.out.splitlines()[0] == "AT0041  快递派送通知   9 运单号"
    assert inspected(entrance)["calls"] == before


def test_show_tells_ids_examples_and_rules(reconciler: CommandLine, entrance: str) -> None:
    shown = reconciler("library", "show", "AT0006")
    lines = shown.out.splitlines()
    assert lines[0] == "AT0006  付款失败通知"
    assert all("  e.g. " in line for line in lines[1:])
    newer = reconciler("library", "show", "2", "--dialect", "subscribe")
    assert newer.out.splitlines()[:2] == [
        "2  (no call tells the title of an id; a pulled library does)",
        "     3  购买地点  thing  e.g. TIT造舰厂",
    ]
    unknown = reconciler("library", "show", "AT9999", "--format", "json")
    assert unknown.code == 1
    assert unknown.json["errors"][0]["message"].startswith("the library has no title AT9999 (POST ")


def test_the_dialect_of_the_file_counts(reconciler: CommandLine, entrance: str) -> None:
    Path("templates.yaml").write_text("version: 1\ndialect: subscribe\ntemplates: {}\n", "utf-8")
    assert reconciler("library", "show", "2").code == 0
    assert reconciler("library", "show", "2", "--dialect", "wxopen") == (
        64,
        "",
        "error: --dialect wxopen: templates.yaml is of dialect subscribe\n"
        "    see: reconciler library show --help\n",
    )


def test_of_several_accounts_one_is_chosen(reconciler: CommandLine, entrance: str) -> None:
    Path("templates.yaml").write_text(
        "version: 1\ntemplates: {}\naccounts:\n  a: {appid: wxsandbox000000001}\n"
        "  b: {appid: wxsandbox000000002}\n",
        "utf-8",
    )
    assert reconciler("library", "search", "付款").err == (
        "error: this is done with one account: choose one with --account (a, b, …)\n"
        "    see: reconciler library search --help\n"
    )
    assert reconciler("library", "search", "付款", "--account", "a").code == 0
