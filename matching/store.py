"""An index folder: a snapshot, written whole or not at all, and the journal of what came after.

    INDEX/CURRENT                     the name of the snapshot that counts
    INDEX/snapshot-000003/            one segment, mapped into memory
        manifest.json                 model, dimension, precision, preparation, count, checksums
        journal.sqlite3               what was added and removed since

A snapshot never changes; a new one takes its place in one rename. Readers that hold the old one
keep their mapped files until they catch up.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from matching import segments
from matching.errors import IndexDamaged, IndexMismatch
from matching.journal import Journal
from matching.view import View

FORMAT = 1
REMEDY = "rebuild the index: delete the folder {folder} and index again"


@dataclass(frozen=True)
class Manifest:
    """What an index was built with. `position` and `origin` are the caller's own marks.

    `precision` is recorded, not required: vectors of both precisions of a model are comparable.
    `fingerprint` tells one training of a model from the next; older indexes have none.
    """

    model: str | None
    dimension: int | None
    precision: str | None
    preparation: str
    origin: str | None = None
    fingerprint: str | None = None
    position: int = 0
    count: int = 0
    format: int = FORMAT
    files: dict[str, dict[str, str | int]] = field(default_factory=dict)

    def require(self, wanted: Manifest, folder: Path) -> None:
        """Raise `IndexMismatch` where this index is not what the caller can work with."""
        for name in ("format", "preparation", "model", "dimension", "origin"):
            held, asked = getattr(self, name), getattr(wanted, name)
            if asked is not None and held is not None and held != asked:
                remedy = REMEDY.format(folder=folder)
                raise IndexMismatch(f"this index has {name} {held!r}, not {asked!r}; {remedy}")
        held, asked = self.fingerprint, wanted.fingerprint
        if held and asked and held != asked:
            remedy = REMEDY.format(folder=folder)
            raise IndexMismatch(
                f"the model {self.model!r} was trained again since this index was made; {remedy}"
            )


class Store:
    """The snapshot that counts in a folder, opened."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self.snapshot = folder / name
        self.manifest = _read_manifest(self.snapshot)
        self.journal = Journal(self.snapshot / "journal.sqlite3")

    @classmethod
    def open(cls, folder: Path, wanted: Manifest) -> tuple[Store, View]:
        """The store in a folder and the documents of its snapshot.

        Raises `IndexDamaged` when there is none or it is not whole, `IndexMismatch` when it is
        not what is wanted. A writer may put a newer snapshot in place meanwhile and remove the
        older; then that one is opened.
        """
        while True:
            name = current(folder)
            if name is None:
                raise IndexDamaged(f"there is no index in {folder}")
            try:
                store = cls(folder, name)
                store.manifest.require(wanted, folder)
                return store, store.view()
            except (FileNotFoundError, sqlite3.OperationalError, IndexDamaged) as error:
                if current(folder) == name:
                    remedy = REMEDY.format(folder=folder)
                    raise IndexDamaged(
                        f"{folder / name} is not whole: {error}; {remedy}"
                    ) from error

    @classmethod
    def write(cls, folder: Path, view: View, manifest: Manifest) -> Store:
        """Write a view as the snapshot that counts from now on, and drop the one before."""
        folder.mkdir(parents=True, exist_ok=True)
        before = current(folder)
        number = 1 + max((int(p.name[9:15]) for p in folder.glob("snapshot-??????")), default=0)
        name = f"snapshot-{number:06}"
        unfinished = folder / f"{name}.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        if view.slots:
            segments.save(view.merged().segments[0], unfinished)
        files = {path.name: _checked(path) for path in sorted(unfinished.iterdir())}
        written = replace(manifest, count=len(view.slots), files=files)
        text = json.dumps(asdict(written), ensure_ascii=False, indent=2)
        (unfinished / "manifest.json").write_text(text + "\n", encoding="utf-8")
        Journal(unfinished / "journal.sqlite3").close()
        _settle([*unfinished.iterdir(), unfinished])
        unfinished.rename(folder / name)
        _settle([folder])
        _point(folder, name)
        for old in folder.glob("snapshot-*"):
            if old.name not in (name, before):
                shutil.rmtree(old, ignore_errors=True)
        return cls(folder, name)

    def is_current(self) -> bool:
        """Whether this snapshot still counts and is still there."""
        return current(self.folder) == self.name and self.journal.is_in_place()

    def view(self) -> View:
        """The snapshot's documents. Raises `IndexDamaged` when a file fails its checksum."""
        for name, expected in self.manifest.files.items():
            path = self.snapshot / name
            if not path.exists() or _checked(path) != expected:
                raise IndexDamaged(f"{name} is missing or damaged")
        return View.of([segments.open_(self.snapshot)] if self.manifest.count else [])


def current(folder: Path) -> str | None:
    """The name of the snapshot that counts, if the folder has one."""
    try:
        return (folder / "CURRENT").read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _point(folder: Path, name: str) -> None:
    pointer = folder / "CURRENT.unfinished"
    pointer.write_text(name + "\n", encoding="ascii")
    _settle([pointer])
    pointer.replace(folder / "CURRENT")
    _settle([folder])


def _settle(paths: Iterable[Path]) -> None:
    """Wait until the disk has these files and folders."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _checked(path: Path) -> dict[str, str | int]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def _read_manifest(snapshot: Path) -> Manifest:
    try:
        held = json.loads((snapshot / "manifest.json").read_text(encoding="utf-8"))
        return Manifest(**held)
    except FileNotFoundError:
        raise
    except (ValueError, TypeError) as error:
        raise IndexDamaged(f"{snapshot / 'manifest.json'} cannot be read: {error}") from error
