"""What every answer carries to protect its reader, and how much a request may bring."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from market.roles import Viewer
from web.settings import Settings

MAX_BODY = 4 * 1024 * 1024
"""Bytes of a request body: a form with a megabyte of Chinese text is answered, more is refused."""
MAX_UPLOAD = 12 * 1024 * 1024
"""Bytes of a body that brings files, where an address takes files."""
UPLOADS = ("/attachments", "/certification", "/imports")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""Pasted texts travel in addresses, so no other site may learn an address from us: same-origin."""
HSTS = "max-age=31536000"
PRIVATE = "private, no-store"
"""Answers to somebody who is signed in: no cache keeps them, nor does the back button after
leaving."""


def headers_for(settings: Settings) -> Mapping[str, str]:
    """What every answer carries here: behind TLS also that browsers should come back by TLS."""
    return {**HEADERS, "Strict-Transport-Security": HSTS} if settings.is_secure else HEADERS


def is_upload(path: str) -> bool:
    """Whether an address takes files."""
    return path.endswith(UPLOADS)


class SecurityHeaders:
    """Adds `headers_for` to every answer, errors included, and keeps what one person was shown
    out of every cache."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.headers = headers_for(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                viewer: Viewer | None = scope.get("state", {}).get("viewer")
                if viewer is not None:
                    headers.add_vary_header("Cookie, Authorization")
                if viewer is not None and viewer.is_signed_in:
                    headers["Cache-Control"] = PRIVATE
            await send(message)

        await self.app(scope, receive, send_with_headers)


class BodyLimit:
    """Refuses to read a body above `MAX_BODY`, whether its length was announced or it goes on;
    `MAX_UPLOAD` where files are taken.

    FastAPI's own `max_body_size` answers in plain text; this one gets the page of its status.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        announced = (
            Headers(scope=scope).get("content-length", "") if scope["type"] == "http" else ""
        )
        total = int(announced) if announced.isdecimal() else 0
        received = 0
        most = MAX_UPLOAD if is_upload(scope.get("path", "")) else MAX_BODY

        async def counted() -> Message:
            nonlocal received
            message = {} if total > most else await receive()
            received += len(message.get("body", b""))
            if max(total, received) > most:
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)
