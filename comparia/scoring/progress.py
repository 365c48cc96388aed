"""What is told of the models that scoring asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from comparia.records import Failure


class Asked(NamedTuple):
    """What is about to be asked, or has been answered so far."""

    what: str
    """`judge` or `embeddings`."""
    model: str
    """Name of the model."""
    zone: str
    """Zone of its server."""
    done: int
    """Answers that are there."""
    total: int
    """Answers there will be."""
    tokens: int
    """Estimated input tokens of all of them."""
    cost: float | None
    """Estimated cost of reading them, in US dollars; None if the price is unknown."""
    waiting: int = 0
    """Models that are announced after this one, before anything is sent."""


class Unanswered(NamedTuple):
    """What one judge did not answer, in one scoring."""

    judge: str
    """Name of the model."""
    failure: Failure
    """Why."""
    at: str
    """When it failed, ISO 8601."""
    verdicts: int
    """Number of verdicts that rest on words for it."""
    earlier: bool
    """Whether it failed at an earlier command, and was not asked again."""


Progress = Callable[[Asked], None]
"""Told of what will be asked before anything is sent (`done` is 0), then of each answer.

What it raises stops the asking.
"""
