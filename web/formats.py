"""Dates, money and numbers as people read them, through Babel; Asia/Shanghai everywhere."""

from __future__ import annotations

from datetime import date as Day
from datetime import datetime

from babel.dates import format_datetime
from babel.numbers import format_decimal

from market.calendar import ZONE, day_of

LOCALE = "zh_Hans_CN"
ZONE_NAME = "北京时间"
FEN_A_WAN = 1_000_000


def date(moment: datetime | None) -> str:
    """2026-11-23, the form that lines up in columns."""
    return "" if moment is None else format_datetime(moment, "yyyy-MM-dd", ZONE, LOCALE)


def long_date(moment: datetime | None) -> str:
    """2026年11月23日, for running text."""
    return "" if moment is None else format_datetime(moment, "y年M月d日", ZONE, LOCALE)


def exact_time(moment: datetime | None) -> str:
    """2026年11月23日 18:05（北京时间）, wherever the hour matters."""
    if moment is None:
        return ""
    return format_datetime(moment, "y年M月d日 HH:mm", ZONE, LOCALE) + f"（{ZONE_NAME}）"


def minute(moment: datetime) -> str:
    """2026-11-23 18:05, where many moments stand below each other."""
    return format_datetime(moment, "yyyy-MM-dd HH:mm", ZONE, LOCALE)


def days_since(moment: datetime, now: datetime) -> int:
    """How many whole days something has waited."""
    return max(0, (now - moment).days)


def days_left(moment: datetime, now: datetime) -> int:
    """How many days of the calendar are left, 0 on the last one; negative once it is over."""
    left = (moment.astimezone(ZONE).date() - now.astimezone(ZONE).date()).days
    return min(left, -1) if moment <= now else left


def day(day: Day | None) -> str:
    """2026-11-23, of a day that has no hour."""
    return "" if day is None else day.isoformat()


def age(moment: datetime, now: datetime) -> str:
    """How long ago, as roughly as a reader compares: by the calendar of Shanghai."""
    days = (day_of(now) - day_of(moment)).days
    if days < 2:
        return "昨天" if days == 1 else "今天"
    if days < 60:
        return f"{days} 天前"
    return f"{days // 30} 个月前" if days < 365 else f"{days // 365} 年前"


def number(value: float, places: int = 0) -> str:
    """1,234 with the grouping of the locale, and a fixed number of decimal places."""
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return format_decimal(value, pattern, LOCALE)


def percent(share: float | None) -> str:
    """0.874 as 87%."""
    return "" if share is None else format_decimal(round(share * 100), "0", LOCALE) + "%"


def score(share: float) -> int:
    """A calibrated score in whole percents, cut and not rounded: 39.6% is not yet the 40% from
    which a label begins."""
    return int(share * 100 + 1e-9)


def wan(fen: int) -> str:
    """Fen as a number of 万元 without needless decimals: 50, 1.5, 1,200."""
    return format_decimal(fen / FEN_A_WAN, "#,##0.##", LOCALE)


def amount(low: int | None, high: int | None) -> str:
    """A range of fen in 万元; nothing known means 面议."""
    if low is None and high is None:
        return "面议"
    if low is None:
        return f"{wan(high or 0)} 万元以下"
    if high is None:
        return f"{wan(low)} 万元以上"
    return f"{wan(low)} 万元" if low == high else f"{wan(low)}–{wan(high)} 万元"


def levels(low: int | None, high: int | None) -> str:
    """A range of readiness levels in words."""
    if low is None and high is None:
        return "不限"
    if low == high:
        return f"{low} 级"
    if high is None or high == 9:
        return f"{low} 级以上"
    return f"{high} 级以下" if low is None or low == 1 else f"{low}–{high} 级"


def file_size(size: int) -> str:
    """Bytes as KB or MB."""
    return f"{number(size / 2**20, 1)} MB" if size >= 2**20 else f"{number(max(1, size / 1024))} KB"


READINESS_WORDS = (
    "基本原理被发现和阐述",
    "形成技术概念或应用方案",
    "关键功能通过实验室验证",
    "原理样机组件通过实验室验证",
    "完整样机通过相关环境验证",
    "模拟环境下的系统演示",
    "真实环境下的系统演示",
    "定型试验",
    "运行与评估",
)


def readiness_words(level: int) -> str:
    """What a level means, in the wording that is common in China (see GB/T 22900)."""
    return READINESS_WORDS[level - 1]


GLOBALS = {
    "date": date,
    "long_date": long_date,
    "exact_time": exact_time,
    "minute": minute,
    "day": day,
    "age": age,
    "today": day_of,
    "days_since": days_since,
    "days_left": days_left,
    "number": number,
    "percent": percent,
    "score_percent": score,
    "amount": amount,
    "levels": levels,
    "file_size": file_size,
    "readiness_words": readiness_words,
    "zone_name": ZONE_NAME,
}
