"""The cookies of the site: what each is called, and how it is given, read and taken back.

Behind TLS (KEJIE_PUBLIC_URL begins with https) every name carries `__Host-`: a browser then takes
the cookie only from this very host, over TLS, for all of its paths, so that neither a neighbour's
subdomain nor a plain connection can plant one.
"""

from __future__ import annotations

from http.cookies import CookieError
from typing import TypeVar

from starlette.requests import HTTPConnection
from starlette.responses import Response

from web.settings import Settings

SESSION = "kejie_session"
"""The token of a sign-in."""
CSRF = "kejie_csrf"
"""What a form must repeat."""
SAID = "kejie_said"
"""One message for the next page."""
DEVICE = "kejie_device"
"""Marks a browser in which somebody has signed in before."""
KEPT = "kejie_kept"
"""Names a form that was posted after its session had ended."""
R = TypeVar("R", bound=Response)


def name(settings: Settings, plain: str) -> str:
    """What a cookie is called here."""
    return f"__Host-{plain}" if settings.is_secure else plain


def read(request: HTTPConnection, plain: str) -> str:
    """The value that came with a request, or nothing."""
    try:
        return request.cookies.get(name(request.app.state.settings, plain), "")
    except (CookieError, UnicodeError):
        return ""


def give(request: HTTPConnection, answer: R, plain: str, value: str, seconds: int) -> R:
    """The answer, with a cookie that no script can read and no other site makes a browser post."""
    settings = request.app.state.settings
    answer.set_cookie(
        name(settings, plain), value, max_age=seconds, path="/", secure=settings.is_secure,
        httponly=True, samesite="lax",
    )  # fmt: skip
    return answer


def take_back(request: HTTPConnection, answer: R, plain: str) -> R:
    """The answer, which has the browser forget a cookie."""
    settings = request.app.state.settings
    answer.delete_cookie(
        name(settings, plain), path="/", secure=settings.is_secure, httponly=True, samesite="lax"
    )
    return answer
