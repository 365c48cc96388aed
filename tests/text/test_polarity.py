"""Reading of clauses: what is affirmed, what is denied, and of how many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia.text.polarity import STANCE, common, how_many, reading, without_quantities


def signs(text, language):
    return {mark.concept: mark.sign for mark in reading(text, language)}


@pytest.mark.parametrize(
    ("language", "text", "affirmed", "denied"),
    [
        ("fr", "Le marché ferme, le jardin ne dort pas.", {"march", "jardin"}, {"=ouvrir", "dort"}),
        ("fr", "Le jardin ne dort que la nuit.", {"dort", "nuit"}, set()),
        ("fr", "Le jardin dort sans clôture.", {"jardin", "dort"}, {"clotur"}),
        ("fr", "Une clôture plutôt qu'une haie.", {"clotur"}, {"hai"}),
        ("fr", "Rien ne bouge au jardin.", set(), {"boug", "jardin"}),
        ("fr", "Il n'y a ni clôture ni haie.", set(), {"clotur", "hai"}),
        ("fr", "Elle refuse la clôture, parce que le jardin dort.", {"jardin", "dort"}, {STANCE, "clotur"}),
        ("fr", "Elle n'accepte pas la clôture.", set(), {STANCE, "clotur"}),
        ("fr", "Elle ne refuse pas la clôture.", {STANCE, "clotur"}, set()),
        ("fr", "Elle accepte pas la clôture.", set(), {STANCE, "clotur"}),
        ("fr", "Il ne faut pas que la clôture bouge.", set(), {STANCE, "clotur", "boug"}),
        ("fr", "La clôture est refusée, mais le jardin dort.", {"jardin", "dort"}, {STANCE, "clotur"}),
        ("fr", "Elle est opposée à la clôture.", set(), {STANCE, "clotur"}),
        ("fr", "Faut-il une clôture ?", set(), set()),
        ("en", "The fence does not move, the garden sleeps.", {"fenc", "garden", "sleep"}, {"move"}),
        ("en", "A fence instead of a hedge.", {"fenc"}, {"hedg"}),
        ("en", "Nobody moves the fence.", set(), {"move", "fenc"}),
        ("en", "There is neither fence nor hedge.", set(), {"fenc", "hedg"}),
        ("en", "She rejects the fence because the garden sleeps.", {"garden", "sleep"}, {STANCE, "fenc"}),
        ("en", "She does not accept the fence.", set(), {STANCE, "fenc"}),
        ("en", "She does not reject the fence.", {STANCE, "fenc"}, set()),
        ("en", "The fence was rejected, but the garden sleeps.", {"garden", "sleep"}, {STANCE, "fenc"}),
        ("en", "Is the fence rejected?", set(), set()),
    ],
)
def test_what_a_clause_affirms_and_denies(language, text, affirmed, denied):
    found = signs(text, language)
    assert {c for c in affirmed | denied if c in found} == affirmed | denied
    assert {c for c in found if found[c] < 0} == denied


def test_the_two_sides_of_a_pair_are_one_concept():
    assert signs("Ouvrir.", "fr") == {"=ouvrir": 1}
    assert signs("Fermer.", "fr") == {"=ouvrir": -1}
    assert signs("Ne pas fermer.", "fr") == {"=ouvrir": 1}
    assert signs("Closed.", "en") == {"=open": -1}


def test_inclusive_writing_and_typography_read_alike():
    plain = reading("Les habitants n'acceptent pas l'école.", "fr")
    assert reading("Les habitant·es n’acceptent pas l’école.", "fr") == plain


def test_a_negative_prefix_is_a_denial_where_the_other_text_has_the_bare_word():
    both = common("The path is lit.", "The path is unlit.", "en")
    assert (both.opposed, both.agreed) == (("lit",), ("path",))
    assert both.likeness == 1.0


def test_likeness_is_shared_concepts_over_all():
    # path, bright / path, long: one of three
    assert common("The path is bright.", "The path is long.", "en").likeness == pytest.approx(1 / 3)
    assert common("", "", "en").likeness == 0.0


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("fr", "Un quincaillier refuse.", {"few"}),
        ("fr", "Un habitant demande un banc pour tous.", {"few"}),
        ("fr", "Plusieurs participants hésitent.", {"few"}),
        ("fr", "Tous les habitants le souhaitent.", {"all"}),
        ("fr", "Tous le souhaitent.", {"all"}),
        ("fr", "Tous deux le souhaitent.", set()),
        ("fr", "Tout le monde, ou presque, le souhaite.", {"most"}),
        ("fr", "La plupart des habitants le souhaitent.", {"most"}),
        ("fr", "Presque tous le souhaitent.", {"most"}),
        ("fr", "Un consensus se dégage.", {"all"}),
        ("fr", "Votée à l'unanimité.", {"all"}),
        ("fr", "Les participants souhaitent un banc.", {"general"}),
        ("fr", "Les habitants sont favorables au banc.", {"general"}),
        ("fr", "Les participants ont quitté la salle.", set()),
        ("fr", "Le marché a lieu tous les jours.", set()),
        ("fr", "On a remercié tous les participants.", set()),
        ("en", "One resident refused.", {"few"}),
        ("en", "A ward councillor refused.", {"few"}),
        ("en", "Several people hesitated.", {"few"}),
        ("en", "All residents agreed.", {"all"}),
        ("en", "Everyone agreed.", {"all"}),
        ("en", "There was a consensus.", {"all"}),
        ("en", "Nearly everyone agreed.", {"most"}),
        ("en", "There was broad support for it.", {"most"}),
        ("en", "Residents want a bench.", {"general"}),
        ("en", "The participants agreed on a bench.", {"general"}),
        ("en", "Participants took turns.", set()),
        ("en", "The chair thanked everyone.", set()),
        ("en", "The bus runs every day.", set()),
    ],
)
def test_how_many(language, text, expected):
    assert how_many(text, language) == expected


def test_quantities_are_taken_out_of_a_claim():
    assert without_quantities("Tous les participants veulent un banc.", "fr").split() == ["veulent", "un", "banc"]
    assert without_quantities("Everyone wants a bench.", "en").split() == ["wants", "a", "bench"]


@given(st.text(max_size=120), st.sampled_from(["fr", "en"]))
def test_any_text_is_read(text, language):
    assert all(mark.sign in (1, -1) and mark.concept for mark in reading(text, language))
    assert how_many(text, language) <= {"few", "general", "most", "all"}
    assert common(text, text, language).opposed == ()
    assert isinstance(without_quantities(text, language), str)
