"""Sentence vectors from a model in a folder of the user's: an ONNX graph and its tokenizer, run on the processor.

Nothing is fetched and nothing goes out. onnxruntime and tokenizers are optional, and imported only when a folder is
opened.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import mmap
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from comparia.errors import ConfigurationError, MissingExtra
from comparia.messages import gettext as _

BATCH = 32
"""Most texts in one run of the graph."""
BATCH_TOKENS = 16_384
"""Most tokens in one run, padding included, so that memory stays bounded for models that read long texts."""
DEFAULT_LENGTH = 512
"""Longest text, in tokens, of a model that does not state its own."""
INSTALL = "pip install 'onnxruntime>=1.22,<2' 'tokenizers>=0.21,<1'"

_GRAPHS = ("model.onnx", "onnx/model.onnx")
_FED = ("input_ids", "attention_mask", "token_type_ids")
_READY = "sentence_embedding"
_PER_TOKEN = ("last_hidden_state", "token_embeddings")
_INTEGERS = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
_POOLINGS = {
    "mean_tokens": "mean",
    "mean_sqrt_len_tokens": "mean",  # differs by a factor, which the unit length takes away
    "cls_token": "cls",
    "lasttoken": "last",
    "mean": "mean",
    "cls": "cls",
}
_SYMMETRIC_PROMPTS = ("STS", "similarity", "Sentence Similarity", "sts")
_POSITIONS_AFTER_PADDING = frozenset({"roberta", "xlm-roberta", "camembert", "mpnet"})
_QUANTISED_ON_THE_FLY = b"DynamicQuantize"
_KEEP_THE_VECTOR = ("Pooling", "Normalize", "Dropout")


class Recipe(NamedTuple):
    """How the vectors are made, as the folder says; the defaults are those of sentence-transformers."""

    pooling: str
    """`mean`, `cls` or `last`."""
    prompt: str
    """Put before every text."""
    length: int
    """Longest text, in tokens, special ones included."""
    lower_case: bool
    """Texts are lower-cased before the tokenizer sees them."""
    layers: tuple[str, ...]
    """Layers that come after pooling and change the vector, by class name."""


class EmbeddingFolder:
    """A local sentence-embedding model.

    The files of sentence-transformers beside it (`modules.json`, the pooling configuration,
    `config_sentence_transformers.json`, `sentence_bert_config.json`) are followed where they exist.

    Args:
        folder: holds `model.onnx` or `onnx/model.onnx`, and `tokenizer.json`.

    Raises:
        MissingExtra: onnxruntime or tokenizers is not installed.
        ConfigurationError: a file is missing or unreadable, or the graph is not one of sentence vectors.

    Attributes:
        name: `folder:NAME-1a2b3c4d`, the digest being of all that decides a vector: weights, tokenizer, recipe.
        dimension: length of a vector.
        recipe: how its vectors are made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        runtime, tokenizers = _load()
        graph = next((path for name in _GRAPHS if (path := folder / name).is_file()), None)
        tokenizer = folder / "tokenizer.json"
        if graph is None or not tokenizer.is_file():
            absent = _GRAPHS[0] if graph is None else tokenizer.name
            raise ConfigurationError(
                _("The embedding model in {folder} lacks {file}.").format(folder=folder, file=absent),
                _("Name the folder of a sentence model exported to ONNX: model.onnx and tokenizer.json."),
            )
        self._tokenizer = self._call(tokenizers.Tokenizer.from_file, str(tokenizer))
        self.recipe = self._recipe()
        self._tokenizer.no_padding()
        self._call(self._tokenizer.enable_truncation, self.recipe.length)
        self._padding = next((i for i in map(self._tokenizer.token_to_id, ("[PAD]", "<pad>")) if i is not None), 0)
        self._session = self._call(_session, runtime, graph)
        self._types, self._output = self._signature()
        self._batch = 1 if _mentions(graph, _QUANTISED_ON_THE_FLY) else BATCH
        self.dimension = int(self._run([[0]], [[0]]).shape[1])
        weights = sorted(path for path in graph.parent.glob(graph.name + "*") if path.is_file())
        self.name = f"folder:{_plain(folder.resolve().name)}-{_digest([*weights, tokenizer], self.recipe)}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the vectors of `texts`, of shape (n, dimension), each of length 1.

        A text without a token has a zero vector. A vector does not depend on the other texts, but for rounding in the
        last digits of 32-bit numbers.

        Raises:
            ConfigurationError: the graph fails on a text, or gives something that is not a number.
        """
        distinct = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        encodings = self._call(self._tokenizer.encode_batch, [self._prepare(text) for text in distinct])
        vectors = np.zeros((len(distinct), self.dimension), np.float32)
        for places in _batches([len(encoding.ids) for encoding in encodings], self._batch):
            batch = [encodings[place] for place in places]
            vectors[places] = self._run([e.ids for e in batch], [e.type_ids for e in batch])
        return vectors[[distinct[text] for text in texts]]

    def _prepare(self, text: str) -> str:
        text = (self.recipe.prompt + text.strip()).encode("utf-8", "replace").decode("utf-8")
        return text.lower() if self.recipe.lower_case else text

    def _run(self, ids: list[list[int]], kinds: list[list[int]]) -> NDArray[np.float32]:
        """Return the vectors of one batch, shorter rows padded on the right and the padding masked."""
        shape = len(ids), max(map(len, ids))
        inputs = {"input_ids": np.full(shape, self._padding), "attention_mask": np.zeros(shape, int)}
        inputs["token_type_ids"] = np.zeros(shape, int)
        for row, (text, kind) in enumerate(zip(ids, kinds, strict=True)):
            inputs["input_ids"][row, : len(text)] = text
            inputs["attention_mask"][row, : len(text)] = 1
            inputs["token_type_ids"][row, : len(kind)] = kind
        feed: dict[str, NDArray[Any]] = {name: inputs[name].astype(kind) for name, kind in self._types.items()}
        (output,) = self._call(self._session.run, [self._output], feed)
        is_readable = output.ndim == 2 or (output.ndim == 3 and output.shape[1] == shape[1])
        if not is_readable or len(output) != len(ids) or output.dtype.kind != "f":
            raise self._unusable(_("its output is neither one vector a text nor one a token"))
        vectors = output.astype(np.float32)
        if vectors.ndim == 3:
            vectors = self._pool(vectors, inputs["attention_mask"])
        if not np.isfinite(vectors).all():
            raise self._unusable(_("it gives values that are not numbers"))
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0))

    def _pool(self, tokens: NDArray[np.float32], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return one vector a text, of shape (n, d), from one a token, of shape (n, tokens, d)."""
        if self.recipe.pooling == "cls":
            return np.asarray(tokens[:, 0])
        if self.recipe.pooling == "last":
            return np.asarray(tokens[np.arange(len(tokens)), mask.sum(axis=1) - 1])
        # The sum stands for the mean: they differ by a factor, which the unit length takes away.
        token_vectors = np.where(mask[:, :, None] > 0, tokens, np.float32(0))
        return np.asarray(token_vectors.sum(axis=1), np.float32)

    def _signature(self) -> tuple[dict[str, type], str]:
        """Return the inputs of the graph with their integer types, and the output to read."""
        inputs = {entry.name: entry.type for entry in self._session.get_inputs()}
        foreign = [name for name, kind in inputs.items() if name not in _FED or kind not in _INTEGERS]
        if foreign or "input_ids" not in inputs:
            names = ", ".join(foreign or inputs) or "-"
            raise self._unusable(_("its graph does not read a tokenized text ({names})").format(names=names))
        outputs = [entry.name for entry in self._session.get_outputs()]
        output = next((name for name in (_READY, *_PER_TOKEN) if name in outputs), outputs[0])
        if self.recipe.layers and output != _READY:
            names = ", ".join(self.recipe.layers)
            raise self._unusable(
                _("layers that its vectors pass through are not in the graph ({names})").format(names=names)
            )
        return {name: _INTEGERS[kind] for name, kind in inputs.items()}, output

    def _recipe(self) -> Recipe:
        modules = [module for module in self._read("modules.json", []) if isinstance(module, dict)]
        kinds = [str(module.get("type", "")).rpartition(".")[2] for module in modules]
        pooling = next((m.get("path") for m, kind in zip(modules, kinds, strict=True) if kind == "Pooling"), None)
        sentence_bert = self._read("sentence_bert_config.json", {})
        return Recipe(
            pooling=self._pooling(self._read(f"{pooling or '1_Pooling'}/config.json", {})),
            prompt=_prompt(self._read("config_sentence_transformers.json", {})),
            length=self._length(sentence_bert.get("max_seq_length")),
            lower_case=sentence_bert.get("do_lower_case") is True,
            layers=tuple(kind for kind in kinds[1:] if kind not in _KEEP_THE_VECTOR),
        )

    def _pooling(self, settings: dict[str, Any]) -> str:
        prefix = "pooling_mode_"
        modes = [
            key.removeprefix(prefix) for key, value in settings.items() if key.startswith(prefix) and value is True
        ]
        if "pooling_mode" in settings:
            modes = (
                settings["pooling_mode"] if isinstance(settings["pooling_mode"], list) else [settings["pooling_mode"]]
            )
        modes = [str(mode) for mode in modes] or ["mean"]
        if settings.get("include_prompt") is False:
            modes.append("include_prompt: false")
        if len(modes) > 1 or modes[0] not in _POOLINGS:
            raise self._unusable(_("its pooling is not supported ({names})").format(names=", ".join(modes)))
        return _POOLINGS[modes[0]]

    def _length(self, declaration: Any) -> int:
        """Return the model's own limit; sentence-transformers' word first, then the tightest of the others."""
        config, tokenizer = self._read("config.json", {}), self._read("tokenizer_config.json", {})
        positions = config.get("max_position_embeddings")
        if isinstance(positions, int) and config.get("model_type") in _POSITIONS_AFTER_PADDING:
            positions -= 2
        truncation = (self._tokenizer.truncation or {}).get("max_length")
        others = (positions,) if _is_length(declaration) else (positions, tokenizer.get("model_max_length"))
        limits = [length for length in (declaration, *others) if _is_length(length)]
        return int(min(limits or [truncation or DEFAULT_LENGTH]))

    def _read(self, name: str, default: Any) -> Any:
        """Return a JSON file of the folder, or `default` where it is absent or of another shape."""
        path = self._folder / name
        if not path.is_file():
            return default
        try:
            document = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise self._unusable(_("{file} cannot be read").format(file=name)) from error
        return document if isinstance(document, type(default)) else default

    def _call(self, function: Any, *arguments: Any) -> Any:
        """Call a function of either library, whose errors share no class of their own."""
        try:
            return function(*arguments)
        except Exception as error:
            raise self._unusable(" ".join(str(error).split())[:200].rstrip(".")) from error

    def _unusable(self, reason: str) -> ConfigurationError:
        return ConfigurationError(
            _("The embedding model in {folder} cannot be used: {reason}.").format(folder=self._folder, reason=reason),
            _("Export it to ONNX again, whole, or name another folder."),
        )


def _load() -> tuple[Any, Any]:
    try:
        runtime: Any = importlib.import_module("onnxruntime")
        tokenizers: Any = importlib.import_module("tokenizers")
    except ImportError as error:
        raise MissingExtra(_("A local embedding model"), INSTALL) from error
    if hasattr(runtime, "disable_telemetry_events"):
        runtime.disable_telemetry_events()
    return runtime, tokenizers


def _session(runtime: Any, graph: Path) -> Any:
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    options.use_deterministic_compute = True
    return runtime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


def _mentions(graph: Path, operator: bytes) -> bool:
    """Return whether the graph quantises with the scale of the whole batch, so that a text must run alone."""
    with graph.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(operator) >= 0


def _batches(lengths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Yield the places of the texts that have tokens, shortest first, in runs of like length."""
    batch: list[int] = []
    for place in sorted((p for p, length in enumerate(lengths) if length), key=lengths.__getitem__):
        if batch and (len(batch) == most or (len(batch) + 1) * lengths[place] > BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _prompt(settings: dict[str, Any]) -> str:
    """Return the default prompt, else the one for texts of the same kind: both sides of a comparison get the same."""
    prompts = settings.get("prompts")
    prompts = prompts if isinstance(prompts, dict) else {}
    names = (settings.get("default_prompt_name"), *_SYMMETRIC_PROMPTS)
    return next((prompts[name] for name in names if isinstance(prompts.get(name), str)), "")


def _is_length(value: Any) -> bool:
    """Return whether it is a limit: tokenizers without one state a huge number."""
    return isinstance(value, int) and 0 < value < 1_000_000


def _plain(name: str) -> str:
    return re.sub(r"[^\w.]+", "-", name).strip("-")[:60] or "model"


def _digest(files: Sequence[Path], recipe: Recipe) -> str:
    digest = hashlib.sha256(json.dumps(recipe).encode())
    for path in files:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:8]
