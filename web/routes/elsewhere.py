"""To the identity provider (OIDC) and back: to sign in, to link, to confirm.

The way there begins with a POST and a page that says where it leads: a form may not end on another
site. Its state lives in the database and works once, in the browser that began.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from market.actions import identities, sign_ins, steps
from market.actions.identities import Claims
from market.credentials import digest_of, is_same, new_token
from market.errors import NotAllowed, NotFound
from market.models import OneTimePurpose
from market.models.people import Person
from market.roles import Viewer
from market.texts import masked
from web import cookies, doors, limits
from web.deps import Db, Now, Posted, Tx, attempt
from web.forms.accounts import Kept, kept, next_of
from web.gates import elsewhere, gate
from web.oidc import Journey, Provider
from web.oidc_source import Refused
from web.render import go
from web.routes.sign_in import Entrant, Oneself

router = APIRouter()
OIDC = OneTimePurpose.OIDC
METHOD = "oidc"
LOST = "这次登录不是从这个浏览器开始的，或者已经用过、已经过期。请重新开始。"
CANCELLED = "在那边没有完成登录。"
LINKED = "已关联。以后可以直接用它登录。"
NOT_YOURS = "那边登录的不是与这个账号关联的人，没有确认。"


@router.post("/sign-in/elsewhere")
def set_out(request: Request, given: Posted, session: Tx, viewer: Entrant, now: Now) -> Response:
    limits.hit(request, "sign-in-address")
    return set_out_for(request, session, viewer, now, "sign-in", next_of(given), "/sign-in")


@router.post("/confirm/elsewhere")
def set_out_to_confirm(
    request: Request, given: Posted, session: Tx, viewer: Oneself, now: Now
) -> Response:
    next = next_of(given, "/account")
    return set_out_for(request, session, viewer, now, "confirm", next, "/account")


@router.get("/sign-in/back")
def come_back(request: Request, session: Tx, viewer: Entrant, now: Now) -> Response:
    """From the provider, with a code to redeem or with an error."""
    provider, way = _provider(request), _take(request, session, now)
    if way is None:
        return _refuse(request, LOST)
    session.commit()  # used up whatever happens next, and no lock is held while we ask
    if "code" not in request.query_params:
        return _refuse(request, CANCELLED)
    journey = _journey(request, str(request.query_params["state"]), way["act"])
    try:
        claims = provider.claims(journey, str(request.query_params["code"]), now)
        return ENDS[way["act"]](request, session, viewer, now, way, claims)
    except (Refused, NotAllowed) as error:
        session.rollback()
        return _refuse(request, error.reason)


@router.get("/sign-in/welcome")
def show_welcome(request: Request, session: Db, viewer: Entrant, now: Now) -> Response:
    claims = _waiting(request, session, now)
    if claims is None or viewer.is_signed_in:
        return go(request, "/sign-in")
    return _welcome(request, claims, name=claims.name)


@router.post("/sign-in/welcome")
def welcome(request: Request, given: Posted, session: Tx, viewer: Entrant, now: Now) -> Response:
    """Make the account of somebody new, once they agreed to the privacy notice."""
    claims, entered = _waiting(request, session, now), kept(given, "name", "privacy")
    if claims is None:
        return _refuse(request, LOST)
    limits.hit(request, "registration")
    with attempt(session) as problems:
        agreed = bool(entered["privacy"])
        person = identities.join(session, claims, entered["name"], agreed, viewer, now)
    if problems:
        return _welcome(request, claims, problems, **entered)
    begun = steps.finish(session, OIDC, cookies.read(request, doors.STEP), now)
    if begun is None:
        return _refuse(request, LOST)
    next = begun.payload["next"]
    return doors.enter(request, session, person, viewer, now, next=next, method=METHOD)


def set_out_for(
    request: Request, session: Session, viewer: Viewer, now: datetime, act: str, next: str,
    back: str,
) -> Response:  # fmt: skip
    """The page from which one goes on to the provider."""
    provider, browser = _provider(request), new_token()
    payload = {"act": act, "next": next, "browser": digest_of(browser)}
    state = steps.begin(session, OIDC, viewer, now, person_id=viewer.person_id, payload=payload)
    session.commit()
    try:
        address = provider.address(_journey(request, state, act))
    except Refused as error:
        return _refuse(request, error.reason)
    on = {"Refresh": f"0;url={address}"}
    answer = gate(request, "leaving", address=address, back=back, headers=on)
    return cookies.give(request, answer, doors.STEP, browser, doors.STEP_SECONDS)


def _take(request: Request, session: Session, now: datetime) -> dict[str, Any] | None:
    """What was begun with this state in this browser; it is used up."""
    state = request.query_params.get("state", "")
    begun = steps.begun(session, OIDC, state, now)
    mine = digest_of(cookies.read(request, doors.STEP))
    if begun is None or not is_same(str(begun.payload.get("browser", "")), mine):
        return None
    way = {**begun.payload, "person_id": begun.person_id}
    return way if steps.finish(session, OIDC, state, now) else None


def _end_sign_in(
    request: Request, session: Session, viewer: Viewer, now: datetime, way: dict[str, Any],
    claims: Claims,
) -> Response:  # fmt: skip
    """Somebody known comes in; somebody new is asked first; an address that has an account
    belongs to its owner, who must show that in their own way."""
    found = identities.known(session, claims, now)
    if isinstance(found, identities.Linking):
        return gate(request, "linking", status=409)
    if found is None:
        return _keep_waiting(request, session, viewer, now, way, claims)
    if found.totp_secret:
        return doors.ask_second_step(
            request, session, found, viewer, now, next=way["next"], method=METHOD
        )
    return doors.enter(request, session, found, viewer, now, next=way["next"], method=METHOD)


def _end_link(
    request: Request, session: Session, viewer: Viewer, now: datetime, way: dict[str, Any],
    claims: Claims,
) -> Response:  # fmt: skip
    _same_person(viewer, way)
    identities.link(session, claims, viewer, now)
    return go(request, "/account/identities", LINKED)


def _end_confirm(
    request: Request, session: Session, viewer: Viewer, now: datetime, way: dict[str, Any],
    claims: Claims,
) -> Response:  # fmt: skip
    _same_person(viewer, way)
    found = identities.known(session, claims, now)
    if not isinstance(found, Person) or found.key != viewer.person_id:
        raise NotAllowed(NOT_YOURS)
    sign_ins.mark_proven(session, viewer, now, METHOD)
    return go(request, way["next"])


ENDS = {"sign-in": _end_sign_in, "link": _end_link, "confirm": _end_confirm}


def _same_person(viewer: Viewer, way: dict[str, Any]) -> None:
    """Whoever comes back must be signed in as the one who set out."""
    if viewer.person_id is None or viewer.person_id != way["person_id"]:
        raise NotAllowed(LOST)


def _keep_waiting(
    request: Request, session: Session, viewer: Viewer, now: datetime, way: dict[str, Any],
    claims: Claims,
) -> Response:  # fmt: skip
    """Hold what the provider said, sealed, until somebody new has agreed to the privacy notice."""
    told = {name: getattr(claims, name) for name in CLAIMS}
    sealed = request.app.state.keys.seal(json.dumps(told))
    payload = {"act": "welcome", "next": way["next"], "claims": sealed}
    token = steps.begin(session, OIDC, viewer, now, payload=payload)
    answer = go(request, "/sign-in/welcome")
    return cookies.give(request, answer, doors.STEP, token, doors.STEP_SECONDS)


CLAIMS = ("issuer", "subject", "email", "email_verified", "name")


def _waiting(request: Request, session: Session, now: datetime) -> Claims | None:
    begun = steps.begun(session, OIDC, cookies.read(request, doors.STEP), now)
    text = begun and request.app.state.keys.open(begun.payload.get("claims", ""))
    return Claims(**json.loads(text)) if text else None


def _welcome(request: Request, claims: Claims, problems: Any = (), **entered: str) -> Response:
    shown = masked(claims.email) if claims.email and claims.email_verified else ""
    form = Kept(entered)
    return gate(request, "welcome", problems, entered=form, masked=shown)


def _journey(request: Request, state: str, act: str) -> Journey:
    callback = request.app.state.settings.address + "/sign-in/back"
    return Journey.of(request.app.state.keys, state, callback, anew=act == "confirm")


def _provider(request: Request) -> Provider:
    found = elsewhere(request)
    if found is None:
        raise NotFound
    return found


def _refuse(request: Request, reason: str) -> Response:
    viewer = request.state.viewer
    back = "/account/identities" if viewer.is_signed_in else "/sign-in"
    return gate(request, "refused", status=400, reason=reason, back=back)
