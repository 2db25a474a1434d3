"""Change → who is told, in which words. Fills the inbox and the outbox (`market.outbox` delivers)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from market.models.organisations import Organisation
from market.roles import Viewer


def tell(
    session: Session, action: str, row: Any, owner: Organisation | None, viewer: Viewer,
    now: datetime, reason: str = "",
) -> None:  # fmt: skip
    """Tell those whom an accepted action concerns."""
