"""What a route is handed: a session to read with (`Db`) or to write with (`Tx`), the form that was
posted, who asks and whether they may, the time, the matcher.

    @router.post("/needs/{id}/moves")
    def move_need(request: Request, id: int, given: Posted, session: Tx, viewer: Mover, now: Now):
        with attempt(session) as problems:
            needs.move(session, id, given["name"], viewer, now)
        if problems:
            return page(request, "needs/show.html", 422, …, problems=problems)
        return go(request, f"/needs/{id}", said="已提交审核。")

`Tx` takes SQLite's write lock with its first statement and commits before the answer is sent. What
takes long (hashing a password, reading a file) therefore comes before the first statement on it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from market import rules
from market.actions.drafts import Known, known_codes
from market.db import session_for
from market.errors import Invalid, NotSignedIn, Problem
from market.matchmaking import Matchmaker
from market.queries.places import DivisionNode, FieldNode, division_tree, field_tree
from market.roles import Viewer
from web import limits
from web.security import MAX_BODY, is_upload
from web.viewers import has_credential, read_viewer, visitor

MAX_FILES = 10
MAX_FIELDS = 400
SAFE = ("GET", "HEAD", "OPTIONS")


def _named(nodes: Iterable[FieldNode | DivisionNode]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        yield node.code, node.name
        yield from _named(node.children)


def get_session(request: Request) -> Iterator[Session]:
    """A session that is closed before the answer is sent; see `Depends(…, scope="function")`."""
    with request.app.state.sessions() as session:
        yield session


def get_transaction(request: Request) -> Iterator[Session]:
    """A session that writes: committed before the answer is sent, unless something was raised or
    the page tells of a failure."""
    with session_for(request.app.state.engine, writes=True) as session:
        request.state.writing = session
        yield session
        if getattr(request.state, "failed", False):
            session.rollback()
        else:
            session.commit()


@contextmanager
def attempt(session: Session) -> Iterator[list[Problem]]:
    """Collects what was entered wrongly, so that the form can come back with it. Nothing that was
    written inside stays; what must stay whatever happens is written by `market.db.kept_apart`."""
    problems: list[Problem] = []
    try:
        yield problems
    except Invalid as error:
        session.rollback()
        problems += error.problems


async def get_now(request: Request) -> datetime:
    """The time of this request, in UTC."""
    now: datetime = request.app.state.now()
    return now


async def get_viewer(request: Request) -> Viewer:
    """Whoever asks. Looked up once; a request without any credential costs no look-up."""
    found: Viewer | None = getattr(request.state, "viewer", None)
    if found is None:
        is_known = has_credential(request)
        found = await run_in_threadpool(read_viewer, request) if is_known else visitor(request)
        request.state.viewer = found
    return found


async def get_matchmaker(request: Request) -> Matchmaker:
    """The one matchmaker of this process."""
    matchmaker: Matchmaker = request.app.state.matchmaker
    return matchmaker


def get_places(session: Annotated[Session, Depends(get_session, scope="function")]) -> Places:
    """The names of fields and divisions, through the session of the request."""
    return Places(session)


async def get_form(
    request: Request, viewer: Annotated[Viewer, Depends(get_viewer)]
) -> AsyncIterator[FormData]:
    """What was posted, read before the handler goes to its thread; its files are closed after.
    Where files are taken, nothing is read of somebody who is not signed in."""
    if is_upload(request.url.path) and not viewer.is_signed_in:
        raise NotSignedIn(rules.SIGN_IN)
    form = await request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS, max_part_size=MAX_BODY)
    yield form
    await form.close()


def may(action: str, *, fresh: bool = False) -> Callable[..., Awaitable[Viewer]]:
    """The rule of a route: the viewer, once `market.rules` lets them.

    Where the rule wants the password shown lately, a request that changes something is asked for
    it here; `fresh` asks already when the form is opened, before anything was typed in vain.
    """

    async def permitted(request: Request, viewer: Annotated[Viewer, Depends(get_viewer)]) -> Viewer:
        is_asked = fresh or request.method not in SAFE
        rules.require(viewer, action, now=request.app.state.now() if is_asked else None)
        return viewer

    permitted.rule = action  # type: ignore[attr-defined]
    return permitted


def limited(name: str) -> Callable[[Request, Viewer], Awaitable[None]]:
    """Counts a request against one of `web.limits`, by person or, for visitors, by address:
    `dependencies=[Depends(limited("match"))]`."""

    async def counted(request: Request, viewer: Annotated[Viewer, Depends(get_viewer)]) -> None:
        limits.hit(request, name, *limits.whoever(request, viewer))

    return counted


class Places:
    """The two trees that listings hang on, read when a page first asks for them."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @cached_property
    def fields(self) -> list[FieldNode]:
        """Fields of technology, two levels."""
        return field_tree(self.session)

    @cached_property
    def divisions(self) -> list[DivisionNode]:
        """Divisions, grouped."""
        return division_tree(self.session)

    @cached_property
    def known(self) -> Known:
        """Every code that there is, those that no page offers included."""
        return known_codes(self.session)

    @cached_property
    def names(self) -> dict[str, str]:
        """What every code is called."""
        return dict(_named([*self.fields, *self.divisions]))

    def name(self, code: str) -> str:
        """What a code is called; the code itself where no page offers it."""
        return self.names.get(code, code)


Db = Annotated[Session, Depends(get_session, scope="function")]
Tx = Annotated[Session, Depends(get_transaction, scope="function")]
Posted = Annotated[FormData, Depends(get_form, scope="function")]
Now = Annotated[datetime, Depends(get_now)]
Names = Annotated[Places, Depends(get_places, scope="function")]
Matching = Annotated[Matchmaker, Depends(get_matchmaker)]
Reader = Annotated[Viewer, Depends(may("listing.view"))]
Directory = Annotated[Viewer, Depends(may("organisation.view"))]
Asker = Annotated[Viewer, Depends(may("match"))]
