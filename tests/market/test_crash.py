"""Kill -9 of server or worker at any point loses nothing and doubles nothing. Real processes."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import func, select

import market
from market.actions import listings
from market.db import writing
from market.indexer import Indexer
from market.matchmaking import Matchmaker
from market.models import TABLES, Kind, StaleSuggestion, Suggestion

pytestmark = pytest.mark.slow
ROOT = Path(market.__file__).parent.parent
SUBJECTS = ("再生铜", "铝型材", "陶瓷窑炉", "英德红茶", "碳酸钙", "水性涂料")


WORKER = ("market", "worker")
SERVER = ("web",)
"""It writes the index in a thread of its own while no worker does."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Workers:
    """Processes that write the index of one data folder."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, command: tuple[str, ...] = WORKER) -> subprocess.Popen[bytes]:
        settings = {"DATA": self._data, "MODEL": "hashing", "PORT": free_port()}
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=os.environ | {f"KEJIE_{name}": str(value) for name, value in settings.items()},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.running.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        self.running.remove(process)


@pytest.fixture
def workers(site):
    started = Workers(site.data)
    yield started
    for process in list(started.running):
        started.kill(process)


def wait_for(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def position(site) -> int:
    """How far the index has come, read as the server would."""
    reader = Matchmaker(site.data, "hashing", site.engine)
    reader.load()
    matcher = reader.reader()
    return matcher.position if matcher else 0


def is_settled(site) -> bool:
    status = Matchmaker(site.data, "hashing", site.engine).status
    return (status.pending, status.suggestions_pending) == (0, 0)


def made(site) -> int:
    with site.read() as session:
        return session.exec(select(func.count()).select_from(Suggestion)).one()


def check(site) -> None:
    """The index holds exactly what is published; every page shows all of the other side, once."""
    reader = Matchmaker(site.data, "hashing", site.engine)
    reader.load()
    with site.read() as session:
        ids = {
            kind: set(
                session.exec(
                    select(TABLES[kind].listing.id).where(TABLES[kind].listing.state == "published")
                )
            )
            for kind in Kind
        }
        pairs = Counter(
            session.exec(select(Suggestion.side, Suggestion.need_id, Suggestion.achievement_id))
        )
        stale = session.exec(select(StaleSuggestion)).all()
    assert reader.reader().ids == {f"{kind.value}:{id}" for kind in Kind for id in ids[kind]}
    everything = {
        (side, need, achievement)
        for side in Kind
        for need in ids[Kind.NEED]
        for achievement in ids[Kind.ACHIEVEMENT]
    }
    assert (set(pairs), max(pairs.values()), stale) == (everything, 1, [])


def publish(site, round_: int, operator, now) -> None:
    """A few new listings of both kinds, and one of the old ones closed."""
    for kind in Kind:
        site.make(kind, *(f"{word}改进{round_}" for word in random.sample(SUBJECTS, 2)))
    if round_:
        with writing(site.engine) as session:
            oldest = session.exec(
                select(TABLES[Kind.NEED].listing).where(
                    TABLES[Kind.NEED].listing.state == "published"
                )
            ).first()
            listings.move(session, "close", oldest, operator, now)


@pytest.mark.parametrize("command", [WORKER, SERVER], ids=" ".join)
def test_killed_at_any_point(command, site, workers, operator, now):
    random.seed(1)
    for round_ in range(4):
        before = position(site), made(site)
        worker = workers.start(command)
        publish(site, round_, operator, now)
        moment = random.choice(("index", "suggestions", "any"))
        if moment == "index":
            wait_for(lambda at=before[0]: position(site) > at)
        elif moment == "suggestions":
            wait_for(lambda at=before[1]: made(site) != at)
        else:
            time.sleep(random.random() * 2)
        workers.kill(worker)
    workers.start(command)
    wait_for(lambda: is_settled(site))
    check(site)


def test_two_workers_write_as_one_and_one_takes_over(site, workers, operator, now):
    pair = [workers.start(), workers.start()]
    publish(site, 0, operator, now)
    wait_for(lambda: is_settled(site))
    assert [process.poll() for process in pair] == [None, None]
    workers.kill(pair[0])
    publish(site, 1, operator, now)
    wait_for(lambda: is_settled(site))
    workers.kill(pair[1])
    check(site)
    assert Indexer(site.engine, site.matchmaker).run_once(now) == 0


def test_a_deleted_folder_heals_under_a_running_worker(site, workers, operator, now):
    workers.start()
    publish(site, 0, operator, now)
    wait_for(lambda: is_settled(site))
    shutil.rmtree(site.data / "index")
    publish(site, 1, operator, now)
    wait_for(lambda: (site.data / "index" / "CURRENT").exists() and is_settled(site))
    check(site)


def test_a_worker_that_is_asked_to_stop_leaves_in_good_order(site, workers, operator, now):
    worker = workers.start()
    publish(site, 0, operator, now)
    wait_for(lambda: is_settled(site))
    worker.terminate()
    assert worker.wait(20) == 0
    workers.running.remove(worker)
