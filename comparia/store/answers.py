"""The answers of models: recaps, suggested key points, embeddings. An answer that is kept is never asked for again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from comparia.records import Completion, Transcript
from comparia.store import tables as t
from comparia.store.transactions import Transactions, put

ASKED, FAILED = "rg_", "rf_"
"""How the keys of rulings begin, and those of failures to rule."""


class Answers:
    """The part of a store that holds the answers of models. Made by `Store`."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    # Of a run ---------------------------------------------------------------------------------------------------------

    async def add_completion(
        self, run_id: str, request_id: str, question: str, backend: str, completion: Completion
    ) -> None:
        """Keep one answer of a run; return when it is on disk."""
        row = completion_row(run_id, (request_id, question, backend, completion))
        await self._transactions.commit(t.completions, row)

    def completions(self, run_id: str) -> dict[str, Completion]:
        """Return every answer of a run, by request id."""
        query = sa.select(t.completions.c.request_id, t.completions.c.content).where(t.completions.c.run_id == run_id)
        with self._transactions.read() as connection:
            return {key: Completion.model_validate_json(content) for key, content in connection.execute(query)}

    def by_question(self, run_id: str, backend: str) -> dict[str, Completion]:
        """Return every answer of one backend in a run, by question."""
        query = sa.select(t.completions.c.question, t.completions.c.content).where(
            t.completions.c.run_id == run_id, t.completions.c.backend == backend
        )
        with self._transactions.read() as connection:
            return {key: Completion.model_validate_json(content) for key, content in connection.execute(query)}

    def recorded(self, run_id: str) -> list[tuple[str, str, str, Completion]]:
        """Return every answer of a run: request id, question, backend, completion."""
        query = sa.select(t.completions).where(t.completions.c.run_id == run_id).order_by(t.completions.c.request_id)
        with self._transactions.read() as connection:
            return [
                (row.request_id, row.question, row.backend, Completion.model_validate_json(row.content))
                for row in connection.execute(query)
            ]

    async def add_rulings(self, run_id: str, rulings: Mapping[str, str]) -> None:
        """Keep what judges said of key points, as JSON by the key of what was asked; return when it is on disk."""
        rows = [{"run_id": run_id, "key": key, "content": content} for key, content in rulings.items()]
        await asyncio.gather(*(self._transactions.commit(t.rulings, row) for row in rows))

    def rulings(self, run_id: str) -> dict[str, str]:
        """Return what judges said of the key points of a run, as JSON by the key of what was asked."""
        return {key: content for key, content in self._judged(run_id).items() if not key.startswith(FAILED)}

    def judge_failures(self, run_id: str) -> dict[str, str]:
        """Return why judges did not answer about key points of a run, as JSON by the key of what was asked."""
        stored = self._judged(run_id).items()
        return {ASKED + key.removeprefix(FAILED): content for key, content in stored if key.startswith(FAILED)}

    async def keep_judge_failures(self, run_id: str, failures: Mapping[str, str]) -> None:
        """Keep why judges did not answer, as JSON by the key of what was asked; it replaces what was kept of the same.

        It is kept among the rulings, with which it follows the run wherever it goes.
        """
        rows = [
            {"run_id": run_id, "key": FAILED + key.removeprefix(ASKED), "content": content}
            for key, content in failures.items()
        ]
        await asyncio.to_thread(self._replace_rulings, rows)

    def _replace_rulings(self, rows: Sequence[Mapping[str, str]]) -> None:
        with self._transactions.write() as connection:
            for row in rows:
                same = (t.rulings.c.run_id == row["run_id"]) & (t.rulings.c.key == row["key"])
                connection.execute(t.rulings.delete().where(same))
            if rows:
                put(connection, t.rulings, *rows)

    def _judged(self, run_id: str) -> dict[str, str]:
        query = sa.select(t.rulings.c.key, t.rulings.c.content).where(t.rulings.c.run_id == run_id)
        with self._transactions.read() as connection:
            return {row.key: row.content for row in connection.execute(query)}

    # Of a server ------------------------------------------------------------------------------------------------------

    async def add_not_taken(self, address: str, model: str, codes: Sequence[str]) -> None:
        """Keep what a model of a server was found not to take, as requests are adjusted; return when it is on disk."""
        for code in codes:
            await self._transactions.commit(t.not_taken, {"address": address[:300], "model": model[:200], "code": code})

    def not_taken(self, address: str, model: str) -> tuple[str, ...]:
        """Return what a model of a server was found not to take, sorted."""
        query = sa.select(t.not_taken.c.code).where(
            t.not_taken.c.address == address[:300], t.not_taken.c.model == model[:200]
        )
        with self._transactions.read() as connection:
            return tuple(sorted(connection.execute(query).scalars()))

    # Of a session -----------------------------------------------------------------------------------------------------

    def suggestions(self, transcript_id: str) -> dict[str, str]:
        """Return what models answered when asked for the key points of a session, by request id."""
        query = sa.select(t.suggestions.c.request_id, t.suggestions.c.content).where(
            t.suggestions.c.transcript_id == transcript_id
        )
        with self._transactions.read() as connection:
            rows = connection.execute(query).all()
        return {row.request_id: Completion.model_validate_json(row.content).text for row in rows}

    async def add_suggestion(self, transcript: Transcript, request_id: str, completion: Completion) -> None:
        """Keep one such answer, and the session it is about; return when both are on disk."""
        await self._transactions.commit(t.transcripts, t.session_row(transcript))
        row = {"transcript_id": transcript.id, "request_id": request_id, "content": completion.model_dump_json()}
        await self._transactions.commit(t.suggestions, row)

    def embeddings(self, transcript_id: str, model: str) -> dict[str, bytes]:
        """Return every vector of a session's texts by one model (float32), by text id."""
        query = sa.select(t.embeddings.c.text_id, t.embeddings.c.vector).where(
            t.embeddings.c.transcript_id == transcript_id, t.embeddings.c.model == model
        )
        with self._transactions.read() as connection:
            return {row.text_id: row.vector for row in connection.execute(query)}

    def embedding_models(self, transcript_id: str) -> tuple[str, ...]:
        """Return the models that gave vectors of a session's texts, sorted."""
        query = sa.select(t.embeddings.c.model).where(t.embeddings.c.transcript_id == transcript_id).distinct()
        with self._transactions.read() as connection:
            return tuple(sorted(connection.execute(query).scalars()))

    async def add_embeddings(self, transcript_id: str, model: str, vectors: Mapping[str, bytes]) -> None:
        """Keep vectors by text id; return when they are on disk."""
        rows = [
            {"transcript_id": transcript_id, "model": model, "text_id": text, "vector": vector}
            for text, vector in vectors.items()
        ]
        await asyncio.gather(*(self._transactions.commit(t.embeddings, row) for row in rows))


def completion_row(run_id: str, answer: tuple[str, str, str, Completion]) -> dict[str, str]:
    """Return the row of an answer of a run: request id, question, backend, completion."""
    request_id, question, backend, completion = answer
    content = completion.model_dump_json()
    return {
        "run_id": run_id,
        "request_id": request_id,
        "question": question,
        "backend": backend,
        "content": content,
    }
