"""Beginning to write a need or an achievement, changing or copying one, and the buttons that move
one on. Which buttons there are is read from `market.states`; `writing` has the steps of the form.
A whole form that is posted at once is a sketch that is finished at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from market.actions import posting, sketches
from market.actions.listings import as_draft
from market.actions.posting import OVERTAKEN
from market.errors import Problem
from market.queries.own import posting_for
from market.queries.sketches import unfinished
from market.roles import Viewer
from web.deps import Names, Now, Posted, Tx, limited, may
from web.forms.fields import entered_of, typed_in, whole
from web.forms.organisations import entered
from web.forms.steps import inputs_of
from web.refusals import told
from web.render import go
from web.said import SAID
from web.showing import listing_shown
from web.sides import FOLDERS, Side, both, path_to
from web.writing.finishing import finished
from web.writing.meaning import Writing
from web.writing.pages import check_page, start_page

router = APIRouter()
Member = Annotated[Viewer, Depends(may("account.use"))]
"""Whoever is signed in: who may move what is asked by the move itself."""
Author = Annotated[Viewer, Depends(may("listing.create"))]
Writer = Annotated[Viewer, Depends(may("listing.write"))]
WRITES = [Depends(limited("write"))]


@both(router, "GET", "/new")
def open_new(request: Request, kind: Side, session: Tx, viewer: Member, now: Now) -> Response:
    """What was begun before is offered first; with nothing begun, one begins."""
    owners, rows = posting_for(session, kind, viewer), unfinished(session, viewer, kind)
    if rows or not owners:
        return start_page(request, kind, rows, owners)
    sketch = sketches.start(session, kind, {}, viewer, now)
    return go(request, f"{FOLDERS[kind]}/writing/{sketch.code}/what")


@both(router, "POST", "/new", dependencies=WRITES)
def create(
    request: Request, kind: Side, given: Posted, session: Tx, places: Names, viewer: Author,
    now: Now,
) -> Response:  # fmt: skip
    """A whole form; or, with `then=start`, a new one that begins with what was given."""
    fields = {n: values for n, values in typed_in(given, inputs_of(kind)).items() if values}
    sketch = sketches.start(session, kind, fields, viewer, now)
    then = entered(given, "then")["then"]
    if then == "start":
        return go(request, f"{FOLDERS[kind]}/writing/{sketch.code}/what")
    return finished(request, Writing(session, sketch, places, viewer, now), then)


@both(router, "GET", "/{id}/edit")
def open_edit(
    request: Request, id: int, kind: Side, session: Tx, viewer: Writer, now: Now
) -> Response:
    row = posting.open_to_change(session, kind, id, viewer)
    fields = entered_of(as_draft(session, row))
    sketch = sketches.start_change(session, row, fields, viewer, now)
    return go(request, f"{FOLDERS[kind]}/writing/{sketch.code}")


@both(router, "POST", "/{id}/edit", dependencies=WRITES)
def edit(
    request: Request, id: int, kind: Side, given: Posted, session: Tx, places: Names,
    viewer: Writer, now: Now,
) -> Response:  # fmt: skip
    """A change of the version that the form names, of those fields that it has."""
    row = posting.open_to_change(session, kind, id, viewer)
    typed, version = entered(given, "then", "version"), whole(entered(given, "version")["version"])
    fields = {n: values for n, values in typed_in(given, inputs_of(kind)).items() if values}
    stored = entered_of(as_draft(session, row))
    sketch = sketches.change_of(session, row, {**stored, **fields}, version, viewer, now)
    writing = Writing(session, sketch, places, viewer, now)
    if not 0 < version <= row.version:
        return check_page(request, writing, [Problem("page", OVERTAKEN)])
    return finished(request, writing, typed["then"])


@both(router, "POST", "/{id}/copy", dependencies=WRITES)
def copy(request: Request, id: int, kind: Side, session: Tx, viewer: Writer, now: Now) -> Response:
    row = posting.found(session, kind, id, viewer)
    fields = entered_of(as_draft(session, row))
    sketch = sketches.copy(session, row, fields, viewer, now)
    said = "已复制为新的一条，还没有保存。附件没有复制。"
    return go(request, f"{FOLDERS[kind]}/writing/{sketch.code}/what", said)


@both(router, "POST", "/{id}/moves", dependencies=WRITES)
def move(
    request: Request, id: int, kind: Side, given: Posted, session: Tx, viewer: Member, now: Now
) -> Response:
    typed = entered(given, "name", "reason")
    with told(session) as problems:
        row = posting.found(session, kind, id, viewer)
        posting.act(session, row, typed["name"], viewer, now, typed["reason"])
    if problems:
        return listing_shown(request, session, kind, id, viewer, now, problems, typed=typed)
    return go(request, path_to(kind, id), SAID.get(typed["name"], "已完成。"))
