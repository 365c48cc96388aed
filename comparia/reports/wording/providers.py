"""The names of providers, in the reader's language where they are no brand."""

from __future__ import annotations

from comparia.messages import N_
from comparia.messages import gettext as _

_PLAIN_WORDS = (
    N_("Mistral AI, La Plateforme"),
    N_("Albert API, service de l'État français"),
    N_("Any OpenAI-compatible server"),
    N_("Any provider of litellm"),
    N_("Ranked extracts, on this machine, no AI"),
    N_("Answers recorded in an earlier run"),
)
"""Labels of the catalogue that are translated."""


def provider_name(label: str) -> str:
    """Return a provider's label in the catalogue, translated where it holds plain words."""
    return _(label) if label in _PLAIN_WORDS else label
