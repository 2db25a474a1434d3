"""Filters decide before ranking; a naive reading of every fact agrees with the columns."""

from __future__ import annotations

import pytest

from matching import Document, Filters, Matcher, Range


def found(matcher: Matcher, **wanted: object) -> set[str]:
    hits = matcher.search("铜 红茶 陶瓷 VOC 监测", 10, Filters(**wanted), explain=False)  # type: ignore[arg-type]
    return {hit.id for hit in hits}


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({"kinds": frozenset({"need"})}, {"need"}),
        ({"fields": frozenset({"TI"})}, {"copper", "kiln", "need"}),
        ({"fields": frozenset({"AG10"})}, {"tea"}),
        ({"divisions": frozenset({"441800"})}, {"tea", "need"}),
        ({"divisions": frozenset({"440000"})}, {"copper", "tea", "need"}),
        ({"divisions": frozenset({"441802"})}, {"need"}),
        ({"modes": frozenset({"license"})}, {"copper", "kiln", "need"}),
        ({"modes": frozenset({"license"}), "unknown_passes": False}, {"copper", "need"}),
        ({"readiness": Range(7, 9)}, {"tea", "voc", "need"}),
        ({"readiness": Range(None, 5)}, {"kiln"}),
        ({"money": Range(None, 200_000_00)}, {"tea", "kiln", "voc", "need"}),
        ({"money": Range(None, 200_000_00), "unknown_passes": False}, {"kiln", "need"}),
        ({"excluded_owners": frozenset({"inst-1", "ent-1"})}, {"tea", "kiln", "voc"}),
        ({"excluded_ids": frozenset({"tea"})}, {"copper", "kiln", "voc", "need"}),
        ({"states": frozenset({"draft"})}, set()),
    ],
)
def test_a_filter_passes_exactly_what_satisfies_it(
    matcher: Matcher, wanted: dict[str, object], ids: set[str]
) -> None:
    assert found(matcher, **wanted) == ids


def test_a_code_that_ends_in_zero_is_no_prefix_of_its_neighbours(matcher: Matcher) -> None:
    assert found(matcher, fields=frozenset({"AG1"})) == {"tea"}
    assert found(matcher, fields=frozenset({"TI10"})) == set()


def test_ten_that_pass_are_found_among_thousands_that_do_not(encoder: object) -> None:
    matcher = Matcher(encoder)  # type: ignore[arg-type]
    matcher.add(
        Document(f"d{i:04}", "rare" if i % 300 == 7 else "common", f"铜合金第{i}号材料")
        for i in range(3_000)
    )
    hits = matcher.search("铜合金材料", 10, Filters(kinds=frozenset({"rare"})), explain=False)
    assert len(hits) == 10
    assert {int(hit.id[1:]) % 300 for hit in hits} == {7}
