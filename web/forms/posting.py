"""What is entered about a need or an achievement: the fields of its form and no others, so that
nobody sets a state, an owner of others or a date by adding a field.

A row (of indicators, rights or holders) with nothing in it is left out.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from market import cells
from market.actions.drafts import MAX_FEN, Known, ListingDraft, problems_of
from market.errors import Invalid, Problem
from market.models import TIERED_BY, CooperationMode, Holder, Indicator, Kind, Right, Tier
from market.models.enums import (
    Assessment,
    Evidence,
    Holding,
    Labelled,
    RightKind,
    RightStatus,
    Stage,
)
from market.parts import PARTS
from web.forms.fields import ROWS, TEXTS, Entered, entered_in, typed_in, whole
from web.forms.reading import Given, Reading

LONGEST = 60_000
"""Longer than anything may be, so that what is too long is told and not cut."""
_AMOUNT = re.compile(r"(\d{1,13}(?:\.\d{1,6})?)(亿|万|千)?(元)?")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_UNITS = {"千": 1_000, "万": 10_000, "亿": 100_000_000}
L = TypeVar("L", bound=Labelled)


@dataclass
class Posting:
    """A form as it was entered. `draft` is what it means; only without problems is it taken."""

    entered: Entered
    draft: ListingDraft
    problems: list[Problem] = field(default_factory=list)

    def all_problems(self, known: Known, now: datetime) -> list[Problem]:
        """Everything that could not be read, and what is wrong with the rest."""
        spoilt = {problem.field for problem in self.problems}
        rest = problems_of(self.draft, known, now)
        return [*self.problems, *(each for each in rest if each.field not in spoilt)]

    def take(self, known: Known, now: datetime) -> ListingDraft:
        """The draft. Raises Invalid with every problem."""
        problems = self.all_problems(known, now)
        if problems:
            raise Invalid(problems)
        return self.draft


def posting(given: Given, kind: Kind, owner_id: int | None = None) -> Posting:
    """Reads the form; `owner_id` where the listing already belongs to somebody."""
    read = Reading(given)
    texts: dict[str, Any] = {
        name: read.raw(name)[:LONGEST] for name in TEXTS if name in _parts_of(kind)
    }
    draft = ListingDraft(
        owner_id=owner_id or _owner(read), keywords=cells.words(read.raw("keywords")),
        field_codes=read.many("field"), division_code=read.raw("division") or None,
        readiness=read.level("readiness"), modes=_several(read, "mode", CooperationMode),
        amount_min=_wan(read, "amount_min"), amount_max=_wan(read, "amount_max"),
        tiers=_tiers(read, kind), indicators=_indicators(read),
        **{**texts, **_of_kind(read, kind)},
    )  # fmt: skip
    return Posting(entered_in(given), draft, read.problems)


def day(text: str) -> date | None:
    """A day as people write it, 2026-03-08, 2026/3/8 or 2026年3月8日. Raises ValueError."""
    value = unicodedata.normalize("NFKC", text).replace(" ", "")
    if not value:
        return None
    found = _DAY.fullmatch(value)
    if found is None:
        raise ValueError(text)
    return date(int(found[1]), int(found[2]), int(found[3]))


def _parts_of(kind: Kind) -> set[str]:
    return {part.name for part in PARTS[kind]}


def _of_kind(read: Reading, kind: Kind) -> dict[str, Any]:
    if kind is Kind.NEED:
        return {"wanted_by": _day(read, "wanted_by", read.raw("wanted_by"))}
    return {
        "stage": _choice(read, "stage", Stage), "rights": _rights(read), "holders": _holders(read),
        "evidence": _several(read, "evidence", Evidence),
        "assessment": _choice(read, "assessment", Assessment),
    }  # fmt: skip


def _owner(read: Reading) -> int:
    id = whole(read.raw("owner"))
    if not id:
        read.wrong("owner", "请选择以哪个单位的名义发布。")
    return id


def _wan(read: Reading, name: str) -> int | None:
    """An amount in 万元, the unit that stands beside the field, unless another one is typed."""
    value = unicodedata.normalize("NFKC", read.raw(name)).replace(",", "").replace(" ", "")
    if not value:
        return None
    found = _AMOUNT.fullmatch(value)
    if found is None:
        read.wrong(name, f"金额请写数字，单位是万元，例如“50”；现为“{value[:20]}”。")
        return None
    unit = _UNITS[found[2]] if found[2] else (1 if found[3] else 10_000)
    fen = int(Decimal(found[1]) * unit * 100)
    if fen > MAX_FEN:
        read.wrong(name, "金额过大，最多 1 万亿元，请核对单位：这里以万元计。")
        return None
    return fen


def _several(read: Reading, name: str, kind: type[L]) -> tuple[L, ...]:
    """Values of a closed set, in its order."""
    given, known = read.many(name), {each.value for each in kind}
    if not known.issuperset(given):
        read.wrong(name, "没有这个选项，请从列出的选项中选择。")
    return tuple(each for each in kind if each.value in given)


def _choice(read: Reading, name: str, kind: type[L], value: str | None = None) -> L | None:
    given = read.raw(name) if value is None else value
    found = next((each for each in kind if each.value == given), None)
    if given and found is None:
        read.wrong(name, "没有这个选项，请从列出的选项中选择。")
    return found


def _day(read: Reading, name: str, value: str, where: str = "") -> date | None:
    try:
        return day(value)
    except ValueError:
        told = f"日期请写成 2027-03-08 这样；现为“{value[:20]}”。"
        read.wrong(name, f"{where}{told}")
        return None


def _tiers(read: Reading, kind: Kind) -> dict[str, Tier]:
    """Who may read each field, where the form says so."""
    found = {}
    for name in TIERED_BY[kind]:
        value = read.raw(f"tier_{name}")
        if value and value not in {tier.value for tier in Tier}:
            read.wrong(f"tier_{name}", "没有这一档，请从列出的范围中选择谁可以看。")
        elif value:
            found[name] = Tier(value)
    return found


def _rows(read: Reading, part: str) -> list[tuple[str, dict[str, str]]]:
    """The rows that say something, each with the words that tell where it stands. A choice alone
    says nothing: the first one is there before anybody chose."""
    entered = typed_in(read.given, [f"{part}-{name}" for name in ROWS[part]])
    rows = [{n: " ".join(v.split()) for n, v in row.items()} for row in entered.rows(part)]
    said = [row for row in rows if any(v for n, v in row.items() if n not in ("kind", "holding"))]
    return [(f"第 {number} 行：", row) for number, row in enumerate(said, 1)]


def _indicators(read: Reading) -> tuple[Indicator, ...]:
    return tuple(Indicator(**row) for _, row in _rows(read, "indicators"))


def _rights(read: Reading) -> tuple[Right, ...]:
    found = []
    for where, row in _rows(read, "rights"):
        kind = _choice(read, "rights", RightKind, row["kind"])
        if kind is None and not row["kind"]:
            read.wrong("rights", f"{where}请选择是哪一种知识产权。")
        status = _choice(read, "rights", RightStatus, row["status"])
        checked_on = _day(read, "rights", row["checked_on"], where)
        if kind is not None:
            found.append(Right(kind, row["number"], row["name"], status, checked_on))
    return tuple(found)


def _holders(read: Reading) -> tuple[Holder, ...]:
    found = []
    for where, row in _rows(read, "holders"):
        holding = _choice(read, "holders", Holding, row["holding"] or Holding.OWNERSHIP.value)
        share = unicodedata.normalize("NFKC", row["share"]).removesuffix("%").strip()
        if share and not (share.isdecimal() and len(share) < 6):
            read.wrong("holders", f"{where}份额请写整数，例如“50”；现为“{share[:20]}”。")
            share = ""
        until = _day(read, "holders", row["until"], where)
        if holding is not None:
            found.append(Holder(row["name"], holding, int(share) if share else None, until))
    return tuple(found)
