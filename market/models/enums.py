"""The closed sets of the marketplace, each with the words that people read."""

from __future__ import annotations

from enum import StrEnum


class Labelled(StrEnum):
    """A value that is stored, and the words a page shows for it."""

    text: str

    def __new__(cls, value: str, text: str = "") -> Labelled:
        member = str.__new__(cls, value)
        member._value_ = value
        member.text = text
        return member


class Role(Labelled):
    """Who somebody is: to the platform, or (from OWNER on) to one organisation, or a process."""

    VISITOR = "visitor", "访客"
    MEMBER = "member", "注册用户"
    EXPERT = "expert", "评审专家"
    ROUND_OFFICER = "round-officer", "经办人"
    APPROVER = "approver", "审批人"
    SUPERVISOR = "supervisor", "监督人"
    FINANCE = "finance", "财务"
    ADMINISTRATOR = "administrator", "系统管理员"
    OWNER = "owner", "单位负责人"
    EDITOR = "editor", "编辑"
    VIEWER = "viewer", "只读成员"
    TECHNOLOGY_MANAGER = "technology-manager", "技术经理人"
    ENTERPRISE = "enterprise", "企业"
    INSTITUTION = "institution", "高校院所"
    OPERATOR = "operator", "运维人员"
    CLOCK = "clock", "系统时钟"


PLATFORM_ROLES = (
    Role.EXPERT, Role.ROUND_OFFICER, Role.APPROVER, Role.SUPERVISOR, Role.FINANCE,
    Role.ADMINISTRATOR,
)  # fmt: skip
"""The roles that an administrator gives."""
BUREAU_ROLES = PLATFORM_ROLES[1:]
"""Those of people who work for the bureau."""
MEMBERSHIP_ROLES = (Role.OWNER, Role.EDITOR, Role.VIEWER, Role.TECHNOLOGY_MANAGER)
"""The roles that a person can have in an organisation; one in each."""


class Kind(Labelled):
    NEED = "need", "技术需求"
    ACHIEVEMENT = "achievement", "科技成果"

    @property
    def other(self) -> Kind:
        """The side that this one is matched against."""
        return Kind.ACHIEVEMENT if self is Kind.NEED else Kind.NEED


class OrganisationKind(Labelled):
    ENTERPRISE = "enterprise", "企业"
    INSTITUTION = "institution", "高校院所"
    BUREAU = "bureau", "主管部门"
    SERVICE = "service", "服务机构"
    SOURCE = "source", "数据来源"
    """Not a body: stands in for the owner where an imported file names none."""


class RegistrationType(Labelled):
    """What identifies a body that has no 统一社会信用代码."""

    HK_BR = "hk-br", "香港商业登记号"
    HK_CR = "hk-cr", "香港公司注册号"
    MACAU = "macau", "澳门商业登记号"


class ListingState(Labelled):
    DRAFT = "draft", "草稿"
    IN_REVIEW = "in-review", "待审核"
    PUBLISHED = "published", "已发布"
    EXPIRED = "expired", "已到期"
    CLOSED = "closed", "已关闭"
    WITHDRAWN = "withdrawn", "已撤回"
    TAKEN_DOWN = "taken-down", "已下架"


class Tier(Labelled):
    """Who may read one field of a listing; each step may read what the steps before it may."""

    PUBLIC = "public", "公开"
    REGISTERED = "registered", "登录用户"
    MATCHED = "matched", "签署保密协议后"
    REVIEWERS = "reviewers", "评审专家"
    BUREAU = "bureau", "主管部门"

    @property
    def level(self) -> int:
        """0 for what everybody reads, 4 for what the bureau alone does."""
        return list(Tier).index(self)


class Standing(Labelled):
    """Whether the bureau has seen proof that a body is what it says."""

    UNVERIFIED = "unverified", "未认证"
    VERIFIED = "verified", "已认证"


class CertificationState(Labelled):
    SUBMITTED = "submitted", "待核验"
    VERIFIED = "verified", "已通过"
    REFUSED = "refused", "未通过"
    WITHDRAWN = "withdrawn", "已撤回"


class MergeState(Labelled):
    PREPARED = "prepared", "待审批"
    APPROVED = "approved", "已合并"
    REFUSED = "refused", "未批准"


class MembershipState(Labelled):
    REQUESTED = "requested", "待确认"
    ACTIVE = "active", "在册"
    REFUSED = "refused", "未同意"
    ENDED = "ended", "已离开"


class DisclosureState(Labelled):
    REQUESTED = "requested", "待答复"
    GRANTED = "granted", "已授权"
    REFUSED = "refused", "未同意"
    ENDED = "ended", "已终止"


class ReportState(Labelled):
    RECEIVED = "received", "已收到"
    ACCEPTED = "accepted", "调查中"
    INADMISSIBLE = "inadmissible", "不予受理"
    UPHELD = "upheld", "属实"
    DISMISSED = "dismissed", "不属实"


class ReportReason(Labelled):
    FALSE = "false", "内容虚假"
    INFRINGING = "infringing", "侵犯知识产权"
    SECRET = "secret", "泄露商业秘密或个人信息"
    UNLAWFUL = "unlawful", "违法或违规"
    SPAM = "spam", "广告或重复发布"
    OTHER = "other", "其他"


class AppealState(Labelled):
    FILED = "filed", "待复核"
    UPHELD = "upheld", "申诉成立"
    DISMISSED = "dismissed", "维持原决定"


class SignInKind(Labelled):
    BROWSER = "browser", "网页登录"
    TOKEN = "token", "接口令牌"


class OneTimePurpose(Labelled):
    """What a code or a link that works once is for."""

    REGISTER = "register", "注册"
    RESET = "reset", "重设密码"
    CHANGE_CONTACT = "change-contact", "更换联系方式"
    CONFIRM_CHANGE = "confirm-change", "确认更换"
    OIDC = "oidc", "统一身份登录"
    SECOND_STEP = "second-step", "两步验证"


class ConsentTopic(Labelled):
    PRIVACY = "privacy", "隐私政策"
    CROSS_BORDER = "cross-border", "向境外提供个人信息"
    EXPERT_NAME = "expert-name", "公开专家姓名"
    DIGEST = "digest", "订阅摘要邮件"


class NoticeKind(Labelled):
    """What a notice is about. `is_optional`: whether its mail can be switched off."""

    ACCOUNT = "account", "账号安全"
    ORGANISATION = "organisation", "单位事务"
    LISTING = "listing", "需求与成果"
    MODERATION = "moderation", "审核与举报"
    DISCLOSURE = "disclosure", "保密授权"
    EXPIRY = "expiry", "到期提醒"
    MATCH = "match", "新的匹配"

    @property
    def is_optional(self) -> bool:
        """Whether a person may do without mails of this kind."""
        return self in (NoticeKind.EXPIRY, NoticeKind.MATCH)


class DigestRhythm(Labelled):
    OFF = "off", "不发"
    AT_ONCE = "at-once", "逐条"
    DAILY = "daily", "每日"
    WEEKLY = "weekly", "每周"


class Channel(Labelled):
    EMAIL = "email", "电子邮件"
    SMS = "sms", "短信"


class DeliveryState(Labelled):
    WAITING = "waiting", "待发送"
    SENT = "sent", "已发送"
    DEAD = "dead", "发送失败"


class Audience(Labelled):
    """Whom a disclosure is for."""

    ORGANISATION = "organisation", "单位"
    EXPERT = "expert", "专家"


class CooperationMode(Labelled):
    COMMISSIONED = "commissioned", "委托开发"
    JOINT = "joint", "合作开发"
    TRANSFER = "transfer", "技术转让"
    LICENSE = "license", "技术许可"
    EQUITY = "equity", "作价投资"
    CONSULTING = "consulting", "技术咨询"
    SERVICE = "service", "技术服务"


class Language(Labelled):
    SIMPLIFIED = "zh-Hans", "简体中文"
    TRADITIONAL = "zh-Hant", "繁體中文"
    ENGLISH = "en", "English"
