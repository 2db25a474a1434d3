"""Lists: filters, facets, order, pages, and how many queries they cost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from market.actions import needs
from market.models import CooperationMode, Kind, Language, ListingState
from market.queries.listings import ListingFilter, counts, listing_page, newest

YUAN = 100


@pytest.fixture
def found(session, visitor):
    """The titles of the needs that a filter finds, oldest first."""

    def find(**wanted) -> list[str]:
        page = listing_page(session, ListingFilter(Kind.NEED, **wanted), visitor)
        return [row.title for row in sorted(page.rows, key=lambda row: row.id)]

    return find


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        ({"fields": ("NM",)}, ["甲"]),
        ({"fields": ("NM01", "TI")}, ["甲", "乙"]),
        ({"divisions": ("441800",)}, ["甲"]),
        ({"divisions": ("440000",)}, ["甲", "乙"]),
        ({"divisions": ("810000", "440100")}, ["乙", "丙"]),
        ({"modes": (CooperationMode.JOINT,)}, ["甲"]),
        ({"modes": (CooperationMode.JOINT,), "unknown_passes": True}, ["甲", "丙"]),
        ({"readiness_min": 4}, ["乙"]),
        ({"readiness_max": 3}, ["甲"]),
        ({"readiness_min": 4, "unknown_passes": True}, ["乙", "丙"]),
        ({"amount_min": 60 * YUAN}, ["乙", "丙"]),
        ({"amount_max": 60 * YUAN}, ["甲", "丙"]),
        ({"amount_min": 20 * YUAN, "amount_max": 30 * YUAN}, ["甲", "丙"]),
        ({"language": Language.TRADITIONAL}, ["丙"]),
        ({"q": "再生"}, ["乙"]),
        ({"q": "乙 再生"}, ["乙"]),
        ({"q": "再生 甲"}, []),
        ({"fields": ("NM",), "divisions": ("810000",)}, []),
        ({}, ["甲", "乙", "丙"]),
    ],
)
def test_filters(wanted, titles, make, found):
    make.need(
        "甲", field_codes=("NM01",), division_code="441802", readiness=3,
        modes=(CooperationMode.JOINT,), amount_min=10 * YUAN, amount_max=50 * YUAN,
    )  # fmt: skip
    make.need(
        "乙", field_codes=("TI03", "SO01"), division_code="440100", readiness=7,
        modes=(CooperationMode.LICENSE,), amount_min=80 * YUAN, keywords=("再生铜",),
    )  # fmt: skip
    make.need("丙", division_code="810000", language=Language.TRADITIONAL)
    assert found(**wanted) == titles


@pytest.mark.parametrize("q", ["再生铜", "再生銅", "ＰＣＢ", "pcb", "摘要里的", "关键"])
def test_words_are_found_in_every_script_and_in_every_part(q, make, found):
    make.need("再生銅與PCB", summary="摘要裡的字", keywords=("關鍵",))
    make.need("别的")
    assert found(q=q) == ["再生銅與PCB"]


def test_a_changed_listing_is_found_by_its_new_words(make, session, operator, now, found):
    need = make.need("旧题目")
    needs.change(session, need, make.draft("新題目", owner_id=need.owner_id), operator, now)
    assert (found(q="旧题目"), found(q="新题目")) == ([], ["新題目"])


@pytest.mark.parametrize(
    ("q", "titles"), [("100%", ["产率100%"]), ("_", ["a_b"]), ("A_B", ["a_b"])]
)
def test_wildcards_are_taken_as_they_stand(q, titles, make, found):
    make.need("产率100%")
    make.need("产率100分")
    make.need("a_b")
    assert found(q=q) == titles


def test_only_published_ones_are_seen_by_visitors(make, session, visitor, operator, now):
    needs.withdraw(session, make.need("撤回的"), operator, now)
    make.need("在册的")
    wanted = ListingFilter(Kind.NEED, states=(ListingState.WITHDRAWN, ListingState.PUBLISHED))
    seen, all_of_them = (listing_page(session, wanted, who) for who in (visitor, operator))
    assert ([row.title for row in seen.rows], all_of_them.total) == (["在册的"], 2)


def test_an_organisation_shows_its_own(make, session, visitor):
    make.need("别家的")
    mine = make.owner("甲公司")
    make.need("自家的", owner_id=mine.id)
    page = listing_page(session, ListingFilter(Kind.NEED, organisation=mine.id), visitor)
    assert [(row.title, row.owner_name) for row in page.rows] == [("自家的", "甲公司")]


@pytest.mark.parametrize(
    ("sort", "titles"),
    [
        ("newest", ["丙", "甲", "乙"]),
        ("title", ["丙", "乙", "甲"]),
        ("readiness", ["乙", "甲", "丙"]),
        ("amount", ["甲", "丙", "乙"]),
        ("nonsense", ["丙", "甲", "乙"]),
    ],
)
def test_orders_put_what_is_unknown_last(sort, titles, make, session, visitor, now):
    days = [now - timedelta(days=n) for n in range(3)]
    make.need("甲", readiness=3, amount_max=900, published_at=days[1])
    make.need("乙", readiness=7, published_at=days[2])
    make.need("丙", amount_min=100, published_at=days[0])
    page = listing_page(session, ListingFilter(Kind.NEED, sort=sort), visitor)
    assert [row.title for row in page.rows] == titles


def test_pages(make, session, visitor):
    make.listings(Kind.NEED, [make.draft(f"第{n}") for n in range(5)])
    wanted = [ListingFilter(Kind.NEED, per_page=2, page=n) for n in (1, 3, 99, -1)]
    pages = [listing_page(session, each, visitor) for each in wanted]
    assert [(p.page, p.pages, p.total, len(p.rows)) for p in pages] == [
        (1, 3, 5, 2),
        (3, 3, 5, 1),
        (3, 3, 5, 1),
        (1, 3, 5, 2),
    ]


def test_an_empty_list_has_one_page(session, visitor):
    page = listing_page(session, ListingFilter(Kind.NEED), visitor)
    assert (page.rows, page.total, page.pages) == ([], 0, 1)


class TestFacets:
    @pytest.fixture
    def facets(self, make, session, visitor):
        make.need("甲", field_codes=("NM01", "NM02"), division_code="441802", readiness=3)
        make.need("乙", field_codes=("NM01",), division_code="441803", readiness=7)
        make.need("丙", field_codes=("TI05",), division_code="440100", readiness=7)

        def read(name: str, **wanted) -> list[tuple[str, int, bool]]:
            page = listing_page(session, ListingFilter(Kind.NEED, **wanted), visitor)
            return [(f.value, f.count, f.selected) for f in page.facets[name]]

        return read

    def test_a_parent_counts_a_listing_once(self, facets):
        assert facets("fields") == [
            ("NM", 2, False),
            ("NM01", 2, False),
            ("NM02", 1, False),
            ("TI", 1, False),
            ("TI05", 1, False),
        ]

    def test_divisions_count_what_lies_under_them(self, facets):
        assert facets("divisions") == [
            ("440100", 1, False),
            ("441800", 2, False),
            ("441802", 1, False),
            ("441803", 1, False),
        ]

    def test_a_facet_counts_with_the_other_filters_only(self, facets):
        assert facets("readiness", readiness_min=1, readiness_max=3, fields=("NM",)) == [
            ("1-3", 1, True),
            ("7-9", 1, False),
        ]

    def test_a_selected_choice_stays_although_it_finds_nothing(self, facets):
        assert ("SO01", 0, True) in facets("fields", fields=("SO01",))

    def test_modes_are_counted(self, facets, make):
        make.need("丁", modes=(CooperationMode.JOINT, CooperationMode.SERVICE))
        assert facets("modes") == [("joint", 1, False), ("service", 1, False)]


@pytest.mark.parametrize("number", [1, 30])
def test_a_list_costs_the_same_whatever_it_shows(number, make, session, visitor, statements):
    drafts = [
        make.draft(f"第{n}", field_codes=("NM01",), modes=(CooperationMode.JOINT,))
        for n in range(number)
    ]
    make.listings(Kind.NEED, drafts)
    statements.clear()
    listing_page(session, ListingFilter(Kind.NEED, per_page=30), visitor)
    assert len(statements) == 12


def test_newest_come_first(make, session, visitor, now):
    make.need("旧", published_at=now - timedelta(days=2))
    make.need("新", published_at=now - timedelta(days=1))
    assert [row.title for row in newest(session, Kind.NEED, visitor, 1)] == ["新"]


def test_counts_are_true(make, session, visitor, operator, now):
    make.need(is_demo=True)
    make.need()
    make.achievement()
    needs.close(session, make.need(), operator, now)
    found = counts(session, visitor)
    assert (found.needs, found.demo_needs, found.achievements, found.demo_achievements) == (
        2,
        1,
        1,
        0,
    )
    assert (found.organisations, found.demo_organisations, found.suggestions) == (4, 1, 0)


@pytest.mark.slow
def test_a_list_of_ten_thousand_is_fast(make, session, visitor):
    """Facets included; the bound is loose, a scan per row would take minutes."""
    from time import perf_counter

    owner = make.owner().id
    drafts = [
        make.draft(f"第{n}条", owner_id=owner, field_codes=("NM01", "TI05"), readiness=1 + n % 9)
        for n in range(10_000)
    ]
    make.listings(Kind.NEED, drafts)
    started = perf_counter()
    page = listing_page(session, ListingFilter(Kind.NEED, fields=("NM",), q="7"), visitor)
    assert page.total == 3_439
    assert perf_counter() - started < 1.5
