"""Which state of a thing a program has: the ETag of what it reads, and the conditions of RFC 9110
that it sets with it. A listing's begins with its version, which a change must name."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Header, Request, Response
from fastapi.exceptions import HTTPException
from pydantic import BaseModel

IfMatch = Annotated[
    str, Header(alias="If-Match", max_length=80, description="读到的 version 或 ETag")
]
UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "与 If-None-Match 里的 ETag 相同，没有变"}
}
UNCONDITIONAL = "请在 If-Match 头里带上读到的 version，以免覆盖别人的修改。"
OVERTAKEN = "您读到的内容之后有人修改过，请重新读取后再试。"
_VERSION = re.compile(r'\s*(?:W/)?"?(\d{1,9})(?:-[0-9a-f]{1,64})?"?\s*')


def marked(request: Request, found: BaseModel, version: int | None = None) -> Response:
    """The answer under its ETag, or 304 where the program has it already. The tag is of what this
    reader is shown, not of what is stored."""
    body = found.model_dump_json(by_alias=True)
    digest = sha256(body.encode()).hexdigest()[:20]
    tag = f'W/"{digest}"' if version is None else f'W/"{version}-{digest}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if _has(request.headers.get("If-None-Match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def version_of(if_match: str) -> int:
    """The version of an If-Match header; one that is no number matches nothing."""
    if not if_match.strip():
        raise HTTPException(428, UNCONDITIONAL)
    found = _VERSION.fullmatch(if_match)
    return int(found[1]) if found else 0


def require(if_match: str, version: int) -> None:
    """Refuse where a condition was set and does not hold."""
    if if_match.strip() not in ("", "*") and version_of(if_match) != version:
        raise HTTPException(412, OVERTAKEN)


def _has(header: str, tag: str) -> bool:
    """Whether an If-None-Match names the tag; both kinds of tags compare alike."""
    given = [each.strip().removeprefix("W/") for each in header.split(",")]
    return "*" in given or tag.removeprefix("W/") in given
