"""What programs follow: feeds of filtered lists and the parts of the sitemap."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session

from market.models import Kind, ListingState, OrganisationKind, Tier
from market.queries import sitemaps
from market.queries.feeds import ENTRIES, feed_page
from market.queries.filters import ListingFilter
from market.queries.sitemaps import organisations_in_sitemap, sitemap_part, sitemap_parts
from tests.conftest import NOW, Maker

NEEDS = ListingFilter(Kind.NEED)


def titles(session: Session, wanted: ListingFilter = NEEDS) -> list[str]:
    return [row.title for row in feed_page(session, wanted).rows]


def test_what_changed_last_comes_first(session: Session, make: Maker) -> None:
    first, second = make.need("先发布的"), make.need("后发布的")
    first.changed_at, second.changed_at = NOW + timedelta(days=2), NOW + timedelta(days=1)
    found = feed_page(session, NEEDS)
    assert [row.title for row in found.rows] == ["先发布的", "后发布的"]
    assert found.updated == NOW + timedelta(days=2)


def test_a_feed_follows_the_filters_of_its_list(session: Session, make: Maker) -> None:
    make.need("有级别", readiness=7)
    make.need("没有级别")
    make.achievement("成果", readiness=7)
    assert titles(session, ListingFilter(Kind.NEED, readiness_min=7)) == ["有级别"]


def test_what_is_kept_back_is_not_in_it(session: Session, make: Maker) -> None:
    make.need("甲", summary="只给登录用户", tiers={"summary": Tier.REGISTERED})
    [row] = feed_page(session, NEEDS).rows
    assert (row.summary, row.hidden) == ("", {"summary": Tier.REGISTERED})


@pytest.mark.parametrize("state", [state for state in ListingState if state != "published"])
def test_what_is_not_listed_drops_out(session: Session, make: Maker, state: ListingState) -> None:
    make.need("甲").state = state
    found = feed_page(session, NEEDS)
    assert (found.rows, found.total, found.pages, found.updated) == ([], 0, 1, None)


def test_pages_hold_everything_once(session: Session, make: Maker) -> None:
    make.listings(Kind.NEED, [make.draft(f"第{n}条") for n in range(ENTRIES + 1)])
    pages = [titles(session, ListingFilter(Kind.NEED, page=page)) for page in (1, 2)]
    assert [len(page) for page in pages] == [ENTRIES, 1]
    assert len({*pages[0], *pages[1]}) == ENTRIES + 1


def test_a_feed_costs_the_same_however_long_it_is(
    session: Session, make: Maker, statements: list[str]
) -> None:
    costs = []
    for count in (1, 30):
        make.listings(Kind.NEED, [make.draft() for _ in range(count)])
        session.flush()
        statements.clear()
        feed_page(session, NEEDS)
        costs.append(len(statements))
    assert costs[0] == costs[1]


def test_a_part_of_the_sitemap_holds_a_range_of_ids(
    session: Session, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemaps, "IN_A_PART", 2)
    rows = make.listings(Kind.NEED, [make.draft(f"第{n}条") for n in range(5)])
    rows[2].state = ListingState.CLOSED
    session.flush()
    parts = sitemap_parts(session)
    held = [id for part in parts for id, _ in sitemap_part(session, part.kind, part.number)]
    assert held == [row.key for row in rows if row is not rows[2]]
    assert max(len(sitemap_part(session, part.kind, part.number)) for part in parts) == 2


def test_a_part_changed_when_its_last_listing_did(session: Session, make: Maker) -> None:
    old, new = make.achievement(), make.achievement()
    old.changed_at, new.changed_at = NOW, NOW + timedelta(days=3)
    session.flush()
    [part] = sitemap_parts(session)
    assert (part.kind, part.changed_at) == (Kind.ACHIEVEMENT, NOW + timedelta(days=3))
    assert dict(sitemap_part(session, part.kind, part.number)) == {
        old.key: old.changed_at, new.key: new.changed_at,
    }  # fmt: skip


def test_data_sources_are_no_bodies_to_be_found(session: Session, make: Maker) -> None:
    body = make.owner("真实单位")
    source = make.owner("某数据集", kind=OrganisationKind.SOURCE)
    found = organisations_in_sitemap(session)
    assert body.id in found
    assert source.id not in found
