"""What can be told of an organisation without a paper: whether its numbers are right in form, and
which other entries may be the same body. That a paper is true only a person sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import Session, col

from market.errors import Invalid
from market.identifiers import checked_credit_code, checked_registration
from market.models.enums import OrganisationKind, RegistrationType, Standing
from market.models.organisations import Organisation

KINDS_BY_REGISTRY = {
    "1": (OrganisationKind.INSTITUTION, OrganisationKind.SERVICE, OrganisationKind.BUREAU),
    "5": (OrganisationKind.INSTITUTION, OrganisationKind.SERVICE),
    "9": (OrganisationKind.ENTERPRISE, OrganisationKind.SERVICE),
}
"""The first symbol of a credit code says who registered the body: 机构编制, 民政, 市场监管."""
REGISTRIES = {"1": "机构编制部门", "5": "民政部门", "9": "市场监管部门"}
ABROAD = {"810000": "hk", "820000": "macau"}


@dataclass(frozen=True, slots=True)
class Check:
    """Something that can be told from the form alone: holds, does not, or cannot be told (None)."""

    text: str
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Twin:
    """Another organisation that may be the same body, and why it seems so."""

    id: int
    name: str
    credit_code: str | None
    standing: Standing
    why: str


def checks(body: Organisation) -> Iterator[Check]:
    """What the form alone tells of an organisation's numbers."""
    if body.credit_code:
        yield from _code_checks(body, body.credit_code)
    elif body.registration_number and body.registration_type:
        yield from _registration_checks(body, body.registration_type, body.registration_number)
    else:
        yield Check("没有填写统一社会信用代码或港澳登记号，不能通过认证。", False)


def twins(session: Session, body: Organisation) -> list[Twin]:
    """Other organisations with the same name, the same start of it, or the same body code."""
    name = plain_name(body.name)
    same_name = func.replace(func.replace(col(Organisation.name), "（", "("), "）", ")")
    ways: list[ColumnElement[bool]] = [same_name.icontains(name, autoescape=True)]
    if body.credit_code:
        ways.append(col(Organisation.credit_code).contains(body.credit_code[8:17]))
    if body.registration_number:
        ways.append(col(Organisation.registration_number) == body.registration_number)
    query = (
        select(Organisation)
        .where(
            or_(*ways),
            col(Organisation.id) != body.id,
            col(Organisation.merged_into_id).is_(None),
            col(Organisation.kind) != OrganisationKind.SOURCE,
            col(Organisation.is_demo) == body.is_demo,
        )
        .order_by(col(Organisation.name), col(Organisation.id))
        .limit(10)
    )
    return [
        Twin(o.id or 0, o.name, o.credit_code, o.standing, _why(body, o))
        for o in session.execute(query).scalars()
    ]


def plain_name(name: str) -> str:
    """A name in which only what tells bodies apart is left."""
    return "".join(name.replace("（", "(").replace("）", ")").split())


def _code_checks(body: Organisation, code: str) -> Iterator[Check]:
    try:
        checked_credit_code(code, demo=body.is_demo)
        yield Check("统一社会信用代码的两位校验码都对。", True)
    except Invalid as error:
        yield Check(str(error), False)
    registry, kinds = REGISTRIES.get(code[0], "其他部门"), KINDS_BY_REGISTRY.get(code[0], ())
    fits = body.kind in kinds
    words = "相符" if fits else "不相符，请核对"
    yield Check(f"代码由{registry}赋予，与所填类别“{body.kind.text}”{words}。", fits)
    if body.division_code and not body.is_demo:
        same = code[2:6] == body.division_code[:4]
        words = "在同一个市" if same else "不在同一个市（可能在外地登记）"
        yield Check(
            f"代码里的登记地 {code[2:8]} 与所填地区 {body.division_code} {words}。", same or None
        )


def _registration_checks(
    body: Organisation, kind: RegistrationType, number: str
) -> Iterator[Check]:
    try:
        checked_registration(kind, number)
        yield Check(f"{kind.text}的写法正确；这种号码没有校验位，须查公开登记册。", None)
    except Invalid as error:
        yield Check(str(error), False)
    region = ABROAD.get(body.division_code or "")
    if body.division_code:
        fits = region is not None and kind.value.startswith(region)
        yield Check(f"登记号的种类与所填地区{'相符' if fits else '不相符，请核对'}。", fits)


def _why(body: Organisation, other: Organisation) -> str:
    if body.credit_code and other.credit_code and body.credit_code[8:17] == other.credit_code[8:17]:
        return "主体代码相同"
    if body.registration_number and body.registration_number == other.registration_number:
        return "登记号相同"
    return "名称相同" if plain_name(body.name) == plain_name(other.name) else "名称相近"
