"""The application layer: the functions that `import comparia`, the command line and the pages call.

Each is in the module of its subject, imported when the function is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_MODULES = {
    "check_recaps": "checking",
    "judges_of": "comparisons",
    "list_points": "checking",
    "parse_reference": "points",
    "personal_data": "flags",
    "personal_words": "documents",
    "personal_words_in_points": "documents",
    "planned_checks": "checking",
    "answer_flag": "flags",
    "answered_flags": "flags",
    "apply_retention": "upkeep",
    "analyse_study": "studies",
    "ask_about": "stages",
    "asking_about": "stages",
    "attach_recording": "recordings",
    "audit": "scorings",
    "begin_rehearsed": "stages",
    "carry_out": "comparisons",
    "change_tags": "votes",
    "check_backend": "upkeep",
    "check_models": "upkeep",
    "cancel_study": "studies",
    "check_study": "study_plans",
    "compare": "comparisons",
    "standing_of": "compositions",
    "put_beside": "compositions",
    "passages_of": "compositions",
    "outline_of": "compositions",
    "offers_of": "compositions",
    "composition": "compositions",
    "compose": "compositions",
    "correct_run": "corrections",
    "correct_transcript": "sessions",
    "corrections_beside": "sessions",
    "demonstration": "samples",
    "sample_of": "samples",
    "sample_sessions": "samples",
    "sample_stage": "samples",
    "stored_demonstration": "samples",
    "is_first_visit": "samples",
    "diagnose": "upkeep",
    "changed_choices": "documents",
    "document": "documents",
    "document_choices": "documents",
    "document_session": "documents",
    "unanswered_personal_words": "documents",
    "earlier_reference": "scorings",
    "find_recording": "recordings",
    "forget_draft": "recordings",
    "export_study": "study_archives",
    "export_study_as": "study_exports",
    "has_store": "kept",
    "write_launcher": "launchers",
    "hiding_by": "sessions",
    "import_recap": "comparisons",
    "import_run": "exchange",
    "import_text": "comparisons",
    "is_file": "exchange",
    "join_references": "points",
    "join_sessions": "sessions",
    "keep_document_choices": "documents",
    "judged_run": "votes",
    "judgings_of": "votes",
    "load_prompt_set": "comparisons",
    "load_reference": "points",
    "masked": "comparisons",
    "one_engine": "kept",
    "open_judging": "votes",
    "open_recording": "stages",
    "open_stage": "stages",
    "open_store": "kept",
    "prepare": "comparisons",
    "propose_corrections": "sessions",
    "probe_injection": "upkeep",
    "data_to_publish": "publishing",
    "publish": "publishing",
    "purge": "upkeep",
    "read_run": "comparisons",
    "read_transcript": "sessions",
    "record": "stages",
    "reference_beside": "points",
    "references_of": "scorings",
    "render": "comparisons",
    "repairs_of": "scorings",
    "report_study": "studies",
    "put_back_recap": "recaps",
    "remove_recap": "recaps",
    "removed_recaps": "recaps",
    "rename_recap": "recaps",
    "resume": "comparisons",
    "run_study": "studies",
    "run_ids_beside": "votes",
    "runs_beside": "votes",
    "score": "scorings",
    "score_study": "study_scoring",
    "score_text": "scorings",
    "sentences_of": "scorings",
    "to_be_asked": "scorings",
    "study_methods": "studies",
    "study_runs": "studies",
    "study_state": "studies",
    "suggest_reference": "points",
    "stored_runs": "votes",
    "tags": "votes",
    "to_frame": "tables",
    "transcribe": "sessions",
    "verify_study": "study_archives",
    "usual_seconds": "stages",
    "with_context": "sessions",
    "workbench": "kept",
    "write_tables": "tables",
    "write_transcript": "sessions",
    "all_panels": "panels",
    "close_panel": "panels",
    "enter_panel": "panels",
    "erase_panel": "panels",
    "export_panel": "panels",
    "find_panel": "panels",
    "panel_findings": "panels",
    "keep_panels_port": "panels",
    "until_end_of": "panels",
    "next_of_panel": "panels",
    "open_panel": "panels",
    "panel_state": "panels",
    "panel_table": "panels",
    "panels_of": "panels",
    "rate_item": "panels",
    "rater_of": "panels",
    "ratings_of": "panels",
    "read_panel": "panels",
    "set_raters_aside": "panels",
    "adapt_recap": "adaptations",
    "adaptations_of": "adaptations",
    "adapted_document": "adaptations",
    "adapting_recap": "adaptations",
    "check_adaptation": "adaptations",
    "plan_adaptation": "adaptations",
    "read_adaptation": "adaptations",
    "recap_of": "adaptations",
    "remove_adaptation": "adaptations",
    "add_marks": "member_checks",
    "as_flags": "member_checks",
    "as_points": "member_checks",
    "close_member_check": "member_checks",
    "disputed_sentences": "member_checks",
    "enter_member_check": "member_checks",
    "erase_member_check": "member_checks",
    "marks_of": "member_checks",
    "open_member_check": "member_checks",
    "read_member_check": "member_checks",
    "reader_of": "member_checks",
    "member_check_counts": "member_checks",
    "member_checks_of": "member_checks",
    "review_mark": "member_checks",
    "take_answers": "member_checks",
    "unused_kind_id": "kinds",
    "shipped_prompts": "comparisons",
    "take_kind": "kinds",
    "is_model": "kinds",
    "keep_kind": "kinds",
    "kind_as_toml": "kinds",
    "kind_of_choices": "kinds",
    "read_kind": "kinds",
    "remove_kind": "kinds",
    "session_kind": "kinds",
    "session_kinds": "kinds",
    "stricter": "kinds",
    "unreadable_kinds": "kinds",
    "with_kind": "kinds",
    "tell_member_check": "member_checks",
}
"""The module of each function."""

if TYPE_CHECKING:
    from comparia.library.adaptations import adapt_recap as adapt_recap
    from comparia.library.adaptations import adaptations_of as adaptations_of
    from comparia.library.adaptations import adapted_document as adapted_document
    from comparia.library.adaptations import adapting_recap as adapting_recap
    from comparia.library.adaptations import check_adaptation as check_adaptation
    from comparia.library.adaptations import plan_adaptation as plan_adaptation
    from comparia.library.adaptations import read_adaptation as read_adaptation
    from comparia.library.adaptations import recap_of as recap_of
    from comparia.library.adaptations import remove_adaptation as remove_adaptation
    from comparia.library.checking import check_recaps as check_recaps
    from comparia.library.checking import list_points as list_points
    from comparia.library.checking import planned_checks as planned_checks
    from comparia.library.comparisons import carry_out as carry_out
    from comparia.library.comparisons import compare as compare
    from comparia.library.comparisons import import_recap as import_recap
    from comparia.library.comparisons import import_text as import_text
    from comparia.library.comparisons import judges_of as judges_of
    from comparia.library.comparisons import load_prompt_set as load_prompt_set
    from comparia.library.comparisons import masked as masked
    from comparia.library.comparisons import prepare as prepare
    from comparia.library.comparisons import read_run as read_run
    from comparia.library.comparisons import render as render
    from comparia.library.comparisons import resume as resume
    from comparia.library.comparisons import shipped_prompts as shipped_prompts
    from comparia.library.compositions import compose as compose
    from comparia.library.compositions import composition as composition
    from comparia.library.compositions import offers_of as offers_of
    from comparia.library.compositions import outline_of as outline_of
    from comparia.library.compositions import passages_of as passages_of
    from comparia.library.compositions import put_beside as put_beside
    from comparia.library.compositions import standing_of as standing_of
    from comparia.library.corrections import correct_run as correct_run
    from comparia.library.documents import changed_choices as changed_choices
    from comparia.library.documents import document as document
    from comparia.library.documents import document_choices as document_choices
    from comparia.library.documents import document_session as document_session
    from comparia.library.documents import keep_document_choices as keep_document_choices
    from comparia.library.documents import personal_words as personal_words
    from comparia.library.documents import personal_words_in_points as personal_words_in_points
    from comparia.library.documents import unanswered_personal_words as unanswered_personal_words
    from comparia.library.exchange import import_run as import_run
    from comparia.library.exchange import is_file as is_file
    from comparia.library.flags import answer_flag as answer_flag
    from comparia.library.flags import answered_flags as answered_flags
    from comparia.library.flags import personal_data as personal_data
    from comparia.library.kept import has_store as has_store
    from comparia.library.kept import one_engine as one_engine
    from comparia.library.kept import open_store as open_store
    from comparia.library.kept import workbench as workbench
    from comparia.library.kinds import is_model as is_model
    from comparia.library.kinds import keep_kind as keep_kind
    from comparia.library.kinds import kind_as_toml as kind_as_toml
    from comparia.library.kinds import kind_of_choices as kind_of_choices
    from comparia.library.kinds import read_kind as read_kind
    from comparia.library.kinds import remove_kind as remove_kind
    from comparia.library.kinds import session_kind as session_kind
    from comparia.library.kinds import session_kinds as session_kinds
    from comparia.library.kinds import stricter as stricter
    from comparia.library.kinds import take_kind as take_kind
    from comparia.library.kinds import unreadable_kinds as unreadable_kinds
    from comparia.library.kinds import unused_kind_id as unused_kind_id
    from comparia.library.kinds import with_kind as with_kind
    from comparia.library.launchers import write_launcher as write_launcher
    from comparia.library.member_checks import add_marks as add_marks
    from comparia.library.member_checks import as_flags as as_flags
    from comparia.library.member_checks import as_points as as_points
    from comparia.library.member_checks import close_member_check as close_member_check
    from comparia.library.member_checks import disputed_sentences as disputed_sentences
    from comparia.library.member_checks import enter_member_check as enter_member_check
    from comparia.library.member_checks import erase_member_check as erase_member_check
    from comparia.library.member_checks import marks_of as marks_of
    from comparia.library.member_checks import member_check_counts as member_check_counts
    from comparia.library.member_checks import member_checks_of as member_checks_of
    from comparia.library.member_checks import open_member_check as open_member_check
    from comparia.library.member_checks import read_member_check as read_member_check
    from comparia.library.member_checks import reader_of as reader_of
    from comparia.library.member_checks import review_mark as review_mark
    from comparia.library.member_checks import take_answers as take_answers
    from comparia.library.member_checks import tell_member_check as tell_member_check
    from comparia.library.panels import all_panels as all_panels
    from comparia.library.panels import close_panel as close_panel
    from comparia.library.panels import enter_panel as enter_panel
    from comparia.library.panels import erase_panel as erase_panel
    from comparia.library.panels import export_panel as export_panel
    from comparia.library.panels import find_panel as find_panel
    from comparia.library.panels import keep_panels_port as keep_panels_port
    from comparia.library.panels import next_of_panel as next_of_panel
    from comparia.library.panels import open_panel as open_panel
    from comparia.library.panels import panel_findings as panel_findings
    from comparia.library.panels import panel_state as panel_state
    from comparia.library.panels import panel_table as panel_table
    from comparia.library.panels import panels_of as panels_of
    from comparia.library.panels import rate_item as rate_item
    from comparia.library.panels import rater_of as rater_of
    from comparia.library.panels import ratings_of as ratings_of
    from comparia.library.panels import read_panel as read_panel
    from comparia.library.panels import set_raters_aside as set_raters_aside
    from comparia.library.panels import until_end_of as until_end_of
    from comparia.library.points import join_references as join_references
    from comparia.library.points import load_reference as load_reference
    from comparia.library.points import parse_reference as parse_reference
    from comparia.library.points import reference_beside as reference_beside
    from comparia.library.points import suggest_reference as suggest_reference
    from comparia.library.publishing import data_to_publish as data_to_publish
    from comparia.library.publishing import publish as publish
    from comparia.library.recaps import put_back_recap as put_back_recap
    from comparia.library.recaps import remove_recap as remove_recap
    from comparia.library.recaps import removed_recaps as removed_recaps
    from comparia.library.recaps import rename_recap as rename_recap
    from comparia.library.recordings import attach_recording as attach_recording
    from comparia.library.recordings import find_recording as find_recording
    from comparia.library.recordings import forget_draft as forget_draft
    from comparia.library.samples import demonstration as demonstration
    from comparia.library.samples import is_first_visit as is_first_visit
    from comparia.library.samples import sample_of as sample_of
    from comparia.library.samples import sample_sessions as sample_sessions
    from comparia.library.samples import sample_stage as sample_stage
    from comparia.library.samples import stored_demonstration as stored_demonstration
    from comparia.library.scorings import audit as audit
    from comparia.library.scorings import earlier_reference as earlier_reference
    from comparia.library.scorings import references_of as references_of
    from comparia.library.scorings import repairs_of as repairs_of
    from comparia.library.scorings import score as score
    from comparia.library.scorings import score_text as score_text
    from comparia.library.scorings import sentences_of as sentences_of
    from comparia.library.scorings import to_be_asked as to_be_asked
    from comparia.library.sessions import correct_transcript as correct_transcript
    from comparia.library.sessions import corrections_beside as corrections_beside
    from comparia.library.sessions import hiding_by as hiding_by
    from comparia.library.sessions import join_sessions as join_sessions
    from comparia.library.sessions import propose_corrections as propose_corrections
    from comparia.library.sessions import read_transcript as read_transcript
    from comparia.library.sessions import transcribe as transcribe
    from comparia.library.sessions import with_context as with_context
    from comparia.library.sessions import write_transcript as write_transcript
    from comparia.library.stages import ask_about as ask_about
    from comparia.library.stages import asking_about as asking_about
    from comparia.library.stages import begin_rehearsed as begin_rehearsed
    from comparia.library.stages import open_recording as open_recording
    from comparia.library.stages import open_stage as open_stage
    from comparia.library.stages import record as record
    from comparia.library.stages import usual_seconds as usual_seconds
    from comparia.library.studies import analyse_study as analyse_study
    from comparia.library.studies import cancel_study as cancel_study
    from comparia.library.studies import report_study as report_study
    from comparia.library.studies import run_study as run_study
    from comparia.library.studies import study_methods as study_methods
    from comparia.library.studies import study_runs as study_runs
    from comparia.library.studies import study_state as study_state
    from comparia.library.study_archives import export_study as export_study
    from comparia.library.study_archives import verify_study as verify_study
    from comparia.library.study_exports import export_study_as as export_study_as
    from comparia.library.study_plans import check_study as check_study
    from comparia.library.study_scoring import score_study as score_study
    from comparia.library.tables import to_frame as to_frame
    from comparia.library.tables import write_tables as write_tables
    from comparia.library.upkeep import apply_retention as apply_retention
    from comparia.library.upkeep import check_backend as check_backend
    from comparia.library.upkeep import check_models as check_models
    from comparia.library.upkeep import diagnose as diagnose
    from comparia.library.upkeep import probe_injection as probe_injection
    from comparia.library.upkeep import purge as purge
    from comparia.library.votes import change_tags as change_tags
    from comparia.library.votes import judged_run as judged_run
    from comparia.library.votes import judgings_of as judgings_of
    from comparia.library.votes import open_judging as open_judging
    from comparia.library.votes import run_ids_beside as run_ids_beside
    from comparia.library.votes import runs_beside as runs_beside
    from comparia.library.votes import stored_runs as stored_runs
    from comparia.library.votes import tags as tags


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'comparia.library' has no attribute {name!r}")
    return getattr(importlib.import_module(f"comparia.library.{_MODULES[name]}"), name)
