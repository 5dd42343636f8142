"""Who may ask the sandbox: Host and Origin, over real sockets, as no client library would write them."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from reconciler.sandbox.access import Doors, shown

from ..tools import CommandLine

FORBIDDEN = (
    "forbidden: the sandbox answers to 127.0.0.1, localhost, [::1], and to pages of its own: "
    "start it with --allow-host NAME"
)


def raw(port: int, *lines: str, version: str = "1.1", target: str = "/cgi-bin/token", body: str = "") -> int:
    """The status of a reply to these header lines; the reply is a whole one."""
    method = "POST" if body else "GET"
    length = [f"Content-Length: {len(body)}"] if body else []
    head = "\r\n".join([f"{method} {target} HTTP/{version}", *lines, *length, "Connection: close", "", body])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(head.encode("latin-1"))
        reply = b"".join(iter(lambda: line.recv(65536), b""))
    found = re.match(rb"HTTP/1\.[01] ([0-9]{3}) ", reply)
    assert found, reply
    if found[1] == b"403":
        assert json.loads(reply.partition(b"\r\n\r\n")[2]) == {"errcode": 403, "errmsg": FORBIDDEN}
    return int(found[1])


@pytest.fixture
def port(sandbox: str) -> int:
    return int(sandbox.rpartition(":")[2])


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:{}",
        "localhost:{}",
        "LOCALHOST",
        "localhost:1",
        "localhost:",
        "[::1]:{}",
        "[0:0::1]",
    ],
)
def test_what_calls_this_machine_by_a_name_of_its_own_comes_in(port: int, host: str) -> None:
    host = host.format(port)
    assert raw(port, f"Host: {host}") == 200
    assert raw(port, f"Host: {host}", f"Origin: http://{host}") == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:{}", "127.0.0.1.evil.example", "localhost.evil.example", "127.0.0.2"),
        *("user@127.0.0.1", "127.0.0.1@evil.example", "user:pw@localhost:{}", "127.0.0.1, evil.example"),
        *("", "127.1", "0x7f.1", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "::1", "localhost:x", "local host"),
        *("api.weixin.qq.com", "\xe9vil", "http://127.0.0.1", "127.0.0.1/", "*"),
    ],
)
@pytest.mark.parametrize("target", ["/cgi-bin/token", "/_sandbox/accounts/x", "/nowhere"])
def test_a_foreign_host_is_refused_everywhere(port: int, host: str, target: str) -> None:
    assert raw(port, f"Host: {host.format(port)}", target=target) in ((403, 400) if host == "" else (403,))


@pytest.mark.parametrize(
    "origin",
    [
        *(
            "http://evil.example",
            "null",
            "",
            "https://127.0.0.1:{}",
            "http://127.0.0.1:1",
            "http://localhost:{}",
        ),
        *(
            "http://127.0.0.1:{}/",
            "http://127.0.0.1:{}.evil.example",
            "http://user@127.0.0.1:{}",
            "127.0.0.1:{}",
        ),
    ],
)
def test_a_page_of_another_origin_is_refused(port: int, origin: str) -> None:
    host = f"Host: 127.0.0.1:{port}"
    assert raw(port, host, f"Origin: {origin.format(port)}") == 403
    assert raw(port, host, f"Origin: {origin.format(port)}", target="/_sandbox/reset", body="{}") == 403


def test_browsers_leave_the_usual_port_out(port: int) -> None:
    assert raw(port, "Host: localhost:80", "Origin: http://localhost") == 200
    assert raw(port, "Host: localhost", "Origin: http://localhost:80") == 200


def test_what_is_ambiguous_is_refused(port: int) -> None:
    own = f"Host: 127.0.0.1:{port}"
    origin = f"Origin: http://127.0.0.1:{port}"
    assert raw(port, version="1.0") == 403, "no Host"
    assert raw(port, own, version="1.0") == 200
    assert raw(port, own, origin, origin) == 403, "two Origins"
    assert raw(port, own, target=f"http://127.0.0.1:{port}/cgi-bin/token") == 403, "a host in the target"
    assert raw(port, own, target="http://evil.example/cgi-bin/token") == 403
    # RFC 9112, 3.2: the HTTP library answers these before anybody is asked.
    assert raw(port) == 400, "no Host"
    assert raw(port, own, "Host: evil.example") == 400, "two Hosts"


def test_a_long_body_is_heard_to_its_end(port: int) -> None:
    """A connection that is closed on unread bytes is reset, and the reply with it."""
    assert raw(port, "Host: evil.example", target="/_sandbox/reset", body="x" * (4 << 20)) == 403


def test_two_hosts_are_refused_by_the_app_itself() -> None:
    import asyncio

    sent: list[object] = []

    async def app(scope: object, receive: object, send: object) -> None:
        sent.append("let in")

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.append(message)

    hosts = [(b"host", b"127.0.0.1"), (b"host", b"127.0.0.1")]
    scope = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "headers": hosts}
    asyncio.run(Doors(app)(scope, receive, send))
    assert "let in" not in sent


# ------------------------------------------------------------------ as it is served


@contextmanager
def serving(*words: str) -> Iterator[tuple[int, list[str], subprocess.Popen[str]]]:
    """The port of a sandbox that was started so, and what it has said."""
    command = [sys.executable, "-m", "reconciler", "sandbox", "serve", "--port", "0", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        while "RECONCILER_ENDPOINT" not in line:
            line = process.stdout.readline()
        try:
            yield int(line.strip().rpartition(":")[2]), [line], process
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)


def status(port: int, host: str) -> int:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        return int(b"".join(iter(lambda: line.recv(65536), b"")).split()[1])


def test_names_may_be_allowed() -> None:
    with serving("--allow-host", "wechat_sandbox", "--allow-host", "10.0.0.7", "--allow-host", "fd07::7") as (
        port, *_,
    ):  # fmt: skip
        hosts = ("wechat_sandbox:8710", "WeChat_Sandbox", "10.0.0.7", "[fd07::7]:1", "127.0.0.1", "other")
        assert [status(port, host) for host in hosts] == [200, 200, 200, 200, 200, 403]


def test_on_every_address_it_says_what_it_answers_to() -> None:
    with serving("--host", "0.0.0.0", "--allow-host", "box") as (port, _, process):
        hosts = ("0.0.0.0:1", "box", "localhost", "192.168.0.9")
        assert [status(port, host) for host in hosts] == [200, 200, 200, 403]
        assert process.stderr is not None
        assert process.stderr.readline() == (
            "note: it answers requests for 127.0.0.1, localhost, [::1], 0.0.0.0, box, on any port; others "
            "get 403: name what they call it by with --allow-host\n"
        )


@pytest.mark.parametrize("name", ["http://box", "box:8710", "a b", "*", "user@box", "box/", "fd07:", "[x]:1"])
def test_what_can_be_no_host_is_wrong_usage(reconciler: CommandLine, name: str) -> None:
    result = reconciler("sandbox", "serve", "--allow-host", name)
    assert (result.code, result.err.splitlines()[0]) == (
        64,
        f"error: Invalid value for '--allow-host': {name!r} is no host: write a name or an address alone, "
        "such as sandbox",
    )


def test_names_are_shown_as_a_header_has_them() -> None:
    given = ("box", "10.0.0.7", "fd07::7", "[fd07::7]", "fe80::1%eth0", "::", "a:b", "a/b")
    assert [shown(name) for name in given] == [
        "box", "10.0.0.7", "[fd07::7]", "[fd07::7]", "[fe80::1]", "[::]", None, None,
    ]  # fmt: skip
