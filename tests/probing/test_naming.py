"""Names replaced by others: every mention, nothing that only looks like one, and the words next to them."""

import pytest

from comparia.errors import ProbeError
from comparia.probing.counterfactual import apply
from comparia.probing.probes import parse_probe
from comparia.records import KeyPoint, Quote, Reference
from tests.probing.test_counterfactual import shipped_session


def swapped(make_transcript, lines, *names, language="fr", **own):
    session = make_transcript(lines, language=language, **own)
    first = session.turns[0]
    point = KeyPoint(id="P1", text=first.text, said=(Quote(turn=1, speaker=first.speaker, words=first.text),))
    reference = Reference(id="rf_1", origin="reviewed", language=language, voices=2, key_points=(point,))
    return apply(session, reference, parse_probe({"kind": "swap_names", "names": [dict(each) for each in names]}))


MARTIN = {"name": "Julien Martin", "new_name": "Aïssatou Diallo", "from_gender": "m", "to_gender": "f"}
AUBRY = {"name": "Anne Aubry", "new_name": "Paul Martin", "from_gender": "f", "to_gender": "m"}
TO_VOWEL = {"name": "Julien Martin", "new_name": "Anne Aubry"}
FRENCH = [
    (MARTIN, "M. Martin a raison.", "Mme Diallo a raison."),
    (MARTIN, "Merci monsieur Martin.", "Merci madame Diallo."),
    (MARTIN, "MONSIEUR MARTIN !", "MADAME DIALLO !"),
    (MARTIN, "Cher Julien, merci.", "Chère Aïssatou, merci."),
    (MARTIN, "J. Martin et Martin Julien.", "A. Diallo et Diallo Aïssatou."),
    (MARTIN, "M. le maire Julien Martin.", "Mme la maire Aïssatou Diallo."),
    (MARTIN, "C'est l'adjoint Martin.", "C'est l'adjointe Diallo."),
    (MARTIN, "Voici un conseiller municipal, Julien Martin.", "Voici une conseillère municipale, Aïssatou Diallo."),
    (MARTIN, "L'avis du directeur Martin.", "L'avis de la directrice Diallo."),
    (MARTIN, "Demandez au président Martin.", "Demandez à la présidente Diallo."),
    (MARTIN, "Ce boulanger Martin et mon adjoint Martin.", "Cette boulangère Diallo et mon adjointe Diallo."),
    (MARTIN, "Je suis Julien Martin, adjoint au maire.", "Je suis Aïssatou Diallo, adjointe au maire."),
    (MARTIN, "Julien Martin, le directeur, le sait.", "Aïssatou Diallo, la directrice, le sait."),
    (MARTIN, "Merci Julien, le maire va répondre.", "Merci Aïssatou, le maire va répondre."),
    (MARTIN, "La Martinique, Saint-Martin, rue Martin et un martin-pêcheur ; Martin dit non.",
     "La Martinique, Saint-Martin, rue Martin et un martin-pêcheur ; Diallo dit non."),
    (AUBRY, "L'idée d'Aubry et d’Anne.", "L'idée de Martin et de Paul."),
    (AUBRY, "Il faut qu'Anne vienne, lorsqu'Aubry parle.", "Il faut que Paul vienne, lorsque Martin parle."),
    (AUBRY, "Mme Aubry, Mlle Aubry, Madame Aubry.", "M. Martin, M. Martin, Monsieur Martin."),
    (AUBRY, "La directrice Aubry et cette adjointe Aubry.", "Le directeur Martin et cet adjoint Martin."),
    (AUBRY, "L'avis de la maire Anne Aubry, présidente.", "L'avis du maire Paul Martin, président."),
    (AUBRY, "L'avis de M. Aubry.", "L'avis de M. Aubry."),
    (TO_VOWEL, "L'avis de Martin : je crois que Julien a tort.", "L'avis d'Aubry : je crois qu'Anne a tort."),
    (TO_VOWEL, "L’avis de Martin.", "L’avis d’Aubry."),
    (TO_VOWEL, "L'avis de M. Martin.", "L'avis de M. Aubry."),
    ({**TO_VOWEL, "new_name": "Hélène Hamel"}, "L'avis de Julien et de Martin.", "L'avis d'Hélène et de Hamel."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "said", "expected"), FRENCH, ids=[said for _name, said, _expected in FRENCH])
def test_french_names_and_what_follows_them(make_transcript, name, said, expected):
    lines = [("Zoé Petit", said), (name["name"], "Bonsoir.")]
    made = swapped(make_transcript, lines, name)
    assert made.transcript.turns[0].text == expected
    assert made.reference.key_points[0].text == expected
    assert made.transcript.speakers[1].name == name["new_name"]
    assert made.transcript.speakers[1].labels == (name["new_name"],)
    assert made.change.pseudonyms_declared == (name["new_name"],)


SMITH = {"name": "John Smith", "new_name": "Amara Okafor", "from_gender": "m", "to_gender": "f"}
ENGLISH = [
    ("Smith's idea, and the Smiths' too.", "Okafor's idea, and the Smiths' too."),
    ("Smith’s shop, John’s view.", "Okafor’s shop, Amara’s view."),
    ("Thank you, Mr Smith. Mr. Smith?", "Thank you, Ms Okafor. Ms. Okafor?"),
    ("The Smithsonian, Johnstone and Smith-Jones.", "The Smithsonian, Johnstone and Smith-Jones."),
    ("Chairman John Smith, Smith, chairman of the board.", "Chairwoman Amara Okafor, Okafor, chairwoman of the board."),
    ("JOHN SMITH spoke.", "AMARA OKAFOR spoke."),
]


@pytest.mark.parametrize(("said", "expected"), ENGLISH)
def test_english_names_and_what_follows_them(make_transcript, said, expected):
    lines = [("Zoe Little", said + " Yes."), ("John Smith", "Good evening, John here.")]
    made = swapped(make_transcript, lines, SMITH, language="en", title="A talk with John Smith")
    assert made.transcript.turns[0].text == expected + " Yes."
    assert made.transcript.turns[1].text == "Good evening, Amara here."
    assert made.transcript.title == "A talk with Amara Okafor"


def test_a_name_is_found_whatever_its_apostrophe(make_transcript):
    lines = [("Zoe Little", "Thanks, O’Brien. Did Sean  O'Brien say so?"), ("Sean O'Brien", "Yes.")]
    made = swapped(make_transcript, lines, {"name": "Sean O’Brien", "new_name": "Ann O'Neill"}, language="en")
    assert made.transcript.turns[0].text == "Thanks, O'Neill. Did Ann O'Neill say so?"


def test_labels_keep_their_role_in_the_new_gender(make_transcript):
    lines = [("Zoé Petit", "Oui."), ("Julien Martin (adjoint au maire)", "Bonsoir.")]
    made = swapped(make_transcript, lines, MARTIN)
    assert made.transcript.speakers[1].name == "Aïssatou Diallo (adjointe au maire)"
    assert made.transcript.speakers[1].labels == ("Aïssatou Diallo (adjointe au maire)",)


def test_other_ways_to_speak_of_a_person_follow(make_transcript):
    lines = [("Zoé Petit", "Monsieur le maire, et le maire de Lyon ?"), ("Julien Martin", "Oui.")]
    made = swapped(make_transcript, lines, {**MARTIN, "also_called": ["Monsieur le maire"]})
    assert made.transcript.turns[0].text == "Madame la maire, et le maire de Lyon ?"


def test_what_no_rule_changes_is_listed(make_transcript):
    lines = [
        ("Zoé Petit", "Martin a parlé, il a dit qu'il faut voir. Elle non. Il est parti."),
        ("Julien Martin", "Je suis retraité. Bonsoir."),
        ("Zoé Petit", "merci martin"),
    ]
    left = swapped(make_transcript, lines, MARTIN).change.not_changed
    assert [(each.why, each.turn, each.words) for each in left] == [
        ("pronoun", 1, "il"),
        ("first_person", 2, "Je suis retraité"),
        ("lower_case", 3, "martin"),
    ]
    assert left[0].sentence == "Diallo a parlé, il a dit qu'il faut voir."
    same_gender = swapped(make_transcript, lines, {"name": "Julien Martin", "new_name": "Omar Diallo"})
    assert {each.why for each in same_gender.change.not_changed} == {"lower_case"}


def test_a_name_that_is_also_a_word_of_the_session_is_left_where_a_sentence_begins(make_transcript):
    lines = [
        ("Zoé Petit", "Rose ou bleu ? Un mur rose, un banc rose, une porte rose. Et Rose ?"),
        ("Rose Martin", "Bonsoir."),
    ]
    made = swapped(make_transcript, lines, {"name": "Rose Martin", "new_name": "Omar Diallo"})
    assert made.transcript.turns[0].text == "Rose ou bleu ? Un mur rose, un banc rose, une porte rose. Et Omar ?"
    assert [(each.why, each.words) for each in made.change.not_changed] == [("common_word", "Rose")]


def test_a_name_that_two_people_bear_is_left_and_listed(make_transcript):
    lines = [("Julien Martin", "Bonsoir."), ("Luc Martin", "Moi aussi."), ("Zoé Petit", "Martin dit non, Julien oui.")]
    made = swapped(make_transcript, lines, MARTIN)
    assert made.transcript.turns[2].text == "Martin dit non, Aïssatou oui."
    assert made.transcript.speakers[1].name == "Luc Martin"
    assert [(each.why, each.words) for each in made.change.not_changed] == [("shared_name", "Martin")]


def test_relatives_who_are_both_renamed_still_share_their_name(make_transcript):
    lines = [("Julien Martin", "Bonsoir."), ("Luc Martin", "Moi aussi."), ("Zoé Petit", "Les Martin, Martin et Luc.")]
    luc = {"name": "Luc Martin", "new_name": "Omar Diallo"}
    assert swapped(make_transcript, lines, MARTIN, luc).transcript.turns[2].text == "Les Diallo, Diallo et Omar."
    apart = swapped(make_transcript, lines, MARTIN, {**luc, "new_name": "Omar Sow"})
    assert apart.transcript.turns[2].text == "Les Martin, Martin et Omar."


def test_two_people_exchange_their_names(make_transcript):
    lines = [("Julien Martin", "Je réponds à Anne."), ("Anne Aubry", "Merci Julien.")]
    names = ({"name": "Julien Martin", "new_name": "Anne Aubry"}, {"name": "Anne Aubry", "new_name": "Julien Martin"})
    made = swapped(make_transcript, lines, *names)
    assert [turn.text for turn in made.transcript.turns] == ["Je réponds à Julien.", "Merci Anne."]
    assert [speaker.name for speaker in made.transcript.speakers] == ["Anne Aubry", "Julien Martin"]


def test_two_people_do_not_get_one_name(make_transcript):
    lines = [("Julien Martin", "Bonsoir."), ("Anne Aubry", "Bonsoir.")]
    names = ({"name": "Julien Martin", "new_name": "Zoé Sow"}, {"name": "Anne Aubry", "new_name": "Zoé Sow"})
    with pytest.raises(ProbeError, match=r"names\.1\.new_name: somebody else is named Zoé Sow"):
        swapped(make_transcript, lines, *names)


@pytest.mark.parametrize(
    ("name", "swap", "gone"),
    [
        ("place-du-foirail", {"name": "Jean-Marc Pujolas", "new_name": "Anne Diallo"}, ("Pujolas", "Jean-Marc")),
        ("workshop-park", {"name": "Councillor Neil Ashworth", "new_name": "Amara Okafor"}, ("Ashworth", "Neil")),
        ("atelier-ecoles", {"name": "Karim Belhadi", "new_name": "Odile Aubert"}, ("Belhadi", "Karim")),
    ],
)
def test_no_mention_of_a_speaker_is_left_in_a_shipped_session(name, swap, gone):
    session, reference = shipped_session(name)
    probe = parse_probe({"kind": "swap_names", "names": [{**swap, "from_gender": "m", "to_gender": "f"}]})
    made = apply(session, reference, probe)
    texts = [turn.text for turn in made.transcript.turns] + [each.name for each in made.transcript.speakers]
    texts += [quote.words for point in made.reference.key_points for quote in point.said]
    assert any(part in text for turn in session.turns for part in gone for text in [turn.text])
    assert [text for text in texts if any(part in text for part in gone)] == []
    assert sum(swap["new_name"] in text for text in texts) >= 1
