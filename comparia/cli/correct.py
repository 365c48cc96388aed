"""`comparia correct`: the corrections of a session, seen before they are kept in a file beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from comparia import correcting, library, reports
from comparia.cli import laid_out
from comparia.cli.console import console, json_option, outputs_option, report_folder, settings_for
from comparia.errors import InputError, StoreUnwritable
from comparia.files import write_private
from comparia.library.recordings import record_run
from comparia.messages import gettext as _
from comparia.messages import labelled, ngettext, number
from comparia.records import Assign, Correction, Corrections, Join, LeaveOut, Rename, Replace, Term, Transcript
from comparia.reports import terminal
from comparia.reports.notices import notice_text
from comparia.reports.wording import recording_phrase
from comparia.text.controls import shown_text

if TYPE_CHECKING:
    from comparia.correcting import Corrected, Proposal

MOST_SHOWN = 40
"""Places that are shown of each correction."""

MOST_READ = 5
"""Turns that are shown of each speaker who is renamed."""

_Item = TypeVar("_Item")


@click.command(
    "correct",
    help=laid_out(
        _(
            "Correct a session before anything is compared. The files stay as they are: corrections are kept in "
            "NAME.corrections.yaml beside them, which every command reads.\n\n"
            "Without --keep, what would change is shown and nothing is written:\n\n"
            "  comparia correct session.vtt --term Kergall --term SIVOM\n"
            "  comparia correct session.vtt --heard Kergal=Kergall --rename GT='Guillaume Tatu'\n"
            "  comparia correct session.vtt --assign 20-24='Mme Durand' --leave-out 30,31 --keep\n"
            "  comparia correct session.vtt --context agenda.docx\n"
            "  comparia correct --run last --with session.corrections.yaml\n"
            "  comparia correct --run last --recording session.mp3"
        )
    ),
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--with", "given", type=click.Path(path_type=Path), help=_("File of corrections to begin with."))
@click.option("--term", "terms", multiple=True, help=_("Name, place or acronym: words like it are proposed."))
@click.option("--context", multiple=True, type=click.Path(path_type=Path), help=_("Document whose names are terms."))
@click.option("--heard", multiple=True, metavar="HEARD=TERM", help=_("How a term was misheard, replaced everywhere."))
@click.option("--replace", "replaced", multiple=True, metavar="WORDS=WORDS", help=_("Words replaced everywhere."))
@click.option("--rename", multiple=True, metavar="LABEL=NAME", help=_("Another name for a speaker."))
@click.option("--join", "joined", multiple=True, metavar="LABEL+LABEL=NAME", help=_("Several speakers are one."))
@click.option("--assign", multiple=True, metavar="TURNS=NAME", help=_("Turns (12, 20-24) that another person said."))
@click.option("--leave-out", multiple=True, metavar="TURNS", help=_("Turns to leave out of the session."))
@click.option("--moderator", "moderators", multiple=True, metavar="NAME", help=_("Who moderates, and holds no view."))
@click.option("--title", default="", help=_("Title of the session."))
@click.option("--date", default="", help=_("Date of the session."))
@click.option("--place", default="", help=_("Place of the session."))
@click.option("--said-by", metavar="NAME", help=_("Show the turns of one speaker, to read who it is, and stop."))
@click.option("--keep", is_flag=True, help=_("Write the corrections beside the session."))
@click.option("--run", "run_id", help=_("Correct the session of a stored run: its recaps are scored again, apart."))
@click.option(
    "--recording",
    type=click.Path(path_type=Path),
    help=_("With --run: the recording of its session, to hear it; the run stays the same."),
)
@json_option
@outputs_option
def command(
    files: tuple[Path, ...],
    given: Path | None,
    terms: tuple[str, ...],
    context: tuple[Path, ...],
    heard: tuple[str, ...],
    replaced: tuple[str, ...],
    rename: tuple[str, ...],
    joined: tuple[str, ...],
    assign: tuple[str, ...],
    leave_out: tuple[str, ...],
    moderators: tuple[str, ...],
    title: str,
    date: str,
    place: str,
    said_by: str | None,
    keep: bool,
    run_id: str | None,
    recording: Path | None,
    as_json: bool,
    outputs: Path | None,
) -> None:
    """Read, correct, show; keep where asked."""
    if not files and run_id is None:
        raise click.UsageError(_("Give the files of a session, or --run."))
    if recording is not None and run_id is None:
        raise click.UsageError(_("--recording is for a stored run: give --run too."))
    place_of = files[0].with_suffix(".corrections.yaml") if files else None
    begun = given or (library.corrections_beside(files[0]) if files else None)
    corrections = correcting.load(begun) if begun else Corrections()
    asked: list[Correction] = [
        *(Replace(words=words, by=by) for words, by in _pairs(replaced, "--replace")),
        *(Rename(speaker=label, name=name) for label, name in _pairs(rename, "--rename")),
        *(Join(speakers=tuple(labels.split("+")), name=name) for labels, name in _pairs(joined, "--join")),
        *(Assign(turns=_turns(turns), name=name) for turns, name in _pairs(assign, "--assign")),
        *(LeaveOut(turns=_turns(turns)) for turns in leave_out),
    ]
    corrections = corrections.model_copy(
        update={
            "title": title or corrections.title,
            "date": date or corrections.date,
            "place": place or corrections.place,
            "moderators": _united(corrections.moderators, moderators),
            "nobody_moderates": corrections.nobody_moderates and not moderators,
            "glossary": _glossary(corrections.glossary, terms, _pairs(heard, "--heard")),
            "corrections": _united(corrections.corrections, asked),
        }
    )
    if run_id is not None:
        if recording is not None:
            run_id = _record(run_id, recording, outputs)
        if recording is None or not corrections.empty:
            _correct_run(run_id, corrections, outputs, as_json=as_json)
        return
    transcript = library.read_transcript(*files, corrections=False, context=context, recording=False)
    if said_by is not None:
        _show_turns(transcript, said_by)
        return
    corrected = library.correct_transcript(transcript, corrections)
    written = [term.write for term in corrections.glossary]
    proposed = library.propose_corrections(corrected.transcript, written)
    if keep and place_of is not None:
        _write(place_of, corrections)
    if as_json:
        click.echo(_as_json(corrections, corrected, proposed))
    else:
        _show(corrections, corrected, proposed)
    if not as_json and not keep and not corrections.empty:
        console().print(_("Nothing is written yet: add --keep."), style="dim")


def _write(place: Path, corrections: Corrections) -> None:
    try:
        write_private(place, correcting.to_yaml(corrections).encode())
    except OSError as error:
        raise StoreUnwritable(
            _("{file} cannot be written ({error}).").format(file=place, error=error.strerror)
        ) from error
    click.echo(place, err=True)


def _pairs(options: Sequence[str], option: str) -> Iterator[tuple[str, str]]:
    for text in options:
        before, equals, after = text.partition("=")
        if not equals or not before.strip():
            raise click.UsageError(
                _("{option} takes two values with = between: {text}").format(option=option, text=text)
            )
        yield before.strip(), after.strip()


def _turns(text: str) -> tuple[int, ...]:
    from comparia.correcting.files import turn_numbers

    try:
        return turn_numbers(text.split(","))
    except ValueError as error:
        raise click.UsageError(
            _("“{text}” is no turn, and no range of turns.").format(text=error) + " " + _("Write 12, or 12-15.")
        ) from error


def _united(known: Sequence[_Item], added: Sequence[_Item]) -> tuple[_Item, ...]:
    return (*known, *(item for item in added if item not in known))


def _glossary(known: Sequence[Term], terms: Sequence[str], heard: Iterator[tuple[str, str]]) -> tuple[Term, ...]:
    glossary = {term.write: term for term in known}
    for name in terms:
        glossary.setdefault(name, Term(write=name))
    for words, name in heard:
        term = glossary.get(name, Term(write=name))
        glossary[name] = term.model_copy(update={"heard": _united(term.heard, [words])})
    return tuple(glossary.values())


def _show_turns(transcript: Transcript, name: str) -> None:
    from comparia.references.files import speaker_named

    try:
        speaker = speaker_named(name, transcript)
    except InputError as error:
        raise InputError(error.message, cure=error.cure) from error
    for turn in transcript.turns:
        if turn.speaker == speaker:
            click.echo(shown_text(f"T{turn.number}  {turn.text}"))


def _show(corrections: Corrections, corrected: Corrected, proposed: Sequence[Proposal]) -> None:
    from rich.text import Text

    out = console()
    for key, effects in corrected.effects.items():
        section, _dot, rank = key.partition(".")
        what = corrections.glossary[int(rank)].write if section == "glossary" else _named(corrections, int(rank))
        places = ngettext("{n} place", "{n} places", len(effects)).format(n=number(len(effects)))
        if section == "glossary" and not corrections.glossary[int(rank)].heard:
            continue
        out.print(Text(shown_text(f"{what}: {places}"), style="bold" if effects else "yellow"))
        most = MOST_SHOWN if any(effect.before for effect in effects) else MOST_READ
        for effect in effects[:most]:
            change = f"{effect.before} → {effect.after}" if effect.before else f"→ {effect.speaker}: {effect.after}"
            out.print(Text(shown_text(f"  T{effect.turn}  {change}")[: max(60, out.width)]))
        if len(effects) > most:
            out.print(f"  … +{len(effects) - most}")
    if proposed:
        out.print(Text(_("Perhaps misheard: keep what is right with --heard"), style="bold"))
        for one in proposed[:MOST_SHOWN]:
            said = ngettext("{n} time", "{n} times", one.times).format(n=number(one.times))
            turns = ", ".join(f"T{turn}" for turn in one.turns[:5])
            out.print(Text(shown_text(f"  --heard {one.heard!r}={one.write!r}  {said}: {turns}")))


def _named(corrections: Corrections, rank: int) -> str:
    entry = correcting.to_yaml(Corrections(corrections=(corrections.corrections[rank],)))
    lines = (line.strip(" -") for line in entry.splitlines()[1:])
    return ", ".join(line for line in lines if line)


def _as_json(corrections: Corrections, corrected: Corrected, proposed: Sequence[Proposal]) -> str:
    document = {
        "corrections": corrections.model_dump(mode="json"),
        "transcript": corrected.transcript.id,
        "parent": corrected.transcript.parent,
        "effects": {key: [effect._asdict() for effect in effects] for key, effects in corrected.effects.items()},
        "turns": {str(turn): list(numbers) for turn, numbers in corrected.turns.items()},
        "proposed": [one._asdict() for one in proposed],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _record(run_id: str, recording: Path, outputs: Path | None) -> str:
    """Give a stored run its recording, and return the id of the run."""
    run = record_run(run_id, recording, settings_for(outputs))
    out = console(stderr=True)
    if run.transcript.recording is not None:
        out.print(shown_text(labelled(_("Recording"), recording_phrase(run.transcript.recording))), markup=False)
    for notice in run.transcript.notices:
        if notice.code.startswith("recording_"):
            out.print(shown_text(notice_text(notice)), style="yellow", markup=False)
    return run.id


def _correct_run(run_id: str, corrections: Corrections, outputs: Path | None, *, as_json: bool) -> None:
    settings = settings_for(outputs)
    done = library.correct_run(run_id, corrections, settings=settings)
    written = reports.write(done.run, report_folder(settings, done.run))
    if as_json:
        click.echo(reports.render(done.run, "json"), nl=False)
        return
    out = console()
    terminal.show(done.run, out)
    carried = ngettext("{n} settled verdict is kept.", "{n} settled verdicts are kept.", done.carried)
    out.print(carried.format(n=number(done.carried)))
    for point, variant in done.reopened:
        out.print(_("To settle again: {point} in {recap}").format(point=point, recap=variant), style="yellow")
    for point in done.lost:
        out.print(_("{point} lost words that said it.").format(point=point), style="yellow")
    for path in written:
        click.echo(path)
