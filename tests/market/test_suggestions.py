"""Stored matches as the pages of both sides show them."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import Session

from market.models.enums import Kind
from market.models.suggestions import Suggestion
from market.queries.suggestions import suggestions_for
from market.roles import Viewer
from tests.conftest import Maker


def stored(side: Kind, need: int, achievement: int, score: float, now: datetime) -> Suggestion:
    return Suggestion(
        side=side, need_id=need, achievement_id=achievement, rank=1, score=score, label="weak",
        reasons={}, model="test", made_at=now, need_version=1, achievement_version=1, position=1,
    )  # fmt: skip


@pytest.fixture
def pair(make: Maker, operator: Viewer, now: datetime) -> tuple[int, int]:
    need, achievement = make.need(title="铜"), make.achievement(title="铜")
    assert need.id is not None
    assert achievement.id is not None
    return need.id, achievement.id


def test_a_pair_has_one_score_on_both_pages(
    pair: tuple[int, int], session: Session, visitor: Viewer, now: datetime
) -> None:
    need, achievement = pair
    session.add(stored(Kind.NEED, need, achievement, 0.5, now))
    session.add(stored(Kind.ACHIEVEMENT, need, achievement, 0.1, now))
    session.flush()
    pages = [
        suggestions_for(session, kind, id_, visitor) for kind, id_ in zip(Kind, pair, strict=True)
    ]
    assert [[row.score for row in rows] for rows in pages] == [[0.5], [0.5]]


def test_a_pair_that_only_one_side_found_keeps_its_score(
    pair: tuple[int, int], session: Session, visitor: Viewer, now: datetime
) -> None:
    session.add(stored(Kind.ACHIEVEMENT, *pair, 0.1, now))
    session.flush()
    assert [row.score for row in suggestions_for(session, Kind.ACHIEVEMENT, pair[1], visitor)] == [
        0.1
    ]
