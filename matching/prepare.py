"""From a document to what the channels take: keys to index, weighted keys to ask with, a vector.

Needs are long and their titles say more than their bodies, so a query's title counts six times;
stop words are left out of words and n-grams alike. Both figures were chosen on needs, see
`python -m matching evaluate`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from matching import text, tokens
from matching.encoders import Encoder
from matching.errors import ContentlessText
from matching.tokens import Token
from matching.types import Document, Part

TITLE_WEIGHT = 6.0
KEYWORDS_WEIGHT = 3.0
BODY_WEIGHT = 0.5
"""What the vector of a query's body counts beside that of its title."""
FEW_WORDS = 3.0
"""A query of so many different words is given half of the weight of a full one."""
PARTS: tuple[tuple[Part, float], ...] = (
    ("title", TITLE_WEIGHT),
    ("text", 1.0),
    ("keywords", KEYWORDS_WEIGHT),
)
ENCODED_CHARACTERS = 1_500
"""How much of a long body the encoder reads."""

VERSION = f"{text.VERSION};title{TITLE_WEIGHT:g};keywords{KEYWORDS_WEIGHT:g};2"


def preparation() -> str:
    """Names everything that decides what is counted; part of an index's manifest."""
    return f"{VERSION};{tokens.version()}"


def document_keys(document: Document) -> tuple[list[int], list[int]]:
    """The word keys and the n-gram keys of a document, repeated as often as they occur."""
    parts = [text.normalise(document.part(name)) for name, _ in PARTS]
    words = [
        tokens.word_key(piece.word)
        for part in parts
        for token in tokens.content_tokens(part)
        for piece in tokens.search_words(token)
    ]
    return words, [key for part in parts for key in tokens.gram_keys(part)]


@dataclass(frozen=True)
class PreparedQuery:
    """A text to search with: its content words by part, and weighted keys for both indexes."""

    document: Document
    parts: dict[Part, list[Token]]
    words: dict[int, float] = field(default_factory=dict)
    characters: dict[int, float] = field(default_factory=dict)
    telling: int = 0
    """How many different words it has that carry something."""

    @property
    def certainty(self) -> float:
        """How much there is to go by, 0–1: a single word finds much and promises little."""
        return self.telling / (self.telling + FEW_WORDS)


def as_document(query: str | Document) -> Document:
    """A pasted text as a document without facts."""
    if isinstance(query, Document):
        return query
    title, body = text.title_and_body(query)
    return Document(id="", kind="", title=title, text=body)


def prepare_query(query: str | Document) -> PreparedQuery:
    """Segment and weigh a query. Raises `ContentlessText` and `TextTooLong`.

    Of a document with an id, which somebody has accepted, as much is read as may be searched with.
    """
    document = as_document(query)
    at_most = None if document.id else text.MAX_CHARACTERS
    document = _shortened(document) if document.id else document
    text.require_content(*(document.part(name) for name, _ in PARTS), at_most=at_most)
    words: Counter[int] = Counter()
    characters: Counter[int] = Counter()
    parts: dict[Part, list[Token]] = {}
    telling: set[str] = set()
    for name, weight in PARTS:
        normal = text.normalise(document.part(name))
        found = tokens.content_tokens(normal)
        telling |= {token.word for token in found if tokens.is_telling(token.word)}
        found = found or _everything(normal)
        for token in found:
            for piece in tokens.search_words(token):
                words[tokens.word_key(piece.word)] += weight  # type: ignore[assignment]
        for key in tokens.gram_keys(_joined(found)):
            characters[key] += weight  # type: ignore[assignment]
        parts[name] = found
    return PreparedQuery(document, parts, dict(words), dict(characters), len(telling))


def _shortened(document: Document) -> Document:
    """A document with its text cut to what may be searched with, but not before its content."""
    room = text.MAX_CHARACTERS - len(document.title) - len(document.part("keywords"))
    end = max(room, text.content_start(document.text) + ENCODED_CHARACTERS)
    return replace(document, text=document.text[:end])


def _everything(normal: str) -> list[Token]:
    """The whole part as one token, for a part that is nothing but stop words."""
    return [Token(normal, 0, len(normal))] if text.has_content(normal) else []


def _joined(found: Sequence[Token]) -> str:
    """The words as a text in which only neighbours touch, so that no n-gram spans a gap."""
    pieces: list[str] = []
    end = -1
    for token in found:
        pieces += [token.word] if token.start == end else [" ", token.word]
        end = token.end
    return "".join(pieces)


def _encoded(part: str) -> str:
    """What the encoder reads of a part: its beginning, or that of its content if it lies behind."""
    start = text.content_start(part)
    return part[start if start >= ENCODED_CHARACTERS else 0 :][:ENCODED_CHARACTERS]


def vectors(
    documents: Sequence[Document],
    encoder: Encoder,
    progress: Callable[[int, int], None] | None = None,
) -> NDArray[np.float32]:
    """(len(documents), dimension) float32, normalised: the mean of title and body vectors.

    A row is 0 where the encoder knows nothing of a document. Raises `ContentlessText` for a
    document without content.
    """
    return _vectors(documents, encoder, 1.0, _folded, progress)


def query_vectors(queries: Sequence[Document], encoder: Encoder) -> NDArray[np.float32]:
    """The same for documents that are asked with: without stop words, and the body counts half.

    What a need says beside its problem (the company, its market, whom it looks for) finds the
    wrong neighbours; matching/encoders/training/LOG.md has the figures.
    """
    return _vectors(queries, encoder, BODY_WEIGHT, _content, None)


def _vectors(
    documents: Sequence[Document],
    encoder: Encoder,
    body_weight: float,
    prepared: Callable[[str], str],
    progress: Callable[[int, int], None] | None,
) -> NDArray[np.float32]:
    texts: list[str] = []
    owners: list[int] = []
    weights: list[float] = []
    for number, document in enumerate(documents):
        body = " ".join(part for part in (document.text, " ".join(document.keywords)) if part)
        pieces = (
            (prepared(_encoded(document.title)), 1.0),
            (prepared(_encoded(body)), body_weight),
        )
        held = [(piece, weight) for piece, weight in pieces if text.has_content(piece)]
        if not held:
            raise ContentlessText(f"document {document.id!r} holds no text")
        texts += [piece for piece, _ in held]
        weights += [weight for _, weight in held]
        owners += [number] * len(held)
    encoded = encoder.encode(texts, progress=progress) if progress else encoder.encode(texts)
    summed = np.zeros((len(documents), encoder.dimension), np.float32)
    np.add.at(summed, owners, encoded * np.array(weights, np.float32)[:, None])
    norms = np.linalg.norm(summed, axis=1, keepdims=True)
    return np.asarray(summed / np.where(norms > 0, norms, 1), np.float32)


def _folded(part: str) -> str:
    return text.normalise(part)


def _content(part: str) -> str:
    """The words that carry something, or the whole of a part that has none."""
    normal = text.normalise(part)
    return _joined(tokens.content_tokens(normal)) or normal
