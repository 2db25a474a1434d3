"""What holds for every page: it fits a phone, and axe finds nothing serious."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

Open = Callable[..., Page]
PAGES = [
    "/", "/match", "/match?text=锗回收提纯&readiness_min=5", "/match?text=锗&division=441800",
    "/match?z=x", "/needs", "/needs?field=NM&q=无", "/needs?amount_min=abc", "/needs/1",
    "/achievements", "/achievements/3", "/organisations", "/organisations/1", "/search",
    "/search?q=余热", "/ranking", "/about", "/docs", "/nothing",
]  # fmt: skip


def unfold(page: Page) -> None:
    """Open every fold, so that what is inside is looked at too."""
    for fold in page.locator("details:not([open]) > summary").all():
        if fold.is_visible():
            fold.click()


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(open_page: Open, path: str) -> None:
    page = open_page(path)
    unfold(page)
    found = Axe().run(page).response["violations"]
    bad = [
        (rule["id"], [node["html"][:160] for node in rule["nodes"][:3]])
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]
    assert bad == []


@pytest.mark.parametrize("path", PAGES)
def test_a_phone_scrolls_only_downwards(open_page: Open, path: str) -> None:
    page = open_page(path, width=390)
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_reasons_are_printed(open_page: Open) -> None:
    page = open_page("/needs/1")
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".why").first).to_be_visible()
    expect(page.locator("nav.nav")).to_be_hidden()
