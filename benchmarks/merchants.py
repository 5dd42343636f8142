"""A platform's merchants: a fleet of accounts as an apply has left them, and a server that says so.

The server is no emulator: it answers a token and a list with bytes that it has ready, since the emulator,
which checks everything, would take longer over a call than whoever is measured. `--pause` is how long each
call takes; `python -m benchmarks.merchants` prints the URL when it is up.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.core.model import Entry, Lock, LockedKeyword
from reconciler.lock.file import lock_text

from . import samples
from .server import spawned

TEMPLATES = 5
SECRET = "5ecret-of-all-merchants"


def appid(number: int) -> str:
    """The appid of a merchant."""
    return f"wx{number:016d}"


def write(folder: Path, count: int) -> None:
    """templates.yaml, the accounts, and a lock for each."""
    path = samples.write(folder, TEMPLATES)
    path.write_text(path.read_text("utf-8") + "accounts_file: accounts.yaml\n", "utf-8")
    names = [f"shop-{number}" for number in range(count)]
    rows = (f"{name}: {{appid: {appid(number)}}}\n" for number, name in enumerate(names))
    (folder / "accounts.yaml").write_text("".join(rows), "utf-8")
    for number, name in enumerate(names):
        text = lock_text(Lock("wxopen", appid(number), _entries(appid(number))))
        (folder / f"templates.{name}.lock.json").write_text(text, "utf-8")


def _entries(account: str) -> dict[str, Entry]:
    return {
        f"t_{title.id.lower()}": Entry(
            f"{account}-{title.id}",
            title.id,
            title.title,
            tuple(
                LockedKeyword(keyword.name, keyword.keyword_id, f"keyword{n}")
                for n, keyword in enumerate(title.keywords[: samples.KEYWORDS], 1)
            ),
        )
        for title in samples.titles(TEMPLATES)
    }


# ------------------------------------------------------------------ the server


def listing(account: str) -> bytes:
    """The reply to the list of a merchant."""
    rows = [
        {
            "template_id": entry.template_id,
            "title": entry.title,
            "content": "".join(f"{one.name}{{{{{one.key}.DATA}}}}\n" for one in entry.keywords),
            "example": "",
        }
        for entry in _entries(account).values()
    ]
    return json.dumps({"errcode": 0, "errmsg": "ok", "list": rows}, ensure_ascii=False).encode()


class Merchants(asyncio.Protocol):
    """A connection: one request after the other, each answered after the pause."""

    pause = 0.0
    model = listing("APPID")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._read = b""

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, rest = self._read.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if not end or len(rest) < length:
            return
        self._read = rest[length:]
        path = head.split(b" ", 2)[1].decode()
        asyncio.get_running_loop().call_later(self.pause, self._answer, path, rest[:length])

    def _answer(self, path: str, body: bytes) -> None:
        if path.startswith("/cgi-bin/stable_token"):
            content = _token(json.loads(body)["appid"])
        elif path.startswith("/cgi-bin/token"):
            content = _token(path.partition("appid=")[2].partition("&")[0])
        else:
            account = path.partition("access_token=")[2].partition("&")[0][::-1]
            content = self.model.replace(b"APPID", account.encode())
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        if not self._transport.is_closing():
            self._transport.write(head.encode() + content)


def _token(account: str) -> bytes:
    """A token is its appid, backwards: no reply may hold a token, and template_ids here hold the appid."""
    return json.dumps({"access_token": account[::-1], "expires_in": 7200}).encode()


@contextmanager
def running(*, pause: float = 0.0) -> Iterator[str]:
    """The server; its URL. Raises FailedError."""
    with spawned(__name__, pause) as url:
        yield url


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(Merchants, "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--pause", type=float, default=0.0)
    Merchants.pause = parser.parse_args().pause
    asyncio.run(_serve())
