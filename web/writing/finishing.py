"""The last step: what was written is stored, or it is said what holds it up."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from market.actions import sketches
from market.actions.sketches import Clash
from market.errors import Invalid, NotAllowed, NotFresh, NotSignedIn, Problem
from market.models import ListingState
from market.queries.sketches import DONE
from web.render import go
from web.said import SAID, SAVED, SAVED_DRAFT
from web.sides import path_to
from web.writing.clashes import called, fields_of, names_of
from web.writing.late import FINISHED
from web.writing.meaning import AT_ONCE, LOST, Writing
from web.writing.pages import check_page


def finished(request: Request, writing: Writing, then: str) -> Response:
    """Store it and go to its page, or say on the last step why not. What was typed stays."""
    sketch, kind = writing.sketch, writing.kind
    if sketch.step == DONE:
        return go(request, path_to(kind, sketch.listing_id or 0), FINISHED)
    if then == "anew":
        sketches.detach(writing.session, sketch, writing.viewer, writing.now)
        return go(request, f"{writing.address}/check", "已改为新的一条，原来的内容不受影响。")
    if names_of(sketch):
        return go(request, f"{writing.address}/clash")
    try:
        with writing.session.begin_nested():
            done = take(writing, then)
    except Clash as clash:
        fields = fields_of(sketch, clash.taken, clash.theirs)
        sketches.show_clash(
            writing.session, sketch, clash, fields, writing.viewer, writing.now
        )  # fmt: skip
        return go(request, f"{writing.address}/clash")
    except (Invalid, NotAllowed) as error:
        return check_page(request, writing, problems_of(error))
    is_draft = done.listing.state is ListingState.DRAFT
    told = SAID.get(then, SAVED_DRAFT if is_draft else SAVED)
    if done.taken:
        told += f"您填写期间同事改过的{'、'.join(called(kind, done.taken))}已保留。"
    return go(request, path_to(kind, done.listing.key), told)


def take(writing: Writing, then: str) -> sketches.Finished:
    """Store what was written. Raises Invalid with every problem, NotAllowed or Clash."""
    if writing.is_lost:
        raise NotAllowed(LOST)
    if writing.problems:
        raise Invalid(writing.problems)
    return sketches.finish(
        writing.session, writing.sketch, writing.form.draft, then if then in AT_ONCE else "",
        writing.viewer, writing.now,
    )  # fmt: skip


def problems_of(error: Invalid | NotAllowed) -> list[Problem]:
    if isinstance(error, NotSignedIn | NotFresh):
        raise error
    return error.problems if isinstance(error, Invalid) else [Problem("page", error.reason)]
