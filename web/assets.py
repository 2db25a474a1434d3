"""Our static files and those of wheels, each under an address that changes with its content."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

OURS = Path(__file__).parent / "static"


def folders() -> list[Path]:
    """Where static files come from: our folder first, then htmx from its wheel."""
    found = find_spec("js_lib_htmx")
    wheel = (
        [Path(place) / "static" / "htmx" for place in found.submodule_search_locations or ()]
        if found
        else []
    )
    return [OURS, *wheel]


@cache
def address(name: str) -> str:
    """The address of a static file, with a mark of its content."""
    for folder in folders():
        if (folder / name).is_file():
            mark = sha256((folder / name).read_bytes()).hexdigest()[:10]
            return f"/static/{name}?v={mark}"
    raise FileNotFoundError(name)


class Assets(StaticFiles):
    """Static files that a browser may keep for a year once their address carries the mark."""

    def __init__(self) -> None:
        super().__init__(directory=OURS, packages=[("js_lib_htmx", "static/htmx")])

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        lasting = b"v=" in scope.get("query_string", b"")
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if lasting else "no-cache"
        )
        return response
