"""The matcher: documents in, the best of them for a text out, with reasons.

In memory (`Matcher(encoder)`) or over a folder (`Matcher.open`). One process writes; any number
read and catch up. Searches go on undisturbed in other threads while documents come and go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from threading import RLock

from matching import prepare, segments, text, weights
from matching.encoders import Encoder, fingerprint
from matching.errors import ContentlessText, IndexDamaged, IndexMismatch, MatchingError
from matching.journal import Batch
from matching.searching import Search
from matching.stopwatch import Stopwatch
from matching.store import REMEDY, Manifest, Store, current
from matching.types import Document, Filters, Hit
from matching.view import View

Progress = Callable[[int, int], None]
LEAST_JOURNAL = 1_000


class Matcher:
    """Ranks documents for a text on three channels and says why.

    Without an encoder it answers from words and n-grams alone. An encoder may be set later, as
    soon as it has loaded; it must be the one that the index was built with.
    """

    def __init__(self, encoder: Encoder | None = None) -> None:
        self._lock = RLock()
        self._view = View()
        self._store: Store | None = None
        self._writable = True
        self._asked = self._manifest = _manifest(encoder, None, None)
        self._encoder = encoder
        self._weights = weights.read(encoder.name if encoder else None)
        self.position = 0

    @classmethod
    def open(
        cls,
        folder: Path | str,
        encoder: Encoder | None = None,
        *,
        writable: bool = False,
        model: str | None = None,
        origin: str | None = None,
    ) -> Matcher:
        """The matcher over an index folder.

        writable: create the index if there is none, and allow `add`, `remove` and `compact`.
        model: the name of the encoder that will be set later, where none is given yet.
        origin: the caller's mark of what the index belongs to.

        Raises `IndexMismatch` for an index of another model, preparation or origin, and
        `IndexDamaged` for one that is missing or not whole. Both say what to do.
        """
        matcher = cls(encoder)
        matcher._writable = writable
        wanted = _manifest(encoder, model, origin)
        folder = Path(folder)
        if writable and current(folder) is None:
            Store.write(folder, View(), wanted)
        matcher._manifest = matcher._asked = wanted
        matcher._load(*Store.open(folder, wanted))
        return matcher

    # ---- what is in it

    def __len__(self) -> int:
        return len(self._view.slots)

    def __contains__(self, id_: str) -> bool:
        return id_ in self._view.slots

    @property
    def ids(self) -> set[str]:
        """The ids of all documents."""
        return set(self._view.slots)

    def document(self, id_: str) -> Document:
        """The document with an id. Raises KeyError."""
        view = self._view
        return view.document(view.slots[id_])

    @property
    def view(self) -> View:
        """What the index holds at this moment; never changes under its holder."""
        return self._view

    @property
    def manifest(self) -> Manifest:
        """What the index was built with."""
        return self._manifest

    @property
    def origin(self) -> str | None:
        """The mark that the index was created with."""
        return self._manifest.origin

    @property
    def weights(self) -> weights.Weights:
        """The fusion weights and calibration in use now."""
        return self._weights

    @weights.setter
    def weights(self, chosen: weights.Weights) -> None:
        self._weights = chosen

    @property
    def encoder(self) -> Encoder | None:
        """The encoder in use now."""
        return self._encoder

    @encoder.setter
    def encoder(self, encoder: Encoder) -> None:
        wanted = _manifest(encoder, None, None)
        folder = self._store.folder if self._store else Path("this index")
        self._manifest.require(wanted, folder)
        if self._manifest.model is None and len(self):
            raise IndexMismatch("this index was built without vectors; index again with them")
        self._manifest = replace(
            self._manifest,
            model=encoder.name, dimension=encoder.dimension, precision=encoder.precision,
            fingerprint=self._manifest.fingerprint if len(self) else fingerprint(encoder),
        )  # fmt: skip
        self._weights = weights.read(encoder.name)
        self._encoder = encoder

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that a search uses now."""
        lexical = ("characters", "words")
        return (*lexical, "vectors") if self._encoder and self._view.has_vectors else lexical

    # ---- changing it

    def add(
        self,
        documents: Iterable[Document],
        *,
        position: int | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Add documents, in place of those with the same ids; all of them or, on an error, none.

        progress is called with (texts encoded, texts in all). Raises `ContentlessText`.
        """
        unique = {document.id: document for document in documents}
        batch = tuple(unique.values())
        for document in batch:
            _require_content(document)
        if self._manifest.model is not None and self._encoder is None:
            raise MatchingError("this index has vectors; set its encoder before adding documents")
        rows = segments.rows_of(batch, self._encoder, progress) if batch else None
        self._write(Batch(batch, rows, ()), position)

    def remove(self, ids: Iterable[str], *, position: int | None = None) -> None:
        """Remove documents; ids that are not there are no error."""
        self._write(Batch((), None, tuple(ids)), position)

    def replace_view(self, view: View) -> None:
        """Put ready-made segments into a matcher in memory, in place of what it holds."""
        if self._store is not None:
            raise MatchingError("a matcher over a folder is changed by add and remove alone")
        self._view = view

    def compact(self) -> None:
        """Write everything as a new snapshot and start an empty journal. Atomic."""
        with self._lock:
            if self._store is None:
                self._view = self._view.merged() if self._view.segments else self._view
                return
            self._require_writable(self._store)
            manifest = replace(self._manifest, position=self.position)
            old, self._store = self._store, Store.write(self._store.folder, self._view, manifest)
            old.journal.close()
            self._view = self._store.view()
            self._manifest = self._store.manifest

    def catch_up(self) -> bool:
        """Apply what the writing process has done since; whether there was anything."""
        with self._lock:
            store = self._store
            if store is None or current(store.folder) is None:
                return False
            if not store.is_current():
                self._load(*Store.open(store.folder, self._wanted()))
                store.journal.close()
                return True
            return self._replay(store)

    def _wanted(self) -> Manifest:
        """What an index must be to be read by this matcher as it is now."""
        return _manifest(self._encoder, self._asked.model, self._asked.origin)

    def _load(self, store: Store, view: View) -> None:
        batches, position = store.journal.unread()
        for batch in batches:
            view = _applied(view, batch)
        if view.slots and self._encoder and not view.has_vectors:
            remedy = REMEDY.format(folder=store.folder)
            raise IndexMismatch(f"this index was built without vectors; {remedy}")
        held, asked = store.manifest, self._wanted()
        if not view.slots:  # nothing decides yet but what is asked for
            held = replace(
                held,
                model=held.model or asked.model,
                dimension=held.dimension or asked.dimension,
                precision=held.precision or asked.precision,
                fingerprint=held.fingerprint or asked.fingerprint,
            )
        self._store, self._view, self._manifest = store, view, held
        self.position = store.manifest.position if position is None else position

    def _replay(self, store: Store) -> bool:
        batches, position = store.journal.unread()
        view = self._view
        for batch in batches:
            view = _applied(view, batch)
        self._view = view
        self.position = self.position if position is None else position
        return bool(batches)

    def _write(self, batch: Batch, position: int | None) -> None:
        with self._lock:
            store = self._store
            if store is not None:
                self._require_writable(store)
                self._replay(store)
            view = _applied(self._view, batch)
            if store is not None:
                store.journal.append(batch, position)
                store.journal.skip_own()
            self._view = view
            self.position = self.position if position is None else position
            if store is not None and len(store.journal) > max(LEAST_JOURNAL, len(self) // 2):
                self.compact()

    def _require_writable(self, store: Store) -> None:
        if not self._writable:
            raise MatchingError("this index was opened for reading")
        if not store.is_current():
            raise IndexDamaged(f"the index in {store.folder} was removed or replaced; open it anew")

    def close(self) -> None:
        """Let go of the index folder; what was read stays searchable."""
        with self._lock:
            if self._store is not None:
                self._store.journal.close()
                self._store = None

    # ---- searching it; `searching` does the work

    def search(
        self,
        query: str | Document,
        k: int = 10,
        filters: Filters = Filters(),  # noqa: B008 (frozen)
        *,
        explain: bool = True,
        watch: Stopwatch | None = None,
    ) -> list[Hit]:
        """The k best documents that satisfy the filters, best first; fewer only if fewer do.

        A text whose first line is short is taken as a title and a body. A query document is never
        among its own hits. Raises `ContentlessText` and `TextTooLong`.
        """
        return self._search(query, watch).best(k, filters, explain=explain)

    def explain(self, query: str | Document, id_: str, kinds: frozenset[str] = frozenset()) -> Hit:
        """One document as a hit of a query, whatever its rank; scored as a search among these
        kinds scores it. Raises KeyError."""
        search = self._search(query, None)
        return search.hit(search.view.slots[id_], kinds)

    def scored(self, query: str | Document) -> Search:
        """A query prepared and scored once over what the index holds now, for several lists of
        hits: `scored(query).best(k, filters, explain=...)`. Raises as `search` does."""
        return self._search(query, None)

    def _search(self, query: str | Document, watch: Stopwatch | None) -> Search:
        return Search.of(self._view, query, self._encoder, self._weights, watch or Stopwatch())


def _manifest(encoder: Encoder | None, model: str | None, origin: str | None) -> Manifest:
    return Manifest(
        model=encoder.name if encoder else model,
        dimension=encoder.dimension if encoder else None,
        precision=encoder.precision if encoder else None,
        preparation=prepare.preparation(),
        origin=origin,
        fingerprint=fingerprint(encoder),
    )


def _require_content(document: Document) -> None:
    if not text.has_content(document.title) and not text.has_content(document.text):
        raise ContentlessText(f"document {document.id!r} holds no word, character or number")


def _applied(view: View, batch: Batch) -> View:
    if batch.removed:
        view = view.without(batch.removed)
    if batch.documents:
        view = view.with_segment(segments.build(batch.documents, batch.rows))
    return view
