"""A step that is posted after another window has finished the sketch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fastapi import Request
from fastapi.responses import Response

from market.actions import sketches
from market.actions.listings import as_draft
from market.actions.posting import open_to_change
from market.contents import value_of
from market.errors import NotAllowed, NotFound
from market.models import Listing
from market.parts import PARTS
from web.forms.fields import Entered, entered_of
from web.forms.posting import posting
from web.forms.steps import Step, inputs_under
from web.render import go, page, wants_fragment
from web.sides import path_to
from web.writing.clashes import called
from web.writing.meaning import Writing
from web.writing.rows import tidy_rows

FINISHED = "这份填写已经保存完成，下面是保存好的内容。"
LATE = (
    "这份填写已在另一个窗口保存完成。您在这里写的{}与保存的不同，已放进一份修改，请核对后再保存。"
)


def too_late(request: Request, writing: Writing, step: Step, fields: Entered) -> Response:
    """What was typed here and differs from what was stored becomes a change of the listing, which
    its writer reads through."""
    if wants_fragment(request):
        return page(
            request, "listings/write/saved.html", 409, block="saved", writing=writing, seen="",
            is_done=True,
        )  # fmt: skip
    id, session, viewer = writing.sketch.listing_id or 0, writing.session, writing.viewer
    try:
        row = open_to_change(session, writing.kind, id, viewer)
    except (NotAllowed, NotFound):
        return go(request, path_to(writing.kind, id), FINISHED)
    tidy_rows(fields)
    typed = entered_of(as_draft(session, row)) | {n: v for n, v in fields.items() if v}
    names = _differing(typed, row, writing)
    if not names:
        return go(request, path_to(writing.kind, id), FINISHED)
    sketch = sketches.change_of(session, row, typed, row.version, viewer, writing.now)
    address = replace(writing, sketch=sketch).address
    return go(request, f"{address}/{step.name}", LATE.format("、".join(names)))


def _differing(typed: Mapping[str, list[str]], row: Listing, writing: Writing) -> list[str]:
    """What the parts are called in which the form says something else; one that cannot be read
    does."""
    form, stored = posting(Entered(typed), row.kind), as_draft(writing.session, row)
    spoilt = {problem.field for problem in form.problems}
    names = [
        part.name for part in PARTS[row.kind]
        if value_of(part, form.draft) != value_of(part, stored)
        or spoilt.intersection((part.name, *inputs_under(part.name)))
    ]  # fmt: skip
    has_tiers = any(row.tiers.get(name) != tier for name, tier in form.draft.tiers.items())
    return called(row.kind, names) + (["谁可以看"] if has_tiers else [])
