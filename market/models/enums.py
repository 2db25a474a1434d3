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
    PUBLISHED = "published", "已发布"
    CLOSED = "closed", "已关闭"
    WITHDRAWN = "withdrawn", "已撤回"


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
