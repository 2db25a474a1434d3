"""What leaves the site: feeds, sitemaps, cards, citations, the sheet for paper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from xml.etree.ElementTree import Element, fromstring

import pytest
from sqlmodel import select

from market.db import writing
from market.models import Kind, ListingState, Need, Tier
from tests.web.pages import Client
from tests.web.people import signed_in
from tests.web.site import NOW, Site, draft

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture
def own(make_site: Callable[..., Site]) -> Site:
    """A site that a test may write to, with one need."""
    site = make_site()
    site.record(Kind.NEED, draft(0, Kind.NEED))
    return site


def feed(client: Client, path: str = "/needs/feed.atom") -> Element:
    answer = client.raw.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    return fromstring(answer.text)


def said(element: Element, name: str) -> list[str]:
    return [each.text or "" for each in element.iter(ATOM + name)]


def links(element: Element) -> dict[str, str]:
    found = element.findall(ATOM + "link")
    return {link.get("rel") or "": link.get("href") or "" for link in found}


def change(site: Site, **values: object) -> None:
    with writing(site.engine) as session:
        row = session.exec(select(Need)).one()
        for name, value in values.items():
            setattr(row, name, value)


def test_a_feed_has_all_that_atom_wants(client: Client) -> None:
    found = feed(client)
    entries = found.findall(ATOM + "entry")
    for element in (found, *entries):
        for name in ("id", "title", "updated"):
            assert len(element.findall(ATOM + name)) == 1, name
    assert len(entries) == 20
    assert len(set(said(found, "id"))) == 21
    assert all(id.startswith("urn:uuid:") for id in said(found, "id"))
    assert max(said(found, "updated")[1:]) == said(found, "updated")[0]


def test_a_feed_leads_through_its_pages(client: Client, site: Site) -> None:
    home = site.app.state.settings.address
    first, second = feed(client), feed(client, "/needs/feed.atom?page=2")
    assert links(first) == {
        "alternate": f"{home}/needs", "self": f"{home}/needs/feed.atom",
        "first": f"{home}/needs/feed.atom", "last": f"{home}/needs/feed.atom?page=2",
        "next": f"{home}/needs/feed.atom?page=2",
    }  # fmt: skip
    assert links(second)["previous"] == f"{home}/needs/feed.atom"
    assert "next" not in links(second)
    assert client.raw.get("/needs/feed.atom?page=3").status_code == 404


def test_a_feed_has_the_filters_of_its_list(client: Client) -> None:
    page = client.get("/achievements?field=TI&sort=title&page=1")
    [address] = [
        link.get("href") or "" for link in page.all("link") if link.get("rel") == "alternate"
    ]
    assert address == "/achievements/feed.atom?field=TI"
    titles = said(feed(client, address), "title")[1:]
    assert titles
    assert all("辊道窑" in title for title in titles)
    assert client.raw.get("/needs/feed.atom?amount_min=abc").status_code == 422


def test_an_entry_keeps_its_id_and_tells_of_a_change(own: Site) -> None:
    before = feed(own.client)
    change(own, title="改过的题目", changed_at=NOW + timedelta(days=3))
    after = feed(own.client)
    assert said(before, "id") == said(after, "id")
    assert said(after, "updated") == [(NOW + timedelta(days=3)).isoformat()] * 2


def test_what_xml_cannot_hold_is_left_out(own: Site) -> None:
    change(own, summary="甲\x0b乙<丙>&\ufffe丁")
    assert "甲乙<丙>&丁" in said(feed(own.client), "summary")[0]


@pytest.mark.parametrize("path", ["/needs/feed.atom", "/sitemap.xml", "/sitemaps/needs-1.xml"])
def test_whoever_has_it_is_told_so(own: Site, path: str) -> None:
    raw = own.client.raw
    first = raw.get(path)
    tag = first.headers["etag"]
    for held in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = raw.get(path, headers={"If-None-Match": held})
        assert (again.status_code, again.text) == (304, ""), held
        assert again.headers["etag"] == tag
    assert raw.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    change(own, changed_at=NOW + timedelta(days=1))
    assert raw.get(path, headers={"If-None-Match": tag}).status_code == 200


def locations(text: str) -> list[str]:
    return [each.text or "" for each in fromstring(text).iter(MAP + "loc")]


def test_the_sitemap_leads_to_every_public_page(own: Site) -> None:
    home, raw = own.app.state.settings.address, own.client.raw
    found: list[str] = []
    for part in locations(raw.get("/sitemap.xml").text):
        found += locations(raw.get(part.removeprefix(home)).text)
    assert {f"{home}/", f"{home}/needs", f"{home}/needs/1", f"{home}/organisations/1"} <= set(found)
    assert len(found) == len(set(found))
    for address in found:
        assert raw.get(address.removeprefix(home)).status_code == 200, address


def test_what_is_closed_leaves_the_sitemap(own: Site) -> None:
    change(own, state=ListingState.CLOSED)
    assert own.client.raw.get("/sitemaps/needs-1.xml").status_code == 404
    assert "needs" not in own.client.raw.get("/sitemap.xml").text


@pytest.mark.parametrize("name", ["needs-0", "needs-99999999999", "people-1", "needs-x"])
def test_a_part_that_is_not_there_is_not_found(client: Client, name: str) -> None:
    assert client.raw.get(f"/sitemaps/{name}.xml").status_code == 404


def test_robots_are_led_to_it(client: Client, site: Site) -> None:
    lines = client.raw.get("/robots.txt").text.splitlines()
    assert f"Sitemap: {site.app.state.settings.address}/sitemap.xml" in lines
    assert {"Disallow: /match", "Disallow: /needs?"} <= set(lines)


def test_the_card_can_be_copied_and_scanned(client: Client, site: Site) -> None:
    page = client.get("/needs/2/share")
    texts = {area.get("id"): area.text or "" for area in page.all("textarea")}
    here = f"{site.app.state.settings.address}/needs/2"
    assert texts["share-address"].strip() == here
    assert texts["share-text"].strip().endswith(f"查看全文：{here}")
    assert "不是真实的需求或成果" in texts["share-text"]
    assert "qr-code" in page.text


def test_citations_follow_their_forms(own: Site) -> None:
    own.app.state.now = lambda: NOW + timedelta(days=9)
    change(own, title="5% 的 A&B_C", changed_at=NOW)
    here = f"{own.app.state.settings.address}/needs/1"
    page = own.client.get("/needs/1/share")
    cited = f"示例企业甲. 5% 的 A&B_C[EB/OL]. (2026-11-01)[2026-11-10]. {here}."
    assert page.by_id("cite-gb").text.strip() == cited  # type: ignore[union-attr]
    bib = own.client.raw.get("/needs/1/citation.bib")
    assert r"  title = {{5\% 的 A\&B\_C}}," in bib.text.splitlines()
    assert "@misc{kejie-need-1," in bib.text
    ris = own.client.raw.get("/needs/1/citation.ris")
    lines = ris.text.split("\r\n")
    assert (lines[0], lines[-2]) == ("TY  - ELEC", "ER  - ")
    assert {"AU  - 示例企业甲", "DA  - 2026/11/01/", f"UR  - {here}"} <= set(lines)
    assert 'filename="kejie-need-1.ris"' in ris.headers["content-disposition"]
    assert own.client.raw.get("/needs/1/citation.doc").status_code == 404


def test_an_owner_who_is_not_named_is_not_cited(own: Site) -> None:
    change(own, owner_tier=Tier.REGISTERED)
    for path in ("share", "citation.bib", "citation.ris"):
        assert "示例企业甲" not in own.client.raw.get(f"/needs/1/{path}").text
        assert "示例企业甲" not in signed_in(own).raw.get(f"/needs/1/{path}").text


@pytest.mark.parametrize("path", ["share", "code.svg", "citation.bib"])
def test_what_is_not_public_is_not_passed_on(own: Site, path: str) -> None:
    change(own, state=ListingState.DRAFT)
    assert own.client.raw.get(f"/needs/1/{path}").status_code == 404
    refused = signed_in(own, organisation=1).raw.get(f"/needs/1/{path}")
    assert refused.status_code == 403
    assert "发布以后再分享" in refused.text


def test_the_code_is_a_picture_to_keep(client: Client) -> None:
    answer = client.raw.get("/needs/1/code.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert fromstring(answer.content).tag == "{http://www.w3.org/2000/svg}svg"


def test_the_sheet_warns_whoever_reads_more_than_others(own: Site) -> None:
    change(own, summary_tier=Tier.MATCHED)
    warning = "含不公开内容，仅供本人使用，请勿转发。"
    assert warning not in own.client.get("/needs/1/sheet").text
    assert warning in signed_in(own, organisation=1).get("/needs/1/sheet").text
