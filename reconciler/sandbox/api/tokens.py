"""Access tokens (the page, "access_token"; wechat-api.md §4)."""

import base64
import hashlib
import hmac
import math
import secrets
from collections.abc import Mapping

from ..accounts import DEVELOPMENT_KEY, secret_of
from ..context import BEIJING, DAY_SECONDS, Body, Emulator, Reply
from ..fields import absent
from ..refusal import Refusal, invalid_args
from ..state.records import Token, TokenKind

LIFE_SECONDS = 7200
GRACE_SECONDS = 300  # for which the previous classic token stays good
LEAST_LEFT_SECONDS = 300  # a stable token with less is not given any more; it stays good to its end
FORCED_A_DAY = 20
FORCED_APART_SECONDS = 30
NOT_LATEST = "invalid credential, access_token is invalid or not latest"


def classic(emulator: Emulator, query: Mapping[str, str]) -> Reply:
    """`GET cgi-bin/token`: always a new token; the previous one dies within minutes."""
    appid = _account(query)
    emulator.count(appid, "/cgi-bin/token")
    token = secrets.token_urlsafe(96)
    _issue(emulator, appid, "classic", token)
    return {"access_token": token, "expires_in": LIFE_SECONDS}


def stable(emulator: Emulator, body: Body) -> Reply:
    """`POST cgi-bin/stable_token`: the same token while it is valid; apart from the classic ones."""
    appid = _account(body)
    emulator.count(appid, "/cgi-bin/stable_token")
    now = emulator.now()
    forced = _is_forced(body)
    if forced:
        _check_forced(emulator, appid, now)
    current = emulator.store.current_token(appid, "stable")
    if forced or current is None or now > current.expires - LEAST_LEFT_SECONDS:
        return _new_stable(emulator, appid, forced)
    return {
        "access_token": _derive(appid, current.nonce),
        "expires_in": math.floor(current.expires - now),
    }


def holder(emulator: Emulator, token: str | None) -> str:
    """The appid that a token was issued to."""
    if not token:
        raise Refusal(41001, "access_token missing")
    found = emulator.store.token(_digest(token))
    if found is None or _lost_its_grace(found, emulator.now()):
        raise Refusal(40001, NOT_LATEST)
    if found.kind == "stable" and found.replaced is not None:
        raise Refusal(42001, "access_token expired")
    if emulator.now() >= found.expires:
        raise Refusal(42001, "access_token expired")
    return found.appid


def revoke(emulator: Emulator, token: str | None) -> None:
    """Makes a token dead at once, for 40001; it is not given again."""
    if token:
        emulator.store.kill_token(_digest(token), emulator.now())


def _lost_its_grace(token: Token, now: float) -> bool:
    return token.kind == "classic" and token.replaced is not None and now >= token.replaced + GRACE_SECONDS


def _account(fields: Mapping[str, object]) -> str:
    """The appid, if the credentials are right; the codes are those of WeChat's table of return codes."""
    appid, secret = fields.get("appid"), fields.get("secret")
    if absent(appid):
        raise Refusal(41002, "appid missing")
    if absent(secret):
        raise Refusal(41004, "appsecret missing")
    if fields.get("grant_type") != "client_credential":
        raise Refusal(40002, "invalid grant_type")
    known = secret_of(appid)
    if not isinstance(appid, str) or known is None:
        raise Refusal(40013, "invalid appid")
    if secret != known:
        raise Refusal(40125, "invalid appsecret")
    return appid


def _is_forced(body: Body) -> bool:
    value = body.get("force_refresh")
    if absent(value):
        return False
    if not isinstance(value, bool):
        raise invalid_args("force_refresh must be a boolean")
    return value


def _check_forced(emulator: Emulator, appid: str, now: float) -> None:
    midnight = emulator.day() * DAY_SECONDS - BEIJING
    forced = emulator.store.forced_tokens(appid, min(midnight, now - FORCED_APART_SECONDS))
    if sum(token.issued >= midnight for token in forced) >= FORCED_A_DAY:
        raise Refusal(45009, "reach max api daily quota limit")
    if forced and now < forced[0].issued + FORCED_APART_SECONDS:
        raise Refusal(45011, "api minute-quota reach limit  must slower  retry next minute")


def _new_stable(emulator: Emulator, appid: str, forced: bool) -> Reply:
    nonce = secrets.token_hex(16)
    token = _derive(appid, nonce)
    _issue(emulator, appid, "stable", token, forced=forced, nonce=nonce, replaces=forced)
    return {"access_token": token, "expires_in": LIFE_SECONDS}


def _derive(appid: str, nonce: str) -> str:
    """The same token again after a restart, without its bytes in the state."""
    raw = hmac.digest(DEVELOPMENT_KEY, f"{appid}|{nonce}".encode(), "sha512")
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _issue(
    emulator: Emulator,
    appid: str,
    kind: TokenKind,
    token: str,
    *,
    forced: bool = False,
    nonce: str = "",
    replaces: bool = True,
) -> None:
    now = emulator.now()
    if replaces:
        emulator.store.replace_tokens(appid, kind, now)
    emulator.store.add_token(
        Token(appid, kind, _digest(token), now, now + LIFE_SECONDS, forced=forced, nonce=nonce)
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
