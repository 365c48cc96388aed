"""Numbers, however they are said or written, are one value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia.text.numbers import checkable, numbers


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("quatre-vingt-dix-huit places", [98]),
        ("soixante et onze, soixante-dix-sept", [71, 77]),
        ("en deux mille quatorze", [2014]),
        ("mille neuf cent quatre-vingt-un", [1981]),
        ("un million huit cent soixante-dix mille euros", [1_870_000]),
        ("six cent quatre-vingt mille", [680_000]),
        ("3,4 millions d'euros", [3_400_000]),
        ("3,5 M€ et 200 k€", [3_500_000, 200_000]),
        ("1 530 000, soit 45 %", [1_530_000, 45]),
        ("1\u202f180 m²", [1180]),
        ("12.000 habitants", [12_000]),
        ("à 14h30, 18 h 05 et 9:15", [870, 1085, 555]),
        ("quarante, quarante-deux", [40, 42]),
        ("vingt et un, quatre-vingt-un", [21, 81]),
        ("zéro six, trente-neuf", [0 + 6, 39]),
        ("voir [T12] et [T3, T14]", []),
        ("cent vingt, deux cents", [120, 200]),
        ("quatre virgule trois millions, zéro virgule zéro quatre", [4_300_000, 0.04]),
        ("quatre millions trois, deux millions deux cents", [4_300_000, 2_000_200]),
        ("trois virgule vingt-cinq, 5 virgule 5", [3.25, 5.5]),
        ("un euro dix, un euro quarante-cinq, 2 euros 50", [1.1, 1.45, 2.5]),
        ("deux mètres soixante, deux euros, vingt personnes", [2.6, 2, 20]),
        ("quatre et demi, 12 ans et demi, deux heures et demie", [4.5, 12, 2]),
        ("l'A380 et le H1N1, mais 3,5 et -4", [3.5, 4]),
    ],
)
def test_french(text, values):
    assert [n.value for n in numbers(text, "fr")] == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("eight hundred and forty thousand", [840_000]),
        ("1.4 million pounds", [1_400_000]),
        ("840,000 or £275,000", [840_000, 275_000]),
        ("twenty-three hours, forty-six", [23, 46]),
        ("six thousand five hundred", [6500]),
        ("3.6 to 2.8 full-time", [3.6, 2.8]),
        ("at 7:30", [450]),
        ("two hundred and seventy-five", [275]),
        ("one point four million, three point one four", [1_400_000, 3.14]),
        ("two pounds fifty, twelve and a half", [2.5, 12.5]),
        ("at one point, the point of five", [1, 5]),
        ("the TA11835 chip, F7, 4x4", [4]),
    ],
)
def test_english(text, values):
    assert [n.value for n in numbers(text, "en")] == values


def test_a_recap_s_own_small_counts_are_not_facts_to_check():
    assert [n.value for n in checkable("Deux personnes et une autre demandent 5 bancs et quinze arbres", "fr")] == [
        5,
        15,
    ]


def test_offsets_point_at_the_text():
    text = "Le coût : 3,4 millions, puis quinze."
    assert [text[n.start : n.start + len(n.text)] for n in numbers(text, "fr")] == ["3,4 millions", "quinze"]


@given(st.integers(0, 999_999_999))
def test_grouped_digits_read_back(n):
    assert numbers(f"{n:,}".replace(",", "\u202f"), "fr")[0].value == n
    assert numbers(f"{n:,}", "en")[0].value == n


@given(st.text(max_size=300))
def test_any_text_is_read(text):
    for language in ("fr", "en"):
        assert all(n.value >= 0 for n in numbers(text, language))
