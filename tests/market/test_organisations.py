"""Creating and changing an organisation, and who finds it in the directory."""

from __future__ import annotations

import pytest
from sqlmodel import select

from market.actions import organisations
from market.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from market.models import (
    Change,
    Membership,
    OrganisationKind,
    RegistrationType,
    Role,
    Standing,
    Tier,
)
from market.queries.directory import signpost
from market.queries.organisations import organisation_by_id, organisation_page
from market.roles import OPERATOR_VIEWER
from tests.market.bodies import DEMO_CODE, again, changes, code, draft, person_of, submitted


def created(session, viewer, now, **given):
    return organisations.create(session, draft(**given), viewer, now)


def names(session, viewer):
    return {row.name for row in organisation_page(session, viewer, per_page=500).rows}


def problems(error):
    return {problem.field for problem in error.value.problems}


def test_whoever_creates_one_owns_it_and_acts_for_it(session, make, now):
    viewer = make.viewer()
    body = created(session, viewer, now, credit_code=code())
    [member] = session.exec(select(Membership).where(Membership.organisation_id == body.id))
    assert (member.person_id, member.role) == (viewer.person_id, Role.OWNER)
    assert (body.standing, body.created_by) == (Standing.UNVERIFIED, viewer.person_id)
    assert again(session, viewer).acting_for == body.id
    assert changes(session) == ["organisation.create"]


def test_a_second_one_leaves_alone_whom_one_acts_for(session, make, now):
    viewer = make.viewer()
    first = created(session, viewer, now)
    second = created(session, viewer, now, name="清远市第二公司")
    mine = again(session, viewer)
    assert mine.acting_for == first.id
    assert set(mine.memberships) == {first.id, second.id}


def test_a_visitor_signs_in_first(session, visitor, now):
    with pytest.raises(NotSignedIn):
        created(session, visitor, now)


@pytest.mark.parametrize("kind", [OrganisationKind.BUREAU, OrganisationKind.SOURCE])
def test_nobody_makes_a_bureau_or_a_data_source(session, make, now, kind):
    with pytest.raises(Invalid) as error:
        created(session, make.viewer(), now, kind=kind)
    assert problems(error) == {"kind"}


def test_every_problem_is_named_at_once(session, make, now):
    with pytest.raises(Invalid) as error:
        created(
            session, make.viewer(), now, name="　", credit_code="91441802M", division_code="999",
            website="javascript:alert(1)", about="<script>x</script>", name_en="x" * 201,
            registration_number="12345678",
        )  # fmt: skip
    assert problems(error) == {
        "name", "credit_code", "division", "website", "about", "name_en", "registration_type",
    }  # fmt: skip


@pytest.mark.parametrize("place", [16, 17])
def test_both_check_symbols_are_checked(session, make, now, place):
    right = code()
    wrong = right[:place] + ("0" if right[place] != "0" else "1") + right[place + 1 :]
    with pytest.raises(Invalid, match=f"第 {place + 1} 位"):
        created(session, make.viewer(), now, credit_code=wrong)


@pytest.mark.parametrize(
    ("kind", "number", "is_right"),
    [
        (RegistrationType.HK_BR, "12345678", True),
        (RegistrationType.HK_BR, "1234", False),
        (RegistrationType.MACAU, "12345 SO", True),
        (RegistrationType.HK_CR, "1234567", True),
    ],
)
def test_a_body_of_hong_kong_or_macau_has_its_own_number(
    session, make, now, kind, number, is_right
):
    given = {"registration_type": kind, "registration_number": number}
    if is_right:
        assert created(session, make.viewer(), now, **given).registration_type is kind
    else:
        with pytest.raises(Invalid) as error:
            created(session, make.viewer(), now, **given)
        assert problems(error) == {"registration_number"}


def test_a_demo_code_is_for_demo_accounts_only(session, make, now):
    with pytest.raises(Invalid, match="示例代码"):
        created(session, make.viewer(), now, credit_code=DEMO_CODE)
    pretender = draft(credit_code=DEMO_CODE, is_demo=True, key="seed")
    with pytest.raises(Invalid, match="示例代码"):
        organisations.create(session, pretender, make.viewer(), now)
    demo = make.viewer(person=make.person(is_demo=True))
    body = created(session, demo, now, credit_code=DEMO_CODE)
    assert (body.is_demo, body.key) == (True, None)


def test_a_registered_code_leads_to_that_organisation(session, make, now):
    stored = make.owner("清远先导公司", credit_code=code(5))
    with pytest.raises(organisations.Taken) as error:
        created(session, make.viewer(), now, credit_code=code(5))
    assert (error.value.organisation_id, error.value.name) == (stored.id, stored.name)
    assert problems(error) == {"credit_code"}


def test_of_one_that_the_directory_hides_nothing_is_told(session, make, now):
    created(session, make.viewer(), now, name="保密的公司", credit_code=code(6))
    with pytest.raises(organisations.Taken) as error:
        created(session, make.viewer(), now, credit_code=code(6))
    assert (error.value.organisation_id, error.value.name) == (None, "")
    assert "保密的公司" not in str(error.value)


def test_the_same_registration_is_taken_too(session, make, now):
    given = {"registration_type": RegistrationType.HK_BR, "registration_number": "12345678"}
    created(session, make.viewer(), now, **given)
    with pytest.raises(organisations.Taken):
        created(session, make.viewer(), now, **given)


def test_a_name_is_tidied_and_may_be_long(session, make, now):
    name = "广东省清远市高新技术产业开发区" * 12
    body = created(session, make.viewer(), now, name=f"  {name}\u200b\n有限 公司 ")
    assert body.name == f"{name} 有限 公司".replace("\u200b", "")
    with pytest.raises(Invalid, match="最多 200"):
        created(session, make.viewer(), now, name=name + name)


@pytest.mark.parametrize(
    ("role", "is_allowed"),
    [(Role.OWNER, True), (Role.EDITOR, False), (Role.VIEWER, False),
     (Role.TECHNOLOGY_MANAGER, False)],
)  # fmt: skip
def test_the_owner_changes_it(session, make, now, role, is_allowed):
    body = make.owner()
    viewer = make.member(body, role)
    if is_allowed:
        organisations.change(session, body.id, draft(about="新的简介"), 1, viewer, now)
        assert (body.about, body.version) == ("新的简介", 2)
    else:
        with pytest.raises(NotAllowed, match="只有单位负责人"):
            organisations.change(session, body.id, draft(about="新的简介"), 1, viewer, now)


def test_to_others_there_is_nothing_to_change(session, make, now):
    body = make.owner()
    other = make.member(make.owner(), Role.OWNER)
    for viewer in (other, make.viewer(), make.viewer(Role.ROUND_OFFICER)):
        with pytest.raises(NotFound):
            organisations.change(session, body.id, draft(), 1, viewer, now)


def test_whoever_saves_second_is_told(session, make, now):
    body = make.owner("甲公司")
    one, two = make.member(body, Role.OWNER), make.member(body, Role.OWNER)
    organisations.change(session, body.id, draft("甲公司", about="一"), 1, one, now)
    with pytest.raises(organisations.Overtaken) as error:
        organisations.change(session, body.id, draft("甲公司", about="二"), 1, two, now)
    assert (error.value.stored.about, problems(error)) == ("一", {"page"})
    organisations.change(session, body.id, draft("甲公司", about="二"), 2, two, now)
    assert body.about == "二"


@pytest.mark.parametrize(
    ("given", "standing"),
    [
        ({"name": "另一个名称"}, Standing.UNVERIFIED),
        ({"credit_code": code(9)}, Standing.UNVERIFIED),
        ({"kind": OrganisationKind.SERVICE}, Standing.UNVERIFIED),
        ({"about": "简介"}, Standing.VERIFIED),
        ({"website": "https://example.com/a"}, Standing.VERIFIED),
    ],
)
def test_another_name_or_code_takes_the_bureaus_word_back(session, make, now, given, standing):
    body = make.owner("甲公司", credit_code=code(8))
    body.standing, body.verified_at, body.first_published_at = Standing.VERIFIED, now, now
    viewer = make.member(body, Role.OWNER)
    values = {"name": "甲公司", "credit_code": code(8), **given}
    organisations.change(session, body.id, draft(**values), 1, viewer, now)
    kept = now if standing is Standing.VERIFIED else None
    assert (body.standing, body.verified_at, body.first_published_at) == (standing, kept, kept)


def test_what_is_being_checked_stands_still(session, make, now):
    body = make.owner("甲公司", credit_code=code(10))
    viewer = make.member(body, Role.OWNER)
    submitted(session, body, viewer)
    with pytest.raises(NotAllowed, match="撤回认证申请"):
        organisations.change(
            session, body.id, draft("乙公司", credit_code=code(10)), 1, viewer, now
        )
    same = draft("甲公司", credit_code=code(10), about="简介")
    organisations.change(session, body.id, same, 1, viewer, now)
    assert body.about == "简介"


def test_nothing_changed_is_no_change(session, make, now):
    body = make.owner("甲公司")
    viewer = make.member(body, Role.OWNER)
    before = changes(session)
    organisations.change(session, body.id, draft("甲公司"), 99, viewer, now)
    assert changes(session) == before


def test_the_directory_shows_one_once_it_is_verified(session, make, now, visitor):
    viewer = make.viewer()
    body = created(session, viewer, now, name="新来的公司")
    mine, officer = again(session, viewer), make.viewer(Role.ROUND_OFFICER)
    assert [
        "新来的公司" in names(session, who) for who in (visitor, make.viewer(), mine, officer)
    ] == [False, False, True, True]
    with pytest.raises(NotFound):
        organisation_by_id(session, body.id, visitor)
    body.standing = Standing.VERIFIED
    session.flush()
    assert "新来的公司" in names(session, visitor)


@pytest.mark.parametrize(("tier", "is_shown"), [(Tier.PUBLIC, True), (Tier.REGISTERED, False)])
def test_or_has_something_published_under_its_name(session, make, now, visitor, tier, is_shown):
    viewer = make.viewer()
    body = created(session, viewer, now, name="新来的公司")
    need = make.need(owner_id=body.id)
    need.owner_tier = tier
    session.flush()
    assert ("新来的公司" in names(session, visitor)) is is_shown


def test_a_merged_one_is_nowhere_and_leads_on(session, make, visitor):
    source, target = make.owner("旧公司"), make.owner("新公司")
    source.merged_into_id = target.id
    session.flush()
    assert "旧公司" not in names(session, OPERATOR_VIEWER)
    with pytest.raises(NotFound):
        organisation_by_id(session, source.id, visitor)
    assert signpost(session, source.id, visitor) == target.id
    assert signpost(session, target.id, visitor) is None


def test_the_record_holds_no_way_to_reach_anybody(session, make, now):
    viewer = make.viewer()
    created(session, viewer, now)
    person = person_of(session, viewer)
    [change] = session.exec(select(Change))
    assert person.email not in str(change.after)
