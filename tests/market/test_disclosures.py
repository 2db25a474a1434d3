"""Asking, answering, appointing: who may, when, and what is refused in which words."""

from __future__ import annotations

import pytest
from sqlmodel import Session, col, select

from market.actions import appointments, disclosures
from market.actions.disclosures import Asking
from market.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from market.models import (
    Attachment,
    Change,
    Disclosure,
    DisclosureState,
    Kind,
    Listing,
    ListingState,
    Organisation,
    Role,
    Tier,
)
from market.promises import promise_of
from market.queries.disclosures import disclosing, own_disclosures
from market.queries.keeping import keeping
from market.queries.rows import rows_for
from market.roles import VISITOR_VIEWER, Viewer
from tests.conftest import NOW, Maker

PURPOSE = "我们有同类产线，想先看渣相分析再谈委托开发。"
ASKING = Asking(PURPOSE, is_promised=True)


@pytest.fixture
def need(make: Maker) -> Listing:
    return make.need(
        "除铅", owner_id=make.owner("甲公司").id, body="密", tiers={"body": Tier.MATCHED}
    )


@pytest.fixture
def owner(make: Maker, need: Listing) -> Viewer:
    return make.member(make.session.get_one(Organisation, need.owner_id), Role.OWNER)


@pytest.fixture
def asker(make: Maker) -> Viewer:
    return make.member(make.owner("乙研究所"), Role.EDITOR)


def ask(session: Session, row: Listing, viewer: Viewer, asking: Asking = ASKING) -> Disclosure:
    return disclosures.request(session, row.kind, row.key, asking, viewer, NOW)


def answer(session: Session, row: Disclosure, name: str, viewer: Viewer, reason: str = "") -> None:
    disclosures.answer(session, row.id or 0, name, viewer, NOW, reason=reason)


def reads(session: Session, row: Listing, viewer: Viewer) -> bool:
    return rows_for(session, row.kind, [row.key], viewer)[row.key].row.parts["body"] == "密"


def test_from_a_request_to_its_end(
    session: Session, need: Listing, owner: Viewer, asker: Viewer
) -> None:
    row = ask(session, need, asker)
    body = session.get_one(Organisation, asker.acting_for)
    assert (row.state, row.promise, row.purpose, row.requested_by) == (
        DisclosureState.REQUESTED, promise_of(body.name, need.title), PURPOSE, asker.person_id,
    )  # fmt: skip
    assert not reads(session, need, asker)
    answer(session, row, "grant", owner)
    assert reads(session, need, asker)
    assert (row.decided_by, row.decided_at) == (owner.person_id, NOW)
    answer(session, row, "end", owner)
    assert not reads(session, need, asker)
    query = select(Change.action).where(Change.noun == "disclosure").order_by(col(Change.id))
    assert session.exec(query).all() == [
        "disclosure.request", "disclosure.grant", "disclosure.end",
    ]  # fmt: skip


def test_the_record_holds_neither_promise_nor_purpose(
    session: Session, need: Listing, asker: Viewer
) -> None:
    row = ask(session, need, asker)
    [change] = session.exec(select(Change).where(Change.noun == "disclosure")).all()
    assert set(change.after or {}) == {"kind", "listing_id", "organisation_id", "promise"}
    assert str(change.after).find(PURPOSE) == -1 != row.id
    assert (change.after or {})["promise"].startswith("sha256:")


def test_whoever_was_refused_reads_why_and_may_ask_again(
    session: Session, need: Listing, owner: Viewer, asker: Viewer
) -> None:
    row = ask(session, need, asker)
    answer(session, row, "refuse", owner, "请先说明合作方式。")
    assert (row.reason, reads(session, need, asker)) == ("请先说明合作方式。", False)
    assert ask(session, need, asker).id != row.id


def test_a_refusal_says_why(session: Session, need: Listing, owner: Viewer, asker: Viewer) -> None:
    row = ask(session, need, asker)
    with pytest.raises(NotAllowed, match="写明理由"):
        answer(session, row, "refuse", owner)


@pytest.mark.parametrize(("first", "words"), [("", "正在等发布单位答复"), ("grant", "已获授权")])
def test_one_request_at_a_time(
    first: str, words: str, session: Session, need: Listing, owner: Viewer, asker: Viewer
) -> None:
    row = ask(session, need, asker)
    if first:
        answer(session, row, first, owner)
    with pytest.raises(NotAllowed, match=words):
        ask(session, need, asker)


def test_what_was_answered_is_not_answered_again(
    session: Session, need: Listing, owner: Viewer, asker: Viewer
) -> None:
    row = ask(session, need, asker)
    answer(session, row, "grant", owner)
    with pytest.raises(NotAllowed):
        answer(session, row, "grant", owner)


def test_one_does_not_ask_oneself(session: Session, need: Listing, owner: Viewer) -> None:
    with pytest.raises(NotAllowed, match="您所在单位发布"):
        ask(session, need, owner)


@pytest.mark.parametrize("tier", [tier for tier in Tier if tier is not Tier.MATCHED])
def test_there_must_be_something_to_ask_for(
    tier: Tier, session: Session, make: Maker, asker: Viewer
) -> None:
    with pytest.raises(NotAllowed, match="没有签署保密协议后可见的部分"):
        ask(session, make.need(tiers={"body": tier}), asker)


def test_a_file_can_be_asked_for(session: Session, make: Maker, asker: Viewer) -> None:
    need = make.need()
    session.add(
        Attachment(
            code="c", stored_as="s", noun="need", noun_id=need.key, name="图.pdf", size=1,
            media_type="application/pdf", sha256="0" * 64, tier=Tier.MATCHED, uploaded_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    row = rows_for(session, Kind.NEED, [need.key], asker)[need.key].row
    assert keeping(session, row, asker).hidden == {Tier.MATCHED: ("files",)}
    assert ask(session, need, asker).state is DisclosureState.REQUESTED


@pytest.mark.parametrize(
    ("asking", "fields"),
    [
        (Asking("想看看", is_promised=True), ["purpose"]),
        (Asking("…" * 20, is_promised=True), ["purpose"]),
        (Asking("长" * 2_001, is_promised=True), ["purpose"]),
        (Asking(PURPOSE, is_promised=False), ["promise"]),
        (Asking("", is_promised=False), ["purpose", "promise"]),
    ],
)
def test_a_request_says_what_for_and_promises(
    asking: Asking, fields: list[str], session: Session, need: Listing, asker: Viewer
) -> None:
    with pytest.raises(Invalid) as refused:
        ask(session, need, asker, asking)
    assert [problem.field for problem in refused.value.problems] == fields


def test_only_for_an_organisation_that_one_writes_for(
    session: Session, need: Listing, make: Maker, asker: Viewer
) -> None:
    with pytest.raises(NotSignedIn):
        ask(session, need, VISITOR_VIEWER)
    with pytest.raises(NotAllowed, match="以单位的身份"):
        ask(session, need, make.viewer())
    with pytest.raises(NotAllowed, match="以单位的身份"):
        ask(session, need, make.member(make.owner(), Role.VIEWER))
    foreign = make.owner().id
    with pytest.raises(NotAllowed):
        ask(session, need, asker, Asking(PURPOSE, is_promised=True, organisation_id=foreign))


@pytest.mark.parametrize("state", list(ListingState))
def test_only_what_is_published_is_asked_for(
    state: ListingState, session: Session, need: Listing, asker: Viewer
) -> None:
    need.state = state
    session.flush()
    if state is ListingState.PUBLISHED:
        assert ask(session, need, asker).id
    else:
        with pytest.raises(NotAllowed if state is ListingState.MATCHED else NotFound):
            ask(session, need, asker)


@pytest.mark.parametrize("name", ["grant", "refuse"])
def test_nobody_else_answers(
    name: str, session: Session, need: Listing, asker: Viewer, make: Maker
) -> None:
    row = ask(session, need, asker)
    mine = session.get_one(Organisation, need.owner_id)
    for other in (asker, make.viewer(Role.ROUND_OFFICER), make.member(make.owner(), Role.OWNER)):
        with pytest.raises(NotFound):
            answer(session, row, name, other, "理由")
    for inside in (Role.EDITOR, Role.VIEWER):
        with pytest.raises(NotAllowed):
            answer(session, row, name, make.member(mine, inside), "理由")
    answer(session, row, name, make.member(mine, Role.TECHNOLOGY_MANAGER), "理由")


# ---- experts


def appoint(
    session: Session, row: Listing, person: int, viewer: Viewer, why: str = "论证"
) -> Disclosure:
    return appointments.appoint(session, row.kind, row.key, person, why, viewer, NOW)


def test_an_expert_reads_from_the_appointment_to_its_end(session: Session, make: Maker) -> None:
    need = make.need(body="密", tiers={"body": Tier.REVIEWERS})
    officer, expert = make.viewer(Role.ROUND_OFFICER), make.viewer(Role.EXPERT)
    assert not reads(session, need, expert)
    row = appoint(session, need, expert.person_id or 0, officer)
    assert (row.state, reads(session, need, expert)) == (DisclosureState.GRANTED, True)
    with pytest.raises(NotAllowed, match="已经受指定"):
        appoint(session, need, expert.person_id or 0, officer)
    appointments.end_appointment(session, row.id or 0, officer, NOW)
    assert not reads(session, need, expert)
    with pytest.raises(NotAllowed):
        appointments.end_appointment(session, row.id or 0, officer, NOW)


def test_only_experts_in_office_are_appointed(session: Session, make: Maker) -> None:
    need, officer = make.need(), make.viewer(Role.ROUND_OFFICER)
    suspended = make.person("", Role.EXPERT, suspended_at=NOW)
    for id in (make.person().key, suspended.key, 0, 10**9):
        with pytest.raises(Invalid, match="在任的评审专家"):
            appoint(session, need, id, officer)


def test_nobody_reviews_their_own(session: Session, need: Listing, make: Maker) -> None:
    person = make.person("", Role.EXPERT)
    make.member(session.get_one(Organisation, need.owner_id), Role.VIEWER, person)
    with pytest.raises(NotAllowed, match="须回避"):
        appoint(session, need, person.key, make.viewer(Role.ROUND_OFFICER))


def test_an_officer_appoints_neither_themselves_nor_for_their_own(
    session: Session, need: Listing, make: Maker
) -> None:
    person = make.person("", Role.EXPERT, Role.ROUND_OFFICER)
    officer = make.viewer(Role.ROUND_OFFICER, Role.EXPERT, person=person)
    with pytest.raises(NotAllowed, match="不能指定自己"):
        appoint(session, need, person.key, officer)
    member = make.member(session.get_one(Organisation, need.owner_id), Role.OWNER, person)
    both = Viewer(officer.roles, "", person.key, member.memberships)
    with pytest.raises(NotAllowed, match="您所在单位"):
        appoint(session, need, make.person("", Role.EXPERT).key, both)


def test_an_appointment_says_why(session: Session, need: Listing, make: Maker) -> None:
    expert = make.person("", Role.EXPERT).key
    with pytest.raises(Invalid, match="写明为什么"):
        appoint(session, need, expert, make.viewer(Role.ROUND_OFFICER), " ")


@pytest.mark.parametrize("role", [Role.APPROVER, Role.SUPERVISOR, Role.EXPERT, Role.ADMINISTRATOR])
def test_only_round_officers_appoint(
    role: Role, session: Session, need: Listing, make: Maker
) -> None:
    expert = make.person("", Role.EXPERT).key
    with pytest.raises(NotAllowed):
        appoint(session, need, expert, make.viewer(role))


def test_owners_neither_see_nor_end_an_appointment(
    session: Session, need: Listing, owner: Viewer, make: Maker
) -> None:
    row = appoint(session, need, make.person("", Role.EXPERT).key, make.viewer(Role.ROUND_OFFICER))
    with pytest.raises(NotFound):
        answer(session, row, "end", owner)
    found = disclosing(session, Kind.NEED, need.key, owner)
    assert (found.requests, found.appointments, found.experts) == ([], [], [])
    assert own_disclosures(session, owner).received == []


# ---- what each side sees


def test_each_side_sees_its_own(
    session: Session, need: Listing, owner: Viewer, asker: Viewer, make: Maker
) -> None:
    ask(session, need, asker)
    stranger = make.member(make.owner(), Role.OWNER)
    seen = {
        who: (len(found.received), len(found.sent))
        for who, viewer in {"owner": owner, "asker": asker, "stranger": stranger}.items()
        for found in [own_disclosures(session, viewer)]
    }
    assert seen == {"owner": (1, 0), "asker": (0, 1), "stranger": (0, 0)}
    pages = {
        who: (len(found.requests), len(found.mine), found.keeping.waiting)
        for who, viewer in {"owner": owner, "asker": asker, "stranger": stranger,
                            "visitor": VISITOR_VIEWER}.items()
        for found in [disclosing(session, Kind.NEED, need.key, viewer)]
    }  # fmt: skip
    assert pages == {
        "owner": (1, 0, 1), "asker": (0, 1, 0), "stranger": (0, 0, 0), "visitor": (0, 0, 0),
    }  # fmt: skip


def test_the_owner_is_offered_the_answers(
    session: Session, need: Listing, owner: Viewer, asker: Viewer, make: Maker
) -> None:
    ask(session, need, asker)
    mine = session.get_one(Organisation, need.owner_id)
    reader = make.member(mine, Role.VIEWER)
    offered = [
        [move.name for move in disclosing(session, Kind.NEED, need.key, who).requests[0].moves]
        for who in (owner, reader)
    ]
    assert offered == [["grant", "refuse"], []]


def test_a_listing_that_went_away_has_no_title_for_others(
    session: Session, need: Listing, asker: Viewer
) -> None:
    ask(session, need, asker)
    need.state = ListingState.WITHDRAWN
    session.flush()
    assert [row.title for row in own_disclosures(session, asker).sent] == [""]


def test_a_hidden_owner_stays_hidden_from_whoever_was_let_in(
    session: Session, make: Maker, asker: Viewer
) -> None:
    tiers = {"owner": Tier.BUREAU, "body": Tier.MATCHED}
    body = make.owner("暗礁公司")
    need = make.need(owner_id=body.id, body="密", tiers=tiers)
    row = ask(session, need, asker)
    answer(session, row, "grant", make.member(body, Role.OWNER))
    assert reads(session, need, asker)
    seen = disclosing(session, Kind.NEED, need.key, asker)
    assert "暗礁" not in repr((seen, own_disclosures(session, asker)))


@pytest.mark.parametrize("number", [1, 20])
def test_the_list_costs_the_same_whatever_it_shows(
    number: int, session: Session, make: Maker, asker: Viewer, statements: list[str]
) -> None:
    for n in range(number):
        ask(session, make.need(f"第{n}", tiers={"body": Tier.MATCHED}), asker)
    statements.clear()
    assert len(own_disclosures(session, asker).sent) == number
    assert len(statements) == 6
