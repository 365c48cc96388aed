"""Batches: requests that a provider answers within a day, at a lower price, from one file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from comparia.records.base import Reason, Record

BatchProtocol = Literal["openai", "mistral"]
"""Whose endpoints are spoken: `/files` and `/batches`, or `/files` and `/batch/jobs`."""

BatchState = Literal["intended", "sent", "read", "cleared"]
"""Written down; known to exist at the server; its answers are kept here; its files are removed there."""

ENDED = frozenset(("completed", "failed", "expired", "cancelled"))
"""Statuses of a batch after which nothing more comes, in OpenAI's words."""


class BatchItem(Record):
    """One request of a batch."""

    request: str
    """Id of the request, which the server repeats beside its answer."""
    question: str
    """Its question."""
    parameters: Mapping[str, Any] = {}
    """Generation parameters as they are sent."""


class Batch(Record):
    """Requests of one run to one backend that are sent as one file."""

    id: str
    """Hash of the run, the backend, the requests and how many batches came before; it stands in the batch's metadata
    and in the name of its file at the server."""
    run: str
    """Id of the run."""
    backend: str
    """Name of the backend."""
    items: tuple[BatchItem, ...]
    """Its requests."""
    sha256: str
    """Hash of its file."""
    size: int
    """Bytes of its file."""
    price_share: float = 1.0
    """Share of the ordinary price that it costs."""
    adjustments: tuple[str, ...] = ()
    """How its requests are changed for this server."""
    learnt: tuple[str, ...] = ()
    """How requests must be changed further, as its answers show."""
    state: BatchState = "intended"
    """How far it is."""
    made_at: datetime
    """When it was written down."""
    seen_at: datetime | None = None
    """When the server last told of it."""
    file: str = ""
    """Id of its file at the server."""
    server_id: str = ""
    """Id of the batch at the server."""
    status: str = ""
    """What the server calls its status, in OpenAI's words: `validating`, `in_progress`, `completed`, `expired`..."""
    answered: int = 0
    """Requests that the server has answered, as it counts them."""
    left: tuple[str, ...] = ()
    """Ids of files at the server that hold its texts, once it is read."""
    refusal: Reason | None = None
    """Why the last of them could not be removed; None where nobody tried, or all went."""

    @property
    def in_flight(self) -> bool:
        """Whether its requests must not be asked again."""
        return self.state in ("intended", "sent")


class Leftover(Record):
    """What lies at a provider's of one batch."""

    run: str
    """Id of the run."""
    backend: str
    """Name of the backend."""
    address: str
    """Address of the server."""
    server_id: str = ""
    """Id of the batch there, where it is not over; empty otherwise."""
    requests: int = 0
    """Its requests whose answers are not read here."""
    files: tuple[str, ...] = ()
    """Ids of files there."""
    reason: Reason | None = None
    """Why they could not be removed; None where nobody tried."""
