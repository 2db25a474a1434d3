"""READ SECOND: how the server is put together.

`create_app(settings)` joins the pages, the JSON API, the static files and the guards. When it
starts, two threads work behind it: one loads the encoder, one writes the index. The first page
does not wait for either.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from market.db import engine_for, session_for
from market.indexer import Indexer
from market.matchmaking import Matchmaker
from web import api, errors
from web.assets import Assets
from web.requests import HeadAsGet, NoLastSlash
from web.routes import (
    achievements,
    docs,
    home,
    match,
    needs,
    organisations,
    ranking,
    search,
)
from web.security import BodyLimit, SecurityHeaders
from web.settings import Settings

log = logging.getLogger("kejie.web")
PAGES = (home, match, needs, achievements, organisations, search, ranking, docs)
ANY_HOST = (
    "监听 %s 而没有设置 KEJIE_ALLOWED_HOSTS：请求写什么域名都会得到应答。"
    "请把它设为本站的域名，以逗号分隔。"
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The whole site for one installation; migrations are somebody else's work."""
    settings = settings or Settings.from_environment()
    if settings.answers_anyone:
        log.warning(ANY_HOST, settings.host)
    app = FastAPI(
        **api.ABOUT, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False,
        lifespan=_lifespan,
    )  # fmt: skip
    engine = engine_for(settings.database)
    app.state.settings = settings
    app.state.engine = engine
    app.state.sessions = lambda: session_for(engine)
    app.state.matchmaker = Matchmaker(settings.data, settings.model, engine)
    for routes in PAGES:
        app.include_router(routes.router, include_in_schema=False)
    app.include_router(api.router)
    app.mount("/static", Assets(), name="static")
    errors.install(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(NoLastSlash)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(settings.hosts))
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=4)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(HeadAsGet)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load the encoder and write the index behind the server, and stop writing with it."""
    state, stop = app.state, threading.Event()
    state.matchmaker.start()
    indexing = None
    if state.settings.indexer == "inline":
        indexer = Indexer(state.engine, state.matchmaker)
        indexing = threading.Thread(target=indexer.run_forever, args=(stop,), name="indexer")
        indexing.start()
    yield
    stop.set()
    if indexing:
        indexing.join(timeout=30)
    state.engine.dispose()
