"""A newcomer becomes a proven enterprise and publishes a need with a confidential budget, of which
everybody sees exactly what they should."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import FilePayload, Page, expect

from market.credentials import hash_password
from market.models import OrganisationKind, Role, Standing
from tests.browser.scene import PDF, credit_code
from tests.web.letters import code_for
from tests.web.people import organisation_in, person_in, token_of
from tests.web.site import Site

Open = Callable[..., Page]
PASSWORD = "稀散金属 回收 七号窑"
NAME = "清远市清城区再生稀散金属科技有限公司"
TITLE = "废锗靶与锗屑回收提纯到 5N"
BODY = "每月约 200 kg 废靶，酸溶沉淀把铁和硅带进来，希望提纯到 5N 以上。"
BUDGET = "234.56"
TRACES = (BUDGET, "2345600", "2,345,600", "234560000")
"""The hidden budget in 万元, in yuan and in fen."""


def register(page: Page, site: Site, email: str) -> None:
    """From the button in the head to the form of an organisation."""
    page.get_by_role("link", name="注册").click()
    page.fill("#target", email)
    page.get_by_role("button", name="发送验证码").click()
    page.fill("#code", code_for(site, email))
    page.fill("#name", "林晓")
    page.fill("#password", PASSWORD)
    page.check("#privacy")
    page.get_by_role("button", name="完成注册").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("创建单位")
    expect(page.locator("#said")).to_contain_text("注册成功")


def found_enterprise(page: Page) -> None:
    page.fill("#name", NAME)
    page.get_by_label("企业", exact=True).check()
    page.fill("#credit_code", credit_code())
    page.select_option("#division", "441802")
    page.get_by_role("button", name="创建单位").click()
    expect(page.locator("main")).to_contain_text(NAME)


def upload_proof(page: Page) -> None:
    page.get_by_role("link", name="认证").first.click()
    paper = FilePayload(name="营业执照.pdf", mimeType="application/pdf", buffer=PDF)
    page.set_input_files("#proof", paper)
    page.get_by_role("button", name="申请认证").click()
    expect(page.locator("#waiting")).to_have_text("正在等主管部门核验")


def verify(page: Page, email: str) -> None:
    """An officer signs in and decides on what waits."""
    page.get_by_role("link", name="登录").click()
    page.fill("#login", email)
    page.fill("#password", PASSWORD)
    page.locator("main").get_by_role("button", name="登录").click()
    page.get_by_role("link", name="主管部门工作台").click()
    page.locator("main").get_by_role("link", name="单位认证").first.click()
    page.get_by_role("link", name=NAME).click()
    with page.expect_download() as paper:
        page.get_by_role("link", name="营业执照.pdf").click()
    assert paper.value.suggested_filename == "营业执照.pdf"
    page.get_by_role("button", name="通过认证").click()
    expect(page.locator("#said")).to_contain_text("认证已通过")


def write_need(page: Page, button: str) -> str:
    """The need whose budget is for those who promise; the path that it then has."""
    page.fill("#title", TITLE)
    page.fill("#body", BODY)
    page.get_by_role("button", name="合作条件", exact=True).click()
    page.fill("#amount_min", BUDGET)
    page.fill("#amount_max", BUDGET)
    page.select_option("#tier_amount", "matched")
    page.get_by_role("button", name="核对", exact=True).click()
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    return page.url.split("/needs/")[1]


def ask(page: Page, path: str) -> None:
    """A member of another organisation promises and asks."""
    page.goto(path)
    page.get_by_role("link", name="申请查阅").click()
    page.fill("#purpose", "我所有区熔提纯中试线，想了解预算以准备合作方案。")
    page.check("#promise")
    page.get_by_role("button", name="提交申请").click()
    expect(page.locator("main")).to_contain_text("粤北稀有金属研究所")


def test_a_newcomer_is_proven_and_publishes_and_a_stranger_sees_what_they_should(
    open_own: Open, own_site: Site
) -> None:
    officer = "officer@example.com"
    person_in(own_site, Role.ROUND_OFFICER, email=officer, password_hash=hash_password(PASSWORD))
    mine = open_own("/")
    register(mine, own_site, "newcomer@example.com")
    found_enterprise(mine)
    upload_proof(mine)
    verify(open_own("/"), officer)

    mine.goto("/inbox")
    expect(mine.locator("main")).to_contain_text("认证")
    mine.goto("/desk")
    mine.get_by_role("link", name="发布技术需求").click()
    id = write_need(mine, "保存并发布")
    expect(mine.locator(".own-bar")).to_contain_text("已发布")
    expect(mine.locator(".beside")).to_contain_text(f"{BUDGET} 万元")
    own_site.index()

    institute = organisation_in(
        own_site, "粤北稀有金属研究所", OrganisationKind.INSTITUTION, standing=Standing.VERIFIED
    )
    asking = person_in(own_site, organisation=institute, role=Role.EDITOR)
    member = open_own("/", token=token_of(own_site, asking))
    for stranger in (
        open_own("/"), open_own("/", token=token_of(own_site, person_in(own_site))), member,
    ):  # fmt: skip
        sees_no_budget(stranger, id)

    ask(member, f"/needs/{id}")
    sees_no_budget(member, id)
    mine.goto("/desk")
    mine.get_by_role("link", name=TITLE).first.click()
    mine.get_by_role("button", name="同意").click()
    expect(mine.locator("main")).to_contain_text("粤北稀有金属研究所")
    member.goto(f"/needs/{id}")
    expect(member.locator(".beside")).to_contain_text(f"{BUDGET} 万元")
    sees_no_budget(open_own("/"), id)


def sees_no_budget(page: Page, id: str) -> None:
    """The title and the text everywhere, the budget nowhere: neither said nor hinted at."""
    page.goto(f"/needs/{id}")
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(page.locator(".prose")).to_contain_text(BODY)
    expect(page.locator(".keeping")).to_contain_text("承诺保密、经发布单位同意后可见")
    ways = (
        f"/needs/{id}", f"/needs/{id}/disclosures", "/needs", "/search?q=锗靶", "/desk",
        f"/search?q={BUDGET}", "/match?text=废锗靶回收提纯&wanted=need", "/",
        f"/api/v1/needs/{id}", "/api/v1/needs", f"/api/v1/needs?amount_min={BUDGET}",
    )  # fmt: skip
    for way in ways:
        answer = page.request.get(way)
        assert answer.status == 200, (way, answer.status)
        told = answer.text().replace(BUDGET, "") if BUDGET in way else answer.text()
        assert not [trace for trace in TRACES if trace in told], way
    assert f"<mark>{BUDGET}" not in page.request.get(f"/search?q={BUDGET}").text()
    around, far = (found_between(page, *pair) for pair in (("234", "235"), ("900", "901")))
    assert around == far
    page.goto("/needs")
    expect(page.locator(".row", has_text=TITLE)).to_have_count(1)


def found_between(page: Page, low: str, high: str) -> list[str]:
    """The needs of a budget; those that say none are always among them."""
    page.goto(f"/needs?amount_min={low}&amount_max={high}")
    return page.locator(".row h2, .row h3").all_inner_texts()


def test_a_phone_without_javascript_registers_and_posts(open_own: Open, own_site: Site) -> None:
    page = open_own("/", width=390, java_script_enabled=False)
    register(page, own_site, "phone@example.com")
    found_enterprise(page)
    page.goto("/needs/new")
    id = write_need(page, "保存并送审")
    expect(page.locator(".own-bar")).to_contain_text("待审核")
    assert page.request.get("/needs").text().count(TITLE) == 0
    stranger = open_own(f"/needs/{id}")
    expect(stranger.get_by_role("heading", level=1)).to_contain_text("没有找到")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
