"""What the guides in `docs/` say is true, and their links, headings, tables and examples hold."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from comparia import ingest, metrics, prompts, records, references
from comparia.config import load_settings, shipped
from comparia.messages import speaking
from docs import generate
from tests.benchmarks import figures
from tests.documents import ROOT, anchors, blocks, commands, headings, links, outside_code, torn_rows, wrong_usage

DOCS = ROOT / "docs"
GUIDES = sorted(DOCS.glob("*.md"))
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("**/*.md"))]
WRITTEN_ELSEWHERE: set[str] = set()
"""Pages that links may lead to before they are there."""
TWINS = {
    "facilitateur.md": "facilitator.md",
    "formateur.md": "trainer.md",
    "chercheur.md": "researcher.md",
    "scores.fr.md": "scores.md",
    "statistiques.md": "statistics.md",
    "confidentialite.md": "privacy.md",
    "corriger.md": "corrections.md",
    "epreuves.md": "probes.md",
    "etudes.md": "studies.md",
}
"""Each French page, and its English one."""
ENGLISH_ONLY = {
    "architecture.md", "backends.md", "extending.md", "formats.md", "glossary.md", "promises.md", "prompts.md", "references.md",
    "scale.md",
    "settings.md",
}  # fmt: skip
BOTH = {"README.md"}
LONGEST = 200
MARKED = [
    pytest.param(document, block, id=f"{document.name}:{block.line}")
    for document in GUIDES
    for block in blocks(document.read_text("utf-8"))
    if "runnable" in block.marks
]

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
guides = pytest.mark.parametrize("document", GUIDES, ids=lambda path: path.name)
french_pages = pytest.mark.parametrize("name", sorted(TWINS))


@documents
def test_tables_are_whole(document):
    assert torn_rows(document.read_text("utf-8")) == []


@documents
def test_headings_are_unique(document):
    levels = "1,2" if document.name == "CHANGELOG.md" else "1,6"  # its versions share the words below
    found = headings(document.read_text("utf-8"), levels)
    assert sorted(found) == sorted(set(found))


@documents
def test_links_lead_somewhere(document):
    text = document.read_text("utf-8")
    for target in links(text):
        file, _mark, anchor = target.partition("#")
        path = (document.parent / file).resolve() if file else document
        if path.is_relative_to(ROOT) and _awaited(path.relative_to(ROOT)) and not path.exists():
            continue
        assert path.exists(), target
        assert not anchor or path.suffix != ".md" or anchor in anchors(path.read_text("utf-8")), target


def _awaited(path):
    return any(str(each) in WRITTEN_ELSEWHERE for each in (path, *path.parents))


@guides
def test_every_command_exists(document):
    for words in commands(document.read_text("utf-8")):
        if Path(words[0]).name == "comparia":
            assert wrong_usage(words) == "", words
        if words[0] == "make":
            assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE), words


@pytest.mark.parametrize(
    ("command", "is_right"),
    [
        ("comparia compare session.vtt -b extractive --repeats 3", True),
        ("comparia --help", True),
        ("comparia references suggest session.vtt --limit 12", True),
        ("comparia compare", False),
        ("comparia compare session.vtt --policy mars", False),
        ("comparia references suggest session.vtt --limit 0", False),
        ("comparia purge --run last", False),
        ("comparia explain last v1", False),
        ("comparia nowhere", False),
    ],
)
def test_a_wrong_command_is_noticed(command, is_right):
    assert (wrong_usage(command.split()) == "") is is_right


@guides
def test_a_guide_is_short(document):
    if document.name in {*TWINS, *TWINS.values(), *BOTH, *ENGLISH_ONLY}:
        assert len(document.read_text("utf-8").splitlines()) <= LONGEST


PICTURED = ("facilitator", "facilitateur", "trainer", "formateur", "researcher", "chercheur")
"""Guides that show what one meets; `make pictures` takes their pictures."""


@pytest.mark.parametrize("name", PICTURED)
def test_a_guide_has_pictures_of_its_language_that_say_what_they_show(name):
    shown = re.findall(r"!\[([^\]]*)\]\((images/[\w.]+)\)", (DOCS / f"{name}.md").read_text("utf-8"))
    language = "en" if name in {"facilitator", "trainer", "researcher"} else "fr"
    assert shown
    assert all(len(said) > 30 for said, _picture in shown)
    assert {picture.split(".")[-2] for _said, picture in shown} == {language}
    assert [picture for _said, picture in shown if not (DOCS / picture).is_file()] == []


@guides
def test_every_test_file_a_promise_names_is_there(document):
    for name in re.findall(r"`(tests/[\w/.]+)`", document.read_text("utf-8")):
        assert (ROOT / name).exists(), name


@french_pages
def test_a_french_page_has_an_english_twin_with_as_many_parts(name):
    french, english = ((DOCS / page).read_text("utf-8") for page in (name, TWINS[name]))
    assert [h.split(" ")[0] for h in headings(french)] == [h.split(" ")[0] for h in headings(english)]
    assert [block.text for block in blocks(french) if block.language == "sh"] != [] or "```sh" not in english


def test_every_page_in_two_languages_is_named():
    written_here = {page.name for page in GUIDES} - {Path(page).name for page in WRITTEN_ELSEWHERE}
    assert written_here == {*TWINS, *TWINS.values(), *ENGLISH_ONLY, *BOTH}


def test_the_index_leads_to_every_page():
    index = {target.partition("#")[0] for target in links((DOCS / "README.md").read_text("utf-8"))}
    assert {page.name for page in GUIDES} - index == {"README.md"}


@french_pages
def test_french_typography(name):
    text = "\n".join(
        re.sub(r"`[^`]*`|!?\[(?=[^\]]*\]\()|\]\([^)]*\)", "", line)
        for line in outside_code((DOCS / name).read_text("utf-8"))
    )
    wrong = re.findall(
        r".{0,20}(?:[^\s\u202f|] ?[;!?]| »|« |[^\u00a0]»|«[^\u00a0]|[^\u00a0/\d]:(?=\s)|\w'\w).{0,20}", text
    )
    assert wrong == []


@pytest.mark.parametrize("name", ["scores.md", "scores.fr.md"])
def test_every_metric_is_explained(name):
    text = (DOCS / name).read_text("utf-8")
    assert all(f"`{metric}`" in text for metric in metrics.METRICS)


def test_every_field_of_a_reference_is_explained():
    from comparia.references import files

    text = (DOCS / "references.md").read_text("utf-8")
    fields = [name for model in (files._File, files._KeyPoint, files._Said) for name in model.model_fields]
    assert [name for name in fields if f"`{name}`" not in text] == []


def test_every_variable_of_a_prompt_is_explained():
    text = (DOCS / "prompts.md").read_text("utf-8")
    assert all(f"`{{{{ {name} }}}}`" in text for name in prompts.VARIABLES)


@pytest.mark.whole
@pytest.mark.parametrize(("document", "block"), MARKED)
def test_an_example_marked_runnable_runs(document, block, tmp_path, monkeypatch):
    monkeypatch.setenv("COMPARIA_OUTPUTS", str(tmp_path / "outputs"))
    language = "fr" if document.name in TWINS else "en"
    sample = shipped("transcripts") / {"fr": "place-du-foirail", "en": "library-and-hub"}[language]
    for file in ("session.vtt", "chat.txt", "reference.yaml"):
        shutil.copy(sample / file, tmp_path / file)
    monkeypatch.chdir(tmp_path)
    if block.language == "python":
        exec(compile(block.text, f"{document.name}:{block.line}", "exec"), {})
    elif block.language == "yaml":
        session = ingest.read([tmp_path / "session.vtt", tmp_path / "chat.txt"])
        (tmp_path / "example.yaml").write_text(block.text, "utf-8")
        assert references.load(tmp_path / "example.yaml", session).key_points
    elif block.language == "markdown":
        (tmp_path / "example.md").write_text(block.text, "utf-8")
        assert prompts.load(tmp_path / "example.md").steps
    elif block.language == "toml":
        (tmp_path / "comparia.toml").write_text(block.text, "utf-8")
        assert load_settings({}, tmp_path / "comparia.toml").source
    else:
        assert block.language == "sh"
        _run_in_a_shell(block.text, tmp_path, language)


def _run_in_a_shell(text, folder, language):
    (folder / "bin").mkdir()
    command = folder / "bin" / "comparia"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m comparia "$@"\n', "ascii")
    command.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "COMPARIA_LANG": language,
    }
    done = subprocess.run(
        ["sh", "-e", "-c", text], cwd=folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", sorted(generate.PAGES))
def test_a_page_made_from_the_tables_of_the_program_is_up_to_date(name):
    with speaking("en"):
        assert (DOCS / name).read_text("utf-8") == generate.PAGES[name]()


def test_the_glossary_names_each_record_once_and_no_word_twice():
    text = (DOCS / "glossary.md").read_text("utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:3]] for line in text.splitlines() if line.startswith("| ")]
    rows = [row for row in rows if row[0] not in ("word", "---")]
    words, classes = [row[0] for row in rows], [row[1].strip("`") for row in rows if row[1]]
    public = {
        name
        for name, each in vars(records).items()
        if isinstance(each, type) and issubclass(each, records.Record) and not name.startswith("_")
    }
    assert sorted(words) == sorted(set(words))
    assert sorted(classes) == sorted(public - {"Record"})


@pytest.mark.parametrize("page", sorted((DOCS / "figures").glob("*.md")), ids=lambda path: path.name)
def test_marks_of_figures_come_in_pairs_and_name_a_command(page):
    text = page.read_text("utf-8")
    begun, ended = (re.findall(rf"<!-- {word} ([\w-]+) -->", text) for word in ("begin", "end"))
    assert begun == ended
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert all(re.search(rf"^{name}:", makefile, re.MULTILINE) for name in begun)


def test_a_benchmark_is_written_between_its_marks():
    page = "a\n<!-- begin b -->\n| old |\n<!-- end b -->\nc\n"
    assert figures.tables_of("x\n| n |\n|---|\n| 1 |\ny\n") == ["| n |\n|---|\n| 1 |"]
    assert figures.written(page, "b", ["| new |"]) == "a\n<!-- begin b -->\n| new |\n<!-- end b -->\nc\n"
    with pytest.raises(ValueError, match="2 tables"):
        figures.written(page, "b", ["| 1 |", "| 2 |"])
