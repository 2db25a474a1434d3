"""What is asked of the matchmaker and what it answers: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from market.models.enums import CooperationMode
from market.queries.rows import ListingRow
from matching import Label, Reasons


@dataclass(frozen=True, slots=True)
class MatchFilter:
    """What a match must satisfy; amounts in fen. What a listing leaves open passes."""

    fields: tuple[str, ...] = ()
    divisions: tuple[str, ...] = ()
    modes: tuple[CooperationMode, ...] = ()
    readiness_min: int | None = None
    readiness_max: int | None = None
    amount_min: int | None = None
    amount_max: int | None = None
    excluded_owners: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A listing that was found. Its reasons point into its `title`, `text` and `keywords`, and
    into the parts of the same names of the result."""

    listing: ListingRow
    score: float | None
    label: Label | None
    reasons: Reasons
    title: str
    text: str
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The best matches of a text. `title` and `text` are the two parts it was read as."""

    rows: list[MatchRow]
    total_considered: int
    channels: tuple[str, ...]
    took_ms: float
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class MatcherStatus:
    """How matching stands: ready, warming (the model loads), lexical-only, or building.

    `pending` index changes and `suggestions_pending` listings are still to be worked off.
    """

    state: str
    channels: tuple[str, ...]
    documents: int
    pending: int
    suggestions_pending: int
    model: str
    message: str


@dataclass(frozen=True, slots=True)
class RankingCard:
    """What the ranking is made of; `measured` holds the figures of matching's weights file."""

    model: str
    weights: Mapping[str, float]
    strong: float
    fair: float
    calibration: tuple[float, float] | None
    measured: Mapping[str, Any]
