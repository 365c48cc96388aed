"""Every error a user can meet, in one tree.

CompariaError                 message + cure; rendered on one line, never with a traceback
├── InputError                a file that cannot be used, with its name and line
│   ├── TranscriptError
│   ├── PromptError
│   ├── ReferenceFileError
│   ├── ProbeError            a counterfactual probe of a study file, or what it asks of a session
│   ├── StudyError            a study file, or an archive of a study
│   └── RunFileError
├── ConfigurationError        comparia.toml or an environment variable
│   ├── UnknownName           a backend, metric, format or run nobody knows; says the nearest ones
│   ├── MissingKey            names the variable to set
│   ├── MissingExtra          names the command that installs it
│   └── PluginError           a plug-in that does not import, or bears a name that is taken; names its package
├── Interrupted               Ctrl-C; says how to carry on
├── OutboundRefused           the session's policy does not allow this sending
├── StoreError                the database or an output folder
│   ├── StoreUnwritable
│   ├── StoreCorrupted
│   └── StoreNewer
└── BackendError              one call that failed; recorded as a Failure, never raised past whoever asked
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from comparia.messages import gettext as _


def with_cure(message: str, cure: str) -> str:
    """Return what is wrong and what to do about it, as two sentences; the first alone where nothing can be done."""
    ended = "" if not cure or message.endswith((".", "!", "?", "…", ":", "»", ")")) else "."
    return f"{message}{ended} {cure}".strip()


class CompariaError(Exception):
    """Something the user can do something about.

    Args:
        message: what is wrong, in the reader's language.
        cure: what to do about it.
        on_page: what to do about it in the browser, where the cure is a command or names a file of settings.
    """

    exit_code = 1
    """Exit code of a command that ends with it."""

    def __init__(self, message: str, cure: str = "", *, on_page: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure
        self.on_page = cure if on_page is None else on_page

    def __str__(self) -> str:
        return with_cure(self.message, self.cure)


class Interrupted(CompariaError):
    """Stopped by the user; nothing that had arrived is lost."""

    exit_code = 130


class InputError(CompariaError):
    """A file that cannot be used.

    Args:
        message: what is wrong.
        file: its name.
        line: the line (from 1) where it was seen, if one line is to blame.
        cure: what to do.
        on_page: what to do in the browser, where that differs.
    """

    def __init__(
        self,
        message: str,
        file: str | Path = "",
        line: int | None = None,
        cure: str = "",
        *,
        on_page: str | None = None,
    ) -> None:
        super().__init__(message, cure, on_page=on_page)
        self.file = str(file)
        self.line = line

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.file and self.line else self.file
        return f"{place}: {super().__str__()}" if place else super().__str__()


class TranscriptError(InputError):
    """A transcript nobody can read as speech."""


class PromptError(InputError):
    """A prompt file that cannot be rendered."""


class ReferenceFileError(InputError):
    """A reference (key points) that cannot be used with this transcript."""


class ProbeError(InputError):
    """A counterfactual probe that cannot be read, or cannot be applied to a session."""


class StudyError(InputError):
    """A study file, or an archive of a study, that cannot be used."""


class RunFileError(InputError):
    """An exchange file of a run that cannot be read."""


class ConfigurationError(CompariaError):
    """`comparia.toml`, an option or an environment variable is wrong."""


class PluginError(ConfigurationError):
    """What another package adds cannot be used."""


class UnknownName(ConfigurationError):
    """A name nobody knows, with the nearest known ones.

    Args:
        what: the kind of thing, already in the reader's language ("backend", "metric").
        name: what was asked for.
        known: the names that exist.
    """

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.5)
        cure = (
            _("Did you mean {names}?").format(names=", ".join(near))
            if near
            else _("Known: {names}.").format(names=", ".join(names[:20]) or "-")
        )
        super().__init__(_("Unknown {what}: {name}.").format(what=what, name=name), cure)
        self.name = name


class MissingKey(ConfigurationError):
    """A backend needs a key that the environment does not hold."""

    def __init__(self, backend: str, variable: str) -> None:
        super().__init__(
            _("{backend} needs a key.").format(backend=backend),
            _("Set the environment variable {variable}.").format(variable=variable),
            on_page=_("Give its key in the settings."),
        )
        self.variable = variable


class MissingExtra(ConfigurationError):
    """An optional package is absent."""

    def __init__(self, feature: str, command: str) -> None:
        super().__init__(
            _("{feature} needs an optional package.").format(feature=feature),
            _("Install it with: {command}").format(command=command),
            on_page=_("Ask whoever installed Comparia to add it."),
        )


class OutboundRefused(CompariaError):
    """The outbound gate refused a sending."""


class StoreError(CompariaError):
    """The database or an output folder cannot be used."""


class StoreUnwritable(StoreError):
    """Read-only, full or forbidden place."""


class StoreCorrupted(StoreError):
    """The database file is not a sound Comparia database."""


class StoreNewer(StoreError):
    """The database was written by a newer Comparia."""


class BackendError(CompariaError):
    """One call to a backend that failed.

    Args:
        kind: one of `records.FailureKind`.
        message: what the backend answered, without any secret.
        cure: what the user can do.
        retryable: whether asking again may succeed.
        retry_after: seconds the server asked to wait, if it said so.
        usage: `records.Usage` of what was read and written all the same; None where nothing is known.

    `attempts` is set by who retries.
    """

    attempts = 1

    def __init__(
        self,
        kind: str,
        message: str,
        cure: str = "",
        *,
        retryable: bool = False,
        retry_after: float | None = None,
        usage: Any = None,
    ) -> None:
        super().__init__(message, cure)
        self.kind = kind
        self.retryable = retryable
        self.retry_after = retry_after
        self.usage = usage


def told(error: Mapping[str, Any]) -> str:
    """What is wrong with one field, in the reader's language (pydantic speaks English only).

    Args:
        error: one of the errors of a pydantic ValidationError.
    """
    context = error.get("ctx", {})
    kind = str(error["type"])
    known = {
        "missing": _("is missing"),
        "extra_forbidden": _("is not a field of this file"),
        "bool_parsing": _("must be true or false"),
        "bool_type": _("must be true or false"),
        "string_type": _("must be text"),
        "list_type": _("must be a list"),
        "tuple_type": _("must be a list"),
        "string_too_short": _("is empty"),
        "too_short": _("is empty"),
        "int_parsing": _("must be a whole number"),
        "int_type": _("must be a whole number"),
        "float_parsing": _("must be a number"),
        "float_type": _("must be a number"),
        "json_invalid": _("is not JSON"),
        "not_a_word": _("must be one word in small letters, such as low"),
        "model_type": _("is not of the shape expected"),
        "dict_type": _("is not of the shape expected"),
    }
    if kind in ("reserved_field", "secret_field", "not_json"):
        return {
            "reserved_field": _("cannot hold {name}: Comparia writes it itself"),
            "secret_field": _("cannot hold {name}: a key is read from the environment, and kept nowhere"),
            "not_json": _("cannot hold {name}: only text, numbers, true or false, lists and tables can be sent"),
        }[kind].format(name=context.get("name", ""))
    if kind == "literal_error":
        return _("must be one of {names}").format(names=str(context.get("expected", "")).replace(" or ", ", "))
    limits = {
        "greater_than": _("must be more than {limit}"),
        "greater_than_equal": _("must be at least {limit}"),
        "less_than": _("must be less than {limit}"),
        "less_than_equal": _("must be at most {limit}"),
    }
    if kind in limits:
        return limits[kind].format(limit=next(iter(context.values()), ""))
    return known.get(kind) or str(error["msg"])
