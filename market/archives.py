"""Whether a ZIP container (.xlsx, .docx, .pptx) can be opened without harm. No part is kept.

What the directory at the end of the file says of sizes is not believed: every part is inflated
here in small pieces, and the reading stops where a limit is passed. A container whose two
directories disagree is refused, because two programs would see two different files in it.
"""

from __future__ import annotations

import re
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

BROKEN = "文件已损坏，打不开。请用原来的软件打开后另存一份再传。"
PIECE = 64 * 1024
HEAD, OVERLAP = 512, 64
LEADING = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
SMALL = 2**20
"""Under so many bytes a part may be as repetitive as it likes."""
XML_NAMES = (".xml", ".rels", ".vml")
NESTED = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
PROGRAMS = (b"MZ", b"\x7fELF", b"\xd0\xcf\x11\xe0")
_DECLARED = re.compile(rb"<!\s*(doctype|entity)", re.I)
_ENCODING = re.compile(rb"^<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)", re.I)
_ENCODINGS = (b"utf-8", b"utf8", b"utf-16", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252")
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_STRANGE = re.compile(r"[\x00-\x1f\x7f]|^[/\\]|^[A-Za-z]:")


class Harmful(Exception):
    """The container is refused; the message is a sentence for whoever brought it."""


class Broken(Harmful):
    """It cannot be read at all."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a container may hold, and how long looking at it may take."""

    entries: int = 2_000
    total: int = 100 * 2**20
    ratio: int = 200
    seconds: float = 10.0
    nests: bool = False
    """Whether parts may be archives or programs themselves."""


UPLOAD = Limits()


@dataclass(frozen=True, slots=True)
class Part:
    """One part, with the first bytes that are in it."""

    name: str
    head: bytes
    size: int


def check(file: BinaryIO, limits: Limits = UPLOAD) -> list[Part]:
    """The parts of the container. Raises Harmful."""
    until = time.monotonic() + limits.seconds
    total, parts = 0, []
    for entry in entries_of(file, limits):
        part = _part(file, entry, limits, limits.total - total, until)
        total += part.size
        parts.append(part)
    return parts


def entries_of(file: BinaryIO, limits: Limits = UPLOAD) -> list[zipfile.ZipInfo]:
    """What the directory names, before any part is read. Raises Harmful."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, struct.error) as error:
        raise Broken(BROKEN) from error
    if len(entries) > limits.entries:
        raise Harmful(f"文件里有 {len(entries):,} 个部件，最多 {limits.entries:,} 个。")
    names = [entry.orig_filename for entry in entries]
    if len({name.lower() for name in names}) < len(names):
        raise Harmful("文件里有重名的部件，不同的软件会读出不同的内容。请另存一份再传。")
    for name in names:
        if _STRANGE.search(name) or ".." in re.split(r"[/\\]", name):
            raise Harmful("文件里有部件的名称指向文件之外，已拒绝。")
    if sum(entry.file_size for entry in entries) > limits.total:
        raise Harmful(_too_large(limits))
    return entries


def _part(file: BinaryIO, entry: zipfile.ZipInfo, limits: Limits, room: int, until: float) -> Part:
    """The part, read to its end."""
    if entry.flag_bits & 0x41:
        raise Harmful("文件有密码保护，无法检查。请去掉密码后再传。")
    size, head, tail, is_xml = 0, b"", b"", entry.filename.lower().endswith(XML_NAMES)
    for piece in _inflated(file, entry):
        size += len(piece)
        if size > room:
            raise Harmful(_too_large(limits))
        if size > SMALL and size > limits.ratio * max(entry.compress_size, 1):
            raise Harmful("文件的压缩比异常高，像是压缩炸弹，已拒绝。")
        if time.monotonic() > until:
            raise Harmful("检查这个文件用的时间太长，已停止。请另存为更简单的文件再传。")
        head += piece[: HEAD - len(head)]
        is_xml = is_xml or head.lstrip(LEADING).startswith(b"<")
        if is_xml and _DECLARED.search((tail + piece).replace(b"\0", b"")):
            raise Harmful(
                "文件的 XML 里有 DOCTYPE 或 ENTITY 声明，可能用来撑爆或窃取内容，已拒绝。"
            )
        tail = (tail + piece)[-OVERLAP:]
    if is_xml and not _is_readable(head):
        raise Harmful("文件的 XML 用了少见的编码，无法检查。请另存一份再传。")
    if size != entry.file_size:
        raise Harmful("文件里写的大小与实际不符，已拒绝。请另存一份再传。")
    if not limits.nests and head.startswith(NESTED + PROGRAMS):
        raise Harmful("文件里嵌着别的压缩包、表格或程序。请去掉嵌入的对象，或另存为 PDF 再传。")
    return Part(entry.filename, head, size)


def _inflated(file: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of a part in pieces, as many as there really are."""
    left = _begin(file, entry)
    inflate = zlib.decompressobj(-15) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    while left > 0:
        raw = file.read(min(left, PIECE))
        if not raw:
            raise Broken(BROKEN)
        left -= len(raw)
        yield from _pieces(inflate, raw) if inflate else [raw]
    if inflate and not inflate.eof:
        raise Broken(BROKEN)


def _pieces(inflate: zlib._Decompress, raw: bytes) -> Iterator[bytes]:
    """Never more at once than PIECE, however much the raw bytes stand for."""
    try:
        while raw and not inflate.eof:
            yield inflate.decompress(raw, PIECE)
            raw = inflate.unconsumed_tail
    except zlib.error as error:
        raise Broken(BROKEN) from error


def _begin(file: BinaryIO, entry: zipfile.ZipInfo) -> int:
    """Go to where the part's bytes begin; how many there are."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Harmful("文件用了少见的压缩方式，无法检查。请另存一份再传。")
    file.seek(entry.header_offset)
    local = file.read(_LOCAL.size)
    if len(local) < _LOCAL.size or not local.startswith(b"PK\x03\x04"):
        raise Broken(BROKEN)
    fields = _LOCAL.unpack(local)
    name = file.read(fields[9])
    file.seek(fields[10], 1)
    if name != _raw_name(entry) or fields[3] != entry.compress_type:
        raise Harmful("文件的两处目录不一致，已拒绝。请另存一份再传。")
    return entry.compress_size


def _raw_name(entry: zipfile.ZipInfo) -> bytes:
    return entry.orig_filename.encode("utf-8" if entry.flag_bits & 0x800 else "cp437")


def _is_readable(head: bytes) -> bool:
    """Whether XML is written so that a declaration in it would have been seen; the zeros of
    UTF-16 are looked through."""
    start = head.replace(b"\0", b"").lstrip(LEADING)
    named = _ENCODING.search(start)
    return start.startswith(b"<") and (named is None or named[1].lower() in _ENCODINGS)


def _too_large(limits: Limits) -> str:
    return f"文件展开后超过 {limits.total // 2**20} MB，已拒绝。"
