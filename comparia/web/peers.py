"""Which account of this machine holds the other end of a connection over loopback."""

from __future__ import annotations

import ipaddress
import os
import sys
from pathlib import Path

from starlette.types import Scope

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
"""Connections of the machine, one a line, as Linux lists them: local address, remote address, state, …, account.

See proc(5).
"""
_LOCAL, _REMOTE, _ACCOUNT, _INODE = 1, 2, 7, 9


def can_tell() -> bool:
    """Return whether this system says whose a connection is; elsewhere a token stands in for it."""
    return hasattr(os, "getuid") and TABLES[0].exists()


def is_own_account(scope: Scope) -> bool:
    """Return whether the process at the other end of a request runs under the account of this one; unknown is no."""
    client, server = scope.get("client"), scope.get("server")
    if not client or not server or not can_tell():
        return False
    return account_of((client[0], client[1]), (server[0], server[1])) == os.getuid()


def account_of(client: tuple[str, int], server: tuple[str, int]) -> int | None:
    """Return the number of the account that holds the client's end of a connection; None if it is not listed or closed.

    Args:
        client: address and port that the request comes from.
        server: address and port that it came to.
    """
    try:
        near, far = _written(*client), _written(*server)
    except ValueError:
        return None
    for table in TABLES:
        try:
            lines = table.read_text("ascii").splitlines()[1:]
        except (OSError, UnicodeDecodeError):
            continue
        for line in lines:
            columns = line.split()
            if len(columns) > _INODE and columns[_LOCAL] in near and columns[_REMOTE] in far:
                # a socket that its process has closed has no inode, and is listed as root's, whoever opened it
                return int(columns[_ACCOUNT]) if columns[_INODE] != "0" else None
    return None


def _written(host: str, port: int) -> tuple[str, ...]:
    """Return an address as the tables write it: 32-bit words of this machine's byte order, in hexadecimal.

    The same goes for IPv4 inside IPv6.
    """
    address = ipaddress.ip_address(host.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    forms = [address, mapped] if mapped else [address]
    if isinstance(address, ipaddress.IPv4Address):
        forms.append(ipaddress.IPv6Address(f"::ffff:{address}"))
    return tuple(f"{_words(form.packed)}:{port:04X}" for form in forms if form is not None)


def _words(packed: bytes) -> str:
    return "".join(f"{int.from_bytes(packed[at : at + 4], sys.byteorder):08X}" for at in range(0, len(packed), 4))
