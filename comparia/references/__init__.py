"""References: the key points of a session, loaded, suggested, checked against its turns, compared, and written back."""

from comparia.references.comparison import Difference, differences
from comparia.references.files import beside, load, not_given, parse, speaker_named, titled
from comparia.references.joining import joined
from comparia.references.leading import led_as_told, likely_moderators
from comparia.references.suggesting import suggest
from comparia.references.writing import to_yaml

__all__ = [
    "Difference",
    "beside",
    "differences",
    "joined",
    "led_as_told",
    "likely_moderators",
    "load",
    "not_given",
    "parse",
    "speaker_named",
    "suggest",
    "titled",
    "to_yaml",
]
