"""What is entered at the bureau's desk: how a queue and the record of changes are looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from market.calendar import ZONE
from market.errors import Problem
from market.queries.ledger import LedgerFilter
from web.forms.accounts import Kept
from web.forms.organisations import whole
from web.forms.reading import Given, Reading

NAMES = ("noun", "noun_id", "action", "person", "organisation", "since", "until")
NUMBERS = {"noun_id": "编号", "person": "用户编号", "organisation": "单位编号"}
LARGEST = 2**31


@dataclass
class LedgerForm:
    """A search as it was entered, and as the market takes it."""

    entered: Kept
    filter: LedgerFilter
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_filtered(self) -> bool:
        """Whether anything narrows the search."""
        return any(self.entered.values())

    def address(self, path: str = "/bureau/ledger") -> str:
        """The address of this search, ready for one more parameter."""
        given = {name: value for name, value in self.entered.items() if value}
        return f"{path}?{urlencode(given)}{'&' if given else ''}"


def ledger_form(given: Given) -> LedgerForm:
    """The search that an address carries. Days are those of China, both ends counted in."""
    read = Reading(given)
    entered = Kept({name: read.raw(name)[:80] for name in NAMES})
    since, until = (_day(read, entered, name) for name in ("since", "until"))
    numbers = {name: _number(read, entered, name) for name in NUMBERS}
    if since and until and since > until:
        read.wrong("since", "开始日期晚于结束日期。")
    found = LedgerFilter(
        noun=entered["noun"], noun_id=numbers["noun_id"], action=entered["action"],
        person_id=numbers["person"], organisation_id=numbers["organisation"],
        since=since, until=until + timedelta(days=1) if until else None, page=read.page(),
    )  # fmt: skip
    return LedgerForm(entered, found, read.problems)


def queue_form(given: Given) -> tuple[bool, int]:
    """Of a queue: whether what is open is looked at or what was decided, and the page."""
    read = Reading(given)
    return read.raw("state") != "decided", whole(read.raw("page")) or 1


def _number(read: Reading, entered: Kept, name: str) -> int | None:
    value = entered[name]
    if not value:
        return None
    if not (value.isascii() and value.isdecimal() and 0 < int(value[:12]) < LARGEST):
        read.wrong(name, f"{NUMBERS[name]}应为正整数。")
        return None
    return int(value)


def _day(read: Reading, entered: Kept, name: str) -> datetime | None:
    if not entered[name]:
        return None
    try:
        day = date.fromisoformat(entered[name])
    except ValueError:
        read.wrong(name, "日期请写成 2026-11-23 的样子。")
        return None
    if not 2000 <= day.year <= 2199:
        read.wrong(name, "日期应在 2000 年到 2199 年之间。")
        return None
    return datetime.combine(day, time(), ZONE)
