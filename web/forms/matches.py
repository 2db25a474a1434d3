"""A text to match and the conditions on its matches."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from functools import cached_property

from market.errors import Problem
from market.matchmaking import MatchFilter
from market.models import Kind
from market.queries.listings import ListingRow
from web.addresses import (
    MAX_HEADER,
    MAX_SHARED,
    Unreadable,
    address,
    text_parameters,
    unpack,
)
from web.forms.conditions import WORDS, conditions
from web.forms.reading import UNSEEN, Codes, Given, Reading, clean

MAX_TEXT = 5_000
SHORT = 10
"""Letters, characters and digits under which a percentage rests on next to nothing."""


@dataclass(frozen=True)
class MatchForm:
    """A text to match and what its matches must satisfy."""

    wanted: Kind
    text: str
    filters: MatchFilter
    entered: dict[str, object]
    problems: list[Problem]
    notes: list[str]
    is_asked: bool = False
    """Whether the button was pressed: while somebody types, the form comes without it."""

    @cached_property
    def address(self) -> str:
        """The address that opens the same matches anywhere."""
        start = {"wanted": self.wanted.value, **text_parameters(self.text)}
        return address("/match", {**start, **self.entered})

    @property
    def text_fields(self) -> list[tuple[str, str]]:
        """The hidden fields that carry the text to another page."""
        return list(text_parameters(self.text).items())

    @property
    def is_shareable(self) -> bool:
        """Whether the text can travel in an address."""
        return len(self.text) <= MAX_TEXT and len(self.address) <= MAX_SHARED

    @property
    def place(self) -> str:
        """The address that brings back what was entered; that of the empty page where none can."""
        return self.address if self.is_shareable else "/match"

    @property
    def fits_header(self) -> bool:
        """Whether the place is short enough for a header."""
        return len(self.place) <= MAX_HEADER

    @property
    def is_short(self) -> bool:
        """Whether the text is too short to rest a percentage on."""
        return sum(character.isalnum() for character in self.text) < SHORT

    @property
    def warming_address(self) -> str:
        """Where the page asks whether the encoder is ready, on behalf of these matches."""
        return self.address.replace("/match", "/match/warming", 1)

    @property
    def without_conditions(self) -> str:
        """The same text with no condition."""
        return replace(self, entered={}).address

    @property
    def loosened(self) -> list[tuple[str, str]]:
        """Each condition that is set, with the address of the same matches without it."""
        return [
            (name, replace(self, entered={**self.entered, **dict.fromkeys(keys)}).address)
            for name, keys in WORDS.items()
            if any(self.entered.get(key) for key in keys)
        ]

    @property
    def is_filtered(self) -> bool:
        """Whether any condition narrows the matches."""
        return any(self.entered.values())


def match_form(given: Given, known: Codes) -> MatchForm:
    """A text and its conditions, from a form or from a shared address."""
    read = Reading(given)
    wanted = Kind(read.choice("wanted", Kind, Kind.ACHIEVEMENT, "匹配方向"))
    text = _text(read)
    chosen, entered = conditions(read, known)
    is_asked = bool(read.raw("ask"))
    return MatchForm(wanted, text, chosen, entered, read.problems, read.notes, is_asked)


def trying(listing: ListingRow) -> str:
    """The address that matches a listing's own title and summary against the other side."""
    text = f"{listing.title}\n{listing.summary or listing.excerpt}"
    return address("/match", {"wanted": listing.kind.other.value, **text_parameters(text)})


def _text(read: Reading) -> str:
    """The pasted text, unpacked where the address carries it packed."""
    packed, text = read.raw("z"), read.raw("text")
    if packed and not text:
        try:
            text = clean(unpack(packed)).strip()
        except Unreadable:
            read.wrong("text", "分享链接不完整，可能在转发时被截断。请重新粘贴原文。")
    if len(text) > MAX_TEXT:
        read.wrong(
            "text",
            f"最多 {MAX_TEXT:,} 字，现有 {len(text):,} 字。请保留问题、指标和条件，删去背景介绍。",
        )
    elif _is_binary(read, text):
        read.wrong("text", "这段内容不像文字：含有大量无法显示的字符。请从原文件中复制文字再粘贴。")
    elif text and not any(unicodedata.category(c)[0] in "LN" for c in text):
        read.wrong("text", "这段内容没有文字，只有标点或表情符号。请用一两句话写出技术问题。")
    return text


def _is_binary(read: Reading, text: str) -> bool:
    """Whether more than a tenth of what was entered are signs that no text has."""
    entered = "".join(value for value in read.given.getlist("text")[-1:] if isinstance(value, str))
    lost = len(UNSEEN.findall(entered)) + entered.count("\ufffd")
    return bool(entered) and lost * 10 > len(entered)
