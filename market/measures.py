"""Numbers as people write them in indicators, read cautiously: “≥95%”, “160～220 ppm”.

What is not plainly a number, or a range of them, is not guessed. `judged` says whether what was
reached meets what was wanted, misses it, or cannot be told from the words.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from market.models.enums import Labelled
from market.models.particulars import Indicator


class Fit(Labelled):
    """How what was reached stands to what was wanted."""

    MEETS = "meets", "达到"
    MISSES = "misses", "未达到"
    UNSURE = "unsure", "无法判断"


@dataclass(frozen=True, slots=True)
class Extent:
    """Every value that a text allows, ends included, in `unit`. `is_bound`: the text itself says
    whether more or less is wanted."""

    low: float
    high: float
    unit: str
    is_bound: bool = False


_NUMBER = r"[+-]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+-]?\d+|[×x*]10\^?[+-]?\d+)?"
_AT_LEAST = r"≥|>=|>|不低于|不少于|不小于|大于等于|大于|高于|超过|至少|达到|优于"
_AT_MOST = r"≤|<=|<|不高于|不多于|不超过|不大于|小于等于|小于|低于|少于|至多|控制在"
_BEFORE = re.compile(rf"^(?:大约|约)?(?:(?P<least>{_AT_LEAST})|(?P<most>{_AT_MOST}))?")
_AFTER = re.compile(r"(?P<least>及以上|以上|起)$|(?P<most>及以下|以下|以内|之内)$")
_RANGE = re.compile(
    rf"^(?P<low>{_NUMBER})(?P<first>[^\d~—–至到]{{0,8}}?)(?:~|—|–|-|至|到)(?P<high>{_NUMBER})(?P<unit>.{{0,12}})$"
)
_SINGLE = re.compile(rf"^(?P<number>{_NUMBER})(?P<unit>.{{0,12}})$")
_UNIT = re.compile(r"^(?:[a-zμω%‰℃°·/\u4e00-\u9fff]|(?<=m)[23])*$")
_POWER = re.compile(r"[×x*]10\^?")

_SCALES: tuple[dict[str, Fraction], ...] = tuple(
    {unit: Fraction(factor) for unit, factor in scale.items()}
    for scale in (
        {"%": "1/100", "‰": "1/1000", "ppm": "1/1000000", "ppb": "1/1000000000"},
        {"mm": "1", "μm": "1/1000", "um": "1/1000", "nm": "1/1000000", "cm": "10", "m": "1000",
         "毫米": "1", "微米": "1/1000", "纳米": "1/1000000", "厘米": "10", "米": "1000"},
        {"g": "1", "mg": "1/1000", "kg": "1000", "t": "1000000", "克": "1", "毫克": "1/1000",
         "千克": "1000", "公斤": "1000", "吨": "1000000"},
        {"w": "1", "kw": "1000", "mw": "1000000", "千瓦": "1000", "兆瓦": "1000000"},
        {"pa": "1", "kpa": "1000", "mpa": "1000000", "gpa": "1000000000", "bar": "100000"},
        {"s": "1", "ms": "1/1000", "min": "60", "h": "3600", "d": "86400", "秒": "1", "分钟": "60",
         "小时": "3600", "天": "86400"},
        {"ml": "1", "l": "1000", "毫升": "1", "升": "1000"},
        {"元": "1", "万元": "10000", "亿元": "100000000"},
        {"v": "1", "kv": "1000", "mv": "1/1000"},
        {"hz": "1", "khz": "1000"},
        {"mg/l": "1", "g/l": "1000", "μg/l": "1/1000"},
        {"mg/m3": "1", "g/m3": "1000", "μg/m3": "1/1000"},
        {"kwh": "1", "kw·h": "1", "度": "1", "mwh": "1000"},
        {"℃": "1", "°c": "1", "摄氏度": "1"},
    )
)  # fmt: skip
"""Units of one kind by their size. Anything else is compared only with itself."""
_CASED = {"MW": "mw", "mW": "milliwatt", "MPa": "mpa", "mPa": "millipascal", "mV": "mv"}
"""Where the case of a letter tells a million from a thousandth."""


def judged(wanted: Indicator, reached: Indicator) -> Fit:
    """Whether an achievement's row meets a need's row about the same matter."""
    target, found = extent_of(wanted.value, wanted.unit), extent_of(reached.value, reached.unit)
    if target is None or found is None:
        return Fit.UNSURE
    found_here = _in_unit(found, target.unit)
    if found_here is None:
        return Fit.UNSURE
    return _judged(_as_bound(target, extent_of(wanted.before, wanted.unit)), found_here)


def extent_of(text: str, unit: str = "") -> Extent | None:
    """What a text allows; None where it is not plainly a number or a range of numbers."""
    plain = _plain(text)
    start = _BEFORE.match(plain)
    rest = plain[start.end() :] if start else plain
    end = _AFTER.search(rest)
    if end:
        rest = rest[: end.start()]
    is_least = _says(start, "least") or _says(end, "least")
    is_most = _says(start, "most") or _says(end, "most")
    if is_least and is_most:
        return None
    found = _range(rest, unit) or _single(rest, unit)
    if found is None or (found.low != found.high and (is_least or is_most)):
        return None
    if is_least:
        return Extent(found.low, math.inf, found.unit, is_bound=True)
    if is_most:
        return Extent(-math.inf, found.high, found.unit, is_bound=True)
    return found


def _says(found: re.Match[str] | None, name: str) -> bool:
    return bool(found and found.group(name))


def _plain(text: str) -> str:
    """One width, no spaces, one sign for every way to write “from … to”."""
    cased = text
    for sign, name in _CASED.items():
        cased = re.sub(rf"(?<![A-Za-z]){sign}(?![A-Za-z])", name, cased)
    plain = unicodedata.normalize("NFKC", cased).lower().replace("～", "~").replace("〜", "~")
    plain = plain.replace("µ", "μ").replace("≧", "≥").replace("≦", "≤").replace("°c", "℃")
    return re.sub(r"\s+|左右$", "", plain)


def _range(text: str, unit: str) -> Extent | None:
    found = _RANGE.match(text)
    if found is None:
        return None
    named = _unit(found["unit"], unit)
    first = _unit(found["first"], "")
    if named is None or first is None or (first and first != named):
        return None
    low, high = _number(found["low"]), _number(found["high"])
    return Extent(low, high, named) if low <= high else None


def _single(text: str, unit: str) -> Extent | None:
    found = _SINGLE.match(text)
    named = _unit(found["unit"], unit) if found else None
    if found is None or named is None:
        return None
    number = _number(found["number"])
    return Extent(number, number, named)


def _number(text: str) -> float:
    return float(_POWER.sub("e", text.replace(",", "")))


def _unit(beside: str, given: str) -> str | None:
    """The unit of a value: the one beside the number, or the one of the row; None where what
    stands there is no unit, or a unit of another kind than the row's."""
    row = _plain(given)
    if not _UNIT.match(beside):
        return None
    if not beside or not row or beside == row:
        return beside or row
    scale = _scale(beside)
    return beside if scale is not None and row in scale else None


def _scale(unit: str) -> dict[str, Fraction] | None:
    return next((scale for scale in _SCALES if unit in scale), None)


def _in_unit(found: Extent, unit: str) -> Extent | None:
    """The same in another unit of its kind. A number without a unit is not taken for one with."""
    if found.unit == unit:
        return found
    scale = _scale(unit)
    if scale is None or found.unit not in scale:
        return None
    factor = scale[found.unit] / scale[unit]
    return Extent(_times(found.low, factor), _times(found.high, factor), unit, found.is_bound)


def _times(value: float, factor: Fraction) -> float:
    return value if math.isinf(value) else float(Fraction(str(value)) * factor)


def _as_bound(target: Extent, before: Extent | None) -> Extent:
    """A target without a sign wants what leads away from today's value: 450 → 220 wants less."""
    now = _in_unit(before, target.unit) if before and not before.is_bound else None
    if target.is_bound or now is None:
        return target
    ends = (now.low - target.low, now.high - target.high)
    if min(ends) >= 0 and max(ends) > 0:
        return Extent(-math.inf, target.high, target.unit, is_bound=True)
    if max(ends) <= 0 and min(ends) < 0:
        return Extent(target.low, math.inf, target.unit, is_bound=True)
    return target


def _judged(target: Extent, found: Extent) -> Fit:
    if target.low <= found.low and found.high <= target.high:
        return Fit.MEETS
    is_apart = found.high < target.low or found.low > target.high
    return Fit.MISSES if is_apart and target.is_bound else Fit.UNSURE
