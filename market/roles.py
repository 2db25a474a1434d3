"""Who people are to the marketplace, and the one table of what each role may do.

A role holds everywhere (a visitor, an officer) or in one organisation (an owner, an editor; an
enterprise or institution is what that organisation is). Which action wants which permission
stands in `rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from market.models.enums import (
    BUREAU_ROLES,
    MEMBERSHIP_ROLES,
    PLATFORM_ROLES,
    Kind,
    OrganisationKind,
    Role,
)

__all__ = [
    "BUREAU_ROLES", "CLOCK_VIEWER", "KIND_ROLES", "MEMBERSHIP_ROLES", "OPERATOR_VIEWER",
    "PERMISSIONS", "PLATFORM_ROLES", "VISITOR_VIEWER", "Permission", "Role", "Viewer", "holders",
    "posts",
]  # fmt: skip


class Permission(StrEnum):
    """What can be permitted, in the order of the nouns."""

    ACCOUNT_USE = "account.use"
    APPEAL_DECIDE = "appeal.decide"
    BUREAU_FIELDS = "listing.bureau-fields"
    CERTIFICATION_DECIDE = "certification.decide"
    DELIVERY_MANAGE = "delivery.manage"
    DEMO_PURGE = "demo.purge"
    DESK_READ = "desk.read"
    DISCLOSURE_ANSWER = "disclosure.answer"
    DISCLOSURE_APPOINT = "disclosure.appoint"
    DISCLOSURE_REQUEST = "disclosure.request"
    LEDGER_READ = "ledger.read"
    LISTING_APPEAL = "listing.appeal"
    LISTING_EXPIRE = "listing.expire"
    LISTING_MODERATE = "listing.moderate"
    LISTING_OWN = "listing.own"
    LISTING_READ = "listing.read"
    LISTING_RECORD = "listing.record"
    LISTING_WRITE = "listing.write"
    MATCH = "match"
    MERGE_APPROVE = "merge.approve"
    MERGE_PREPARE = "merge.prepare"
    METRICS_READ = "metrics.read"
    ORGANISATION_CREATE = "organisation.create"
    ORGANISATION_MANAGE = "organisation.manage"
    ORGANISATION_READ = "organisation.read"
    ORGANISATION_RECORD = "organisation.record"
    PERSON_MANAGE = "person.manage"
    PERSON_RECORD = "person.record"
    PERSON_REGISTER = "person.register"
    PLACE_RECORD = "place.record"
    POST_ACHIEVEMENT = "achievement.post"
    POST_NEED = "need.post"
    QUEUE_READ = "queue.read"
    REGISTERED_FIELDS = "listing.registered-fields"
    REPORT_DECIDE = "report.decide"
    REPORT_FILE = "report.file"
    REVIEW = "review"


P = Permission
EVERYBODY = frozenset(
    {P.LISTING_READ, P.ORGANISATION_READ, P.MATCH, P.PERSON_REGISTER, P.REPORT_FILE}
)
SEEING_ALL = frozenset({P.DESK_READ, P.QUEUE_READ, P.BUREAU_FIELDS})
WRITING = frozenset({P.LISTING_OWN, P.LISTING_WRITE, P.LISTING_APPEAL, P.DISCLOSURE_REQUEST})
POSTING = frozenset({P.POST_NEED, P.POST_ACHIEVEMENT})

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.VISITOR: EVERYBODY,
    Role.MEMBER: frozenset({P.ACCOUNT_USE, P.ORGANISATION_CREATE, P.REGISTERED_FIELDS}),
    Role.EXPERT: frozenset({P.REVIEW}),
    Role.ROUND_OFFICER: SEEING_ALL | {
        P.CERTIFICATION_DECIDE, P.LISTING_MODERATE, P.REPORT_DECIDE, P.MERGE_PREPARE,
        P.DISCLOSURE_APPOINT,
    },
    Role.APPROVER: SEEING_ALL | {P.MERGE_APPROVE, P.APPEAL_DECIDE},
    Role.SUPERVISOR: SEEING_ALL | {P.LEDGER_READ},
    Role.FINANCE: frozenset({P.DESK_READ, P.BUREAU_FIELDS}),
    Role.ADMINISTRATOR: frozenset(
        {P.DESK_READ, P.PERSON_MANAGE, P.DELIVERY_MANAGE, P.LEDGER_READ, P.METRICS_READ}
    ),
    Role.OWNER: WRITING | {P.ORGANISATION_MANAGE, P.DISCLOSURE_ANSWER},
    Role.EDITOR: WRITING,
    Role.VIEWER: frozenset({P.LISTING_OWN}),
    Role.TECHNOLOGY_MANAGER: WRITING | {P.DISCLOSURE_ANSWER},
    Role.ENTERPRISE: POSTING,
    Role.INSTITUTION: POSTING,
    Role.OPERATOR: EVERYBODY | SEEING_ALL | WRITING | POSTING | {
        P.LISTING_RECORD, P.LISTING_MODERATE, P.ORGANISATION_RECORD, P.ORGANISATION_MANAGE,
        P.PLACE_RECORD, P.DEMO_PURGE, P.PERSON_MANAGE, P.PERSON_RECORD, P.LEDGER_READ,
        P.DELIVERY_MANAGE,
    },
    Role.CLOCK: frozenset({P.LISTING_EXPIRE}),
}  # fmt: skip
"""Who may do what. A role that is not here may do nothing."""

KIND_ROLES = {
    OrganisationKind.ENTERPRISE: Role.ENTERPRISE,
    OrganisationKind.INSTITUTION: Role.INSTITUTION,
    OrganisationKind.SERVICE: Role.INSTITUTION,
}
"""What an organisation of a kind is to the platform. A bureau posts no listings."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whoever asks or acts: the roles that hold everywhere, and those in each organisation.

    All of them count at once: nobody loses a right by having two. `acting_for` is the
    organisation that new things are written for, `proven_at` when the password was last shown,
    `origin` where the request came from.
    """

    roles: frozenset[Role]
    name: str
    person_id: int | None = None
    memberships: Mapping[int, frozenset[Role]] = field(default_factory=dict)
    acting_for: int | None = None
    proven_at: datetime | None = None
    origin: str = ""
    sign_in_id: int | None = None

    @property
    def is_signed_in(self) -> bool:
        """Whether this is a person with an account."""
        return self.person_id is not None

    def roles_in(self, organisation_id: int | None) -> frozenset[Role]:
        """The roles held towards one organisation, those that hold everywhere included."""
        if organisation_id is None:
            return self.roles
        return self.roles | self.memberships.get(organisation_id, frozenset())

    def holds(self, permission: Permission, organisation_id: int | None = None) -> bool:
        """Whether one of the roles towards that organisation permits it."""
        return any(permission in PERMISSIONS[role] for role in self.roles_in(organisation_id))

    def holds_somewhere(self, permission: Permission) -> bool:
        """Whether it is permitted at all, be it in one organisation only."""
        return self.holds(permission) or bool(self.organisations_with(permission))

    def organisations_with(self, permission: Permission) -> frozenset[int]:
        """The organisations in which a membership permits it."""
        return frozenset(
            id
            for id, roles in self.memberships.items()
            if any(permission in PERMISSIONS[role] for role in roles)
        )


def holders(permission: Permission) -> tuple[Role, ...]:
    """The roles that hold a permission, in the order of the table."""
    return tuple(role for role in Role if permission in PERMISSIONS.get(role, frozenset()))


def posts(kind: Kind) -> Permission:
    """What an organisation's kind must permit for it to publish such a listing."""
    return P.POST_NEED if kind is Kind.NEED else P.POST_ACHIEVEMENT


VISITOR_VIEWER = Viewer(frozenset({Role.VISITOR}), "访客")
OPERATOR_VIEWER = Viewer(frozenset({Role.VISITOR, Role.OPERATOR}), "命令行")
"""The command line: seeds and imports. Whoever can run it already holds the database."""
CLOCK_VIEWER = Viewer(frozenset({Role.CLOCK}), "系统时钟")
"""Deadlines that pass by themselves."""
