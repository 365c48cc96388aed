"""Names replaced and put back, over whole sessions and over the ways names are written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia import privacy, prompts
from comparia.privacy.initials import Initials
from comparia.privacy.people import key_of
from comparia.records import Alias, Pseudonyms, Speaker, Transcript, Turn

NAMES = ("Hélène Marchetti", "Grégoire de La Motte-Ravel", "Jean-Marc Petit", "Rose N’Diaye", "mina_clb")


@pytest.fixture
def meeting(make_transcript):
    def build(*said, language="fr", names=NAMES, **options):
        session = make_transcript(
            [*((name, "Bonsoir.") for name in names), *((names[0], text) for text in said)], language=language
        )
        found = privacy.pseudonyms_of(session, **options)
        return session, found, privacy.veil_of(found, session)

    return build


def words(text):
    return {key_of(word) for word in re.findall(r"[^\W_]+", text)}


@pytest.mark.parametrize(
    "said",
    [
        "Merci Hélène Marchetti.",
        "Merci Hélène, et vous Marchetti ?",
        "Mme Marchetti l’a dit.",
        "MARCHETTI Hélène, présente.",
        "HÉLÈNE MARCHETTI",
        "Helene Marchetti, sans accents.",
        "H. Marchetti a signé.",
        "C’est l’avis d’Hélène.",
        "That is Marchetti’s view.",
        "Madame Marcheti, avec une faute.",
        "Merci marchetti !",
        "Monsieur de La Motte est sorti.",
        "Motte-Ravel et Marchetti.",
        "M. PETIT, s’il vous plaît.",
        "Jean-Marc, une minute. Jean Marc ?",
        "Rose N’Diaye, et Mme N'Diaye.",
        "Et mina_clb, vous entendez ?",
    ],
)
def test_every_way_of_naming_a_speaker_is_hidden(meeting, said):
    _session, found, veil = meeting(said)
    hidden = words(veil.apply(said))
    roster = {key_of(a.original) for a in found.aliases}
    assert hidden & roster == set()
    assert "marcheti" not in hidden


@pytest.mark.parametrize(
    "said",
    [
        "On avance petit à petit, un petit pas.",
        "Petit à petit, on y arrive.",
        "La rose est rouge.",
        "Un marché de petite taille.",
        "La rue Hélène-Boucher est fermée.",
        "Les habitant·es et les citoyen·ne·s présent·es.",
    ],
)
def test_words_that_are_names_elsewhere_stay(meeting, said):
    assert meeting(said)[2].apply(said) == said


def test_particles_and_inclusive_writing_survive(meeting):
    _session, _found, veil = meeting("-")
    hidden = veil.apply("Grégoire de La Motte-Ravel parle des habitant·es.")
    assert re.fullmatch(r"\w+ de La \w+-\w+ parle des habitant·es\.", hidden)


def test_relatives_keep_one_surname_and_one_person_one_name(make_transcript):
    session = make_transcript(
        [("Anne Kerbrat", "Oui."), ("Yves Kerbrat", "Non."), ("Zoé Dupleix", "Anne et Yves ?")], language="fr"
    )
    veil = privacy.veil_of(privacy.pseudonyms_of(session), session)
    anne, yves = veil.label("Anne Kerbrat").split(), veil.label("Yves Kerbrat").split()
    assert anne[1] == yves[1]
    assert anne[0] != yves[0]
    assert veil.apply("Mme Kerbrat") == f"Mme {anne[1]}"
    assert veil.apply("Et Anne ?") == f"Et {anne[0]} ?"


def test_a_civility_keeps_its_gender_and_neutral_names_drop_it(meeting):
    said = "Mme Marchetti et M. Petit."
    _session, _found, veil = meeting(said)
    assert re.fullmatch(r"Mme \w+ et M\. \w+\.", veil.apply(said))
    _session, found, neutral = meeting(said, neutral=True)
    assert re.fullmatch(r"\w+ et \w+\.", neutral.apply(said))
    assert found.neutral


def test_pseudonyms_are_the_same_for_the_same_session(meeting):
    assert meeting("Oui.")[1] == meeting("Oui.")[1]


def test_what_a_model_writes_comes_back_with_the_names(meeting):
    _session, found, veil = meeting("Appelez le 06 12 34 56 78.")
    names = dict(found.people)
    given, surname = names["Hélène Marchetti"].split()
    written = f"{given} {surname.upper()} ; Mme {surname}, {given}, {given[0]}. {surname}, {names['Jean-Marc Petit']} : [Téléphone 1]."
    expected = "Hélène MARCHETTI ; Mme Marchetti, Hélène, H. Marchetti, Jean-Marc Petit : 06 12 34 56 78."
    assert veil.restore(written) == expected


def test_words_can_be_hidden_and_left_on_request(meeting):
    said = "L’Amicale des boulistes et Kalamazoo saluent Mme Marchetti et Rose."
    _session, _found, veil = meeting(said, hidden=("Amicale des boulistes", "Kalamazoo"), left=("Rose N’Diaye",))
    hidden = veil.apply(said)
    assert "Amicale" not in hidden
    assert "Kalamazoo" not in hidden
    assert "Rose" in hidden
    assert veil.restore(hidden) == said


def test_organisations_are_hidden_on_request_only(meeting):
    said = "La société Transports Kermarrec et l’association Un Toit Pour Chacun ont écrit."
    assert meeting(said)[2].apply(said) == said
    assert "Kermarrec" not in meeting(said, organisations=True)[2].apply(said)


@pytest.mark.parametrize("which", ["foirail", "library_hub"])
def test_a_whole_session_comes_back_letter_for_letter_and_nothing_is_exposed(which, request):
    session, _reference = request.getfixturevalue(which)
    found = privacy.pseudonyms_of(session)
    veil = privacy.veil_of(found, session)
    text = "\n".join(prompts.transcript_lines(session))
    hidden = veil.apply(text)
    assert veil.exposed(hidden) == []
    assert veil.apply(hidden) == hidden
    assert veil.restore(hidden) == text
    roster = {key_of(w) for s in session.speakers for w in re.findall(r"[^\W_]{4,}", re.sub(r"\(.*?\)", "", s.name))}
    assert words(hidden) & (roster - {"motte", "marsh", "rook", "quill"}) == set()


def test_no_invented_name_is_near_a_word_of_the_session(foirail):
    session, _reference = foirail
    found = privacy.pseudonyms_of(session)
    held = words(" ".join(turn.text for turn in session.turns))
    invented = [key_of(a.pseudonym) for a in found.aliases if not a.pseudonym.startswith("[")]
    assert len(invented) == len(set(invented))
    assert held & set(invented) == set()


SESSION = Transcript(
    id="tr_0123456789abcdef",
    title="-",
    language="fr",
    formats=("text",),
    encodings=("utf-8",),
    speakers=tuple(Speaker(id=f"s{n}", name=name) for n, name in enumerate(NAMES)),
    turns=tuple(
        Turn(number=n + 1, speaker=f"s{n}", text="Bonsoir, appelez le 06 12 34 56 78.") for n in range(len(NAMES))
    ),
)

PIECES = st.sampled_from(
    [
        *NAMES,
        "Mme Marchetti",
        "petit",
        "Petit",
        "la rose",
        "06 12 34 56 78",
        "x@y.fr",
        "[T3]",
        "\n",
        " ",
        ", ",
        "H. Marchetti",
    ]
)


@given(pieces=st.lists(PIECES, max_size=12))
def test_hiding_twice_is_hiding_once(pieces):
    text = "".join(pieces)
    veil = privacy.veil_of(privacy.pseudonyms_of(SESSION), SESSION)
    once = veil.apply(text)
    assert veil.apply(once) == once
    assert veil.exposed(once) == []


from comparia.records import Speaker, Transcript, Turn  # noqa: E402


def test_initials_stand_for_an_account_made_of_names_too():
    aliases = (
        Alias(kind="given_name", original="Aminata", pseudonym="Rouecourt", source="speaker"),
        Alias(kind="surname", original="Coulibaly", pseudonym="Corazac", source="speaker"),
    )
    initials = Initials(Pseudonyms(language="fr", neutral=False, aliases=aliases))
    assert initials.apply("rouecourt_corazac: oui. Rouecourt Corazac dit non.") == "A. C.: oui. A. C. dit non."
    assert initials.apply("Corazacs, Rouecourtois") == "Corazacs, Rouecourtois"
