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
    MATCHED = "matched", "已对接"
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
    KEPT_FORM = "kept-form", "登录前填写的内容"


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


class Stage(Labelled):
    """How far an achievement has come, in the three steps of its registration."""

    EARLY = "early", "初期（小试）"
    MIDDLE = "middle", "中期（中试）"
    MATURE = "mature", "成熟应用"

    @property
    def levels(self) -> range:
        """The levels of readiness that usually go with it."""
        return {"early": range(1, 5), "middle": range(5, 8), "mature": range(8, 10)}[self.value]


class Evidence(Labelled):
    """What shows that a level of readiness was reached."""

    TEST_REPORT = "test-report", "检测报告"
    PROTOTYPE = "prototype", "样机或样品"
    PILOT_REPORT = "pilot-report", "中试报告"
    USER_REPORT = "user-report", "用户使用报告"
    APPRAISAL = "appraisal", "第三方评价报告"
    CERTIFICATE = "certificate", "产品认证或许可"
    PAPER = "paper", "论文"


class Assessment(Labelled):
    """Who says that it was reached."""

    SELF = "self", "自评"
    ASSESSED = "assessed", "第三方评定"


class RightKind(Labelled):
    """A kind of intellectual property. `is_patent`: its number has a check digit."""

    INVENTION = "invention", "发明专利"
    UTILITY_MODEL = "utility-model", "实用新型专利"
    DESIGN = "design", "外观设计专利"
    SOFTWARE = "software", "软件著作权"
    VARIETY = "variety", "植物新品种权"
    LAYOUT = "layout", "集成电路布图设计权"
    KNOW_HOW = "know-how", "技术秘密"

    @property
    def is_patent(self) -> bool:
        """Whether the patent office numbers it."""
        return self in (RightKind.INVENTION, RightKind.UTILITY_MODEL, RightKind.DESIGN)


class RightStatus(Labelled):
    """Where a right stands by law, on the day on which somebody looked."""

    PENDING = "pending", "审查中"
    GRANTED = "granted", "已授权或已登记"
    REFUSED = "refused", "驳回或撤回"
    LAPSED = "lapsed", "已失效"


class Holding(Labelled):
    """What an owner of an achievement has in it."""

    OWNERSHIP = "ownership", "所有权"
    CO_OWNERSHIP = "co-ownership", "共有权"
    LONG_USE = "long-use", "长期使用权"
    LICENSING = "licensing", "受托许可和转让"


class Verdict(Labelled):
    """What somebody says of a suggestion."""

    USEFUL = "useful", "有用"
    IRRELEVANT = "irrelevant", "不相关"


class AnswerReason(Labelled):
    """Why. Each belongs to one verdict."""

    SOLVES = "solves", "能解决"
    PARTLY = "partly", "能解决一部分"
    INSPIRES = "inspires", "有启发，想了解"
    OTHER_FIELD = "other-field", "不是一个领域"
    OTHER_PROBLEM = "other-problem", "领域相近，问题对不上"
    INDICATORS = "indicators", "指标达不到"
    CONDITIONS = "conditions", "工况或规模不符"
    TOO_EARLY = "too-early", "成熟度不够"
    PRICE = "price", "价格不合适"
    KNOWN = "known", "早已了解或已经解决"
    UNCLEAR = "unclear", "描述不清，无法判断"

    @property
    def verdict(self) -> Verdict:
        """The verdict that it explains."""
        is_useful = self in (AnswerReason.SOLVES, AnswerReason.PARTLY, AnswerReason.INSPIRES)
        return Verdict.USEFUL if is_useful else Verdict.IRRELEVANT

    @property
    def grade(self) -> int | None:
        """What it counts as a judgement of relevance: 2 solves, 1 helps, 0 does not, None for no
        judgement. Whoever already knew of it, or finds it dear or early, still says that it is
        about the problem."""
        if self is AnswerReason.SOLVES:
            return 2
        if self is AnswerReason.UNCLEAR:
            return None
        near = ("partly", "inspires", "known", "price", "too-early", "indicators", "conditions")
        return 1 if self.value in near else 0


class ImportState(Labelled):
    """Where an imported file stands."""

    UPLOADED = "uploaded", "待确认列"
    CHECKING = "checking", "正在检查"
    CHECKED = "checked", "待导入"
    RUNNING = "running", "正在导入"
    DONE = "done", "已导入"
    UNDOING = "undoing", "正在撤销"
    UNDONE = "undone", "已撤销"
    FAILED = "failed", "未完成"
    DROPPED = "dropped", "已放弃"


class TextState(Labelled):
    """Whether the words of a file were read for matching."""

    WAITING = "waiting", "待读取"
    READ = "read", "已读取"
    EMPTY = "empty", "没有文字"
    FAILED = "failed", "读不出"


class Language(Labelled):
    SIMPLIFIED = "zh-Hans", "简体中文"
    TRADITIONAL = "zh-Hant", "繁體中文"
    ENGLISH = "en", "English"
