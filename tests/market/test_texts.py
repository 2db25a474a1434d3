"""What can be told of a text without understanding it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.models import Language
from market.texts import has_script, has_words, is_binary, language_of, opening, shortened


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("陶", True),
        ("7", True),
        ("a", True),
        ("", False),
        (" \n", False),
        ("🔥🔥", False),
        ("——！", False),
        ("___", False),
    ],
)
def test_whether_a_text_says_anything(text, says):
    assert has_words(text) is says


@pytest.mark.parametrize(
    ("text", "binary"),
    [
        ("正文\n第二段\t完", False),
        ("abc\0def", True),
        ("\x01\x02\x03文", True),
        ("", False),
        ("字" * 99 + "\x07", False),
    ],
)
def test_whether_it_is_text_at_all(text, binary):
    assert is_binary(text) is binary


@pytest.mark.parametrize(
    ("text", "scripted"),
    [
        ("<script>alert(1)</script>", True),
        ("< SCRIPT src=x>", True),
        ("<img src=x onerror=alert(1)>", True),
        ("见 javascript:alert(1)", True),
        ("pH<7 且 T>300", False),
        ("使用 JavaScript 编写的界面", False),
        ("温度<svg>", True),
    ],
)
def test_whether_it_carries_a_script(text, scripted):
    assert has_script(text) is scripted


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("铝型材表面处理工艺", Language.SIMPLIFIED),
        ("納米材料的製備與優化", Language.TRADITIONAL),
        ("Low-temperature sintering of LTCC ceramics", Language.ENGLISH),
        ("基于 LSTM 的预测", Language.SIMPLIFIED),
        ("", Language.SIMPLIFIED),
    ],
)
def test_the_language_of_a_text(text, language):
    assert language_of(text) is language


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("研究了铜的提纯。方法如下。", "研究了铜的提纯"),
        ("版权的刑事保护制度.但是随着", "版权的刑事保护制度"),
        ("密度为 3.5 的陶瓷. 它很硬", "密度为 3.5 的陶瓷"),
        ("短", "短"),
        ("。。。先有句号，后有字", "。。。先有句号，后有字"),
    ],
)
def test_the_opening_is_the_first_sentence(text, title):
    assert opening(text) == title


def test_a_long_sentence_is_cut_between_clauses():
    text = (
        "针对陶瓷辊道窑余热利用率低的问题，" * 2
        + "提出了一种蓄热与换热相结合并且带有在线控制的新型余热梯级利用方法"
    )
    assert opening(text) == "针对陶瓷辊道窑余热利用率低的问题，针对陶瓷辊道窑余热利用率低的问题"


def test_a_long_clause_is_cut_outside_of_words_and_numbers():
    text = "字" * 55 + "polytetrafluoroethylene" + "字" * 20
    assert opening(text) == "字" * 55 + "…"


@given(st.text(min_size=1), st.integers(5, 80))
def test_a_shortened_text_keeps_its_limit_and_beginning(text, limit):
    short = shortened(text, limit)
    assert len(short) <= limit
    assert text.startswith(short.removesuffix("…"))


@given(st.text())
def test_an_opening_is_short_and_says_something_if_the_text_does(text):
    assert len(opening(text)) <= 60
    assert has_words(opening(text)) or not has_words(text[:50])
