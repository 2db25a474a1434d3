"""How a listing is cited: GB/T 7714, BibTeX, RIS. Only what everybody may read is in it; an owner
whose name is kept back is left out, as the standard does with a work that names nobody."""

from __future__ import annotations

from datetime import date, datetime

from market.calendar import day_of
from market.models import Kind
from market.queries.listings import ListingRow
from web.forms import clean
from web.passing.linked_data import NOT_REAL
from web.sides import path_to

BIBTEX = {c: f"\\{c}" for c in "&%$#_{}"} | {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
KEYS = {Kind.NEED: "need", Kind.ACHIEVEMENT: "achievement"}
LANGUAGES = {"zh-Hans": "zh-CN", "zh-Hant": "zh-HK", "en": "en"}


def gb7714(row: ListingRow, site: str, now: datetime) -> str:
    """GB/T 7714—2015, an electronic resource on line: the day of its last change in parentheses,
    that of the look-up in brackets."""
    who = f"{_line(_author(row))}. " if _author(row) else ""
    days = f"({_day(row.changed_at)})[{_day(now)}]"
    return f"{who}{_line(row.title)}[EB/OL]. {days}. {site}{path_to(row.kind, row.id)}."


def bibtex(row: ListingRow, site: str, now: datetime) -> str:
    """An entry that BibTeX and biblatex read."""
    changed = _day(row.changed_at)
    given = {
        "author": f"{{{_tex(_author(row))}}}" if _author(row) else "",
        "title": f"{{{_tex(row.title)}}}",
        "year": str(changed.year),
        "month": str(changed.month),
        "howpublished": f"科揭，{row.kind.text}",
        "url": site + path_to(row.kind, row.id),
        "urldate": _day(now).isoformat(),
        "note": NOT_REAL if row.is_demo else "",
        "langid": "english" if row.language.value == "en" else "chinese",
    }
    lines = [f"  {name} = {{{value}}}," for name, value in given.items() if value]
    return "\n".join([f"@misc{{kejie-{KEYS[row.kind]}-{row.id},", *lines, "}", ""])


def ris(row: ListingRow, site: str, now: datetime) -> str:
    """An entry of the RIS format, its lines ended as the format says."""
    given = [
        ("TY", "ELEC"), ("AU", _author(row)), ("TI", row.title), ("PB", "科揭"),
        ("PY", str(_day(row.changed_at).year)), ("DA", f"{_day(row.changed_at):%Y/%m/%d}/"),
        ("AB", row.summary), *(("KW", word) for word in row.keywords),
        ("LA", LANGUAGES[row.language.value]), ("N1", NOT_REAL if row.is_demo else ""),
        ("UR", site + path_to(row.kind, row.id)), ("Y2", f"{_day(now):%Y/%m/%d}/"),
    ]  # fmt: skip
    lines = [f"{tag}  - {_line(value)}" for tag, value in given if value]
    return "\r\n".join([*lines, "ER  - ", ""])


def _author(row: ListingRow) -> str:
    return row.owner_name if row.owner_id is not None else ""


def _day(moment: datetime) -> date:
    return day_of(moment)


def _line(text: str) -> str:
    return " ".join(clean(text).split())


def _tex(text: str) -> str:
    return "".join(BIBTEX.get(c, c) for c in _line(text))
