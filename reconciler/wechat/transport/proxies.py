"""Which proxy is on the way to a server: the variables that curl takes, read as curl reads them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

PORTS = {"http": 80, "https": 443}


def proxy_of(scheme: str, host: str, port: int | None, settings: Mapping[str, str]) -> tuple[str, str] | None:
    """Find the variable that names the proxy, and its address; None where there is none on the way.

    `settings`: what `urllib.request.getproxies` gives: http, https, all and no, without `_proxy`.
    """
    if is_spared(host, port or PORTS[scheme], settings.get("no", "")):
        return None
    for kind in (scheme, "all"):
        if address := settings.get(kind, "").strip():
            return f"{kind.upper()}_PROXY", address if "://" in address else f"http://{address}"
    return None


def is_spared(host: str, port: int, no_proxy: str) -> bool:
    """Whether NO_PROXY exempts a server. An entry that can't be read exempts none.

    Entries are names (with all below them), addresses, ranges of addresses, or `*`, with or without a port.
    A name is not resolved: it is in no range.

    >>> [is_spared(host, 443, ".corp.example, fd07::/64 [::1] 10.0.0.0/8")
    ...  for host in ("api.corp.example", "corp.example", "fd07::7", "::1", "10.1.2.3", "example")]
    [True, True, True, True, True, False]
    """
    host = host.lower().strip("[]").rstrip(".")
    return any(_has(entry.lower(), host, port) for entry in re.split(r"[\s,]+", no_proxy) if entry)


def _has(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    name, only = _name_and_port(entry.rpartition("://")[2])
    if only not in (None, str(port)):
        return False
    address = _address(host)
    if address is not None:
        network = _network(name)
        return network is not None and address in network
    name = name.removeprefix("*").strip(".")
    return name != "" and (host == name or host.endswith(f".{name}"))


def _name_and_port(entry: str) -> tuple[str, str | None]:
    if found := re.fullmatch(r"\[(.*)\](/\d+)?(?::(\d+))?", entry):
        return found[1] + (found[2] or ""), found[3]
    if entry.count(":") == 1:  # more are of an IPv6 address
        name, _, port = entry.partition(":")
        return name, port
    return entry, None


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
