"""What would tell a voter who wrote a recap: names of models and providers in it, and marks of style."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
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
        """Mistral AI, Mistral, Ministral, Mixtral, Magistral, Codestral, Le Chat, OpenAI, ChatGPT, GPT, o1, o3, o4, Anthropic, Claude,
        Sonnet, Opus, Haiku, Gemini, Gemma, Bard, Google, DeepMind, LLaMA, Meta AI, Qwen, Alibaba, DeepSeek, Grok, xAI, Copilot, Microsoft,
        Cohere, Command R, Aya, Albert API, Albert, Etalab, Étalab, Ollama, vLLM, llama.cpp, LM Studio, OpenRouter, Perplexity, Kimi,
        Moonshot, GLM, Zhipu, Nemotron, NVIDIA, OLMo, Apertus, Lucie, OpenLLM, Amazon Nova, Bedrock, Hugging Face, Scaleway, OVHcloud,
        Lumo, Falcon, Yi, Phi, MiniMax, Granite, Euria""",
    )
)
"""Names of models and of those who make or serve them. One that was said in the session is a word like any other."""

_SELF = re.compile(
    r"\b(?:en tant qu[’'](?:IA|intelligence artificielle|assistant\w*)|"
    r"en tant que (?:modèle de langage|modèle|LLM)(?: \w+)?|"
    r"as an? (?:AI(?: language)?(?: model| assistant)?|(?:large )?language model|assistant)|"
    r"je suis (?:une IA|un modèle de langage|un assistant)|"
    r"I am an? (?:AI|language model|assistant)\b)",
    re.IGNORECASE,
)
_PART = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")
_COMMON = frozenset(
    "small large medium mini nano latest instruct preview turbo flash lite plus light base chat code vision model modele "
    "server serveur local localhost http https www openweight compatible extractive imported replay recorded hand main "
    "version test default free pro max high low api com org net the les des une".split()
)
"""Parts of a model's name that are words of every day."""


class Unsigned(NamedTuple):
    """A recap as voters read it."""

    text: str
    """Markdown, or plain paragraphs where all bear the same style."""
    masked: int
    """Names that were masked."""


class Masking:
    """Takes out of recaps what names their authors.

    The backends that are judged are masked wherever they are named, unless a speaker bears the name; other models and providers, unless
    somebody named them in the session.

    Args:
        run: the run the variants are of.
        variants: those judged.
        same_style: whether their style is taken out too.
    """

    def __init__(self, run: Run, variants: Sequence[Variant], *, same_style: bool) -> None:
        self._language = run.transcript.language
        self._same_style = same_style
        said = _said(run.transcript)
        people = {part for s in run.transcript.speakers for part in _parts(s.name)}
        names: dict[str, None] = {}
        for variant in variants:
            for name in _names_of(run, variant):
                parts = _parts(name)
                if not parts or set(parts) <= people:
                    continue
                names[_pattern(parts)] = None
                for part in parts:
                    telling = len(part) > 3 and part.isalpha() and part not in _COMMON and part not in people
                    if telling and (part not in said or part in _families()):
                        names[_pattern([part])] = None
        for family in FAMILIES:
            parts = _parts(family)
            if not set(parts) <= said and not set(parts) <= people:
                names[_pattern(parts, family)] = None
        longest = sorted(names, key=len, reverse=True)
        self._names = re.compile("|".join(longest)) if longest else None

    def unsigned(self, variant: Variant) -> Unsigned:
        """One recap without what names its author."""
        text = "".join(ch for ch in html.unescape(variant.summary or "") if unicodedata.category(ch) != "Cf")
        for titles in TITLES.values():
            for title in titles.values():
                text = re.sub(rf"^#*\s*{re.escape(title)}\s*$", "", text, flags=re.MULTILINE)
        if self._same_style:
            text = plain(text, self._language)
        mask = MASKS[self._language]
        masked = 0
        for pattern in (_SELF, self._names):
            if pattern is not None:
                text, found = pattern.subn(mask, text)
                masked += found
        return Unsigned(text.strip(), masked)


def _names_of(run: Run, variant: Variant) -> list[str]:
    """Everything by which the author of a variant is known: names, models, hosts, providers."""
    backend = next((b for b in run.backends if b.name == variant.backend), None)
    found = [variant.backend, *re.split(r"[/@:]", variant.backend), *(call.model for call in variant.calls)]
    if backend is not None:
        preset = catalogue().get(backend.preset)
        host = backend.base_url.partition("://")[2].partition("/")[0]
        found += [backend.name, backend.model, *backend.model.split("/"), host, backend.preset]
        found += re.split(r"[,(]| API", preset.label) if preset is not None and backend.author == "model" else []
    return [name for name in dict.fromkeys(found) if len(name) > 2 and not set(_parts(name)) <= _COMMON]


def _parts(name: str) -> list[str]:
    return [part.lower() for part in _PART.findall(name)]


def _pattern(parts: Sequence[str], written: str = "") -> str:
    """The parts of a name in a row, whatever stands between them or marks their letters, and the version that follows.

    A name that is also a word is masked as a name only: capitalised.
    """
    if len(parts) == 1 and written and parts[0] in _WORDS:
        return rf"{_BEFORE}{_lettered(written)}{_VERSION}{_AFTER}"
    joined = r"[\s_.:/\u00a0*`~-]{0,6}".join(map(_lettered, parts))
    return rf"(?i:{_BEFORE}{joined}{_VERSION}{_AFTER})"


def _lettered(part: str) -> str:
    """The letters of a name, between which marks of emphasis may stand."""
    return r"[*_~`]{0,3}".join(map(re.escape, part))


_BEFORE, _AFTER = r"(?<![^\W_])", r"(?![^\W_])"
"""Neither letter nor digit: an underscore is a mark of emphasis."""
_VERSION = r"(?:[-.\s]?v?\d[\w.]{0,12}?)?"
"""A version that belongs to a name: 4o, 2.5, V3."""

_WORDS = frozenset(
    "opus haiku sonnet bard falcon granite phi yi lucie lumo copilot albert claude bedrock aya grok command o1 o3 o4".split()
)


@lru_cache(maxsize=1)
def _families() -> frozenset[str]:
    return frozenset(part for family in FAMILIES for part in _parts(family))


@lru_cache(maxsize=4)
def _spoken(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(part for text in texts for part in _parts(text))


def _said(transcript: Transcript) -> frozenset[str]:
    return _spoken(tuple(turn.text for turn in transcript.turns))
