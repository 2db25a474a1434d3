"""The tables of roles, permissions and moves as a page shows them. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from market.roles import (
    BUREAU_ROLES,
    MEMBERSHIP_ROLES,
    PERMISSIONS,
    Permission,
    Role,
    holders,
)
from market.states import MOVES, Move

INTERNAL = {Role.OPERATOR, Role.CLOCK}
GROUPS: tuple[tuple[str, tuple[Role, ...]], ...] = (
    ("任何人", (Role.VISITOR, Role.MEMBER)),
    ("在一个单位里", (*MEMBERSHIP_ROLES, Role.ENTERPRISE, Role.INSTITUTION)),
    ("主管部门和专家", (*BUREAU_ROLES, Role.EXPERT)),
)
NOUNS = {
    "listing": "需求与成果",
    "certification": "单位认证",
    "merge": "单位合并",
    "membership": "单位成员",
    "report": "举报",
    "appeal": "申诉",
    "disclosure": "保密授权",
}

MOVE_WORDS = {f"{noun}.{move.name}": move.text for noun, moves in MOVES.items() for move in moves}
STATE_WORDS = {
    f"{noun}:{state.value}": state.text  # type: ignore[attr-defined]
    for noun, moves in MOVES.items() for move in moves for state in (move.source, move.target)
}  # fmt: skip
"""What a state is called, by noun and value."""


@dataclass(frozen=True, slots=True)
class RoleCard:
    """A role and what it may."""

    role: Role
    permissions: tuple[Permission, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a table of moves; its conditions by their numbers."""

    source: str
    name: str
    target: str
    by: str
    needs: tuple[int, ...]


def cards() -> list[tuple[str, list[RoleCard]]]:
    """Every role that a person can have, in groups."""
    return [(name, [_card(role) for role in roles]) for name, roles in GROUPS]


def tables() -> list[tuple[str, str, list[Step]]]:
    """(noun, its name, its moves) for everything that has a state."""
    return [(noun, NOUNS[noun], _steps(moves)) for noun, moves in MOVES.items()]


def conditions() -> list[str]:
    """Every condition of a move once, in the order in which the tables come to it; a Step names
    them by their place, counted from 1."""
    guards = (guard for moves in MOVES.values() for move in moves for guard in move.needs)
    return list(dict.fromkeys(guard.reason for guard in guards))


def _card(role: Role) -> RoleCard:
    held = PERMISSIONS[role]
    return RoleCard(role, tuple(permission for permission in Permission if permission in held))


def _steps(moves: Sequence[Move]) -> list[Step]:
    numbers = {reason: number for number, reason in enumerate(conditions(), 1)}
    return [
        Step(
            move.source.text,  # type: ignore[attr-defined]
            move.text,
            move.target.text,  # type: ignore[attr-defined]
            "、".join(r.text for r in holders(move.by) if r not in INTERNAL) or "到时自动",
            tuple(numbers[guard.reason] for guard in move.needs),
        )
        for move in moves
    ]
