"""The editorial check and taking down: who, why, together with what, and two officers at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from market import workflow
from market.actions import moderation
from market.db import writing
from market.errors import Invalid, NotAllowed, NotFound
from market.models import Kind, ListingState, Need, Role, Tier
from market.queries.desk import queues
from market.queries.moderation import listings_in_review, review_by_id
from market.roles import Viewer
from tests.conftest import Maker
from tests.market.matters import WHY, actions, approver, officer, race, submitted


def test_the_first_publication_is_let_through_once_for_all(make, session, now):
    row, owner, _ = submitted(make)
    moderation.decide(session, Kind.NEED, row.key, "approve", officer(make), now)
    assert (row.state, owner.first_published_at) == (ListingState.PUBLISHED, now)
    assert actions(session, "need")[-1] == "listing.approve"


def test_what_is_returned_says_why_to_its_owner(make, session, now):
    row, _, member = submitted(make)
    moderation.decide(session, Kind.NEED, row.key, "return", officer(make), now, f" {WHY} ")
    assert (row.state, row.standing_reason) == (ListingState.DRAFT, WHY)
    workflow.move(session, "submit", row, member, now)
    assert row.state is ListingState.IN_REVIEW


@pytest.mark.parametrize("reason", ["", " 。 ", "字" * 2_001])
def test_a_return_needs_a_reason_that_can_be_read(reason, make, session, now):
    row, *_ = submitted(make)
    with pytest.raises(Invalid) as refused:
        moderation.decide(session, Kind.NEED, row.key, "return", officer(make), now, reason)
    assert [problem.field for problem in refused.value.problems] == ["reason"]
    assert row.state is ListingState.IN_REVIEW


def test_an_officer_leaves_their_own_organisations_alone(make, session, now):
    row, owner, _ = submitted(make)
    person = make.person("", Role.ROUND_OFFICER)
    member = make.member(owner, Role.EDITOR, person)
    both = Viewer(
        member.roles | {Role.ROUND_OFFICER}, person.name, person.key, member.memberships, owner.id
    )
    with pytest.raises(NotAllowed, match="您所在单位"):
        moderation.decide(session, Kind.NEED, row.key, "approve", both, now)
    found = review_by_id(session, Kind.NEED, row.key, both, now)
    assert (found.moves, "您所在单位" in found.why_not) == ([], True)


@pytest.mark.parametrize("role", [Role.APPROVER, Role.SUPERVISOR, Role.ADMINISTRATOR, Role.EXPERT])
def test_others_of_the_bureau_do_not_check(role, make, session, now):
    row, *_ = submitted(make)
    with pytest.raises(NotAllowed, match="经办人"):
        moderation.decide(session, Kind.NEED, row.key, "approve", make.viewer(role), now)


def test_a_draft_is_hidden_from_the_bureau(make, session, now):
    row, _, member = submitted(make)
    workflow.move(session, "recall", row, member, now)
    with pytest.raises(NotFound):
        moderation.decide(session, Kind.NEED, row.key, "approve", officer(make), now)
    with pytest.raises(NotFound):
        review_by_id(session, Kind.NEED, row.key, officer(make), now)


@pytest.mark.parametrize("name", ["close", "withdraw", "publish", "change", "restore", "x" * 300])
def test_only_its_own_moves_are_taken(name, make, session, now):
    row, *_ = submitted(make)
    with pytest.raises(NotAllowed, match="没有这个操作"):
        moderation.decide(session, Kind.NEED, row.key, name, officer(make), now)


def test_taking_down_remembers_who_decided(make, session, now):
    need, viewer = make.need(), officer(make)
    moderation.decide(session, Kind.NEED, need.key, "take-down", viewer, now, WHY)
    assert (need.state, need.taken_down_by) == (ListingState.TAKEN_DOWN, viewer.person_id)
    assert need.standing_reason == WHY


def test_the_queue_shows_the_longest_waiting_first(make, session, now):
    first, owner, _ = submitted(make, "先送的")
    first.changed_at = now - timedelta(days=9)
    submitted(make, "后送的", Kind.ACHIEVEMENT)
    rows = listings_in_review(session, officer(make))
    assert (rows[0].title, rows[0].organisation) == ("先送的", owner.name)
    assert rows[0].path == f"/bureau/listings/need/{first.key}"
    assert rows[0].due == now - timedelta(days=2)
    assert {row.detail for row in rows} == {"技术需求", "科技成果"}


def test_only_officers_read_the_queue(make, session):
    with pytest.raises(NotAllowed):
        listings_in_review(session, approver(make))


def test_a_review_shows_what_is_kept_and_what_was_decided_before(make, session, now):
    row, _, member = submitted(make)
    viewer = officer(make)
    moderation.decide(session, Kind.NEED, row.key, "return", viewer, now, WHY)
    row.body_tier = Tier.MATCHED
    workflow.move(session, "submit", row, member, now)
    session.flush()
    found = review_by_id(session, Kind.NEED, row.key, viewer, now)
    assert found.kept == {"body": Tier.MATCHED}
    assert [(it.action, it.by, it.reason) for it in found.earlier] == [
        ("listing.return", viewer.name, WHY)
    ]
    assert (found.is_first, [move.name for move in found.moves]) == (True, ["approve", "return"])


class TestDesk:
    def test_a_queue_stays_when_it_is_empty(self, make, session, now):
        found = queues(session, officer(make), now)
        assert [(queue.name, queue.count) for queue in found] == [
            ("certifications", 0), ("listings", 0), ("reports", 0)
        ]  # fmt: skip

    def test_it_counts_and_says_what_is_late(self, make, session, now):
        for days in (1, 8, 20):
            row, *_ = submitted(make)
            row.changed_at = now - timedelta(days=days)
        session.flush()
        queue = queues(session, officer(make), now)[1]
        assert (queue.count, queue.overdue) == (3, 2)
        assert queue.oldest == now - timedelta(days=20)
        assert queue.next_due == now - timedelta(days=13)

    @pytest.mark.parametrize(
        ("role", "names"),
        [(Role.APPROVER, ["appeals", "merges"]), (Role.SUPERVISOR, []), (Role.FINANCE, []),
         (Role.ADMINISTRATOR, ["outbox"])],
    )  # fmt: skip
    def test_everybody_has_their_own_queues(self, role, names, make, session, now):
        assert [queue.name for queue in queues(session, make.viewer(role), now)] == names

    @pytest.mark.parametrize("role", [None, Role.EXPERT])
    def test_it_is_the_bureaus(self, role, make, session, now):
        viewer = make.viewer(*([role] if role else []))
        with pytest.raises(NotAllowed, match="主管部门"):
            queues(session, viewer, now)


def test_of_two_officers_at_once_one_decides(engine_apart):
    with writing(engine_apart) as session:
        make = Maker(session)
        row, *_ = submitted(make)
        id, viewers = row.key, [officer(make), officer(make)]
    told = race(
        engine_apart,
        lambda session, viewer, now: moderation.decide(
            session, Kind.NEED, id, "approve", viewer, now
        ),
        *viewers,
    )
    assert sorted(told)[0] == ""
    assert "刚刚有人办理过" in sorted(told)[1]
    with writing(engine_apart) as session:
        assert session.get(Need, id).state is ListingState.PUBLISHED
        assert actions(session).count("listing.approve") == 1
