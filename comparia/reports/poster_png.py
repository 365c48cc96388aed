"""The poster as a picture (PNG): the drawing of `poster`, for programs that take no SVG."""

from __future__ import annotations

from comparia.records import Run
from comparia.reports import poster
from comparia.reports.picture import MEDIA_TYPE, png_of

__all__ = ["DESCRIPTION", "MEDIA_TYPE", "PUBLISHED", "SUFFIX", "write"]

SUFFIX = "poster.png"
DESCRIPTION = 'the same poster as a picture; needs `pip install "comparia[png]"`'
PUBLISHED = True


def write(run: Run, *, with_names: bool = False) -> bytes:
    """Return the poster as PNG. Raises MissingExtra.

    Args:
        run: the run, its texts as they are to be published.
        with_names: whether those who hold a lost view are named.
    """
    return png_of(poster.write(run, with_names=with_names))
