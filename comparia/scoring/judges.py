"""The judges of a run: its own models, each for the recaps it did not write, or the models that a person names.

Every answer is kept with the run: what was asked once is never asked again. All requests begin with the session, as
those of the recaps do, so that a server that keeps what it read reads it once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, get_args

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
    PointList,
    Question,
    Ruling,
    instruction_of,
    readings_of,
    schema_of,
)
from comparia.messages import Sentence, moment
from comparia.messages import gettext as _
from comparia.records import (
    Backend,
    Completion,
    Failure,
    FailureKind,
    Message,
    Reason,
    Request,
    Run,
    content_id,
    now,
    short_name,
)
from comparia.scoring.progress import Asked, Progress, Unanswered
from comparia.store import Store
from comparia.text.size import estimate_tokens

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
    """Whether points are asked about, and verdicts named, in the other order."""
    listed: PointList | None = None
    """The points that the judge is shown: those of all its sheets; those of this one alone when None."""
    after_session: bool = True
    """Whether it is asked after the session."""

    def shortened(self, steps: int) -> _Sheet:
        """Return the same with less to read: first without the points of other sheets, then without the session."""
        if steps and self.listed is not None and len(self.listed.points) > len(self.question.points):
            return self._replace(listed=None).shortened(steps - 1)
        return self._replace(after_session=False) if steps else self


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
        again: whether what a judge failed to answer at an earlier command is asked again.
        alone: whether the judge was named, so that its failure is an error: nothing of it is kept, and the same command
            asks again.
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
        again: bool = False,
        alone: bool = False,
    ) -> None:
        self._run = run
        self._store = store
        self._models = models
        self._session = session
        self._tell = tell
        self._stored_only = session is None
        self._own = own
        self._again = again
        self._alone = alone
        self._failed: dict[str, str] = {}
        self._failed_now: set[str] = set()
        self.unanswered: tuple[Unanswered, ...] = ()
        """What was not answered to the questions last put."""
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
            BackendError: no judge answers, now or at an earlier command.
        """
        self.unanswered = ()
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
        self._failed, self._failed_now = self._store.answers.judge_failures(self._run.id), set()
        judging = {question.variant: await self._of(question.variant) for question in questions}
        if not self._stored_only:
            sheets = [
                _Sheet(judge, sheet, swapped)
                for question in questions
                for judge in judging[question.variant]
                for swapped in (False, True)
                for sheet in self._without(stored, question, judge, swapped=swapped).sheets
            ]
            await self._put(sheets, language, stored)
        self.unanswered = tuple(self._unanswered(questions, judging, stored))
        return [self._answers_to(question, judging[question.variant], stored) for question in questions]

    async def _put(self, sheets: Sequence[_Sheet], language: Language, stored: dict[str, str]) -> None:
        """Ask every judge what it has to rule on; rulings join `stored`, and failures are kept.

        Raises:
            BackendError: no judge answers, now or at an earlier command.
        """
        asked = sorted({sheet.judge for sheet in sheets})
        calls = {judge: self._calls(judge, sheets, language) for judge in asked}
        for n, judge in enumerate(asked, start=1):  # all are told of before anything is sent
            self._tell(self._plan(judge, calls[judge])._replace(waiting=len(asked) - n))
        failures = []
        for judge in asked:
            try:
                await self._ask_one(self._models[judge], calls[judge], language, stored)
            except BackendError as error:  # one judge that fails takes nothing from the others
                failures.append(error)
                if not self._alone:
                    await self._keep_failure(judge, [sheet for sheet, _request in calls[judge]], error, stored)
        if failures and len(failures) == len(asked) and (self._alone or not stored):
            raise failures[0]
        if not asked and not stored and self._failed:
            raise _Kept.read(next(iter(self._failed.values()))).error()

    def _calls(self, judge: int, sheets: Sequence[_Sheet], language: Language) -> list[tuple[_Sheet, Request]]:
        """Return what one judge is asked, with its requests; two recaps in the same words are asked about once."""
        model, calls = self._models[judge], dict[str, tuple[_Sheet, Request]]()
        own = [sheet for sheet in sheets if sheet.judge == judge]
        listed = PointList.of([sheet.question for sheet in own])
        whole = [sheet._replace(listed=listed) for sheet in own]
        if all(self._can_read(model, sheet, language) for sheet in whole):
            own = whole
        for sheet in own:
            request = self._request(model, sheet, language)
            calls.setdefault(request.id, (sheet, request))
        return list(calls.values())

    def _plan(self, judge: int, calls: Sequence[tuple[_Sheet, Request]]) -> Asked:
        model = self._models[judge]
        tokens, price = sum(request.input_tokens for _sheet, request in calls), model.backend.input_price
        cost = None if price is None else tokens * price / 1_000_000
        return Asked("judge", model.name, model.backend.zone, 0, len(calls), tokens, cost)

    async def _keep_failure(
        self, judge: int, sheets: Sequence[_Sheet], error: BackendError, stored: Mapping[str, str]
    ) -> None:
        """Keep that a judge did not answer some sheets, so that nobody waits for it at every command."""
        model = self._models[judge]
        kept = _Kept(model.backend.name, now().isoformat(), failure_of(error)).written()
        keys = {
            key
            for sheet in sheets
            for point in sheet.question.points
            if (key := _key(model, sheet.question, point, swapped=sheet.swapped)) not in stored
        }
        await self._store.answers.keep_judge_failures(self._run.id, dict.fromkeys(keys, kept))
        self._failed |= dict.fromkeys(keys, kept)
        self._failed_now |= keys

    def _without(self, stored: Mapping[str, str], question: Question, judge: int, *, swapped: bool) -> Question:
        """Return a question without the points that a judge has ruled on, or failed to, unless that is asked again."""
        model = self._models[judge]
        done = stored if self._again else {*stored, *self._failed}
        points = tuple(p for p in question.points if _key(model, question, p, swapped=swapped) not in done)
        return Question(question.variant, question.recap, points)

    def _unanswered(
        self, questions: Sequence[Question], judging: Mapping[str, Sequence[int]], stored: Mapping[str, str]
    ) -> Iterator[Unanswered]:
        """Yield what each judge did not answer, for each of its failures."""
        cells: dict[tuple[str, bool], set[tuple[str, str]]] = {}
        for question in questions:
            for judge in judging[question.variant]:
                for point in question.points:
                    for swapped in (False, True):
                        key = _key(self._models[judge], question, point, swapped=swapped)
                        if key in self._failed and key not in stored:
                            why = (self._failed[key], key not in self._failed_now)
                            cells.setdefault(why, set()).add((question.variant, point.id))
        for (content, earlier), verdicts in cells.items():
            kept = _Kept.read(content)
            yield Unanswered(kept.judge, kept.failure, kept.at, len(verdicts), earlier)

    async def _ask_one(
        self, model: AskedModel, calls: Sequence[tuple[_Sheet, Request]], language: Language, stored: dict[str, str]
    ) -> None:
        """Ask one model; its rulings join `stored` once they are on disk.

        A model that says it cannot read as much is asked with less before it, and so are all questions that follow.
        """
        backend, done = model.backend, 0
        plan = self._plan(calls[0][0].judge, calls)
        answers = self._store.answers.completions(self._run.id)
        less = 0

        async def completion_of(request: Request) -> Completion:
            async def keep(completion: Completion) -> None:
                await self._store.answers.add_completion(
                    self._run.id, request.id, request.question, backend.name, completion
                )
                answers[request.id] = completion

            if request.id not in answers:
                await asking.ask(model.channel, request, keep)
            return answers[request.id]

        async def one(whole: _Sheet, request: Request) -> None:
            nonlocal done, less
            steps = less
            sheet = whole.shortened(steps)
            asked = self._request(model, sheet, language) if steps else request
            try:
                completion = await completion_of(asked)
            except BackendError as error:
                if error.kind != "too_long" or self._request(model, sheet.shortened(1), language).id == asked.id:
                    raise
                less = max(less, steps + 1)
                await one(whole, request)
                return
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
                # one answer that did not come leaves its points to words
                await self._keep_failure(sheet.judge, [sheet], error, stored)

        async with model.channel:
            # one alone first, so that a judge that is not there is asked once, and its server reads the session once
            await one(*calls[0])
            await all_of([or_unscored(*call) for call in calls[1:]])

    def _rulings_in(self, completion: Completion, sheet: _Sheet) -> dict[str, str]:
        """Return what an answer says of each point, as it is kept.

        Where it says nothing that counts, that is an empty list, and the code of why under a key of its own.
        """
        model, question = self._models[sheet.judge], sheet.question
        readings = readings_of(model.channel.restore(completion.text), question, sheet.listed)
        kept: dict[str, str] = {}
        for point in question.points:
            key, reading = _key(model, question, point, swapped=sheet.swapped), readings[point.id]
            if isinstance(reading, Ruling):
                kept[key] = json.dumps(reading, ensure_ascii=False)
            else:
                kept |= {key: "[]", _why(key): json.dumps(reading)}
        return kept

    def _answers_to(self, question: Question, judging: Sequence[int], stored: Mapping[str, str]) -> dict[str, Answer]:
        """Return what the judges of a recap said of its points.

        Of stored rulings alone, a point about which nobody was asked has no answer.
        """
        answers = {}
        for point in question.points:
            keys = [
                _key(self._models[judge], question, point, swapped=swapped)
                for judge in judging
                for swapped in (False, True)
            ]
            kept = [stored.get(key) for key in keys]
            failed = [_Kept.read(self._failed[key]).failure.kind for key in keys if self._is_failed(key, stored)]
            if self._stored_only and None in kept and not failed:
                continue
            rulings = tuple(Ruling(*json.loads(content)) if content and content != "[]" else None for content in kept)
            unread = [json.loads(stored[_why(key)]) for key in keys if _why(key) in stored]
            answers[point.id] = Answer(rulings, silent=None in kept, reason=next(iter([*failed, *unread]), ""))
        return answers

    def _is_failed(self, key: str, stored: Mapping[str, str]) -> bool:
        return key in self._failed and key not in stored

    def _asked(self, model: AskedModel, sheet: _Sheet, language: Language) -> str:
        return model.channel.hide(instruction_of(sheet.question, language, swapped=sheet.swapped, listed=sheet.listed))

    def _can_read(self, model: AskedModel, sheet: _Sheet, language: Language) -> bool:
        """Return whether a model can read a sheet after the session, as far as its context is known."""
        if self._session is None:
            return True
        needed = estimate_tokens(self._asked(model, sheet, language), language) + ANSWER_ROOM
        return self._session.fits(model.backend, needed)

    def _request(self, model: AskedModel, sheet: _Sheet, language: Language) -> Request:
        if self._session is None:
            raise ValueError("judges without the session are asked nothing")
        asked = self._asked(model, sheet, language)
        message, identity = Message(role="user", parts=(asked,)), [asked]
        if sheet.after_session:
            message, identity = self._session.before(asked, model.backend, ANSWER_ROOM)
        return request_of(
            model.backend,
            (message,),
            language,
            identity=identity,
            recipe=[model.backend.temperature],
            answer_schema=schema_of(len(sheet.question.points)),
        )


def _key(model: AskedModel, question: Question, point: AskedPoint, *, swapped: bool) -> str:
    """Return what identifies what one judge says of one point in one recap, in one order."""
    return content_id("rg", [NAME, model.name, question.recap, point, swapped])


def _why(key: str) -> str:
    """Return under which key it is kept why an answer does not count."""
    return f"rw_{key.removeprefix('rg_')}"


class _Kept(NamedTuple):
    """A failure as it is kept."""

    judge: str
    """Name of the model."""
    at: str
    """When, ISO 8601."""
    failure: Failure
    """Why it did not answer."""

    @classmethod
    def read(cls, content: str) -> _Kept:
        """Return what was kept."""
        document = json.loads(content)
        return cls(document["judge"], document["at"], Failure.model_validate(document["failure"]))

    def written(self) -> str:
        """Return it as JSON."""
        return json.dumps({**self._asdict(), "failure": self.failure.model_dump(mode="json")}, ensure_ascii=False)

    def error(self) -> BackendError:
        """Return what is raised where nothing but this failure is known: it is not asked again by itself."""
        reason = Sentence.of(self.failure.message.template, self.failure.message.values)
        message = _("{judge} failed on {time} and was not asked again: {reason}").format(
            judge=short_name(self.judge), time=moment(self.at), reason=reason
        )
        error = BackendError(self.failure.kind, message, _("Ask again: add --ask-again, or carry the run on."))
        error.on_page = _("Ask the judges again, in the menu More.")
        return error


def failure_of(error: BackendError) -> Failure:
    """Return an error of a backend as it is kept."""
    kind = error.kind if error.kind in get_args(FailureKind) else "server_error"
    return Failure(kind=kind, message=Reason.of(error.message), cure=Reason.of(error.cure), attempts=error.attempts)


async def all_of(work: Sequence[Any]) -> None:
    """Await coroutines together; the first error stops the others and is raised alone."""
    try:
        async with asyncio.TaskGroup() as group:
            for coroutine in work:
                group.create_task(coroutine)
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
