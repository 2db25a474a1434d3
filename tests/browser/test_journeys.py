"""Journeys of people through the site, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.web.site import Site

Open = Callable[..., Page]
NEED = "废锗靶回收\n希望把锗提纯到 5N 以上，试过酸溶沉淀，铁和硅带入多。"
BEST = "锗废料氯化蒸馏与区熔提纯"


def test_paste_read_share_and_filter(open_page: Open) -> None:
    page = open_page("/match")
    page.fill("#text", NEED)
    best = page.locator(".result").first
    expect(best).to_contain_text(BEST)

    best.locator("summary").click()
    expect(best.locator(".pair blockquote")).to_have_count(2)
    expect(best.locator(".pair mark").first).to_be_visible()

    page.wait_for_url("**/match?wanted=achievement&z=*")
    other = open_page(page.url)
    expect(other.locator("#text")).to_have_value(NEED)
    expect(other.locator(".result h3").first).to_have_text(best.locator("h3").inner_text())

    other.locator("#conditions summary").click()
    other.select_option("#field", "TI")
    expect(other.locator(".result").first).to_contain_text("辊道窑烟气余热")
    assert "field=TI" in other.url
    expect(other.locator("#conditions")).to_have_attribute("open", "")


def test_the_count_is_announced(open_page: Open) -> None:
    page = open_page("/match")
    page.fill("#text", NEED)
    expect(page.locator("#announcer")).to_have_text("找到 20 项匹配")
    expect(page.locator("#announcer")).to_have_attribute("aria-live", "polite")


def test_a_stale_request_is_dropped(open_page: Open) -> None:
    page = open_page("/match")
    waiting: list[object] = []
    page.route(
        "**/match", lambda route: waiting.append(route) if not waiting else route.continue_()
    )
    with page.expect_request("**/match"):
        page.fill("#text", "陶瓷窑炉余热")
    with page.expect_event("requestfailed"):
        page.fill("#text", NEED)
    expect(page.locator(".result").first).to_contain_text(BEST)


def test_results_do_not_shift_the_box(open_page: Open) -> None:
    page = open_page("/match")
    before = page.locator("#text").bounding_box()
    page.fill("#text", NEED)
    expect(page.locator(".result").first).to_be_visible()
    assert page.locator("#text").bounding_box() == before


def test_who_presses_the_button_is_led_to_the_answer(open_page: Open) -> None:
    page = open_page("/match", width=390)
    page.fill("#text", NEED)
    expect(page.locator(".result").first).to_be_visible()
    assert page.evaluate("scrollY") == 0
    page.get_by_role("button", name="查看匹配").click()
    expect(page.locator("#results h2")).to_be_focused()
    expect(page.locator("#results h2")).to_be_in_viewport()
    page.fill("#text", "")
    expect(page.locator("#announcer")).to_have_text("")
    page.get_by_role("button", name="查看匹配").click()
    expect(page.locator("#results")).to_contain_text("请先写下或粘贴一段文字")


def test_an_error_is_told_at_its_field_until_it_is_mended(open_page: Open) -> None:
    page = open_page("/match?text=锗&readiness_min=5")
    page.fill("#amount_min", "很多")
    expect(page.locator("#amount_min")).to_have_attribute("aria-describedby", "amount_min-wrong")
    expect(page.locator("#amount_min-wrong")).to_contain_text("金额请写成")
    page.wait_for_url("**amount_min=*")
    page.fill("#amount_min", "10万")
    expect(page.locator("#amount_min-wrong")).to_have_count(0)
    expect(page.locator("#amount_min")).not_to_have_attribute("aria-invalid", "true")


def test_a_long_address_is_taken_from_the_page_and_never_sent_as_a_header(open_page: Open) -> None:
    page = open_page("/match")
    rare = "".join(chr(0x4E00 + (n * 7919) % 20000) for n in range(4_000))
    page.fill("#text", rare)
    page.wait_for_url("**/match?wanted=achievement&z=*")
    assert len(page.url) > 3_000
    with page.expect_request("**/match") as made:
        page.locator("#text").press_sequentially("锗")
    assert "hx-current-url" not in made.value.headers


def test_the_foot_begins_below_the_first_screen(open_page: Open) -> None:
    for path in ("/match", "/search"):
        page = open_page(path)
        assert page.locator("footer").bounding_box()["y"] >= 900  # type: ignore[index]


def test_marks_of_conditions_follow_the_conditions(open_page: Open) -> None:
    page = open_page("/match?text=锗")
    page.locator("#conditions summary").click()
    page.select_option("#field", "TI")
    expect(page.locator("#conditions-set")).to_have_text("已设定")
    expect(page.locator("#conditions-clear a")).to_be_visible()
    page.select_option("#field", "")
    expect(page.locator("#conditions-clear a")).to_have_count(0)


def test_unfolded_reasons_stay_open_while_typing(open_page: Open) -> None:
    page = open_page("/match")
    page.fill("#text", NEED)
    page.locator(".result summary").first.click()
    with page.expect_response("**/match"):
        page.locator("#text").press_sequentially("。")
    expect(page.locator(".result details").first).to_have_attribute("open", "")


def test_too_long_is_told_before_and_after_sending(open_page: Open) -> None:
    page = open_page("/match")
    page.fill("#text", "字" * 5_001)
    expect(page.locator("#text-count")).to_have_text("超出 1 字，最多 5,000 字")
    expect(page.locator("#results")).to_contain_text("最多 5,000 字，现有 5,001 字")
    page.locator("#results a").first.click()
    expect(page.locator("#text")).to_be_focused()


def test_far_too_long_is_not_even_sent(open_page: Open) -> None:
    page = open_page("/match")
    sent: list[str] = []
    page.on("request", lambda made: sent.append(made.url) if made.method == "POST" else None)
    page.fill("#text", "字" * 300_000)
    expect(page.locator("#notice")).to_contain_text("文字太长，没有送出")
    assert sent == []


def test_an_example_is_one_click_away(open_page: Open) -> None:
    page = open_page("/match")
    page.locator(".tries a").first.click()
    expect(page.locator(".result").first).to_be_visible()


def test_from_home_to_matches(open_page: Open) -> None:
    page = open_page("/")
    page.fill("#text", NEED)
    page.get_by_role("button", name="查看匹配").click()
    expect(page.locator(".result").first).to_contain_text(BEST)


def test_facets_and_the_back_button(open_page: Open) -> None:
    page = open_page("/needs")
    page.locator("#field-TI").check()
    expect(page.locator("h1 + p")).to_contain_text("共 12 条符合条件")
    page.wait_for_url("**/needs?*field=TI*")
    page.locator("#readiness-7-9").check()
    page.wait_for_url("**readiness=7-9*")
    page.go_back()
    expect(page.locator("#readiness-any")).to_be_checked()
    expect(page.locator("#field-TI")).to_be_checked()
    page.go_back()
    expect(page.locator("h1 + p")).to_have_text("共 24 条")
    expect(page.locator("header.top")).to_be_visible()


def test_paging_keeps_the_frame_and_the_address(open_page: Open) -> None:
    page = open_page("/needs")
    page.get_by_role("link", name="下一页").click()
    page.wait_for_url("**/needs?page=2")
    expect(page.locator(".row")).to_have_count(4)
    assert page.title().startswith("技术需求（第 2 页）")
    page.reload()
    expect(page.locator(".row")).to_have_count(4)


def test_search_marks_while_typing(open_page: Open) -> None:
    page = open_page("/search")
    page.fill("#q", "余热")
    expect(page.locator(".hit mark").first).to_have_text("余热")
    page.wait_for_url("**/search?q=*")


def test_by_keyboard_alone(open_page: Open) -> None:
    page = open_page("/match")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[name=wanted][value=need]")).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.insert_text("氯化蒸馏和区熔提纯锗")
    expect(page.locator(".result").first).to_contain_text("废锗靶与锗屑回收提纯")
    page.locator(".result summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".result details").first).to_have_attribute("open", "")


def test_without_javascript(open_page: Open) -> None:
    page = open_page("/match", java_script_enabled=False)
    page.fill("#text", NEED)
    page.get_by_role("button", name="查看匹配").click()
    assert "/match?wanted=achievement&z=" in page.url
    expect(page.locator(".result").first).to_contain_text(BEST)
    page.goto("/needs")
    page.locator("#field-TI").check()
    page.get_by_role("button", name="应用条件").click()
    expect(page.locator(".row")).to_have_count(12)


@pytest.mark.parametrize("width", [390, 360])
def test_a_phone_folds_the_filters(open_page: Open, width: int) -> None:
    page = open_page("/needs", width=width)
    expect(page.locator("#field-TI")).to_be_hidden()
    page.get_by_text("筛选", exact=True).click()
    page.locator("#field-TI").check()
    expect(page.locator(".row")).to_have_count(12)
    expect(page.locator("#facets")).to_have_attribute("open", "")


def test_an_answer_that_is_none_leaves_the_list_alone(open_page: Open) -> None:
    page = open_page("/needs")
    page.route("**/needs?*", lambda route: route.fulfill(status=503, body="<h1>gateway</h1>"))
    page.locator("#sort").select_option("title")
    expect(page.locator("#notice")).to_contain_text("服务器暂时没有给出结果")
    expect(page.locator(".row")).to_have_count(20)


def test_a_lost_connection_is_told(open_page: Open) -> None:
    page = open_page("/needs")
    page.route("**/needs?*", lambda route: route.abort())
    page.locator("#sort").select_option("title")
    expect(page.locator("#notice")).to_contain_text("网络中断")


def test_a_listing_that_is_gone_is_told_in_place(open_page: Open) -> None:
    page = open_page("/needs")
    page.evaluate("htmx.ajax('GET', '/needs/999', '#listing')")
    expect(page.locator("#notice")).to_contain_text("没有找到这个页面")
    expect(page.locator(".row")).to_have_count(20)


def test_results_renew_themselves_when_the_encoder_is_there(open_page: Open, site: Site) -> None:
    site.matchmaker.loaded.clear()
    try:
        page = open_page("/match")
        page.fill("#text", NEED)
        expect(page.locator("#warming")).to_contain_text("语义模型正在启动")
        expect(page.locator(".result").first).to_contain_text(BEST)
    finally:
        site.matchmaker.loaded.set()
    expect(page.locator("#warming")).to_have_count(0)
    expect(page.locator(".result").first).to_contain_text(BEST)


def test_addresses_stay_short(open_page: Open) -> None:
    page = open_page("/needs")
    page.locator("#field-TI").check()
    page.wait_for_url("**/needs?field=TI")
