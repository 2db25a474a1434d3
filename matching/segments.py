"""A segment: some documents with everything a search needs of them, never changed once made.

An index is a row of segments. New documents come in a new one; small neighbours are merged as
they pile up, which also drops what was replaced or removed.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from matching import prepare
from matching.encoders import Encoder
from matching.filters import COLUMNS, INTERVALS, Column, Facets, Interval
from matching.lexical import Postings
from matching.types import Document
from matching.vectors import Vectors

Mask = NDArray[np.bool_]
Progress = Callable[[int, int], None]


class Documents(Protocol):
    """The documents of a segment by number, read where they are asked for."""

    def __len__(self) -> int: ...
    def __getitem__(self, number: int, /) -> Document: ...
    def line(self, number: int, /) -> bytes:
        """A document as a line of JSON."""


@dataclass(frozen=True)
class Segment:
    """Documents, their facts, both lexical indexes and, if the index has any, their vectors."""

    documents: Documents
    facets: Facets
    words: Postings
    characters: Postings
    vectors: Vectors | None

    def __len__(self) -> int:
        return len(self.documents)


def rows_of(
    documents: Sequence[Document], encoder: Encoder | None, progress: Progress | None = None
) -> NDArray[np.float32] | None:
    """The vectors of documents, or None where there is no encoder."""
    return None if encoder is None else prepare.vectors(documents, encoder, progress)


def build(documents: Sequence[Document], rows: NDArray[np.float32] | None) -> Segment:
    """A segment of these documents and their vectors, (n, dimension) or None."""
    keys = [prepare.document_keys(document) for document in documents]
    return Segment(
        HeldDocuments(tuple(documents)),
        Facets.of(documents),
        Postings.of([words for words, _ in keys]),
        Postings.of([characters for _, characters in keys]),
        _vectors(rows),
    )


def merge(parts: Sequence[tuple[Segment, Mask]]) -> Segment:
    """One segment from neighbours, with the documents whose flag is on."""
    rows = [s.vectors.kept(flags) for s, flags in parts if s.vectors is not None]
    if rows and len(rows) != len(parts):
        raise ValueError("segments with and without vectors")
    return Segment(
        ChosenDocuments([(s.documents, np.flatnonzero(flags)) for s, flags in parts]),
        Facets.merged([(s.facets, flags) for s, flags in parts]),
        Postings.merged([(s.words, flags) for s, flags in parts]),
        Postings.merged([(s.characters, flags) for s, flags in parts]),
        _vectors(np.concatenate(rows)) if rows else None,
    )


def _vectors(rows: NDArray[np.float32] | None) -> Vectors | None:
    from matching.vectors.faiss import FaissVectors

    return None if rows is None else FaissVectors.of(rows)


# ---- to a folder and back; `store` says which files belong together and whether they are whole


def save(segment: Segment, folder: Path) -> None:
    """Write a segment's files into an existing folder."""
    offsets = [0]
    with (folder / "documents.jsonl").open("wb") as lines:
        for number in range(len(segment)):
            offsets.append(offsets[-1] + lines.write(segment.documents.line(number)))
    np.save(folder / "documents.offsets.npy", np.array(offsets, np.int64))
    for name, postings in (("words", segment.words), ("characters", segment.characters)):
        for part in ("keys", "starts", "documents", "counts", "lengths"):
            np.save(folder / f"{name}.{part}.npy", getattr(postings, part))
    _save_facets(segment.facets, folder)
    if segment.vectors is not None:
        segment.vectors.save(folder / "vectors.faiss")


def open_(folder: Path) -> Segment:
    """The segment that `save` wrote; its large files are mapped, not read."""
    from matching.vectors.faiss import FaissVectors

    vectors = folder / "vectors.faiss"
    return Segment(
        MappedDocuments(folder / "documents.jsonl", _array(folder / "documents.offsets.npy")),
        _open_facets(folder),
        _open_postings(folder, "words"),
        _open_postings(folder, "characters"),
        FaissVectors.open(vectors) if vectors.exists() else None,
    )


def _array(path: Path) -> NDArray[Any]:
    mapped = np.load(path, mmap_mode="r") if path.stat().st_size > 4096 else np.load(path)
    return np.asarray(mapped)


def _open_postings(folder: Path, name: str) -> Postings:
    parts = ("keys", "starts", "documents", "counts", "lengths")
    return Postings(*(_array(folder / f"{name}.{part}.npy") for part in parts))


def _save_facets(facets: Facets, folder: Path) -> None:
    arrays: dict[str, Any] = {name: getattr(facets, name).places for name in COLUMNS}
    arrays["lots"] = facets.lots
    for name in INTERVALS:
        arrays[f"{name}.low"] = getattr(facets, name).low
        arrays[f"{name}.high"] = getattr(facets, name).high
    np.savez(folder / "facts.npz", **arrays)
    values = {name: list(getattr(facets, name).values) for name in COLUMNS}
    (folder / "facts.json").write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")


def _open_facets(folder: Path) -> Facets:
    arrays = np.load(folder / "facts.npz")
    values = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = {
        name: Column(_hashable(values[name]), arrays[name]) for name in COLUMNS
    }
    for name in INTERVALS:
        found[name] = Interval(arrays[f"{name}.low"], arrays[f"{name}.high"])
    return Facets(**found, lots=arrays["lots"])


def _hashable(values: list[Any]) -> tuple[Any, ...]:
    return tuple(tuple(value) if isinstance(value, list) else value for value in values)


@dataclass(frozen=True)
class HeldDocuments:
    """Documents in memory: those that came in last."""

    documents: tuple[Document, ...]

    def __len__(self) -> int:
        return len(self.documents)

    def __getitem__(self, number: int) -> Document:
        return self.documents[number]

    def line(self, number: int) -> bytes:
        """See `Documents.line`."""
        return json.dumps(self.documents[number].to_json(), ensure_ascii=False).encode() + b"\n"


class ChosenDocuments:
    """Some documents of others, in a row, without a copy of them."""

    def __init__(self, parts: Sequence[tuple[Documents, NDArray[np.int64]]]) -> None:
        self._places: list[tuple[Documents, int]] = [
            held._places[i] if isinstance(held, ChosenDocuments) else (held, i)
            for held, numbers in parts
            for i in numbers.tolist()
        ]

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, number: int) -> Document:
        held, place = self._places[number]
        return held[place]

    def line(self, number: int) -> bytes:
        """See `Documents.line`."""
        held, place = self._places[number]
        return held.line(place)


class MappedDocuments:
    """Documents in a file of JSON lines, mapped into memory."""

    def __init__(self, path: Path, offsets: NDArray[np.int64]) -> None:
        self._offsets = offsets
        with path.open("rb") as lines:
            empty = len(offsets) <= 1
            self._bytes = b"" if empty else mmap.mmap(lines.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, number: int) -> Document:
        return Document.from_json(json.loads(self.line(number)))

    def line(self, number: int) -> bytes:
        """See `Documents.line`."""
        return self._bytes[int(self._offsets[number]) : int(self._offsets[number + 1])]
