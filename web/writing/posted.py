"""What happens when a step of the form is posted: it is kept, and the writer goes on."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from market.actions import sketches
from market.actions.sketches import Overwritten
from market.errors import Invalid, NotAllowed, NotFound, Problem
from market.models import Kind
from market.queries.sketches import DONE
from web.deps import Posted
from web.forms.fields import Entered, typed_in
from web.forms.organisations import entered
from web.forms.steps import FILES, Step, after, problems_in, step_named
from web.render import go, page, wants_fragment
from web.writing.late import too_late
from web.writing.meaning import Writing
from web.writing.pages import step_page
from web.writing.rows import change_rows, tidy_rows


def save_step(request: Request, writing: Writing, step: Step, given: Posted) -> Response:
    """Keep what was typed, right or wrong, then do what the button says."""
    held = entered(given, "then", "seen", "tab")
    fields = typed_in(given, step.inputs(writing.kind))
    if writing.sketch.step == DONE:
        return too_late(request, writing, step, fields)
    anchor = change_rows(fields, held["then"])
    if not anchor and held["then"] != "keep":
        tidy_rows(fields)
    try:
        sketches.save(
            writing.session, writing.sketch, step.name, fields, writing.viewer, writing.now,
            seen=held["seen"], tab=held["tab"],
        )  # fmt: skip
    except Overwritten as error:
        return _overwritten(request, writing, step, fields, error)
    except Invalid as error:
        return step_page(request, writing, step, error.problems, fields, is_told=True)
    fresh = writing.again()
    if wants_fragment(request):
        return saved(request, fresh, step)
    if anchor:
        return go(request, f"{fresh.address}/{step.name}#{anchor}")
    return onwards(request, fresh, step, held["then"])


def saved(request: Request, writing: Writing, step: Step) -> HTMLResponse:
    """What a window that saves by itself is told: when, and what stands there now."""
    stored = {name: writing.entered.get(name, []) for name in step.inputs(writing.kind)}
    return page(
        request, "listings/write/saved.html", block="saved", writing=writing,
        seen=sketches.mark_of(stored),
    )  # fmt: skip


def onwards(request: Request, writing: Writing, step: Step, then: str) -> Response:
    """To the step that was asked for. The next one waits while something is wrong in this one,
    unless its writer has read that and goes on."""
    kind = writing.kind
    if then == "leave":
        return go(request, "/desk", "已保存。下次从工作台接着写。")
    if then.startswith("go-"):
        wanted = named(kind, then.removeprefix("go-"))
    elif then == "stay":
        wanted = step
    else:
        wanted = after(kind, step, -1 if then == "back" else 1)
    problems = problems_in(kind, step, writing.problems)
    if then in ("", "next", "stay") and problems and step.parts:
        return step_page(request, writing, step, problems, is_told=True)
    if wanted is FILES and writing.sketch.listing_id is None and not writing.problems:
        _store(writing)
    return go(request, f"{writing.address}/{wanted.name}", "已保存。" if wanted is step else "")


def _store(writing: Writing) -> None:
    """Store a draft, for files to hang on; where that is refused, the step says why."""
    try:
        with writing.session.begin_nested():
            sketches.store(
                writing.session, writing.sketch, writing.form.draft, writing.viewer, writing.now
            )
    except (Invalid, NotAllowed):
        return


def _overwritten(
    request: Request, writing: Writing, step: Step, fields: Entered, error: Overwritten
) -> HTMLResponse:
    """What the other window saved stands beside what was typed here; saving again settles it."""
    if wants_fragment(request):
        return page(
            request, "listings/write/saved.html", 409, block="saved", writing=writing, seen=""
        )
    problems = [Problem("page", str(error))]
    return step_page(request, writing, step, problems, fields, is_told=True, others=error.fields)


def named(kind: Kind, name: str) -> Step:
    """A step by its name, or NotFound."""
    found = step_named(kind, name)
    if found is None:
        raise NotFound
    return found
