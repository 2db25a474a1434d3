"""What a listing is made of: every part of a need and of an achievement, in the order in which
it is read. Forms, pages, the API, files, versions and comparisons follow this table, so that
no part is forgotten by one of them.

A part is the smallest thing that a writer fills in and a reader is shown. Its column has the same
name, but for the few in `COLUMNS`; whether it can be kept from some readers is said by its `tier`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from market.models.enums import Assessment, Evidence, Kind, Labelled, Stage


class Shape(StrEnum):
    """What kind of value a part holds."""

    LINE = "line"
    TEXT = "text"
    WORDS = "words"
    FIELDS = "fields"
    DIVISION = "division"
    LEVEL = "level"
    MODES = "modes"
    AMOUNT = "amount"
    DAY = "day"
    CHOICE = "choice"
    CHOICES = "choices"
    INDICATORS = "indicators"
    RIGHTS = "rights"
    HOLDERS = "holders"


class PartName(Labelled):
    """The parts by name, and what readers call them; a need's words where the two differ."""

    TITLE = "title", "标题"
    SUMMARY = "summary", "摘要"
    BACKGROUND = "background", "背景"
    PROBLEM = "problem", "技术难题"
    INNOVATION = "innovation", "创新点"
    INDICATORS = "indicators", "技术指标"
    TRIED = "tried", "已经试过"
    CASES = "cases", "应用案例"
    BODY = "body", "补充说明"
    KEYWORDS = "keywords", "关键词"
    FIELDS = "fields", "技术领域"
    DIVISION = "division", "地区"
    STAGE = "stage", "所处阶段"
    READINESS = "readiness", "需要成熟度"
    EVIDENCE = "evidence", "成熟度依据"
    ASSESSMENT = "assessment", "成熟度评定"
    ASSESSOR = "assessor", "评定单位"
    RIGHTS = "rights", "知识产权"
    HOLDERS = "holders", "权利人"
    TEAM = "team", "团队"
    MODES = "modes", "合作方式"
    AMOUNT = "amount", "预算"
    WANTED_BY = "wanted_by", "希望完成日期"
    CONTACT = "contact", "联系方式"


class OfferedName(Labelled):
    """What those parts are called of an achievement that have another name there."""

    READINESS = "readiness", "现有成熟度"
    AMOUNT = "amount", "报价"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a kind of listing. `tier` names the tier that covers it, None where it is always
    public; `choices` its closed set; `is_prose`: it is a text that may hold Markdown."""

    name: str
    text: str
    shape: Shape
    tier: str | None
    choices: type[Labelled] | None = None
    is_prose: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """What the draft calls the value or its two ends."""
        return COLUMNS.get(self.name, (self.name,))


COLUMNS = {
    "fields": ("field_codes",),
    "division": ("division_code",),
    "amount": ("amount_min", "amount_max"),
}
N = PartName
_SHAPES: Mapping[str, Shape] = {
    N.TITLE: Shape.LINE, N.CONTACT: Shape.LINE, N.ASSESSOR: Shape.LINE,
    N.INDICATORS: Shape.INDICATORS, N.RIGHTS: Shape.RIGHTS, N.HOLDERS: Shape.HOLDERS,
    N.KEYWORDS: Shape.WORDS, N.FIELDS: Shape.FIELDS, N.DIVISION: Shape.DIVISION,
    N.READINESS: Shape.LEVEL, N.MODES: Shape.MODES, N.AMOUNT: Shape.AMOUNT,
    N.WANTED_BY: Shape.DAY, N.STAGE: Shape.CHOICE, N.ASSESSMENT: Shape.CHOICE,
    N.EVIDENCE: Shape.CHOICES,
}  # fmt: skip
_CHOICES: Mapping[str, type[Labelled]] = {
    N.STAGE: Stage, N.EVIDENCE: Evidence, N.ASSESSMENT: Assessment
}  # fmt: skip
_PROSE = (N.BACKGROUND, N.PROBLEM, N.INNOVATION, N.TRIED, N.CASES, N.BODY, N.TEAM)
_ALWAYS_PUBLIC = (N.TITLE, N.FIELDS, N.MODES, N.WANTED_BY)
_WITH_READINESS = (N.STAGE, N.EVIDENCE, N.ASSESSMENT, N.ASSESSOR)
_ORDER = {
    Kind.NEED: (
        N.TITLE, N.SUMMARY, N.PROBLEM, N.INDICATORS, N.BACKGROUND, N.TRIED, N.BODY, N.KEYWORDS,
        N.FIELDS, N.DIVISION, N.READINESS, N.MODES, N.AMOUNT, N.WANTED_BY, N.CONTACT,
    ),
    Kind.ACHIEVEMENT: (
        N.TITLE, N.SUMMARY, N.INNOVATION, N.INDICATORS, N.CASES, N.BODY, N.KEYWORDS, N.FIELDS,
        N.STAGE, N.READINESS, N.EVIDENCE, N.ASSESSMENT, N.ASSESSOR, N.RIGHTS, N.HOLDERS, N.TEAM,
        N.DIVISION, N.MODES, N.AMOUNT, N.CONTACT,
    ),
}  # fmt: skip
READ_BY_THE_MATCHER = {
    Kind.NEED: (N.SUMMARY, N.PROBLEM, N.INDICATORS, N.BACKGROUND, N.TRIED, N.BODY),
    Kind.ACHIEVEMENT: (N.SUMMARY, N.INNOVATION, N.INDICATORS, N.CASES, N.BODY),
}
"""The parts whose words are a listing's text, in the order in which they stand in it."""


def _part(kind: Kind, name: PartName) -> Part:
    offered = {each.value: each.text for each in OfferedName} if kind is Kind.ACHIEVEMENT else {}
    tier = None if name in _ALWAYS_PUBLIC else name.value
    return Part(
        name.value, offered.get(name.value, name.text), _SHAPES.get(name, Shape.TEXT),
        "readiness" if name in _WITH_READINESS else tier, _CHOICES.get(name), name in _PROSE,
    )  # fmt: skip


PARTS: Mapping[Kind, tuple[Part, ...]] = {
    kind: tuple(_part(kind, name) for name in names) for kind, names in _ORDER.items()
}


def text_of(kind: Kind, value: Callable[[str], Any]) -> str:
    """What the matcher reads of a listing besides title and keywords: its parts one below the
    other, an indicator a line. `value` gives a part by name, "" or [] where it is kept back."""
    return "\n".join(filter(None, (_text(value(name)) for name in READ_BY_THE_MATCHER[kind])))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "\n".join(row.text for row in value)


def part_of(kind: Kind, name: str) -> Part:
    """A part by its name. Raises KeyError."""
    for part in PARTS[kind]:
        if part.name == name:
            return part
    raise KeyError(name)
