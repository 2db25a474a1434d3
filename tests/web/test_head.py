"""The head of every page for those who are signed in, and whom the site takes somebody for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import select

from market.db import writing
from market.models import Membership, Notice, NoticeKind, Person, Role, SignIn, SignInKind
from market.policy import current
from tests.web.pages import Page
from tests.web.people import organisation_in, person_in, signed_in, token_of, visitor
from tests.web.site import Site


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()


def links(page: Page) -> list[str]:
    return [link.get("href") or "" for link in page.all("a")]


def actions(page: Page) -> list[str]:
    return [form.get("action") or "" for form in page.all("form")]


def tell(site: Site, person: int | None, *read_at: object) -> None:
    with writing(site.engine) as session:
        for moment in read_at:
            row = {"person_id": person, "kind": next(iter(NoticeKind)), "subject": "有新消息"}
            session.add(Notice(**row, at=site.app.state.now(), read_at=moment))


def join(site: Site, person: int | None, organisation: int) -> None:
    with writing(site.engine) as session:
        values = {"person_id": person, "organisation_id": organisation, "role": Role.EDITOR}
        session.add(Membership(**values, since=site.app.state.now()))


def test_a_visitor_is_offered_the_ways_in(site: Site) -> None:
    page = site.client.get("/about?a=1")
    assert "/sign-in?next=/about" in links(page)
    assert "/register" in links(page)
    assert "/inbox" not in links(page)


def test_a_member_finds_their_desk_inbox_account_and_way_out(site: Site) -> None:
    page = signed_in(site).get("/about")
    assert {"/desk", "/inbox", "/account", "/privacy"} <= set(links(page))
    assert {"/sign-in", "/register", "/bureau"} & set(links(page)) == set()
    assert actions(page) == ["/sign-out"]


@pytest.mark.parametrize("role", [Role.ROUND_OFFICER, Role.APPROVER, Role.SUPERVISOR])
def test_whoever_works_for_the_bureau_finds_its_desk(site: Site, role: Role) -> None:
    assert "/bureau" in links(signed_in(site, role).get("/about"))


def test_an_expert_finds_no_desk_of_the_bureau(site: Site) -> None:
    assert "/bureau" not in links(signed_in(site, Role.EXPERT).get("/about"))


@pytest.mark.parametrize(("count", "shown"), [(0, None), (2, "2"), (99, "99"), (150, "99+")])
def test_unread_notices_are_counted(site: Site, count: int, shown: str | None) -> None:
    client = signed_in(site)
    tell(site, client.person_id, site.app.state.now(), *[None] * count)
    [link] = [a for a in client.get("/about").all("a") if a.get("href") == "/inbox"]
    found = [span.text for span in link.iter() if "count" in (span.get("class") or "")]
    assert found == ([] if shown is None else [shown])


def test_somebody_of_two_organisations_chooses_whom_they_act_for(site: Site) -> None:
    first, second = organisation_in(site, "甲公司"), organisation_in(site, "乙公司")
    client = signed_in(site, organisation=second)
    join(site, client.person_id, first)
    page = client.get("/about")
    assert actions(page) == ["/account/acting-for", "/sign-out"]
    assert [o.text for o in page.all("option")] == ["乙公司", "甲公司"]
    assert "代表 乙公司" in page.text


def test_a_member_of_one_organisation_has_nothing_to_choose(site: Site) -> None:
    page = signed_in(site, organisation=organisation_in(site, "甲公司")).get("/about")
    assert "代表 甲公司" in page.text
    assert actions(page) == ["/sign-out"]


def test_the_head_costs_one_query_whatever_it_shows(site: Site) -> None:
    client = signed_in(site, organisation=organisation_in(site, "甲公司"))
    for number in range(5):
        join(site, client.person_id, organisation_in(site, f"乙{number}"))
    with site.counted() as seen:
        client.get("/about")
    about_head = [s for s in seen if "notice" in s]
    assert len(about_head) == 1
    with site.counted() as seen:
        site.client.get("/about")
    assert seen == []


def test_a_session_ends_with_what_ends_it(site: Site) -> None:
    def spoil(**changes: object) -> list[str]:
        client = signed_in(site)
        assert "/inbox" in links(client.get("/about"))
        with writing(site.engine) as session:
            row = session.exec(select(SignIn).where(SignIn.person_id == client.person_id)).one()
            who = session.get(Person, client.person_id)
            for name, value in changes.items():
                setattr(row if hasattr(SignIn, name) else who, name, value)
        return links(client.get("/about"))

    now = site.app.state.now()
    idle = now - current().period("idle_hours") - timedelta(seconds=1)
    for changes in (
        {"revoked_at": now}, {"expires_at": now}, {"seen_at": idle},
        {"suspended_at": now}, {"erased_at": now},
    ):  # fmt: skip
        assert "/inbox" not in spoil(**changes), changes


def test_a_cookie_of_other_letters_is_nobodys(site: Site) -> None:
    for value in ("", "x" * 5_000, "-", "%00", "é"):
        client = visitor(site)
        answer = client.raw.get("/about", headers={b"cookie": b"kejie_session=" + value.encode()})
        assert answer.status_code == 200
        assert "/sign-in" in answer.text


def test_a_token_for_programs_works_at_the_api_and_in_no_cookie(site: Site) -> None:
    token = token_of(site, person_in(site), kind=SignInKind.TOKEN)
    answer = visitor(site).raw.get("/api/v1/needs", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    client = visitor(site)
    client.raw.cookies.set("kejie_session", token, domain="testserver.local")
    assert "/inbox" not in links(client.get("/about"))


def test_a_session_is_no_token_for_programs(site: Site) -> None:
    token = token_of(site, person_in(site))
    answer = visitor(site).raw.get("/api/v1/needs", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "访问令牌无效" in answer.json()["detail"]


def test_a_session_in_use_is_noted_once_a_minute(site: Site) -> None:
    client = signed_in(site)
    start = site.app.state.now()

    def seen_at() -> object:
        with site.session() as session:
            row = session.exec(select(SignIn).where(SignIn.person_id == client.person_id)).one()
            return row.seen_at

    before = seen_at()
    client.get("/about")
    assert seen_at() == before
    later = start + timedelta(minutes=2)
    site.app.state.now = lambda: later
    client.get("/about")
    assert seen_at() == later
