"""The key points of a session: loaded from their file, found beside it, suggested."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from comparia.config import Settings, load_settings
from comparia.errors import ReferenceFileError
from comparia.library.kept import open_store
from comparia.library.sessions import hiding_by
from comparia.messages import gettext as _
from comparia.records import (
    Reference,
    Run,
    Transcript,
    Zone,
)

if TYPE_CHECKING:
    from comparia.privacy import Hiding


def load_reference(path: str | Path, transcript: Transcript) -> Reference:
    """Load a reference (key points, YAML) and tie its quotes to the turns of `transcript`.

    Of a session that was corrected, a file written before is read too: its words are corrected, and the key points that
    lost a quotation are warned of.

    Raises:
        ReferenceFileError: with file and line.
    """
    from comparia.text.yaml_lines import read_text

    return parse_reference(read_text(Path(path), ReferenceFileError), transcript, Path(path).as_posix())


def parse_reference(text: str, transcript: Transcript, file: str = "reference.yaml") -> Reference:
    """Read a reference from its text, as `load_reference` does. Raises ReferenceFileError, with the line at fault."""
    from comparia import references

    if transcript.corrections is None:
        return references.parse(text, transcript, file)
    from comparia import correcting

    try:
        return references.parse(text, transcript, file)  # written, or corrected, since
    except ReferenceFileError:
        lost: list[str] = []
        forms = correcting.forms_of(transcript.corrections)
        reference = references.parse(text, transcript, file, forms=forms, lost=lost)
    if lost:
        warnings.warn(
            _("{file}: words that say these key points are no longer in the session: {ids}").format(
                file=Path(file).name, ids=", ".join(lost)
            ),
            stacklevel=2,
        )
    return reference


def reference_beside(files: Sequence[Path], transcript: Transcript) -> tuple[Reference | None, str]:
    """Find the key points that lie beside the files of a session.

    Args:
        files: of the session, speech first.
        transcript: what was read of them.

    Returns:
        The key points, None where there are none or they are of another session; and then why they were left aside.

    Raises:
        ReferenceFileError: a file made for this very transcript (`NAME.reference.yaml`) cannot be used.
    """
    from comparia import references

    found = references.beside(files[0])
    if found is None:
        return None, ""
    try:
        return load_reference(found, transcript), ""
    except ReferenceFileError as error:
        if found.stem != "reference":
            raise
        said = _("{file} is not about this session: left aside ({reason})").format(file=found, reason=error.message)
        if others := references.not_given(found, files):
            names = ", ".join(other.name for other in others)
            said += " " + _("Beside it, and not given: {names}. If they are of this session, give them too.").format(
                names=names
            )
        return None, said


def join_references(
    references_of_sessions: Sequence[Reference | None], sessions: Sequence[Transcript], cycle: Transcript
) -> Reference | None:
    """Return the key points of the sessions of a cycle as those of the cycle, each once.

    Args:
        references_of_sessions: the key points of each session, None where it has none.
        sessions: the sessions, in the order of the cycle.
        cycle: the sessions as one (`join_sessions`).

    Returns:
        The key points; None where one of the sessions has none: a list without them would say nothing of it.
    """
    from comparia import references

    known = [reference for reference in references_of_sessions if reference is not None]
    return references.joined(known, sessions, cycle) if len(known) == len(sessions) else None


def suggest_reference(
    transcript: Transcript | Run,
    *,
    backend: str | Sequence[str] = "",
    votes: str | Path | None = None,
    moderators: Sequence[str] = (),
    limit: int | None = None,
    threshold: float = 0.2,
    policy: Zone | None = None,
    hiding: Hiding | None = None,
    settings: Settings | None = None,
) -> tuple[Reference, str]:
    """Suggest the key points of a session, for a person to correct.

    Args:
        transcript: the session, or a run: then the union of what its recaps say, verified against the session.
        backend: a model to ask, or several, whose lists are united; none is asked when empty.
        votes: a JSON file of votes on the turns: `[{"turn": 1, "by_group": {"A": [agree, disagree, pass]}}]`.
        moderators: names of those who hold no view; detected when none is given.
        limit: most key points of a suggestion made without a model; by the length of the session when None.
        threshold: highest share of the voices that makes a minority view.
        policy: how far the session's text may travel; the settings' when None.
        hiding: how names are hidden from the model; the settings' when None.
        settings: read from comparia.toml and the environment when None.

    Returns:
        The reference, and what was left out of a model's answer.

    Raises:
        CompariaError: an unknown name, a refused zone, a model that does not answer, a file of another shape.
    """
    from comparia import references, suggesting
    from comparia.asking import model_named
    from comparia.backends.queue import run_sync
    from comparia.references.asking import believed_sentence
    from comparia.references.votes import load_votes
    from comparia.text import fences

    session = transcript.transcript if isinstance(transcript, Run) else transcript
    leading = tuple(references.speaker_named(name, session) for name in moderators)
    if isinstance(transcript, Run):
        return suggesting.from_recaps(transcript, moderators=leading, threshold=threshold), ""
    if votes is not None:
        return suggesting.from_votes(session, load_votes(Path(votes)), threshold=threshold), ""
    if not backend:
        return suggesting.offline(session, moderators=leading, limit=limit, threshold=threshold), ""
    settings = settings or load_settings()
    with open_store(settings) as store:
        names = [backend] if isinstance(backend, str) else backend
        work = suggesting.by_models(
            session,
            [model_named(name, settings, max_tokens=suggesting.ANSWER_TOKENS) for name in names],
            store,
            policy=policy or settings.policy,
            fence=store.runs.fence_of(session.id, hidden=True) or fences.drawn(),
            hiding=hiding or hiding_by(settings),
            moderators=leading,
            threshold=threshold,
        )
        reference, believed = run_sync(work)
        return reference, believed_sentence(believed)
