"""The pages of versions: who gets them, comparing, bringing one back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from market.actions import posting
from market.actions.drafts import ListingDraft
from market.db import writing
from market.models import TABLES, Indicator, Kind, Role, Tier
from market.roles import OPERATOR_VIEWER
from tests.web.pages import Client
from tests.web.people import signed_in
from tests.web.site import NOW, Site


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(1, 1)


@pytest.fixture
def need(site: Site, body: int) -> int:
    """A draft in two versions, the second with a table and a mark-up that must stay text."""
    draft = ListingDraft("余热回收", body, problem="热损失大。", keywords=("余热",))
    with writing(site.engine) as session:
        row = posting.create(session, Kind.NEED, draft, OPERATOR_VIEWER, NOW)
        later = replace(
            draft, title="余热<b>回收</b>", indicators=(Indicator("排烟", "180", "90", "℃"),),
            tiers={"problem": Tier.MATCHED}, keywords=("余热", "干燥"), amount_max=100_00,
        )  # fmt: skip
        posting.edit(session, row, later, 1, OPERATOR_VIEWER, NOW)
        return row.key


def test_a_member_reads_versions_and_their_differences(owner: Client, need: int) -> None:
    page = owner.get(f"/needs/{need}/history")
    assert "改了标题、技术难题、技术指标、关键词、预算" in page.text
    page = owner.get(f"/needs/{need}/history/1/2")
    assert set(page.words("ins")) >= {"<b>", "排烟", "90", "干燥", Tier.MATCHED.text}
    assert "公开" in page.words("del")


def test_two_versions_are_chosen_by_a_form(owner: Client, need: int) -> None:
    answer = owner.raw.get(f"/needs/{need}/history?from=2&to=1")
    assert answer.headers["location"] == f"/needs/{need}/history/1/2"
    owner.get(f"/needs/{need}/history?from=2&to=2", 422)


@pytest.mark.parametrize("path", ["/history/1/9", "/history/1/1", "/history/0/1", "/history/x/1"])
def test_what_is_not_there_is_not_found(path: str, owner: Client, need: int) -> None:
    owner.get(f"/needs/{need}{path}", 404)


def test_an_old_version_comes_back(site: Site, owner: Client, need: int) -> None:
    owner.get(f"/needs/{need}/history/1/2")
    assert owner.send(f"/needs/{need}/history/1/restore", current="2") == f"/needs/{need}"
    with site.session() as session:
        row = session.get(TABLES[Kind.NEED].listing, need)
        assert (row.title, row.version, row.keywords) == ("余热回收", 3, ["余热"])
    assert "第 3 版" in owner.get(f"/needs/{need}/history").text


def test_what_was_saved_meanwhile_is_not_overwritten(owner: Client, need: int) -> None:
    page = owner.post(f"/needs/{need}/history/1/restore", 422, current="1")
    assert page.words("h1") == ["第 1 版与第 2 版的差别"]


def test_a_colleague_who_only_reads_gets_no_button(site: Site, body: int, need: int) -> None:
    reader = signed_in(site, organisation=body, role=Role.VIEWER)
    assert "/history/1/restore" not in reader.get(f"/needs/{need}/history/1/2").text
    answer = reader.raw.post(f"/needs/{need}/history/1/restore", data={"current": "2"})
    assert answer.status_code == 403


def test_nobody_else_knows_of_a_history(site: Site, need: int) -> None:
    for client in (site.client, signed_in(site), signed_in(site, Role.SUPERVISOR)):
        client.get(f"/needs/{need}/history", 404)
        client.get(f"/needs/{need}/history/1/2", 404)


def test_the_bureau_reads_the_history_of_what_is_published(site: Site) -> None:
    page = signed_in(site, Role.ROUND_OFFICER).get("/needs/1/history")
    assert "由文件导入" in page.text
    assert "/restore" not in page.text


def test_a_page_of_versions_costs_the_same_for_two_and_for_twenty(
    site: Site, owner: Client, body: int, need: int
) -> None:
    owner.get(f"/needs/{need}/history")
    with site.counted() as few:
        owner.get(f"/needs/{need}/history")
    with writing(site.engine) as session:
        row = session.get(TABLES[Kind.NEED].listing, need)
        for number in range(2, 20):
            draft = ListingDraft(f"第{number}次", body)
            posting.edit(session, row, draft, number, OPERATOR_VIEWER, NOW)
    with site.counted() as many:
        owner.get(f"/needs/{need}/history")
    assert len(few) == len(many)
