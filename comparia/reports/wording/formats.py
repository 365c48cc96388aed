"""The names of the formats of transcripts, as people who made the files know them."""

from __future__ import annotations

from collections.abc import Mapping

from comparia.messages import N_
from comparia.messages import gettext as _

_NAMES: Mapping[str, str] = {
    "webvtt": N_("subtitles (VTT)"),
    "srt": N_("subtitles (SRT)"),
    "sbv": N_("subtitles (SBV)"),
    "ttml": N_("subtitles (TTML)"),
    "elan": N_("annotations of ELAN"),
    "transcriber": N_("transcript of Transcriber"),
    "praat": N_("annotations of Praat"),
    "chat": N_("transcript in the CHAT format"),
    "tei": N_("transcript in TEI"),
    "akoma-ntoso": N_("minutes in Akoma Ntoso"),
    "web-page": N_("web page"),
    "teams-document": N_("Word document of Teams"),
    "meet-document": N_("document of Google Meet"),
    "document": N_("text document"),
    "spreadsheet": N_("spreadsheet"),
    "pdf": N_("PDF"),
    "provider-json": N_("speech recognition (JSON)"),
    "whisper-json": N_("speech recognition (JSON)"),
    "loose-json": N_("list of turns (JSON)"),
    "contributions-json": N_("written contributions (JSON)"),
    "contributions-csv": N_("written contributions (CSV)"),
    "zoom-chat": N_("chat of Zoom"),
    "meeting-chat": N_("chat of the meeting"),
    "turn-table": N_("table of turns"),
    "polis-votes": N_("consultation on Polis"),
    "survey": N_("answers to a form"),
    "text": N_("text"),
}
"""Name of each format that comes with Comparia, by its code; those of plug-ins have their own."""


def transcript_formats(codes: tuple[str, ...]) -> str:
    """Return the names of the formats of a session, each once: `subtitles (VTT), chat of Zoom`."""
    return ", ".join(dict.fromkeys(_(_NAMES[code]) if code in _NAMES else code for code in codes))
