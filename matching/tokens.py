"""From normalised text to the units that the lexical channels count.

The only jieba import. One segmenter serves index and query, and its version, with that of its
dictionary and stop words, is part of an index's manifest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    from jieba import Tokenizer

DATA = Path(__file__).parent / "data"
_UNIT = re.compile(r"[a-z0-9]+|[^\W_]")
_RUN = re.compile(r"[^\W_]+")
_WORD = re.compile(r"[^\W_]")
_REPEATED = re.compile(r"([\u3400-\u9fff])\1{8,}")
_KEPT = 8
"""How much of a run of one repeated character is segmented, which takes long and says nothing."""

_SHIFT = 21
_HASHED = 0x110000
_ROOM = (1 << _SHIFT) - _HASHED
FIRST_PAIR = 1 << _SHIFT
"""Keys below this are those of single units."""


class Token(NamedTuple):
    """A word as it stands in the normalised text, characters start ≤ i < end."""

    word: str
    start: int
    end: int


@cache
def version() -> str:
    """Names segmenter, dictionary and stop words: two indexes that agree on it count alike."""
    from importlib.metadata import version as installed

    digest = hashlib.sha256()
    for name in ("dictionary.txt", "stopwords.txt"):
        digest.update((DATA / name).read_bytes())
    return f"jieba-{installed('jieba')}+{digest.hexdigest()[:12]}"


@cache
def stop_words() -> frozenset[str]:
    """Words that carry no technology: they are neither counted nor searched with."""
    lines = (DATA / "stopwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


@cache
def _segmenter() -> Tokenizer:
    import logging

    import jieba

    jieba.setLogLevel(logging.WARNING)
    segmenter = jieba.Tokenizer()
    segmenter.initialize()
    with (DATA / "dictionary.txt").open(encoding="utf-8") as lines:
        segmenter.load_userdict(lines)
    return segmenter


def dictionary() -> dict[str, int]:
    """{word: how often it occurs} of the segmenter, 0 for mere beginnings of words."""
    return dict(_segmenter().FREQ)


COMMON = 2_000
"""Words of the dictionary that occur more often say nothing of a technology: 稳定, 工艺, 时间."""


def is_distinctive(word: str) -> bool:
    """Whether it is a word of the dictionary, rather than one that the segmenter guessed, and not
    one that every text holds."""
    return 0 < (_segmenter().FREQ.get(word) or 0) < COMMON


def warm_up() -> None:
    """Load the dictionaries now (half a second) instead of at the first text."""
    _segmenter()
    stop_words()


def content_tokens(text: str) -> list[Token]:
    """The words of a normalised text that are no stop words, in order, not overlapping."""
    stop = stop_words()
    return [
        Token(word, at + start, at + end)
        for at, piece in _without_repetition(text)
        for word, start, end in _segmenter().tokenize(piece)
        if word not in stop and _WORD.search(word)
    ]


def _without_repetition(text: str) -> Iterator[tuple[int, str]]:
    """The text in pieces that leave out long runs of one character, and where each starts."""
    start = 0
    for run in _REPEATED.finditer(text):
        yield start, text[start : run.start() + _KEPT]
        start = run.end()
    yield start, text[start:]


def search_words(token: Token) -> Iterator[Token]:
    """The token and the dictionary words inside it: jieba's search mode, without stop words."""
    known, stop = _segmenter().FREQ, stop_words()
    word = token.word
    for size in (2, 3):
        if len(word) > size:
            for i in range(len(word) - size + 1):
                piece = word[i : i + size]
                if known.get(piece) and piece not in stop:
                    yield Token(piece, token.start + i, token.start + i + size)
    yield token


AROUND = 8
"""How many characters on either side decide whether a word stands as one."""
TELLING = frozenset(
    "氢氦锂铍硼碳氮氧氟钠镁铝硅磷硫氯氩钾钙钪钛钒铬锰铁钴镍铜锌镓锗砷硒溴锶钇锆铌钼钌铑钯银镉铟锡锑碲碘铯钡"
    "镧铈镨钕钐铕钆铽镝钬铒铥镱镥铪钽钨铼锇铱铂汞铊铅铋钢釉窑茶膜酶菌"
)
"""Single characters that say something by themselves: elements, and a few of our fields."""
_LETTERS = re.compile(r"[^\W\d_].*[^\W_]")


def is_telling(word: str) -> bool:
    """Whether a word explains anything to a reader: no bare number, no common single character."""
    return word in TELLING or _LETTERS.search(word) is not None


def stands_as_word(text: str, start: int, end: int) -> bool:
    """Whether a piece of a normalised text is a word of it, or a dictionary word inside one."""
    left, right = max(start - AROUND, 0), end + AROUND
    return text[start:end] in TELLING or any(
        (piece.start + left, piece.end + left) == (start, end)
        for token in _tokens(text[left:right])
        for piece in search_words(token)
    )


@lru_cache(maxsize=50_000)
def _tokens(text: str) -> tuple[Token, ...]:
    return tuple(content_tokens(text))


@cache
def dictionary_words(minimum: int, maximum: int) -> list[str]:
    """The segmenter's dictionary words of some lengths, in order; for making texts up."""
    return sorted(w for w, n in dictionary().items() if n and minimum <= len(w) <= maximum)


@lru_cache(maxsize=200_000)
def word_key(word: str) -> int:
    """A stable 63-bit key. Two words of a corpus share one with a chance below 1e-7."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big") >> 1


def gram_keys(text: str) -> list[int]:
    """Keys of the single units and neighbouring pairs of a normalised text.

    A unit is one character, or a whole run of Latin letters and digits. Pairs never cross
    punctuation or white space. A character is its code point; a run is hashed above the last.
    """
    keys: list[int] = []
    for run in _RUN.findall(text):
        units = [_unit_key(unit) for unit in _UNIT.findall(run)]
        keys += units
        keys += [(a << _SHIFT) | b for a, b in pairwise(units)]
    return keys


def _unit_key(unit: str) -> int:
    if len(unit) == 1:
        return ord(unit)
    return _HASHED + crc32(unit.encode()) % _ROOM
