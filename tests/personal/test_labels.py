"""The labels themselves are sound: what they point at is there, and there is enough of everything."""

import re
import string
from collections import Counter
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from comparia import ingest
from tests.personal import generated

HERE = Path(__file__).parent
SAMPLES = HERE.parent.parent / "transcripts"
SESSIONS = ("place-du-foirail", "library-and-hub")
LABELLED = {
    "place-du-foirail": {"person": 115, "email": 3, "phone": 5, "address": 3},
    "library-and-hub": {"person": 38, "email": 1, "phone": 2},
}
"""How many mentions the readers of the two sessions found."""
NICKNAMES = {"Bob", "Kathy", "Babeth", "Krimo", "Marité", "Pippa", "Winnie"}
NOT_KINDS = {"place", "organisation", "public", "role", "word"}


def session(name):
    return ingest.read([SAMPLES / name / "session.vtt", SAMPLES / name / "chat.txt"])


def labels(name):
    return YAML(typ="safe").load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))


def place(label, texts):
    """The span of a labelled text in its turn, -1 where it is not."""
    at = -1
    for _ in range(label.get("nth", 1)):
        at = texts[label["turn"]].find(label["text"], at + 1)
        if at < 0:
            break
    return at, at + len(label["text"])


@pytest.fixture(scope="module")
def made():
    return generated.items()


@pytest.mark.parametrize("name", SESSIONS)
def test_every_label_of_a_session_is_in_its_turn_and_none_lies_on_another(name):
    texts = {turn.number: turn.text for turn in session(name).turns}
    found = labels(name)
    assert set(found) == {"mentions", "either", "not"}
    spans = []
    for label in found["mentions"] + found["either"] + found["not"]:
        start, end = place(label, texts)
        assert start >= 0, label
        around = texts[label["turn"]][max(0, start - 1) : end + 1]
        assert not re.match(r"\w\w", around) or start == 0, label
        assert not re.search(r"\w\w$", around) or end == len(texts[label["turn"]]) or not around[-1].isalnum(), label
        spans.append((label["turn"], start, end))
    spans.sort()
    for before, after in pairwise(spans):
        assert before[0] != after[0] or before[2] <= after[1], (before, after)


@pytest.mark.parametrize("name", SESSIONS)
def test_labels_of_a_session_have_their_kind(name):
    found = labels(name)
    assert Counter(label["kind"] for label in found["mentions"]) == LABELLED[name]
    for label in found["mentions"]:
        assert set(label) <= {"turn", "text", "nth", "kind", "roster", "hard"}
        assert isinstance(label["roster"], bool)
        assert label["kind"] == "person" or not label["roster"]
        assert not re.match(r"(M\.|Mme|Monsieur|Madame|Mr|Mrs|Ms)\b", label["text"])
    assert {label["kind"] for label in found["not"]} <= NOT_KINDS


@pytest.mark.parametrize("name", SESSIONS)
def test_no_name_of_a_speaker_in_a_session_is_left_unlabelled(name):
    read = session(name)
    found = labels(name)
    texts = {turn.number: turn.text for turn in read.turns}
    covered = {(x["turn"], at) for x in found["mentions"] + found["either"] for at in range(*place(x, texts))}
    names = {part for one in read.speakers for part in re.split(r"[ ()]", one.name) if len(part) > 2}
    names -= {"services", "techniques"}
    for number, text in texts.items():
        for name_part in sorted(names):
            for hit in re.finditer(rf"\b{re.escape(name_part)}\b", text):
                assert (number, hit.start()) in covered, (number, name_part)


def test_spans_are_in_range_apart_and_not_blank(made):
    for item in made:
        last = 0
        for mention in item.mentions:
            assert last <= mention.start < mention.end <= len(item.text), item
            said = item.text[mention.start : mention.end]
            assert said == said.strip(), item
            assert said.strip(string.punctuation), item
            assert mention.kind in generated.KINDS
            assert mention.kind == "person" or not mention.roster
            civility = re.match(r"(M\.|Mme|Monsieur|Madame|Mr|Mrs|Ms|Miss)\s", said, re.IGNORECASE)
            assert not civility or (item.language == "en" and said.startswith("M. ")), item
            before, after = item.text[: mention.start][-1:], item.text[mention.end :][:1]
            assert not before.isalnum(), item
            assert not after.isalnum() or item.text[mention.end :].startswith("s next door"), item
            last = mention.end


def test_there_is_enough_of_everything(made):
    kinds = generated.counts()
    assert len(made) >= 400
    assert kinds.total() >= 900
    assert set(kinds) == set(generated.KINDS)
    assert min(kinds.values()) >= 10
    languages = Counter(item.language for item in made)
    assert 0.6 <= languages["fr"] / len(made) <= 0.72
    persons = Counter(m.roster for item in made for m in item.mentions if m.kind == "person")
    assert min(persons.values()) >= 200
    assert sum(1 for item in made if not item.mentions) >= 100
    templates = Counter((one.language, one.section) for one in generated.templates())
    assert templates["fr", "mentions"] >= 70
    assert templates["en", "mentions"] >= 40
    assert templates["fr", "none"] + templates["en", "none"] >= 40
    assert len({(one.language, one.text) for one in generated.templates()}) == len(generated.templates())


def test_names_are_many_and_varied():
    by_origin = generated.names().values()
    assert len({name for origin in by_origin for gender in "fm" for name in origin[gender]}) >= 150
    assert len({name for origin in by_origin for name in origin["last"]}) >= 150


def test_a_template_without_mentions_makes_none_and_the_others_do():
    for template in generated.templates():
        item = generated.filled_in(generated.random.Random(1), template)
        assert bool(item.mentions) == (template.section == "mentions"), template


def likeness(said, name):
    """The share of what is said which is found, in order, in the name or in the name turned round."""
    said, whole = generated.key(said), generated.key(name)
    return max(
        sum(block.size for block in SequenceMatcher(None, said, turned, autojunk=False).get_matching_blocks())
        / len(said)
        for turned in (whole, whole + whole)
    )


def test_persons_of_the_roster_are_on_it_and_the_absent_are_not(made):
    for item in made:
        roster = [re.sub(r"\(.*", "", name) for name in item.roster]
        keys = {generated.key(part) for name in roster for part in re.split(r"[ -]", name)} - generated.PARTICLES
        for mention in item.mentions:
            said = item.text[mention.start : mention.end]
            if mention.roster and said not in NICKNAMES:
                assert max(likeness(said, name) for name in roster) >= 0.65, (said, item)
            elif mention.kind == "person" and not mention.roster:
                assert not {generated.key(part) for part in re.split(r"[ -]", said)} & keys, item


def test_the_same_seed_makes_the_same_and_another_does_not(made):
    assert generated.items(7) == made
    assert generated.items(8) != made


def test_other_seeds_keep_their_labels_sound():
    for seed in range(20, 26):
        test_spans_are_in_range_apart_and_not_blank(generated.items(seed))


def said(made, kind):
    return [item.text[m.start : m.end] for item in made for m in item.mentions if m.kind == kind]


def test_keys_of_national_ids_are_right(made):
    for number in said(made, "national_id"):
        compact = number.replace(" ", "").replace("2A", "19").replace("2B", "18")
        assert re.fullmatch(r"[12]\d{14}", compact), number
        assert (int(compact[:13]) + int(compact[13:])) % 97 == 0, number


def test_check_digits_of_ibans_are_right(made):
    for number in said(made, "iban"):
        compact = number.replace(" ", "")
        assert len(compact) == {"FR": 27, "BE": 16, "GB": 22, "DE": 22}[compact[:2]], number
        turned = compact[4:] + compact[:4]
        assert int("".join(str(string.digits.find(c) if c in string.digits else ord(c) - 55) for c in turned)) % 97 == 1


def test_check_digits_of_companies_are_right(made):
    for number in said(made, "company_id"):
        compact = number.replace(" ", "")
        assert len(compact) in {9, 14}
        for part in {compact, compact[:9]}:
            odd, even = part[::-1][::2], part[::-1][1::2]
            assert (sum(map(int, odd)) + sum(sum(divmod(2 * int(digit), 10)) for digit in even)) % 10 == 0, number
