"""Cells → parts of a listing. Every function raises ValueError with one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from market.actions.particulars_problems import kind_of_number
from market.cells.signs import SEPARATORS, plain, split
from market.cells.writing import tier_texts
from market.errors import Invalid
from market.identifiers import checked_patent_number
from market.models import particulars
from market.models.enums import (
    CooperationMode,
    Holding,
    Kind,
    Labelled,
    RightKind,
    RightStatus,
    Stage,
    Tier,
)
from market.models.listings import TIERED_BY
from market.models.particulars import Holder, Indicator, Right

FIRST_SERIAL, LAST_SERIAL = 20_000, 80_000
"""Days of a spreadsheet, counted from the end of 1899: these lie between 1954 and 2119."""
_DAY = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?(?:[ T].*)?")
_NUMBER = re.compile(
    r"(发明(?:专利)?|实用新型(?:专利)?|外观(?:设计)?(?:专利)?|专利)?(?:申请)?(?:号)?[\s:]*"
    r"((?:ZL|CN)?[\d.X\s-]{8,20})"
)
"""A patent's number, whatever word stands before it."""
_STAGES = {"实验室": Stage.EARLY, "小试": Stage.EARLY, "中试": Stage.MIDDLE,
           "产业化": Stage.MATURE, "量产": Stage.MATURE, "批量生产": Stage.MATURE,
           "规模化生产": Stage.MATURE, "推广应用": Stage.MATURE}  # fmt: skip
_M = CooperationMode
_MODES = {
    "转让": _M.TRANSFER, "专利转让": _M.TRANSFER, "许可": _M.LICENSE, "专利许可": _M.LICENSE,
    "许可使用": _M.LICENSE, "作价入股": _M.EQUITY, "技术入股": _M.EQUITY, "入股": _M.EQUITY,
    "技术作价入股": _M.EQUITY, "技术开发": _M.COMMISSIONED, "委托研发": _M.COMMISSIONED,
    "联合开发": _M.JOINT, "共同开发": _M.JOINT, "合作研发": _M.JOINT, "联合研发": _M.JOINT,
    "合作研究": _M.JOINT, "咨询": _M.CONSULTING, "服务": _M.SERVICE,
}  # fmt: skip


def words(value: Any) -> tuple[str, ...]:
    """A list, or a text with the separators that people use; each word once."""
    found = value if isinstance(value, list) else split(str(value), SEPARATORS)
    plain_words = (" ".join(str(each).split()) for each in found)
    return tuple(dict.fromkeys(word for word in plain_words if word))


def codes(value: Any, known: Mapping[str, str], what: str) -> tuple[str, ...]:
    """Codes, names, or both (“NM08 稀散金属”) → codes; `known` is `imports.values.index_of`."""
    found: dict[str, None] = {}
    for word in words(value):
        code = known.get(plain(word)) or known.get(plain(word).partition(" ")[0])
        if code is None:
            raise ValueError(f"没有“{word[:30]}”这个{what}。")
        found[code] = None
    return tuple(found)


def choice(value: Any, kind: type[Labelled], what: str) -> Any:
    """A member of a closed set, by its value or by the words that people read; stages and ways to
    work together also by other words that mean them and nothing else."""
    wanted = plain(value)
    for each in kind:
        if wanted in (plain(each.value), plain(each.text)):
            return each
    if kind is Stage:
        near = {plain(each.text).partition("(")[0]: each for each in Stage} | _STAGES
        wanted = wanted.removeprefix("已").removesuffix("阶段")
        if wanted in near:
            return near[wanted]
    if kind is CooperationMode and wanted in _MODES:
        return _MODES[wanted]
    texts = "、".join(each.text for each in kind)
    raise ValueError(f"没有“{str(value)[:30]}”这种{what}，可填：{texts}。")


def choices(value: Any, kind: type[Labelled], what: str) -> tuple[Any, ...]:
    """Members of a closed set, each once. None of them has a slash in it, so that one divides."""
    found = [piece.strip() for word in words(value) for piece in re.split("[/／]", word)]
    return tuple(dict.fromkeys(choice(word, kind, what) for word in found if word))


def day(value: Any) -> date:
    """A day as people, spreadsheets and programs write it."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = plain(value)
    serial = float(text) if re.fullmatch(r"\d{5}(\.\d+)?", text) else 0
    if FIRST_SERIAL <= serial <= LAST_SERIAL:
        return date(1899, 12, 30) + timedelta(days=int(serial))
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError(f"看不懂日期“{str(value)[:30]}”，请写成 2026-03-08 这样。")
    try:
        return date(*map(int, found.groups()))
    except ValueError as error:
        raise ValueError(f"没有“{str(value)[:30]}”这一天。") from error


def indicators(value: Any) -> tuple[Indicator, ...]:
    """Rows of technical indicators."""
    return _rows(value, Indicator, _indicator)


def rights(value: Any) -> tuple[Right, ...]:
    """Rows of intellectual property; a cell that only lists numbers of patents is taken too. Of a
    number that a spreadsheet computes with, the last “.0” is lost on the way."""
    if isinstance(value, int) and len(str(value)) in (8, 12):
        value = f"{value}.0"
    if not isinstance(value, list) or all(isinstance(each, str) for each in value):
        numbers = [_NUMBER.fullmatch(plain(each).upper()) for each in words(value)]
        if numbers and all(numbers):
            return tuple(_patent(*number.groups()) for number in numbers if number)
    return _rows(value, Right, _right)


def holders(value: Any) -> tuple[Holder, ...]:
    """Rows of those who own an achievement."""
    return _rows(value, Holder, _holder)


def tiers(kind: Kind, value: Any) -> dict[str, Tier]:
    """Who may read each field that is named."""
    known = {plain(text): name for each in Kind for name, text in tier_texts(each).items()}
    known |= {name: name for name in TIERED_BY[kind]}
    given = value.items() if isinstance(value, dict) else map(_tier_line, _lines(str(value)))
    found = {}
    for label, tier in given:
        name = known.get(plain(label))
        if name not in TIERED_BY[kind]:
            raise ValueError(f"“{str(label)[:20]}”不能设定谁可以看。")
        found[name] = choice(tier, Tier, "范围")
    return found


def _tier_line(line: str) -> tuple[str, str]:
    label, sign, tier = line.replace(":", "：").partition("：")
    if not sign:
        raise ValueError(f"“{line[:30]}”请写成“预算：签署保密协议后”这样，一行一项。")
    return label, tier


def _rows(
    value: Any, kind: type[Indicator] | type[Right] | type[Holder],
    read: Callable[[Sequence[str]], Any],
) -> tuple[Any, ...]:  # fmt: skip
    """Rows of a cell, one a line; or the objects of JSON."""
    found = []
    lines = value if isinstance(value, list | tuple) else _lines(str(value))
    for number, line in enumerate(lines, 1):
        try:
            found.append(_row(line, kind, read))
        except (ValueError, TypeError, KeyError) as error:
            said = str(error) if type(error) is ValueError else "写法不对。"
            raise ValueError(f"第 {number} 行：{said}") from error
    return tuple(found)


def _row(line: Any, kind: Any, read: Callable[[Sequence[str]], Any]) -> Any:
    if isinstance(line, dict):
        return particulars.read(kind, line)
    return read([cell.strip() for cell in split(str(line), "|")])


def _indicator(cells: Sequence[str]) -> Indicator:
    return Indicator(*_filled(cells, 4, "指标 | 现状 | 目标 | 单位"))


def _right(cells: Sequence[str]) -> Right:
    kind, number, name, status, checked_on = _filled(
        cells, 5, "类别 | 编号 | 名称 | 法律状态 | 核实日期"
    )
    return Right(
        choice(kind, RightKind, "知识产权"), number, name,
        choice(status, RightStatus, "法律状态") if status else None,
        day(checked_on) if checked_on else None,
    )  # fmt: skip


def _patent(called: str | None, text: str) -> Right:
    try:
        number = checked_patent_number(text)
    except Invalid as error:
        raise ValueError(error.problems[0].reason) from error
    said = (kind for kind in RightKind if called and kind.text.startswith(called.strip()))
    return Right(next(said, kind_of_number(number)), number)


def _holder(cells: Sequence[str]) -> Holder:
    name, holding, share, until = _filled(cells, 4, "权利人 | 权利 | 份额 | 到期日")
    percent = plain(share).removesuffix("%").strip()
    if percent and not (percent.isdecimal() and len(percent) < 4):
        raise ValueError(f"份额应是 1% 到 100%，“{share[:20]}”不是。")
    return Holder(
        name, choice(holding or Holding.OWNERSHIP, Holding, "权利"),
        int(percent) if percent else None, day(until) if until else None,
    )  # fmt: skip


def _filled(cells: Sequence[str], most: int, form: str) -> list[str]:
    """So many cells, empty where the line ends before."""
    if len(cells) > most:
        raise ValueError(f"有 {len(cells)} 格，应写成“{form}”。")
    return [*cells, *[""] * (most - len(cells))]


def _lines(text: str) -> list[str]:
    return [line for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
