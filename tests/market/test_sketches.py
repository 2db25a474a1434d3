"""Writing bit by bit: whose a sketch is, two windows, two people, what is kept and for how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from market import rules
from market.actions import posting, sketches
from market.actions.drafts import ListingDraft
from market.actions.listings import as_draft
from market.actions.sketches import CLASHING, THEIRS, Clash, Overwritten, mark_of
from market.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from market.models import (
    Change,
    Indicator,
    Kind,
    Listing,
    ListingState,
    Organisation,
    Role,
    Sketch,
    Standing,
    Tier,
)
from market.queries.previews import preview
from market.queries.sketches import own_sketch, unfinished
from market.roles import VISITOR_VIEWER, Viewer
from tests.conftest import NOW, Maker

TITLE = {"title": ["余热回收"]}


@pytest.fixture
def body(make: Maker) -> Organisation:
    body = make.owner("清远陶瓷公司")
    body.standing = Standing.VERIFIED
    return body


@pytest.fixture
def writer(make: Maker, body: Organisation) -> Viewer:
    return make.member(body, Role.EDITOR)


def draft(body: Organisation, **given: object) -> ListingDraft:
    plain = {"title": "余热回收", "owner_id": body.id or 0, "summary": "旧的摘要"}
    return ListingDraft(**{**plain, **given})  # type: ignore[arg-type]


def begun(session: Session, body: Organisation, writer: Viewer) -> tuple[Listing, Sketch]:
    """A listing of the writer's, and a change of it that has begun."""
    row = posting.create(session, Kind.NEED, draft(body), writer, NOW)
    return row, sketches.start_change(session, row, TITLE, writer, NOW)


def by_colleague(session: Session, make: Maker, row: Listing, **given: object) -> None:
    owner = session.get_one(Organisation, row.owner_id)
    stored = as_draft(session, row)
    colleague = make.member(owner, Role.EDITOR)
    posting.edit(session, row, replace(stored, **given), row.version, colleague, NOW)  # type: ignore[arg-type]


def test_what_was_only_opened_is_taken_again(session: Session, writer: Viewer) -> None:
    first = sketches.start(session, Kind.NEED, {}, writer, NOW)
    assert sketches.start(session, Kind.NEED, {}, writer, NOW) is first
    assert sketches.start(session, Kind.ACHIEVEMENT, {}, writer, NOW) is not first
    assert unfinished(session, writer) == []


def test_what_was_typed_is_kept_right_or_wrong(session: Session, writer: Viewer) -> None:
    sketch = sketches.start(session, Kind.NEED, {}, writer, NOW)
    sketches.save(session, sketch, "what", {"title": [" "]}, writer, NOW)
    sketches.save(session, sketch, "terms", {"amount_min": ["很多"]}, writer, NOW)
    assert (sketch.entered["title"], sketch.entered["amount_min"]) == ([" "], ["很多"])
    [row] = unfinished(session, writer, Kind.NEED)
    assert (row.code, row.step, row.title) == (sketch.code, "terms", "")


def test_a_sketch_is_its_writers_alone(session: Session, make: Maker, writer: Viewer) -> None:
    sketch = sketches.start(session, Kind.NEED, TITLE, writer, NOW)
    owner = session.exec(select(Organisation)).first()
    assert owner is not None
    for other in (make.member(owner, Role.OWNER), make.viewer(Role.ADMINISTRATOR), VISITOR_VIEWER):
        with pytest.raises(NotFound):
            own_sketch(session, sketch.code, other)
        assert unfinished(session, other) == []
    with pytest.raises(NotSignedIn):
        sketches.start(session, Kind.NEED, {}, VISITOR_VIEWER, NOW)


def test_two_windows_are_told_apart(session: Session, writer: Viewer) -> None:
    sketch = sketches.start(session, Kind.NEED, TITLE, writer, NOW)
    seen = mark_of(TITLE)
    sketches.save(session, sketch, "what", {"title": ["一"]}, writer, NOW, seen=seen, tab="a")
    with pytest.raises(Overwritten) as error:
        sketches.save(session, sketch, "what", {"title": ["二"]}, writer, NOW, seen=seen, tab="b")
    assert error.value.fields == {"title": ["一"]}
    assert sketch.entered["title"] == ["一"]


def test_other_steps_and_the_same_window_do_not_clash(session: Session, writer: Viewer) -> None:
    sketch = sketches.start(session, Kind.NEED, TITLE, writer, NOW)
    seen, nothing = mark_of(TITLE), mark_of({})
    sketches.save(session, sketch, "what", {"title": ["一"]}, writer, NOW, seen=seen, tab="a")
    sketches.save(session, sketch, "what", {"title": ["二"]}, writer, NOW, seen=seen, tab="a")
    sketches.save(session, sketch, "terms", {"contact": ["李"]}, writer, NOW, seen=nothing, tab="b")
    assert (sketch.entered["title"], sketch.entered["contact"]) == (["二"], ["李"])


def test_far_too_much_is_refused(session: Session, writer: Viewer) -> None:
    sketch = sketches.start(session, Kind.NEED, TITLE, writer, NOW)
    with pytest.raises(Invalid):
        sketches.save(session, sketch, "what", {"body": ["长" * 400_001]}, writer, NOW)
    assert sketch.entered == TITLE


def test_finishing_stores_a_draft_once(
    session: Session, body: Organisation, writer: Viewer
) -> None:
    sketch = sketches.start(session, Kind.NEED, TITLE, writer, NOW)
    done = sketches.finish(session, sketch, draft(body), "", writer, NOW)
    assert (done.listing.state, done.listing.author_id) == (ListingState.DRAFT, writer.person_id)
    assert (sketch.entered, sketch.listing_id) == ({}, done.listing.id)
    with pytest.raises(NotAllowed):
        sketches.finish(session, sketch, draft(body), "", writer, NOW)
    with pytest.raises(NotAllowed):
        sketches.save(session, sketch, "what", TITLE, writer, NOW)
    assert unfinished(session, writer) == []


def test_publishing_at_once(session: Session, body: Organisation, writer: Viewer) -> None:
    sketch = sketches.start(session, Kind.NEED, TITLE, writer, NOW)
    done = sketches.finish(session, sketch, draft(body), "publish", writer, NOW)
    assert done.listing.state is ListingState.PUBLISHED


def test_files_need_a_draft_that_the_sketch_goes_on_with(
    session: Session, body: Organisation, writer: Viewer
) -> None:
    sketch = sketches.start(session, Kind.NEED, TITLE, writer, NOW)
    row = sketches.store(session, sketch, draft(body), writer, NOW)
    done = sketches.finish(session, sketch, draft(body, summary="新的"), "", writer, NOW)
    assert (done.listing, row.summary, row.version) == (row, "新的", 2)


def test_what_only_others_changed_is_taken_over_and_told(
    session: Session, make: Maker, body: Organisation, writer: Viewer
) -> None:
    row, sketch = begun(session, body, writer)
    rows = (Indicator("排烟温度", "180", "90", "℃"),)
    by_colleague(session, make, row, indicators=rows, tiers={"summary": Tier.REGISTERED})
    done = sketches.finish(session, sketch, draft(body, title="我的标题"), "", writer, NOW)
    assert set(done.taken) == {"indicators", "tier:summary"}
    assert (row.title, tuple(row.indicators), row.summary_tier) == (
        "我的标题", rows, Tier.REGISTERED,
    )  # fmt: skip


def test_what_both_changed_waits_for_a_choice_and_both_are_kept(
    session: Session, make: Maker, body: Organisation, writer: Viewer
) -> None:
    row, sketch = begun(session, body, writer)
    by_colleague(session, make, row, summary="同事的摘要", problem="同事的难题")
    with pytest.raises(Clash) as error:
        sketches.finish(session, sketch, draft(body, summary="我的摘要"), "", writer, NOW)
    clash = error.value
    assert (clash.clashing, clash.taken) == (("summary",), ("problem",))
    taken = {"problem": ["同事的难题"]}
    sketches.show_clash(session, sketch, clash, taken, writer, NOW)
    assert sketch.entered[CLASHING] == ["summary"]
    assert sketch.entered[THEIRS]["summary"] == "同事的摘要"
    assert sketch.entered["problem"] == ["同事的难题"]
    assert row.summary == "同事的摘要"


@pytest.mark.parametrize(("theirs", "kept"), [({}, "我的"), ({"summary": ["同事的"]}, "同事的")])
def test_a_choice_settles_it(
    session: Session, make: Maker, body: Organisation, writer: Viewer,
    theirs: dict[str, list[str]], kept: str,
) -> None:  # fmt: skip
    row, sketch = begun(session, body, writer)
    sketch.entered = {**sketch.entered, "summary": ["我的"]}
    by_colleague(session, make, row, summary="同事的")
    with pytest.raises(Clash) as error:
        sketches.finish(session, sketch, draft(body, summary="我的"), "", writer, NOW)
    sketches.show_clash(session, sketch, error.value, {}, writer, NOW)
    sketches.choose(session, sketch, ["summary"], theirs, writer, NOW)
    assert CLASHING not in sketch.entered
    assert sketch.entered["summary"] == [kept]
    sketches.finish(session, sketch, draft(body, summary=kept), "", writer, NOW)
    assert row.summary == kept


def test_a_listing_that_can_no_longer_be_changed_keeps_its_sketch(
    session: Session, body: Organisation, writer: Viewer
) -> None:
    row, sketch = begun(session, body, writer)
    posting.act(session, row, "withdraw", writer, NOW)
    with pytest.raises(NotAllowed):
        sketches.finish(session, sketch, draft(body, title="另一条"), "", writer, NOW)
    sketches.detach(session, sketch, writer, NOW)
    done = sketches.finish(session, sketch, draft(body, title="另一条"), "", writer, NOW)
    assert done.listing.key != row.key


def test_a_copy_leaves_the_first_alone(
    session: Session, make: Maker, body: Organisation, writer: Viewer
) -> None:
    row = posting.create(session, Kind.NEED, draft(body), writer, NOW)
    sketch = sketches.copy(session, row, TITLE, writer, NOW)
    done = sketches.finish(session, sketch, draft(body), "", writer, NOW)
    assert (done.listing.key != row.key, row.version) == (True, 1)
    with pytest.raises(NotAllowed):
        sketches.copy(session, row, TITLE, make.member(make.owner(), Role.OWNER), NOW)


def test_nothing_of_a_sketch_stands_in_the_record(session: Session, writer: Viewer) -> None:
    before = session.exec(select(Change.id)).all()
    sketch = sketches.start(session, Kind.NEED, TITLE, writer, NOW)
    sketches.save(session, sketch, "what", {"contact": ["13800138000"]}, writer, NOW)
    assert session.exec(select(Change.id)).all() == before


def test_old_sketches_are_forgotten(session: Session, writer: Viewer) -> None:
    old = sketches.start(session, Kind.NEED, TITLE, writer, NOW - timedelta(days=91))
    kept = sketches.start(session, Kind.NEED, TITLE, writer, NOW - timedelta(days=89))
    codes = (old.code, kept.code)
    assert sketches.forget(session, NOW) == 1
    assert [row.code for row in session.exec(select(Sketch))] == [codes[1]]


@pytest.mark.parametrize("highest", list(Tier))
def test_the_preview_blanks_like_the_page(
    session: Session, body: Organisation, writer: Viewer, highest: Tier
) -> None:
    tiers = {"summary": Tier.REGISTERED, "amount": Tier.MATCHED, "owner": Tier.BUREAU}
    written = draft(body, amount_max=100, contact="李工", tiers=tiers, field_codes=("TI05",))
    shown = preview(session, Kind.NEED, written, highest, writer, NOW)
    assert bool(shown.summary) is (highest.level >= Tier.REGISTERED.level)
    assert bool(shown.parts["contact"]) is (highest.level >= Tier.REGISTERED.level)
    assert (shown.amount is not None) is (highest.level >= Tier.MATCHED.level)
    assert (shown.owner_name == body.name) is (highest is Tier.BUREAU)
    assert [field.code for field in shown.fields] == ["TI05"]
    assert not session.new


def test_nobody_previews_for_a_strange_organisation(
    session: Session, make: Maker, writer: Viewer
) -> None:
    with pytest.raises(NotAllowed):
        preview(session, Kind.NEED, draft(make.owner()), Tier.BUREAU, writer, NOW)
    assert rules.may(writer, "sketch.write")
