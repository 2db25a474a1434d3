"""What the API takes and answers about disclosures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from market.actions.disclosures import MOST_PURPOSE, MOST_REASON
from market.models import Audience, DisclosureState, Kind, Standing, Tier
from market.queries.disclosures import Disclosing, DisclosureRow
from web.api.models import KindName, example
from web.sides import path_to

Reason = Field("", max_length=MOST_REASON, description="理由，当事人会看到")


class Strict(BaseModel):
    """Another field than these is a mistake that is told."""

    model_config = ConfigDict(extra="forbid")


class AskingIn(Strict):
    """申请。promised 为 true 表示已阅读并接受 GET 所示的保密承诺（promise）。"""

    purpose: str = Field(max_length=MOST_PURPOSE, description="用途和合作意向，至少 10 字")
    promised: bool = False
    organisation: int | None = Field(
        None, ge=1, le=2**31 - 1, description="以哪个单位的名义；不写就是当前代表的单位"
    )


class AnswerIn(Strict):
    """答复。不同意时须写理由。"""

    move: Literal["grant", "refuse", "end"]
    reason: str = Reason


class AppointmentIn(Strict):
    """指定一位评审专家。"""

    person: int = Field(ge=1, le=2**31 - 1)
    reason: str = Field(max_length=MOST_REASON)


class EndIn(Strict):
    """终止指定。"""

    reason: str = Reason


class DisclosedOut(BaseModel):
    """办理之后的状态。"""

    model_config = example(id=7, state="requested")
    id: int
    state: DisclosureState


class DisclosureOut(BaseModel):
    """一项保密授权。organisation 是申请单位，person 是申请人；指定专家时 person 是专家。"""

    id: int
    kind: KindName
    listing_id: int
    title: str = Field(description="内容不再向您公开时为空")
    url: str | None
    audience: Audience
    state: DisclosureState
    organisation_id: int | None
    organisation: str
    standing: Standing | None
    person: str
    purpose: str
    promise: str
    requested_at: datetime
    decided_at: datetime | None
    reason: str
    moves: list[str] = Field(description="您现在可以做的答复")


class DisclosingOut(BaseModel):
    """hidden 是您看不到的字段，shown 是您能看到而不公开的字段，都按可以看到的读者分组。"""

    hidden: dict[Tier, list[str]]
    shown: dict[Tier, list[str]]
    why_not: str | None = Field(description="不能申请的原因；null 表示可以申请")
    promise: str = Field(description="申请即表示接受的保密承诺")
    mine: list[DisclosureOut]
    requests: list[DisclosureOut] = Field(description="收到的申请，只有发布单位成员能看到")
    appointments: list[DisclosureOut] = Field(description="指定的专家，只有经办人能看到")


class OwnDisclosuresOut(BaseModel):
    """收到的申请、本单位发出的申请、受指定评审的内容。"""

    received: list[DisclosureOut]
    sent: list[DisclosureOut]
    reviewing: list[DisclosureOut]


def row_out(row: DisclosureRow) -> DisclosureOut:
    """One disclosure."""
    return DisclosureOut(
        id=row.id, kind="need" if row.kind is Kind.NEED else "achievement",
        listing_id=row.listing_id, title=row.title,
        url=path_to(row.kind, row.listing_id) if row.title else None, audience=row.audience,
        state=row.state, organisation_id=row.organisation_id, organisation=row.organisation_name,
        standing=row.standing, person=row.person, purpose=row.purpose, promise=row.promise,
        requested_at=row.requested_at, decided_at=row.decided_at, reason=row.reason,
        moves=[move.name for move in row.moves],
    )  # fmt: skip


def disclosing_out(found: Disclosing) -> DisclosingOut:
    """The disclosures of a listing."""
    return DisclosingOut(
        hidden=_lists(found.keeping.hidden), shown=_lists(found.keeping.shown),
        why_not=found.keeping.why_not, promise=found.promise,
        mine=[row_out(row) for row in found.mine],
        requests=[row_out(row) for row in found.requests],
        appointments=[row_out(row) for row in found.appointments],
    )  # fmt: skip


def _lists(fields: Mapping[Tier, tuple[str, ...]]) -> dict[Tier, list[str]]:
    return {tier: list(names) for tier, names in fields.items()}
