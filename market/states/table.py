"""What a table of moves is made of. Buttons, the record of changes, notices and the tests read the
tables; `market.workflow` applies them. A guard carries the sentence that is shown when it fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from market.models.organisations import Organisation
from market.roles import Permission, Viewer, holders


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a guard may look at. `owner` is the organisation whose matter this is, and the one
    in which the viewer's membership counts; None where the bureau decides about nobody's own."""

    subject: Any
    owner: Organisation | None
    viewer: Viewer
    now: datetime
    reason: str = ""

    @property
    def owner_id(self) -> int | None:
        """The id of that organisation."""
        return self.owner.id if self.owner else None


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition on a move, and the sentence that helps when it fails. One that `asks` is about
    what the person enters with the move, so a page may offer the move before it holds."""

    name: str
    holds: Callable[[Situation], bool]
    reason: str
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """From, to, who (whoever holds the permission towards the owner) and on what condition."""

    name: str
    source: StrEnum
    target: StrEnum
    text: str
    by: Permission
    needs: tuple[Guard, ...] = ()

    @property
    def wants_reason(self) -> bool:
        """Whether whoever does it must say why."""
        return says_why in self.needs


says_why = Guard(
    "says_why", lambda it: len(it.reason.strip()) >= 2, "请写明理由，当事人会看到。", asks=True
)
is_not_ones_own = Guard(
    "is_not_ones_own",
    lambda it: it.owner_id is None or it.owner_id not in it.viewer.memberships,
    "这是您所在单位的事项，请由其他工作人员处理。",
)


def someone_else(name: str, column: str, sentence: str) -> Guard:
    """A guard that whoever is named in a column of the row is not the one who acts: preparing and
    approving one matter are never the same person's."""

    def holds(it: Situation) -> bool:
        earlier = getattr(it.subject, column)
        return earlier is None or earlier != it.viewer.person_id

    return Guard(name, holds, sentence)


def find_move(moves: Iterable[Move], name: str, state: StrEnum) -> Move | None:
    """The move of this name that leads on from a state."""
    return next((m for m in moves if m.name == name and m.source is state), None)


def open_moves(moves: Sequence[Move], situation: Situation) -> list[Move]:
    """The moves that would be accepted now, were it not for what they still ask: what a page may
    offer."""
    here = (m for m in moves if m.source is situation.subject.state)
    return [m for m in here if refusal(m, situation, offering=True) is None]


def refusal(move: Move, situation: Situation, *, offering: bool = False) -> str | None:
    """Why the move is refused now, or None. `offering` leaves out what the person must enter."""
    if not situation.viewer.holds(move.by, situation.owner_id):
        return f"只有{'、'.join(role.text for role in holders(move.by))}可以{move.text}。"
    guards = (guard for guard in move.needs if not (offering and guard.asks))
    return next((guard.reason for guard in guards if not guard.holds(situation)), None)
