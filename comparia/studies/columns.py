"""What every table and every column holds: the one description, for the README of the tables, notebooks and tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from comparia.reports.readings import reading_of

Kind = Literal["text", "integer", "number", "boolean"]

SQL: Mapping[Kind, str] = {"text": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"}
"""Type of a column in Parquet, in duckdb's words."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    kind: Kind
    """Type of its cells. A text that says nothing is empty; any other cell that is not known is missing."""
    meaning: str
    """What it holds."""
    unit: str = ""
    """What its numbers count; empty for a text, or where another column says it."""


@dataclass(frozen=True, slots=True)
class Table:
    """One tidy table."""

    name: str
    meaning: str
    """What one row is."""
    key: tuple[str, ...]
    """Columns that no two rows share, in one study."""
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)


def _text(name: str, meaning: str) -> Column:
    return Column(name, "text", meaning)


def _count(name: str, meaning: str, unit: str = "count") -> Column:
    return Column(name, "integer", meaning, unit)


def _number(name: str, meaning: str, unit: str = "share") -> Column:
    return Column(name, "number", meaning, unit)


def _flag(name: str, meaning: str) -> Column:
    return Column(name, "boolean", meaning)


_STUDY = _text("study", "Name of the study.")
_SESSION = _text("session", "Name of the session; the id of its transcript where the study gives none.")
_LANGUAGE = _text("language", "Language of the session: `fr` or `en`.")
_PROBE = _text("probe", "What was changed of the session; empty for the session as it was.")
_RUN = _text("run", "Id of the run.")
_SCORING = _text("scoring", "Name of the scoring; empty for the one without a name.")

_OF_RUN = (_STUDY, _SESSION, _LANGUAGE, _PROBE, _RUN)
_OF_RECAP = (
    _STUDY,
    _SESSION,
    _LANGUAGE,
    _PROBE,
    _text("condition", "Name of the condition, else of the prompt; empty for what reads no prompt."),
    _text("prompt_id", "Hash of the prompt; empty for what reads no prompt."),
    _text("model", "Name of the model; the name of the backend where the study gives none."),
    _text("backend", "Name of the backend, as it stands in commands."),
    _text("resolved_model", "Model that answered, as its server names it; empty where it does not say."),
    Column("repeat", "integer", "Which repeat it is, from 1.", "rank"),
    _RUN,
    _text("variant", "Id of the recap within its run."),
)
_OF_SCORE = (
    _text("metric", "Name of the metric; empty where there is no recap, or no score of it."),
    _text("component", "Which number of the score: `value`, `low`, `high`, or the name of a count or a measure."),
    Column("number", "number", "The number, in the unit of the column `unit`; missing where there is none."),
    _text("unit", "Unit of the number, one of those listed under *Components*."),
    _count("n", "What a share is a share of: key points, sentences, quotations, people; missing elsewhere."),
    _text("status", "`scored`, `unscored`; `failed` for a call that failed, `missing` for a recap never written."),
    _text("reason_code", "Code of why there is no number; of a failed call, its kind; empty otherwise."),
    _text("signature", "The whole recipe of the number: compare numbers of equal signatures only."),
    _text("recipe", "Eight digits that stand for the signature, in tables and figures."),
)


_OF_USAGE = (
    _count("input_tokens", "Input tokens, as reported; those of the cache among them.", "tokens"),
    _count("cached_tokens", "Input tokens found in the server's cache, as reported.", "tokens"),
    _count("output_tokens", "Output tokens, as reported.", "tokens"),
    _number("cost", "What it cost, in the currency of `currency`.", "currency"),
    _text("currency", "`USD` for a cost computed from prices; empty where the server does not say."),
    _text("cost_source", "`reported` by the server, or `computed` from tokens and prices; `unknown`."),
    _number("energy_low", "Least electricity.", "kWh"),
    _number("energy_high", "Most electricity.", "kWh"),
    _number("carbon_low", "Least greenhouse gases.", "kgCO2eq"),
    _number("carbon_high", "Most greenhouse gases.", "kgCO2eq"),
    _text(
        "energy_method",
        "`reported` by the server; `ecologits`, computed from output tokens and time, without reading, training and "
        "network; `unknown`, as for a model on one's own machine and for what is no model.",
    ),
    _text("energy_version", "Version of EcoLogits; figures of two versions may differ much. Empty otherwise."),
    _text("energy_zone", "Electricity mix that gases were counted with: ISO 3166 code, `WOR`; empty if nobody says."),
)
_OF_WHOLE = tuple(replace(column, meaning=f"Of the whole recap: {column.meaning}") for column in _OF_USAGE)


def _of_side(side: str, which: str) -> tuple[Column, ...]:
    return (
        _text(f"variant_{side}", f"Id of the {which} recap within the run."),
        _text(f"model_{side}", f"Model of the {which} recap."),
        _text(f"backend_{side}", f"Backend of the {which} recap."),
        _text(f"condition_{side}", f"Condition of the {which} recap; empty for no prompt."),
        _text(f"prompt_id_{side}", f"Hash of the prompt of the {which} recap; empty for no prompt."),
        Column(f"repeat_{side}", "integer", f"Which repeat the {which} recap is, from 1.", "rank"),
    )


def _of_vote(side: str, which: str) -> tuple[Column, ...]:
    return (
        _text(f"response_{side}", f"The {which} recap as it was written."),
        _text(f"shown_{side}", f"The {which} recap as voters read it, what tells its author masked."),
        _text(f"model_{side}", f"Model of the {which} recap, as its server names it; its backend where it does not."),
        _text(f"study_model_{side}", f"Model of the {which} recap, as the study names it."),
        _text(f"condition_{side}", f"Condition of the {which} recap; empty for no prompt."),
        _text(f"full_conversation_{side}", f"Prompt and {which} recap as JSON, without the session."),
        Column(f"position_{side}", "integer", f"Place at which the voter met the {which} recap, from 1.", "rank"),
        _count(f"tokens_{side}", f"Tokens of the {which} recap, as reported.", "tokens"),
        _number(f"conso_{side}", f"Electricity of the {which} recap: the middle of its range.", "kWh"),
        _text(f"conso_method_{side}", "`reported`, `ecologits` with its version, or `unknown`."),
        _number(f"duration_{side}", f"Time spent in the calls of the {which} recap.", "s"),
        _text(f"tags_{side}", f"Tags that the voter put on the {which} recap, joined by `+`."),
    )


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "scores",
            "One number of one metric on one recap. Failed calls, recaps never written and recaps without a score have "
            "a row too, without a metric.",
            ("run", "scoring", "variant", "metric", "component"),
            (
                *_OF_RECAP,
                _SCORING,
                *_OF_SCORE,
                _count("words", "Words of the recap as it was written; missing where there is none.", "words"),
                _number(
                    "seconds", "Time spent in its calls; with what follows, the same wherever the recap stands.", "s"
                ),
                *_OF_WHOLE,
            ),
        ),
        Table(
            "pairs",
            "One number of one metric on two recaps of a run.",
            ("run", "scoring", "variant_a", "variant_b", "metric", "component"),
            (*_OF_RUN, _SCORING, *_of_side("a", "first"), *_of_side("b", "second"), *_OF_SCORE),
        ),
        Table(
            "groups",
            "One number of one metric on a set of recaps of a run: all of them, or the repeats of one model.",
            ("run", "scoring", "members", "metric", "component"),
            (
                *_OF_RUN,
                _SCORING,
                _text("members", "Ids of the recaps of the set within the run, joined by `+`."),
                _count("size", "Number of recaps of the set."),
                _text("model", "Model of all of them; empty where they have several."),
                _text("condition", "Condition of all of them; empty where they have several, or none."),
                *_OF_SCORE,
            ),
        ),
        Table(
            "people",
            "What one recap keeps of the points of one group of people, or of one session of a cycle. Groups of fewer "
            "than five people or points, and what would give them away, are one row with the code `suppressed` alone.",
            ("run", "scoring", "variant", "grouping", "attribute", "group", "reason_code"),
            (
                *_OF_RECAP,
                _SCORING,
                _text("grouping", "`attribute` for groups of people, `session` for the sessions of a cycle."),
                _text("attribute", "Name of the attribute of people; empty for sessions."),
                _text("group", "Value of the attribute, or title of the session; empty where it is suppressed."),
                _count("people", "People of the group who hold a point; missing for sessions."),
                _count("points", "Key points that they hold."),
                _number("coverage", "Share of these points that the recap keeps."),
                _number("low", "Lower end of the 95 % interval of `coverage`."),
                _number("high", "Upper end of the 95 % interval of `coverage`."),
                _number("minority_share", "Share of the minority views among these points that the recap keeps."),
                _number("minority_low", "Lower end of the 95 % interval of `minority_share`."),
                _number("minority_high", "Upper end of the 95 % interval of `minority_share`."),
                _count("minority_points", "Minority views among these points."),
                _text("reason_code", "`suppressed` where the row stands for groups that are not shown."),
                _text("minority_reason_code", "`suppressed` where there are too few minority views to be shown."),
            ),
        ),
        Table(
            "cells",
            "One key point in one recap. Recaps without verdicts have no row here; `scores` says why.",
            ("run", "scoring", "variant", "point"),
            (
                *_OF_RECAP,
                _SCORING,
                _text("point", "Id of the key point in the reference of the run."),
                _text("kind", "`view`, `fact`, `decision`, `action` or `question`."),
                _flag("minority", "Whether it is a minority view."),
                _flag("isolated", "Whether one person alone holds it, among three voices or more."),
                _count("holders", "People who hold it, moderators left out."),
                _number("prevalence", "Share of the voices who hold it."),
                _number("position", "Where it is first said: share of the words of the session before that turn."),
                _text("channel", "Where it is first said: `speech` or `chat`."),
                _count("support", "Quotations that say it."),
                _number("holder_word_share", "Share of the words of the session that its holders said."),
                _text(
                    "verdict",
                    "`kept`, `partly`, `softened`, `lent_to_all`, `contradicted`, `absent`, `uncertain` or `unscored`.",
                ),
                _number("probability", "Probability that the recap expresses it; missing if unscored.", "probability"),
                _number("as_held", "Probability that it does as it is held; missing when unscored.", "probability"),
                _flag("settled", "Whether a person settled the verdict."),
                _flag("judged", "Whether a model's answer counts in the verdict."),
                _text("note", "Code of why the verdict rose or fell: `quote`, `settled`, `judged`, `judge_unclear`..."),
                _number("credit", "What it counts for in coverage; missing when unscored."),
                _number("retention", "What it counts for in retention of minority views; missing when unscored."),
                _number("recap_position", "Where the sentence that says it stands: 0 first, 1 last; missing if none."),
                _text("signature", "The whole recipe of the verdict."),
                _text("recipe", "Eight digits that stand for the signature."),
            ),
        ),
        Table(
            "calls",
            "One call to a model for a recap, or the call that failed.",
            ("run", "variant", "call"),
            (
                *_OF_RECAP,
                Column("call", "integer", "Which call of the recap it is, from 1.", "rank"),
                _text("role", "Its place in the conversation: `recap`, `part 2/5`, `step 3/3`; empty for a failure."),
                _text("request", "Id of the request: a hash of model, messages, parameters and repeat."),
                _text("status", "`answered` or `failed`."),
                _text("reason_code", "Kind of the failure: `timeout`, `rate_limited`...; empty otherwise."),
                _text("recap_finished_at", "When the recap was whole, or given up: ISO 8601, UTC. Calls keep no time."),
                _number("seconds", "From sending to the last byte; missing for a failure, or in a batch.", "s"),
                _text("batch", "Id of the batch that the answer came in; empty for one that was waited for."),
                _count("expected_tokens", "Input tokens that were announced.", "tokens"),
                *_OF_USAGE,
                _text("call_model", "Model that answered this call, as its server names it."),
                _text("fingerprint", "State of the model, as its server names it; empty if it says nothing."),
                _text("response_id", "Id that the server gave its answer; empty if none."),
                Column("temperature", "number", "Sampling temperature as it was sent; missing if none was.", "number"),
                Column("seed", "integer", "Seed as it was sent; missing if none was.", "number"),
                _text("parameters", "Every generation parameter as it was sent, as JSON; `{}` if none was."),
                _text("finish_reason", "Why the answer ended: `stop`, `length`..."),
                _count("attempts", "Attempts that it took."),
                _text("warnings", "Codes of what a reader must know of the answer, joined by `+`."),
            ),
        ),
        Table(
            "votes",
            "One voter and one pair of recaps of which they said something, in a blind vote that is closed. Columns "
            "have the names of the open dataset comparia-fr-arena where it has them. **Holds the recaps themselves.**",
            ("run", "response_id"),
            (
                *_OF_RUN,
                _text("response_id", "Id of the row: the vote, the voter's number and the two recaps."),
                _text("question", "What voters were asked; empty for the usual question, which recap they prefer."),
                _text("choice", "`a_better`, `b_better`, `both_good`, `both_bad` or `idk`."),
                _text("comparison_id", "Id of the vote; says nothing of the run."),
                _count("voter", "Number of the voter in this vote, in order of arrival. Nothing says who.", "rank"),
                _text("timestamp", "When the vote was cast: ISO 8601, UTC."),
                _text("variant_a", "Id of the first recap within the run."),
                _text("variant_b", "Id of the second recap within the run."),
                *_of_vote("a", "first"),
                *_of_vote("b", "second"),
                _number("time_to_vote", "From the first showing to the vote.", "s"),
                _text("mode", "`blind`, or `same_style` where marks of style were taken out of what voters read."),
            ),
        ),
    )
}
"""Every table, by name."""


@dataclass(frozen=True, slots=True)
class Component:
    """A number of a score, by its name in the column `component`."""

    unit: str
    """`share`, `count`, `words`, `coefficient`, `probability`, `ratio`, `slope`."""
    meaning: str
    """What it is."""


_VERDICT = "Key points that the recap {}."
COMPONENTS: dict[str, Component] = {
    "value": Component("", "The value of the metric: a share, or a coefficient for `variant_agreement`."),
    "low": Component("", "Lower end of its interval: what uncertain verdicts leave open."),
    "high": Component("", "Upper end of its interval."),
    "of": Component("count", "What was looked at: key points, sentences, quotations, names, people."),
    "kept": Component("count", _VERDICT.format("keeps whole")),
    "partly": Component("count", _VERDICT.format("keeps in part")),
    "softened": Component("count", _VERDICT.format("holds with less force")),
    "lent_to_all": Component("count", _VERDICT.format("tells as everybody's")),
    "contradicted": Component("count", _VERDICT.format("contradicts")),
    "absent": Component("count", _VERDICT.format("does not hold")),
    "dropped": Component("count", "Minority views that the recap does not hold."),
    "diluted": Component("count", "Minority views that are there without their reason or condition."),
    "uncertain": Component("count", "Key points whose verdict words cannot tell."),
    "unscored": Component("count", "Key points without a verdict, as the judge could not be understood."),
    "fringe_kept": Component("count", "Views held by very few that the recap keeps whole."),
    "fringe_of": Component("count", "Views held by very few."),
    "isolated_kept": Component("count", "Views of one person that the recap keeps whole."),
    "isolated_of": Component("count", "Views of one person."),
    "by_voices": Component("share", "Coverage, each point weighed by its number of holders."),
    "by_root": Component("share", "Coverage, each point weighed by the square root of its number of holders."),
    "length_adjusted": Component("share", "Coverage at equal length; may leave [0, 1]."),
    "judge_kappa": Component("coefficient", "Cohen's kappa of the judge with itself, in two orders."),
    "jeffreys_low": Component("share", "Lower end of the 95 % Jeffreys interval of the share kept whole."),
    "jeffreys_high": Component("share", "Upper end of the 95 % Jeffreys interval of the share kept whole."),
    "others": Component("share", "Coverage of the views that are not of a minority."),
    "gap": Component("share", "`others` minus the value."),
    "chance": Component("share", "The value that recaps of other sessions get, by words alone."),
    "corrected": Component("share", "(value - chance) / (1 - chance)."),
    "share_slope": Component("slope", "Log-odds of being expressed, a unit of log-odds of prevalence."),
    "words": Component("words", "Words of the sentences of the recap."),
    "sentences": Component("count", "Sentences of the recap."),
    "session_words": Component("words", "Words of the session."),
    "words_per_sentence": Component("words", "Words a sentence of the recap."),
    "supported": Component("count", "What was looked at and holds."),
    "unsupported": Component("count", "What was looked at and does not hold."),
    "unverified": Component("count", "Claims of agreement that nothing confirms or denies; left out of the value."),
    "respelled": Component("count", "Names that are spelled otherwise in the session."),
    "elsewhere": Component("count", "Numbers that were said about something else, it seems."),
    "superseded": Component("count", "Numbers that were said, and that the session then set right."),
    "reworded": Component("count", "Numbers that may be the same figure in another unit."),
    "found": Component("count", "Quotations that were said word for word."),
    "altered": Component("count", "Quotations whose words were changed."),
    "misattributed": Component("count", "Quotations of another person."),
    "stitched": Component("count", "Quotations put together from several passages."),
    "not_found": Component("count", "Quotations that nobody said."),
    "named": Component("count", "People whom the recap names."),
    "main_absent": Component("count", "People who spoke much and whom the recap does not name."),
    "views": Component("share", "The value, with shares of the key points held instead of shares of talk."),
    "speaker_balance.lowest": Component("ratio", "Smallest ratio of a share of the recap to a share of the talk."),
    "lowest": Component("share", "Coverage of the least covered speaker."),
    "mean": Component("share", "Mean coverage of the speakers."),
    "first": Component("share", "Coverage of what is first said in the first fifth of the session."),
    "second": Component("share", "Coverage of its second fifth."),
    "third": Component("share", "Coverage of its third fifth."),
    "fourth": Component("share", "Coverage of its fourth fifth."),
    "fifth": Component("share", "Coverage of its last fifth."),
    "lead": Component("share", "Coverage of the first fifth minus the mean."),
    "dip": Component("share", "Mean coverage of the two ends minus that of the middle."),
    "p": Component("probability", "Share of random orders that are as uneven."),
    "differing": Component("count", "Key points that the two recaps treat differently."),
    "above_floor": Component("count", "1 where the distance exceeds that of 95 % of the pairs of repeats, else 0."),
    "least": Component("count", "Sum of the smaller of the two probabilities, over key points."),
    "most": Component("count", "Sum of the larger of the two probabilities, over key points."),
    "floor": Component("share", "Mean distance of two repeats of one model."),
    "floor_95": Component("share", "95th percentile of the distance of two repeats."),
    "unrelated": Component("share", "Mean distance to recaps of other sessions."),
    "normalised": Component("ratio", "0 as far as two repeats are, 1 as far as recaps of two sessions are."),
    "jsd": Component("share", "Jensen-Shannon divergence of the stems of the two recaps, base 2."),
    "words_a": Component("words", "Words of the first recap."),
    "words_b": Component("words", "Words of the second recap."),
    "variants": Component("count", "Recaps that could be compared."),
    "contested": Component("count", "Key points on which they differ most, twelve at most."),
    "under": Component("count", "Speakers covered less than the others, time and again."),
    "over": Component("count", "Speakers covered more than the others, time and again."),
    "repeats": Component("count", "Repeats that were compared."),
    "flipping": Component("count", "Key points that some repeats keep and others do not."),
    "alpha": Component("coefficient", "Krippendorff's alpha of the repeats."),
    "coverage_sd": Component("share", "Standard deviation of coverage over the repeats."),
    "minority_sd": Component("share", "Standard deviation of coverage of the minority views over the repeats."),
}
"""Every number of the metrics that come with Comparia; `METRIC.NAME` where one name means two things."""

UNITS: Mapping[str, str] = {
    "share": "a part of a whole, in [0, 1]; differences and adjusted shares may leave it",
    "count": "a number of things; may be summed over recaps and sessions",
    "words": "words, between white space",
    "coefficient": "agreement: 1 whole, 0 no more than by chance, below 0 less",
    "probability": "in [0, 1]",
    "ratio": "a quotient",
    "slope": "log-odds a unit of log-odds",
    "rank": "a place in an order, from 1",
    "tokens": "tokens, as the server counts them",
    "s": "seconds",
    "kWh": "kilowatt-hours",
    "kgCO2eq": "kilograms of CO2 equivalent",
    "currency": "money",
    "number": "a figure without a unit",
}
"""Every unit, and what it is."""


def component_of(metric: str, name: str) -> Component | None:
    """Return what a number of a metric is; None for one that a plug-in brings."""
    return COMPONENTS.get(f"{metric}.{name}") or COMPONENTS.get(name)


def unit_of(metric: str, name: str, *, counted: bool) -> str:
    """Return the unit of a number of a score.

    Args:
        metric: name of the metric.
        name: `value`, `low`, `high`, or the name of a count or a measure.
        counted: whether it is one of the counts, for a number that a plug-in brings.
    """
    if name in ("value", "low", "high"):  # a length is shown as words, and its value is a share of the session's
        return "coefficient" if reading_of(metric).unit == "coefficient" else "share"
    known = component_of(metric, name)
    if known is not None:
        return known.unit
    return "count" if counted else "number"
