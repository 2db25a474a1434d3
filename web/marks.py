"""Texts with the characters that a reason points at put into <mark>, everything else escaped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from markupsafe import Markup, escape


class Stretch(Protocol):
    """Characters start ≤ i < end of one part of a text: a span or a quote of a reason."""

    @property
    def part(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


def marked(text: str, spans: Iterable[Stretch], part: str, offset: int = 0) -> Markup:
    """The text, which begins at `offset` of its part, with the spans of that part marked."""
    pieces, done = [], 0
    for start, end in _merged(spans, part, offset, len(text)):
        pieces += [escape(text[done:start]), Markup("<mark>"), escape(text[start:end])]
        pieces.append(Markup("</mark>"))
        done = end
    return Markup("").join([*pieces, escape(text[done:])])


def excerpt(text: str, spans: Iterable[Stretch], part: str = "text", length: int = 110) -> Markup:
    """About `length` characters around the densest spans, marked; else its beginning."""
    ranges = _merged(spans, part, 0, len(text))
    first = max(
        (start for start, _ in ranges),
        key=lambda begin: sum(begin <= start < begin + length for start, _ in ranges),
        default=0,
    )
    begin = max(0, min(first - length // 4, len(text) - length))
    piece = text[begin : begin + length].replace("\n", " ")
    lead, tail = "…" if begin else "", "…" if begin + length < len(text) else ""
    return escape(lead) + marked(piece, spans, part, begin) + escape(tail)


def _merged(spans: Iterable[Stretch], part: str, offset: int, size: int) -> list[tuple[int, int]]:
    """The spans of a part as ascending, disjoint ranges inside a text of `size` characters."""
    cut = sorted(
        (max(0, span.start - offset), min(size, span.end - offset))
        for span in spans
        if span.part == part
    )
    merged: list[tuple[int, int]] = []
    for start, end in cut:
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
