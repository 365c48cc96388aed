"""What would tell a voter who wrote a recap."""

import pytest

from comparia.judging.masking import Masking
from comparia.records import Backend, Call, Variant, now
from comparia.text.plain import plain


def variant(summary, backend="mistral:mistral-small-latest", id="v1", model="", author="model"):
    calls = (Call(request="rq", role="recap", expected_tokens=1, model=model),) if model else ()
    return Variant(id=id, prompt=None, backend=backend, author=author, summary=summary, calls=calls, finished_at=now())


@pytest.fixture
def masked(make_run, make_transcript):
    """Mask a text written by a backend, in a session where some words were said."""

    def build(text, backend="mistral:mistral-small-latest", said="A bench.", speaker="Ann", model="", same_style=False):
        session = make_transcript([(speaker, said), ("Ben", "A tree.")])
        found = variant(text, backend, model=model)
        preset = backend.partition(":")[0] if backend.startswith("mistral") else "openai-compatible"
        asked = Backend(name=backend, kind="openai_compatible", model=backend.rpartition(":")[2], preset=preset)
        run = make_run([found], session=session).model_copy(update={"backends": (asked,)})
        return Masking(run, [found], same_style=same_style).unsigned(found)

    return build


@pytest.mark.parametrize(
    "text",
    [
        "Written by Mistral.",
        "mistral-small-latest wrote this.",
        "I am MISTRAL SMALL LATEST",
        "By Mistral_Small:latest",
        "As an AI language model, I cannot attend.",
        "En tant qu’IA, je résume.",
        "ChatGPT wrote this",
        "Résumé de Claude",
        "gpt-4.1 was here",
        "– Le Chat",
        "Gemini, Gemma, DeepSeek",
    ],
)
def test_names_are_masked_and_counted(masked, text):
    found = masked(text)
    assert found.masked >= 1
    for name in ("mistral", "chatgpt", "claude", "gpt", "gemini", "deepseek", "chat", "langu", "en tant"):
        assert name not in found.text.lower() or name not in text.lower()


def test_a_name_said_in_the_session_is_a_word_like_any_other(masked):
    assert masked("The library uses Google maps.", said="We use Google maps.").masked == 0
    assert masked("Claude Martin spoke of the bus.", speaker="Claude Martin").masked == 0


def test_the_backends_that_are_judged_are_masked_even_when_they_were_said(masked):
    assert masked("Mistral was praised.", said="We tried Mistral.").masked == 1


def test_names_of_ones_own_servers_and_answers_are_masked(masked):
    found = masked("zephyrine 9b, by Zephyrine", backend="own:zephyrine-9b", model="org/zephyrine-9b-instruct-q4")
    assert "zephyrine" not in found.text.lower()
    assert found.masked == 2


def test_words_of_every_day_stay(masked):
    text = "A small library, open late, the latest bus; its opus magnum, a pro and a con, haiku and sonnets."
    assert masked(text).text == text


def test_the_heading_of_extracts_goes(make_run):
    found = variant(
        "# Extracts ranked by centrality\n\n- **Ann**: “A bench.” [T1]", "extractive:centrality", author="extractive"
    )
    full = make_run([found])
    assert Masking(full, [found], same_style=False).unsigned(found).text == "- **Ann**: “A bench.” [T1]"
    assert Masking(full, [found], same_style=True).unsigned(found).text == "Ann: “A bench.”"


@pytest.mark.parametrize(
    ("styled", "bare"),
    [
        ("# 🎯 Title\n\nWords *here* and **there**.", "Title\n\nWords here and there."),
        ("- one\n- two\n  - three", "one\n\ntwo\n\nthree"),
        ("1. one\n2) two", "one\n\ntwo"),
        ("| a | b |\n|---|---|\n| c | d |", "a – b\n\nc – d"),
        ("> quoted\n> on\n\n---\n\nafter", "quoted on\n\nafter"),
        ("See [the site](http://x.org) and ![picture](y.png).", "See the site and picture."),
        ("It’s said [T12] and (T3, T4) too.", "It’s said and too."),
        ('He said "no" and «yes».', "He said “no” and “yes”."),
        ("- [ ] to do ✅", "to do"),
        ("__Strong__ and `code` and ~~gone~~", "Strong and code and gone"),
        ("3 * 4 and snake_case_name, 5 °C, 10 €", "3 * 4 and snake_case_name, 5 °C, 10 €"),
        ("", ""),
    ],
)
def test_style_is_taken_out_and_no_word_is(styled, bare):
    assert plain(styled, "en") == bare


def test_french_quotation_marks_are_french():
    assert plain('Elle a dit "non".', "fr") == "Elle a dit «\u00a0non\u00a0»."
