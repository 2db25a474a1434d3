"""What a need and an achievement have in common. No table stands here; `needs` and
`achievements` make theirs from these mixins. Which states there are and how one leads to
another is in `market.states`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field as Column
from sqlmodel import SQLModel

from market.models.columns import Moment, Particulars, enum_type
from market.models.enums import CooperationMode, Kind, Language, ListingState, Tier
from market.models.particulars import Indicator, Particular

COMMON = (
    "owner", "summary", "indicators", "body", "keywords", "division", "readiness", "amount",
    "contact",
)  # fmt: skip
TIERED_BY = {
    Kind.NEED: (*COMMON, "background", "problem", "tried"),
    Kind.ACHIEVEMENT: (*COMMON, "innovation", "cases", "team", "rights", "holders"),
}
"""The parts that their owner may keep from some readers, by kind. Title, fields and ways of
working together are what a listing is found by, and stay public."""
TIERED = tuple(dict.fromkeys(name for names in TIERED_BY.values() for name in names))


def tier_column(field: str) -> Any:
    """Who may read a field."""
    return Column(default=Tier.PUBLIC, sa_type=enum_type(Tier, f"{field}_tier"))


def text_column() -> Any:
    """A text that may be long, or empty."""
    return Column(default="", sa_type=Text)


def rows_column(kind: type[Particular]) -> Any:
    """A list of particulars."""
    column: Any = Particulars(kind)
    return Column(default_factory=list, sa_type=column)


class Listing(SQLModel):
    """A need or an achievement as its owner wrote it.

    `readiness` is the level wanted (need) or reached (achievement), amounts are fen: a budget or
    a price, both None when it is to be negotiated. `source` and `source_id` say where an imported
    listing came from; importing the same source again updates it. `search_text` is derived:
    the public ones of title, summary and keywords in one normal form, written by
    `market.actions.listings` alone; `files_text` are the words of its public files, written by
    `market.actions.file_texts`, which counts `files_version` up. `x_tier` says who may read field
    x. `author_id` wrote it, `taken_down_by` decided that it comes down and `standing_reason` says
    why it was returned or taken down; `reminded_at` is when its owner was last reminded that it
    expires.
    """

    kind: ClassVar[Kind]

    id: int | None = Column(default=None, primary_key=True)
    title: str = Column(max_length=200)
    summary: str = Column(default="", sa_type=Text)
    body: str = Column(default="", sa_type=Text)
    indicators: list[Indicator] = rows_column(Indicator)
    keywords: list[str] = Column(default_factory=list, sa_type=JSON)
    contact: str = Column(default="", max_length=200)
    search_text: str = Column(default="", sa_type=Text)
    files_text: str = Column(default="", sa_type=Text)
    files_version: int = 0
    language: Language = Column(default=Language.SIMPLIFIED, sa_type=enum_type(Language))
    division_code: str | None = Column(default=None, foreign_key="division.code", index=True)
    readiness: int | None = None
    amount_min: int | None = Column(default=None, sa_type=BigInteger)
    amount_max: int | None = Column(default=None, sa_type=BigInteger)
    owner_id: int = Column(foreign_key="organisation.id", index=True)
    state: ListingState = Column(default=ListingState.DRAFT, sa_type=enum_type(ListingState))
    is_demo: bool = False
    source: str | None = Column(default=None, max_length=80)
    source_id: str | None = Column(default=None, max_length=200)
    version: int = 1
    created_at: datetime = Column(sa_type=Moment)
    changed_at: datetime = Column(sa_type=Moment)
    published_at: datetime | None = Column(default=None, sa_type=Moment)
    expires_at: datetime | None = Column(default=None, sa_type=Moment, index=True)
    reminded_at: datetime | None = Column(default=None, sa_type=Moment)
    author_id: int | None = Column(default=None, foreign_key="person.id", index=True)
    taken_down_by: int | None = Column(default=None, foreign_key="person.id")
    standing_reason: str = Column(default="", sa_type=Text)
    owner_tier: Tier = tier_column("owner")
    summary_tier: Tier = tier_column("summary")
    body_tier: Tier = tier_column("body")
    keywords_tier: Tier = tier_column("keywords")
    division_tier: Tier = tier_column("division")
    readiness_tier: Tier = tier_column("readiness")
    amount_tier: Tier = tier_column("amount")
    indicators_tier: Tier = tier_column("indicators")
    contact_tier: Tier = tier_column("contact")

    @property
    def key(self) -> int:
        """The id of a listing that has been stored."""
        if self.id is None:
            raise ValueError("this listing is not stored yet")
        return self.id

    @property
    def tiers(self) -> dict[str, Tier]:
        """Who may read each field that can be kept from some."""
        return {name: getattr(self, f"{name}_tier") for name in TIERED_BY[self.kind]}


def listing_rules() -> tuple[Any, ...]:
    """What the database itself refuses in a listing, and the orders in which lists are read."""
    return (
        UniqueConstraint("source", "source_id"),
        CheckConstraint("readiness BETWEEN 1 AND 9", name="readiness_known"),
        CheckConstraint("amount_min >= 0 AND amount_max >= amount_min", name="amounts_ordered"),
        Index(None, "state", "published_at"),
        Index(None, "state", "changed_at"),
        Index(None, "state", "readiness_tier", "readiness"),
        Index(None, "state", "is_demo"),
        {"sqlite_autoincrement": True},
    )


class FieldLink(SQLModel):
    """A listing stands in a field."""

    listing_id: int
    field_code: str


class ModeLink(SQLModel):
    """A listing is open to a way of working together."""

    listing_id: int
    mode: CooperationMode
