"""Files that people upload: what they may be. Where their bytes lie is in `storage`.

A file is taken for what its content is, and only if its name says the same.
"""

from __future__ import annotations

import hashlib
import re
import struct
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import NoReturn

from market import archives
from market.archives import Harmful
from market.errors import Invalid, Problem
from market.texts import has_script, is_binary

MAX_BYTES = 8 * 2**20
MAX_NAME = 120
MAX_SIDE, MAX_PIXELS = 20_000, 60_000_000
_OFFICE = "application/vnd.openxmlformats-officedocument."
TYPES = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".docx": _OFFICE + "wordprocessingml.document",
    ".xlsx": _OFFICE + "spreadsheetml.sheet",
    ".pptx": _OFFICE + "presentationml.presentation",
    ".txt": "text/plain",
    ".csv": "text/csv",
}
"""Every ending that is taken, with the type that the content must then have."""
IMAGES = ("image/png", "image/jpeg")
WORDS = "PDF、PNG、JPEG、Word（docx）、Excel（xlsx）、PowerPoint（pptx）、TXT、CSV"
MAIN_PARTS = {
    "word/document.xml": TYPES[".docx"],
    "xl/workbook.xml": TYPES[".xlsx"],
    "ppt/presentation.xml": TYPES[".pptx"],
}
CONTENTS = "[Content_Types].xml"
MACROS = re.compile(r"vbaproject|vbadata|/macrosheets/|/activex/", re.I)
WITH_MACROS = "带有宏或控件，不能上传。请另存为不带宏的格式再传。"
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.I)
_MARKUP = re.compile(rb"\s*(<!doctype|<html|<svg|<\?xml|<\?php|<script|<body|#!|@echo|%!ps)", re.I)


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a file that may be stored."""

    name: str
    media_type: str
    size: int
    sha256: str


def checked(name: str, data: bytes) -> Checked:
    """The file under its cleaned name. Raises Invalid about the field `file`. May take a while:
    ask before a transaction writes."""
    name = clean_name(name)
    return Checked(name, check(name, data), len(data), hashlib.sha256(data).hexdigest())


def check(name: str, data: bytes) -> str:
    """The type of a file whose name, content and size are fine. Raises Invalid."""
    ending = Path(name).suffix.lower()
    if ending not in TYPES:
        refuse(
            name, f"不能上传{f' {ending} 文件' if ending else '没有扩展名的文件'}，可传 {WORDS}。"
        )
    if not data:
        refuse(name, "是空文件。")
    if len(data) > MAX_BYTES:
        refuse(name, f"有 {len(data) / 2**20:.1f} MB，每个文件最大 {MAX_BYTES // 2**20} MB。")
    try:
        media_type = type_of(data)
    except Harmful as harm:
        refuse(name, str(harm))
    if media_type == "text/plain" and ending == ".csv":
        media_type = TYPES[ending]
    if media_type != TYPES[ending]:
        refuse(name, f"名为 {ending}，内容却不是，可能改过扩展名。可传 {WORDS}。")
    return media_type


def type_of(data: bytes) -> str:
    """What the content is, whatever it is called; "" for what is not taken. Raises Harmful."""
    for start, found in READERS.items():
        if data.startswith(start):
            return found(data)
    return _text(data)


def refuse(name: str, reason: str) -> NoReturn:
    """Refuse one file, by name."""
    raise Invalid([Problem("file", f"“{name[:60]}”{reason}")])


def clean_name(name: str) -> str:
    """A name without folders, without what cannot be seen or turns the reading direction, and
    within its length; the ending stays."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    seen = "".join(sign for sign in name if unicodedata.category(sign)[0] != "C")
    plain = _FORBIDDEN.sub("_", " ".join(seen.split())).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    if not dot:
        return plain[:MAX_NAME] or "附件"
    stem = stem.strip(". ")[: MAX_NAME - len(ending[:10]) - 1] or "附件"
    return f"{'_' if _RESERVED.match(stem) else ''}{stem}.{ending[:10]}"


def _pdf(data: bytes) -> str:
    return TYPES[".pdf"] if re.match(rb"%PDF-\d\.\d", data) and b"%%EOF" in data[-2048:] else ""


def _png(data: bytes) -> str:
    if data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR" or len(data) < 33:
        return ""
    return _sized("image/png", *struct.unpack(">II", data[16:24]))


def _jpeg(data: bytes) -> str:
    """The size stands in the first segment that starts a frame."""
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return _sized("image/jpeg", width, height)
        is_alone = marker == 0xFF or 0xD0 <= marker <= 0xD7 or marker == 0x01
        at += 1 if marker == 0xFF else 2
        if not is_alone:
            length = int.from_bytes(data[at : at + 2], "big")
            at += max(length, 2)
    return ""


def _sized(media_type: str, width: int, height: int) -> str:
    if not width or not height or max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise Harmful(f"是 {width:,} × {height:,} 像素的图片，过大或不完整，请缩小后再传。")
    return media_type


def _office(data: bytes) -> str:
    names = {entry.filename for entry in archives.entries_of(BytesIO(data))}
    found = [kind for name, kind in MAIN_PARTS.items() if name in names]
    if CONTENTS not in names or len(found) != 1:
        raise Harmful("是压缩包，不能上传。请把其中的文件逐个上传。")
    if any(MACROS.search(f"/{name}") for name in names):
        raise Harmful(WITH_MACROS)
    archives.check(BytesIO(data))
    with zipfile.ZipFile(BytesIO(data)) as archive:
        if re.search(rb"macroEnabled|vbaProject|activeX", archive.read(CONTENTS), re.I):
            raise Harmful(WITH_MACROS)
    return found[0]


def _text(data: bytes) -> str:
    """Plain text is UTF-8 without anything that a program would run."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""
    if is_binary(text[:100_000]) or "\0" in text:
        return ""
    if _MARKUP.match(data.removeprefix(b"\xef\xbb\xbf")) or has_script(text):
        raise Harmful("含有网页或脚本，不能上传。")
    return "text/plain"


def _nothing(data: bytes) -> str:
    return ""


READERS: dict[bytes, Callable[[bytes], str]] = {
    b"%PDF": _pdf, b"\x89PNG": _png, b"\xff\xd8\xff": _jpeg, b"PK": _office, b"MZ": _nothing,
    b"\x7fELF": _nothing, b"\xd0\xcf\x11\xe0": _nothing, b"GIF8": _nothing, b"Rar!": _nothing,
}  # fmt: skip
