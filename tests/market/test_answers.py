"""Answers to suggestions: given, changed, taken back; what of it others see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from market.actions import answers
from market.actions.answers import AnswerDraft
from market.errors import Invalid, NotFound, NotSignedIn
from market.models import Answer, AnswerReason, Change, Kind, ListingState, Role, Verdict
from market.queries.answers import own_answers, useful_counts
from market.queries.suggestions import standings, suggestions_for
from tests.market.test_suggestions import stored

LATER = timedelta(hours=1)


@pytest.fixture
def pair(make):
    return make.need("铜杂质").key, make.achievement("铜提纯").key


def said(pair, reason=AnswerReason.SOLVES, comment="", side=Kind.NEED):
    own, other = pair if side is Kind.NEED else pair[::-1]
    return AnswerDraft(side, own, other, reason, comment)


def test_an_answer_keeps_what_was_shown(session, make, pair, now):
    session.add(stored(Kind.NEED, *pair, 0.7, now))
    viewer = make.viewer()
    given = answers.give(session, said(pair, comment=" 可用 "), viewer, now)
    assert (given.verdict, given.reason, given.comment) == (Verdict.USEFUL, "solves", "可用")
    assert (given.rank, given.score, given.label, given.model) == (1, 0.7, "weak", "test")
    assert (given.need_version, given.achievement_version, given.side) == (1, 1, Kind.NEED)


def test_a_pair_that_is_not_suggested_can_be_answered(session, make, pair, now):
    given = answers.give(session, said(pair), make.viewer(), now)
    assert (given.rank, given.score, given.model) == (None, None, "")


def test_answering_again_replaces_the_word(session, make, pair, now):
    viewer = make.viewer()
    answers.give(session, said(pair), viewer, now)
    answers.give(session, said(pair, AnswerReason.PRICE, side=Kind.ACHIEVEMENT), viewer, now)
    [row] = session.exec(select(Answer))
    assert (row.verdict, row.reason, row.side) == ("irrelevant", "price", Kind.ACHIEVEMENT)


def test_the_same_word_again_is_no_change(session, make, pair, now):
    viewer = make.viewer()
    answers.give(session, said(pair), viewer, now)
    answers.give(session, said(pair), viewer, now + LATER)
    assert len(changes(session)) == 1


def changes(session):
    query = select(Change).where(col(Change.noun) == "answer").order_by(col(Change.id))
    return list(session.exec(query))


def test_the_record_tells_the_verdict_and_not_the_comment(session, make, pair, now):
    viewer = make.viewer()
    answers.give(session, said(pair, comment="机密的话"), viewer, now)
    answers.withdraw(session, Kind.NEED, *pair, viewer, now)
    given, withdrawn = changes(session)
    assert (given.action, withdrawn.action) == ("answer.give", "answer.withdraw")
    assert given.after == {
        "verdict": "useful", "answer_reason": "solves", "need_id": pair[0],
        "achievement_id": pair[1],
    }  # fmt: skip
    assert "机密" not in str([row.model_dump() for row in (given, withdrawn)])


def test_it_can_be_taken_back_once(session, make, pair, now):
    viewer = make.viewer()
    answers.give(session, said(pair), viewer, now)
    answers.withdraw(session, Kind.NEED, *pair, viewer, now)
    assert own_answers(session, Kind.NEED, pair[0], viewer) == {}
    with pytest.raises(NotFound):
        answers.withdraw(session, Kind.NEED, *pair, viewer, now)


def test_everything_wrong_is_told_at_once(session, make, pair, now):
    with pytest.raises(Invalid) as wrong:
        answers.give(session, said(pair, None, "长" * 501), make.viewer(), now)
    assert [problem.field for problem in wrong.value.problems] == ["reason", "comment"]
    assert session.exec(select(Answer)).all() == []


def test_a_visitor_is_asked_to_sign_in(session, pair, visitor, now):
    with pytest.raises(NotSignedIn):
        answers.give(session, said(pair), visitor, now)


@pytest.mark.parametrize("hidden", [Kind.NEED, Kind.ACHIEVEMENT])
def test_who_does_not_see_both_finds_nothing(session, make, pair, now, hidden):
    row = make.all(hidden)[-1]
    row.state = ListingState.DRAFT
    session.flush()
    with pytest.raises(NotFound):
        answers.give(session, said(pair), make.viewer(), now)


def test_an_answer_counts_for_the_owner_whose_member_gave_it(session, make, now):
    body, other = make.owner(), make.owner()
    need = make.need(owner_id=body.id).key
    achievement = make.achievement().key
    member = make.member(body, Role.VIEWER)
    given = answers.give(session, said((need, achievement)), member, now)
    stranger = make.member(other, Role.OWNER)
    by_another = answers.give(session, said((need, achievement)), stranger, now)
    assert (given.organisation_id, by_another.organisation_id) == (body.id, other.id)


def test_only_others_words_count_as_useful(session, make, now):
    body = make.owner()
    need, achievement = make.need(owner_id=body.id).key, make.achievement().key
    pair = (need, achievement)
    answers.give(session, said(pair), make.member(body, Role.OWNER), now)
    assert useful_counts(session, Kind.NEED, body.id) == {}
    answers.give(session, said(pair), make.viewer(), now)
    answers.give(session, said(pair, AnswerReason.UNCLEAR), make.viewer(), now)
    assert useful_counts(session, Kind.NEED, body.id) == {need: 1}


def test_nobody_reads_anothers_word(session, make, pair, now, visitor):
    one, other = make.viewer(), make.viewer()
    answers.give(session, said(pair, comment="我的话"), one, now)
    seen = [own_answers(session, Kind.NEED, pair[0], v) for v in (one, other, visitor)]
    assert [list(each) for each in seen] == [[pair[1]], [], []]


def test_the_place_in_the_others_list_is_the_one_its_page_shows(session, make, visitor, now):
    needs = [make.need(f"铜{n}").key for n in range(4)]
    one, two = (make.achievement(f"铜提纯{n}").key for n in range(2))
    for place, need in enumerate(needs):
        session.add(stored(Kind.ACHIEVEMENT, need, one, 0.9 - place / 10, now))
    session.add(stored(Kind.NEED, needs[3], one, 0.95, now))
    session.add(stored(Kind.NEED, needs[3], two, 0.5, now))
    session.add(stored(Kind.NEED, needs[1], one, 0.1, now))
    session.flush()
    shown = suggestions_for(session, Kind.ACHIEVEMENT, one, visitor)
    page = {row.listing.id: row.rank for row in shown}
    assert page == {needs[3]: 1, needs[0]: 2, needs[2]: 3, needs[1]: 4}
    assert standings(session, Kind.NEED, needs[3], visitor) == {one: page[needs[3]]}
    assert standings(session, Kind.NEED, needs[1], visitor) == {one: page[needs[1]]}


def test_a_place_leaves_out_what_the_reader_does_not_see(session, make, visitor, now):
    first, second = make.need("铜一"), make.need("铜二")
    other = make.achievement("铜提纯").key
    for need, score in ((first, 0.9), (second, 0.8)):
        session.add(stored(Kind.ACHIEVEMENT, need.key, other, score, now))
    session.add(stored(Kind.NEED, second.key, other, 0.8, now))
    session.flush()
    assert standings(session, Kind.NEED, second.key, visitor) == {other: 2}
    first.state = ListingState.CLOSED
    session.flush()
    assert standings(session, Kind.NEED, second.key, visitor) == {other: 1}
