"""Kinds of session: those that come with the product, one's own, and the file by which one is shared.

A kind may come from somebody else. So it names models by their names alone, no address, no file and no key; what is not
known here is left out and said; and it may only make hiding stricter. Nothing is sent because of it: the plan shows
whom it asks before.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from comparia.config import HidingMode, Settings, catalogue
from comparia.errors import ConfigurationError, InputError, UnknownName, told
from comparia.files import private_folder, write_private
from comparia.messages import gettext as _
from comparia.records import Choices, DocumentChoices, SessionKind
from comparia.text.wordlists import FOLDER, LANGUAGES, Language

MOST_BYTES = 100_000
"""Bytes of the largest file of a kind of session."""
MODES: tuple[HidingMode, ...] = ("never", "auto", "always")
"""When names are hidden, the strictest last."""

_ANY_ADDRESS = ("openai-compatible", "litellm")
"""Entries of the catalogue that stand for any server."""
_SHORT_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_MODEL = re.compile(r"[\w.:/ +-]{1,200}")


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True)

    frame: bool = True
    points: bool = True
    method: bool = True
    people: Literal["kept", "initials", "pseudonyms"] = "kept"
    times: bool = False
    format: Literal["docx", "odt"] = "docx"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True, str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=80)
    language: Literal["fr", "en"]
    about: str = Field("", max_length=300)
    prompts: list[str] = Field([], max_length=12)
    models: list[str] = Field([], max_length=12)
    names: Literal["", "auto", "always"] = ""
    outline: list[str] = Field([], max_length=40)
    document: _Document = _Document()


class ReadKind(NamedTuple):
    """A kind of session as its file tells it, and what of the file is left out."""

    kind: SessionKind
    """The kind."""
    left_out: tuple[str, ...]
    """Names of the models and prompts that are not known here."""


def session_kinds(language: Language, *, settings: Settings) -> list[SessionKind]:
    """Return the kinds of session of a language: the shipped ones, each as one changed it, then one's own."""
    own = {kind.id: kind for kind in _own(settings)[0] if kind.language == language}
    shipped = {kind.id: kind for kind in _shipped() if kind.language == language}
    return [*(own.get(id_, kind) for id_, kind in shipped.items()), *(k for k in own.values() if k.id not in shipped)]


def session_kind(id_: str, language: Language, *, settings: Settings) -> SessionKind:
    """Return one kind of session. Raises UnknownName."""
    kinds = {kind.id: kind for kind in session_kinds(language, settings=settings)}
    if id_ not in kinds:
        raise UnknownName(_("kind of session"), id_, kinds)
    return kinds[id_]


def unreadable_kinds(settings: Settings) -> list[str]:
    """Return what is wrong with the files of kinds of session that cannot be read, each with its name."""
    return _own(settings)[1]


def keep_kind(kind: SessionKind, *, settings: Settings) -> None:
    """Keep a kind of session as one's own, in place of the one of the same short name.

    Raises:
        InputError: it holds what its file cannot: no name, more models than twelve.
        ConfigurationError: it cannot be written.
    """
    file = _place(kind.id, kind.language, settings)
    text = kind_as_toml(kind)
    read_kind(text, kind.id, settings=settings)
    try:
        private_folder(file.parent)
        write_private(file, text.encode())
    except OSError as error:
        raise ConfigurationError(
            _("{place} cannot be written ({error}).").format(place=file, error=error.strerror)
        ) from error


def remove_kind(id_: str, language: Language, *, settings: Settings) -> None:
    """Remove a kind of one's own; one that comes with the product is then as it came.

    Raises:
        UnknownName: it is not one's own.
        ConfigurationError: it cannot be removed.
    """
    if not session_kind(id_, language, settings=settings).is_own:
        raise UnknownName(_("kind of session"), id_, ())
    file = _place(id_, language, settings)
    try:
        file.unlink()
    except OSError as error:
        raise ConfigurationError(
            _("{place} cannot be written ({error}).").format(place=file, error=error.strerror)
        ) from error


def fresh_kind_id(name: str, language: Language, *, settings: Settings) -> str:
    """Return a short name, made of a name for people, that no kind of session of this language has."""
    from comparia.reports.markdown import slug

    taken = {kind.id for kind in session_kinds(language, settings=settings)}
    stem = slug(name)[:50].strip("-")
    return next(id_ for id_ in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if id_ not in taken)


# Its file -------------------------------------------------------------------------------------------------------------


def read_kind(text: str, id_: str, *, settings: Settings, file: str = "") -> ReadKind:
    """Read a kind of session from its file (TOML, as `kind_as_toml` writes it).

    Args:
        text: of the file.
        id_: short name that it gets.
        settings: name the models of one's own.
        file: name of the file, for errors.

    Raises:
        InputError: not such a file, or one that names an address, a file or a field that it cannot hold.
    """
    content = _read_file(text, file)
    _check_models(content.models, file)
    prompts = [name for name in content.prompts if name in known_prompts()]
    models = [name for name in content.models if is_model(name, settings)]
    outline = tuple(filter(None, (" ".join(line.split())[:200] for line in content.outline)))
    kind = SessionKind(
        id=id_,
        name=" ".join(content.name.split()),
        language=content.language,
        about=" ".join(content.about.split()),
        prompts=tuple(dict.fromkeys(prompts)),
        models=tuple(dict.fromkeys(models)),
        names=content.names,
        document=DocumentChoices(**content.document.model_dump(), outline=outline),
        is_own=True,
    )
    left_out = [*(p for p in content.prompts if p not in prompts), *(m for m in content.models if m not in models)]
    return ReadKind(kind, tuple(left_out))


def _read_file(text: str, file: str) -> _File:
    """Return what the file of a kind of session holds. Raises InputError."""
    try:
        return _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InputError(_("this is not a TOML file: {error}").format(error=error), file) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            _("{place}: {problem}.").format(place=place, problem=told(first)),
            file,
            cure=_("Give a file that Comparia wrote: “Download” beside a kind of session."),
        ) from error


def _check_models(models: Sequence[str], file: str) -> None:
    """Raise InputError where what should be the name of a model is an address or a file."""
    for model in models:
        if not _MODEL.fullmatch(model) or "://" in model or model.startswith(("/", "gguf:", "replay:")):
            raise InputError(
                _(
                    "a kind of session names models by their names alone, and this is an address or a file: {model}"
                ).format(model=model[:80]),
                file,
                cure=_("Add the server in the settings under a name, and write that name."),
            )


def kind_as_toml(kind: SessionKind) -> str:
    """Return a kind of session as the file that `read_kind` reads back."""
    import tomlkit

    document = tomlkit.document()
    document.add(
        tomlkit.comment(_("A kind of session, for Comparia: what is chosen for it. It holds no address and no key."))
    )
    for name in ("name", "language", "about"):
        document.add(name, getattr(kind, name))
    document.add("prompts", list(kind.prompts))
    document.add("models", list(kind.models))
    document.add("names", kind.names)
    outline = tomlkit.array()
    outline.extend(kind.document.outline)
    document.add("outline", outline.multiline(multiline=bool(kind.document.outline)))
    chosen = {name: getattr(kind.document, name) for name in _Document.model_fields}
    document.add("document", tomlkit.item(chosen))
    return tomlkit.dumps(document)


def is_model(name: str, settings: Settings) -> bool:
    """Return whether a name is one of somebody who can write here: an extract, a provider's model, one of one's own."""
    from comparia.backends.extractive import ALGORITHMS

    head, _colon, model = name.partition(":")
    if head == "extractive":
        return model in ALGORITHMS
    if name in settings.backends or head in settings.backends:
        return True
    preset = catalogue().get(head)
    if preset is None or not model or head in _ANY_ADDRESS:
        return False
    return preset.kind in ("openai_compatible", "litellm")


@cache
def known_prompts() -> frozenset[str]:
    """Return the prompts that come with the product, as set/file."""
    from comparia.library.comparisons import load_prompt_set
    from comparia.prompts import SHIPPED_SETS

    return frozenset(f"{name}/{prompt.file}" for name in SHIPPED_SETS for prompt in load_prompt_set(name))


# Used -----------------------------------------------------------------------------------------------------------------


def with_kind(choices: Choices, kind: SessionKind, *, settings: Settings) -> Choices:
    """Return what is chosen for a session, as its kind has it.

    Names are hidden at least as strictly as the session's own choice, or as the settings where it has none.
    """
    mode = stricter(choices.pseudonyms or settings.pseudonyms, kind.names)
    changes: dict[str, Any] = {"pseudonyms": mode}
    if kind.prompts:
        changes["prompts"] = kind.prompts
    if kind.models:
        changes |= {"backends": kind.models, "other": ""}
    return choices.model_copy(update=changes)


def kind_of_choices(
    name: str, language: Language, choices: Choices, document: DocumentChoices, *, settings: Settings
) -> ReadKind:
    """Return what is chosen for a session as a kind of one's own, and the models that it cannot name."""
    asked = [*choices.backends, *filter(None, (line.strip() for line in choices.other.replace(",", "\n").splitlines()))]
    models = [name for name in asked if is_model(name, settings) and _MODEL.fullmatch(name)]
    modes = {"always": "always", "auto": "auto"}
    kind = SessionKind.model_validate(
        {
            "id": fresh_kind_id(name, language, settings=settings),
            "name": " ".join(name.split())[:80].strip(),
            "language": language,
            "prompts": [place for place in choices.prompts if place in known_prompts()],
            "models": models,
            "names": modes.get(choices.pseudonyms, ""),
            "document": document.model_copy(update={"recap": "", "title": None, "date": None, "place": None}),
            "is_own": True,
        }
    )
    return ReadKind(kind, tuple(model for model in asked if model not in models))


def stricter(one: str, other: str) -> HidingMode:
    """Return the stricter of two ways of hiding names; a word that is none counts for nothing."""
    return max((mode for mode in MODES if mode in (one, other)), key=MODES.index, default="auto")


# Where they lie -------------------------------------------------------------------------------------------------------


@cache
def _shipped() -> tuple[SessionKind, ...]:
    order = ("council", "public-meeting", "workshop", "neighbourhood-council", "public-inquiry")
    return tuple(
        read_kind(
            (FOLDER / "kinds" / f"{id_}.{language}.toml").read_text("utf-8"), id_, settings=Settings()
        ).kind.model_copy(update={"is_own": False})
        for language in LANGUAGES
        for id_ in order
    )


def _own(settings: Settings) -> tuple[list[SessionKind], list[str]]:
    """Return one's own kinds of session, and what is wrong with the files that cannot be read."""
    kinds, problems = [], []
    for file in sorted(_folder(settings).glob("*.toml")):
        id_, _dot, language = file.stem.rpartition(".")
        if language not in get_args(Language) or not _SHORT_NAME.fullmatch(id_):
            continue
        try:
            with file.open("rb") as opened:
                text = opened.read(MOST_BYTES).decode("utf-8")
            kind = read_kind(text, id_, settings=settings, file=file.name).kind
        except (OSError, UnicodeDecodeError, InputError) as error:
            problems.append(error.message if isinstance(error, InputError) else f"{file.name}: {error}")
            continue
        kinds.append(kind.model_copy(update={"language": language}))
    return kinds, problems


def _place(id_: str, language: str, settings: Settings) -> Path:
    if not _SHORT_NAME.fullmatch(id_):
        raise UnknownName(_("kind of session"), id_, ())
    return _folder(settings) / f"{id_}.{language}.toml"


def _folder(settings: Settings) -> Path:
    return settings.outputs / "kinds"
