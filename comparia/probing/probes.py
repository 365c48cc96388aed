"""Counterfactual probes as a study file describes them, one `[[probe]]` table each.

[[probe]]
id = "p06-last"
kind = "move_view"          # one of KINDS; each has the fields of its class
point = "P06"
to = "end"
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, ValidationError

from comparia.errors import ProbeError, told
from comparia.messages import gettext as _
from comparia.records import Record

Gender = Literal["m", "f"]
Filled = Annotated[str, Field(min_length=1)]


class NewWords(Record):
    """Exact words of a turn, and those that are said instead."""

    words: Filled
    """The words, as they stand in the turn."""
    by: Filled
    """What is said instead."""
    turn: int | None = Field(None, ge=1)
    """Number of the turn; needed where several turns hold the words."""


class NewTurn(Record):
    """A turn, or some of its words, in another register."""

    turn: int = Field(ge=1)
    """Number of the turn."""
    words: str = ""
    """Words of the turn, as they stand in it; the whole turn when empty."""
    by: Filled
    """What is said instead."""


class NewName(Record):
    """A person, and the name that they get."""

    name: Filled
    """Name of a speaker, or of somebody whom the session names."""
    new_name: Filled
    """The new name, invented."""
    from_gender: Gender | None = None
    """Gender of the person; with `to_gender`, civilities, articles and titles next to the name follow."""
    to_gender: Gender | None = None
    """Gender that the new name tells."""
    also_called: tuple[Filled, ...] = ()
    """Other ways the session speaks of that person, such as `Monsieur le maire`, whose words follow the gender."""


class NewPoint(Record):
    """A key point that is turned into its opposite."""

    point: Filled
    """Id of the key point."""
    text: Filled
    """The opposite, in one sentence: what the key point says from then on."""
    replace: tuple[NewWords, ...] = Field(min_length=1)
    """The words that say it, in every turn that is quoted, and their opposite."""


class _Probe(Record):
    id: str = ""
    """Name of the probe in tables; its kind when empty."""


class SwapNames(_Probe):
    """Give people other names, in labels and in every mention."""

    kind: Literal["swap_names"] = "swap_names"
    """What it does."""
    names: tuple[NewName, ...] = Field(min_length=1)
    """Who gets which name."""


class PermuteTurns(_Probe):
    """Permute turns of equal standing within their block; times stay where they are."""

    kind: Literal["permute_turns"] = "permute_turns"
    """What it does."""
    seed: int
    """Draws the order."""
    turns: tuple[int, ...] = ()
    """Turns that may change places, as one block. When empty, blocks are found: turns in a row of one channel and of
    one role, each of another speaker, of no moderator, none answering another."""


class AssignView(_Probe):
    """Give the turns of a key point to another speaker."""

    kind: Literal["assign_view"] = "assign_view"
    """What it does."""
    point: Filled
    """Id of the key point."""
    to: Filled
    """Name of a speaker of the session, or a standing, `senior` or `junior`, whose `label` is given."""
    label: str = ""
    """Who has that standing, as the session names them: `Le directeur`, `Un stagiaire`."""


class MoveView(_Probe):
    """Move the turns of a key point to another place of the session; times stay where they are."""

    kind: Literal["move_view"] = "move_view"
    """What it does."""
    point: Filled
    """Id of the key point."""
    to: Literal["start", "middle", "end"]
    """After the moderator's opening turn; where half of the words are said; before the moderator's closing turn."""


class Paraphrase(_Probe):
    """Say a key point in other words."""

    kind: Literal["paraphrase"] = "paraphrase"
    """What it does."""
    point: Filled
    """Id of the key point."""
    replace: tuple[NewWords, ...] = Field(min_length=1)
    """Words of its quotations, and those that are said instead."""


class AddHolder(_Probe):
    """Have one more speaker hold a key point, right after its first holder."""

    kind: Literal["add_holder"] = "add_holder"
    """What it does."""
    point: Filled
    """Id of the key point."""
    speaker: Filled
    """Name of a speaker, of the session or invented."""
    text: Filled
    """What they say."""


class MirrorMajority(_Probe):
    """Turn what the majority holds into its opposite."""

    kind: Literal["mirror_majority"] = "mirror_majority"
    """What it does."""
    points: tuple[NewPoint, ...] = Field(min_length=1)
    """The key points, none of which is a minority view."""


class AsChat(_Probe):
    """Write the turns of a key point in the chat instead of saying them."""

    kind: Literal["as_chat"] = "as_chat"
    """What it does."""
    point: Filled
    """Id of the key point."""


class Register(_Probe):
    """Have a speaker speak in another register, or at another level of the language."""

    kind: Literal["register"] = "register"
    """What it does."""
    speaker: Filled
    """Name of the speaker."""
    replace: tuple[NewTurn, ...] = Field(min_length=1)
    """Their turns, or words of them, and what is said instead."""


Probe = Annotated[
    SwapNames | PermuteTurns | AssignView | MoveView | Paraphrase | AddHolder | MirrorMajority | AsChat | Register,
    Field(discriminator="kind"),
]
"""One change of a session, of which everything else is kept."""

KINDS: Mapping[str, type[Any]] = {each.model_fields["kind"].default: each for each in get_args(get_args(Probe)[0])}
"""Each kind of probe, by the word that stands in the file."""


def parse_probe(table: Mapping[str, Any], file: str = "") -> Probe:
    """Return the probe that one `[[probe]]` table describes.

    Args:
        table: the table, as TOML gives it.
        file: name of the study file, for errors.

    Raises:
        ProbeError: it has another shape; the key is named.
    """
    content = dict(table)
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        problem = _("is missing") if kind is None else _("must be one of {names}").format(names=", ".join(KINDS))
        cure = _("Known: {names}.").format(names=", ".join(KINDS)) if kind is None else ""
        raise ProbeError(_("{field}: {problem}.").format(field="probe.kind", problem=problem), file, cure=cure)
    try:
        probe: Probe = KINDS[kind].model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, ["probe", *first["loc"]]))
        name = content.get("id") or kind
        problem = _("{field}: {problem}.").format(field=place, problem=told(first))
        raise ProbeError(f"{name}: {problem}", file) from error
    return probe
