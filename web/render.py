"""Page or fragment: the one place that decides, and the one place that knows the templates.

A template's block, the element it prints and the `HX-Target` that asks for it share one name.
A request of htmx that names such a block gets the block alone, with the page's title before it;
every other request, and above all one that restores history, gets the whole page.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2_fragments import render_block
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from market.queries.standing import Standing, standing
from market.roles import Permission, Viewer
from web import (
    addresses,
    assets,
    cookies,
    facts,
    formats,
    forms,
    marks,
    permissions,
    stored,
    trees,
)
from web.forms import naming, steps
from web.icons import icon
from web.markdown import prose
from web.passing import linked_data
from web.viewers import viewer_for

TEMPLATES = Path(__file__).parent / "templates"
VARY = "HX-Request, HX-Target, HX-History-Restore-Request"
MACROS = (
    "ui", "form_ui", "file_ui", "desk_ui", "queue_ui", "parts_ui", "saved_ui", "listing_ui",
    "answer_ui", "match_ui", "disclosure_ui", "compare_ui", "conditions_ui", "write_ui",
    "organisation_ui", "ledger_ui", "advice_ui", "history_ui", "import_ui",
)  # fmt: skip
"""In this order: one may use those before it."""
SAID_SECONDS = 60
SAID_LONGEST = 200
PARTS = frozenset({
    "advice", "answered", "directory", "field", "found", "import", "inbox", "listing", "notice",
    "outbox", "preview", "results", "saved", "star",
})  # fmt: skip
"""The elements that are ever replaced alone. Any other block (a slot of the frame) leans on what
its template says around it, so that whoever names one gets the whole page."""


@cache
def environment() -> Environment:
    """The templates, with every macro and formatter as a global: blocks are rendered alone."""
    jinja = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.globals.update(icon=icon, asset=assets.address, facts=facts, marked=marks.marked)
    jinja.globals.update(excerpt=marks.excerpt, trying=forms.trying, shown=trees.shown)
    jinja.globals.update(prose=prose, in_words=stored.in_words, linked_data=linked_data.block)
    jinja.globals.update(move_words=permissions.MOVE_WORDS, state_words=permissions.STATE_WORDS)
    jinja.globals.update(formats.GLOBALS, csrf=csrf, Permission=Permission)
    jinja.globals.update(part_name=naming.part_name, input_name=naming.input_name)
    jinja.globals.update(step_of=steps.step_of)
    for name in MACROS:
        jinja.globals[name] = jinja.get_template(f"{name}.html").module
    return jinja


def wants_fragment(request: Request) -> bool:
    """Whether htmx asks for a part; a page that comes back from history is never a part."""
    headers = request.headers
    is_restore = headers.get("HX-History-Restore-Request") == "true"
    return headers.get("HX-Request") == "true" and not is_restore


def page(
    request: Request,
    template: str,
    status: int = 200,
    headers: dict[str, str] | None = None,
    block: str | None = None,
    **context: Any,
) -> HTMLResponse:
    """The template as a page, or as the block that the request's `HX-Target` names.

    `block` names another one, for an answer that carries its own `HX-Retarget`.
    """
    request.state.failed = status >= 400
    viewer = viewer_for(request)
    values = {"request": request, "path": request.url.path, "viewer": viewer, **context}
    found = environment().get_template(template)
    target = block or request.headers.get("HX-Target", "")
    is_fragment = wants_fragment(request) and target in PARTS and target in found.blocks
    values["is_fragment"] = is_fragment
    said = ""
    if is_fragment:
        values |= {"standing": Standing(), "unread": 0, "said": said}
        html = _block(template, "title", values, "<title>{}</title>")
        html += _block(template, target, values)
    else:
        said, mine = _said(request), _standing(request, viewer)
        html = found.render({"standing": mine, "unread": mine.unread, "said": said, **values})
    answer = HTMLResponse(
        html, status, {"Vary": VARY, "Cache-Control": "private, no-cache", **(headers or {})}
    )
    return cookies.take_back(request, answer, cookies.SAID) if said else answer


def go(request: Request, path: str, said: str = "") -> RedirectResponse:
    """On to another page of this site after something was done; `said` is shown there once."""
    answer = RedirectResponse(addresses.inner(path), 303)
    if not said:
        return answer
    token = request.app.state.keys.sign("said", said[:SAID_LONGEST])
    return cookies.give(request, answer, cookies.SAID, token, SAID_SECONDS)


def csrf(request: Request) -> Markup:
    """The hidden field that every form with `method="post"` begins with."""
    make = request.scope.get("csrftoken")
    token = make() if make else cookies.read(request, cookies.CSRF)
    return Markup('<input type="hidden" name="csrftoken" value="{}">').format(token)


def _said(request: Request) -> str:
    """The message that was left for this page, if it is one of ours and fresh."""
    token = cookies.read(request, cookies.SAID)
    said = token and request.app.state.keys.read("said", token, SAID_SECONDS)
    return said if isinstance(said, str) else ""


def _standing(request: Request, viewer: Viewer) -> Standing:
    """What the head of the page shows of somebody who is signed in; one query."""
    if not viewer.is_signed_in:
        return Standing()
    with request.app.state.sessions() as session:
        return standing(session, viewer)


def _block(template: str, name: str, values: dict[str, Any], around: str = "{}") -> str:
    return around.format(render_block(environment(), template, name, values).strip())
