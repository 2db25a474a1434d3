"""The rule of a route that takes what somebody typed: where the session has ended meanwhile, the
form is kept and its writer led to signing in; `brought_back` puts it where it belongs after that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from market import rules
from market.actions import kept_forms, sketches
from market.db import writing
from market.errors import MarketError, NotSignedIn
from market.models import Kind, Sketch
from market.roles import Viewer
from web import cookies, limits
from web.deps import get_form, get_viewer
from web.forms.fields import typed_in
from web.forms.steps import step_named
from web.render import wants_fragment
from web.sides import kind_of


def may_keeping(action: str) -> Callable[..., Awaitable[Viewer]]:
    """Like `deps.may`, for the form of a step of a sketch."""

    async def permitted(
        request: Request,
        kind: Annotated[Kind, Depends(kind_of)],
        viewer: Annotated[Viewer, Depends(get_viewer)],
        given: Annotated[FormData, Depends(get_form, scope="function")],
    ) -> Viewer:
        try:
            rules.require(viewer, action)
        except NotSignedIn:
            if not wants_fragment(request):
                await run_in_threadpool(_keep, request, kind, given, viewer)
            raise
        return viewer

    permitted.rule = action  # type: ignore[attr-defined]
    return permitted


def brought_back(
    request: Request, session: Session, sketch: Sketch, viewer: Viewer, now: datetime
) -> bool:
    """Save what was kept for this sketch when its session had ended. False where nothing was."""
    token = cookies.read(request, cookies.KEPT)
    keys = request.app.state.keys
    held = kept_forms.take(session, token, sketch.code, viewer, now, keys) if token else None
    if held is None:
        return False
    try:
        sketches.save(session, sketch, *held, viewer, now)
    except MarketError:
        return False
    return True


def _keep(request: Request, kind: Kind, given: FormData, viewer: Viewer) -> None:
    """Leaves the token with the request; the answer that leads to signing in brings it."""
    limits.hit(request, "kept-form", *limits.whoever(request, viewer))
    code, step = request.path_params["code"], step_named(kind, request.path_params["step"])
    if step is None or not step.parts:
        return
    fields, app = typed_in(given, step.inputs(kind)), request.app.state
    with writing(app.engine) as session:
        request.state.kept_form = kept_forms.keep(
            session, code, step.name, fields, viewer, app.now(), app.keys
        )
