"""The fields of the form of a need or an achievement, as lists of texts, right or wrong: from a
form, or from a sketch that keeps them. Rows (indicators, rights, holders) are parallel lists, one
for each column. What they mean is in `posting`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import zip_longest

from market import cells
from market.actions.drafts import ListingDraft
from market.models import Holder, Indicator, Right
from market.models.particulars import Particular
from web.formats import FEN_A_WAN
from web.forms.reading import Given, clean

MOST_KEPT = 400_000
"""As much as a sketch holds in all: what is typed is kept whole, or refused as a whole."""
MOST_VALUES = 60
ROWS: Mapping[str, tuple[str, ...]] = {
    "indicators": ("name", "before", "value", "unit"),
    "rights": ("kind", "number", "name", "status", "checked_on"),
    "holders": ("name", "holding", "share", "until"),
}
"""The columns of the rows, each an input `part-column`."""
TEXTS = (
    "title", "summary", "problem", "background", "tried", "innovation", "cases", "body",
    "assessor", "team", "contact",
)  # fmt: skip


class Entered(dict[str, list[str]]):
    """The fields of a form by name, as they were entered; a `Given` like the form itself."""

    def getlist(self, key: str) -> list[str]:
        """Every value under a name."""
        return self.get(key, [])

    def one(self, name: str, otherwise: str = "") -> str:
        """The last value under a name."""
        return self[name][-1] if self.get(name) else otherwise

    def rows(self, part: str) -> list[dict[str, str]]:
        """The rows of a part, each by column, empty ones included."""
        names = ROWS[part]
        columns = [self.get(f"{part}-{name}", []) for name in names]
        return [dict(zip(names, row, strict=True)) for row in zip_longest(*columns, fillvalue="")]

    def set_rows(self, part: str, rows: Sequence[Mapping[str, str]]) -> None:
        """Replace the rows of a part."""
        for name in ROWS[part]:
            self[f"{part}-{name}"] = [row.get(name, "") for row in rows]


def typed_in(given: Given, names: Sequence[str]) -> Entered:
    """The values under these names, cleaned of what cannot be seen and otherwise as typed."""
    found = Entered()
    for name in names:
        values = [
            clean(value)[:MOST_KEPT] for value in given.getlist(name) if isinstance(value, str)
        ]
        found[name] = values[:MOST_VALUES]
    return found


def entered_in(given: Given) -> Entered:
    """What a form or a sketch holds."""
    if isinstance(given, Entered):
        return given
    names = list(given.keys()) if isinstance(given, Mapping) else []
    return typed_in(given, names)


def entered_of(draft: ListingDraft) -> Entered:
    """What the form shows of a stored listing: read again, it is the same draft."""
    found = Entered({name: [getattr(draft, name)] for name in TEXTS})
    found |= {
        "keywords": [cells.joined(draft.keywords)], "field": list(draft.field_codes),
        "division": [draft.division_code or ""], "readiness": [str(draft.readiness or "")],
        "mode": [mode.value for mode in draft.modes], "wanted_by": [_iso(draft.wanted_by)],
        "amount_min": [in_wan(draft.amount_min)], "amount_max": [in_wan(draft.amount_max)],
        "stage": [draft.stage or ""], "evidence": [each.value for each in draft.evidence],
        "assessment": [draft.assessment or ""], "owner": [str(draft.owner_id)],
    }  # fmt: skip
    found |= {f"tier_{name}": [tier.value] for name, tier in draft.tiers.items()}
    for part in ROWS:
        found.set_rows(part, [_row(each) for each in getattr(draft, part)])
    return Entered({name: [str(v) for v in values] for name, values in found.items()})


def whole(text: str) -> int:
    """A whole number; 0, which nothing has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def in_wan(fen: int | None) -> str:
    """Fen as the number of 万元 that somebody would type."""
    if fen is None:
        return ""
    typed = f"{Decimal(fen) / FEN_A_WAN:f}"
    return typed.rstrip("0").rstrip(".") if "." in typed else typed


def _row(each: Particular) -> dict[str, str]:
    names = ROWS[{Indicator: "indicators", Right: "rights", Holder: "holders"}[type(each)]]
    values = {name: getattr(each, name) for name in names}
    return {
        n: "" if v is None else _iso(v) if isinstance(v, date) else str(v)
        for n, v in values.items()
    }


def _iso(value: date | None) -> str:
    return value.isoformat() if value else ""
