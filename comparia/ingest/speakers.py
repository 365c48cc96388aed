"""Who a label names: rules that survived contact with real files."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from comparia.records import SpeakerKind

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
        "musique|music|applaudissements|rires"
    ).split("|")
)
_OPENERS = frozenset(
    (
        "je j'ai tu il elle on nous vous ils elles ce c'est ça cela et mais ou donc or car alors voilà voici oui non bon "
        "enfin puis si que d'accord bonjour bonsoir merci i it's you he she we they it this that and but so then well "
        "yes no ok okay there here because"
    ).split()
)
_SUFFIX = re.compile(
    r"\s*\((?:external|guest|invité(?:e|·e)?|externe|unverified|non vérifié|host|co-host|hôte|me|moi|vous|you|he/him|she/her|"
    r"they/them|il/lui|elle)\)\s*$",
    re.IGNORECASE,
)
_CIVILITY = re.compile(
    r"^(?:(?P<his>M\.|Monsieur|Mr\.?)|(?P<her>Mme|Mlle|Madame|Mademoiselle|Mrs\.?|Ms\.?)|MM\.|Mmes|Dr\.?|Docteur|Me)"
    r"[ \u00a0]+",
    re.IGNORECASE,
)
_ANONYMOUS = re.compile(
    r"^(?:speaker|spk|intervenant(?:e|·e)?|locuteur|locutrice|orateur|participant(?:e|·e)?|personne|voix|audience)[ _-]*\d*$|"
    r"^s\d{1,2}$|^uu$|^null$",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"^(?:unknown|unknown[ _]speaker|inconnue?|non identifiée?|intervenant(?:e|·e)? non identifiée?)$", re.IGNORECASE
)
_MACHINE = re.compile(
    r"\b(?:read\.ai|fireflies|notetaker|note taker|circleback|otter\.ai|otterpilot|tl;dv|fathom|sembly|meetgeek|fellow\.app)\b|"
    r"^audio shared by\b|^audio partagé par\b|^(?:zoom|teams|system|système)$|meeting notes$",
    re.IGNORECASE,
)
_CONTROLS = re.compile(r"[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_PARTICLES = frozenset(("de du des d la le les van der den von el al ben bin da dos di et").split())


def clean_label(label: str) -> str:
    """A label without control, zero-width and bidirectional-override characters, spaces collapsed, NFC."""
    return " ".join(unicodedata.normalize("NFC", _CONTROLS.sub("", label)).replace("\u00a0", " ").split())


def identity(label: str) -> str:
    """The key under which labels are the same speaker: suffixes, civility, case and spacing set aside.

    Spelling is never corrected: two spellings stay two speakers until a person says otherwise.
    """
    name = clean_label(label)
    while (shorter := _SUFFIX.sub("", name)) != name:
        name = shorter
    return (_CIVILITY.sub("", name) or name).casefold()


def identities(labels: Iterable[str]) -> dict[str, str]:
    """The key of each label, as `identity` says, but that `M. Martin` and `Mme Martin` stay two people."""
    keys: dict[str, str] = {}
    civilities: dict[str, dict[str, str]] = {}
    for label in labels:
        civility = _CIVILITY.match(clean_label(label))
        keys[label] = identity(label)
        civilities.setdefault(keys[label], {})[label] = (civility and civility.lastgroup) or ""
    for key, members in civilities.items():
        if {"his", "her"} <= set(members.values()):
            keys.update({label: f"{civility} {key}".strip() for label, civility in members.items()})
    return keys


def kind(label: str) -> SpeakerKind:
    """Whether a label names a person, an anonymous voice, or a machine."""
    if _MACHINE.search(label):
        return "machine"
    return "anonymous" if _ANONYMOUS.match(label) or _UNKNOWN.match(label) else "person"


def is_unknown(label: str) -> bool:
    """Whether the label stands for several unidentified people (`Unknown Speaker`), not for one voice."""
    return bool(_UNKNOWN.match(label))


def split_label(text: str) -> tuple[str, str] | None:
    """`Nom : texte` → its two halves, if the first could be a name at all."""
    match = _LABEL.match(text)
    if match is None:
        return None
    name = match["name"].strip("*_ \t")
    if not name or not name[0].isalpha() or len(name.split()) > 6 or name.casefold().strip(" .") in _NOT_NAMES:
        return None
    if name.replace("’", "'").split()[0].casefold() in _OPENERS and (" " not in name or not looks_like_name(name)):
        return None
    if "http" in name.lower() or name.endswith(("?", "!", "…", ",")):
        return None
    return name, match["text"].lstrip()


def looks_like_name(name: str) -> bool:
    """Whether every word is capitalised, a particle, a mark or in parentheses: enough for a label seen once."""
    words = re.sub(r"\([^)]*\)", "", name).replace("’", "'").split()
    return (
        bool(words)
        and len(words) <= 4
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
    """The candidate labels that are speakers: those that recur, are shaped like a name, or name a voice or a machine.

    A sentence that happens to hold a colon (`Vous disiez : …`) neither recurs nor is capitalised throughout.
    """
    counts = Counter(clean_label(name) for name in candidates)
    return frozenset(
        name
        for name, n in counts.items()
        if (n >= 2 and (n >= 3 or len(name.split()) <= 4)) or looks_like_name(name) or kind(name) != "person"
    )
