"""What a listing said before: who may read it, what differs, and bringing it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from market.actions import posting
from market.actions.listings import as_draft
from market.actions.restoring import restore
from market.differences import Piece, pairs, pieces
from market.errors import NotAllowed, NotFound
from market.models import CooperationMode, Indicator, Kind, ListingState, Right, Role, Tier
from market.models.enums import RightKind
from market.queries.history import comparison, history

MODES = (CooperationMode.JOINT, CooperationMode.TRANSFER)


@pytest.fixture
def written(make, session, now):
    """A need in three versions, and its editor."""
    owner = make.owner()
    editor = make.member(owner, Role.EDITOR)
    draft = make.draft("铜杆除杂", owner_id=owner.id, problem="铅高。锡高。", modes=MODES)
    row = posting.create(session, Kind.NEED, draft, editor, now)
    second = replace(
        draft, title="铜杆除铅", problem="铅很高。锡高。", tiers={"problem": Tier.MATCHED}
    )
    posting.edit(session, row, second, 1, editor, now + timedelta(hours=1))
    third = replace(second, amount_max=100, wanted_by=date(2027, 1, 1), modes=MODES[:1])
    posting.edit(session, row, third, 2, editor, now + timedelta(hours=2))
    return row, editor


def test_versions_tell_who_when_and_what(written, session, now):
    row, editor = written
    found = history(session, Kind.NEED, row.key, editor)
    assert [(v.version, v.changed) for v in found.versions] == [
        (3, ["合作方式", "预算", "希望完成日期"]), (2, ["标题", "技术难题"]), (1, None),
    ]  # fmt: skip
    assert [v.is_current for v in found.versions] == [True, False, False]
    assert {v.author for v in found.versions} == {editor.name}
    assert found.versions[0].at == now + timedelta(hours=2)
    assert (found.total, found.before) == (3, None)


def test_many_versions_come_in_pages(make, session, now, monkeypatch):
    monkeypatch.setattr("market.queries.history.PER_PAGE", 2)
    owner = make.owner()
    editor = make.member(owner, Role.EDITOR)
    draft = make.draft("一", owner_id=owner.id)
    row = posting.create(session, Kind.NEED, draft, editor, now)
    for number, title in enumerate("二三四五", 1):
        posting.edit(session, row, replace(draft, title=title), number, editor, now)
    seen, before = [], None
    for _ in range(3):
        found = history(session, Kind.NEED, row.key, editor, before)
        seen += [(v.version, v.changed) for v in found.versions]
        before = found.before
    assert seen == [(n, ["标题"]) for n in (5, 4, 3, 2)] + [(1, None)]
    assert before is None


def test_only_those_who_read_all_of_it_see_its_history(written, make, session, visitor, now):
    row, editor = written
    posting.act(session, row, "submit", editor, now)
    row.state = ListingState.PUBLISHED
    session.flush()
    colleague = make.member(session.get(type(make.owner()), row.owner_id), Role.VIEWER)
    for viewer in (
        editor,
        colleague,
        make.viewer(Role.SUPERVISOR),
        make.viewer(Role.ROUND_OFFICER),
    ):
        assert history(session, Kind.NEED, row.key, viewer).total == 3
    others = (visitor, make.viewer(), make.viewer(Role.EXPERT), make.viewer(Role.ADMINISTRATOR),
              make.member(make.owner(), Role.OWNER))  # fmt: skip
    for viewer in others:
        with pytest.raises(NotFound):
            history(session, Kind.NEED, row.key, viewer)
        with pytest.raises(NotFound):
            comparison(session, Kind.NEED, row.key, (1, 2), viewer)


def test_the_bureau_sees_no_history_of_a_draft(written, make, session):
    row, _ = written
    with pytest.raises(NotFound):
        history(session, Kind.NEED, row.key, make.viewer(Role.SUPERVISOR))


def test_two_versions_are_compared_part_by_part(written, session):
    row, editor = written
    found = comparison(session, Kind.NEED, row.key, (3, 1), editor)
    assert (found.older.version, found.newer.version) == (1, 3)
    told = {part.name: part for part in found.parts}
    assert list(told) == ["title", "problem", "modes", "amount", "wanted_by"]
    assert told["title"].pieces == (
        Piece("same", "铜杆除"), Piece("removed", "杂"), Piece("added", "铅"),
    )  # fmt: skip
    assert told["problem"].tiers == (Tier.PUBLIC, Tier.MATCHED)
    assert told["amount"].after == (None, 100)
    assert [(r.change, r.before or r.after) for r in told["modes"].rows] == [
        ("same", CooperationMode.JOINT), ("removed", CooperationMode.TRANSFER),
    ]  # fmt: skip
    with pytest.raises(NotFound):
        comparison(session, Kind.NEED, row.key, (1, 4), editor)


def test_an_old_version_comes_back_as_a_new_one_with_its_readers(written, session, now):
    row, editor = written
    restore(session, Kind.NEED, row.key, 1, 3, editor, now)
    held = as_draft(session, row)
    assert (held.title, held.problem, held.amount_max, held.modes) == (
        "铜杆除杂", "铅高。锡高。", None, MODES,
    )  # fmt: skip
    assert (held.wanted_by, held.tiers["problem"], row.version) == (None, Tier.PUBLIC, 4)
    found = history(session, Kind.NEED, row.key, editor)
    assert [v.version for v in found.versions] == [4, 3, 2, 1]
    assert comparison(session, Kind.NEED, row.key, (1, 4), editor).parts == []


def test_a_tier_that_was_not_public_comes_back_too(written, session, now):
    row, editor = written
    opened = replace(as_draft(session, row), tiers={"problem": Tier.PUBLIC})
    posting.edit(session, row, opened, 3, editor, now)
    restore(session, Kind.NEED, row.key, 2, 4, editor, now)
    assert row.tiers["problem"] is Tier.MATCHED


def test_nothing_is_brought_back_over_what_somebody_saved_meanwhile(written, session, now):
    row, editor = written
    with pytest.raises(posting.Outdated) as told:
        restore(session, Kind.NEED, row.key, 1, 2, editor, now)
    assert (told.value.version, row.version) == (3, 3)
    assert "新的一版" in told.value.problems[0].reason


def test_whoever_may_not_write_brings_nothing_back(written, make, session, now):
    row, _ = written
    reader = make.member(session.get(type(make.owner()), row.owner_id), Role.VIEWER)
    assert not comparison(session, Kind.NEED, row.key, (1, 3), reader).may_restore
    with pytest.raises(NotAllowed):
        restore(session, Kind.NEED, row.key, 1, 3, reader, now)


def test_a_closed_listing_keeps_its_history_but_is_not_brought_back(written, session):
    row, editor = written
    row.state = ListingState.CLOSED
    session.flush()
    assert not comparison(session, Kind.NEED, row.key, (1, 3), editor).may_restore


# ---- texts and tables


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "新写的。"), ("旧的。", ""), ("甲。乙。丙。", "丙。甲。乙。"),
        ("abc 12.5", "abc 12.7"),
        ("一\n二\n", "一\n三\n二"), ("同样", "同样"), ("a" * 3000, "b" * 3000),
    ],
)  # fmt: skip
def test_pieces_hold_both_texts(before, after):
    found = pieces(before, after)
    assert "".join(p.text for p in found if p.change != "added") == before
    assert "".join(p.text for p in found if p.change != "removed") == after


def test_numbers_and_latin_words_are_replaced_whole():
    changed = [piece for piece in pieces("温度 180 ℃ 的 kiln", "温度 185 ℃ 的 kilns") if
               piece.change != "same"]  # fmt: skip
    assert [piece.text for piece in changed] == ["180", "185", "kiln", "kilns"]


def test_a_sentence_that_was_rewritten_is_no_confetti():
    found = pieces("排烟温度太高。", "希望提纯到五个九。")
    assert [piece.change for piece in found] == ["removed", "added"]


def test_twenty_thousand_characters_are_compared_at_once():
    before = "".join(f"第{n}道工序的温度是{n}度。" for n in range(1200))
    after = before.replace("第7", "第七")
    assert len(before) > 15_000
    assert "".join(p.text for p in pieces(before, after) if p.change != "removed") == after


def test_rows_of_one_name_or_number_belong_together():
    lead, tin = Indicator("铅", "120", "80"), Indicator("锡", "", "5")
    lower = replace(lead, value="60")
    assert [(p.change, p.before, p.after) for p in pairs([lead, tin], [lower])] == [
        ("changed", lead, lower), ("removed", tin, None),
    ]  # fmt: skip
    one = Right(RightKind.INVENTION, "ZL1", "甲")
    named = replace(one, name="乙")
    assert [p.change for p in pairs([one], [named, one])] == ["added", "same"]
    assert [p.change for p in pairs([one, one], [one])] == ["same", "removed"]
