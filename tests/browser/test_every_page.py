"""What holds for every page: it fits a phone, and axe finds nothing serious."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from market.db import migrate, url_for
from tests.browser import inside
from tests.browser.conftest import opening, serving
from tests.browser.scene import Scene, set_scene
from tests.web.site import Site, furnish

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


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Scene]]:
    """A site with somebody of every role and something in every queue: its address, and who."""
    folder = tmp_path_factory.mktemp("town")
    migrate(url_for(folder))
    site = Site(folder)
    furnish(site, 3, 3)
    scene = set_scene(site.engine, datetime.now(UTC), folder)
    site.index()
    with serving(site) as address:
        yield address, scene


@pytest.fixture
def open_inside(browser: Browser, town: tuple[str, Scene]) -> Iterator[Open]:
    """Opens a page as somebody of a role sees it."""
    address, scene = town
    with opening(browser, address) as opened:

        def open_as(role: str, path: str, **options: Any) -> Page:
            token = scene.tokens.get(role, "")
            return opened(inside.path_in(scene, path), token=token, **options)

        yield open_as


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(open_page: Open, path: str) -> None:
    page = open_page(path)
    unfold(page)
    assert serious(page) == []


@pytest.mark.parametrize(("role", "path"), inside.EVERY)
def test_inside_axe_finds_nothing_serious_and_a_phone_scrolls_only_downwards(
    open_inside: Open, town: tuple[str, Scene], role: str, path: str
) -> None:
    page = open_inside(role, path)
    assert page.url == town[0] + inside.path_in(town[1], path)
    expect(page.locator(".failure")).to_have_count(0)
    unfold(page)
    assert serious(page) == []
    page.set_viewport_size({"width": 390, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def serious(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds that keeps people out."""
    found = Axe().run(page).response["violations"]
    return [
        (rule["id"], [node["html"][:160] for node in rule["nodes"][:3]])
        for rule in found
        if rule["impact"] in ("serious", "critical")
    ]


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
