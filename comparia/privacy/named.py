"""People named in a session who do not speak in it: found by what stands around a name, and by names that people bear."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from comparia.privacy.identifiers import identifiers
from comparia.privacy.names import INSTITUTIONS, NOT_PEOPLE, PARTICLES, PLACES, ROLES
from comparia.privacy.people import (
    Person,
    Word,
    civility_of,
    doubtful,
    given,
    is_capitalised,
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
    "le la les l un une des du de d et ou a au aux qui que vous je il elle on nous ils elles si oui non merci bonjour bonsoir "
    "chere cher".split()
)
_RELATIVES = (
    "voisin|voisine|mari|femme|épouse|époux|fils|fille|frère|sœur|soeur|père|mère|oncle|tante|cousin|cousine|neveu|nièce|beau-frère|"
    "beau-père|beau-fils|belle-sœur|belle-mère|belle-fille|collègue|ami|amie|copain|copine|compagnon|compagne|médecin|infirmier|"
    "infirmière|associé|associée|patron|patronne|assistant|assistante|élève|enfant|petit-fils|petite-fille|grand-mère|grand-père|"
    "locataire|propriétaire|ex|nounou|gardien|gardienne"
)
_ENGLISH_RELATIVES = (
    "neighbour|neighbor|husband|wife|son|daughter|brother|sister|father|mother|mum|mom|dad|uncle|aunt|cousin|nephew|niece|colleague|"
    "friend|mate|partner|doctor|nurse|boss|assistant|grandson|granddaughter|gran|nan|landlord|landlady|child|kid|carer|tenant|ex|"
    "lodger|grandad|grandmother|grandfather|son-in-law|daughter-in-law"
)
_ADULTS = "monsieur|dame|femme|homme|type|gars|jeune|fille|garçon|gamin|gamine|personne|retraité|retraitée|man|woman|lady|chap|bloke|boy|girl|lad"
_INTRODUCED = re.compile(
    r"(?:je m['’]appelle|je me nomme|moi,? c['’]est|s['’]appel(?:le|ait|lent|aient)|m['’]appelle|(?:un|une) certaine?|(?:dé)?nommée?s?|"
    r"prénommée?|surnommée?|la famille|(?:les )?époux|née|veuve|chez les?|feu|signée?(?: par)?|signé :|"
    rf"(?:mon|ma|mes|son|sa|ses|notre|votre|leur|leurs|nos|vos|du|de la|de son|de sa|au|le|la) (?:{_RELATIVES})s?|"
    r"(?:le|la|ce|cette|du|au|mon|ma|notre) (?:petit|petite|vieux|vieille|pauvre|jeune|père|mère|grand|grande)|"
    rf"(?:un|une|le|la|ce|cette|a|the|that|this) (?:{_ADULTS})|(?:deux|trois|quatre|mes|ses|nos|two|three|four|my|her|his|our) (?:enfants|filles|"
    r"fils|gamins|children|kids|boys|girls|daughters|sons)|"
    r"merci(?: à| beaucoup| bien)?|bonjour|bonsoir|salut|coucou|bienvenue(?: à)?|bravo|désolée?|pardon|d['’]accord avec|"
    r"thanks(?: to)?|thank you|hello|hi|welcome|sorry|cheers|well said|agree with|dear|"
    r"my name is|my name['’]s|(?:is|was|are|were|got) called|named|a certain|the family|the late|old|young|little|poor|née|nicknamed|"
    rf"(?:my|his|her|our|your|their|the) (?:late |old |eldest |youngest |elder |younger )?(?:{_ENGLISH_RELATIVES})s?"
    r"|i['’]m|i am|this is|it['’]s|c['’]est|ask(?:ed)?|tell|told|called|phoned|rang|met|saw|saluer|remercier|inviter|invité|perdu|connaissez|connaît|demandez|demander|contactez|"
    r"contacter|appelez|ask for|contact|au nom de|in the name of|called|on behalf of|de la part de|care of)"
    r"[ \u00a0,:]{1,2}$",
    re.IGNORECASE,
)
"""What, before a capital, says that a person follows."""
_TOGETHER = re.compile(
    r"(?:\b(?:MM|Mmes|Messieurs|Mesdames|Mr and Mrs|Messrs)\.? |\b(?:M|Mme|Mr|Mrs|Monsieur|Madame)\.? )[\w'’-]+(?: [A-ZÀ-Þ][\w'’-]+)?,? (?:et|and|ou|or) $"
)
_WEAK = re.compile(
    r"(?:c['’]est|it['’]s|this is|ask(?:ed)?|tell|told|phoned|rang|met|saw|old|poor|grande?|perdu)[ \u00a0,:]{1,2}$",
    re.IGNORECASE,
)
"""Introductions that other things than people follow as well: they need more."""
_AFTER_PLACE = frozenset(
    "a au aux en dans vers sur sous du des le la les l the in at to from on near of towards around outside via pres de d entre "
    "between behind past into over through across by une un ce cette chaque".split()
)


_FUNCTION = frozenset(
    strip_accents(word) for words in STOP_WORDS.values() for word in words if len(word) > 2
) | frozenset(
    "has have went says said asks asked wants thinks meant comes goes could agrees knows told with whose about after before again from their "
    "demande propose pense veut peut doit parle arrive disait voulait avait etait serait pourrait propos raison aussi encore toujours "
    "jamais apres avant leur leurs notre votre quand comme".split()
)


def people_of(transcript: Transcript) -> list[Person]:
    """Everybody to hide: the speakers, then those named in the turns, each once."""
    people: dict[str, Person] = {}
    for speaker in transcript.speakers:
        person = speaker_of(speaker)
        if person is not None:
            people.setdefault(key_of(person.name), person)
    known = {key_of(word) for person in people.values() for word, _role in person.words}
    lines = [line for turn in transcript.turns for line in turn.text.splitlines()]
    lines.append(transcript.title)
    usual = lower_words(lines)
    for line in lines:
        for person in _named_in(line, known, usual):
            people.setdefault(key_of(person.name), person)
    return list(people.values())


def lower_words(lines: Iterable[str]) -> Counter[str]:
    """How often each word is written without a capital, addresses of all kinds left out."""
    found: Counter[str] = Counter()
    for line in lines:
        taken = identifiers(line)
        found.update(
            w.key for w in words_of(line) if w.text[0].islower() and not any(m.start <= w.start < m.end for m in taken)
        )
    return found


def usual_words(transcript: Transcript) -> frozenset[str]:
    """Words written without a capital twice at least, and more often than with one: as names they are no proof."""
    lines = [line for turn in transcript.turns for line in turn.text.splitlines()]
    lower = lower_words(lines)
    upper = Counter(w.key for line in lines for w in words_of(line) if not w.text[0].islower() and not w.opens)
    names = {s.id: [w.key for w in words_of(s.name)] for s in transcript.speakers}
    for turn in transcript.turns:
        upper.update(names.get(turn.speaker or "", ()))
    upper.update(key for keys in names.values() for key in keys)
    return frozenset(key for key, n in lower.items() if n > 1 and n > upper[key])


def _named_in(line: str, known: set[str], usual: Counter[str]) -> Iterator[Person]:
    words = words_of(line)
    hurried = not any(map(str.isupper, line))
    n = 0
    while n < len(words):
        found = _hurried_at(words, n, known, usual) if hurried else _name_at(line, words, n, known, usual)
        if found is None:
            n += 1
            continue
        end, civility = found
        person = person_named(line[words[n].start : words[end - 1].end], speaks=False, civility=civility)
        if person is not None:
            yield person
        n = end


def _hurried_at(words: Sequence[Word], n: int, known: set[str], usual: Counter[str]) -> tuple[int, str | None] | None:
    """A name in a line without any capital: after a civility, or a given name with the rare word that follows it."""
    word = words[n]
    if word.key in _NOT_AFTER_CIVILITY or len(word.key) < 4:
        return None
    civility = civility_of(words[n - 1]) if n and word.joined.strip(" \u00a0.") == "" else None
    if civility is not None and len(words[n - 1].key) < 8:
        return n + 1, civility
    if not given(word.key) or doubtful(word.key) or word.key in NOT_PEOPLE or usual[word.key] > 3:
        return None
    end = n + 1
    if word.key not in known:
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
    line: str, words: Sequence[Word], n: int, known: set[str], usual: Counter[str]
) -> tuple[int, str | None] | None:
    """Where the name that begins at word n ends, and the civility before it; None where no name begins."""
    word = words[n]
    if not proper(word) or word.key in ROLES or place_before(words, n):
        return None
    civility = _civility_before(words, n)
    introduced = _is_introduced(line, words, n)
    end = _end(words, n, noble=civility is not None or introduced)
    if civility is not None:
        titled = word.key not in _NOT_AFTER_CIVILITY or (end > n + 1 and words[n + 1].key not in ROLES)
        return (end, civility) if titled else None
    if civility_of(word) is not None:
        return None
    if _TOGETHER.search(line[max(0, word.start - 80) : word.start]):
        return end, ""
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
    barred = any(key in NOT_PEOPLE or key in INSTITUTIONS or key in PLACES for key in keys)
    named = any(given(key) and not doubtful(key) for key in keys)
    if introduced and not (barred and not named):
        sure = given(word.key) or not usual[word.key]
        weak = _WEAK.search(line[max(0, word.start - 20) : word.start]) and not given(word.key) and end == n + 1
        if sure and not weak and word.key not in _NOT_AFTER_CIVILITY:
            return end, None
    if end > n + 1:
        return _several(words, n, end, known, usual, barred=barred)
    if given(word.key) and word.key not in known and word.key not in NOT_PEOPLE:
        alone = not doubtful(word.key) or (not word.opens and not usual[word.key])
        return (end, None) if alone else None
    return None


def _several(
    words: Sequence[Word], n: int, end: int, known: set[str], usual: Counter[str], *, barred: bool
) -> tuple[int, str | None] | None:
    """Whether two or more capitals in a row are a person."""
    word, last = words[n], words[end - 1]
    if any(w.key in PLACES for w in words[n + 1 : end]):
        return None
    if given(word.key) and word.key not in NOT_PEOPLE and not (doubtful(word.key) and word.opens):
        return (end, None) if word.key not in known or words[n + 1].key not in known else None
    if barred:
        return None
    if given(last.key) and not doubtful(last.key) and not word.opens:
        return end, None
    if any(usual[w.key] for w in words[n:end]) or any(doubtful(w.key) for w in words[n:end]):
        return None
    shouted = last.text.isupper() and len(last.text) > 2 and not word.text.isupper()
    spelt = all(len(w.text) > 2 and not w.text.isupper() for w in words[n:end] if w.key not in PARTICLES)
    if any(w.key in _FUNCTION for w in words[n:end]):
        return None
    before = words[n - 1].key if n and words[n].joined in (" ", "\u00a0", "'", "’") else ""
    if before in _AFTER_PLACE or before in INSTITUTIONS or (word.opens and not shouted):
        return None
    return (end, None) if shouted or spelt else None


def _start(words: Sequence[Word], n: int) -> int:
    """Where a name begins whose first capital is at n: at the particle before it, if there is one."""
    start = n
    while (
        start
        and words[start].joined in (" ", "\u00a0", "'", "’")
        and words[start - 1].key in _OPENING | {"la", "le", "les"}
    ):
        start -= 1
    return start


def _civility_before(words: Sequence[Word], n: int) -> str | None:
    for start in {n, _start(words, n)}:
        if start and words[start].joined.strip(" \u00a0.") == "":
            civility = civility_of(words[start - 1])
            if civility is not None and not (start < n and words[n].key in ROLES):
                return civility
    return "" if title_before(words, n) else None


def _is_introduced(line: str, words: Sequence[Word], n: int) -> bool:
    word = words[n]
    return any(
        bool(_INTRODUCED.search(line[max(0, words[start].start - 60) : words[start].start]))
        for start in {n, _start(words, n)}
    ) and (proper(word))


def _end(words: Sequence[Word], n: int, *, noble: bool) -> int:
    """Where a name that begins at word n ends: capitals joined by spaces, hyphens, apostrophes or particles."""
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
        elided = word.text in ("N", "O", "D", "L", "M") and end + 1 < len(words) and words[end + 1].joined in ("'", "’")
        if (proper(word) and word.key not in ROLES) or elided:
            end += 1
            continue
        ahead = end
        while ahead < len(words) and ahead - end < 3 and words[ahead].key in _INNER and words[ahead].joined in spaces:
            ahead += 1
        opened = word.key in _OPENING and (noble or given(words[n].key) or is_capitalised(word.text))
        if ahead > end and ahead < len(words) and opened and words[ahead].joined in spaces and proper(words[ahead]):
            end = ahead + 1
            continue
        break
    return end


_INNER = PARTICLES - {"et", "the", "of"}
_FOLLOWED = re.compile(r"^,? (?:née? (?:le|en|à)|born|family\b|domiciliée?|who lives|qui habite)")
"""What, after capitals, says that they were a person."""
_NEIGHBOURS = re.compile(
    r"^ (?:next door|opposite|across the road|upstairs|downstairs|family|d['’]à côté|d['’]en face|du dessus)"
)
_OPENING = frozenset("de du des d van von der den el al ben da dos di".split())
"""Particles inside a name, and those that may come first after a given name."""
