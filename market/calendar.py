"""Days: the whole market lives by the clock of Shanghai."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


def day_of(moment: datetime) -> date:
    """The day that it is there."""
    return moment.astimezone(ZONE).date()
