"""`serve`: the application on this machine, the browser opened on it."""

from __future__ import annotations

import contextlib
import gc
import ipaddress
import secrets
import socket
import threading
import time
import webbrowser
from collections.abc import Callable
from types import FrameType

import uvicorn

from comparia.config import Settings
from comparia.messages import gettext as _
from comparia.web.app import create_app
from comparia.web.listening import listen
from comparia.web.peers import can_tell
from comparia.web.running import Runnings


def serve(
    settings: Settings,
    *,
    host: str,
    port: int,
    browser: bool,
    say: Callable[[str], None],
    path: str = "",
    room_host: str = "0.0.0.0",  # noqa: S104 - a room is opened on purpose, and leads to one ballot
    room_port: int | None = None,
) -> None:
    """Serve until interrupted; runs in progress are stopped and can be resumed.

    Args:
        settings: where runs are kept.
        host: address to bind; beyond this machine, and for other accounts of it, a token is needed, and is printed.
        port: 0 for any free one.
        browser: whether to open it.
        say: told the address.
        path: page to open, without its first slash.
        room_host: address that a room of voters listens on, once the trainer opens one.
        room_port: its port; 0 for any free one, None for the usual one, or another where it is taken.

    Raises:
        ConfigurationError: the address cannot be bound.
    """
    bound = listen(host, port)
    port = bound.getsockname()[1]
    alone = _is_this_machine(host)
    token = secrets.token_urlsafe(16)
    own_account = alone and can_tell()
    hosts = () if alone else _names(host)
    everywhere = host in ("0.0.0.0", "::")  # noqa: S104 - named, not bound
    shown = host if alone or not everywhere else (hosts[0] if hosts else host)
    root = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"
    with_token = f"{root}{path}?token={token}"
    address = root + path if own_account else with_token
    app = create_app(
        settings,
        port=port,
        token=token,
        own_account=own_account,
        hosts=hosts,
        room_host=room_host,
        room_port=room_port,
    )
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, timeout_graceful_shutdown=3, server_header=False
    )
    server = _Server(config, app.state.running)
    say(address)
    if own_account:
        say(_("From another account of this computer: {address}").format(address=with_token))
    # A run of a long session is a few 100,000 objects: collected at the usual pace, they cost more than showing them.
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
    if browser:
        threading.Thread(target=_open, args=(server, address), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[bound])
    for run in sorted(server.stopped):
        say(_("{run} was stopped; nothing that had arrived is lost. To go on: comparia resume {run}").format(run=run))


class _Server(uvicorn.Server):
    """Stops the runs as soon as it is told to stop: their streams would keep its connections open."""

    def __init__(self, config: uvicorn.Config, running: Runnings) -> None:
        super().__init__(config)
        self._running = running
        self.stopped: set[str] = set()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """At the first signal, and at the second."""
        self.stopped |= self._running.interrupt()
        super().handle_exit(sig, frame)


def _open(server: uvicorn.Server, address: str) -> None:
    for _attempt in range(100):
        if server.started:
            webbrowser.open(address)
            return
        time.sleep(0.05)


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _names(host: str) -> tuple[str, ...]:
    """The addresses by which others reach this machine, the likeliest first."""
    if host not in ("0.0.0.0", "::"):  # noqa: S104
        return (host,)
    found = [address[4][0] for address in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return tuple(dict.fromkeys([*(str(a) for a in found if not str(a).startswith("127.")), socket.gethostname()]))
