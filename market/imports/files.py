"""What a file really is. One that is not what its name says is refused in words that help."""

from __future__ import annotations

import codecs
import json
from pathlib import Path
from typing import NoReturn

from market import archives
from market.archives import Broken, Harmful
from market.errors import Invalid, Problem

LARGEST = 300 * 2**20
LIMITS = archives.Limits(entries=20_000, total=4 * LARGEST, seconds=120.0, nests=True)
FORMATS = {".xlsx": "Excel 工作簿", ".csv": "CSV 表格", ".tsv": "CSV 表格", ".jsonl": "JSON Lines"}
OTHER_TABLES = {
    ".xls": "旧版 Excel 文件", ".xlsb": "Excel 二进制文件", ".xlsm": "带宏的 Excel 文件",
    ".et": "WPS 表格文件", ".ods": "OpenDocument 表格", ".numbers": "Numbers 表格",
}  # fmt: skip
MAGIC = {
    b"%PDF": "PDF 文件",
    b"\xd0\xcf\x11\xe0": "旧版 Office 文件（.xls 或 .doc），请另存为 .xlsx",
    b"\x89PNG": "PNG 图片",
    b"\xff\xd8\xff": "JPEG 图片",
    b"GIF8": "GIF 图片",
    b"Rar!": "RAR 压缩包",
    b"7z\xbc\xaf": "7z 压缩包",
    b"\x1f\x8b": "gzip 压缩包",
    b"\x7fELF": "程序文件",
    b"MZ": "程序文件",
    b"SQLite format 3": "数据库文件",
}


def refuse(reason: str, row: int | None = None) -> NoReturn:
    """Stop with one problem of the file as a whole."""
    raise Invalid([Problem("file", reason, row)])


def file_to_read(path: Path, *, is_needs: bool) -> Path:
    """The file itself, or the one of a BEIR folder that holds what is wanted."""
    if not path.exists():
        refuse(f"找不到“{path}”。")
    if not path.is_dir():
        return path
    names = ("queries.jsonl", "corpus.jsonl") if is_needs else ("corpus.jsonl",)
    for name in names:
        if (path / name).is_file():
            return path / name
    refuse(f"文件夹“{path.name}”里没有 {' 或 '.join(names)}，不是 BEIR 数据集。")


def format_of(path: Path, limits: archives.Limits = LIMITS) -> str:
    """The format that the file's name and its content agree on: .xlsx, .csv or .jsonl."""
    suffix = path.suffix.lower()
    size = path.stat().st_size
    if size == 0:
        refuse(f"“{path.name}”是空文件。")
    if size > LARGEST:
        most = f"最大 {LARGEST // 2**20} MB"
        refuse(f"“{path.name}”有 {size / 2**20:,.0f} MB，{most}，请拆分后导入。")
    if suffix in OTHER_TABLES:
        what = OTHER_TABLES[suffix]
        refuse(f"“{path.name}”是{what}，读不了。请用表格软件打开，另存为 .xlsx 后再导入。")
    if suffix not in FORMATS:
        refuse(f"不认识“{suffix or path.name}”，可导入 .xlsx、.csv 或 .jsonl。")
    with path.open("rb") as file:
        content = _content(path, file.read(4096), limits)
    if content != FORMATS[suffix]:
        refuse(f"“{path.name}”名为 {suffix}，内容却是{content}。")
    return ".csv" if suffix == ".tsv" else suffix


def _content(path: Path, head: bytes, limits: archives.Limits) -> str:
    for start, name in MAGIC.items():
        if head.startswith(start):
            return name
    if head.startswith(b"PK"):
        return _zipped(path, limits)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "CSV 表格"
    if b"\0" in head:
        return "二进制数据"
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if not text:
        refuse(f"“{path.name}”里只有空白。")
    if text[:15].lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        return "网页或 XML"
    if text.startswith((b"{", b"[")):
        return "JSON Lines" if text.startswith(b"{") else "JSON 数组，请改为每行一个对象的 .jsonl"
    return "CSV 表格"


def _zipped(path: Path, limits: archives.Limits) -> str:
    """A workbook is taken apart here before anything else opens it: see `archives`."""
    try:
        with path.open("rb") as file:
            names = {part.name for part in archives.check(file, limits)}
    except Broken:
        return "损坏的压缩包"
    except Harmful as harm:
        refuse(f"“{path.name}”读不了：{harm}")
    return "Excel 工作簿" if "xl/workbook.xml" in names else "ZIP 压缩包或其他 Office 文件"


def text_of(path: Path) -> str:
    """A text file's characters: UTF-8, UTF-16 with its mark, or GB 18030."""
    data = path.read_bytes()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded(path, data, "utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        lossy = data.decode("utf-8-sig", "replace")
        if lossy.count("\ufffd") * 50 < sum(not letter.isascii() for letter in lossy):
            line = data.count(b"\n", 0, error.start) + 1
            refuse("这里的字符已损坏（不是有效的 UTF-8）。", line)
    return _decoded(path, data, "gb18030")


def _decoded(path: Path, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        refuse(f"读不出“{path.name}”的文字，它既不是 UTF-8 也不是 GB18030 编码。")


def json_object(line: str, row: int) -> dict[str, object]:
    """The object that one line holds."""
    try:
        held = json.loads(line)
    except json.JSONDecodeError as error:
        refuse(f"不是有效的 JSON（第 {error.colno} 个字符附近）。", row)
    except RecursionError:
        refuse("JSON 嵌套太深。", row)
    if not isinstance(held, dict):
        refuse("应是一个 JSON 对象（以 { 开头）。", row)
    return held
