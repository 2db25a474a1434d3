"""Proving what an organisation is, claiming one, and what the bureau decides on."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from market.actions import certifications, memberships
from market.db import session_for, writing
from market.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from market.models import (
    Certification,
    CertificationState,
    Membership,
    OrganisationKind,
    RegistrationType,
    Role,
    Standing,
)
from market.queries.certifications import (
    certification_by_id,
    certification_page,
    own_certifications,
)
from market.queries.resemblances import checks, twins
from market.roles import PLATFORM_ROLES, Viewer
from tests.conftest import Maker
from tests.market.bodies import DEMO_CODE, again, changes, code, papers, person_of, submitted

S = CertificationState


@pytest.fixture
def body(make):
    return make.owner("清远新材料公司", credit_code=code(30), division_code="441802")


@pytest.fixture
def owner(make, body):
    return make.member(body, Role.OWNER)


@pytest.fixture
def officer(make):
    return make.viewer(Role.ROUND_OFFICER)


def test_an_officer_verifies_what_the_owner_hands_in(session, now, body, owner, officer):
    row = submitted(session, body, owner, " 请核验 ")
    assert (row.state, row.statement) == (S.SUBMITTED, "请核验")
    version = body.version
    certifications.decide(session, row.id, "verify", officer, now)
    assert (row.state, row.decided_by, row.decided_at) == (S.VERIFIED, officer.person_id, now)
    assert (body.standing, body.verified_at) == (Standing.VERIFIED, now)
    assert body.version == version + 1
    assert changes(session)[-2:] == ["certification.submit", "certification.verify"]


def test_a_refusal_needs_a_reason(session, now, body, owner, officer):
    row = submitted(session, body, owner)
    with pytest.raises(NotAllowed, match="请写明理由"):
        certifications.decide(session, row.id, "refuse", officer, now, " ")
    certifications.decide(session, row.id, "refuse", officer, now, "执照照片不清楚")
    assert (row.state, row.reason) == (S.REFUSED, "执照照片不清楚")
    assert body.standing is Standing.UNVERIFIED
    assert submitted(session, body, owner).state is S.SUBMITTED


def test_without_a_paper_nothing_is_handed_in(session, now, body, owner):
    with pytest.raises(Invalid) as error:
        certifications.submit(session, body.id, "", owner, now, attach=papers(session, how_many=0))
    assert [problem.field for problem in error.value.problems] == ["proof"]


def test_nor_without_a_number(session, make, now):
    body = make.owner()
    with pytest.raises(Invalid, match="统一社会信用代码"):
        submitted(session, body, make.member(body, Role.OWNER))


def test_one_at_a_time(session, body, owner):
    submitted(session, body, owner)
    with pytest.raises(NotAllowed, match="已经提交"):
        submitted(session, body, owner)


@pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER, Role.TECHNOLOGY_MANAGER])
def test_only_the_owner_hands_in_and_takes_back(session, make, now, body, owner, role):
    viewer = make.member(body, role)
    with pytest.raises(NotAllowed, match="只有单位负责人"):
        submitted(session, body, viewer)
    row = submitted(session, body, owner)
    with pytest.raises(NotAllowed):
        certifications.withdraw(session, row.id, viewer, now)
    assert certifications.withdraw(session, row.id, owner, now).state is S.WITHDRAWN


def test_a_visitor_signs_in_first(session, body, visitor):
    with pytest.raises(NotSignedIn):
        submitted(session, body, visitor)


@pytest.mark.parametrize("role", [r for r in PLATFORM_ROLES if r is not Role.ROUND_OFFICER])
@pytest.mark.parametrize("name", ["verify", "refuse", "revoke"])
def test_nobody_but_the_officer_decides(session, make, now, body, owner, role, name):
    row = submitted(session, body, owner)
    with pytest.raises(NotAllowed):
        certifications.decide(session, row.id, name, make.viewer(role), now, "理由")
    assert row.state is S.SUBMITTED


def test_an_officer_of_that_organisation_does_not_decide(session, make, now, body, owner, officer):
    person = person_of(session, officer)
    make.member(body, Role.VIEWER, person)
    row = submitted(session, body, owner)
    with pytest.raises(NotAllowed, match="您所在单位"):
        certifications.decide(session, row.id, "verify", again(session, officer), now)


def test_the_bureau_does_not_take_back_for_others(session, now, body, owner, officer):
    row = submitted(session, body, owner)
    with pytest.raises(NotAllowed):
        certifications.decide(session, row.id, "withdraw", officer, now)
    with pytest.raises(NotFound):
        certifications.withdraw(session, row.id, officer, now)


def test_a_word_is_taken_back_with_a_reason(session, now, body, owner, officer):
    row = submitted(session, body, owner)
    certifications.decide(session, row.id, "verify", officer, now)
    certifications.decide(session, row.id, "revoke", officer, now, "执照已吊销")
    assert (row.state, body.standing, body.verified_at) == (S.REFUSED, Standing.UNVERIFIED, None)


def test_but_not_one_that_is_out_of_force(session, now, body, owner, officer):
    first = submitted(session, body, owner)
    certifications.decide(session, first.id, "verify", officer, now)
    second = submitted(session, body, owner)
    certifications.decide(session, second.id, "verify", officer, now)
    with pytest.raises(NotAllowed, match="不是现行的"):
        certifications.decide(session, first.id, "revoke", officer, now, "理由")
    assert body.standing is Standing.VERIFIED


# claiming


def test_whoever_claims_one_owns_it_once_it_is_verified(session, make, now, body, officer):
    viewer = make.viewer()
    row = submitted(session, body, viewer)
    assert again(session, viewer).memberships == {}
    certifications.decide(session, row.id, "verify", officer, now)
    mine = again(session, viewer)
    assert mine.memberships[body.id] == {Role.OWNER, Role.ENTERPRISE}
    assert mine.acting_for == body.id
    assert changes(session)[-1] == "organisation.claim"


def test_a_refused_claim_gives_nothing(session, make, now, body, officer):
    viewer = make.viewer()
    row = submitted(session, body, viewer)
    certifications.decide(session, row.id, "refuse", officer, now, "不是本单位的材料")
    assert again(session, viewer).memberships == {}


def test_a_member_of_one_without_an_owner_may_claim_it(session, make, now, body, officer):
    viewer = make.member(body, Role.EDITOR)
    row = submitted(session, body, viewer)
    certifications.decide(session, row.id, "verify", officer, now)
    [member] = session.exec(select(Membership).where(Membership.organisation_id == body.id))
    assert member.role is Role.OWNER


def test_one_with_an_owner_is_not_claimed(session, make, now, body, owner):
    with pytest.raises(NotAllowed, match="请申请加入"):
        submitted(session, body, make.viewer())


def test_two_do_not_claim_one_at_a_time(session, make, body):
    submitted(session, body, make.viewer())
    with pytest.raises(NotAllowed, match="已经提交"):
        submitted(session, body, make.viewer())


def test_a_claim_is_taken_back_by_the_claimant_alone(session, make, now, body):
    viewer = make.viewer()
    row = submitted(session, body, viewer)
    with pytest.raises(NotFound):
        certifications.withdraw(session, row.id, make.viewer(), now)
    assert certifications.withdraw(session, row.id, viewer, now).state is S.WITHDRAWN
    with pytest.raises(NotAllowed):
        certifications.withdraw(session, row.id, viewer, now)


def test_a_claim_names_the_number_where_none_is_on_record(session, make, now, officer):
    body, viewer = make.owner("清远大学", kind=OrganisationKind.INSTITUTION), make.viewer()
    with pytest.raises(Invalid) as error:
        submitted(session, body, viewer)
    assert [problem.field for problem in error.value.problems] == ["credit_code"]
    with pytest.raises(Invalid, match="示例代码"):
        submitted(session, body, viewer, credit_code=DEMO_CODE)
    number = code(75, "12441802")
    row = submitted(session, body, viewer, credit_code=number)
    assert body.credit_code is None
    found = certification_by_id(session, row.id, officer, now)
    assert (found.organisation.credit_code, [c.holds for c in found.checks]) == (
        number, [True, True],
    )  # fmt: skip
    assert [move.name for move in found.moves] == ["verify", "refuse"]
    certifications.decide(session, row.id, "verify", officer, now)
    assert (body.credit_code, body.standing) == (number, Standing.VERIFIED)


def test_a_number_that_was_claimed_and_refused_is_not_written(session, make, now, officer):
    body, viewer = make.owner(), make.viewer()
    row = submitted(
        session, body, viewer, registration_type=RegistrationType.HK_BR,
        registration_number="12345678",
    )  # fmt: skip
    certifications.decide(session, row.id, "refuse", officer, now, "不是本单位")
    assert (body.registration_type, body.registration_number) == (None, None)


def test_nor_is_another_bodys(session, make, now, officer):
    make.owner(credit_code=code(76))
    body = make.owner()
    row = submitted(session, body, make.viewer(), credit_code=code(76))
    with pytest.raises(NotAllowed, match="另一家单位名下"):
        certifications.decide(session, row.id, "verify", officer, now)
    assert body.credit_code is None


def test_a_claim_changes_no_number_on_record(session, make, now, body, officer):
    number = body.credit_code
    row = submitted(session, body, make.viewer(), credit_code=code(77))
    certifications.decide(session, row.id, "verify", officer, now)
    assert (row.credit_code, body.credit_code) == (None, number)


def test_one_sees_ones_own_claim_only(session, make, body):
    viewer = make.viewer()
    row = submitted(session, body, viewer)
    assert own_certifications(session, body.id, viewer) == [row]
    assert own_certifications(session, body.id, make.viewer()) == []


@pytest.mark.parametrize("kind", [OrganisationKind.BUREAU, OrganisationKind.SOURCE])
def test_no_bureau_and_no_source_is_claimed(session, make, kind):
    with pytest.raises(NotAllowed):
        submitted(session, make.owner(kind=kind), make.viewer())


def test_a_demo_organisation_is_not_claimed_by_real_people(session, make):
    demo = make.owner(is_demo=True, credit_code=DEMO_CODE)
    with pytest.raises(NotAllowed, match="只供演示"):
        submitted(session, demo, make.viewer())


# what the bureau reads


def test_the_queue_has_the_longest_waiting_first(session, make, now, officer):
    for number, days in enumerate((2, 9, 5)):
        body = make.owner(f"单位{days}", credit_code=code(40 + number))
        row = submitted(session, body, make.member(body, Role.OWNER))
        row.submitted_at = now - timedelta(days=days)
    page = certification_page(session, officer, now)
    assert [(row.organisation, row.days) for row in page.rows] == [
        ("单位9", 9), ("单位5", 5), ("单位2", 2),
    ]  # fmt: skip
    certifications.decide(session, page.rows[0].id, "verify", officer, now)
    assert certification_page(session, officer, now).waiting == 2
    [decided] = certification_page(session, officer, now, is_open=False).rows
    assert decided.organisation == "单位9"


@pytest.mark.parametrize(
    ("role", "is_allowed"),
    [(Role.ROUND_OFFICER, True), (Role.APPROVER, True), (Role.SUPERVISOR, True),
     (Role.FINANCE, False), (Role.ADMINISTRATOR, False), (Role.EXPERT, False)],
)  # fmt: skip
def test_who_reads_the_queue(session, make, now, body, owner, role, is_allowed):
    row, viewer = submitted(session, body, owner), make.viewer(role)
    if is_allowed:
        assert certification_page(session, viewer, now).total == 1
        assert certification_by_id(session, row.id, viewer, now).row is row
    else:
        for read in (certification_page, certification_by_id):
            with pytest.raises(NotAllowed):
                read(*((session, viewer, now) if read is certification_page
                       else (session, row.id, viewer, now)))  # fmt: skip


def test_all_that_lies_before_the_officer(session, make, now, body, owner, officer):
    old = submitted(session, body, owner)
    certifications.decide(session, old.id, "refuse", officer, now, "不清楚")
    make.owner("清远新材料公司（旧）", credit_code=code(31))
    row = submitted(session, body, owner)
    found = certification_by_id(session, row.id, officer, now)
    assert ([p.name for p in found.papers], found.earlier) == (["营业执照.pdf"], [old])
    assert (found.is_claim, found.division) == (False, "清城区")
    assert [check.holds for check in found.checks] == [True, True, True]
    assert [(t.name, t.why) for t in found.twins] == [("清远新材料公司（旧）", "名称相近")]
    assert [move.name for move in found.moves] == ["verify", "refuse"]


@pytest.mark.parametrize(
    ("given", "held"),
    [
        ({}, [False]),
        ({"credit_code": code(50)}, [True, True]),
        ({"credit_code": code(50), "kind": OrganisationKind.INSTITUTION}, [True, False]),
        ({"credit_code": code(50), "division_code": "440100"}, [True, True, None]),
        ({"registration_type": RegistrationType.HK_BR, "registration_number": "12345678",
          "division_code": "810000"}, [None, True]),
        ({"registration_type": RegistrationType.MACAU, "registration_number": "1234",
          "division_code": "810000"}, [None, False]),
    ],
)  # fmt: skip
def test_what_the_form_alone_tells(make, given, held):
    assert [check.holds for check in checks(make.owner(**given))] == held


def test_twins_share_a_code_or_a_name(session, make):
    mine = make.owner("广东 新材料（清远）公司", credit_code=code(60))
    same_code = make.owner("别的名称", credit_code=code(60, start="91440100"))
    same_name = make.owner("广东 新材料(清远)公司")
    make.owner("毫不相干的公司")
    found = {twin.id: twin.why for twin in twins(session, mine)}
    assert found[same_code.id] == "主体代码相同"
    assert same_name.id not in found or found[same_name.id] == "名称相同"
    assert len(found) <= 2


def test_two_officers_at_once_decide_once(site, now):
    """On a file, at once: one wins, the other is told that it has been handled."""
    with writing(site.engine) as session:
        maker = Maker(session)
        body = maker.owner(credit_code=code(70))
        row_id = submitted(session, body, maker.member(body, Role.OWNER)).id
        officers = [maker.viewer(Role.ROUND_OFFICER) for _ in range(2)]
    start, told = threading.Barrier(2), []

    def decide(viewer: Viewer, name: str) -> None:
        start.wait()
        try:
            with writing(site.engine) as session:
                certifications.decide(session, row_id, name, viewer, now, "材料不清楚")
        except NotAllowed as error:
            told.append(error.reason)

    pairs = zip(officers, ("verify", "refuse"), strict=True)
    threads = [threading.Thread(target=decide, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1
    assert "刚刚有人处理过" in told[0]
    with session_for(site.engine) as session:
        row = session.get(Certification, row_id)
        decisions = [name for name in changes(session) if name.startswith("certification.")]
        assert row.state in (S.VERIFIED, S.REFUSED)
        assert len(decisions) == 2  # handed in, and decided once


def test_who_claims_keeps_asking_nobody(session, make, now, body, officer):
    """A claim that is verified answers an earlier request of the same person to join."""
    viewer = make.viewer()
    other = make.member(body, Role.OWNER)
    memberships.request(session, body.id, "", viewer, now)
    for row in session.exec(select(Membership).where(Membership.person_id == other.person_id)):
        session.delete(row)
    session.flush()
    row = submitted(session, body, viewer)
    certifications.decide(session, row.id, "verify", officer, now)
    [member] = session.exec(select(Membership).where(Membership.organisation_id == body.id))
    assert (member.person_id, member.role) == (viewer.person_id, Role.OWNER)
