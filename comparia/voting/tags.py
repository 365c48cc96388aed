"""Tags that voters may put on a recap, such as "false consensus"; each installation has its own list."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from comparia.records import Tag

FIRST = (
    Tag(id="minority_erased", fr="voix minoritaire effacée", en="minority voice erased"),
    Tag(id="false_consensus", fr="faux consensus", en="false consensus"),
    Tag(id="invented_words", fr="propos inventés", en="invented words"),
    Tag(id="wrong_attribution", fr="mauvaise attribution", en="wrong attribution"),
    Tag(id="lost_nuance", fr="nuance perdue", en="lost nuance"),
    Tag(id="slanted_tone", fr="ton orienté", en="slanted tone"),
    Tag(id="useful_to_decide", good=True, fr="utile pour décider", en="useful to decide"),
)
"""The list of tags of a new installation."""


def changed(tags: Sequence[Tag], wanted: Sequence[Tag], new: Sequence[tuple[str, str, bool]]) -> list[Tag]:
    """Return the list of tags after a person's edits: reworded, archived, restored or added. No tag is deleted.

    Args:
        tags: the list before.
        wanted: the edited tags; one that is missing is archived.
        new: tags to add: French label, English label, whether the tag is favourable to a recap.
    """
    by_id = {tag.id: tag for tag in wanted}
    edited_tags = [by_id.get(tag.id, tag.model_copy(update={"archived": True})) for tag in tags]
    new_tags = [Tag(id=f"own_{secrets.token_hex(4)}", good=good, fr=fr or en, en=en or fr) for fr, en, good in new]
    return [*edited_tags, *new_tags]
