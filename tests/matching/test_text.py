"""Normalisation, the way back to the author's characters, sentences and titles."""

from __future__ import annotations

import re
from bisect import bisect_right

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
        ("铜\ud800\udfff\udc80铝", "铜   铝"),
        ("a\ud800", "a "),
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


MARKED = st.text("aeKか ｶﾞﾟ\u0301\u0327\u3099\u309a\u1112\u1161\u11ab℃㎡①ﬁİ數據优铜，", max_size=40)


@given(MARKED)
def test_every_character_comes_from_the_cluster_that_its_offset_names(written: str) -> None:
    normal, offsets = text.normalise_with_offsets(written)
    assert normal == text.normalise(written)
    for i, character in enumerate(normal):
        end = offsets[bisect_right(offsets, offsets[i])]
        assert character in text.normalise(written[offsets[i] : end])


@given(st.text(max_size=60), st.data())
def test_a_piece_of_the_normalised_text_was_written_somewhere(written: str, data: st.DataObject):  # type: ignore[no-untyped-def]
    normal, offsets = text.normalise_with_offsets(written)
    start = data.draw(st.integers(0, len(normal)))
    end = data.draw(st.integers(start, len(normal)))
    if start < end:
        assert offsets[start] < max(offsets[end], offsets[end - 1] + 1) <= len(written)


def test_a_merged_accent_does_not_make_up_for_a_character_that_grew() -> None:
    written = "cafe\u0301 25℃水"
    normal, offsets = text.normalise_with_offsets(written)
    assert (normal, list(offsets)) == ("café 25°c水", [0, 1, 2, 3, 5, 6, 7, 8, 8, 9, 10])


def test_offsets_of_what_only_folds_as_a_whole_still_point_at_their_clusters() -> None:
    written = "ﾡￂ㎡铜"
    normal, offsets = text.normalise_with_offsets(written)
    assert normal == "".join(map(text.normalise, written))
    assert list(offsets) == [0, 1, 2, 2, 3, 4]


@pytest.mark.parametrize("nothing", ["", "   \n", "😀🎉", "……——！！", "\x00\x01"])
def test_text_without_content_is_refused(nothing: str) -> None:
    with pytest.raises(ContentlessText):
        text.require_content(nothing)


def test_long_text_is_refused_with_its_length() -> None:
    with pytest.raises(TextTooLong, match="20001"):
        text.require_content("铜" * 20_001)


def test_the_parts_of_a_text_are_counted_without_anything_between_them() -> None:
    text.require_content("铜" * 10_000, "", "铅" * 10_000)
    with pytest.raises(TextTooLong, match="20001"):
        text.require_content("铜" * 10_000, "", "铅" * 10_001)
    with pytest.raises(ContentlessText):
        text.require_content("！", "")


def test_sentences_keep_their_marks_and_drop_white_space() -> None:
    written = "  铅锡偏高。怎么办？\n\n1.5%以上； Field tests took a year. It works."
    assert [written[a:b] for a, b in text.sentences(written)] == [
        "铅锡偏高。", "怎么办？", "1.5%以上；", "Field tests took a year.", "It works.",
    ]  # fmt: skip


def test_abbreviations_do_not_end_a_sentence() -> None:
    written = (
        "Fig. 3 shows it. See No. 5 vs. Figs. 1, e.g. The Cu of Li et al. 2019. He said no. So."
    )
    assert [written[a:b] for a, b in text.sentences(written)] == [
        "Fig. 3 shows it.",
        "See No. 5 vs. Figs. 1, e.g. The Cu of Li et al. 2019.",
        "He said no.",
        "So.",
    ]


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


@pytest.mark.parametrize("gap", ["\u00a0", "\u2003", " ", "\u00a0 "])
@pytest.mark.parametrize("border", ["\n", "\t", "：", ": "])
def test_white_space_around_a_border_belongs_to_neither_part(gap: str, border: str) -> None:
    pasted = f"铅渣处理{gap * 70}{border}{gap * 70}现有冶炼渣堆存"
    assert text.title_and_body(pasted) == ("铅渣处理", "现有冶炼渣堆存")


def test_looking_for_a_border_goes_over_white_space_once() -> None:
    """`\\s*` before a border is tried again from every character of a long gap."""
    assert re.findall(r"\\s[*+]|\{\d*,\}", text._BORDER.pattern) == []
