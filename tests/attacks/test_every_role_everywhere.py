"""What one organisation keeps is not there for anybody else, whatever the address: generated from
the routes of the app, for everybody, as a page, as a part of one, through the API and as a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from httpx import Response
from sqlmodel import SQLModel, col, select

from market.models import (
    Answer,
    Attachment,
    Certification,
    Disclosure,
    Import,
    ImportRow,
    Invitation,
    Membership,
    Need,
    Notice,
    Role,
    SavedItem,
    SavedList,
    Sketch,
)
from market.roles import PERMISSIONS, Permission
from tests.attacks.town import EVERYBODY, NOUNS, OWN, Town, secret, town_on
from tests.web.pages import HX, Client
from tests.web.routes import Route

OURS = frozenset(f"own {role.value}" for role in OWN)
QUEUE = frozenset(role.value for role in Role if Permission.QUEUE_READ in PERMISSIONS.get(role, ()))
BUREAU = frozenset(
    role.value for role in Role if Permission.BUREAU_FIELDS in PERMISSIONS.get(role, ())
)
SIGNED_IN = frozenset(EVERYBODY) - {"visitor"}
OFFICER, APPROVER = frozenset({"round-officer"}), frozenset({"approver"})
WRITERS = frozenset({"own editor", "own owner"})
OWNER, ADMINISTRATOR = frozenset({"own owner"}), frozenset({"administrator"})
MAY_READ = {
    "need": OURS, "achievement": OURS, "file name": OURS, "content": OURS, "purpose": OURS,
    "appointment": OURS, "note": OURS | QUEUE, "invited": OURS, "shown body": OURS | BUREAU,
    "shown reason": OURS | QUEUE, "review": OURS | QUEUE, "down": OURS | QUEUE,
    "statement": OURS | QUEUE, "merge reason": QUEUE, "subject": OWNER, "notice text": OWNER,
    "letter": OWNER | ADMINISTRATOR, "reached": OWNER | ADMINISTRATOR, "report": OFFICER | OWNER,
    "contact": OFFICER | OWNER, "sketch": OWNER, "import": WRITERS, "list": OWNER, "answer": OWNER,
    "shown earlier": OURS | BUREAU, "shown contact": SIGNED_IN,
    "open contact": SIGNED_IN,
    "appeal": OURS | QUEUE, "person name": OURS | QUEUE | ADMINISTRATOR,
}  # fmt: skip
"""Who may meet a word, by the beginning of its name; every other word is public."""
MAY_OPEN = {
    "need": OURS, "achievement": OURS, "code": OURS, "disclosure": OURS, "appointment": OURS,
    "membership_id": OURS, "invitation_id": OURS, "certification": QUEUE, "report": OFFICER,
    "appeal": APPROVER, "merge": QUEUE, "person": ADMINISTRATOR, "delivery": ADMINISTRATOR,
    "notice": OWNER, "sketch": OWNER, "import": WRITERS, "list": OWNER, "item": OWNER,
}  # fmt: skip
"""Who finds anything at all at the address of a thing."""
KEPT = ("contact", "invited", "reached", "content")
"""Words that the town plants without an entry of their own."""
PURPOSE = "窑炉余热合作开发的意向"
FORM = {
    "name": "publish", "move": "remove", "reason": "理由充分", "purpose": PURPOSE, "promise": "yes",
    "text": "理由充分", "role": "viewer", "title": "改过的标题", "version": "1", "person": "1",
    "current": "2", "tier": "public", "list": "1", "note": "改过的备注", "do": "all",
    "then": "publish", "column-0": "title", "cell-1-title": "改过的标题", "row": "1",
    "owner": "1", "kind": "need", "organisation": "1",
}  # fmt: skip
BODIES: tuple[tuple[str, dict[str, Any]], ...] = (
    (r".*/(needs|achievements)/[^/]+/moves$", {"name": "withdraw"}),
    (r".*/(needs|achievements)/[^/]+/answers/[^/]+$", {"reason": "solves", "comment": "合用"}),
    (r".*/(needs|achievements)/[^/]+/attachments/[^/]+$", {"tier": "public"}),
    (r".*/lists/items/[^/]+$", {"note": "改过的备注"}),
    (r".*/lists/[^/]+$", {"name": "改过的名字"}),
    (r".*/lists/[^/]+/items$", {"kind": "need", "id": 1}),
    (r".*/imports/[^/]+/rows$", {"cells": {"1": {"title": "改过的标题"}}, "choose": "all"}),
    (r".*/imports/[^/]+/run$", {"then": "publish"}),
    (r".*/imports/[^/]+$", {"mapping": ["title"]}),
    (r".*/memberships/[^/]+/moves$", {"name": "remove"}),
    (r".*/certifications/[^/]+/moves$", {"name": "verify"}),
    (r".*/merges/[^/]+/moves$", {"name": "approve"}),
    (r".*/(needs|achievements)/[^/]+$", {"title": "改过的标题"}),
    (
        r".*/(needs|achievements)/[^/]+/disclosures$",
        {"purpose": PURPOSE, "promised": True},
    ),
    (r".*/appointments$", {"person": 1, "reason": "理由充分"}),
    (r".*/disclosures/[^/]+$", {"move": "end"}),
)
NOT_THERE = {
    "code": "qznonezq", "membership_id": 987_654, "invitation_id": 987_654, "item": 987_654,
}  # fmt: skip


@pytest.fixture(scope="module")
def town(empty: Any, tmp_path_factory: pytest.TempPathFactory) -> Town:
    from tests.web.conftest import indexed

    return town_on(indexed(empty, tmp_path_factory, 1, 1))


def forbidden(town: Town, who: str) -> dict[str, str]:
    """The words that somebody must never meet, by name."""
    words = town.planted | {name: secret(name) for name in KEPT}
    return {
        name: word for name, word in words.items()
        if any(name.startswith(start) and who not in may for start, may in MAY_READ.items())
    }  # fmt: skip


def thing_of(route: Route) -> str | None:
    """What a route is about, if that can be hidden."""
    if "/writing/" in route.path:
        return "sketch"
    for part in ("code", "membership_id", "invitation_id", "item"):
        if f"{{{part}}}" in route.path:
            return part
    if "{id}" not in route.path:
        return None
    noun = next((noun for start, noun in NOUNS if re.match(start, route.path)), None)
    return noun if noun in MAY_OPEN else None


def send(client: Client, route: Route, address: str, **headers: str) -> Response:
    if route.method == "GET":
        return client.raw.get(address, headers=headers)
    if address.startswith("/api/"):
        body = next((b for pattern, b in BODIES if re.fullmatch(pattern, address)), None)
        return client.raw.request(
            route.method, address, json=body, headers={"If-Match": "1", **headers}
        )
    return client.raw.request(route.method, address, data=FORM, headers=headers)


def leaks(answer: Response, words: dict[str, str]) -> list[str]:
    """The names of words that stand in an answer, its headers included."""
    said = answer.text + str(answer.headers.items()) + answer.content.decode("latin-1")
    return [name for name, word in words.items() if word in said]


def same(answer: Response) -> tuple[int, str]:
    """An answer without what differs from one to the next."""
    number = re.escape(answer.headers.get("x-request-id", "-"))
    text = re.sub(rf"{number}|\d+|qz\w+zq|[\w.-]{{16,}}", "", answer.text)
    return answer.status_code, text


def found(town: Town, client: Client, who: str, route: Route) -> Iterator[str]:
    """Everything that is wrong with what this route answers."""
    thing, words = thing_of(route), forbidden(town, who)
    for headers in ({}, {**HX, "HX-Target": "main"}) if route.method == "GET" else ({},):
        answer = send(client, route, town.address(route), **headers)
        yield from (f"{name} 可见" for name in leaks(answer, words))
        if answer.status_code >= 500:
            yield f"{answer.status_code}"
        if thing == "need" and route.method == "GET":
            shown = send(client, route, town.address(route, id=town.ids["shown"]), **headers)
            yield from (f"{name} 可见" for name in leaks(shown, words))
        if thing is None or who in MAY_OPEN[thing]:
            continue
        if answer.status_code not in (303, 401, 403, 404, 422):
            yield f"{answer.status_code}"
        nowhere = town.address(route, **(NOT_THERE | {"id": 987_654}))
        if same(answer) != same(send(client, route, nowhere, **headers)):
            yield f"{answer.status_code} 与不存在的不同"


def hidden_routes(town: Town, who: str, *methods: str) -> list[Route]:
    return [r for r in town.routes(*methods) if (t := thing_of(r)) and who not in MAY_OPEN[t]]


@pytest.mark.slow
@pytest.mark.parametrize("who", EVERYBODY)
def test_nobody_reads_what_is_not_theirs(town: Town, who: str) -> None:
    client = town.browser(who)
    wrong = {r.path: f for r in town.routes("GET") if (f := [*found(town, client, who, r)])}
    assert wrong == {}


@pytest.mark.parametrize("who", EVERYBODY)
def test_what_is_hidden_is_404_for_whoever_may_open_such_pages(town: Town, who: str) -> None:
    """With the right to open pages of that kind, nobody learns more than that there is nothing."""
    client, wrong = town.browser(who), {}
    from market import rules

    viewer = _viewer(town, who)
    for route in hidden_routes(town, who, "GET"):
        if rules.may(viewer, route.rule or ""):
            status = client.raw.get(town.address(route)).status_code
            wrong |= {route.path: status} if status != 404 else {}
    assert wrong == {}


@pytest.mark.slow
@pytest.mark.parametrize("who", [who for who in EVERYBODY if who not in OURS])
def test_nobody_changes_what_is_not_theirs(town: Town, who: str) -> None:
    client, before = town.browser(who), everything(town)
    routes = hidden_routes(town, who, "POST", "PUT", "PATCH", "DELETE")
    assert len(routes) > 20
    wrong = {(r.method, r.path): f for r in routes if (f := [*found(town, client, who, r)])}
    assert wrong == {}
    assert everything(town) == before


def test_whoever_only_reads_for_an_organisation_writes_nothing(town: Town) -> None:
    """At every address that is about what their organisation has."""
    client, before = town.browser("own viewer"), everything(town)
    things = {"need", "achievement", "code", "import", "sketch", "list", "item"}
    routes = [r for r in town.routes("POST", "PUT", "PATCH", "DELETE") if thing_of(r) in things]
    assert len(routes) > 60
    done = {
        (r.method, r.path): status for r in routes
        if (status := send(client, r, town.address(r, other=987_654)).status_code) < 300
    }  # fmt: skip
    assert {path for _, path in done} <= {"/needs/advice", "/achievements/advice"}
    assert everything(town) == before


@pytest.mark.parametrize(
    ("who", "path", "name"),
    [
        ("own viewer", "/needs/{need}", "need body"), ("own editor", "/needs/{need}", "file name"),
        ("own owner", "/needs/{shown}/disclosures", "purpose"),
        ("own owner", "/organisations/{organisation}/members", "note"),
        ("own owner", "/inbox", "subject"), ("own editor", "/imports/{import}", "import cell"),
        ("own owner", "/lists/{list}", "list note"),
        ("own owner", "/api/v1/needs/{shown}/answers", "answer comment"),
        ("own owner", "/needs/{need}/history/1/2", "need earlier body"),
        ("approver", "/needs/{shown}/history/1/2", "shown earlier body"),
        ("own viewer", "/achievements/{achievement}", "achievement holder"),
        ("visitor", "/achievements/{open}", "open indicator before"),
        ("visitor", "/needs/{shown}/compare?achievement={open}", "open indicator value"),
        ("stranger", "/needs/{shown}", "shown contact"), ("visitor", "/needs", "shown title"),
        ("visitor", "/needs/feed.atom", "shown title"),
        ("visitor", "/needs/export.json", "shown title"),
        ("round-officer", "/bureau/certifications/{certification}", "statement"),
        ("round-officer", "/bureau/reports/{report}", "report"),
        ("approver", "/bureau/appeals/{appeal}", "appeal"),
        ("supervisor", "/bureau/merges/{merge}", "merge reason"),
        ("finance", "/needs/{shown}", "shown body"),
        ("administrator", "/bureau/people/{newcomer}", "person name"),
    ],
)  # fmt: skip
def test_the_words_are_there_for_those_they_are_for(
    town: Town, who: str, path: str, name: str
) -> None:
    """Without this the tests above would prove nothing."""
    ids = {**town.ids, "newcomer": town.people["newcomer"]}
    assert town.planted[name] in town.browser(who).raw.get(path.format(**ids)).text


def everything(town: Town) -> list[dict[str, Any]]:
    """What the home organisation keeps, as it is stored."""
    tables: tuple[type[SQLModel], ...] = (
        Need, Attachment, Disclosure, Membership, Invitation, Certification, Notice, Import,
        ImportRow, Sketch, SavedList, SavedItem, Answer,
    )  # fmt: skip
    with town.site.session() as session:
        return [
            row.model_dump() for table in tables
            for row in session.exec(select(table).order_by(col(table.id)))  # type: ignore[attr-defined]
        ]  # fmt: skip


def _viewer(town: Town, who: str) -> Any:
    from market.queries.people import viewer_of
    from market.roles import VISITOR_VIEWER
    from tests.web.people import token_of

    if who == "visitor":
        return VISITOR_VIEWER
    token = token_of(town.site, town.people[who])
    with town.site.session() as session:
        return viewer_of(session, token, town.site.app.state.now(), "")
