"""The encoder and the index folder of this installation, as one process holds them."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import time
from pathlib import Path
from threading import Event, Lock, Thread

from sqlalchemy import Engine

from matching import Matcher, encoders, errors, tokens

LEXICAL = "lexical"
"""The model's name for an installation that wants words and n-grams alone."""
FOLDER = "index"
REFRESH_SECONDS = 0.3
UNREADABLE = (errors.MatchingError, OSError, ValueError, KeyError, EOFError, sqlite3.Error)
log = logging.getLogger(__name__)


class Held:
    """The index folder under `data`, read with `model`. It is read, unless the indexer of the same
    process has made this the writer."""

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
