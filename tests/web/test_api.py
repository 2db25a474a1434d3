"""The JSON API: the same answers as the pages, and problems in words."""

from __future__ import annotations

import pytest

from tests.web.pages import Client


def test_list_has_links_to_its_neighbours(client: Client) -> None:
    found = client.json("/api/v1/needs?per_page=10&page=2&mode=joint")
    assert (found["total"], found["page"], found["pages"], len(found["items"])) == (24, 2, 3, 10)
    assert found["links"] == {
        "self": "/api/v1/needs?per_page=10&page=2",
        "prev": "/api/v1/needs?per_page=10",
        "next": "/api/v1/needs?per_page=10&page=3",
    }


def test_following_next_reaches_every_listing(client: Client) -> None:
    seen, path = [], "/api/v1/achievements?per_page=10&sort=title"
    while path:
        found = client.json(path)
        seen += [item["id"] for item in found["items"]]
        path = found["links"]["next"]
    assert sorted(seen) == list(range(1, 28))


def test_detail_has_matches_with_reasons(client: Client) -> None:
    found = client.json("/api/v1/needs/1")
    assert found["matches"][0]["reasons"]["terms"]
    assert found["url"] == "/needs/1"


def test_spans_point_into_the_text(client: Client) -> None:
    found = client.json("/api/v1/needs/1")
    quote = found["matches"][0]["reasons"]["sentences"]["query"]
    part = {"title": found["title"], "text": found["text"]}[quote["part"]]
    assert part[quote["start"] : quote["end"]] == quote["text"]


def test_match_by_address_and_by_body_agree(client: Client) -> None:
    by_address = client.json("/api/v1/match?text=锗回收提纯&limit=3")["items"]
    answer = client.raw.post("/api/v1/match", json={"text": "锗回收提纯", "limit": 3})
    assert answer.json()["items"] == by_address


def test_match_takes_yuan(client: Client) -> None:
    found = client.json("/api/v1/match?text=锗&amount_max=100000")["items"]
    assert {item["listing"]["amount"] for item in found} == {None}


def test_search_covers_both_kinds(client: Client) -> None:
    found = client.json("/api/v1/search?q=余热&limit=30")["items"]
    assert {item["listing"]["kind"] for item in found} == {"need", "achievement"}


@pytest.mark.parametrize(
    "query",
    [
        "match?text=余热回收&fields=TI&divisions=440100&readiness_min=5&amount_max=500000.5",
        "match?text=余热回收&wanted=need&modes=joint&readiness_max=7&fields=TI&fields=TI05",
        "search?q=余热&kind=need&divisions=441800&readiness_min=6&amount_min=600000",
    ],
)
def test_page_url_ranks_the_same_candidates(client: Client, query: str) -> None:
    found = client.json(f"/api/v1/{query}")
    page = client.get(found["page_url"])
    headings = page.all("h3" if query.startswith("match") else "h2")
    shown = [
        part.get("href") for heading in headings for part in heading.iter() if part.get("href")
    ]
    listed = [item["listing"]["url"] for item in found["items"]]
    if query.startswith("search"):  # the page puts those without a common word last, and only some
        listed = [item["listing"]["url"] for item in found["items"] if item["reasons"]["terms"]]
    assert shown[: len(listed)] == listed != []
    if query.startswith("match"):
        assert f"在 {found['considered']} 项中排序" in " ".join(page.words("p"))


def test_a_search_that_brings_conditions_shows_them(client: Client) -> None:
    page = client.get("/search?q=余热&kind=need&division=441800&readiness_min=6")
    assert "已按地址中的条件筛选：地区、成熟度。清除条件" in page.words("p")
    assert "/search?q=%E4%BD%99%E7%83%AD&kind=need" in {a.get("href") for a in page.all("a")}


def test_trees_are_whole(client: Client) -> None:
    assert client.json("/api/v1/fields")[0]["children"][0]["code"] == "NM08"
    assert client.json("/api/v1/divisions")[0]["name"] == "广东省"


def test_status_tells_how_matching_stands(client: Client) -> None:
    found = client.json("/api/v1/status")
    assert (found["needs"], found["matcher"]["state"]) == (24, "ready")


@pytest.mark.parametrize(
    ("path", "status", "field", "words"),
    [
        ("/api/v1/needs?page=0", 422, "page", "应不小于 1"),
        ("/api/v1/needs?readiness_min=x", 422, "readiness_min", "应为整数"),
        ("/api/v1/needs?sort=zzz", 422, "sort", "只能是"),
        ("/api/v1/match", 422, "text", "缺少这一项"),
        ("/api/v1/match?text=😀", 422, "text", "还没有文字"),
        ("/api/v1/search?q=", 422, "q", "不能为空"),
        ("/api/v1/needs?organisation=" + "9" * 23, 422, "organisation", "应不大于 9,223,"),
        ("/api/v1/needs?organisation=" + "9" * 5_000, 422, "organisation", "数字太长"),
        ("/api/v1/needs?amount_min=2e12", 422, "amount_min", "应不大于 1,000,000,000,000"),
        ("/api/v1/needs?readiness_min=7&readiness_max=3", 422, "readiness_min", "下限大于上限"),
        ("/api/v1/match?text=锗&amount_min=7&amount_max=3", 422, "amount_min", "下限大于上限"),
        ("/api/v1/needs?language=zh", 422, "language", "只能是 zh-Hans、zh-Hant、en"),
        ("/api/v1/needs?modes=x", 422, "modes.0", "、consulting、service"),
    ],
)
def test_problems_name_the_field_in_words(
    client: Client, path: str, status: int, field: str, words: str
) -> None:
    answer = client.raw.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert [item["field"] for item in found["problems"]] == [field]
    assert words in found["detail"]


def test_a_body_that_is_no_json(client: Client) -> None:
    answer = client.raw.post(
        "/api/v1/match", content=b"{", headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["status"]) == (422, 422)
    assert answer.json()["detail"] == "请求体：不是有效的 JSON"


def test_a_body_with_half_a_character(client: Client) -> None:
    answer = client.raw.post(
        "/api/v1/match",
        content=b'{"text": "\\ud800"}',
        headers={"content-type": "application/json"},
    )
    assert answer.json()["detail"] == "text：含有无法识别的字符，请用 UTF-8"


def test_an_unknown_name_in_a_body(client: Client) -> None:
    answer = client.raw.post("/api/v1/match", json={"text": "锗", "wantd": "need"})
    assert answer.json()["problems"] == [{"field": "wantd", "reason": "wantd：没有这一项"}]


def test_missing_is_a_problem_too(client: Client) -> None:
    found = client.json("/api/v1/nothing", 404)
    assert (found["title"], found["instance"]) == ("没有找到这个页面", "/api/v1/nothing")


def test_description_is_complete(client: Client) -> None:
    schema = client.json("/openapi.json")
    for path, methods in schema["paths"].items():
        for call in methods.values():
            assert call["summary"], path
            assert call["tags"], path
            code = min(code for code in call["responses"] if code[0] == "2")
            content = call["responses"][code].get("content", {})
            media = "application/octet-stream" if "/export." in path else "application/json"
            assert (media in content) == (code != "204"), path
            assert all(p.get("description") or p["schema"] for p in call.get("parameters", ()))


def test_every_read_is_repeatable(client: Client) -> None:
    first = client.json("/api/v1/search?q=锗")
    second = client.json("/api/v1/search?q=锗")
    assert first["items"] == second["items"]
