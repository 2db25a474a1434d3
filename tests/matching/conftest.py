"""Documents, an encoder without a model, and matchers over both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from matching import Document, Facts, Matcher, Range
from matching.encoders import HashingEncoder, load


@pytest.fixture
def encoder() -> HashingEncoder:
    encoder = load("hashing-64")
    assert isinstance(encoder, HashingEncoder)
    return encoder


DOCUMENTS = (
    Document(
        "copper", "achievement", "再生铜熔炼杂质脱除技术",
        "针对废杂铜火法精炼，通过氧化造渣脱除铅、锡。残余铅低于0.02%。", ("再生铜", "火法精炼"),
        Facts("published", ("TI03", "TI08"), "440100", Range(6, 6), Range(500_000_00, 800_000_00),
              ("license",), "inst-1"),
    ),
    Document(
        "tea", "achievement", "红茶发酵程度在线监测装置",
        "以近红外光谱判断发酵程度，自动调节温度与湿度。", ("红茶", "近红外"),
        Facts("published", ("AG10",), "441881", Range(8, 8), None, ("transfer", "service"),
              "inst-2"),
    ),
    Document(
        "kiln", "achievement", "陶瓷窑爐節能優化設計",
        "採用數值模擬優化燃燒器佈置，降低單位產品能耗。", ("陶瓷窯爐", "節能"),
        Facts("published", ("TI05",), "810000", Range(4, 4), Range(100_000_00, None), (), "inst-3"),
    ),
    Document(
        "voc", "achievement", "Online VOC source apportionment for chemical parks",
        "A network of photoionisation sensors locates emission sources. Field tests took a year.",
        ("VOC", "sensor network"),
        Facts("published", ("SO02",), "820000", Range(7, 7), None, ("joint",), "inst-4"),
    ),
    Document(
        "need", "need", "废铜熔炼铅锡杂质偏高",
        "我公司以废杂铜为原料，铅锡杂质偏高，影响电导率。", (),
        Facts("published", ("TI03",), "441802", Range(7, None), Range(None, 600_000_00),
              ("license",), "ent-1"),
    ),
)  # fmt: skip


@pytest.fixture
def documents() -> tuple[Document, ...]:
    return DOCUMENTS


@pytest.fixture
def matcher(encoder: HashingEncoder, documents: tuple[Document, ...]) -> Matcher:
    matcher = Matcher(encoder)
    matcher.add(documents)
    return matcher


@pytest.fixture
def opened(tmp_path: Path, encoder: HashingEncoder) -> Callable[..., Matcher]:
    """Open the index of this test; writable unless told otherwise."""

    def open_(**options: object) -> Matcher:
        chosen = {"encoder": encoder, "writable": True, **options}
        return Matcher.open(tmp_path / "index", **chosen)  # type: ignore[arg-type]

    return open_
