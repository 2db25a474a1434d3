"""The table of moves: every state × role × move is allowed or refused as the table says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import col, func, select

from market import states, workflow
from market.errors import NotAllowed
from market.models import Change, IndexChange, ListingState, Need, OrganisationKind
from market.roles import OPERATOR_VIEWER, Role, Viewer
from market.states import LISTING_MOVES, Situation, find_move, open_moves, refusal

NAMES = sorted({move.name for move in LISTING_MOVES})
FINAL: set[ListingState] = set()
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def test_every_state_is_reached_and_left():
    reached = {move.target for move in LISTING_MOVES} | {ListingState.DRAFT}
    left = {move.source for move in LISTING_MOVES}
    assert (reached, left | FINAL) == (set(ListingState), set(ListingState))


def test_a_name_leads_from_a_state_to_one_state_only():
    keys = [(move.name, move.source) for move in LISTING_MOVES]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("name", "state", "role"), list(product(NAMES, ListingState, Role)))
def test_moves_are_allowed_as_the_table_says(name, state, role, make, session, now):
    need = make.need()
    need.state = state
    viewer = Viewer(frozenset({role}), "谁")
    move = find_move(name, state)
    if move is None or role not in move.by:
        with pytest.raises(NotAllowed):
            workflow.move(session, name, need, viewer, now)
        assert need.state is state
    else:
        workflow.move(session, name, need, viewer, now)
        assert need.state is move.target


def broken(guard: states.Guard, make) -> dict[str, object]:
    """What must be different about a listing for the guard to fail."""
    return {
        "has_title": {"title": "……"},
        "fits_the_matcher": {"body": "长" * 20_001},
        "demo_stays_apart": {"is_demo": True},
        "is_not_from_the_future": {"published_at": make.now + timedelta(days=1)},
        "owner_is_a_body": {"owner_id": make.owner(kind=OrganisationKind.SOURCE).id},
    }[guard.name]


@pytest.mark.parametrize("guard", states.FIT_TO_SHOW, ids=lambda guard: guard.name)
def test_a_guard_refuses_with_its_sentence(guard, make, session, operator, now):
    make.now = now
    need = make.need()
    workflow.move(session, "close", need, operator, now)
    for name, value in broken(guard, make).items():
        setattr(need, name, value)
    with pytest.raises(NotAllowed) as refused:
        workflow.move(session, "reopen", need, operator, now)
    assert refused.value.reason == guard.reason


def test_open_moves_are_those_that_would_be_accepted(make, session, operator, visitor, now):
    need = make.need()
    owner = make.owner()
    names = [move.name for move in open_moves(Situation(need, owner, operator, now))]
    assert names == ["change", "close", "withdraw"]
    assert open_moves(Situation(need, owner, visitor, now)) == []


def test_a_refusal_names_who_may(make, visitor, now):
    move = find_move("close", ListingState.PUBLISHED)
    assert refusal(move, Situation(make.need(), make.owner(), visitor, now)) == (
        "只有运维人员可以关闭。"
    )


@settings(max_examples=25, deadline=None)
@given(names=st.lists(st.sampled_from(NAMES), max_size=12))
def test_at_random_states_changes_and_index_agree(names, make_apart):
    """Every accepted move leaves one Change, and an IndexChange if a reader could notice it."""
    with make_apart() as make:
        need = make.need()
        told, noted = tally(make.session)
        for name in names:
            move = find_move(name, need.state)
            if move is None:
                with pytest.raises(NotAllowed):
                    workflow.move(make.session, name, need, OPERATOR_VIEWER, NOW)
                continue
            workflow.move(make.session, name, need, OPERATOR_VIEWER, NOW)
            told += ListingState.PUBLISHED in (move.source, move.target)
            noted += 1
            assert need.state is move.target
        assert tally(make.session) == (told, noted)


def tally(session) -> tuple[int, int]:
    index = select(func.count(col(IndexChange.seq)))
    changes = select(func.count(col(Change.id))).where(Change.noun == Need.kind.value)
    return session.exec(index).one(), session.exec(changes).one()
