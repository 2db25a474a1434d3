"""Where the bytes of attachments lie: once, whole or not at all, until nobody owns them."""

from __future__ import annotations

import errno
import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from market import storage
from market.models import Attachment
from market.storage import path_of, store, sweep
from tests.conftest import NOW
from tests.market.containers import PDF

OLD = (NOW - timedelta(days=2)).timestamp()
YOUNG = (NOW - timedelta(hours=1)).timestamp()
EARLIER = "ab/" + "12" * 20
"""A name as earlier versions gave."""


def own(session: Session, stored_as: str, **given: object) -> None:
    values = {"code": f"{stored_as}{len(given)}"[-40:], "noun": "need", "noun_id": 1,
              "name": "a.pdf", "size": 1, "media_type": "application/pdf", "sha256": "",
              "uploaded_at": NOW, **given}  # fmt: skip
    session.add(Attachment(stored_as=stored_as, **values))
    session.flush()


def age(folder: Path, *names: str, to: float = OLD) -> None:
    for name in names:
        os.utime(path_of(folder, name), (to, to))


def test_the_bytes_lie_under_the_digest_of_their_content(tmp_path: Path) -> None:
    name = store(tmp_path, PDF)
    path = path_of(tmp_path, name)
    assert path.read_bytes() == PDF
    assert path.is_relative_to(tmp_path / "files")
    assert path.stat().st_mode & 0o077 == 0
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_same_bytes_are_stored_once(tmp_path: Path) -> None:
    assert store(tmp_path, PDF) == store(tmp_path, PDF) != store(tmp_path, b"other")
    assert len([p for p in (tmp_path / "files").rglob("*") if p.is_file()]) == 2


def test_damaged_bytes_are_written_anew(tmp_path: Path) -> None:
    path = path_of(tmp_path, store(tmp_path, PDF))
    path.write_bytes(PDF[:-1])
    store(tmp_path, PDF)
    assert path.read_bytes() == PDF


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(storage.os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        store(tmp_path, PDF)
    assert [p for p in (tmp_path / "files").rglob("*") if p.is_file()] == []


@pytest.mark.parametrize(
    "name",
    ["../kejie.sqlite3", "ab/../../x", "ab/" + "g" * 40, "", "/etc/passwd", "sha256/ab/" + "1" * 61,
     "sha256/../" + "1" * 62, EARLIER + "\n"],
)  # fmt: skip
def test_no_other_file_is_ever_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no name of ours"):
        path_of(tmp_path, name)


def test_names_of_earlier_versions_still_lead_to_their_bytes(tmp_path: Path) -> None:
    assert path_of(tmp_path, EARLIER) == tmp_path / "files" / EARLIER


def test_files_that_nobody_owns_are_swept_after_a_day(session: Session, tmp_path: Path) -> None:
    texts = (b"owned", b"small", b"removed", b"orphan", b"fresh")
    owned, small, removed, orphan, fresh = (store(tmp_path, text) for text in texts)
    earlier = path_of(tmp_path, EARLIER)
    earlier.parent.mkdir()
    earlier.write_bytes(PDF)
    part = path_of(tmp_path, orphan).with_suffix(".part")
    part.write_bytes(b"torn")
    own(session, owned, small_as=small)
    own(session, removed, removed_at=NOW)
    age(tmp_path, owned, small, removed, orphan, EARLIER)
    age(tmp_path, fresh, to=YOUNG)
    os.utime(part, (OLD, OLD))
    assert sweep(session, tmp_path, NOW) == 4
    left = {n for n in (owned, small, removed, orphan, fresh) if path_of(tmp_path, n).exists()}
    assert left == {owned, small, fresh}


def test_bytes_of_two_stay_while_one_of_them_owns_them(session: Session, tmp_path: Path) -> None:
    name = store(tmp_path, PDF)
    own(session, name, removed_at=NOW)
    own(session, name)
    age(tmp_path, name)
    assert sweep(session, tmp_path, NOW) == 0


def test_whoever_stores_what_is_about_to_be_swept_keeps_it(
    session: Session, tmp_path: Path
) -> None:
    name = store(tmp_path, PDF)
    age(tmp_path, name)
    store(tmp_path, PDF)
    now = NOW.fromtimestamp(path_of(tmp_path, name).stat().st_mtime, NOW.tzinfo)
    assert sweep(session, tmp_path, now + timedelta(hours=1)) == 0


def test_there_is_nothing_to_sweep_at_first(session: Session, tmp_path: Path) -> None:
    assert sweep(session, tmp_path, NOW) == 0
