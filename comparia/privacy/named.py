"""Detection of people named in a session who do not speak in it: by the words around a name, and by known names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from comparia.privacy.identifiers import identifiers
from comparia.privacy.names import INSTITUTIONS, NOT_PEOPLE, PARTICLES, PLACES, ROLES, SERVICES, TITLES
from comparia.privacy.people import (
    Person,
    Word,
    article_before,
    civility_of,
    doubtful,
    famous_at,
    given,
    is_capitalised,
    is_hurried,
    key_of,
    person_named,
    place_before,
    proper,
    speaker_of,
    title_before,
    words_of,
)
from comparia.records import Transcript
from comparia.text.words import STOP_WORDS, strip_accents

_NOT_AFTER_CIVILITY = ROLES | frozenset(
    "le la les l un une des du de d et ou a au aux qui que vous je il elle on nous ils elles si oui non merci bonjour "
    "bonsoir chere cher vice sous ex co".split()
)
_RELATIVES = (
    "voisin|voisine|mari|femme|épouse|époux|fils|fille|frère|sœur|soeur|père|mère|oncle|tante|cousin|cousine|neveu|"
    "nièce|beau-frère|beau-père|beau-fils|belle-sœur|belle-mère|belle-fille|collègue|ami|amie|copain|copine|compagnon|"
    "compagne|médecin|infirmier|infirmière|associé|associée|patron|patronne|assistant|assistante|élève|enfant|"
    "petit-fils|petite-fille|grand-mère|grand-père|locataire|propriétaire|ex|nounou|gardien|gardienne|grand-tante|"
    "grand-oncle|arrière-grand-mère|arrière-grand-père|marraine|parrain|filleul|filleule|fiancé|fiancée|belle-soeur|"
    "demi-frère|demi-sœur|jumeau|jumelle|tutrice|tuteur|nourrice|petit copain|petite amie"
)
_ENGLISH_RELATIVES = (
    "neighbour|neighbor|husband|wife|son|daughter|brother|sister|father|mother|mum|mom|dad|uncle|aunt|cousin|nephew|"
    "niece|colleague|friend|mate|partner|doctor|nurse|boss|assistant|grandson|granddaughter|gran|nan|landlord|landlady|"
    "child|kid|carer|tenant|ex|lodger|grandad|grandmother|grandfather|son-in-law|daughter-in-law"
)
_RELATIVE = re.compile(f"(?:{_RELATIVES}|{_ENGLISH_RELATIVES})s?")
_ADULTS = (
    "monsieur|dame|femme|homme|type|gars|jeune|fille|garçon|gamin|gamine|personne|retraité|retraitée|"
    "man|woman|lady|chap|bloke|boy|girl|lad"
)
_INTRODUCED = re.compile(
    r"(?:je m['’]appelle|je me nomme|moi,? c['’]est|s['’]appel(?:le|ait|lent|aient)|"
    r"m['’]appelle|(?:un|une) certaine?|(?:dé)?nommée?s?|"
    r"prénommée?|surnommée?|familles?|héritiers|consorts|succession|"
    r"les parents (?:de|d['’])|parents (?:de|d['’])|enfants (?:de|d['’])|"
    r"(?:démission|départ|nomination|candidature|élection|décès|"
    r"intervention|proposition|remarque|présence|absence|procuration|pouvoir) (?:de|à|d['’])|"
    r"(?:les )?époux|née|veuve|chez les?|feu|signée?(?: par)?|signé :|"
    rf"(?:mon|ma|mes|son|sa|ses|notre|votre|leur|leurs|nos|vos|du|de la|de son|de sa|au|le|la) (?:{_RELATIVES})s?|"
    r"(?:le|la|ce|cette|du|au|mon|ma|notre) (?:petit|petite|vieux|vieille|pauvre|jeune|père|mère|grand|grande)|"
    rf"(?:un|une|le|la|ce|cette|son|sa|mon|ma|leur|a|the|that|this|his|her|my|our|their) (?:{_ADULTS}),?|"
    r"(?:présidée?|rédigée?|animée?|représentée?|proposée?|appuyée?|signée?|remplacée?|accompagnée?|succède à|"
    r"seconded|proposed|moved|chaired|signed|written|led|taken|represented) (?:par|by)|"
    r"(?:deux|trois|quatre|mes|ses|nos|two|three|four|my|her|his|our) "
    r"(?:enfants|filles|fils|gamins|children|kids|boys|girls|daughters|sons)|"
    rf"(?:{_RELATIVES})s? de|well done|félicitations(?: à)?|congratulations(?: to)?|"
    r"merci(?: à| beaucoup| bien)?|bonjour|bonsoir|salut|coucou|bienvenue(?: à)?|"
    r"bravo|désolée?|pardon|d['’]accord avec|"
    r"thanks(?: to)?|thank you|hello|hi|welcome|sorry|cheers|well said|agree with|dear|"
    r"my name is|my name['’]s|(?:is|was|are|were|got) called|named|"
    r"a certain|the family|the late|old|young|little|poor|née|nicknamed|"
    rf"(?:my|his|her|our|your|their|the) (?:late |old |eldest |youngest |elder |younger )?(?:{_ENGLISH_RELATIVES})s?"
    r"|i['’]m|i am|this is|it['’]s|c['’]est|"
    r"ask(?:ed)?|tell|told|called|phoned|rang|met|saw|"
    r"saluer|remercier|inviter|invité|perdu|connaissez|connaît|demandez|demander|contactez|"
    r"contacter|appelez|ask for|contact|au nom de|in the name of|called|on behalf of|de la part de|care of)"
    r"[ \u00a0,:]{1,2}$",
    re.IGNORECASE,
)
"""Matches words that, before a capital, announce a person."""
_CAPITALS = (
    r"(?:[A-ZÀ-Þ][\w'’.-]*|de|du|des|d['’]|la|le|van|von|der|el|al|ben|bin|dos|da)"
    r"(?:[ -](?:[A-ZÀ-Þ][\w'’.-]*|de|du|des|d['’]|la|le|van|von|der|el|al|ben|bin|dos|da)){0,4}"
)
_TOGETHER = re.compile(
    r"(?:\b(?:MM|Mmes|Messieurs|Mesdames|Mr and Mrs|Messrs)\.? |"
    r"\b(?:M|Mme|Mr|Mrs|Monsieur|Madame)\.? )"
    r"[\w'’-]+(?: [A-ZÀ-Þ][\w'’-]+)?,? (?:et|and|ou|or) $|"
    rf"\b(?:MM|Mmes|Messieurs|Mesdames|Messrs)\.? (?:{_CAPITALS}, ){{1,6}}(?:{_CAPITALS},? (?:et|and|ou|or) )?$"
)
_LISTED = re.compile(
    r"(?i:\b(?:votes?|vot(?:é|ent|e|ants?)|pour|contre|absten(?:u|us|ue|ues|tions?|u·e·s)|"
    r"présent(?:e|s|es|·e·s)?|excusé(?:e|s|es|·e·s)?|absent(?:e|s|es|·e·s)?|élu(?:e|s|es|·e·s)?|"
    r"candidat(?:e|s|es|ures?|·e·s)?|pouvoirs?|procurations?|démissions?|démissionnaires?|"
    r"coopté(?:e|s|es)?|nommé(?:e|s|es)?|resignations?|co-opted|appointed|"
    r"signataires?|participants?|participantes?|membres?|titulaires?|suppléant(?:e|s|es)?|"
    r"délégué(?:e|s|es)?|inscrits?|secrétaires?|scrutateurs?|intervenants?|assesseurs?|remerciements?|"
    r"in favour|for|against|abstain(?:ed|ing)|abstentions?|present|apologies|"
    r"in attendance|attendees?|absent|nominations?|reps?|"
    r"representatives?|elected|candidates?|signatories|members?|volunteers?|speakers?|"
    r"proposed by|seconded by|names?|noms?|votes cast|résultats?|voix|room \d+|groupe \d+))\b"
    r"[^:\n.(]{0,40}(?::[ \u00a0]|[ \u00a0]?:?[ \u00a0]?\d{0,4}[ \u00a0]?\()"
    rf"(?:{_CAPITALS}(?: ?\([^()]{{1,40}}\))?(?:, [a-zà-ÿ][\w' ’]{{2,20}})?"
    r"(?: ?[,;] | et | and | & )(?:et |and )?){0,12}(?:[A-ZÀ-Þ]\.[ -]?){0,2}$"
)
"""A list of people that a vote, a roll call or an election announces, up to the name that follows."""
_WEAK = re.compile(
    r"(?:c['’]est|it['’]s|this is|ask(?:ed)?|tell|told|phoned|rang|met|saw|old|poor|grande?|perdu)[ \u00a0,:]{1,2}$",
    re.IGNORECASE,
)
"""Matches introductions that may also precede something other than a person: more evidence is needed after them."""
_AFTER_PLACE = frozenset(
    "a au aux en dans vers sur sous du des le la les l the in at to from on near of towards around outside via pres de "
    "d entre between behind past into over through across by une un ce cette chaque".split()
)


_FUNCTION = frozenset(
    strip_accents(word) for words in STOP_WORDS.values() for word in words if len(word) > 2
) | frozenset(
    "has have went says said asks asked wants thinks meant comes goes could agrees knows told with whose about after "
    "before again from their demande propose pense veut peut doit parle arrive disait voulait avait etait serait "
    "pourrait propos raison aussi encore toujours jamais apres avant leur leurs notre votre quand comme".split()
)


def lines_of(transcript: Transcript) -> list[str]:
    """Return every line of a session that models may read: turns, questions, title, place and documents of context."""
    lines = [line for turn in transcript.turns for line in turn.text.splitlines()]
    lines += dict.fromkeys(turn.about for turn in transcript.turns if turn.about)
    lines += [line for document in transcript.context for line in (document.title, *document.text.splitlines())]
    lines += [part.title for part in transcript.parts]
    return [*lines, *filter(None, (transcript.title, transcript.place))]


def people_of(transcript: Transcript) -> list[Person]:
    """Return the people to hide: the speakers, then those named in the turns, each once."""
    people: dict[str, Person] = {}
    for speaker in transcript.speakers:
        person = speaker_of(speaker)
        if person is not None:
            people.setdefault(key_of(person.name), person)
    speaker_words = {key_of(word) for person in people.values() for word, _role in person.words}
    lines = lines_of(transcript)
    usual = lower_words(lines)
    for line in lines:
        for person in _named_in(line, speaker_words, usual):
            people.setdefault(key_of(person.name), person)
    return list(people.values())


def people_in(text: str) -> list[str]:
    """Return the names of people in a text written by hand, such as a prompt, without reference to a session."""
    lines = text.splitlines()
    usual = lower_words(lines)
    return list(dict.fromkeys(person.name for line in lines for person in _named_in(line, set(), usual)))


def lower_words(lines: Iterable[str]) -> Counter[str]:
    """Return how often each word is written without a capital; words in identifiers (addresses…) are left out."""
    counts: Counter[str] = Counter()
    for line in lines:
        mentions = identifiers(line)
        counts.update(
            w.key
            for w in words_of(line)
            if w.text[0].islower() and not any(m.start <= w.start < m.end for m in mentions)
        )
    return counts


def usual_words(transcript: Transcript) -> frozenset[str]:
    """Return the words written without a capital at least twice, and more often than with one.

    Such a word alone does not prove that a name is meant.
    """
    lines = [line for turn in transcript.turns for line in turn.text.splitlines()]
    lower = lower_words(lines)
    upper = Counter(w.key for line in lines for w in words_of(line) if not w.text[0].islower() and not w.opens)
    names = {s.id: [w.key for w in words_of(s.name)] for s in transcript.speakers}
    for turn in transcript.turns:
        upper.update(names.get(turn.speaker or "", ()))
    upper.update(key for keys in names.values() for key in keys)
    return frozenset(key for key, n in lower.items() if n > 1 and n > upper[key])


def _named_in(line: str, speaker_words: set[str], usual: Counter[str]) -> Iterator[Person]:
    words = words_of(line)
    is_lower_case = is_hurried(line)
    n = 0
    while n < len(words):
        if (after := famous_at(words, n)) > n and words[after - 1].key not in speaker_words:
            n = after
            continue
        name = (
            _hurried_at(words, n, speaker_words, usual)
            if is_lower_case
            else _name_at(line, words, n, speaker_words, usual)
        )
        if name is None:
            n += 1
            continue
        end, civility = name
        person = person_named(line[words[n].start : words[end - 1].end], speaks=False, civility=civility)
        if person is not None:
            yield person
        n = end


def _hurried_at(
    words: Sequence[Word], n: int, speaker_words: set[str], usual: Counter[str]
) -> tuple[int, str | None] | None:
    """Return the end of a name in a line without capitals, and its gender; None where no name begins at word n.

    It is a name after a civility, or a given name with the rare word that follows it.
    """
    word = words[n]
    if word.key in _NOT_AFTER_CIVILITY or len(word.key) < 4:
        return None
    civility = civility_of(words[n - 1]) if n and word.joined.strip(" \u00a0.") == "" else None
    if civility is not None and len(words[n - 1].key) < 8:
        return n + 1, civility
    if not given(word.key) or doubtful(word.key) or word.key in NOT_PEOPLE or usual[word.key] > 3:
        return None
    end = n + 1
    if word.key not in speaker_words:
        while (
            end < len(words)
            and end - n < 4
            and words[end].joined in (" ", "'", "’", "-")
            and _rare(words[end].key, usual)
        ):
            end += 1
    return end, None


def _rare(key: str, usual: Counter[str]) -> bool:
    return len(key) > 3 and usual[key] == 1 and key not in _FUNCTION and not doubtful(key)


def _name_at(
    line: str, words: Sequence[Word], n: int, speaker_words: set[str], usual: Counter[str]
) -> tuple[int, str | None] | None:
    """Return where the name that begins at word n ends, and the civility before it; None where no name begins."""
    word = words[n]
    has_elision = (
        word.text in ("O", "N", "D", "L")
        and n + 1 < len(words)
        and words[n + 1].joined in ("'", "’")
        and proper(words[n + 1])
    )
    if not (proper(word) or has_elision) or word.key in ROLES or place_before(words, n):
        return None
    civility = _civility_before(words, n)
    is_introduced = _is_introduced(line, words, n)
    end = _end(words, n, noble=civility is not None or is_introduced)
    if civility is not None:
        if end == n + 1 and word.key in TITLES and article_before(words, n):
            return None  # Madame la Principale
        is_person = word.key not in _NOT_AFTER_CIVILITY or (end > n + 1 and words[n + 1].key not in ROLES)
        return (end, civility) if is_person else None
    if civility_of(word) is not None or (end == n + 1 and (word.key in TITLES or _shouted_thing(line, words, n))):
        return None
    if _in_apposition(line, words, n, end):
        return end, None
    if any(_TOGETHER.search(line[max(0, at - 80) : at]) for at in {word.start, words[_start(words, n)].start}):
        return end, ""
    if (word.key not in PARTICLES or end > n + 1) and (
        _is_listed(line, words, n, end) or _is_joined(words, n, end, speaker_words)
    ):
        return end, None
    if (
        _has_initial(words, n)
        and word.key not in _FUNCTION
        and not usual[word.key]
        and word.key not in NOT_PEOPLE | PLACES | SERVICES
    ):
        return end, None
    if word.key in PARTICLES and (end == n + 1 or word.opens):
        return None
    after = line[words[end - 1].end : words[end - 1].end + 24]
    if _FOLLOWED.match(after) and word.key not in NOT_PEOPLE and not usual[word.key]:
        return end, None
    if (
        end == n + 1
        and word.text.endswith("s")
        and n
        and words[n - 1].key in ("the", "les")
        and _NEIGHBOURS.match(after)
    ):
        return end, None
    keys = [w.key for w in words[n:end]]
    is_barred = any(key in NOT_PEOPLE or key in INSTITUTIONS or key in PLACES for key in keys)
    has_given_name = any(given(key) and not doubtful(key) for key in keys)
    if is_introduced and not (is_barred and not has_given_name):
        sure = given(word.key) or not usual[word.key]
        weak = _WEAK.search(line[max(0, word.start - 20) : word.start]) and not given(word.key) and end == n + 1
        if sure and not weak and word.key not in _NOT_AFTER_CIVILITY:
            return end, None
    if end > n + 1:
        return _several(words, n, end, speaker_words, usual, barred=is_barred)
    if given(word.key) and word.key not in speaker_words and word.key not in NOT_PEOPLE:
        alone = not doubtful(word.key) or (not word.opens and not usual[word.key])
        return (end, None) if alone else None
    return None


_BEFORE_A_LETTER = frozenset(
    "plan option vitamine vitamin groupe group hepatite hepatitis batiment annexe section zone lot scenario phase "
    "classe class unit block flat grade type appendix figure lettre letter quai porte hall "
    "terminal ligne line bloc tour escalier volet axe".split()
)


def _has_initial(words: Sequence[Word], n: int) -> bool:
    """Return whether an initial and its full stop stand before a capital: `O. Sanni`, but not `plan B. Le reste`."""
    if len(words[n].text) < 3 or not n or len(words[n - 1].text) != 1 or not words[n - 1].text.isupper():
        return False
    between = words[n].joined
    is_letter_name = n > 1 and words[n - 2].key in _BEFORE_A_LETTER and words[n - 1].joined == " "
    return between in (". ", ".\u00a0", ".") and not is_letter_name


def _shouted_thing(line: str, words: Sequence[Word], n: int) -> bool:
    """Return whether a word in capitals after an article, in a line that is not, stands for a thing: `le GRETA`."""
    word = words[n]
    return word.text.isupper() and len(word.text) < 7 and article_before(words, n) and not line.isupper()


def _in_apposition(line: str, words: Sequence[Word], n: int, end: int) -> bool:
    """Return whether capitals between commas say who an office or a relative is: `l'interne, Huan Li, qui est seul`."""
    word = words[n]
    if (
        not n
        or word.joined != ", "
        or any(w.key in NOT_PEOPLE or w.key in INSTITUTIONS or w.key in PLACES for w in words[n:end])
    ):
        return False
    before = words[n - 1]
    office = before.text.islower() and (before.key in TITLES or bool(_RELATIVE.fullmatch(before.text)))
    return office and line[words[end - 1].end : words[end - 1].end + 1] in (",", ".", ";", ")", "")


def _is_joined(words: Sequence[Word], n: int, end: int, speaker_words: set[str]) -> bool:
    """Return whether capitals follow the name of a speaker and `et`, `and`: `Bozec, Dubreuil et Nasri se chargent`."""
    keys = [w.key for w in words[n:end]]
    if any(key in NOT_PEOPLE or key in INSTITUTIONS or key in PLACES or key in SERVICES for key in keys) or n < 2:
        return False
    glue, other = words[n - 1], words[n - 2]
    is_name = (other.key in speaker_words or given(other.key)) and proper(other) and not doubtful(other.key)
    return glue.key in ("et", "and") and glue.joined in (" ", ", ") and words[n].joined == " " and is_name


def _is_listed(line: str, words: Sequence[Word], n: int, end: int) -> bool:
    """Return whether capitals stand in a list of people: between a colon or a comma and the next one."""
    if any(
        key in NOT_PEOPLE or key in INSTITUTIONS or key in PLACES or key in SERVICES
        for key in (w.key for w in words[n:end])
    ):
        return False
    after = line[words[end - 1].end : words[end - 1].end + 6]
    if not re.match(r"\s?[,;.()]|$| \d| et | and | & ", after):
        return False
    return bool(_LISTED.search(line[max(0, words[n].start - 240) : words[n].start]))


def _several(
    words: Sequence[Word], n: int, end: int, speaker_words: set[str], usual: Counter[str], *, barred: bool
) -> tuple[int, str | None] | None:
    """Return the end and the gender of a person's name made of two or more capitalised words; None if it is none."""
    word, last = words[n], words[end - 1]
    if any(w.key in PLACES for w in words[n + 1 : end]):
        return None
    if given(word.key) and word.key not in NOT_PEOPLE and not (doubtful(word.key) and word.opens):
        return (end, None) if word.key not in speaker_words or words[n + 1].key not in speaker_words else None
    before_it = words[n - 1] if n else None
    acronym = before_it is not None and word.joined == " " and before_it.text.isupper() and 1 < len(before_it.text) < 5
    if barred or acronym:
        return None
    if given(last.key) and not doubtful(last.key) and not word.opens:
        return end, None
    if any(usual[w.key] for w in words[n:end]) or any(doubtful(w.key) for w in words[n:end]):
        return None
    is_shouted = last.text.isupper() and len(last.text) > 2 and not word.text.isupper()
    if any(w.key in TITLES or w.key in SERVICES for w in words[n:end]) or word.key.endswith("ment"):
        return None
    if end == n + 2 and last.joined in ("-", "‑"):
        return None  # Attentat-Intrusion; a surname of two parts is announced by something
    is_in_full = all(len(w.text) > 2 and not w.text.isupper() for w in words[n:end] if w.key not in PARTICLES)
    if any(w.key in _FUNCTION for w in words[n:end]):
        return None
    before = words[n - 1].key if n and words[n].joined in (" ", "\u00a0", "'", "’") else ""
    if before in _AFTER_PLACE or before in INSTITUTIONS or (word.opens and not is_shouted):
        return None
    return (end, None) if is_shouted or is_in_full else None


def _start(words: Sequence[Word], n: int) -> int:
    """Return where a name begins whose first capital is at n: at the particle before it, if there is one."""
    start = n
    while (
        start
        and words[start].joined in (" ", "\u00a0", "'", "’")
        and (
            words[start - 1].key in _OPENING
            or (
                words[start - 1].key in ("la", "le", "les")
                and (is_capitalised(words[start - 1].text) or (start > 1 and words[start - 2].key == "de"))
            )
        )
    ):
        start -= 1
    return start


def _civility_before(words: Sequence[Word], n: int) -> str | None:
    for start in {n, _start(words, n)}:
        if start and words[start].joined.strip(" \u00a0.") == "":
            some_man = (
                words[start - 1].text.islower()
                and start > 1
                and words[start - 2].key in ("un", "une", "ce", "cette", "a", "le", "la")
            )
            civility = None if some_man and start < n else civility_of(words[start - 1])
            if civility is not None and not (start < n and words[n].key in ROLES):
                return civility
    return "" if title_before(words, n) else None


def _is_introduced(line: str, words: Sequence[Word], n: int) -> bool:
    word = words[n]
    start = _start(words, n)
    starts = {n} if start and words[start - 1].key in _FROM_SOMEWHERE else {n, start}
    return proper(word) and any(
        bool(_INTRODUCED.search(line[max(0, words[at].start - 60) : words[at].start])) for at in starts
    )


_FROM_SOMEWHERE = frozenset("bonjour bonsoir salut coucou merci bienvenue hello hi greetings".split())
"""Greetings: `bonjour de Limoges` says where from, not who."""


def _end(words: Sequence[Word], n: int, *, noble: bool) -> int:
    """Return where a name that begins at word n ends: capitals joined by spaces, hyphens, apostrophes or particles."""
    spaces = (" ", "\u00a0", "'", "’")
    end = n + 1
    while end < len(words) and end - n < 5:
        word = words[end]
        glue = word.joined
        initial = glue.strip() == "." and len(words[end - 1].text) == 1
        if glue not in (*spaces, "-", "‑") and not initial:
            break
        if glue in ("'", "’"):
            # O'Connor, N'Diaye, d'Orves, Floc'h: one name; l'Hélène, Marchetti's are not
            inner = words[end - 1].key in ("d", "l", "o", "n") or (
                word.key not in ("s", "re", "ll", "ve") and len(word.key) < 6
            )
            if inner and words[end - 1].key not in ("s", "qu", "c", "j"):
                end += 1
                continue
            break
        has_elision = (
            word.text in ("N", "O", "D", "L", "M") and end + 1 < len(words) and words[end + 1].joined in ("'", "’")
        )
        if (proper(word) and word.key not in ROLES) or has_elision:
            end += 1
            continue
        ahead = end
        while ahead < len(words) and ahead - end < 3 and words[ahead].key in _INNER and words[ahead].joined in spaces:
            ahead += 1
        opens_particle = word.key in _OPENING and (noble or given(words[n].key) or is_capitalised(word.text))
        if (
            ahead > end
            and ahead < len(words)
            and opens_particle
            and words[ahead].joined in spaces
            and proper(words[ahead])
        ):
            end = ahead + 1
            continue
        break
    return end


_INNER = PARTICLES - {"et", "the", "of"}
_FOLLOWED = re.compile(
    r"^,? (?:here\b|ici (?:présent|présente)|née? (?:le|en|à)|born|family\b|domiciliée?|who lives|qui habite)"
)
"""Matches words that, after capitals, show that these name a person."""
_NEIGHBOURS = re.compile(
    r"^ (?:next door|opposite|across the road|upstairs|downstairs|family|d['’]à côté|d['’]en face|du dessus)"
)
_OPENING = frozenset("de du des d van von der den el al ben da dos di".split())
"""Particles inside a name, and those that may come first after a given name."""
