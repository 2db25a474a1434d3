"""What a person is told when something cannot be done. Reasons are shown as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class MarketError(Exception):
    """The parent of every error that the marketplace raises on purpose."""


class NotAllowed(MarketError):
    """The viewer may not do this, or not now; `reason` says why in one sentence that helps."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotSignedIn(NotAllowed):
    """Signing in may mend it."""


class NotFresh(NotAllowed):
    """Showing the password once more mends it."""


class TooMany(NotAllowed):
    """Too often in too short a time; `seconds` until it may be tried again."""

    def __init__(self, reason: str, seconds: int) -> None:
        super().__init__(reason)
        self.seconds = seconds


class NotFound(MarketError):
    """There is nothing here that the viewer may see."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with what was entered; `row` counts as the file's reader counts."""

    field: str
    reason: str
    row: int | None = None

    def __str__(self) -> str:
        return self.reason if self.row is None else f"第 {self.row} 行：{self.reason}"


class Invalid(MarketError):
    """What was entered cannot be taken; every problem is listed, nothing was changed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("；".join(str(problem) for problem in problems))
        self.problems = list(problems)
