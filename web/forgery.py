"""Against requests that another site has a browser make (CSRF): every request that changes
something must repeat a token that only our own pages know, as the field `csrftoken` or as the
header `x-csrftoken`. Made and compared by asgi-csrf. In a form with files it is the first field.

The library is shown only what it can read, and what it trips over nevertheless (bytes that are no
UTF-8, a reader that goes away) is answered here with a page; nothing has reached a route by then.
"""

from __future__ import annotations

import logging
import re
from urllib.parse import urlsplit

from asgi_csrf import SCOPE_KEY, asgi_csrf
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request, cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from market.keys import Keys
from web import cookies, errors
from web.settings import Settings

log = logging.getLogger("kejie.web")
FIELD, HEADER = "csrftoken", "x-csrftoken"
ENTRY = "kejie.entry"
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
OWN_PROOF = ("/unsubscribe/",)
"""Addresses whose last part is the proof: mail programs post there for their reader (RFC 8058)."""
NAMED = re.compile(rb'content-disposition:[^\r\n]*;\s*name="?csrftoken"?\s*(;|\r|$)', re.I)
FIRST_FIELD = 4_096
"""Bytes of a form with files in which its first field must be found."""
STALE = "页面已过期，或者请求不是从本站的页面发出的。请返回上一页，刷新后再提交一次。"
ELSEWHERE = "请求来自其他网站，没有执行。请在本站的页面上操作。"
TORN = "表单没有完整送达，没有执行。请返回上一页再提交一次。"


class Everything:
    """Every path is protected, whether or not the request brings a cookie."""

    def __contains__(self, path: object) -> bool:
        return True


class Entry:
    """The request as it came, and whether it got as far as a route."""

    def __init__(self, scope: Scope) -> None:
        self.scope, self.is_entered = scope, False


class NoForgery:
    """Lets through what only reads, what brings the token, and what carries no cookie's power."""

    def __init__(self, app: ASGIApp, settings: Settings, keys: Keys) -> None:
        self.app, self.settings = app, settings
        self.cookie = cookies.name(settings, cookies.CSRF)
        self.session = cookies.name(settings, cookies.SESSION)
        self.guarded = asgi_csrf(
            self._enter, cookie_name=self.cookie, http_header=HEADER,
            signing_secret=keys.digest("csrf", "token"), always_protect=Everything(),
            skip_if_scope=self._is_harmless, cookie_secure=settings.is_secure,
            cookie_samesite="Lax; HttpOnly", send_csrf_failed=_refuse,
        )  # fmt: skip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers, entry = Headers(scope=scope), Entry(scope)
        changes = scope["method"] not in SAFE
        if changes and _is_foreign(headers, self.settings):
            return await _answer(scope, receive, send, 403, ELSEWHERE)
        try:
            seen = self._seen(headers)
            if changes and _is_multipart(headers) and not headers.get(HEADER):
                token, receive = await _first_field(headers, receive)
                seen[HEADER] = token
            shown = [(name.encode(), value.encode("latin-1")) for name, value in seen.items()]
            await self.guarded({**scope, "headers": shown, ENTRY: entry}, receive, send)
        except Exception as error:
            if entry.is_entered:
                raise
            status = error.status_code if isinstance(error, HTTPException) else 400
            log.info("refused before the route: %s", type(error).__name__)
            await _answer(scope, receive, send, status, TORN if status == 400 else None)
        return None

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The route, with the request as it came."""
        entry: Entry = scope[ENTRY]
        entry.is_entered = True
        await self.app({**entry.scope, SCOPE_KEY: scope[SCOPE_KEY]}, receive, send)

    def _seen(self, headers: Headers) -> dict[str, str]:
        """The headers that the library reads and can read: somebody else's broken cookie must not
        keep a reader from ours, and it knows no multipart of today."""
        seen = {name: headers[name] for name in ("authorization",) if name in headers}
        if not _is_multipart(headers):
            seen["content-type"] = headers.get("content-type", "")
        token = cookie_parser(headers.get("cookie", "")).get(self.cookie, "")
        plain = {HEADER: headers.get(HEADER, ""), "cookie": token and f"{self.cookie}={token}"}
        return seen | {n: v for n, v in plain.items() if v and v.isascii() and v.isprintable()}

    def _is_harmless(self, scope: Scope) -> bool:
        """Whether there is nothing to forge: a program without a session is a visitor."""
        if scope["path"].startswith(OWN_PROOF):
            return True
        given = Headers(scope=scope[ENTRY].scope).get("cookie", "")
        return scope["path"].startswith("/api/") and self.session not in cookie_parser(given)


def _is_multipart(headers: Headers) -> bool:
    return headers.get("content-type", "").lower().startswith("multipart/form-data")


def _is_foreign(headers: Headers, settings: Settings) -> bool:
    """Whether the browser itself says that another site made the request."""
    if headers.get("sec-fetch-site", "") in ("cross-site", "same-site"):
        return True
    origin = headers.get("origin")
    ours = {headers.get("host", "").lower(), urlsplit(settings.address).netloc.lower()}
    return origin is not None and urlsplit(origin).netloc.lower() not in ours


async def _first_field(headers: Headers, receive: Receive) -> tuple[str, Receive]:
    """The token, if the first field of a form with files is one; and the whole body once more."""
    boundary = parse_options_header(headers["content-type"])[1].get(b"boundary")
    if not boundary:
        raise HTTPException(400)
    read: list[Message] = []
    body, end, more = b"", b"\r\n--" + boundary, True
    while more and len(body) < FIRST_FIELD and body.find(end, 1) < 0:
        read.append(await receive())
        body += read[-1].get("body", b"")
        more = read[-1].get("more_body", False)

    async def again() -> Message:
        return read.pop(0) if read else await receive()

    head, _, rest = body.removeprefix(b"--" + boundary + b"\r\n").partition(b"\r\n\r\n")
    value, is_whole, _ = rest.partition(end)
    token = value.decode("latin-1") if is_whole and NAMED.search(head) else ""
    return token if token.isascii() and token.isprintable() else "", again


async def _refuse(scope: Scope, send: Send, why: object) -> None:
    """The page still gives its reader a token, for the form that they come back with."""
    came = {**scope[ENTRY].scope, SCOPE_KEY: scope[SCOPE_KEY]}
    await _answer(came, _nothing, send, 403, STALE)


async def _answer(
    scope: Scope, receive: Receive, send: Send, status: int, sentence: str | None
) -> None:
    """The page of a failure that no route has seen."""
    answer = await run_in_threadpool(errors.show, Request(scope), status, sentence)
    await answer(scope, receive, send)


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
