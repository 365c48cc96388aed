"""The figure for a slide as a picture (PNG): the drawing of `figure`, for programs that take no SVG."""

from __future__ import annotations

from comparia.records import Run
from comparia.reports import figure
from comparia.reports.picture import MEDIA_TYPE, png_of

__all__ = ["DESCRIPTION", "MEDIA_TYPE", "SUFFIX", "write"]

SUFFIX = "png"
DESCRIPTION = 'the same figure as a picture, for programs that take no SVG; needs `pip install "comparia[png]"`'


def write(run: Run) -> bytes:
    """Return the figure as PNG. Raises MissingExtra."""
    return png_of(figure.write(run))
