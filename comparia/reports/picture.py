"""Our drawings (SVG) as pictures (PNG), by resvg and fonts that come as packages: `pip install "comparia[png]"`.

No program of the system is needed and nothing is fetched. Texts are set in Source Sans 3 and marks in Fira Code, so
that a picture is the same on every machine. Letters of other scripts than ours (Latin, Greek, Cyrillic) are taken from
the fonts of the machine, if it has any.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path
from typing import Any

from comparia.errors import MissingExtra
from comparia.messages import gettext as _

MEDIA_TYPE = "image/png"

ZOOM = 2.0
"""Dots for each unit of a drawing, across and down: sharp on a slide and on paper."""

FONTS = ("fontpkg_source_sans_3", "fontpkg_fira_code")
"""Packages that hold the fonts, in `files`."""

_FAMILIES = "svg, text, tspan { font-family: 'Source Sans 3', sans-serif }"

_MARKS = {"●": "●", "○": "○", "◐": "◐", "◒": "◒", "◍": "◎"}
"""Marks of verdicts, and the signs of Fira Code that stand for them, in the legend and in the bars alike."""

_OTHER_LETTERS = re.compile(r"[^\x00-\u052f\u1e00-\u1eff\u2000-\u27bf]")
"""Matches a letter that the fonts do not have."""

_KEEPER = '<tspan font-size="1" fill="none">⁇</tspan>'
"""An unseen sign that Source Sans 3 has and Fira Code has not: resvg sets a whole text in the font of a missing mark
when that font has every sign of it, words included."""

_TEXT = re.compile(r"(?<=>)[^<>]+(?=</(?:text|tspan)>)")
_MARK = re.compile(f"[{''.join(_MARKS)}]")


def png_of(svg: str | bytes, *, zoom: float = ZOOM) -> bytes:
    """Return a drawing of ours as PNG, on white.

    Args:
        svg: the drawing: SVG 1.1, whose texts hold no markup.
        zoom: dots for each of its units.

    Raises:
        MissingExtra: resvg or the fonts are not installed.
    """
    module = _resvg()
    drawing = svg.decode("utf-8") if isinstance(svg, bytes) else svg
    content = module.svg_to_bytes(
        svg_string=_TEXT.sub(_marked, drawing),
        background="#ffffff",
        zoom=zoom,
        style_sheet=_FAMILIES,
        sans_serif_family="Source Sans 3",
        skip_system_fonts=_OTHER_LETTERS.search(drawing) is None,
        font_files=[str(font) for font in _fonts()],
    )
    return bytes(content)


def is_installed() -> bool:
    """Return whether pictures can be made here."""
    return all(importlib.util.find_spec(name) is not None for name in ("resvg_py", *FONTS))


def _resvg() -> Any:
    if not is_installed():
        raise MissingExtra(_("A picture (PNG)"), 'pip install "comparia[png]"')
    return importlib.import_module("resvg_py")


def _fonts() -> list[Path]:
    found = []
    for name in FONTS:
        spec = importlib.util.find_spec(name)
        for place in spec.submodule_search_locations or () if spec is not None else ():
            found += sorted((Path(place) / "files").glob("*.?tf"))
    return found


def _marked(text: re.Match[str]) -> str:
    """Return a text of a drawing with each mark in the font that has it."""
    style = "font-family: 'Fira Code'"
    return _MARK.sub(lambda mark: f'<tspan style="{style}">{_MARKS[mark[0]]}</tspan>{_KEEPER}', text[0])
