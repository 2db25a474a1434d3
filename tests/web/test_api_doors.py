"""What the pages can do, done by a program: answers, saved lists, comparing, advice, files in and
out. The rules and results are those of the pages; here is that the calls reach them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from market.importing import Importer
from market.models import OrganisationKind, Standing
from tests.web.pages import Client
from tests.web.people import organisation_in, signed_in
from tests.web.site import Site
from tests.web.test_api_writes import NEED, call


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(2, 3)


def own(site: Site, kind: OrganisationKind = OrganisationKind.ENTERPRISE) -> tuple[int, Client]:
    body = organisation_in(site, "清远陶瓷公司", kind, standing=Standing.VERIFIED)
    return body, signed_in(site, organisation=body)


def test_every_part_is_written_and_read(site: Site) -> None:
    body, owner = own(site, OrganisationKind.INSTITUTION)
    more = {
        "indicators": [{"name": "排烟温度", "before": "180", "value": "≤ 90", "unit": "℃"}],
        "rights": [{"kind": "invention", "number": "201710601862.3", "name": "换热装置",
                    "status": "pending", "checked_on": "2026-03-08"}],
        "holders": [{"name": "甲所", "holding": "co-ownership", "share": 60, "until": None}],
        "stage": "middle", "evidence": ["pilot-report"], "assessment": "assessed",
        "assessor": "某评估中心", "innovation": "不沾灰", "cases": "一条窑", "team": "五人",
        "contact": "020-00000000",
    }  # fmt: skip
    made = call(owner, "POST", "/achievements", 201, organisation=body, **{**NEED, **more})
    read = call(owner, "GET", f"/achievements/{made['id']}", 200)
    assert {name: read[name] for name in more} == more
    assert (read["version"], read["tiers"]) == (1, {"amount": "matched", "contact": "registered"})
    path = f"/achievements/{made['id']}"
    call(owner, "PATCH", path, 200, version=1, rights=[], stage=None, team="")
    read = call(owner, "GET", path, 200)
    kept = {n: v for n, v in more.items() if n not in ("rights", "stage", "team")}
    assert {name: read[name] for name in kept} == kept
    assert (read["rights"], read["stage"], read["team"]) == ([], None, "")


def test_a_part_of_the_other_kind_is_refused(site: Site) -> None:
    body, owner = own(site)
    wrong = {**NEED, "team": "五人", "tiers": {"rights": "matched"}}
    answer = call(owner, "POST", "/needs", 422, organisation=body, **wrong)
    assert [p["field"] for p in answer["problems"]] == ["team", "rights"]


def test_what_is_wrong_in_a_row_is_told(site: Site) -> None:
    body, owner = own(site)
    rows = [{"name": "温度", "value": ""}]
    answer = call(owner, "POST", "/needs", 422, organisation=body, **NEED, indicators=rows)
    assert answer["problems"] == [{"field": "indicators", "reason": "第 1 行“温度”没有写数值。"}]


def test_answers(site: Site) -> None:
    reader = signed_in(site)
    given = call(reader, "POST", "/needs/1/answers/2", 200, reason="solves", comment="很好")
    assert (given["other"], given["verdict"]) == (2, "useful")
    call(reader, "POST", "/needs/1/answers/2", 200, reason="price")
    assert [row["reason"] for row in call(reader, "GET", "/needs/1/answers", 200)] == ["price"]
    assert call(signed_in(site), "GET", "/needs/1/answers", 200) == []
    call(reader, "DELETE", "/needs/1/answers/2", 204)
    assert call(reader, "GET", "/needs/1/answers", 200) == []
    call(reader, "DELETE", "/needs/1/answers/2", 404)
    call(site.client, "POST", "/needs/1/answers/2", 401, reason="solves")


def test_saved_lists(site: Site) -> None:
    keeper = signed_in(site)
    first = call(keeper, "POST", "/lists", 201, name="看看")["id"]
    second = call(keeper, "POST", "/lists", 201, name="再看")["id"]
    item = call(keeper, "POST", f"/lists/{first}/items", 201, kind="need", id=1, note="甲")
    assert (item["listing"]["id"], item["note"]) == (1, "甲")
    moved = call(keeper, "PATCH", f"/lists/items/{item['id']}", 200, note="乙", folder=second)
    assert [(row["id"], row["note"]) for row in moved["items"]] == [(item["id"], "乙")]
    assert call(keeper, "PATCH", f"/lists/{second}", 200, name="新名")["needs"] == 1
    call(signed_in(site), "GET", f"/lists/{second}", 404)
    assert len(keeper.raw.get(f"/api/v1/lists/{second}/export.json").json()) == 1
    call(keeper, "DELETE", f"/lists/items/{item['id']}", 204)
    call(keeper, "DELETE", f"/lists/{first}", 204)
    found = call(keeper, "GET", "/lists", 200)
    assert [(row["name"], row["needs"]) for row in found] == [("新名", 0)]


def test_versions_and_bringing_one_back(site: Site) -> None:
    body, owner = own(site)
    path = f"/needs/{call(owner, 'POST', '/needs', 201, organisation=body, **NEED)['id']}"
    call(owner, "PATCH", path, 200, version=1, summary="新的")
    found = call(owner, "GET", f"{path}/history", 200)
    assert [(row["version"], row["changed"]) for row in found["versions"]] == [
        (2, ["摘要"]), (1, None),
    ]  # fmt: skip
    call(owner, "POST", f"{path}/history/1/restore", 428)
    call(owner, "POST", f"{path}/history/1/restore", 412, version=1)
    assert call(owner, "POST", f"{path}/history/1/restore", 200, version=2)["version"] == 3
    assert call(owner, "GET", path, 200)["summary"] == NEED["summary"]
    call(signed_in(site), "GET", f"{path}/history", 404)


def test_comparing(site: Site) -> None:
    found = site.client.json("/api/v1/needs/1/compare?achievement=2&achievement=99&achievement=1")
    assert [column["listing"]["id"] for column in found["columns"]] == [2, 1]
    assert (found["need"]["id"], found["missing"], found["beyond"]) == (1, 1, 0)
    site.client.json("/api/v1/needs/99/compare?achievement=1", 404)


def test_advice(site: Site) -> None:
    owner = own(site)[1]
    site.index()
    found = call(owner, "POST", "/needs/advice", 200, title="辊道窑排烟余热", problem="排烟余热")
    assert set(found) == {"matches", "hints", "fields", "twins", "took_ms"}
    assert {hint["part"] for hint in found["hints"]} >= {"indicators", "keywords"}
    assert all(hint["text"] for hint in found["hints"])
    assert call(site.client, "POST", "/achievements/advice", 200)["matches"] == []


@pytest.mark.parametrize("format", ["xlsx", "csv", "json", "jsonl"])
def test_files(site: Site, format: str) -> None:
    page = site.client.raw.get(f"/needs/export.{format}?sort=title")
    same = site.client.raw.get(f"/api/v1/needs/export.{format}?sort=title")
    assert same.status_code == 200
    assert format == "xlsx" or same.content == page.content
    site.client.json("/api/v1/needs/export.doc", 404)


def test_an_import_from_upload_to_undo(site: Site) -> None:
    body, owner = own(site)
    file = "需求名称,成熟度,编号\n废锗靶回收,7,a\n余热回收,十,b\n".encode()
    answer = owner.raw.post(
        "/api/v1/imports", data={"kind": "need", "organisation": str(body)},
        files={"file": ("需求.csv", file)},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    path = f"/imports/{made['id']}"
    assert [c["target"] for c in made["columns"]] == ["title", "readiness", "source_id"]
    targets = [c["target"] for c in made["columns"]]
    assert call(owner, "PATCH", path, 200, mapping=targets)["state"] == "checking"
    work(site)
    wrong = call(owner, "GET", f"{path}/rows?shelf=wrong", 200)["items"]
    assert [(row["title"], row["wrong"][0]["target"]) for row in wrong] == [
        ("余热回收", "readiness")
    ]
    cells = {str(wrong[0]["id"]): {"readiness": "6"}}
    assert call(owner, "PATCH", f"{path}/rows", 200, cells=cells, choose="all")["counts"][
        "chosen"
    ] == 2  # fmt: skip
    assert call(owner, "POST", f"{path}/run", 202)["state"] == "running"
    work(site)
    done = call(owner, "GET", path, 200)
    assert (done["state"], done["created"]) == ("done", 2)
    assert len(call(owner, "GET", "/me/listings", 200)) == 2
    call(owner, "POST", f"{path}/undo", 202)
    work(site)
    assert call(owner, "GET", path, 200)["state"] == "undone"
    assert call(owner, "GET", "/me/listings", 200) == []
    call(signed_in(site), "GET", path, 403)
    assert [row["id"] for row in call(owner, "GET", "/imports", 200)] == [made["id"]]


def work(site: Site) -> None:
    """What the worker does about imports."""
    importer = Importer(site.engine, site.app.state.settings.data)
    while importer.run_once(site.app.state.now() + timedelta(seconds=1)):
        pass
    importer.close()
