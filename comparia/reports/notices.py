"""What a reader of files has to tell, in words: one entry a code, in the reader's language.

Records hold codes and values (`records.Notice`); everything that shows them words them here.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from comparia.messages import N_, NN_, clock, ngettext, percent
from comparia.messages import gettext as _
from comparia.records import Notice
from comparia.reports.languages import language_name

MOST_NAMED = 8
"""Labels, or tiers, that a sentence names."""

NOTICES: Mapping[str, str | tuple[str, str]] = {
    "alias": N_("“{one}” may be “{other}” ({why})."),
    "answers_left_out": NN_(
        "{n} answer to an open question is empty or says nothing (“none”, “–”): it was left out.",
        "{n} answers to open questions are empty or say nothing (“none”, “–”): they were left out.",
    ),
    "approximate_times": N_("Times start again every thirty seconds: they were added up, and are approximate."),
    "attributes": N_("Known of each person, and sent to no model: {columns}."),
    "carried_speaker": NN_(
        "{n} caption without a name continues the speaker before it.",
        "{n} captions without a name continue the speaker before them.",
    ),
    "columns_doubted": NN_(
        "Page {pages} may hold columns, or a table: it is read across. Check who says what there.",
        "Pages {pages} may hold columns, or tables: they are read across. Check who says what there.",
    ),
    "corrected": NN_("{n} turn was corrected by a person.", "{n} turns were corrected by a person."),
    "encoding_damaged": N_("Some bytes are not valid {codec}; they are shown as \ufffd."),
    "encoding_guessed": N_(
        "Not UTF-8: read as Windows-1252 ({n} undefined bytes). If accents look wrong, save the file as UTF-8."
    ),
    "few_attributed": N_("Only {share} of the words have a speaker."),
    "formulas_without_value": NN_(
        "{n} formula has no stored value, and formulas are not computed: its cell was read as empty. Open the file in "
        "Excel or LibreOffice, and save it again.",
        "{n} formulas have no stored value, and formulas are not computed: their cells were read as empty. Open the "
        "file in Excel or LibreOffice, and save it again.",
    ),
    "hallucination_suspect": NN_(
        "{n} segment may be invented by the speech recognition in a silence (« thanks for watching »…): to be checked.",
        "{n} segments may be invented by the speech recognition in a silence (« thanks for watching »…): to be "
        "checked.",
    ),
    "hidden_columns": NN_("{n} hidden column was left out.", "{n} hidden columns were left out."),
    "hidden_rows": NN_("{n} hidden row was left out.", "{n} hidden rows were left out."),
    "hidden_sheets": NN_("{n} hidden sheet was left out ({sheets}).", "{n} hidden sheets were left out ({sheets})."),
    "impossible_rate": NN_(
        "{n} caption holds more words than anybody can say in its time: its times, or its words, are wrong.",
        "{n} captions hold more words than anybody can say in their time: their times, or their words, are wrong.",
    ),
    "invisible_text": NN_(
        "{n} page holds text that its readers do not see: check what is said there.",
        "{n} pages hold text that their readers do not see: check what is said there.",
    ),
    "labels_doubted": NN_(
        "{n} line looks like a name and a colon ({labels}): it was left to the person speaking before, or to nobody.",
        "{n} lines look like a name and a colon ({labels}): they were left to the person speaking before, or to "
        "nobody.",
    ),
    "long_stretch": N_(
        "“{name}” is given {n} paragraphs on end that name nobody: check that nobody else speaks in them."
    ),
    "loop": N_("“{words}” is repeated {n} times on end: the speech recognition may have looped. To be checked."),
    "machine_translated": N_("Translated by a machine, and left out in favour of the words as written: {columns}."),
    "machine_speaker": N_("{name} is not a person: shown apart, never counted as a voice."),
    "merged_cells": NN_(
        "{n} merged cell stands under the headings: its words were given to the first of its rows alone.",
        "{n} merged cells stand under the headings: their words were given to the first of their rows alone.",
    ),
    "meta_statement": NN_(
        "{n} statement is about who votes, not a proposal: it is kept, and marked.",
        "{n} statements are about who votes, not proposals: they are kept, and marked.",
    ),
    "minutes": N_(
        "This looks like minutes, not like what was said: nobody is named as speaking. Recaps can be compared; views "
        "cannot be counted by holder."
    ),
    "moderated": NN_(
        "{n} contribution moderated or withdrawn was left out.",
        "{n} contributions moderated or withdrawn were left out.",
    ),
    "mojibake": N_(
        "Accents look wrong (« Ã© »): the file was saved twice in two encodings. Have it repaired, or give the "
        "original."
    ),
    "namesake_judges": N_(
        "The recaps of {names} are judged by a model of the same name on another server: it may be the same model, and "
        "prefer its own words."
    ),
    "no_speakers": N_("No speaker is named in this file: views cannot be counted by holder."),
    "nobody_judges": N_(
        "No model of this run may judge: {names} wrote the recaps, and no model judges its own. Verdicts rest on words "
        "alone; a second model would judge."
    ),
    "not_aligned": N_("The times of this file do not fit those of the first one: its turns were placed at the end."),
    "odd_times": NN_("{n} time goes backwards; file order was kept.", "{n} times go backwards; file order was kept."),
    "oneself": N_("“{name}” is whoever saved this file: give their name."),
    "other_language": N_(
        "This session seems to be in {language}: scores, names and prompts know French and English only."
    ),
    "pages_without_text": NN_("{n} page has no text: is it scanned?", "{n} pages have no text: are they scanned?"),
    "people_absent": NN_(
        "{n} person of the table of people says nothing in this session ({labels}): check how the name is written.",
        "{n} people of the table of people say nothing in this session ({labels}): check how their names are written.",
    ),
    "people_private": N_("Left out of the table of people, which would tell who they are: {tiers}."),
    "private_messages": NN_("{n} private message was left out.", "{n} private messages were left out."),
    "ragged_rows": NN_(
        "{n} row has not as many cells as there are headings: check its words.",
        "{n} rows have not as many cells as there are headings: check their words.",
    ),
    "replies_to_absent": NN_(
        "{n} contribution answers one that is not in this file: it may have been moderated, which this export does not "
        "tell.",
        "{n} contributions answer one that is not in this file: it may have been moderated, which this export does not "
        "tell.",
    ),
    "replies_to_moderated": NN_(
        "{n} contribution answers one that was moderated or withdrawn: it is kept, as an answer to nothing.",
        "{n} contributions answer one that was moderated or withdrawn: they are kept, as answers to nothing.",
    ),
    "recaps_without_judge": N_(
        "Nobody may judge the recaps of {names}, which wrote them: they get no verdict on key points by judges."
    ),
    "recording_length": N_(
        "The recording lasts {recording}, and the words of this session end at {transcript}: check that it is its "
        "recording."
    ),
    "recording_untimed": N_("This transcript gives no times: nothing of the recording can be played from its words."),
    "repaired": N_("The accents of this file were repaired: it was saved twice in two encodings."),
    "rolling_captions": NN_(
        "Rolling captions: {n} repeated caption was left out.", "Rolling captions: {n} repeated captions were left out."
    ),
    "scrolling_captions": NN_(
        "Scrolling captions: the first words of {n} caption, already shown, were left out.",
        "Scrolling captions: the first words of {n} captions, already shown, were left out.",
    ),
    "sheet_read": N_("The sheet “{sheet}” was read."),
    "sheets_joined": N_("{n} sheets with the same headings were read, one after the other: {sheets}."),
    "sheets_not_read": NN_(
        "{n} other sheet was not read ({sheets}): give it as a file of its own if it holds words.",
        "{n} other sheets were not read ({sheets}): give them as files of their own if they hold words.",
    ),
    "single_speaker": N_("Only one speaker was recognised ({name}): check that the file names the others."),
    "speaks_over_itself": N_(
        "“{name}” says two things at once: maybe two people bear that label. Their words are kept in turns of their "
        "own."
    ),
    "survey": NN_("A survey: {n} question is open ({columns}).", "A survey: {n} questions are open ({columns})."),
    "survey_closed": NN_(
        "{n} column of choices, dates or figures is no words, and was left out ({columns}).",
        "{n} columns of choices, dates or figures are no words, and were left out ({columns}).",
    ),
    "survey_private": NN_(
        "{n} column of contacts, consent or technical data was left out ({columns}).",
        "{n} columns of contacts, consent or technical data were left out ({columns}).",
    ),
    "tiers_left_out": N_("Tiers left out, which annotate speech rather than hold it: {tiers}."),
    "time_backwards": N_(
        "Times go backwards (parts of the recording restart at zero): order is kept, times are approximate."
    ),
    "unknown_speakers": N_("“{name}” may be several people: not counted as one voice."),
    "unlabelled": NN_(
        "{n} paragraph among the speech names nobody: it was left out, since it may be a note.",
        "{n} paragraphs among the speech name nobody: they were left out, since they may be notes.",
    ),
    "votes_without_group": NN_(
        "{n} person who voted is in no group of like-minded people: their votes are counted in none.",
        "{n} people who voted are in no group of like-minded people: their votes are counted in none.",
    ),
    "unreadable_pages": NN_("{n} page cannot be read.", "{n} pages cannot be read."),
}
"""The sentence of each code, or two: for one thing and for several."""

_REASONS = {
    "initials": N_("the initials of the fuller name"),
    "one_letter": N_("one letter apart"),
    "part": N_("part of the fuller name"),
    "spelling": N_("the same words, written differently"),
}
"""Why two labels may be one person."""


def notice_text(notice: Notice) -> str:
    """Return the sentence of a notice in the reader's language; the stored one if it was kept before codes were."""
    if notice.code not in NOTICES or "message" in notice.values:
        return str(notice.values.get("message", notice.code))
    sentence, n = NOTICES[notice.code], notice.values.get("n")
    template = _(sentence) if isinstance(sentence, str) else ngettext(*sentence, n if isinstance(n, int) else 2)
    return template.format(**{key: _worded(key, value) for key, value in notice.values.items()})


def _worded(key: str, value: str | float | Sequence[str]) -> str:
    if key == "share" and isinstance(value, int | float):
        return percent(value)
    if key in ("recording", "transcript") and isinstance(value, int | float):
        return clock(value)
    if key == "why":
        return _(_REASONS.get(str(value), str(value)))
    if key == "language":
        return language_name(str(value))
    if not isinstance(value, str) and isinstance(value, Sequence):
        shown = [_("“{text}”").format(text=item) if key == "labels" else item for item in value[:MOST_NAMED]]
        return ", ".join(shown) + ("…" if len(value) > MOST_NAMED else "")
    return str(value)


def option(notice: Notice) -> str:
    """Return the option of the command line that does what a notice proposes: `--encoding repaired`; empty for none."""
    if notice.code == "mojibake":
        return "--encoding repaired"
    if notice.code == "alias" and "one" in notice.values:
        return "--speaker-map " + shlex.quote(f"{notice.values['one']}={notice.values['other']}")
    if notice.code == "oneself":
        return f"--speaker-map {notice.values['name']}=NAME"
    labels = notice.values.get("labels", ())
    if notice.code == "labels_doubted" and labels and not isinstance(labels, str | int | float):
        return "--speaker-map " + shlex.quote(f"{labels[0]}={labels[0]}")
    return ""
