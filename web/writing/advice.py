"""What a writer is advised about: the fields of a form as they are typed now, laid over those of
the sketch that they belong to."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request
from sqlmodel import Session

from market.actions.drafts import ListingDraft
from market.advising import Advice
from market.models import Kind
from market.parts import PartName
from market.queries.sketches import own_sketch
from market.roles import Viewer
from web.forms.fields import Entered, typed_in, whole
from web.forms.posting import posting
from web.forms.reading import Given
from web.forms.steps import inputs_of, step_named
from web.sides import FOLDERS

SEEN = "advice_seen"
"""The field in which an answer says what it told, so that the next can say what changed."""
MOST_SEEN = 10
NOBODY = 1
"""Stands for the owner, which no advice depends on, so that its lack is no problem."""


@dataclass(frozen=True)
class Written:
    """The form, the listing that it changes, and where its sketch goes on, if it has one.
    `picks_fields`: fields can be ticked in the step that is open."""

    entered: Entered
    listing_id: int | None = None
    address: str = ""
    typed: list[tuple[str, str]] = field(default_factory=list)
    picks_fields: bool = False


def written(
    request: Request, given: Given, kind: Kind, session: Session, viewer: Viewer
) -> Written:
    """What stands in the address is `sketch` and `step`; without them the whole form was posted.
    Raises NotFound for another's sketch."""
    code = request.query_params.get("sketch", "")
    if not code:
        id = whole(request.query_params.get("listing", ""))
        return Written(typed_in(given, inputs_of(kind)), id or None)
    sketch = own_sketch(session, code, viewer)
    step = step_named(kind, request.query_params.get("step", ""))
    typed = typed_in(given, step.inputs(kind) if step else ())
    stored = {name: list(sketch.entered.get(name, [])) for name in inputs_of(kind)}
    address = f"{FOLDERS[kind]}/writing/{sketch.code}/{step.name if step else 'check'}"
    kept = [(name, value) for name, values in typed.items() for value in values]
    picks = step is not None and PartName.FIELDS in step.parts
    return Written(Entered(stored | typed), sketch.listing_id, address, kept, picks)


def draft_of(form: Written, kind: Kind) -> ListingDraft:
    """What it means so far; what cannot be read is left out."""
    return posting(form.entered, kind, NOBODY).draft


def seen_of(given: Given) -> dict[int, float | None] | None:
    """The matches of the last answer with their scores; None before the first."""
    held = [value for value in given.getlist(SEEN) if isinstance(value, str)]
    if not held:
        return None
    words = held[-1].replace(",", " ").split()[:MOST_SEEN]
    return {whole(id): _score(score) for id, _, score in (word.partition(":") for word in words)}


def told(advice: Advice) -> str:
    """The same as one field says it."""
    scores = [(each.row.listing.id, each.row.score) for each in advice.matches]
    return " ".join(f"{id}:{'' if score is None else f'{score:.4f}'}" for id, score in scores)


def _score(text: str) -> float | None:
    is_share = len(text) < 8 and text.replace(".", "", 1).isdigit() and text.isascii()
    return float(text) if is_share else None
