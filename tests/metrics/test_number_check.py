"""Numbers of a recap: said, said about something else, or never said."""

import pytest

from comparia.ingest import read_bytes
from comparia.matching.session_index import SessionIndex
from comparia.matching.superseded import superseded_in
from comparia.metrics import Case, Matcher
from comparia.metrics.numbers import Numbers, hear
from comparia.records import Variant, now
from comparia.text.numbers import checkable
from comparia.text.sentences import sentences
from tests.work import assert_linear

FRENCH = read_bytes(
    """Anne Le Goff : Le projet ne coûte pas 60 milliards mais 35, et la halle quatre virgule trois millions.

Bruno Diallo : Combien de places de stationnement perdues ?

Anne Le Goff : Quarante-huit.

Bruno Diallo : Le droit de place passe d'un euro dix à un euro quarante-cinq, et nous avons cent trente-sept signatures.

Chloé Nguyen : En 92, les platanes étaient vingt-trois. Le chancre coloré est arrivé ensuite, à 18h30 nous en parlerons.
""".encode(),
    "s.txt",
)
ENGLISH = read_bytes(
    b"""Ann Goff: The repair bill is one point four million pounds.

Ben Dale: The swimming club has two hundred and seventy-five members.

Ann Goff: Tickets cost two pounds fifty, a pass twelve fifty since nineteen ninety-two.
""",
    "s.txt",
)


def verdicts(transcript, summary):
    """Verdict and turns of every number of a summary, by its text; what is supported is not kept as evidence."""
    variant = Variant(id="v1", prompt=None, backend="b", summary=summary, finished_at=now())
    (score,) = Numbers().score(Case(transcript, (variant,), None, Matcher(), "0"))
    return score, {item.about: (item.flag, item.turns) for item in score.evidence}


@pytest.mark.parametrize(
    ("transcript", "sentence", "said"),
    [
        (FRENCH, "Le projet coûte 35 milliards.", True),
        (FRENCH, "La halle coûte 4,3 millions.", True),
        (FRENCH, "La halle coûte 4 300 000 euros.", True),
        (FRENCH, "Le droit de place passe de 1,10 à 1,45 euro.", True),
        (FRENCH, "Les platanes de 1992", True),
        (FRENCH, "Les platanes de 1993", False),
        (FRENCH, "La réunion de 18 h 30", True),
        (FRENCH, "La réunion de 18 h 45", False),
        (FRENCH, "130 signatures", False),
        (ENGLISH, "A bill of £1.4 million", True),
        (ENGLISH, "A bill of 1,400,000 pounds", True),
        (ENGLISH, "Tickets at 2.50 pounds", True),
        (ENGLISH, "Tickets at 3.50 pounds", False),
        (ENGLISH, "A pass at 12.50 since 1992", True),
        (ENGLISH, "275 members", True),
        (ENGLISH, "1,275 members", False),
    ],
)
def test_a_value_is_found_however_it_was_said(transcript, sentence, said):
    index = SessionIndex(transcript)
    assert all(bool(hear(n, sentence, index).turns) is said for n in checkable(sentence, transcript.language))


@pytest.mark.parametrize(
    ("sentence", "turns"),
    [
        ("plus de 130 signatures", (4,)),  # 137 differs by 7: less than 10, the step of 130, and than a tenth of it
        ("environ 160 signatures", ()),  # 137 differs by 23: more than a tenth of 160
        ("près de 140 signatures", (4,)),
        ("plus de 137 signatures", (4,)),
        ("plus de 131 signatures", ()),  # not rounded
    ],
)
def test_what_is_said_to_be_about_a_number_may_round_it(sentence, turns):
    (number,) = checkable(sentence, "fr")
    assert hear(number, sentence, SessionIndex(FRENCH)).turns == turns


def test_a_number_said_about_something_else_is_a_hint_that_counts_as_said():
    # 48 was said of places, none of whose words is in the second sentence; 52 was not said: 2 of 3
    summary = "On perd 48 places de stationnement. Les 48 écoliers chantent. Le droit de place passe à 52."
    score, found = verdicts(FRENCH, summary)
    assert (score.value, score.counts) == (
        0.6667,
        {
            "supported": 2,
            "unsupported": 1,
            "superseded": 0,
            "elsewhere": 1,
            "reworded": 0,
            "of": 3,
        },
    )
    assert found == {"48": ("elsewhere", (3,)), "52": ("unsupported", found["52"][1])}
    assert found["52"][1][0] == 4  # where the rest of the sentence was said
    _score, found = verdicts(ENGLISH, "The bill is £1.4 million. Some 275 lamp posts blink.")
    assert found == {"275": ("elsewhere", (2,))}


def test_a_small_number_with_a_unit_is_looked_at_and_one_without_is_not():
    session = read_bytes(b"Paul : Le chantier dure six semaines.\n\nLise : Les arbres sont malades.\n", "s.txt")
    _score, found = verdicts(
        session, "Le chantier dure dix semaines. Le chantier dure six semaines. Trois avis se croisent."
    )
    assert [name for name, (flag, _turns) in found.items() if flag == "unsupported"] == ["dix"]


def test_doubt_grows_with_the_distance_from_the_subject():
    said = SessionIndex(FRENCH)
    doubts = []
    for sentence in ("48 places de stationnement perdues", "48 places de bateaux", "48 écoliers", "52 places"):
        (number,) = checkable(sentence, "fr")
        doubts.append(hear(number, sentence, said).doubt)
    assert doubts == sorted(doubts)
    # all of `places stationnement perdues` was said beside the number, in the turn before: 0.9 · (1 - 1); nobody said 52: 1
    assert (doubts[0], doubts[-1]) == (pytest.approx(0), 1)
    assert doubts[2] == pytest.approx(0.9)


@pytest.mark.parametrize("word", ["Aa ", "mot ", "12 ", "Il y a 3 bancs. ", "a-"])
def test_a_recap_that_loops_is_read_in_linear_work(word):
    assert_linear(lambda text: [checkable(s.text, "fr") for s in sentences(text)], lambda size: word * size, 1_000)


SET_RIGHT = """Paul Vidal : Le pylône ferait trente-six mètres, et le loyer huit mille euros.

Lise Roux : Pardon, je corrige : c'est trente-deux mètres. Trente-six, c'était le premier projet.

Omar Sy : Et le marché perdrait cinquante étals.

Lise Roux : C'est pas cinquante, c'est dix-huit.

Paul Vidal : Nous comptons quarante-sept signatures.

Omar Sy : Soixante-quatorze, Paul, quarante-sept c'est hier soir.

Paul Vidal : Soixante-quatorze, je corrige. Nous serons prêts en deux heures et demie.
"""


@pytest.mark.parametrize(
    ("summary", "flagged"),
    [
        ("Le pylône ferait 36 mètres.", {"36": ("superseded", (2, 1))}),
        ("Le pylône ferait 32 mètres.", {}),
        ("Le pylône ferait 32 mètres, et non 36.", {}),
        ("Paul Vidal annonce un pylône de 36 mètres. Lise Roux rectifie à 32 mètres.", {}),
        ("Le marché perdrait 50 étals.", {"50": ("superseded", (4, 3))}),
        ("La pétition a 47 signatures.", {"47": ("superseded", (7, 5, 6))}),
        ("Le loyer est de 8 000 euros, et tout serait prêt en 150 minutes.", {}),
    ],
)
def test_a_number_that_the_session_set_right_is_told_unless_the_recap_says_so(summary, flagged):
    score, found = verdicts(read_bytes(SET_RIGHT.encode(), "s.txt"), summary)
    assert found == flagged
    assert score.counts["superseded"] == len(flagged)
    assert score.value == (0.0 if flagged else 1.0)


@pytest.mark.parametrize(
    "session",
    [
        "Ann: We need twelve racks.\n\nBen: Sorry, I would rather have twenty tables.\n",  # a wish, not a figure set right
        "Ann: Twelve racks for thirty bicycles.\n\nBen: It's fine.\n\nAnn: I stand corrected.\n",  # nothing is given
        "Ann: I count forty-eight racks.\n\nBen: Sorry, Ann, it's twenty-four racks, so forty-eight bicycles.\n",
        "Ann: It began in 2012.\n\nBen: My mistake, there are 1200 of us.\n",  # a year, and none
    ],
)
def test_a_number_that_nobody_set_right_is_not_told_so(session):
    index = SessionIndex(read_bytes(session.encode(), "s.txt"))
    assert superseded_in(index) == []


def test_a_figure_that_gets_its_place_back_was_not_set_right():
    session = (
        "Ann: I count 340 seats.\n\nBen: Sorry, Ann, it's 304 seats.\n\nAnn: Hm.\n\n"
        "Ben: My mistake, 340 seats, the plan says 340.\n"
    )
    (one,) = superseded_in(SessionIndex(read_bytes(session.encode(), "s.txt")))
    assert (one.old, one.new) == (304, 340)


@pytest.mark.parametrize("turn", ["I stand corrected: {}", "It's not 5, it's {}", "Sorry, Ann, it's {}"])
def test_the_work_of_finding_them_grows_with_the_session(turn):
    def index_of(size):
        figures = ", ".join(f"{n} seats" for n in range(100, 100 + size))
        index = SessionIndex(read_bytes(f"Ann: {figures}.\n\nBen: {turn.format(figures)}\n".encode(), "s.txt"))
        assert len(index.mentions) >= size
        return index

    assert_linear(superseded_in, index_of, 1_000)


def test_a_difference_of_two_figures_that_were_said_is_no_invention():
    session = read_bytes(b"Ann: We hold 22,000 books, and 6,500 of them have no shelf.\n", "s.txt")
    assert verdicts(session, "Of 22,000 books, 15,500 have a shelf.")[1] == {}
    assert verdicts(session, "Of 22,000 books, 15,800 have a shelf.")[1]["15,800"][0] == "unsupported"
