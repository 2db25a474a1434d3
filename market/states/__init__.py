"""Where things stand: every table of moves, by its noun. `table` says what a move is made of."""

from __future__ import annotations

from collections.abc import Mapping

from market.states import listings, moderation, organisations
from market.states.table import (
    Guard,
    Move,
    Situation,
    find_move,
    open_moves,
    refusal,
)

__all__ = [
    "LISTING_MOVES", "MOVES", "Guard", "Move", "Situation", "find_move", "open_moves", "refusal",
]  # fmt: skip

LISTING_MOVES = listings.MOVES
MOVES: Mapping[str, tuple[Move, ...]] = {
    "listing": listings.MOVES,
    "certification": organisations.CERTIFICATION_MOVES,
    "merge": organisations.MERGE_MOVES,
    "membership": organisations.MEMBERSHIP_MOVES,
    "report": moderation.REPORT_MOVES,
    "appeal": moderation.APPEAL_MOVES,
    "disclosure": moderation.DISCLOSURE_MOVES,
}
"""By noun. The action of a move is called `noun.name` in `market.rules`."""
