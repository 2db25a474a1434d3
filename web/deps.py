"""What a route is handed: the session, who asks and whether they may, the matcher, the settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request
from sqlmodel import Session

from market import rules
from market.actions.drafts import Known, known_codes
from market.matchmaking import Matchmaker
from market.queries.places import DivisionNode, FieldNode, division_tree, field_tree
from market.roles import VISITOR_VIEWER, Viewer


def _named(nodes: Iterable[FieldNode | DivisionNode]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        yield node.code, node.name
        yield from _named(node.children)


def get_session(request: Request) -> Iterator[Session]:
    """A session that is closed before the answer is sent; see `Depends(…, scope="function")`."""
    with request.app.state.sessions() as session:
        yield session


def get_viewer() -> Viewer:
    """Whoever asks. Accounts come later: for now everybody is a visitor."""
    return VISITOR_VIEWER


def get_matchmaker(request: Request) -> Matchmaker:
    """The one matchmaker of this process."""
    matchmaker: Matchmaker = request.app.state.matchmaker
    return matchmaker


def get_places(session: Annotated[Session, Depends(get_session, scope="function")]) -> Places:
    """The names of fields and divisions, through the session of the request."""
    return Places(session)


def may(action: str) -> Callable[[Viewer], Viewer]:
    """The rule of a route: the viewer, once `market.rules` lets them."""

    def permitted(viewer: Annotated[Viewer, Depends(get_viewer)]) -> Viewer:
        rules.require(viewer, action)
        return viewer

    permitted.rule = action  # type: ignore[attr-defined]
    return permitted


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
Names = Annotated[Places, Depends(get_places, scope="function")]
Matching = Annotated[Matchmaker, Depends(get_matchmaker)]
Reader = Annotated[Viewer, Depends(may("listing.view"))]
Directory = Annotated[Viewer, Depends(may("organisation.view"))]
Asker = Annotated[Viewer, Depends(may("match"))]
