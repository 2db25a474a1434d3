"""What is entered about a need or an achievement: the fields of its form and no others, so that
nobody sets a state, an owner of others or a date by adding a field."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from market.actions.drafts import MAX_FEN, Known, ListingDraft, problems_of
from market.errors import Invalid, Problem
from market.identifiers import checked_patent_number
from market.models import TIERED, CooperationMode, Kind, Tier
from web.formats import FEN_A_WAN
from web.forms.accounts import Kept
from web.forms.reading import Given, Reading

PLAIN = (
    "title", "summary", "body", "keywords", "division", "readiness", "amount_min", "amount_max",
    "patents", "owner", "version",
)  # fmt: skip
TIERS = tuple(f"tier_{name}" for name in TIERED)
LONGEST = 60_000
"""Longer than anything may be, so that what is too long is told and not cut."""
PATENTS_MOST = 20
_BETWEEN = re.compile(r"[、,，;；\n]+")
_AMOUNT = re.compile(r"(\d{1,13}(?:\.\d{1,6})?)(亿|万|千)?(元)?")
_UNITS = {"千": 1_000, "万": 10_000, "亿": 100_000_000}


@dataclass
class Posting:
    """A form as it was entered. `draft` is what it means; only without problems is it taken."""

    entered: Kept
    fields: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    draft: ListingDraft | None = None

    @property
    def version(self) -> int:
        """The version that the writer has read; 0 where the field was spoilt."""
        return whole(self.entered["version"])

    def take(self, known: Known, now: datetime) -> ListingDraft:
        """The draft. Raises Invalid with everything that could not be read, and what is wrong with
        the rest."""
        if self.draft is None or self.problems:
            rest = problems_of(self.draft, known, now) if self.draft else []
            spoilt = {problem.field for problem in self.problems}
            raise Invalid([*self.problems, *(p for p in rest if p.field not in spoilt)])
        return self.draft


def posting(given: Given, kind: Kind, owner_id: int | None = None) -> Posting:
    """Reads the form; `owner_id` where the listing already belongs to somebody."""
    read = Reading(given)
    kept = Kept({name: read.raw(name)[:LONGEST] for name in (*PLAIN, *TIERS)})
    form = Posting(kept, read.many("field"), read.many("mode"), read.problems)
    form.draft = ListingDraft(
        title=kept["title"], owner_id=owner_id or _owner(read, kept), summary=kept["summary"],
        body=kept["body"], keywords=parts(kept["keywords"]), field_codes=form.fields,
        division_code=kept["division"] or None, readiness=read.level("readiness"),
        modes=_modes(read, form.modes), amount_min=_wan(read, "amount_min"),
        amount_max=_wan(read, "amount_max"), tiers=_tiers(read, kept, kind),
        patents=_patents(read, kept["patents"]) if kind is Kind.ACHIEVEMENT else (),
    )  # fmt: skip
    return form


def posting_of(draft: ListingDraft, version: int) -> Posting:
    """What the form shows of a stored listing."""
    kept = Kept(
        title=draft.title, summary=draft.summary, body=draft.body,
        keywords="、".join(draft.keywords), division=draft.division_code or "",
        readiness=str(draft.readiness or ""), amount_min=in_wan(draft.amount_min),
        amount_max=in_wan(draft.amount_max), patents="\n".join(draft.patents),
        owner=str(draft.owner_id), version=str(version),
        **{f"tier_{name}": tier.value for name, tier in draft.tiers.items()},
    )  # fmt: skip
    return Posting(kept, draft.field_codes, tuple(mode.value for mode in draft.modes))


def parts(text: str) -> tuple[str, ...]:
    """Words with signs between them, each once."""
    words = (" ".join(word.split()) for word in _BETWEEN.split(text))
    return tuple(dict.fromkeys(word for word in words if word))


def whole(text: str) -> int:
    """A whole number; 0, which nothing has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def in_wan(fen: int | None) -> str:
    """Fen as the number of 万元 that somebody would type."""
    if fen is None:
        return ""
    typed = f"{Decimal(fen) / FEN_A_WAN:f}"
    return typed.rstrip("0").rstrip(".") if "." in typed else typed


def _owner(read: Reading, kept: Kept) -> int:
    id = whole(kept["owner"])
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


def _modes(read: Reading, given: Sequence[str]) -> tuple[CooperationMode, ...]:
    known = {mode.value: mode for mode in CooperationMode}
    if any(value not in known for value in given):
        read.wrong("mode", "没有这种合作方式，请从列出的方式中选择。")
    return tuple(known[value] for value in given if value in known)


def _tiers(read: Reading, kept: Kept, kind: Kind) -> dict[str, Tier]:
    """Who may read each field, where the form says so."""
    known = {tier.value: tier for tier in Tier}
    found = {}
    for name in TIERED if kind is Kind.ACHIEVEMENT else TIERED[:-1]:
        value = kept[f"tier_{name}"]
        if value and value not in known:
            read.wrong(f"tier_{name}", "没有这一档，请从列出的范围中选择谁可以看。")
        elif value:
            found[name] = known[value]
    return found


def _patents(read: Reading, text: str) -> tuple[str, ...]:
    """Numbers whose form holds; one line or sign between them."""
    found = []
    numbers = parts(text)
    if len(numbers) > PATENTS_MOST:
        read.wrong("patents", f"专利号最多 {PATENTS_MOST} 个。")
    for number in numbers[:PATENTS_MOST]:
        try:
            found.append(checked_patent_number(number))
        except Invalid as error:
            read.problems.extend(error.problems)
    return tuple(dict.fromkeys(found))
