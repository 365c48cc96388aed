"""The page on which a recap is written, without scripts: begun, changed, undone, merged, looked at, put beside the others."""

import html
import re

import pytest

from comparia import library
from comparia.web.composing import without_citations
from tests.web.conftest import refusal, words

FIELDS = ("piece", "mark", "text", "variant", "original", "turn", "joined", "other_of")


def run_at(settings, address):
    return library.read_run(address.rsplit("/", 1)[1], settings=settings)


class Window:
    """A window on the page of a recap being composed, whose passages are those of its form."""

    def __init__(self, web, address):
        self.web, self.address = web, f"{address}/compose"
        self.page = web.get(self.address)
        self.read()

    def read(self):
        text = self.page.text
        self.known = re.search(r'name="known" value="([^"]*)"', text)[1]
        composed = text[text.index('<div id="composed"') : text.index('<template id="passage">')]
        self.pieces = [self.passage(part) for part in re.split(r'<div class="piece[ "]', composed)[1:]]

    @staticmethod
    def passage(part):
        values = {name: re.search(rf'name="{name}" value="([^"]*)"', part) for name in FIELDS}
        found = {name: html.unescape(match[1]) if match else "" for name, match in values.items()}
        found["text"] = html.unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", part, re.DOTALL)[1])
        chosen = re.search(r'<option value="([^"]*)" selected>', part)
        return found | {"mark": html.unescape(chosen[1])}

    @property
    def texts(self):
        return [piece["mark"] + piece["text"] for piece in self.pieces]

    def press(self, action, **more):
        """Send the form as it stands, by one of its buttons, and read the page that comes."""
        columns = {name: [piece[name] for piece in self.pieces] for name in FIELDS}
        self.page = self.web.post(self.address, data={"known": self.known, "action": action, **columns, **more})
        assert [step.status_code for step in self.page.history][:1] == [303]
        if 'name="known"' in self.page.text and '<div id="composed"' in self.page.text:
            self.read()
        return self.page


@pytest.fixture
def window(web, compared):
    return Window(web, compared)


def test_a_recap_begins_with_a_whole_one_its_headings_and_lists_kept(window, compared, settings):
    recap = run_at(settings, compared).variants[0]
    assert "Where would you like to start?" in words(window.page)
    window.press(f"start:{recap.id}")
    assert window.texts[0].startswith("# ")
    assert any(text.startswith("- ") for text in window.texts)
    assert {piece["variant"] for piece in window.pieces} == {recap.id}
    composed = library.composition(compared.rsplit("/", 1)[1], settings=settings)
    assert composed.text.split() == recap.summary.split()
    assert "left" in window.page.text


def test_a_recap_begins_with_the_usual_headings(window):
    window.press("start:outline")
    assert window.texts[::2] == [
        "## Setting", "## Participants", "## Discussion", "## What stands out", "## What happens next",
    ]  # fmt: skip
    window.pieces[1]["text"] = "The council invited."
    window.press("save:")
    assert window.texts[1] == "The council invited."


def lacking(page):
    return re.findall(r'<li data-point="(\w+)">', page.text)


def test_each_view_that_is_not_kept_brings_what_says_it_and_goes_once_it_is_kept(window, compared, settings):
    run = run_at(settings, compared)
    few = [p.id for p in run.reference.key_points if run.reference.is_minority(p)]
    assert lacking(window.page)[: len(few)] == few
    assert len(lacking(window.page)) == len(run.reference.key_points)
    said = re.search(r'value="(words:(\w+):0)" data-text="([^"]*)"', window.page.text)
    window.press(said[1])
    assert window.texts == [html.unescape(said[3])]
    assert "“" in window.texts[0]
    assert int(window.pieces[0]["turn"]) > 0
    assert said[2] not in lacking(window.page)
    best = next(i for i in library.standing_of(run, window.texts[0]).lacking if i.best and i.best.verdict == "kept")
    assert f'value="best:{best.point.id}"' in window.page.text
    window.press(f"best:{best.point.id}", place="first")
    assert window.texts[0] == best.best.sentence
    assert window.pieces[0]["variant"] == best.best.variant
    assert best.point.id not in lacking(window.page)


def test_a_passage_is_put_at_the_chosen_place_moved_split_joined_and_taken_out(window, compared, settings):
    recap = run_at(settings, compared).variants[0]
    for number in (1, 2, 3):
        window.press(f"take:{recap.id}:{number}")
    one, two, three = (piece["piece"] for piece in window.pieces)
    window.press("own:", place=one)
    window.pieces[1]["text"] = "Mine. And more."
    mine = window.pieces[1]["piece"]
    window.press(f"split:{mine}")
    assert window.texts[1:3] == ["Mine.", "And more."]
    assert [piece["joined"] for piece in window.pieces[1:3]] == ["", "1"]
    window.press(f"up:{three}")
    assert [piece["piece"] for piece in window.pieces if piece["piece"] in (two, three)] == [three, two]
    window.press(f"down:{one}")
    assert window.pieces[1]["piece"] == one
    window.press(f"drop:{two}")
    assert len(window.pieces) == 4
    window.press(f"apart:{window.pieces[2]['piece']}")
    assert window.pieces[2]["joined"] == ""
    window.press(f"join:{window.pieces[2]['piece']}")
    assert window.pieces[2]["joined"] == "1"
    assert window.page.url.fragment == f"piece-{window.pieces[2]['piece']}"


def test_changes_are_undone_and_done_again_after_a_reload(window, web, compared):
    window.press("start:outline")
    window.pieces[1]["text"] = "Typed."
    window.press("own:")
    again = Window(web, compared)
    again.press("undo:")
    again.press("undo:")
    assert again.texts[1] == ""
    again.press("redo:")
    assert again.texts[1] == "Typed."
    for _time in range(5):
        again.press("undo:")
    assert again.texts == []
    assert 'value="undo:" disabled' in again.page.text


def test_two_windows_lose_nothing_of_each_other(window, web, compared):
    window.press("start:outline")
    other = Window(web, compared)
    window.pieces[1]["text"] = "From one window."
    window.press("save:")
    other.pieces[3]["text"] = "From the other."
    other.press("save:")
    assert [other.texts[1], other.texts[3]] == ["From one window.", "From the other."]
    window.pieces[3]["text"] = "Other words."
    window.press("save:")
    assert window.texts[3:5] == ["From the other.", "Other words."]
    assert words(window.page).count("Changed in two windows at once: both wordings are here.") == 2
    window.press(f"alone:{window.pieces[4]['piece']}")
    assert "From the other." not in window.texts
    assert "Other words." in window.texts
    assert "Changed in two windows at once" not in words(window.page)


def test_headings_and_whole_tables_are_offered_and_marks_of_turns_are_no_sentence(window, web, compared, settings):
    run = run_at(settings, compared)
    text = "## Actions\n\nAnn agrees. [T2] She says “so. Be it”.\n\n| Action | Who |\n|---|---|\n| Paint | Ann |\n"
    library.import_text(run.id, text, "Awa", settings=settings)
    recap = run_at(settings, compared).variants[-1]
    offered = [offer.text for offer in library.offers_of(recap)]
    assert offered == [
        "## Actions",
        "Ann agrees. [T2]",
        "She says “so. Be it”.",
        "| Action | Who |\n|---|---|\n| Paint | Ann |",
    ]
    window.press(f"take:{recap.id}:3")
    window.press(f"whole:{recap.id}")
    assert window.texts[0] == window.texts[-1] == offered[3]
    assert window.texts[1] == "## Actions"


def test_it_is_put_beside_the_others_once_and_brought_up_to_date(window, web, compared, settings):
    run = run_at(settings, compared)
    window.press(f"take:{run.variants[0].id}:2")
    page = window.press("finish:", author="Awa")
    assert page.url.fragment == "h1"
    assert "Your recap stands beside the others" in words(page)
    window = Window(web, compared)
    window.press("finish:", author="Awa")
    window.pieces[0]["text"] += " Changed."
    page = window.press("finish:", author="Awa")
    assert page.url.fragment == "h1"
    assert "with its present words" in words(page)
    after = run_at(settings, compared)
    mine = [variant for variant in after.variants if variant.author == "human"]
    assert [(v.backend, v.summary[-9:], v.pieces[0].variant) for v in mine] == [
        ("imported:Awa", " Changed.", run.variants[0].id)
    ]
    assert after.scored
    assert {v.id for v in after.variants} == {s.variants[0] for s in after.scores if s.metric == "key_point_coverage"}


def test_what_was_settled_of_its_earlier_words_is_given_back(window, web, compared, settings):
    run = run_at(settings, compared)
    window.press(f"take:{run.variants[0].id}:2")
    window.press("finish:")
    point = run.reference.key_points[0].id
    web.post(f"{compared}/verdicts", data={"point": point, "variant": "h1", "verdict": "contradicted"})
    again = Window(web, compared)
    again.pieces[0]["text"] += " Changed."
    again.press("finish:")
    with library.workbench(settings) as bench:
        assert bench.settled(run.id, run.reference) == {}


def test_a_recap_that_was_voted_on_keeps_its_words(window, web, compared, settings):
    run = run_at(settings, compared)
    window.press(f"take:{run.variants[0].id}:2")
    window.press("finish:", author="Awa")
    web.post(f"{compared}/votes", data={"variant": ["h1", run.variants[0].id]})
    again = Window(web, compared)
    again.pieces[0]["text"] += " Changed."
    page = again.press("finish:", author="Awa")
    assert page.url.fragment == "h2"
    mine = [v for v in run_at(settings, compared).variants if v.author == "human"]
    assert [v.backend for v in mine] == ["imported:Awa", "imported:Awa (2)"]
    assert "Changed" not in mine[0].summary


def test_nothing_composed_is_not_put_among_the_recaps(window, compared, settings):
    window.press("finish:")
    assert refusal(window.page)
    for action in (
        "take:v9:99",
        "take:v1:99999999999",
        "drop:nobody",
        "best:P99",
        "words:P01:77",
        "start:v9",
        "x:y",
        "",
    ):
        assert window.press(action).status_code == 200
    assert window.texts == []
    assert len(run_at(settings, compared).variants) == 2


def test_a_page_of_a_run_that_is_gone_says_so(web, compared):
    for part in ("", "/passages", "/standing", "/preview"):
        assert web.get(f"/runs/nowhere/compose{part}").status_code == 404
    assert web.post("/runs/nowhere/compose", data={"action": "own:"}).status_code == 404


def test_the_preview_shows_it_as_it_reads_and_it_is_downloaded_there(window, web, compared, settings):
    window.press("start:own")
    window.pieces[0] |= {"mark": "## ", "text": "What was said"}
    window.press("own:")
    window.pieces[1]["text"] = "Ann agrees [T2]. Call 07700 900987."
    page = window.press("preview:", author="Awa")
    assert page.url.path.endswith("/preview")
    assert "<h3>What was said</h3>" in page.text
    assert "Ann agrees. Call" in words(page)
    assert "1 piece of personal data" in words(page)
    assert "[T2]" in words(web.get(f"{compared}/compose/preview?turns=1"))
    markdown = web.get(f"{compared}/compose/recap.md")
    assert markdown.text == "## What was said\n\nAnn agrees. Call 07700 900987.\n"
    assert "attachment" in markdown.headers["content-disposition"]
    for kind in ("docx", "odt"):
        sent = web.post(f"{compared}/compose", data={"action": f"send:{kind}"})
        assert sent.url.path.endswith(f"/report.{kind}")
        assert sent.content[:2] == b"PK"
    assert len([v for v in run_at(settings, compared).variants if v.author == "human"]) == 1
    assert Window(web, compared).texts == ["## What was said", "Ann agrees [T2]. Call 07700 900987."]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It rains [T2]. So we go.", "It rains. So we go."),
        ("It rains. [T2]. So.", "It rains. So."),
        ("It rains [T2, T15].", "It rains."),
        ("A [note] stays.", "A [note] stays."),
        ("None.", "None."),
    ],
)
def test_marks_of_turns_are_left_out_of_the_preview(text, shown):
    assert without_citations(text) == shown


def test_a_script_is_told_what_is_kept(web, compared):
    """What a window sends is kept, and it is told the id of its state and that of the whole."""
    form = {name: [""] for name in FIELDS} | {"piece": ["a"], "text": ["One."], "action": "save:", "answer": "state"}
    first = web.post(f"{compared}/compose", data=form)
    assert first.url.path.endswith("/state")
    assert first.json()["known"] == first.json()["mine"]
    assert (first.json()["undo"], first.json()["redo"]) == (1, 0)
    other = web.post(f"{compared}/compose", data=form | {"piece": ["b"], "text": ["Two."]})
    assert other.json()["known"] != other.json()["mine"]
    assert other.json()["mine"]
    part = web.get(f"{compared}/compose/passages").text
    assert f'data-known="{other.json()["known"]}"' in part
    assert part.count('name="piece"') == 3  # two, and the one that a script copies
    assert 'id="lacking"' in web.get(f"{compared}/compose/standing").text


def test_altered_and_stitched_quotations_offer_the_exact_words_at_a_click(window, compared, settings):
    run = run_at(settings, compared)
    turns = [turn for turn in run.transcript.turns if len(turn.text.split()) > 25]
    one, other = turns[0], turns[3]
    exact = " ".join(one.text.split()[4:16])
    altered = " ".join([*exact.split()[:5], "really", *exact.split()[6:]])
    stitched = f"{' '.join(one.text.split()[:6])} […] {' '.join(other.text.split()[2:9])}"
    window.press("own:")
    window.pieces[0]["text"] = f"Someone said: “{altered}”. Later: “{stitched}”. And “{exact}”."
    page = window.press("save:")
    assert "Quotations to put right" in words(page)
    assert "was not said in one go" in words(page)
    assert page.text.count('value="exact:') == 2
    window.press("exact:1")
    page = window.press("exact:0")
    mended = window.texts[0]
    assert "Quotations to put right" not in words(page)
    assert altered not in mended
    assert "really" not in mended.partition("Later")[0].split()[:8]
    assert "” […] “" in mended


def test_the_pages_are_in_french_too(web, compared):
    web.headers["accept-language"] = "fr"
    page = web.get(f"{compared}/compose")
    assert "D’où voulez-vous partir\u202f?" in page.text
    assert "Partir de ce compte rendu" in page.text
