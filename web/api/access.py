"""How a program shows who it is: a token of the account, or the session of a browser.

Without either it is a visitor. Which calls a visitor may make is read from the rule of each route.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from fastapi.security import APIKeyCookie, HTTPBearer

from market import rules
from market.roles import VISITOR_VIEWER
from web import cookies

TOKEN = HTTPBearer(
    scheme_name="token", auto_error=False,
    description="访问令牌，在“账号与安全 → 访问令牌”里创建：Authorization: Bearer …",
)  # fmt: skip
SESSION = APIKeyCookie(
    name=cookies.SESSION, scheme_name="session", auto_error=False,
    description="浏览器登录后的会话；写操作还须在 x-csrftoken 头里带上页面里的口令。",
)  # fmt: skip


def rule_of(route: Any) -> str | None:
    """The action that a route names, or None."""
    names = [getattr(part.call, "rule", None) for part in route.dependant.dependencies]
    return next((name for name in names if name), None)


def open_to_visitors(router: APIRouter) -> APIRouter:
    """The router, whose calls say that a visitor may make them where that is so."""
    for route in router.routes:
        if isinstance(route, APIRoute) and rules.may(VISITOR_VIEWER, rule_of(route) or ""):
            route.openapi_extra = {**(route.openapi_extra or {}), "security": [{}]}
    return router
