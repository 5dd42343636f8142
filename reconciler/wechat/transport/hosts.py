"""Which hosts are this machine. Pure: no name is resolved."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address


def is_loopback(host: str) -> bool:
    """Whether what is sent to this host never leaves the machine, whatever any resolver says.

    `localhost` and the loopback addresses as they are usually written; all else may be somebody else's:
    `localhost.`, `127.1` and `0x7f.1` are names that a resolver decides on.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.2", "::1", "127.0.0.1.example", "127.1")]
    [True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        return address == IPv6Address(
            "::1"
        )  # not a mapped IPv4 address, of which versions of Python disagree
    return address.is_loopback
