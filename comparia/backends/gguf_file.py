"""What the header of a model file says (GGUF, versions 2 and 3), read within bounds and without loading the model."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from comparia.errors import ConfigurationError
from comparia.messages import gettext as _
from comparia.messages import number

MOST_ENTRIES = 200_000
"""Most entries of metadata, or tensors, of a header that is read."""
LONGEST_TEXT = 2_000_000
"""Longest text of a header, in bytes."""
MOST_CONTEXT, LEAST_CONTEXT = 16_384, 2048
"""Largest context window that is opened unless asked otherwise, and the least one that is of use, in tokens."""
SHARE_OF_MEMORY = 0.9
"""Share of the memory that is free which a model may take."""
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_FORMATS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_TEXT, _ARRAY = 8, 9


class ModelFile(NamedTuple):
    """A model file, by its header."""

    path: Path
    """Where it lies."""
    name: str
    """Name that the model gives itself; the file's where it gives none."""
    size: int
    """Bytes on the disk."""
    parameters: int
    """Number of weights."""
    trained_context: int
    """Longest text that it was trained to read, in tokens."""
    bytes_a_token: int
    """Memory that each token of the context window takes."""
    obeys: bool
    """Whether it has a chat template: without one it was made to continue texts, not to follow instructions."""

    def memory(self, context: int) -> int:
        """Return the bytes of memory that the model takes with a context window of some tokens."""
        return self.size + context * self.bytes_a_token


def read(path: Path) -> ModelFile:
    """Read the header of a model file.

    Raises:
        ConfigurationError: there is no such file, or it is not a whole model file.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            return _read(file, path, size)
    except OSError as error:
        raise ConfigurationError(
            _("{file} cannot be read ({error}).").format(file=path.name, error=error.strerror),
            _("Name a model file (.gguf) that is on this computer."),
        ) from error
    except (struct.error, ValueError, UnicodeDecodeError, MemoryError) as error:
        raise ConfigurationError(
            _("{file} is damaged, or is not a model file.").format(file=path.name),
            _("Fetch it again, or name another file (.gguf)."),
        ) from error


def context_of(model: ModelFile, wanted: int | None = None, available: int | None = None) -> int:
    """Return the context window to open a model with, in tokens: what is wanted, within its training and the memory.

    Args:
        model: the model.
        wanted: tokens; `MOST_CONTEXT` when None.
        available: bytes of memory that are free; measured when None.

    Raises:
        ConfigurationError: the model does not fit in the memory that is free.
    """
    free = available_memory() if available is None else available
    context = min(wanted or MOST_CONTEXT, model.trained_context)
    if free is None:
        return context
    room = int(free * SHARE_OF_MEMORY)
    if model.memory(min(context, LEAST_CONTEXT)) > room:
        raise ConfigurationError(
            _("{file} needs {needed} GB of memory, and {free} GB are free.").format(
                file=model.path.name, needed=_gigabytes(model.memory(LEAST_CONTEXT)), free=_gigabytes(free)
            ),
            _("Close other programs, or choose a smaller model."),
        )
    return max(min(context, LEAST_CONTEXT), min(context, (room - model.size) // max(1, model.bytes_a_token)))


def available_memory() -> int | None:
    """Return the bytes of memory that are free on this machine; None where it does not say."""
    try:
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError, AttributeError):
        return None


def _read(file: BinaryIO, path: Path, size: int) -> ModelFile:
    if file.read(4) != b"GGUF":
        raise ValueError("not a GGUF file")
    (version,) = struct.unpack("<I", _take(file, 4))
    if version not in (2, 3):
        raise ValueError(f"version {version}")
    tensors, entries = struct.unpack("<QQ", _take(file, 16))
    if tensors > MOST_ENTRIES or entries > MOST_ENTRIES:
        raise ValueError("too many entries")
    found: dict[str, Any] = {}
    for _entry in range(entries):
        key = _text(file)
        (kind,) = struct.unpack("<I", _take(file, 4))
        found[key] = _value(file, kind)
    weights, last = 0, 0
    for _tensor in range(tensors):
        _text(file)
        (dimensions,) = struct.unpack("<I", _take(file, 4))
        if dimensions > 8:
            raise ValueError("too many dimensions")
        shape = struct.unpack(f"<{dimensions}Q", _take(file, 8 * dimensions))
        _kind, offset = struct.unpack("<IQ", _take(file, 12))
        count = 1
        for length in shape:
            count *= length
        weights += count
        last = max(last, offset)
    if file.tell() + last >= size:
        raise ValueError("the file ends before its tensors")
    kind = str(found.get("general.architecture", ""))
    layers, width = int(found.get(f"{kind}.block_count") or 0), int(found.get(f"{kind}.embedding_length") or 0)
    heads = _most(found.get(f"{kind}.attention.head_count")) or 1
    shared = _most(found.get(f"{kind}.attention.head_count_kv")) or heads
    head = int(found.get(f"{kind}.attention.key_length") or width // heads)
    return ModelFile(
        path=path,
        name=str(found.get("general.name") or path.stem)[:120],
        size=size,
        parameters=weights,
        trained_context=int(found.get(f"{kind}.context_length") or LEAST_CONTEXT),
        bytes_a_token=2 * 2 * layers * shared * head,
        obeys=bool(found.get("tokenizer.chat_template")),
    )


def _take(file: BinaryIO, count: int) -> bytes:
    content = file.read(count)
    if len(content) != count:
        raise ValueError("the file ends too soon")
    return content


def _text(file: BinaryIO) -> str:
    (length,) = struct.unpack("<Q", _take(file, 8))
    if length > LONGEST_TEXT:
        raise ValueError("a text is too long")
    return _take(file, length).decode("utf-8", "replace")


def _value(file: BinaryIO, kind: int) -> Any:
    """Return a value of the metadata; of an array, its first value, or its number of values where they are texts."""
    if kind == _TEXT:
        return _text(file)
    if kind in _SIZES:
        return struct.unpack(_FORMATS[kind], _take(file, _SIZES[kind]))[0]
    if kind != _ARRAY:
        raise ValueError("an unknown kind of value")
    inner, length = struct.unpack("<IQ", _take(file, 12))
    if length > 10_000_000:
        raise ValueError("an array is too long")
    if inner == _TEXT:
        for _item in range(length):
            _text(file)
        return length
    if inner not in _SIZES:
        raise ValueError("an unknown kind of array")
    content = _take(file, _SIZES[inner] * length)
    return [struct.unpack_from(_FORMATS[inner], content, n * _SIZES[inner])[0] for n in range(min(length, 512))]


def _most(value: Any) -> int:
    """Return a number of the metadata that some models give once a layer: its largest."""
    return max(map(int, value), default=0) if isinstance(value, list) else int(value or 0)


def _gigabytes(count: int) -> str:
    return number(count / 1e9, 1)
