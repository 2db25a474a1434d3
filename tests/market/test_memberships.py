"""Joining, being answered, other roles, leaving; somebody always owns what is not empty."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from market.actions import memberships
from market.db import session_for, writing
from market.errors import Invalid, NotAllowed, NotFound, NotFresh, NotSignedIn
from market.models import (
    ListingState,
    Membership,
    MembershipState,
    OrganisationKind,
    Role,
    Standing,
)
from market.queries.memberships import belongings, members
from market.roles import Viewer
from tests.conftest import Maker
from tests.market.bodies import again, changes, code, person_of, submitted

ROLES = (Role.OWNER, Role.EDITOR, Role.VIEWER, Role.TECHNOLOGY_MANAGER)


@pytest.fixture
def body(make):
    return make.owner("清远新材料公司", credit_code=code(20))


@pytest.fixture
def owner(make, body):
    return make.member(body, Role.OWNER)


def row_of(session, body, viewer):
    query = select(Membership).where(
        Membership.organisation_id == body.id, Membership.person_id == viewer.person_id
    )
    return session.exec(query.order_by(Membership.id.desc())).first()


def test_somebody_asks_and_the_owner_lets_them_in(session, make, now, body, owner):
    viewer = make.viewer()
    row = memberships.request(session, body.id, "我在研发部 ", viewer, now)
    assert (row.state, row.note) == (MembershipState.REQUESTED, "我在研发部")
    assert again(session, viewer).memberships == {}
    memberships.answer(session, row.id, "accept", owner, now, role=Role.EDITOR)
    assert Role.EDITOR in again(session, viewer).memberships[body.id]
    assert changes(session)[-2:] == ["membership.request", "membership.accept"]


def test_who_says_no_more_is_let_in_to_read(session, make, now, body, owner):
    row = memberships.request(session, body.id, "", make.viewer(), now)
    assert memberships.answer(session, row.id, "accept", owner, now).role is Role.VIEWER


def test_a_refusal_leaves_them_outside(session, make, now, body, owner):
    viewer = make.viewer()
    row = memberships.request(session, body.id, "", viewer, now)
    memberships.answer(session, row.id, "refuse", owner, now)
    assert row.state is MembershipState.REFUSED
    assert again(session, viewer).memberships == {}


@pytest.mark.parametrize("role", ROLES[1:])
@pytest.mark.parametrize("name", ["accept", "refuse", "remove"])
def test_only_the_owner_answers(session, make, now, body, owner, role, name):
    viewer = make.member(body, role)
    row = memberships.request(session, body.id, "", make.viewer(), now)
    with pytest.raises(NotAllowed, match="只有单位负责人"):
        memberships.answer(session, row.id, name, viewer, now)


def test_to_others_the_members_are_not_there(session, make, now, body, owner):
    row = row_of(session, body, owner)
    for viewer in (make.viewer(), make.member(make.owner(), Role.OWNER)):
        with pytest.raises(NotFound):
            memberships.answer(session, row.id, "remove", viewer, now)
        with pytest.raises(NotFound):
            memberships.promote(session, row.id, Role.VIEWER, viewer, now)
        with pytest.raises(NotFound):
            members(session, body.id, viewer)


def test_the_bureau_and_members_see_the_names(session, make, now, body, owner, visitor):
    memberships.request(session, body.id, "", make.viewer(), now)
    reader = make.member(body, Role.VIEWER)
    seen = [members(session, body.id, v) for v in (owner, reader, make.viewer(Role.ROUND_OFFICER))]
    assert [len(rows) for rows in seen] == [3, 2, 3]
    assert seen[0][0].role is Role.OWNER
    with pytest.raises(NotSignedIn):
        members(session, body.id, visitor)


def test_nobody_asks_twice(session, make, now, body, owner):
    viewer = make.viewer()
    memberships.request(session, body.id, "", viewer, now)
    with pytest.raises(NotAllowed, match="正在等"):
        memberships.request(session, body.id, "", viewer, now)
    with pytest.raises(NotAllowed, match="已经是这家单位的成员"):
        memberships.request(session, body.id, "", owner, now)


def test_an_answer_is_not_worn_down(session, make, now, body, owner):
    viewer = make.viewer()
    for _ in range(memberships.ASKS):
        row = memberships.request(session, body.id, "", viewer, now)
        memberships.answer(session, row.id, "refuse", owner, now)
    with pytest.raises(NotAllowed, match="一周内"):
        memberships.request(session, body.id, "", viewer, now)
    assert memberships.request(session, body.id, "", viewer, now + timedelta(days=8))


def test_one_without_an_owner_is_claimed_instead(session, make, now):
    with pytest.raises(NotAllowed, match="认领"):
        memberships.request(session, make.owner().id, "", make.viewer(), now)


@pytest.mark.parametrize("kind", [OrganisationKind.BUREAU, OrganisationKind.SOURCE])
def test_a_bureau_and_a_source_are_not_joined(session, make, now, kind):
    with pytest.raises(NotAllowed):
        memberships.request(session, make.owner(kind=kind).id, "", make.viewer(), now)


def test_real_people_do_not_join_demo_organisations(session, make, now):
    demo = make.owner(is_demo=True)
    make.member(demo, Role.OWNER)
    with pytest.raises(NotAllowed, match="只供演示"):
        memberships.request(session, demo.id, "", make.viewer(), now)


def test_what_the_directory_hides_is_not_joined(session, make, now, body, owner):
    body.created_by = owner.person_id
    session.flush()
    with pytest.raises(NotFound):
        memberships.request(session, body.id, "", make.viewer(), now)
    body.standing = Standing.VERIFIED
    session.flush()
    assert memberships.request(session, body.id, "", make.viewer(), now)


@pytest.mark.parametrize("role", ROLES)
def test_the_owner_gives_every_role(session, make, now, body, owner, role):
    row = row_of(session, body, make.member(body, Role.EDITOR))
    memberships.promote(session, row.id, role, owner, now)
    assert row.role is role


def test_no_other_role_is_given(session, make, now, body, owner):
    row = row_of(session, body, make.member(body, Role.EDITOR))
    with pytest.raises(Invalid):
        memberships.promote(session, row.id, Role.ADMINISTRATOR, owner, now)


def test_a_role_is_given_with_the_password_shown_lately(session, make, now, body, owner):
    row = row_of(session, body, make.member(body, Role.EDITOR))
    stale = now + timedelta(minutes=16)
    with pytest.raises(NotFresh):
        memberships.promote(session, row.id, Role.OWNER, owner, stale)
    asking = memberships.request(session, body.id, "", make.viewer(), now)
    with pytest.raises(NotFresh):
        memberships.answer(session, asking.id, "accept", owner, stale, role=Role.OWNER)
    assert memberships.answer(session, asking.id, "accept", owner, stale, role=Role.EDITOR)


def test_the_last_owner_stays_one(session, make, now, body, owner):
    row = row_of(session, body, owner)
    with pytest.raises(NotAllowed, match="至少要有一位负责人"):
        memberships.promote(session, row.id, Role.EDITOR, owner, now)
    other = make.member(body, Role.OWNER)
    memberships.promote(session, row.id, Role.EDITOR, owner, now)
    assert Role.OWNER in again(session, other).memberships[body.id]


def test_an_owner_who_cannot_sign_in_does_not_count(session, make, now, body, owner):
    person_of(session, make.member(body, Role.OWNER)).suspended_at = now
    session.flush()
    with pytest.raises(NotAllowed, match="唯一的负责人"):
        memberships.leave(session, body.id, owner, now)


def test_the_only_owner_leaves_no_members_behind(session, make, now, body, owner):
    other = make.member(body, Role.EDITOR)
    with pytest.raises(NotAllowed, match="还有 1 位成员"):
        memberships.leave(session, body.id, owner, now)
    memberships.leave(session, body.id, other, now)
    memberships.leave(session, body.id, owner, now)
    assert again(session, owner).memberships == {}
    assert members(session, body.id, make.viewer(Role.SUPERVISOR)) == []


@pytest.mark.parametrize("state", [ListingState.PUBLISHED, ListingState.IN_REVIEW])
def test_nor_open_matters(session, make, now, body, owner, state):
    need = make.need(owner_id=body.id)
    need.state = state
    session.flush()
    with pytest.raises(NotAllowed, match="1 条已发布或在办的技术需求"):
        memberships.leave(session, body.id, owner, now)
    need.state = ListingState.CLOSED
    session.flush()
    memberships.leave(session, body.id, owner, now)


def test_nor_a_certification_or_somebody_who_asks(session, make, now, body, owner):
    submitted(session, body, owner)
    memberships.request(session, body.id, "", make.viewer(), now)
    with pytest.raises(NotAllowed, match=r"1 份待核验的认证申请、1 份待答复的加入申请"):
        memberships.leave(session, body.id, owner, now)


def test_whoever_leaves_acts_for_it_no_more(session, make, now, body, owner):
    viewer = make.member(body, Role.EDITOR)
    person = person_of(session, viewer)
    person.acting_for = body.id
    memberships.leave(session, body.id, viewer, now)
    assert person.acting_for is None
    row = row_of(session, body, viewer)
    assert (row.state, row.ended_at) == (MembershipState.ENDED, now)
    with pytest.raises(NotFound):
        memberships.leave(session, body.id, viewer, now)


def test_a_request_is_taken_back(session, make, now, body, owner):
    viewer = make.viewer()
    row = memberships.request(session, body.id, "", viewer, now)
    memberships.leave(session, body.id, viewer, now)
    assert row.state is MembershipState.ENDED
    with pytest.raises(NotAllowed):
        memberships.answer(session, row.id, "accept", owner, now)


def test_an_owner_removes_others_but_not_the_last_owner(session, make, now, body, owner):
    row = row_of(session, body, make.member(body, Role.EDITOR))
    with pytest.raises(NotAllowed, match="唯一的负责人"):
        memberships.answer(session, row_of(session, body, owner).id, "remove", owner, now)
    memberships.answer(session, row.id, "remove", owner, now)
    assert (row.state, row.decided_by) == (MembershipState.ENDED, owner.person_id)


def test_two_organisations_take_no_right_away(session, make, now, body, owner):
    other = make.owner("第二家")
    person = person_of(session, owner)
    make.member(other, Role.VIEWER, person)
    mine = again(session, owner)
    assert mine.memberships[body.id] >= {Role.OWNER}
    assert mine.memberships[other.id] >= {Role.VIEWER}
    assert [found.name for found in belongings(session, mine)] == ["清远新材料公司", "第二家"]


def test_of_two_owners_who_remove_each_other_one_stays(site, now):
    """On a file, at once: whoever is second is told that nobody else would be left."""
    with writing(site.engine) as session:
        maker = Maker(session)
        body = maker.owner()
        owners = [maker.member(body, Role.OWNER) for _ in range(2)]
        rows = [row_of(session, body, viewer).id for viewer in owners]
    start, told = threading.Barrier(2), []

    def remove(viewer: Viewer, other: int) -> None:
        start.wait()
        try:
            with writing(site.engine) as session:
                mine = again(session, viewer)
                memberships.answer(session, other, "remove", mine, now)
        except (NotAllowed, NotFound) as error:
            told.append(type(error))

    pairs = zip(owners, reversed(rows), strict=True)
    threads = [threading.Thread(target=remove, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with session_for(site.engine) as session:
        states = [session.get(Membership, row).state for row in rows]
    assert sorted(states) == [MembershipState.ACTIVE, MembershipState.ENDED]
    assert told == [NotFound]
