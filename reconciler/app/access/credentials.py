"""Credentials of accounts, from variables of the environment (contract, "Commands")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ...core.errors import InputError, Problem
from ...core.messages import Text, some
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
    """Find credentials for the one account that there is; the first found win. Raises InputError."""
    from ...wechat.auth.credentials import Credentials

    token, appid, secret = (_value(environment, name) for name in (TOKEN, APPID, SECRET))
    if token:
        return Credentials(appid=appid, token=token)
    if issuer is not None:
        return Credentials(appid=appid, issuer=issuer.of(appid, None))
    if appid and secret:
        return Credentials(appid=appid, secret=secret)
    missing = SECRET if appid else APPID if secret else None
    text = Text("app.variable-unset", variable=missing) if missing else Text("app.no-credentials")
    raise InputError(Problem("no credentials", text, None, Text("app.set-credentials")))


def credentials_of(
    account: Account,
    environment: Mapping[str, str],
    *,
    shared: Mapping[str, str] | None = None,
    issuer: Issuer | None = None,
) -> Credentials:
    """Find credentials for an account of `accounts:`, in its own variables, then in the plain ones; whoever
    hands out tokens comes before a secret.

    The plain ones are not this account's where WECHAT_APPID is another's. And of several accounts that have
    nothing else (`shared`: their names by appid), none may use a plain token: it is one account's, and the
    others would be made as that one is. Raises InputError.
    """
    from ...wechat.auth.credentials import Credentials

    suffix = variable_suffix(account.name)
    _check_appid(account, environment)
    plain = _value(environment, APPID) in (None, account.appid)
    found = _first_found(environment, (suffix, "") if plain else (suffix,))
    if found is not None and found.token:
        if not found.ending:
            _refuse_shared(account, shared or {})
        return Credentials(account.appid, token=found.token, names=_names(account, found.ending))
    if issuer is not None:
        issuer = issuer.of(account.appid, account.name)
        return Credentials(account.appid, issuer=issuer, names=_names(account, suffix))
    if found is not None:
        return Credentials(account.appid, secret=found.secret, names=_names(account, found.ending))
    others = not plain and bool(environment.get(TOKEN) or environment.get(SECRET))
    raise InputError(_none_of(account, others=others))


class _Found(NamedTuple):
    """Variables of this ending, with a token or a secret in them."""

    ending: str
    token: str | None
    secret: str | None


def _first_found(environment: Mapping[str, str], endings: Iterable[str]) -> _Found | None:
    for ending in endings:
        found = _Found(ending, _value(environment, TOKEN + ending), _value(environment, SECRET + ending))
        if found.token or found.secret:
            return found
    return None


def _check_appid(account: Account, environment: Mapping[str, str]) -> None:
    """See that an account's own variables are about this account. Raises InputError."""
    variable = APPID + variable_suffix(account.name)
    appid = _value(environment, variable)
    if appid and appid != account.appid:
        text = Text(
            "app.other-appid", account=account.name, variable=variable, found=appid, appid=account.appid
        )
        raise InputError(Problem("other appid", text, None, Text("app.correct-one")))


def _none_of(account: Account, *, others: bool) -> Problem:
    """The problem of an account without credentials; there may be `others`, which are another account's."""
    suffix = variable_suffix(account.name)
    if others:
        text = Text("app.no-credentials-but-others", account=account.name)
        return Problem("no credentials", text, None, Text("app.set-secret-or-unset", suffix=suffix))
    text = Text("app.no-credentials-of", account=account.name)
    return Problem("no credentials", text, None, Text("app.set-secret", suffix=suffix))


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
        text = Text("app.shared-token", account=account.name, others=some(others))
        hint = Text("app.set-own-token", suffix=variable_suffix(account.name))
        raise InputError(Problem("shared token", text, None, hint))


def _names(account: Account, ending: str) -> CredentialNames:
    """The names that hints have for this account's credentials, found in variables of this ending."""
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
        text, hint = Text("app.odd-credentials", variable=name), Text("app.set-again")
        raise InputError(Problem("bad credentials", text, None, hint))
    return value or None


def _wrapped(name: str, value: str) -> Problem:
    """The problem of a value with something around it; the value is not shown."""
    if not value.startswith("{"):
        text, hint = Text("app.wrapped-value", variable=name), Text("app.set-bare-value")
    elif "access_token" in value:
        text, hint = Text("app.token-reply", variable=name), Text("app.set-access-token")
    else:
        text, hint = Text("app.json-value", variable=name), Text("app.look-at-json")
    return Problem("bad credentials", text, None, hint)
