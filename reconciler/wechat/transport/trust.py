"""Certificates that are trusted: the operating system's store, and the files that the environment names."""

from __future__ import annotations

import re
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path

from ...core.errors import CallError, Problem
from ...core.messages import Said, Text

VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
STORES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # Alpine, Arch, BSD
)
"""Where the store is, for a Python whose OpenSSL was built for another system"""


def context(environment: Mapping[str, str]) -> ssl.SSLContext:
    """Make a context that trusts the system's store, and what the variables name in addition.

    Raises CallError where one of them can't be used.
    """
    trusted = _of_system()
    for name in VARIABLES:
        if place := environment.get(name):
            _load(trusted, name, Path(place))
    return trusted


def _of_system() -> ssl.SSLContext:
    """macOS and Windows judge certificates themselves. Elsewhere the store is files, which truststore would
    read again for each connection."""
    if sys.platform in ("darwin", "win32"):
        import truststore  # noqa: PLC0415  (only calls over TLS need it)

        judged: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return judged
    trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    paths = ssl.get_default_verify_paths()
    file, folder = Path(paths.openssl_cafile), Path(paths.openssl_capath)
    if _holds_certificates(folder):
        trusted.load_verify_locations(capath=folder)
    elif not file.is_file():
        file = next((one for one in map(Path, STORES) if one.is_file()), Path(_packaged()))
    if file.is_file():
        trusted.load_verify_locations(cafile=file)
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
        text = Text("wechat.certificates-unreadable", variable=name, why=_why(error))
        raise CallError(Problem("environment", text, None, Text("wechat.certificates-todo"))) from None


def _why(error: Exception) -> Said:
    if isinstance(error, ssl.SSLError):
        return Text("wechat.no-certificates")
    return error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
