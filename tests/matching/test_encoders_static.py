"""Static models: a small one made here, and the one that the project ships."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from matching import Document, Matcher, encoders, store, text
from matching.encoders import static
from matching.encoders.folder import SHIPPED
from matching.errors import IndexMismatch, UnknownModel

WORDS = ["<unk>", "锂", "电池", "回收", "茶", "保鲜", "lithium", "2"]
ROWS = np.random.default_rng(9).integers(-127, 128, (len(WORDS), 6), dtype=np.int8)
ROWS[0] = 0
SCALES = np.linspace(0.5, 2.0, len(WORDS), dtype=np.float32)
TEXTS = ["锂电池回收", "茶叶保鲜", "Lithium，电池！", "２锂", "保鲜" * 1_800, "汞"]
LIBRARY = "sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding"
NORMALIZE = "sentence_transformers.base.modules.normalize.Normalize"


def made(folder: Path, tensors: dict[str, Any], modules: tuple[str, ...] = (LIBRARY,)) -> str:
    """A static model in a folder; its name."""
    folder.mkdir(exist_ok=True)
    pieces = [(word, -float(number)) for number, word in enumerate(WORDS)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[^\p{L}\p{N}]+"), "removed")
    tokenizer.save(str(folder / static.TOKENIZER))
    save_file(tensors, folder / static.WEIGHTS)
    listed = [{"idx": i, "name": str(i), "type": name, "path": f"{i}_Normalize" if i else ""}
              for i, name in enumerate(modules)]  # fmt: skip
    (folder / "modules.json").write_text(json.dumps(listed), encoding="utf-8")
    (folder / "1_Normalize").mkdir(exist_ok=True)
    (folder / "1_Normalize" / "config.json").write_text("{}", encoding="utf-8")
    return str(folder)


@pytest.fixture
def tiny(tmp_path: Path) -> str:
    return made(tmp_path / "tiny", {"embeddings": ROWS, "weights": SCALES}, (LIBRARY, NORMALIZE))


def summed(*words: str) -> Any:
    """The vector that a text of these words has by definition."""
    total = sum(SCALES[i] * ROWS[i].astype(np.float64) for i in map(WORDS.index, words))
    return total / np.linalg.norm(total)


def test_a_text_is_the_normalised_sum_of_its_tokens(tiny: str) -> None:
    encoder = encoders.load(tiny)
    vectors = encoder.encode(TEXTS)
    assert (encoder.name, encoder.dimension, encoder.precision) == (tiny, 6, "float32")
    assert (vectors.shape, vectors.dtype) == ((6, 6), np.float32)
    expected = [summed("锂", "电池", "回收"), summed("茶", "保鲜"), summed("lithium", "电池"),
                summed("2", "锂"), summed("保鲜"), np.zeros(6)]  # fmt: skip
    np.testing.assert_allclose(vectors, expected, atol=1e-5)


@pytest.mark.parametrize("modules", [(LIBRARY,), (LIBRARY, NORMALIZE)])
@pytest.mark.parametrize(
    "tensors",
    [
        {"embeddings": ROWS, "weights": SCALES},
        {"embeddings": ROWS[[3, 1]], "weights": SCALES,
         "mapping": np.array([0, 1, 1, 0, 0, 1, 0, 1])},
        {"embeddings": ROWS.astype(np.float32)},
        {"embedding.weight": ROWS * SCALES[:, None]},
    ],
    ids=["scaled", "mapped", "bare", "whole"],
)  # fmt: skip
def test_the_library_computes_the_same(
    tmp_path: Path, tensors: dict[str, Any], modules: tuple[str, ...]
) -> None:
    from sentence_transformers import SentenceTransformer

    name = made(tmp_path / "model", tensors, modules)
    library = SentenceTransformer(name, device="cpu", local_files_only=True)
    expected = library.encode(TEXTS, normalize_embeddings=True)
    np.testing.assert_allclose(encoders.load(name).encode(TEXTS), expected, atol=1e-5)
    assert isinstance(encoders.load(name), static.StaticEncoder)


def test_a_text_gets_one_vector_whatever_stands_beside_it(
    tiny: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = encoders.load(tiny)
    alone = np.vstack([encoder.encode([text]) for text in TEXTS])
    np.testing.assert_array_equal(encoder.encode(TEXTS), alone)
    monkeypatch.setattr(static, "_CHARACTERS", 6)
    monkeypatch.setattr(static, "_TOKENS", 2)
    np.testing.assert_allclose(encoder.encode(TEXTS), alone, atol=1e-5)


@pytest.mark.parametrize("text", ["！？", " \n", "\ud800", "🍵", "。"])
def test_a_text_of_which_nothing_is_known_is_like_no_other(tiny: str, text: str) -> None:
    assert not encoders.load(tiny).encode([text, "茶"])[0].any()


def test_a_lone_surrogate_spoils_nothing_beside_it(tiny: str) -> None:
    broken, whole = encoders.load(tiny).encode(["锂\ud83d电池", "锂。电池"])
    np.testing.assert_array_equal(broken, whole)


def test_no_texts_give_no_rows(tiny: str) -> None:
    assert encoders.load(tiny).encode([]).shape == (0, 6)


def test_empty_texts_and_bare_strings_are_refused(tiny: str) -> None:
    with pytest.raises(ValueError, match="text 1 is empty"):
        encoders.load(tiny).encode(["锂", ""])
    with pytest.raises(TypeError, match="list of texts"):
        encoders.load(tiny).encode("锂")


def test_progress_counts_up_to_all_texts(tiny: str) -> None:
    calls: list[tuple[int, int]] = []
    encoders.load(tiny).encode(["锂" * 40_000] * 3, progress=lambda *call: calls.append(call))
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_threads_that_share_an_encoder_get_their_own_vectors(tiny: str) -> None:
    encoder = encoders.load(tiny)
    calls = [TEXTS[i : i + 2] for i in range(5)] * 20
    expected = [encoder.encode(call) for call in calls]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(encoder.encode, calls))
    np.testing.assert_array_equal(found, expected)


# Sizes, and what is refused


def test_a_smaller_size_is_the_beginning_of_the_whole(tiny: str) -> None:
    beginning = encoders.load(tiny).encode(TEXTS)[:, :4]
    lengths = np.linalg.norm(beginning, axis=1, keepdims=True)
    small = encoders.load(f"{tiny}@4")
    assert (small.name, small.dimension) == (f"{tiny}@4", 4)
    np.testing.assert_allclose(
        small.encode(TEXTS), beginning / np.where(lengths, lengths, 1), atol=1e-6
    )


def test_the_whole_size_is_the_model_itself(tiny: str) -> None:
    assert encoders.load(f"{tiny}@6").name == tiny


@pytest.mark.parametrize("size", ["0", "7", "-1", "many", "", "²"])
def test_a_size_that_the_model_has_not_is_refused(tiny: str, size: str) -> None:
    with pytest.raises(UnknownModel, match="from 1 to 6 after the @"):
        encoders.load(f"{tiny}@{size}")


@pytest.mark.parametrize("spec", [f"{encoders.STOCK}@256", "somebody/else@256"])
def test_other_models_have_one_size(spec: str) -> None:
    with pytest.raises(UnknownModel, match="for static models alone"):
        encoders.load(spec)


def test_a_folder_whose_name_has_an_at_sign_is_found(tmp_path: Path) -> None:
    name = made(tmp_path / "tiny@4", {"embeddings": ROWS, "weights": SCALES})
    assert encoders.load(name).dimension == 6
    assert encoders.load(f"{name}@2").dimension == 2


def test_a_precision_that_it_does_not_have_is_refused(tiny: str) -> None:
    assert encoders.load(tiny, precision="float32").precision == "float32"
    with pytest.raises(ValueError, match="float32 alone"):
        encoders.load(tiny, precision="bfloat16")


def test_a_table_too_short_for_its_tokenizer_is_refused(tmp_path: Path) -> None:
    name = made(tmp_path / "short", {"embeddings": ROWS[:5], "weights": SCALES[:5]})
    with pytest.raises(UnknownModel, match=r"tokenizer\.json has 8 tokens, model\.safetensors 5"):
        encoders.load(name)


@pytest.mark.parametrize("file", [static.WEIGHTS, static.TOKENIZER])
def test_a_damaged_file_is_an_unknown_model(tiny: str, file: str) -> None:
    (Path(tiny) / file).write_bytes(b"{")
    with pytest.raises(UnknownModel, match="save it again"):
        encoders.load(tiny)


# One name, another training


def test_training_again_changes_the_fingerprint_and_nothing_else_does(tiny: str) -> None:
    first = encoders.fingerprint(encoders.load(tiny))
    assert encoders.fingerprint(encoders.load(f"{tiny}@4")) == first
    made(Path(tiny), {"embeddings": ROWS, "weights": SCALES + 1})
    assert encoders.fingerprint(encoders.load(tiny)) != first
    made(Path(tiny), {"embeddings": ROWS, "weights": SCALES})
    assert encoders.fingerprint(encoders.load(tiny)) == first


LITHIUM = Document("a", "need", "锂电池回收")


@pytest.fixture
def indexed(tiny: str, tmp_path: Path) -> Path:
    """An index made with the model in the folder `tiny`."""
    matcher = Matcher.open(tmp_path / "index", encoders.load(tiny), writable=True)
    matcher.add([LITHIUM])
    matcher.compact()
    return tmp_path / "index"


def test_an_index_of_the_same_training_opens(indexed: Path, tiny: str) -> None:
    late = Matcher.open(indexed)
    late.encoder = encoders.load(tiny)
    assert Matcher.open(indexed, encoders.load(tiny)).channels == late.channels
    assert "vectors" in late.channels


@pytest.fixture
def trained_again(indexed: Path, tiny: str) -> encoders.Encoder:
    """The model of the index with other weights under the same name."""
    made(Path(tiny), {"embeddings": ROWS[::-1].copy(), "weights": SCALES})
    return encoders.load(tiny)


TRAINED_AGAIN = r"tiny' was trained again.*delete the folder"


def test_an_index_of_an_earlier_training_is_refused_with_the_remedy(
    indexed: Path, trained_again: encoders.Encoder
) -> None:
    with pytest.raises(IndexMismatch, match=TRAINED_AGAIN):
        Matcher.open(indexed, trained_again)


def test_an_encoder_of_another_training_is_refused_when_it_comes_late(
    indexed: Path, trained_again: encoders.Encoder
) -> None:
    matcher = Matcher.open(indexed)
    with pytest.raises(IndexMismatch, match=TRAINED_AGAIN):
        matcher.encoder = trained_again


def test_searching_with_an_earlier_training_says_so(
    indexed: Path, tiny: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from matching.__main__ import main

    assert main(["search", str(indexed), "锂电池"]) == 0
    made(Path(tiny), {"embeddings": ROWS[::-1].copy(), "weights": SCALES})
    assert main(["search", str(indexed), "锂电池"]) == 1
    assert "was trained again since this index was made" in capsys.readouterr().err


def test_an_index_without_a_fingerprint_goes_on(indexed: Path, tiny: str) -> None:
    path = indexed / str(store.current(indexed)) / "manifest.json"
    held = json.loads(path.read_text(encoding="utf-8"))
    assert held.pop("fingerprint") == encoders.fingerprint(encoders.load(tiny))
    path.write_text(json.dumps(held), encoding="utf-8")
    matcher = Matcher.open(indexed, encoders.load(tiny), writable=True)
    matcher.compact()
    assert (matcher.manifest.fingerprint, matcher.ids) == (None, {"a"})


def test_a_later_encoder_leaves_its_fingerprint_in_an_empty_index(
    tiny: str, tmp_path: Path
) -> None:
    matcher = Matcher.open(tmp_path / "index", writable=True)
    matcher.encoder = encoders.load(tiny)
    matcher.add([LITHIUM])
    matcher.compact()
    written = store.Store(tmp_path / "index", str(store.current(tmp_path / "index"))).manifest
    assert written.fingerprint == encoders.fingerprint(matcher.encoder)


# The shipped model

ABSTRACTS = [
    "本发明公开了一种废旧磷酸铁锂电池正极材料的回收方法,包括拆解、浸出、沉淀与煅烧等步骤。",
    "需要一套适用于荔枝、龙眼采后保鲜的冷链装备,要求保鲜期不少于30天,损耗率低于5%。",
    "A low-power chip for edge inference of convolutional networks at 5 TOPS/W.",
    "中药饮片",
]


@pytest.fixture(scope="module")
def shipped() -> Any:
    return encoders.load()


def test_the_default_says_what_it_is(shipped: Any) -> None:
    assert (shipped.name, shipped.dimension) == ("technology-needs-v1", 512)
    assert len(shipped.fingerprint) == 12


def test_the_default_needs_no_torch_and_no_sentence_transformers() -> None:
    code = (
        "import sys, matching.encoders as e; print(e.load().encode(['锂电池']).shape,"
        "sorted({'torch', 'sentence_transformers', 'transformers'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "(1, 512) []\n"


def test_the_default_is_small() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.rglob("*") if path.is_file()) < 40e6


def test_the_first_half_of_the_default_is_a_model_by_itself(shipped: Any) -> None:
    beginning = shipped.encode(ABSTRACTS)[:, :256]
    small = encoders.load("technology-needs-v1@256")
    assert (small.name, small.dimension) == ("technology-needs-v1@256", 256)
    np.testing.assert_allclose(
        small.encode(ABSTRACTS),
        beginning / np.linalg.norm(beginning, axis=1, keepdims=True),
        atol=1e-6,
    )


def test_short_and_long_texts_get_unit_vectors(shipped: Any) -> None:
    texts = ["锂", "粤港澳大湾", (ABSTRACTS[0] * 600)[:20_000]]
    lengths = np.linalg.norm(shipped.encode(texts), axis=1)
    np.testing.assert_allclose(lengths, 1.0, atol=1e-5)


def test_punctuation_alone_gets_no_direction(shipped: Any) -> None:
    assert not shipped.encode(["，。！？——", " \n\t", "()[]"]).any()


def test_both_scripts_give_one_vector_once_normalised(shipped: Any) -> None:
    pair = ["陶瓷窑炉节能优化设计", "陶瓷窯爐節能優化設計"]
    simplified, traditional = shipped.encode([text.normalise(each) for each in pair])
    np.testing.assert_array_equal(simplified, traditional)
    assert simplified.any()


def test_what_belongs_together_is_closer(shipped: Any) -> None:
    need, near, far = shipped.encode(["废旧锂电池回收", ABSTRACTS[0], ABSTRACTS[1]])
    assert need @ near > need @ far


@pytest.mark.slow
def test_the_default_opens_without_flags_and_agrees(shipped: Any) -> None:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(SHIPPED), device="cpu", local_files_only=True)
    texts = [*ABSTRACTS, "锂", (ABSTRACTS[0] * 600)[:20_000]]
    cosines = np.einsum("ij,ij->i", model.encode(texts), shipped.encode(texts))
    assert cosines.min() > 0.9999
