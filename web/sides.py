"""Needs and achievements side by side: a handler that serves both, told which by its address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request

from market.models import Kind

FOLDERS = {Kind.NEED: "/needs", Kind.ACHIEVEMENT: "/achievements"}
Handler = TypeVar("Handler", bound=Callable[..., Any])


async def kind_of(request: Request) -> Kind:
    """Which of the two an address of `both` is about."""
    folder = "/" + request.url.path.removeprefix("/api/v1").split("/")[1]
    return next(kind for kind, known in FOLDERS.items() if known == folder)


Side = Annotated[Kind, Depends(kind_of)]


def both(
    router: APIRouter, method: str, path: str, *, summary: str = "", **options: Any
) -> Callable[[Handler], Handler]:
    """Has the handler answer under /needs and under /achievements; `summary` names the kind."""

    def register(handler: Handler) -> Handler:
        for kind, folder in FOLDERS.items():
            given: dict[str, Any] = dict(options)
            if summary:
                given["summary"] = summary.format(kind.text)
            router.api_route(folder + path, methods=[method], **given)(handler)
        return handler

    return register


def path_to(kind: Kind, id: int) -> str:
    """The page of a listing."""
    return f"{FOLDERS[kind]}/{id}"
