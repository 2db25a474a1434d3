"""Encoders without the big model: the contract, the hashing encoder, any model by folder."""

import os
import subprocess
import sys

import numpy as np
import pytest

from matching import encoders
from matching.encoders import cpu

TEXTS = ["废旧锂电池回收", "一种粤式茶点的保鲜方法", "锂电池", "大湾区海水淡化膜材料"]


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = (
        "import sys, matching.encoders as e; e.load('hashing').encode(['a']);"
        "print(sorted({'torch', 'sentence_transformers', 'sentencepiece'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_hashing_is_the_same_in_every_process() -> None:
    code = (
        "from matching.encoders import load; print(load('hashing-8').encode(['锂电池']).tolist())"
    )
    seeds = ({**os.environ, "PYTHONHASHSEED": seed} for seed in ("1", "2"))
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, check=True
        ).stdout
        for env in seeds
    }
    assert len(runs) == 1


def test_hashing_gives_unit_rows_of_the_named_dimension() -> None:
    encoder = encoders.load("hashing-64")
    vectors = encoder.encode(TEXTS)
    assert (encoder.name, encoder.dimension, vectors.shape) == ("hashing-64", 64, (4, 64))
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)


def test_hashing_puts_texts_that_share_characters_closer() -> None:
    first, other, near, _ = encoders.load("hashing").encode(TEXTS)
    assert first @ near > first @ other


@pytest.mark.parametrize("spec", ["hashing-", "hashing-0", "hashing-many", "hashing--8"])
def test_a_misspelt_hashing_encoder_is_unknown(spec: str) -> None:
    with pytest.raises(encoders.UnknownModel, match="hashing-64"):
        encoders.load(spec)


def test_an_empty_text_is_refused_with_its_position() -> None:
    with pytest.raises(ValueError, match="text 1 is empty"):
        encoders.load("hashing").encode(["有", ""])


def test_a_bare_string_is_refused() -> None:
    with pytest.raises(TypeError, match="list of texts"):
        encoders.load("hashing").encode("锂电池")


def test_no_texts_give_no_rows() -> None:
    assert encoders.load("hashing-16").encode([]).shape == (0, 16)


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(ValueError, match="precision is one of"):
        encoders.load("hashing", precision="int4")


def test_a_missing_folder_is_an_unknown_model_that_says_what_to_do(tmp_path) -> None:  # type: ignore[no-untyped-def]
    spec = str(tmp_path / "nothing")
    with pytest.raises(encoders.UnknownModel, match="no such folder; give one") as refused:
        encoders.load(spec)
    assert refused.value.spec == spec


def test_a_folder_without_a_model_is_an_unknown_model(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(encoders.UnknownModel, match="could not open it"):
        encoders.load(str(tmp_path))


@pytest.mark.parametrize(
    ("quota", "expected"), [("max 100000", None), ("150000 100000", 2), ("nonsense", None)]
)
def test_a_container_quota_counts_as_whole_cores(tmp_path, monkeypatch, quota, expected) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "cpu.max").write_text(quota)
    monkeypatch.setattr(cpu, "_QUOTA", tmp_path / "cpu.max")
    assert cpu._quota() == expected


@pytest.fixture(scope="module")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model of a table and a dense layer, both random, which sentence-transformers has to run."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = ["[UNK]", *sorted(set("".join(TEXTS)))]
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    rows = np.random.default_rng(7).normal(size=(len(words), 24)).astype(np.float32)
    folder = tmp_path_factory.mktemp("small")
    modules = [StaticEmbedding(tokenizer, embedding_weights=rows), Dense(24, 24)]
    SentenceTransformer(modules=modules, device="cpu").save(str(folder))
    return str(folder)


def test_any_sentence_transformers_folder_loads(small_model: str) -> None:
    encoder = encoders.load(small_model)
    vectors = encoder.encode(TEXTS)
    assert (encoder.name, encoder.dimension) == (small_model, 24)
    assert (encoder.precision, vectors.shape) == ("float32", (4, 24))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)


def test_a_folder_model_keeps_the_order_of_the_texts(small_model: str) -> None:
    encoder = encoders.load(small_model)
    alone = np.vstack([encoder.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(encoder.encode(TEXTS), alone, atol=1e-6)


def test_a_folder_model_runs_in_bfloat16_where_asked(small_model: str) -> None:
    exact, coarse = encoders.load(small_model), encoders.load(small_model, precision="bfloat16")
    assert coarse.precision == "bfloat16"
    assert (exact.encode(TEXTS) * coarse.encode(TEXTS)).sum(axis=1).min() > 0.999


def test_progress_ends_with_every_text(small_model: str) -> None:
    calls: list[tuple[int, int]] = []
    encoders.load(small_model).encode(TEXTS * 100, progress=lambda *call: calls.append(call))
    assert calls == [(256, 400), (400, 400)]
