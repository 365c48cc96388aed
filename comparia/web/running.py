"""Runs being carried out: each in a thread of its own, watched by as many pages as are open, lost by none."""

from __future__ import annotations

import asyncio
import contextvars
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from comparia import comparing, library, privacy
from comparia.comparing import Event
from comparia.config import Settings
from comparia.errors import CompariaError, Interrupted
from comparia.messages import gettext as _
from comparia.messages import number
from comparia.records import Run
from comparia.reports import html, wording
from comparia.reports.wording.labels import backend_label
from comparia.scoring import Asked
from comparia.text.thinking import Restart

PAUSE = 0.03
"""Seconds between two messages of a stream: pieces that come together are sent together."""


MOST_RENDERED = 12_000
"""Characters of a text that is rendered again at each piece of it."""

UNWRITTEN = ("failed", "stopped")
"""States in which a recap that was not written stays."""


@dataclass
class Cell:
    """What is known of one variant while it is written."""

    state: str = "waiting"
    """waiting, asked, writing, again, done, failed or stopped."""
    text: str = ""
    """What has come, names put back."""
    half: str = ""
    """What an attempt that broke off, or was stopped, had written; names put back."""
    note: str = ""
    """Why it is asked again, or failed."""
    version: int = 0
    """Raised at each change."""
    raw: list[str] = field(default_factory=list)
    """Pieces as they came."""
    sent: float | None = None
    """When it was first sent, on the clock of this process; None before."""
    took: float | None = None
    """Seconds from there to its end; None before."""

    @property
    def waited(self) -> float | None:
        """Seconds since it was sent, or that it took; None before."""
        if self.took is not None or self.sent is None:
            return self.took
        return time.monotonic() - self.sent

    def end(self, state: str) -> None:
        """Set the state in which it stays."""
        self.took = self.waited
        self.state = state


class Running:
    """One run being carried out.

    Args:
        run: stored, and unfinished.
        settings: where it is kept.
        only: ids of the variants to ask for; all that are missing when None.
        rehearsals: ids of runs whose answers stand in where a model cannot be reached.
    """

    def __init__(
        self, run: Run, settings: Settings, *, only: Collection[str] | None = None, rehearsals: Sequence[str] = ()
    ) -> None:
        self.run = run
        self.cells = {cell.variant: Cell() for cell in run.plan.cells if only is None or cell.variant in only}
        self.version = 0
        self.ended = False
        self.error = ""
        self.doing = ""
        self._stopping = False
        self._settings, self._only, self._rehearsals = settings, only, tuple(rehearsals)
        self._veil = privacy.veil_of(run.pseudonyms, run.transcript) if run.pseudonyms else None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._thread = threading.Thread(target=contextvars.copy_context().run, args=(self._work,), daemon=True)
        for variant in run.variants:
            if variant.failure is None and variant.id in self.cells:
                self.cells[variant.id] = Cell("done", variant.summary or "")

    @property
    def written(self) -> bool:
        """Whether its recaps are written or failed: models may still be judging them."""
        return all(cell.state in ("done", "failed") for cell in self.cells.values())

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Stop asking; what has arrived is kept, and the run can be resumed."""
        self._stopping = True
        if self._loop is not None and self._task is not None and not self.ended:
            self._loop.call_soon_threadsafe(self._task.cancel)

    def join(self, seconds: float) -> None:
        """Wait for its end, so long at most."""
        self._thread.join(seconds)

    def _work(self) -> None:
        loop = self._loop = asyncio.new_event_loop()
        try:
            with library.open_store(self._settings) as store:
                work = comparing.resume(
                    self.run.id, store, self._seen, stream=True, only=self._only, rehearsals=self._rehearsals
                )
                self._task = loop.create_task(work)
                loop.run_until_complete(self._task)
            self._check()
        except asyncio.CancelledError:
            self.error = "stopped"
        except CompariaError as error:
            self.error = str(error)
        except (
            Exception
        ) as error:  # a thread has nobody above it: the page says that it stopped, and the run can be resumed
            self.error = type(error).__name__
        finally:
            loop.close()
            for cell in self.cells.values():
                if cell.state not in ("done", "failed"):
                    self._break(cell)
                    cell.end("stopped")
                    cell.version += 1
            self.ended = True
            self.version += 1

    def _break(self, cell: Cell) -> None:
        """Put what came of an attempt aside: it stays before the room, and is kept nowhere."""
        written = self._restored(cell)
        cell.half = written if written.strip() else cell.half
        cell.raw, cell.text = [], ""

    def _restored(self, cell: Cell) -> str:
        written = "".join(cell.raw)
        return self._veil.restore(written) if self._veil else written

    def _check(self) -> None:
        """Score the run, with its models as its plan says; if it is stopped half way, with what they had answered."""
        try:
            library.check_recaps(
                self.run.id,
                ask_again=True,  # a person pressed the button that asks for what is missing
                settings=self._settings,
                on_list=self._tell_list,
                progress=self._tell_judging,
                on_metric=lambda metric, _done, _total: self._tell(
                    _("Scoring: {metric}").format(metric=wording.metric_name(metric))
                ),
            )
        except Interrupted:
            library.score(self.run.id, settings=self._settings)
            self.error = "stopped"

    def _tell_list(self, model: str, done: int, total: int) -> None:
        said = _("{model} lists the key points: {n} of {total}")
        self._tell(said.format(model=backend_label(model), n=number(done), total=number(total)))

    def _tell_judging(self, asked: Asked) -> None:
        said = _("{model} judges where words cannot tell: {n} of {total}")
        name = asked.model.rpartition("-")[0]  # without the hash of a signature
        self._tell(said.format(model=name, n=number(asked.done), total=number(asked.total)))

    def _tell(self, doing: str) -> None:
        if self._stopping:
            raise Interrupted(_("Interrupted. Every answer that had arrived is kept."))
        self.doing = doing
        self.version += 1

    def _seen(self, event: Event) -> None:
        cell = self.cells.setdefault(event.cell.variant, Cell())
        if event.kind == "sent":
            cell.state, cell.raw, cell.text = "asked", [], ""
            cell.sent = cell.sent or time.monotonic()
        elif event.kind == "delta":
            cell.state, cell.note = "writing", ""
            cell.raw.append(event.text)
        elif event.kind == "restart":
            cell.raw = []
        elif event.kind == "retry":
            self._break(cell)
            cell.state, cell.note = "again", event.text[:300]
        elif event.variant is not None:
            failure = event.variant.failure
            if failure:
                self._break(cell)
            cell.end("failed" if failure else "done")
            cell.text = event.variant.summary or ""
            cell.note = wording.failure_sentences(failure) if failure else ""
        cell.version += 1
        self.version += 1

    def shown(self, variant: str) -> dict[str, Any]:
        """What a page shows of one variant now."""
        cell = self.cells[variant]
        if cell.state == "writing":
            cell.text = self._restored(cell)
        return _shown(variant, cell, cell.text or cell.half)

    def halves(self) -> dict[str, str]:
        """Return what recaps that failed, or were stopped, had written, by variant: the server keeps it in memory."""
        return {name: cell.half for name, cell in self.cells.items() if cell.state in UNWRITTEN and cell.half}


class Answered(NamedTuple):
    """An answer to a question, once it is kept."""

    text: str
    """The answer, names put back."""
    request: str
    """Id of the request."""
    kept: bool
    """Whether it was kept from before, and nothing was asked."""


class Answering:
    """One question being answered, watched as a run is: it has one cell.

    Args:
        ask: puts the question; is given what to call with each piece, and returns the answer once it is kept.
        about: id of the run it is about.
        variant: id of the recap it challenges; empty for a critique of the prompt.
        backend: who is asked.
    """

    CELL = "answer"

    def __init__(
        self,
        ask: Callable[[Callable[[str], None]], Coroutine[Any, Any, Answered]],
        about: str,
        variant: str,
        backend: str,
    ) -> None:
        self.about, self.variant, self.backend = about, variant, backend
        self.kept = False
        """Whether nothing was asked: the answer was kept."""
        self.request = ""
        """Id of the request, once it is answered."""
        self.cells = {self.CELL: Cell("asked", sent=time.monotonic())}
        self.version = 0
        self.ended = False
        self.error = ""
        self.doing = ""
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[Answered] | None = None
        self._stopping = False
        self._thread = threading.Thread(target=contextvars.copy_context().run, args=(self._work, ask), daemon=True)
        self._thread.start()

    @property
    def answered(self) -> bool:
        """Whether the answer has come, and is kept."""
        return self.ended and not self.error

    def stop(self) -> None:
        """Stop asking, and return once it is: what had come stays in sight, and is kept nowhere."""
        self._stopping = True
        if self._task is not None and not self.ended:
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(5.0)

    def _work(self, ask: Callable[[Callable[[str], None]], Coroutine[Any, Any, Answered]]) -> None:
        cell = self.cells[self.CELL]
        try:
            self._task = self._loop.create_task(ask(self._seen))
            if self._stopping:
                self._task.cancel()
            answer = self._loop.run_until_complete(self._task)
            cell.text, self.request, self.kept = answer.text, answer.request, answer.kept
            cell.end("done")
        except asyncio.CancelledError:
            cell.half = "".join(cell.raw)
            cell.note = self.error = _("Stopped before it was answered.")
            cell.end("stopped")
        except CompariaError as error:
            cell.note = self.error = str(error)
            cell.end("failed")
        except Exception as error:  # a thread has nobody above it
            cell.note = self.error = type(error).__name__
            cell.end("failed")
        finally:
            self._loop.close()
        cell.version += 1
        self.ended = True
        self.version += 1

    def _seen(self, piece: str) -> None:
        cell = self.cells[self.CELL]
        cell.state, cell.version = "writing", cell.version + 1
        if isinstance(piece, Restart):
            cell.raw = []
        cell.raw.append(piece)
        self.version += 1

    def shown(self, name: str) -> dict[str, Any]:
        """What a page shows of the answer now.

        While it is written, it is shown as the model writes it: names are put back at its end.
        """
        cell = self.cells[name]
        text = "".join(cell.raw) if cell.state == "writing" else cell.text or cell.half
        return _shown(name, cell, text)


class Runnings:
    """The runs this server carries out."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._runs: dict[str, Running] = {}
        self.sending = threading.Lock()
        """Held while a session is sent, so that a second click sends nothing."""
        self.changing = threading.Lock()
        """Held while a stage is changed, so that no change undoes another; taken after `sending` where both are."""
        self.answers: dict[str, Answering] = {}
        """The question last put on each stage."""
        self.looked: dict[str, tuple[int, int]] = {}
        """The version last looked at on each stage, and the one beside it, 0 for none: its room sees the same."""
        self.countdowns: dict[str, float] = {}
        """When the time to read ends that was given on each stage, on the clock of this process."""

    def begin(self, run: Run, *, only: Collection[str] | None = None, rehearsals: Sequence[str] = ()) -> Running:
        """Carry out a run, unless it is being carried out already."""
        known = self._runs.get(run.id)
        if known is not None and not known.ended:
            return known
        running = self._runs[run.id] = Running(run, self._settings, only=only, rehearsals=rehearsals)
        running.start()
        return running

    def of(self, run_id: str) -> Running | None:
        """The run, if it is being carried out or has just ended here."""
        return self._runs.get(run_id)

    def forget(self, run_id: str) -> None:
        """Stop a run, and let go of what is known of it."""
        running = self._runs.pop(run_id, None)
        if running is not None:
            running.stop()
            running.join(10.0)

    def live(self) -> set[str]:
        """Ids of those under way."""
        return {name for name, running in self._runs.items() if not running.ended}

    def left(self, stage_id: str) -> int | None:
        """Return the seconds that are left of the time to read given on a stage; None where none is given."""
        end = self.countdowns.get(stage_id)
        return None if end is None else max(0, round(end - time.monotonic()))

    def give(self, stage_id: str, minutes: float) -> None:
        """Give the room some minutes to read; 0 to give none any more."""
        self.countdowns.pop(stage_id, None)
        if minutes:
            self.countdowns[stage_id] = time.monotonic() + 60 * minutes

    def interrupt(self) -> set[str]:
        """Stop them all, at once; ids of those that can be resumed. Their streams end when they have."""
        found = self.live()
        for running in list(self._runs.values()):
            running.stop()
        return found

    async def stop_all(self) -> None:
        """Stop them all and wait a little: what had arrived is written down."""
        self.interrupt()
        for running in self._runs.values():
            await asyncio.to_thread(running.join, 5.0)


def events(request: Request) -> Response:
    """One stream a page: what is known of every variant, then each change, then the end."""
    return stream(request, [request.app.state.running.of(request.path_params["run"])])


def stream(
    request: Request,
    watched: Sequence[Running | Answering | None],
    seen: Callable[[dict[str, Any]], dict[str, Any]] = lambda shown: shown,
) -> Response:
    """The stream of what is under way: runs, questions, or both; `seen` changes what is shown of each cell."""
    told = _told(request, [source for source in watched if source is not None], seen)
    return StreamingResponse(told, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _told(
    request: Request,
    watched: Sequence[Running | Answering],
    shown: Callable[[dict[str, Any]], dict[str, Any]] = lambda shown: shown,
) -> AsyncIterator[str]:
    if not watched:
        yield "event: end\ndata: {}\n\n"
        return
    seen: dict[str, int] = {}
    said = [-1] * len(watched)
    quiet = time.monotonic()
    while not await request.is_disconnected():
        for n, source in enumerate(watched):
            if source.version == said[n]:
                continue
            said[n] = source.version
            if source.doing and not source.ended:
                yield f"event: doing\ndata: {json.dumps(source.doing, ensure_ascii=False)}\n\n"
            for variant, cell in list(source.cells.items()):
                if seen.get(variant) != cell.version:
                    seen[variant] = cell.version
                    yield f"data: {_message(shown(source.shown(variant)))}\n\n"
            quiet = time.monotonic()
        if all(source.ended and source.version == said[n] for n, source in enumerate(watched)):
            error = next((source.error for source in watched if source.error), "")
            yield f"event: end\ndata: {json.dumps({'error': error})}\n\n"
            return
        if time.monotonic() - quiet > 15:
            quiet = time.monotonic()
            yield ": still here\n\n"
        await asyncio.sleep(PAUSE)


def _message(shown: dict[str, Any]) -> str:
    """What a page needs of a cell: the source of what is rendered is not sent twice."""
    return json.dumps({name: value for name, value in shown.items() if name != "source"}, ensure_ascii=False)


def _shown(name: str, cell: Cell, text: str) -> dict[str, Any]:
    """Return what a page shows of a cell now: its text rendered, whether it is what a broken attempt had written."""
    words = len(text.split())
    content = {"variant": name, "state": cell.state, "note": cell.note, "waited": cell.waited}
    content |= {"length": wording.words_phrase(words) if words else "", "half": bool(cell.half and not cell.text)}
    return {**content, **_rendered(text, cell.state)}


def _rendered(text: str, state: str) -> dict[str, Any]:
    """A text as it is read: its Markdown rendered, while it is written too, as long as that costs little."""
    if text and (state == "done" or len(text) <= MOST_RENDERED):
        return {"html": html.markdown(text), "source": text}
    return {"text": text}
