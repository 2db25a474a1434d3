"""Files opened in a process of their own: what is read of them, and what they cannot do."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from market.extraction import Extracted, Failed, Stopped, Unreadable, child, extract
from market.extraction.words import MOST, cleaned, joined
from market.files import TYPES, check
from tests.market.containers import png
from tests.market.documents import bomb, pdf, photo, sheet, slides, word

SAID = "排烟余热回收，换热器 90 ℃"


def opened(folder: Path, name: str, data: bytes) -> Extracted:
    """What is read of a file that was let in."""
    check(name, data)
    path = folder / name
    path.write_bytes(data)
    return extract(path, TYPES[path.suffix])


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.pdf", pdf("第一页", SAID)), ("a.docx", word("第一段", SAID)),
     ("a.pptx", slides("封面", SAID)), ("a.xlsx", sheet([["指标", "数值"], [SAID, 1.5]])),
     ("a.txt", f"说明\r\n{SAID}".encode()), ("a.csv", f"\ufeff名称,值\n{SAID},1".encode())],
)  # fmt: skip
def test_the_words_of_every_kind_of_document_are_read(
    tmp_path: Path, name: str, data: bytes
) -> None:
    found = opened(tmp_path, name, data)
    assert SAID in found.text
    assert found.small is None


def test_what_was_struck_out_of_a_document_is_not_read(tmp_path: Path) -> None:
    gone = '<w:p><w:del w:id="1" w:author="a"><w:r><w:delText>密价</w:delText></w:r></w:del></w:p>'
    assert opened(tmp_path, "a.docx", word("正文", more=gone)).text == "正文"


def test_hidden_sheets_and_rows_of_figures_are_not_read(tmp_path: Path) -> None:
    data = sheet([["温度", 180.0], [1.5, 2.5], ["压力", 3]], hidden=[["底价", 9]])
    assert opened(tmp_path, "a.xlsx", data).text == "温度 180\n压力 3"


def test_slides_are_read_in_their_order(tmp_path: Path) -> None:
    data = slides(*(f"第{n}页" for n in range(1, 13)))
    assert opened(tmp_path, "a.pptx", data).text.splitlines() == [f"第{n}页" for n in range(1, 13)]


def test_no_more_is_kept_than_the_matcher_reads(tmp_path: Path) -> None:
    long = "\n".join(f"第{n}行说的是窑炉" for n in range(100_000))
    assert len(opened(tmp_path, "a.txt", long.encode()).text) == MOST


def test_lines_are_kept_once_and_without_what_is_not_seen() -> None:
    assert cleaned(["页眉\n一\u3000二\x07\n", "页眉\n\u202e三\n\n"]) == "页眉\n一 二\n三"


def test_characters_that_stand_as_radicals_are_read_as_characters(tmp_path: Path) -> None:
    """As the print of a browser writes them."""
    assert opened(tmp_path, "a.pdf", pdf("热⾯三个⽉")).text == "热面三个月"


def test_sentences_that_a_page_broke_are_whole_and_headings_stand_alone() -> None:
    line = "换热面三个月内堵塞，希望不停窑就能清灰，"
    assert joined(f"检 测 报 告\n{line}\n并且耐腐蚀。\n指标 数值\n温度") == (
        f"检测报告\n{line}并且耐腐蚀。\n指标 数值\n温度"
    )


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.pdf", b"%PDF-1.7\nnothing of a document\n%%EOF\n"), ("a.docx", word("x", more="<w:p>")),
     ("a.png", png(40, 40))],
)  # fmt: skip
def test_a_damaged_file_is_unreadable(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(Unreadable):
        opened(tmp_path, name, data)


def test_a_page_that_unfolds_is_not_unfolded(tmp_path: Path) -> None:
    data = bomb(200_000_000)
    assert len(data) < 2**20
    assert opened(tmp_path, "a.pdf", data).text == ""


INSTEAD = """
import json, os, resource, sys; sys.path.insert(0, sys.argv.pop(1))
from market.extraction import child
child.READERS["text/plain"] = lambda path, folder: LAMBDA
child.main()
"""
ASKING = """{"text": json.dumps({
    "limits": [resource.getrlimit(n)[0] for n in (resource.RLIMIT_CPU, resource.RLIMIT_AS,
                                                  resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE)],
    "environment": [name for name in os.environ if name.startswith("KEJIE")],
    "input": sys.stdin.read(),
})}"""


@pytest.mark.parametrize(
    "takes",
    ["{'width': len(bytearray(2**31))}", "{'width': (folder / 'small').write_bytes(b'a' * 2**23)}",
     "{'width': len([open(path) for _ in range(500)])}"],
)  # fmt: skip
def test_whatever_takes_too_much_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, takes: str
) -> None:
    monkeypatch.setattr("market.extraction.START", INSTEAD.replace("LAMBDA", takes))
    (tmp_path / "a.txt").write_text("a")
    with pytest.raises(Failed):
        extract(tmp_path / "a.txt", "text/plain")


def test_a_file_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    with pytest.raises(Failed, match="too long"):
        extract(tmp_path / "a.txt", "text/plain", seconds=0)


def test_whoever_has_to_leave_does_not_wait(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    with pytest.raises(Stopped):
        extract(tmp_path / "a.txt", "text/plain", is_stopped=lambda: True)


def test_a_file_that_is_not_there_may_be_tried_again(tmp_path: Path) -> None:
    with pytest.raises(Failed):
        extract(tmp_path / "gone.txt", "text/plain")


def test_the_process_that_opens_files_has_limits_and_no_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked of the process itself, in the place of a reader."""
    monkeypatch.setenv("KEJIE_SMTP_URL", "smtp://secret")
    monkeypatch.setattr("market.extraction.START", INSTEAD.replace("LAMBDA", ASKING))
    (tmp_path / "a.txt").write_text("a")
    limits = [child.CPU_SECONDS, child.MEMORY, child.OUTPUT, child.FILES]
    said = json.loads(extract(tmp_path / "a.txt", "text/plain").text)
    assert said == {"limits": limits, "environment": [], "input": ""}


class TestPictures:
    @pytest.fixture
    def small(self, tmp_path: Path) -> Iterator[object]:
        def reduced(name: str, data: bytes) -> tuple[Image.Image, Extracted]:
            found = opened(tmp_path, name, data)
            assert found.small is not None
            return Image.open(io.BytesIO(found.small)), found

        return reduced

    @pytest.mark.parametrize(("name", "kind"), [("a.jpg", "JPEG"), ("a.png", "PNG")])
    def test_a_picture_is_reduced_to_what_pages_show(self, small, name: str, kind: str) -> None:
        picture, found = small(name, photo(2400, 1000, kind))
        assert (picture.format, picture.size) == ("WEBP", (1200, 500))
        assert (found.width, found.height, found.text) == (2400, 1000, "")

    def test_a_small_one_keeps_its_size(self, small) -> None:
        picture, _ = small("a.png", photo(30, 20, "PNG"))
        assert picture.size == (30, 20)

    def test_what_a_camera_wrote_beside_it_is_gone(self, small) -> None:
        data = photo(60, 40)
        assert b"qzmakerzq" in data
        picture, found = small("a.jpg", data)
        assert b"qzmakerzq" not in found.small
        assert dict(picture.getexif()) == {}

    def test_it_stands_as_it_is_looked_at(self, small) -> None:
        """Orientation 6: the camera was turned, what is stored as the upper half is right."""
        picture, found = small("a.jpg", photo(2000, 1000, orientation=6))
        assert picture.size == (600, 1200)
        assert (found.width, found.height) == (1000, 2000)
        left, right = (picture.convert("RGB").getpixel((x, 600)) for x in (50, 550))
        assert left[2] > 200 > 60 > left[0]
        assert right[0] > 200 > 60 > right[2]

    def test_what_is_seen_through_stays_so(self, small) -> None:
        held = io.BytesIO()
        Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(held, "PNG")
        picture, _ = small("a.png", held.getvalue())
        assert picture.mode == "RGBA"
        assert picture.getpixel((5, 5))[3] == 0

    def test_one_that_unfolds_is_refused(self, tmp_path: Path) -> None:
        held = io.BytesIO()
        Image.new("1", (9_000, 7_000)).save(held, "PNG")
        path = tmp_path / "a.png"
        path.write_bytes(held.getvalue())
        with pytest.raises(Unreadable):
            extract(path, "image/png")
