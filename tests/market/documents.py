"""Small real documents: each says what it is given."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence

import xlsxwriter
from PIL import Image

from tests.market.containers import XML, zipped

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
TYPES = f'{XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def word(*paragraphs: str, more: str = "") -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    document = f"{XML}<w:document {W}><w:body>{body}{more}</w:body></w:document>"
    return zipped({"[Content_Types].xml": TYPES, "word/document.xml": document})


def slides(*texts: str) -> bytes:
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": TYPES, "ppt/presentation.xml": f"{XML}<a/>",
    }  # fmt: skip
    for number, text in enumerate(texts, 1):
        parts[f"ppt/slides/slide{number}.xml"] = (
            f"{XML}<x {A}><a:p><a:r><a:t>{text}</a:t></a:r></a:p></x>"
        )
    return zipped(parts)


def sheet(rows: Sequence[Sequence[object]], hidden: Sequence[Sequence[object]] = ()) -> bytes:
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held)
    for name, some in (("数据", rows), ("底稿", hidden)):
        page = book.add_worksheet(name)
        for number, row in enumerate(some):
            page.write_row(number, 0, row)
        if some is hidden:
            page.hide()
    book.close()
    return held.getvalue()


def pdf(*pages: str) -> bytes:
    """Pages of one line, in a font that is not embedded and whose glyphs are named in Unicode."""
    font = (
        "<</Type/Font/Subtype/Type0/BaseFont/Song/Encoding/Identity-H/ToUnicode 4 0 R"
        "/DescendantFonts[<</Type/Font/Subtype/CIDFontType2/BaseFont/Song/DW 1000"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>]>>"
    )
    signs = sorted({sign for page in pages for sign in page})
    named = "".join(f"<{ord(s):04X}><{ord(s):04X}>\n" for s in signs)
    cmap = (
        "/CIDInit/ProcSet findresource begin begincmap\n1 begincodespacerange\n<0000><FFFF>\n"
        f"endcodespacerange\n{len(signs)} beginbfchar\n{named}endbfchar\nendcmap end"
    )
    first = 5
    kids = " ".join(f"{first + 2 * n} 0 R" for n in range(len(pages)))
    objects = ["<</Type/Catalog/Pages 2 0 R>>",
               f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>", font, _stream(cmap)]  # fmt: skip
    for n, page in enumerate(pages):
        shown = "".join(f"{ord(sign):04X}" for sign in page)
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {first + 2 * n + 1} 0 R"
            "/Resources<</Font<</F 3 0 R>>>>>>"
        )
        objects.append(_stream(f"BT /F 12 Tf 50 800 Td <{shown}> Tj ET"))
    return _numbered([o.encode() if isinstance(o, str) else o for o in objects])


def bomb(size: int) -> bytes:
    """A page whose content unfolds to so many bytes."""
    packed = zlib.compress(b"q " * (size // 2), 9)
    stream = b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed)
    return _numbered([
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<<>>>>", stream,
    ])  # fmt: skip


def photo(width: int, height: int, kind: str = "JPEG", **given: object) -> bytes:
    """A picture of two halves, red above and blue below, with a place in its EXIF."""
    picture = Image.new("RGB", (width, height), "red")
    picture.paste("blue", (0, height // 2, width, height))
    exif = picture.getexif()
    exif[0x010F] = "qzmakerzq"
    exif[0x0112] = given.get("orientation", 1)
    held = io.BytesIO()
    picture.save(held, kind, exif=exif)
    return held.getvalue()


def _stream(text: str) -> str:
    return f"<</Length {len(text)}>>stream\n{text}\nendstream"


def _numbered(objects: Sequence[bytes]) -> bytes:
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        out + b"xref\n0 %d\n0000000000 65535 f \n" % size + rows
        + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    )  # fmt: skip
