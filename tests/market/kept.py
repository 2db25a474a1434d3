"""Listings in which every field says something of its own, and everybody who may come to read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import Session

from market.models import (
    TIERED_BY,
    Assessment,
    Audience,
    Disclosure,
    DisclosureState,
    Evidence,
    Holder,
    Holding,
    Indicator,
    Kind,
    Listing,
    Organisation,
    Right,
    RightKind,
    Role,
    Stage,
    Tier,
)
from market.roles import VISITOR_VIEWER, Viewer
from tests.conftest import NOW, Maker

SECRETS: dict[str, Any] = {
    "summary": "qzsummary 炉衬寿命", "body": "qzbody 渣铜分离", "keywords": ("qzkeyword",),
    "division_code": "441803", "readiness": 7, "amount_min": 11_110_000, "amount_max": 22_220_000,
    "indicators": (Indicator("qzindicator 渣含铜", "30", "15", "%"),), "contact": "qzcontact",
}  # fmt: skip
OWN_SECRETS: dict[Kind, dict[str, Any]] = {
    Kind.NEED: {"background": "qzbackground", "problem": "qzproblem", "tried": "qztried"},
    Kind.ACHIEVEMENT: {
        "innovation": "qzinnovation", "cases": "qzcases", "team": "qzteam", "stage": Stage.MIDDLE,
        "evidence": (Evidence.PILOT_REPORT,), "assessment": Assessment.ASSESSED,
        "assessor": "qzassessor",
        "rights": (Right(RightKind.INVENTION, "ZL201710601862.3"),),
        "holders": (Holder("qzholder", Holding.OWNERSHIP, 100),),
    },
}  # fmt: skip
OWNER = "暗礁冶炼公司"
SQUARES = [
    (kind, {n: list(Tier)[(place + turn) % len(Tier)] for place, n in enumerate(TIERED_BY[kind])})
    for kind in Kind
    for turn in range(len(Tier))
]
"""Every field at every tier, and all fields of a listing at once."""
EACH = pytest.mark.parametrize(("kind", "tiers"), SQUARES)

HIGHEST = {
    "visitor": Tier.PUBLIC, "stranger": Tier.REGISTERED, "asking member": Tier.REGISTERED,
    "refused member": Tier.REGISTERED, "disclosed owner": Tier.MATCHED,
    "disclosed viewer": Tier.MATCHED, "appointed expert": Tier.REVIEWERS,
    "dismissed expert": Tier.REGISTERED, "other expert": Tier.REGISTERED,
    "appointed without the role": Tier.REGISTERED, "administrator": Tier.REGISTERED,
    "officer": Tier.BUREAU, "approver": Tier.BUREAU, "supervisor": Tier.BUREAU,
    "finance": Tier.BUREAU, "owner": Tier.BUREAU, "editor": Tier.BUREAU, "viewer": Tier.BUREAU,
    "technology manager": Tier.BUREAU,
}  # fmt: skip
"""The highest tier that each of `readers` may read."""
MEMBERS = ("owner", "editor", "viewer", "technology manager")


def listing(make: Maker, kind: Kind, tiers: dict[str, Tier] | None = None, **given: Any) -> Listing:
    """A published listing that says something in every field."""
    secrets = SECRETS | OWN_SECRETS[kind]
    owner = given.pop("owner_id", None) or make.owner(OWNER).id
    values = {"field_codes": ("TI08",), **secrets, "owner_id": owner, **given}
    return make.listing(
        kind,
        values.pop("title", "再生铜熔炼"),
        tiers={"contact": Tier.PUBLIC, **(tiers or {})},
        **values,
    )


def let_in(
    session: Session, row: Listing, state: DisclosureState, *, organisation: int | None = None,
    person: int | None = None,
) -> Disclosure:  # fmt: skip
    """A disclosure, past all actions."""
    made = Disclosure(
        kind=row.kind, listing_id=row.key,
        audience=Audience.EXPERT if person else Audience.ORGANISATION, organisation_id=organisation,
        person_id=person, state=state, requested_by=person or 1, requested_at=NOW,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def readers(make: Maker, row: Listing) -> dict[str, Viewer]:
    """Everybody of `HIGHEST`, towards this listing."""
    mine = make.session.get_one(Organisation, row.owner_id)
    make.person()
    found = {
        "visitor": VISITOR_VIEWER,
        "stranger": make.member(make.owner(), Role.OWNER),
        "administrator": make.viewer(Role.ADMINISTRATOR), "finance": make.viewer(Role.FINANCE),
        "officer": make.viewer(Role.ROUND_OFFICER), "approver": make.viewer(Role.APPROVER),
        "supervisor": make.viewer(Role.SUPERVISOR), "other expert": make.viewer(Role.EXPERT),
        "owner": make.member(mine, Role.OWNER), "editor": make.member(mine, Role.EDITOR),
        "viewer": make.member(mine, Role.VIEWER),
        "technology manager": make.member(mine, Role.TECHNOLOGY_MANAGER),
    }  # fmt: skip
    return found | _let_in(make, row)


def _let_in(make: Maker, row: Listing) -> dict[str, Viewer]:
    """Those who read, or do not, because of a disclosure."""
    asking, refused, let = make.owner(), make.owner(), make.owner()
    states = {
        asking.id: DisclosureState.REQUESTED, refused.id: DisclosureState.REFUSED,
        let.id: DisclosureState.GRANTED,
    }  # fmt: skip
    some = make.person().key
    for id, state in states.items():
        let_in(make.session, row, state, organisation=id).requested_by = some
    appointed, dismissed = make.viewer(Role.EXPERT), make.viewer(Role.EXPERT)
    plain = replace(make.viewer(), acting_for=None)
    for viewer, state in (
        (appointed, DisclosureState.GRANTED), (dismissed, DisclosureState.ENDED),
        (plain, DisclosureState.GRANTED),
    ):  # fmt: skip
        let_in(make.session, row, state, person=viewer.person_id)
    return {
        "asking member": make.member(asking, Role.OWNER),
        "refused member": make.member(refused, Role.OWNER),
        "disclosed owner": make.member(let, Role.OWNER),
        "disclosed viewer": make.member(let, Role.VIEWER),
        "appointed expert": appointed, "dismissed expert": dismissed,
        "appointed without the role": plain,
    }  # fmt: skip
