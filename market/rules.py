"""Who may: one table from every action to its rule. An action that is not in it is refused.

A rule names the permission that an action wants (`roles` says who holds it) and the sentence for
everybody else. An action that is a move takes its rule from its row in `market.states`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from market.errors import NotAllowed, NotFresh, NotSignedIn
from market.models.enums import ListingState, Tier
from market.roles import Permission, Role, Viewer, holders
from market.states import MOVES

P = Permission
FRESH = timedelta(minutes=15)
"""How long ago the password may have been shown for an act that wants it shown."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What an action wants, looked for in the organisation that the action is about; before that
    is known, holding it in one of them is enough to see the form. `fresh`: the password must have
    been shown lately."""

    permission: Permission
    otherwise: str = ""
    fresh: bool = False


SIGN_IN = "请先登录。"
OFFICERS = "这是主管部门经办人的工作，您的身份不能进行。"
RULES: dict[str, Rule] = {
    # what everybody sees and does
    "listing.view": Rule(P.LISTING_READ),
    "organisation.view": Rule(P.ORGANISATION_READ),
    "match": Rule(P.MATCH),
    "report.file": Rule(P.REPORT_FILE),
    "account.register": Rule(P.PERSON_REGISTER),
    "account.sign-in": Rule(P.PERSON_REGISTER),
    "account.unsubscribe": Rule(P.PERSON_REGISTER),
    # one's own account
    "account.use": Rule(P.ACCOUNT_USE, SIGN_IN),
    "account.secure": Rule(P.ACCOUNT_USE, SIGN_IN, fresh=True),
    "inbox.view": Rule(P.ACCOUNT_USE, SIGN_IN),
    "invitation.accept": Rule(P.ACCOUNT_USE, SIGN_IN),
    "membership.request": Rule(P.ACCOUNT_USE, SIGN_IN),
    "membership.leave": Rule(P.ACCOUNT_USE, SIGN_IN),
    "organisation.create": Rule(P.ORGANISATION_CREATE, SIGN_IN),
    "organisation.claim": Rule(P.ORGANISATION_CREATE, SIGN_IN),
    "answer.give": Rule(P.ACCOUNT_USE, "登录以后才能标“有用”或“不相关”。"),
    "saved.use": Rule(P.ACCOUNT_USE, "登录以后才能收藏。"),
    # one's organisation
    "organisation.open": Rule(P.LISTING_OWN, "只有本单位成员可以查看。"),
    "organisation.change": Rule(P.ORGANISATION_MANAGE, "只有单位负责人可以修改单位资料。"),
    "membership.manage": Rule(P.ORGANISATION_MANAGE, "只有单位负责人可以管理成员。"),
    "membership.promote": Rule(
        P.ORGANISATION_MANAGE, "只有单位负责人可以改变成员的角色。", fresh=True
    ),
    "certification.submit": Rule(P.ORGANISATION_MANAGE, "只有单位负责人可以提交认证。"),
    # needs and achievements
    "export.listed": Rule(P.LISTING_READ),
    "export.own": Rule(P.LISTING_OWN, "请先加入或创建单位。"),
    "listing.own": Rule(P.LISTING_OWN, "请先加入或创建单位。"),
    "listing.create": Rule(P.LISTING_WRITE, "请先加入或创建单位，再以单位的身份发布。"),
    "sketch.write": Rule(P.ACCOUNT_USE, SIGN_IN),
    "listing.write": Rule(P.LISTING_WRITE, "只有本单位的负责人、编辑和技术经理人可以修改。"),
    "listing.record": Rule(P.LISTING_RECORD, "批量导入由运维人员进行；单条内容请在网上填写。"),
    "import.run": Rule(P.LISTING_WRITE, "请先加入或创建单位，由负责人、编辑或技术经理人导入。"),
    "attachment.add": Rule(P.LISTING_WRITE, "只有本单位的负责人、编辑和技术经理人可以传附件。"),
    "attachment.change": Rule(P.LISTING_WRITE, "只有本单位的负责人、编辑和技术经理人可以改附件。"),
    "attachment.remove": Rule(P.LISTING_WRITE, "只有本单位的负责人、编辑和技术经理人可以删附件。"),
    "attachment.read": Rule(P.LISTING_READ),
    "appeal.file": Rule(P.LISTING_APPEAL, "只有发布单位可以申诉。"),
    "disclosure.request": Rule(
        P.DISCLOSURE_REQUEST,
        "请以单位的身份申请：先加入或创建单位，由负责人、编辑或技术经理人提出。",
    ),
    "disclosure.appoint": Rule(P.DISCLOSURE_APPOINT, OFFICERS),
    # the bureau
    "desk.view": Rule(P.DESK_READ, "只有主管部门的工作人员可以进入工作台。"),
    "queue.view": Rule(P.QUEUE_READ, "只有主管部门的工作人员可以查看。"),
    "merge.prepare": Rule(P.MERGE_PREPARE, OFFICERS),
    "ledger.view": Rule(P.LEDGER_READ, "只有监督人和系统管理员可以查看变更记录。"),
    "person.view": Rule(P.PERSON_MANAGE, "只有系统管理员可以查看用户。"),
    "person.grant": Rule(P.PERSON_MANAGE, "只有系统管理员可以授予角色。", fresh=True),
    "person.suspend": Rule(P.PERSON_MANAGE, "只有系统管理员可以停用账号。", fresh=True),
    "person.lift": Rule(P.PERSON_MANAGE, "只有系统管理员可以解除他人的两步验证。", fresh=True),
    "delivery.manage": Rule(P.DELIVERY_MANAGE, "只有系统管理员可以查看发件箱。"),
    "metrics.view": Rule(P.METRICS_READ, "只有系统管理员可以查看运行指标。"),
    # the command line
    "organisation.record": Rule(P.ORGANISATION_RECORD, "只有运维人员可以批量登记单位。"),
    "person.record": Rule(P.PERSON_RECORD, "账号由本人注册，只有运维人员可以导入示例账号。"),
    "place.record": Rule(P.PLACE_RECORD, "只有运维人员可以更新技术领域和行政区划。"),
    "judgement.export": Rule(P.LISTING_RECORD, "只有运维人员可以导出反馈。"),
    "demo.purge": Rule(P.DEMO_PURGE, "只有运维人员可以清除示例数据。"),
}
RULES |= {f"{noun}.{move.name}": Rule(move.by) for noun, moves in MOVES.items() for move in moves}


def may(viewer: Viewer, action: str, organisation_id: int | None = None) -> bool:
    """Whether the viewer may do this: towards that organisation or, without one, anywhere at all.
    A Move can ask for more."""
    rule = RULES.get(action)
    if rule is None:
        return False
    if organisation_id is not None:
        return viewer.holds(rule.permission, organisation_id)
    return viewer.holds_somewhere(rule.permission)


def require(
    viewer: Viewer, action: str, organisation_id: int | None = None, *, now: datetime | None = None
) -> None:
    """Raise NotAllowed unless the viewer may. NotSignedIn and NotFresh are those that signing in,
    or showing the password once more, would mend; the latter is asked where `now` is given."""
    rule = RULES.get(action)
    if rule is None:
        raise NotAllowed("没有这项操作。")
    if not may(viewer, action, organisation_id):
        if not viewer.is_signed_in and not viewer.roles & {Role.OPERATOR, Role.CLOCK}:
            raise NotSignedIn(rule.otherwise or SIGN_IN)
        raise NotAllowed(rule.otherwise or refusal_of(rule.permission))
    if rule.fresh and now is not None and not is_fresh(viewer, now):
        raise NotFresh("为了您的账号安全，请再输入一次密码。")


def refusal_of(permission: Permission) -> str:
    """The sentence that names who may."""
    return f"只有{'、'.join(role.text for role in holders(permission))}可以这样做。"


def is_fresh(viewer: Viewer, now: datetime) -> bool:
    """Whether the password was shown lately; the command line has none to show."""
    if Role.OPERATOR in viewer.roles:
        return True
    return viewer.proven_at is not None and now - viewer.proven_at <= FRESH


def visible_states(viewer: Viewer) -> frozenset[ListingState]:
    """The states in which the viewer sees anybody's listings; members see all of their own
    organisation's, see `market.queries.visibility`."""
    if Role.OPERATOR in viewer.roles:
        return frozenset(ListingState)
    if viewer.holds(P.QUEUE_READ):
        return frozenset(ListingState) - {ListingState.DRAFT, ListingState.WITHDRAWN}
    anybodys = frozenset({ListingState.PUBLISHED, ListingState.MATCHED})
    return anybodys if may(viewer, "listing.view") else frozenset()


def readable_tier(
    viewer: Viewer, owner_id: int, *, disclosed: bool = False, reviewing: bool = False
) -> Tier:
    """The highest tier of a listing's fields that the viewer may read. `disclosed`: its owner let
    one of the viewer's organisations read it; `reviewing`: the bureau appointed the viewer."""
    if viewer.holds(P.LISTING_OWN, owner_id) or viewer.holds(P.BUREAU_FIELDS):
        return Tier.BUREAU
    if reviewing and viewer.holds(P.REVIEW):
        return Tier.REVIEWERS
    if disclosed:
        return Tier.MATCHED
    return Tier.REGISTERED if viewer.holds(P.REGISTERED_FIELDS) else Tier.PUBLIC
