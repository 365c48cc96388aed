"""The paragraph of methods of a paper, from what a study did: in the reader's language, Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from comparia.messages import gettext as _
from comparia.messages import ngettext, number
from comparia.reports.wording import metric_name
from comparia.studies.analysis import Analysis, StoredRun
from comparia.studies.files import Study


@dataclass
class ModelFacts:
    """What is known of how one model was asked."""

    resolved: set[str] = field(default_factory=set)
    """Names that the server gave it."""
    hosts: set[str] = field(default_factory=set)
    """Where it was asked, and the zone."""
    parameters: set[str] = field(default_factory=set)
    """What was sent with the requests."""
    calls: int = 0
    """Calls that it answered."""
    in_batches: int = 0
    """Calls of these that were asked in batches."""


@dataclass
class StudyFacts:
    """What the stored runs of a study tell, gathered run by run."""

    words: int = 0
    """Words of the sessions."""
    points: int = 0
    """Key points of the sessions."""
    minority: int = 0
    """Minority views among them."""
    reviewed: int = 0
    """Sessions whose key points a person reviewed."""
    sessions: int = 0
    """Sessions."""
    first: str = ""
    """Day of the first recap, ISO 8601."""
    last: str = ""
    """Day of the last one."""
    hidden: int = 0
    """Runs whose names were hidden."""
    runs: int = 0
    """Runs."""
    software: set[str] = field(default_factory=set)
    """Versions of Comparia that planned them."""
    models: dict[str, ModelFacts] = field(default_factory=dict)
    """Facts of each model."""
    signatures: dict[str, str] = field(default_factory=dict)
    """A signature of each metric."""

    def add(self, stored: StoredRun) -> None:
        """Add what one run tells."""
        run = stored.run
        self.runs += 1
        self.hidden += run.pseudonyms is not None
        self.software.add(run.software)
        if not stored.probe:
            self.sessions += 1
            self.words += run.transcript.words
            if run.reference is not None:
                self.points += len(run.reference.key_points)
                self.minority += sum(map(run.reference.is_minority, run.reference.key_points))
                self.reviewed += run.reference.origin == "reviewed"
        backends = {backend.name: backend for backend in run.backends}
        for variant in run.variants:
            backend = backends[variant.backend]
            facts = self.models.setdefault(stored.models.get(variant.backend, variant.backend), ModelFacts())
            day = variant.finished_at.date().isoformat()
            self.first, self.last = min(self.first or day, day), max(self.last, day)
            if backend.base_url:
                facts.hosts.add(f"{backend.base_url} ({backend.zone})")
            for call in variant.calls:
                facts.resolved.update(filter(None, (call.model,)))
                told = ", ".join(f"{name} {value}" for name, value in sorted(call.parameters.items()) if name != "seed")
                facts.parameters.update(filter(None, (told,)))
                facts.calls += 1
                facts.in_batches += bool(call.batch)
        for score in run.scores:
            self.signatures.setdefault(score.metric, score.signature)


def methods(study: Study, facts: StudyFacts, found: Analysis, written: Mapping[str, str]) -> str:
    """Return the methods of a study as Markdown.

    Args:
        study: the study.
        facts: what its runs tell.
        found: its analysis.
        written: what was written down before the first call: `analysis` and `at`; empty where nothing was.
    """
    parts = ["# " + _("Methods"), "", study.question, "", _sessions(study, facts), "", _models(study, facts), ""]
    parts += [_scores(study, facts), "", _analysis(study, found, written), "", _left_out(found), ""]
    lines = [f"- `{signature}`" for _metric, signature in sorted(facts.signatures.items())]
    return "\n".join([*parts, "## " + _("Signatures"), "", *lines, ""])


def _sessions(study: Study, facts: StudyFacts) -> str:
    texts = [
        ngettext("{n} session was used ({words} words).", "{n} sessions were used ({words} words).", facts.sessions),
        _(
            "They hold {points} key points, {minority} of them minority views; the key points of {reviewed} sessions "
            "were reviewed by a person."
        ),
    ]
    if study.probes:
        texts.append(_("Counterfactual probes were applied: {probes}. Each was undone and compared with the original."))
    if facts.hidden:
        texts.append(_("Names were replaced by pseudonyms before anything was sent."))
    values = {
        "n": number(facts.sessions),
        "words": number(facts.words),
        "points": number(facts.points),
        "minority": number(facts.minority),
        "reviewed": number(facts.reviewed),
        "probes": ", ".join(f"{probe.id} ({probe.probe.kind})" for probe in study.probes),
    }
    return " ".join(texts).format(**values)


def _models(study: Study, facts: StudyFacts) -> str:
    wrote = (
        ngettext(
            "Each model wrote {n} recap of each session in each condition ({conditions}), from {first} to {last}; "
            "repeat n was asked with seed {seed} + n − 1 where the server takes one.",
            "Each model wrote {n} recaps of each session in each condition ({conditions}), from {first} to {last}; "
            "repeat n was asked with seed {seed} + n − 1 where the server takes one.",
            study.repeats,
        )
        if study.conditions
        else _("Each algorithm made one extract of each session, from {first} to {last}; no model was asked.")
    )
    lines = [
        wrote.format(
            n=number(study.repeats),
            conditions=", ".join(study.conditions),
            first=facts.first,
            last=facts.last,
            seed=study.seed,
        ),
        "",
    ]
    for name, told in sorted(facts.models.items()):
        pieces = [
            ", ".join(sorted(told.resolved)), "; ".join(sorted(told.parameters)), ", ".join(sorted(told.hosts)),
        ]  # fmt: skip
        if told.in_batches:
            said = _("{n} of {total} calls in batches")
            pieces.append(said.format(n=number(told.in_batches), total=number(told.calls)))
        told_of = " · ".join(filter(None, pieces)) or _("extracts, no AI")
        lines.append(f"- {name}: {told_of}")
    return "\n".join(lines)


def _scores(study: Study, facts: StudyFacts) -> str:
    metrics = ", ".join(metric_name(name) for name in study.scoring.metrics)
    judges = ", ".join(one.judge for one in study.scoring.also if one.judge)
    text = _("Recaps were scored by Comparia {version} ({metrics}), by words alone.").format(
        version=", ".join(sorted(facts.software)), metrics=metrics
    )
    return text + (" " + _("A further scoring asked {judges}.").format(judges=judges) if judges else "")


def _analysis(study: Study, found: Analysis, written: Mapping[str, str]) -> str:
    analysis = study.analysis
    texts = [
        _(
            "The primary measure is {primary}. Sessions are the unit: intervals (95 %) resample them (percentile below "
            "ten sessions, BCa from ten, widened for few sessions), and contrasts are tested by flipping the signs of "
            "their differences over sessions, corrected by {correction}."
        ).format(
            primary=metric_name(analysis.primary),
            correction={"holm": "Holm", "benjamini_hochberg": "Benjamini–Hochberg"}[analysis.correction],
        )
    ]
    if analysis.contrasts:
        pairs = ", ".join(f"{first} − {second}" for first, second in analysis.contrasts)
        texts.append(_("Planned contrasts: {pairs}.").format(pairs=pairs))
    else:
        texts.append(_("No contrast was planned: every pair was explored."))
    if analysis.margin is not None:
        texts.append(_("Differences within ±{margin} are taken not to matter.").format(margin=f"{analysis.margin:g}"))
    if written.get("analysis") == found.analysis:
        texts.append(
            _("This analysis was written down before the first call ({at}; {digest}).").format(
                at=written.get("at", "")[:16], digest=found.analysis
            )
        )
    else:
        texts.append(_("This analysis was changed after the first call: it is explored, not planned."))
    if found.corrected:
        settled = sum(one.mean.settled for one in found.corrected if one.metric == found.corrected[0].metric)
        texts.append(
            _(
                "People settled {n} verdicts drawn at random; means corrected by them (prediction-powered inference, "
                "Angelopoulos et al. 2023) are given beside."
            ).format(n=number(settled))
        )
    return " ".join(texts)


def _left_out(found: Analysis) -> str:
    texts = [
        ngettext("{n} recap was scored.", "{n} recaps were scored.", found.recaps).format(n=number(found.recaps)),
        ngettext(
            "{n} recap is missing, {failed} of them failed calls: it is in no mean, and counts as no zero.",
            "{n} recaps are missing, {failed} of them failed calls: they are in no mean, and count as no zeros.",
            found.missing,
        ).format(n=number(found.missing), failed=number(found.failed)),
    ]
    return " ".join(texts)
