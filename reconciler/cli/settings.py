"""Options and environment as the values that the application takes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from math import inf
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..app.access.token_issuers import TokenOptions
    from ..app.input_files import Inputs
    from ..app.project import Settings
    from ..plan.guards import Permits
    from ..wechat.transport.network import Connection
    from .console import Console


def inputs_of(given: Mapping[str, Any]) -> Inputs:
    """Make the reader of this command's files. A pipe may take as long as a call, or as the run."""
    from ..app.input_files import PATIENCE, Inputs

    patience = min(given.get("timeout") or PATIENCE, given.get("deadline") or inf)
    return Inputs(patience=patience, named=is_typed("file"))


def settings_of(console: Console, given: Mapping[str, Any], inputs: Inputs) -> Settings:
    """Collect all that was asked for. Raises click.UsageError for --sandbox beside --endpoint."""
    from ..app.project import Settings

    endpoint, sandbox = _where(given)
    return Settings(
        file=given["file"],
        inputs=inputs,
        environment=os.environ,
        teller=console,
        clock=now,
        connection=_connection(given),
        permits=_permits(given),
        tokens=_tokens(given),
        settle=given["settle"],
        accounts=given["account"],
        shard=given.get("shard"),
        lockfile=given["lockfile"],
        endpoint=endpoint,
        insecure=given["insecure"],
        sandbox=sandbox,
        library=given.get("library"),
        refresh=given["refresh"],
        due_only=given.get("due_only", False),
        base=given.get("base"),
        trace=given["trace"],
    )


def now() -> datetime:
    """The time of day."""
    return datetime.now(UTC)


def is_typed(parameter: str) -> bool:
    """Whether an option was given, on the command line or in the environment."""
    source = click.get_current_context().get_parameter_source(parameter)
    return source not in (None, click.core.ParameterSource.DEFAULT)


def _where(given: Mapping[str, Any]) -> tuple[str | None, bool]:
    """The endpoint, or the sandbox. The command line wins over the environment; both at once is a mistake."""
    endpoint, sandbox = given["endpoint"], given["sandbox"]
    if endpoint and sandbox:
        context, typed = click.get_current_context(), click.core.ParameterSource.COMMANDLINE
        sources = [context.get_parameter_source(name) for name in ("endpoint", "sandbox")]
        if sources[0] == sources[1]:
            raise click.UsageError(
                "--sandbox and --endpoint (RECONCILER_SANDBOX, RECONCILER_ENDPOINT) can't be used together"
            )
        endpoint, sandbox = (endpoint, False) if sources[0] is typed else (None, True)
    return endpoint or None, sandbox


def _connection(given: Mapping[str, Any]) -> Connection:
    from ..wechat.transport.network import Connection

    names = ("parallelism", "rate", "timeout", "deadline", "retries", "token_api", "force_refresh")
    return Connection(**{name: given[name] for name in names})


def _permits(given: Mapping[str, Any]) -> Permits:
    from ..plan.guards import Permits

    return Permits(
        max_deletes=given.get("max_deletes"),
        no_templates=given.get("allow_no_templates", False),
        empty_account=given.get("allow_empty_account", False),
        other_account=given.get("allow_other_account", False),
        old_lock=given.get("allow_old_lock", False),
        edited_lock=given.get("allow_edited_lock", False),
        add_again=frozenset(given.get("add_again", ())),
        protected=frozenset(given.get("allow_protected", ())),
    )


def _tokens(given: Mapping[str, Any]) -> TokenOptions:
    from ..app.access.token_issuers import TokenOptions

    of_wechat = "--force-refresh" if given["force_refresh"] else None
    if of_wechat is None and is_typed("token_api"):
        of_wechat = "--token-api"
    return TokenOptions(
        url=given["token_url"],
        refresh_url=given["token_refresh_url"],
        command=given["token_command"],
        of_wechat=of_wechat,
        insecure=given["insecure"],
    )
