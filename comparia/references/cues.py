"""Patterns, in French and in English, of the words by which people ask, judge, promise, agree and lead a meeting.

They are used to suggest key points without a model. The comment under each name says what its words do.
"""

from __future__ import annotations

import re

from comparia.text.wordlists import LANGUAGES, table


def _cues(name: str) -> dict[str, re.Pattern[str]]:
    """Return, for each language, the pattern that matches the cues of one name as whole words."""
    return {
        language: re.compile(r"(?<![\w'])(?:" + "|".join(table(language, "cues", name)["patterns"]) + r")(?!\w)")
        for language in LANGUAGES
    }


ASKS = _cues("asks")
"""Wants, asks, proposes, refuses. These cues have the highest weight."""
JUDGES = _cues("judges")
"""Approves, opposes, fears, gives a reason or a condition."""
COMMITS = _cues("commits")
"""Decides, plans, promises, costs."""
MEETING = _cues("meeting")
"""Greets, thanks, asks for the floor, speaks of the meeting itself."""
LEADS = _cues("leads")
"""Names the one who leads a session by what they do there."""
AGREES = _cues("agrees")
"""Agrees with what somebody has just said."""
COUNTERS = _cues("counters")
"""Replies to what somebody has just said, without agreeing."""
NEGATES = _cues("negates")
APPROVES = _cues("approves")
OPPOSES = _cues("opposes")
VAGUE = _cues("vague")
"""Says nothing of the subject."""
FIRST_PERSON = _cues("first_person")
CONCLUDES = {
    "fr": re.compile(r"donc |alors moi|du coup|moi |nous |en résumé"),
    "en": re.compile(r"so |therefore|i'd |my "),
}
LEANS = {
    "fr": re.compile(r"(?:ils?|elles?|lui|ça|cela|c'est|c'était|parce|et|que|qui)\b"),
    "en": re.compile(r"(?:it|it's|that|that's|they|he|she|this|which|because|and|or)\b"),
}
"""Begins with a word that points back to what was said before."""
CONTACT = re.compile(r"\S+@\S+|(?:\+?\d[\s.]?){8,}|\d{5}\s\d{6}")
"""An e-mail address or a telephone number: personal data, left out of a suggested list."""
FILLER = {
    "fr": re.compile(
        r"(?:\[[^\]]*\]|alors|donc|bon|ben|bah|euh|enfin|voilà|ouais|ah|oh|eh bé|hein|et|mais|parce qu['e]?|"
        r"du coup|écoutez|attendez|justement)(?:\s*[,.!…]+\s*|\s+)",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"(?:\[[^\]]*\]|so|well|um|uh|er|yeah|okay|ok|right|and|but|like|oh|ah|i mean|you know|because)"
        r"(?:\s*[,.!…]+\s*|\s+)",
        re.IGNORECASE,
    ),
}
DANGLING = {
    "fr": re.compile(r"[\s,;]+(?:et|mais|donc|ou|parce que?|alors|puis|que|qui)[\s,;….]*$", re.IGNORECASE),
    "en": re.compile(r"[\s,;]+(?:and|but|so|or|because|then|which|that)[\s,;….]*$", re.IGNORECASE),
}
HESITATION = re.compile(r",?\s*\b(?:euh|um|uh|er|hum)\b\s*,?", re.IGNORECASE)
STAMMER = re.compile(r"\b([\w'’]+(?: [\w'’]+)?),? \1\b", re.IGNORECASE)
