"""What works behind the pages: the index, the outbox and the clock, each in a thread of its own, so
that trouble with one never stops the others. The server runs it inline, or `python -m market
worker` beside the server."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event, Thread
from types import FrameType

from sqlalchemy import Engine

from market.clock import Clock
from market.indexer import Indexer
from market.matchmaking import Matchmaker
from market.outbox import Carriers, deliver_some

log = logging.getLogger(__name__)
OUTBOX_SECONDS = 0.4
"""A code is on its way before its reader has found the mail program."""
CLOCK_SECONDS = 10.0
AFTER_TROUBLE_SECONDS = 3.0
LONGEST_STOP_SECONDS = 30.0


class Worker:
    """The three chores. `start` and `stop` for a server, `finish` to do what is there and leave."""

    def __init__(self, engine: Engine, matchmaker: Matchmaker, carriers: Carriers) -> None:
        self._engine, self._carriers = engine, carriers
        self._stop = Event()
        self._indexer = Indexer(engine, matchmaker)
        self._clock = Clock(engine, matchmaker.folder.parent)
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Begin, and return at once."""
        chores = {
            "indexer": lambda: self._indexer.run_forever(self._stop),
            "outbox": lambda: self._repeat("发件", self._deliver, OUTBOX_SECONDS),
            "clock": lambda: self._repeat("定时", self._clock.tick, CLOCK_SECONDS),
        }
        self._threads = [Thread(target=work, name=name) for name, work in chores.items()]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the step that each is at."""
        self._stop.set()
        for thread in self._threads:
            thread.join(LONGEST_STOP_SECONDS)

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
            ("索引", self._index_all), ("定时", self._clock.tick), ("发件", self._deliver_all),
        ):  # fmt: skip
            try:
                work(now)
            except Exception:
                log.exception("%s出错", name)
        if not self._indexer.is_writing:
            log.warning("另一个进程正在写索引，这里没有更新索引")
        self._indexer.close()

    def _deliver(self, now: datetime) -> int:
        return deliver_some(self._engine, self._carriers, now)

    def _deliver_all(self, now: datetime) -> None:
        while not self._stop.is_set() and self._deliver(now):
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
