"""Every page opens, is sound, and says what it should."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlmodel import col

from market.db import writing
from market.models import Suggestion
from tests.web.pages import Client
from tests.web.site import Site

PAGES = [
    "/", "/match", "/match?wanted=need&text=锗", "/needs", "/needs?page=2", "/needs/1",
    "/achievements", "/achievements/3", "/organisations", "/organisations/1", "/search",
    "/search?q=锗", "/ranking", "/about", "/docs",
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_page_is_sound(client: Client, path: str) -> None:
    client.get(path)


@pytest.mark.parametrize("path", ["/nothing", "/needs/999", "/needs/abc", "/organisations/0"])
def test_missing_page_has_the_same_design(client: Client, path: str) -> None:
    assert client.get(path, 404).words("h1") == ["没有找到这个页面"]


@pytest.mark.parametrize("path", [*PAGES, "/api/v1/needs", "/static/base.css", "/nothing"])
def test_head_is_a_get_without_the_body(client: Client, path: str) -> None:
    head, full = client.raw.head(path), client.raw.get(path)
    assert (head.status_code, head.content) == (full.status_code, b"")
    assert head.headers["content-type"] == full.headers["content-type"]
    assert "content-security-policy" in head.headers


def test_wrong_method_has_the_same_design(client: Client) -> None:
    assert client.post("/needs", 405).words("h1") == ["这个地址不接受这种请求"]


def test_home_shows_true_figures(client: Client) -> None:
    assert client.get("/").words("dd")[:3] == ["24", "27", "2"]


def test_need_shows_stored_matches_with_reasons(client: Client) -> None:
    page = client.get("/needs/1")
    assert "可能解决这条需求的成果" in page.words("h2")
    assert "最接近的两句" in page.text
    assert "<mark>" in page.text


def test_weak_stored_matches_are_folded_away(make_site) -> None:  # type: ignore[no-untyped-def]
    site = make_site(1, 5)
    site.index()
    label(site, "strong", "fair", "weak", "weak", "weak")
    page = site.client.get("/needs/1")
    fold = page.by_id("weak-matches")
    assert fold.get("open") is None
    assert "另有 3 项弱相关" in page.words("summary")
    assert len([item for item in fold.iter() if str(item.get("id")).startswith("match-")]) == 3
    assert len(page.words("h3")) == 5


def test_home_counts_a_likely_pair_once(make_site) -> None:  # type: ignore[no-untyped-def]
    site = make_site(1, 5)
    site.index()
    assert "较强及以上的匹配" not in site.client.get("/").text
    label(site, "strong", "fair", "weak", "weak", "weak")
    page = site.client.get("/")
    figures = dict(zip(page.words("dt"), page.words("dd"), strict=True))
    assert figures["较强及以上的匹配"] == "2"


def label(site: Site, *labels: str) -> None:
    """Label the stored matches of the first need, on its page and on that of the other side."""
    with writing(site.engine) as session:
        for number, given in enumerate(labels, 1):
            of_pair = col(Suggestion.achievement_id) == number
            session.execute(update(Suggestion).where(of_pair).values(label=given))


def test_demo_is_labelled_on_its_page(client: Client) -> None:
    assert "示例数据 · 非真实需求" in client.get("/needs/1").text


def test_english_listing_says_its_language(client: Client) -> None:
    page = client.get("/achievements/3")
    assert page.all("h1")[0].get("lang") == "en"


def test_organisation_shows_what_it_published(client: Client) -> None:
    assert "技术需求 24" in client.get("/organisations/1").words("h2")


def test_directory_finds_a_name(client: Client) -> None:
    page = client.get("/organisations?q=研究所")
    assert "示例研究所一" in page.text
    assert "示例企业甲" not in page.text


def test_search_marks_the_words_in_both_kinds(client: Client) -> None:
    page = client.get("/search?q=余热")
    assert "余热" in page.words("mark")
    assert {"技术需求", "科技成果"} <= {item.get("title") for item in page.all("span")}


def test_search_counts_whole_and_partial_hits_apart(client: Client) -> None:
    lines = [words for words in client.get("/search?q=余热 锗").words("p") if "项" in words]
    assert [line.split(" 项")[1][:6] for line in lines if "含有" in line] == ["含有其中的词"]
    lines = client.get("/search?q=余热 辊道窑").words("p")
    assert any("项含有全部检索词" in line for line in lines)


def test_every_hit_that_counts_as_holding_words_is_marked(client: Client) -> None:
    page = client.get("/search?q=不存在的余热zzzz")
    lines = [line for line in page.words("p") if "项含有" in line]
    held = [item for item in page.all("li") if item.get("class", "").startswith("hit ")
            and any(str(part.tag).endswith("}mark") for part in item.iter())]  # fmt: skip
    assert sum(int(line.split(" 项")[0]) for line in lines) == len(held) > 0
    assert not any("全部" in line for line in lines)


@pytest.mark.parametrize("q", ["%25", "_", "😀", "\\", "'\""])
def test_a_search_without_words_is_told(client: Client, q: str) -> None:
    page = client.get(f"/search?q={q}", 422)
    assert "填写的内容有误" in page.words("h2")
    assert page.by_id("q").get("aria-invalid") == "true"
    found = client.json(f"/api/v1/search?q={q}", 422)
    assert [problem["field"] for problem in found["problems"]] == ["q"]


def test_both_titles_of_the_sample_are_marked(client: Client) -> None:
    sample = next(item for item in client.get("/").all("aside") if item.get("class") == "sample")
    marks = [part for part in sample.iter() if part.get("class") == "demo"]
    assert len(marks) == 2


def test_search_can_ask_for_one_kind(client: Client) -> None:
    page = client.get("/search?q=余热&kind=need")
    assert "科技成果" not in {item.get("title") for item in page.all("span")}


def test_ranking_page_takes_its_figures_from_the_card(client: Client) -> None:
    page = client.get("/ranking")
    assert "排序说明" in page.words("h1")
    assert "词语" in page.text


def test_docs_show_every_call(client: Client) -> None:
    page = client.get("/docs")
    paths = set(client.json("/openapi.json")["paths"])
    assert paths == {words.split()[1] for words in page.words("h2")}


def test_an_empty_site_says_what_to_do(make_site) -> None:  # type: ignore[no-untyped-def]
    site = make_site()
    for path in ("/", "/match", "/needs", "/achievements", "/search?q=锗", "/match?text=锗"):
        site.client.get(path)
    assert "还没有已发布的" in site.client.get("/needs").text
