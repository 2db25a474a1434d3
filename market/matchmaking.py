"""Rows → documents → matcher → matches with reasons. The only importer of `matching`.

A Matchmaker holds the index folder of this installation. It reads it, unless the indexer of the
same process has made it the writer. The database stays the truth: what the index finds is shown
only if the viewer may see it now.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from sqlalchemy import Engine, func, select
from sqlmodel import Session, col

from market import rules
from market.db import session_for
from market.errors import Invalid, Problem
from market.models.enums import CooperationMode, Kind, ListingState
from market.models.indexing import IndexChange
from market.models.suggestions import StaleSuggestion
from market.queries.filters import ListingFilter
from market.queries.listings import matching_count
from market.queries.rows import FullRow, ListingRow, rows_for
from market.roles import Viewer
from market.texts import is_binary
from matching import (
    MAX_CHARACTERS,
    Document,
    Facts,
    Filters,
    Hit,
    Label,
    Matcher,
    Range,
    Reasons,
    Span,
    encoders,
    errors,
    prepare,
    tokens,
    weights,
)  # fmt: skip
from matching.text import normalise, require_content
from matching.types import FactReason
from matching.view import View

__all__ = [
    "Document", "Hit", "Label", "MatchFilter", "MatchResult", "MatchRow", "Matcher",
    "MatcherStatus", "Matchmaker", "RankingCard", "Reasons", "Span", "document_of",
    "normal_form", "search_text_of",
]  # fmt: skip

LEXICAL = "lexical"
"""The model's name for an installation that wants words and n-grams alone."""
FOLDER = "index"
REFRESH_SECONDS = 0.3
KEPT_TERMS, KEPT_SPANS = 8, 4
UNREADABLE = (errors.MatchingError, OSError, ValueError, KeyError, EOFError, sqlite3.Error)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MatchFilter:
    """What a match must satisfy; amounts in fen. What a listing leaves open passes."""

    fields: tuple[str, ...] = ()
    divisions: tuple[str, ...] = ()
    modes: tuple[CooperationMode, ...] = ()
    readiness_min: int | None = None
    readiness_max: int | None = None
    amount_min: int | None = None
    amount_max: int | None = None
    excluded_owners: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A listing that was found. Its reasons point into its `title`, `text` and `keywords`, and
    into the parts of the same names of the result."""

    listing: ListingRow
    score: float | None
    label: Label | None
    reasons: Reasons
    title: str
    text: str
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The best matches of a text. `title` and `text` are the two parts it was read as."""

    rows: list[MatchRow]
    total_considered: int
    channels: tuple[str, ...]
    took_ms: float
    source_text: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class MatcherStatus:
    """How matching stands: ready, warming (the model loads), lexical-only, or building.

    `pending` index changes and `suggestions_pending` listings are still to be worked off.
    """

    state: str
    channels: tuple[str, ...]
    documents: int
    pending: int
    suggestions_pending: int
    model: str
    message: str


@dataclass(frozen=True, slots=True)
class RankingCard:
    """What the ranking is made of; `measured` holds the figures of matching's weights file."""

    model: str
    weights: Mapping[str, float]
    strong: float
    fair: float
    calibration: tuple[float, float] | None
    measured: Mapping[str, Any]


def normal_form(text: str) -> str:
    """The text as the matcher compares it: one width, lower case, Simplified characters."""
    return normalise(text)


def search_text_of(title: str, summary: str, keywords: Iterable[str]) -> str:
    """What the search of a list reads of a listing, in the normal form."""
    return normal_form("\n".join((title, summary, *keywords)))


def document_of(row: FullRow) -> Document:
    """The one place where a listing becomes what the matcher reads: what everybody may read of it,
    whoever looks. An owner who is kept back is nobody, so that leaving owners out tells nothing."""
    listing = row.public
    level, amount = listing.readiness, listing.amount
    facts = Facts(
        state=listing.state.value,
        fields=tuple(field.code for field in listing.fields),
        division=listing.division_code,
        readiness=None if level is None else Range(level, level),
        money=None if amount is None else Range(amount.low, amount.high),
        modes=tuple(mode.value for mode in listing.modes),
        owner=None if listing.owner_id is None else str(listing.owner_id),
    )
    id = document_id(listing.kind, listing.id)
    return Document(id, listing.kind.value, row.title, row.text, row.keywords, facts)


def document_id(kind: Kind, id: int) -> str:
    """A listing's id in the index."""
    return f"{kind.value}:{id}"


def listing_key(id: str) -> tuple[Kind, int]:
    """The listing that an id of the index stands for."""
    kind, _, number = id.partition(":")
    return Kind(kind), int(number)


class Matchmaker:
    """Matching for one installation: the index folder under `data`, read with `model`."""

    def __init__(self, data: Path, model: str, engine: Engine) -> None:
        self.folder = Path(data) / FOLDER
        self.model = model or encoders.DEFAULT
        self.loaded = Event()
        self._engine = engine
        self._lock = Lock()
        self._encoder: encoders.Encoder | None = None
        self._failure = ""
        self._matcher: Matcher | None = None
        self._is_writer = False
        self._is_building = False
        self._seen: tuple[int, int] | None = None
        self._looked = 0.0

    # ---- the encoder

    def start(self) -> None:
        """Load the encoder behind the server; searches use words and n-grams meanwhile."""
        Thread(target=self.load, name="encoder", daemon=True).start()

    def load(self) -> None:
        """Load the encoder now. A model that cannot be loaded is told in the status."""
        tokens.warm_up()
        try:
            if self.model != LEXICAL:
                self._encoder = encoders.load(self.model)
        except Exception as error:
            self._failure = str(error)
            log.exception("模型 %s 无法加载，只用词语和字组匹配", self.model)
        with self._lock:
            self._forget()
        self.loaded.set()

    @property
    def may_write(self) -> bool:
        """Whether documents can be given the vectors that the index wants."""
        return self.loaded.is_set() and not self._failure

    @property
    def made_by(self) -> str:
        """What suggestions are kept under: the model, and which training of it."""
        mark = encoders.fingerprint(self._encoder) if self._encoder else None
        return f"{self.model}#{mark}" if mark else self.model

    # ---- the index

    def open_writer(self, origin: str) -> Matcher:
        """The index for the one process that writes it. Raises where it cannot go on with it."""
        matcher = Matcher.open(self.folder, self._encoder, writable=True, origin=origin)
        held = matcher.manifest.model
        if len(matcher) and held != (self._encoder.name if self._encoder else None):
            raise errors.IndexMismatch(f"the index has model {held!r}, not {self.model!r}")
        self._hold(matcher, writes=True)
        return matcher

    def new_writer(self, origin: str) -> Matcher:
        """An empty index in place of whatever is in the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with self._lock:
            self._is_building = True
        return self.open_writer(origin)

    def close_writer(self) -> None:
        """Go back to reading: another process may write from now on."""
        with self._lock:
            self._is_writer = False
            self._forget()

    def is_built(self) -> None:
        """The indexer is through with a rebuild."""
        with self._lock:
            self._is_building = False

    def _hold(self, matcher: Matcher, *, writes: bool) -> None:
        with self._lock:
            self._matcher, self._is_writer = matcher, writes

    def _forget(self) -> None:
        """Open the index anew at the next search; the writer keeps what it has."""
        self._looked = 0.0
        if not self._is_writer:
            self._seen = None

    def reader(self) -> Matcher | None:
        """The matcher as it stands now, at most a moment behind the writer; None without one."""
        with self._lock:
            if self._is_writer or time.monotonic() - self._looked < REFRESH_SECONDS:
                return self._matcher
            self._looked = time.monotonic()
            try:
                self._refresh()
            except UNREADABLE as error:
                log.info("索引暂时不可用：%s", error)
                self._seen = None
                if isinstance(error, errors.IndexMismatch):
                    self._matcher = None
            return self._matcher

    def _refresh(self) -> None:
        """Follow the folder: another snapshot, or another folder of the same name, is opened."""
        try:
            found = (self.folder / "CURRENT").stat()
        except FileNotFoundError:
            return
        seen = (found.st_ino, found.st_mtime_ns)
        if self._matcher is None or seen != self._seen:
            self._matcher = Matcher.open(self.folder, self._encoder)
            self._seen = seen
        self._matcher.catch_up()

    # ---- matching

    def match_text(
        self, session: Session, text: str, *, wanted: Kind, viewer: Viewer, limit: int = 20,
        filters: MatchFilter | None = None,
    ) -> MatchResult:  # fmt: skip
        """The listings of the wanted kind that suit a text best. Raises Invalid."""
        return self.search(
            session, text, kinds=(wanted,), filters=filters, limit=limit, viewer=viewer
        )

    def search(
        self, session: Session, text: str, *, viewer: Viewer, kinds: Collection[Kind] = tuple(Kind),
        filters: MatchFilter | None = None, limit: int = 20,
    ) -> MatchResult:  # fmt: skip
        """The best listings of these kinds for a text. Raises Invalid where it says nothing."""
        rules.require(viewer, "match")
        started = time.perf_counter()
        filters = filters or MatchFilter()
        query = _readable(text)
        matcher = self.reader()
        rows = (
            _matches(session, matcher, query, kinds, filters, limit, viewer)
            if matcher is not None
            else []
        )
        lists = [_as_list(filters, kind) for kind in kinds]
        return MatchResult(
            rows=rows,
            total_considered=sum(matching_count(session, each, viewer) for each in lists),
            channels=matcher.channels if matcher is not None else (),
            took_ms=(time.perf_counter() - started) * 1000,
            source_text=text,
            title=query.title,
            text=query.text,
        )

    def suggest(self, matcher: Matcher, row: FullRow, limit: int) -> list[Hit]:
        """What suits a stored listing, for the list that is kept on its page."""
        kind = row.row.kind
        hits = matcher.search(document_of(row), limit, Filters(kinds=frozenset({kind.other.value})))
        return [replace(hit, reasons=judged(hit.reasons, kind)) for hit in hits]

    # ---- telling about it

    @property
    def status(self) -> MatcherStatus:
        """How matching stands now."""
        matcher = self.reader()
        documents, position = (len(matcher), matcher.position) if matcher is not None else (0, 0)
        with session_for(self._engine) as session:
            pending = session.execute(
                select(func.count()).where(col(IndexChange.seq) > position)
            ).scalar_one()
            stale = session.execute(select(func.count()).select_from(StaleSuggestion)).scalar_one()
        state, message = self._state(matcher is not None, documents, pending)
        channels = matcher.channels if matcher is not None else ()
        return MatcherStatus(state, channels, documents, pending, stale, self.model, message)

    def _state(self, is_open: bool, documents: int, pending: int) -> tuple[str, str]:
        if not self.loaded.is_set():
            return "warming", "语义模型正在加载，暂用词语和字组匹配。"
        if self._is_building or (pending and pending * 10 > documents):
            return "building", f"索引正在建立，还有 {pending:,} 条待处理，结果暂不完整。"
        if self._failure:
            return "lexical-only", f"语义模型无法加载，只用词语和字组匹配：{self._failure}"
        if self.model == LEXICAL:
            return "lexical-only", "按设置只用词语和字组匹配。"
        return ("ready", "") if is_open else ("building", "索引尚未建立。")

    def ranking_card(self) -> RankingCard:
        """What the ranking is made of and how good it was measured to be."""
        used = weights.read(self._encoder.name if self._encoder else self.model)
        parts = {"words": used.words, "characters": used.characters, "vectors": used.vectors}
        return RankingCard(
            self.model, parts, used.strong, used.fair, used.calibration, used.measured
        )


def judged(reasons: Reasons, asker: Kind) -> Reasons:
    """The reasons with fits and gaps as this market means them.

    The matcher knows ranges only. Here a higher readiness than the one wanted fits as well, and
    so does a price below the budget.
    """
    facts = tuple(_judged(fact, asker) for fact in reasons.facts)
    return replace(reasons, facts=facts)


def kept_of(reasons: Reasons) -> Reasons:
    """The reasons as they are stored: what a page shows of them, so that thousands of listings
    with twenty suggestions each stay small."""
    terms = tuple(
        replace(term, query=term.query[:KEPT_SPANS], document=term.document[:KEPT_SPANS])
        for term in reasons.terms[:KEPT_TERMS]
    )
    return replace(reasons, terms=terms)


def _judged(fact: FactReason, asker: Kind) -> FactReason:
    if fact.fact not in ("readiness", "money"):
        return fact
    need, achievement = fact.wanted, fact.offered
    if asker is Kind.ACHIEVEMENT:
        need, achievement = achievement, need
    if fact.fact == "readiness":
        return replace(fact, fits=achievement[1] >= need[0])
    most, least = need[1], achievement[0]
    return replace(fact, fits=most is None or least is None or least <= most)


def _readable(text: str) -> Document:
    if is_binary(text):
        raise Invalid(
            [Problem("text", "这不像文字，可能是直接从文件复制的二进制内容，请粘贴文字。")]
        )
    if len(text) > MAX_CHARACTERS:
        raise Invalid(
            [Problem("text", f"文字有 {len(text):,} 个字符，最多 {MAX_CHARACTERS:,} 个，请删减。")]
        )
    try:
        query = prepare.as_document(text)
        require_content(query.title + query.text)
    except errors.ContentlessText as error:
        raise Invalid([Problem("text", "这里还没有文字，请写几个词或一段话。")]) from error
    return query


def _matches(
    session: Session, matcher: Matcher, query: Document, kinds: Collection[Kind],
    filters: MatchFilter, limit: int, viewer: Viewer,
) -> list[MatchRow]:  # fmt: skip
    """The best that the viewer may see; what the index holds on to too long is asked around."""
    asked = _as_filters(filters, kinds)
    for _ in range(3):
        view = matcher.view
        hits = matcher.search(query, limit, asked)
        rows = _rows(session, [hit.id for hit in hits], viewer)
        gone = frozenset(hit.id for hit in hits) - rows.keys()
        if not gone:
            break
        asked = replace(asked, excluded_ids=asked.excluded_ids | gone)
    return [_match(_true(hit, rows[hit.id], view), rows[hit.id]) for hit in hits if hit.id in rows]


def _true(hit: Hit, row: FullRow, view: View) -> Hit:
    """The hit, without reasons if the index read something else than the listing says now: for a
    moment it can still hold words that were kept back just now."""
    slot = view.slots.get(hit.id)
    if slot is not None and view.document(slot) == document_of(row):
        return hit
    return replace(hit, reasons=Reasons(channels=hit.reasons.channels))


def _rows(session: Session, ids: Sequence[str], viewer: Viewer) -> dict[str, FullRow]:
    keys = [listing_key(id) for id in ids]
    found: dict[str, FullRow] = {}
    for kind in Kind:
        wanted = [number for each, number in keys if each is kind]
        rows = rows_for(session, kind, wanted, viewer)
        found |= {
            document_id(kind, number): row
            for number, row in rows.items()
            if row.row.state is ListingState.PUBLISHED
        }
    return found


def _match(hit: Hit, row: FullRow) -> MatchRow:
    return MatchRow(row.row, hit.score, hit.label, hit.reasons, row.title, row.text, row.keywords)


def _as_filters(filters: MatchFilter, kinds: Iterable[Kind]) -> Filters:
    return Filters(
        kinds=frozenset(kind.value for kind in kinds),
        fields=frozenset(filters.fields),
        divisions=frozenset(filters.divisions),
        modes=frozenset(mode.value for mode in filters.modes),
        readiness=_range(filters.readiness_min, filters.readiness_max),
        money=_range(filters.amount_min, filters.amount_max),
        excluded_owners=frozenset(str(owner) for owner in filters.excluded_owners),
    )


def _as_list(filters: MatchFilter, kind: Kind) -> ListingFilter:
    """The same conditions on the table, to count what was considered."""
    states = (ListingState.PUBLISHED,)
    return ListingFilter(kind, **asdict(filters), states=states, unknown_passes=True)


def _range(low: int | None, high: int | None) -> Range | None:
    return None if low is None and high is None else Range(low, high)
