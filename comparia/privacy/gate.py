"""The outbound gate: checks every request before it is sent, and writes it in a journal.

A session has a policy, a backend has a zone, and the zones are nested: `local` ⊂ `fr` ⊂ `eu` ⊂ `world`. Every request
passes the gate: adapters call its `admit` with the exact bytes that they are about to send. Where the session is
pseudonymised, the gate checks these bytes again, and refuses them if they hold a name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from comparia.config import zone_names
from comparia.errors import OutboundRefused
from comparia.messages import gettext as _
from comparia.messages import ngettext
from comparia.privacy.veil import Veil
from comparia.records import ZONES, Backend, Sending, Zone, now


def allows(policy: Zone, zone: Zone) -> bool:
    """Return whether a session under `policy` may be sent to `zone`."""
    return ZONES.index(zone) <= ZONES.index(policy)


def check(policy: Zone, backends: Iterable[Backend], what: str = "") -> None:
    """Check a whole plan before anything is sent.

    Args:
        policy: the widest zone to which the session's text may be sent.
        backends: who would receive it.
        what: what would be sent, in the reader's language; the transcript when empty.

    Raises:
        OutboundRefused: names each backend that would receive the text, its zone, and how to allow it.
    """
    too_far = [backend for backend in backends if not allows(policy, backend.zone)]
    if too_far:
        raise _refusal(policy, too_far, what)


@dataclass(frozen=True)
class Gate:
    """Checks and records all requests of one run.

    No request of the run is sent without it.
    """

    policy: Zone
    """The widest zone to which the session's text may be sent."""
    run: str
    """Id of the run, for the journal."""
    journal: Callable[[Sending], Awaitable[None]]
    """Writes one journal line durably."""
    veil: Veil | None = None
    """The veil that must have been applied; None where names may be sent."""
    what: str = ""
    """What is sent, in the reader's language; the transcript when empty."""

    async def admit(self, backend: Backend, url: str, body: bytes, tokens: int) -> None:
        """Check the zone of one request and that it holds no hidden name, write it in the journal, then return.

        Raises:
            OutboundRefused: the policy does not allow it, or it holds a name; nothing was sent or written in the
            journal.
        """
        if not allows(self.policy, backend.zone):
            raise _refusal(self.policy, [backend], self.what)
        if self.veil is not None and body:
            names = [name for text in _texts(body) for name in self.veil.exposed(text)]
            if names:
                raise OutboundRefused(
                    ngettext(
                        "{n} name or piece of personal data was still in what {backend} would have received. "
                        "Nothing was sent.",
                        "{n} names or pieces of personal data were still in what {backend} would have received. "
                        "Nothing was sent.",
                        len(names),
                    ).format(n=len(names), backend=backend.name),
                    _(
                        "See which with: comparia pseudonymise SESSION. "
                        "To send names as they stand: --pseudonyms never."
                    ),
                    on_page=_("See which in the exact text a model would read, on the page of the session."),
                )
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
                pseudonymised=self.veil is not None,
            )
        )


def _texts(body: bytes) -> Iterator[str]:
    """Yield every text inside a JSON body; the whole body where it is not JSON."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        yield body.decode("utf-8", "replace")
        return
    waiting: list[Any] = [document]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            waiting.extend(value for key, value in item.items() if key != "model")
        elif isinstance(item, list):
            waiting.extend(item)


def _refusal(policy: Zone, backends: list[Backend], what: str) -> OutboundRefused:
    names = zone_names()
    places = ", ".join(
        _("{backend} ({zone}: {place})").format(backend=b.name, zone=b.zone, place=names[b.zone]) for b in backends
    )
    widest = max((b.zone for b in backends), key=ZONES.index)
    return OutboundRefused(
        _(
            "The session's policy is {policy} ({place}): {what} would have been sent to {listed}. Nothing was sent."
        ).format(policy=policy, place=names[policy], listed=places, what=what or _("the transcript")),
        _('To allow it: --policy {zone}, or policy = "{zone}" in comparia.toml.').format(zone=widest),
        on_page=_("Leave it out, or let the text travel further: “{place}”.").format(place=names[widest]),
    )
