"""Who may come in: requests that are meant for the sandbox, and none that a page makes a browser send.

Any page can have its visitor's browser ask an address of this machine; and with a name of its own that leads
here (DNS rebinding) it can even read the answers. Then Host or Origin is the page's, not ours.
"""

import ipaddress
import json
import re
from collections.abc import Iterable
from typing import Final

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

HERE: Final = ("127.0.0.1", "localhost", "[::1]")
"""what this machine calls itself, on any port"""

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_][A-Za-z0-9._-]*)(?::[0-9]{0,5})?", re.ASCII)


class Doors:
    """An ASGI app before another: it lets through what has one of `names`, or this machine's, for its Host,
    and for its Origin, where there is one, `http://` and that Host. All else gets 403."""

    def __init__(self, app: ASGIApp, names: Iterable[str] = ()) -> None:
        self._app = app
        self._names = tuple(dict.fromkeys((*HERE, *filter(None, map(shown, names)))))
        self._known = frozenset(map(_canonical, self._names))

    @property
    def names(self) -> tuple[str, ...]:
        """What it may be called, as a Host header has it."""
        return self._names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._admits(scope):
            await _drained(receive)
            await self._refusal()(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _admits(self, scope: Scope) -> bool:
        hosts, origins = _values(scope, b"host"), _values(scope, b"origin")
        path: bytes = scope.get("raw_path") or scope["path"].encode()
        if len(hosts) != 1 or len(origins) > 1 or not path.startswith(b"/"):
            return False  # a target with a host in it counts for more than the header (RFC 9112, 3.2.2)
        found = _HOST.fullmatch(hosts[0])
        if found is None or _canonical(found[1]) not in self._known:
            return False
        return not origins or _plain(origins[0]) == _plain(f"http://{hosts[0]}")

    def _refusal(self) -> Response:
        """WeChat has no such answer; clients of its API show at least the errmsg."""
        message = (
            f"forbidden: the sandbox answers to {', '.join(self._names)}, and to pages of its own: "
            "start it with --allow-host NAME"
        )
        body = json.dumps({"errcode": 403, "errmsg": message})
        return Response(body, 403, media_type="application/json")


def shown(name: str) -> str | None:
    """A name or an address as a Host header has it; None for what can be no host's."""
    bare = name.strip("[]").partition("%")[0]
    shape = f"[{bare}]" if ":" in bare else bare
    good = _HOST.fullmatch(shape) and (":" not in bare or _address(bare) is not None)
    return shape if good else None


def _canonical(name: str) -> str:
    bare = name.strip("[]").lower()
    return _address(bare) or bare


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _plain(origin: str) -> str:
    """An origin without the port that browsers leave out, and without an empty one."""
    return re.sub(":(80)?$", "", origin.lower())


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


async def _drained(receive: Receive) -> None:
    """Reads a body and keeps nothing: whoever is refused in the middle of a sentence does not hear it."""
    more = True
    while more:
        message = await receive()
        more = message["type"] == "http.request" and message.get("more_body", False)
