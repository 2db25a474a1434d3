"""How a listing is brought onto one sheet: what fits, what is cut, and that it says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import Session

from market.models import Kind
from market.models.enums import Holding, RightKind
from market.models.particulars import Holder, Indicator, Right
from market.queries.listings import ListingRow, rows_for
from market.roles import VISITOR_VIEWER
from tests.conftest import Maker
from web.passing.paper import HEADING, LINES, MOST, height_of, is_cut, sections_of, spare

LONG = "窑头排烟温度高，热损失大，希望回收余热用于坯体干燥。" * 150


def row_with(session: Session, make: Maker, **parts: object) -> ListingRow:
    made = make.achievement("题目", source="t", source_id="1", **parts)
    return rows_for(session, Kind.ACHIEVEMENT, [made.key], VISITOR_VIEWER)[made.key].row


def test_what_is_short_is_there_whole(session: Session, make: Maker) -> None:
    row = row_with(session, make, innovation="新。\n\n- 快", cases="## 一处\n用过。")
    found = sections_of(row)
    assert [(each.heading, list(each.lines)) for each in found] == [
        ("创新点", ["新。", "- 快"]), ("应用案例", ["一处", "用过。"]),
    ]  # fmt: skip
    assert is_cut(found, row) is False


@pytest.mark.parametrize("count", [0, 10])
def test_it_never_takes_more_room_than_there_is(session: Session, make: Maker, count: int) -> None:
    row = row_with(
        session, make, innovation=LONG, cases="一行。\n" * 100, body=LONG, team=LONG,
        indicators=tuple(Indicator(f"指标{n}", "1", "2", "%") for n in range(count)),
        rights=tuple(Right(RightKind.KNOW_HOW, name=f"秘密{n}") for n in range(count)),
        holders=tuple(
            Holder(f"单位{n}", Holding.LONG_USE, until=date(2030, 1, 1)) for n in range(count)
        ),
    )  # fmt: skip
    found = sections_of(row)
    assert sum(HEADING + height_of(each) for each in found) <= LINES + spare(row)
    assert is_cut(found, row)


def test_what_a_short_head_leaves_goes_to_the_texts(session: Session, make: Maker) -> None:
    row = row_with(session, make, innovation=LONG)
    full = replace(
        row, title="题" * 87, summary="摘" * 132, parts={**row.parts, "contact": "电" * 126}
    )
    assert (spare(full), spare(row)) == (0, 8)
    short, long = (sum(map(height_of, sections_of(each))) for each in (row, full))
    assert short - long == 8


def test_rows_that_find_no_room_are_counted(session: Session, make: Maker) -> None:
    many = tuple(Indicator(f"指标{n}", "", "2") for n in range(MOST["indicators"] + 3))
    [section] = sections_of(row_with(session, make, indicators=many))
    assert (len(section.rows), section.left_out) == (MOST["indicators"], 3)


def test_a_row_that_wraps_takes_the_room_of_two(session: Session, make: Maker) -> None:
    wide = tuple(Indicator("名称" * 10 + str(n), "", "2") for n in range(MOST["indicators"]))
    [section] = sections_of(row_with(session, make, indicators=wide))
    assert len(section.rows) == MOST["indicators"] // 2


def test_a_long_text_leaves_a_short_one_whole(session: Session, make: Maker) -> None:
    row = row_with(session, make, innovation=LONG, team="三个人。")
    long, short = sections_of(row)
    assert (long.is_cut, list(short.lines), short.is_cut) == (True, ["三个人。"], False)
    assert long.lines[-1].endswith("……")


def test_a_text_that_is_cut_still_begins_as_it_did(session: Session, make: Maker) -> None:
    [section] = sections_of(row_with(session, make, innovation=LONG))
    assert LONG.startswith(section.lines[0].removesuffix("……"))


def test_where_there_is_little_room_the_first_text_is_told(session: Session, make: Maker) -> None:
    full = tuple(Indicator(f"指标{n}", "1", "2", "%") for n in range(15))
    row = row_with(session, make, indicators=full, innovation=LONG, cases=LONG, body=LONG)
    found = sections_of(row, lines=LINES - 10)
    assert [each.name for each in found] == ["innovation", "indicators"]


def test_what_the_reader_may_not_read_is_not_on_it(session: Session, make: Maker) -> None:
    row = row_with(session, make, innovation="新。")
    blank = replace(row, parts={**row.parts, "innovation": ""})
    assert sections_of(blank) == []
