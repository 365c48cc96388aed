"""The judges of a run: its own models, each for the recaps it did not write, or the models that a person names.

Every answer is kept with the run: what was asked once is never asked again. All requests begin with the session, as
those of the recaps do, so that a server that keeps what it read reads it once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from comparia import asking
from comparia.asking import Channel, SessionText, models_of, request_of
from comparia.backends import Generator
from comparia.backends.authors import apart, plain_name
from comparia.backends.openai_compatible import OpenAICompatible
from comparia.backends.queue import run_sync
from comparia.errors import BackendError
from comparia.matching.judge import (
    NAME,
    Answer,
    AskedPoint,
    Language,
    Question,
    Ruling,
    instruction_of,
    rulings_of,
    schema_of,
)
from comparia.records import Backend, Completion, Request, Run, content_id
from comparia.scoring.progress import Asked, Progress
from comparia.store import Store

MOST_JUDGES = 1
"""Most models that judge one recap."""

ANSWER_TOKENS_A_POINT = 45
"""Tokens that a judge writes about one point, for cost."""

ANSWER_ROOM = 3000
"""Tokens left free for an answer in the context window."""


class _Sheet(NamedTuple):
    """Points of one recap as one judge is asked about them, in one order."""

    judge: int
    """Number of the judge."""
    question: Question
    """The recap, and points that the judge has not ruled on in this order."""
    swapped: bool
    """Whether points and verdicts stand in the other order."""


class AskedModel:
    """One model that judges.

    Args:
        name: as signatures name it.
        backend: the model.
        channel: the way to it; None where it is asked nothing.
        server: the way to its server's list of models; None where it is asked nothing.
    """

    def __init__(
        self,
        name: str,
        backend: Backend,
        channel: Channel[Generator] | None = None,
        server: Channel[OpenAICompatible] | None = None,
    ) -> None:
        self.name = name
        self.backend = backend
        self._channel = channel
        self._server = server
        self._names: frozenset[str] | None = None

    @property
    def channel(self) -> Channel[Generator]:
        """The way to the model."""
        if self._channel is None:
            raise ValueError(f"{self.name} is asked nothing")
        return self._channel

    async def names(self) -> frozenset[str]:
        """Return the model under all its names: an alias and what it points to are one author."""
        if self._names is None:
            names = {self.backend.model}
            if self.backend.kind == "openai_compatible" and self._server is not None:
                async with self._server as server:
                    with contextlib.suppress(BackendError):  # a server without a list of models has no aliases either
                        for entry in await models_of(server):
                            if self.backend.model in (entry["id"], *entry["aliases"]):
                                names |= {entry["id"], *entry["aliases"]}
            self._names = frozenset(map(plain_name, names))
        return self._names

    def answered_as(self, model: str) -> None:
        """Take note of the name that a server answers by: that name is the judge too, from then on."""
        if model and self._names is not None:
            self._names |= {plain_name(model)}


class Judges:
    """Judges whose answers are kept with the run.

    Args:
        run: whose policy, variants and answers count.
        store: keeps the answers.
        models: who may judge.
        session: the session, with which every request begins; None where nothing is asked.
        tell: told of answers.
        own: whether each judges the recaps that it wrote, and no other: to see whether it prefers them. Such verdicts
            are never scored.
    """

    def __init__(
        self,
        run: Run,
        store: Store,
        models: Sequence[AskedModel],
        session: SessionText | None,
        tell: Progress,
        *,
        own: bool = False,
    ) -> None:
        self._run = run
        self._store = store
        self._models = models
        self._session = session
        self._tell = tell
        self._stored_only = session is None
        self._own = own
        self.last_answers: Sequence[Mapping[str, Answer]] = ()
        """What was answered to the questions last put, by point id."""

    @property
    def name(self) -> str:
        """The models, as signatures name them."""
        return "+".join(model.name for model in self._models)

    def refuses(self, variant: str) -> str:
        """Return the code of why nobody may judge a variant: every judge wrote it; empty where somebody may."""
        return "" if run_sync(self._of(variant)) else "judge_is_author"

    def ask(self, questions: Sequence[Question], language: Language) -> Sequence[Mapping[str, Answer]]:
        """Return the answers to each question, by point id.

        Raises:
            BackendError: a judge does not answer at all, or refuses the key or the account.
        """
        self.last_answers = run_sync(self._ask(questions, language)) if questions else ()
        return self.last_answers

    async def _of(self, variant: str) -> list[int]:
        """Return the numbers of the models that judge a variant.

        They are those that did not write it: first those that bear none of its author's names, then its namesakes on
        other servers; from the one after its author on.
        """
        written = next((v for v in self._run.variants if v.id == variant), None)
        if written is None or written.author != "model":
            return [] if self._own else list(range(len(self._models)))[:MOST_JUDGES]
        author = next((b for b in self._run.backends if b.name == written.backend), None)
        names = (author.model if author else "", *(call.model for call in written.calls))
        authors = {plain_name(name) for name in names if name}
        namesakes = {n for n, model in enumerate(self._models) if authors & await model.names()}
        wrote = {n for n in namesakes if author is None or not apart(author, self._models[n].backend)}
        able = [n for n in range(len(self._models)) if n not in wrote]
        if self._own:
            return sorted(wrote)[:MOST_JUDGES]
        first = min(wrote, default=-1)
        return sorted(able, key=lambda n: (n in namesakes, (n - first - 1) % len(self._models)))[:MOST_JUDGES]

    async def _ask(self, questions: Sequence[Question], language: Language) -> list[dict[str, Answer]]:
        stored = self._store.answers.rulings(self._run.id)
        for _request, _question, backend, completion in self._store.answers.recorded(self._run.id) if stored else ():
            for model in self._models:
                if model.backend.name == backend:
                    model.answered_as(completion.model)
        judging = {question.variant: await self._of(question.variant) for question in questions}
        if not self._stored_only:
            sheets = [
                _Sheet(judge, sheet, swapped)
                for question in questions
                for judge in judging[question.variant]
                for swapped in (False, True)
                for sheet in self._without(stored, question, judge, swapped=swapped).sheets
            ]
            failures = []
            asked = sorted({sheet.judge for sheet in sheets})
            for judge in asked:
                try:
                    await self._ask_one(self._models[judge], [s for s in sheets if s.judge == judge], language, stored)
                except BackendError as error:  # one judge that fails takes nothing from the others
                    failures.append(error)
            if failures and len(failures) == len(asked) and (len(self._models) == 1 or not stored):
                raise failures[0]
        return [self._answers_to(question, judging[question.variant], stored) for question in questions]

    def _without(self, stored: Mapping[str, str], question: Question, judge: int, *, swapped: bool) -> Question:
        """Return a question without the points that a judge has ruled on."""
        model = self._models[judge]
        points = tuple(p for p in question.points if _key(model, question, p, swapped=swapped) not in stored)
        return Question(question.variant, question.recap, points)

    async def _ask_one(
        self, model: AskedModel, sheets: Sequence[_Sheet], language: Language, stored: dict[str, str]
    ) -> None:
        """Ask one model; its rulings join `stored` once they are on disk."""
        backend, done = model.backend, 0
        requests = [self._request(model, sheet.question, language, swapped=sheet.swapped) for sheet in sheets]
        tokens = sum(request.input_tokens for request in requests)
        price = backend.input_price
        cost = None if price is None else tokens * price / 1_000_000
        plan = Asked("judge", model.name, backend.zone, 0, len(requests), tokens, cost)
        self._tell(plan)
        answers = self._store.answers.completions(self._run.id)

        async def one(sheet: _Sheet, request: Request) -> None:
            nonlocal done

            async def keep(completion: Completion) -> None:
                await self._store.answers.add_completion(
                    self._run.id, request.id, request.question, backend.name, completion
                )
                answers[request.id] = completion

            if request.id not in answers:
                await asking.ask(model.channel, request, keep)
            completion = answers[request.id]
            model.answered_as(completion.model)
            rulings = self._rulings_in(completion, sheet)
            await self._store.answers.add_rulings(self._run.id, rulings)
            stored.update(rulings)
            done += 1
            self._tell(plan._replace(done=done))

        async def or_unscored(sheet: _Sheet, request: Request) -> None:
            try:
                await one(sheet, request)
            except BackendError as error:
                if error.kind == "authentication" or "quota" in error.message:
                    raise
                # one answer that did not come leaves its points unscored

        async with model.channel:
            # one alone first, so that a judge that is not there is asked once, and its server reads the session once
            await one(sheets[0], requests[0])
            await all_of(list(map(or_unscored, sheets[1:], requests[1:])))

    def _rulings_in(self, completion: Completion, sheet: _Sheet) -> dict[str, str]:
        """Return what an answer says of each point, as it is kept: an empty list where it says nothing that counts."""
        model, question = self._models[sheet.judge], sheet.question
        rulings = rulings_of(model.channel.restore(completion.text), question, swapped=sheet.swapped)
        return {
            _key(model, question, point, swapped=sheet.swapped): json.dumps(
                rulings.get(point.id, ()), ensure_ascii=False
            )
            for point in question.points
        }

    def _answers_to(self, question: Question, judging: Sequence[int], stored: Mapping[str, str]) -> dict[str, Answer]:
        """Return what the judges of a recap said of its points.

        Of stored rulings alone, a point without any has no answer.
        """
        answers = {}
        for point in question.points:
            kept = [
                stored.get(_key(self._models[judge], question, point, swapped=swapped))
                for judge in judging
                for swapped in (False, True)
            ]
            if self._stored_only and None in kept:
                continue
            rulings = tuple(Ruling(*json.loads(content)) if content and content != "[]" else None for content in kept)
            answers[point.id] = Answer(rulings, silent=None in kept)
        return answers

    def _request(self, model: AskedModel, question: Question, language: Language, *, swapped: bool) -> Request:
        asked = model.channel.hide(instruction_of(question, language, swapped=swapped))
        if self._session is None:
            raise ValueError("judges without the session are asked nothing")
        message, identity = self._session.before(asked, model.backend, ANSWER_ROOM)
        return request_of(
            model.backend,
            (message,),
            language,
            identity=identity,
            recipe=[model.backend.temperature],
            answer_schema=schema_of(len(question.points)),
        )


def _key(model: AskedModel, question: Question, point: AskedPoint, *, swapped: bool) -> str:
    """Return what identifies what one judge says of one point in one recap, in one order."""
    return content_id("rg", [NAME, model.name, question.recap, point, swapped])


async def all_of(work: Sequence[Any]) -> None:
    """Await coroutines together; the first error stops the others and is raised alone."""
    try:
        async with asyncio.TaskGroup() as group:
            for coroutine in work:
                group.create_task(coroutine)
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
