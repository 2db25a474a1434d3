"""An enterprise writes a need on a phone, with interruptions: the tab is closed, the session ends,
the network goes away, the back button is pressed. Every word is there at the end."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect
from sqlmodel import select

from market.db import writing
from market.models import ListingState, Need, OrganisationKind, SignIn, Sketch, Standing
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


RIGHTS = (
    "种类\t编号\t名称\t法律状态\t核实日期\n"
    '软件著作权\t2023SR0012345\t"窑炉监测\n软件"\t授权\t２０２６年３月８日\n'
    "商标\t9\t某商标\t\t2026年3月\n"
)


def test_a_range_from_a_spreadsheet_is_taken_as_it_is_meant(open_own: Open, own_site: Site) -> None:
    body = organisation_in(
        own_site, "研究所", OrganisationKind.INSTITUTION, standing=Standing.VERIFIED
    )
    token = token_of(own_site, person_in(own_site, organisation=body))
    page = open_own("/achievements/new", token=token)
    page.goto(page.url.replace("/what", "/rights"))
    page.focus("#rights-1-kind")
    page.evaluate(PASTE, RIGHTS)
    cells = [page.input_value(f"#rights-1-{name}")
             for name in ("kind", "number", "name", "status", "checked_on")]  # fmt: skip
    assert cells == ["software", "2023SR0012345", "窑炉监测 软件", "granted", "2026-03-08"]
    told = page.locator("#rights .row-lost")
    expect(told).to_contain_text("第 2 行种类“商标”不在选项里")
    expect(told).to_contain_text("“2026年3月”不是完整的日期")
    page.select_option("#rights-2-kind", "know-how")
    expect(told).to_have_count(0)


def test_what_a_step_has_saved_is_not_offered_again(open_own: Open, own_site: Site) -> None:
    page, person = begin(open_own, own_site)
    page.fill("#title", TITLE)
    page.press("#title", "Enter")  # as with the button “下一步”
    page.wait_for_url("**/measure")
    with writing(own_site.engine) as session:
        [sketch] = session.exec(select(Sketch).where(Sketch.person_id == person))
        sketch.entered = {**sketch.entered, "title": ["在别处又改过"]}
        session.add(sketch)
    page.get_by_role("button", name="上一步").click()
    expect(page.locator("#title")).to_have_value("在别处又改过")
    expect(page.locator("#restore")).to_be_hidden()


def test_two_windows_and_neither_loses_its_words(open_own: Open, own_site: Site) -> None:
    first, _ = begin(open_own, own_site)
    second = first.context.new_page()
    second.goto(first.url)
    second.fill("#problem", "第二个窗口写的。")
    saved(second)
    first.fill("#problem", "第一个窗口写的。")
    expect(first.locator("#saved")).to_contain_text("另一个窗口刚保存了不同的内容")
    first.get_by_role("button", name="下一步").last.click()
    expect(first.locator(".stored-now")).to_contain_text("第二个窗口写的。")
    address = first.url
    first.close(run_before_unload=True)  # before anything was chosen

    again = second.context.new_page()
    again.goto(address)
    expect(again.locator("#problem")).to_have_value("第二个窗口写的。")
    again.get_by_role("button", name="恢复那一份").click()
    expect(again.locator("#problem")).to_have_value("第一个窗口写的。")
