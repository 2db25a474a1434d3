"""Organisations through the API: the same actions, the same refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from httpx import Response

from market.db import writing
from market.models import (
    Delivery,
    Membership,
    MembershipState,
    Organisation,
    Role,
    SignInKind,
    Standing,
)
from tests.market.bodies import code
from tests.web.pages import Client
from tests.web.people import organisation_in, person_in, signed_in, token_of, visitor
from tests.web.site import Site
from tests.web.test_organisation_pages import rows_of, stored, submitted

HUGE = 2**70


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(1, 1)


@pytest.fixture
def body(site: Site) -> int:
    return organisation_in(site, "清远新材料公司", credit_code=code(101))


@pytest.fixture
def owner(site: Site, body: int) -> Client:
    return signed_in(site, organisation=body)


def send(client: Client, method: str, path: str, status: int, **body: Any) -> Any:
    answer: Response = client.raw.request(method, f"/api/v1{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_program_creates_one_with_its_token(site: Site) -> None:
    person = person_in(site)
    token = token_of(site, person, kind=SignInKind.TOKEN)
    answer = visitor(site).raw.post(
        "/api/v1/organisations",
        json={"name": "接口创建的公司", "kind": "enterprise", "credit_code": code(150)},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "unverified"
    [row] = rows_of(site, Membership, person_id=person)
    assert (row.organisation_id, row.role) == (answer.json()["id"], Role.OWNER)


def test_a_visitor_is_told_to_sign_in(site: Site) -> None:
    told = send(visitor(site), "POST", "/organisations", 401, name="公司", kind="enterprise")
    assert told["detail"] == "请先登录。"


def test_what_no_form_has_is_not_taken(site: Site) -> None:
    given = {"name": "公司", "kind": "enterprise", "standing": "verified"}
    told = send(signed_in(site), "POST", "/organisations", 422, **given)
    assert [problem["field"] for problem in told["problems"]] == ["standing"]
    told = send(signed_in(site), "POST", "/organisations", 422, name="局", kind="bureau")
    assert [problem["field"] for problem in told["problems"]] == ["kind"]


def test_a_wrong_code_is_named(site: Site) -> None:
    told = send(
        signed_in(site), "POST", "/organisations", 422, name="公司", kind="enterprise",
        credit_code="91441802MMMMMMMM00",
    )  # fmt: skip
    assert [problem["field"] for problem in told["problems"]] == ["credit_code"]


def test_the_directory_is_for_everybody(site: Site, body: int) -> None:
    organisation_in(site, "看不见的公司", created_by=person_in(site))
    found = site.client.json("/api/v1/organisations?q=公司")
    assert [row["name"] for row in found["items"]] == ["清远新材料公司"]
    assert site.client.json(f"/api/v1/organisations/{body}")["standing"] == "unverified"
    assert "email" not in str(found)


def test_a_hidden_one_is_not_there(site: Site) -> None:
    hidden = organisation_in(site, "看不见的公司", created_by=person_in(site))
    for path in (f"/{hidden}", f"/{HUGE}", "/0", "/-1"):
        site.client.json(f"/api/v1/organisations{path}", 404)


def test_the_owner_changes_it_in_its_version(site: Site, body: int, owner: Client) -> None:
    given = {"name": "清远新材料公司", "kind": "enterprise", "credit_code": code(101)}
    path = f"/organisations/{body}"
    send(owner, "PUT", path, 200, **given, about="一", version=1)
    told = send(owner, "PUT", path, 422, **given, about="二", version=1)
    assert "有人修改了这份资料" in told["detail"]
    assert stored(site, body).about == "一"
    stranger = signed_in(site, organisation=organisation_in(site, "别的"))
    send(stranger, "PUT", path, 404, **given, version=2)


def test_asking_answering_and_leaving(site: Site, body: int, owner: Client) -> None:
    client = signed_in(site)
    asked = send(client, "POST", f"/organisations/{body}/requests", 200, note="研发部")
    told = send(client, "POST", f"/organisations/{body}/requests", 403)
    assert "正在等单位负责人答复" in told["detail"]
    path = f"/memberships/{asked['id']}/moves"
    send(client, "POST", path, 404, name="accept")
    send(owner, "POST", path, 200, name="accept", role="editor")
    names = {row["role"] for row in client.json(f"/api/v1/organisations/{body}/members")}
    assert names == {"owner", "editor"}
    assert [b["id"] for b in client.json("/api/v1/organisations/mine")] == [body]
    send(owner, "POST", path, 200, name="promote", role="viewer")
    send(client, "POST", f"/organisations/{body}/leave", 200)
    assert rows_of(site, Membership, id=asked["id"])[0].state is MembershipState.ENDED
    told = send(owner, "POST", path, 422, name="promote", role="administrator")
    assert [problem["field"] for problem in told["problems"]] == ["role"]


@pytest.mark.parametrize(
    ("who", "status"), [("owner", 200), ("officer", 200), ("stranger", 404), ("visitor", 401)]
)
def test_who_reads_the_members(site: Site, body: int, owner: Client, who: str, status: int) -> None:
    clients = {
        "owner": owner, "officer": signed_in(site, Role.ROUND_OFFICER),
        "stranger": signed_in(site), "visitor": visitor(site),
    }  # fmt: skip
    clients[who].json(f"/api/v1/organisations/{body}/members", status)
    if who != "visitor":
        clients[who].json(f"/api/v1/organisations/{HUGE}/members", 404)


def test_inviting_and_taking_back(site: Site, body: int, owner: Client) -> None:
    path = f"/organisations/{body}/invitations"
    sent = send(owner, "POST", path, 200, target="a@example.com", role="editor")
    [mail] = rows_of(site, Delivery)
    token = next(line for line in mail.text.split("\n") if line.startswith("/")).split("/")[-1]
    [row] = owner.json(f"/api/v1{path}")
    assert row["target"] == "a***@example.com"
    assert token not in str(row)
    client = signed_in(site)
    send(client, "DELETE", f"/invitations/{sent['id']}", 404)
    send(client, "POST", f"/invitations/{token}/acceptance", 200)
    send(signed_in(site), "POST", f"/invitations/{token}/acceptance", 403)
    send(owner, "DELETE", f"/invitations/{sent['id']}", 403)
    again = send(owner, "POST", path, 200, target="b@example.com")
    send(owner, "DELETE", f"/invitations/{again['id']}", 200)


def test_the_bureau_decides(site: Site, body: int, owner: Client) -> None:
    id = submitted(site, body, owner.person_id)
    officer = signed_in(site, Role.ROUND_OFFICER)
    assert officer.json("/api/v1/certifications")["total"] == 1
    found = officer.json(f"/api/v1/certifications/{id}")
    assert (found["moves"], found["papers"]) == (["verify", "refuse"], ["营业执照.pdf"])
    path = f"/certifications/{id}/moves"
    for client in (owner, signed_in(site, Role.APPROVER)):
        send(client, "POST", path, 403, name="verify")
    told = send(officer, "POST", path, 403, name="refuse")
    assert told["detail"] == "请写明理由，当事人会看到。"
    assert send(officer, "POST", path, 200, name="verify")["state"] == "verified"
    assert stored(site, body).standing is Standing.VERIFIED
    owner.json("/api/v1/certifications", 403)
    owner.json(f"/api/v1/certifications/{id}", 403)
    officer.json(f"/api/v1/certifications/{HUGE}", 404)


def test_two_people_merge(site: Site, body: int) -> None:
    officer, approver = signed_in(site, Role.ROUND_OFFICER), signed_in(site, Role.APPROVER)
    target = organisation_in(site, "清远新材料有限公司")
    made = send(officer, "POST", "/merges", 200, source=body, target=target, reason="同一家")
    path = f"/merges/{made['id']}/moves"
    send(officer, "POST", path, 403, name="approve")
    send(approver, "POST", path, 200, name="approve")
    site.client.json(f"/api/v1/organisations/{body}", 404)
    send(approver, "POST", path, 403, name="approve")
    send(approver, "POST", f"/merges/{HUGE}/moves", 404, name="approve")


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/organisations/{}"), ("POST", "/organisations/{}/requests"),
     ("POST", "/organisations/{}/leave"), ("GET", "/organisations/{}/invitations"),
     ("POST", "/organisations/{}/invitations"), ("POST", "/memberships/{}/moves"),
     ("DELETE", "/invitations/{}")],
)  # fmt: skip
def test_a_number_beyond_all_is_not_there(site: Site, method: str, path: str) -> None:
    given = {
        "PUT": {"name": "公司", "kind": "enterprise", "version": 1},
        "/memberships/{}/moves": {"name": "accept"},
        "/organisations/{}/invitations": {"target": "a@example.com"},
    }
    body = given.get(method) or given.get(path) or {}
    answer = signed_in(site).raw.request(method, f"/api/v1{path.format(HUGE)}", json=body)
    assert answer.status_code == 404, answer.text


def test_nothing_that_was_refused_stays(site: Site) -> None:
    with writing(site.engine) as session:
        before = len(list(session.exec(Organisation.__table__.select())))
    send(signed_in(site), "POST", "/organisations", 422, name=" ", kind="enterprise")
    assert len(rows_of(site, Organisation)) == before
