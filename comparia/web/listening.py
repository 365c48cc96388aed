"""A socket that listens, for the application and for rooms."""

from __future__ import annotations

import contextlib
import os
import socket
import sys

from comparia.errors import ConfigurationError
from comparia.messages import gettext as _

BACKLOG = 512
"""Connections that may wait: a room full of phones comes at once."""


def listen(host: str, port: int, *, option: str = "--port") -> socket.socket:
    """A socket bound to an address; port 0 for any free one.

    Its protocol is named, because asyncio turns Nagle's algorithm off only where it is: answers would wait 40 ms for an
    acknowledgement.

    Args:
        host: the address.
        port: the port.
        option: of the command line, by which another port is chosen.

    Raises:
        ConfigurationError: the address cannot be used.
    """
    try:
        place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        bound = socket.socket(place[0], socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            if os.name == "posix":
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(place[4])
            bound.listen(BACKLOG)
        except OSError:
            bound.close()
            raise
    except OSError as error:
        raise ConfigurationError(
            _("{host}:{port} cannot be used ({error}).").format(host=host, port=port, error=error.strerror),
            _("Choose another port with {option}, or 0 for any free one.").format(option=option),
        ) from error
    return bound


def allow_files(wanted: int) -> None:
    """Let this process hold so many open files and connections, as far as the system allows: some begin at 256."""
    if sys.platform == "win32":  # has no such limit
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
