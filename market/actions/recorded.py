"""What the record of changes keeps of a listing's fields.

Whoever reads the record may not be somebody who may read the field. Of a text that not everybody
may read it keeps a digest, which shows that it changed and proves a copy; of what has few possible
values it keeps no more than that it was there, because a digest of those is soon guessed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from market.models.enums import Tier
from market.models.particulars import Particular, written

TEXTS = {
    name: name
    for name in (
        "summary", "body", "keywords", "indicators", "background", "problem", "tried",
        "innovation", "cases", "team", "rights",
    )
}  # fmt: skip
VALUES = {
    "owner_id": "owner", "division_code": "division", "readiness": "readiness",
    "stage": "readiness", "evidence": "readiness", "assessment": "readiness",
    "assessor": "readiness", "holders": "holders",
    "amount_min": "amount", "amount_max": "amount",
}  # fmt: skip
"""By column, the field whose tier counts."""
LETTERS = 16
KEPT_BACK = "***"
NEVER = ("contact",)
"""How to reach a person: the record, which nobody can erase, never holds it."""


def recorded(values: Mapping[str, Any], tiers: Mapping[str, Tier]) -> dict[str, Any]:
    """The values as the record keeps them, for fields of these tiers."""
    return {name: _recorded(name, _plain(value), tiers) for name, value in values.items()}


def digest_of(value: Any) -> str:
    """What stands for a text: the first letters of its SHA-256."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:LETTERS]}"


def _recorded(name: str, value: Any, tiers: Mapping[str, Tier]) -> Any:
    field = TEXTS.get(name) or VALUES.get(name)
    is_open = field is None or tiers.get(field, Tier.PUBLIC) is Tier.PUBLIC
    is_open = is_open and name not in NEVER
    if is_open or value in (None, "", []):
        return value
    return digest_of(value) if name in TEXTS else KEPT_BACK


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, list):
        return [written(each) if isinstance(each, Particular) else each for each in value]
    return value.isoformat() if isinstance(value, date) else value
