"""The pages of people with accounts, each with those whose page it is."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext

from tests.browser.scene import Scene
from web import cookies

VISITOR = "visitor"
PAGES: dict[str, list[str]] = {
    VISITOR: [
        "/register", "/sign-in", "/forgot", "/privacy", "/roles", "/reports", "{receipt:need}",
        "{need}", "{need}/disclosures", "{need}/report", "{org:owner}",
    ],
    "newcomer": [
        "/desk", "/needs/new", "/organisations/new", "{org:owner}/join", "/account",
        "/account/contact", "/account/security", "/account/sessions", "/account/tokens",
        "/account/data", "/account/erasure", "/account/notices", "/account/identities",
        "/account/consents", "/inbox", "{need}", "/lists", "{need}/compare",
    ],
    "owner": [
        "/desk", "/inbox", "/disclosures", "/needs/new", "/achievements/new", "{need}",
        "{need}/edit", "{draft}", "{draft}/edit", "{down}", "{down}/appeal", "{need}/disclosures",
        "{org:owner}", "{org:owner}/edit", "{org:owner}/members", "{org:owner}/invitations",
        "{org:owner}/certification", "{need}/history", "/imports",
    ],
    "asker": ["/desk", "/disclosures", "{need}/disclosures", "{org:asker}/certification"],
    "officer": [
        "/bureau", "/bureau/certifications", "{certification:asker}", "/bureau/listings",
        "{review}", "/bureau/reports", "{report:need}", "{report:down}",
        "/bureau/merges", "/bureau/merges/new", "{merge}", "{need}",
    ],
    "approver": ["/bureau", "/bureau/appeals", "{appeal}", "{merge}"],
    "supervisor": ["/bureau", "/bureau/ledger"],
    "finance": ["/bureau"],
    "expert": ["/disclosures"],
    "admin": ["/bureau", "/bureau/people", "/bureau/people/1", "/bureau/ledger", "/bureau/outbox"],
}  # fmt: skip


EVERY = [(role, path) for role, paths in PAGES.items() for path in paths]


def pages_of(scene: Scene) -> dict[str, list[str]]:
    """The same with the paths of a scene."""
    return {role: [path_in(scene, path) for path in paths] for role, paths in PAGES.items()}


def path_in(scene: Scene, path: str) -> str:
    """A path of `PAGES` in a scene."""
    for key, found in scene.paths.items():
        path = path.replace(f"{{{key}}}", found)
    return path


def context_of(
    browser: Browser, address: str, scene: Scene, role: str, width: int = 1280, **options: Any
) -> BrowserContext:
    """A browser of one's own in which somebody of that role is signed in."""
    context = browser.new_context(
        base_url=address, viewport={"width": width, "height": 900}, locale="zh-CN", **options
    )
    if role != VISITOR:
        token = scene.tokens[role]
        context.add_cookies([{"name": cookies.SESSION, "value": token, "url": address}])
    return context
