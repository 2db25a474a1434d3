"""Which sentences of a file speak of the matter that a listing is about.

An attachment can be ten times as long as what its owner wrote, and about something else. Fused
nDCG@10 on the judged demo listings (`python -m matching evaluate`), which is 0.877 as they are:

    6,000 characters of other listings after every need             0.612, chosen here 0.870
    the same after three in ten achievements                        0.458, chosen here 0.891
    achievements cut to their title, the rest of them in a file     0.528, chosen here 0.741
    achievements cut to half of their text, the other half in one   0.785, chosen here 0.790
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from market.matchmaking import normal_form

MOST_SHARED, LETTERS_FOR_ONE = 5, 15
_RUN = re.compile(r"[\u4e00-\u9fff]{2,}|[a-z]{3,}")
_SENTENCE = re.compile(r"[^。！？；\n]+[。！？；]?")


def related(own: str, text: str, most: int) -> str:
    """The sentences that share enough with the listing's own words, the closest ones within `most`
    characters, in their order and one below the other."""
    mine = _pairs(own)
    least = max(1, min(MOST_SHARED, len(mine) // LETTERS_FOR_ONE))
    sentences = [found[0].strip() for found in _SENTENCE.finditer(text)]
    ranked = sorted(_shares(mine, sentences, least), reverse=True)
    kept: list[int] = []
    for _, place in ranked:
        if len(sentences[place]) < most:
            kept.append(place)
            most -= len(sentences[place]) + 1
    return "\n".join(sentences[place] for place in sorted(kept))


def _shares(mine: frozenset[str], sentences: Sequence[str], least: int) -> list[tuple[float, int]]:
    """How much each shares that shares enough, longer ones not favoured much."""
    found = []
    for place, sentence in enumerate(sentences):
        pairs = _pairs(sentence)
        shared = len(pairs & mine)
        if shared >= least:
            found.append((shared / (1 + len(pairs)) ** 0.5, place))
    return found


def _pairs(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters, and the words of letters, in the normal form."""
    runs = _RUN.findall(normal_form(text))
    words = {run for run in runs if run[0].isascii()}
    return frozenset(words | {
        run[at : at + 2] for run in runs if not run[0].isascii() for at in range(len(run) - 1)
    })  # fmt: skip
