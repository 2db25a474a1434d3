"""Containers that would harm whoever opens them: each kind is refused by name."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from market.archives import Broken, Harmful, Limits, check
from market.errors import Invalid
from market.imports.files import format_of
from tests.market.containers import lying, office, renamed, with_flag, zipped


def refusal(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(Harmful) as refused:
        check(io.BytesIO(data), limits or Limits())
    return str(refused.value)


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pptx"])
def test_an_ordinary_document_is_read_to_its_end(kind: str) -> None:
    parts = check(io.BytesIO(office(kind, {"media/a.txt": b"x" * 70_000})))
    assert {part.name: part.size for part in parts}["media/a.txt"] == 70_000


def test_a_small_part_may_repeat_itself() -> None:
    assert len(check(io.BytesIO(office(more={"a.txt": b"\0" * 900_000})))) == 3


def test_a_zip_bomb_is_refused_by_its_ratio() -> None:
    assert "压缩比异常" in refusal(office(more={"a.txt": b"\0" * 4_000_000}))


def test_a_large_container_is_refused_by_its_size() -> None:
    assert "展开后超过 1 MB" in refusal(
        zipped({"a.txt": b"0123456789" * 200_000}), Limits(total=2**20)
    )


def test_many_parts_that_are_large_together_are_refused() -> None:
    parts: dict[str, bytes | str] = {f"{n}.txt": b"\0" * 300_000 for n in range(5)}
    assert "展开后超过 1 MB" in refusal(zipped(parts), Limits(total=2**20))


def test_a_part_that_is_larger_than_it_says_is_refused() -> None:
    assert "压缩比异常" in refusal(lying(8_000_000, 100))
    assert "大小与实际不符" in refusal(lying(50_000, 100))


def test_too_many_parts_are_refused() -> None:
    assert "最多 10 个" in refusal(zipped({f"{n}": b"" for n in range(11)}), Limits(entries=10))


@pytest.mark.parametrize(
    "name", ["../a.xml", "a/../../b.xml", "/etc/passwd", "..\\a.xml", "C:/a.xml", "\\a", "a\x01b"]
)
def test_a_name_that_leads_outside_is_refused(name: str) -> None:
    assert "指向文件之外" in refusal(office(more={name: b"<a/>"}))


def test_two_parts_of_one_name_are_refused() -> None:
    assert "重名的部件" in refusal(office(more={"Word/Document.xml": b"<a/>"}))


def test_directories_that_disagree_are_refused() -> None:
    data = renamed(office(), b"word/document.xml", b"word/dokument.xml")
    assert "目录不一致" in refusal(data)


@pytest.mark.parametrize("flag", [0x1, 0x40])
def test_an_encrypted_container_is_refused(flag: int) -> None:
    assert "密码保护" in refusal(with_flag(office(), flag))


@pytest.mark.parametrize(
    "head", [b"PK\x03\x04", b"Rar!\x1a", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh9", b"\xfd7zXZ\0"]
)
def test_an_archive_inside_is_refused(head: bytes) -> None:
    assert "嵌着别的压缩包" in refusal(office(more={"word/embeddings/a.bin": head + b"x" * 60}))


@pytest.mark.parametrize("head", [b"MZ\x90", b"\x7fELF\x02", b"\xd0\xcf\x11\xe0\xa1\xb1"])
def test_a_program_inside_is_refused(head: bytes) -> None:
    assert "嵌着别的压缩包、表格或程序" in refusal(office(more={"word/a.bin": head + b"x" * 60}))


BOMB = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'
FETCH = '<!doctype a SYSTEM "file:///etc/passwd"><a/>'


@pytest.mark.parametrize("text", [BOMB, FETCH, " " * 70_000 + BOMB, "<a>" + "x" * 65_530 + BOMB])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_an_xml_bomb_is_refused_in_any_encoding(text: str, encoding: str) -> None:
    assert "DOCTYPE" in refusal(office(more={"word/styles.xml": text.encode(encoding)}))


def test_an_xml_bomb_under_another_name_is_refused() -> None:
    assert "DOCTYPE" in refusal(office(more={"word/media/picture.png": BOMB.encode()}))


@pytest.mark.parametrize(
    "data",
    [b'<?xml version="1.0" encoding="utf-7"?><a/>', BOMB.encode("cp037"), b"not xml", b""],
)
def test_xml_that_cannot_be_looked_through_is_refused(data: bytes) -> None:
    assert "少见的编码" in refusal(office(more={"word/styles.xml": data}))


@pytest.mark.parametrize("data", [b"PK\x03\x04garbage", b"", office()[:-30], office()[:200]])
def test_a_torn_container_is_broken(data: bytes) -> None:
    with pytest.raises(Broken):
        check(io.BytesIO(data))


def test_looking_takes_no_longer_than_it_may() -> None:
    assert "时间太长" in refusal(office(), Limits(seconds=-1.0))


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"xl/sharedStrings.xml": BOMB}, "DOCTYPE"),
        ({"xl/a.xml": b"<a>" + b"\0" * 4_000_000}, "压缩比异常"),
        ({"../a.xml": b"<a/>"}, "指向文件之外"),
    ],
)
def test_a_workbook_to_import_is_looked_at_first(
    more: dict[str, bytes | str], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(office("xlsx", more))
    with pytest.raises(Invalid) as refused:
        format_of(path)
    assert reason in str(refused.value)


def test_a_workbook_with_a_chart_can_be_imported(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(office("xlsx", {"xl/embeddings/chart.xlsx": office("xlsx")}))
    assert format_of(path) == ".xlsx"
