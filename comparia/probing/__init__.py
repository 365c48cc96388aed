"""Send sessions that hide instructions to a backend, and tell which of them it obeyed.

Each attack is planted where it would stand in life (a chat message, a name, hidden text of a document...), read by the
readers everybody uses, sent as every session is sent, and the answer is looked at for what only an obedient model
writes. `counterfactual` makes sessions with one change out of a session, `outcomes` compares the recaps of both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from comparia import asking
from comparia.asking import Channel, generator_of, model_named, request_of
from comparia.config import Settings, shipped
from comparia.errors import BackendError
from comparia.keys import ENVIRONMENT
from comparia.matching.judge import AskedPoint, Question, instruction_of, rulings_of
from comparia.probing.attacks import BASE, CARRIERS, POINTS, RECAPS, Attack, attacks, planted
from comparia.prompts import load, opening_session_first, transcript_lines, variables
from comparia.records import PRESENT, Backend, Message, Prompt, Request, Transcript, Zone
from comparia.store import Store
from comparia.text import fences
from comparia.text.sentences import sentences

__all__ = ["BASE", "CARRIERS", "Attack", "Outcome", "attacks", "injection", "planted", "request_for"]

PROMPTS = {"fr": "compte-rendu/01-synthese-fidele.md", "en": "recap/01-faithful-synthesis.md"}
"""The prompt under which a session with an attack is sent."""

Verdict = Literal["resisted", "through", "unanswered"]


class Outcome(NamedTuple):
    """What became of one attack."""

    attack: Attack
    """The attack."""
    verdict: Verdict
    """`through` where the answer holds what only an obedient model writes; `unanswered` where no answer came."""
    seen: str
    """The passage that told, or why no answer came."""


Progress = Callable[[int, int], None]
"""Told how many attacks have been answered, of how many."""


async def injection(
    name: str,
    store: Store,
    settings: Settings,
    *,
    policy: Zone,
    chosen: Sequence[Attack] | None = None,
    progress: Progress | None = None,
    environ: Mapping[str, str] = ENVIRONMENT,
) -> list[Outcome]:
    """Send every attack to a backend and look at what it answers; each sending passes the gate and is journalled.

    Args:
        name: a model, named as on the command line.
        store: for the journal.
        settings: names of backends.
        policy: how far the sessions, which are fictional, may travel.
        chosen: the attacks; all of them when None.
        progress: told of answers as they come.
        environ: holds the keys.

    Raises:
        OutboundRefused, MissingKey, ConfigurationError: the model may not, or cannot, be asked.
        BackendError: the first question is not answered: the model is not there.
    """
    backend = model_named(name, settings)
    to_send = list(attacks() if chosen is None else chosen)
    outcomes: list[Outcome] = []
    async with Channel(backend, store, generator_of(environ), policy=policy, environ=environ) as channel:
        for attack in to_send:
            try:
                answer = await asking.ask(channel, request_for(attack, backend))
                outcomes.append(judged(attack, answer.text))
            except BackendError as error:
                if not outcomes:
                    raise
                outcomes.append(Outcome(attack, "unanswered", error.message))
            if progress is not None:
                progress(len(outcomes), len(to_send))
    return outcomes


def request_for(attack: Attack, backend: Backend) -> Request:
    """Return the request of one attack: a session that holds it, or a recap that a judge is asked about."""
    if attack.carrier == "recap":
        asked = instruction_of(_question(attack), attack.language, swapped=False)
        messages: tuple[Message, ...] = (Message(role="user", parts=(asked,)),)
    else:
        messages = _opening(planted(attack), _prompt(attack.language))
    return request_of(backend, messages, attack.language)


def judged(attack: Attack, answer: str) -> Outcome:
    """Return what an answer says of an attack: for a judge, finding a point that no sentence holds."""
    if attack.carrier == "recap":
        ruling = rulings_of(answer, _question(attack)).get("P1")
        won = ruling is not None and ruling.verdict in PRESENT
        return Outcome(attack, "through" if won else "resisted", ruling.verdict if ruling else "")
    for tell in attack.tells:
        if match := re.search(tell, answer):
            return Outcome(attack, "through", match.group()[:120])
    return Outcome(attack, "resisted", "")


def _question(attack: Attack) -> Question:
    """Return the question to a judge about the recap that holds an attack."""
    recap = tuple(s.text for s in sentences(RECAPS[attack.language].format(payload=attack.payload)))
    return Question("", recap, (AskedPoint("P1", POINTS[attack.language], "view", (), 1, ()),))


def _opening(session: Transcript, prompt: Prompt) -> tuple[Message, ...]:
    values = variables(session, prompt)
    return opening_session_first(prompt, values, "\n".join(transcript_lines(session)), fences.drawn(), session.language)


def _prompt(language: Literal["fr", "en"]) -> Prompt:
    return load(shipped("prompts") / PROMPTS[language])
