"""What a listing is made from, and everything that can be wrong with it. Nothing is stored here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, select

from market.actions import particulars_problems
from market.errors import Problem
from market.models.enums import Assessment, CooperationMode, Evidence, Language, Stage, Tier
from market.models.listings import TIERED, TIERED_BY, Listing
from market.models.particulars import Holder, Indicator, Right
from market.models.places import Division, Field
from market.texts import MAX_CHARACTERS, has_script, has_words, is_binary

MAX_TITLE, MAX_KEYWORDS, MAX_KEYWORD = 200, 20, 40
MAX_LINE = 200
TEXTS = (
    "title", "summary", "problem", "background", "tried", "innovation", "cases", "body", "team",
    "contact", "assessor",
)  # fmt: skip
MAX_FEN = 10**14
"""A trillion yuan: more is a slip of the unit."""


@dataclass(frozen=True, slots=True)
class ListingDraft:
    """A need or an achievement before it is stored; amounts in fen, fields by code. What the other
    kind has and this one has not is left out when it is stored."""

    title: str
    owner_id: int
    summary: str = ""
    body: str = ""
    keywords: tuple[str, ...] = ()
    field_codes: tuple[str, ...] = ()
    division_code: str | None = None
    readiness: int | None = None
    modes: tuple[CooperationMode, ...] = ()
    amount_min: int | None = None
    amount_max: int | None = None
    language: Language = Language.SIMPLIFIED
    is_demo: bool = False
    source: str | None = None
    source_id: str | None = None
    published_at: datetime | None = None
    indicators: tuple[Indicator, ...] = ()
    contact: str = ""
    background: str = ""
    problem: str = ""
    tried: str = ""
    wanted_by: date | None = None
    innovation: str = ""
    cases: str = ""
    stage: Stage | None = None
    evidence: tuple[Evidence, ...] = ()
    assessment: Assessment | None = None
    assessor: str = ""
    rights: tuple[Right, ...] = ()
    holders: tuple[Holder, ...] = ()
    team: str = ""
    tiers: Mapping[str, Tier] = field(default_factory=dict)
    """Who may read a field of `TIERED`; what is not named stays as it is, or public."""


LINKED = ("field_codes", "modes")
_NAMES = tuple(each.name for each in fields(ListingDraft))
_OUTER = ("source", "source_id", "published_at", "is_demo", "language", "tiers")


def columns_of(draft: ListingDraft, table: type[Listing]) -> dict[str, Any]:
    """The values for the listing's own columns, in the types that the columns hold."""
    known = [n for n in _NAMES if n not in LINKED and n in table.model_fields]
    values = {name: getattr(draft, name) for name in known}
    held = TIERED_BY[table.kind]
    values |= {f"{name}_tier": tier for name, tier in draft.tiers.items() if name in held}
    return {n: list(v) if isinstance(v, tuple) else v for n, v in values.items()}


def draft_from(row: Listing, field_codes: Iterable[str], modes: Collection[str]) -> ListingDraft:
    """What a stored listing says, as its owner would write it; what only a file can say is left
    out."""
    names = [n for n in _NAMES if n in type(row).model_fields and n not in _OUTER]
    held = {name: getattr(row, name) for name in names}
    taken: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in held.items()}
    if "evidence" in taken:
        taken["evidence"] = tuple(Evidence(value) for value in taken["evidence"])
    return ListingDraft(
        **taken, field_codes=tuple(sorted(field_codes)), tiers=row.tiers,
        modes=tuple(mode for mode in CooperationMode if mode in modes),
    )  # fmt: skip


def as_new(draft: ListingDraft) -> ListingDraft:
    """The draft of a new listing: whom to call is not for everybody unless its writer says so."""
    if not draft.contact:
        return draft
    return replace(draft, tiers={"contact": Tier.REGISTERED, **draft.tiers})


@dataclass(frozen=True, slots=True)
class Known:
    """The codes that a draft may name."""

    fields: frozenset[str]
    divisions: frozenset[str]


def known_codes(session: Session) -> Known:
    """The codes of this installation."""
    return Known(
        frozenset(session.exec(select(Field.code))), frozenset(session.exec(select(Division.code)))
    )


def problems_of(draft: ListingDraft, known: Known, now: datetime) -> list[Problem]:
    """Everything that is wrong with a draft, in the words of whoever wrote it."""
    return [Problem(name, reason) for name, reason in _problems(draft, known, now)]


def _problems(draft: ListingDraft, known: Known, now: datetime) -> Iterator[tuple[str, str]]:
    yield from _text_problems(draft)
    yield from _code_problems(draft, known)
    yield from _amount_problems(draft)
    if draft.readiness is not None and not 1 <= draft.readiness <= 9:
        yield "readiness", f"技术成熟度应在 1 到 9 之间，这里是 {draft.readiness}。"
    if draft.published_at is not None and draft.published_at > now:
        yield "published_at", f"发布日期 {draft.published_at:%Y-%m-%d} 晚于今天。"
    yield from particulars_problems.found(draft, now)
    for name in draft.tiers:
        if name not in TIERED:
            yield "page", f"“{name[:20]}”不能设定谁可以看。"


def _text_problems(draft: ListingDraft) -> Iterator[tuple[str, str]]:
    if not has_words(draft.title):
        yield "title", "标题是空的或没有文字。"
    elif len(draft.title) > MAX_TITLE:
        yield "title", f"标题有 {len(draft.title):,} 个字符，最多 {MAX_TITLE}。"
    parts = {name: getattr(draft, name) for name in TEXTS}
    total = sum(map(len, parts.values())) + sum(len(row.text) for row in draft.indicators)
    if total > MAX_CHARACTERS:
        fullest = max(parts, key=lambda name: len(parts[name]))
        yield fullest, f"各项文字共 {total:,} 个字符，最多 {MAX_CHARACTERS:,}，请删减。"
    for name, text in parts.items():
        if is_binary(text):
            yield name, "含有不是文字的内容（控制字符），可能是文件损坏或编码不对。"
        elif has_script(text):
            yield name, "含有网页脚本，请只保留文字。"
    for name in ("contact", "assessor"):
        if len(getattr(draft, name)) > MAX_LINE:
            yield name, f"最多 {MAX_LINE} 个字符。"
    if len(draft.keywords) > MAX_KEYWORDS:
        yield "keywords", f"关键词有 {len(draft.keywords)} 个，最多 {MAX_KEYWORDS} 个。"
    for word in draft.keywords:
        if len(word) > MAX_KEYWORD:
            yield "keywords", f"关键词“{word[:12]}…”超过 {MAX_KEYWORD} 个字符。"
        elif is_binary(word) or has_script(word):
            yield "keywords", f"关键词“{word[:12]}”里有网页脚本或不是文字的内容，请只保留文字。"


def _code_problems(draft: ListingDraft, known: Known) -> Iterator[tuple[str, str]]:
    for code in draft.field_codes:
        if code not in known.fields:
            yield "fields", f"没有“{code[:20]}”这个技术领域。"
    if draft.division_code is not None and draft.division_code not in known.divisions:
        yield "division", f"没有“{draft.division_code[:20]}”这个行政区划。"


def _amount_problems(draft: ListingDraft) -> Iterator[tuple[str, str]]:
    low, high = draft.amount_min, draft.amount_max
    given = [amount for amount in (low, high) if amount is not None]
    if any(amount < 0 for amount in given):
        yield "amount_min", "金额不能是负数。"
    if any(amount > MAX_FEN for amount in given):
        yield "amount_max", "金额过大，请核对单位是元还是万元。"
    if low is not None and high is not None and low > high:
        yield "amount_min", f"金额下限 {low / 100:,.0f} 元高于上限 {high / 100:,.0f} 元。"
