"""The addresses by which phones reach this machine, and the firewall that may stand before it."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import shutil
import socket
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import psutil

AddressKind = Literal["network", "vpn", "machine", "unassigned"]
Firewall = Literal["windows", "macos", "ufw", "firewalld", "linux"]

_VPN = re.compile(
    r"^(?:tun|tap|wg|utun|ppp|ipsec|zt|tailscale|nordlynx|proton|gpd|cscotun)\w*$|"
    r"vpn|wireguard|tailscale|zerotier|anyconnect|fortinet|fortissl|globalprotect|pulse secure|openvpn|tap-windows",
    re.IGNORECASE,
)
"""Names of interfaces that lead to another network by a tunnel."""
_MACHINE = re.compile(
    r"^(?:docker|br-|veth|virbr|vmnet|vboxnet|lxc|lxd|podman|cni|vnic)|"
    r"vethernet|wsl|hyper-v|virtualbox|vmware|loopback",
    re.IGNORECASE,
)
"""Names of interfaces that stay inside this machine."""
_SHARED_BY_CARRIERS = ipaddress.ip_network("100.64.0.0/10")
"""Addresses (RFC 6598) that tunnels such as Tailscale give."""


class Address(NamedTuple):
    """One address of this machine."""

    ip: str
    """IPv4 address."""
    interface: str
    """Name of its interface, as the system gives it."""
    kind: AddressKind
    """Whether a phone of the room can be expected to reach it: `network` for yes; a tunnel, an interface that stays
    inside the machine, and an address that no network gave, for no."""


def addresses() -> list[Address]:
    """Return the IPv4 addresses of this machine without loopback, the likeliest for phones first; nothing is sent."""
    with contextlib.suppress(OSError):
        up = {name for name, state in psutil.net_if_stats().items() if state.isup}
        found = {
            name: [entry.address for entry in entries if entry.family == socket.AF_INET]
            for name, entries in psutil.net_if_addrs().items()
            if name in up
        }
        return ordered(found, _by_default())
    return []


def ordered(interfaces: Mapping[str, Iterable[str]], default: str = "") -> list[Address]:
    """Return the addresses of interfaces, the likeliest for phones first.

    Args:
        interfaces: IPv4 addresses by the name of their interface.
        default: the address by which this machine goes out.
    """
    found = [
        Address(ip, name, _kind(name, ip))
        for name, ips in interfaces.items()
        for ip in ips
        if not ipaddress.ip_address(ip).is_loopback
    ]
    kinds: tuple[AddressKind, ...] = ("network", "vpn", "machine", "unassigned")
    return sorted(found, key=lambda address: (kinds.index(address.kind), address.ip != default))


def _kind(name: str, ip: str) -> AddressKind:
    address = ipaddress.ip_address(ip)
    if address.is_link_local:
        return "unassigned"
    if _VPN.search(name) or address in _SHARED_BY_CARRIERS:
        return "vpn"
    return "machine" if _MACHINE.search(name) else "network"


def _by_default() -> str:
    """Return the address by which this machine goes out; empty where it is on no network."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # reserved for documentation (RFC 5737): connecting a datagram socket only looks for the way
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
    return ""


def firewall(root: Path = Path("/")) -> Firewall:
    """Return which firewall this system is likely to have: it is looked for, not asked.

    Args:
        root: folder in which the settings of a Linux system are looked for.
    """
    if sys.platform == "win32":
        return "windows"
    if sys.platform == "darwin":
        return "macos"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if re.search(r"^ENABLED=yes", (root / "etc/ufw/ufw.conf").read_text("utf-8"), re.MULTILINE):
            return "ufw"
    if (root / "etc/firewalld").is_dir() or shutil.which("firewall-cmd"):
        return "firewalld"
    return "linux"
