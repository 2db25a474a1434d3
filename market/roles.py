"""Who people are to the marketplace, and the one table of what each role may do.

A role holds everywhere (a visitor, an officer) or in one organisation (an owner, an editor; an
enterprise or institution is what that organisation is). Which action wants which permission
stands in `rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from market.models.enums import (
    BUREAU_ROLES,
    MEMBERSHIP_ROLES,
    PLATFORM_ROLES,
    Kind,
    Labelled,
    OrganisationKind,
    Role,
)

__all__ = [
    "BUREAU_ROLES", "CLOCK_VIEWER", "KIND_ROLES", "MEMBERSHIP_ROLES", "OPERATOR_VIEWER",
    "PERMISSIONS", "PLATFORM_ROLES", "VISITOR_VIEWER", "Permission", "Role", "Viewer", "holders",
    "posts",
]  # fmt: skip


class Permission(Labelled):
    """What can be permitted, in the order of the nouns."""

    ACCOUNT_USE = "account.use", "使用自己的账号"
    APPEAL_DECIDE = "appeal.decide", "复核申诉、恢复下架内容"
    BUREAU_FIELDS = "listing.bureau-fields", "查看仅主管部门可见的内容"
    CERTIFICATION_DECIDE = "certification.decide", "核验单位认证"
    DELIVERY_MANAGE = "delivery.manage", "管理发件箱"
    DEMO_PURGE = "demo.purge", "清除示例数据"
    DESK_READ = "desk.read", "进入主管部门工作台"
    DISCLOSURE_ANSWER = "disclosure.answer", "答复保密内容的查看申请"
    DISCLOSURE_APPOINT = "disclosure.appoint", "指定专家查看评审内容"
    DISCLOSURE_REQUEST = "disclosure.request", "申请查看保密内容"
    LEDGER_READ = "ledger.read", "查看和核对变更记录"
    LISTING_APPEAL = "listing.appeal", "对下架提出申诉"
    LISTING_EXPIRE = "listing.expire", "到期处理"
    LISTING_MODERATE = "listing.moderate", "审核、下架需求与成果"
    LISTING_OWN = "listing.own", "查看本单位的全部内容"
    LISTING_READ = "listing.read", "查看已发布的需求与成果"
    LISTING_RECORD = "listing.record", "批量导入需求与成果"
    LISTING_WRITE = "listing.write", "填写、修改、发布、续期和撤回"
    MATCH = "match", "使用匹配"
    MERGE_APPROVE = "merge.approve", "批准单位合并"
    MERGE_PREPARE = "merge.prepare", "经办单位合并"
    METRICS_READ = "metrics.read", "查看运行指标"
    ORGANISATION_CREATE = "organisation.create", "创建单位"
    ORGANISATION_MANAGE = "organisation.manage", "管理单位资料、成员和认证"
    ORGANISATION_READ = "organisation.read", "查看单位名录"
    ORGANISATION_RECORD = "organisation.record", "批量登记单位"
    PERSON_MANAGE = "person.manage", "授予角色、停用账号"
    PERSON_RECORD = "person.record", "导入示例账号"
    PERSON_REGISTER = "person.register", "注册和登录"
    PLACE_RECORD = "place.record", "更新技术领域和行政区划"
    POST_ACHIEVEMENT = "achievement.post", "以单位名义发布科技成果"
    POST_NEED = "need.post", "以单位名义发布技术需求"
    QUEUE_READ = "queue.read", "查看待办队列"
    REGISTERED_FIELDS = "listing.registered-fields", "查看仅登录用户可见的内容"
    REPORT_DECIDE = "report.decide", "处理举报"
    REPORT_FILE = "report.file", "举报"
    REVIEW = "review", "受指定评审"


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
