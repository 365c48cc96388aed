"""Who leads a session: by what they do, and by what they are called."""

import pytest

from comparia import library, references
from comparia.references.leading import called_leader


@pytest.mark.parametrize(
    "label",
    ["Animateur", "ANIMATRICE", "Modérateur 2", "Présidente de séance", "Moderator", "Host:", "Ann Lee (moderator)",
     "Léa Petit, animatrice", "Léa Petit – facilitatrice"],
)  # fmt: skip
def test_a_label_says_that_its_bearer_leads(label):
    assert called_leader(label)


@pytest.mark.parametrize(
    "label", ["Ann Lee", "Mme le Maire", "Hostettler", "Marie Animat", "Animateur sportif", "Chairs Ltd"]
)
def test_a_name_says_nothing_of_it(label):
    assert not called_leader(label)


def test_what_somebody_called_animateur_says_is_no_point_of_view(tmp_path):
    file = tmp_path / "verbatim.txt"
    said = "Nous passons à la question du stationnement. Qui veut réagir ?"
    file.write_text(
        f"Animateur : {said}\n\nMme Petit : Je veux garder les douze places devant la boulangerie, pour mes clients.\n\n"
        "M. Benali : Je refuse que la rue soit fermée le samedi, parce que les livraisons passent par là.\n",
        "utf-8",
    )
    session = library.read_transcript(file)
    (leader,) = references.likely_moderators(session)
    assert session.speaker_name(leader) == "Animateur"
    found = references.suggest(session)
    assert found.moderators == (leader,)
    assert found.key_points
    assert not any("stationnement" in point.text for point in found.key_points if found.is_minority(point))


def test_whom_a_person_named_wins_over_a_label(tmp_path):
    file = tmp_path / "verbatim.txt"
    file.write_text("Animateur : Bonsoir.\n\nMme Petit : Un banc.\n\nM. Benali : Un arbre, là.\n", "utf-8")
    session = library.read_transcript(file)
    nobody = session.model_copy(update={"nobody_moderates": True})
    assert references.likely_moderators(nobody) == ()
