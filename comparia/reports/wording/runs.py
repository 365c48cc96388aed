"""The words reports say of a whole run: its status, where its recaps come from, what was sent where."""

from __future__ import annotations

from comparia import messages
from comparia.config import stays_here, zone_names
from comparia.messages import gettext as _
from comparia.messages import ngettext, number
from comparia.records import Backend, Recording, Run
from comparia.reports.wording.labels import backend_label
from comparia.reports.wording.pseudonyms import hidden_sentence, pseudonym_limits


def recording_phrase(recording: Recording) -> str:
    """Return a recording for people: its name, its length, its size."""
    size = _("{n} MB").format(n=number(recording.bytes / 1_000_000, 1 if recording.bytes < 10_000_000 else 0))
    length = messages.clock(recording.seconds) if recording.seconds else _("length not known")
    return f"{recording.file} · {length} · {size}"


def speakers_phrase(n: int) -> str:
    """Return a number of speakers for people."""
    return ngettext("{n} speaker", "{n} speakers", n).format(n=number(n))


def status_name(status: str) -> str:
    """Return the status of a run for people."""
    return {
        "started": _("unfinished"),
        "complete": _("complete"),
        "partial": _("partial"),
        "failed": _("failed"),
        "cancelled": _("interrupted"),
    }.get(status, status)


def status_of(run: Run) -> str:
    """Return the status of a run for people, and that it is not scored where it is not."""
    return status_name(run.status) + ("" if run.scored else ", " + _("not scored"))


def demonstrated(run: Run) -> Backend | None:
    """Return the backend of a run that replays recaps written for a demonstration; None where there is none."""
    return next((backend for backend in run.backends if backend.written_on), None)


def provenance(run: Run) -> str:
    """Return where the recaps of a demonstration come from, in one sentence; empty for every other run."""
    backend = demonstrated(run)
    if backend is None:
        return ""
    return _(
        "Recaps written by a large language model for this demonstration on {day}, replayed; nothing is sent. "
        "Which model, how many "
        "tokens and how long are not known: nothing can be concluded from them about any model."
    ).format(day=messages.day(backend.written_on))


def same_models(run: Run) -> dict[str, list[str]]:
    """Return the models that answered under several backends' names, by model: an alias and its target are one."""
    servers = {backend.name: backend.base_url for backend in run.backends}
    found: dict[tuple[str, str], dict[str, None]] = {}
    for variant in run.variants:
        server = servers.get(variant.backend, "")
        for call in variant.calls[-1:]:
            if call.model and server:
                found.setdefault((server, call.model), {})[variant.backend] = None
    return {model: list(names) for (_server, model), names in found.items() if len(names) > 1}


def recaps_there(recaps: int, missing: int) -> str:
    """Return how many recaps a comparison has: `5`, or `3 of 4` where one is missing."""
    if not missing:
        return number(recaps)
    return _("{n} of {of}").format(n=number(recaps), of=number(recaps + missing))


def use_notice(run: Run) -> list[str]:
    """Return the AI-use notice: who wrote the recaps, and what was sent where."""
    demonstration = demonstrated(run)
    replayed = demonstration.name if demonstration else ""
    models = [v for v in run.variants if v.author == "model" and v.summary is not None and v.backend != replayed]
    lines = [provenance(run)] if demonstration else []
    if models:
        names = ", ".join(dict.fromkeys(backend_label(v.backend) for v in models))
        lines.append(
            _("Recaps written by AI models: {names}. A person must read them again before they are sent out.").format(
                names=names
            )
        )
    if any(v.author == "extractive" and v.summary is not None for v in run.variants):
        lines.append(_("Ranked extracts quote the session word for word; no AI model wrote them."))
    if any(v.author == "human" for v in run.variants):
        lines.append(_("Some recaps were written by people."))
    lines.extend(
        _("{names} were answered by one and the same model ({model}): differences between them are chance.").format(
            names=", ".join(map(backend_label, names)), model=model
        )
        for model, names in same_models(run).items()
    )
    inside = [s for s in run.sendings if stays_here(s.zone, s.host)]
    outside = [s for s in run.sendings if not stays_here(s.zone, s.host)]
    if inside:
        text = ngettext(
            "{n} request went to a server on this machine.",
            "{n} requests went to a server on this machine.",
            len(inside),
        )
        lines.append(text.format(n=number(len(inside))))
    if outside:
        places = zone_names()
        zones = ", ".join(dict.fromkeys(places[s.zone] for s in outside))
        hosts = ", ".join(dict.fromkeys(s.host.partition("://")[2].partition("/")[0] or s.host for s in outside))
        lines.append(
            ngettext(
                "{n} request left this machine, {size} kB, to {hosts} (where it is: {zones}; the text may travel: "
                "{policy}).",
                "{n} requests left this machine, {size} kB, to {hosts} (where it is: {zones}; the text may travel: "
                "{policy}).",
                len(outside),
            ).format(
                n=number(len(outside)),
                size=number(sum(s.size for s in outside) / 1000),
                hosts=hosts,
                zones=zones,
                policy=places[run.policy],
            )
        )
        if not all(s.pseudonymised for s in outside):
            lines.append(_("Names were sent as they are in the transcript."))
    else:
        lines.append(_("Nothing left this machine."))
    if any(s.pseudonymised for s in run.sendings):
        if run.pseudonyms is not None:
            lines.append(hidden_sentence(run.pseudonyms))
        lines.append(_("What pseudonyms cannot do:") + " " + pseudonym_limits())
    return lines
