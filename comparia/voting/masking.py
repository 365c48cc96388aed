"""Removal from recaps of what shows a voter who wrote them: names of models and providers, marks of style."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from comparia.backends.extractive import TITLES
from comparia.config import catalogue
from comparia.records import Run, Transcript, Variant
from comparia.text.plain import plain

MASKS = {"fr": "[masqué]", "en": "[hidden]"}

FAMILIES = tuple(
    re.split(
        r",\s+",
        """Mistral AI, Mistral, Ministral, Mixtral, Magistral, Codestral, Voxtral, Pixtral, Devstral, Le Chat,
        OpenAI, Open AI, ChatGPT, GPT, o1, o3, o4, Anthropic, Claude, Sonnet, Opus, Haiku,
        Gemini, Gemma, Bard, Google, DeepMind, LLaMA, Meta AI, Qwen, Alibaba, DeepSeek, Grok, xAI, Copilot, Microsoft,
        Cohere, Command R, Aya, Albert API, Albert, Etalab, Étalab, Ollama, vLLM, llama.cpp, LM Studio, OpenRouter,
        Perplexity, Kimi, Moonshot, GLM, Zhipu, Nemotron, NVIDIA, OLMo, Apertus, Lucie, OpenLLM, Amazon Nova, Bedrock,
        Hugging Face, Scaleway, OVHcloud, Lumo, Falcon, Yi, Phi, MiniMax, Granite, Euria""",
    )
)
"""Names of models and of those who make or serve them. One that was said in the session is not masked."""

_MACHINE = (
    r"(?:IA|intelligence artificielle|"
    r"(?:grand )?modèle (?:de (?:langage|langue|language)|linguistique|génératif|d[’']IA|IA)|"
    r"LLM|agent conversationnel|"
    r"assistant(?:e)? (?:virtuel(?:le)?|num[ée]rique|conversationnel(?:le)?|IA|d[’']IA))"
)
_MACHINE_EN = (
    r"(?:AI(?: language)?(?: model| assistant)?|(?:large )?language model|LLM|(?:virtual|digital|AI) assistant)"
)
_SELF = re.compile(
    rf"\b(?:en tant qu(?:e |[’'])(?:une? )?{_MACHINE}|je suis une? {_MACHINE}|"
    rf"as an? {_MACHINE_EN}|I(?: am|[’']m) an? {_MACHINE_EN})\b",
    re.IGNORECASE,
)
"""Matches a model's statement that it is a model. Plain "assistant" is not matched: a person may be one."""

_PART = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")
_COMMON = frozenset(
    "small large medium mini nano latest instruct preview turbo flash lite plus light base chat code vision model "
    "modele server serveur local localhost http https www openweight compatible extractive imported replay recorded "
    "hand main version test default free pro max high low api com org net the les des une".split()
)
"""Parts of models' names that are everyday words."""


class Unsigned(NamedTuple):
    """A recap as voters read it."""

    text: str
    """Markdown, or plain paragraphs where all recaps get the same style."""
    masked: int
    """Number of names masked."""


class Masking:
    """Masks, in recaps, the names of their authors.

    The names of the judged backends are masked everywhere, unless a speaker has the same name, or unless they are words
    of the session that name no known model (a server called as the town, a session that ships): these tell nothing of
    who wrote. The names of other models and providers are masked unless somebody said them in the session. A name that
    is also a word or a first name is masked only where it seems to name a model, and no name is masked where it stands
    after the same word as in the session ("avenue Frédéric Mistral").

    Args:
        run: the run of the variants.
        variants: the variants that are judged.
        same_style: whether marks of style are removed too.
    """

    def __init__(self, run: Run, variants: Sequence[Variant], *, same_style: bool) -> None:
        self._language = run.transcript.language
        self._same_style = same_style
        session_words = _words_spoken(run.transcript)
        self._said = _words_in_a_row(run.transcript)
        people = {part for s in run.transcript.speakers for part in _parts(s.name)}
        names: dict[str, None] = {}
        self._backend_words: set[str] = set()
        doubtful: set[str] = set()
        for variant in variants:
            for name in _names_of(run, variant):
                parts = _parts(name)
                if not parts or set(parts) <= people:
                    continue
                if not set(parts) & _families() and _phrase(parts) in self._said:
                    continue
                names[_pattern(parts)] = None
                for part in parts:
                    telling = len(part) > 3 and part.isalpha() and part not in _COMMON and part not in people
                    if telling and part in _WORDS:
                        self._backend_words.add(part)
                        doubtful.add(part)
                    elif telling and (part not in session_words or part in _families()):
                        names[_pattern([part])] = None
        for family in FAMILIES:
            parts = _parts(family)
            if set(parts) <= session_words or set(parts) <= people:
                continue
            if len(parts) == 1 and parts[0] in _WORDS:
                doubtful.add(parts[0])
            else:
                names[_pattern(parts, family if family in _PHRASES else "")] = None
        self._names = _either(names)
        self._doubtful = _either({_pattern([word]): None for word in doubtful})

    def unsigned(self, variant: Variant) -> Unsigned:
        """Return the recap of a variant, with the names of its author masked."""
        text = variant.summary or ""
        for titles in TITLES.values():
            for title in titles.values():
                text = re.sub(rf"^#*[ \t]*{re.escape(title)}[ \t]*$", "", text, flags=re.MULTILINE)
        text = "".join(map(_in_plain_letters, html.unescape(text)))
        if self._same_style:
            text = plain(text, self._language)
        mask = MASKS[self._language]
        count = 0
        text, count = _SELF.subn(mask, text)
        for pattern, names_a_model in ((self._names, None), (self._doubtful, self._is_model)):
            pieces: list[str] = []
            end = 0
            for match in pattern.finditer(text) if pattern is not None else ():
                if not self._is_said(match, text) and (names_a_model is None or names_a_model(match, text)):
                    pieces += [text[end : match.start()], mask]
                    end, count = match.end(), count + 1
            text = "".join([*pieces, text[end:]])
        return Unsigned(text.strip(), count)

    def _is_said(self, match: re.Match[str], text: str) -> bool:
        """Return whether a name stands after the same word as somewhere in the session, on one line."""
        before = _parts(text[max(0, match.start() - 40) : match.start()].rpartition("\n")[2])[-1:]
        return bool(before) and _phrase([*before, *_parts(match[0])]) in self._said

    def _is_model(self, match: re.Match[str], text: str) -> bool:
        """Return whether a name that is also a word names a model here.

        It does with the name of another model joined to it. It also does with a version, a capital, or the name of a
        judged backend, unless it is part of a person's name.
        """
        name = re.sub(r"[^\w.]", "", match[0])
        suffix = re.match(r"[-‐‑_/]([^\W\d_]+)", text[match.end() :])
        if suffix and suffix[1].lower() in _families():
            return True
        if any(ch.isdigit() for ch in name) or name.lower() in self._backend_words:
            return not _part_of_a_name(match, text)
        return name[:1].isupper() and not _part_of_a_name(match, text)


def _in_plain_letters(ch: str) -> str:
    """Return the ASCII form of a letter or digit, if it has one (`Ｍ` gives `M`), else the character itself.

    An invisible format character (Unicode Cf) gives an empty string.
    """
    if unicodedata.category(ch) == "Cf":
        return ""
    plain_form = unicodedata.normalize("NFKC", ch) if ch > "\u00ff" and ch.isalnum() else ch
    return plain_form if plain_form.isascii() and plain_form.isalnum() else ch


def _part_of_a_name(match: re.Match[str], text: str) -> bool:
    """Return whether a match is part of a person's or a place's name.

    It is when a title or a word such as "street" comes before it, or a capitalised word that names no model after it.
    """
    before = re.search(r"([^\W\d_]+)[.]?[ \u00a0\u202f-]$", text[max(0, match.start() - 40) : match.start()])
    after = re.match(r"[ \u00a0\u202f-]([^\W\d_]+)", text[match.end() : match.end() + 40])
    inside = re.search(r"[-‐‑]([^\W\d_]+)", match[0])
    if before and before[1].lower() in _TITLES_OF_PEOPLE:
        return True
    model_words = _families() | _COMMON
    return any(m is not None and m[1][0].isupper() and m[1].lower() not in model_words for m in (after, inside))


def _names_of(run: Run, variant: Variant) -> list[str]:
    """Return the names that identify the author of a variant: backend, model, host, provider."""
    backend = next((b for b in run.backends if b.name == variant.backend), None)
    if backend is not None and backend.written_on:  # recorded recaps of no known model: its name is that of a session
        return []
    names = [variant.backend, *re.split(r"[/@:]", variant.backend), *(call.model for call in variant.calls)]
    if backend is not None:
        preset = catalogue().get(backend.preset)
        host = backend.base_url.partition("://")[2].partition("/")[0]
        names += [backend.name, backend.model, *backend.model.split("/"), host, backend.preset]
        names += re.split(r"[,(]| API", preset.label) if preset is not None and backend.author == "model" else []
    return [name for name in dict.fromkeys(names) if len(name) > 2 and not set(_parts(name)) <= _COMMON]


def _parts(name: str) -> list[str]:
    return [part.lower() for part in _PART.findall(name)]


def _pattern(parts: Sequence[str], spelling: str = "") -> str:
    """Return a pattern that matches the parts of a name in a row, with the version and size that follow.

    Separators may stand between the parts, and marks of emphasis between letters. Upper and lower case match alike,
    unless `spelling` is given: then only this spelling matches.
    """
    body = r"[\s_.:/\u00a0\u202f*`~‐‑-]{0,6}".join(map(_letters_pattern, spelling.split(" ") if spelling else parts))
    return f"{_BEFORE}{body}{_TAIL}{_AFTER}" if spelling else f"(?i:{_BEFORE}{body}{_TAIL}{_AFTER})"


def _letters_pattern(part: str) -> str:
    """Return a pattern for the letters of a name, with marks of emphasis allowed between them."""
    return r"[*_~`]{0,3}".join(map(re.escape, part))


def _either(patterns: Mapping[str, None]) -> re.Pattern[str] | None:
    longest = sorted(patterns, key=len, reverse=True)
    return re.compile("|".join(longest)) if longest else None


_BEFORE, _AFTER = r"(?<![^\W_])", r"(?![^\W_])"
"""No letter or digit before, and none after. An underscore is allowed: in Markdown it marks emphasis."""
_TAIL = (
    r"(?:[-‐‑.:\s\u00a0]?v?\d{1,4}(?:[.,]\d{1,4}){0,3}[a-z]{0,3}|"
    r"[-‐‑_:\s\u00a0](?:[a-z]{0,3}\d[\w.]{0,8}|"
    r"mini|nano|small|medium|large|pro|flash|lite|turbo|instruct|chat|preview|latest|it|coder|"
    r"oss|base|plus|max|thinking|reasoning|vision)){0,6}"
)
"""Version, size and kind, which belong to a name: 4o, 2.5, V3, -3.3-70B-Instruct."""
_PHRASES = ("Le Chat", "Command R", "Meta AI")
"""Names made of everyday words: masked only in this spelling."""
_TITLES_OF_PEOPLE = frozenset(
    "madame monsieur mme mr mrs ms m dr docteur maître rue avenue boulevard place quai lycée école collège saint "
    "sainte allée impasse street road avenue square school".split()
)
_WORDS = frozenset(
    "opus haiku sonnet bard falcon granite phi yi lucie lumo copilot albert claude bedrock aya grok command o1 o3 o4 "
    "magistral perplexity kimi gemma gemini minimax euria apertus moonshot".split()
)
"""Names that are also words, first names or places."""


@lru_cache(maxsize=1)
def _families() -> frozenset[str]:
    return frozenset(part for family in FAMILIES for part in _parts(family))


@lru_cache(maxsize=4)
def _parts_in(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(part for text in texts for part in _parts(text))


def _words_in_a_row(transcript: Transcript) -> str:
    """Return the words of a session in a row, with its title and the names of its speakers, as `_phrase` writes them.

    A line break stands between two turns: no phrase goes from one to the next.
    """
    names = (speaker.name for speaker in transcript.speakers)
    return _in_a_row((transcript.title, *names, *(turn.text for turn in transcript.turns)))


@lru_cache(maxsize=4)
def _in_a_row(texts: tuple[str, ...]) -> str:
    return "\n".join(_phrase(_parts(text)) for text in texts)


def _phrase(parts: Sequence[str]) -> str:
    """Return words in a row, with a space around each: a phrase in a text is then a string in its phrase."""
    return f" {' '.join(parts)} "


def _words_spoken(transcript: Transcript) -> frozenset[str]:
    return _parts_in(tuple(turn.text for turn in transcript.turns))
