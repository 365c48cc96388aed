"""What the models of a run are sent: the session in parts, names hidden, between fences; and what of it comes back.

Every text that leaves goes through `hidden`, the answers of a model included: they may repeat, or invent, what must not
leave.
"""

from __future__ import annotations

from functools import lru_cache

from comparia import privacy
from comparia.comparing.planning import split
from comparia.prompts import fenced, fill, opening, opening_session_first, parts_notice, variables
from comparia.records import Backend, Message, Prompt, Request, Run, content_id
from comparia.text.size import estimate_tokens


class Outgoing:
    """The texts of one run.

    Args:
        run: its session, prompts, pseudonyms and fence.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._veil = privacy.veil_of(run.pseudonyms, run.transcript) if run.pseudonyms else None
        texts = [self.hidden(part) for part in split(run.transcript, run.plan.part_tokens)] if run.prompts else []
        self.parts = [(text, estimate_tokens(text, run.transcript.language)) for text in texts]
        self._values = {
            prompt.id: {k: self.hidden(v) for k, v in variables(run.transcript, prompt).items()}
            for prompt in run.prompts
        }

    def hidden(self, text: str) -> str:
        """What may leave of a text."""
        return self._veil.apply(text) if self._veil else text

    def restored(self, text: str) -> str:
        """An answer with the names put back."""
        return self._veil.restore(text) if self._veil else text

    def opening(self, prompt: Prompt, session: str, notice: str = "") -> tuple[Message, ...]:
        """Return the first messages of a conversation over `session`, which stays one object in all of them.

        Args:
            prompt: the instructions.
            session: the session, or a part of it, names hidden.
            notice: said of a part, before the instructions.
        """
        run, values = self._run, self._values[prompt.id]
        if run.layout == 2:
            messages = opening_session_first(prompt, values, session, run.fence, run.transcript.language, notice)
        else:
            messages = opening(prompt, values, session, run.fence)
            if notice:
                messages = (*messages[:-1], Message(role="user", parts=(notice, *messages[-1].parts)))
        if self._veil is None:
            return messages
        return tuple(
            Message(role=m.role, parts=tuple(part if part is session else self.hidden(part) for part in m.parts))
            for m in messages
        )

    def part_opening(self, prompt: Prompt, number: int) -> tuple[Message, ...]:
        """The first messages of a conversation over one part of a long session, counted from 1."""
        return self.opening(prompt, self.parts[number - 1][0], parts_notice(prompt, number, len(self.parts)))

    def next_step(self, prompt: Prompt, n: int, answer: str) -> tuple[Message, ...]:
        """The answer to the step before, and step `n` of the prompt, from 0."""
        asked = fill(prompt.steps[n], self._values[prompt.id])
        return (
            Message(role="assistant", parts=(self.hidden(answer),)),
            Message(role="user", parts=(self.hidden(asked),)),
        )

    def request(
        self,
        backend: Backend,
        prompt: Prompt,
        messages: tuple[Message, ...],
        repeat: int,
        session: str,
        session_tokens: int,
        role: str = "",
    ) -> Request:
        """A request whose id hashes all that can change its answer; the session, long, is hashed once for all requests.

        Parameters beyond temperature and length are in it where they are set, so that earlier ids stay.
        Two prompts that begin alike are two draws: the prompt is in the id, not in the question. The fence, new for
        every run, is in neither: the same question asked again is the same question.
        """
        fence = {*fenced(self._run.fence, prompt.language), *fenced(self._run.fence, self._run.transcript.language)}
        asked = [
            [
                m.role,
                [
                    _digest(part) if part is session else part
                    for part in m.parts
                    if part is session or part not in fence
                ],
            ]
            for m in messages
        ]
        question = content_id("qu", [asked, repeat])
        rest = "".join(part for m in messages for part in m.parts if part is not session)
        asker = [prompt.id, backend.name, backend.model, backend.base_url, backend.temperature, backend.max_tokens]
        further = [backend.further_parameters] if backend.further_parameters else []
        return Request(
            id=content_id("rq", [question, *asker, *further]),
            question=question,
            backend=backend.name,
            model=backend.model,
            messages=messages,
            repeat=repeat,
            prompt=prompt.id,
            role=role,
            input_tokens=session_tokens + estimate_tokens(rest, prompt.language),
        )


def previewed(run: Run) -> list[str]:
    """The first message of each prompt and part, as every model of the run would receive it."""
    out = Outgoing(run)
    shown = []
    for prompt in run.prompts:
        for n in range(1, len(out.parts) + 1):
            messages = out.part_opening(prompt, n) if len(out.parts) > 1 else out.opening(prompt, out.parts[0][0])
            shown.append("\n\n".join(f"--- {prompt.name}: {m.role} ---\n{m.content}" for m in messages))
    return shown


@lru_cache(maxsize=256)
def _digest(text: str) -> str:
    return content_id("tx", text)
