"""The bureau's desk, and the record of changes."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from market.errors import Invalid
from market.queries import ledger
from market.queries.desk import queues, recent_changes
from market.queries.ledger import LedgerFilter
from market.roles import Viewer
from web.deps import Db, Now, limited, may
from web.forms.bureau import ledger_form
from web.render import page
from web.sheets import csv_text, download

router = APIRouter(prefix="/bureau")
Officer = Annotated[Viewer, Depends(may("desk.view"))]
Auditor = Annotated[Viewer, Depends(may("ledger.view"))]
EXPORTS = [Depends(limited("export"))]


@router.get("")
def show_bureau(request: Request, session: Db, viewer: Officer, now: Now) -> HTMLResponse:
    waiting, done = queues(session, viewer, now), recent_changes(session, viewer)
    return page(request, "bureau/index.html", queues=waiting, done=done, now=now)


@router.get("/ledger")
def show_ledger(request: Request, session: Db, viewer: Auditor) -> HTMLResponse:
    form = ledger_form(request.query_params)
    found = ledger.ledger_page(session, form.filter, viewer)
    status = 422 if form.problems else 200
    return page(request, "bureau/ledger.html", status, form=form, found=found)


@router.get("/ledger.csv", dependencies=EXPORTS)
def export_csv(request: Request, session: Db, viewer: Auditor) -> Response:
    rows = ledger.ledger_export(session, _wanted(request), viewer)
    text = csv_text({**ledger.plain(row), **_flat(row)} for row in rows)
    return download(text, "ledger.csv", "text/csv; charset=utf-8")


@router.get("/ledger.json", dependencies=EXPORTS)
def export_json(request: Request, session: Db, viewer: Auditor) -> Response:
    rows = ledger.ledger_export(session, _wanted(request), viewer)
    text = json.dumps([ledger.plain(row) for row in rows], ensure_ascii=False, indent=1)
    return download(text, "ledger.json", "application/json")


def _wanted(request: Request) -> LedgerFilter:
    """What is asked for; nothing is exported of a search that was entered wrongly."""
    form = ledger_form(request.query_params)
    if form.problems:
        raise Invalid(form.problems)
    return form.filter


def _flat(row: ledger.LedgerRow) -> dict[str, str]:
    """Before and after as one cell each."""
    values = {"before": row.before, "after": row.after}
    return {name: _json(value) if value is not None else "" for name, value in values.items()}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
