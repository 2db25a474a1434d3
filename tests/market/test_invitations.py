"""The letter into an organisation: sent, opened once, taken back, run out."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from market.actions import invitations, memberships
from market.errors import Invalid, NotAllowed, NotFound, NotFresh, NotSignedIn
from market.models import (
    Change,
    Channel,
    Delivery,
    Membership,
    MembershipState,
    Role,
)
from market.queries import memberships as reading
from tests.market.bodies import again, changes, person_of

WEEK = timedelta(days=7)


@pytest.fixture
def body(make):
    return make.owner("清远新材料公司")


@pytest.fixture
def owner(make, body):
    return make.member(body, Role.OWNER)


@pytest.fixture
def invite(session, body, owner, now):
    """Invites and gives back the token of the letter."""

    def sent(target="new@example.com", role=Role.EDITOR, by=owner):
        invitations.invite(session, body.id, target, role, by, now)
        return token_in(session)

    return sent


def letter(session):
    return session.exec(select(Delivery).order_by(Delivery.id.desc())).first()


def token_in(session):
    return re.search(r"^/invitations/(\S+)$", letter(session).text, re.M)[1]


def test_the_letter_leads_in(session, make, now, body, invite):
    token = invite(" New@Example.com ")
    mail = letter(session)
    assert (mail.channel, mail.target, mail.is_secret) == (Channel.EMAIL, "new@example.com", True)
    assert mail.expires_at == now + WEEK
    viewer = make.viewer()
    row = invitations.accept(session, token, viewer, now)
    assert (row.role, row.state) == (Role.EDITOR, MembershipState.ACTIVE)
    assert again(session, viewer).acting_for == body.id
    assert changes(session)[-2:] == ["invitation.send", "invitation.accept"]


def test_a_mobile_number_gets_a_short_message(session, invite):
    invite("138 0013 8000")
    assert (letter(session).channel, letter(session).target) == (Channel.SMS, "+8613800138000")


def test_neither_token_nor_address_is_kept_in_the_record(session, invite):
    token = invite("someone@example.com")
    told = " ".join(str(change.after) for change in session.exec(select(Change)))
    assert "s***@example.com" in told
    assert "someone@" not in told
    assert token not in told
    [row] = session.exec(select(invitations.Invitation))
    assert token not in row.digest


def test_it_works_once(session, make, now, invite):
    token = invite()
    invitations.accept(session, token, make.viewer(), now)
    with pytest.raises(NotAllowed, match="用过、撤回或过期"):
        invitations.accept(session, token, make.viewer(), now)


def test_it_works_for_a_week(session, make, now, invite):
    token = invite()
    assert invitations.offer_of(session, token, now + WEEK - timedelta(seconds=1)).is_open
    assert not invitations.offer_of(session, token, now + WEEK).is_open
    with pytest.raises(NotAllowed):
        invitations.accept(session, token, make.viewer(), now + WEEK)


def test_it_is_taken_back(session, make, now, body, owner, invite):
    token = invite()
    [row] = reading.invitations(session, body.id, owner)
    invitations.revoke(session, row.id, owner, now)
    with pytest.raises(NotAllowed):
        invitations.accept(session, token, make.viewer(), now)
    with pytest.raises(NotAllowed, match="不用再撤回"):
        invitations.revoke(session, row.id, owner, now)


def test_a_second_letter_takes_the_place_of_the_first(session, make, now, invite):
    first, second = invite(), invite()
    with pytest.raises(NotAllowed):
        invitations.accept(session, first, make.viewer(), now)
    assert invitations.accept(session, second, make.viewer(), now)


def test_a_visitor_signs_in_first(session, visitor, now, invite):
    with pytest.raises(NotSignedIn):
        invitations.accept(session, invite(), visitor, now)


def test_a_link_that_was_never_sent_is_not_there(session, make, now):
    with pytest.raises(NotFound):
        invitations.accept(session, "nothing", make.viewer(), now)
    with pytest.raises(NotFound):
        invitations.offer_of(session, "nothing", now)


def test_a_member_uses_nothing_up(session, now, owner, make, invite):
    token = invite()
    with pytest.raises(NotAllowed, match="已经是“清远新材料公司”的单位负责人"):
        invitations.accept(session, token, owner, now)
    assert invitations.accept(session, token, make.viewer(), now)


def test_it_lets_in_whoever_asked_already(session, make, now, body, invite):
    viewer, token = make.viewer(), invite(role=Role.TECHNOLOGY_MANAGER)
    asked = memberships.request(session, body.id, "", viewer, now)
    assert invitations.accept(session, token, viewer, now).id == asked.id
    assert session.get(Membership, asked.id).role is Role.TECHNOLOGY_MANAGER


def test_an_owner_who_was_removed_leaves_no_back_door(session, make, now, body, owner, invite):
    other = make.member(body, Role.OWNER)
    token = invite(role=Role.OWNER, by=other)
    memberships.leave(session, body.id, other, now)
    assert not invitations.offer_of(session, token, now).is_open
    with pytest.raises(NotAllowed):
        invitations.accept(session, token, make.viewer(), now)


def test_nor_does_one_who_was_suspended(session, make, now, owner, invite):
    token = invite()
    person_of(session, owner).suspended_at = now
    session.flush()
    with pytest.raises(NotAllowed):
        invitations.accept(session, token, make.viewer(), now)


@pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER, Role.TECHNOLOGY_MANAGER])
def test_only_the_owner_invites(session, make, now, body, role):
    viewer = make.member(body, role)
    with pytest.raises(NotAllowed, match="只有单位负责人"):
        invitations.invite(session, body.id, "a@example.com", Role.VIEWER, viewer, now)
    with pytest.raises(NotAllowed):
        reading.invitations(session, body.id, viewer)


def test_to_others_there_is_nothing_to_invite_into(session, make, now, body, invite, owner):
    invite()
    [row] = reading.invitations(session, body.id, owner)
    stranger = make.member(make.owner(), Role.OWNER)
    with pytest.raises(NotFound):
        invitations.invite(session, body.id, "a@example.com", Role.VIEWER, stranger, now)
    with pytest.raises(NotFound):
        invitations.revoke(session, row.id, stranger, now)


@pytest.mark.parametrize("role", [Role.OWNER, Role.EDITOR, Role.VIEWER, Role.TECHNOLOGY_MANAGER])
def test_the_owner_invites_into_every_role(session, make, now, invite, role):
    assert invitations.accept(session, invite(role=role), make.viewer(), now).role is role


def test_into_no_other(session, now, body, owner):
    with pytest.raises(Invalid):
        invitations.invite(session, body.id, "a@example.com", Role.APPROVER, owner, now)


def test_another_owner_is_invited_with_the_password_shown_lately(session, now, body, owner):
    later = now + timedelta(hours=1)
    with pytest.raises(NotFresh):
        invitations.invite(session, body.id, "a@example.com", Role.OWNER, owner, later)
    assert invitations.invite(session, body.id, "a@example.com", Role.EDITOR, owner, later)


@pytest.mark.parametrize("target", ["", "nobody", "a@b", "12345"])
def test_an_address_has_to_be_one(session, now, body, owner, target):
    with pytest.raises(Invalid) as error:
        invitations.invite(session, body.id, target, Role.EDITOR, owner, now)
    assert [problem.field for problem in error.value.problems] == ["target"]


def test_not_more_than_thirty_a_day(session, now, body, owner):
    for number in range(invitations.MOST_A_DAY):
        target = f"p{number}@example.com"
        invitations.invite(session, body.id, target, Role.VIEWER, owner, now)
    with pytest.raises(NotAllowed, match="一天最多"):
        invitations.invite(session, body.id, "more@example.com", Role.VIEWER, owner, now)


def test_a_name_cannot_break_the_letter(session, make, now):
    body = make.owner("某公司\r\nBcc: all@example.com")
    viewer = make.member(body, Role.OWNER)
    invitations.invite(session, body.id, "a@example.com", Role.VIEWER, viewer, now)
    assert "\n" not in letter(session).subject
    assert [line for line in letter(session).text.split("\n") if line.startswith("Bcc")] == []
