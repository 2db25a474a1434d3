"""Files for tests, made on the spot: office documents, pictures, and everything that pretends."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

XML = '<?xml version="1.0" encoding="UTF-8"?>'
TYPES = f'{XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
MAIN = {
    "docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml",
}  # fmt: skip
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def office(
    kind: str = "docx", more: dict[str, bytes | str] | None = None, **given: object
) -> bytes:
    """An office document with further parts; `types` replaces its list of types."""
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": str(given.get("types", TYPES)),
        MAIN[kind]: f"{XML}<main/>",
        **(more or {}),
    }
    return zipped(parts)


def zipped(parts: dict[str, bytes | str], level: int = 9) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return held.getvalue()


def png(width: int = 2, height: int = 2) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress(b"\0" * (1 + 3 * 2) * 2))
    return b"\x89PNG\r\n\x1a\n" + head + rows + chunk(b"IEND", b"")


def jpeg(width: int = 2, height: int = 2) -> bytes:
    start = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    frame = (
        b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + b"\x03" + b"\x01\x22\x00" * 3
    )
    return start + frame + b"\xff\xda\x00\x02" + b"\0" * 8 + b"\xff\xd9"


def lying(size: int, claimed: int) -> bytes:
    """A container whose one part is larger than both directories say, and whose checksum is that
    of the beginning: a reader that trusts them sees a small part, another one inflates it all."""
    name, content = b"word/media/a.bin", b"\0" * size
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    raw = packer.compress(content) + packer.flush()
    crc = zlib.crc32(content[:claimed])
    local = struct.pack(
        "<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(raw), claimed, len(name), 0
    )
    central = struct.pack(
        "<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, len(raw), claimed,
        len(name), 0, 0, 0, 0, 0, 0,
    )  # fmt: skip
    body = local + name + raw
    end = struct.pack(
        "<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, len(central) + len(name), len(body), 0
    )
    return body + central + name + end


def with_flag(data: bytes, flag: int) -> bytes:
    """The container with a flag set in both directories of its first part."""
    changed = bytearray(data)
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(sign) + offset
        changed[at] |= flag
    return bytes(changed)


def renamed(data: bytes, old: bytes, new: bytes) -> bytes:
    """The container with a part renamed in its first directory only."""
    assert len(old) == len(new)
    return data.replace(old, new, 1)
