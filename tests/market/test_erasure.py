"""The end of an account: what goes, what stays, and when it is refused."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import Session, SQLModel, select

from market import notices
from market.actions import contacts, erasure, identities, passwords, second_step, sign_ins
from market.actions.identities import Claims
from market.errors import NotAllowed, NotFresh
from market.models import (
    Change,
    Channel,
    Consent,
    Delivery,
    Grant,
    Identity,
    Invitation,
    Kind,
    Membership,
    MembershipState,
    Notice,
    NoticeKind,
    OneTime,
    Report,
    ReportReason,
    Role,
    SignIn,
)
from tests.market.accounts import DOOR, EMAIL, KEYS, MINUTE, PASSWORD, code_to, enter, registered

MOBILE = "+8613812345678"


@pytest.fixture
def inside(session):
    return enter(session, registered(session), agent="Firefox 71", address="10.71.0.1")


def everything(session: Session) -> dict[str, list[str]]:
    """All that the database holds as text, by table and column."""
    session.flush()
    found: dict[str, list[str]] = {}
    for table in SQLModel.metadata.sorted_tables:
        rows = session.connection().execute(table.select()).mappings().all()
        for column in table.columns:
            found[f"{table.name}.{column.name}"] = [str(row[column.name]) for row in rows]
    return found


def where(session: Session, *words: str) -> set[str]:
    """The columns in which one of these words is found."""
    return {
        place
        for place, texts in everything(session).items()
        if any(word in text for word in words for text in texts)
    }


def live(session, inside, make, now) -> list[str]:
    """A full life: a number, a second step, an identity, a token, letters, an invitation, a report.
    Returns what must not be found any more."""
    viewer = inside.viewer
    inside.person.mobile = MOBILE
    setup = second_step.begin(session, viewer, now, KEYS)
    inside.person.totp_secret = KEYS.seal(setup.secret)
    identities.link(session, Claims("https://id.example.edu.cn", "subject-71"), viewer, now)
    _, token = sign_ins.make_token(session, "导出程序七一", 30, viewer, now)
    passwords.ask_reset(session, EMAIL, DOOR, now, KEYS)
    contacts.ask_change(session, "lin.new@example.com", viewer, now, KEYS)
    notices.send(session, Channel.SMS, MOBILE, "", "没有编号的短信", now)
    notices.post(session, [viewer.person_id], NoticeKind.LISTING, "给林晓的通知", "", "/", now)
    body = make.owner()
    host = make.member(body, Role.OWNER)
    for target in (EMAIL, MOBILE):
        session.add(
            Invitation(
                organisation_id=body.id, role=Role.EDITOR, target=target, digest=target[::-1],
                invited_by=host.person_id, created_at=now, expires_at=now,
            )
        )  # fmt: skip
    session.add(
        Membership(
            person_id=inside.person.key, organisation_id=body.id, role=Role.VIEWER, since=now,
            note=f"我是林晓，{EMAIL}",
        )
    )  # fmt: skip
    session.add_all(report(now, n, contact, by) for n, (contact, by) in enumerate(
        [(MOBILE, inside.person.id), (EMAIL, None)]
    ))  # fmt: skip
    session.flush()
    return [
        EMAIL, "lin.new@example.com", MOBILE, "13812345678", "林晓", setup.secret, "subject-71",
        token, inside.token, inside.sign_in.digest, inside.person.password_hash, PASSWORD,
        "Firefox 71", "10.71.0.1", "导出程序七一",
    ]  # fmt: skip


def report(now: Any, number: int, contact: str, by: int | None) -> Report:
    return Report(
        receipt=f"R{number}", kind=Kind.NEED, listing_id=1, listing_title="x",
        reason=ReportReason.SPAM, contact=contact, reported_by=by, received_at=now, due_at=now,
    )  # fmt: skip


def test_no_trace_is_left_in_any_text_of_any_table(session, inside, make, now):
    words = live(session, inside, make, now)
    before = where(session, *words)
    erasure.erase(session, inside.viewer, now)
    assert where(session, *words) == set()
    assert {
        "person.email", "person.mobile", "person.name", "one_time.target", "delivery.target",
        "invitation.target", "report.contact", "membership.note", "sign_in.address",
        "notice.subject",
    } <= before  # fmt: skip


def test_an_address_of_the_past_leaves_no_trace_either(session, inside, now):
    new = "lin.new@example.com"
    contacts.ask_change(session, new, inside.viewer, now, KEYS)
    codes = (code_to(session, new), code_to(session, EMAIL))
    contacts.confirm_change(session, *codes, inside.viewer, now, KEYS)
    erasure.erase(session, inside.viewer, now)
    assert where(session, EMAIL, new) == set()


def test_what_was_theirs_is_gone(session, inside, make, now):
    live(session, inside, make, now)
    viewer = inside.viewer
    erasure.erase(session, viewer, now)
    id = inside.person.id
    for table in (SignIn, Identity, Notice, OneTime, Delivery):
        assert session.exec(select(table).where(table.person_id == id)).all() == [], table


def test_what_the_law_wants_kept_is_kept(session, inside, make, now):
    live(session, inside, make, now)
    viewer = inside.viewer
    theirs = select(Change).where(Change.person_id == inside.person.id)
    before = len(session.exec(theirs).all())
    erasure.erase(session, viewer, now)
    assert len(session.exec(theirs).all()) > before
    assert session.exec(select(Report)).all() != []
    [consent] = session.exec(select(Consent)).all()
    assert consent.withdrawn_at == now
    assert (inside.person.name, inside.person.erased_at) == ("已注销用户", now)


def test_nobody_comes_back(session, inside, now):
    erasure.erase(session, inside.viewer, now)
    assert inside.at(now) is None
    assert sign_ins.authenticate(session, EMAIL, PASSWORD) is None


def test_the_address_is_free_again(session, inside, now):
    erasure.erase(session, inside.viewer, now)
    assert registered(session).id != inside.person.id


def test_open_invitations_to_them_end(session, inside, make, now):
    live(session, inside, make, now)
    erasure.erase(session, inside.viewer, now)
    assert {row.revoked_at for row in session.exec(select(Invitation))} == {now}


def test_other_people_are_left_alone(session, inside, make, now):
    other = registered(session, "other@example.com")
    before = other.model_dump()
    erasure.erase(session, inside.viewer, now)
    session.refresh(other)
    assert other.model_dump() == before
    assert "delivery.target" in where(session, "other@example.com")


def test_memberships_and_roles_end(session, make, now):
    person = make.person("", Role.EXPERT)
    body = make.owner()
    make.member(body, Role.OWNER)
    make.member(body, Role.EDITOR, person)
    erasure.erase(session, enter(session, person).viewer, now)
    [membership] = session.exec(select(Membership).where(Membership.person_id == person.id)).all()
    [grant] = session.exec(select(Grant).where(Grant.person_id == person.id)).all()
    assert (membership.state, grant.ended_at) == (MembershipState.ENDED, now)


def test_the_only_owner_of_others_says_goodbye_first(session, inside, make, now):
    body = make.owner("清远甲公司")
    make.member(body, Role.OWNER, inside.person)
    colleague = make.member(body, Role.EDITOR)
    with pytest.raises(NotAllowed, match=r"清远甲公司.*负责人"):
        erasure.erase(session, inside.viewer, now)
    make.session.exec(
        select(Membership).where(Membership.person_id == colleague.person_id)
    ).one().role = Role.OWNER
    session.flush()
    erasure.erase(session, inside.viewer, now)


def test_the_only_owner_of_what_is_published_takes_it_down_first(session, inside, make, now):
    body = make.owner()
    make.member(body, Role.OWNER, inside.person)
    make.need(owner_id=body.id)
    with pytest.raises(NotAllowed, match="技术需求"):
        erasure.erase(session, inside.viewer, now)
    assert inside.person.email == EMAIL


def test_the_only_member_of_an_empty_organisation_may_go(session, inside, make, now):
    make.member(make.owner(), Role.OWNER, inside.person)
    erasure.erase(session, inside.viewer, now)


def test_the_last_administrator_stays(session, make, now):
    first, second = make.person("", Role.ADMINISTRATOR), make.person("", Role.ADMINISTRATOR)
    erasure.erase(session, enter(session, first).viewer, now)
    with pytest.raises(NotAllowed, match="管理员"):
        erasure.erase(session, enter(session, second).viewer, now)


def test_the_password_must_have_been_shown_lately(session, inside, now):
    late = now + 16 * MINUTE
    with pytest.raises(NotFresh):
        erasure.erase(session, inside.at(late), late)


def test_a_token_erases_nobody(session, inside, now):
    from market.queries.people import viewer_of

    _, token = sign_ins.make_token(session, "x", 30, inside.viewer, now)
    with pytest.raises(NotFresh):
        erasure.erase(session, viewer_of(session, token, now), now)
