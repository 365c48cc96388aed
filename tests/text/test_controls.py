"""Characters that act do nothing, and cells are not computed."""

import pytest

from comparia.text.controls import one_line, shown_text, table_cell, xml_text


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("  +1", "'  +1"),
        ("\t=1", "'\t=1"),
        ("\tname", "'\tname"),
        ("\r@x", "'@x"),
        ("＝1", "'＝1"),
        ("\u202e=1", "'=1"),
        ("-", "'-"),
        ("plain – text", "plain – text"),
        ("", ""),
        (-3, -3),
        (None, None),
        (False, False),
    ],
)
def test_no_cell_is_a_formula(value, cell):
    assert table_cell(value) == cell


def test_each_document_loses_only_what_it_cannot_show():
    text = "a\x00b\x0bc\td\ne\x1b[31mf\u202eg\u200eh\ufffei\ud800j"
    assert shown_text(text) == "abc\td\ne[31mfgh\ufffei\ud800j"
    assert one_line(text) == "ab c d e[31mfg\u200eh\ufffeij"
    assert xml_text(text) == "abc\td\ne[31mf\u202eg\u200ehij"
