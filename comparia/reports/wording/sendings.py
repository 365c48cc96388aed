"""The words reports say of what left this machine: to whom, where it is, how much."""

from __future__ import annotations

from comparia.config import stays_here, zone_names
from comparia.messages import gettext as _
from comparia.messages import number
from comparia.records import Sending


def place_of(sending: Sending) -> str:
    """Return where a request went: the name of the server, and where it is."""
    host = sending.host.partition("://")[2].partition("/")[0] or sending.host
    zone = zone_names()["local" if stays_here(sending.zone, sending.host) else sending.zone]
    return _("{host} ({place})").format(host=host, place=zone) if host else zone


def size_phrase(size: int) -> str:
    """Return a number of bytes as people read it: `12 kB`."""
    return _("{n} kB").format(n=number(size / 1000, 0 if size >= 10_000 else 1))
