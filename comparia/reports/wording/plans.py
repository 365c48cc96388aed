"""The words said of a plan before anything is sent: parts, cost, least time, what leaves, what is asked otherwise."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from comparia import plugins
from comparia.config import catalogue, leaves_machine, proxy_of
from comparia.messages import duration, moment, ngettext, number
from comparia.messages import gettext as _
from comparia.records import UNJUDGED, Backend, Failure, Notice, PlanLine, Purpose, Run
from comparia.reports.notices import notice_text
from comparia.reports.readings import COVERAGE, READINGS
from comparia.reports.wording.labels import backend_label
from comparia.reports.wording.pseudonyms import hidden_sentence
from comparia.reports.wording.variants import reason_text

ANSWER_WORDS = 700
"""Tokens of a recap of usual length, for a rough time."""


def leaving(run: Run) -> list[Backend]:
    """Return the backends of a run whose requests go beyond this machine."""
    return [backend for backend in run.backends if leaves_machine(backend)]


def question_name(what: Purpose) -> str:
    """Return what models are asked for, as a heading of a plan."""
    return {
        "recaps": _("Recaps"),
        "points": _("Key points, listed by models"),
        "judging": _("Verdicts where words cannot tell"),
    }[what]


def places_of(line: PlanLine) -> str:
    """Return who is asked and where: `mistral-small (mistral.ai), qwen (this machine)`."""
    places = []
    for backend in line.models:
        host = urlsplit(backend.base_url).hostname if leaves_machine(backend) else ""
        where = host or _("this machine")
        places.append(f"{backend_label(backend.name)} ({where})")
    return ", ".join(places)


def tokens_phrase(line: PlanLine) -> str:
    """Return about how many tokens are read and written, with those that should be found in a cache."""
    read, written = number(_rounded(line.input_tokens)), number(_rounded(line.output_tokens))
    if line.cached_tokens:
        return _("≈ {read} read, {cached} of them from a cache, {written} written").format(
            read=read, cached=number(_rounded(line.cached_tokens)), written=written
        )
    return _("≈ {read} read, {written} written").format(read=read, written=written)


def cost_phrase(line: PlanLine) -> str:
    """Return the estimated cost of a line; a dash where no price is known."""
    if line.cost is None:
        return "–"
    return _("{cost} US dollars").format(cost=number(line.cost, 4 if line.cost < 0.1 else 2))


def left_sentence(what: str) -> str:
    """Return what was done instead of a question that no model answered."""
    return {
        "points": _("The models listed no key point that stands: a first list was made without a model."),
        "judging": _("The models did not judge: verdicts rest on words alone."),
    }.get(what, "")


def failed_judge_sentence(judge: str, failure: Failure, at: str, verdicts: int, *, earlier: bool) -> str:
    """Return what a judge did not answer, why, and whether it was asked again."""
    said = ngettext(
        "{judge} did not answer ({reason}): {n} verdict rests on words alone.",
        "{judge} did not answer ({reason}): {n} verdicts rest on words alone.",
        verdicts,
    ).format(judge=backend_label(judge), reason=reason_text(failure.message), n=number(verdicts))
    if earlier:
        said += " " + _("It failed on {time}, and was not asked again.").format(time=moment(at))
    return said


def _notice_sentence(notice: Notice) -> str:
    """Return the sentence of a notice of a plan, which names backends."""
    names = notice.values.get("names", ())
    shown = tuple(map(backend_label, names)) if isinstance(names, tuple) else names
    return notice_text(notice.model_copy(update={"values": {**notice.values, "names": shown}}))


def unjudged(run: Run) -> int:
    """Return how many verdicts of a run rest on words though a judge was asked."""
    points = (item for score in run.scores if score.metric == COVERAGE for item in score.points)
    return sum(item.note.partition(":")[0] in UNJUDGED for item in points)


def unanswered(run: Run) -> list[str]:
    """Return what was asked of the models of a scored run, and was not had."""
    sentences = [_notice_sentence(notice) for notice in run.plan.notices]
    if "points" in run.plan.asked and run.reference is not None and run.reference.suggested_by == "offline":
        sentences.append(left_sentence("points"))
    tiers = {s.signature.partition("matcher:")[2][:1] for s in run.scores if "matcher:" in s.signature}
    if "judging" in run.plan.asked and tiers and "C" not in tiers:
        sentences.append(left_sentence("judging"))
    if n := unjudged(run):
        said = ngettext(
            "{n} verdict is unscored by the judge, which was silent or not understood: it rests on words alone.",
            "{n} verdicts are unscored by the judge, which was silent or not understood: they rest on words alone.",
            n,
        )
        sentences.append(said.format(n=number(n)))
    return sentences


def _rounded(tokens: int) -> int:
    """Return a number of tokens with two significant digits: it is an estimate."""
    places = max(0, len(str(tokens)) - 2)
    return round(tokens, -places)


def plan_lines(run: Run) -> list[str]:
    """Return what a person must know before a plan is sent: parts, cost, least time, what leaves, what is hidden."""
    plan, lines = run.plan, []
    if plan.parts > 1:
        said = _("The session is too long for one of the models: all of them read it in the same {n} parts.")
        lines.append(said.format(n=number(plan.parts)))
    if plan.cost is not None:
        cost = number(plan.cost, 4 if plan.cost < 0.1 else 2)
        lines.append(_("Estimated cost: {cost} US dollars.").format(cost=cost))
    if plan.unpriced:
        names = ", ".join(backend_label(name) for name in plan.unpriced)
        lines.append(_("Price unknown: {names}.").format(names=names))
    if plan.minutes > 0:
        said = _("At least {time} under the providers' rate limits.")
        lines.append(said.format(time=duration(plan.minutes * 60)))
    lines += map(_notice_sentence, plan.notices)
    lines += _model_files(run)
    lines += _destinations(run)
    lines += _adjustments(run)
    if not leaving(run):
        lines.append(_("Nothing leaves this machine."))
    if run.pseudonyms is not None:
        lines.append(hidden_sentence(run.pseudonyms))
    elif leaving(run):
        lines.append(_("Names and contact details are sent as they stand in the transcript."))
    return lines + _named_by_prompts(run) + _plugins(run)


FLOPS_A_CORE, BYTES_A_SECOND = 2e10, 8e9
"""Operations of one core, and bytes of memory read, each second on an ordinary computer: for a rough speed."""


def _model_files(run: Run) -> list[str]:
    """Return what each model file takes: memory, and a rough speed on this computer."""
    lines = []
    for backend in run.backends:
        if backend.kind != "gguf" or not backend.memory or not backend.parameters:
            continue
        cores = os.cpu_count() or 1
        read = cores * FLOPS_A_CORE / (2 * backend.parameters)
        written = BYTES_A_SECOND / max(1, backend.memory)
        session = max((cell.input_tokens for cell in run.plan.cells if cell.backend == backend.name), default=0)
        seconds = session / read + ANSWER_WORDS / written
        said = _(
            "{name} takes about {memory} GB of memory, and answers on this computer: very roughly {time} for a first "
            "recap, less for the next ones."
        )
        name = backend_label(backend.name)
        memory = number(max(0.1, backend.memory / 1e9), 1)
        lines.append(said.format(name=name, memory=memory, time=duration(max(10, seconds))))
    return lines


def _named_by_prompts(run: Run) -> list[str]:
    """Return which prompts that leave this machine name people who are not of the session: they are not hidden."""
    said = _("The prompt “{prompt}” names people who are not of the session: {names}. It is sent as it stands.")
    names = {prompt.id: prompt.name for prompt in run.prompts}
    told = run.plan.named if leaving(run) else {}
    return [said.format(prompt=names[prompt], names=", ".join(people)) for prompt, people in told.items()]


def _plugins(run: Run) -> list[str]:
    """Return the plug-ins that read, write or score this run, and what is wrong with those that cannot."""
    used = {
        "backends": {backend.preset for backend in run.backends},
        "readers": set(run.transcript.formats),
        "metrics": set(READINGS.added()),
    }
    names = [
        f"{plugin.name} ({plugin.package})"
        for group in plugins.GROUPS
        for plugin in plugins.installed(group)
        if plugin.name in used.get(group, ())
    ]
    lines = [_("Plug-ins in use: {names}.").format(names=", ".join(names))] if names else []
    return lines + [str(error) for _plugin, error in READINGS.state() if error is not None]


def _destinations(run: Run) -> list[str]:
    """Return where the texts of a run go: every host, whose it is asked for, and the proxy on the way."""
    lines = []
    for backend in run.backends:
        if backend.kind not in ("openai_compatible", "litellm"):
            continue
        preset = catalogue().get(backend.preset)
        provider = preset.label if preset and preset.litellm_prefix else backend.model.partition("/")[0]
        host = urlsplit(backend.base_url).netloc or _("the servers of {provider}").format(provider=provider)
        proxy = proxy_of(backend.base_url or "https://provider.invalid")
        where = urlsplit(proxy).hostname or proxy
        said = (
            _("{backend} is sent to {host}, through the proxy {proxy}.") if proxy else _("{backend} is sent to {host}.")
        )
        lines.append(said.format(backend=backend_label(backend.name), host=host, proxy=where))
    return lines


def _adjustments(run: Run) -> list[str]:
    """Return what is asked otherwise of a model, because it is known not to take it: this changes what it is told."""
    system = any(prompt.system for prompt in run.prompts)
    said = {
        "system_in_user": _(
            "{backend} knows no system message: its instructions will stand in the message of the user."
        ),
        "no_temperature": _("{backend} takes no temperature: it will answer with its own."),
        "no_top_p": _("{backend} takes no top_p: it will answer with its own."),
        "no_seed": _("{backend} takes no seed: its answers cannot be reproduced."),
    }
    lines = []
    for backend in run.backends:
        codes = {*backend.not_taken, *(("system_in_user",) if backend.system_role == "user" else ())}
        lines += [
            text.format(backend=backend_label(backend.name))
            for how, text in said.items()
            if how in codes and (system or how != "system_in_user")
        ]
    return lines
