"""Lists with their facets among a hundred thousand listings, beside ordinary load.

    python -m seeds.many --data DIR 100000
    python -m web.list_bench --data DIR

While the lists are asked for, one reader after the other opens pages, and every second somebody
changes a listing. Server, readers and whoever measures share this process, so that the figures are
rather too large than too small.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from random import Random
from time import perf_counter
from urllib.parse import urlencode

from fastapi import FastAPI

from market.actions import listings
from market.db import writing
from market.models import TABLES, Kind
from market.queries.listings import SORTS, ListingFilter, listing_page, newest
from market.roles import OPERATOR_VIEWER, VISITOR_VIEWER
from web.app import create_app
from web.bench import asker, served, spread, timed
from web.settings import Settings

REQUESTS = 400
LIMIT = 150.0
PAUSE = 0.1
EVERY = 1.0
WORDS = ("废水", "余热", "机器人", "电池 材料", "检测")


def main() -> None:
    """Print how long lists take, alone and beside the load, and what the tables would need."""
    parser = argparse.ArgumentParser(prog="python -m web.list_bench")
    parser.add_argument("--data", type=Path, required=True)
    app = create_app(
        Settings(data=parser.parse_args().data, model="lexical", worker="off", allowed_hosts=("*",))
    )
    started = perf_counter()
    app.state.catalogue.refresh()
    made = perf_counter() - started
    with app.state.sessions() as session:
        pages = {kind: listing_page(session, ListingFilter(kind), VISITOR_VIEWER) for kind in Kind}
    print(f"\nLists with facets, {' and '.join(f'{p.total:,}' for p in pages.values())} listings")
    print(f"  read into memory in {made:.1f} s, beside the first requests")
    paths = list(questions(pages[Kind.NEED].facets, Random(7)))
    port = served(app)
    ask = asker(port)
    ask("/needs")
    alone = [timed(ask, path) for path in paths]
    print(f"  alone           {spread(alone)}")
    beside = _beside(app, port, lambda: [timed(ask, path) for path in paths])
    print(f"  beside the load {spread(beside)}   at most {LIMIT:.0f} ms are wanted at p95")
    slowest = max(zip(beside, paths, strict=True))
    print(f"  slowest         {slowest[0]:.0f} ms   {slowest[1]}")


def questions(facets: object, random: Random) -> Iterator[str]:
    """Lists as people ask for them: pages, orders, words, one facet, several."""
    assert isinstance(facets, dict)
    for _ in range(REQUESTS):
        given: list[tuple[str, str]] = []
        if random.random() < 0.4:
            given.append(("q", random.choice(WORDS)))
        for name, parameter in (("fields", "field"), ("divisions", "division"), ("modes", "mode")):
            if random.random() < 0.35:
                given.append((parameter, random.choice(facets[name]).value))
        if random.random() < 0.5:
            given.append(("sort", random.choice(list(SORTS))))
        if random.random() < 0.3:
            given.append(("page", str(random.randrange(1, 40))))
        yield f"/{random.choice(('needs', 'achievements'))}?{urlencode(given)}"


def _beside(app: FastAPI, port: int, work: Callable[[], list[float]]) -> list[float]:
    """The work, while others read and write."""
    stop = threading.Event()
    threads = [
        threading.Thread(target=_read, args=(port, stop)),
        threading.Thread(target=_write, args=(app, stop)),
    ]
    for thread in threads:
        thread.start()
    try:
        return work()
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _read(port: int, stop: threading.Event) -> None:
    ask = asker(port)
    paths = cycle(f"/{noun}/{n}" for n in range(1, 40) for noun in ("needs", "achievements"))
    while not stop.wait(PAUSE):
        ask(next(paths))


def _write(app: FastAPI, stop: threading.Event) -> None:
    """Somebody changes a title, and the catalogue follows."""
    random = Random(3)
    with app.state.sessions() as session:
        rows = {kind: newest(session, kind, VISITOR_VIEWER, 40) for kind in Kind}
    ids = {kind: [row.id for row in some if row.is_demo] for kind, some in rows.items()}
    while not stop.wait(EVERY):
        kind = random.choice(list(Kind))
        with writing(app.state.engine) as session:
            row = session.get_one(TABLES[kind].listing, random.choice(ids[kind]))
            title = f"{row.title.partition('〔')[0]}〔{random.randrange(1_000)}〕"
            draft = replace(listings.as_draft(session, row), title=title, is_demo=True)
            listings.bring_all(session, kind, [(row, draft)], OPERATOR_VIEWER, datetime.now(UTC))


if __name__ == "__main__":
    main()
