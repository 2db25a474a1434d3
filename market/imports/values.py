"""A cell → a value, or a ValueError whose one sentence says what is wrong with it."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from market import cells
from market.calendar import ZONE
from market.models.enums import Language

EARLIEST = 1980
_MONTH = re.compile(r"(\d{4})\s*(?:[-/.年]\s*(\d{1,2})\s*月?|年?\s*年?底|年末|年内|年)\s*[底末]?")
_LEVEL = re.compile(r"(?:trl|第)?\s*[-:]?\s*(\d{1,4})\s*(?:级)?")
_NUMBER = r"(\d+(?:\.\d+)?)\s*((?:亿|千万|百万|十万|万|千)?元|亿|千万|百万|十万|万|千)?"
_AMOUNT = re.compile(rf"{_NUMBER}(?:\s*(?:-|~|—|–|至|到)+\s*{_NUMBER})?(以内|以下|以上|起)?")
_OPEN = frozenset({"", "面议", "协商", "待定", "另议", "面谈", "无", "-", "negotiable"})
_UNITS = {"": 1, "千": 10**3, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7, "亿": 10**8}


def text(value: Any) -> str:
    """A cell as text; a whole number without the “.0” of a spreadsheet."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list | dict):
        raise ValueError("这里应是文字。")
    return str(value).replace("\r\n", "\n").strip()


def plain(value: Any) -> str:
    """Half-width and lower case, for what is looked up and not shown."""
    return unicodedata.normalize("NFKC", text(value)).strip().lower()


def language(value: Any) -> Language:
    """A language by its tag or name."""
    found: Language = cells.choice(value, Language, "语言")
    return found


def readiness(value: Any) -> int:
    """“7”, “7 级”, “TRL7”; the range 1–9 is checked with the draft."""
    found = _LEVEL.fullmatch(plain(value))
    if found is None:
        raise ValueError(f"技术成熟度应是 1 到 9 的整数，“{text(value)[:20]}”不是。")
    return int(found[1])


def day(value: Any) -> datetime:
    """A day, as the moment at which it begins in Shanghai."""
    return _moment(cells.day(value))


def day_by(value: Any) -> date:
    """A day by which something is to be done: a month ends with its last day, a year likewise."""
    found = _MONTH.fullmatch(plain(value)) if isinstance(value, str) else None
    if found is None:
        return cells.day(value)
    year, month = int(found[1]), int(found[2] or 12)
    if not 1 <= month <= 12:
        raise ValueError(f"没有“{text(value)[:30]}”这个月。")
    return date(year, month, monthrange(year, month)[1])


def _moment(found: date) -> datetime:
    if found.year < EARLIEST:
        raise ValueError(f"{found} 太早，请核对年份。")
    return datetime.combine(found, time(), ZONE)


def amounts(value: Any, unit: int) -> tuple[int | None, int | None]:
    """A budget or price → (low, high) in fen; both None where it is negotiable.

    One number is both ends; “50 万以内” has no low end, “50 万起” no high one. A unit in the cell
    wins over that of the heading.
    """
    if isinstance(value, list):
        if len(value) != 2:
            raise ValueError("金额应有下限和上限两个数。")
        low, high = (None if end is None else amount(end, unit) for end in value)
        return low, high
    written = (
        plain(value).replace(",", "").replace("人民币", "").replace("¥", "").replace("rmb", "")
    )
    written = "".join(written.split()).removeprefix("约").removesuffix("左右")
    if written in _OPEN:
        return None, None
    found = _AMOUNT.fullmatch(written)
    if found is None:
        raise ValueError(f"看不懂金额“{text(value)[:30]}”，可写成“30万-50万”或“面议”。")
    first, first_unit, second, second_unit, bound = found.groups()
    low = _fen(first, first_unit or (second_unit if second else None), unit)
    if second is not None:
        return low, _fen(second, second_unit, unit)
    if bound in ("以内", "以下"):
        return None, low
    return low, None if bound else low


def amount(value: Any, unit: int, bounds: str = "以上起") -> int | None:
    """One end of a range, in fen; a number that names itself an end of the kind is taken too."""
    low, high = amounts(value, unit)
    bound = plain(value)[-1:]
    if low != high and (not bound or bound not in bounds):
        raise ValueError(f"这里应是一个数，“{text(value)[:30]}”不是。")
    return high if low is None else low


def _fen(number: str, written: str | None, unit: int) -> int:
    return int(Decimal(number) * (_UNITS[written.removesuffix("元")] if written else unit) * 100)


def index_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What codes are looked up by: themselves and their names."""
    known: dict[str, str] = {}
    for code, name in pairs:
        known[plain(code)] = code
        known.setdefault(plain(name), code)
    return known
