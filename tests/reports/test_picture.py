"""Drawings as pictures: what is in them, in which letters, and what is told where they cannot be made."""

import struct
import sys
import zlib

import pytest

from comparia import reports
from comparia.errors import MissingExtra
from comparia.reports import picture
from comparia.reports.picture import png_of
from comparia.reports.study_figures import forest
from comparia.reports.verdicts import DRAWN, look_of

needs_resvg = pytest.mark.skipif(not picture.is_installed(), reason="resvg or its fonts are missing")


def drawing(*texts, width=400):
    lines = "".join(f'<text x="10" y="{30 + 30 * n}" font-size="20">{text}</text>' for n, text in enumerate(texts))
    size = f'width="{width}" height="{30 + 30 * len(texts)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="system-ui, sans-serif">{lines}</svg>'


def pixels(png):
    """Returns width, height and the rows of a picture, four bytes a dot."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, colours = struct.unpack(">IIBB", png[16:26])
    assert (depth, colours) == (8, 6)
    data, place = b"", 8
    while place < len(png):
        size, kind = struct.unpack(">I4s", png[place : place + 8])
        if kind == b"IDAT":
            data += png[place + 8 : place + 8 + size]
        place += size + 12
    raw, rows, before = zlib.decompress(data), [], bytearray(4 * width)
    for y in range(height):
        kind, *line = raw[y * (4 * width + 1) : (y + 1) * (4 * width + 1)]
        row = bytearray(line)
        for x in range(4 * width):
            left, above = row[x - 4] if x >= 4 else 0, before[x]
            corner = before[x - 4] if x >= 4 else 0
            near = min((left, above, corner), key=lambda one: abs(left + above - corner - one))
            row[x] = (row[x] + (0, left, above, (left + above) // 2, near)[kind]) % 256
        rows.append(bytes(row))
        before = row
    return width, height, rows


def beyond(png, column):
    """Returns the dots of a picture at the right of a column."""
    return [row[4 * column :] for row in pixels(png)[2]]


@needs_resvg
def test_a_picture_has_the_size_of_its_drawing_times_the_zoom_on_white():
    width, height, rows = pixels(png_of(drawing("Words")))
    assert (width, height) == (800, 120)
    assert rows[0][:4] == b"\xff\xff\xff\xff"
    assert any(row.count(0) for row in rows)  # there are letters
    assert pixels(png_of(drawing("Words"), zoom=1))[:2] == (400, 60)


@needs_resvg
def test_every_mark_is_drawn_and_none_like_another():
    drawn = [png_of(drawing(look_of(verdict).mark)) for verdict in DRAWN]
    assert len(set(drawn)) == len(DRAWN)
    assert png_of(drawing("")) not in drawn


@needs_resvg
@pytest.mark.parametrize("verdict", [verdict for verdict in DRAWN if look_of(verdict).mark in "●◐◒◍○"])
def test_words_beside_a_mark_are_set_as_other_words_are(verdict):
    same = [png_of(drawing(f"{mark} told as everybody’s 12")) for mark in ("●", look_of(verdict).mark)]
    assert beyond(same[0], 50) == beyond(same[1], 50)


@needs_resvg
def test_markup_in_a_text_stays_a_text():
    png_of(drawing("&lt;script&gt; &amp; ● “quoted”"))


@needs_resvg
@pytest.mark.parametrize("format", ["png", "poster-png"])
def test_a_report_is_a_picture_of_the_same_drawing(make_run, make_variant, reference, format):
    from comparia import library

    run = make_run([make_variant("v1", "The market should stay.")], reference=reference)
    form = reports.FORMATS[format]
    assert (form.media_type, form.binary) == ("image/png", True)
    svg = library.render(run, {"png": "svg", "poster-png": "poster"}[format])
    assert library.render(run, format) == png_of(svg)


@needs_resvg
def test_a_figure_of_a_study_is_a_picture_too():
    figure = forest((), "Title", "Below", None, "id")
    assert figure.png() == png_of(figure.svg)
    assert pixels(figure.png(zoom=1))[0] == 960


def test_without_resvg_the_cure_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(MissingExtra, match=r"optional package") as raised:
        png_of(drawing("Words"))
    assert 'pip install "comparia[png]"' in str(raised.value.cure)
