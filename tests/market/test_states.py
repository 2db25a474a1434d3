"""The tables of moves: every noun × state × role × move is allowed or refused as they say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import col, func, select

from market import ledger, workflow
from market.errors import NotAllowed
from market.models import (
    Appeal,
    Audience,
    Certification,
    Change,
    Disclosure,
    IndexChange,
    Kind,
    ListingState,
    Membership,
    MembershipState,
    Merge,
    Need,
    Organisation,
    OrganisationKind,
    Report,
    ReportReason,
    Role,
    Standing,
)
from market.roles import (
    CLOCK_VIEWER,
    MEMBERSHIP_ROLES,
    OPERATOR_VIEWER,
    PERMISSIONS,
    PLATFORM_ROLES,
    VISITOR_VIEWER,
    Permission,
    Viewer,
)
from market.states import LISTING_MOVES, MOVES, Move, Situation, find_move, open_moves, refusal
from market.states import listings as listing_states
from tests.conftest import NOW, Maker

EXPLANATION = "情况已经核实，见附件。"
STARTS = {
    "listing": {ListingState.DRAFT},
    "membership": {MembershipState.REQUESTED, MembershipState.ACTIVE},
}
"""States that a row may begin in; of every other noun it is the source of the first move."""
FINAL = {
    "certification": {"refused", "withdrawn"},
    "merge": {"approved", "refused"},
    "membership": {"refused", "ended"},
    "report": {"inadmissible", "upheld", "dismissed"},
    "appeal": {"upheld", "dismissed"},
    "disclosure": {"refused", "ended"},
}


def states_of(noun: str) -> type[StrEnum]:
    return type(MOVES[noun][0].source)


@pytest.mark.parametrize("noun", MOVES)
def test_every_state_is_reached_and_left_or_final(noun):
    moves = MOVES[noun]
    reached = {move.target for move in moves} | STARTS.get(noun, {moves[0].source})
    left = {move.source for move in moves} | set(map(states_of(noun), FINAL.get(noun, ())))
    assert (reached, left) == (set(states_of(noun)), set(states_of(noun)))


@pytest.mark.parametrize("noun", MOVES)
def test_a_name_leads_from_a_state_to_one_state_only(noun):
    keys = [(move.name, move.source) for move in MOVES[noun]]
    assert len(keys) == len(set(keys))


def a_listing(make: Maker, owner: Organisation) -> Any:
    need = make.need(owner_id=owner.id)
    need.expires_at = NOW - timedelta(days=1)
    return need


def a_certification(make: Maker, owner: Organisation) -> Any:
    return Certification(organisation_id=owner.id, submitted_by=make.person().key, submitted_at=NOW)


def a_merge(make: Maker, owner: Organisation) -> Any:
    target = make.owner()
    return Merge(
        source_id=owner.id, target_id=target.id, prepared_by=make.person().key, prepared_at=NOW
    )


def a_membership(make: Maker, owner: Organisation) -> Any:
    return Membership(
        person_id=make.person().key, organisation_id=owner.id, role=Role.VIEWER, since=NOW
    )


def a_report(make: Maker, owner: Organisation) -> Any:
    need = make.need(owner_id=owner.id)
    return Report(
        receipt=f"R{next(make.numbers)}", kind=Kind.NEED, listing_id=need.key,
        listing_title=need.title, reason=ReportReason.FALSE, received_at=NOW, due_at=NOW,
    )  # fmt: skip


def an_appeal(make: Maker, owner: Organisation) -> Any:
    return Appeal(
        kind=Kind.NEED, listing_id=make.need(owner_id=owner.id).key, text="请复核",
        filed_by=make.person().key, filed_at=NOW,
    )  # fmt: skip


def a_disclosure(make: Maker, owner: Organisation) -> Any:
    return Disclosure(
        kind=Kind.NEED, listing_id=make.need(owner_id=owner.id).key,
        audience=Audience.ORGANISATION, organisation_id=make.owner().id,
        requested_by=make.person().key, requested_at=NOW,
    )  # fmt: skip


SUBJECTS: dict[str, Callable[[Maker, Organisation], Any]] = {
    "listing": a_listing,
    "certification": a_certification,
    "merge": a_merge,
    "membership": a_membership,
    "report": a_report,
    "appeal": an_appeal,
    "disclosure": a_disclosure,
}


def a_viewer(role: Role, make: Maker, owner: Organisation) -> Viewer:
    """Somebody who holds this one role, towards the owner where it is a role in organisations."""
    if role in (Role.VISITOR, Role.OPERATOR, Role.CLOCK):
        known = {Role.VISITOR: VISITOR_VIEWER, Role.OPERATOR: OPERATOR_VIEWER}
        return known.get(role, CLOCK_VIEWER)
    if role in MEMBERSHIP_ROLES:
        return make.member(owner, role)
    person = make.person()
    if role in (Role.ENTERPRISE, Role.INSTITUTION):
        held = {owner.id or 0: frozenset({role})}
        return Viewer(frozenset({Role.VISITOR, Role.MEMBER}), "谁", person.key, held)
    assert role is Role.MEMBER or role in PLATFORM_ROLES
    return Viewer(frozenset({Role.VISITOR, role}), "谁", person.key)


def permits(role: Role, permission: Permission) -> bool:
    """Read straight from the table, for the role and those that always come with it."""
    along = {role, Role.VISITOR} - ({Role.VISITOR} if role is Role.CLOCK else set())
    return any(permission in PERMISSIONS[each] for each in along)


def attempt(
    noun: str, name: str, row: Any, owner: Organisation, viewer: Viewer, make: Maker,
    reason: str = EXPLANATION,
) -> None:  # fmt: skip
    if noun == "listing":
        workflow.move(make.session, name, row, viewer, NOW, reason=reason)
    else:
        workflow.apply(make.session, noun, name, row, owner, viewer, NOW, reason=reason)


MATRIX = [
    (noun, state, name)
    for noun in MOVES
    for state, name in product(states_of(noun), sorted({move.name for move in MOVES[noun]}))
]


@pytest.mark.parametrize(("noun", "state", "name"), MATRIX)
def test_every_role_is_allowed_or_refused_as_the_tables_say(noun, state, name, make):
    """Everything else is as the guards wish, so that the role alone decides."""
    move = find_move(MOVES[noun], name, state)
    for role in Role:
        owner = make.owner(credit_code=None)
        row = SUBJECTS[noun](make, owner)
        owner.standing = Standing.UNVERIFIED if name == "submit" else Standing.VERIFIED
        owner.registration_number = "12345678"
        row.state = state
        make.session.add_all([row, owner])
        make.session.flush()
        viewer = a_viewer(role, make, owner)
        allowed = move is not None and permits(role, move.by)
        if allowed and noun == "listing" and name == "submit" and role is Role.OPERATOR:
            allowed = False  # whoever imports need not send for review
        if allowed:
            assert move is not None
            attempt(noun, name, row, owner, viewer, make)
            assert row.state is move.target, role
        else:
            with pytest.raises(NotAllowed) as refused:
                attempt(noun, name, row, owner, viewer, make)
            assert row.state is state, role
            assert refused.value.reason.endswith(("。", "？")), role


@pytest.mark.parametrize("noun", MOVES)
def test_nobody_moves_what_belongs_to_another_organisation(noun, make):
    """A membership counts in its own organisation only."""
    for move, role in product(MOVES[noun], MEMBERSHIP_ROLES):
        owner, other = make.owner(), make.owner()
        row = SUBJECTS[noun](make, owner)
        row.state = move.source
        make.session.add(row)
        make.session.flush()
        with pytest.raises(NotAllowed):
            attempt(noun, move.name, row, owner, make.member(other, role), make)
        assert row.state is move.source


OWN = [
    (noun, move)
    for noun, moves in MOVES.items()
    for move in moves
    if "is_not_ones_own" in {guard.name for guard in move.needs}
]


@pytest.mark.parametrize(
    ("noun", "move"), OWN, ids=[f"{noun}.{move.name}-{move.source}" for noun, move in OWN]
)
def test_an_officer_does_not_decide_for_an_own_organisation(noun, move: Move, make):
    owner = make.owner()
    row = SUBJECTS[noun](make, owner)
    row.state = move.source
    make.session.add(row)
    make.session.flush()
    officer = make.viewer(Role.ROUND_OFFICER, Role.APPROVER)
    own = replace(officer, memberships={owner.id: frozenset({Role.VIEWER})})
    with pytest.raises(NotAllowed, match="您所在单位"):
        attempt(noun, move.name, row, owner, own, make)


EARLIER = {
    ("certification", "verify"): "submitted_by",
    ("certification", "refuse"): "submitted_by",
    ("merge", "approve"): "prepared_by",
    ("merge", "refuse"): "prepared_by",
    ("report", "accept"): "reported_by",
    ("report", "uphold"): "reported_by",
    ("appeal", "uphold"): "against",
    ("appeal", "dismiss"): "against",
    ("listing", "restore"): "taken_down_by",
}


@pytest.mark.parametrize(("noun", "name"), EARLIER)
def test_one_person_never_holds_both_ends_of_a_matter(noun, name, make):
    """Preparing and deciding, or deciding and deciding anew, are two people's."""
    officer = make.viewer(Role.ROUND_OFFICER, Role.APPROVER)
    move = next(move for move in MOVES[noun] if move.name == name)
    owner = make.owner(registration_type=None)
    owner.registration_number = "12345678"
    row = SUBJECTS[noun](make, owner)
    row.state = move.source
    setattr(row, EARLIER[noun, name], officer.person_id)
    make.session.add(row)
    make.session.flush()
    with pytest.raises(NotAllowed, match="另一位"):
        attempt(noun, name, row, owner, officer, make)


EXPLAINED = [(noun, move) for noun, moves in MOVES.items() for move in moves if move.wants_reason]


@pytest.mark.parametrize(
    ("noun", "move"),
    EXPLAINED,
    ids=[f"{noun}.{move.name}-{move.source}" for noun, move in EXPLAINED],
)
def test_a_decision_against_somebody_says_why(noun, move: Move, make):
    owner = make.owner()
    row = SUBJECTS[noun](make, owner)
    row.state = move.source
    make.session.add(row)
    make.session.flush()
    viewer = (
        make.member(owner, Role.OWNER)
        if move.by is Permission.DISCLOSURE_ANSWER
        else make.viewer(Role.ROUND_OFFICER, Role.APPROVER)
    )
    with pytest.raises(NotAllowed, match="理由"):
        attempt(noun, move.name, row, owner, viewer, make, reason=" ")


def broken(guard: Any, make: Maker) -> dict[str, object]:
    """What must be different about a listing for the guard to fail."""
    merged = make.owner()
    merged.merged_into_id = make.owner().id
    return {
        "has_title": {"title": "……"},
        "fits_the_matcher": {"body": "长" * 20_001},
        "demo_stays_apart": {"is_demo": True},
        "is_not_from_the_future": {"published_at": NOW + timedelta(days=1)},
        "owner_is_a_body": {"owner_id": make.owner(kind=OrganisationKind.SOURCE).id},
        "owner_is_not_merged": {"owner_id": merged.id},
    }[guard.name]


@pytest.mark.parametrize("guard", listing_states.FIT_TO_SHOW, ids=lambda guard: guard.name)
def test_a_guard_refuses_with_its_sentence(guard, make, session, operator, now):
    need = make.need()
    workflow.move(session, "close", need, operator, now)
    for name, value in broken(guard, make).items():
        setattr(need, name, value)
    with pytest.raises(NotAllowed) as refused:
        workflow.move(session, "reopen", need, operator, now)
    assert refused.value.reason == guard.reason


@pytest.mark.parametrize("kind", [OrganisationKind.BUREAU, OrganisationKind.SOURCE])
def test_only_bodies_that_have_needs_or_achievements_post_them(kind, make, session, now):
    owner = make.owner(kind=kind)
    owner.standing = Standing.VERIFIED
    editor = make.member(owner, Role.EDITOR)
    need = make.need(owner_id=owner.id, source="文件", source_id="1")
    need.state = ListingState.DRAFT
    session.flush()
    with pytest.raises(NotAllowed, match="这类单位"):
        workflow.move(session, "publish", need, editor, now)


def test_an_unverified_organisation_is_checked_once_and_then_trusted(make, session, now):
    owner = make.owner()
    editor, officer = make.member(owner, Role.EDITOR), make.viewer(Role.ROUND_OFFICER)
    first, second = make.need(owner_id=owner.id), make.need(owner_id=owner.id)
    first.state = second.state = ListingState.DRAFT
    session.flush()
    with pytest.raises(NotAllowed, match="送审"):
        workflow.move(session, "publish", first, editor, now)
    workflow.move(session, "submit", first, editor, now)
    workflow.move(session, "approve", first, officer, now)
    workflow.move(session, "publish", second, editor, now)
    assert (first.state, second.state) == (ListingState.PUBLISHED, ListingState.PUBLISHED)


def test_open_moves_are_those_that_would_be_accepted(make, session, operator, visitor, now):
    need = make.need()
    owner = make.owner()
    need.owner_id = owner.id
    editor = make.member(owner, Role.EDITOR)
    officer = make.viewer(Role.ROUND_OFFICER)

    def offered(viewer: Viewer) -> list[str]:
        found = open_moves(LISTING_MOVES, Situation(need, owner, viewer, now))
        return [move.name for move in found]

    assert offered(editor) == ["change", "renew", "match", "close", "withdraw"]
    assert offered(officer) == ["take-down"]
    assert offered(visitor) == []


def test_a_refusal_names_who_may(make, visitor, now):
    move = find_move(LISTING_MOVES, "close", ListingState.PUBLISHED)
    assert move is not None
    assert refusal(move, Situation(make.need(), make.owner(), visitor, now)) == (
        "只有单位负责人、编辑、技术经理人、运维人员可以关闭。"
    )


NAMES = sorted({move.name for move in LISTING_MOVES})


@settings(max_examples=25, deadline=None)
@given(names=st.lists(st.sampled_from(NAMES), max_size=12))
def test_at_random_states_changes_and_index_agree(names, make_apart):
    """Every accepted move leaves one Change, and an IndexChange if a reader could notice it."""
    with make_apart() as make:
        need = make.need()
        told, noted = tally(make.session)
        for name in names:
            move = find_move(LISTING_MOVES, name, need.state)
            before = need.state
            try:
                workflow.move(make.session, name, need, OPERATOR_VIEWER, NOW, reason=EXPLANATION)
            except NotAllowed:
                assert need.state is before
                continue
            assert move is not None
            told += ListingState.PUBLISHED in (move.source, move.target)
            noted += 1
            assert need.state is move.target
        assert tally(make.session) == (told, noted)
        assert ledger.verify(make.session).holds


def tally(session) -> tuple[int, int]:
    index = select(func.count(col(IndexChange.seq)))
    changes = select(func.count(col(Change.id))).where(Change.noun == Need.kind.value)
    return session.exec(index).one(), session.exec(changes).one()
