"""The words of a document, as far as they help to find it: at most `MOST` characters, in the order
in which they are read. Runs in `child`; whatever is raised means that the file cannot be read."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import iterparse

MOST = 20_000
"""What the matcher reads of a listing at most (`market.texts`, which is not imported here: with it
came every table, and a second for every file)."""
MOST_PAGES = 300
MOST_BYTES = 8 * MOST
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_SPREAD = re.compile(rf"(?<![{_HAN}])(?:[{_HAN}] ){{2,}}[{_HAN}](?![{_HAN}])")
_TORN = re.compile(rf"[{_HAN}，、；]\n(?=[{_HAN}])")
FULL_LINE = 20
"""A line of so many characters may go on in the next one; a heading is shorter."""
_SLIDE = re.compile(r"ppt/slides/slide(\d+)\.xml")
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def of_text(path: Path) -> str:
    """Plain text, lists of values included."""
    with path.open("rb") as file:
        return cleaned([file.read(MOST_BYTES).decode("utf-8-sig", "ignore")])


def of_document(path: Path) -> str:
    """Word: paragraphs and tables as they stand, without what was struck out or only remarked."""
    with zipfile.ZipFile(path) as archive:
        return cleaned(_paragraphs(archive, "word/document.xml", _WORD))


def of_slides(path: Path) -> str:
    """PowerPoint: the slides in the order of their numbers, without the speaker's notes."""
    with zipfile.ZipFile(path) as archive:
        numbered = {int(m[1]): name for name in archive.namelist() if (m := _SLIDE.fullmatch(name))}
        pages = (_paragraphs(archive, numbered[number], _DRAWING) for number in sorted(numbered))
        return cleaned(line for page in pages for line in page)


def of_workbook(path: Path) -> str:
    """Excel: the sheets that are shown, row by row; rows of nothing but figures say nothing."""
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    book = CalamineWorkbook.from_path(str(path))
    shown = [s.name for s in book.sheets_metadata if s.visible == SheetVisibleEnum.Visible]
    return cleaned(
        " ".join(_cell(value) for value in row if value != "")
        for name in shown
        for row in book.get_sheet_by_name(name).iter_rows()
        if any(isinstance(value, str) and value.strip() for value in row)
    )


def of_pdf(path: Path) -> str:
    """PDF: the words of its pages. A scan has none. Lines that the page broke are joined."""
    from pypdf import PdfReader

    reader = PdfReader(path, strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise ValueError("locked by a password")
    pages = (reader.pages[n].extract_text() for n in range(min(len(reader.pages), MOST_PAGES)))
    return joined(cleaned(pages))


def joined(text: str) -> str:
    """The text of pages with its sentences in one piece, and without blanks inside of words that
    were spread."""
    lines: list[str] = []
    last = 0
    for line in text.splitlines():
        line = _SPREAD.sub(lambda found: found[0].replace(" ", ""), line)
        if last >= FULL_LINE and _TORN.match(f"{lines[-1][-1]}\n{line}"):
            lines[-1] += line
        else:
            lines.append(line)
        last = len(line)
    return "\n".join(lines)


def cleaned(texts: Iterable[str]) -> str:
    """The lines of all texts, each once, without what cannot be seen; read no further than what is
    kept. Headers and footers stand on every page, and say what they say but once."""
    lines: dict[str, None] = {}
    length = 0
    for text in texts:
        for line in unicodedata.normalize("NFC", text[:MOST_BYTES]).splitlines():
            plain = " ".join("".join(map(_seen, line)).split())
            if plain and plain not in lines:
                lines[plain] = None
                length += len(plain) + 1
        if length > MOST:
            break
    return "\n".join(lines)[:MOST]


def _seen(sign: str) -> str:
    """The sign; a blank for what ends words and is not shown, nothing for what is only control.
    Fonts of many programs take characters for the radicals that look like them."""
    if sign in "\t\xa0\u3000":
        return " "
    if "\u2e80" <= sign <= "\u2fdf":
        return unicodedata.normalize("NFKC", sign)
    return "" if unicodedata.category(sign)[0] == "C" else sign


def _cell(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _paragraphs(archive: zipfile.ZipFile, part: str, space: str) -> Iterator[str]:
    """The paragraphs of a part; what was read is let go of as it goes."""
    held: list[str] = []
    with archive.open(part) as file:
        for _, element in iterparse(file):
            if element.tag == f"{space}t":
                held.append(element.text or "")
            elif element.tag in (f"{space}tab", f"{space}br"):
                held.append(" ")
            elif element.tag == f"{space}p":
                yield "".join(held)
                held.clear()
                element.clear()
