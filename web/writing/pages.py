"""The pages on which a listing is written, and all that each of them is given."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse

from market.actions import sketches
from market.actions.sketches import CLASHING
from market.errors import Problem
from market.models import (
    Assessment,
    CooperationMode,
    Evidence,
    Holding,
    Kind,
    Organisation,
    RightKind,
    RightStatus,
    Stage,
    Tier,
)
from web.forms.fields import Entered
from web.forms.organisations import division_choices
from web.forms.steps import CHECK, STEPS, Step, problems_in, step_of
from web.render import page
from web.writing.clashes import beside
from web.writing.meaning import LOST, Writing


def step_page(
    request: Request, writing: Writing, step: Step, problems: Sequence[Problem] | None = None,
    entered: Entered | None = None, *, is_told: bool = False, **more: Any,
) -> HTMLResponse:  # fmt: skip
    """One step. Without `problems`, those are told of that stand in what was typed before;
    `is_told` says them above the form too. `entered` is what was typed and could not be saved."""
    found = list(problems or ())
    if problems is None and writing.is_begun(step):
        found = problems_in(writing.kind, step, writing.problems)
    stored = {name: writing.entered.get(name, []) for name in step.inputs(writing.kind)}
    answer = page(
        request, f"listings/write/{step.name}.html", 422 if is_told else 200, problems=found,
        told=found if is_told else (), entered=entered or writing.entered, is_unsaved=bool(entered),
        seen=sketches.mark_of(stored), tab=secrets.token_hex(4), theirs=beside(writing, step),
        **_around(writing, step), **more,
    )  # fmt: skip
    return keeping(request, answer)


def check_page(request: Request, writing: Writing, refused: Sequence[Problem] = ()) -> HTMLResponse:
    """The last step: what is still wrong, how each kind of reader will see it, and the buttons."""
    given = request.query_params.get("as", "")
    tier = next((each for each in Tier if each.value == given), Tier.PUBLIC)
    problems = [(step_of(writing.kind, each.field), each) for each in writing.problems]
    answer = page(
        request, "listings/write/check.html", 422 if refused else 200, refused=refused,
        wrong=problems, shown_as=tier, item=writing.preview(tier), files=writing.files,
        moves=writing.moves, **_around(writing, CHECK),
    )  # fmt: skip
    return keeping(request, answer)


def keeping(request: Request, answer: HTMLResponse) -> HTMLResponse:
    """The answer; what was saved in its request stays, although the page tells of something
    wrong."""
    request.state.failed = False
    return answer


def start_page(
    request: Request, kind: Kind, rows: Sequence[Any], owners: Sequence[Organisation]
) -> HTMLResponse:
    """What was begun before, and the way to begin anew."""
    return page(request, "listings/write/start.html", kind=kind, rows=rows, owners=owners)


def _around(writing: Writing, step: Step) -> Mapping[str, Any]:
    """What the frame of every step shows, and the choices of its fields."""
    row, places = writing.row, writing.places
    owner = writing.session.get(Organisation, row.owner_id) if row else None
    return {
        "writing": writing, "kind": writing.kind, "step": step, "steps": STEPS[writing.kind],
        "row": row, "owners": writing.owners, "owner_name": owner.name if owner else "",
        "fields": places.fields, "divisions": division_choices(places.divisions),
        "modes": list(CooperationMode), "tiers": list(Tier), "stages": list(Stage),
        "evidences": list(Evidence), "assessments": list(Assessment),
        "right_kinds": list(RightKind), "right_statuses": list(RightStatus),
        "holdings": list(Holding), "lost": LOST if writing.is_lost else "",
        "wrong_steps": {step_of(writing.kind, p.field).name for p in writing.problems},
        "advice_ask": urlencode({"sketch": writing.sketch.code, "step": step.name}),
        "clashing": writing.sketch.entered.get(CLASHING, []),
    }  # fmt: skip
