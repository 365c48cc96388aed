"""The words that reports, pages and commands share, by subject."""

from __future__ import annotations

from comparia.reports.readings import flag_sentence, flagged
from comparia.reports.verdicts import verdict_name
from comparia.reports.wording.plans import leaving, plan_lines
from comparia.reports.wording.providers import provider_name
from comparia.reports.wording.pseudonyms import alias_kind_names, hidden_count, hidden_sentence, pseudonym_limits
from comparia.reports.wording.references import (
    kind_name,
    leading_sentence,
    offline_worth,
    origin_sentence,
    reference_sentence,
)
from comparia.reports.wording.runs import (
    demonstrated,
    provenance,
    same_models,
    speakers_phrase,
    status_name,
    status_of,
    use_notice,
)
from comparia.reports.wording.scores import (
    LEAST_KAPPA,
    beside,
    counts_sentence,
    doubtful,
    hint_sentence,
    interval_sentence,
    metric_name,
    note_sentence,
    percent,
    score_limits,
    tiers_of,
    value_text,
)
from comparia.reports.wording.variants import (
    author_kind,
    author_name,
    cached_phrase,
    composed_sentence,
    failure_cure,
    shown,
    warning_text,
    words_phrase,
    written_by,
)

__all__ = [
    "LEAST_KAPPA",
    "alias_kind_names",
    "author_kind",
    "author_name",
    "beside",
    "cached_phrase",
    "composed_sentence",
    "counts_sentence",
    "demonstrated",
    "doubtful",
    "failure_cure",
    "flag_sentence",
    "flagged",
    "hidden_count",
    "hidden_sentence",
    "hint_sentence",
    "interval_sentence",
    "kind_name",
    "leading_sentence",
    "leaving",
    "metric_name",
    "note_sentence",
    "offline_worth",
    "origin_sentence",
    "percent",
    "plan_lines",
    "provenance",
    "provider_name",
    "pseudonym_limits",
    "reference_sentence",
    "same_models",
    "score_limits",
    "shown",
    "speakers_phrase",
    "status_name",
    "status_of",
    "tiers_of",
    "use_notice",
    "value_text",
    "verdict_name",
    "warning_text",
    "words_phrase",
    "written_by",
]
