"""The values that go into a matcher and come out of it: plain, frozen, JSON-friendly.

No behaviour beyond conversion lives here, and no import of anything heavy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Literal, NamedTuple

Part = Literal["title", "text", "keywords"]
"""The part of a document that a span counts its characters in; keywords are joined by one space."""


class Range(NamedTuple):
    """A closed interval; an end that is None is open."""

    low: int | None = None
    high: int | None = None

    def meets(self, other: Range) -> bool:
        """Whether the two intervals have a point in common."""
        below = self.high is not None and other.low is not None and self.high < other.low
        above = self.low is not None and other.high is not None and self.low > other.high
        return not (below or above)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a document beside its words. Everything may be unknown.

    `fields` and `division` are hierarchical codes: a filter on a prefix finds what lies under it.
    `readiness` is a range of levels 1–9: what an achievement has (low = high) or a need wants.
    `money` is a range in fen: the price asked or the budget there is; None means negotiable.
    """

    state: str | None = None
    fields: tuple[str, ...] = ()
    division: str | None = None
    readiness: Range | None = None
    money: Range | None = None
    modes: tuple[str, ...] = ()
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One text to be found or to search with. `kind` is the caller's own word for its sort."""

    id: str
    kind: str
    title: str
    text: str = ""
    keywords: tuple[str, ...] = ()
    facts: Facts = Facts()

    def part(self, name: Part) -> str:
        """The text that spans of this part count in."""
        return " ".join(self.keywords) if name == "keywords" else getattr(self, name)

    def to_json(self) -> dict[str, Any]:
        """A dictionary that `from_json` turns back into an equal document."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Document:
        """The document that `to_json` wrote. Raises ValueError that says what is wrong."""
        facts = data.get("facts") or {}
        if not isinstance(facts, Mapping) or not set(facts) <= set(Facts.__slots__):
            raise ValueError(f"facts must be an object of {', '.join(Facts.__slots__)}")
        names = ("id", "kind", "title")
        return cls(
            **{name: _string(name, data.get(name)) for name in names},
            text=_string("text", data.get("text", "")),
            keywords=_strings("keywords", data.get("keywords")),
            facts=Facts(**{name: _FACTS[name](name, value) for name, value in facts.items()}),
        )


def _string(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text" + (", but is missing" if value is None else ""))
    return value


def _known(name: str, value: Any) -> str | None:
    return None if value is None else _string(name, value)


def _strings(name: str, value: Any) -> tuple[str, ...]:
    held = () if value is None else value
    if not isinstance(held, list | tuple) or not all(isinstance(text, str) for text in held):
        raise ValueError(f"{name} must be a list of texts")
    return tuple(held)


def _range(name: str, value: Any) -> Range | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple) or len(value) != 2 or not all(map(_is_end, value)):
        raise ValueError(f"{name} must be two whole numbers below 2^62, or null where open")
    return Range(*value)


def _is_end(value: Any) -> bool:
    return value is None or (type(value) is int and abs(value) < 1 << 62)


_FACTS: dict[str, Callable[[str, Any], Any]] = {
    "state": _known, "fields": _strings, "division": _known, "readiness": _range,
    "money": _range, "modes": _strings, "owner": _known,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """What a hit must satisfy before it is ranked. None or empty lets everything pass.

    A range filter passes what is unknown only if `unknown_passes`; a document without a price
    is negotiable, and a reader who sets a budget still wants to see it.
    """

    kinds: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    divisions: frozenset[str] = frozenset()
    modes: frozenset[str] = frozenset()
    readiness: Range | None = None
    money: Range | None = None
    excluded_owners: frozenset[str] = frozenset()
    excluded_ids: frozenset[str] = frozenset()
    unknown_passes: bool = True


class Label(StrEnum):
    """How strongly judges would call a pair related, in the words of the judged contest data."""

    STRONG = "strong"
    FAIR = "fair"
    WEAK = "weak"

    @property
    def text(self) -> str:
        """The label as people read it."""
        return {"strong": "强相关", "fair": "较强相关", "weak": "弱相关"}[self.value]


@dataclass(frozen=True, slots=True)
class Span:
    """Characters start ≤ i < end of one part of a document, in the text as its author wrote it."""

    part: Part
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SharedTerm:
    """A term that both texts hold. `share` (0–1) is its part of the score that terms brought."""

    term: str
    share: float
    query: tuple[Span, ...]
    document: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence as its author wrote it, and where it stands."""

    part: Part
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class SentencePair:
    """The closest two sentences, one of each text. `by` names what closeness was measured by."""

    query: Quote
    document: Quote
    similarity: float
    by: Literal["terms", "vectors"]


@dataclass(frozen=True, slots=True)
class FactReason:
    """One fact that fits or leaves a gap. Values are those of `Facts`, ranges as [low, high]."""

    fact: Literal["readiness", "money", "modes", "division", "fields"]
    fits: bool
    wanted: Any
    offered: Any


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a document was found. Every entry points at its text or at a fact.

    `channels` maps words, characters and vectors to their shares of the score; shares add up to 1.
    """

    terms: tuple[SharedTerm, ...] = ()
    sentences: SentencePair | None = None
    channels: Mapping[str, float] = field(default_factory=dict)
    facts: tuple[FactReason, ...] = ()

    @property
    def has_evidence(self) -> bool:
        """Whether there is anything in the two texts that can be shown."""
        return bool(self.terms) or self.sentences is not None

    def to_json(self) -> dict[str, Any]:
        """A dictionary that `from_json` turns back into equal reasons."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Reasons:
        """The reasons that `to_json` wrote."""
        pair = data.get("sentences")
        return cls(
            terms=tuple(_term(term) for term in data.get("terms", ())),
            sentences=pair
            and SentencePair(
                Quote(**pair["query"]), Quote(**pair["document"]), pair["similarity"], pair["by"]
            ),
            channels=dict(data.get("channels", {})),
            facts=tuple(FactReason(**fact) for fact in data.get("facts", ())),
        )


def _term(data: Mapping[str, Any]) -> SharedTerm:
    query = tuple(Span(**span) for span in data["query"])
    return SharedTerm(
        data["term"], data["share"], query, tuple(Span(**s) for s in data["document"])
    )


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that was found.

    `score` is calibrated: the share of pairs like this one that judges called fairly strong or
    strong. Score and label are None where the weights in use were never calibrated for the model.
    """

    id: str
    score: float | None
    label: Label | None
    reasons: Reasons
    rank_score: float = 0.0
    """What hits are ordered by; comparable only within one search."""
