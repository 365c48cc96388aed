"""What the pages keep: drafts, choices, compositions, stages, questions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import model_validator

from comparia.records.base import Record
from comparia.records.corrections import Corrections
from comparia.records.runs import Piece
from comparia.records.sessions import ContextDocument, Recording, Transcript

_ITEM = re.compile(r"(-|\d{1,3}[.)]) ")
_ALONE = re.compile(r"#{1,6} |\||```")
_MARK = re.compile(r"(?:#{1,6}|-|\d{1,3}[.)]|>) ")


class Passage(Piece):
    """A passage of a recap being composed: a piece, and its place in the work on it."""

    id: str = ""
    """Names it within its composition, whatever becomes of its words."""
    turn: int = 0
    """Number of the turn of the session whose words it holds; 0 for none."""
    joined: bool = False
    """Whether it goes on in the paragraph of the passage before it."""
    other_of: str = ""
    """Id of a passage that was changed in two windows at once, of which these are the other words; empty for none."""

    @property
    def piece(self) -> Piece:
        """What is kept of it with the recap."""
        return Piece(text=self.text, variant=self.variant, original=self.original)


class ComposedState(Record):
    """What a recap being composed was at one time: its passages are in `Composition.passages`."""

    id: str
    """Hash of its content."""
    author: str
    """Who composed it."""
    places: tuple[int, ...]
    """Where each of its passages stands among those of the composition, in order."""


class Composition(Record):
    """A recap being composed from the variants of a run and from one's own words."""

    author: str = ""
    """Who composes it, as given."""
    pieces: tuple[Passage, ...] = ()
    """In order."""
    recap: str = ""
    """Id of the variant that it was put beside the others as; empty before."""
    states: tuple[ComposedState, ...] = ()
    """What it was, and what windows sent of it, the oldest first."""
    passages: tuple[Passage, ...] = ()
    """Every passage of these states, each once."""
    undo: tuple[str, ...] = ()
    """Ids of the states that one goes back to, the nearest last."""
    redo: tuple[str, ...] = ()
    """Ids of the states that were gone back from, the nearest last."""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, values: Any) -> Any:
        """Name the passages of a composition of an earlier version, which had no names."""
        if not isinstance(values, dict) or not isinstance(values.get("pieces"), list):
            return values
        pieces = [
            {**piece, "id": piece.get("id") or f"p{number}"} if isinstance(piece, dict) else piece
            for number, piece in enumerate(values["pieces"], start=1)
        ]
        return {**values, "pieces": pieces}

    @property
    def text(self) -> str:
        """The recap, Markdown."""
        text = before = ""
        for piece in self.pieces:
            words = piece.text.strip()
            if not words:
                continue
            if piece.joined and before and not _ALONE.match(before) and not _ALONE.match(words):
                text = f"{text} {_MARK.sub('', words, count=1)}"
                continue
            is_list = _ITEM.match(before) and _ITEM.match(words)
            text = "".join((text, ("\n" if is_list else "\n\n") if text else "", words))
            before = words
        return text


class Asked(Record):
    """A question put on the stage about a prompt or a recap, and its answer."""

    kind: Literal["critique", "challenge"]
    """Critique a prompt, or challenge a recap."""
    of: str
    """Id of the run whose prompt or recap it is about."""
    variant: str = ""
    """Id of the recap, for a challenge."""
    backend: str
    """Who was asked."""
    at: datetime
    """When the answer came."""
    text: str
    """The answer, Markdown, names put back."""
    prompt: str = ""
    """The prompt that was criticised, as it was typed; empty for a challenge, and where it is not known."""
    request: str = ""
    """Id of the request, the same for the same question; empty where it is not known."""


class Stage(Record):
    """The versions of one prompt tried on one session, in the order they were tried."""

    id: str
    """Random id."""
    title: str
    """Title of the session."""
    created_at: datetime
    """When it was opened."""
    runs: tuple[str, ...] = ()
    """Ids of the runs, a version each."""
    asked: tuple[Asked, ...] = ()
    """Critiques and challenges."""
    recorded: tuple[str, ...] = ()
    """Ids of the recorded runs to be played, for a stage that is replayed."""
    given: int = 0
    """How many of the runs were there when a stage that is replayed was opened: extracts, which no model wrote."""
    rehearsed: tuple[str, ...] = ()
    """Ids of the runs of a rehearsal, a version each: what they answered is shown where a model cannot be reached."""
    draft: str = ""
    """The prompt as it was last being typed; empty once it is run."""
    hidden: bool = False
    """Whether the stage hides who writes what, and the scores, until a room has voted."""
    emptied: bool = False
    """Whether the prompt being typed was emptied: an empty draft is then what was typed."""
    choices: Choices | None = None
    """Who was last chosen to write; None for those of the version shown."""


class Choices(Record):
    """What a person chose on a page: whom to ask, with which prompts, and what may leave."""

    backends: tuple[str, ...] = ()
    """Names of the backends that are ticked."""
    other: str = ""
    """Backends typed by hand, one a line."""
    prompts: tuple[str, ...] = ()
    """Prompts that are ticked, as set/file."""
    policy: str = ""
    """How far the text may travel; the settings' when empty."""
    pseudonyms: str = ""
    """When names are hidden; the settings' when empty."""
    points: bool | None = None
    """Whether the models list the key points where none are given; the settings' when None."""
    judging: bool | None = None
    """Whether the models judge where words cannot tell; the settings' when None."""


class Draft(Record):
    """A session that was given and has not been sent: its files, and what a person said of them."""

    id: str
    """Random id."""
    files: tuple[tuple[str, str], ...]
    """Name and content (base64) of each file, speech first."""
    session: Transcript | None = None
    """The session of an earlier run that is to be compared again, instead of files."""
    title: str = ""
    """Title given, empty for the file's name."""
    date: str = ""
    """Date given."""
    language: Literal["fr", "en"] | None = None
    """Language stated; guessed when None."""
    speakers: Mapping[str, str] = {}
    """Who labels stand for, as confirmed by a person."""
    believed: tuple[str, ...] = ()
    """Labels that a person confirms to name who speaks, of which the reader doubted."""
    repaired: bool = False
    """Whether accents are repaired, of files saved twice in two encodings."""
    hidden: tuple[str, ...] = ()
    """Words to hide as well."""
    left: tuple[str, ...] = ()
    """Names to leave as they are."""
    organisations: bool = False
    """Whether associations and companies are hidden too."""
    reference: str = ""
    """Key points given with it (YAML)."""
    kind: str = ""
    """Short name of the kind of session whose choices were taken; empty where none were."""
    choices: Choices | None = None
    """What was chosen on its page; None before anything was."""
    corrections: Corrections | None = None
    """What a person corrected of it; None for nothing. Turns are those of the session as it was given."""
    context: tuple[ContextDocument, ...] = ()
    """Documents given with it, that nobody said."""
    people: Mapping[str, Mapping[str, str]] = {}
    """Attributes of its people, by name, from a table given with it; no model is sent them."""
    run: str = ""
    """Id of the run whose session it is; empty where it was given as files."""
    sample: str = ""
    """Name of the sample session it is, empty for any other."""
    recording: Recording | None = None
    """The recording of the session, where one was given."""
    sent: tuple[str, ...] = ()
    """Ids of the runs it was sent as: its texts lie with the last of them, and no longer here."""

    @property
    def label(self) -> str:
        """Its title; the name of its first file where it has none."""
        return self.title or (self.files[0][0] if self.files else self.id)
