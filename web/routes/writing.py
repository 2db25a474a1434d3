"""Writing a need or an achievement step by step. Every step keeps what was typed, right or wrong;
`posting` begins, and the step `check` stores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from market.actions import attachments, sketches
from market.errors import Invalid, NotAllowed, NotFound, Problem
from market.models import Kind, Tier
from market.queries.attachments import attachment_by_code
from market.queries.sketches import DONE, own_sketch
from market.roles import Viewer
from web.deps import Db, Names, Now, Places, Posted, Tx, limited, may
from web.forms.fields import typed_in
from web.forms.organisations import entered, files_of, one_of
from web.forms.steps import CHECK, FILES, step_named
from web.render import go, page
from web.sides import Side, both, path_to
from web.writing.clashes import clash_page, fields_of, names_of
from web.writing.finishing import finished, problems_of
from web.writing.kept import brought_back, may_keeping
from web.writing.late import FINISHED
from web.writing.meaning import Writing
from web.writing.pages import check_page, step_page
from web.writing.posted import named, onwards, save_step

router = APIRouter()
Owner = Annotated[Viewer, Depends(may("sketch.write"))]
"""Whoever is signed in: whose sketch it is decides the rest."""
Typist = Annotated[Viewer, Depends(may_keeping("sketch.write"))]
WRITES = [Depends(limited("write"))]
Files = Sequence[tuple[str, bytes]]
NO_FILE = "请先选择文件。"
OTHERS_STORED = "其余的文件已上传，不用再选。"
BROUGHT_BACK = "已登录，您刚才提交的内容找回来了。"


@both(router, "GET", "/writing/{code}")
def resume(request: Request, code: str, kind: Side, session: Db, viewer: Owner) -> Response:
    sketch = own_sketch(session, code, viewer)
    step = step_named(kind, sketch.step) or step_named(kind, "what")
    return go(request, f"{request.url.path}/{step.name if step else CHECK.name}")


@both(router, "GET", "/writing/{code}/{step}")
def show(
    request: Request, code: str, step: str, kind: Side, session: Tx, places: Names, viewer: Owner,
    now: Now,
) -> Response:  # fmt: skip
    writing = _writing(session, code, kind, places, viewer, now)
    if writing.sketch.step == DONE:
        return go(request, path_to(kind, writing.sketch.listing_id or 0), FINISHED)
    if brought_back(request, session, writing.sketch, viewer, now):
        return go(request, request.url.path, BROUGHT_BACK)
    if step == "clash":
        return clash_page(request, writing)
    if step == "attachments":  # where a refused upload leaves the browser
        return go(request, f"{writing.address}/files")
    found = named(kind, step)
    if found is CHECK:
        return check_page(request, writing)
    return step_page(request, writing, found)


@both(router, "POST", "/writing/{code}/removal", dependencies=WRITES)
def discard(request: Request, code: str, session: Tx, viewer: Owner) -> Response:
    sketches.discard(session, own_sketch(session, code, viewer), viewer)
    return go(request, "/desk", "已删去没写完的内容。")


@both(router, "POST", "/writing/{code}/attachments", dependencies=[Depends(limited("upload"))])
def attach(
    request: Request, code: str, kind: Side, given: Posted, session: Tx, places: Names,
    viewer: Owner, now: Now,
) -> Response:  # fmt: skip
    writing = _writing(session, code, kind, places, viewer, now)
    tier = one_of(Tier, entered(given, "tier")["tier"]) or Tier.BUREAU
    files, data = files_of(given, "file"), request.app.state.settings.data
    wrong = _add_each(writing, files, tier, data) if files else [Problem("file", NO_FILE)]
    if wrong:
        return step_page(request, writing, FILES, wrong, is_told=True)
    return go(request, f"{writing.address}/files", "附件已上传。")


@both(router, "POST", "/writing/{code}/attachments/removal", dependencies=WRITES)
def detach_file(
    request: Request, code: str, kind: Side, given: Posted, session: Tx, places: Names,
    viewer: Owner, now: Now,
) -> Response:  # fmt: skip
    writing = _writing(session, code, kind, places, viewer, now)
    file = attachment_by_code(session, entered(given, "file")["file"], viewer)
    if writing.row is None or (file.noun, file.noun_id) != (kind.value, writing.row.key):
        raise NotFound
    attachments.remove(session, file.code, viewer, now)
    return go(request, f"{writing.address}/files", "附件已删除。")


@both(router, "POST", "/writing/{code}/{step}/field", dependencies=WRITES)
def check_field(
    request: Request, code: str, step: str, kind: Side, given: Posted, session: Db, places: Names,
    viewer: Owner, now: Now,
) -> HTMLResponse:  # fmt: skip
    """What is wrong with one field as it is typed now; nothing is saved."""
    writing, found = _writing(session, code, kind, places, viewer, now), named(kind, step)
    writing.entered.update(typed_in(given, found.inputs(kind)))
    name = entered(given, "name")["name"]
    wrong = [each for each in writing.problems if each.field == name]
    return page(request, "listings/write/field.html", name=name, problems=wrong, block="field")


@both(router, "POST", "/writing/{code}/check", dependencies=WRITES)
def finish(
    request: Request, code: str, kind: Side, given: Posted, session: Tx, places: Names,
    viewer: Owner, now: Now,
) -> Response:  # fmt: skip
    writing = _writing(session, code, kind, places, viewer, now)
    return finished(request, writing, entered(given, "then")["then"])


@both(router, "POST", "/writing/{code}/clash", dependencies=WRITES)
def choose(
    request: Request, code: str, kind: Side, given: Posted, session: Tx, places: Names,
    viewer: Owner, now: Now,
) -> Response:  # fmt: skip
    """Whose words stay, part by part; what is left open is asked again."""
    writing = _writing(session, code, kind, places, viewer, now)
    sketch = writing.sketch
    choices = {n: entered(given, f"choice-{n}")[f"choice-{n}"] for n in names_of(sketch)}
    settled = [name for name, choice in choices.items() if choice in ("mine", "theirs")]
    theirs = fields_of(sketch, [name for name in settled if choices[name] == "theirs"])
    sketches.choose(session, sketch, settled, theirs, viewer, now)
    way = "clash" if names_of(sketch) else "check"
    return go(request, f"{writing.address}/{way}", "" if names_of(sketch) else "已按您的选择合并。")


@both(router, "POST", "/writing/{code}/{step}", dependencies=WRITES)
def save(
    request: Request, code: str, step: str, kind: Side, given: Posted, session: Tx, places: Names,
    viewer: Typist, now: Now,
) -> Response:  # fmt: skip
    writing, found = _writing(session, code, kind, places, viewer, now), named(kind, step)
    if found is FILES:
        return onwards(request, writing, found, entered(given, "then")["then"])
    return save_step(request, writing, found, given)


def _writing(
    session: Db, code: str, kind: Kind, places: Places, viewer: Viewer, now: Now
) -> Writing:
    sketch = own_sketch(session, code, viewer)
    if sketch.kind is not kind:
        raise NotFound
    return Writing(session, sketch, places, viewer, now)


def _add_each(writing: Writing, files: Files, tier: Tier, data: Path) -> list[Problem]:
    """What is wrong with some of them; the others are stored all the same."""
    noun, id = writing.kind.value, writing.row.key if writing.row else 0
    session, viewer, now = writing.session, writing.viewer, writing.now
    wrong: list[Problem] = []
    for name, content in files:
        try:
            attachments.add(session, noun, id, name, content, tier, viewer, now, data)
        except (Invalid, NotAllowed) as error:
            wrong += problems_of(error)
    if 0 < len(wrong) < len(files):
        wrong.append(Problem("file", OTHERS_STORED))
    return wrong
