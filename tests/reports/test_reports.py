"""Reports: every format shows every run, hides nothing, and lets nothing hostile act."""

import csv
import io
import json
import re
from html.parser import HTMLParser

import pytest

from comparia import reports
from comparia.errors import RunFileError, StoreUnwritable, UnknownName
from comparia.messages import speaking
from comparia.records import FORMAT_VERSION, Failure, PointEvidence, Prompt, Score, Sending
from comparia.reports import FORMATS, picture, render, run_from_json
from comparia.reports.markdown import inert, slug, variant_files
from comparia.reports.reasons import worded
from comparia.reports.view import View
from tests.samples_for_tests import MOMENT

PICTURES = ("png", "poster-png")
every_format = pytest.mark.parametrize(
    "format",
    [
        pytest.param(
            name, marks=pytest.mark.skipif(not picture.is_installed(), reason="resvg or its fonts are missing")
        )
        if name in PICTURES
        else name
        for name in FORMATS
    ],
)

SCRIPT = "<script>alert(1)</script>"
IMAGE = "![x](https://evil/?q=1)"
LINK = "[a](javascript:alert(1))"
TAG = '<img src=x onerror="alert(1)"><a href="https://evil">b</a>'
BIDI = "\u202etxt.exe\u2066\u200f"
ESCAPE = "\x1b]0;owned\x07\x1b[31m\x9b31m"
NAME = "</li><script>name()</script>"
HOSTILE = f"{SCRIPT} {IMAGE} {LINK} {TAG} {BIDI} {ESCAPE} [c]: https://evil/ [d][c] <https://evil/>"
ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Page(HTMLParser):
    """The tags and addresses of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.addresses, self.handlers = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("href", "src", "action", "srcset"):
                self.addresses.append(value)
            if name.startswith("on"):
                self.handlers.append(name)


def text(run, format):
    return render(run, format).decode("utf-8")


def flat(page):
    """Words without the frames and line breaks of the terminal."""
    return " ".join(re.sub(r"[│╭╮╰╯─┃┏┓┗┛━┡┩┼┬┴├┤╇┳┻]", " ", page).split())


def table(run):
    return list(csv.DictReader(io.StringIO(text(run, "csv").removeprefix("\ufeff"))))


@pytest.fixture(scope="module")
def empty(make_run):
    return make_run(missing=2, status="started")


@pytest.fixture(scope="module")
def partial(make_run, make_variant, reference):
    variants = (
        make_variant("v1", "Nothing quoted: the market should stay on the square."),
        make_variant("v2", backend="mistral:small", author="model", prompt="pr_1"),
        make_variant(
            "v3", "Cut.", backend="mistral:small", author="model", prompt="pr_1", repeat=2, warnings=("cut_input",)
        ),
    )
    return make_run(variants, missing=1, status="partial", reference=reference)


@pytest.fixture(scope="module")
def full(make_run, make_variant, reference):
    variants = (
        make_variant("v1", "# Extracts\n\n- **Anne**: “Traders depend on it.” [T1]\n- “nobody said these words” [T2]"),
        make_variant(
            "v2", "Eight disabled parking spaces are needed.", backend="mistral:small", author="model", prompt="pr_1"
        ),
        make_variant("v3", "A trader opposes closing the square.", backend="by hand", author="human"),
    )
    run = make_run(variants, reference=reference)
    sending = Sending(
        at=MOMENT,
        run=run.id,
        backend="mistral:small",
        host="https://api.mistral.ai/v1/chat/completions",
        zone="eu",
        policy="eu",
        size=2048,
        tokens=500,
        sha256="ab" * 32,
    )
    return run.model_copy(update={"sendings": (sending,)})


@pytest.fixture(scope="module")
def hostile(make_run, make_variant, make_transcript, reference):
    session = make_transcript([(NAME, HOSTILE), ("=cmd|' /C calc'!A0", HOSTILE)] * 3, title=f"Title {HOSTILE}")
    points = tuple(
        point.model_copy(update={"id": f"{p}{SCRIPT}", "text": HOSTILE, "topic": HOSTILE})
        for p, point in enumerate(reference.key_points)
    )
    prompt = Prompt(
        id="pr_2", name="=cmd|' /C calc'!A0", description=HOSTILE, language="en", system=HOSTILE, steps=(HOSTILE,)
    )
    variants = (
        make_variant(
            "v1",
            f"# {HOSTILE}\n\n{HOSTILE}\n\n{SCRIPT}\n\n<div>Pierre is against it</div>\n\n“{HOSTILE} and more”",
            backend=f"=b {SCRIPT}",
        ),
        make_variant(
            "v2",
            backend=f"@b {HOSTILE}",
            prompt="pr_2",
            failure=Failure(kind="rejected", message=HOSTILE, cure=HOSTILE),
        ),
        make_variant(
            "v3",
            "[c]: https://evil/\n\n> [e]: https://evil/\n\n[d][c] ![d][c] &#x202e;x " + "[" * 5000,
            warnings=(HOSTILE,),
        ),
    )
    return make_run(
        variants,
        session=session,
        reference=reference.model_copy(update={"key_points": points, "reviewed_by": HOSTILE}),
        prompts=(prompt,),
    )


@pytest.fixture(params=["empty", "partial", "full", "hostile"])
def run(request):
    return request.getfixturevalue(request.param)


@every_format
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_format_renders_every_run_in_both_languages(run, format, language):
    with speaking(language):
        content = render(run, format)
    magic = {"docx": b"PK", "odt": b"PK", "parquet": b"PAR1", "votes-parquet": b"PAR1"}
    magic = (magic | dict.fromkeys(PICTURES, b"\x89PNG")).get(format)
    assert content.startswith(magic) if magic else content.decode("utf-8") or format == "votes"  # nobody voted
    assert content == render_again(run, format, language)


def render_again(run, format, language):
    with speaking(language):
        return render(run, format)


def test_a_format_nobody_knows_is_refused():
    with pytest.raises(UnknownName):
        render(None, "pdf")


@pytest.mark.parametrize("format", ["html", "markdown", "text", "csv", "json"])
def test_a_failure_is_visible_with_its_message(partial, format):
    page = flat(text(partial, format))
    assert "no answer" in page
    assert "mistral:small" in page


@pytest.mark.parametrize("format", ["html", "markdown", "csv", "json"])
def test_what_is_unscored_says_why(partial, format):
    page = text(partial, format)
    unscored = [score for score in partial.scores if score.value is None]
    assert {score.metric for score in unscored} >= {"verbatim_quotations"}
    for score in unscored:
        assert (score.reason if format == "json" else worded(score.reason)) in page


def test_the_terminal_says_why_too(partial):
    assert "Nothing is quoted." in flat(text(partial, "text"))


@pytest.mark.parametrize("format", ["html", "csv", "json", "markdown"])
def test_every_score_shows_its_signature(full, partial, format):
    import html

    for run in (full, partial):
        page = html.unescape(text(run, format)) if format == "html" else text(run, format)
        page = page.replace('\\"', '"') if format == "json" else page
        assert run.scores
        for score in run.scores:
            assert score.signature in page


@pytest.mark.parametrize("format", ["html", "markdown", "text"])
def test_a_cut_reading_is_said(partial, format):
    page = flat(text(partial, format))  # the terminal's columns cut the sentence: its rarest word
    assert ("fewer" if format == "text" else "has not read the whole session") in page


@pytest.mark.parametrize("format", ["html", "markdown", "text"])
def test_extracts_are_never_called_ai_and_models_are(full, format):
    page = flat(text(full, format))
    assert "no AI" in page
    assert "mistral:small" in page
    assert "api.mistral.ai" in page


def test_the_page_says_what_is_missing(empty, partial):
    assert "has not been written yet" in text(partial, "html") or "have not been written yet" in text(partial, "html")
    assert "2 recaps have not been written yet" in text(empty, "html")


def test_the_page_shows_the_words_behind_each_verdict(full):
    page = text(full, "html")
    assert "We need eight disabled parking spaces" in page
    assert 'href="#T3"' in page
    assert 'id="T3"' in page


def test_the_page_is_in_the_reader_s_language(full):
    assert '<html lang="en">' in text(full, "html")
    with speaking("fr"):
        page = text(full, "html")
    assert '<html lang="fr">' in page
    assert re.search(r"\d\u202f%", page)
    assert '<div class="text" lang="en">' in page


def test_the_page_needs_no_network_and_no_script(run):
    page = Page(text(run, "html"))
    assert not {"script", "iframe", "img", "object", "embed", "link", "form", "base", "video", "audio"} & set(page.tags)
    assert not page.handlers
    assert all(address.startswith("#") for address in page.addresses)


def test_every_place_the_page_points_to_exists(full, partial):
    for run in (full, partial):
        page = text(run, "html")
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        assert {address[1:] for address in Page(page).addresses} <= set(ids)


def test_hostile_text_is_shown_on_the_page_and_does_nothing(hostile):
    page = text(hostile, "html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;/li&gt;&lt;script&gt;name()&lt;/script&gt;" in page
    assert "javascript:" not in " ".join(Page(page).addresses)
    assert "Pierre is against it" in page


@pytest.mark.parametrize("format", ["html", "markdown", "text", "csv"])
def test_no_control_or_bidirectional_character_reaches_the_reader(hostile, format):
    page = text(hostile, format).replace("\r\n", "\n")
    assert not ACTING.findall(page)


def test_hostile_text_does_nothing_in_markdown(hostile):
    from markdown_it import MarkdownIt

    whole = MarkdownIt("commonmark").enable("table").render(text(hostile, "markdown"))
    pages = [whole, *(MarkdownIt().render(content.decode()) for content in variant_files(hostile).values())]
    for page in pages:
        found = Page(page)
        assert not {"script", "img", "a", "div"} & set(found.tags)
        assert not found.handlers
    assert "Pierre is against it" in whole
    assert "alert(1)" in whole


@pytest.mark.parametrize(
    "harmless", ["a < b and c > d", "[T12] said [sic]", "**bold** *x*", "1 [note] (aside)", "- [ ] to do", "a\n\n- b\n"]
)
def test_ordinary_markdown_is_left_alone(harmless):
    assert inert(harmless) == harmless


def test_nothing_is_hidden_in_the_terminal(hostile):
    page = flat(text(hostile, "text"))
    assert "Pierre is against it" in page or "<script>" in page
    from rich.console import Console

    from comparia.reports import terminal

    out = io.StringIO()
    terminal.show(hostile, Console(file=out, width=200, no_color=True), whole=True)
    assert "Pierre is against it" in flat(out.getvalue())


def test_no_cell_of_the_table_is_a_formula(hostile):
    rows = list(csv.reader(io.StringIO(text(hostile, "csv").removeprefix("\ufeff"))))
    cells = [cell for row in rows for cell in row]
    assert any(cell.startswith("'=cmd") for cell in cells)
    number = re.compile(r"-?\d+(\.\d+)?")
    assert not [cell for cell in cells if cell.lstrip()[:1] in ("=", "+", "-", "@") and not number.fullmatch(cell)]
    assert len({len(row) for row in rows}) == 1


def test_the_table_has_one_line_a_score_and_one_a_failure(full, partial):
    for run in (full, partial):
        rows = table(run)
        failures = [variant for variant in run.variants if variant.failure]
        assert len(rows) == len(run.scores) + len(failures)
        assert [row["metric"] for row in rows].count("failure") == len(failures)
        for row, score in zip(rows[len(failures) :], run.scores, strict=True):
            assert (row["metric"], row["signature"]) == (score.metric, score.signature)
            assert row["value"] == ("" if score.value is None else str(score.value))


def test_the_table_opens_in_a_spreadsheet(full):
    assert render(full, "csv").startswith(b"\xef\xbb\xbfrun,metric,variant,")


def test_json_gives_the_same_run_back(run):
    assert run_from_json(render(run, "json")) == run


def test_json_has_its_header_first_and_its_bulk_last(full):
    keys = list(json.loads(render(full, "json")))
    assert keys[:4] == ["format", "id", "status", "created_at"]
    assert keys[-2:] == ["variants", "transcript"]


def test_a_newer_format_is_refused_by_name(full):
    document = json.loads(render(full, "json"))
    document["format"] = FORMAT_VERSION + 1
    with pytest.raises(RunFileError) as caught:
        run_from_json(json.dumps(document).encode(), "tomorrow.json")
    assert "newer" in str(caught.value)
    assert "tomorrow.json" in str(caught.value)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b"1", b"\xff\xfe", b'{"format": 1}', b"[" * 100_000, b'{"format": "x"}']
)
def test_what_is_not_a_run_is_refused(data):
    with pytest.raises(RunFileError):
        run_from_json(data)


def test_an_unknown_field_is_refused(full):
    document = json.loads(render(full, "json"))
    document["variants"][0]["surprise"] = 1
    with pytest.raises(RunFileError, match="surprise"):
        run_from_json(json.dumps(document).encode())


@every_format
def test_scores_of_another_making_are_shown_without_failing(full, format):
    odd = (
        Score(
            metric="key_point_coverage",
            variants=("v1",),
            value=0.5,
            signature="odd|1",
            evidence=(PointEvidence(key_point="P1", verdict="[/] strange"),),
        ),
        Score(metric="[/] new metric", variants=("v1",), value=0.5, signature="odd|2"),
        Score(metric="content_divergence", variants=("v1", "gone"), value=0.5, signature="odd|3"),
        Score(metric="verbatim_quotations", variants=("v2",), value=0.5, signature="odd|4"),
    )
    sending = full.sendings[0].model_copy(update={"host": "nowhere"})
    assert render(full.model_copy(update={"scores": odd, "sendings": (sending,)}), format) or format == "votes"


def test_a_folder_of_reports_holds_the_page_and_one_file_a_variant(full, tmp_path):
    written = reports.write(full, tmp_path / "new" / "folder")
    assert [path.name for path in written] == [
        "report.html",
        "v1-extractive-speakers.md",
        "v2-mistral-small-plain.md",
        "v3-by-hand.md",
    ]
    assert all(path.stat().st_size for path in written)


def test_no_id_of_a_variant_leads_out_of_the_folder(make_run, make_variant, tmp_path):
    run = make_run((make_variant("../../out", "Text."), make_variant("/etc/x", "Text.", backend="../b")))
    for path in reports.write(run, tmp_path / "folder"):
        assert path.parent == tmp_path / "folder"
        assert ".." not in path.name


def test_a_folder_that_cannot_be_written_is_said(full, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnwritable):
        reports.write(full, tmp_path / "file")


@pytest.mark.parametrize(
    ("label", "piece"),
    [("Synthèse fidèle", "synthese-fidele"), ("../..", "variant"), ("a" * 99, "a" * 60), ("日本", "variant")],
)
def test_file_names_are_plain(label, piece):
    assert slug(label) == piece


def test_a_long_sample_is_rendered_whole(foirail, make_run, make_variant):
    session, reference = foirail
    variants = [make_variant(f"v{n}", "\n".join(f"- {p.text}" for p in reference.key_points[n::3])) for n in range(3)]
    run = make_run(variants, session=session, reference=reference)
    with speaking("fr"):
        page = text(run, "html")
    assert page.count('class="few"') == sum(map(reference.is_minority, reference.key_points))
    assert all(f'id="T{turn.number}"' in page for turn in session.turns if turn.channel != "system")


def test_scores_of_two_recipes_stand_in_two_columns_and_the_report_says_why(make_run, make_variant, reference):
    run = make_run((make_variant("v1", "The market stays."), make_variant("v2", "Cement bags.")), reference=reference)
    other = tuple(
        s.model_copy(update={"signature": s.signature + "x"})
        if s.metric == "key_point_coverage" and s.variants == ("v2",)
        else s
        for s in run.scores
    )
    assert View(run).split_reason == ""
    mixed = run.model_copy(update={"scores": other})
    view = View(mixed)
    columns = [c for c in view.columns if c.metric == "key_point_coverage"]
    assert [(view.cell(c, "v1") is None, view.cell(c, "v2") is None) for c in columns] == [
        (False, True),
        (True, False),
    ]
    for shape in ("html", "markdown"):
        assert view.split_reason in reports.render(mixed, shape).decode()


def test_a_judge_that_disagrees_with_itself_is_shown_greyed(make_run, make_variant, reference):
    run = make_run((make_variant("v1", "The market stays."),), reference=reference)
    scores = tuple(s.model_copy(update={"measures": {**s.measures, "judge_kappa": 0.3}}) for s in run.scores)
    page = reports.render(run.model_copy(update={"scores": scores}), "html").decode()
    assert 'class="value doubtful"' in page
    assert 'class="value doubtful"' not in reports.render(run, "html").decode()


def test_a_report_says_what_was_hidden_and_what_that_cannot_do(make_run, make_variant):
    from comparia import privacy
    from comparia.records import Sending, now

    run = make_run((make_variant("v1", "Un recap."),))
    sent = Sending(
        at=now(),
        run=run.id,
        backend="b",
        host="https://api.example/v1",
        zone="eu",
        policy="eu",
        size=10,
        tokens=3,
        sha256="0" * 64,
    )
    found = privacy.AUTO.of(run.transcript)
    hidden = run.model_copy(
        update={"pseudonyms": found, "sendings": (sent.model_copy(update={"pseudonymised": True}),)}
    )
    bare = run.model_copy(update={"sendings": (sent,)})
    for form in ("html", "markdown", "text"):
        said = reports.render(hidden, form).decode()
        assert "Names were sent as they are" not in said
        assert "a nickname" in said, form
        assert "Names were sent as they are" in reports.render(bare, form).decode()


def test_what_all_some_and_none_keep_adds_up(make_run, make_variant, reference):
    full = " ".join(point.text for point in reference.key_points)
    run = make_run(
        [
            make_variant("v1", full),
            make_variant("v2", reference.key_points[0].text),
            make_variant("v3", "Nothing of it."),
        ],
        reference=reference,
    )
    lines = View(run).spread
    counts = [int(line.rpartition(": ")[2].split()[0]) for line in lines]
    assert sum(counts) == len(reference.key_points)
    assert any(line.startswith("Kept by 1 recap alone") for line in lines)
    for form in ("html", "markdown"):
        assert lines[0].split(":")[0] in reports.render(run, form).decode()
    assert View(make_run([make_variant("v1", full)], reference=reference)).spread == []


@every_format
def test_every_format_is_one_module_that_says_what_it_writes(format):
    form = FORMATS[format]
    assert form.media_type.count("/") == 1
    assert re.fullmatch(r"[a-z]+(\.[a-z]+)?", form.suffix)
    assert form.description
    assert callable(form.written_by.write)
    assert form.binary == (format in ("docx", "odt", "parquet", "votes-parquet", *PICTURES))
    assert form.needs_votes == (format in ("votes", "votes-parquet"))
    assert form.takes_template == (format == "docx")
    assert form.published == (format in ("public", "poster", "poster-png"))


def test_suffixes_and_names_of_formats_lead_to_one_format_each():
    assert len({form.suffix for form in FORMATS.values()}) == len(FORMATS)
    for name, form in FORMATS.items():
        assert form.suffix == name or form.suffix not in FORMATS
