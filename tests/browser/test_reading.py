"""What paper, narrow screens and the clipboard get of a listing."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from market.models import Kind
from market.models.enums import Holding, RightKind
from market.models.particulars import Holder, Indicator, Right
from tests.web.site import Site, draft

LONG = "窑头排烟温度高，热损失大，希望回收余热用于坯体干燥，同时不影响烧成曲线。"


@pytest.fixture
def full(own_site: Site) -> Site:
    """A site whose second achievement says as much as a listing may."""
    own_site.record(Kind.ACHIEVEMENT, draft(
        7, Kind.ACHIEVEMENT, title="题目很长" * 49, summary=LONG * 10, innovation=LONG * 60,
        cases="一行。\n" * 150, body=LONG * 60, team=LONG * 20, contact="电话" * 99,
        keywords=tuple(f"很长的关键词{n}" for n in range(20)),
        indicators=tuple(
            Indicator(f"名称很长要换行的第{n}项技术指标", "120～250 左右", "≤ 70", "mg/L")
            for n in range(20)
        ),
        rights=tuple(Right(RightKind.KNOW_HOW, name=f"配方{n}" * 9) for n in range(20)),
        holders=tuple(Holder(f"某某大学联合实验室{n}", Holding.LONG_USE) for n in range(10)),
    ))  # fmt: skip
    return own_site


@pytest.mark.parametrize("path", ["/needs/1/sheet", "/achievements/2/sheet"])
def test_the_sheet_is_one_sheet(full: Site, open_own: Callable[..., Page], path: str) -> None:
    page = open_own(path)
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 672, "height": 980})
    cut = page.eval_on_selector(".a4", "sheet => sheet.scrollHeight - sheet.clientHeight")
    assert cut <= 1
    assert page.locator(".a4-lead").evaluate("lead => lead.clientHeight >= 20")
    assert page.locator(".a4-foot").is_visible()


@pytest.mark.parametrize("path", ["/achievements/2", "/achievements", "/achievements/2/share"])
def test_the_longest_listing_fits_a_phone(
    full: Site, open_own: Callable[..., Page], path: str
) -> None:
    page = open_own(path, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_text_to_pass_on_is_copied(open_page: Callable[..., Page]) -> None:
    page = open_page("/needs/1/share", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="复制").nth(1).click()
    page.get_by_role("button", name="已复制").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.input_value("#share-address")


def test_without_scripts_no_button_promises_what_it_cannot_do(
    open_page: Callable[..., Page],
) -> None:
    for path in ("/needs/1/share", "/needs/1/sheet"):
        page = open_page(path, java_script_enabled=False)
        assert page.locator("main button:visible").count() == 0
