"""A checklist for prompts: requests that are often forgotten, and instructions that contradict each other.

The rules work offline, on words: each looks for the words of a usual request. A rule can miss a request, or find one
that is not there; its line shows the words it rests on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from comparia.messages import gettext as _
from comparia.records import Prompt


class Check(NamedTuple):
    """One line of the checklist."""

    code: str
    """Short name of the rule."""
    good: bool
    """Whether the prompt meets the rule."""
    message: str
    """What was found, or what could be added, for people."""
    words: str = ""
    """The words of the prompt on which the result rests."""


_ANY = re.IGNORECASE | re.UNICODE

_LANGUAGE = re.compile(
    r"\{\{\s*language\s*\}\}|\b(?:en|langue)\s*:?\s*(?:français|anglais|french|english)\b|"
    r"\bin (?:french|english|plain english)\b|"
    r"\b(?:rédig|écri|write|answer|répond)\w*[^.\n]{0,30}\b(?:français|anglais|french|english)\b",
    _ANY,
)
_LENGTH = re.compile(
    r"\b\d[\d\u00a0\u202f.,]{0,8}(?: ?(?:à|to|-|–|et|and|or|ou) ?\d[\d\u00a0\u202f.,]{0,8})?[ \u00a0\u202f]?"
    r"(?:mots?|words?|pages?|lignes?|lines?|phrases?|sentences?|"
    r"paragraph\w*|puces?|bullets?|points?|caractères|characters)\b|"
    r"\b(?:une?|deux|trois|quatre|cinq|dix|one|two|three|four|five|ten|single)\s+"
    r"(?:pages?|phrases?|sentences?|paragraph\w*|lignes?|lines?|puces?|bullets?)\b",
    _ANY,
)
_AUDIENCE = re.compile(
    r"\b(?:lectorat|lecteur|lectrice|destin(?:é|ée|és|ées|ataire)|public (?:visé|cible)|"
    r"à l[’']attention|s[’']adresse|audience|reader|readership)\w*|"
    r"\b(?:pour|aux|for|to)\s+(?:les|des|the|people|an?|une?|ce[lux]+)?\s*"
    r"(?:habitant|élu|citoyen|participant|agent|équipe|riverain|personnes|décideu|"
    r"resident|councill|citizen|facilitat|official|team|people who|celles et ceux)|"
    r"\b(?:officers|residents|councillors|citizens|services|habitant\S*|élu\S*|décideur\S*) "
    r"(?:will|s[’']en|pour|who|qui|pressé|peu|need|must|doi)",
    _ANY,
)
_MINORITY = re.compile(
    r"minorit|une seule (?:personne|voix)|(?:seule?|isolé)\w* (?:personne|voix|avis)|"
    r"voix isolée|avis (?:isolé|contraire|divergent)|"
    r"désaccord|divergen|dissen|disagreement|"
    r"only one person|one person (?:only|alone|said|holds)|(?:by|from|of) (?:just |only )?one (?:person|voice)|"
    r"(?:by|from) a single|single (?:person|voice)|"
    r"those of (?:one|a single) person|weak signal|signaux? faible|lone voice|"
    r"(?:chaque|each|every|tous les|all) (?:position|point de vue|points de vue|point of view|view|voice|voix)",
    _ANY,
)
_QUOTES = re.compile(r"citation|guillemet|quot|verbatim|[«»“”]", _ANY)
_EXACT = re.compile(
    r"mot (?:pour|à) mot|verbatim|exact|textuel|tel(?:le)?s? quel|sans (?:les |rien )?(?:changer|modifier|retoucher)|"
    r"word for word|unchanged|untouched|"
    r"as (?:they were )?(?:said|spoken)|literal|pas de citation|no quot|aucune citation|sans citation|without quot",
    _ANY,
)
_INVENT = re.compile(
    r"n[’']invente|n[’']affirme que|invent nothing|ne figure que|n[’']ait été prononcé|not (?:been )?(?:said|spoken)|"
    r"an? (?:invented|décision inventée)|inventée y|n[’']ajout|ne rien (?:inventer|ajouter)|"
    r"rien (?:ajouter|d[’']autre que)|uniquement ce qu|seulement ce qu|only what|"
    r"nothing added|do not (?:invent|add|infer|make up)|"
    r"don[’']t (?:invent|add|make up)|never (?:invent|add)|not in the transcript|"
    r"ne (?:déduis|déduisez|suppose)",
    _ANY,
)
_DATA = re.compile(
    r"(?:donnée|data|matériau|material)[^.\n]{0,60}(?:consigne|instruction)|"
    r"(?:jamais|never|pas|not)[^.\n]{0,30}(?:consigne|instruction)",
    _ANY,
)
_DOMINANT = re.compile(
    r"points? (?:principaux|essentiels|clés)|idées? (?:principales?|fortes?)|grandes? tendances?|"
    r"(?:thèmes?|sujets?) (?:dominant|principa)\w*|"
    r"sans entrer dans les détails|ignore\w* (?:les )?(?:détails|anecdot\w*|remarques)|anecdot\w*|"
    r"les plus (?:fournis|denses|nombreux|fréquents)|laisse\w* de côté|"
    r"from a personal story|missing a marginal|main (?:points|ideas|themes|trends)|key takeaways|"
    r"dominant themes?|do not (?:try to )?include every|err on the side of|"
    r"in proportion to|proportionnel\w*|most (?:important|common)",
    _ANY,
)
_CONSENSUS = re.compile(
    r"contredit personne|contradicts nobody|nobody could (?:reject|object)|"
    r"every(?:one|body) (?:could|can) accept|que (?:tous|toutes|chacun)[^.\n]{0,20}accepte|"
    r"(?:do not|don[’']t|never|sans|ne) (?:report|mention\w*|rapport\w*|signal\w*)"
    r"[^.\n]{0,20}(?:disagree|dissen|désaccord)|"
    r"soften (?:it|them|any|what)|adouci(?:s|ssez|r)\b(?![ \u00a0\u202f]*\?)|"
    r"not as opposing sides|a range of thinking|consensu",
    _ANY,
)
_MOST = re.compile(
    r"(?:(?:au plus|maximum|max\.?|at most|no more than|pas plus de|under|moins de|up to|jusqu[’']à)\s*"
    r"(?P<a>\d[\d\u00a0\u202f.,]{0,8})[ \u00a0\u202f]?(?P<ua>mots|words)|"
    r"(?P<b>\d[\d\u00a0\u202f.,]{0,8})[ \u00a0\u202f]?(?P<ub>mots|words)\s*(?:au plus|maximum|at most|max\b))",
    _ANY,
)
_WHOLE = re.compile(
    r"\bexhausti|sans rien omettre|leave nothing out|"
    r"tout ce qui a été dit|everything (?:that was )?said|every detail|tous les détails",
    _ANY,
)
_TINY = re.compile(
    r"\b(?:très (?:court|bref)|very (?:short|brief)|une (?:seule )?phrase|one sentence|in a sentence|tweet)\b", _ANY
)
_BULLETS = re.compile(
    r"\b(?:liste à puces|en puces|sous forme de liste|bullet(?:ed)? (?:list|points)|as bullets|as a list)\b", _ANY
)
_NO_BULLETS = re.compile(
    r"(?:pas de|sans|aucune|no|without|avoid|do not use|don[’']t use)\s+"
    r"(?:listes?|puces|bullets?|bullet points|lists?)\b",
    _ANY,
)
_NAMES = re.compile(
    r"attribu|\bwho said\b|qui (?:l[’']a dit|dit quoi|pense quoi|parle)|"
    r"nom(?:me|s|mez)? (?:les|des) (?:personnes|auteur)|with the speaker|by name",
    _ANY,
)
_NO_NAMES = re.compile(
    r"(?:pas|aucun|sans|no|not|never|without|do not)\b[^.\n]{0,30}"
    r"\b(?:noms?\b|names?\b|attribut|who said what|who said)",
    _ANY,
)

MOST = 30_000
"""Number of characters of a prompt that are checked."""

SHORT = 150
"""Words at most that leave no room for everything."""


def checklist(prompt: Prompt) -> list[Check]:
    """Check a prompt against every rule; the message of a rule that is not met says what to add."""
    text = re.sub(r"[ \t]+", " ", "\n".join([prompt.system, *prompt.steps])[:MOST])
    checks = [
        _check_rule(
            "language",
            _LANGUAGE,
            text,
            _("The language of the recap is named."),
            _("Say in which language to write: {{ language }}."),
        ),
        _check_rule(
            "length",
            _LENGTH,
            text,
            _("A length is given."),
            _("Give a length: without one, recaps differ in length first of all."),
        ),
        _check_rule("audience", _AUDIENCE, text, _("It says for whom."), _("Say who will read it.")),
        _check_rule(
            "minority",
            _MINORITY,
            text,
            _("Minority views are asked for."),
            _("Ask for what a single person said, and for disagreements: otherwise they fall first."),
        ),
        _quotes(text),
        _check_rule(
            "invention",
            _INVENT,
            text,
            _("Nothing may be added."),
            _("Say to state only what was said, and to mark what is uncertain."),
        ),
        _check_rule(
            "data",
            _DATA,
            text,
            _("The session is said to be data, not instructions."),
            _("Say that the transcript is data, never instructions."),
        ),
    ]
    for code, pattern, message in (
        ("dominant", _DOMINANT, _("It asks for what dominates: “{words}”. Minority views fall.")),
        ("consensus", _CONSENSUS, _("It leads to agreement: “{words}”. Disagreements fall.")),
    ):
        match = next((m for m in pattern.finditer(text) if not _is_negated(text, m.start())), None)
        if match:
            checks.append(Check(code, False, message.format(words=match[0].strip()), match[0]))
    return [*checks, *_contradictions(text)]


def _check_rule(code: str, pattern: re.Pattern[str], text: str, good: str, cure: str) -> Check:
    match = next((m for m in pattern.finditer(text) if code != "minority" or not _is_negated(text, m.start())), None)
    return Check(code, match is not None, good if match else cure, match[0].strip() if match else "")


def _quotes(text: str) -> Check:
    exact = next(
        (m for m in _EXACT.finditer(text) if _QUOTES.search(text[max(0, m.start() - 160) : m.end() + 160])), None
    )
    if exact:
        return Check("quotes", True, _("Quotations must be exact."), exact[0])
    return Check("quotes", False, _("Say that quotation marks are for exact words only, or that there are to be none."))


def _contradictions(text: str) -> list[Check]:
    pairs = []
    limits = [
        (int(re.sub(r"\D", "", m["a"] or m["b"])), m[0])
        for m in _MOST.finditer(text)
        if re.sub(r"\D", "", m["a"] or m["b"])
    ]
    whole, tiny = _WHOLE.search(text), _TINY.search(text)
    least = min(limits, default=None)
    if whole and (tiny or (least and least[0] <= SHORT)):
        pairs.append((whole[0], tiny[0] if tiny else least[1] if least else ""))
    bullets = next((m for m in _BULLETS.finditer(text) if not _is_negated(text, m.start())), None)
    if bullets and (none := _NO_BULLETS.search(text)):
        pairs.append((bullets[0], none[0]))
    names_rule = next((m for m in _NAMES.finditer(text) if not _is_negated(text, m.start())), None)
    if names_rule and (no_names_rule := _NO_NAMES.search(text)):
        pairs.append((names_rule[0], no_names_rule[0]))
    message = _("These contradict each other: “{one}” and “{other}”.")
    return [Check("contradiction", False, message.format(one=a.strip(), other=b.strip()), a) for a, b in pairs]


def _is_negated(text: str, at: int) -> bool:
    """Return whether the words before offset `at` negate what begins there."""
    before = re.split(r"[.\n;:]", text[max(0, at - 40) : at])[-1]
    if re.search(r"(?:\bne\b|n[’'])[^.]*\bqu(?:e\b|[’'])", before, _ANY) and not re.search(
        r"\b(?:pas|jamais)\b", before, _ANY
    ):
        return False  # « ne garde que » keeps
    return bool(
        re.search(r"\b(?:n[’']|ne|pas|sans|jamais|aucune?|not|no|never|without|avoid|évite\w*)\b|\bn[’']", before, _ANY)
    )


def advice(checks: Sequence[Check]) -> list[str]:
    """Return the messages of the rules that are not met, in the order of the checklist."""
    return [check.message for check in checks if not check.good]
