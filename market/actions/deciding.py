"""What deciding on a moderation matter shares: the reason that is given, and what a second officer
is told who comes too late."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from market.errors import Invalid, NotAllowed, Problem
from market.states import MOVES, Move, find_move
from market.states.table import says_why

MAX_REASON = 2_000


def open_move(noun: str, name: str, row: Any, allowed: Iterable[str]) -> Move:
    """The move of this name that leads on from where the row stands. NotAllowed where there is
    none: mostly somebody else was faster."""
    if name not in allowed:
        raise NotAllowed("没有这个操作，请从页面上的按钮进入。")
    found = find_move(MOVES[noun], name, row.state)
    if found is None:
        raise NotAllowed(
            f"这件事项现在是“{row.state.text}”，不能再“{_text(noun, name)}”：刚刚有人办理过，"
            "请看页面上最新的结果。"
        )
    return found


def checked_reason(move: Move, reason: str) -> str:
    """The reason without its margins. Raises Invalid where one is wanted and missing, or too
    long."""
    reason = reason.strip()
    if move.wants_reason and len(reason) < 2:
        raise Invalid([Problem("reason", says_why.reason)])
    if len(reason) > MAX_REASON:
        raise Invalid([Problem("reason", f"最多 {MAX_REASON:,} 字，现有 {len(reason):,} 字。")])
    return reason


def _text(noun: str, name: str) -> str:
    return next(move.text for move in MOVES[noun] if move.name == name)
