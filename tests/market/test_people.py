"""Who somebody is: the viewer of a session. And people as administrators see them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from market.errors import NotAllowed, NotFound
from market.models import Membership, MembershipState, OrganisationKind, Role
from market.queries.people import people, person_by_id, touch_is_due, viewer_for, viewer_of
from tests.market.accounts import EMAIL, MINUTE, enter, registered


def test_a_member_has_their_role_and_what_the_organisation_is(session, make):
    person = make.person()
    kinds = {
        OrganisationKind.ENTERPRISE: {Role.EDITOR, Role.ENTERPRISE},
        OrganisationKind.INSTITUTION: {Role.EDITOR, Role.INSTITUTION},
        OrganisationKind.SERVICE: {Role.EDITOR, Role.INSTITUTION},
        OrganisationKind.BUREAU: {Role.EDITOR},
    }
    bodies = {kind: make.owner(kind=kind) for kind in kinds}
    for body in bodies.values():
        make.member(body, Role.EDITOR, person)
    memberships = viewer_for(session, person.key).memberships
    assert memberships == {bodies[kind].id: frozenset(roles) for kind, roles in kinds.items()}


@pytest.mark.parametrize("state", [s for s in MembershipState if s is not MembershipState.ACTIVE])
def test_only_active_memberships_count(session, make, now, state):
    person, body = make.person(), make.owner()
    session.add(
        Membership(
            person_id=person.key, organisation_id=body.id, role=Role.OWNER, state=state, since=now
        )
    )  # fmt: skip
    session.flush()
    viewer = viewer_for(session, person.key)
    assert (dict(viewer.memberships), viewer.acting_for) == ({}, None)


def test_a_merged_organisation_counts_no_more(session, make):
    person, body, other = make.person(), make.owner(), make.owner()
    make.member(body, Role.OWNER, person)
    body.merged_into_id = other.id
    session.flush()
    assert dict(viewer_for(session, person.key).memberships) == {}


def test_whom_somebody_acts_for(session, make, now):
    person, first, second = make.person(), make.owner(), make.owner()
    assert viewer_for(session, person.key).acting_for is None
    make.member(first, Role.OWNER, person)
    make.member(second, Role.VIEWER, person)
    assert viewer_for(session, person.key).acting_for == first.id
    person.acting_for = second.id
    session.flush()
    assert viewer_for(session, person.key).acting_for == second.id


def test_acting_for_where_one_is_no_member_any_more(session, make):
    person, mine, left = make.person(), make.owner(), make.owner()
    make.member(mine, Role.EDITOR, person)
    person.acting_for = left.id
    session.flush()
    assert viewer_for(session, person.key).acting_for == mine.id


def test_two_organisations_lock_nobody_out(session, make):
    """What one membership permits the other takes nothing from."""
    from market import rules

    person, mine, other = make.person(), make.owner(), make.owner()
    make.member(mine, Role.VIEWER, person)
    make.member(other, Role.OWNER, person)
    viewer = viewer_for(session, person.key)
    assert viewer.acting_for == mine.id
    assert rules.may(viewer, "listing.write", other.id)
    assert not rules.may(viewer, "listing.write", mine.id)


def test_an_ended_role_counts_no_more(session, make, now):
    from sqlmodel import select

    from market.models import Grant

    person = make.person("", Role.EXPERT)
    session.exec(select(Grant)).one().ended_at = now
    session.flush()
    assert viewer_for(session, person.key).roles == {Role.VISITOR, Role.MEMBER}


@pytest.mark.parametrize("column", ["suspended_at", "erased_at"])
def test_a_closed_account_is_nobody(session, make, now, column):
    person = make.person()
    inside = enter(session, person)
    setattr(person, column, now)
    session.flush()
    assert viewer_for(session, person.key) is None
    assert viewer_of(session, inside.token, now) is None


def test_nobody_is_nobody(session, now):
    assert viewer_for(session, 999) is None
    assert viewer_of(session, "x", now) is None


def test_a_viewer_costs_three_questions(session, make, now, statements):
    person = make.person("", Role.EXPERT, Role.APPROVER)
    for _ in range(5):
        make.member(make.owner(), Role.EDITOR, person)
    token = enter(session, person).token
    session.flush()
    session.expire_all()
    statements.clear()
    viewer_of(session, token, now)
    assert len(statements) == 3


def test_seeing_is_due_after_a_minute_and_costs_no_question(session, make, now, statements):
    inside = enter(session, make.person())
    viewer = inside.viewer
    statements.clear()
    assert not touch_is_due(session, viewer, now + timedelta(seconds=59))
    assert touch_is_due(session, viewer, now + MINUTE)
    assert statements == []


# administrators


@pytest.fixture
def admin(make):
    return make.viewer(Role.ADMINISTRATOR)


def test_people_are_masked(session, admin):
    registered(session)
    registered(session, "13812345678", name="陈码头")
    rows = {row.name: (row.email, row.mobile) for row in people(session, admin).rows}
    assert rows["林晓"] == ("l***@example.com", "")
    assert rows["陈码头"] == ("", "138****5678")


@pytest.mark.parametrize(
    ("q", "found"), [("林", 1), ("晓 林", 1), ("%", 0), (EMAIL, 1), ("LIN@EXAMPLE.COM", 1),
                     ("lin@example", 0), ("example.com", 0), ("无此人", 0)],
)  # fmt: skip
def test_people_are_found_by_name_or_whole_address(session, admin, q, found):
    registered(session)
    assert people(session, admin, q).total == found


def test_people_have_pages(session, make, admin):
    for _ in range(34):
        make.person()
    page = people(session, admin, page=2)
    assert (len(page.rows), page.total, page.page, page.pages) == (5, 35, 2, 2)
    assert people(session, admin, page=99).page == 2


def test_people_cost_the_same_whatever_their_number(session, make, admin, statements):
    counts = []
    for many in (1, 29):
        for _ in range(many):
            make.person("", Role.EXPERT)
        statements.clear()
        people(session, admin)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_one_person_with_their_roles(session, make, admin):
    person = make.person("", Role.EXPERT, Role.FINANCE)
    row = person_by_id(session, person.key, admin)
    assert [grant.role for grant in row.grants] == [Role.EXPERT, Role.FINANCE]


@pytest.mark.parametrize("id", [0, -1, 999_999, 2**40])
def test_nobody_by_that_id(session, admin, id):
    with pytest.raises(NotFound):
        person_by_id(session, id, admin)


@pytest.mark.parametrize("role", [Role.APPROVER, Role.SUPERVISOR, Role.FINANCE, Role.EXPERT])
def test_only_administrators_see_people(session, make, role):
    viewer = make.viewer(role)
    for ask in (lambda: people(session, viewer), lambda: person_by_id(session, 1, viewer)):
        with pytest.raises(NotAllowed):
            ask()
