"""What annotation files share: labels of ids, levels of tiers, one time axis."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from comparia.ingest.source import Bounded, Reading, Source
from comparia.ingest.speakers import identity
from comparia.messages import N_
from comparia.records import Cue, Notice, Span

_UTTERANCES = (
    "ortho|orthographe|orthography|orthographic|transcription|transcript|transcripts|transcr|trans|utterance|"
    "utterances|utt|phrase|phrases|sentence|sentences|ipu|ipus|tx|txt|text|texte|speech|parole|default"
)
_WORDS = "word|words|mot|mots|token|tokens|tokensalign"
_ANNOTATIONS = (
    "syll|sylls|syllable|syllables|syllabe|syllabes|phone|phones|phoneme|phonemes|phonème|phonèmes|phon|phono|phonetic|"
    "phonetics|phonetique|phonétique|ipa|fonipa|sampa|pos|lemma|lemmas|lemme|lemmes|morph|morpheme|morphemes|gloss|"
    "glosses|glose|gloses|translation|translations|traduction|traductions|trad|ft|comment|comments|commentaire|"
    "commentaires|note|notes|gesture|gestures|geste|gestes|gaze|tobi|pitch|intonation|noise|noises|bruit|bruits|"
    "silence|silences|pause|pauses|music|musique"
)
_LEVELS = ((_UTTERANCES, 0), (_WORDS, 1), (_ANNOTATIONS, 2))
_RANKS = {name: rank for names, rank in _LEVELS for name in names.split("|")}
_PIECE = re.compile(r"[^\W_]+")
_EDGES = " -–_@./:()[]"
_LT = "lt"
"""ELAN ends the names of its linguistic types so."""


def milliseconds(seconds: str) -> int | None:
    """Return a time written in seconds, or None if it is no time."""
    try:
        value = float(seconds)
    except ValueError:
        return None
    return round(value * 1000) if 0 <= value < 1e9 else None


def labels_of(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the label of each id: its name, with the id where two ids bear one name, so that nobody is merged."""
    name_of = {key: name for key, name in names if key}
    bearers = Counter(identity(name) for name in name_of.values())
    return {
        key: (f"{name} ({key})" if bearers[identity(name)] > 1 else name) if name else key
        for key, name in name_of.items()
    }


@dataclass
class Tier:
    """One layer of annotation, with what it holds as cues."""

    name: str
    """Name in the file."""
    speaker: str | None
    """Whose speech it holds; None if its name is only that of a level (`ortho`)."""
    rank: int
    """0 for utterances, 1 for words, 2 for what annotates speech (phones, translations, comments)."""
    levelled: bool
    """Whether its name says its level."""
    span: Span
    """Where it lies."""
    cues: list[Cue] = field(default_factory=Bounded)
    """What it holds, in file order."""


def level(name: str) -> tuple[str, int, bool]:
    """Return what the name of a tier says: the speaker, the rank, and whether it says one (`Marie - mots`)."""
    ranks = [_RANKS[piece.casefold()] for piece in _PIECE.findall(name) if piece.casefold() in _RANKS]
    if not ranks:
        return name.strip(), 0, False
    rest = _PIECE.sub(lambda match: "" if match.group().casefold() in (*_RANKS, _LT) else match.group(), name)
    return rest.strip(_EDGES), max(ranks), True


def spoken(tiers: Sequence[Tier]) -> list[Tier]:
    """Return the tiers that hold what was said, each thing once.

    Of the levels of one speaker (`Marie`, `Marie - mots`), the one of utterances, else the one of words. A tier without
    a letter (durations of pauses) is not speech; nor are tiers that hold few words beside a tier of all words
    (`Errors`, `notes`).
    """
    candidates = [tier for tier in tiers if tier.rank < 2 and any(map(_has_letters, tier.cues))]
    all_words = max((_words(tier) for tier in candidates if tier.rank == 1 and tier.speaker is None), default=0)
    if sum(_words(tier) for tier in candidates if tier.rank == 0) < REMARKS_SHARE * all_words:
        candidates = [tier for tier in candidates if tier.rank == 1]
    best: dict[str | None, int] = {}
    for tier in candidates:
        best[tier.speaker] = min(tier.rank, best.get(tier.speaker, tier.rank))
    utterances = any(tier.rank == 0 for tier in candidates)
    speech: list[Tier] = []
    speakers: set[str | None] = set()
    for tier in candidates:
        repeats = tier.levelled and tier.speaker in speakers
        words_of_all = tier.rank == 1 and tier.speaker is None and utterances
        if tier.rank == best[tier.speaker] and not repeats and not words_of_all:
            speech.append(tier)
            speakers.add(tier.speaker)
    return speech


REMARKS_SHARE = 0.5
"""Share of the words of the tier of all words under which the other tiers are remarks on it, not what was said."""


def _words(tier: Tier) -> int:
    return sum(len(cue.text.split()) for cue in tier.cues)


def _has_letters(cue: Cue) -> bool:
    return any(map(str.isalpha, cue.text))


def interleaved(tiers: Iterable[Tier]) -> list[Cue]:
    """Return the cues of all tiers by their start: stored one tier after another, they share one time axis.

    Cues of equal start keep the order of the file, and one without time stays behind the one before it in its tier. A
    cue that starts while somebody else still speaks is flagged `overlap`.
    """
    cues_by_start: list[tuple[int, Cue]] = []
    for tier in tiers:
        at = -1
        for cue in tier.cues:
            at = at if cue.start is None else cue.start
            cues_by_start.append((at, cue))
    cues_by_start.sort(key=lambda pair: pair[0])
    cues: list[Cue] = []
    furthest: list[tuple[int, str | None]] = []
    for _at, cue in cues_by_start:
        if cue.start is not None and any(end > cue.start and who != cue.speaker for end, who in furthest):
            cue = cue.model_copy(update={"flags": (*cue.flags, "overlap")})
        cues.append(cue)
        if cue.end is not None:
            furthest = _furthest([*furthest, (cue.end, cue.speaker)])
    return cues


def _furthest(ends: list[tuple[int, str | None]]) -> list[tuple[int, str | None]]:
    """Return the two speakers who speak the longest from here."""
    latest: dict[str | None, int] = {}
    for end, who in ends:
        latest[who] = max(end, latest.get(who, end))
    return sorted(((end, who) for who, end in latest.items()), key=lambda pair: -pair[0])[:2]


def note_left_out(reading: Reading, source: Source, tiers: Sequence[Tier]) -> None:
    """Leave tiers out, and say which."""
    for tier in tiers:
        reading.ignore(N_("tier that annotates speech"), tier.span)
    if tiers:
        names = tuple(dict.fromkeys(tier.name for tier in tiers))
        reading.notices.append(Notice(code="tiers_left_out", values={"tiers": names}, file=source.name))
