"""Names as people really say and write them: in lists, by a short form, as an account; and words that only look like names."""

import pytest

from comparia import library, privacy
from comparia.config import BackendSettings, Settings
from comparia.prompts import parse
from comparia.records import Speaker, Transcript, Turn, content_id
from comparia.reports.wording import plan_lines


def applied(text, roster, language="fr"):
    """The text as it would leave."""
    session = Transcript(
        id=content_id("tr", [text]),
        title="-",
        language=language,
        formats=("text",),
        encodings=("utf-8",),
        speakers=tuple(Speaker(id=f"s{n}", name=name) for n, name in enumerate(roster, 1)),
        turns=(Turn(number=1, speaker=None, text=text),),
    )
    veil = privacy.veil_of(privacy.pseudonyms_of(session), session)
    return veil.apply(text)


@pytest.mark.parametrize(
    ("text", "roster", "names"),
    [
        (
            "Ont voté pour : PAOLINI, DIAKITÉ, CASANOVA-BERTIN ; contre : AUBRAC.",
            ("Ann Lee",),
            "PAOLINI DIAKITÉ CASANOVA AUBRAC",
        ),
        (
            "Étaient présents : Mmes Réquillart et Gueye, MM. Vo, Loubière et Teyssèdre.",
            ("Ann Lee",),
            "Réquillart Gueye Vo Loubière Teyssèdre",
        ),
        ("Voting in favour: Pugh, Adeyemi, Sowerby. Against: Ashworth.", ("Ann Lee",), "Pugh Adeyemi Sowerby Ashworth"),
        ("Rapporteure : A. Gueye — Suppléant : C. Delattre", ("Ann Lee",), "Gueye Delattre"),
        ("Le facteur, Jordan, nous dit que la boîte est pleine.", ("Ann Lee",), "Jordan"),
        ("Le brigadier-chef Morvan passe, la carrossière Demirci aussi.", ("Ann Lee",), "Morvan Demirci"),
        ("Bozec, Dubreuil et Nasri se chargent de la saisine.", ("Yann Bozec", "Léa Dubreuil"), "Bozec Dubreuil Nasri"),
        ("It was seconded by Dilys Probert, that the minutes be signed.", ("Ann Lee",), "Dilys Probert"),
        ("The keyholder is O. Sanni, for now.", ("Ann Lee",), "Sanni"),
        ("Her boy, Tesfaye, lives abroad.", ("Ann Lee",), "Tesfaye"),
    ],
)
def test_people_who_do_not_speak_are_hidden_where_they_are_named(text, roster, names):
    hidden = applied(text, roster, "en" if text.isascii() and "The " in text + "The " and " the " in text else "fr")
    assert not [name for name in names.split() if name in hidden]


@pytest.mark.parametrize(
    ("text", "roster", "names"),
    [
        (
            "Bon, Nath et Jean-Mi, vous nous faites le résumé ?",
            ("Nathalie Kerbrat", "Jean-Michel Le Goff"),
            "Nath Jean-Mi",
        ),
        ("merci mamadoukab et merci à tous", ("Mamadou Kaba",), "mamadoukab"),
        ("merci hugues.bre82, super", ("Hugues Bréchaud",), "hugues.bre82"),
        ("tom, c'est le tome 2 du rapport ?", ("Tom Weissgerber",), "tom,"),
        ("robin ta mère est dans la salle d'attente", ("Robin Faure",), "robin"),
        ("@lulu31 et @yann le bihan merci, c'est clair", ("Yann Le Bihan",), "yann bihan"),
        ("M. de la motte ravel l'a donné trop vite", ("Grégoire de La Motte-Ravel",), "motte ravel"),
        (
            "goulven a laissé un pouvoir à quitterie",
            ("Quitterie de Saint-Amadour", "Goulven Loussot"),
            "goulven quitterie",
        ),
        ("odile odile odile baisse le son de la salle", ("Odile Bréchaud",), "odile"),
        ("Faith will chase the Trust for a reply.", ("Faith Adeyemi",), "Faith"),
        (
            "Pasteur Froehlich l'a dit, le colonel Schaeffer aussi.",
            ("Pasteur Étienne Froehlich", "Lieutenant-colonel Schaeffer"),
            "Froehlich Schaeffer",
        ),
    ],
)
def test_speakers_are_hidden_by_any_of_their_names(text, roster, names):
    hidden = applied(text, roster)
    assert not [name for name in names.split() if name in hidden]


@pytest.mark.parametrize(
    ("text", "roster"),
    [
        ("Ce jardin partagé reste modeste, douze parcelles.", ("Flora Jardin", "Modeste Akpovi")),
        ("L'Institut Pasteur a publié ses chiffres, le rond-point Pasteur est pollué.", ("Pasteur Étienne Froehlich",)),
        ("Victor Hugo a dormi dans cette auberge, paraît-il.", ("Victor Bellec",)),
        ("À chaque fois que la ZAC change de dessin.", ("Zac Peretti",)),
        ("Toute l'équipe vous attend pour la soirée de Noël, et le père Noël aussi.", ("Noël Trividic",)),
        ("Il portait un jean et un gilet jaune.", ("Jean Maubert",)),
        ("On se marie de moins en moins à la mairie annexe.", ("Marie Ozanne",)),
        ("Le dispositif Action Cœur de Ville s'ajoute au reste.", ("Ann Lee",)),
        ("Trois associations, ATD Quart Monde, le Secours Catholique et Emmaüs.", ("Ann Lee",)),
        ("Après la tempête Ciaran, Enedis a mis six jours.", ("Ann Lee",)),
        ("L'avenue du Général-Leclerc sera coupée.", ("Paul Leclerc",)),
        ("Anciennement CPE ici, je connais bien les familles.", ("Ann Lee",)),
        ("Item Nine, Public Conveniences, was taken before Item Eight.", ("Ann Lee",)),
        ("The Levelling Up Fund, the Shared Prosperity Fund, the Towns Fund.", ("Ann Lee",)),
    ],
)
def test_words_that_only_look_like_names_stay(text, roster):
    assert applied(text, roster) == text


def test_people_that_a_prompt_names_are_told_in_the_plan(foirail, tmp_path):
    text = "Tu écris pour Bertrand Quémeneur, préfet, et pour M. Vidalenc. Résume : {{ transcript }}"
    session, _reference = foirail
    far = BackendSettings(model="m", base_url="http://192.0.2.1:8000/v1", zone="eu")
    settings = Settings(outputs=tmp_path, backends={"far": far})
    told = " ".join(plan_lines(library.prepare(session, [parse(text)], ["far"], settings=settings)))
    assert "names people who are not of the session: Bertrand Quémeneur, Vidalenc. It is sent as it stands." in told
    for name in ("compte-rendu", "recap", "baselines"):
        run = library.prepare(session, name, ["far"], settings=settings)
        assert "not of the session" not in " ".join(plan_lines(run))
