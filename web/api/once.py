"""Calls that can be repeated safely: under the same Idempotency-Key a write happens once, however
often it is asked for, and every time the first answer comes back.

    router = APIRouter(tags=[…], route_class=Once)

What failed did nothing and is tried anew. A call that writes nothing needs no key and ignores it.
Answers are sealed: one of them holds a new token.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from hashlib import sha256
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from market.actions import replays
from market.models import Replay
from market.roles import Viewer
from web.deps import SAFE, get_viewer

KEY = "Idempotency-Key"
REPEATED = "Idempotency-Replayed"
PARAMETER = {
    "name": KEY, "in": "header", "required": False,
    "description": "24 小时内用同一个值再发同一请求，不会重复执行，返回第一次的应答",
    "schema": {"type": "string", "maxLength": replays.LONGEST_KEY},
}  # fmt: skip
UNREADABLE = "第一次的应答已经读不出（本站换过密钥），但那次操作已经完成，请查看结果。"
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Once(APIRoute):
    """A route whose writes heed the key."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()
        return _once(handle) if _writes(self) else handle


def told(router: APIRouter) -> APIRouter:
    """The router, whose description says that writes take the key."""
    for route in router.routes:
        if isinstance(route, Once) and _writes(route):
            extra = route.openapi_extra or {}
            parameters = [*extra.get("parameters", ()), PARAMETER]
            route.openapi_extra = {**extra, "parameters": parameters}
    return router


def _writes(route: APIRoute) -> bool:
    return bool((route.methods or set()) - set(SAFE))


def _once(handle: Handler) -> Handler:
    async def handled(request: Request) -> Response:
        viewer = await get_viewer(request) if KEY in request.headers else None
        if viewer is None or not viewer.is_signed_in:
            return await handle(request)
        key = replays.checked_key(request.headers[KEY].strip())
        mark = await _fingerprint(request)
        earlier = await run_in_threadpool(_earlier, request, viewer, key, mark)
        if earlier is not None:
            return earlier
        answer = await handle(request)
        return await run_in_threadpool(_kept, request, viewer, key, mark, answer)

    return handled


def _earlier(request: Request, viewer: Viewer, key: str, mark: str) -> Response | None:
    """The answer that this key was given before."""
    state = request.app.state
    with state.sessions() as session:
        found = replays.answered(session, key, mark, viewer, state.now())
    if found is None:
        return None
    body = state.keys.open(found.body)
    if body is None:
        raise HTTPException(409, UNREADABLE)
    headers = {REPEATED: "true"} | ({"ETag": found.etag} if found.etag else {})
    content = body if found.media_type else None
    return Response(content, found.status, headers, found.media_type or None)


def _kept(request: Request, viewer: Viewer, key: str, mark: str, answer: Response) -> Response:
    """The answer, kept with what was written; where another request of this key was quicker, its
    answer, and nothing is written."""
    session: Session | None = getattr(request.state, "writing", None)
    if session is None or answer.status_code >= 300:
        return answer
    state = request.app.state
    body = state.keys.seal(bytes(answer.body).decode())
    media_type = answer.headers.get("content-type", "") if answer.body else ""
    now = state.now()
    row = Replay(
        person_id=viewer.person_id or 0, key=key, fingerprint=mark, status=answer.status_code,
        media_type=media_type, etag=answer.headers.get("etag", ""), body=body, at=now,
    )  # fmt: skip
    try:
        replays.keep(session, row, viewer, now)
    except IntegrityError:
        session.rollback()
        earlier = _earlier(request, viewer, key, mark)
        if earlier is None:
            raise
        return earlier
    return answer


async def _fingerprint(request: Request) -> str:
    """What makes a request this one: its address, its conditions and what it brings. Programs make
    up a new boundary each time that they send a file."""
    kind, body = request.headers.get("content-type", ""), await request.body()
    boundary = kind.partition("boundary=")[2].split(";")[0].strip(' "')
    if boundary:
        kind, body = kind.partition(";")[0], body.replace(boundary.encode("latin-1"), b"")
    said = (
        request.method, request.url.path, request.url.query, request.headers.get("if-match", ""),
        kind,
    )  # fmt: skip
    return sha256("\0".join(said).encode("utf-8", "replace") + b"\0" + body).hexdigest()
