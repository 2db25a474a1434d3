"""How a sheet of ours looks: headings that stay, columns that filter, every text a text. The one
place beside `template` that knows the library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import IO, Any

from market.exports.columns import Cell, Column
from market.queries.exports import ExportRow

ACCENT, WASH, LINE = "#0c5a55", "#e6f0ed", "#cdc6b6"
HEADING = {
    "bold": True, "font_color": ACCENT, "bg_color": WASH, "bottom": 1, "bottom_color": LINE,
    "valign": "vcenter", "text_wrap": True,
}  # fmt: skip
TEXT = {"num_format": "@", "valign": "top"}
DAY = {"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"}
NUMBER = {"num_format": "#,##0", "valign": "top"}
FRACTION = {"num_format": "#,##0.00", "valign": "top"}
HEADING_HEIGHT = 30
Content = tuple[str, Sequence[Column], Iterable[ExportRow]]


def write_workbook(sheets: Sequence[Content], to: IO[bytes]) -> None:
    """Sheets with their columns and rows; a row is written out as soon as the next one comes."""
    book = new_book(to, constant_memory=True)
    formats = Formats(book)
    for name, columns, rows in sheets:
        sheet = book.add_worksheet(name)
        head(sheet, columns, formats)
        last = 0
        for last, row in enumerate(rows, 1):
            for place, column in enumerate(columns):
                put(sheet, last, place, column.value(row), formats)
        sheet.autofilter(0, 0, last, len(columns) - 1)
    book.close()


class Formats:
    """The few looks that cells have."""

    def __init__(self, book: Any) -> None:
        self.heading = book.add_format(HEADING)
        self.text = book.add_format(TEXT)
        self.day = book.add_format(DAY)
        self.number = book.add_format(NUMBER)
        self.fraction = book.add_format(FRACTION)


def new_book(to: IO[bytes], **options: Any) -> Any:
    """A workbook that turns no text into a formula, a link or a number."""
    import xlsxwriter

    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    return xlsxwriter.Workbook(to, {**plain, **options})


def head(sheet: Any, columns: Sequence[Column], formats: Formats) -> None:
    """Headings, widths, and the first row and the title kept in sight."""
    sheet.set_row(0, HEADING_HEIGHT)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width)
        sheet.write_string(0, place, column.heading, formats.heading)
    titles = [place for place, column in enumerate(columns) if column.name == "title"]
    sheet.freeze_panes(1, titles[0] + 1 if titles else 0)


def put(sheet: Any, row: int, place: int, value: Cell, formats: Formats) -> None:
    """One cell; an empty one is left out."""
    if value is None or value == "":
        return
    if isinstance(value, str):
        sheet.write_string(row, place, value, formats.text)
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, formats.day)
    else:
        look = formats.number if value == int(value) else formats.fraction
        sheet.write_number(row, place, value, look)
