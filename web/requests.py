"""Requests brought into the form that the routes know: HEAD asks as GET, a last slash goes away."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadAsGet:
    """Answers HEAD as GET would be answered, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            return await self.app(scope, receive, send)

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
            elif message["type"] == "http.response.body" and not message.get("more_body"):
                await send({"type": "http.response.body"})

        return await self.app({**scope, "method": "GET"}, receive, send_head)


class NoLastSlash:
    """Sends `/needs/` on to `/needs`. The address is relative: no header of the request is in it,
    and it begins with one slash, so that it never leads to another host."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or path == "/" or not path.endswith("/"):
            return await self.app(scope, receive, send)
        address = "/" + quote(path.strip("/"))
        if query := scope["query_string"].decode("latin-1"):
            address += f"?{query}"
        return await RedirectResponse(address, 308)(scope, receive, send)
