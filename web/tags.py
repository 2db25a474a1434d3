"""Answers that a program fetches again and again: each carries a tag of its content, and whoever
names that tag is told that nothing changed."""

from __future__ import annotations

from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

FRESH_SECONDS = 300


def tagged(
    request: Request, body: str, media_type: str, *, fresh: int = FRESH_SECONDS,
    private: bool = False,
) -> Response:  # fmt: skip
    """The text, or 304 if the request already has it. The tag is weak: gzip may come between."""
    content = body.encode()
    tag = f'W/"{sha256(content).hexdigest()[:32]}"'
    kept = "private, no-cache" if private else f"public, max-age={fresh}"
    headers = {"ETag": tag, "Cache-Control": kept}
    if is_held(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def is_held(request: Request, tag: str) -> bool:
    """Whether the request says that it has this very answer; weak and strong tags compare alike."""
    given = request.headers.get("if-none-match", "")
    held = {each.strip().removeprefix("W/") for each in given.split(",")}
    return "*" in held or tag.removeprefix("W/") in held
