"""What a transport raises -> an error of ours. Nothing that it says is shown, since it may hold the URL, and
with it token and secret: only its type, and what the operating system or OpenSSL calls it."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator

import httpx

from ...core.errors import CallError, Problem
from ..wire import Request

_NETWORK = "check the network and --endpoint, then run it again; it is safe to repeat"
_PROXY = "check HTTPS_PROXY, ALL_PROXY and NO_PROXY, then run it again; it is safe to repeat"
_CERTIFICATE = (
    "if your company's proxy or gateway has made it, name the file of its CA in SSL_CERT_FILE, or have it "
    "put into the system's store; if not, somebody may be listening in"
)


def broken(request: Request, host: str, error: BaseException, proxy: str | None = None) -> CallError:
    """The exchange ended with an exception. `host` and `proxy` are host and port alone."""
    causes = list(_causes(error))
    to = host if proxy is None else f"{host} through the proxy {proxy}"
    doubts = [cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)]
    if doubts:
        said = (getattr(doubt, "verify_message", None) for doubt in doubts)  # aiohttp's own type has none
        what = f"the certificate of {to} is not believed ({next(filter(None, said), 'no reason is given')})"
        return _failure(request, what, _CERTIFICATE, executed=False, passing=False)
    why = _why(causes)
    if isinstance(error, httpx.ProxyError) and proxy is not None:
        what = f"the proxy {proxy} lets nobody through to {host} ({why})"
        return _failure(request, what, _PROXY, executed=False)
    if isinstance(error, httpx.ConnectError | httpx.UnsupportedProtocol):
        secured = any(isinstance(cause, ssl.SSLError) for cause in causes)
        if proxy is not None and not secured:
            return _failure(request, f"can't connect to the proxy {proxy} ({why})", _PROXY, executed=False)
        return _failure(request, f"can't connect to {to} ({why})", _NETWORK, executed=False)
    return _failure(request, f"the connection broke ({why})", _NETWORK, executed=None)


def late(request: Request, what: str) -> CallError:
    """No reply came in time."""
    return _failure(request, what, _NETWORK, executed=None)


def unsendable(request: Request, error: Exception) -> CallError:
    """No request can be made of it: nothing was sent."""
    if isinstance(error, UnicodeEncodeError):
        what = "there is text in it that no request can hold: half of a surrogate pair"
    else:
        what = f"it makes no request ({type(error).__name__})"
    return _failure(request, what, _NETWORK, executed=False)


def _failure(
    request: Request, what: str, hint: str, *, executed: bool | None, passing: bool = True
) -> CallError:
    problem = Problem("no reply", f"{request.call}: {what}", None, hint)
    return CallError(problem, executed=executed, passing=passing)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it came from; of several at once the first."""
    following: BaseException | None = error
    seen: set[int] = set()
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        if isinstance(following, BaseExceptionGroup):
            following = following.exceptions[0]
        else:
            following = following.__cause__ or following.__context__


def _why(causes: list[BaseException]) -> str:
    if any(_hung_up(cause) for cause in causes):
        return "the server hung up"
    said = filter(None, map(_said_by_system, causes))
    return next(said, None) or _of_type(causes[0], causes[-1])


def _said_by_system(error: BaseException) -> str | None:
    """What an operating system or OpenSSL calls it: of a fixed list."""
    if isinstance(error, ssl.SSLError):
        return error.reason
    if isinstance(error, socket.gaierror):
        return error.strerror
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    return None


def _hung_up(error: BaseException) -> bool:
    """httpcore has no type of its own for it, and aiohttp two."""
    if isinstance(error, httpx.RemoteProtocolError):
        return str(error).startswith("Server disconnected")
    return type(error).__name__ in ("ServerDisconnectedError", "ClientConnectionResetError")


def _of_type(error: BaseException, root: BaseException) -> str:
    if isinstance(error, httpx.ProxyError) and (status := str(error)[:3]).isdecimal():
        return f"HTTP status {status}"
    kind = type(root)
    if kind.__module__.partition(".")[0] in ("h11", "httpcore", "httpx", "aiohttp"):
        return f"the reply is not whole, or no HTTP: {kind.__name__}"
    return kind.__name__
