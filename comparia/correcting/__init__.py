"""Corrections of a session: read from a file, applied to a copy, proposed from a glossary; the original is kept."""

from comparia.correcting.applying import Corrected, Effect, apply
from comparia.correcting.files import load, parse, to_yaml
from comparia.correcting.joining import joined
from comparia.correcting.moving import forms_of, moved_reference, words_corrected
from comparia.correcting.proposing import Proposal, proposals, terms_of

__all__ = [
    "Corrected",
    "Effect",
    "Proposal",
    "apply",
    "forms_of",
    "joined",
    "load",
    "moved_reference",
    "parse",
    "proposals",
    "terms_of",
    "to_yaml",
    "words_corrected",
]
