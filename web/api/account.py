"""One's own account as JSON: who one is, where one is signed in, one's tokens. No password is ever
taken here: a token is made on the site or in a session that has just shown one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from market.actions import sign_ins
from market.models import Role, SignIn
from market.queries.memberships import belongings
from market.queries.sign_ins import sign_ins_of, tokens_of
from market.roles import PLATFORM_ROLES, Viewer
from web.agents import device_words
from web.api.once import Once
from web.deps import Db, Now, Tx, may

router = APIRouter(prefix="/me", tags=["我的账号"], route_class=Once)
Oneself = Annotated[Viewer, Depends(may("account.use"))]
Securing = Annotated[Viewer, Depends(may("account.secure"))]
Id = Annotated[int, Path(ge=1, le=2**63 - 1)]


class OwnOrganisationOut(BaseModel):
    """您所在的一家单位，和在其中的角色。"""

    id: int
    name: str
    role: Role


class MeOut(BaseModel):
    """您是谁、有哪些角色、代表哪家单位。联系方式不在其中。"""

    model_config = ConfigDict(json_schema_extra={"examples": [{
        "id": 7, "name": "林晓", "roles": ["expert"], "acting_for": 3,
        "organisations": [{"id": 3, "name": "示例陶瓷有限公司", "role": "owner"}],
    }]})  # fmt: skip
    id: int
    name: str
    roles: list[Role] = Field(description="平台角色，此刻有效的")
    acting_for: int | None = Field(description="新写的内容归这家单位")
    organisations: list[OwnOrganisationOut]


class SessionOut(BaseModel):
    """一处登录。"""

    id: int
    device: str
    method: str
    address: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    is_here: bool


class TokenOut(BaseModel):
    """一个接口令牌，不含令牌本身。"""

    id: int
    name: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class NewTokenOut(TokenOut):
    """刚生成的令牌。token 只在这一次应答里。"""

    token: str


class NewTokenIn(BaseModel):
    """要生成的令牌。"""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "每周导出", "days": 90}]}
    )
    name: str = Field(min_length=1, max_length=60, description="用途，写给自己看")
    days: int = Field(90, ge=1, le=365, description="有效天数")


@router.get("", summary="我是谁")
def me(session: Db, viewer: Oneself) -> MeOut:
    return MeOut(
        id=viewer.person_id or 0, name=viewer.name, acting_for=viewer.acting_for,
        roles=[role for role in PLATFORM_ROLES if role in viewer.roles],
        organisations=_organisations(session, viewer),
    )  # fmt: skip


@router.get("/sessions", summary="我的登录")
def sessions(session: Db, viewer: Oneself, now: Now) -> list[SessionOut]:
    return [_session(row, viewer) for row in sign_ins_of(session, viewer, now)]


@router.delete("/sessions/{id}", status_code=204, summary="结束一处登录")
def revoke_session(id: Id, session: Tx, viewer: Oneself, now: Now) -> Response:
    sign_ins.revoke(session, id, viewer, now)
    return Response(status_code=204)


@router.get("/tokens", summary="我的接口令牌")
def tokens(session: Db, viewer: Oneself, now: Now) -> list[TokenOut]:
    return [TokenOut(**_token(row)) for row in tokens_of(session, viewer, now)]


@router.post("/tokens", status_code=201, summary="生成接口令牌（须在网页上刚刚确认过身份）")
def make_token(given: NewTokenIn, session: Tx, viewer: Securing, now: Now) -> NewTokenOut:
    row, token = sign_ins.make_token(session, given.name, given.days, viewer, now)
    return NewTokenOut(**_token(row), token=token)


@router.delete("/tokens/{id}", status_code=204, summary="作废接口令牌")
def revoke_token(id: Id, session: Tx, viewer: Oneself, now: Now) -> Response:
    sign_ins.revoke(session, id, viewer, now)
    return Response(status_code=204)


def _organisations(session: Session, viewer: Viewer) -> list[OwnOrganisationOut]:
    """Those that one is in; a request to join is not yet one."""
    return [
        OwnOrganisationOut(id=row.id, name=row.name, role=row.role)
        for row in belongings(session, viewer)
        if row.id in viewer.memberships
    ]


def _session(row: SignIn, viewer: Viewer) -> SessionOut:
    return SessionOut(
        id=row.id or 0, device=device_words(row.agent), method=row.method, address=row.address,
        created_at=row.created_at, seen_at=row.seen_at, expires_at=row.expires_at,
        is_here=row.id == viewer.sign_in_id,
    )  # fmt: skip


def _token(row: SignIn) -> dict[str, Any]:
    return {
        "id": row.id, "name": row.name, "created_at": row.created_at, "seen_at": row.seen_at,
        "expires_at": row.expires_at,
    }  # fmt: skip
