"""Two people changed the same parts of a listing: both texts side by side, and a choice."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from market import contents
from market.actions.drafts import ListingDraft
from market.actions.sketches import CLASHING, THEIRS
from market.models import Kind, Sketch
from web.forms.fields import Entered, entered_of
from web.forms.naming import part_name, told_part
from web.forms.steps import Step, inputs_under, step_of
from web.render import page
from web.writing.meaning import Writing


def names_of(sketch: Sketch) -> list[str]:
    """The parts that still clash."""
    return list(sketch.entered.get(CLASHING, []))


def called(kind: Kind, names: Collection[str]) -> list[str]:
    """What parts are called on pages."""
    return [part_name(kind, name) for name in names]


def fields_of(
    sketch: Sketch, names: Collection[str], theirs: Mapping[str, Any] | None = None
) -> Entered:
    """The fields of the form for these parts, as the others stored them."""
    content = sketch.entered.get(THEIRS, {}) if theirs is None else theirs
    stored = entered_of(contents.read(sketch.kind, content, ListingDraft("", 0)))
    inputs = [each for name in names for each in inputs_under(name)]
    return Entered({each: stored.get(each, []) for each in inputs})


def clash_page(request: Request, writing: Writing) -> HTMLResponse:
    """Every part that both changed."""
    sides = [
        (name, part_name(writing.kind, name), step_of(writing.kind, inputs_under(name)[0]),
         told(writing, writing.form.draft, name), told(writing, stored_by_others(writing), name))
        for name in names_of(writing.sketch)
    ]  # fmt: skip
    return page(
        request, "listings/write/clash.html", writing=writing, kind=writing.kind, sides=sides,
        row=writing.row,
    )  # fmt: skip


def beside(writing: Writing, step: Step) -> list[tuple[str, str]]:
    """What others stored in the parts of this step that both changed: its name, its words."""
    kind, names = writing.kind, names_of(writing.sketch)
    here = [name for name in names if step_of(kind, inputs_under(name)[0]) is step]
    return [(part_name(kind, n), told(writing, stored_by_others(writing), n)) for n in here]


def stored_by_others(writing: Writing) -> ListingDraft:
    """What stood in the listing when the clash was found."""
    content = writing.sketch.entered.get(THEIRS, {})
    return contents.read(writing.kind, content, ListingDraft("", 0))


def told(writing: Writing, draft: ListingDraft, name: str) -> str:
    """A part in words."""
    return told_part(writing.kind, draft, name, writing.places.name)
