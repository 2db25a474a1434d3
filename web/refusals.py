"""A refused action comes back on the page where its button was, beside what was entered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session

from market.errors import Invalid, NotAllowed, NotFresh, NotSignedIn, Problem
from web.deps import attempt


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
