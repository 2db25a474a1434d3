"""Needs and achievements written by programs: the same rules, versions instead of a form, and no
field that is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from market.models import Attachment, Kind, ListingState, Role, SignInKind, Tier
from tests.market.containers import PDF
from tests.web.pages import Client
from tests.web.people import organisation_in, signed_in, token_of, visitor
from tests.web.site import Site
from tests.web.test_posting import STOLEN, newest, stored, written


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(1, 1)


def call(
    client: Client, method: str, path: str, status: int, *, version: int | str | None = None,
    **body: Any,
) -> Any:  # fmt: skip
    headers = {} if version is None else {"If-Match": str(version)}
    answer = client.raw.request(method, f"/api/v1{path}", json=body, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


NEED: dict[str, Any] = {
    "title": "辊道窑排烟余热回收", "summary": "热损失大。", "body": "排烟 180 ℃。",
    "keywords": ["余热"], "fields": ["TI05"], "division": "441802", "readiness": 7,
    "modes": ["joint"], "amount_min": 500_000, "amount_max": 800_000.5,
    "tiers": {"amount": "matched"},
}  # fmt: skip


@pytest.mark.parametrize("folder", ["needs", "achievements"])
def test_a_program_writes_and_publishes_with_its_token(
    site: Site, body: int, owner: Client, folder: str
) -> None:
    assert owner.person_id is not None
    program = visitor(site)
    program.raw.headers["Authorization"] = (
        f"Bearer {token_of(site, owner.person_id, kind=SignInKind.TOKEN)}"
    )
    made = call(program, "POST", f"/{folder}", 201, organisation=body, **NEED)
    assert (made["state"], made["version"], made["moves"]) == ("draft", 1, ["publish", "withdraw"])
    row = newest(site, Kind.NEED if folder == "needs" else Kind.ACHIEVEMENT)
    assert (row.amount_min, row.amount_max, row.amount_tier) == (
        50_000_000,
        80_000_050,
        Tier.MATCHED,
    )
    done = call(program, "POST", f"{made['url']}/moves", 200, name="publish")
    assert (done["state"], done["url"]) == ("published", f"/{folder}/{row.id}")
    assert call(site.client, "GET", f"/{folder}/{row.id}", 200)["title"] == NEED["title"]


def test_a_change_names_the_version_it_has_read(site: Site, body: int, owner: Client) -> None:
    id = call(owner, "POST", "/needs", 201, organisation=body, **NEED)["id"]
    path = f"/needs/{id}"
    assert call(owner, "PATCH", path, 200, version=1, summary="新的")["version"] == 2
    row = stored(site, id)
    assert (row.summary, row.body, row.amount_tier) == ("新的", NEED["body"], Tier.MATCHED)
    told = call(owner, "PATCH", path, 412, version=1, summary="更新的")
    assert "有人修改了这条内容" in told["detail"]
    assert "If-Match" in call(owner, "PATCH", path, 428, summary="更新的")["detail"]
    call(owner, "PATCH", path, 412, version='"abc"', summary="更新的")
    call(owner, "PATCH", path, 200, version='W/"2"', division=None, readiness=None, amount_min=None)
    row = stored(site, id)
    assert (row.summary, row.division_code, row.readiness, row.amount_min) == (
        "新的",
        None,
        None,
        None,
    )


def test_the_answer_carries_the_version(body: int, owner: Client) -> None:
    answer = owner.raw.post("/api/v1/needs", json={"organisation": body, **NEED})
    assert answer.headers["etag"] == '"1"'


@pytest.mark.parametrize("name", [*STOLEN, "organisation_id", "tier_body"])
def test_no_field_that_is_not_there_is_taken(
    site: Site, body: int, owner: Client, name: str
) -> None:
    told = call(owner, "POST", "/needs", 422, organisation=body, **NEED, **{name: "1"})
    assert [problem["field"] for problem in told["problems"]] == [name]
    id = written(site, body)
    told = call(owner, "PATCH", f"/needs/{id}", 422, version=1, **{name: "1"})
    assert [problem["field"] for problem in told["problems"]] == [name]
    assert stored(site, id).version == 1


def test_an_owner_does_not_change(site: Site, body: int, owner: Client) -> None:
    id = written(site, body)
    call(owner, "PATCH", f"/needs/{id}", 422, version=1, organisation=1)
    assert stored(site, id).owner_id == body


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"fields": ["ZZ"]}, "fields"),
        ({"division": "999999"}, "division"),
        ({"amount_min": 9, "amount_max": 8}, "amount_min"),
        ({"readiness": 10}, "readiness"),
        ({"summary": "<script>alert(1)</script>"}, "summary"),
        ({"keywords": ["<svg onload=x>"]}, "keywords"),
        ({"tiers": {"title": "bureau"}}, "tiers.title.[key]"),
        ({"tiers": {"body": "all"}}, "tiers.body"),
        ({"patents": ["ZL201710601862.3"]}, "patents"),
        ({"body": None}, "body"),
    ],
)
def test_what_is_wrong_is_named(
    site: Site, body: int, owner: Client, change: dict[str, Any], field: str
) -> None:
    id = written(site, body)
    told = call(owner, "PATCH", f"/needs/{id}", 422, version=1, **change)
    assert field in {problem["field"] for problem in told["problems"]}
    assert stored(site, id).version == 1


def test_who_is_refused(site: Site, body: int) -> None:
    given = {"organisation": body, **NEED}
    call(site.client, "POST", "/needs", 401, **given)
    call(signed_in(site), "POST", "/needs", 403, **given)
    call(signed_in(site, organisation=body, role=Role.VIEWER), "POST", "/needs", 403, **given)
    call(
        signed_in(site, organisation=organisation_in(site, "别家")), "POST", "/needs", 403, **given
    )
    call(signed_in(site, Role.ROUND_OFFICER), "POST", "/needs", 403, **given)


def test_another_organisations_draft_is_not_there(site: Site, body: int) -> None:
    id = written(site, body)
    for client in (signed_in(site, organisation=organisation_in(site, "别家")),):
        call(client, "GET", f"/needs/{id}", 404)
        call(client, "PATCH", f"/needs/{id}", 404, version=1, title="新")
        call(client, "POST", f"/needs/{id}/moves", 404, name="publish")
        call(client, "GET", f"/needs/{id}/attachments", 404)
        assert id not in {row["id"] for row in call(client, "GET", "/me/listings", 200)}
    call(visitor(site), "GET", f"/needs/{id}/attachments", 404)
    assert (stored(site, id).state, stored(site, id).version) == (ListingState.DRAFT, 1)


@pytest.mark.parametrize("id", [0, -1, 2**31, 2**70, "x"])
def test_an_id_that_no_table_holds_is_not_there(owner: Client, id: object) -> None:
    call(owner, "PATCH", f"/needs/{id}", 404, version=1, title="新")
    call(owner, "POST", f"/needs/{id}/moves", 404, name="publish")
    call(owner, "GET", f"/needs/{id}/attachments", 404)


def test_a_refused_move_says_why(site: Site, owner: Client) -> None:
    body = organisation_in(site, "新公司")
    client = signed_in(site, organisation=body)
    id = written(site, body)
    told = call(client, "POST", f"/needs/{id}/moves", 403, name="publish")
    assert "第一次发布要先送审" in told["detail"]
    assert call(client, "POST", f"/needs/{id}/moves", 200, name="submit")["state"] == "in-review"
    call(client, "PATCH", f"/needs/{id}", 403, version=1, title="新")


def test_my_listings_are_mine(site: Site, body: int, owner: Client) -> None:
    id = written(site, body, title="草稿一")
    [row] = call(owner, "GET", "/me/listings", 200)
    assert (row["id"], row["state"], row["title"]) == (id, "draft", "草稿一")
    assert call(signed_in(site), "GET", "/me/listings", 200) == []
    call(visitor(site), "GET", "/me/listings", 401)


def send(client: Client, path: str, name: str = "a.pdf", data: bytes = PDF, **form: str) -> Any:
    given = {"csrftoken": client.raw.token(), **form}
    return client.raw.post(f"/api/v1{path}", data=given, files={"file": (name, data)})


def test_a_file_is_added_listed_and_removed(site: Site, body: int, owner: Client) -> None:
    id = written(site, body)
    added = send(owner, f"/needs/{id}/attachments", tier="matched")
    assert (added.status_code, added.json()["tier"]) == (201, "matched")
    [listed] = call(owner, "GET", f"/needs/{id}/attachments", 200)
    assert listed == added.json()
    assert owner.raw.get(listed["url"]).content == PDF
    code = listed["code"]
    call(owner, "DELETE", f"/achievements/{id}/attachments/{code}", 404)
    call(owner, "DELETE", f"/needs/{id + 1}/attachments/{code}", 404)
    stranger = signed_in(site, organisation=organisation_in(site, "别家"))
    call(stranger, "DELETE", f"/needs/{id}/attachments/{code}", 404)
    call(owner, "DELETE", f"/needs/{id}/attachments/{code}", 204)
    assert call(owner, "GET", f"/needs/{id}/attachments", 200) == []


@pytest.mark.parametrize(
    ("name", "data", "form"),
    [
        ("a.html", b"<html>", {}),
        ("a.pdf", b"MZ", {}),
        ("a.pdf", PDF, {"tier": "all"}),
        ("", b"", {}),
    ],
)
def test_a_bad_file_is_refused(
    site: Site, body: int, owner: Client, name: str, data: bytes, form: dict[str, str]
) -> None:
    answer = send(owner, f"/needs/{written(site, body)}/attachments", name, data, **form)
    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json()["problems"]] == ["file"]
    with site.session() as session:
        assert session.exec(select(Attachment)).all() == []


def test_a_visitor_uploads_nothing(site: Site, body: int) -> None:
    assert send(site.client, "/needs/1/attachments").status_code == 401
    assert send(signed_in(site), "/needs/1/attachments").status_code == 403
