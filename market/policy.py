"""The periods that an installation may choose, each read from one environment variable.

| variable | default | meaning |
|---|---|---|
| KEJIE_LISTING_DAYS | 180 | how long a listing stays published unless it is renewed |
| KEJIE_REMIND_DAYS | 14 | how long before that its owner is reminded |
| KEJIE_STALE_DAYS | 120 | after how long without a change or a renewal a listing looks stale |
| KEJIE_REPORT_DAYS | 15 | within how many days a report is answered |
| KEJIE_REVIEW_DAYS | 7 | within how many days the bureau means to decide what waits for it |
| KEJIE_CODE_MINUTES | 10 | how long a verification code works |
| KEJIE_RESET_MINUTES | 30 | how long the link to a new password works |
| KEJIE_INVITATION_DAYS | 7 | how long an invitation works |
| KEJIE_IDLE_HOURS | 24 | after how long without a request a session ends |
| KEJIE_SESSION_DAYS | 30 | after how long it ends in any case |
| KEJIE_SKETCH_DAYS | 90 | how long what was begun and not finished is kept |
| KEJIE_LEDGER_MONTHS | 36 | how long the record of changes is kept; six at least |
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cache


class BadPolicy(ValueError):
    """A variable that cannot mean what it says; the message names it."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The periods. A field `x` is read from `KEJIE_X`; the last part of its name is its unit."""

    listing_days: int = 180
    remind_days: int = 14
    stale_days: int = 120
    report_days: int = 15
    review_days: int = 7
    code_minutes: int = 10
    reset_minutes: int = 30
    invitation_days: int = 7
    idle_hours: int = 24
    session_days: int = 30
    sketch_days: int = 90
    ledger_months: int = 36

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Policy:
        """The policy that these variables describe. Raises BadPolicy."""
        given = {
            field.name: environ.get(f"KEJIE_{field.name.upper()}", "") for field in fields(cls)
        }
        return cls(**{name: _number(name, value) for name, value in given.items() if value.strip()})

    def period(self, name: str) -> timedelta:
        """A period that is counted in days, hours or minutes."""
        return timedelta(**{name.rsplit("_", 1)[1]: getattr(self, name)})


@cache
def current() -> Policy:
    """The policy of this process."""
    return Policy.from_environment()


def _number(name: str, value: str) -> int:
    least = 6 if name == "ledger_months" else 1
    if not value.strip().isdecimal() or not least <= int(value) <= 10_000:
        raise BadPolicy(f"KEJIE_{name.upper()} 应为不小于 {least} 的整数，现为 {value!r}")
    return int(value)
