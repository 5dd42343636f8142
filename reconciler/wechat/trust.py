"""Whose certificates are believed: the operating system's store, and the files that the environment names."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from pathlib import Path

from ..errors import CallError, Problem

VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")


def context(environment: Mapping[str, str]) -> ssl.SSLContext:
    """The store, and beside it what the variables name: a company's CA is one more, and seldom the only one.

    Raises CallError where one of them can't be used.
    """
    import truststore  # noqa: PLC0415  (only calls over TLS need it)

    trusted: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    named = {name: Path(environment[name]) for name in VARIABLES if environment.get(name)}
    paths = ssl.get_default_verify_paths()
    file, folder = Path(paths.openssl_cafile), Path(paths.openssl_capath)
    if not (file.is_file() or _holds_certificates(folder)):
        trusted.load_verify_locations(cafile=_packaged())
    elif named:  # OpenSSL would look there or where the variables say, and not at both
        trusted.load_verify_locations(file if file.is_file() else None, folder if folder.is_dir() else None)
    for variable, place in named.items():
        _load(trusted, variable, place)
    return trusted


def _holds_certificates(folder: Path) -> bool:
    return folder.is_dir() and any(re.fullmatch(r"[0-9a-f]{8}\.\d", one.name) for one in folder.iterdir())


def _packaged() -> str:
    """A small container may have no store at all; httpx brings one."""
    import certifi  # noqa: PLC0415

    return certifi.where()


def _load(trusted: ssl.SSLContext, name: str, place: Path) -> None:
    try:
        if place.is_dir():
            trusted.load_verify_locations(capath=place)
        else:
            trusted.load_verify_locations(cafile=place)
    except (OSError, ValueError) as error:
        why = "no certificates in it" if isinstance(error, ssl.SSLError) else _strerror(error)
        message = f"the certificates that {name} names can't be read ({why})"
        hint = "correct it: the path of a PEM file, or of a folder as c_rehash makes it; or unset it"
        raise CallError(Problem("environment", message, None, hint)) from None


def _strerror(error: Exception) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
