"""Suggest a first list of key points of a session, for a person to correct.

Offline from the session alone, by a model, from the union of what several recaps say, or from votes. Whoever suggests,
every key point carries words that were said, and who holds it is computed from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from comparia import asking, privacy, prompts, references
from comparia.asking import Channel, SessionText, generator_of, request_of, veil_for
from comparia.backends import Generator
from comparia.errors import BackendError, ConfigurationError
from comparia.keys import ENVIRONMENT
from comparia.matching.session_index import SessionIndex
from comparia.messages import gettext as _
from comparia.records import (
    Backend,
    Completion,
    KeyPoint,
    Pseudonyms,
    Quote,
    Reference,
    Request,
    Run,
    Transcript,
    Turn,
    Zone,
    short_name,
)
from comparia.references.asking import Believed, believed, instruction, schema, united
from comparia.references.leading import likely_moderators
from comparia.references.suggesting import suggested
from comparia.references.votes import Votes, suggest_from_votes
from comparia.reports.wording.labels import backend_label
from comparia.store import Store
from comparia.text.polarity import common
from comparia.text.quotes import normalise
from comparia.text.recaps import simple_lines, statements
from comparia.text.sentences import sentences
from comparia.text.size import estimate_tokens
from comparia.text.words import stems

PART_TOKENS = 6000
"""Tokens of session read at once: a longer stretch makes models list its ends and forget its middle."""

ANSWER_TOKENS = 8000
"""Tokens a list of key points may take."""

MOST_MODELS = 2
"""Most models of a run whose lists are united."""

SPARE_TOKENS = 1000
"""Tokens left free for the instruction."""

Progress = Callable[[str, int, int], None]
"""Told of a model, how many of its parts are listed, and how many there are."""

WORDS_A_POINT, FEWEST_POINTS, MOST_POINTS = 150, 45, 80
"""Words of a session for each key point suggested without a model, and the least and most of them.

More than a person reads through would not be corrected.
"""

SUPPORTED = 0.4
"""Share of the words of a recap's sentence that one turn must hold for the sentence to be something said."""

SAME = 0.55
"""Share of the words of each of two sentences found in the other from which they say one thing."""


def offline(
    transcript: Transcript, *, moderators: Sequence[str] = (), limit: int | None = None, threshold: float = 0.2
) -> Reference:
    """Key points suggested from the session alone, without a model, always the same, as many as its length asks for."""
    if limit is None:
        limit = min(MOST_POINTS, max(FEWEST_POINTS, transcript.words // WORDS_A_POINT))
    found = references.suggest(transcript, moderators=moderators, limit=limit, minority_threshold=threshold)
    return found.model_copy(update={"suggested_by": "offline"})


def from_votes(transcript: Transcript, votes: Sequence[Votes], *, threshold: float = 0.2) -> Reference:
    """Each contribution that was voted on as a key point, minority or not by the Polis rule."""
    found = suggest_from_votes(transcript, votes, minority_threshold=threshold)
    return found.model_copy(update={"suggested_by": "votes"})


async def by_models(
    transcript: Transcript,
    models: Sequence[Backend],
    store: Store,
    *,
    policy: Zone,
    fence: str,
    hiding: privacy.Hiding = privacy.AUTO,
    pseudonyms: Pseudonyms | None = None,
    moderators: Sequence[str] = (),
    threshold: float = 0.2,
    environ: Mapping[str, str] = ENVIRONMENT,
    progress: Progress | None = None,
) -> tuple[Reference, Believed]:
    """Ask models for key points, keep what rests on words that were said, and unite their lists.

    Args:
        transcript: the session.
        models: who is asked.
        store: keeps the answers, and the journal of what leaves.
        policy: how far the session's text may travel.
        fence: drawn for the session; that of its run, where there is one, so that servers find the session in their
            cache.
        hiding: how names are hidden from the models.
        pseudonyms: those of its run, where it has some.
        moderators: ids of those who hold no view; detected when none is given.
        threshold: highest prevalence of a minority view.
        environ: holds the keys.
        progress: told of answers as they come.

    Returns:
        The reference, and what of the answers was left out.

    Raises:
        OutboundRefused, MissingKey, BackendError: a model may not, or cannot, be asked.
        ConfigurationError: nothing of their answers stands.
    """
    leading = tuple(moderators) or likely_moderators(transcript)
    lists: list[Believed] = []
    listed_by: list[str] = []
    failure: BackendError | None = None
    for backend in models:
        veil = veil_for(transcript, [backend], hiding, pseudonyms)
        channel = Channel(backend, store, generator_of(environ), policy=policy, environ=environ, veil=veil)
        try:
            async with channel:
                own = await _list_of(channel, transcript, store, fence, leading, progress)
        except BackendError as error:  # one model that fails takes nothing from the others
            failure = error
            continue
        lists.append(own)
        listed_by += [_as_stored(backend)] if own.points else []
    if failure is not None and not lists:
        raise failure
    union = united(lists, transcript)
    if not union.points:
        names = ", ".join(backend_label(backend.name) for backend in models)
        raise ConfigurationError(
            _("{name} suggested no key point that rests on words that were said.").format(name=names),
            _("Try a larger model, or suggest without one."),
        )
    reference = suggested(transcript, union.points, leading, threshold)
    return reference.model_copy(update={"suggested_by": "+".join(listed_by)}), union


def requests_of(
    channel: Channel[Generator], transcript: Transcript, fence: str, leading: Sequence[str]
) -> list[Request]:
    """Return the requests for the key points of a session: one a stretch of about `PART_TOKENS` tokens.

    The whole session comes first in each where the model can read it, so that its server reads it once; else its
    stretch alone.
    """
    backend, language = channel.backend, transcript.language
    names = [channel.hide(transcript.speaker_name(who)) for who in leading]
    session = SessionText(transcript, fence, channel.veil)
    turns_listed = stretches(transcript)
    if session.fits(backend, SPARE_TOKENS + ANSWER_TOKENS):
        asked = [instruction(turns if len(turns_listed) > 1 else None, language, names) for turns in turns_listed]
        openings = [(session.first(text), [transcript.id, text]) for text in asked]
    else:
        room = min(PART_TOKENS, (backend.context or 4 * PART_TOKENS) // 2)
        text = instruction(None, language, names)
        parts = [channel.hide(part) for part in prompts.transcript_parts(transcript, room)]
        openings = [(prompts.session_first(part, fence, language, text), [part, text]) for part in parts]
    return [
        request_of(backend, (message,), language, identity=identity, answer_schema=schema())
        for message, identity in openings
    ]


def _as_stored(backend: Backend) -> str:
    # A name without a language: the words "(recorded)" are put to it where it is shown.
    return backend.name if backend.name.startswith("replay:") else short_name(backend.name)


async def _list_of(
    channel: Channel[Generator],
    transcript: Transcript,
    store: Store,
    fence: str,
    leading: Sequence[str],
    progress: Progress | None,
) -> Believed:
    """Return what one model's list holds that was said; what it answered before is not asked again."""
    stored = store.answers.suggestions(transcript.id)
    requests = requests_of(channel, transcript, fence, leading)
    answers = []
    for done, request in enumerate(requests):
        if progress is not None:
            progress(channel.backend.name, done, len(requests))
        answer = stored.get(request.id)
        if answer is None:

            async def keep(completion: Completion, request: Request = request) -> None:
                await store.answers.add_suggestion(transcript, request.id, completion)

            answer = (await asking.ask(channel, request, keep)).text
        answers.append(channel.restore(answer))
    if progress is not None:
        progress(channel.backend.name, len(requests), len(requests))
    return believed(answers, transcript)


def stretches(transcript: Transcript) -> list[tuple[int, int]]:
    """Return the first and last turn of each stretch of a session of about `PART_TOKENS` tokens."""
    turns = [turn for turn in transcript.turns if turn.channel != "system"]
    found: list[tuple[int, int]] = []
    first, size = turns[0].number if turns else 1, 0
    for turn in turns:
        size += estimate_tokens(turn.text, transcript.language)
        if size >= PART_TOKENS or turn is turns[-1]:
            found.append((first, turn.number))
            first, size = turn.number + 1, 0
    return found or [(1, 1)]


def from_recaps(run: Run, *, moderators: Sequence[str] = (), threshold: float = 0.2) -> Reference:
    """The union of what the recaps of a run say, verified against the session (the classical pyramid).

    Sentences of different recaps that say one thing are one key point, in the words of the first; a sentence that no
    turn carries is left out. Nenkova and Passonneau (2004), with the recaps themselves as the pool.

    Raises:
        ConfigurationError: no recap of the run says anything that was said.
    """
    said = SessionIndex(run.transcript)
    language = run.transcript.language
    spoken = [(turn, frozenset(stems(turn.text, language))) for turn in said.turns if turn.speaker]
    units: list[tuple[str, frozenset[str], list[Quote]]] = []
    for variant in run.variants:
        for sentence in statements(simple_lines(variant.summary or "")):
            held = frozenset(stems(sentence.text, language)) - said.names
            if sentence.heading or len(held) < 3:
                continue
            quotes = _quotes(sentence.text, held, spoken, said)
            twin = next((u for u in units if _same(held, u[1], said) and not _opposed(sentence.text, u[0], said)), None)
            if twin is not None:
                twin[2].extend(quote for quote in quotes if quote.speaker not in {q.speaker for q in twin[2]})
            elif quotes:
                units.append((sentence.text, held, quotes))
    if not units:
        raise ConfigurationError(_("No recap of run {run} says anything that was said.").format(run=run.id))
    units.sort(key=lambda unit: min(quote.turn for quote in unit[2]))
    points = [
        KeyPoint(id=f"P{n:02d}", text=text, said=tuple(quotes))
        for n, (text, _held, quotes) in enumerate(units, start=1)
    ]
    leading = tuple(moderators) or likely_moderators(run.transcript)
    return suggested(run.transcript, points, leading, threshold).model_copy(update={"suggested_by": "recaps"})


def _quotes(
    text: str, held: frozenset[str], spoken: Sequence[tuple[Turn, frozenset[str]]], said: SessionIndex
) -> list[Quote]:
    """The words of each speaker whose best turn carries a sentence, the sentence of that turn nearest to it."""
    found: dict[str, Quote] = {}
    wanted = said.weights.mass(held)
    for turn, words in spoken:
        if turn.speaker is None or turn.speaker in found or said.weights.mass(held & words) < SUPPORTED * wanted:
            continue
        texts = [s.text for s in sentences(turn.text)]
        best = max(texts, key=lambda text: said.weights.mass(held & frozenset(stems(text, said.language))), default="")
        if normalise(best) and not _opposed(text, best, said):
            found[turn.speaker] = Quote(turn=turn.number, speaker=turn.speaker, words=best)
    return list(found.values())


def _opposed(a: str, b: str, said: SessionIndex) -> bool:
    """Whether one of two texts denies what the other affirms, as far as words tell."""
    return bool(common(a, b, said.language).opposed)


def _same(a: frozenset[str], b: frozenset[str], said: SessionIndex) -> bool:
    shared = said.weights.mass(a & b)
    return shared >= SAME * said.weights.mass(a) and shared >= SAME * said.weights.mass(b)
