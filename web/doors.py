"""At the door: how often somebody may try to sign in, and what their browser is then handed.

Wrong passwords are counted for the account together with where they come from. Strangers to an
account share one more count, but a browser in which it was signed in before has a count of its
own: whoever guesses at somebody's password keeps nobody else out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response

from market.actions import sign_ins, steps
from market.contacts import known_target
from market.credentials import new_token
from market.models import Person
from market.policy import current
from market.roles import Viewer
from web import cookies, limits
from web.addresses import inner
from web.limits import network_of
from web.render import go
from web.viewers import address_of

STEP = "kejie_step"
"""Begun in this browser and not finished: the second step, or the way to a provider and back."""
HOME = "/desk"
"""Where somebody who asked for nothing else is led after signing in."""
STEP_SECONDS = 60 * steps.MINUTES
HOUR = 3_600
A_YEAR = 365 * 24 * 3600
ACCOUNTS = 8
"""So many accounts a browser is remembered for."""


def count_try(request: Request, login: str) -> None:
    """Count one try to sign in. Raises TooMany."""
    account = known_target(login) or login
    limits.hit(request, "sign-in-address")
    if _mark(request, account) in _device(request)["known"]:
        limits.hit(request, "sign-in-device", account, _device(request)["id"])
        return
    limits.hit(request, "sign-in", account, network_of(request))
    limits.hit(request, "sign-in-strangers", account)


def forgive(request: Request, login: str) -> None:
    """The last try was right."""
    account = known_target(login) or login
    limits.forgive(request, "sign-in", account, network_of(request))
    limits.forgive(request, "sign-in-device", account, _device(request)["id"])


def count_code(request: Request, target: str) -> None:
    """Count one letter that is asked for, by where it goes and where it is asked for. Raises
    TooMany."""
    limits.hit(request, "code-address")
    limits.hit(request, "code-target", known_target(target) or target)


def enter(
    request: Request, session: Session, person: Person, viewer: Viewer, now: Any, *, next: str,
    method: str = "password", password: str = "", said: str = "",
) -> Response:  # fmt: skip
    """Sign somebody in: a new token in every case, and the session that was here ends."""
    agent, address = request.headers.get("user-agent", ""), address_of(request)
    _, token = sign_ins.open_session(
        session, person, viewer, now, method=method, agent=agent, address=address,
        password=password,
    )  # fmt: skip
    sign_ins.sign_out(session, viewer, now)
    answer = go(request, HOME if next == "/" else inner(next), said)
    seconds = int(current().period("session_days").total_seconds())
    cookies.give(request, answer, cookies.SESSION, token, seconds)
    cookies.take_back(request, answer, STEP)
    return remember(request, answer, [person.email or "", person.mobile or ""])


def ask_second_step(
    request: Request, session: Session, person: Person, viewer: Viewer, now: Any, *, next: str,
    method: str,
) -> Response:  # fmt: skip
    """The password was right; what is still asked for is bound to this browser."""
    payload = {"next": inner(next), "method": method}
    token = steps.await_code(session, person, viewer, now, payload)
    return cookies.give(request, go(request, "/sign-in/second-step"), STEP, token, STEP_SECONDS)


def leave(request: Request, answer: Response) -> Response:
    """The answer, with which the browser forgets the session."""
    return cookies.take_back(request, answer, cookies.SESSION)


def remember(request: Request, answer: Response, accounts: list[str]) -> Response:
    """The answer, which has the browser known for these addresses and numbers."""
    device = _device(request)
    marks = [_mark(request, account) for account in accounts if account]
    known = list(dict.fromkeys([*marks, *device["known"]]))[:ACCOUNTS]
    value = request.app.state.keys.sign("device", {"id": device["id"], "known": known})
    return cookies.give(request, answer, cookies.DEVICE, value, A_YEAR)


def _device(request: Request) -> Mapping[str, Any]:
    """What this browser is remembered for; somebody new has an id that nobody counts for."""
    token = cookies.read(request, cookies.DEVICE)
    found = request.app.state.keys.read("device", token, A_YEAR) if token else None
    if isinstance(found, dict) and isinstance(found.get("known"), list):
        return found
    return {"id": new_token(), "known": []}


def _mark(request: Request, account: str) -> str:
    digest: str = request.app.state.keys.digest("device", account)
    return digest[:32]
