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
from starlette.requests import Request
from starlette.responses import HTMLResponse

from web import assets, facts, formats, forms, marks, trees
from web.icons import icon

TEMPLATES = Path(__file__).parent / "templates"
VARY = "HX-Request, HX-Target, HX-History-Restore-Request"


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
    jinja.globals.update(formats.GLOBALS)
    for name in ("ui", "listing_ui", "match_ui", "conditions_ui"):
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
    values = {"request": request, "path": request.url.path, **context}
    found = environment().get_template(template)
    target = block or request.headers.get("HX-Target", "")
    is_fragment = wants_fragment(request) and target != "title" and target in found.blocks
    values["is_fragment"] = is_fragment
    if is_fragment:
        html = _block(template, "title", values, "<title>{}</title>")
        html += _block(template, target, values)
    else:
        html = found.render(values)
    return HTMLResponse(
        html, status, {"Vary": VARY, "Cache-Control": "no-cache", **(headers or {})}
    )


def _block(template: str, name: str, values: dict[str, Any], around: str = "{}") -> str:
    return around.format(render_block(environment(), template, name, values).strip())
