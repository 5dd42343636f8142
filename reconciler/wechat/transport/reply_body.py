"""The body of a reply as it comes in, bounded before and after it is unpacked. Pure."""

from __future__ import annotations

import zlib

from ...core.messages import Text
from ..wire import Request, bad_reply

ASKED_FOR = "gzip"
"""The one way to pack a body that is asked for: of several, each would need bounds of its own"""


class Body:
    """A body that comes in piece by piece. All methods raise CallError: for more than `request.most` bytes,
    packed or unpacked, for a body that is packed as nobody has asked for, and for one that can't be
    unpacked."""

    def __init__(self, request: Request, encodings: str) -> None:
        """`encodings`: the header Content-Encoding, empty where there is none."""
        self._request = request
        self._packed = 0
        self._unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16) if _is_gzip(request, encodings) else None
        self._content = bytearray()

    def take(self, piece: bytes) -> None:
        """Add the next piece, as it was sent."""
        self._packed += len(piece)
        self._check(self._packed)
        self._content += piece if self._unpacker is None else self._unpacked(self._unpacker, piece)
        self._check(len(self._content))

    def content(self) -> bytes:
        """All that has come, unpacked."""
        return bytes(self._content)

    def _unpacked(self, unpacker: zlib._Decompress, piece: bytes) -> bytes:
        """Unpack a piece, to one byte more than `most` at most. What follows the end of the gzip data is
        dropped."""
        if unpacker.eof:
            return b""
        try:
            return unpacker.decompress(piece, self._request.most + 1 - len(self._content))
        except zlib.error:
            raise bad_reply(self._request, Text("wechat.damaged-gzip"), passing=True) from None

    def _check(self, size: int) -> None:
        if size > self._request.most:
            raise bad_reply(self._request, Text("wechat.too-large", size=_size(self._request.most)))


def _is_gzip(request: Request, encodings: str) -> bool:
    names = [name for name in map(str.strip, encodings.lower().split(",")) if name not in ("", "identity")]
    if names and names not in (["gzip"], ["x-gzip"]):
        twice = len(names) > 1
        raise bad_reply(request, Text("wechat.packed-twice") if twice else Text("wechat.packed-otherwise"))
    return bool(names)


def _size(limit: int) -> str:
    return f"{limit >> 20} MiB" if limit >> 20 else f"{limit >> 10} KiB"
