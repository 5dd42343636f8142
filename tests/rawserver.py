"""A server on loopback that speaks in bytes: it can say what no web framework would send."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CLOSES = "Connection: close"

FEW, FLEET = 50, 120
"""Accounts of a small fleet, and of one that takes the faster transport"""

MALFORMED = {
    "letters for digits": b"HTTP/1.1 2OO OK\r\n\r\n",
    "a version that is none": b"HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "no HTTP at all": b"SSH-2.0-OpenSSH_9.6\r\n",
    "NUL in a header": f"{HEAD}X-A: a\0b\r\nContent-Length: 2\r\n\r\n{{}}".encode(),
    "a header without a name": f"{HEAD}: a\r\nContent-Length: 2\r\n\r\n{{}}".encode(),
    "two lengths": f"{HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}".encode(),
    "a negative length": f"{HEAD}Content-Length: -2\r\n\r\n{{}}".encode(),
    "a length that is no number": f"{HEAD}Content-Length: two\r\n\r\n{{}}".encode(),
    "a bad chunk size": f"{HEAD}Transfer-Encoding: chunked\r\n\r\nxyz\r\n{{}}\r\n0\r\n\r\n".encode(),
    "a body cut short": f"{HEAD}Content-Length: 500\r\n\r\n{{".encode(),
    "a reason that is no text": b"HTTP/1.1 502 \xff\xfe\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "a header line without end": b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 300_000,
    "nothing": b"",
}
"""What is no reply of HTTP's, by what is wrong with it."""


def reply(body: bytes, *headers: str) -> bytes:
    """A whole reply."""
    head = "".join(f"{one}\r\n" for one in (f"Content-Length: {len(body)}", *headers, CLOSES))
    return f"{HEAD}{head}\r\n".encode() + body


class Accounts:
    """Accounts of WeChat's (wxopen) in a few lines. `breaks`: the call and account that get these bytes."""

    def __init__(self) -> None:
        self.templates: dict[str, list[dict[str, Any]]] = {}
        self.breaks: dict[tuple[str, str], bytes] = {}
        self.url = ""
        self.calls: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def token(self, appid: str) -> str:
        """The account's token, which is nobody else's business."""
        return f"SECRET-TOKEN-{appid}"

    def answer(self, method: str, target: str, body: bytes) -> bytes:
        """The bytes of the reply to a request."""
        url = urlsplit(target)
        query, call = parse_qs(url.query), url.path.rpartition("/")[2]
        given = json.loads(body) if body.startswith(b"{") else {}
        appid = given.get("appid") or (query.get("appid") or query["access_token"])[0].rpartition("-")[2]
        with self._lock:
            self.calls[appid, call] += 1
            said = self._said(call, appid, given)
        broken = self.breaks.get((call, appid))
        return reply(json.dumps(said).encode()) if broken is None else broken

    def _said(self, call: str, appid: str, given: dict[str, Any]) -> dict[str, Any]:
        there = self.templates.setdefault(appid, [])
        if call in ("stable_token", "token", "served"):
            return {"access_token": self.token(appid), "expires_in": 7200}
        if call == "list":
            return {"errcode": 0, "list": there[given["offset"] :][: given["count"]]}
        if call == "get":
            return {"errcode": 0, "title": "T", "keyword_list": [{"keyword_id": 1, "name": "k"}]}
        if call == "del":
            there[:] = [one for one in there if one["template_id"] != given["template_id"]]
            return {"errcode": 0}
        ident = f"{appid}-{call}-{self.calls[appid, call]}"
        there.append({"template_id": ident, "title": "T", "content": "k{{keyword1.DATA}}\n"})
        return {"errcode": 0, "template_id": ident}


"""Numbers of accounts: each transport has its own"""


def appid(number: int) -> str:
    return f"wx{number:016}"


def write(count: int | None = None) -> None:
    text = "version: 1\ntemplates:\n  x: {id: AT1, keywords: [k]}\n"
    if count is not None:
        text += "accounts:\n" + "".join(f"  a{n}: {{appid: {appid(n)}}}\n" for n in range(count))
    Path("templates.yaml").write_text(text, "utf-8")


Answer = Callable[[str, str, bytes], bytes]


@contextlib.contextmanager
def speaking(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """The address of a server that answers each request so, and hangs up."""

    def serve(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # of a handshake, too
            _serve(connection if tls is None else tls.wrap_socket(connection, server_side=True), answer)

    with _listening(serve) as port:
        yield f"http{'s' if tls else ''}://127.0.0.1:{port}"


@contextlib.contextmanager
def tunnelling(to: str, seen: list[str], refuses: bytes | None = None) -> Iterator[int]:
    """The port of a proxy whose tunnels all lead to one address; it keeps what it was asked for."""
    host, port = urlsplit(to).hostname, urlsplit(to).port

    def serve(connection: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        seen.append(head.decode())
        if refuses is not None:
            connection.sendall(refuses)
            return
        with socket.create_connection((host, port)) as other:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=_pour, args=(other, connection))
            back.start()
            _pour(connection, other)
            back.join()

    with _listening(serve) as port_of_proxy:
        yield port_of_proxy


def _pour(source: socket.socket, into: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            into.sendall(piece)
        into.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def _listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        threading.Thread(target=_accept, args=(listener, serve), daemon=True).start()
        yield listener.getsockname()[1]
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, serve: Callable[[socket.socket], None]) -> None:
    def served(connection: socket.socket) -> None:
        with connection:
            serve(connection)

    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=served, args=(connection,), daemon=True).start()


def _serve(connection: socket.socket, answer: Answer) -> None:
    """One request, one reply. A client that has had enough may be gone before the end."""
    with connection, connection.makefile("rb") as stream, contextlib.suppress(OSError):
        method, target, _ = stream.readline().decode().split(" ")
        length = 0
        while (line := stream.readline().strip().lower()) != b"":
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        connection.sendall(answer(method, target, stream.read(length)))
        connection.shutdown(socket.SHUT_WR)
        stream.read(1)
