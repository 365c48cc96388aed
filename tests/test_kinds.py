"""Kinds of session: those that come with the product, one's own, and the file that somebody sends."""

import tomllib

import pytest
from docx import Document

from comparia import library
from comparia.config import BackendSettings, Settings, shipped
from comparia.errors import InputError, UnknownName
from comparia.records import Choices, DocumentChoices

FIVE = ["council", "public-meeting", "workshop", "neighbourhood-council", "public-inquiry"]
FILE = """
name = "Our council"
language = "en"
prompts = ["recap/01-faithful-synthesis.md"]
models = ["albert:openweight-medium", "extractive:centrality"]
names = "always"
outline = ["Opening", "  Votes  "]
[document]
people = "initials"
"""


@pytest.fixture
def settings(tmp_path):
    return Settings(outputs=tmp_path / "outputs")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_five_kinds_come_with_the_product_in_each_language(language, settings):
    kinds = library.session_kinds(language, settings=settings)
    assert [kind.id for kind in kinds] == FIVE
    for kind in kinds:
        assert not kind.is_own
        assert kind.language == language
        assert kind.name
        assert kind.about
        assert set(kind.prompts) <= library.shipped_prompts().keys()
        assert {place.partition("/")[0] for place in kind.prompts} == {"compte-rendu" if language == "fr" else "recap"}
        assert kind.models == ()
        assert len(kind.document.outline) >= 4


def test_both_languages_have_the_same_choices(settings):
    def choices(language):
        return [
            (kind.id, kind.names, len(kind.prompts), kind.document.model_copy(update={"outline": ()}))
            for kind in library.session_kinds(language, settings=settings)
        ]

    assert choices("fr") == choices("en")


def test_a_file_is_read_back_as_it_was_written(settings):
    for language in ("fr", "en"):
        for kind in library.session_kinds(language, settings=settings):
            text = library.kind_as_toml(kind)
            read, left_out = library.read_kind(text, kind.id, settings=settings)
            assert read == kind.model_copy(update={"is_own": True})
            assert left_out == ()


def test_a_kind_is_kept_changed_and_given_back(settings):
    read, _left_out = library.read_kind(FILE, "ours", settings=settings)
    library.keep_kind(read, settings=settings)
    assert library.session_kind("ours", "en", settings=settings) == read
    with pytest.raises(UnknownName):
        library.session_kind("ours", "fr", settings=settings)
    council = library.session_kind("council", "en", settings=settings)
    library.keep_kind(council.model_copy(update={"name": "Ours"}), settings=settings)
    assert library.session_kind("council", "en", settings=settings).name == "Ours"
    assert [kind.id for kind in library.session_kinds("en", settings=settings)] == [*FIVE, "ours"]
    library.remove_kind("council", "en", settings=settings)
    assert library.session_kind("council", "en", settings=settings) == council
    with pytest.raises(UnknownName):
        library.remove_kind("council", "en", settings=settings)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('models = ["x@http://evil.example/v1"]', "address"),
        ('models = ["http://evil.example/v1"]', "address"),
        ('models = ["gguf:/home/model.gguf"]', "address"),
        ('base_url = "http://evil.example/v1"', "base_url"),
        ('key_variable = "PATH"', "key_variable"),
        ('policy = "world"', "policy"),
        ('names = "never"', "names"),
        ("name = 3", "name"),
        ("[document]\nrecap = 'v1'", "document.recap"),
        ("[backends.x]\nbase_url = 'http://evil.example'", "backends"),
        ("= broken", "TOML"),
    ],
)
def test_a_file_that_names_a_server_a_key_or_a_weaker_rule_is_refused(settings, line, said):
    text = line if line.startswith("name = ") else f'name = "X"\n{line}'
    with pytest.raises(InputError, match=said):
        library.read_kind(f'language = "en"\n{text}', "x", settings=settings, file="sent.toml")


def test_what_is_not_known_here_is_left_out_and_told(settings):
    text = 'name = "X"\nlanguage = "en"\nprompts = ["recap/nothing.md", "../../x.md"]\nmodels = ["albert:a", "mine:b", "replays:x"]'
    kind, left_out = library.read_kind(text, "x", settings=settings)
    assert (kind.prompts, kind.models) == ((), ("albert:a",))
    assert left_out == ("recap/nothing.md", "../../x.md", "mine:b", "replays:x")
    mine = settings.model_copy(update={"backends": {"mine": BackendSettings(preset="mistral", model="m")}})
    assert library.read_kind(text, "x", settings=mine).kind.models == ("albert:a", "mine:b")


def test_hiding_is_never_less_strict_than_it_was(settings):
    kind, _left_out = library.read_kind(FILE, "ours", settings=settings)
    taken = library.with_kind(Choices(backends=("extractive:speakers",), policy="fr"), kind, settings=settings)
    assert taken.pseudonyms == "always"
    assert taken.backends == ("albert:openweight-medium", "extractive:centrality")
    assert taken.policy == "fr"
    loose = kind.model_copy(update={"names": "auto", "models": ()})
    strict = settings.model_copy(update={"pseudonyms": "always"})
    assert library.with_kind(Choices(), loose, settings=strict).pseudonyms == "always"
    assert library.with_kind(Choices(pseudonyms="always"), loose, settings=settings).pseudonyms == "always"
    assert library.with_kind(Choices(backends=("a:b",), other="c:d"), loose, settings=settings).other == "c:d"


def test_choices_become_a_kind_without_what_has_no_name(settings):
    choices = Choices(
        backends=("extractive:centrality", "gguf:/m.gguf"),
        other="m@http://127.0.0.1:9/v1\nalbert:x",
        prompts=("recap/02-points-of-view.md", "gone/x.md"),
        pseudonyms="never",
    )
    document = DocumentChoices(recap="v1", title="T", outline=("A",))
    kind, left_out = library.kind_of_choices("Council of our town!", "en", choices, document, settings=settings)
    assert (kind.id, kind.name) == ("council-of-our-town", "Council of our town!")
    assert kind.models == ("extractive:centrality", "albert:x")
    assert kind.prompts == ("recap/02-points-of-view.md",)
    assert kind.names == ""
    assert (kind.document.recap, kind.document.title, kind.document.outline) == ("", None, ("A",))
    assert left_out == ("gguf:/m.gguf", "m@http://127.0.0.1:9/v1")
    library.keep_kind(kind, settings=settings)
    again = library.kind_of_choices("Council of our town!", "en", choices, document, settings=settings).kind
    assert again.id == "council-of-our-town-2"


def test_what_its_file_cannot_hold_is_refused_and_nothing_is_kept(settings):
    with pytest.raises(InputError):
        library.read_kind(FILE.replace('"Our council"', '"   "'), "x", settings=settings)
    many = tuple(f"albert:model-{n}" for n in range(13))
    chosen = library.kind_of_choices("Many", "en", Choices(backends=many), DocumentChoices(), settings=settings)
    with pytest.raises(InputError):
        library.keep_kind(chosen.kind, settings=settings)
    assert [kind.name for kind in library.session_kinds("en", settings=settings) if kind.is_own] == []


def test_a_damaged_file_of_ones_own_is_told_and_hides_no_other(settings):
    library.keep_kind(library.read_kind(FILE, "ours", settings=settings).kind, settings=settings)
    folder = settings.outputs / "kinds"
    (folder / "broken.en.toml").write_text("= no")
    (folder / "server.en.toml").write_text('name = "S"\nlanguage = "en"\nmodels = ["m@http://x/v1"]')
    (folder / "notes.toml").write_text("no kind")
    assert [kind.id for kind in library.session_kinds("en", settings=settings)] == [*FIVE, "ours"]
    assert len(library.unreadable_kinds(settings)) == 2


def test_the_command_line_takes_a_kind(settings, comparia, command):
    session = shipped("transcripts") / "council-pool" / "session.txt"
    kind = library.read_kind(FILE.replace('"albert:openweight-medium", ', ""), "ours", settings=settings).kind
    library.keep_kind(kind, settings=settings)
    where = ["--outputs", str(settings.outputs), "--no-reference"]
    comparia("compare", str(session), "--kind", "ours", *where)
    run = library.read_run("last", settings=settings)
    assert [backend.name for backend in run.backends] == ["extractive:centrality"]
    assert library.document_choices(run.id, settings=settings) == kind.document
    assert [passage.text for passage in library.outline_of(run, settings=settings)] == [
        "## Opening",
        "",
        "## Votes",
        "",
    ]
    comparia("report", "last", "-f", "docx", "--to", "minutes.docx", "--outputs", str(settings.outputs))
    assert "initials" in "\n".join(paragraph.text for paragraph in Document("minutes.docx").paragraphs)
    _code, _out, err = command("compare", str(session), "--kind", "nope", *where)
    assert "council, neighbourhood-council, ours" in err
    assert tomllib.loads(library.kind_as_toml(kind))["outline"] == ["Opening", "Votes"]
