"""How the pages of accounts are shown: what every one of them is given, and 422 where something
was entered wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse, Response
from starlette.requests import Request

from market.actions.consents import PRIVACY_VERSION
from market.errors import Problem
from market.policy import current
from web.forms.accounts import Kept, next_of
from web.oidc import Provider
from web.render import go, page

SEARCHED_BY_NOBODY = {"X-Robots-Tag": "noindex"}


def gate(
    request: Request,
    name: str,
    problems: Sequence[Problem] = (),
    *,
    status: int = 200,
    entered: Kept | None = None,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """The page `accounts/NAME.html`."""
    status = 422 if problems and status == 200 else status
    return page(
        request, f"accounts/{name}.html", status, {**SEARCHED_BY_NOBODY, **(headers or {})},
        problems=problems, entered=entered or Kept(), elsewhere=elsewhere(request), at=at,
        policy=current(), version=PRIVACY_VERSION, **context,
    )  # fmt: skip


def first_gate(request: Request, name: str, *, is_signed_in: bool) -> Response:
    """The page on which signing in or registering begins; whoever is signed in goes on."""
    next = next_of(request.query_params)
    return go(request, next) if is_signed_in else gate(request, name, next=next)


def elsewhere(request: Request) -> Provider | None:
    """The provider that people may sign in with, where there is one."""
    found: Provider | None = request.app.state.oidc
    return found


def at(path: str, next: str) -> str:
    """The address of a page that goes on to another one."""
    return path if next in ("", "/") else f"{path}?{urlencode({'next': next})}"
