"""Reading document collections: BEIR folders and files of JSON lines, one error a bad line.

A BEIR folder holds corpus.jsonl, queries.jsonl and qrels/test.tsv (Thakur et al., BEIR, 2021).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from matching.errors import BadInput
from matching.text import has_content
from matching.types import Document

Judgements = dict[str, dict[str, int]]
"""{query id: {document id: grade}}; grades are whole numbers, 0 for irrelevant."""


@dataclass(frozen=True)
class Collection:
    """Documents, queries and what judges said of their pairs."""

    name: str
    corpus: list[Document]
    queries: list[Document]
    judgements: Judgements


def read_collection(folder: Path) -> Collection:
    """A whole BEIR folder. Raises `BadInput` for what is missing, empty or malformed."""
    if not folder.is_dir():
        raise BadInput(f"{folder}: there is no such folder; a BEIR folder is wanted")
    judgements = read_judgements(folder / "qrels" / "test.tsv")
    corpus = read_documents(folder / "corpus.jsonl", "document")
    queries = [query for _, query in _documents(folder / "queries.jsonl", "query")]
    return Collection(folder.resolve().name, corpus, queries, judgements)


def read_documents(path: Path, kind: str) -> list[Document]:
    """The documents of a .jsonl file, or of the corpus.jsonl of a folder.

    A line is a BEIR record (`_id`, `title`, `text`) or a document as `Document.to_json` writes it.
    Raises `BadInput`, also for a document in which there is nothing to find.
    """
    path = path / "corpus.jsonl" if path.is_dir() else path
    numbered = _documents(path, kind)
    for number, document in numbered:
        if not has_content(document.title) and not has_content(document.text):
            raise BadInput(f"{path}, line {number}: document {document.id!r} holds no text")
    return [document for _, document in numbered]


def _documents(path: Path, kind: str) -> list[tuple[int, Document]]:
    """(line number, document) of a file; at least one, with different ids."""
    numbered = [(n, _document(record, kind, path, n)) for n, record in records(path)]
    if not numbered:
        raise BadInput(f"{path}: no document in this file")
    seen: dict[str, int] = {}
    for number, document in numbered:
        if (first := seen.setdefault(document.id, number)) != number:
            raise BadInput(
                f"{path}, line {number}: the id {document.id!r} occurs twice, first in line {first}"
            )
    return numbered


def read_judgements(path: Path) -> Judgements:
    """Graded judgements from a tab-separated file with a heading."""
    judgements: Judgements = defaultdict(dict)
    for number, line in _lines(path):
        cells = line.split("\t")
        if number == 1 and not cells[-1].strip().lstrip("-").isdigit():
            continue
        try:
            query, document, grade = cells
            judgements[query][document] = int(grade)
        except ValueError:
            raise BadInput(f"{path}, line {number}: not query, document and grade") from None
    if not judgements:
        raise BadInput(f"{path}: no judgement in this file")
    return dict(judgements)


def records(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, object) of a file of JSON lines; blank lines are passed over."""
    for number, line in _lines(path):
        try:
            record = json.loads(line)
            json.dumps(record, ensure_ascii=False).encode()  # refuses half a surrogate pair
        except (ValueError, RecursionError) as error:
            raise BadInput(f"{path}, line {number}: not JSON ({error})") from None
        if not isinstance(record, dict):
            raise BadInput(f"{path}, line {number}: not a JSON object")
        yield number, record


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    text = _decoded(line, path, number).rstrip("\r\n")
                    yield number, text.removeprefix("\ufeff") if number == 1 else text
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise BadInput(f"{path}: this is a folder, not a file") from None


def _decoded(line: bytes, path: Path, number: int) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}, line {number}: not UTF-8 text (byte {error.start})") from None


def _document(record: dict[str, Any], kind: str, path: Path, number: int) -> Document:
    try:
        if "_id" in record:
            parts = {name: record.get(name) or "" for name in ("title", "text")}
            id_ = record["_id"]
            record = {"id": str(id_) if isinstance(id_, int) else id_, **parts}
        return Document.from_json({"kind": kind, **record})
    except ValueError as error:
        raise BadInput(f"{path}, line {number}: not a document ({error})") from None


def in_traditional(collection: Collection) -> Collection:
    """The same collection with its queries in Traditional characters (OpenCC s2t)."""
    from opencc import OpenCC

    convert = OpenCC("s2t").convert
    queries = [replace(q, title=convert(q.title), text=convert(q.text)) for q in collection.queries]
    return replace(collection, queries=queries)
