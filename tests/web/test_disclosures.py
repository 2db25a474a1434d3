"""The pages of a disclosure: asking, answering, appointing, and the same through the API."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import select

from market.db import writing
from market.models import Disclosure, DisclosureState, Kind, Listing, Need, Role, Tier
from tests.web.pages import Client
from tests.web.people import organisation_in, signed_in
from tests.web.site import Site, draft

PURPOSE = "我们有同类产线，想先看渣相分析，再谈委托开发。"
HOME = "/needs/1/disclosures"
SECRET = "渣相分析的全部数据"


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    site = make_site()
    kept = {"body": Tier.MATCHED, "amount": Tier.REVIEWERS, "summary": Tier.PUBLIC}
    site.record(Kind.NEED, draft(1, Kind.NEED, body=SECRET, tiers=kept))
    return site


@pytest.fixture
def owner(site: Site) -> Client:
    return signed_in(site, organisation=1)


@pytest.fixture
def asker(site: Site) -> Client:
    return signed_in(site, organisation=organisation_in(site, "乙研究所"), role=Role.EDITOR)


def ask(client: Client) -> None:
    assert client.send(HOME, purpose=PURPOSE, promise="yes") == HOME


def state(site: Site) -> DisclosureState:
    with site.session() as session:
        return session.exec(select(Disclosure.state)).one()


def test_from_asking_to_reading_to_the_end(site: Site, owner: Client, asker: Client) -> None:
    assert SECRET not in asker.get("/needs/1").text
    assert "向发布单位承诺" in asker.get(HOME).text
    ask(asker)
    assert "待答复" in asker.get(HOME).text
    answers = owner.get(HOME)
    assert PURPOSE in answers.text
    assert owner.send("/disclosures/1", name="grant") == HOME
    assert SECRET in asker.get("/needs/1").text
    owner.send("/disclosures/1", name="end")
    assert SECRET not in asker.get("/needs/1").text
    assert "已终止" in asker.get("/disclosures").text


def test_what_was_typed_comes_back(asker: Client, site: Site) -> None:
    page = asker.post(HOME, 422, purpose="看看")
    assert "看看" in page.words("textarea")[0]
    links = [link.get("href") for link in page.all("a")]
    assert {"#purpose", "#promise"} <= set(links)


def test_a_refusal_without_a_reason_comes_back(site: Site, owner: Client, asker: Client) -> None:
    ask(asker)
    page = owner.post("/disclosures/1", 422, name="refuse", reason="")
    assert "请写明理由" in page.text
    assert state(site) is DisclosureState.REQUESTED
    owner.send("/disclosures/1", name="refuse", reason="请先说明合作方式。")
    assert "请先说明合作方式。" in asker.get(HOME).text


def test_a_second_request_is_told_why(asker: Client) -> None:
    ask(asker)
    page = asker.post(HOME, 422, purpose=PURPOSE, promise="yes")
    assert "正在等发布单位答复" in page.text


def test_a_visitor_is_led_to_the_sign_in(site: Site) -> None:
    page = site.client.get(HOME)
    assert "/sign-in?next=/needs/1/disclosures" in [link.get("href") for link in page.all("a")]
    assert site.client.raw.post(HOME, data={"purpose": PURPOSE}).status_code == 303


def test_somebody_without_an_organisation_is_told_what_to_do(site: Site) -> None:
    page = signed_in(site).get(HOME)
    assert "/organisations/new" in [link.get("href") for link in page.all("a")]
    assert not page.all("textarea")


def test_others_neither_see_nor_answer(site: Site, asker: Client) -> None:
    ask(asker)
    other = signed_in(site, organisation=organisation_in(site, "丙公司"))
    for client in (site.client, other, signed_in(site, Role.SUPERVISOR)):
        assert PURPOSE not in client.get(HOME).text
    assert other.raw.post("/disclosures/1", data={"name": "grant"}).status_code == 404
    assert asker.raw.post("/disclosures/1", data={"name": "grant"}).status_code == 404
    assert other.raw.post("/disclosures/999", data={"name": "grant"}).status_code == 404
    assert state(site) is DisclosureState.REQUESTED


def test_a_reader_of_the_owner_is_refused_with_a_sentence(site: Site, asker: Client) -> None:
    ask(asker)
    reader = signed_in(site, organisation=1, role=Role.VIEWER)
    assert "只有" in reader.post("/disclosures/1", 422, name="grant").text


def test_an_officer_appoints_an_expert(site: Site) -> None:
    officer, expert = signed_in(site, Role.ROUND_OFFICER), signed_in(site, Role.EXPERT)
    assert "不公开" in expert.get("/needs/1").text
    assert officer.post("/needs/1/appointments", 422, person="x", reason="").status == 422
    to = officer.send("/needs/1/appointments", person=str(expert.person_id), reason="技术论证")
    assert (to, "技术论证" in expert.get("/disclosures").text) == (HOME, True)
    assert SECRET in expert.get("/needs/1").text
    assert officer.send("/appointments/1") == HOME
    assert SECRET not in expert.get("/needs/1").text


def test_others_do_not_appoint(site: Site, owner: Client) -> None:
    for client in (owner, signed_in(site, Role.APPROVER)):
        assert client.raw.post("/needs/1/appointments", data={}).status_code == 403
        assert client.raw.post("/appointments/1", data={}).status_code == 403


@pytest.mark.parametrize("path", [HOME, "/api/v1" + HOME])
def test_a_hidden_listing_has_no_disclosures(site: Site, path: str) -> None:
    with writing(site.engine) as session:
        row: Listing = session.exec(select(Need)).one()
        row.state = type(row.state).DRAFT
        session.add(row)
    assert site.client.raw.get(path).status_code == 404


def test_the_same_as_json(site: Site, owner: Client, asker: Client) -> None:
    found = asker.json("/api/v1" + HOME)
    assert found["hidden"] == {"matched": ["body"], "reviewers": ["amount"]}
    body = {"purpose": PURPOSE, "promised": True}
    made = asker.raw.post("/api/v1" + HOME, json=body)
    assert (made.status_code, made.json()) == (201, {"id": 1, "state": "requested"})
    [received] = owner.json("/api/v1/disclosures")["received"]
    assert (received["purpose"], received["moves"]) == (PURPOSE, ["grant", "refuse"])
    done = owner.raw.post("/api/v1/disclosures/1", json={"move": "grant"})
    assert done.json() == {"id": 1, "state": "granted"}
    assert asker.json("/api/v1/needs/1")["body"] == SECRET
    assert asker.raw.post("/api/v1" + HOME, json=body).status_code == 403


def test_a_program_cannot_answer_in_its_own_name(site: Site, asker: Client) -> None:
    body = {"purpose": PURPOSE, "promised": True, "state": "granted"}
    assert asker.raw.post("/api/v1" + HOME, json=body).status_code == 422


def test_an_empty_page_says_what_it_is_for(site: Site) -> None:
    assert "还没有保密授权" in signed_in(site).get("/disclosures").text
