"""How each account is entered: the variables of the environment (contract, "Commands")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..accounts import variable_suffix
from ..errors import InputError, Problem
from ..model import Account
from .address import PRINTABLE

if TYPE_CHECKING:
    from ..wechat.issuers import Issuer
    from ..wechat.tokens import Credentials

TOKEN, APPID, SECRET = "WECHAT_ACCESS_TOKEN", "WECHAT_APPID", "WECHAT_APPSECRET"


def credentials(environment: Mapping[str, str], issuer: Issuer | None = None) -> Credentials:
    """Credentials for the one account that there is; first found wins. Raises InputError."""
    from ..wechat.tokens import Credentials

    token, appid, secret = (_value(environment, name) for name in (TOKEN, APPID, SECRET))
    if token:
        return Credentials(appid=appid, token=token)
    if issuer is not None:
        return Credentials(appid=appid, issuer=issuer.of(appid, None))
    if appid and secret:
        return Credentials(appid=appid, secret=secret)
    missing = SECRET if appid else APPID if secret else None
    message = f"no credentials: {missing} is not set" if missing else "no credentials in the environment"
    hint = f"set {APPID} and {SECRET}, or {TOKEN}; or try it with --sandbox"
    raise InputError(Problem("no credentials", message, None, hint))


def credentials_of(
    account: Account,
    environment: Mapping[str, str],
    *,
    shared: Mapping[str, str] | None = None,
    issuer: Issuer | None = None,
) -> Credentials:
    """Credentials for an account of `accounts:`: its own variables, then the plain ones; and whoever hands
    out tokens comes before a secret.

    The plain ones are not this account's where WECHAT_APPID is another's. And of several accounts that have
    nothing else (`shared`: their names by appid), none may use a plain token: it is one account's, and the
    others would be made as that one is. Raises InputError.
    """
    from ..wechat.tokens import Credentials

    suffix = variable_suffix(account.name)
    own_appid = _value(environment, APPID + suffix)
    if own_appid and own_appid != account.appid:
        message = f"{account.name}: {APPID}{suffix} is {own_appid}, templates.yaml says {account.appid}"
        raise InputError(Problem("other appid", message, None, "correct one of them"))
    plain = _value(environment, APPID) in (None, account.appid)
    for ending in (suffix, "") if plain else (suffix,):
        token, secret = _value(environment, TOKEN + ending), _value(environment, SECRET + ending)
        if token:
            if not ending:
                _refuse_shared(account, shared or {})
            return Credentials(appid=account.appid, token=token)
        if secret:
            if issuer is not None:
                break
            return Credentials(appid=account.appid, secret=secret)
    if issuer is not None:
        return Credentials(appid=account.appid, issuer=issuer.of(account.appid, account.name))
    hint = f"set {SECRET}{suffix}, or {TOKEN}{suffix}"
    message = f"{account.name}: no credentials in the environment"
    if not plain and (environment.get(TOKEN) or environment.get(SECRET)):
        message += f"; those of {APPID} are another account's"
    raise InputError(Problem("no credentials", message, None, hint))


def has_token(account: Account, environment: Mapping[str, str]) -> bool:
    """Whether an account has a token of its own."""
    return bool(environment.get(TOKEN + variable_suffix(account.name)))


def has_own(account: Account, environment: Mapping[str, str]) -> bool:
    """Whether an account has variables of its own."""
    suffix = variable_suffix(account.name)
    return bool(environment.get(TOKEN + suffix) or environment.get(SECRET + suffix))


def _refuse_shared(account: Account, shared: Mapping[str, str]) -> None:
    others = [name for appid, name in shared.items() if appid != account.appid]
    if others:
        suffix = variable_suffix(account.name)
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        told = ", ".join(others[:3]) + more
        message = f"{account.name}: {TOKEN} is one account's token, and {told} would use it, too"
        hint = f"set {TOKEN}{suffix} or {SECRET}{suffix}, or choose one with --account"
        raise InputError(Problem("shared token", message, None, hint))


def _value(environment: Mapping[str, str], name: str) -> str | None:
    value = environment.get(name, "").strip()
    if value and not PRINTABLE.fullmatch(value):
        hint = "set it again: it is made of letters, digits and a few signs"
        message = f"{name} holds a blank or a character that no credential has"
        raise InputError(Problem("bad credentials", message, None, hint))
    return value or None
