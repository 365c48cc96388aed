"""A recap as blocks to be written on, and a paragraph as sentences to be taken."""

import pytest

from comparia.text.recaps import source_blocks, whole_sentences
from tests.work import assert_linear

RECAP = """# Title ##

A paragraph. [T2]

* one
  - under it
* two

3) a number

---

| Action | Qui |
|--|--|
| faire | moi |

#### Small
"""


def test_headings_lists_and_tables_stay_what_they_are():
    assert source_blocks(RECAP) == [
        "# Title",
        "A paragraph. [T2]",
        "- one\n  - under it",
        "- two",
        "1. a number",
        "| Action | Qui |\n|--|--|\n| faire | moi |",
        "### Small",
    ]


def test_the_tags_of_a_recap_become_marks():
    assert source_blocks("<h2>Title</h2><p>So <b>it</b> is.</p><ul><li>one</li></ul>") == [
        "## Title",
        "So **it** is.",
        "- one",
    ]


@pytest.mark.parametrize(
    ("paragraph", "sentences"),
    [
        ("Il a plu hier. [T2]. Nous allons bien.", ["Il a plu hier. [T2].", "Nous allons bien."]),
        ("Il a plu hier [T2]. Nous allons bien. [T3, T4]", ["Il a plu hier [T2].", "Nous allons bien. [T3, T4]"]),
        (
            "Elle dit « Bonsoir, la pluie. Nous allons » [T2]. Puis elle part.",
            ["Elle dit « Bonsoir, la pluie. Nous allons » [T2].", "Puis elle part."],
        ),
        (
            "“No. Never. Not once” was the answer. Then silence.",
            ["“No. Never. Not once” was the answer.", "Then silence."],
        ),
        ("One\nparagraph, wrapped. In two.", ["One paragraph, wrapped.", "In two."]),
        ("", []),
    ],
)
def test_quotations_are_not_cut_and_marks_of_turns_are_no_sentence(paragraph, sentences):
    assert whole_sentences(paragraph) == sentences
    assert " ".join(sentences) == " ".join(paragraph.split())


@pytest.mark.parametrize("part", ["« a. B ", "“A. B” c. ", "A. [T1] ", "[T", "A. ([T1]", "* a\n", "a. "])
def test_the_work_grows_with_a_recap_and_not_with_its_square(part):
    assert_linear(whole_sentences, lambda size: part * size, 1_000)
    assert_linear(source_blocks, lambda size: part * size, 1_000)
