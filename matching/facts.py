"""Which facts of two documents fit and which leave a gap; says nothing where one is unknown.

The wanting side is the query: a need that wants readiness 7, or an achievement that is offered at
readiness 4 and searches for needs. Who wants and who offers is told by `kind`-blind facts alone:
ranges fit when they meet, sets when they have something in common.
"""

from __future__ import annotations

from matching.types import FactReason, Facts, Range


def fact_reasons(wanted: Facts, offered: Facts) -> tuple[FactReason, ...]:
    """Fits and gaps, in a fixed order, of the facts that both sides state."""
    found = (
        _range("readiness", wanted.readiness, offered.readiness),
        _range("money", wanted.money, offered.money),
        _common("modes", wanted.modes, offered.modes),
        _common("fields", wanted.fields, offered.fields),
        _region(wanted.division, offered.division),
    )
    return tuple(reason for reason in found if reason is not None)


def _range(name: str, wanted: Range | None, offered: Range | None) -> FactReason | None:
    if wanted is None or offered is None:
        return None
    return FactReason(name, wanted.meets(offered), list(wanted), list(offered))  # type: ignore[arg-type]


def _common(name: str, wanted: tuple[str, ...], offered: tuple[str, ...]) -> FactReason | None:
    if not wanted or not offered:
        return None
    fits = bool(set(wanted) & set(offered))
    return FactReason(name, fits, list(wanted), list(offered))  # type: ignore[arg-type]


def _region(wanted: str | None, offered: str | None) -> FactReason | None:
    """Two divisions fit when they lie in one city."""
    if not wanted or not offered:
        return None
    return FactReason("division", wanted[:4] == offered[:4], wanted, offered)
