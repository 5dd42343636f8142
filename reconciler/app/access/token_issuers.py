"""Token servers and commands that give out tokens in place of WeChat, from options and variables of the
environment."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ...core.errors import InputError, Problem, UsageError
from ...core.messages import Text, some
from ...core.model import Account
from .address import check_token_url
from .credentials import has_token

if TYPE_CHECKING:
    from ...wechat.auth.credentials import Issuer

HEADER = "RECONCILER_TOKEN_HEADER"
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([!-~](?:[ -~\t]*[!-~])?)[ \t]*")


class TokenOptions(NamedTuple):
    """Where tokens are to come from, as the command line says. `of_wechat` is the option that was given and
    is about WeChat's own tokens, if one was."""

    url: str | None = None
    refresh_url: str | None = None
    command: str | None = None
    of_wechat: str | None = None
    insecure: bool = False


def issuer(options: TokenOptions, environment: Mapping[str, str]) -> Issuer | None:
    """Make the token server or the command that the options name; None where WeChat is asked.

    Raises UsageError and InputError, which show no address, command or header.
    """
    from ...wechat.auth.token_command import TokenCommand
    from ...wechat.auth.token_server import token_server

    url, refresh = options.url, options.refresh_url
    if url and options.command:
        raise UsageError.of(Text("app.two-issuers"))
    if refresh and not url:
        raise UsageError.of(Text("app.refresh-without-url"))
    if not url and not options.command:
        return None
    option = "--token-url" if url else "--token-command"
    if options.of_wechat is not None:
        raise UsageError.of(Text("app.of-wechat", option=options.of_wechat, issuer=option))
    if url is None or options.command:
        return TokenCommand(_words(options.command or ""))
    check_token_url(url, "--token-url", insecure=options.insecure)
    if refresh:
        check_token_url(refresh, "--token-refresh-url", insecure=options.insecure)
    return token_server(url, refresh, _header(environment))


def refuse_one_for_several(
    found: Issuer | None, accounts: Sequence[Account], environment: Mapping[str, str]
) -> None:
    """See that several accounts don't get one account's token: the issuer must be told whose is asked for.

    Raises UsageError.
    """
    from ...wechat.auth.token_server import TokenServer

    asking = [one.name for one in accounts if not has_token(one, environment)]
    if found is None or found.personal or len(asking) < 2:
        return
    option = "--token-url" if isinstance(found, TokenServer) else "--token-command"
    raise UsageError.of(Text("app.one-token-for-all", option=option, accounts=some(asking)))


def _words(command: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise UsageError.of(Text("app.command-words", why=str(error))) from None
    if not words or not words[0]:
        raise UsageError.of(Text("app.command-empty"))
    return words


def _header(environment: Mapping[str, str]) -> tuple[str, str] | None:
    text = environment.get(HEADER, "").strip()
    if not text:
        return None
    match = _HEADER.fullmatch(text)
    if match is None:
        wrong, hint = Text("app.bad-header", variable=HEADER), Text("app.set-header")
        raise InputError(Problem("bad header", wrong, None, hint))
    return match[1], match[2]
