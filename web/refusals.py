"""A refused action comes back on the page where its button was, beside what was entered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.requests import Request

from market.errors import Invalid, NotAllowed, NotFresh, NotSignedIn, Problem
from web.deps import attempt
from web.forms.accounts import Kept
from web.render import page


@contextmanager
def told(session: Session) -> Iterator[list[Problem]]:
    """`attempt`, with refusals among the problems. What signing in would mend still leads there."""
    with attempt(session) as problems:
        try:
            yield problems
        except (NotSignedIn, NotFresh):
            raise
        except NotAllowed as error:
            raise Invalid([Problem("page", error.reason)]) from error


def form_page(
    request: Request, template: str, problems: Sequence[Problem] = (), typed: Kept | None = None,
    **context: Any,
) -> HTMLResponse:  # fmt: skip
    """A page with a form: as it is opened first, or 422 with the problems and what was entered."""
    return page(
        request, template, 422 if problems else 200, problems=problems, entered=typed or Kept(),
        **context,
    )  # fmt: skip
