"""Answering suggestions, comparing achievements and keeping listings, on their pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import select

from market.models import Answer, Kind, SavedItem, SavedList
from tests.web.pages import HX, Client, Page
from tests.web.people import signed_in
from tests.web.site import Site

PERSON = {"user-agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36"}


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    made = make_site(2, 3)
    made.index()
    return made


@pytest.fixture
def reader(site: Site) -> Client:
    return signed_in(site)


def held(site: Site) -> list[Answer]:
    with site.session() as session:
        return list(session.exec(select(Answer)))


def classes(page: Page, name: str) -> list[str]:
    return [item.get("id") or "" for item in page.root.iter() if name in (item.get("class") or "")]


def test_an_answer_without_script_leads_back_to_its_row(site: Site, reader: Client) -> None:
    there = reader.send("/needs/1/answers/1", reason="solves", comment="有中试线")
    assert there == "/needs/1#match-achievement-1"
    page = reader.get("/needs/1")
    assert "您标为<b>有用</b>：能解决" in page.text
    assert "有中试线" in page.text
    assert [(a.verdict, a.rank) for a in held(site)] == [("useful", held(site)[0].rank)]
    assert held(site)[0].rank is not None


def test_an_answer_in_place_is_its_row_alone(site: Site, reader: Client) -> None:
    answer = reader.raw.post("/needs/1/answers/1", data={"reason": "other-field"},
                             headers={**HX, "HX-Target": "match-achievement-1"})  # fmt: skip
    assert answer.text.startswith("<title>")
    assert 'id="match-achievement-1"' in answer.text
    assert answer.text.count('<li class="result ') == 1
    assert "<html" not in answer.text


def test_what_was_put_aside_stands_in_a_fold(site: Site, reader: Client) -> None:
    reader.send("/needs/1/answers/1", reason="other-field")
    page = reader.get("/needs/1")
    fold = page.by_id("aside-matches")
    assert [
        item.get("id") for item in fold.iter() if (item.get("id") or "").startswith("match-")
    ] == ["match-achievement-1"]
    assert "aside-matches" not in classes(signed_in(site).get("/needs/1"), "fold")
    reader.send("/needs/1/answers/1/withdraw")
    assert "aside-matches" not in classes(reader.get("/needs/1"), "fold")
    assert held(site) == []


def test_what_is_wrong_comes_back_as_it_was_typed(site: Site, reader: Client) -> None:
    page = reader.post("/needs/1/answers/1", 422, comment="没有理由的话", verdict="irrelevant")
    assert "请选一个理由" in page.text
    assert page.by_id("comment-irrelevant-1").text == "没有理由的话"
    assert "#answer-1" in {link.get("href") for link in page.all("a")}
    assert held(site) == []


def test_a_visitor_reads_where_it_stands_and_is_led_to_signing_in(site: Site) -> None:
    page = site.client.get("/needs/1")
    assert "在对方的推荐中排第" in page.text
    assert classes(page, "answer-way") == []
    assert site.client.send("/needs/1/answers/1", reason="solves").startswith("/sign-in")


@pytest.mark.parametrize("path", ["/needs/1/answers/99", "/needs/99/answers/1"])
def test_a_pair_that_is_not_there(reader: Client, path: str) -> None:
    reader.post(path, 404, reason="solves")


def test_a_comparison_has_a_column_for_each(reader: Client) -> None:
    page = reader.get("/needs/1/compare?achievement=2&achievement=1&achievement=99")
    heads = [item for item in page.all("th") if item.get("scope") == "col"]
    assert len(heads) == 3
    assert "有 1 项不存在或不再公开" in page.text
    assert page.words("h1") == ["并排比较 2 项成果"]


def test_a_comparison_without_a_choice_offers_the_matches(site: Site) -> None:
    page = site.client.get("/needs/1/compare")
    boxes = [box.get("value") for box in page.all("input") if box.get("name") == "achievement"]
    assert sorted(boxes) == ["1", "2", "3"]


def test_more_than_four_are_told_and_left_out(site: Site) -> None:
    ids = "&".join(f"achievement={n}" for n in (1, 2, 3, 98, 99, 1))
    assert "多出的 1 项没有列出" in site.client.get(f"/needs/1/compare?{ids}").text
    site.client.get("/needs/1/compare?achievement=x&achievement=-1&achievement=9999999999")


def test_a_text_can_be_compared_against(site: Site) -> None:
    page = site.client.get("/compare?text=废锗靶回收提纯&achievement=1&achievement=2")
    assert "废锗靶回收提纯" in page.text
    assert classes(page, "score ")[:1] or "匹配" in page.words("th")
    assert "/compare" in {
        form.get("action") for form in site.client.ask("废锗靶回收提纯").all("form")
    }


def test_an_answer_on_the_comparison_leads_back_to_it(reader: Client) -> None:
    here = "/needs/1/compare?achievement=1&achievement=2"
    assert reader.send("/needs/1/answers/1", reason="price", next=here) == here
    assert "您标为<b>不相关</b>：价格不合适" in reader.get(here).text


def test_saving_from_a_list_and_from_a_page(site: Site, reader: Client) -> None:
    assert reader.send("/saved", item="need:1", next="/needs?page=1") == "/needs?page=1"
    assert "/lists/1" in {link.get("href") for link in reader.get("/needs").all("a")}
    assert "已收藏：" in "".join(reader.get("/needs/1").by_id("keep").itertext())
    star = reader.raw.post("/saved", data={"item": "achievement:2"}, headers=HX)
    assert 'href="/lists/1"' in star.text
    assert "<html" not in star.text
    assert "save-form" not in site.client.get("/needs").text


@pytest.mark.parametrize("item", ["", "need", "need:x", "person:1", "need:99", "need:-1"])
def test_what_cannot_be_saved_is_not_there(reader: Client, item: str) -> None:
    reader.post("/saved", 404, item=item)


def test_a_list_is_kept_in_order(site: Site, reader: Client) -> None:
    assert reader.send("/lists", name="余热") == "/lists/1"
    reader.send("/lists", name="备选")
    reader.send("/saved", item="achievement:1", list="1")
    reader.send("/lists/items/1/note", note="先问价")
    assert "先问价" in reader.get("/lists/1").text
    reader.send("/lists/items/1/move", list="2")
    assert "这个收藏夹是空的" in reader.get("/lists/1").text
    assert "先问价" in reader.get("/lists/2").text
    reader.send("/lists/2/name", name="余热备选")
    assert reader.get("/lists/2").words("h1") == ["余热备选"]
    assert "叫“余热”的收藏夹" in reader.post("/lists/2/name", 422, name="余热").text
    assert "备注有 501" in reader.post("/lists/items/1/note", 422, note="长" * 501).text
    reader.send("/lists/items/1/remove")
    reader.send("/lists/2/delete")
    with site.session() as session:
        assert len(session.exec(select(SavedList)).all()) == 1
        assert session.exec(select(SavedItem)).all() == []


def test_anothers_list_is_not_there(site: Site, reader: Client) -> None:
    reader.send("/saved", item="need:1")
    other = signed_in(site)
    for path in ("/lists/1", "/lists/99"):
        other.get(path, 404)
    other.post("/lists/items/1/remove", 404)
    assert other.get("/lists").words("h2")[0] == "还没有收藏"


def viewed(site: Site) -> dict[tuple[Kind, int], int]:
    counts = site.app.state.views._counts
    return {(kind, id): count for (kind, id, _), count in counts.items()}


def test_only_other_people_are_counted(site: Site) -> None:
    owner, stranger = signed_in(site, organisation=1), signed_in(site)
    for client in (owner, stranger, site.client):
        client.raw.get("/needs/1", headers=PERSON)
    for headers in ({"user-agent": "Baiduspider/2.0"}, {"user-agent": ""},
                    {**PERSON, "sec-purpose": "prefetch;prerender"}):  # fmt: skip
        site.client.raw.get("/needs/1", headers=headers)
    site.client.raw.get("/needs/99", headers=PERSON)
    assert viewed(site) == {(Kind.NEED, 1): 2}


def test_a_reader_does_not_wait_for_the_count(site: Site) -> None:
    with site.counted() as statements:
        site.client.raw.get("/needs/1", headers=PERSON)
    assert [s for s in statements if not s.lstrip().upper().startswith(("SELECT", "BEGIN"))] == []


def test_the_owner_sees_the_figures(site: Site, reader: Client) -> None:
    reader.send("/needs/1/answers/1", reason="solves")
    reader.raw.get("/needs/1", headers=PERSON)
    site.app.state.views.write()
    page = signed_in(site, organisation=1).get("/desk")
    figures = dict(zip(page.words("dt"), page.words("dd"), strict=True))
    assert (figures["近 30 天浏览"], figures["被标有用"]) == ("1", "1")


def test_a_listing_costs_the_same_with_one_match_and_with_many(
    one_of_each: Site, thirty_of_each: Site
) -> None:
    costs = []
    for site in (one_of_each, thirty_of_each):
        client = signed_in(site)
        client.get("/needs/1")
        with site.counted() as statements:
            client.get("/needs/1")
        costs.append(len(statements))
    assert costs[0] == costs[1]
