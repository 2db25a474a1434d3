"""What is read of a file before anybody says what its columns are."""

from __future__ import annotations

from io import BytesIO

import pytest
import xlsxwriter

from market.errors import Invalid
from market.imports import sheets
from market.imports.guessing import guessed, targets_of
from market.imports.run import reading_for
from market.models import Kind
from tests.market import messy


def book(*rows: list, merged: tuple = ()) -> bytes:
    file = BytesIO()
    with xlsxwriter.Workbook(file) as made:
        sheet = made.add_worksheet()
        for number, cells in enumerate(rows):
            sheet.write_row(number, 0, cells)
        for area in merged:
            sheet.merge_range(*area)
    return file.getvalue()


def test_a_messy_workbook_becomes_one_line_of_headings_and_its_rows():
    sheet = sheets.read("成果.xlsx", messy.workbook(205))
    assert sheet.headings == [
        *messy.HEADINGS[:8], "转化价格（万元）最低价", "转化价格（万元）最高价",
        *messy.HEADINGS[10:],
    ]  # fmt: skip
    assert (len(sheet.rows), sheet.rows[0][0], sheet.rows[-1][0]) == (205, 5, 213)
    assert [cells[0] for _, cells in sheet.rows] == list(range(1, 206))


def test_a_cell_that_is_merged_over_rows_says_the_same_in_each():
    data = book(
        ["标题", "地区"], ["甲工艺"], ["乙工艺"], ["丙工艺", "广州市"],
        merged=((1, 1, 2, 1, "清城区"),),
    )  # fmt: skip
    rows = sheets.read("a.xlsx", data).rows
    assert rows == [(2, ["甲工艺", "清城区"]), (3, ["乙工艺", "清城区"]), (4, ["丙工艺", "广州市"])]


def test_headings_that_come_again_and_empty_rows_are_no_rows():
    data = book(["标题", "摘要"], ["甲", "一"], [], ["标题", "摘要"], ["乙", "二"])
    assert [number for number, _ in sheets.read("a.xlsx", data).rows] == [2, 5]


def test_sums_and_signatures_below_a_table_are_no_rows():
    data = book(
        ["标题", "摘要", "价格"], ["甲", "一", 5], ["注射用水的制备"], ["", "合计", 5],
        ["填表人：赵六  电话：13900000000"], ["备注：金额为万元"],
    )  # fmt: skip
    assert [number for number, _ in sheets.read("a.xlsx", data).rows] == [2, 3]


def test_a_table_of_one_column_has_no_notes():
    rows = sheets.read("a.csv", "标题\n甲工艺\n说明：乙\n".encode()).rows
    assert [cells for _, cells in rows] == [["甲工艺"], ["说明：乙"]]


def test_a_workbook_that_would_fill_the_memory_is_refused():
    file = BytesIO()
    with xlsxwriter.Workbook(file) as made:
        sheet = made.add_worksheet()
        sheet.write(0, 0, "标题")
        sheet.write(1_048_575, 16_383, "x")
    with pytest.raises(Invalid, match=r"打不开“大\.xlsx”"):
        sheets.read("大.xlsx", file.getvalue())


def test_more_rows_than_may_be_are_refused_and_never_cut():
    text = "标题\n" + "甲工艺\n" * (sheets.MOST_ROWS + 1)
    with pytest.raises(Invalid, match="超过 10,000 行"):
        sheets.read("a.csv", text.encode())
    rows = [["标题"], *([f"工艺{n}"] for n in range(sheets.MOST_ROWS + 1))]
    with pytest.raises(Invalid, match="超过 10,000 行"):
        sheets.read("a.xlsx", book(*rows))


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [("a.xlsx", b"%PDF-1.7", "内容却是PDF 文件"), ("a.csv", b"", "是空文件"),
     ("a.exe", b"MZ", "不认识“.exe”"), ("a.csv", "标题\n".encode(), "只有表头"),
     ("a.csv", "标题，摘要\n甲，乙".encode(), "中文逗号")],
)  # fmt: skip
def test_what_is_no_table_is_refused_under_its_own_name(name, data, told):
    with pytest.raises(Invalid) as refused:
        sheets.read(name, data)
    assert told in str(refused.value)
    assert "upload" not in str(refused.value)


def test_lines_of_json_are_a_table_too():
    sheet = sheets.read("a.jsonl", '{"title":"甲","keywords":["a","b"]}\n{"trl":7}'.encode())
    assert sheet.headings == ["title", "keywords", "trl"]
    assert sheet.rows == [(1, ["甲", ["a", "b"], None]), (2, [None, None, 7])]


@pytest.fixture
def guess(session, now):
    reading = reading_for(session, Kind.ACHIEVEMENT, "", now)

    def guess(headings, *rows, kind=Kind.ACHIEVEMENT):
        return guessed(kind, headings, rows, reading.fields, reading.divisions)

    return guess


def test_columns_of_a_messy_workbook_are_recognised(guess):
    sheet = sheets.read("成果.xlsx", messy.workbook(60))
    assert guess(sheet.headings, *(cells for _, cells in sheet.rows)) == messy.TARGETS


def test_a_heading_that_does_not_fit_its_cells_is_not_believed(guess):
    rows = [["甲工艺", "很成熟", "TRL6"], ["乙工艺", "一般", "TRL 7"], ["丙工艺", "较高", "5级"]]
    assert guess(["成果名称", "成熟度", "其他"], *rows) == ["title", "", "readiness"]


def test_a_running_number_is_no_number_of_their_own(guess):
    rows = [[n, f"面向窑炉的第{n}种控制方法"] for n in range(1, 8)]
    assert guess(["序号", "成果名称"], *rows) == ["", "title"]
    assert guess(["成果编号", "成果名称"], *rows) == ["source_id", "title"]


def test_two_ends_of_an_amount_and_what_shows_a_level(guess):
    rows = [["甲工艺", "30", "50", "检测报告"], ["乙工艺", "面议", "", "中试报告"],
            ["丙工艺", "20以上", "", "无"]]  # fmt: skip
    headings = ["成果名称", "意向价格（万元）最低", "意向价格（万元）最高", "TRL依据"]
    assert guess(headings, *rows) == ["title", "amount_min", "amount_max", "evidence"]


def test_a_table_without_headings_we_know_still_finds_its_title(guess):
    rows = [[n, f"面向窑炉的第{n}种控制方法", "技术转让"] for n in range(8)]
    assert guess(["A", "B", "C"], *rows) == ["", "title", "modes"]


@pytest.mark.parametrize("kind", Kind)
def test_every_part_can_be_chosen(kind):
    from market.parts import PARTS

    assert {part.name for part in PARTS[kind]} <= set(targets_of(kind))
