"""Roles of the platform, given and ended; accounts, suspended and resumed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from market.actions import grants
from market.errors import Invalid, NotAllowed, NotFound, NotFresh
from market.models import Grant, Notice, Role
from market.queries.people import viewer_for
from market.roles import PLATFORM_ROLES
from tests.market.accounts import changes, enter

NOT_GIVEN = sorted(set(Role) - set(PLATFORM_ROLES))


@pytest.fixture
def admin(make):
    return make.viewer(Role.ADMINISTRATOR)


@pytest.mark.parametrize("role", PLATFORM_ROLES)
def test_a_role_is_given_and_counts_at_once(session, make, admin, now, role):
    person = make.person()
    grants.grant(session, person.key, role, admin, now)
    assert role in viewer_for(session, person.key).roles


@pytest.mark.parametrize("role", NOT_GIVEN)
def test_other_roles_are_not_given(session, make, admin, now, role):
    with pytest.raises(Invalid) as refused:
        grants.grant(session, make.person().key, role, admin, now)
    assert [problem.field for problem in refused.value.problems] == ["role"]


@pytest.mark.parametrize(
    "role", [None, *(r for r in PLATFORM_ROLES if r is not Role.ADMINISTRATOR)]
)
def test_only_administrators_give_end_and_suspend(session, make, admin, now, role):
    viewer = make.viewer(*([role] if role else []))
    person = make.person("", Role.EXPERT)
    [held] = session.exec(select(Grant).where(Grant.person_id == person.id)).all()
    for act in (
        lambda: grants.grant(session, person.key, Role.EXPERT, viewer, now),
        lambda: grants.end(session, held.id, viewer, now),
        lambda: grants.suspend(session, person.key, viewer, now, "理由充分"),
        lambda: grants.resume(session, person.key, viewer, now),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_nobody_gives_themselves_a_role(session, admin, now):
    with pytest.raises(NotAllowed, match="自己"):
        grants.grant(session, admin.person_id, Role.APPROVER, admin, now)


def test_two_roles_at_once_take_nothing_away(session, make, admin, now):
    person = make.person("", Role.ROUND_OFFICER)
    grants.grant(session, person.key, Role.APPROVER, admin, now)
    roles = viewer_for(session, person.key).roles
    assert {Role.ROUND_OFFICER, Role.APPROVER, Role.MEMBER, Role.VISITOR} == roles


def test_giving_it_twice_is_one_grant(session, make, admin, now):
    person = make.person()
    first, second = (grants.grant(session, person.key, Role.EXPERT, admin, now) for _ in range(2))
    assert first.id == second.id
    assert len(changes(session, "grant.give")) == 1


def test_a_role_ends_and_stays_on_record(session, make, admin, now):
    person = make.person()
    row = grants.grant(session, person.key, Role.EXPERT, admin, now)
    grants.end(session, row.id, admin, now)
    assert Role.EXPERT not in viewer_for(session, person.key).roles
    assert (row.ended_at, row.granted_by) == (now, admin.person_id)
    again = grants.grant(session, person.key, Role.EXPERT, admin, now)
    assert again.id != row.id


def test_the_password_must_have_been_shown_lately(session, make, admin, now):
    person, late = make.person(), now + timedelta(minutes=16)
    for act in (
        lambda: grants.grant(session, person.key, Role.EXPERT, admin, late),
        lambda: grants.suspend(session, person.key, admin, late, "理由充分"),
    ):
        with pytest.raises(NotFresh):
            act()


@pytest.mark.parametrize("id", [0, -1, 999_999, 2**31, 2**63])
def test_nobody_is_there(session, admin, now, id):
    for act in (
        lambda: grants.grant(session, id, Role.EXPERT, admin, now),
        lambda: grants.end(session, id, admin, now),
        lambda: grants.suspend(session, id, admin, now, "理由充分"),
    ):
        with pytest.raises(NotFound):
            act()


@pytest.mark.parametrize("column", ["suspended_at", "erased_at"])
def test_a_closed_account_gets_no_role(session, make, admin, now, column):
    person = make.person(**{column: now})
    with pytest.raises(NotAllowed):
        grants.grant(session, person.key, Role.EXPERT, admin, now)


# the last administrator


def test_the_last_administrator_is_neither_ended_nor_suspended(session, make, operator, now):
    person = make.person("", Role.ADMINISTRATOR)
    [row] = session.exec(select(Grant)).all()
    for act in (
        lambda: grants.end(session, row.id, operator, now),
        lambda: grants.suspend(session, person.key, operator, now, "理由充分"),
    ):
        with pytest.raises(NotAllowed, match="最后一位"):
            act()


def test_a_suspended_administrator_is_none(session, make, operator, now):
    first, second = (make.person("", Role.ADMINISTRATOR) for _ in range(2))
    grants.suspend(session, first.key, operator, now, "长期休假")
    with pytest.raises(NotAllowed, match="最后一位"):
        grants.suspend(session, second.key, operator, now, "长期休假")


def test_one_of_two_administrators_goes(session, make, admin, now):
    person = make.person("", Role.ADMINISTRATOR)
    [row] = session.exec(select(Grant).where(Grant.person_id == person.id)).all()
    grants.end(session, row.id, admin, now)
    assert Role.ADMINISTRATOR not in viewer_for(session, person.key).roles


# suspension


def test_a_suspended_account_is_closed_and_opened_again(session, make, admin, now):
    person = make.person("", Role.EXPERT)
    inside = enter(session, person)
    grants.suspend(session, person.key, admin, now, "冒用他人身份")
    assert (inside.at(now), viewer_for(session, person.key)) == (None, None)
    grants.resume(session, person.key, admin, now, "已核实")
    assert Role.EXPERT in viewer_for(session, person.key).roles
    assert inside.at(now) is None


@pytest.mark.parametrize("reason", ["", " ", "x", "长" * 2001])
def test_a_suspension_says_why(session, make, admin, now, reason):
    with pytest.raises(Invalid) as refused:
        grants.suspend(session, make.person().key, admin, now, reason)
    assert [problem.field for problem in refused.value.problems] == ["reason"]


def test_nobody_suspends_themselves(session, make, admin, now):
    make.person("", Role.ADMINISTRATOR)
    with pytest.raises(NotAllowed, match="自己"):
        grants.suspend(session, admin.person_id, admin, now, "理由充分")


def test_suspending_twice_and_resuming_twice(session, make, admin, now):
    person = make.person()
    with pytest.raises(NotAllowed):
        grants.resume(session, person.key, admin, now)
    grants.suspend(session, person.key, admin, now, "理由充分")
    with pytest.raises(NotAllowed):
        grants.suspend(session, person.key, admin, now, "理由充分")


def test_an_erased_account_is_not_resumed(session, make, admin, now):
    person = make.person(suspended_at=now, erased_at=now)
    with pytest.raises(NotAllowed):
        grants.resume(session, person.key, admin, now)


def test_all_of_it_is_in_the_ledger_and_told(session, make, admin, now):
    person = make.person()
    acting = replace(admin, origin="web 10.0.0.1")
    row = grants.grant(session, person.key, Role.EXPERT, acting, now)
    grants.end(session, row.id, acting, now)
    grants.suspend(session, person.key, acting, now, "冒用他人身份")
    [given], [ended], [closed] = (
        changes(session, name) for name in ("grant.give", "grant.end", "person.suspend")
    )
    assert given.after == {"person_id": person.id, "role": "expert"}
    assert ended.before == {"person_id": person.id, "role": "expert"}
    assert (closed.noun_id, closed.reason, closed.origin) == (
        person.id, "冒用他人身份", "web 10.0.0.1",
    )  # fmt: skip
    subjects = [notice.subject for notice in session.exec(select(Notice))]
    assert subjects == ["您有了新的平台角色", "您的一个平台角色已结束"]
