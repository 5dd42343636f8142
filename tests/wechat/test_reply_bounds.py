"""Replies and lists that are far too big: refused, in bounded memory."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ..rawserver import HEAD, reply, speaking
from ..tools import CommandLine

SIZE = 32 << 20
PADDED = b'{"errcode":0,"list":[],"x":"' + b" " * SIZE + b'"}'
PLAIN = b'{"errcode":0,"list":[]}'


def squeezed(content: bytes, bits: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    return packer.compress(content) + packer.flush()


def endless(line: bytes) -> bytes:
    """A body in so many chunks that nobody reads it to the end."""
    size = f"{len(line):x}\r\n".encode()
    return f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode() + (size + line + b"\r\n") * (
        SIZE // len(line)
    )


BIG = "a reply of more than 4 MiB"
TWICE = "a reply that is packed more than once (Content-Encoding)"
ODDLY = "a reply that is packed in a way that was not asked for (Content-Encoding)"
NESTED = "a reply of more than 200000 lists and objects"
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "plain": (lambda: reply(PADDED), BIG),
    "without end": (lambda: endless(b" " * 65536), BIG),
    "gzip": (lambda: reply(gzip.compress(PADDED), "Content-Encoding: gzip"), BIG),
    "x-gzip": (lambda: reply(gzip.compress(PADDED), "Content-Encoding: X-GZIP"), BIG),
    "gzip twice": (
        lambda: reply(gzip.compress(gzip.compress(PADDED)), "Content-Encoding: gzip, gzip"),
        TWICE,
    ),
    "gzip twice, in two headers": (
        lambda: reply(
            gzip.compress(gzip.compress(PADDED)), "Content-Encoding: gzip", "Content-Encoding: gzip"
        ),
        TWICE,
    ),
    "deflate": (lambda: reply(squeezed(PADDED, 15), "Content-Encoding: deflate"), ODDLY),
    "brotli": (lambda: reply(b"\x0b\x02\x80", "Content-Encoding: br"), ODDLY),
    "damaged": (
        lambda: reply(gzip.compress(PLAIN)[:10] + b"\xff" * 9, "Content-Encoding: gzip"),
        "gzip data that is damaged",
    ),
    "empty lists": (lambda: reply(b'{"list":[' + b"[]," * 300_000 + b"0]}"), NESTED),
    "deep": (lambda: reply(b'{"list":' + b"[" * 100_000), "JSON that is cut short or damaged"),
}
MANY = 100


def write(*, dialect: str = "wxopen", count: int = 0) -> None:
    text = f"version: 1\ndialect: {dialect}\ntemplates: {{}}\n"
    text += "accounts:\n" + "".join(f"  a{n}: {{appid: wx{n:016}}}\n" for n in range(count or 1))
    Path("templates.yaml").write_text(text, "utf-8")


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WECHAT_APPSECRET", "s" * 32)


def answering(raw: bytes) -> Callable[[str, str, bytes], bytes]:
    """All calls but those for a token get these bytes."""
    token = reply(b'{"access_token":"T","expires_in":7200}')
    return lambda _method, target, _body: token if "token?" in f"{target}?".split("/")[-1] else raw


MEASURED = """
import sys
from reconciler.cli import main
code = main(sys.argv[1:])
with open("/proc/self/status") as status:
    print(next(line for line in status if line.startswith("VmHWM")), file=sys.stderr)
sys.exit(code)
"""


def measured(*words: str) -> tuple[int, str, int]:
    """The exit code, what it has said, and the most memory that it had, in MB, of a run on its own."""
    run = subprocess.run(
        [sys.executable, "-c", MEASURED, *words], capture_output=True, text=True, check=False
    )
    said, found = re.split(r"VmHWM:\s+", run.stderr)
    return run.returncode, said, int(found.split()[0]) // 1024


LINUX = pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="measured where /proc is")  # noqa: PTH110


@pytest.mark.parametrize("count", [0, MANY])
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_reply_is_bounded_before_and_after_it_is_unpacked(
    reconciler: CommandLine, bomb: str, count: int
) -> None:
    make, said = BOMBS[bomb]
    write(count=count)
    with speaking(answering(make())) as url:
        result = reconciler("plan", "--endpoint", url, "--retries", "0", "--parallelism", "1", "--fail-fast")
    assert result.code == 1
    first = result.err.splitlines()[0].removeprefix("error: ").removeprefix("a0: ")
    assert first == f"POST /cgi-bin/wxopen/template/list: {said}"


@pytest.mark.parametrize("encoding", ["identity", "gzip", "GZip, identity", ""])
def test_what_was_asked_for_is_read(reconciler: CommandLine, encoding: str) -> None:
    write()
    body = gzip.compress(PLAIN) + b"more" if "gzip" in encoding.lower() else PLAIN
    with speaking(answering(reply(body, f"Content-Encoding: {encoding}"))) as url:
        result = reconciler("plan", "--endpoint", url)
    assert (result.code, result.err) == (0, "")


@LINUX
def test_a_bomb_is_not_unpacked() -> None:
    """300 KB that would be 300 MB."""
    write()
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(300)) + packer.flush()
    with speaking(answering(reply(body, "Content-Encoding: gzip"))) as url:
        code, said, memory = measured("plan", "--endpoint", url, "--retries", "0")
    assert (code, BIG in said) == (1, True)
    assert memory < 100, "what came last was not unpacked whole"


@LINUX
@pytest.mark.parametrize("bomb", ["plain", "without end", "gzip", "gzip twice"])
@pytest.mark.parametrize("token", ["WECHAT_APPSECRET", "RECONCILER_TOKEN_URL"])
def test_a_tokens_reply_is_bounded_too(monkeypatch: pytest.MonkeyPatch, bomb: str, token: str) -> None:
    write()
    with speaking(lambda *_: BOMBS[bomb][0]()) as url:
        if token == "RECONCILER_TOKEN_URL":
            monkeypatch.setenv(token, f"{url}/served")
        code, said, memory = measured("plan", "--endpoint", url, "--retries", "0")
    assert code == 1
    most = "64 KiB" if token == "RECONCILER_TOKEN_URL" else "4 MiB"
    assert BOMBS[bomb][1].replace("4 MiB", most) in said
    assert memory < 150


# ---------------------------------------------------------------- lists as a whole


def row(number: int, **more: Any) -> dict[str, Any]:
    content = "".join(f"k{n}{{{{keyword{n}.DATA}}}}\n" for n in range(1, 6))
    return {"template_id": f"{number:043}", "title": "T", "content": content, **more}


def for_ever(rows: Callable[[int, int], list[dict[str, Any]]]) -> Callable[[str, str, bytes], bytes]:
    """A list that has always one page more."""

    def answer(_method: str, target: str, body: bytes) -> bytes:
        if "template/list" not in target:
            return reply(b'{"access_token":"T"}')
        asked = json.loads(body)
        return reply(json.dumps({"errcode": 0, "list": rows(asked["offset"], asked["count"])}).encode())

    return answer


LISTS = {
    "without end": (
        lambda at, count: [row(n) for n in range(at, at + count)],
        "the list has more than 10000 templates",
    ),
    "pages that are too long": (
        lambda at, count: [row(n, content="") for n in range(at, at + 3000)],
        "the list has more than 10000 templates",
    ),
    "rows that are too long": (
        lambda at, count: [row(n, content=("k" * 1900 + "{{a.DATA}}\n") * 90) for n in range(at, at + count)],
        "the list has more than 3 million characters",
    ),
    "a title that is too long": (
        lambda at, count: [row(at, title="T" * 100_000)],
        "a row of the list has a template_id or a title that is far too long",
    ),
}


@LINUX
@pytest.mark.parametrize("kind", LISTS)
def test_a_list_is_bounded_as_a_whole(kind: str) -> None:
    rows, message = LISTS[kind]
    write()
    with speaking(for_ever(rows)) as url:
        code, said, memory = measured("plan", "--endpoint", url, "--retries", "0")
    assert code == 1
    assert said.splitlines()[0] == f"error: POST /cgi-bin/wxopen/template/list: {message}"
    assert memory < 200


@LINUX
def test_a_fleet_whose_accounts_are_as_big_as_they_may_be_stays_below_the_bound() -> None:
    write(dialect="subscribe", count=MANY)
    rows = [{**row(n), "priTmplId": f"{n:043}"} for n in range(9_900)]
    raw = reply(json.dumps({"errcode": 0, "data": rows}).encode())
    with speaking(answering(raw)) as url:
        words = ("plan", "--endpoint", url, "--format", "json", "--shard", "1/33")
        code, said, memory = measured(*words)
    assert (code, said) == (0, "")
    assert memory < 400


def test_ten_thousand_templates_in_one_reply_are_too_many(reconciler: CommandLine) -> None:
    write(dialect="subscribe")
    rows = [{"priTmplId": f"{n:043}", "title": "T", "content": ""} for n in range(10_001)]
    with speaking(answering(reply(json.dumps({"errcode": 0, "data": rows}).encode()))) as url:
        result = reconciler("plan", "--endpoint", url, "--retries", "0")
    assert result.code == 1
    assert "GET /wxaapi/newtmpl/gettemplate: the list has more than 10000 templates\n" in result.err


def test_the_library_is_bounded_too(reconciler: CommandLine, tmp_path: Path) -> None:
    write()

    def answer(_method: str, target: str, body: bytes) -> bytes:
        if "library/list" not in target:
            return reply(b'{"access_token":"T"}')
        at = json.loads(body)["offset"]
        titles = [{"id": f"AT{n}", "title": "题" * 900} for n in range(at, at + 300)]
        return reply(json.dumps({"errcode": 0, "list": titles, "total_count": 9000}).encode())

    with speaking(answer) as url:
        result = reconciler("library", "pull", "--endpoint", url, "--retries", "0")
    assert result.code == 1
    assert "library/list: the library has more than 3 million characters\n" in result.err
    assert not list(tmp_path.glob("*library*"))


def test_what_an_error_says_is_bounded(reconciler: CommandLine) -> None:
    write()
    body = json.dumps({"errcode": 99999, "errmsg": "x" * 100_000, "rid": "y" * 100_000}).encode()
    with speaking(answering(reply(body))) as url:
        result = reconciler("plan", "--endpoint", url)
    assert result.code == 1
    assert f"errcode 99999 ({'x' * 500}) rid: {'y' * 500}\n" in result.err
