"""Lists that somebody keeps for themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from market.actions import saved
from market.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from market.models import Kind, ListingState, SavedItem
from market.queries.exports import saved_rows
from market.queries.saved import (
    lists_holding,
    saved_among,
    saved_list,
    saved_lists,
)

LATER = timedelta(minutes=1)


@pytest.fixture
def keeper(make):
    return make.viewer()


def test_the_first_thing_saved_makes_the_first_list(session, make, keeper, now):
    need = make.need().key
    item = saved.save(session, Kind.NEED, need, keeper, now)
    [card] = saved_lists(session, keeper)
    assert (card.name, card.needs, card.achievements) == (saved.FIRST, 1, 0)
    assert saved_among(session, Kind.NEED, [need, need + 1], keeper) == {need: item.list_id}


def test_saving_twice_keeps_one(session, make, keeper, now):
    need = make.need().key
    one, two = (saved.save(session, Kind.NEED, need, keeper, now) for _ in range(2))
    assert one.id == two.id


def test_what_is_saved_goes_to_the_list_that_changed_last(session, make, keeper, now):
    saved.save(session, Kind.NEED, make.need().key, keeper, now)
    made = saved.create(session, "余热", keeper, now + LATER)
    item = saved.save(session, Kind.NEED, make.need().key, keeper, now + 2 * LATER)
    assert item.list_id == made.id


def test_need_and_achievement_of_one_number_are_two(session, make, keeper, now):
    need, other = make.need().key, make.achievement().key
    saved.save(session, Kind.NEED, need, keeper, now)
    saved.save(session, Kind.ACHIEVEMENT, other, keeper, now)
    [card] = saved_lists(session, keeper)
    rows = saved_list(session, card.id, keeper).rows
    assert [(row.kind, row.listing_id) for row in rows] == [
        (Kind.ACHIEVEMENT, other), (Kind.NEED, need),
    ]  # fmt: skip
    assert [each.row.id for each in saved_rows(session, card.id, Kind.NEED, keeper)] == [need]


def test_a_note_stays_with_what_is_moved(session, make, keeper, now):
    need = make.need().key
    item = saved.save(session, Kind.NEED, need, keeper, now)
    saved.note(session, item.id, " 先问价 ", keeper, now)
    into = saved.create(session, "余热", keeper, now)
    saved.move(session, item.id, into.id, keeper, now)
    [row] = saved_list(session, into.id, keeper).rows
    assert (row.note, row.listing_id) == ("先问价", need)


def test_moving_to_where_it_is_already_makes_no_second_one(session, make, keeper, now):
    need = make.need().key
    item = saved.save(session, Kind.NEED, need, keeper, now)
    saved.note(session, item.id, "先问价", keeper, now)
    into = saved.create(session, "余热", keeper, now)
    held = saved.save(session, Kind.NEED, need, keeper, now, list_id=into.id)
    saved.move(session, item.id, into.id, keeper, now)
    assert [row.id for row in session.exec(select(SavedItem))] == [held.id]
    assert held.note == "先问价"
    told = {name: is_in for _, name, is_in in lists_holding(session, Kind.NEED, need, keeper)}
    assert told == {saved.FIRST: False, "余热": True}


@pytest.mark.parametrize("name", ["", " ", "——", "长" * 61, "余 热", "<script>x</script>"])
def test_a_name_that_cannot_be_taken(session, keeper, now, name):
    saved.create(session, "余  热", keeper, now)
    with pytest.raises(Invalid) as wrong:
        saved.create(session, name, keeper, now)
    assert [problem.field for problem in wrong.value.problems] == ["name"]


def test_a_list_may_be_renamed_to_what_it_is_called(session, keeper, make, now):
    made = saved.create(session, "余热", keeper, now)
    saved.rename(session, made.id, "余热", keeper, now)
    saved.create(session, "余热", make.viewer(), now)


def test_others_find_nothing(session, make, keeper, now):
    item = saved.save(session, Kind.NEED, make.need().key, keeper, now)
    other = make.viewer()
    for tried in (
        lambda: saved_list(session, item.list_id, other),
        lambda: list(saved_rows(session, item.list_id, Kind.NEED, other)),
        lambda: saved.note(session, item.id, "x", other, now),
        lambda: saved.remove(session, item.id, other, now),
        lambda: saved.move(session, item.id, item.list_id, other, now),
        lambda: saved.rename(session, item.list_id, "x", other, now),
        lambda: saved.delete(session, item.list_id, other),
        lambda: saved.save(session, Kind.NEED, 1, other, now, list_id=item.list_id),
    ):
        with pytest.raises(NotFound):
            tried()
    assert saved_lists(session, other) == []


def test_what_is_hidden_cannot_be_saved(session, make, keeper, now):
    need = make.need()
    need.state = ListingState.DRAFT
    session.flush()
    with pytest.raises(NotFound):
        saved.save(session, Kind.NEED, need.key, keeper, now)


def test_what_is_closed_since_keeps_its_place_and_says_nothing(session, make, keeper, now):
    need = make.need("不再公开的标题")
    item = saved.save(session, Kind.NEED, need.key, keeper, now)
    need.state = ListingState.WITHDRAWN
    session.flush()
    [row] = saved_list(session, item.list_id, keeper).rows
    assert row.listing is None


def test_a_list_goes_with_what_is_in_it(session, make, keeper, now):
    item = saved.save(session, Kind.NEED, make.need().key, keeper, now)
    assert saved.delete(session, item.list_id, keeper) == saved.FIRST
    session.expire_all()
    assert session.exec(select(SavedItem)).all() == []


def test_there_is_an_end_to_lists(session, keeper, now, monkeypatch):
    monkeypatch.setattr(saved, "MAX_LISTS", 2)
    for name in ("一", "二"):
        saved.create(session, name, keeper, now)
    with pytest.raises(NotAllowed, match="最多 2 个"):
        saved.create(session, "三", keeper, now)


def test_there_is_an_end_to_a_list(session, make, keeper, now, monkeypatch):
    monkeypatch.setattr(saved, "MAX_ITEMS", 1)
    saved.save(session, Kind.NEED, make.need().key, keeper, now)
    with pytest.raises(NotAllowed, match="已有 1 条"):
        saved.save(session, Kind.NEED, make.need().key, keeper, now)


def test_visitors_are_asked_to_sign_in(session, make, visitor, now):
    with pytest.raises(NotSignedIn):
        saved.save(session, Kind.NEED, make.need().key, visitor, now)
    assert saved_among(session, Kind.NEED, [1], visitor) is None


def test_a_list_costs_the_same_with_one_and_with_thirty(session, make, keeper, now, statements):
    costs = []
    for count in (1, 30):
        made = saved.create(session, f"列{count}", keeper, now)
        for _ in range(count):
            saved.save(session, Kind.NEED, make.need().key, keeper, now, list_id=made.id)
        session.expire_all()
        statements.clear()
        saved_list(session, made.id, keeper)
        costs.append(len(statements))
    assert costs[0] == costs[1]
