"""The workspace: what waits, what there is, what was found; and never nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from market.db import writing
from market.models import (
    Audience,
    Disclosure,
    Kind,
    ListingState,
    Membership,
    MembershipState,
    OrganisationKind,
    Person,
    Role,
    Standing,
)
from tests.web.pages import Client, Page
from tests.web.people import organisation_in, person_in, signed_in
from tests.web.site import Site
from tests.web.test_posting import written


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(2, 2)


@pytest.fixture
def body(site: Site) -> int:
    return organisation_in(site, "清远陶瓷公司")


def titles(page: Page) -> list[str]:
    return [word.split(" ")[0] for word in page.words("h2")]


def links(page: Page) -> set[str | None]:
    return {link.get("href") for link in page.all("a")}


def test_a_visitor_is_led_to_signing_in(site: Site) -> None:
    assert site.client.raw.get("/desk").headers["location"] == "/sign-in?next=%2Fdesk"


def test_a_newcomer_is_given_three_steps_and_what_is_new(site: Site) -> None:
    page = signed_in(site).get("/desk")
    assert titles(page) == ["接下来三步", "最新发布"]
    assert page.words("h3")[:3] == ["创建或加入单位", "单位认证", "发布第一条内容"]
    assert "/organisations/new" in links(page)
    assert {"/needs/1", "/achievements/1"} <= links(page)


def test_a_new_organisation_is_told_what_is_missing(site: Site, body: int) -> None:
    page = signed_in(site, organisation=body).get("/desk")
    assert "还缺证照号码、所在地区、单位简介" in page.text
    assert {f"/organisations/{body}/certification", f"/organisations/{body}/edit", "/needs/new",
            "/achievements/new"} <= links(page)  # fmt: skip
    assert page.words("h3")[0] == "已加入单位"


def test_a_reader_is_offered_nothing_to_write(site: Site, body: int) -> None:
    page = signed_in(site, organisation=body, role=Role.VIEWER).get("/desk")
    assert not {"/needs/new", "/achievements/new", f"/organisations/{body}/edit"} & links(page)


def test_a_bureaus_desk_says_that_it_posts_nothing(site: Site) -> None:
    bureau = organisation_in(site, "清远市科技局", OrganisationKind.BUREAU)
    assert "主管部门不发布需求和成果" in signed_in(site, organisation=bureau).get("/desk").text


def test_listings_stand_by_their_state(site: Site, body: int) -> None:
    now = site.app.state.now()
    for state, title in (
        (ListingState.DRAFT, "草稿一"),
        (ListingState.DRAFT, "草稿二"),
        (ListingState.PUBLISHED, "发布一"),
        (ListingState.CLOSED, "关闭一"),
    ):
        written(site, body, state=state, title=title, expires_at=now + timedelta(days=90))
    page = signed_in(site, organisation=body).get("/desk")
    assert [word for word in page.words("h3") if word[:3] in ("草稿 ", "已发布", "已关闭")] == [
        "草稿 2", "已发布 1", "已关闭 1",
    ]  # fmt: skip
    assert "接下来三步" not in titles(page)


def test_another_organisations_listings_are_not_on_it(site: Site, body: int) -> None:
    written(site, organisation_in(site, "别家"), title="别家的草稿")
    written(site, body, title="我们的草稿")
    text = signed_in(site, organisation=body).get("/desk").text
    assert ("别家的草稿" in text, "我们的草稿" in text) == (False, True)


def test_what_waits_is_named_with_its_reason(site: Site, body: int) -> None:
    now = site.app.state.now()
    soon, past = now + timedelta(days=3), now - timedelta(days=3)
    written(site, body, title="退回的", standing_reason="请写明指标")
    written(site, body, title="下架的", state=ListingState.TAKEN_DOWN, standing_reason="侵权")
    due = written(site, body, title="快到期的", state=ListingState.PUBLISHED, expires_at=soon)
    written(site, body, title="过期的", state=ListingState.EXPIRED, expires_at=past)
    asker, other = person_in(site), organisation_in(site, "别家")
    with writing(site.engine) as session:
        session.add(Membership(person_id=asker, organisation_id=body, role=Role.EDITOR,
                               state=MembershipState.REQUESTED, since=now))  # fmt: skip
        session.add(
            Disclosure(
                kind=Kind.NEED,
                listing_id=due,
                audience=Audience.ORGANISATION,
                organisation_id=other,
                requested_by=asker,
                requested_at=now,
            )
        )
    page = signed_in(site, organisation=body).get("/desk")
    kinds = [" ".join("".join(item.itertext()).split()) for item in page.root.iter()
             if item.get("class") == "todo-kind"]  # fmt: skip
    assert sorted(kinds) == sorted(
        ["退回修改", "被下架", "申请加入", "保密申请", "即将到期", "已到期"]
    )
    assert {f"/organisations/{body}/members", f"/needs/{due}/disclosures"} <= links(page)
    assert "请写明指标" in page.text
    reader = signed_in(site, organisation=body, role=Role.VIEWER).get("/desk")
    assert "等您处理" not in titles(reader)


def matched(site: Site) -> Client:
    """The owner of the first need of the site, which has strong matches."""
    from market.models import Suggestion

    now = site.app.state.now()
    with writing(site.engine) as session:
        session.add(
            Suggestion(
                side=Kind.NEED,
                need_id=1,
                achievement_id=1,
                rank=1,
                score=0.9,
                label="strong",
                reasons={},
                model="m",
                made_at=now,
                need_version=1,
                achievement_version=1,
                position=1,
            )
        )
    return signed_in(site, organisation=1)


def test_strong_matches_of_ones_own_listings_are_named(site: Site) -> None:
    page = matched(site).get("/desk")
    assert "为本单位找到的" in titles(page)
    assert "/achievements/1" in links(page)
    assert "90%" in page.text


def test_recommendations_that_are_switched_off_are_the_newest(site: Site) -> None:
    client = matched(site)
    with writing(site.engine) as session:
        person = session.get(Person, client.person_id)
        assert person is not None
        person.personalised = False
    page = client.get("/desk")
    assert "为本单位找到的" not in titles(page)
    assert "您关闭了个性化推荐" in page.text
    assert {"/achievements/1", "/achievements/2"} <= links(page)


def test_it_costs_the_same_with_one_listing_and_with_thirty(site: Site) -> None:
    costs = []
    for count in (1, 30):
        body = organisation_in(site, f"公司{count}", standing=Standing.VERIFIED)
        for number in range(count):
            written(site, body, title=f"需求{number}", state=ListingState.PUBLISHED)
        client = signed_in(site, organisation=body)
        client.get("/desk")
        with site.counted() as statements:
            client.get("/desk")
        costs.append(len(statements))
    assert costs[0] == costs[1]
