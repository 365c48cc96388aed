"""The page that says how far the verdicts of a run can be trusted, and which ones to look at first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from comparia import library
from comparia.records import SETTLED, Quote, Run
from comparia.reports import wording
from comparia.reports.hearing import Hearing, Passage
from comparia.reports.readings import COVERAGE
from comparia.reports.wording import audits
from comparia.reports.wording.labels import recap_label
from comparia.scoring.audit import Asked, Audit
from comparia.statistics.prediction_powered import FEWEST
from comparia.web.pages import page, run_of, settings_of
from comparia.web.recordings import Player, player_of


@dataclass(frozen=True)
class AuditPage:
    """Everything the page shows."""

    run: Run
    """The run."""
    trust: list[tuple[str, list[str]]]
    """Each way of giving verdicts, and what is said of it."""
    embeddings: str
    """Why verdicts by embeddings are not compared; empty where they are."""
    panels: list[str]
    """How far the raters of its panels agree, and how many verdicts they settled."""
    judges: list[str]
    """What is seen of the judges."""
    lists: list[tuple[str, list[Cell]]]
    """Cells to settle: where one look is worth most, then drawn at random."""
    settled_names: dict[str, str]
    """Verdicts that can be settled, for people."""
    heard: Callable[..., Passage | None]
    """What of the recording can be played."""
    player: Player
    """What plays it."""


@dataclass(frozen=True)
class Cell:
    """One cell to settle."""

    asked: Asked
    """The key point, the recap, the verdict in force."""
    text: str
    """The key point."""
    said: list[tuple[str, Quote]]
    """Who said it, and their words."""
    recap: str
    """Name of the recap."""
    sentence: str
    """The sentence of the recap that comes nearest."""
    verdict: str
    """The verdict in force, for people."""


def show(request: Request) -> Response:
    """Show the audit of a run."""
    run, found = library.audit(run_of(request).id, settings=settings_of(request))
    player = player_of(run.transcript, f"/runs/{run.id}/recording", settings_of(request))
    trust = []
    for way in found.trust:
        said = [
            audits.agreement_sentence(way.settled, way.same, way.interval, way.kappa),
            audits.direction_sentence(way.kinder, way.harsher),
            audits.estimate_sentence(way.estimate, found.sampled, FEWEST),
        ]
        trust.append((audits.tier_name(way.tier, way.model), [sentence for sentence in said if sentence]))
    view = AuditPage(
        run=run,
        trust=trust,
        embeddings=audits.embeddings_sentence(found.embeddings) if found.trust else "",
        panels=audits.panel_sentences(*library.panel_findings(run.id, settings=settings_of(request))),
        judges=_judges(found),
        lists=[("first", _cells(run, found.first)), ("sample", _cells(run, found.sample))],
        settled_names={name: wording.verdict_name(name) for name in SETTLED},
        heard=Hearing(run.transcript, player.address).of,
        player=player,
    )
    return page(request, "audit.html", view)


def _judges(found: Audit) -> list[str]:
    if (judges := found.judges) is None:
        return []
    return audits.judge_sentences(*judges[:-1])


def _cells(run: Run, asked: tuple[Asked, ...]) -> list[Cell]:
    points = {point.id: point for point in (run.reference.key_points if run.reference else ())}
    variants = {variant.id: variant for variant in run.variants}
    sentences = {
        (item.key_point, score.variants[0]): item.sentence
        for score in run.scores
        if score.metric == COVERAGE
        for item in score.evidence
        if item.type == "point"
    }
    return [
        Cell(
            cell,
            points[cell.point].text,
            [(run.transcript.speaker_name(quote.speaker), quote) for quote in points[cell.point].said],
            recap_label(run, variants[cell.variant]),
            sentences.get((cell.point, cell.variant), ""),
            wording.verdict_name(cell.verdict),
        )
        for cell in asked
    ]
