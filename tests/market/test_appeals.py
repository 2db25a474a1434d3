"""Appeals: once for each take-down, decided by somebody else, and restored at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from market import workflow
from market.actions import appeals, moderation
from market.db import writing
from market.errors import Invalid, NotAllowed, NotFound
from market.models import Appeal, AppealState, Kind, ListingState, Need, Organisation, Role
from market.queries.appeals import appeal_by_id, decided_appeals, open_appeals, own_appeals
from market.roles import Viewer
from tests.conftest import NOW, Maker
from tests.market.matters import WHY, actions, approver, officer, race

TEXT = "能耗数据出自第三方检测报告，编号见附件。"


def taken_down(make, viewer=None):
    """A need that was taken down, its owner's member, and whoever decided."""
    owner = make.owner()
    need = make.need("某某需求", owner_id=owner.id)
    viewer = viewer or officer(make)
    moderation.decide(make.session, Kind.NEED, need.key, "take-down", viewer, NOW, WHY)
    return need, make.member(owner, Role.EDITOR), viewer


def filed(make, viewer=None):
    need, member, decider = taken_down(make, viewer)
    appeal = appeals.file(make.session, Kind.NEED, need.key, TEXT, member, NOW)
    return appeal, need, member, decider


def test_an_appeal_names_whom_it_is_against(make, session):
    appeal, _, member, decider = filed(make)
    assert (appeal.state, appeal.against) == (AppealState.FILED, decider.person_id)
    assert appeal.filed_by == member.person_id
    assert actions(session, "appeal") == ["appeal.file"]


def test_upholding_restores_the_listing_with_it(make, session, now):
    appeal, need, *_ = filed(make)
    appeals.decide(session, appeal.id, "uphold", approver(make), now, WHY)
    assert (appeal.state, need.state) == (AppealState.UPHELD, ListingState.PUBLISHED)
    assert appeal.answer == WHY
    assert actions(session)[-2:] == ["appeal.uphold", "listing.restore"]


def test_dismissing_leaves_it_down_and_is_the_last_word(make, session, now):
    appeal, need, member, _ = filed(make)
    appeals.decide(session, appeal.id, "dismiss", approver(make), now, WHY)
    assert (appeal.state, need.state) == (AppealState.DISMISSED, ListingState.TAKEN_DOWN)
    with pytest.raises(NotAllowed, match="复核过一次"):
        appeals.file(session, Kind.NEED, need.key, TEXT, member, now)


def test_another_take_down_may_be_appealed_against_again(make, session, now):
    appeal, need, member, viewer = filed(make)
    appeals.decide(session, appeal.id, "uphold", approver(make), now, WHY)
    later = now + timedelta(days=1)
    moderation.decide(session, Kind.NEED, need.key, "take-down", viewer, later, WHY)
    assert appeals.file(session, Kind.NEED, need.key, TEXT, member, later).id != appeal.id


def test_whoever_took_it_down_does_not_decide(make, session, now):
    person = make.person("", Role.ROUND_OFFICER, Role.APPROVER)
    both = make.viewer(Role.ROUND_OFFICER, Role.APPROVER, person=person)
    appeal, need, *_ = filed(make, both)
    with pytest.raises(NotAllowed, match="另一位"):
        appeals.decide(session, appeal.id, "uphold", both, now, WHY)
    assert need.state is ListingState.TAKEN_DOWN
    assert appeal_by_id(session, appeal.id, both, now).moves == []
    assert [row.is_anothers for row in open_appeals(session, both)] == [True]


def test_an_approver_leaves_their_own_organisation_alone(make, session, now):
    appeal, need, *_ = filed(make)
    person = make.person("", Role.APPROVER)
    both = Viewer(
        frozenset({Role.MEMBER, Role.APPROVER}), "两边", person.key,
        {need.owner_id: frozenset({Role.VIEWER})},
    )  # fmt: skip
    with pytest.raises(NotAllowed, match="您所在单位"):
        appeals.decide(session, appeal.id, "dismiss", both, now, WHY)


@pytest.mark.parametrize("role", [Role.ROUND_OFFICER, Role.SUPERVISOR, Role.ADMINISTRATOR])
def test_only_approvers_decide(role, make, session, now):
    appeal, *_ = filed(make)
    with pytest.raises(NotAllowed):
        appeals.decide(session, appeal.id, "dismiss", make.viewer(role), now, WHY)
    with pytest.raises(NotAllowed):
        open_appeals(session, make.viewer(role))


def test_a_decision_has_a_reason(make, session, now):
    appeal, *_ = filed(make)
    with pytest.raises(Invalid, match="理由"):
        appeals.decide(session, appeal.id, "dismiss", approver(make), now)


def test_what_cannot_be_restored_is_not_upheld_by_half(make, session, now):
    appeal, need, *_ = filed(make)
    need.title = "……"
    session.flush()
    with session.begin_nested() as attempt:
        with pytest.raises(NotAllowed, match="标题"):
            appeals.decide(session, appeal.id, "uphold", approver(make), now, WHY)
        attempt.rollback()
    session.refresh(appeal)
    assert appeal.state is AppealState.FILED


def test_somebody_who_only_reads_does_not_appeal(make, session, now):
    need, *_ = taken_down(make)
    member = make.member(_owner(session, need), Role.VIEWER)
    with pytest.raises(NotAllowed):
        appeals.file(session, Kind.NEED, need.key, TEXT, member, now)


def _owner(session, need):
    return session.get(Organisation, need.owner_id)


def test_to_strangers_there_is_nothing(make, session, now, visitor):
    _, need, *_ = filed(make)
    stranger = make.member(make.owner(), Role.OWNER)
    with pytest.raises(NotFound):
        appeals.file(session, Kind.NEED, need.key, TEXT, stranger, now)
    for viewer in (stranger, visitor):
        with pytest.raises(NotFound):
            own_appeals(session, Kind.NEED, need.key, viewer)


def test_what_was_not_taken_down_needs_no_appeal(make, session, now):
    owner = make.owner()
    need = make.need(owner_id=owner.id)
    with pytest.raises(NotAllowed, match="没有被下架"):
        appeals.file(session, Kind.NEED, need.key, TEXT, make.member(owner, Role.OWNER), now)


@pytest.mark.parametrize("text", ["", "恢复吧", "😀" * 20, "字" * 4_001])
def test_an_appeal_says_something(text, make, session, now):
    need, member, _ = taken_down(make)
    with pytest.raises(Invalid):
        appeals.file(session, Kind.NEED, need.key, text, member, now)


def test_an_owner_reads_their_own(make, session):
    appeal, need, member, _ = filed(make)
    assert [row.id for row in own_appeals(session, Kind.NEED, need.key, member)] == [appeal.id]


def test_the_approver_reads_why_it_came_down(make, session, now):
    appeal, _, _, decider = filed(make)
    found = appeal_by_id(session, appeal.id, approver(make), now)
    assert (found.why, found.taken_down_by, found.title) == (WHY, decider.name, "某某需求")
    appeals.decide(session, appeal.id, "dismiss", approver(make), now, WHY)
    [row] = decided_appeals(session, approver(make))
    assert (row.state, row.decided_at) == (AppealState.DISMISSED, now)


def test_of_two_approvers_at_once_one_decides(engine_apart):
    with writing(engine_apart) as session:
        make = Maker(session)
        appeal, need, *_ = filed(make)
        id, need_id, viewers = appeal.id, need.key, [approver(make), approver(make)]
    told = race(
        engine_apart,
        lambda session, viewer, now: appeals.decide(session, id, "uphold", viewer, now, WHY),
        *viewers,
    )
    assert sorted(told)[0] == ""
    assert "刚刚有人办理过" in sorted(told)[1]
    with writing(engine_apart) as session:
        assert session.get(Need, need_id).state is ListingState.PUBLISHED
        assert actions(session).count("listing.restore") == 1


def test_of_two_members_at_once_one_files(engine_apart):
    with writing(engine_apart) as session:
        make = Maker(session)
        need, member, _ = taken_down(make)
        id, other = need.key, make.member(_owner(session, need), Role.OWNER)
    told = race(
        engine_apart,
        lambda session, viewer, now: appeals.file(session, Kind.NEED, id, TEXT, viewer, now),
        member, other,
    )  # fmt: skip
    assert sorted(told)[0] == ""
    assert "正在复核" in sorted(told)[1]
    with writing(engine_apart) as session:
        assert len(session.exec(select(Appeal)).all()) == 1


def test_restoring_starts_no_new_period(make, session, now):
    appeal, need, *_ = filed(make)
    need.expires_at = now + timedelta(days=30)
    appeals.decide(session, appeal.id, "uphold", approver(make), now, WHY)
    assert need.expires_at == now + timedelta(days=30)


def test_the_moves_of_the_owner_do_not_restore(make, session, now):
    need, member, _ = taken_down(make)
    for name in ("publish", "renew", "reopen", "restore"):
        with pytest.raises(NotAllowed):
            workflow.move(session, name, need, member, now)
