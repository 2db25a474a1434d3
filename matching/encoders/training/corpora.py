"""Reading what there is to learn from: the .jsonl and .tsv files of a folder, and BEIR folders.

JSON lines, plain or packed with xz, told apart by their content: papers (`title`, `abstract`, and
if they have them `keywords` and `abstract_en`), or pairs of texts that belong together (`a`, `b`,
and `id` of what they stem from). Tab-separated lines: pairs of terms. A BEIR folder, the data
folder itself or one inside it: what judges said. All texts are normalised.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import re
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any, TextIO

from matching import beir, evaluate
from matching.errors import BadInput
from matching.text import has_content, normalise

_AROUND = re.compile(r"^\s*\d{1,2}[.、\s]+(?=\D)|[\\*\s]+$")
"""Section numbers before titles and footnote marks after them."""
_SHORT = 20


@dataclass(frozen=True)
class Pair:
    """Two texts that belong together. Texts of one group are never each other's wrong answers."""

    group: str
    left: str
    right: str
    wrong: str = ""
    """A text that a judge found not to answer the left one."""


@dataclass
class Corpora:
    """Pairs by source, and where they came from."""

    pairs: dict[str, list[Pair]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    def add(self, source: str, pairs: Iterable[Pair]) -> None:
        """Keep the pairs that hold something on both sides."""
        kept = (p for p in pairs if has_content(p.left) and has_content(p.right))
        self.pairs.setdefault(source, []).extend(kept)

    def texts(self) -> Iterator[str]:
        """Running text, each once: what words are counted in."""
        for source in ("titles", "paragraphs", "judgements"):
            for pair in self.pairs.get(source, ()):
                yield pair.right
        yield from dict.fromkeys(pair.left for pair in self.pairs.get("titles", ()))

    def fingerprint(self) -> str:
        """What tells these pairs from any others."""
        digest = hashlib.sha256()
        for source, pairs in sorted(self.pairs.items()):
            for pair in pairs:
                digest.update("\0".join((source, *astuple(pair), "")).encode())
        return digest.hexdigest()

    def sides(self) -> list[str]:
        """Every text of every pair, each once."""
        every = (pair for pairs in self.pairs.values() for pair in pairs)
        return sorted({text for p in every for text in (p.left, p.right, p.wrong) if text})


def read(folder: Path) -> Corpora:
    """Everything in a folder. Raises `BadInput` where it holds nothing to learn from."""
    if not folder.is_dir():
        raise BadInput(f"{folder}: there is no such folder; a folder of training data is wanted")
    corpora = Corpora()
    judged = [f for f in (folder, *sorted(folder.iterdir())) if (f / "corpus.jsonl").is_file()]
    for place in judged:
        corpora.add("judgements", _judgements(place))
        corpora.files.append(place.name if place != folder else folder.resolve().name)
    beir_files = {"corpus.jsonl", "queries.jsonl"} if folder in judged else set()
    for path in sorted(folder.iterdir()):
        read_file = _READERS.get(_kind(path))
        if path.is_file() and read_file and path.name not in beir_files:
            try:
                read_file(path, corpora)
            except (UnicodeDecodeError, lzma.LZMAError) as error:
                raise BadInput(f"{path}: not a readable UTF-8 file ({error})") from None
            corpora.files.append(path.name)
    corpora.pairs = {source: pairs for source, pairs in corpora.pairs.items() if pairs}
    if not corpora.pairs:
        raise BadInput(f"{folder}: no papers, pairs, terms or judgements to learn from")
    return corpora


def _kind(path: Path) -> str:
    suffixes = [s for s in path.suffixes if s != ".xz"]
    return suffixes[-1] if suffixes else ""


def _open(path: Path) -> TextIO:
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def _lines(path: Path, corpora: Corpora) -> None:
    """A .jsonl file of papers or of pairs."""
    with _open(path) as lines:
        numbered = enumerate(lines, 1)
        records = [_record(path, n, line.lstrip("\ufeff")) for n, line in numbered if line.strip()]
    papers = [record for record in records if "abstract" in record]
    corpora.add("titles", (pair for paper in papers for pair in _titles(paper)))
    corpora.add("keywords", (pair for paper in papers for pair in _keywords(paper)))
    corpora.add("translations", (pair for paper in papers for pair in _translations(paper)))
    neighbours = [Pair(r["id"], r["a"], r["b"]) for r in records if r["a"] and r["b"]]
    corpora.add("paragraphs", neighbours)
    corpora.add("condensed", neighbours)


def _record(path: Path, number: int, line: str) -> dict[str, str]:
    """One line's texts, normalised; an absent one is empty."""
    try:
        held: dict[str, Any] = json.loads(line)
        texts = {key: normalise(str(held.get(key) or "")) for key in ("title", "a", "b")}
        texts |= {key: normalise(str(held[key])) for key in _PAPER if held.get(key)}
    except (ValueError, AttributeError) as error:
        raise BadInput(f"{path}, line {number}: not a JSON object ({error})") from None
    return {**texts, "id": str(held.get("id") or f"{path.name}:{number}")}


_PAPER = ("abstract", "keywords", "abstract_en")


def _titles(paper: dict[str, str]) -> Iterator[Pair]:
    title, abstract = _title(paper), paper["abstract"]
    middle = len(abstract) // 2
    if middle > _SHORT:
        yield Pair(paper["id"], title, abstract[:middle])
        yield Pair(paper["id"], title, abstract[middle:])


def _title(paper: dict[str, str]) -> str:
    return _AROUND.sub("", paper["title"])


def _keywords(paper: dict[str, str]) -> Iterator[Pair]:
    if keywords := paper.get("keywords", ""):
        yield Pair(paper["id"], keywords, _title(paper))
        yield Pair(paper["id"], keywords, paper["abstract"])


def _translations(paper: dict[str, str]) -> Iterator[Pair]:
    english = paper.get("abstract_en", "")
    if len(english) > _SHORT and len(paper["abstract"]) > _SHORT:
        yield Pair(paper["id"], english, paper["abstract"])


def _terms(path: Path, corpora: Corpora) -> None:
    """A .tsv file: a term, the same in another language; further columns are not read."""
    with _open(path) as lines:
        rows = (line.rstrip("\n").split("\t") for line in lines)
        both = [(normalise(row[0]), normalise(row[1])) for row in rows if len(row) > 1]
    corpora.add("terms", (Pair(f"{path.name}:{n}", a, b) for n, (a, b) in enumerate(both)))


def _judgements(folder: Path) -> Iterator[Pair]:
    """Each relevant document of a query; judged ones that are not, as wrong answers in turn."""
    collection = beir.read_collection(folder)
    texts = {d.id: normalise(f"{d.title} {d.text}") for d in collection.corpus}
    start = evaluate.relevant_from(collection)
    for query in collection.queries:
        grades = collection.judgements.get(query.id, {})
        right = [d for d, grade in grades.items() if grade >= start and d in texts]
        wrong = [d for d, grade in grades.items() if grade <= 0 and d in texts]
        for place, document in enumerate(right):
            refused = texts[wrong[place % len(wrong)]] if wrong else ""
            asked = normalise(f"{query.title} {query.text}")
            yield Pair(f"{folder.name}:{query.id}", asked, texts[document], refused)


_READERS = {".jsonl": _lines, ".tsv": _terms}
