"""Details, places and the directory."""

from __future__ import annotations

import pytest

from market.actions import needs
from market.errors import NotFound
from market.models import CooperationMode, Kind, OrganisationKind
from market.queries.achievements import achievement_by_id
from market.queries.needs import need_by_id
from market.queries.organisations import organisation_by_id, organisation_page
from market.queries.places import division_tree, field_tree
from market.queries.rows import AmountRange, FieldLabel


def test_a_need_in_full(make, session, visitor, now):
    need = make.need(
        "窑炉", summary="摘要", body="正文", keywords=("窑",), field_codes=("TI05", "NM06"),
        division_code="441803", readiness=6, modes=(CooperationMode.SERVICE, CooperationMode.JOINT),
        amount_min=100, source="甲库", source_id="7",
    )  # fmt: skip
    found = need_by_id(session, need.id, visitor)
    assert (found.kind, found.title, found.text, found.parts["body"]) == (
        Kind.NEED, "窑炉", "摘要\n正文", "正文",
    )  # fmt: skip
    assert found.fields == [
        FieldLabel("NM06", "功能陶瓷"),
        FieldLabel("TI05", "陶瓷建材与窑炉节能"),
    ]
    assert (found.division_name, found.readiness, found.amount) == (
        "清新区", 6, AmountRange(100, None),
    )  # fmt: skip
    assert found.modes == [CooperationMode.JOINT, CooperationMode.SERVICE]
    assert (found.source, found.source_id, found.version, found.published_at) == (
        "甲库", "7", 1, now,
    )  # fmt: skip


def test_what_is_negotiable_has_no_amount(make, session, visitor):
    assert achievement_by_id(session, make.achievement().id, visitor).amount is None


@pytest.mark.parametrize("id", [0, -1, 999_999, 2**80])
def test_there_is_no_such_need(id, session, visitor):
    with pytest.raises(NotFound):
        need_by_id(session, id, visitor)


def test_a_closed_need_is_hidden_from_visitors(make, session, visitor, operator, now):
    need = make.need()
    needs.close(session, need, operator, now)
    assert need_by_id(session, need.id, operator).id == need.id
    with pytest.raises(NotFound):
        need_by_id(session, need.id, visitor)


def test_the_field_tree_has_two_levels(session):
    tree = field_tree(session)
    assert [node.code for node in tree] == ["AG", "BM", "DE", "NM", "SO", "TI"]
    assert {child.children for node in tree for child in node.children} == {()}


def test_the_division_tree_begins_with_cities(session):
    tree = {node.name: [child.name for child in node.children] for node in division_tree(session)}
    assert len(tree) == 12
    assert len(tree["清远市"]) == 8
    assert tree["香港特别行政区"] == []


def test_the_directory(make, session, visitor):
    make.owner("乙所", kind=OrganisationKind.INSTITUTION, name_en="Institute B")
    make.owner("甲公司", division_code="441802")
    make.owner("来源", kind=OrganisationKind.SOURCE)
    make.owner("示例公司", is_demo=True)
    page = organisation_page(session, visitor)
    assert [row.name for row in page.rows] == ["乙所", "甲公司", "示例公司"]
    assert page.kinds == {
        OrganisationKind.ENTERPRISE: 2, OrganisationKind.INSTITUTION: 1,
        OrganisationKind.BUREAU: 0, OrganisationKind.SERVICE: 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"q": "institute"}, ["乙所"]),
        ({"divisions": ("441800",)}, ["甲公司"]),
        ({"kind": OrganisationKind.ENTERPRISE}, ["甲公司"]),
        ({"q": "%"}, []),
    ],
)
def test_the_directory_is_narrowed(wanted, names, make, session, visitor):
    make.owner("乙所", kind=OrganisationKind.INSTITUTION, name_en="Institute B")
    make.owner("甲公司", division_code="441802")
    page = organisation_page(session, visitor, **wanted)
    assert ([row.name for row in page.rows], page.total) == (names, len(names))


def test_an_organisation_counts_what_it_has_published(make, session, visitor, operator, now):
    owner = make.owner("甲公司")
    make.need(owner_id=owner.id)
    needs.close(session, make.need(owner_id=owner.id), operator, now)
    found = [organisation_by_id(session, owner.id, who) for who in (visitor, operator)]
    assert [(row.needs, row.achievements) for row in found] == [(1, 0), (1, 0)]


def test_there_is_no_such_organisation(session, visitor):
    with pytest.raises(NotFound):
        organisation_by_id(session, 12345, visitor)
