"""A detail page against a bare handler that renders the same template from memory.

    python -m web.bench --data DIR

DIR is a data folder with listings and stored suggestions; ./dev bench makes one. Both servers run
in this process, on loopback, and take turns, so that the ratio is of one run.
"""

from __future__ import annotations

import argparse
import http.client
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from market.models import Kind
from market.queries.listings import ListingFilter, listing_page
from market.queries.needs import need_by_id
from market.queries.suggestions import suggestions_for
from market.roles import VISITOR_VIEWER
from web.app import create_app
from web.render import page
from web.settings import Settings

TURNS = 300


def main() -> None:
    """Print the figures of a need's page, of a list and of a match."""
    parser = argparse.ArgumentParser(prog="python -m web.bench")
    parser.add_argument("--data", type=Path, required=True)
    app = create_app(
        Settings(data=parser.parse_args().data, model="lexical", worker="off", allowed_hosts=("*",))
    )
    bare, number = _bare(app)
    ask, ask_bare = asker(served(app)), asker(served(bare))
    paths = (f"/needs/{number}", "/needs", "/")
    for path in paths:
        ask(path), ask_bare("/")
    ours, theirs = [], []
    for _ in range(TURNS):
        ours.append(timed(ask, paths[0]))
        theirs.append(timed(ask_bare, "/"))
    print(f"\nA need's page with its stored matches, {TURNS} times in turns with a bare handler")
    print(f"  page            {spread(ours)}")
    print(f"  bare handler    {spread(theirs)}   same template, same values, from memory")
    print(f"  ratio of medians {median(ours) / median(theirs):.2f}")
    for path, name in ((paths[1], "list with facets"), (paths[2], "home")):
        print(f"  {name:<16}{spread([timed(ask, path) for _ in range(TURNS // 3)])}")


def _bare(app: FastAPI) -> tuple[FastAPI, int]:
    """A server of one page whose values were read beforehand, and the need that it shows."""
    with app.state.sessions() as session:
        [row, *_] = listing_page(session, ListingFilter(Kind.NEED), VISITOR_VIEWER).rows
        need = need_by_id(session, row.id, VISITOR_VIEWER)
        matches = suggestions_for(session, Kind.NEED, row.id, VISITOR_VIEWER)
    bare = FastAPI()
    bare.state = app.state

    @bare.get("/")
    def show(request: Request) -> HTMLResponse:
        return page(request, "listings/show.html", listing=need, matches=matches)

    return bare, row.id


def served(app: FastAPI) -> int:
    """Start a server in a thread; returns its port."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
    threading.Thread(target=server.run, daemon=True).start()
    until = perf_counter() + 30
    while not server.started and perf_counter() < until:
        threading.Event().wait(0.02)
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port


def asker(port: int) -> Callable[[str], None]:
    """What asks a server for a path over one kept connection."""
    return partial(_ask, http.client.HTTPConnection("127.0.0.1", port, timeout=30))


def _ask(connection: http.client.HTTPConnection, path: str) -> None:
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200 or not body:
        raise SystemExit(f"{path} answered {answer.status}")


def timed(ask: Callable[[str], None], path: str) -> float:
    """Milliseconds until the whole answer is there."""
    start = perf_counter()
    ask(path)
    return (perf_counter() - start) * 1e3


def spread(milliseconds: list[float]) -> str:
    """Median and p95 in words."""
    late = quantiles(milliseconds, n=20)[-1]
    return f"median {median(milliseconds):7.2f} ms   p95 {late:7.2f} ms"


if __name__ == "__main__":
    main()
