"""What leaves the house, and what carries it: `mail` and `sms` do, `outbox` hands over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it leaves. `id` is the same however often it is tried; `unsubscribe` is an
    address that ends letters of this kind, with one POST."""

    id: str
    target: str
    subject: str
    text: str
    at: datetime
    unsubscribe: str = ""


class NotSent(Exception):
    """Why a letter did not leave, without saying whom it was for. `is_final`: trying again is of
    no use."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.is_final = reason, is_final


class Carrier(Protocol):
    """Takes letters one after another and says of each, as soon as it knows, why it did not leave,
    or None."""

    def carry(self, letters: Sequence[Letter]) -> Iterator[NotSent | None]: ...
