"""Who a label names: rules that survived contact with real files."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from comparia.records import Speaker, SpeakerKind

_LABEL = re.compile(
    r"^[ \u00a0]*(?:[-–—][ \u00a0]+)?(?P<name>[^\n:]{1,60}?)[ \u00a0\u202f]?:(?:[ \u00a0\u202f]+|$)(?P<text>.*)$",
    re.DOTALL,
)
_NOT_NAMES = frozenset(
    (
        "ordre du jour|présents|présent|absents|absent|excusés|pour|contre|abstention|abstentions|vote|votes|"
        "date|lieu|note|notes|résumé|rappel|objet|nb|n.b|ps|q|r|réponse|question|questions|exemple|attention|"
        "participants|participantes|durée|http|https|conclusion|introduction|agenda|present|apologies|summary|"
        "example|answer|location|time|duration|subject|remember|warning|step|option|source|titre|title|"
        "décision|action|actions|suite|todo|to do|kind|language|author|break|pause|meeting notes|compte rendu|"
        "remarque|remarques|résultat|résultats|problème|objectif|objectifs|premièrement|deuxièmement|bref|total|"
        "musique|music|applaudissements|rires|excusé|excusée|excusées|présente|présentes|absente|absentes|secrétaire|"
        "secrétaires|animation|échéance|responsable|responsables|relevé|prochaine réunion|proposition|propositions|"
        "conclusions|pouvoir|pouvoirs|table des matières|groupe de travail|"
        "un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|one|two|three|four|five|"
        "point|points|propos|thème|thèmes|budget|voirie|divers|questions diverses|informations|intervenant|intervenants"
    ).split("|")
)
_FIELD = re.compile(
    r"^(?:(?:nombre|suffrages|bulletins|quorum|convocation|étai(?:en)?t|sont|ont|votes?|votants|adoptée?|rejetée?)\b|"
    r"voix (?:pour|contre)|ne prenn|secrétaires? de séance|ordre du jour|heure d|"
    r"(?:membres|conseillers) (?:en|présents|absents)|"
    r"(?:article|chapitre|titre|section|annexe|point|page|étape|figure|tableau|question|délibération|amendement|lot|"
    r"phase|axe|rapport|step|part|item|slide)s?\s+(?:n[°o]\s*)?(?:\d|[ivxl]+$))",
    re.IGNORECASE,
)
"""What opens a field of minutes or a heading, and never a name."""
_OPENERS = frozenset(
    (
        "je j'ai tu il elle on nous vous ils elles ce c'est ça cela et mais ou donc or car alors voilà voici oui "
        "non bon enfin puis premièrement deuxièmement d'abord "
        "c'est-à-dire first second third precisely exactly si que qui d'accord bonjour bonsoir merci avec sans "
        "dans quand comment pourquoi combien quel quelle quels quelles parce ensuite i it's you he she we they it "
        "this that and but so then well yes no ok okay there here because what when why how"
    ).split()
)
_SUFFIX = re.compile(
    r"\s*\((?:external|guest|invité(?:e|·e)?|externe|unverified|non vérifié|host|co-host|hôte|me|moi|vous|you|he/him|"
    r"she/her|they/them|il/lui|elle)\)\s*$",
    re.IGNORECASE,
)
CIVILITY = re.compile(
    r"^(?:(?P<his>M\.|Monsieur|Mr\.?)|(?P<her>Mme|Mlle|Madame|Mademoiselle|Mrs\.?|Ms\.?)|MM\.|Mmes|Dr\.?|Docteur|Me)"
    r"[ \u00a0]+",
    re.IGNORECASE,
)
_VOICE = re.compile(
    r"(?:une )?voix(?: (?:dans|de) (?:la salle|le public))?|(?:(?:de|dans) )?(?:la salle|le public)|"
    r"quelqu['’]un(?: dans la salle)?|somebody|someone",
    re.IGNORECASE,
)
_ARTICLES = frozenset(("le la l les the un une des deux trois plusieurs quelques autre a an another").split())
_BEFORE_ROLES = frozenset(
    (
        "premier première deuxième second seconde troisième vieille vieux jeune petit petite autre ancien "
        "ancienne first third old young elderly"
    ).split()
)
_ROLES = frozenset(
    (
        "maire président présidente ministre rapporteur rapporteure rapporteuse préfet préfète adjoint adjointe "
        "secrétaire garant garante animateur animatrice modérateur modératrice facilitateur facilitatrice "
        "commissaire député députée sénateur sénatrice habitant habitante citoyen citoyenne participant "
        "participante intervenant intervenante interlocuteur interlocutrice locuteur locutrice orateur oratrice "
        "homme femme dame monsieur personne jeune enfant spectateur spectatrice riverain riveraine voisin voisine "
        "commerçant commerçante agriculteur agricultrice représentant représentante élève étudiant étudiante "
        "lycéen lycéenne collégien collégienne parent mère père maman papa usager usagère membre élu élue "
        "conseiller conseillère directeur directrice chef cheffe responsable délégué déléguée porte-parole "
        "association collectif syndicat groupe sous-groupe table atelier équipe salle public journaliste médecin "
        "infirmier infirmière architecte technicien technicienne ingénieur ingénieure urbaniste paysagiste "
        "promoteur promotrice bailleur notaire policier policière gendarme pompier retraité retraitée salarié "
        "salariée artisan artisane restaurateur restauratrice automobiliste cycliste piéton piétonne locataire "
        "propriétaire contribuable bénévole enseignant enseignante professeur professeure éducateur éducatrice "
        "agent agente expert experte doctorant doctorante chercheur chercheuse client cliente entrepreneur "
        "entrepreneure patron patronne pêcheur chasseur chauffeur livreur maraîcher maraîchère éleveur éleveuse "
        "mayor chair chairman chairwoman chairperson moderator facilitator clerk host resident neighbour neighbor "
        "attendee member councillor officer student teacher pupil shopkeeper farmer representative speaker group "
        "panel audience woman man boy girl mother father tenant cyclist driver volunteer nurse doctor engineer "
        "planner developer landlord presenter interviewer interviewee caller"
    ).split()
)
"""Nouns that say who speaks without a name."""
_TAILS = frozenset(
    (
        "municipal municipale départemental départementale régional régionale communautaire général générale "
        "technique social sociale âgé âgée anonyme délégué déléguée adjoint adjointe enquêteur enquêtrice "
        "identifié identifiée inconnu inconnue non fond rang sortant sortante suppléant suppléante titulaire "
        "local locale scolaire associatif associative agricole unknown"
    ).split()
)
"""Words that may follow a role without a preposition."""
_LINKS = frozenset(
    (
        "de du des d la le les l au aux à en dans sur sous pour par chez contre et n° n°s nº numéro from of the "
        "in at for to with and on"
    ).split()
)
"""Words before what belongs to a role: `une habitante du quartier`."""
_SIDES = frozenset(
    ("nord sud ouest haut bas voisin voisine rural rurale urbain urbaine north south east west upper lower").split()
)
_COUNT_OF = re.compile(r"(?:n[°o] ?)?\d{1,3}(?:er|re|e|ème|th|st|nd|rd)?|[a-z]|[ivx]{1,4}", re.IGNORECASE)


@lru_cache(maxsize=4096)
def is_role(name: str) -> bool:
    """Return whether a label says who speaks by what they are: `Une habitante du quartier des Lilas`, `Table 4`.

    Nothing like a verb may follow: `Le directeur précise` is the beginning of a sentence.
    """
    bare = _PARENTHESIS.sub("", name).strip(" .")
    if _VOICE.fullmatch(bare):
        return True
    civil = re.sub(r"^(?:M\.|Monsieur|Mme|Madame)\s+", "", bare, flags=re.IGNORECASE)
    words = re.findall(r"[^\s'’]+", re.sub(r"(?:·e·?s?|\(e\)(?:s|\(s\))?|·s)(?=\s|$)", "", civil))
    low = [word.casefold() for word in words]
    n = 0
    while n < len(low) and low[n] in _ARTICLES:
        n += 1
    if n + 1 < len(low) and low[n] in _BEFORE_ROLES:
        n += 1
    noun = low[n].removeprefix("vice-").removeprefix("co-").removeprefix("ex-") if n < len(low) else ""
    if not ({noun, noun.removesuffix("s")} & _ROLES) or len(words) - n > 9:
        return False
    is_link = False
    for word, key in zip(words[n + 1 :], low[n + 1 :], strict=True):
        if key in _LINKS:
            is_link = True
        elif (
            is_link
            or key in _SIDES
            or {key, key.removesuffix("s")} & (_TAILS | _ROLES)
            or _COUNT_OF.fullmatch(word)
            or word[0].isupper()
        ):
            is_link = False
        else:
            return False
    return not is_link


_ANONYMOUS = re.compile(
    r"^(?:speaker|spk|interlocuteur|interlocutrice|intervenant(?:e|[·.(]e\)?)?|"
    r"locuteur|locutrice|orateur|oratrice|participant(?:e|[·.(]e\)?)?|personne|"
    r"voix|audience|person|voice|respondent|attendee)"
    r"(?:[ _-]*(?:n[°o] ?|nº ?|numéro |#)?\d*|[ _-]+(?:[a-z]|[ivx]{2,4})|(?-i:(?<=[a-z])[A-Z]))$|"
    r"^s\d{1,2}$|^uu$|^null$",
    re.IGNORECASE,
)
_COUNTER = re.compile(r"[a-z]|\d+[a-z]?|[a-z]\d+|[ivx]{1,4}")
"""A word that counts labels of one kind, without accents nor case."""
_UNKNOWN = re.compile(
    r"^(?:unknown|unknown[ _]speaker|inconnue?|non identifiée?|intervenant(?:e|·e)? non identifiée?)$", re.IGNORECASE
)
_MACHINE = re.compile(
    r"\b(?:read\.ai|fireflies|notetaker|note taker|circleback|otter\.ai|otterpilot|"
    r"tl;dv|fathom|sembly|meetgeek|fellow\.app)\b|"
    r"^audio shared by\b|^audio partagé par\b|^(?:zoom|teams|system|système)$|meeting notes$",
    re.IGNORECASE,
)
_CONTROLS = re.compile(
    r"\x1b\[[\d;]*[A-Za-z]|"
    r"[\u0000-\u001f\u007f-\u009f\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
    r"\U000e0000-\U000e007f]"
)
_PARENTHESIS = re.compile(r"\s*\([^)]*\)")
_PARTICLES = frozenset(("de du des d la le les van der den von el al ben bin da dos di et").split())


@lru_cache(maxsize=4096)
def without_controls(text: str) -> str:
    """Return `text` without the characters that act instead of being read: they must not hide a name."""
    return _CONTROLS.sub("", text)


_ASIDE = re.compile(
    r"\s*\((?:à (?:voix|la cantonade|l['’]adresse)|se (?:lev|tourn|rass)|"
    r"en (?:se |riant|aparté|colère)|d['’]une? (?:voix|ton)|"
    r"sur un ton|avec |sans (?:micro|conviction)|"
    r"hors micro|voix |micro |riant|rires|souriant|ironi|ému|coupant|interromp|poursuivant|reprenant|"
    r"laughing|quietly|aside|off mic|standing|interrupting|smiling|softly|loudly)[^()]{0,60}\)"
)
"""What a label says of how somebody speaks: no part of a name."""


@lru_cache(maxsize=4096)
def clean_label(label: str) -> str:
    """Return a label without control, zero-width and bidirectional-override characters, spaces collapsed, NFC."""
    return (
        _ASIDE.sub("", " ".join(unicodedata.normalize("NFC", _CONTROLS.sub("", label)).replace("\u00a0", " ").split()))
        or label
    )


@lru_cache(maxsize=4096)
def identity(label: str) -> str:
    """Return the key under which labels are the same speaker: suffixes, civility, case and spacing set aside.

    Spelling is never corrected: two spellings stay two speakers until a person says otherwise.
    """
    name = clean_label(label)
    while (shorter := _SUFFIX.sub("", name)) != name:
        name = shorter
    return (CIVILITY.sub("", name) or name).casefold()


def identities(labels: Iterable[str]) -> dict[str, str]:
    """Return the key of each label, as `identity` says, but that `M. Martin` and `Mme Martin` stay two people."""
    keys: dict[str, str] = {}
    civilities: dict[str, dict[str, str]] = {}
    for label in dict.fromkeys(labels):
        civility = CIVILITY.match(clean_label(label))
        keys[label] = identity(label)
        gender = (civility and civility.lastgroup) or ""
        title = civility.group().casefold().strip(" .\u00a0") if civility and not gender else ""
        civilities.setdefault(keys[label], {})[label] = gender or {"docteur": "dr"}.get(title, title)
    for key, members in civilities.items():
        if len({"his", "her", "dr"} & set(members.values())) > 1:
            keys.update({label: f"{civility} {key}".strip() for label, civility in members.items()})
    return keys


def kind(label: str) -> SpeakerKind:
    """Return whether a label names a person, an anonymous voice, or a machine."""
    if _MACHINE.search(label):
        return "machine"
    return "anonymous" if _ANONYMOUS.match(label) or _UNKNOWN.match(label) else "person"


def is_unknown(label: str) -> bool:
    """Return whether the label stands for several unidentified people (`Unknown Speaker`), not for one voice."""
    return bool(_UNKNOWN.match(label))


def split_label(text: str) -> tuple[str, str] | None:
    """Split `Nom : texte` into its two halves, if the first could be a name at all."""
    if ":" not in text:
        return None
    match = _LABEL.match(text)
    if match is None:
        return None
    name = match["name"].strip("*_ \t")
    if not could_be_a_name(name):
        return None
    return name, match["text"].lstrip()


@lru_cache(maxsize=4096)
def could_be_a_name(name: str) -> bool:
    """Return whether words at the head of a line could name a speaker: few, and no opening of a field of minutes."""
    bare = _PARENTHESIS.sub("", name).strip(" .")
    if bare and name[0].isalpha() and is_role(name) and bare.casefold() not in _NOT_NAMES and not _FIELD.match(bare):
        return True
    if not bare or not name[0].isalpha() or _weight(bare) > 6 or bare.casefold() in _NOT_NAMES or _FIELD.match(bare):
        return False
    if name.replace("’", "'").split()[0].casefold() in _OPENERS and (" " not in name or not looks_like_name(name)):
        return False
    first, _space, then = name.partition(" ")
    if then[:1].islower() and re.search(r"(?:ons|ez)$", first) and len(first) > 4:
        return False  # Prenons l'Allemagne : …
    return "http" not in name.lower() and not name.endswith(("?", "!", "…", ","))


def _weight(name: str) -> int:
    """Return how many words a name has, civility and particles set aside."""
    words = CIVILITY.sub("", name).replace("’", "'").split()
    return sum(word.casefold() not in _PARTICLES for word in words)


_SOUND = re.compile(
    r"^(?:rires?|applaudissements?|silence|inaudible|musique|brouhaha|pause|"
    r"crosstalk|laughter|laughs|laughing|applause|applaud|clapping|music|"
    r"noise|sic|fin|début|coupure|incompréhensible|hors micro|off|cheer(?:s|ing)?|bell|gavel|coughs?|cough(?:ing)?|"
    r"sighs?|foreign|unintelligible|"
    r"indistinct|background|singing|no audio|blank_audio|beep|phone|knocking|toux|soupirs?|cris|huées|"
    r"bruits?|chants?|sonnerie|sifflets?|voix off)\b",
    re.IGNORECASE,
)


def is_sound(label: str) -> bool:
    """Return whether what brackets hold is a sound or a remark, not who speaks: `[Rires]`, `[inaudible]`."""
    return bool(_SOUND.match(label))


_ALONE_IN_BRACKETS = re.compile(r"^(?:\[([^\[\]\n]{1,80})\]|\(([^()\n]{1,80})\)|[♪♫🎵][^♪♫🎵\n]{0,80}[♪♫🎵])[ .]{0,3}$")


def is_sound_alone(text: str) -> bool:
    """Return whether a text is only a sound in brackets: `[Musique]`, `(Applaudissements sur divers bancs.)`, `♪ ♪`."""
    match = _ALONE_IN_BRACKETS.match(text)
    if match is None or not match.lastindex:
        return match is not None
    inside = match[match.lastindex]
    return is_sound(inside) and not _NOT_HEARD.match(inside)


_NOT_HEARD = re.compile(
    r"inaudible|incompréhensible|indistinct|unintelligible|crosstalk|hors micro|foreign|sic\b", re.IGNORECASE
)
"""Remarks on words that somebody said: these stay with whoever said them."""


def looks_like_name(name: str) -> bool:
    """Return whether every word is capitalised, a particle, a mark or in parentheses: enough for a label seen once."""
    bare = _PARENTHESIS.sub("", name)
    words = bare.replace("’", "'").split()
    return (
        bool(words)
        and _weight(bare) <= 4
        and all(
            _is_capitalised(word)
            or word.lower().rstrip(".") in _PARTICLES
            or word.lower().startswith("d'")
            or not any(map(str.isalnum, word))
            for word in words
        )
        and any(map(_is_capitalised, words))
    )


def _is_capitalised(word: str) -> bool:
    return any(map(str.isupper, word)) or (word[0].isalpha() and not word[0].islower())


def accepted_labels(candidates: Iterable[str]) -> frozenset[str]:
    """Return the labels that are speakers: those that recur, look like a name, or name a voice or a machine.

    A sentence that happens to hold a colon (`Vous disiez : …`) neither recurs nor is capitalised throughout.
    """
    counts = Counter(clean_label(name) for name in candidates)
    return frozenset(
        name
        for name, n in counts.items()
        if (n >= 2 and (n >= 3 or _weight(name) <= 4))
        or looks_like_name(name)
        or is_role(name)
        or kind(name) != "person"
    )


# Aliases -------------------------------------------------------------------------------------------------------------

SPELLING_LIMIT = 400
"""Number of speakers above which spellings are not compared two by two."""
PROPOSALS_LIMIT = 500
"""Proposals beyond which none is added: nobody reads more, and hostile names make millions."""
_UNSURE = re.compile(r"^(?:unknown|inconnue?|non identifiée?)\s*\((?P<name>[^)]+)\)$", re.IGNORECASE)
_VOICE_TAG = re.compile(r"\((SPEAKER_\d+)\)")
_TITLES = frozenset(
    (
        "councilmember councillor councilor councilwoman councilman council member mayor chair chairman chairwoman "
        "commissioner senator minister president maire adjoint adjointe conseiller conseillere ministre depute deputee "
        "senateur senatrice presidente rapporteur rapporteure docteur professeur dr pr le la"
    ).split()
)


def proposed_aliases(speakers: Sequence[Speaker]) -> list[tuple[str, str, str]]:
    """Return pairs of speakers that may be one person: the ids of the shorter and fuller names, and why (a code).

    Nothing is merged: the same surname may be borne by two people, and only somebody who was there knows.
    """
    people = [speaker for speaker in speakers if speaker.kind == "person"]
    words = {speaker.id: _alias_words(speaker.name) for speaker in people}
    holders: dict[str, set[str]] = {}
    for speaker in people:
        for word in words[speaker.id]:
            holders.setdefault(word, set()).add(speaker.id)
    initials: dict[str, list[str]] = {}
    for speaker in people:
        if len(words[speaker.id]) > 1 and any(len(word) > 1 for word in words[speaker.id]):
            initials.setdefault("".join(word[0] for word in words[speaker.id]), []).append(speaker.id)
    by_id = {speaker.id: speaker for speaker in people}
    proposals: dict[tuple[str, str], str] = {}
    position = {speaker.id: n for n, speaker in enumerate(people)}
    for speaker in people:
        name_words = words[speaker.id]
        if not name_words:
            continue
        if len(proposals) >= PROPOSALS_LIMIT:
            break
        bearing = sorted((holders[word] for word in name_words), key=len)
        fuller = set.intersection(*bearing) - {speaker.id} if len(bearing[0]) <= SPELLING_LIMIT else set[str]()
        twins = [o for o in sorted(fuller, key=position.__getitem__) if set(words[o]) == set(name_words)]
        for other in twins:
            proposals.setdefault((speaker.id, other), "spelling")
        if len(fuller) == 1 and not twins:
            proposals.setdefault((speaker.id, next(iter(fuller))), "part")
        compact = speaker.name.replace(".", "").replace(" ", "")
        if compact.isupper() and 2 <= len(compact) <= 4 and len(namesakes := initials.get(_fold(compact), [])) == 1:
            proposals.setdefault((speaker.id, namesakes[0]), "initials")
    if 2 <= len(people) <= SPELLING_LIMIT:
        from rapidfuzz.distance import Levenshtein

        for n, one in enumerate(people):
            for other_one in people[n + 1 :]:
                a, b = " ".join(words[one.id]), " ".join(words[other_one.id])
                near = min(len(a), len(b)) >= 5 and a != b and Levenshtein.distance(a, b, score_cutoff=1) <= 1
                if near and not _counted_apart(words[one.id], words[other_one.id]):
                    proposals.setdefault((one.id, other_one.id), "one_letter")
    once: dict[frozenset[str], tuple[str, str, str]] = {}
    for (one_id, other_id), why in proposals.items():
        if one_id != other_id and not _are_two(by_id[one_id].name, by_id[other_id].name):
            once.setdefault(frozenset((one_id, other_id)), (one_id, other_id, why))
    return list(once.values())


def _counted_apart(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return whether two names differ by no more than a letter, a number or a Roman number: `Table A`, `Table B`."""
    if len(one) != len(other):
        return False
    pairs = [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
    return bool(pairs) and all(_COUNTER.fullmatch(word) for pair in pairs for word in pair)


def _fold(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(ch for ch in letters if not unicodedata.combining(ch))


def _alias_words(name: str) -> tuple[str, ...]:
    """Return the words that tell people apart: no accents, no case, no title, nothing in parentheses."""
    unsure = _UNSURE.match(name)
    bare = unsure["name"] if unsure else _PARENTHESIS.sub("", name)
    words = re.findall(r"[^\W_]+", _fold(CIVILITY.sub("", bare)))
    return tuple(word for word in words if word not in _TITLES)


def _are_two(one: str, other: str) -> bool:
    """Return whether civility, or two voices told apart on one microphone, says that these are two people."""
    civilities = {match.lastgroup for name in (one, other) if (match := CIVILITY.match(name))}
    tags = {match[1] for name in (one, other) if (match := _VOICE_TAG.search(name))}
    return {"his", "her"} <= civilities or len(tags) == 2
