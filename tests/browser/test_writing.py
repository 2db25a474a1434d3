"""An enterprise writes a need on a phone, with interruptions: the tab is closed, the session ends,
the network goes away, the back button is pressed. Every word is there at the end."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect
from sqlmodel import select

from market.db import writing
from market.models import ListingState, Need, SignIn, Sketch, Standing
from tests.web.people import organisation_in, person_in, token_of
from tests.web.site import Site

Open = Callable[..., Page]
TITLE = "陶瓷辊道窑排烟余热回收"
ROWS = "热回收率\t\t≥ 60\t%\n换热器寿命\t6\t≥ 24\t月\n"
PASTE = """text => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  document.activeElement.dispatchEvent(
    new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


def begin(open_own: Open, site: Site) -> tuple[Page, int]:
    body = organisation_in(site, "清远陶瓷公司", standing=Standing.VERIFIED)
    person = person_in(site, organisation=body)
    return open_own("/needs/new", token=token_of(site, person), width=390), person


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_contain_text("已保存")


def test_a_need_is_written_on_a_phone_with_interruptions(open_own: Open, own_site: Site) -> None:
    page, _ = begin(open_own, own_site)
    page.fill("#title", TITLE)
    saved(page)
    page.fill("#problem", "排烟温度 180 ℃，热损失大。")
    address = page.url
    page.close(run_before_unload=True)  # the tab is closed in the middle of a sentence

    page = page.context.new_page()
    page.goto(address)
    restore = page.get_by_role("button", name="恢复那一份")
    if page.input_value("#problem") == "":
        restore.click()
    expect(page.locator("#problem")).to_have_value("排烟温度 180 ℃，热损失大。")
    page.get_by_role("button", name="下一步").last.click()

    page.fill("#indicators-1-name", "排烟温度")
    page.fill("#indicators-1-value", "≤ 90")
    page.press("#indicators-1-value", "Enter")
    page.focus("#indicators-2-name")
    page.evaluate(PASTE, ROWS)
    expect(page.locator(".row-entry")).to_have_count(3)
    page.go_back()
    expect(page.locator("#title")).to_have_value(TITLE)
    page.get_by_role("button", name="核对", exact=True).click()
    page.wait_for_url("**/check")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="保存并发布").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    with own_site.session() as session:
        row = session.exec(select(Need).where(Need.title == TITLE)).one()
        assert row.state is ListingState.PUBLISHED
        assert [each.name for each in row.indicators] == ["排烟温度", "热回收率", "换热器寿命"]
        assert row.indicators[2].value == "≥ 24"


def test_a_session_that_ends_and_a_network_that_goes_lose_nothing(
    open_own: Open, own_site: Site
) -> None:
    page, person = begin(open_own, own_site)
    page.fill("#title", TITLE)
    saved(page)
    way = page.url

    def unplugged(route: Route) -> None:
        route.abort()

    page.route(way, unplugged)
    page.fill("#summary", "断网时写的。")
    expect(page.locator("#saved")).to_contain_text("已留在这台设备上")
    page.unroute(way)

    with writing(own_site.engine) as session:
        for row in session.exec(select(SignIn).where(SignIn.person_id == person)):
            session.delete(row)
    page.fill("#tried", "没有会话时写的。")
    expect(page.locator("#saved")).to_contain_text("登录已失效")
    page.get_by_role("button", name="下一步").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    cookie = next(c for c in page.context.cookies() if c["name"] == "kejie_kept")
    assert cookie["httpOnly"]

    origin = way.split("/needs/")[0]
    page.context.add_cookies(
        [{"name": "kejie_session", "value": token_of(own_site, person), "url": origin}]
    )
    page.goto(way)
    expect(page.locator("#said")).to_contain_text("找回来了")
    expect(page.locator("#summary")).to_have_value("断网时写的。")
    expect(page.locator("#tried")).to_have_value("没有会话时写的。")
    with own_site.session() as session:
        [sketch] = session.exec(select(Sketch).where(Sketch.person_id == person))
        assert sketch.entered["tried"] == ["没有会话时写的。"]
