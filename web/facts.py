"""Facts of a listing and reasons about facts, in the words of a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from market.models import CooperationMode, Kind
from market.models.particulars import Indicator
from market.parts import PARTS, Shape
from market.queries.listings import ListingRow
from web import formats
from web.deps import Places
from web.forms import MatchForm

NAMES = {
    "readiness": "成熟度",
    "money": "金额",
    "modes": "合作方式",
    "division": "地区",
    "fields": "领域",
}


TABLES = (Shape.INDICATORS, Shape.RIGHTS, Shape.HOLDERS)
VERDICTS = {"地区": ("相同", "不同"), "领域": ("相符", "不同")}
SENTENCES = {
    "readiness": "需要 {need}，现为 {achievement}",
    "money": "预算 {need}，报价 {achievement}",
    "modes": "需求方接受 {need}；成果方接受 {achievement}",
    "division": "需求在{need}，成果在{achievement}",
    "fields": "需求属于 {need}；成果属于 {achievement}",
}


@dataclass(frozen=True, slots=True)
class FactLine:
    """One fact that fits or leaves a gap, in words."""

    name: str
    fits: bool
    words: str
    is_known: bool = True

    @property
    def verdict(self) -> str:
        """How it stands, in a word."""
        if not self.is_known:
            return "未写明"
        return VERDICTS.get(self.name, ("相符", "有差距"))[0 if self.fits else 1]

    @property
    def tone(self) -> str:
        """ "fit", "gap", or "note" for what is merely so: another place is no shortcoming."""
        if self.is_known and self.fits:
            return "fit"
        return "note" if not self.is_known or self.name in VERDICTS else "gap"


def part_name(kind: Kind, name: str) -> str:
    """What readers call a part of a listing of that kind; "" where that kind has no such part."""
    return next((part.text for part in PARTS[kind] if part.name == name), "")


def prose_of(row: ListingRow) -> list[tuple[str, str, Any]]:
    """(name, heading, what it says) of everything that a reader reads from top to bottom, in the
    order of `market.parts`: texts, and the tables between them. What is empty is left out."""
    read = [part for part in PARTS[row.kind] if part.is_prose or part.shape in TABLES]
    held = [(part.name, part.text, row.parts[part.name]) for part in read]
    return [each for each in held if each[2]]


def gist_of(row: ListingRow) -> str:
    """What a preview elsewhere says of a listing in a sentence or two."""
    return " ".join((row.summary or row.excerpt or row.title).split())


def key_indicator(row: ListingRow) -> Indicator | None:
    """The indicator that stands for the others in a list: the first with a number to compare."""
    held: list[Indicator] = row.parts["indicators"]
    return next((each for each in held if each.value), held[0] if held else None)


def fact_lines(reasons: Any, asker: Kind, *pair: ListingRow | None) -> list[FactLine]:
    """All reasons about facts, gaps first: they are what a reader must know. The two listings
    tell what their codes are called."""
    names = {code: name for listing in pair if listing for code, name in _codes(listing)}
    lines = [fact_line(reason, asker, names) for reason in reasons.facts]
    return sorted(lines, key=lambda line: ("gap", "fit", "note").index(line.tone))


def condition_lines(form: MatchForm, listing: ListingRow) -> list[FactLine]:
    """How a listing stands to the conditions that the reader entered. Whatever contradicts them
    was left out before ranking, so each one fits or is not stated. What is not public counts as
    not stated, for those too who may read it: it was not asked."""
    wanted = form.filters
    amount = listing.amount if listing.tells("amount") else None
    level = (wanted.readiness_min, wanted.readiness_max)
    money = (wanted.amount_min, wanted.amount_max)
    modes = "、".join(mode.text for mode in listing.modes)
    lines = []
    if any(end is not None for end in level):
        found = listing.readiness if listing.tells("readiness") else None
        words = f"限定 {formats.levels(*level)}" + (f"，现为 {found} 级" if found else "")
        lines.append(FactLine(NAMES["readiness"], True, words, found is not None))
    if any(end is not None for end in money):
        words = f"限定 {formats.amount(*money)}，"
        words += formats.amount(amount.low, amount.high) if amount else _unstated(listing)
        lines.append(FactLine(NAMES["money"], True, words, amount is not None))
    if wanted.modes:
        lines.append(FactLine(NAMES["modes"], True, modes, bool(modes)))
    return lines


def _unstated(listing: ListingRow) -> str:
    return "面议" if listing.tells("amount") else "金额不公开"


def condition_words(form: MatchForm, places: Places) -> list[str]:
    """The conditions that the reader entered, for paper."""
    wanted = form.filters
    level = (wanted.readiness_min, wanted.readiness_max)
    money = (wanted.amount_min, wanted.amount_max)
    words = {
        "fields": "、".join(places.name(code) for code in wanted.fields),
        "division": "、".join(places.name(code) for code in wanted.divisions),
        "readiness": formats.levels(*level) if level != (None, None) else "",
        "money": formats.amount(*money) if money != (None, None) else "",
        "modes": "、".join(mode.text for mode in wanted.modes),
    }
    return [f"{NAMES[name]} {said}" for name, said in words.items() if said]


def fact_line(reason: Any, asker: Kind, names: Mapping[str, str]) -> FactLine:
    """A reason about a fact: what the need wants first, then what the achievement has.

    `asker` is the side whose page this is, which is the side that a reason calls wanting;
    `names` tells what the codes of fields and divisions are called.
    """
    values = reason.wanted, reason.offered
    need, achievement = values if asker is Kind.NEED else values[::-1]
    words = SENTENCES[reason.fact].format(
        need=_value(reason.fact, need, names), achievement=_value(reason.fact, achievement, names)
    )
    return FactLine(NAMES[reason.fact], reason.fits, words)


def spans(reasons: Any, side: str) -> list[Any]:
    """Where the shared terms stand in one of the two texts, "query" or "document". A lone letter
    or digit is left out: it stands in many words and says nothing."""
    telling = [term for term in reasons.terms if len(term.term) > 1 or not term.term.isascii()]
    return [span for term in telling for span in getattr(term, side)]


def _codes(listing: ListingRow) -> list[tuple[str, str]]:
    codes = [(field.code, field.name) for field in listing.fields]
    if listing.division_code and listing.division_name:  # both are blank where it is kept back
        codes.append((listing.division_code, listing.division_name))
    return codes


def _value(fact: str, value: Any, names: Mapping[str, str]) -> str:
    if value is None or value == () or value == []:
        return "未写明"
    if fact == "readiness":
        return formats.levels(*_ends(value))
    if fact == "money":
        return formats.amount(*_ends(value))
    codes = [value] if isinstance(value, str) else list(value)
    if fact == "modes":
        known = {mode.value: mode.text for mode in CooperationMode}
        return "、".join(known.get(code, code) for code in codes)
    return "、".join(names.get(code, code) for code in codes)


def _ends(value: Any) -> tuple[int | None, int | None]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])
