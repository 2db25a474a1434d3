"""Lists as files: what is on the page stands in the file, for its reader alone and never as a
formula; a list of any length costs the same number of queries."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from python_calamine import CalamineWorkbook

from market.db import writing
from market.exports import FORMATS
from market.models import Kind, SavedItem, SavedList, Tier
from tests.web.pages import Client
from tests.web.people import signed_in
from tests.web.site import NOW, Site, draft


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(3, 3)


def taken(client: Client, path: str, status: int = 200) -> Response:
    answer = client.raw.get(path)
    assert answer.status_code == status, answer.text[:500]
    return answer


def as_csv(answer: Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def as_sheets(answer: Response) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def titles(client: Client, path: str) -> list[str]:
    return [item["title"] for item in client.json(path)["items"]]


@pytest.mark.parametrize("query", ["", "?field=NM08", "?q=余热&sort=title", "?readiness=4-6"])
def test_a_file_holds_what_the_list_holds_in_its_order(site: Site, query: str) -> None:
    rows = as_csv(taken(site.client, f"/achievements/export.csv{query}"))
    page = site.client.get(f"/achievements{query}")
    shown = [*page.words("h2"), *page.words("h3"), *page.words("a")]
    assert [row["标题"] for row in rows if row["标题"] not in shown] == []
    same = {"?field=NM08": "?fields=NM08", "?readiness=4-6": "?readiness_min=4&readiness_max=6"}
    listed = titles(site.client, f"/api/v1/achievements{same.get(query, query)}")
    assert [row["标题"] for row in rows] == listed
    assert listed


def test_every_format_says_the_same(site: Site) -> None:
    rows = as_csv(taken(site.client, "/needs/export.csv"))
    items = taken(site.client, "/needs/export.json").json()
    lines = taken(site.client, "/needs/export.jsonl").text.splitlines()
    ((name, (heading, *cells)),) = as_sheets(taken(site.client, "/needs/export.xlsx")).items()
    assert name == "技术需求"
    assert [json.loads(line) for line in lines] == items
    assert [item["title"] for item in items] == [row["标题"] for row in rows]
    assert [row[heading.index("标题")] for row in cells] == [row["标题"] for row in rows]
    assert {row["是否示例"] for row in rows} == {"示例"}
    assert {item["is_demo"] for item in items} == {True}


def test_a_file_is_saved_under_a_name_and_kept_nowhere(site: Site) -> None:
    site.app.state.now = lambda: NOW
    headers = taken(site.client, "/needs/export.xlsx").headers
    assert headers["content-disposition"] == (
        "attachment; filename=\"20261101.xlsx\"; filename*=UTF-8''"
        "%E6%8A%80%E6%9C%AF%E9%9C%80%E6%B1%82-20261101.xlsx"
    )
    assert headers["content-type"] == FORMATS["xlsx"].media_type
    assert (headers["cache-control"], headers["x-robots-tag"]) == ("private, no-store", "noindex")


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "＝", " ="])
def test_no_cell_is_a_formula(site: Site, begins: str) -> None:
    evil = f'{begins}HYPERLINK("http://x","y")'
    site.record(Kind.NEED, draft(90, Kind.NEED, title=f"甲{evil}", summary=evil, field_codes=()))
    row = next(r for r in as_csv(taken(site.client, "/needs/export.csv")) if "甲" in r["标题"])
    assert row["摘要"] == f"'{evil}"
    data = taken(site.client, "/needs/export.xlsx").content
    ((heading, *cells),) = as_sheets(taken(site.client, "/needs/export.xlsx")).values()
    assert evil in [cell[heading.index("摘要")] for cell in cells]
    assert b"<f>" not in data


def test_what_is_kept_back_is_not_in_the_file(site: Site) -> None:
    kept = draft(90, Kind.NEED, summary="只给登录用户", tiers={"summary": Tier.REGISTERED})
    site.record(Kind.NEED, kept)
    for format in ("csv", "json", "jsonl"):
        assert "只给登录用户" not in taken(site.client, f"/needs/export.{format}").text
        assert "只给登录用户" in taken(signed_in(site), f"/needs/export.{format}").text
    row = next(r for r in as_csv(taken(site.client, "/needs/export.csv")) if "90" in r["标题"])
    assert (row["摘要"], row["不向您公开的项"], row["谁可以看"]) == ("", "摘要", "摘要：登录用户")


@pytest.mark.parametrize("format", list(FORMATS))
def test_a_file_costs_the_same_whatever_its_length(site: Site, format: str) -> None:
    counts = []
    for more in (0, 40):
        site.record(Kind.NEED, *(draft(100 + n, Kind.NEED) for n in range(more)))
        with site.counted() as statements:
            taken(site.client, f"/needs/export.{format}")
        counts.append([s for s in statements if s.startswith("SELECT")])
    assert len(counts[0]) == len(counts[1]) <= 3
    assert max(map(len, counts[0])) == max(map(len, counts[1]))


def test_a_wrong_filter_or_format_is_told(site: Site) -> None:
    assert taken(site.client, "/needs/export.csv?amount_min=9&amount_max=1", 422)
    assert taken(site.client, "/needs/export.exe", 404)
    assert taken(site.client, "/needs/export.csv?page=7").status_code == 200


def test_ones_own_listings_of_every_state(site: Site) -> None:
    site.record(Kind.NEED, draft(90, Kind.NEED, owner_id=2))
    owner = signed_in(site, organisation=2)
    sheets = as_sheets(taken(owner, "/desk/listings/export.xlsx"))
    assert {name: len(rows) - 1 for name, rows in sheets.items()} == {"技术需求": 1, "科技成果": 3}
    rows = as_csv(taken(owner, "/desk/listings/export.csv?kind=need"))
    assert [row["标题"] for row in rows] == [draft(90, Kind.NEED).title]
    assert taken(owner, "/desk/listings/export.csv", 404)
    assert taken(signed_in(site), "/desk/listings/export.xlsx", 403)
    assert taken(site.client, "/desk/listings/export.xlsx", 303)


def test_a_saved_list_belongs_to_one(site: Site) -> None:
    owner = signed_in(site)
    with writing(site.engine) as session:
        held = SavedList(person_id=owner.person_id, name="看看", created_at=NOW, changed_at=NOW)
        session.add(held)
        session.flush()
        session.add(SavedItem(list_id=held.id, kind=Kind.NEED, listing_id=2, added_at=NOW))
        id = held.id
    sheets = as_sheets(taken(owner, f"/lists/{id}/export.xlsx"))
    assert {name: len(rows) - 1 for name, rows in sheets.items()} == {"技术需求": 1, "科技成果": 0}
    assert len(taken(owner, f"/lists/{id}/export.json").json()) == 1
    assert taken(signed_in(site), f"/lists/{id}/export.json", 404)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_template_offers_what_there_is(site: Site, kind: Kind, tmp_path: Path) -> None:
    sheets = as_sheets(taken(site.client, f"/imports/template/{kind.value}.xlsx"))
    assert list(sheets) == [kind.text, "示例", "填写说明", "选项"]
    offered = {cell for row in sheets["选项"] for cell in row}
    assert {"TI05 陶瓷建材与窑炉节能", "441802 清城区", "合作开发"} <= offered
    assert sheets[kind.text][0] == sheets["示例"][0]
    assert "标题 *" in sheets["示例"][0]
    assert taken(site.client, "/imports/template/other.xlsx", 404)


def test_the_list_offers_its_files(site: Site) -> None:
    links = [a.get("href") for a in site.client.get("/needs?field=NM08&page=1").all("a")]
    assert [link for link in links if link and "/export." in link] == [
        f"/needs/export.{format}?field=NM08" for format in ("xlsx", "csv", "json")
    ]
