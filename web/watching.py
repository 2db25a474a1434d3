"""Every request gets an id, one line in the log and a place in the figures.

The id is ours: one that comes from outside is not believed. The line holds the path's template
and never the path, a query string, a body, a cookie or a token.
"""

from __future__ import annotations

import logging
from secrets import token_hex
from time import perf_counter
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from market.roles import Viewer
from web.logs import access
from web.metrics import Metrics
from web.viewers import touch

ID = "X-Request-ID"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
ELSEWHERE = "(other)"
log = logging.getLogger("kejie.web")


class Watch:
    """The outermost guard: names the request, times it, writes its line."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        state: dict[str, Any] = scope.setdefault("state", {})
        id = state["request_id"] = token_hex(8)
        start, status = perf_counter(), 500

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[ID] = id
            await send(message)

        with bound_contextvars(request_id=id):
            try:
                await self.app(scope, receive, send_named)
            finally:
                self._note(scope["method"], state, status, perf_counter() - start)
            if state.get("is_touch_due"):
                await run_in_threadpool(_touch, Request(scope))
        return None

    def _note(self, method: str, state: dict[str, Any], status: int, seconds: float) -> None:
        method = method if method in METHODS else ELSEWHERE
        route = state.get("route", ELSEWHERE)
        viewer: Viewer | None = state.get("viewer")
        self.metrics.note(method, route, status, seconds)
        access.info(
            "request", method=method, route=route, status=status, ms=round(seconds * 1e3, 1),
            person=viewer.person_id if viewer else None,
        )  # fmt: skip


class Named:
    """The innermost guard: remembers which route was reached, under its template."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        finally:
            if scope["type"] == "http":
                scope["state"]["route"] = _template(scope)


def _template(scope: Scope) -> str:
    if scope["path"].startswith("/static/"):
        return "/static"
    reached = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return str(getattr(reached, "path", ELSEWHERE))


def _touch(request: Request) -> None:
    try:
        touch(request)
    except SQLAlchemyError as error:
        log.warning("session not noted as seen: %s", type(error).__name__)
