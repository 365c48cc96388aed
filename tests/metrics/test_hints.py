"""Hints on pairs labelled by hand: what denies a point, what changes how many hold it, and what only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparia.matching.hints import hints

POLARITY, QUANTIFIER, NOTHING = ("polarity",), ("quantifier",), ()

FRENCH = [
    # Negation of the verb, with and without `ne`.
    ("Le marché doit rester sur la place.", "Le marché ne doit pas rester sur la place.", POLARITY),
    ("Le marché doit rester sur la place.", "Faut pas que le marché reste sur la place.", POLARITY),
    ("L'arrêt de car est accessible en fauteuil.", "L'arrêt de car n'est pas accessible en fauteuil.", POLARITY),
    ("L'arrêt de car est accessible en fauteuil.", "C'est pas accessible en fauteuil, l'arrêt de car.", POLARITY),
    ("Le toit sera réparé avant l'hiver.", "Le toit ne sera jamais réparé avant l'hiver.", POLARITY),
    ("La mairie prévoit une navette vers l'hôpital.", "La mairie ne prévoit aucune navette vers l'hôpital.", POLARITY),
    ("La mairie prévoit une navette vers l'hôpital.", "La mairie ne prévoit plus de navette vers l'hôpital.", POLARITY),
    ("Les camions ne passeront plus devant l'école.", "Les camions passeront devant l'école.", POLARITY),
    (
        "La salle dispose d'un chauffage et d'un évier.",
        "La salle ne dispose ni d'un chauffage ni d'un évier.",
        POLARITY,
    ),
    ("Le chantier commencera avec une étude de sol.", "Le chantier commencera sans étude de sol.", POLARITY),
    ("Le local ouvrira avec un gardien et des caméras.", "Le local ouvrira sans gardien ni caméras.", POLARITY),
    (
        "Personne ne veut d'un parking souterrain payant.",
        "Les riverains veulent un parking souterrain payant.",
        POLARITY,
    ),
    # For and against.
    ("Une commerçante est pour la rue piétonne.", "Une commerçante est contre la rue piétonne.", POLARITY),
    ("Les forains acceptent le déménagement du marché.", "Les forains refusent le déménagement du marché.", POLARITY),
    ("Les cyclistes soutiennent la piste du boulevard.", "Les cyclistes s'opposent à la piste du boulevard.", POLARITY),
    ("Les parents sont favorables à la rue scolaire.", "Les parents sont opposés à la rue scolaire.", POLARITY),
    ("Les parents sont favorables à la rue scolaire.", "Les parents sont hostiles à la rue scolaire.", POLARITY),
    ("Les vendeurs disent non à la hausse du tarif.", "Les vendeurs disent oui à la hausse du tarif.", POLARITY),
    ("L'association demande des toilettes sèches.", "L'association rejette les toilettes sèches.", POLARITY),
    ("La hausse du tarif est refusée par les vendeurs.", "La hausse du tarif est acceptée par les vendeurs.", POLARITY),
    ("Le projet de piscine est soutenu par le club.", "Le club dénonce le projet de piscine.", POLARITY),
    # Opposites.
    ("Il faut maintenir la ligne de bus numéro 4.", "Il faut supprimer la ligne de bus numéro 4.", POLARITY),
    ("La bibliothèque doit ouvrir le dimanche.", "La bibliothèque doit fermer le dimanche.", POLARITY),
    ("Le budget des écoles va augmenter.", "Le budget des écoles va baisser.", POLARITY),
    ("Les places prévues sont suffisantes le samedi.", "Les places prévues sont insuffisantes le samedi.", POLARITY),
    ("Traverser le boulevard est possible à vélo.", "Traverser le boulevard est impossible à vélo.", POLARITY),
    # The same thing, turned twice.
    ("Les forains acceptent le déménagement.", "Les forains ne refusent pas le déménagement.", NOTHING),
    ("Les cyclistes s'opposent au parking.", "Les cyclistes n'acceptent pas le parking.", NOTHING),
    ("Traverser le boulevard est possible.", "Traverser le boulevard n'est pas impossible.", NOTHING),
    ("Il faut penser aux forains dans l'aide.", "Il ne faut pas oublier les forains dans l'aide.", NOTHING),
    # What looks like a negation.
    (
        "La halle accueillera le marché et un café.",
        "La halle n'accueillera pas seulement le marché mais un café.",
        NOTHING,
    ),
    ("Le terrain est libre le samedi.", "Le terrain n'est libre que le samedi.", NOTHING),
    ("Les murs coûtent cher à la commune.", "Il n'y a pas que les murs qui coûtent cher à la commune.", NOTHING),
    ("Le chantier commencera en mars.", "Le chantier commencera sans doute en mars.", NOTHING),
    ("Le projet coûte trois millions à la commune.", "Le projet ne coûte que trois millions à la commune.", NOTHING),
    (
        "Le projet coûte trois millions à la commune.",
        "Non seulement le projet coûte trois millions à la commune.",
        NOTHING,
    ),
    ("Le parking compte cent places.", "Le parking ne compte pas moins de cent places.", NOTHING),
    ("Le loyer du café augmente.", "Le loyer du café augmente de plus en plus.", NOTHING),
    ("Les étals sont rangés contre le mur de l'église.", "Les étals seront rangés contre le mur de l'église.", NOTHING),
    ("Une personne âgée demande un banc.", "Une personne âgée a demandé un banc.", NOTHING),
    # Negation elsewhere.
    ("Les parents demandent une navette.", "Les parents demandent une navette, car le bus ne passe pas.", NOTHING),
    ("Le marché reste sur la place.", "Le marché reste sur la place plutôt que d'aller au stade.", NOTHING),
    ("Les habitant·es demandent un jardin.", "Les habitants demandent un jardin et pas un parking.", NOTHING),
    ("Les parents demandent une navette.", "Le maire n'a pas répondu.", NOTHING),
    ("Les parents demandent une navette.", "", NOTHING),
    # How many.
    ("Un habitant demande un banc.", "Tous les habitants demandent un banc.", QUANTIFIER),
    ("Quelques participants craignent le bruit.", "La plupart des participants craignent le bruit.", QUANTIFIER),
    ("Certains riverains souhaitent un jardin.", "Les riverains souhaitent unanimement un jardin.", QUANTIFIER),
    ("Une minorité veut un référendum.", "Tout le monde veut un référendum.", QUANTIFIER),
    ("La majorité des habitants veut un jardin.", "Une habitante veut un jardin.", QUANTIFIER),
    ("Un quincaillier rejette le projet.", "Tous rejettent le projet.", QUANTIFIER),
    (
        "Un habitant accepte le projet de halle.",
        "Tous les habitants refusent le projet de halle.",
        ("polarity", "quantifier"),
    ),
    ("Un habitant demande un banc ouvert à tous.", "Une habitante veut un banc pour tous.", NOTHING),
    ("Un habitant demande un banc.", "Un riverain demande un banc.", NOTHING),
    ("Un habitant demande un banc.", "L'animatrice a remercié tous les habitants.", NOTHING),
    ("Tous les habitants demandent un banc.", "L'ensemble des habitants demande un banc.", NOTHING),
    ("Plusieurs habitants demandent un banc tous les matins.", "Plusieurs demandent un banc.", NOTHING),
]

ENGLISH = [
    # Negation of the verb.
    ("The market should stay on the square.", "The market should not stay on the square.", POLARITY),
    ("The market should stay on the square.", "The market shouldn't stay on the square.", POLARITY),
    ("The bus stop is safe for wheelchairs.", "The bus stop is not safe for wheelchairs.", POLARITY),
    ("The council will publish the survey.", "The council will never publish the survey.", POLARITY),
    ("The council will publish the survey.", "The council won't publish the survey.", POLARITY),
    ("The council can publish the survey.", "The council cannot publish the survey.", POLARITY),
    ("The room has a kitchen and a heater.", "The room has neither a kitchen nor a heater.", POLARITY),
    ("The hub needs a caretaker and a nurse.", "The hub needs no caretaker and no nurse.", POLARITY),
    ("Nobody wants the pool closed on Mondays.", "Parents want the pool closed on Mondays.", POLARITY),
    ("The club will open with staff and cameras.", "The club will open without staff or cameras.", POLARITY),
    ("Readers hardly use the card machines.", "Readers use the card machines.", POLARITY),
    # For and against.
    ("Traders support the car-free street.", "Traders oppose the car-free street.", POLARITY),
    ("Traders accept the new rent.", "Traders reject the new rent.", POLARITY),
    ("Parents are in favour of the crossing.", "Parents are against the crossing.", POLARITY),
    ("A trader said no to the parking plan.", "A trader said yes to the parking plan.", POLARITY),
    ("The Friends would agree to a lease of the hall.", "The Friends refuse a lease of the hall.", POLARITY),
    ("The rent rise was rejected by the traders.", "The rent rise was approved by the traders.", POLARITY),
    ("Drivers want the bridge widened.", "Drivers do not want the bridge widened.", POLARITY),
    # Opposites.
    ("The council should keep the late bus.", "The council should scrap the late bus.", POLARITY),
    ("The library should open on Sunday.", "The library should close on Sunday.", POLARITY),
    ("The school budget will increase next year.", "The school budget will decrease next year.", POLARITY),
    ("Dogs should be allowed in the park.", "Dogs should be banned from the park.", POLARITY),
    ("There is enough parking near the mill.", "There is insufficient parking near the mill.", POLARITY),
    ("The towpath is safe after dark.", "The towpath is dangerous after dark.", POLARITY),
    ("The towpath is lit as far as the weir.", "The towpath is unlit as far as the weir.", POLARITY),
    ("Crossing the bridge is possible by bike.", "Crossing the bridge is impossible by bike.", POLARITY),
    # The same thing, turned twice.
    ("Traders accept the new rent.", "Traders do not reject the new rent.", NOTHING),
    ("Traders oppose the car-free street.", "Traders do not support the car-free street.", NOTHING),
    ("Crossing the bridge is possible.", "Crossing the bridge is not impossible.", NOTHING),
    ("The hub must have a caretaker.", "The hub must not go without a caretaker.", NOTHING),
    ("A student accepts card entry on Saturdays.", "A student does not mind card entry on Saturdays.", NOTHING),
    ("Tanner Street must not close.", "Tanner Street must stay open.", NOTHING),
    # What looks like a negation.
    ("The hall will host the market.", "The hall will host not only the market but a cafe.", NOTHING),
    ("The works will begin in March.", "The works will no doubt begin in March.", NOTHING),
    ("The plan costs three million pounds.", "The plan costs no less than three million pounds.", NOTHING),
    ("The plan costs three million pounds.", "The plan costs not just three million pounds.", NOTHING),
    ("The pitch is free on Saturday.", "The pitch is only free on Saturday.", NOTHING),
    ("Rents are rising near the station.", "Without doubt rents are rising near the station.", NOTHING),
    ("A stall leans against the church wall.", "A stall stood against the church wall.", NOTHING),
    # Negation elsewhere.
    ("Parents want a crossing.", "Parents want a crossing because the bus does not stop.", NOTHING),
    ("The building should go to a trust.", "The building should go to a trust instead of being sold.", NOTHING),
    ("Parents want a crossing.", "The mayor did not answer.", NOTHING),
    ("Parents want a crossing.", "Would parents not want a crossing?", NOTHING),
    ("Parents want a crossing.", "", NOTHING),
    # How many.
    ("One resident wants a bench.", "All residents want a bench.", QUANTIFIER),
    ("A few participants fear the noise.", "Most participants fear the noise.", QUANTIFIER),
    ("Some neighbours want a garden.", "Neighbours unanimously want a garden.", QUANTIFIER),
    ("A minority wants a vote.", "Everyone wants a vote.", QUANTIFIER),
    ("The majority of residents want a garden.", "One resident wants a garden.", QUANTIFIER),
    ("A trader fears for his trade.", "Everybody fears for their trade.", QUANTIFIER),
    ("One resident accepts the hall plan.", "All residents reject the hall plan.", ("polarity", "quantifier")),
    ("One resident wants a bench for everyone.", "A resident wants a bench for everyone.", NOTHING),
    ("One resident wants a bench.", "A neighbour wants a bench.", NOTHING),
    ("One resident wants a bench.", "The chair thanked everyone.", NOTHING),
    ("All residents want a bench.", "There was a consensus for a bench.", NOTHING),
]

BEYOND_WORDS = [
    # A denial in other words, and an agreement in opposite ones.
    ("fr", "Les forains veulent rester sur la place.", "Les forains préfèrent le stade à la place."),
    ("fr", "Une mère souhaite une table à langer.", "Une mère change volontiers sa fille sur un banc."),
    ("en", "Tanner Street must not close for a day.", "Tanner Street may shut for six months."),
    ("en", "The works will be spread over years.", "The works will be done at one go."),
]

WRONGLY_HINTED = [
    # What is not to be removed is kept: the verb is seen, not what it is done to.
    ("fr", "Il faut maintenir la ligne de bus.", "Il ne faut pas supprimer la ligne de bus."),
    ("fr", "Les places sont insuffisantes le samedi.", "Les places ne sont pas suffisantes le samedi."),
    ("en", "The council should keep the late bus.", "The council should not scrap the late bus."),
]


@pytest.mark.parametrize(("point", "sentence", "expected"), FRENCH)
def test_french_pairs(point, sentence, expected):
    assert hints(point, sentence, "fr") == expected


@pytest.mark.parametrize(("point", "sentence", "expected"), ENGLISH)
def test_english_pairs(point, sentence, expected):
    assert hints(point, sentence, "en") == expected


@pytest.mark.parametrize("pairs", [FRENCH, ENGLISH])
def test_there_are_enough_pairs_of_each_kind(pairs):
    assert len(pairs) >= 40
    assert sum(not expected for *_, expected in pairs) >= 15
    assert sum("polarity" in expected for *_, expected in pairs) >= 15


@pytest.mark.parametrize(("language", "point", "sentence"), BEYOND_WORDS)
def test_what_words_cannot_tell_is_left_alone(language, point, sentence):
    assert hints(point, sentence, language) == ()


@pytest.mark.parametrize(("language", "point", "sentence"), WRONGLY_HINTED)
@pytest.mark.xfail(strict=True, reason="words alone do not know contraries: a hint, and said to be only that")
def test_the_same_thing_said_by_its_contrary(language, point, sentence):
    assert hints(point, sentence, language) == ()


def test_the_other_sentence_of_a_window_hints_nothing():
    point = "Parents want a crossing near the school."
    window = "Drivers do not want a car park near the station. Parents want a crossing near the school."
    assert hints(point, window, "en") == ()


def test_typography_changes_nothing():
    point = "L'arrêt de car n'est pas accessible en fauteuil."
    assert hints(point, point.replace("'", "’").upper(), "fr") == ()


@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from(["fr", "en"]))
def test_any_two_texts_are_read_and_a_text_never_denies_itself(one, other, language):
    assert set(hints(one, other, language)) <= {"polarity", "quantifier"}
    assert hints(one, one, language) == ()
