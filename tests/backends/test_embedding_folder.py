"""Local sentence vectors: a graph of a few bytes, made here, whose right answers are known."""

import json
import sys

import numpy as np
import pytest

from comparia.backends import embedding_folder
from comparia.backends.embedding_folder import EmbeddingFolder
from comparia.errors import ConfigurationError, MissingExtra

pytest.importorskip("onnxruntime")
onnx = pytest.importorskip("onnx")
tokenizers = pytest.importorskip("tokenizers")

WORDS = ["[PAD]", "[UNK]", "[CLS]", "open", "closed", "sunday", "market", "query:"]
TABLE = np.array([[9, 9, 9], [0, 0, 1], [5, 0, 0], [3, 4, 0], [0, 1, 0], [1, 0, 0], [0, 0, 2], [0, 6, 0]], np.float32)
UNIT_OPEN_SUNDAY = np.array([4, 4, 0]) / np.sqrt(32)


def tokenizer_file(path, *, special=False):
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel(dict(zip(WORDS, range(8), strict=True)), unk_token="[UNK]"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    if special:
        made.post_processor = tokenizers.processors.TemplateProcessing(single="[CLS] $A", special_tokens=[("[CLS]", 2)])
    made.enable_padding(length=20, pad_id=0)
    made.enable_truncation(20)
    made.save(str(path))


def graph_file(path, *, inputs=("input_ids", "attention_mask"), nodes=(), outputs=("last_hidden_state",), kind="INT64"):
    """A table of word vectors looked up by Gather; `nodes` work on it further, as (operator, inputs, outputs, options)."""
    helper, types = onnx.helper, onnx.TensorProto
    steps = [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"], axis=0)]
    steps += [helper.make_node(operator, list(read), list(made), **options) for operator, read, made, options in nodes]
    steps += [helper.make_node("Identity", [name], [f"{name}_seen"]) for name in inputs]
    graph = helper.make_graph(
        steps,
        "words",
        [helper.make_tensor_value_info(name, getattr(types, kind), ["n", "t"]) for name in inputs],
        [onnx.ValueInfoProto(name=name) for name in outputs],
        [onnx.numpy_helper.from_array(TABLE, "table")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "words model"
    made.mkdir()
    tokenizer_file(made / "tokenizer.json")
    graph_file(made / "model.onnx")
    return made


def write(folder, name, document):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document))


def test_the_vector_of_a_text_is_the_mean_of_its_tokens_at_length_one(folder):
    vectors = EmbeddingFolder(folder).embed(["open sunday", "open", "market market"])

    assert vectors.dtype == np.float32
    assert vectors == pytest.approx(np.array([UNIT_OPEN_SUNDAY, [0.6, 0.8, 0], [0, 0, 1]]), abs=1e-6)


def test_a_longer_neighbour_pads_but_does_not_change_a_vector(folder):
    model = EmbeddingFolder(folder)

    alone = model.embed(["open sunday"])[0]
    beside = model.embed(["open sunday", "closed market sunday closed market sunday closed"])[0]

    assert beside == pytest.approx(alone, abs=1e-7)


def test_batches_give_back_the_order_and_the_vectors_of_single_texts(folder):
    model = EmbeddingFolder(folder)
    texts = [" ".join(WORDS[3 + (i * k) % 5] for k in range(1 + i % 9)) for i in range(101)]

    together = model.embed(texts)

    assert together == pytest.approx(np.concatenate([model.embed([text]) for text in texts]), abs=1e-6)
    assert np.array_equal(together, model.embed(texts))


def test_runs_of_the_graph_are_bounded(folder, monkeypatch):
    model = EmbeddingFolder(folder)
    shapes = []
    run = model._run
    monkeypatch.setattr(
        model, "_run", lambda ids, kinds: shapes.append((len(ids), max(map(len, ids)))) or run(ids, kinds)
    )
    monkeypatch.setattr(embedding_folder, "BATCH_TOKENS", 100)

    model.embed([f"open {'sunday ' * 9}{number}" for number in range(15)] + [f"market {i}" for i in range(100)])

    assert all(count <= embedding_folder.BATCH and count * width <= 100 for count, width in shapes)
    assert shapes == sorted(shapes, key=lambda shape: shape[1])


@pytest.mark.parametrize("texts", [[], [""], ["", "open"], ["\ud800 open"]])
def test_odd_texts_have_vectors_too(folder, texts):
    vectors = EmbeddingFolder(folder).embed(texts)

    assert vectors.shape == (len(texts), 3)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0 if text else 0.0 for text in texts])


@pytest.mark.parametrize("pooling", ["mean", "cls", "lasttoken"])
def test_a_text_without_a_token_has_a_zero_vector(folder, pooling):
    write(folder, "1_Pooling/config.json", {"pooling_mode": pooling})

    assert np.array_equal(EmbeddingFolder(folder).embed([" \n"]), np.zeros((1, 3)))


@pytest.mark.parametrize(
    "pooling",
    [
        {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False, "include_prompt": True},
        {"pooling_mode": "cls"},
        {"pooling_mode": ["cls"]},
    ],
)
def test_the_first_token_stands_for_the_text_when_the_pooling_says_so(folder, pooling):
    tokenizer_file(folder / "tokenizer.json", special=True)
    write(folder, "1_Pooling/config.json", pooling)

    assert EmbeddingFolder(folder).embed(["open sunday"])[0] == pytest.approx([1, 0, 0])


def test_the_last_token_stands_for_the_text_when_the_pooling_says_so(folder):
    write(folder, "modules.json", [{"path": "", "type": "a.Transformer"}, {"path": "here", "type": "a.models.Pooling"}])
    write(folder, "here/config.json", {"pooling_mode_lasttoken": True})

    assert EmbeddingFolder(folder).embed(["open market", "open market sunday"])[0] == pytest.approx([0, 0, 1])


@pytest.mark.parametrize(
    "pooling",
    [
        {"pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": True},
        {"pooling_mode": "weightedmean"},
        {"pooling_mode": {"odd": 1}},
        {"pooling_mode_mean_tokens": True, "include_prompt": False},
    ],
)
def test_a_pooling_nobody_knows_is_refused(folder, pooling):
    write(folder, "1_Pooling/config.json", pooling)

    with pytest.raises(ConfigurationError, match="its pooling is not supported"):
        EmbeddingFolder(folder)


@pytest.mark.parametrize(
    ("files", "longest"),
    [
        ({}, 20),
        ({"sentence_bert_config.json": {"max_seq_length": 3}, "tokenizer_config.json": {"model_max_length": 2}}, 3),
        ({"sentence_bert_config.json": {"max_seq_length": 9}, "config.json": {"max_position_embeddings": 4}}, 4),
        ({"tokenizer_config.json": {"model_max_length": 5}, "config.json": {"max_position_embeddings": 8}}, 5),
        ({"tokenizer_config.json": {"model_max_length": 10**30}}, 20),
        ({"config.json": {"max_position_embeddings": 6, "model_type": "xlm-roberta"}}, 4),
        ({"sentence_bert_config.json": {"max_seq_length": None}}, 20),
    ],
)
def test_a_text_is_cut_at_the_longest_the_model_reads(folder, files, longest):
    for name, document in files.items():
        write(folder, name, document)
    model = EmbeddingFolder(folder)

    cut, kept = model.embed([f"{'open ' * longest}market", f"{'open ' * (longest - 1)}market"])

    assert model.recipe.length == longest
    assert cut == pytest.approx([0.6, 0.8, 0])
    assert kept[2] > 0.01


@pytest.mark.parametrize(
    ("stated", "prompt"),
    [
        ({"prompts": {"query": "query: ", "STS": "open "}}, "open "),
        ({"prompts": {"query": "query: ", "STS": "open "}, "default_prompt_name": "query"}, "query: "),
        ({"prompts": {"query": "query: "}, "default_prompt_name": None}, ""),
        ({"prompts": None}, ""),
    ],
)
def test_every_text_gets_the_same_prompt(folder, stated, prompt):
    plain = EmbeddingFolder(folder).embed([f"{prompt}market"])
    write(folder, "config_sentence_transformers.json", stated)
    model = EmbeddingFolder(folder)

    assert model.recipe.prompt == prompt
    assert model.embed([" market\n"]) == pytest.approx(plain)
    assert model._prepare(" market\n") == f"{prompt}market"


def test_texts_are_lower_cased_when_the_model_says_so(folder):
    write(folder, "sentence_bert_config.json", {"do_lower_case": True})

    assert EmbeddingFolder(folder).embed(["OPEN"])[0] == pytest.approx([0.6, 0.8, 0])


@pytest.mark.parametrize(
    "inputs", [("input_ids",), ("input_ids", "attention_mask", "token_type_ids"), ("token_type_ids", "input_ids")]
)
@pytest.mark.parametrize("kind", ["INT64", "INT32"])
def test_the_graph_is_fed_what_it_reads(folder, inputs, kind):
    graph_file(folder / "model.onnx", inputs=inputs, kind=kind)

    assert EmbeddingFolder(folder).embed(["open sunday"])[0] == pytest.approx(UNIT_OPEN_SUNDAY)


def test_a_graph_in_the_onnx_folder_is_found(folder):
    (folder / "model.onnx").unlink()
    graph_file(folder / "onnx" / "model.onnx")

    assert EmbeddingFolder(folder).dimension == 3


def test_a_ready_sentence_vector_is_preferred_and_set_to_length_one(folder):
    widest = ("ReduceMax", ["last_hidden_state"], ["sentence_embedding"], {"axes": [1], "keepdims": 0})
    graph_file(folder / "model.onnx", nodes=[widest], outputs=["last_hidden_state", "sentence_embedding"])
    write(folder, "modules.json", [{"type": "a.Transformer"}, {"type": "a.Pooling"}, {"type": "a.Dense"}])

    assert EmbeddingFolder(folder).embed(["open sunday"])[0] == pytest.approx([0.6, 0.8, 0])


def test_half_precision_is_widened(folder):
    half = ("Cast", ["last_hidden_state"], ["half"], {"to": onnx.TensorProto.FLOAT16})
    graph_file(folder / "model.onnx", nodes=[half], outputs=["half"])
    vectors = EmbeddingFolder(folder).embed(["open"])

    assert vectors.dtype == np.float32
    assert vectors[0] == pytest.approx([0.6, 0.8, 0])


def test_a_graph_that_quantises_by_batch_reads_one_text_at_a_time(folder):
    """Its scale comes from the largest value of the whole batch, so a neighbour would change the vector."""
    nodes = [
        ("DynamicQuantizeLinear", ["last_hidden_state"], ["q", "scale", "zero"], {}),
        ("DequantizeLinear", ["q", "scale", "zero"], ["back"], {}),
    ]
    graph_file(folder / "model.onnx", nodes=nodes, outputs=["back"])
    model = EmbeddingFolder(folder)

    assert np.array_equal(model.embed(["sunday market", "query: open"])[0], model.embed(["sunday market"])[0])


@pytest.mark.parametrize(("absent", "said"), [("model.onnx", "model.onnx"), ("tokenizer.json", "tokenizer.json")])
def test_a_missing_file_is_named_with_the_cure(folder, absent, said):
    (folder / absent).unlink()

    with pytest.raises(ConfigurationError, match=f"lacks {said}") as raised:
        EmbeddingFolder(folder)

    assert "exported to ONNX" in raised.value.cure


def test_a_folder_that_does_not_exist_lacks_its_model(tmp_path):
    with pytest.raises(ConfigurationError, match=r"nowhere lacks model\.onnx"):
        EmbeddingFolder(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("content", [b"", b"\x00\xff not a model", b"{}", b"[" * 100_000])
def test_a_damaged_file_is_refused_in_one_line(folder, name, content, capfd):
    (folder / name).write_bytes(content)

    with pytest.raises(ConfigurationError, match="cannot be used") as raised:
        EmbeddingFolder(folder)

    assert "\n" not in str(raised.value)
    assert raised.value.cure
    assert capfd.readouterr() == ("", "")


def test_a_cut_model_is_refused(folder):
    (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes()[:-40])

    with pytest.raises(ConfigurationError, match="cannot be used"):
        EmbeddingFolder(folder)


@pytest.mark.parametrize("content", ["{", "[" * 100_000, "\xe9"])
def test_a_damaged_setting_is_refused(folder, content):
    (folder / "config.json").write_bytes(content.encode("latin-1"))

    with pytest.raises(ConfigurationError, match=r"config\.json cannot be read"):
        EmbeddingFolder(folder)


@pytest.mark.parametrize(
    ("graph", "said"),
    [
        ({"inputs": ("input_ids", "pixels")}, r"does not read a tokenized text \(pixels\)"),
        ({"kind": "FLOAT", "inputs": ("input_ids",)}, "cannot be used"),
        (
            {"nodes": [("Shape", ["input_ids"], ["out"], {})], "outputs": ["out"]},
            "neither one vector a text nor one a token",
        ),
        (
            {"nodes": [("Transpose", ["last_hidden_state"], ["out"], {"perm": [0, 2, 1]})], "outputs": ["out"]},
            "neither one vector a text nor one a token",
        ),
        (
            {
                "nodes": [
                    ("Sub", ["table", "table"], ["z"], {}),
                    ("Div", ["z", "z"], ["nan"], {}),
                    ("Gather", ["nan", "input_ids"], ["out"], {}),
                ],
                "outputs": ["out"],
            },
            "values that are not numbers",
        ),
    ],
)
def test_a_graph_of_something_else_is_refused(folder, graph, said):
    graph_file(folder / "model.onnx", **graph)

    with pytest.raises(ConfigurationError, match=said):
        EmbeddingFolder(folder)


def test_layers_outside_the_graph_are_refused_rather_than_left_out(folder):
    write(folder, "modules.json", [{"type": "a.Transformer"}, {"type": "a.Pooling"}, {"type": "a.models.Dense"}])

    with pytest.raises(ConfigurationError, match=r"not in the graph \(Dense\)"):
        EmbeddingFolder(folder)


def test_the_name_changes_with_weights_tokenizer_and_recipe_only(folder):
    names = [EmbeddingFolder(folder).name, EmbeddingFolder(folder).name]
    write(folder, "README.md", "Words.")
    names.append(EmbeddingFolder(folder).name)
    write(folder, "1_Pooling/config.json", {"pooling_mode": "cls"})
    names.append(EmbeddingFolder(folder).name)
    tokenizer_file(folder / "tokenizer.json", special=True)
    names.append(EmbeddingFolder(folder).name)
    (folder / "model.onnx_data").write_bytes(b"weights kept apart")
    names.append(EmbeddingFolder(folder).name)

    assert names[0] == names[1] == names[2]
    assert len(set(names)) == 4
    assert names[0].startswith("folder:words-model-")
    assert len(names[0]) == len("folder:words-model-1a2b3c4d")


def test_a_name_that_is_no_word_still_signs(folder, monkeypatch):
    monkeypatch.chdir(folder)

    assert EmbeddingFolder(embedding_folder.Path()).name.startswith("folder:words-model-")
    assert embedding_folder._plain("///") == "model"


@pytest.mark.parametrize("absent", ["onnxruntime", "tokenizers"])
def test_a_missing_package_is_answered_with_the_command(folder, monkeypatch, absent):
    monkeypatch.setitem(sys.modules, absent, None)

    with pytest.raises(MissingExtra) as raised:
        EmbeddingFolder(folder)

    assert "pip install 'onnxruntime" in raised.value.cure
    assert "tokenizers" in raised.value.cure
