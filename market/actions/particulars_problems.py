"""What can be wrong with the rows of a draft: indicators, intellectual property, owners; and with
the few things that hang together with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from market.calendar import day_of
from market.errors import Invalid
from market.identifiers import checked_patent_number
from market.models.enums import Assessment, RightKind
from market.models.particulars import Holder, Indicator, Right
from market.texts import has_script, has_words, is_binary

if TYPE_CHECKING:
    from market.actions.drafts import ListingDraft

MOST_INDICATORS, MOST_RIGHTS, MOST_HOLDERS = 20, 20, 10
MAX_CELL, MAX_NAME = 80, 200
EARLIEST = date(1980, 1, 1)
LATEST = date(2100, 1, 1)
KIND_DIGITS = {"1": RightKind.INVENTION, "2": RightKind.UTILITY_MODEL, "3": RightKind.DESIGN,
               "8": RightKind.INVENTION, "9": RightKind.UTILITY_MODEL}  # fmt: skip
"""What the digit after the year of a patent's number says of its kind."""
Found = Iterator[tuple[str, str]]


def found(draft: ListingDraft, now: datetime) -> Found:
    """(part, sentence) for everything that is wrong."""
    today = day_of(now)
    yield from _indicators(draft.indicators)
    yield from _rights(draft.rights, today)
    yield from _holders(draft.holders)
    if draft.wanted_by is not None and not EARLIEST <= draft.wanted_by <= LATEST:
        yield "wanted_by", f"日期 {draft.wanted_by} 不合理，请核对年份。"
    if draft.assessment is Assessment.ASSESSED and not has_words(draft.assessor):
        yield "assessor", "第三方评定的，请写明评定单位。"


def kind_of_number(number: str) -> RightKind:
    """The kind that a patent's checked number belongs to: years have four digits since 2003, two
    before."""
    digits = number.removeprefix("ZL").partition(".")[0]
    return KIND_DIGITS.get(digits[2 if len(digits) == 8 else 4], RightKind.INVENTION)


def _indicators(rows: tuple[Indicator, ...]) -> Found:
    if len(rows) > MOST_INDICATORS:
        yield "indicators", f"技术指标有 {len(rows)} 行，最多 {MOST_INDICATORS} 行。"
    for number, row in enumerate(rows, 1):
        cells = (row.name, row.before, row.value, row.unit)
        if not has_words(row.name):
            yield "indicators", f"第 {number} 行没有写指标名称。"
        if not row.value and not row.before:
            yield "indicators", f"第 {number} 行“{row.name[:12]}”没有写数值。"
        yield from _cells("indicators", number, cells, MAX_CELL)


def _rights(rows: tuple[Right, ...], today: date) -> Found:
    if len(rows) > MOST_RIGHTS:
        yield "rights", f"知识产权有 {len(rows)} 行，最多 {MOST_RIGHTS} 行。"
    for number, row in enumerate(rows, 1):
        if not row.number and not has_words(row.name):
            yield "rights", f"第 {number} 行请写编号或名称。"
        if row.kind.is_patent and row.number:
            yield from _patent(number, row)
        if row.status is not None and row.checked_on is None:
            yield "rights", f"第 {number} 行写了法律状态，请同时写核实日期。"
        if row.checked_on is not None and not EARLIEST <= row.checked_on <= today:
            yield "rights", f"第 {number} 行的核实日期 {row.checked_on} 晚于今天或过早。"
        yield from _cells("rights", number, (row.number, row.name), MAX_NAME)


def _patent(number: int, row: Right) -> Found:
    try:
        checked = checked_patent_number(row.number)
    except Invalid as error:
        yield "rights", f"第 {number} 行：{error.problems[0].reason}"
        return
    kind = kind_of_number(checked)
    if kind is not row.kind:
        yield "rights", f"第 {number} 行的号码 {checked} 是{kind.text}，不是{row.kind.text}。"


def _holders(rows: tuple[Holder, ...]) -> Found:
    if len(rows) > MOST_HOLDERS:
        yield "holders", f"权利人有 {len(rows)} 行，最多 {MOST_HOLDERS} 行。"
    for number, row in enumerate(rows, 1):
        if not has_words(row.name):
            yield "holders", f"第 {number} 行没有写权利人。"
        if row.share is not None and not 1 <= row.share <= 100:
            yield "holders", f"第 {number} 行的份额应在 1% 到 100% 之间，这里是 {row.share}%。"
        if row.until is not None and not EARLIEST <= row.until <= LATEST:
            yield "holders", f"第 {number} 行的期限 {row.until} 不合理，请核对年份。"
        yield from _cells("holders", number, (row.name,), MAX_NAME)
    for holding in dict.fromkeys(row.holding for row in rows):
        total = sum(row.share or 0 for row in rows if row.holding is holding)
        if total > 100:
            yield "holders", f"{holding.text}的份额合计 {total}%，超过 100%。"


def _cells(part: str, number: int, cells: tuple[str, ...], most: int) -> Found:
    for cell in cells:
        if len(cell) > most:
            yield part, f"第 {number} 行“{cell[:12]}…”超过 {most} 个字符。"
        elif "\n" in cell or is_binary(cell) or has_script(cell):
            yield part, f"第 {number} 行“{cell[:12]}”里有换行、网页脚本或不是文字的内容。"
