"""The page of a listing and the rows of lists: every part in its place, and how old it looks."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from market.db import writing
from market.models import (
    TABLES,
    Attachment,
    CooperationMode,
    Kind,
    Listing,
    ListingState,
    Role,
    Tier,
)
from market.models.enums import Assessment, Evidence, Holding, RightKind, RightStatus, Stage
from market.models.particulars import Holder, Indicator, Right
from market.policy import current
from tests.web.pages import Page
from tests.web.people import signed_in
from tests.web.site import Site, draft

NEED = {
    "summary": "一句话", "problem": "难在这里", "background": "从前如此", "tried": "试过酸溶",
    "body": "还有一句", "contact": "李工 0763-1234567",
    "indicators": (
        Indicator("氧含量", "200～450", "160～220", "ppm"), Indicator("导电率", "", "≥ 100"),
    ),
    "wanted_by": date(2026, 12, 31), "keywords": ("打渣",),
}  # fmt: skip
ACHIEVEMENT = {
    "summary": "一句话", "innovation": "新在这里", "cases": "用过一处", "body": "还有一句",
    "team": "十二人", "contact": "转化办", "stage": Stage.MIDDLE, "readiness": 6,
    "evidence": (Evidence.PILOT_REPORT, Evidence.PAPER), "assessment": Assessment.ASSESSED,
    "assessor": "某评价中心",
    "indicators": (Indicator("回收率", "", "≥ 95", "%"),),
    "rights": (
        Right(RightKind.INVENTION, "ZL201710601862.3", "一种方法", RightStatus.GRANTED,
              date(2026, 3, 8)),
        Right(RightKind.KNOW_HOW, "", "配方"),
    ),
    "holders": (Holder("示例研究所一", Holding.CO_OWNERSHIP, 60, date(2035, 1, 2)),),
    "modes": (CooperationMode.LICENSE,),
}  # fmt: skip


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()


def with_one(site: Site, kind: Kind, **values: Any) -> Page:
    """The page of the one listing, as a visitor opens it."""
    given = NEED if kind is Kind.NEED else ACHIEVEMENT
    site.record(kind, draft(0, kind, **{**given, **values}))
    return site.client.get(f"/{kind.value}s/1")


def alter(site: Site, kind: Kind, **values: Any) -> None:
    with writing(site.engine) as session:
        row = session.exec(select(TABLES[kind].listing)).one()
        assert isinstance(row, Listing)
        for name, value in values.items():
            setattr(row, name, value)


def rows_of(page: Page, name: str) -> list[list[str]]:
    """The rows of the table of that class."""
    [table] = [each for each in page.all("table") if each.get("class") == name]
    return [
        [" ".join("".join(cell.itertext()).split()) for cell in row]
        for row in table.iter("{http://www.w3.org/1999/xhtml}tr")
    ]


def test_a_need_is_read_in_the_order_of_its_parts(site: Site) -> None:
    page = with_one(site, Kind.NEED)
    headings = ["技术难题", "技术指标", "背景", "已经试过", "补充说明"]
    assert [words for words in page.words("h2") if words in headings] == headings
    assert rows_of(page, "measures") == [
        ["指标", "现状", "目标"], ["氧含量 ppm", "200～450", "160～220"], ["导电率", "—", "≥ 100"],
    ]  # fmt: skip
    assert "希望完成2026-12-31" in [words.replace(" ", "") for words in page.words("div")]


def test_an_achievement_is_read_in_the_order_of_its_parts(site: Site) -> None:
    page = with_one(site, Kind.ACHIEVEMENT)
    headings = ["创新点", "技术指标", "应用案例", "补充说明", "知识产权", "权利人", "团队"]
    assert [words for words in page.words("h2") if words in headings] == headings
    assert rows_of(page, "measures") == [["指标", "达到"], ["回收率 %", "≥ 95"]]
    facts = page.words("dd")
    assert {"中期（中试）", "中试报告、论文", "第三方评定某评价中心"} <= set(facts)


def test_a_right_says_what_was_found_and_when_and_nothing_of_today(site: Site) -> None:
    page = with_one(site, Kind.ACHIEVEMENT)
    items = page.words("li")
    assert "发明专利 一种方法ZL201710601862.3 已授权或已登记2026-03-08 查询" in items
    assert "技术秘密 配方 未写明" in items
    assert "示例研究所一 共有权 60%至 2035-01-02" in items
    assert "有效" not in page.text


def test_a_listing_of_one_text_has_no_heading_over_it(site: Site) -> None:
    bare = {"problem": "", "background": "", "tried": "", "indicators": ()}
    page = with_one(site, Kind.NEED, **bare)
    assert "补充说明" not in page.words("h2")
    assert "还有一句" in page.words("p")


def test_a_contact_that_wants_a_sign_in_says_so(site: Site) -> None:
    page = with_one(site, Kind.NEED, tiers={"contact": Tier.REGISTERED})
    assert "0763" not in page.text
    assert "/sign-in?next=/needs/1" in {a.get("href") for a in page.all("a")}
    inside = signed_in(site).get("/needs/1")
    assert "李工 0763-1234567 登录用户" in inside.words("p")


def test_a_row_tells_what_is_compared(site: Site) -> None:
    with_one(site, Kind.NEED)
    page = site.client.get("/needs")
    assert "氧含量 200～450 → 160～220 ppm 等 2 项指标" in page.words("p")
    [amount] = [words for words in page.words("dd") if "希望完成" in words]
    assert "2026-12-31" in amount
    with_one(site, Kind.ACHIEVEMENT)
    assert "6 级 中期（中试）· 第三方评定" in site.client.get("/achievements").words("dd")


def test_a_day_that_has_passed_says_so(site: Site) -> None:
    with_one(site, Kind.NEED, wanted_by=date(2026, 12, 31))
    site.app.state.now = lambda: site_now(site, days=200)
    for path in ("/needs", "/needs/1", "/needs/1/sheet"):
        assert "已过" in site.client.get(path).words("span"), path


def site_now(site: Site, *, days: int) -> Any:
    with site.session() as session:
        row = session.exec(select(TABLES[Kind.NEED].listing)).one()
        return row.changed_at + timedelta(days=days)


def test_what_nobody_touched_for_long_looks_stale(site: Site) -> None:
    with_one(site, Kind.NEED)
    days = current().stale_days
    for passed, is_stale in ((days - 1, False), (days, True)):
        site.app.state.now = lambda passed=passed: site_now(site, days=passed)
        assert ("久未更新" in site.client.get("/needs").text) is is_stale
        assert ("天没有更新" in site.client.get("/needs/1").text) is is_stale


def test_its_owner_is_told_what_to_do(site: Site) -> None:
    with_one(site, Kind.NEED, wanted_by=None)
    site.app.state.now = lambda: site_now(site, days=130)
    page = signed_in(site, organisation=1).get("/needs/1")
    assert "已有 130 天没有更新，列表里标着“久未更新”，看的人会犹豫。" in page.words("p")
    assert [words for words in page.words("p") if "点“续期”确认一下" in words]


def test_its_owner_is_not_told_to_press_what_is_not_there(site: Site) -> None:
    with_one(site, Kind.NEED)
    alter(site, Kind.NEED, wanted_by=date(2020, 1, 1))
    site.app.state.now = lambda: site_now(site, days=130)
    page = signed_in(site, organisation=1).get("/needs/1")
    assert "续期" not in page.words("button")
    assert [words for words in page.words("p") if "希望完成的日期已经过去" in words]


def test_what_found_its_match_says_so(site: Site) -> None:
    with_one(site, Kind.NEED)
    alter(site, Kind.NEED, state=ListingState.MATCHED)
    page = site.client.get("/needs/1")
    assert "已对接" in page.words("span")
    assert "发布单位已把这条需求标为已对接，不再参与匹配，留在这里供参考。" in page.words("p")


def data_of(page: Page) -> dict[str, Any]:
    [script] = [s for s in page.all("script") if s.get("type") == "application/ld+json"]
    found: dict[str, Any] = json.loads(script.text or "")
    return found


@pytest.mark.parametrize(("kind", "type"), [(Kind.NEED, "Demand"), (Kind.ACHIEVEMENT, "Offer")])
def test_search_engines_are_told_in_the_words_of_schema_org(
    site: Site, kind: Kind, type: str
) -> None:
    page = with_one(site, kind)
    found = data_of(page)
    entity = found["mainEntity"]
    assert (found["@context"], entity["@type"]) == ("https://schema.org", type)
    assert entity["url"] == f"{site.app.state.settings.address}/{kind.value}s/1"
    assert entity["disambiguatingDescription"].startswith("示例数据")
    assert entity["itemOffered"]["additionalProperty"][0]["@type"] == "PropertyValue"
    assert ("validThrough" in entity) is (kind is Kind.NEED)


def test_they_are_told_what_is_public_though_an_owner_asks(site: Site) -> None:
    secrets = {"summary": "机密摘要", "tiers": {"summary": Tier.MATCHED, "owner": Tier.REGISTERED}}
    with_one(site, Kind.NEED, **secrets)
    page = signed_in(site, organisation=1).get("/needs/1")
    head = page.text.split("<body>")[0]
    assert "机密摘要" in page.text
    assert "机密摘要" not in head
    assert "seller" not in data_of(page)["mainEntity"]


def test_a_script_in_a_text_does_not_end_the_data(site: Site) -> None:
    evil = "</script><script>alert(1)</script>"
    with_one(site, Kind.NEED)
    alter(site, Kind.NEED, title=f"锗 {evil}", summary=evil)
    page = site.client.get("/needs/1")
    assert "<script>alert" not in page.text
    assert data_of(page)["name"] == f"锗 {evil}"


def test_previews_name_the_listing(site: Site) -> None:
    page = with_one(site, Kind.NEED)
    given = {m.get("property"): m.get("content") for m in page.all("meta") if m.get("property")}
    assert given["og:title"] == "【示例】废锗靶与锗屑回收提纯（0）"
    assert given["og:description"] == "一句话"
    assert given["og:url"] == f"{site.app.state.settings.address}/needs/1"


def test_pictures_are_shown_reduced_and_the_first_public_one_in_previews(site: Site) -> None:
    with_one(site, Kind.NEED)
    tiers = {"kept": Tier.REGISTERED, "open": Tier.PUBLIC}
    with writing(site.engine) as session:
        session.add_all(
            Attachment(
                code=code, stored_as=code, noun="need", noun_id=1, name=f"{code}.png",
                media_type="image/png", size=1, sha256=code, tier=tier, small_as=f"{code}-s",
                width=1600, height=900, uploaded_at=site.app.state.now(),
            )
            for code, tier in tiers.items()
        )  # fmt: skip
    image = f"{site.app.state.settings.address}/files/open/small"
    for client, shown in ((site.client, ["open"]), (signed_in(site), ["kept", "open"])):
        page = client.get("/needs/1")
        given = [(img.get("src"), img.get("alt"), img.get("width")) for img in page.all("img")]
        assert given == [(f"/files/{code}/small", f"{code}.png", "1600") for code in shown]
        assert [m.get("content") for m in page.all("meta") if m.get("property") == "og:image"] == [
            image
        ]
        assert page.text.count("kept.png") == 2 * (len(shown) - 1)  # its words and its name, once
        assert "附件" not in page.words("h2")


def test_a_draft_is_no_business_of_search_engines(site: Site) -> None:
    with_one(site, Kind.NEED)
    alter(site, Kind.NEED, state=ListingState.DRAFT)
    page = signed_in(site, organisation=1).get("/needs/1")
    robots = [m.get("content") for m in page.all("meta") if m.get("name") == "robots"]
    assert robots == ["noindex"]
    assert not [s for s in page.all("script") if s.get("type")]


def test_the_bureau_reads_every_part(site: Site) -> None:
    with_one(site, Kind.ACHIEVEMENT, tiers={"team": Tier.MATCHED, "contact": Tier.BUREAU})
    page = signed_in(site, Role.ROUND_OFFICER).get("/bureau/listings/achievement/1")
    for said in ("新在这里", "用过一处", "十二人", "转化办", "一种方法", "回收率", "某评价中心"):
        assert said in page.text, said
