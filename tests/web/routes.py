"""Every route of the app: its method, its path, the rule it names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from web.api.access import rule_of


@dataclass(frozen=True)
class Route:
    """One method of one path."""

    method: str
    path: str
    rule: str | None

    @property
    def address(self) -> str:
        """An address of this route, with 1 for everything that varies."""
        return re.sub(r"\{[^}]+\}", "1", self.path)


def every_route(app: FastAPI) -> list[Route]:
    """The routes of pages, of the API and of operations; static files are mounted beside them."""
    found = []
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, Mount):
            continue
        for method in sorted(context.methods or ()):
            found.append(Route(method, context.path or "", rule_of(context)))
    return found
