"""Suggest a first list of key points of a session, for a person to correct.

Offline from the session alone, by a model, from the union of what several recaps say, or from votes. Whoever suggests, every
key point carries words that were said, and who holds it is computed from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from comparia import asking, privacy, prompts, references
from comparia.asking import Channel, generator_of, model_named, request_of, veil_for
from comparia.config import Settings
from comparia.errors import ConfigurationError
from comparia.keys import ENVIRONMENT
from comparia.matching.session_index import SessionIndex
from comparia.messages import gettext as _
from comparia.records import Completion, KeyPoint, Message, Quote, Reference, Request, Run, Transcript, Turn, Zone
from comparia.references.asking import Believed, believed, instruction
from comparia.references.leading import likely_moderators
from comparia.references.suggesting import suggested
from comparia.references.votes import Votes, suggest_from_votes
from comparia.store import Store
from comparia.text.polarity import common
from comparia.text.quotes import normalise
from comparia.text.recaps import simple_lines, statements
from comparia.text.sentences import sentences
from comparia.text.size import parts_of
from comparia.text.words import stems

PART_TOKENS = 6000
"""Tokens of session read at once: a longer stretch makes models list its ends and forget its middle."""

ANSWER_TOKENS = 8000
"""Tokens a list of key points may take."""

WORDS_A_POINT, FEWEST_POINTS, MOST_POINTS = 150, 45, 80
"""Words of a session for each key point suggested without a model, and the least and most of them: more than a person reads
through would not be corrected."""

SUPPORTED = 0.4
"""Share of the words of a recap's sentence that one turn must hold for the sentence to be something said."""

SAME = 0.55
"""Share of the words of each of two sentences found in the other from which they say one thing."""


def offline(
    transcript: Transcript, *, moderators: Sequence[str] = (), limit: int | None = None, threshold: float = 0.2
) -> Reference:
    """Key points suggested from the session alone, without a model, the same every time; as many as its length asks for."""
    if limit is None:
        limit = min(MOST_POINTS, max(FEWEST_POINTS, transcript.words // WORDS_A_POINT))
    found = references.suggest(transcript, moderators=moderators, limit=limit, minority_threshold=threshold)
    return found.model_copy(update={"suggested_by": "offline"})


def from_votes(transcript: Transcript, votes: Sequence[Votes], *, threshold: float = 0.2) -> Reference:
    """Each contribution that was voted on as a key point, minority or not by the Polis rule."""
    found = suggest_from_votes(transcript, votes, minority_threshold=threshold)
    return found.model_copy(update={"suggested_by": "votes"})


async def by_model(
    transcript: Transcript,
    name: str,
    store: Store,
    settings: Settings,
    *,
    policy: Zone,
    hiding: privacy.Hiding = privacy.AUTO,
    moderators: Sequence[str] = (),
    threshold: float = 0.2,
    environ: Mapping[str, str] = ENVIRONMENT,
) -> tuple[Reference, Believed]:
    """Ask a model for key points, part by part, and keep what rests on words that were said.

    Args:
        transcript: the session.
        name: a model, named as on the command line.
        store: for the journal of what leaves.
        settings: names of backends.
        policy: how far the session's text may travel.
        hiding: how names are hidden from the model.
        moderators: ids of those who hold no view; detected when none is given.
        threshold: highest prevalence of a minority view.
        environ: holds the keys.

    Returns:
        The reference, and what of the answers was left out.

    Raises:
        OutboundRefused, MissingKey, BackendError: the model may not, or cannot, be asked.
        ConfigurationError: nothing of its answers stands.
    """
    backend = model_named(name, settings, max_tokens=ANSWER_TOKENS)
    veil = veil_for(transcript, [backend], hiding)
    known = store.answers.suggestions(transcript.id)
    room = min(PART_TOKENS, (backend.context or 4 * PART_TOKENS) // 2)
    answers = []
    async with Channel(
        backend, store, generator_of(backend, environ), policy=policy, environ=environ, veil=veil
    ) as channel:
        for part in parts_of(prompts.transcript_lines(transcript), room, transcript.language):
            text = instruction(channel.hide(part), transcript.language)
            request = request_of(backend, (Message(role="user", parts=(text,)),), transcript.language, identity=[text])
            answer = known.get(request.id)
            if answer is None:

                async def keep(completion: Completion, request: Request = request) -> None:
                    await store.answers.add_suggestion(transcript, request.id, completion)

                answer = (await asking.ask(channel, request, keep)).text
            answers.append(channel.restore(answer))
    found = believed(answers, transcript)
    if not found.points:
        raise ConfigurationError(
            _("{name} suggested no key point that rests on words that were said.").format(name=name),
            _("Try a larger model, or suggest without one."),
        )
    leading = tuple(moderators) or likely_moderators(transcript)
    reference = suggested(transcript, found.points, leading, threshold)
    return reference.model_copy(update={"suggested_by": Run.backend_label(backend.name)}), found


def from_recaps(run: Run, *, moderators: Sequence[str] = (), threshold: float = 0.2) -> Reference:
    """The union of what the recaps of a run say, verified against the session (the classical pyramid).

    Sentences of different recaps that say one thing are one key point, in the words of the first; a sentence that no turn
    carries is left out. Nenkova and Passonneau (2004), with the recaps themselves as the pool.

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
