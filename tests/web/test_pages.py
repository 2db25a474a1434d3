"""Every page opens, is sound, and says what it should."""

from __future__ import annotations

import pytest

from tests.web.pages import Client

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


def test_wrong_method_has_the_same_design(client: Client) -> None:
    assert client.post("/needs", 405).words("h1") == ["这个地址不接受这种请求"]


def test_home_shows_true_figures(client: Client) -> None:
    assert client.get("/").words("dd")[:3] == ["24", "27", "2"]


def test_need_shows_stored_matches_with_reasons(client: Client) -> None:
    page = client.get("/needs/1")
    assert "能解这条需求的成果" in page.text
    assert "最接近的两句" in page.text
    assert "<mark>" in page.text


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
