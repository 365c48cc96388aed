"""What a model says of a prompt or of a recap, as the stage shows it: beside what it is about, turns to click."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from comparia import trying
from comparia.records import Asked, Run, Stage, Turn
from comparia.reports import html
from comparia.text.controls import shown_text
from comparia.web.running import Answering

LONGEST_TURN = 400
"""Characters of a turn that are shown beside what cites it."""

_CITED = re.compile(r"\[T\d{1,6}[^\]<>\[]{0,120}\]")
_TURN = re.compile(r"T(\d{1,6})\b")


@dataclass(frozen=True)
class Panel:
    """One question about a prompt or a recap, and its answer."""

    name: str
    """What it is called in the page: `critique-2`, `challenge-v1-3`."""
    number: int
    """Its place among the questions of the stage; -1 for the one under way."""
    backend: str
    """Who was asked."""
    shown: dict[str, Any] | None
    """What is shown of it while it is answered, or where it was not; None once it is."""
    html: Markup
    """The answer, its turns as links."""
    turns: tuple[Turn, ...] = ()
    """The turns that it cites, in order."""
    at: Any = None
    """When the answer came."""
    kept: bool = False
    """Whether it was asked again, and the answer that was kept is shown."""
    old: bool = False
    """Whether the prompt was changed since it was criticised."""
    rewriting: bool = False
    """Whether it proposes a rewriting that can be put into the prompt."""


def panels(
    stage: Stage,
    run: Run,
    answering: Answering | None,
    text: str,
    seen: Callable[[dict[str, Any]], dict[str, Any]],
    unsign: Callable[[str], str],
    *,
    linked: bool = True,
) -> dict[str, list[Panel]]:
    """Return the questions about a version, the latest first, by the recap they challenge; "" for critiques.

    Args:
        stage: the stage.
        run: the version.
        answering: the question last put on the stage, if this server put it.
        text: the prompt in the editor.
        seen: what is shown of a cell.
        unsign: takes the names of models out of a text, where they are hidden.
        linked: whether the turns that are cited are links.
    """
    found: dict[str, list[Panel]] = {}
    if answering is not None and answering.about == run.id and not answering.answered:
        shown = seen(answering.shown(answering.CELL))
        live = Panel(f"question-{answering.variant or 'prompt'}", -1, answering.backend, shown, Markup(""))
        found.setdefault(answering.variant, []).append(live)
    for number, asked in reversed([*enumerate(stage.asked)]):
        if asked.of == run.id:
            kept = answering is not None and answering.kept and asked.request == answering.request != ""
            panel = _panel(asked, number, run, text, unsign, kept=kept, recorded=bool(stage.recorded), linked=linked)
            found.setdefault(asked.variant, []).append(panel)
    return found


def _panel(
    asked: Asked,
    number: int,
    run: Run,
    text: str,
    unsign: Callable[[str], str],
    *,
    kept: bool,
    recorded: bool,
    linked: bool,
) -> Panel:
    name = f"{asked.kind}{f'-{asked.variant}' if asked.variant else ''}-{number}"
    answer = unsign(asked.text)
    content = html.markdown(answer)
    content, cited = with_turns(content, run, name) if linked else (content, ())
    is_critique = asked.kind == "critique"
    return Panel(
        name=name,
        number=number,
        backend=asked.backend,
        shown=None,
        html=content,
        turns=cited,
        at=asked.at,
        kept=kept,
        old=is_critique and bool(asked.prompt) and not trying.same_prompt(asked.prompt, text),
        rewriting=is_critique and not recorded and trying.rewriting_in(answer, text) is not None,
    )


def with_turns(answer: Markup, run: Run, name: str) -> tuple[Markup, tuple[Turn, ...]]:
    """Return an answer with the turns that it cites as links to `#NAME-T12`, and these turns, in order."""
    turns = {turn.number: turn for turn in run.transcript.turns}
    cited: dict[int, Turn] = {}

    def link(match: re.Match[str]) -> str:
        number = int(match[1])
        if number not in turns:
            return match[0]
        cited[number] = turns[number]
        return f'<a href="#{name}-T{number}">T{number}</a>'

    linked = _CITED.sub(lambda brackets: _TURN.sub(link, brackets[0]), str(answer))
    return Markup(linked), tuple(cited[number] for number in sorted(cited))  # noqa: S704 - sanitised, then linked


def excerpt(turn: Turn) -> str:
    """Return the words of a turn, as many as are shown beside what cites it."""
    text = shown_text(turn.text)
    return text if len(text) <= LONGEST_TURN else text[:LONGEST_TURN].rpartition(" ")[0] + " […]"
