"""Reasons as this market means them, and as it keeps them."""

from __future__ import annotations

from dataclasses import replace

from market.models.enums import Kind
from matching import Reasons
from matching.types import FactReason

KEPT_TERMS, KEPT_SPANS = 8, 4


def judged(reasons: Reasons, asker: Kind) -> Reasons:
    """The reasons with fits and gaps as this market means them.

    The matcher knows ranges only. Here a higher readiness than the one wanted fits as well, and
    so does a price below the budget.
    """
    facts = tuple(_judged(fact, asker) for fact in reasons.facts)
    return replace(reasons, facts=facts)


def kept_of(reasons: Reasons) -> Reasons:
    """The reasons as they are stored: what a page shows of them, so that thousands of listings
    with twenty suggestions each stay small."""
    terms = tuple(
        replace(term, query=term.query[:KEPT_SPANS], document=term.document[:KEPT_SPANS])
        for term in reasons.terms[:KEPT_TERMS]
    )
    return replace(reasons, terms=terms)


def _judged(fact: FactReason, asker: Kind) -> FactReason:
    if fact.fact not in ("readiness", "money"):
        return fact
    need, achievement = fact.wanted, fact.offered
    if asker is Kind.ACHIEVEMENT:
        need, achievement = achievement, need
    if fact.fact == "readiness":
        return replace(fact, fits=achievement[1] >= need[0])
    most, least = need[1], achievement[0]
    return replace(fact, fits=most is None or least is None or least <= most)
