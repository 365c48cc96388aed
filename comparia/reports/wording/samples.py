"""The words that present the sessions that ship: what kind each one is, and what it is good for teaching."""

from __future__ import annotations

from comparia.messages import N_
from comparia.messages import gettext as _

_KINDS = {
    "public_meeting": N_("public meeting"),
    "council": N_("town council"),
    "workshop": N_("workshop"),
    "webinar": N_("webinar"),
    "panel": N_("citizens’ panel"),
    "forum": N_("forum"),
    "general_meeting": N_("general meeting"),
}

_LESSONS = {
    "atelier-ecoles": N_(
        "Conditions: nearly everybody wants the street closed or the yard planted, but each person asks for something "
        "in return. Does the recap keep “only if”?"
    ),
    "atelier-riviere": N_(
        "Opposed interests (farmers, mills, a campsite, anglers) where each refusal has a reason of its own; nineteen "
        "people who live at the campsite all year are defended by one voice."
    ),
    "conseil-brenne": N_(
        "Four subjects, and other camps on each. An elderly woman alone refuses the dark; somebody says that nobody "
        "ever asks her."
    ),
    "council-pool": N_(
        "Two camps of the same size and one person who wants neither. A recap that says “most people” has invented it."
    ),
    "forum-hopital": N_(
        "Testimony and figures against each other: a heart attack, a corrected count, a director who sums up an "
        "agreement that two people refuse at once. A question about liability stays open."
    ),
    "forum-tenants": N_(
        "A tower that one tenant will never leave, another wants pulled down and a third refurbished; a condition "
        "(a written right to return) that recaps turn into consent."
    ),
    "library-and-hub": N_(
        "A trial accepted by seven people, nearly all with a condition of their own, and rejected by one. A chat "
        "beside the speech; key points reviewed by a person."
    ),
    "meeting-allotments": N_(
        "Rules that suit most and hurt one: a severe allergy, an illness, arms that cannot carry cans. A vote with its "
        "count."
    ),
    "panel-centre": N_(
        "The same exception asked for by people with little in common (a wheelchair, a man who finds his way by the "
        "kerb, a restaurant), and a late bus that does not serve the woman who asked for it."
    ),
    "place-du-foirail": N_(
        "The long one: ten thousand words, 90 key points, most of them held by one or two people. What a recap of 900 "
        "words must leave out, and whom. A chat beside the speech; key points reviewed by a person."
    ),
    "reunion-antenne": N_(
        "One person alone fears the waves, another brings a charge against the mayor, and a shop depends on the "
        "outcome: what a recap calls “concerns”."
    ),
    "reunion-panneaux": N_(
        "A farmer who defends the project for his living among many who refuse it for the soil; eight people agree on "
        "the school roof. Majority and reasons, side by side."
    ),
    "webinaire-compost": N_(
        "Practical demands with figures (twenty metres, 80 litres, ten o’clock, two collections a week): easy to "
        "lose, easy to check."
    ),
    "webinar-heat": N_(
        "Technical words and contracts: a cap, a break clause, a vote by two thirds. Does the recap keep who is bound "
        "to what?"
    ),
    "workshop-park": N_(
        "People who are seldom heard (somebody who slept there, teenagers) beside those who want the gates locked; "
        "“so we all agree” is refused for the sake of bats."
    ),
}


def session_kind_name(kind: str) -> str:
    """Return the kind of a session that ships, for people."""
    return _(_KINDS[kind])


def lesson_of(session: str) -> str:
    """Return what a session that ships is good for teaching; empty for one that is not known."""
    return _(_LESSONS[session]) if session in _LESSONS else ""
