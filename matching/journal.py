"""What was added and removed since a snapshot was written: an SQLite file beside it.

One call of `append` is one transaction, together with the position that the caller gives it, so
that a process killed at any moment leaves either all of it or nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.types import Document

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    number INTEGER PRIMARY KEY, batch INTEGER NOT NULL, id TEXT NOT NULL,
    document TEXT, vector BLOB);
CREATE TABLE IF NOT EXISTS position (only INTEGER PRIMARY KEY CHECK (only = 1), value INTEGER);
"""


@dataclass(frozen=True)
class Batch:
    """Documents that came in together, or ids that went; a batch is one or the other."""

    documents: tuple[Document, ...]
    rows: NDArray[np.float32] | None
    removed: tuple[str, ...]


class Journal:
    """An open journal. Not for several threads at once; the matcher locks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode = 0
        self._database = sqlite3.connect(path, timeout=30, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_SCHEMA)
        self._inode = path.stat().st_ino
        self._read = 0

    def is_in_place(self) -> bool:
        """Whether the file that is open is still the one under its name."""
        try:
            return self._path.stat().st_ino == self._inode
        except FileNotFoundError:
            return False

    def position(self) -> int | None:
        """The last position written, if any was."""
        row = self._database.execute("SELECT value FROM position").fetchone()
        return None if row is None else int(row[0])

    def __len__(self) -> int:
        return self._last(self._database)[0]

    @staticmethod
    def _last(database: sqlite3.Connection) -> tuple[int, int]:
        """The number and the batch of the last entry; entries are never deleted."""
        row = database.execute("SELECT number, batch FROM entry ORDER BY number DESC LIMIT 1")
        return row.fetchone() or (0, 0)

    def append(self, batch: Batch, position: int | None) -> None:
        """Write one batch and the position; durable when this returns."""
        with self._database as database:
            last = self._last(database)[1]
            database.executemany(
                "INSERT INTO entry (batch, id, document, vector) VALUES (?, ?, ?, ?)",
                [(last + 1, *row) for row in _rows(batch)],
            )
            if position is not None:
                database.execute("INSERT OR REPLACE INTO position VALUES (1, ?)", (position,))

    def unread(self) -> tuple[list[Batch], int | None]:
        """The batches that were written since the last call, in order, and the position then."""
        with self._database as database:
            database.execute("BEGIN")
            rows = database.execute(
                "SELECT number, batch, id, document, vector FROM entry"
                " WHERE number > ? ORDER BY number",
                (self._read,),
            ).fetchall()
            return list(self._batches(rows)), self.position()

    def skip_own(self) -> None:
        """Take what is written as read: its writer has it already."""
        self._read = len(self)

    def _batches(self, rows: list[Any]) -> Iterator[Batch]:
        entries: list[tuple[str, str | None, bytes | None]] = []
        current = None
        for number, batch, *entry in rows:
            if batch != current and entries:
                yield _batch(entries)
                entries = []
            current, self._read = batch, number
            entries.append((entry[0], entry[1], entry[2]))
        if entries:
            yield _batch(entries)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def _rows(batch: Batch) -> Iterator[tuple[str, str | None, bytes | None]]:
    for id_ in batch.removed:
        yield id_, None, None
    for i, document in enumerate(batch.documents):
        vector = None if batch.rows is None else batch.rows[i].astype("<f4").tobytes()
        yield document.id, json.dumps(document.to_json(), ensure_ascii=False), vector


def _batch(entries: Sequence[tuple[str, str | None, bytes | None]]) -> Batch:
    documents = tuple(Document.from_json(json.loads(text)) for _, text, _ in entries if text)
    vectors = [np.frombuffer(vector, "<f4") for _, _, vector in entries if vector]
    removed = tuple(id_ for id_, text, _ in entries if text is None)
    return Batch(documents, np.stack(vectors) if vectors else None, removed)
