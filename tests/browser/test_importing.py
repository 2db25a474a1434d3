"""An institute brings in 500 achievements from a messy spreadsheet and repairs the rest on the
page, while the worker works behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import FilePayload, Page, expect
from sqlmodel import col, select

from market.importing import Importer
from market.models import Achievement, Import, ImportState, OrganisationKind, Role, Standing
from tests.market import messy
from tests.web.people import organisation_in, person_in, token_of
from tests.web.site import Site

Open = Callable[..., Page]
ROWS = 500
WRONG = {n for every, first in messy.WRONG.values() for n in range(ROWS) if n % every == first}
TWICE = {n for n in range(ROWS) if n % messy.REPEATED[0] == messy.REPEATED[1]}
PATENTS = len([n for n in range(ROWS) if n % messy.WRONG["rights"][0] == messy.WRONG["rights"][1]])
MENDED = {"readiness": "6", "rights": "201710601862.3", "fields": "新材料", "amount_min": ""}


@pytest.fixture
def worker(own_site: Site) -> Iterator[None]:
    """Works until the test is over."""
    stop = threading.Event()
    importer = Importer(own_site.engine, own_site.app.state.settings.data)

    def work() -> None:
        while not stop.is_set():
            importer.run_once(own_site.app.state.now())
            stop.wait(0.05)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()
    importer.close()


def mend_alike(page: Page) -> None:
    """What is wrong in many rows, once for all of them."""
    for mistake in page.locator(".import-alike li").all():
        part = mistake.locator("input[name^=target]").get_attribute("value") or ""
        mistake.locator("input[name^=becomes]").fill(MENDED[part])
    page.get_by_role("button", name="一起改这些行").click()
    expect(page.locator(".import-alike")).to_have_count(0)


def mend_all(page: Page) -> None:
    """Every wrong cell of the page, and the next page, until nothing is wrong."""
    while cells := page.locator(".import-cell.is-wrong").all():
        for cell in cells:
            field = cell.locator("input, textarea")
            part = (field.get_attribute("name") or "").split("-")[2]
            field.fill(MENDED[part])
        page.get_by_role("button", name="保存本页的修改和选择").click()
        page.wait_for_load_state()


@pytest.mark.usefixtures("worker")
def test_a_messy_spreadsheet_becomes_achievements(open_own: Open, own_site: Site) -> None:
    body = organisation_in(
        own_site, "清远先进材料研究院", OrganisationKind.INSTITUTION, standing=Standing.VERIFIED
    )
    token = token_of(own_site, person_in(own_site, organisation=body, role=Role.EDITOR))
    page = open_own("/imports", token=token)
    file = FilePayload(
        name="成果汇总.xlsx", mimeType="application/vnd.ms-excel", buffer=messy.workbook(ROWS)
    )
    page.set_input_files("#file", file)
    page.get_by_role("button", name="上传并读取").click()
    page.get_by_role("button", name="检查每一行").click()
    heading = page.locator("#run")
    expect(heading).to_have_text(
        f"{len(WRONG)} 行需要修改，{ROWS - len(WRONG | TWICE)} 行可以导入", timeout=30_000
    )
    mend_alike(page)
    expect(page.locator(".import-cell.is-wrong")).to_have_count(PATENTS)
    mend_all(page)
    expect(heading).to_have_text(f"{ROWS - len(TWICE)} 行可以导入")
    page.get_by_label("直接发布").check()
    page.get_by_role("button", name="导入选中的").click()
    expect(page.locator("#became")).to_have_text("已导入", timeout=60_000)
    expect(page.locator(".import-tally dd").first).to_have_text(str(ROWS - len(TWICE)))
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("#undo summary").click()
    page.get_by_role("button", name="撤销这次导入").click()
    expect(page.locator("#became")).to_have_text("已撤销", timeout=60_000)
    with own_site.session() as session:
        assert session.exec(select(Import.state)).one() is ImportState.UNDONE
        made = select(Achievement).where(col(Achievement.owner_id) == body)
        assert session.exec(made).all() == []
