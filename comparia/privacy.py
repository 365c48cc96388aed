"""The outbound gate: what may leave this machine, and the journal of what left.

A session has a policy, a backend has a zone, and the zones are nested: `local` ⊂ `fr` ⊂ `eu` ⊂ `world`. The gate is the
only way out: adapters receive its `admit` and call it with the very bytes they are about to send.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from comparia.config import is_loopback
from comparia.errors import OutboundRefused
from comparia.messages import gettext as _
from comparia.records import ZONES, Backend, Sending, Zone, now


def zone_names() -> dict[Zone, str]:
    """The zones in the reader's language."""
    return {
        "local": _("this machine"),
        "fr": _("France"),
        "eu": _("European Union"),
        "world": _("anywhere"),
    }


def allows(policy: Zone, zone: Zone) -> bool:
    """Whether a session under `policy` may be sent to `zone`."""
    return ZONES.index(zone) <= ZONES.index(policy)


def true_zone(declared: Zone, base_url: str, *, stated_by_user: bool) -> Zone:
    """The zone of an address: `local` is believed of a loopback address only, unless the user stated it.

    A preset knows the zone of its own address; pointed at another machine by configuration, it knows nothing.
    """
    if declared != "local" or stated_by_user or not base_url:
        return declared
    return "local" if is_loopback(base_url) else "world"


def check(policy: Zone, backends: Iterable[Backend]) -> None:
    """Refuse a whole plan before anything is sent.

    Raises:
        OutboundRefused: names each backend that would receive the text, its zone, and how to allow it.
    """
    refused = [backend for backend in backends if not allows(policy, backend.zone)]
    if refused:
        raise _refusal(policy, refused)


@dataclass(frozen=True)
class Gate:
    """The one way out of the process for one run."""

    policy: Zone
    """How far the session's text may travel."""
    run: str
    """Run the sendings belong to."""
    journal: Callable[[Sending], Awaitable[None]]
    """Writes one journal line durably."""

    async def admit(self, backend: Backend, url: str, body: bytes, tokens: int) -> None:
        """Let one request out: check its zone, journal it, then return.

        Raises:
            OutboundRefused: the policy does not allow it; nothing was sent, nothing was journalled.
        """
        if not allows(self.policy, backend.zone):
            raise _refusal(self.policy, [backend])
        parts = urlsplit(url)
        await self.journal(
            Sending(
                at=now(),
                run=self.run,
                backend=backend.name,
                host=f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}",
                zone=backend.zone,
                policy=self.policy,
                size=len(body),
                tokens=tokens,
                sha256=hashlib.sha256(body).hexdigest(),
            )
        )


def _refusal(policy: Zone, refused: list[Backend]) -> OutboundRefused:
    names = zone_names()
    listed = ", ".join(f"{b.name} ({b.zone}: {names[b.zone]})" for b in refused)
    widest = max((b.zone for b in refused), key=ZONES.index)
    return OutboundRefused(
        _(
            "The session's policy is {policy} ({place}): the transcript would have been sent to {listed}. Nothing was sent."
        ).format(policy=policy, place=names[policy], listed=listed),
        _('To allow it: --policy {zone}, or policy = "{zone}" in comparia.toml.').format(zone=widest),
    )
