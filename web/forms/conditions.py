"""The conditions on matches that an address carries, read alike by the match page and search."""

from __future__ import annotations

from market.matchmaking import MatchFilter
from web import trees
from web.forms.reading import Codes, Reading

WORDS = {
    "领域": ("field",),
    "地区": ("division",),
    "成熟度": ("readiness_min", "readiness_max"),
    "金额": ("amount_min", "amount_max"),
    "合作方式": ("mode",),
}


def conditions(read: Reading, known: Codes) -> tuple[MatchFilter, dict[str, object]]:
    """The market's filter, and what was entered for it, for the page and its addresses to keep."""
    fields, divisions, modes = read.fields(known), read.divisions(known), read.modes()
    levels = read.level("readiness_min"), read.level("readiness_max")
    money = read.money("amount_min"), read.money("amount_max")
    read.ordered("readiness_min", "readiness_max", levels)
    read.ordered("amount_min", "amount_max", money)
    chosen = MatchFilter(
        fields=trees.narrowest(fields),
        divisions=trees.narrowest(divisions),
        modes=modes,
        readiness_min=levels[0],
        readiness_max=levels[1],
        amount_min=money[0],
        amount_max=money[1],
    )
    entered: dict[str, object] = {"field": fields, "division": divisions, "mode": modes}
    return chosen, entered | read.kept("readiness_min", "readiness_max", "amount_min", "amount_max")
