"""What works behind the pages: the index, the outbox, imports, files and the clock, each in a
thread of its own, so that trouble with one never stops the others. The server runs it inline, or
`python -m market worker` beside the server."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event, Thread
from types import FrameType

from sqlalchemy import Engine

from market.clock import Clock
from market.file_reading import FileReader
from market.importing import Importer
from market.indexer import Indexer
from market.matchmaking import Matchmaker
from market.outbox import Carriers, deliver_some

log = logging.getLogger(__name__)
OUTBOX_SECONDS = 0.4
"""A code is on its way before its reader has found the mail program."""
CLOCK_SECONDS = 10.0
IMPORT_SECONDS = 0.5
FILE_SECONDS = 1.0
AFTER_TROUBLE_SECONDS = 3.0
LONGEST_STOP_SECONDS = 30.0


class Worker:
    """The chores. `start` and `stop` for a server, `finish` to do what is there and leave."""

    def __init__(self, engine: Engine, matchmaker: Matchmaker, carriers: Carriers) -> None:
        self._engine, self._carriers = engine, carriers
        self._stop = Event()
        self._indexer = Indexer(engine, matchmaker)
        self._clock = Clock(engine, matchmaker.folder.parent)
        self._importer = Importer(engine, matchmaker.folder.parent)
        self._files = FileReader(engine, matchmaker.folder.parent)
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Begin, and return at once."""
        chores = {
            "indexer": lambda: self._indexer.run_forever(self._stop),
            "outbox": lambda: self._repeat("发件", self._deliver, OUTBOX_SECONDS),
            "clock": lambda: self._repeat("定时", self._clock.tick, CLOCK_SECONDS),
            "importer": lambda: self._repeat("导入", self._importer.run_once, IMPORT_SECONDS),
            "files": lambda: self._repeat("附件", self._files.run_once, FILE_SECONDS),
        }
        self._threads = [Thread(target=work, name=name) for name, work in chores.items()]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the step that each is at."""
        self._stop.set()
        self._importer.stop()
        self._files.stop()
        for thread in self._threads:
            thread.join(LONGEST_STOP_SECONDS)
        self._importer.close()
        self._files.close()

    def wait(self) -> None:
        """Until somebody says `stop` or a signal does."""
        self._stop.wait()

    def ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        """For a signal."""
        self._stop.set()

    def finish(self) -> None:
        """Do what there is to do now, each chore whatever becomes of the others."""
        now = datetime.now(UTC)
        for name, work in (
            ("导入", self._import_all), ("附件", self._read_all), ("索引", self._index_all),
            ("定时", self._clock.tick), ("发件", self._deliver_all),
        ):  # fmt: skip
            try:
                work(now)
            except Exception:
                log.exception("%s出错", name)
        if not self._indexer.is_writing:
            log.warning("另一个进程正在写索引，这里没有更新索引")
        self._indexer.close()
        self._importer.close()
        self._files.close()

    def _deliver(self, now: datetime) -> int:
        return deliver_some(self._engine, self._carriers, now)

    def _deliver_all(self, now: datetime) -> None:
        while not self._stop.is_set() and self._deliver(now):
            pass

    def _import_all(self, now: datetime) -> None:
        while not self._stop.is_set() and self._importer.run_once(now):
            pass

    def _read_all(self, now: datetime) -> None:
        while not self._stop.is_set() and self._files.run_once(now):
            pass

    def _index_all(self, now: datetime) -> None:
        while not self._stop.is_set() and self._indexer.run_once(now):
            pass

    def _repeat(self, name: str, work: Callable[[datetime], int], pause: float) -> None:
        """Again and again until told to stop; without a pause while there is something to do."""
        while not self._stop.is_set():
            try:
                self._stop.wait(0 if work(datetime.now(UTC)) else pause)
            except Exception:
                log.exception("%s出错，稍后重试", name)
                self._stop.wait(AFTER_TROUBLE_SECONDS)


def run(engine: Engine, matchmaker: Matchmaker, carriers: Carriers, *, once: bool = False) -> None:
    """Work until SIGINT or SIGTERM, or with `once` until nothing is left to do."""
    worker = Worker(engine, matchmaker, carriers)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, worker.ask_to_stop)
    if once:
        worker.finish()
        return
    log.info("开始更新索引和匹配推荐、发送通知、处理到期事项，Ctrl+C 结束")
    worker.start()
    worker.wait()
    worker.stop()
