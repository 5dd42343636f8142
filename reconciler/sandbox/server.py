"""The sandbox over real HTTP."""

import signal
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from .access import Doors
from .faults.breakage import CONNECTION


def serve(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    ready: Callable[[str, Doors], None],
    names: Iterable[str] = (),
) -> None:
    """Serves until Ctrl-C, SIGTERM or SIGHUP those who call it by `host`, its address, or one of `names`.

    `ready` is told the URL, and who is let in, once connections are accepted. Port 0 takes a free one.
    OSError if the address can't be had.
    """
    with bind(host, port) as listener:
        doors = Doors(app, (host, listener.getsockname()[0], *names))
        server = Server(doors, lambda: ready(url_of(listener), doors))
        with _quiet_stop(server):
            server.run(sockets=[listener])


class Connection(H11Protocol):
    """uvicorn's connection, with what `breakage` needs: ASGI has no word for a reply that never comes."""

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self._plain_app = self.app
        self.app = self._offer
        self._held = self._stopping = False

    async def _offer(self, scope: Any, receive: Any, send: Any) -> None:
        await self._plain_app({**scope, "extensions": {CONNECTION: self}}, receive, send)

    def say(self, raw: bytes) -> None:
        self.transport.write(raw)

    def hang_up(self) -> None:
        self.transport.close()

    def hold(self) -> None:
        self._held = True
        self._end_if_held()

    def shutdown(self) -> None:
        super().shutdown()
        self._stopping = True
        self._end_if_held()

    def _end_if_held(self) -> None:
        """A call without a reply would keep the server from stopping."""
        if self._held and self._stopping:
            self.transport.close()


class Server(uvicorn.Server):
    """uvicorn's server that tells when it is up."""

    def __init__(self, app: ASGIApp, started: Callable[[], None] = lambda: None) -> None:
        # No access log: tokens and secrets travel in URLs. The rest of the logging is the program's own.
        super().__init__(
            uvicorn.Config(
                app,
                http=Connection,
                log_config=None,
                log_level="warning",
                access_log=False,
                lifespan="off",
                ws="none",
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self._tell()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. uvicorn would end the whole program if the port is in use; this raises OSError."""
    if not 0 <= port <= 65535:
        raise OSError(f"port {port} is not between 0 and 65535")
    # The resolver takes names and both kinds of addresses.
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _quiet_stop(server: uvicorn.Server) -> Iterator[None]:
    """uvicorn raises the signal that ended it again, for the handler before its own: nobody dies of ours."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as `nohup` has it
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
