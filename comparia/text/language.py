"""Detection of the language of a text, by its commonest words."""

from __future__ import annotations

import itertools
import re
from collections import Counter

_COMMON = {
    "fr": "le la les des du de un une et est que qui dans pour sur pas ne au aux ce cette ces il elle ils sont avec "
    "par plus mais ou où se sa son ses leur leurs nous vous été être ont a d l qu n s c",
    "en": "the of and to in is that for on with as are was were be by it this not from at an or have has they their "
    "his her which but would should will been than there who what we you",
    "es": "el la los las de del un una y es que en para por con no se su sus al lo como más pero o fue son está este "
    "esta estos ha han sin sobre entre también hay ser",
    "de": "der die das und ist in zu den dem des ein eine einer nicht mit auf für von im sich auch es an als bei wird "
    "werden sind hat haben dass aus nach wie oder aber nur noch",
    "it": "il lo la i gli le di del della dei delle un una e è che in per con non si da al alla sono come più ma o "
    "anche ha hanno nel nella questo questa dal sul",
    "pt": "o a os as de do da dos das um uma e é que em para por com não se no na ao mais mas ou foi são como também "
    "há ser seu sua pelo pela este esta",
    "pl": "i w na z do się nie to że jest o jak po od za przez dla co ale czy tak oraz być są był była jego ich które "
    "który która także tylko już może",
    "tr": "ve bir bu da de için ile çok olarak daha gibi olan kadar ne ama var değil sonra en her o şu ya veya olduğu "
    "göre ise tüm mi",
    "ro": "și de la în a cu pe nu este că o un din pentru mai se sunt care au fost sau dar ce prin după această acest "
    "acestea fi ca să",
    "nl": "de het een en van is dat in op te voor met niet aan zijn er om ook als bij door naar uit maar of wordt "
    "worden heeft hebben deze dit die nog",
}
_SPOKEN = {
    "fr": "je tu on ça c'est est-ce oui non merci bonjour bonsoir bien alors donc tout tous moi si y",
    "en": "i so yes thank thanks good all my do don't just if can our me evening",
    "es": "a nada muy eso yo vamos bueno gracias usted ustedes si sí ya porque cuando "
    "todo todos esa ese qué me buenas señor",
    "de": "ich wir ja hier da was so wenn danke guten sehr diese kann uns",
    "it": "io noi quindi perché cosa allora ci grazie sì se mi buonasera tutti",
    "pt": "eu você nós então muito obrigado isso vamos porque ele sim se boa todos",
    "pl": "ja my pan pani dziękuję dobrze tu tam proszę bardzo",
    "tr": "ben biz evet hayır teşekkürler iyi ben",
    "ro": "eu noi da mulțumesc bine aici foarte vă",
    "nl": "ik we je wel dan hier ja dank goed die wat ze",
}
"""Common words of speech, beside those of writing: short texts hold few of the others."""
_SETS = {language: frozenset(words.split()) for language, words in _COMMON.items()}
_LANGUAGES_OF = {
    word: tuple(language for language, words in _SETS.items() if word in words)
    for word in frozenset().union(*_SETS.values())
}
"""The languages that have each common word."""
_WORD = re.compile(r"[^\W\d_]+")
_SPOKEN_SETS = {language: words | frozenset(_SPOKEN[language].split()) for language, words in _SETS.items()}
_RARITY = {
    word: 1 / sum(word in other for other in _SPOKEN_SETS.values()) for words in _SPOKEN_SETS.values() for word in words
}
"""One over the number of languages that share a word: what it tells of each."""
MOST_WORDS = 4000
"""Words of a text that are looked at."""
LEAST_WORDS = 25
"""Fewest words of a text whose language can be detected."""
LEAST_SHARE = 0.12
"""Least share of common words of a language in a text that is in this language."""
LEAST_LEAD = 1.35
"""Least ratio between the number of common words of the detected language and that of the next one."""
LEAST_SHORT = 12
"""Fewest words of a short text whose language can be detected."""
LEAST_SHORT_LEAD = 1.7
"""Least ratio between the rarity of the common words of the detected language and of the next one, in a short text."""
_SCRIPTS = (
    ("ja", "\u3040-\u30ff"),
    ("ko", "\uac00-\ud7af"),
    ("zh", "\u4e00-\u9fff"),
    ("ar", "\u0600-\u06ff"),
    ("he", "\u0590-\u05ff"),
    ("el", "\u0370-\u03ff"),
    ("hy", "\u0530-\u058f"),
    ("ka", "\u10a0-\u10ff"),
    ("hi", "\u0900-\u097f"),
    ("ta", "\u0b80-\u0bff"),
    ("ru", "\u0400-\u04ff"),
)
"""A language that is written in each script."""
_ANY_SCRIPT = re.compile(f"[{''.join(script for _language, script in _SCRIPTS)}]")
_UKRAINIAN = re.compile(r"[іїєґІЇЄҐ]")
LEAST_LETTERS = 20
"""Fewest letters of a script by which a language is detected."""


def language_of(text: str) -> str:
    """Return the language of a text; empty where it cannot be told.

    By its script where this is not the Latin one (`ar`, `el`, `he`, `hi`, `hy`, `ja`, `ka`, `ko`, `ru`, `ta`, `uk`,
    `zh`); otherwise by the number of common words of each language (`de`, `en`, `es`, `fr`, `it`, `nl`, `pl`, `pt`,
    `ro`, `tr`), in a text of 12 to 24 words by their rarity in the other languages.
    """
    script_language = _by_script(text[:20_000])
    if script_language:
        return script_language
    long = len(text) > 20 * MOST_WORDS
    found = (match[0] for match in _WORD.finditer(text)) if long else _WORD.findall(text)
    words = [word.lower() for word in itertools.islice(found, MOST_WORDS)]
    if len(words) < LEAST_SHORT:
        return ""
    if len(words) < LEAST_WORDS:
        scores: dict[str, float] = {
            language: sum(_RARITY[word] for word in words if word in common)
            for language, common in _SPOKEN_SETS.items()
        }
        least = LEAST_SHORT_LEAD
    else:
        scores = dict.fromkeys(_SETS, 0.0)
        for word, count in Counter(words).items():
            for language in _LANGUAGES_OF.get(word, ()):
                scores[language] += count
        least = LEAST_LEAD
    (best, most), (_other, next_most) = sorted(scores.items(), key=lambda item: -item[1])[:2]
    return best if most >= LEAST_SHARE * len(words) and most >= least * next_most else ""


def _by_script(text: str) -> str:
    if len(_ANY_SCRIPT.findall(text)) < LEAST_LETTERS:
        return ""
    letters = sum(character.isalpha() for character in text)
    for language, script in _SCRIPTS:
        count = len(re.findall(f"[{script}]", text))
        if count >= LEAST_LETTERS and count > (0.2 if language == "ja" else 0.5) * letters:
            return "uk" if language == "ru" and len(_UKRAINIAN.findall(text)) > 0.02 * count else language
    return ""
