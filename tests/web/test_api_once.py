"""Writes that are sent twice and reads that are sent again: nothing happens twice, nothing is
fetched in vain, nobody overwrites what they have not read."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fastapi.routing import APIRoute
from httpx import Response
from sqlmodel import func, select

from market import clock
from market.models import Attachment, Need, Replay, SignIn, SignInKind, Tier
from tests.market.containers import PDF
from tests.web.pages import Client
from tests.web.people import signed_in, token_of, visitor
from tests.web.site import Site, draft
from tests.web.test_api_writes import NEED
from web.api import listings, posting, router
from web.api.once import Once
from web.deps import SAFE


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(1, 1)


def sent(
    client: Client, method: str, path: str, key: str | None, *, headers: Any = None, **given: Any
) -> Response:
    named = {"Idempotency-Key": key} if key is not None else {}
    return client.raw.request(
        method, f"/api/v1{path}", headers={**named, **(headers or {})}, **given
    )


def needs(site: Site) -> int:
    with site.session() as session:
        return session.exec(select(func.count()).select_from(Need)).one()


def test_a_write_that_is_sent_twice_happens_once(site: Site, body: int, owner: Client) -> None:
    before, given = needs(site), {"organisation": body, **NEED}
    first = sent(owner, "POST", "/needs", "a-1", json=given)
    again = sent(owner, "POST", "/needs", "a-1", json=given)
    assert (first.status_code, again.status_code) == (201, 201)
    assert (again.json(), again.headers["etag"]) == (first.json(), first.headers["etag"])
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert needs(site) == before + 1
    assert sent(owner, "POST", "/needs", "a-2", json=given).json()["id"] != first.json()["id"]


def test_the_key_of_another_request_is_refused(site: Site, body: int, owner: Client) -> None:
    given = {"organisation": body, **NEED}
    id = sent(owner, "POST", "/needs", "a", json=given).json()["id"]
    other = sent(owner, "POST", "/needs", "a", json={**given, "title": "另一条"})
    assert other.status_code == 422
    assert other.json()["problems"] == [{
        "field": "Idempotency-Key",
        "reason": "这个 Idempotency-Key 已经用于另一个请求，请换一个新的再发。",
    }]  # fmt: skip
    moved = sent(owner, "POST", f"/needs/{id}/moves", "a", json={"name": "publish"})
    assert moved.status_code == 422


@pytest.mark.parametrize("key", ["", "k" * 201, "a\tb"])
def test_a_key_that_is_none_is_refused(body: int, owner: Client, key: str) -> None:
    answer = sent(owner, "POST", "/needs", key, json={"organisation": body, **NEED})
    assert (answer.status_code, answer.json()["problems"][0]["field"]) == (422, "Idempotency-Key")


def test_a_key_is_ones_own(site: Site, body: int, owner: Client) -> None:
    given = {"organisation": body, **NEED}
    mine = sent(owner, "POST", "/needs", "a", json=given).json()["id"]
    other = signed_in(site, organisation=body)
    assert sent(other, "POST", "/needs", "a", json=given).json()["id"] != mine


def test_what_failed_may_be_sent_again(site: Site, body: int, owner: Client) -> None:
    id = sent(owner, "POST", "/needs", "a", json={"organisation": body, **NEED}).json()["id"]
    path, given = f"/needs/{id}", {"title": "改过的标题"}
    wrong = sent(owner, "PATCH", path, "b", json=given, headers={"If-Match": '"9"'})
    assert wrong.status_code == 412
    right = sent(owner, "PATCH", path, "b", json=given, headers={"If-Match": '"1"'})
    again = sent(owner, "PATCH", path, "b", json=given, headers={"If-Match": '"1"'})
    assert (right.status_code, right.json()["version"]) == (200, 2)
    assert (again.status_code, again.json()["version"]) == (200, 2)


def test_of_two_at_once_one_writes(site: Site, body: int, owner: Client) -> None:
    before, given = needs(site), {"organisation": body, **NEED}
    owner.raw.token()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: sent(owner, "POST", "/needs", "a", json=given), range(4)))
    assert {answer.status_code for answer in found} == {201}
    assert len({answer.json()["id"] for answer in found}) == 1
    assert needs(site) == before + 1


def test_a_file_and_its_removal(site: Site, body: int, owner: Client) -> None:
    id = sent(owner, "POST", "/needs", None, json={"organisation": body, **NEED}).json()["id"]
    path = f"/needs/{id}/attachments"
    files = [sent(owner, "POST", path, "f", files={"file": ("a.pdf", PDF)}) for _ in range(2)]
    assert files[0].json() == files[1].json()
    code = files[0].json()["code"]
    gone = [sent(owner, "DELETE", f"{path}/{code}", "d") for _ in range(2)]
    assert [(answer.status_code, answer.content) for answer in gone] == [(204, b"")] * 2
    with site.session() as session:
        (row,) = session.exec(select(Attachment)).all()
    assert row.removed_at is not None


def test_a_token_is_made_once_and_lies_nowhere_in_the_clear(site: Site, owner: Client) -> None:
    made = [sent(owner, "POST", "/me/tokens", "t", json={"name": "x"}).json() for _ in range(2)]
    assert made[0] == made[1]
    with site.session() as session:
        assert made[0]["token"] not in "".join(row.body for row in session.exec(select(Replay)))
        tokens = session.exec(select(SignIn).where(SignIn.kind == SignInKind.TOKEN)).all()
    assert len(tokens) == 1


def test_an_answer_is_kept_for_a_day(site: Site, body: int, owner: Client) -> None:
    given = {"organisation": body, **NEED}
    first = sent(owner, "POST", "/needs", "a", json=given).json()["id"]
    now = site.app.state.now()
    clock.tick(site.engine, now + timedelta(hours=23))
    assert sent(owner, "POST", "/needs", "a", json=given).json()["id"] == first
    clock.tick(site.engine, now + timedelta(hours=25))
    with site.session() as session:
        assert session.exec(select(Replay)).all() == []


def test_an_old_answer_is_not_given_before_it_is_swept(
    site: Site, body: int, owner: Client
) -> None:
    given = {"organisation": body, **NEED}
    first = sent(owner, "POST", "/needs", "a", json=given).json()["id"]
    later = site.app.state.now() + timedelta(hours=25)
    assert owner.person_id
    with_token = visitor(site)
    with_token.raw.headers["Authorization"] = (
        f"Bearer {token_of(site, owner.person_id, kind=SignInKind.TOKEN)}"
    )
    site.app.state.now = lambda: later
    assert sent(with_token, "POST", "/needs", "a", json=given).json()["id"] != first


def test_reading_by_post_keeps_nothing(site: Site, owner: Client) -> None:
    assert sent(owner, "POST", "/match", "m", json={"text": "余热回收"}).status_code == 200
    assert sent(site.client, "POST", "/match", "m", json={"text": "余热回收"}).status_code == 200
    with site.session() as session:
        assert session.exec(select(Replay)).all() == []


def test_every_write_of_the_api_heeds_the_key(site: Site) -> None:
    schema = site.app.openapi()
    without = [
        f"{method} {path}"
        for path, calls in schema["paths"].items()
        for method, call in calls.items()
        if method.upper() not in SAFE
        and "Idempotency-Key" not in {each["name"] for each in call.get("parameters", ())}
    ]
    assert without == []
    assert {type(r) for r in posting.router.routes if isinstance(r, APIRoute)} == {Once}
    assert router.prefix == "/api/v1"


@pytest.mark.parametrize("path", ["/needs", "/achievements?sort=title", "/needs/1"])
def test_what_has_not_changed_is_not_sent_again(site: Site, path: str) -> None:
    first = sent(site.client, "GET", path, None)
    tag = first.headers["etag"]
    for given in (tag, f'"x", {tag}', tag.removeprefix("W/"), "*"):
        again = sent(site.client, "GET", path, None, headers={"If-None-Match": given})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    other = sent(site.client, "GET", path, None, headers={"If-None-Match": 'W/"other"'})
    assert (other.status_code, other.json()) == (200, first.json())


def test_a_change_changes_the_tag_and_so_does_the_reader(site: Site) -> None:
    kept = draft(0, listings.Kind.NEED, summary="只给登录用户", tiers={"summary": Tier.REGISTERED})
    before = sent(site.client, "GET", "/needs/1", None).headers["etag"]
    site.record(listings.Kind.NEED, kept)
    after = sent(site.client, "GET", "/needs/1", None).headers["etag"]
    inside = sent(signed_in(site), "GET", "/needs/1", None).headers["etag"]
    assert len({before, after, inside}) == 3


def test_the_tag_that_was_read_is_the_condition_of_a_change(
    site: Site, body: int, owner: Client
) -> None:
    id = sent(owner, "POST", "/needs", None, json={"organisation": body, **NEED}).json()["id"]
    tag = sent(owner, "GET", f"/needs/{id}", None).headers["etag"]
    given = {"headers": {"If-Match": tag}}
    assert sent(owner, "PATCH", f"/needs/{id}", None, json={"summary": "新"}, **given).is_success
    late = sent(owner, "POST", f"/needs/{id}/moves", None, json={"name": "publish"}, **given)
    assert (late.status_code, late.json()["detail"]) == (
        412, "您读到的内容之后有人修改过，请重新读取后再试。",
    )  # fmt: skip
    fresh = {"headers": {"If-Match": "2"}}
    assert sent(
        owner, "POST", f"/needs/{id}/moves", None, json={"name": "publish"}, **fresh
    ).is_success
