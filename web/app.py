"""READ SECOND: how the server is put together.

`create_app(settings)` joins the pages, the JSON API, the static files and the guards. When it
starts, threads work behind it: one loads the encoder, one holds what lists are sorted by
(`market.catalogue`), and those of `market.worker` write the index, send mails and keep deadlines.
The first page does not wait for any of them.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from market.catalogue import Catalogue
from market.db import engine_for
from market.keys import Keys
from market.matchmaking import Matchmaker
from market.outbox import Carriers
from market.viewing import ViewCounter
from market.worker import Worker
from web import api, errors, oidc
from web.assets import Assets
from web.forgery import NoForgery
from web.limits import Limits
from web.metrics import Metrics
from web.requests import HeadAsGet, NoLastSlash
from web.routes import (
    account,
    account_security,
    achievements,
    advice,
    answers,
    attachments,
    bureau,
    certifications,
    comparing,
    desk,
    disclosures,
    docs,
    elsewhere,
    exports,
    feeds,
    history,
    home,
    identities,
    imports,
    inbox,
    match,
    memberships,
    merges,
    moderation,
    needs,
    operations,
    organisations,
    outbox,
    passwords,
    people,
    posting,
    privacy,
    ranking,
    registration,
    reports,
    roles,
    saved,
    search,
    sessions,
    sharing,
    sign_in,
    unsubscribe,
    writing,
)
from web.security import BodyLimit, SecurityHeaders
from web.settings import Settings
from web.watching import Named, Watch

log = logging.getLogger("kejie.web")
PAGES = (
    home, match, advice, history, answers, comparing, saved, exports, imports, feeds, sharing,
    writing, posting, attachments,
    disclosures, desk, needs, achievements, organisations, search, ranking, roles, docs,
    operations, registration, sign_in, passwords, elsewhere, identities, account, account_security,
    sessions, privacy, certifications, memberships, merges, bureau, moderation, people, reports,
    inbox, outbox, unsubscribe,
)  # fmt: skip
ANY_HOST = (
    "监听 %s 而没有设置 KEJIE_ALLOWED_HOSTS：请求写什么域名都会得到应答。"
    "请把它设为本站的域名，以逗号分隔。"
)


def create_app(settings: Settings | None = None, engine: Engine | None = None) -> FastAPI:
    """The whole site for one installation; migrations are somebody else's work. With `engine` it
    shares the database's engine, and what that has compiled, with whoever made it."""
    settings = settings or Settings.from_environment()
    if settings.answers_anyone:
        log.warning(ANY_HOST, settings.host)
    app = FastAPI(
        **api.ABOUT, docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False,
        lifespan=_lifespan,
    )  # fmt: skip
    engine = engine or engine_for(settings.database)
    app.state.settings = settings
    app.state.engine = engine
    app.state.catalogue = catalogue = Catalogue(engine)
    app.state.sessions = catalogue.session
    app.state.keys = keys = Keys.of(settings.data)
    app.state.limits = Limits(settings.limits_storage)
    app.state.metrics = metrics = Metrics()
    app.state.views = ViewCounter(engine)
    app.state.now = lambda: datetime.now(UTC)
    app.state.oidc = oidc.provider_of(settings)
    app.state.matchmaker = Matchmaker(settings.data, settings.model, engine)
    is_inline = settings.worker == "inline"
    app.state.carriers = Carriers.from_environment(keys, settings.address) if is_inline else None
    for routes in PAGES:
        app.include_router(routes.router, include_in_schema=False)
    app.include_router(api.router)
    app.mount("/static", Assets(), name="static")
    errors.install(app)
    app.add_middleware(Named)
    app.add_middleware(NoForgery, settings=settings, keys=keys)
    app.add_middleware(BodyLimit)
    app.add_middleware(NoLastSlash)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(settings.hosts))
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=4)
    app.add_middleware(SecurityHeaders, settings=settings)
    app.add_middleware(HeadAsGet)
    app.add_middleware(Watch, metrics=metrics)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Load the encoder, work behind the server, and stop with it."""
    state, worker = app.state, None
    state.matchmaker.start()
    state.views.start()
    state.catalogue.start()
    if state.carriers:
        worker = Worker(state.engine, state.matchmaker, state.carriers)
        worker.start()
    yield
    if worker:
        await run_in_threadpool(worker.stop)
    await run_in_threadpool(state.views.stop)
    await run_in_threadpool(state.catalogue.stop)
    state.engine.dispose()
