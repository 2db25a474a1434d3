"""The inbox, the settings of mails, the link that ends them, and the outbox of the bureau."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import col, select

from market import notices
from market.db import writing
from market.models import (
    Change,
    Channel,
    Consent,
    Delivery,
    DeliveryState,
    DigestRhythm,
    Notice,
    NoticeKind,
    Person,
    Role,
    SignInKind,
)
from tests.web.pages import Client
from tests.web.people import signed_in, token_of
from tests.web.site import NOW, Site

FIRST, LAST = "技术需求“甲”已通过审核", "技术需求“乙”需要修改"


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()


def tell(
    site: Site, person: int, *subjects: str, kind: NoticeKind = NoticeKind.LISTING,
    link: str = "/about",
) -> list[int]:  # fmt: skip
    """Notices in somebody's inbox; their ids."""
    with writing(site.engine) as session:
        for subject in subjects:
            notices.post(session, [person], kind, subject, "第一段\n第二段", link, NOW)
    with site.session() as session:
        query = select(Notice.id).where(Notice.person_id == person).order_by(col(Notice.id))
        return [id for id in session.exec(query) if id is not None][-len(subjects) :]


def rows(client: Client, path: str = "/inbox") -> list[str]:
    return [text for text in client.get(path).words("h2") if text]


def unread(site: Site, person: int) -> list[str]:
    with site.session() as session:
        query = select(Notice.subject).where(
            Notice.person_id == person, col(Notice.read_at).is_(None)
        )
        return sorted(session.exec(query))


def person_of(site: Site, id: int | None) -> Person:
    with site.session() as session:
        found = session.get(Person, id)
        assert found is not None
        return found


# ---- the inbox


def test_an_empty_inbox_says_what_will_come(site: Site) -> None:
    page = signed_in(site).get("/inbox")
    assert "还没有通知" in page.text
    assert "全部标为已读" not in page.text


def test_what_is_unread_comes_first(site: Site) -> None:
    me = signed_in(site)
    old, new = tell(site, me.person_id or 0, FIRST, LAST)
    me.send(f"/inbox/{new}/read")
    assert rows(me) == [f"未读： {FIRST}", LAST]
    assert rows(me, "/inbox?show=unread") == [f"未读： {FIRST}"]
    me.send(f"/inbox/{old}/read")
    assert rows(me) == [LAST, FIRST]
    assert "没有未读的通知" in me.get("/inbox?show=unread").text


def test_opening_a_notice_marks_it_and_leads_to_its_matter(site: Site) -> None:
    me = signed_in(site)
    [id] = tell(site, me.person_id or 0, FIRST, link="/needs/7?tab=1#x")
    assert me.send(f"/inbox/{id}/open") == "/needs/7?tab=1#x"
    assert unread(site, me.person_id or 0) == []


def test_reading_comes_back_to_the_list_it_came_from(site: Site) -> None:
    me = signed_in(site)
    [id] = tell(site, me.person_id or 0, FIRST)
    assert me.send(f"/inbox/{id}/read", next="/inbox?kind=listing") == "/inbox?kind=listing"
    assert me.send(f"/inbox/{id}/read", next="https://evil.example/") == "/inbox"


def test_all_at_once(site: Site) -> None:
    me = signed_in(site)
    tell(site, me.person_id or 0, FIRST, LAST)
    assert me.send("/inbox/read") == "/inbox"
    assert "2 条通知已标为已读。" in me.get("/inbox").text
    assert unread(site, me.person_id or 0) == []
    me.send("/inbox/read")
    assert "没有未读的通知。" in me.get("/inbox").text


def test_the_head_of_every_page_counts_what_is_unread(site: Site) -> None:
    me = signed_in(site)
    tell(site, me.person_id or 0, FIRST, LAST)
    assert "2 条未读" in " ".join(me.get("/about").words("nav")).replace("2条", "2 条")
    me.send("/inbox/read")
    assert "条未读" not in me.get("/about").text


def test_a_filter_by_kind_and_its_empty_state(site: Site) -> None:
    me = signed_in(site)
    tell(site, me.person_id or 0, FIRST)
    tell(site, me.person_id or 0, "成员申请", kind=NoticeKind.ORGANISATION)
    assert rows(me, "/inbox?kind=organisation") == ["未读： 成员申请"]
    assert "没有到期提醒类通知" in me.get("/inbox?kind=expiry").text
    assert "不存在" in me.get("/inbox?kind=nothing").text


@pytest.mark.parametrize("path", ["/inbox?page=0", "/inbox?page=x"])
def test_a_page_that_is_no_number_is_said(site: Site, path: str) -> None:
    assert "页码应为正整数" in signed_in(site).get(path, 422).text


def test_pages_and_their_fragment(site: Site) -> None:
    me = signed_in(site)
    tell(site, me.person_id or 0, *(f"通知{n:02}" for n in range(31)))
    assert len(rows(me)) == 30
    assert rows(me, "/inbox?page=2") == ["未读： 通知00"]
    assert "页码超出范围" in me.get("/inbox?page=9").text
    part = me.fragment("/inbox?page=2", "inbox").text
    assert ("<html" in part, "通知00" in part) == (False, True)


def test_a_page_of_one_and_of_thirty_cost_the_same(site: Site) -> None:
    me = signed_in(site)
    counts = []
    for number in (1, 29):
        tell(site, me.person_id or 0, *(f"通知{n}" for n in range(number)))
        me.get("/inbox")
        with site.counted() as sent:
            me.get("/inbox")
        counts.append(len(sent))
    assert counts[0] == counts[1]


def test_what_a_notice_says_is_text(site: Site) -> None:
    me = signed_in(site)
    tell(site, me.person_id or 0, "<script>alert(1)</script>“><b>", link='/x"onclick="y')
    page = me.get("/inbox")
    assert "未读： <script>alert(1)</script>“><b>" in page.words("h2")


def test_somebody_elses_notice_is_not_there(site: Site) -> None:
    me, other = signed_in(site), signed_in(site)
    [id] = tell(site, me.person_id or 0, FIRST)
    for step in ("open", "read"):
        assert other.raw.post(f"/inbox/{id}/{step}").status_code == 404
    assert FIRST not in other.get("/inbox").text
    assert unread(site, me.person_id or 0) == [FIRST]


@pytest.mark.parametrize("id", ["0", "99999", str(2**70), "x"])
@pytest.mark.parametrize("step", ["open", "read"])
def test_what_is_not_there_is_not_found(site: Site, id: str, step: str) -> None:
    assert signed_in(site).raw.post(f"/inbox/{id}/{step}").status_code == 404


def test_a_visitor_is_asked_to_sign_in(site: Site) -> None:
    for path in ("/inbox", "/account/notices", "/bureau/outbox"):
        answer = site.client.raw.get(path)
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/sign-in")


def test_reading_wants_the_token_against_forgery(site: Site) -> None:
    me = signed_in(site)
    [id] = tell(site, me.person_id or 0, FIRST)
    for path in ("/inbox/read", f"/inbox/{id}/open", f"/inbox/{id}/read", "/account/notices"):
        assert me.post_without_token(path).status_code == 403
    assert unread(site, me.person_id or 0) == [FIRST]


# ---- the API


def test_the_api_has_the_same_inbox(site: Site) -> None:
    me = signed_in(site)
    first, last = tell(site, me.person_id or 0, FIRST, LAST)
    found = me.json("/api/v1/inbox")
    assert [item["subject"] for item in found["items"]] == [LAST, FIRST]
    assert (found["total"], found["unread"], found["pages"]) == (2, 2, 1)
    assert me.raw.post(f"/api/v1/inbox/{first}/read").status_code == 204
    assert [i["id"] for i in me.json("/api/v1/inbox?unread=true")["items"]] == [last]
    assert me.raw.post("/api/v1/inbox/read").json() == {"read": 1}
    assert me.json("/api/v1/inbox?kind=expiry")["total"] == 0


def test_the_api_takes_a_token_and_no_visitor(site: Site) -> None:
    me, other = signed_in(site), signed_in(site)
    [id] = tell(site, me.person_id or 0, FIRST)
    bearer = {"Authorization": f"Bearer {token_of(site, me.person_id or 0, kind=SignInKind.TOKEN)}"}
    assert site.client.raw.get("/api/v1/inbox", headers=bearer).json()["unread"] == 1
    assert site.client.raw.get("/api/v1/inbox").status_code == 401
    assert other.raw.post(f"/api/v1/inbox/{id}/read").status_code == 404


# ---- how mails come


def test_the_present_choice_is_marked_and_another_is_kept(site: Site) -> None:
    me = signed_in(site)
    assert chosen(me) == "at-once"
    assert me.send("/account/notices", digest="weekly") == "/account/notices"
    assert chosen(me) == "weekly"
    assert person_of(site, me.person_id).digest is DigestRhythm.WEEKLY


def chosen(client: Client) -> str | None:
    inputs = client.get("/account/notices").all("input")
    return next(i.get("value") for i in inputs if i.get("checked") is not None)


def test_the_choice_is_a_consent_that_ends_with_it(site: Site) -> None:
    me = signed_in(site)
    me.send("/account/notices", digest="daily")
    me.send("/account/notices", digest="off")
    with site.session() as session:
        [consent] = session.exec(select(Consent)).all()
        actions = set(session.exec(select(Change.action)))
    assert consent.withdrawn_at is not None
    assert {"consent.give", "account.digest"} <= actions


@pytest.mark.parametrize("value", ["", "hourly"])
def test_no_choice_is_said_at_its_field(site: Site, value: str) -> None:
    me = signed_in(site)
    page = me.post("/account/notices", 422, digest=value)
    assert "请选择一种方式。" in page.text
    assert [a.get("href") for a in page.all("a") if a.text == "请选择一种方式。"] == ["#digest"]


def test_somebody_without_mail_is_told_where_to_add_it(site: Site) -> None:
    me = signed_in(site)
    with writing(site.engine) as session:
        person = session.get(Person, me.person_id)
        assert person is not None
        person.email, person.mobile = None, "+8613812345678"
    assert "添加邮箱" in me.get("/account/notices").text


# ---- the link that ends mails


def link_of(site: Site, person: int | None) -> str:
    return f"/unsubscribe/{site.app.state.keys.sign('unsubscribe', person)}"


def test_a_mail_program_ends_it_with_one_post(site: Site) -> None:
    """RFC 8058: no cookie, no token of ours, no redirect."""
    me = signed_in(site)
    body = {"List-Unsubscribe": "One-Click"}
    site.client.raw.cookies.clear()
    answer = site.client.raw.request(
        "POST", link_of(site, me.person_id), data=body, headers={"x-csrftoken": ""}
    )
    assert (answer.status_code, "已退订" in answer.text) == (200, True)
    assert person_of(site, me.person_id).digest is DigestRhythm.OFF


def test_opening_the_link_changes_nothing_yet(site: Site) -> None:
    me = signed_in(site)
    page = site.client.get(link_of(site, me.person_id))
    assert page.words("button")[-1] == "退订"
    assert person_of(site, me.person_id).digest is DigestRhythm.AT_ONCE


def test_the_link_can_be_used_again_and_is_recorded_once(site: Site) -> None:
    me = signed_in(site)
    for _ in range(2):
        site.client.post(link_of(site, me.person_id))
    with site.session() as session:
        [change] = session.exec(select(Change).where(Change.action == "account.digest"))
    assert (change.noun_id, change.person_id, change.after) == (
        me.person_id, None, {"digest": "off"},
    )  # fmt: skip


@pytest.mark.parametrize("purpose", ["said", "csrf", "unsubscribe "])
def test_a_link_that_was_signed_for_something_else_is_not_there(site: Site, purpose: str) -> None:
    me = signed_in(site)
    path = f"/unsubscribe/{site.app.state.keys.sign(purpose, me.person_id)}"
    for answer in (site.client.raw.get(path), site.client.raw.post(path)):
        assert answer.status_code == 404


@pytest.mark.parametrize("value", [0, 999, "1", None, True, [1], 2**70])
def test_a_link_about_nobody_is_not_there(site: Site, value: object) -> None:
    signed_in(site)
    path = f"/unsubscribe/{site.app.state.keys.sign('unsubscribe', value)}"
    assert site.client.raw.post(path).status_code == 404


def test_a_changed_link_is_not_there(site: Site) -> None:
    path = link_of(site, signed_in(site).person_id)
    for changed in (path[:-1], path + "x", "/unsubscribe/" + "a" * 5_000, "/unsubscribe/é"):
        assert site.client.raw.post(changed).status_code == 404


# ---- the outbox


def fail(site: Site, *targets: str, is_secret: bool = False) -> None:
    with writing(site.engine) as session:
        session.add_all(
            Delivery(
                channel=Channel.EMAIL, target=target, subject="机密主题", text="机密正文",
                is_secret=is_secret, state=DeliveryState.DEAD, attempts=3, created_at=NOW,
                next_at=NOW, error="邮件服务器拒收（550）",
            )
            for target in targets
        )  # fmt: skip


def states(site: Site) -> list[DeliveryState]:
    with site.session() as session:
        return list(session.exec(select(Delivery.state).order_by(col(Delivery.id))))


def test_the_keeper_sees_the_reason_and_no_content(site: Site) -> None:
    fail(site, "linxiao@example.com")
    fail(site, "wang@example.com", is_secret=True)
    page = signed_in(site, Role.ADMINISTRATOR).get("/bureau/outbox")
    assert "l***@example.com" in page.text
    assert "邮件服务器拒收（550）" in page.text
    hidden = ("linxiao", "机密主题", "机密正文", "wang@")
    assert [word for word in hidden if word in page.text] == []
    assert page.words("button").count("重发") == 1


def test_one_and_all_are_sent_again(site: Site) -> None:
    keeper = signed_in(site, Role.ADMINISTRATOR)
    fail(site, "a@example.com", "b@example.com", "c@example.com")
    fail(site, "d@example.com", is_secret=True)
    dead, waiting = DeliveryState.DEAD, DeliveryState.WAITING
    keeper.send("/bureau/outbox/2/retry")
    assert states(site) == [dead, waiting, dead, dead]
    keeper.send("/bureau/outbox/retry")
    assert states(site) == [waiting, waiting, waiting, dead]
    assert "2 条已放回待发送。" in keeper.get("/bureau/outbox").text
    assert keeper.raw.post("/bureau/outbox/4/retry").status_code == 403
    assert keeper.raw.post("/bureau/outbox/99/retry").status_code == 404


def test_what_waits_and_both_empty_states(site: Site) -> None:
    keeper = signed_in(site, Role.ADMINISTRATOR)
    assert "没有发送失败的" in keeper.get("/bureau/outbox").text
    assert "没有待发送的" in keeper.get("/bureau/outbox?state=waiting").text
    fail(site, "a@example.com")
    keeper.send("/bureau/outbox/retry")
    assert "其中 1 条试过没有发出" in keeper.get("/bureau/outbox?state=waiting").text


@pytest.mark.parametrize(
    "role", [None, Role.EXPERT, Role.ROUND_OFFICER, Role.APPROVER, Role.SUPERVISOR, Role.FINANCE]
)
def test_nobody_else_sees_the_outbox(site: Site, role: Role | None) -> None:
    fail(site, "a@example.com")
    client = signed_in(site, *([role] if role else []))
    assert client.raw.get("/bureau/outbox").status_code == 403
    for path in ("/bureau/outbox/retry", "/bureau/outbox/1/retry"):
        assert client.raw.post(path).status_code == 403
    assert states(site) == [DeliveryState.DEAD]
