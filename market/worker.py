"""The process that writes the index beside the server: `python -m market worker`."""

from __future__ import annotations

import logging
import signal
from datetime import UTC, datetime
from threading import Event
from types import FrameType

from sqlalchemy import Engine

from market.indexer import Indexer
from market.matchmaking import Matchmaker

log = logging.getLogger(__name__)


def run(engine: Engine, matchmaker: Matchmaker, *, once: bool = False) -> None:
    """Work until SIGINT or SIGTERM, or with `once` until nothing is left to do."""
    stop = Event()

    def told(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, told)
    indexer = Indexer(engine, matchmaker)
    if not once:
        log.info("开始更新索引和匹配推荐，Ctrl+C 结束")
        indexer.run_forever(stop)
        return
    while not stop.is_set() and indexer.run_once(datetime.now(UTC)):
        pass
    if not indexer.is_writing:
        log.warning("另一个进程正在写索引，这里什么也没有做")
    indexer.close()
