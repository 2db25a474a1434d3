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
    judgements = read_judgements(folder / "qrels" / "test.tsv")
    corpus = read_documents(folder / "corpus.jsonl", "document")
    queries = read_documents(folder / "queries.jsonl", "query")
    return Collection(folder.resolve().name, corpus, queries, judgements)


def read_documents(path: Path, kind: str) -> list[Document]:
    """The documents of a .jsonl file, or of the corpus.jsonl of a folder.

    A line is a BEIR record (`_id`, `title`, `text`) or a document as `Document.to_json` writes it.
    """
    path = path / "corpus.jsonl" if path.is_dir() else path
    documents = [_document(record, kind, path, number) for number, record in records(path)]
    if not documents:
        raise BadInput(f"{path}: no document in this file")
    seen: dict[str, int] = {}
    for number, document in enumerate(documents, 1):
        if seen.setdefault(document.id, number) != number:
            raise BadInput(f"{path}: the id {document.id!r} occurs twice")
    return documents


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
        except ValueError as error:
            raise BadInput(f"{path}, line {number}: not JSON ({error})") from None
        if not isinstance(record, dict):
            raise BadInput(f"{path}, line {number}: not a JSON object")
        yield number, record


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, line.rstrip("\r\n")
    except FileNotFoundError:
        raise BadInput(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise BadInput(f"{path}: this is a folder, not a file") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 text (byte {error.start})") from None


def _document(record: dict[str, Any], kind: str, path: Path, number: int) -> Document:
    try:
        if "_id" not in record:
            return Document.from_json({"kind": kind, **record})
        title, text = record.get("title") or "", record.get("text") or ""
        if not isinstance(title, str) or not isinstance(text, str):
            raise TypeError("title and text must be text")
        return Document(str(record["_id"]), kind, title, text)
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{path}, line {number}: not a document ({error})") from None


def in_traditional(collection: Collection) -> Collection:
    """The same collection with its queries in Traditional characters (OpenCC s2t)."""
    from opencc import OpenCC

    convert = OpenCC("s2t").convert
    queries = [replace(q, title=convert(q.title), text=convert(q.text)) for q in collection.queries]
    return replace(collection, queries=queries)
