"""What a transport raises -> an error of ours. Nothing that it says is shown, since it may hold the URL, and
with it token and secret: only its type, and what the operating system or OpenSSL calls it."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator

from ...core.errors import CallError, Problem
from ...core.messages import Said, Text
from ..wire import Request
from .http import httpx

_NETWORK = Text("wechat.check-network")
_PROXY = Text("wechat.check-proxy")
_CERTIFICATE = Text("wechat.check-certificate")


def broken(request: Request, host: str, error: BaseException, proxy: str | None = None) -> CallError:
    """Explain an exchange that ended with an exception. `host` and `proxy` are host and port alone."""
    causes = list(_causes(error))
    to = host if proxy is None else Text("wechat.host-through-proxy", host=host, proxy=proxy)
    doubts = [cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)]
    if doubts:
        said = (getattr(doubt, "verify_message", None) for doubt in doubts)  # aiohttp's own type has none
        why = next(filter(None, said), None) or Text("wechat.no-reason")
        what = Text("wechat.certificate", host=to, why=why)
        return _failure(request, what, _CERTIFICATE, executed=False, passing=False)
    cause = _why(causes)
    if isinstance(error, httpx.ProxyError) and proxy is not None:
        what = Text("wechat.proxy-refuses", proxy=proxy, host=host, why=cause)
        return _failure(request, what, _PROXY, executed=False)
    if isinstance(error, httpx.ConnectError | httpx.UnsupportedProtocol):
        secured = any(isinstance(cause, ssl.SSLError) for cause in causes)
        if proxy is not None and not secured:
            what = Text("wechat.no-proxy", proxy=proxy, why=cause)
            return _failure(request, what, _PROXY, executed=False)
        what = Text("wechat.no-connection", host=to, why=cause)
        return _failure(request, what, _NETWORK, executed=False)
    return _failure(request, Text("wechat.connection-broke", why=cause), _NETWORK, executed=None)


def late(request: Request, what: Text) -> CallError:
    """Explain that `what` took too long."""
    return _failure(request, what, _NETWORK, executed=None)


def unsendable(request: Request, error: Exception) -> CallError:
    """Explain that no HTTP request can be made of a request: nothing was sent."""
    if isinstance(error, UnicodeEncodeError):
        what = Text("wechat.unsendable-surrogate")
    else:
        what = Text("wechat.unsendable", error=type(error).__name__)
    return _failure(request, what, _NETWORK, executed=False)


def _failure(
    request: Request, what: Text, advice: Text, *, executed: bool | None, passing: bool = True
) -> CallError:
    text = Text("wechat.call-failed", call=request.call, what=what)
    return CallError(Problem("no reply", text, None, advice), executed=executed, passing=passing)


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


def _why(causes: list[BaseException]) -> Said:
    if any(_hung_up(cause) for cause in causes):
        return Text("wechat.hung-up")
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


def _of_type(error: BaseException, root: BaseException) -> Said:
    if isinstance(error, httpx.ProxyError) and (status := str(error)[:3]).isdecimal():
        return Text("wechat.status", status=status)
    kind = type(root)
    if kind.__module__.partition(".")[0] in ("h11", "httpcore", "httpx", "aiohttp"):
        return Text("wechat.no-http", error=kind.__name__)
    return kind.__name__
