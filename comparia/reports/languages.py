"""Names of languages, in the reader's language."""

from __future__ import annotations

from comparia.messages import N_
from comparia.messages import gettext as _

_NAMES = {
    "ar": N_("Arabic"),
    "de": N_("German"),
    "el": N_("Greek"),
    "en": N_("English"),
    "es": N_("Spanish"),
    "fr": N_("French"),
    "he": N_("Hebrew"),
    "hi": N_("Hindi"),
    "hy": N_("Armenian"),
    "it": N_("Italian"),
    "ja": N_("Japanese"),
    "ka": N_("Georgian"),
    "ko": N_("Korean"),
    "nl": N_("Dutch"),
    "pl": N_("Polish"),
    "pt": N_("Portuguese"),
    "ro": N_("Romanian"),
    "ru": N_("Russian"),
    "ta": N_("Tamil"),
    "tr": N_("Turkish"),
    "uk": N_("Ukrainian"),
    "zh": N_("Chinese"),
}


def language_name(code: str) -> str:
    """Return the name of a language; its code where it is not known."""
    return _(_NAMES[code]) if code in _NAMES else code
