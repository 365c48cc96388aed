"""Words that may be a name misheard: proposed, the right ones left alone."""

from comparia import correcting, library
from comparia.records import ContextDocument

LINES = [
    ("A", "On est allés à Quergal hier, et à Saint Orland sur Vignolle."),
    ("B", "Le siveaume a refusé, et monsieur Lebian aussi."),
    ("A", "Quergal, c'est le siveaume de la vallée qui décide. Kergall refuse."),
]


def test_what_sounds_like_a_term_is_proposed_with_its_turns(make_transcript):
    session = make_transcript(LINES, language="fr")
    found = {
        one.heard: one
        for one in correcting.proposals(session, ["Kergall", "Le Bihan", "SIVOM", "Saint-Orlan-sur-Vignolle"])
    }
    assert found["Quergal"].write == "Kergall"
    assert (found["Quergal"].times, found["Quergal"].turns) == (2, (1, 3))
    assert found["Saint Orland sur Vignolle"].write == "Saint-Orlan-sur-Vignolle"
    assert found["Lebian"].write == "Le Bihan"
    assert "Kergall" not in found


def test_words_of_everyday_are_not_proposed(foirail):
    session, _reference = foirail
    assert correcting.proposals(session, [speaker.name for speaker in session.speakers][:10]) == []


def test_names_and_acronyms_of_a_document_are_terms():
    text = "Ordre du jour\n18 h : accueil par Mme Jeanne Kerbrat. Le SIVOM présente le Foirail.\nVote du budget."
    assert correcting.terms_of([text]) == ["Jeanne Kerbrat", "SIVOM", "Foirail"]


def test_terms_of_the_context_are_proposed_without_being_named(make_transcript):
    session = make_transcript(LINES, language="fr")
    session = library.with_context(
        session, [ContextDocument(title="Ordre du jour", text="Visite de Kergall le 3 mai.")]
    )
    assert [(one.heard, one.write) for one in library.propose_corrections(session)] == [("Quergal", "Kergall")]
