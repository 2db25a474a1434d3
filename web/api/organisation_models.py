"""What the API takes and answers about organisations, their members and the bureau's decisions."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from market.actions import memberships, merges
from market.actions.organisation_drafts import MAX_ABOUT, OrganisationDraft
from market.models import (
    CertificationState,
    MembershipState,
    OrganisationKind,
    RegistrationType,
    Role,
    Standing,
)
from market.queries.organisations import OrganisationRow
from web.api.models import PlaceOut, example

MemberRole = Literal["owner", "editor", "viewer", "technology-manager"]


class Strict(BaseModel):
    """Another field than these is a mistake that is told."""

    model_config = ConfigDict(extra="forbid")


class OrganisationOut(BaseModel):
    """名录中的单位。needs 和 achievements 是您能看到的条数。"""

    model_config = example(
        id=3, kind="institution", name="示例研究所三", name_en=None, about="",
        division={"code": "440100", "name": "广州市"}, credit_code="12999999DEM100015B",
        registration_type=None, registration_number=None, website=None, is_demo=True,
        standing="verified", verified_at="2026-11-20T02:00:00Z", needs=0, achievements=12,
        version=2, url="/organisations/3",
    )  # fmt: skip
    id: int
    kind: OrganisationKind
    name: str
    name_en: str | None
    about: str
    division: PlaceOut | None
    credit_code: str | None
    registration_type: RegistrationType | None
    registration_number: str | None
    website: str | None
    is_demo: bool
    standing: Standing
    verified_at: datetime | None
    needs: int
    achievements: int
    version: int
    url: str


class OrganisationList(BaseModel):
    """一页单位。"""

    items: list[OrganisationOut]
    total: int
    page: int
    pages: int


class OrganisationIn(Strict):
    """单位资料。号码的校验位会核对；港澳单位填 registration_type 和 registration_number。"""

    name: str = Field(max_length=300, examples=["清远市某某新材料有限公司"])
    kind: Literal["enterprise", "institution", "service"]
    name_en: str | None = Field(None, max_length=300)
    about: str = Field("", max_length=MAX_ABOUT)
    division: str | None = Field(None, max_length=6, examples=["441802"])
    credit_code: str | None = Field(None, max_length=40)
    registration_type: RegistrationType | None = None
    registration_number: str | None = Field(None, max_length=40)
    website: str | None = Field(None, max_length=300)

    def draft(self) -> OrganisationDraft:
        """The market's draft."""
        given = self.model_dump(exclude={"kind", "division", "version"})
        return OrganisationDraft(
            **given, kind=OrganisationKind(self.kind), division_code=self.division
        )


class OrganisationChange(OrganisationIn):
    """修改后的全部资料。version 是读到的版本；期间有人改过会退回。"""

    version: int = Field(ge=1, le=10**9)


class MembershipOut(BaseModel):
    """一位成员，或一份加入申请。"""

    id: int
    person_id: int
    name: str
    role: Role
    state: MembershipState
    note: str
    since: datetime


class BelongingOut(BaseModel):
    """您所在的，或申请加入的单位。"""

    id: int
    name: str
    role: Role
    state: MembershipState
    standing: Standing


class NoteIn(Strict):
    """申请说明，单位负责人会看到。"""

    note: str = Field("", max_length=memberships.MAX_NOTE)


class MoveIn(Strict):
    """accept、refuse、remove 或 promote；accept 和 promote 可以带 role。"""

    name: Literal["accept", "refuse", "remove", "promote"]
    role: MemberRole | None = None
    reason: str = Field("", max_length=2_000)


class InvitationIn(Strict):
    """邀请发往的邮箱或手机号，和加入后的角色。"""

    target: str = Field(max_length=254, examples=["name@example.com"])
    role: MemberRole = "editor"


class InvitationOut(BaseModel):
    """发出的邀请；收信地址只显示一部分。"""

    id: int
    target: str
    role: Role
    expires_at: datetime
    accepted_at: datetime | None
    revoked_at: datetime | None


class CertificationOut(BaseModel):
    """认证申请。days 是已等的天数，办结后是用时。"""

    id: int
    organisation_id: int
    organisation: str
    state: CertificationState
    submitted_at: datetime
    decided_at: datetime | None
    days: int


class CertificationDetailOut(CertificationOut):
    """核验所需的全部：说明、材料、按号码能看出的、可能重复的单位、可以做的决定。"""

    statement: str
    reason: str
    is_claim: bool
    papers: list[str]
    checks: list[str]
    twins: list[int]
    moves: list[str]


class CertificationList(BaseModel):
    """一页认证申请，等得最久的在前。"""

    items: list[CertificationOut]
    total: int
    page: int
    pages: int


class DecisionIn(Strict):
    """verify、refuse 或 revoke；后两种须写理由。"""

    name: Literal["verify", "refuse", "revoke"]
    reason: str = Field("", max_length=2_000)


class MergeIn(Strict):
    """被合并的单位、保留的单位，和理由。"""

    source: int = Field(ge=1, lt=2**31)
    target: int = Field(ge=1, lt=2**31)
    reason: str = Field(max_length=merges.MAX_REASON)


class MergeDecisionIn(Strict):
    """approve 或 refuse；不批准须写理由。"""

    name: Literal["approve", "refuse"]
    reason: str = Field("", max_length=2_000)


class DoneOut(BaseModel):
    """办成了；state 是现在的状态。"""

    model_config = example(id=7, state="active")
    id: int
    state: str


class DirectoryQuery(BaseModel):
    """名录的筛选条件。"""

    q: str = Field("", max_length=200, description="名称中的字")
    kind: OrganisationKind | None = None
    page: int = Field(1, ge=1, le=10_000)
    per_page: int = Field(30, ge=1, le=100)


class QueueQuery(BaseModel):
    """待核验的，或已办结的。"""

    state: Literal["open", "decided"] = "open"
    page: int = Field(1, ge=1, le=10_000)


def organisation_out(row: OrganisationRow) -> OrganisationOut:
    """A row of the directory."""
    division = row.division_code and PlaceOut(
        code=row.division_code, name=row.division_name or row.division_code
    )
    return OrganisationOut(
        id=row.id, kind=row.kind, name=row.name, name_en=row.name_en, about=row.about,
        division=division or None, credit_code=row.credit_code,
        registration_type=row.registration_type, registration_number=row.registration_number,
        website=row.website, is_demo=row.is_demo, standing=row.standing,
        verified_at=row.verified_at, needs=row.needs, achievements=row.achievements,
        version=row.version, url=f"/organisations/{row.id}",
    )  # fmt: skip
