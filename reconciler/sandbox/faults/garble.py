"""Replies that are no HTTP: what broken gateways send, as bytes."""

from collections.abc import Callable, Mapping
from typing import Final

_TYPE = b"Content-Type: application/json; encoding=utf-8\r\n"


def _reply(body: bytes, *lines: bytes, start: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return b"\r\n".join((start, _TYPE + b"Connection: close", *lines, b"", body))


def _length(body: bytes) -> bytes:
    return b"Content-Length: %d" % len(body)


GARBLED: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "bad-status": lambda body: _reply(body, _length(body), start=b"HTTP/1.1 2OO OK"),
    "bad-http": lambda body: _reply(b"", start=b"HTTP/9.9 200 OK"),
    "bad-header": lambda body: _reply(body, _length(body), b"X-Gateway: a\0b"),
    "lengths": lambda body: _reply(body, _length(body), _length(body + b" ")),
    "bad-length": lambda body: _reply(body, b"Content-Length: -2"),
    "bad-chunk": lambda body: _reply(b"xyz\r\n" + body + b"\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"),
}
"""By the fault's kind: a reply's body -> the bytes that are sent in its place."""
