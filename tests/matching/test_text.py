"""Normalisation, the way back to the author's characters, sentences and titles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching import text
from matching.errors import ContentlessText, TextTooLong


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("ＶＯＣｓ　在线", "vocs 在线"),
        ("數據優化與軟件", "数据优化与软件"),
        ("①㎡", "1m2"),
        ("Al–Si\x00合金", "al–si 合金"),
        ("", ""),
    ],
)
def test_normalise(written: str, normal: str) -> None:
    assert text.normalise(written) == normal


@given(st.text(max_size=60))
def test_offsets_point_into_the_written_text(written: str) -> None:
    normal, offsets = text.normalise_with_offsets(written)
    assert len(offsets) == len(normal) + 1
    assert all(0 <= offsets[i] < max(len(written), 1) for i in range(len(normal)))
    assert list(offsets) == sorted(offsets)


def test_offsets_find_a_word_behind_a_character_that_grew() -> None:
    written = "面積㎡的鋁合金"
    normal, offsets = text.normalise_with_offsets(written)
    at = normal.index("铝合金")
    assert written[offsets[at] : offsets[at + 2] + 1] == "鋁合金"


@pytest.mark.parametrize("nothing", ["", "   \n", "😀🎉", "……——！！", "\x00\x01"])
def test_text_without_content_is_refused(nothing: str) -> None:
    with pytest.raises(ContentlessText):
        text.require_content(nothing)


def test_long_text_is_refused_with_its_length() -> None:
    with pytest.raises(TextTooLong, match="20001"):
        text.require_content("铜" * 20_001)


def test_sentences_keep_their_marks_and_drop_white_space() -> None:
    written = "  铅锡偏高。怎么办？\n\n1.5%以上； Field tests took a year. It works."
    assert [written[a:b] for a, b in text.sentences(written)] == [
        "铅锡偏高。", "怎么办？", "1.5%以上；", "Field tests took a year.", "It works.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text_", "foreign"),
    [("VOC source 监测", True), ("陶瓷窑炉 PLC", False), ("再生铜", False), ("123", False)],
)
def test_the_script_of_a_text(text_: str, foreign: bool) -> None:
    assert text.is_foreign(text_ if not foreign else text_ + " apportionment" * 6) is foreign


@pytest.mark.parametrize(
    ("pasted", "title", "body"),
    [
        ("短标题\n正文第一句。", "短标题", "正文第一句。"),
        ("只有一句短话", "只有一句短话", ""),
        ("长" * 80, "", "长" * 80),
        ("  \n标题\n正文", "标题", "正文"),
        ("铅渣处理 现有冶炼渣堆存", "铅渣处理", "现有冶炼渣堆存"),
        ("铅渣处理：现有冶炼渣堆存", "铅渣处理", "现有冶炼渣堆存"),
        ("12\t铅渣处理\t现有冶炼渣堆存", "铅渣处理", "现有冶炼渣堆存"),
        ("3、铅渣处理", "铅渣处理", ""),
        ("42CrMo steel ring hardening", "42CrMo steel ring hardening", ""),
    ],
)
def test_title_and_body(pasted: str, title: str, body: str) -> None:
    assert text.title_and_body(pasted) == (title, body)
