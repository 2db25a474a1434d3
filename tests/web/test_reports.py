"""Reporting and following a report, appealing, renewing: the pages of people outside the bureau."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from market.actions import moderation
from market.db import writing
from market.models import Kind, ListingState, Need, Report, Role
from market.queries.people import viewer_for
from tests.web.pages import Client
from tests.web.people import person_in, signed_in
from tests.web.site import Site

TEXT = "摘要里写的能耗数据是编的。"
FORM = {"reason": "false", "text": TEXT}


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(2, 1)


def report(site: Site, client: Client | None = None, path: str = "/needs/1", **more: str) -> str:
    """The receipt of a new report."""
    way = (client or site.client).send(f"{path}/report", **{**FORM, **more})
    return way.removeprefix("/reports/")


def take_down(site: Site, id: int = 1) -> None:
    officer = person_in(site, Role.ROUND_OFFICER)
    with writing(site.engine) as session:
        viewer = viewer_for(session, officer)
        assert viewer is not None
        now = site.app.state.now()
        moderation.decide(session, Kind.NEED, id, "take-down", viewer, now, "与事实不符。")


def test_a_visitor_reports_and_follows_it(site: Site) -> None:
    assert "举报技术需求" in site.client.get("/needs/1/report").words("h1")
    receipt = report(site)
    page = site.client.get(f"/reports/{receipt}")
    assert receipt in page.words("p")
    assert "已收到" in page.text
    assert TEXT not in page.text


@pytest.mark.parametrize("path", ["/needs/1", "/achievements/1"])
def test_both_kinds_have_their_form(site: Site, path: str) -> None:
    assert report(site, path=path).startswith("JB-")


def test_what_is_wrong_is_told_at_its_field_and_the_rest_is_kept(site: Site) -> None:
    page = site.client.post("/needs/1/report", 422, reason="spam", text="差", contact="nobody")
    links = [link.get("href") for link in page.all("a")]
    assert {"#text", "#contact"} <= set(links)
    assert page.by_id("contact").get("value") == "nobody"
    chosen = [box.get("value") for box in page.all("input") if box.get("checked") is not None]
    assert chosen == ["spam"]
    page = site.client.post("/needs/1/report", 422)
    assert "请选择举报的理由。" in page.text


@pytest.mark.parametrize("typed", ["jb {}", " {} ", "{}"])
def test_a_receipt_leads_to_its_page_however_it_is_typed(site: Site, typed: str) -> None:
    receipt = report(site)
    rest = receipt.removeprefix("JB-") if "jb" in typed else receipt
    answer = site.client.raw.get("/reports", params={"receipt": typed.format(rest).lower()})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/reports/{receipt}")


def test_every_unknown_receipt_gets_the_same_answer(site: Site) -> None:
    report(site)
    pages = [
        site.client.get(f"/reports/{receipt}", 404)
        for receipt in ("JB-20261101-222222", "x", "1", "JB-20261101-" + "2" * 200)
    ]
    assert len({tuple(page.words("li")) for page in pages}) == 1
    assert "没有这个受理号的举报" in pages[0].text
    assert "没有这个受理号的举报" in site.client.get("/reports?receipt=abc", 422).text


def test_guessing_receipts_is_limited(site: Site) -> None:
    answers = [site.client.raw.get(f"/reports/JB-20261101-{n:06}") for n in range(222222, 222290)]
    assert [answer.status_code for answer in answers].count(404) == 60
    assert answers[-1].status_code == 429


def test_reporting_is_limited(site: Site) -> None:
    for _ in range(20):
        report(site)
    answer = site.client.raw.post("/needs/1/report", data=FORM)
    assert (answer.status_code, "举报提交过于频繁" in answer.text) == (429, True)


def test_a_report_needs_the_token_against_forgery(site: Site) -> None:
    assert site.client.post_without_token("/needs/1/report", **FORM).status_code == 403


@pytest.mark.parametrize("path", ["/needs/99/report", "/needs/0/report", "/needs/x/report"])
def test_what_is_not_there_cannot_be_reported(site: Site, path: str) -> None:
    site.client.get(path, 404)
    assert site.client.raw.post(path, data=FORM).status_code == 404


def test_a_hidden_listing_has_no_form(site: Site) -> None:
    with writing(site.engine) as session:
        session.get(Need, 1).state = ListingState.DRAFT  # type: ignore[union-attr]
    site.client.get("/needs/1/report", 404)
    assert site.client.raw.post("/needs/1/report", data=FORM).status_code == 404


def test_scripts_in_a_report_stay_text(site: Site) -> None:
    evil = "<script>alert(1)</script>\"'&{{7*7}}"
    page = site.client.post("/needs/1/report", 422, text=evil, contact=evil)
    assert "<script>alert" not in page.text
    report(site, text=evil)
    officer = signed_in(site, Role.ROUND_OFFICER)
    page = officer.get("/bureau/reports/1")
    assert "alert(1)" in page.text
    assert "<script>alert" not in page.text


class TestAppealing:
    def test_the_owner_appeals_and_reads_how_it_stands(self, site: Site) -> None:
        owner = signed_in(site, organisation=1)
        take_down(site)
        assert "与事实不符。" in owner.get("/needs/1/appeal").text
        page = owner.post("/needs/1/appeal", 422, text="恢复")
        assert "至少 10 个字" in page.text
        owner.send("/needs/1/appeal", text="能耗数据出自第三方检测报告，编号见附件。")
        page = owner.get("/needs/1/appeal")
        assert "待复核" in page.text
        assert "textarea" not in {item.tag.split("}")[-1] for item in page.all("textarea")}
        page = owner.post("/needs/1/appeal", 422, text="能耗数据出自第三方检测报告，编号见附件。")
        assert "正在复核" in page.text

    def test_to_others_it_is_not_there(self, site: Site) -> None:
        take_down(site)
        stranger = signed_in(site, organisation=2)
        stranger.get("/needs/1/appeal", 404)
        assert stranger.raw.post("/needs/1/appeal", data={"text": TEXT}).status_code == 404

    def test_a_visitor_signs_in_first(self, site: Site) -> None:
        take_down(site)
        answer = site.client.raw.get("/needs/1/appeal")
        assert (answer.status_code, answer.headers["location"]) == (
            303, "/sign-in?next=%2Fneeds%2F1%2Fappeal"
        )  # fmt: skip

    def test_without_a_take_down_it_says_so(self, site: Site) -> None:
        page = signed_in(site, organisation=1).get("/needs/1/appeal")
        assert "没有被下架" in page.text


class TestRenewing:
    def due(self, site: Site, days: int, state: ListingState = ListingState.PUBLISHED) -> None:
        with writing(site.engine) as session:
            need = session.get(Need, 1)
            assert need is not None
            need.expires_at, need.state = site.app.state.now() + timedelta(days=days), state

    @pytest.mark.parametrize("state", [ListingState.PUBLISHED, ListingState.EXPIRED])
    def test_one_button_renews(self, site: Site, state: ListingState) -> None:
        self.due(site, 3, state)
        owner = signed_in(site, organisation=1)
        assert "续期 180 天" in owner.get("/needs/1/renew").words("button")
        assert owner.send("/needs/1/renew") == "/needs/1"
        with site.session() as session:
            need = session.get(Need, 1)
            assert need is not None
            assert need.state is ListingState.PUBLISHED
            assert (need.expires_at - site.app.state.now()).days >= 179  # type: ignore[operator]

    def test_a_visitor_is_led_to_signing_in_and_back(self, site: Site) -> None:
        answer = site.client.raw.get("/needs/1/renew")
        assert answer.headers["location"] == "/sign-in?next=%2Fneeds%2F1%2Frenew"

    def test_somebody_who_only_reads_is_told(self, site: Site) -> None:
        self.due(site, 3)
        reader = signed_in(site, organisation=1, role=Role.VIEWER)
        assert reader.raw.get("/needs/1/renew").status_code == 403
        assert reader.raw.post("/needs/1/renew").status_code == 403

    def test_opening_the_page_renews_nothing(self, site: Site) -> None:
        self.due(site, 3)
        signed_in(site, organisation=1).get("/needs/1/renew")
        with site.session() as session:
            need = session.get(Need, 1)
            assert need is not None
            assert (need.expires_at - site.app.state.now()).days < 4  # type: ignore[operator]


def test_the_page_of_a_listing_leads_to_the_form(site: Site) -> None:
    links = {link.get("href") for link in site.client.get("/needs/1").all("a")}
    assert "/needs/1/report" in links


def test_what_was_filed_is_stored_once(site: Site) -> None:
    member = signed_in(site)
    receipt = report(site, member)
    page = member.post("/needs/1/report", 422, **FORM)
    assert receipt in page.text
    with site.session() as session:
        assert len(session.exec(select(Report)).all()) == 1
