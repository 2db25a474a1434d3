"""Two entries of one body become one: prepared by one person, approved by another."""

from __future__ import annotations

import threading

import pytest
from sqlmodel import col, select

from market import ledger
from market.actions import certifications, invitations, memberships, merges
from market.db import session_for, writing
from market.errors import Invalid, NotAllowed
from market.models import (
    Audience,
    Certification,
    CertificationState,
    Disclosure,
    DisclosureState,
    IndexChange,
    Invitation,
    Kind,
    Membership,
    MembershipState,
    Merge,
    MergeState,
    Organisation,
    OrganisationKind,
    Role,
)
from market.queries.organisations import organisation_by_id
from market.roles import PLATFORM_ROLES, Viewer
from tests.conftest import Maker
from tests.market.bodies import again, changes, code, person_of, submitted


@pytest.fixture
def source(make):
    return make.owner("清远新材料", credit_code=code(80))


@pytest.fixture
def target(make):
    return make.owner("清远新材料有限公司")


@pytest.fixture
def officer(make):
    return make.viewer(Role.ROUND_OFFICER)


@pytest.fixture
def approver(make):
    return make.viewer(Role.APPROVER)


@pytest.fixture
def merge(session, now, source, target, officer, approver):
    """Prepares and approves."""

    def done():
        row = merges.prepare(session, source.id, target.id, "同一家单位", officer, now)
        return merges.decide(session, row.id, "approve", approver, now)

    return done


def active(session, body):
    query = select(Membership).where(
        Membership.organisation_id == body.id, Membership.state == MembershipState.ACTIVE
    )
    return {row.person_id: row.role for row in session.exec(query)}


def test_everything_goes_to_the_target(session, make, now, source, target, officer, merge):
    owner = make.member(source, Role.OWNER)
    need, done = make.need(owner_id=source.id), make.achievement(owner_id=source.id)
    proof = submitted(session, source, owner)
    certifications.decide(session, proof.id, "verify", officer, now)
    invitations.invite(session, source.id, "a@example.com", Role.EDITOR, owner, now)
    person_of(session, owner).acting_for = source.id
    session.flush()
    row = merge()
    assert (row.state, source.merged_into_id) == (MergeState.APPROVED, target.id)
    assert (need.owner_id, done.owner_id) == (target.id, target.id)
    assert active(session, target) == {owner.person_id: Role.OWNER}
    assert active(session, source) == {}
    assert session.get(Certification, proof.id).organisation_id == target.id
    [invitation] = session.exec(select(Invitation))
    assert invitation.organisation_id == target.id
    mine = again(session, owner)
    assert (mine.acting_for, set(mine.memberships)) == (target.id, {target.id})


def test_the_index_is_told_of_every_listing(session, make, source, merge):
    rows = [make.need(owner_id=source.id), make.achievement(owner_id=source.id)]
    last = max(session.exec(select(IndexChange.seq)), default=0)
    merge()
    told = session.exec(select(IndexChange).where(col(IndexChange.seq) > last))
    assert {(row.kind, row.listing_id) for row in told} == {(r.kind, r.key) for r in rows}


def test_the_record_says_so_of_each(session, make, source, target, merge):
    make.need(owner_id=source.id)
    before = len(changes(session))
    merge()
    assert changes(session)[before:] == ["merge.prepare", "merge.approve", "merge.move"]
    assert ledger.verify(session).holds


def test_a_code_is_not_lost(session, source, target, visitor, merge):
    number = source.credit_code
    merge()
    assert (source.credit_code, target.credit_code) == (None, number)
    assert organisation_by_id(session, target.id, visitor).credit_code == number


def test_a_target_with_a_code_keeps_it(session, make, now, source, officer, approver):
    target = make.owner("有代码的单位", credit_code=code(81))
    row = merges.prepare(session, source.id, target.id, "同一家单位", officer, now)
    merges.decide(session, row.id, "approve", approver, now)
    assert (source.credit_code, target.credit_code) == (code(80), code(81))


@pytest.mark.parametrize(
    ("in_source", "in_target", "kept"),
    [(Role.OWNER, Role.VIEWER, Role.OWNER), (Role.VIEWER, Role.EDITOR, Role.EDITOR),
     (Role.TECHNOLOGY_MANAGER, Role.EDITOR, Role.TECHNOLOGY_MANAGER)],
)  # fmt: skip
def test_who_is_in_both_is_in_once_and_loses_nothing(
    session, make, source, target, merge, in_source, in_target, kept
):
    person = make.person()
    make.member(source, in_source, person)
    make.member(target, in_target, person)
    merge()
    assert active(session, target) == {person.key: kept}
    assert active(session, source) == {}


def test_a_member_is_not_made_to_ask(session, make, now, source, target, merge):
    make.member(target, Role.OWNER)
    person = make.person()
    viewer = make.member(source, Role.EDITOR, person)
    memberships.request(session, target.id, "", viewer, now)
    merge()
    assert active(session, target)[person.key] is Role.EDITOR


def test_of_two_open_certifications_the_targets_stays(session, make, now, source, target, merge):
    target.credit_code = code(82)
    ours = submitted(session, source, make.member(source, Role.OWNER))
    theirs = submitted(session, target, make.member(target, Role.OWNER))
    merge()
    assert (ours.state, theirs.state) == (
        CertificationState.WITHDRAWN, CertificationState.SUBMITTED,
    )  # fmt: skip
    session.expire_all()
    assert (ours.organisation_id, theirs.organisation_id) == (target.id, target.id)


def test_a_promise_of_secrecy_goes_along_once(session, make, now, source, target, merge):
    need, person = make.need(), make.person()
    for body, state in ((source, DisclosureState.GRANTED), (target, DisclosureState.REQUESTED)):
        session.add(
            Disclosure(
                kind=Kind.NEED, listing_id=need.key, audience=Audience.ORGANISATION,
                organisation_id=body.id, state=state, promise="我们保密", requested_by=person.key,
                requested_at=now,
            )
        )  # fmt: skip
    merge()
    session.expire_all()
    rows = session.exec(select(Disclosure).where(Disclosure.state == DisclosureState.GRANTED))
    assert [row.organisation_id for row in rows] == [target.id]


def test_what_was_merged_before_follows(session, make, source, target, merge):
    older = make.owner("更早的名称")
    older.merged_into_id = source.id
    session.flush()
    merge()
    session.refresh(older)
    assert older.merged_into_id == target.id


def test_the_preparer_does_not_approve(session, make, now, source, target):
    both = make.viewer(Role.ROUND_OFFICER, Role.APPROVER)
    row = merges.prepare(session, source.id, target.id, "同一家单位", both, now)
    for name in ("approve", "refuse"):
        with pytest.raises(NotAllowed, match="须由另一位审批人"):
            merges.decide(session, row.id, name, both, now, "理由")
    assert source.merged_into_id is None


@pytest.mark.parametrize("role", PLATFORM_ROLES)
def test_who_prepares_and_who_decides(session, make, now, source, target, officer, role):
    viewer = make.viewer(role)
    if role is Role.ROUND_OFFICER:
        assert merges.prepare(session, source.id, target.id, "同一家单位", viewer, now)
    else:
        with pytest.raises(NotAllowed):
            merges.prepare(session, source.id, target.id, "同一家单位", viewer, now)
        row = merges.prepare(session, source.id, target.id, "同一家单位", officer, now)
        if role is Role.APPROVER:
            assert merges.decide(session, row.id, "refuse", viewer, now, "不是一家")
        else:
            with pytest.raises(NotAllowed):
                merges.decide(session, row.id, "refuse", viewer, now, "不是一家")


def test_a_refusal_says_why_and_changes_nothing(session, now, source, target, officer, approver):
    row = merges.prepare(session, source.id, target.id, "同一家单位", officer, now)
    with pytest.raises(NotAllowed, match="请写明理由"):
        merges.decide(session, row.id, "refuse", approver, now)
    merges.decide(session, row.id, "refuse", approver, now, "是两家单位")
    assert (row.decision, source.merged_into_id) == ("是两家单位", None)
    assert merges.prepare(session, source.id, target.id, "确是同一家", officer, now)


def test_nobody_decides_on_their_own_organisation(
    session, make, now, source, target, officer, approver
):
    row = merges.prepare(session, source.id, target.id, "同一家单位", officer, now)
    for viewer in (officer, approver):
        make.member(target, Role.VIEWER, person_of(session, viewer))
    with pytest.raises(NotAllowed, match="您所在单位"):
        merges.decide(session, row.id, "approve", again(session, approver), now)
    with pytest.raises(NotAllowed, match="您所在单位"):
        merges.prepare(session, target.id, source.id, "理由", again(session, officer), now)


def test_what_is_not_merged(session, make, now, source, target, officer, approver, merge):
    demo, gone = make.owner(is_demo=True), make.owner("早已并入")
    gone.merged_into_id = target.id
    bureau = make.owner(kind=OrganisationKind.BUREAU)
    file = make.owner(kind=OrganisationKind.SOURCE)
    session.flush()
    for other, words in (
        (source, "自己"), (demo, "示例"), (gone, "已经并入"), (bureau, "主管部门"),
        (file, "数据来源"),
    ):  # fmt: skip
        with pytest.raises(Invalid, match=words):
            merges.prepare(session, source.id, other.id, "同一家单位", officer, now)
    for ids in ((source.id, 999_999), (-1, target.id), (2**40, target.id)):
        with pytest.raises(Invalid, match="没有这家单位"):
            merges.prepare(session, *ids, "同一家单位", officer, now)
    with pytest.raises(Invalid, match="为什么"):
        merges.prepare(session, source.id, target.id, " ", officer, now)


def test_one_merger_at_a_time(session, make, now, source, target, officer):
    third = make.owner()
    merges.prepare(session, source.id, target.id, "同一家单位", officer, now)
    for ids in ((source.id, third.id), (target.id, third.id), (third.id, source.id)):
        with pytest.raises(NotAllowed, match="还有待审批的合并"):
            merges.prepare(session, *ids, "同一家单位", officer, now)


def test_two_approvers_at_once_approve_once(site, now):
    with writing(site.engine) as session:
        maker = Maker(session)
        source, target = maker.owner("旧"), maker.owner("新")
        maker.need(owner_id=source.id)
        officer = maker.viewer(Role.ROUND_OFFICER)
        row_id = merges.prepare(session, source.id, target.id, "同一家单位", officer, now).id
        approvers = [maker.viewer(Role.APPROVER) for _ in range(2)]
    start, told = threading.Barrier(2), []

    def approve(viewer: Viewer) -> None:
        start.wait()
        try:
            with writing(site.engine) as session:
                merges.decide(session, row_id, "approve", viewer, now)
        except NotAllowed as error:
            told.append(error.reason)

    threads = [threading.Thread(target=approve, args=(viewer,)) for viewer in approvers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reason[-5:] for reason in told] == ["刷新页面。"]
    with session_for(site.engine) as session:
        assert session.get(Merge, row_id).state is MergeState.APPROVED
        assert session.get(Organisation, source.id).merged_into_id == target.id
        assert changes(session).count("merge.move") == 1
