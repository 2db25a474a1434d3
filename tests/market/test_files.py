"""What may be uploaded: the content decides, and the name has to agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from market import files
from market.errors import Invalid
from market.files import MAX_BYTES, checked, clean_name
from tests.market.containers import PDF, TYPES, jpeg, office, png, zipped

GOOD = {
    "a.pdf": PDF, "a.png": png(), "a.jpg": jpeg(), "a.JPEG": jpeg(), "a.docx": office("docx"),
    "a.xlsx": office("xlsx"), "a.pptx": office("pptx"), "a.txt": "说明\n第二行".encode(),
    "a.csv": "\ufeff名称,数值\n锗,1\n".encode(),
}  # fmt: skip


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        checked(name, data)
    [problem] = refused.value.problems
    assert problem.field == "file"
    return problem.reason


@pytest.mark.parametrize("name", GOOD)
def test_what_it_is_called_and_what_it_is_agree(name: str) -> None:
    found = checked(name, GOOD[name])
    assert found.media_type == files.TYPES[Path(name).suffix.lower()]
    assert found.size == len(GOOD[name])


@pytest.mark.parametrize("ending", sorted({Path(name).suffix.lower() for name in GOOD}))
@pytest.mark.parametrize("other", ["a.pdf", "a.png", "a.docx", "a.xlsx", "a.txt"])
def test_a_disguise_is_refused(ending: str, other: str) -> None:
    data = GOOD[other]
    if files.TYPES[ending] == checked(other, data).media_type or {ending, other} == {
        ".csv",
        "a.txt",
    }:
        return
    assert "内容却不是" in refusal(f"x{ending}", data)


@pytest.mark.parametrize(
    "name",
    ["a.html", "a.htm", "a.svg", "a.exe", "a.js", "a.docm", "a.xlsm", "a.pptm", "a.doc", "a.zip",
     "a.bat", "a.pdf.exe", "a", "a.", ".pdf", "a.pdf\u202efdp.exe", "a.pdf\0.html", "a.gif"],
)  # fmt: skip
def test_an_ending_that_is_not_taken_is_refused(name: str) -> None:
    assert "不能上传" in refusal(name, PDF)


@pytest.mark.parametrize(
    "text",
    ["<!doctype html><p>", "<html>", " \n<svg onload=alert(1)>", "<?xml version='1.0'?>",
     "#!/bin/sh", "<?php system(1)", "@echo off", "说明 <script>alert(1)</script>",
     "[a](javascript:alert(1))", "<img src=x onerror=alert(1)>"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["a.txt", "a.csv"])
def test_a_page_or_script_in_a_text_is_refused(text: str, name: str) -> None:
    for data in (text.encode(), b"\xef\xbb\xbf" + text.encode()):
        assert "含有网页或脚本" in refusal(name, data)


@pytest.mark.parametrize(
    "data", [b"a\0b", "文字".encode("gb18030"), "a".encode("utf-16"), bytes(range(1, 31)) * 9]
)
def test_a_text_that_is_no_utf_8_is_refused(data: bytes) -> None:
    assert "内容却不是" in refusal("a.txt", data)


@pytest.mark.parametrize(
    "more",
    [{"word/vbaProject.bin": b"x"}, {"word/vbaData.xml": b"<a/>"},
     {"xl/macrosheets/a.xml": b"<a/>"}, {"word/activeX/activeX1.xml": b"<a/>"}],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_macros_are_refused(more: dict[str, bytes | str], kind: str) -> None:
    assert "带有宏" in refusal(f"a.{kind}", office(kind, more))


@pytest.mark.parametrize("kind", ["macroEnabled.main+xml", "application/vnd.ms-office.vbaProject"])
def test_macros_under_another_name_are_refused(kind: str) -> None:
    types = TYPES.replace(
        "/>", f' x="{"y" * 4_000}"><Override PartName="/a.bin" ContentType="{kind}"/></Types>'
    )
    assert "带有宏" in refusal("a.docx", office("docx", {"a.bin": b"x"}, types=types))


def test_a_plain_archive_is_refused() -> None:
    assert "是压缩包" in refusal("a.docx", zipped({"a.txt": b"x"}))
    both = office("docx", {"xl/workbook.xml": b"<a/>"})
    assert "是压缩包" in refusal("a.docx", both)


@pytest.mark.parametrize(
    ("width", "height"), [(60_000, 60_000), (20_001, 1), (10_000, 9_000), (0, 5)]
)
def test_a_picture_that_would_unfold_is_refused_by_its_head(width: int, height: int) -> None:
    assert "像素" in refusal("a.png", png(width, height))
    assert "像素" in refusal("a.jpg", jpeg(width, height))


@pytest.mark.parametrize(
    "data", [png()[:20], b"\xff\xd8\xff\xe0", jpeg()[:24], b"\xff\xd8\xff" + b"\xff" * 500]
)
def test_a_torn_picture_is_refused(data: bytes) -> None:
    assert "内容却不是" in refusal("a.png" if data.startswith(b"\x89") else "a.jpg", data)


def test_size_has_a_limit_and_nothing_is_not_a_file() -> None:
    assert checked("a.txt", b"a" * MAX_BYTES).size == MAX_BYTES
    assert "每个文件最大 8 MB" in refusal("a.txt", b"a" * (MAX_BYTES + 1))
    assert "空文件" in refusal("a.pdf", b"")


@pytest.mark.parametrize(
    ("name", "clean"),
    [("../../etc/passwd.txt", "passwd.txt"), ("C:\\Users\\x\\检测 报告.pdf", "检测 报告.pdf"),
     ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"), ("合同\u202efdp.exe.pdf", "合同fdp.exe.pdf"),
     ("a\u200b\u2066b.pdf", "ab.pdf"), ("<img src=x>.png", "_img src=x_.png"),
     ("...pdf", "pdf"), ("con.txt", "_con.txt"), ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
     ("", "附件"), ("e\u0301.txt", "é.txt"), ('a"b.pdf', "a_b.pdf")],
)  # fmt: skip
def test_names_are_cleaned(name: str, clean: str) -> None:
    assert clean_name(name) == clean
    assert len(clean_name(name)) <= 120
