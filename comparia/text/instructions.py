"""Instructions to models: Markdown files of `comparia/words`, one a language, filled with named values."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from comparia.text.wordlists import FOLDER

_FIELD = re.compile(r"\{\{ (\w+) \}\}")


def instruction(name: str, language: Literal["fr", "en"], **values: str) -> str:
    """Return the instruction of a name in a language, its fields replaced; fields inside a value are not replaced.

    Raises:
        KeyError: the file has a field that has no value here.
    """
    return _FIELD.sub(lambda field: values[field[1]], _file(name, language))


@cache
def _file(name: str, language: Literal["fr", "en"]) -> str:
    return (FOLDER / f"{name}.{language}.md").read_text("utf-8").strip()
