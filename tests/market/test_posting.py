"""Needs and achievements written by hand: who may, what is never taken from the writer, two writers
at once, what everybody finds by a hidden word."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import Session, select

from market.actions import achievements, needs, posting
from market.actions.drafts import ListingDraft
from market.actions.listings import as_draft
from market.actions.posting import Outdated
from market.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from market.models import (
    TIERED_BY,
    Change,
    IndexChange,
    Kind,
    Language,
    ListingState,
    Organisation,
    OrganisationKind,
    Role,
    Standing,
    Tier,
)
from market.models.tables import TABLES
from market.queries.listings import ListingFilter, matching_count
from market.queries.own import first_moves, own_listing, posting_for
from market.queries.visibility import is_seen, seen
from market.roles import OPERATOR_VIEWER, VISITOR_VIEWER, Viewer
from tests.conftest import NOW, Maker

MATTERS = [
    (Kind.NEED, OrganisationKind.ENTERPRISE),
    (Kind.ACHIEVEMENT, OrganisationKind.INSTITUTION),
]


@pytest.fixture
def body(make: Maker) -> Organisation:
    body = make.owner("清远陶瓷公司")
    body.standing = Standing.VERIFIED
    return body


@pytest.fixture
def writer(make: Maker, body: Organisation) -> Viewer:
    return make.member(body, Role.EDITOR)


def draft(body: Organisation, **given: object) -> ListingDraft:
    return ListingDraft(**{"title": "余热回收", "owner_id": body.id or 0, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize("role", [Role.OWNER, Role.EDITOR, Role.TECHNOLOGY_MANAGER])
def test_who_writes_for_an_organisation(
    session: Session, make: Maker, body: Organisation, role: Role
) -> None:
    row = needs.create(session, draft(body), make.member(body, role), NOW)
    assert (row.state, row.version, row.owner_id) == (ListingState.DRAFT, 1, body.id)


@pytest.mark.parametrize(
    "platform", [(), (Role.ROUND_OFFICER,), (Role.ADMINISTRATOR, Role.APPROVER)]
)
def test_who_does_not(
    session: Session, make: Maker, body: Organisation, platform: tuple[Role, ...]
) -> None:
    for viewer in (make.member(body, Role.VIEWER), make.viewer(*platform),
                   make.member(make.owner(), Role.OWNER)):  # fmt: skip
        with pytest.raises(NotAllowed):
            needs.create(session, draft(body), viewer, NOW)
    with pytest.raises(NotSignedIn):
        needs.create(session, draft(body), VISITOR_VIEWER, NOW)


@pytest.mark.parametrize(
    ("kind", "may"),
    [(OrganisationKind.ENTERPRISE, True), (OrganisationKind.INSTITUTION, True),
     (OrganisationKind.SERVICE, True), (OrganisationKind.BUREAU, False)],
)  # fmt: skip
def test_a_bureau_posts_nothing(
    session: Session, make: Maker, kind: OrganisationKind, may: bool
) -> None:
    body = make.owner(kind=kind)
    viewer = make.member(body, Role.OWNER)
    assert [b.id for b in posting_for(session, Kind.NEED, viewer)] == ([body.id] if may else [])
    if may:
        assert needs.create(session, draft(body), viewer, NOW).kind is Kind.NEED
        assert achievements.create(session, draft(body), viewer, NOW).kind is Kind.ACHIEVEMENT
        return
    with pytest.raises(NotAllowed, match="这类单位不能发布"):
        needs.create(session, draft(body), viewer, NOW)


def test_what_only_a_file_can_say_is_not_taken(
    session: Session, body: Organisation, writer: Viewer
) -> None:
    given = draft(body, source="x", source_id="y", published_at=NOW, is_demo=True,
                  language=Language.TRADITIONAL)  # fmt: skip
    row = needs.create(session, given, writer, NOW)
    assert (row.source, row.source_id, row.published_at, row.is_demo) == (None, None, None, False)
    assert (row.language, row.author_id) == (Language.SIMPLIFIED, writer.person_id)
    needs.edit(session, row, replace(given, summary="新", owner_id=1), 1, writer, NOW)  # type: ignore[arg-type]
    assert (row.source, row.published_at, row.is_demo, row.owner_id) == (None, None, False, body.id)


def test_a_merged_organisation_posts_nothing(
    session: Session, make: Maker, body: Organisation, writer: Viewer
) -> None:
    body.merged_into_id = make.owner().id
    session.flush()
    assert posting_for(session, Kind.NEED, writer) == []
    with pytest.raises(NotAllowed, match="并入"):
        needs.create(session, draft(body), writer, NOW)


def test_every_problem_at_once(session: Session, body: Organisation, writer: Viewer) -> None:
    given = draft(body, title="", readiness=0, field_codes=("ZZ",), tiers={"title": Tier.BUREAU},
                  keywords=("<script>",))  # fmt: skip
    with pytest.raises(Invalid) as refused:
        needs.create(session, given, writer, NOW)
    names = {problem.field for problem in refused.value.problems}
    assert names == {"title", "readiness", "fields", "page", "keywords"}
    assert {problem.row for problem in refused.value.problems} == {None}


def test_nothing_is_told_to_the_index_before_it_is_published(
    session: Session, body: Organisation, writer: Viewer
) -> None:
    row = needs.create(session, draft(body), writer, NOW)
    needs.edit(session, row, draft(body, summary="新"), 1, writer, NOW)  # type: ignore[arg-type]
    assert session.exec(select(IndexChange)).all() == []
    posting.act(session, row, "publish", writer, NOW)
    assert [c.listing_id for c in session.exec(select(IndexChange))] == [row.id]


def test_two_writers_at_once(session: Session, body: Organisation, writer: Viewer) -> None:
    row = needs.create(session, draft(body), writer, NOW)
    assert posting.edit(session, row, draft(body, summary="甲"), 1, writer, NOW)
    with pytest.raises(Outdated) as refused:
        posting.edit(session, row, draft(body, summary="乙"), 1, writer, NOW)
    assert (refused.value.version, row.summary) == (2, "甲")
    assert posting.edit(session, row, draft(body, summary="乙"), 2, writer, NOW)


def test_saving_what_is_there_changes_nothing(
    session: Session, body: Organisation, writer: Viewer
) -> None:
    row = needs.create(session, draft(body, tiers={"body": Tier.MATCHED}), writer, NOW)
    assert not posting.edit(session, row, as_draft(session, row), 1, writer, NOW)
    assert row.version == 1


@pytest.mark.parametrize("state", [s for s in ListingState if s not in (
    ListingState.DRAFT, ListingState.PUBLISHED, ListingState.EXPIRED)])  # fmt: skip
def test_what_cannot_be_changed_says_so(
    session: Session, body: Organisation, writer: Viewer, state: ListingState
) -> None:
    row = needs.create(session, draft(body), writer, NOW)
    row.state = state
    session.flush()
    with pytest.raises(NotAllowed, match=f"“{state.text}”的内容不能修改"):
        posting.edit(session, row, draft(body, summary="新"), 1, writer, NOW)


def test_another_organisations_draft_is_not_found(
    session: Session, make: Maker, body: Organisation, writer: Viewer
) -> None:
    row = needs.create(session, draft(body), writer, NOW)
    stranger = make.member(make.owner(), Role.OWNER)
    for viewer in (stranger, VISITOR_VIEWER, make.viewer(Role.ROUND_OFFICER)):
        with pytest.raises(NotFound):
            posting.found(session, Kind.NEED, row.key, viewer)
        with pytest.raises(NotFound):
            posting.open_to_change(session, Kind.NEED, row.key, viewer)
    for id in (0, -1, 2**40):
        with pytest.raises(NotFound):
            posting.found(session, Kind.NEED, id, writer)


def test_another_ones_published_listing_is_not_changed(
    session: Session, make: Maker, body: Organisation, writer: Viewer
) -> None:
    row = needs.create(session, draft(body), writer, NOW)
    posting.act(session, row, "publish", writer, NOW)
    stranger = make.member(make.owner(), Role.OWNER)
    with pytest.raises(NotAllowed):
        posting.edit(session, row, draft(body, summary="新"), 1, stranger, NOW)
    for name in ("close", "withdraw", "renew"):
        with pytest.raises(NotAllowed):
            posting.act(session, row, name, stranger, NOW)
    assert row.state is ListingState.PUBLISHED


@pytest.mark.parametrize("name", ["change", "expire", "publish "])
def test_not_every_move_is_chosen_by_name(
    session: Session, body: Organisation, writer: Viewer, name: str
) -> None:
    row = needs.create(session, draft(body), writer, NOW)
    with pytest.raises(NotAllowed, match="没有这个操作"):
        posting.act(session, row, name, writer, NOW)


def test_a_reason_has_a_length(session: Session, body: Organisation, writer: Viewer) -> None:
    row = needs.create(session, draft(body), writer, NOW)
    with pytest.raises(Invalid):
        posting.act(session, row, "publish", writer, NOW, "长" * 2_001)


def test_renewing_starts_the_clock_anew(
    session: Session, body: Organisation, writer: Viewer
) -> None:
    row = needs.create(session, draft(body), writer, NOW)
    posting.act(session, row, "publish", writer, NOW)
    first, later = row.expires_at, NOW.replace(day=30)
    posting.act(session, row, "renew", writer, later)
    assert first is not None
    assert row.expires_at is not None
    assert row.expires_at - first == later - NOW


@pytest.mark.parametrize("name", ["summary", "keywords"])
def test_a_hidden_text_is_not_found_by_its_words(
    session: Session, body: Organisation, writer: Viewer, name: str
) -> None:
    value = {"summary": "绝密配方", "keywords": ("绝密配方",)}[name]
    row = needs.create(session, draft(body, **{name: value}), writer, NOW)
    posting.act(session, row, "publish", writer, NOW)

    def count() -> int:
        return matching_count(session, ListingFilter(Kind.NEED, q="绝密配方"), VISITOR_VIEWER)

    assert count() == 1
    hidden = replace(as_draft(session, row), tiers={name: Tier.MATCHED})
    posting.edit(session, row, hidden, row.version, writer, NOW)
    assert count() == 0
    untouched = replace(as_draft(session, row), tiers={}, title="新的标题")
    posting.edit(session, row, untouched, row.version, writer, NOW)
    assert (count(), row.tiers[name]) == (0, Tier.MATCHED)


@pytest.mark.parametrize(("kind", "body_kind"), MATTERS)
def test_every_tier_is_kept(
    session: Session, make: Maker, kind: Kind, body_kind: OrganisationKind
) -> None:
    body = make.owner(kind=body_kind)
    tiers = dict.fromkeys(TIERED_BY[kind], Tier.REVIEWERS)
    row = posting.create(
        session, kind, draft(body, tiers=tiers), make.member(body, Role.OWNER), NOW
    )
    assert row.tiers == tiers


def test_the_record_tells_who_for_whom(
    session: Session, body: Organisation, writer: Viewer
) -> None:
    row = needs.create(session, draft(body), writer, NOW)
    posting.act(session, row, "withdraw", writer, NOW, "不做了")
    first, last = session.exec(
        select(Change).where(Change.noun_id == row.id).order_by(Change.id)
    ).all()[-2:]  # type: ignore[arg-type]
    assert (first.action, first.person_id, first.acting_for) == (
        "listing.create",
        writer.person_id,
        body.id,
    )
    assert (last.action, last.reason) == ("listing.withdraw", "不做了")


def test_what_a_page_offers(
    session: Session, make: Maker, body: Organisation, writer: Viewer
) -> None:
    row = needs.create(session, draft(body), writer, NOW)
    own = own_listing(session, Kind.NEED, row.key, writer, NOW)
    assert own is not None
    assert [move.name for move in own.moves] == ["publish", "withdraw"]
    assert (own.may_change, own.may_attach, own.may_appeal, own.is_own) == (True, True, False, True)
    reader = own_listing(session, Kind.NEED, row.key, make.member(body, Role.VIEWER), NOW)
    assert reader is not None
    assert (reader.moves, reader.may_change, reader.may_attach) == ([], False, False)
    assert own_listing(session, Kind.NEED, row.key, VISITOR_VIEWER, NOW) is None
    assert [m.name for m in first_moves(Kind.NEED, [body], writer, NOW)] == ["publish"]
    fresh = make.owner()
    assert [
        m.name for m in first_moves(Kind.NEED, [fresh], make.member(fresh, Role.OWNER), NOW)
    ] == ["submit"]


def test_seen_in_sql_and_in_python_agree(
    session: Session, make: Maker, body: Organisation, writer: Viewer
) -> None:
    rows = [needs.create(session, draft(body), writer, NOW) for _ in ListingState]
    for row, state in zip(rows, ListingState, strict=True):
        row.state = state
    session.flush()
    table = TABLES[Kind.NEED].listing
    for viewer in (VISITOR_VIEWER, OPERATOR_VIEWER, writer, make.member(make.owner(), Role.OWNER),
                   make.viewer(Role.ROUND_OFFICER), make.viewer(Role.SUPERVISOR),
                   make.viewer(Role.EXPERT), make.viewer(Role.ADMINISTRATOR)):  # fmt: skip
        found = set(session.exec(select(table.id).where(seen(table, viewer))))
        assert found == {row.id for row in make.all(Kind.NEED) if is_seen(row, viewer)}
