"""Achievements beside a need: which rows meet which targets, and what of them a reader may see."""

from __future__ import annotations

import pytest

from market.measures import Fit
from market.models import Indicator, Kind, ListingState, Tier
from market.queries.comparison import MOST, comparison, likeness, lines_of
from market.queries.details import listing_by_id
from tests.market.test_suggestions import stored


def row(name, value="", unit="", before=""):
    return Indicator(name, before, value, unit)


@pytest.mark.parametrize(
    ("one", "other", "is_alike"),
    [
        ("氧含量", "氧含量", True),
        ("氧含量", "氧 含量（质量分数）", True),
        ("回收率", "锗回收率", True),
        ("单位产品综合能耗", "单位产品能耗", True),
        ("热导率", "导热率", False),
        ("氧含量", "碳含量", False),
        ("率", "回收率", False),
        ("能耗", "", False),
        ("抗拉強度", "抗拉强度", True),
    ],
)
def test_names_that_mean_the_same(one, other, is_alike):
    assert (likeness(one, other) >= 0.6) is is_alike
    assert likeness(one, other) == likeness(other, one)


def test_the_needs_targets_come_first_and_every_row_stands_once():
    targets = [row("回收率", "≥95", "%"), row("能耗", "≤100", "kWh/t")]
    first = [row("能耗", "90", "kWh/t"), row("锗回收率", "94", "%"), row("纯度", "6N")]
    second = [row("纯度", "5N"), row("寿命", "8", "年")]
    lines = lines_of(targets, [first, second])
    assert [(line.name, line.wanted is not None) for line in lines] == [
        ("回收率", True), ("能耗", True), ("纯度", False), ("寿命", False),
    ]  # fmt: skip
    told = [[(c.row.name if c.row else None, c.fit) for c in line.cells] for line in lines]
    assert told == [
        [("锗回收率", Fit.MISSES), (None, None)],
        [("能耗", Fit.MEETS), (None, None)],
        [("纯度", None), ("纯度", None)],
        [(None, None), ("寿命", None)],
    ]
    assert lines[0].cells[0].is_renamed
    assert not lines[1].cells[0].is_renamed


def test_the_nearer_name_is_taken():
    rows = [row("综合能耗", "5"), row("能耗", "7")]
    [line, _] = lines_of([row("能耗", "≤6")], [rows])
    assert line.cells[0].row == rows[1]


def test_names_without_letters_end():
    lines = lines_of([], [[row("——", "5"), row("？", "6")]])
    assert [line.name for line in lines] == ["——", "？"]


def made(make, count, **given):
    return [make.achievement(f"成果{n}", **given).key for n in range(count)]


def test_the_order_is_the_one_that_was_asked_for(session, make, visitor):
    one, two, three = made(make, 3)
    assert comparison(session, [three, one, two, one], visitor).ids == (three, one, two)


def test_at_most_four(session, make, visitor):
    ids = made(make, 6)
    found = comparison(session, ids, visitor)
    assert (found.ids, found.beyond, found.missing) == (tuple(ids[:MOST]), 2, 0)


def test_hidden_and_unknown_look_the_same(session, make, visitor):
    shown = make.achievement("公开").key
    draft = make.achievement("草稿")
    draft.state = ListingState.DRAFT
    session.flush()
    for other in (draft.key, 99_999, 0):
        found = comparison(session, [shown, other], visitor)
        assert (found.ids, found.missing) == ((shown,), 1)


def test_the_stored_match_stands_beside_its_achievement(session, make, visitor, now):
    need = make.need("需求").key
    one, two = made(make, 2)
    session.add(stored(Kind.NEED, need, one, 0.8, now))
    session.flush()
    shown = listing_by_id(session, Kind.NEED, need, visitor)
    found = comparison(session, [one, two], visitor, need=shown)
    assert [column.match and column.match.score for column in found.columns] == [0.8, None]


def test_indicators_that_are_kept_back_are_not_compared(session, make, visitor):
    need = make.need("需求", indicators=(row("回收率", "≥95", "%"),)).key
    kept = make.achievement(
        "成果", indicators=(row("回收率", "99", "%"),), tiers={"indicators": Tier.MATCHED}
    ).key
    shown = listing_by_id(session, Kind.NEED, need, visitor)
    [line] = comparison(session, [kept], visitor, need=shown).lines
    assert (line.cells[0].row, line.cells[0].fit) == (None, None)
    officer = make.viewer("round-officer")
    [line] = comparison(session, [kept], officer, need=shown).lines
    assert line.cells[0].fit is Fit.MEETS


def test_targets_that_are_kept_back_judge_nothing(session, make, visitor):
    need = make.need(
        "需求", indicators=(row("回收率", "≥95", "%"),), tiers={"indicators": Tier.BUREAU}
    ).key
    other = make.achievement("成果", indicators=(row("回收率", "99", "%"),)).key
    shown = listing_by_id(session, Kind.NEED, need, visitor)
    [line] = comparison(session, [other], visitor, need=shown).lines
    assert (line.wanted, line.cells[0].fit) == (None, None)


def test_it_costs_the_same_with_one_and_with_four(session, make, visitor, statements):
    need = listing_by_id(session, Kind.NEED, make.need().key, visitor)
    ids = made(make, 4)
    costs = []
    for some in (ids[:1], ids):
        session.expire_all()
        statements.clear()
        comparison(session, some, visitor, need=need)
        costs.append(len(statements))
    assert costs[0] == costs[1]
