"""Who asks: the person behind a session cookie or an API token, else a visitor.

Read once a request and kept in `request.state.viewer`. A request with `Authorization: Bearer` is
judged by its token alone, never by a cookie: that is why it needs no token against forgery.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

from starlette.requests import Request

from market.actions import sign_ins
from market.db import writing
from market.errors import NotSignedIn
from market.models import SignInKind
from market.queries.people import touch_is_due, viewer_of
from market.roles import VISITOR_VIEWER, Viewer
from web import cookies

STALE_TOKEN = "访问令牌无效、已撤销或已过期，请在“账号”里换一个。"
BEARER = "Bearer "
LOCAL = ("localhost", "127.0.0.1", "::1")
PASSED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def address_of(request: Request) -> str:
    """Where a request came from, as uvicorn tells it: only a trusted proxy's word counts."""
    given = request.client.host if request.client else ""
    try:
        found = ip_address(given)
    except ValueError:
        return given[:60]
    return str(getattr(found, "ipv4_mapped", None) or found)


def is_beside(request: Request) -> bool:
    """Whether a program on this very machine asks, not a proxy on it for somebody else."""
    try:
        is_near = ip_address(address_of(request)).is_loopback
    except ValueError:
        is_near = False
    is_passed_on = any(name in request.headers for name in PASSED_ON)
    return is_near and not is_passed_on and request.url.hostname in LOCAL


def bearer_of(request: Request) -> str | None:
    """The API token of a request, or None if it brought no such header."""
    given = request.headers.get("Authorization", "")
    return given.removeprefix(BEARER).strip() if given.startswith(BEARER) else None


def read_viewer(request: Request) -> Viewer:
    """Who asks, read now. Raises NotSignedIn for a token that no longer works."""
    bearer = bearer_of(request)
    is_cookie = bearer is None
    token = cookies.read(request, cookies.SESSION) if is_cookie else bearer
    kind = SignInKind.BROWSER if is_cookie else SignInKind.TOKEN
    found = _known(request, token, kind) if token else None
    if found is None and bearer is not None:
        raise NotSignedIn(STALE_TOKEN)
    return found or visitor(request)


def visitor(request: Request) -> Viewer:
    """Somebody without an account, and where they ask from."""
    return replace(VISITOR_VIEWER, origin=_origin(request))


def viewer_for(request: Request) -> Viewer:
    """Who asks, also where no route was reached: on the page of a failure."""
    found: Viewer | None = getattr(request.state, "viewer", None)
    if found is None:
        try:
            found = read_viewer(request)
        except Exception:  # the page of a failure must come whatever failed
            found = VISITOR_VIEWER
        request.state.viewer = found
    return found


def has_credential(request: Request) -> bool:
    """Whether there is anything to look up: most requests of visitors bring nothing."""
    return "authorization" in request.headers or "cookie" in request.headers


def _known(request: Request, token: str, kind: SignInKind) -> Viewer | None:
    now = request.app.state.now()
    with request.app.state.sessions() as session:
        found = viewer_of(session, token, now, _origin(request), kind)
        request.state.is_touch_due = found is not None and touch_is_due(session, found, now)
        return found


def _origin(request: Request) -> str:
    """Where from, as the record of changes keeps it."""
    way = "api" if request.url.path.startswith("/api/") else "web"
    return f"{way} {address_of(request)}"


def touch(request: Request) -> None:
    """Write that the session of this request is in use; called once the answer was sent."""
    viewer: Viewer = request.state.viewer
    if viewer.sign_in_id is not None:
        with writing(request.app.state.engine) as session:
            sign_ins.touch(session, viewer, request.app.state.now())
