"""Lists: facets, sorting and paging in the address, at a constant cost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from market.models import Kind
from tests.web.pages import Client, Page
from tests.web.site import Site, draft


def titles(page: Page) -> list[str]:
    """The titles of the rows."""
    return page.words("h3")


PATHS = ["/needs", "/achievements", "/organisations", "/search?q=回收", "/api/v1/needs",
         "/match?text=回收", "/needs/1", "/achievements/1"]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_a_page_costs_the_same_with_one_row_and_with_thirty(
    one_of_each: Site, thirty_of_each: Site, path: str
) -> None:
    costs = []
    for site in (one_of_each, thirty_of_each):
        with site.counted() as statements:
            assert site.client.raw.get(path).status_code == 200
        costs.append(len(statements))
    assert costs[0] == costs[1]


def test_pages_are_in_the_address(client: Client) -> None:
    first, second = client.get("/needs"), client.get("/needs?page=2")
    assert (len(titles(first)), len(titles(second))) == (20, 4)
    assert "/needs?page=2" in {link.get("href") for link in first.all("a")}


def test_paging_keeps_filters(client: Client) -> None:
    page = client.get("/needs?mode=joint&sort=title")
    assert "/needs?mode=joint&sort=title&page=2" in {a.get("href") for a in page.all("a")}


def test_a_field_stands_for_what_lies_under_it(client: Client) -> None:
    assert "共 12 条符合条件" in client.get("/needs?field=TI").text.replace(
        '<b class="num">', ""
    ).replace("</b>", "")


def test_choosing_a_child_narrows_its_parent(client: Client) -> None:
    both, parent = (
        client.get("/achievements?field=NM&field=NM08"),
        client.get("/achievements?field=NM"),
    )
    assert len(titles(both)) < len(titles(parent))


def test_children_of_a_chosen_field_unfold(client: Client) -> None:
    ids = {item.get("id") for item in client.get("/needs?field=NM").all("input")}
    assert "field-NM08" in ids
    assert "field-NM08" not in {item.get("id") for item in client.get("/needs").all("input")}


def test_facets_count_with_the_other_filters_applied(client: Client) -> None:
    words = client.get("/needs?readiness=7-9").words("label")
    assert "传统产业转型5" in words


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("amount_min=abc", "金额请写成“500000”或“50万”，现为“abc”。"),
        ("amount_min=9万&amount_max=8万", "下限大于上限，请对调或清空其中一个。"),
        ("page=x", "页码应为正整数，现为“x”。"),
        ("page=000", "页码应为正整数，现为“000”。"),
        ("amount_min=999999999999亿", "金额过大，最多 1 万亿元，请核对单位是元、万还是亿。"),
        ("q=" + "长" * 201, "检索词最多 200 字，现有 201 字；长文请用“匹配”页。"),
    ],
)
def test_bad_input_is_told_and_kept(client: Client, query: str, reason: str) -> None:
    page = client.get(f"/needs?{query}", 422)
    assert reason in page.text
    links = [a.get("href") for a in page.all("a") if "".join(a.itertext()) == reason]
    assert links[0] is not None
    assert page.by_id(links[0][1:]) is not None


def test_kept_value_stands_in_its_field(client: Client) -> None:
    assert client.get("/needs?amount_min=abc", 422).by_id("amount_min").get("value") == "abc"


def test_amounts_can_be_written_as_people_write_them(client: Client) -> None:
    assert titles(client.get("/needs?amount_max=40万")) != titles(client.get("/needs"))
    plain, short = client.get("/needs?amount_max=400000"), client.get("/needs?amount_max=40万")
    assert titles(plain) == titles(short)


def test_nothing_found_offers_a_way_out(client: Client) -> None:
    page = client.get("/needs?q=没有这种东西")
    assert "清除全部条件" in page.text
    assert titles(page) == []


def test_sort_by_title(client: Client) -> None:
    found = titles(client.get("/needs?sort=title"))
    assert found == sorted(found)


LONG = "000000001" + "9" * 5_000


@pytest.mark.parametrize("number", ["99", LONG])
def test_a_page_beyond_the_end_is_the_last_and_says_so(client: Client, number: str) -> None:
    page = client.get(f"/needs?page={number}")
    assert "页码超出范围，下面是最后一页（第 2 页）。" in page.words("p")
    assert titles(page) == titles(client.get("/needs?page=2"))
    assert "页码超出范围，下面是最后一页（第 1 页）。" in client.get(
        f"/organisations?page={number}"
    ).words("p")


@pytest.mark.parametrize("path", ["/needs", "/achievements", "/organisations", "/api/v1/needs"])
@pytest.mark.parametrize("id", ["9" * 23, "9" * 5_000])
def test_an_id_that_no_table_can_hold_is_not_there(client: Client, path: str, id: str) -> None:
    assert client.raw.get(f"{path}/{id}").status_code == 404


@pytest.mark.parametrize(
    ("path", "note"),
    [
        ("/needs?field=ZZ", "领域 ZZ"),
        ("/needs?division=999999", "地区 999999"),
        ("/needs?mode=zzz", "合作方式 zzz"),
        ("/needs?readiness=99", "成熟度范围 99"),
        ("/needs?sort=zzz", "排序方式 zzz"),
        ("/needs?field=<script>", "领域 <script>"),
        ("/organisations?kind=source", "单位类别 source"),
        ("/search?q=锗&kind=zzz", "检索范围 zzz"),
        ("/search?q=锗&field=ZZ", "领域 ZZ"),
        ("/match?text=锗&field=ZZ", "领域 ZZ"),
    ],
)
def test_an_unknown_value_is_told_and_ignored(client: Client, path: str, note: str) -> None:
    page = client.get(path)
    assert f"地址中的{note} 不存在，已忽略。" in page.words("p")
    assert titles(page) or page.words("tbody") or page.words("mark")
    assert "清除全部条件" not in page.text


def test_every_kind_can_be_chosen_however_many_are_found(client: Client) -> None:
    page = client.get("/organisations?kind=bureau&q=示例")
    assert page.words("label")[1:] == ["全部 2", "企业 1", "高校院所 1", "主管部门 0", "服务机构 0"]
    assert page.by_id("kind-bureau").get("checked") is not None
    assert page.words("label") == client.get("/organisations?kind=bureau").words("label")


def test_a_list_is_searched_in_every_script_and_in_summaries(client: Client) -> None:
    assert titles(client.get("/needs?q=廢鍺")) == titles(client.get("/needs?q=废锗")) != []
    assert titles(client.get("/needs?q=低价外卖"))


def test_amount_that_is_open_is_negotiable(make_site: Callable[..., Site]) -> None:
    site = make_site()
    site.record(Kind.NEED, draft(0, Kind.NEED, amount_min=None, amount_max=None))
    assert "面议" in site.client.get("/needs").words("dd")


def test_a_listing_that_is_only_a_title_says_so(make_site: Callable[..., Site]) -> None:
    site = make_site()
    bare = draft(0, Kind.NEED, summary="", body="", keywords=(), field_codes=(), modes=(),
                 readiness=None, amount_min=None, amount_max=None, division_code=None)  # fmt: skip
    site.record(Kind.NEED, bare)
    assert "来源中只有题目，没有正文。" in site.client.get("/needs/1").words("p")
    site.client.get("/needs")
