"""How each account is entered: the variables of the environment (contract, "Commands")."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...core.errors import InputError, Problem
from ...core.model import Account
from ...desired.accounts import variable_suffix
from .address import PRINTABLE

if TYPE_CHECKING:
    from ...wechat.auth.credentials import Credentials, Issuer
    from ...wechat.credential_names import CredentialNames

TOKEN, APPID, SECRET = "WECHAT_ACCESS_TOKEN", "WECHAT_APPID", "WECHAT_APPSECRET"

_WRAPPED = re.compile("[\\[{\"'<]|bearer\\b|access_token=", re.IGNORECASE)
"""What no credential begins with: JSON, quotes, HTML, a header's value, a form"""


def credentials(environment: Mapping[str, str], issuer: Issuer | None = None) -> Credentials:
    """Credentials for the one account that there is; first found wins. Raises InputError."""
    from ...wechat.auth.credentials import Credentials

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
    from ...wechat.auth.credentials import Credentials

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
            return Credentials(account.appid, token=token, names=_names(account, ending))
        if secret:
            if issuer is not None:
                break
            return Credentials(account.appid, secret=secret, names=_names(account, ending))
    if issuer is not None:
        issuer = issuer.of(account.appid, account.name)
        return Credentials(account.appid, issuer=issuer, names=_names(account, suffix))
    hint = f"set {SECRET}{suffix}, or {TOKEN}{suffix}"
    message = f"{account.name}: no credentials in the environment"
    if not plain and (environment.get(TOKEN) or environment.get(SECRET)):
        message += f"; those of {APPID} are another account's"
        hint += f"; or unset {APPID}, if the plain variables serve all accounts"
    raise InputError(Problem("no credentials", message, None, hint))


def has_token(account: Account, environment: Mapping[str, str]) -> bool:
    """Whether an account has a token of its own."""
    return bool(environment.get(TOKEN + variable_suffix(account.name)))


def _has_own(account: Account, environment: Mapping[str, str]) -> bool:
    """Whether an account has variables of its own."""
    suffix = variable_suffix(account.name)
    return bool(environment.get(TOKEN + suffix) or environment.get(SECRET + suffix))


def sharing(accounts: Sequence[Account], environment: Mapping[str, str]) -> dict[str, str]:
    """The accounts that have nothing but a plain token, by appid; none where it is said whose that is."""
    if not environment.get(TOKEN) or environment.get(APPID):
        return {}
    return {one.appid: one.name for one in accounts if not _has_own(one, environment)}


def _refuse_shared(account: Account, shared: Mapping[str, str]) -> None:
    others = [name for appid, name in shared.items() if appid != account.appid]
    if others:
        suffix = variable_suffix(account.name)
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        told = ", ".join(others[:3]) + more
        message = f"{account.name}: {TOKEN} is one account's token, and {told} would use it, too"
        hint = f"set {TOKEN}{suffix} or {SECRET}{suffix}, or choose one with --account"
        raise InputError(Problem("shared token", message, None, hint))


def _names(account: Account, ending: str) -> CredentialNames:
    """What hints call this account's credentials, of which some were found in variables of this ending."""
    from ...wechat.credential_names import CredentialNames

    suffix = variable_suffix(account.name)
    taken = "" if ending else f" ({account.name} has no {{}}{suffix} of its own)"
    whose = f"is it {account.name}'s ({account.appid})?"
    return CredentialNames(
        token=f"{TOKEN}{ending}{taken.format(TOKEN)}",
        secret=f"{SECRET}{suffix}",
        wrong=f"{SECRET}{ending}{taken.format(SECRET)}: {whose}",
        appid=f"the appid that the file gives {account.name}",
    )


def _value(environment: Mapping[str, str], name: str) -> str | None:
    value = environment.get(name, "").strip().removeprefix("\ufeff")
    if _WRAPPED.match(value):
        raise InputError(_wrapped(name, value))
    if value and not PRINTABLE.fullmatch(value):
        hint = "set it again: it is made of letters, digits and a few signs"
        message = f"{name} holds a blank or a character that no credential has"
        raise InputError(Problem("bad credentials", message, None, hint))
    return value or None


def _wrapped(name: str, value: str) -> Problem:
    """What stands around a credential, told without the value."""
    if not value.startswith("{"):
        message = f"{name} holds more than its value: quotes, brackets or a name stand around it"
        return Problem("bad credentials", message, None, "set it to the bare value")
    if "access_token" in value:
        message = f"{name} holds the whole JSON of a token reply"
        hint = "set it to the value of access_token alone: pipe the reply through `jq -r .access_token`"
    else:
        message = f"{name} holds JSON without an access_token"
        hint = "was it an error reply? look at it by hand; then set the bare value"
    return Problem("bad credentials", message, None, hint)
