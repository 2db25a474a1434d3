"""A reference of the JSON API, drawn by ourselves from its OpenAPI description."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from web.deps import Asker
from web.reference import operations
from web.render import page

router = APIRouter()


@router.get("/docs")
def reference(request: Request, viewer: Asker) -> HTMLResponse:
    schema = request.app.openapi()
    return page(request, "docs.html", info=schema["info"], operations=operations(schema))


@router.get("/openapi.json")
def openapi(request: Request, viewer: Asker) -> JSONResponse:
    return JSONResponse(request.app.openapi())
