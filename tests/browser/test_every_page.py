"""What holds for every page: it fits a phone, and axe finds nothing serious."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser import inside
from tests.browser.conftest import Complaints, serving
from tests.browser.scene import Scene, set_scene
from tests.web.site import Site

Open = Callable[..., Page]
PAGES = [
    "/", "/match", "/match?text=锗回收提纯&readiness_min=5", "/match?text=锗&division=441800",
    "/match?z=x", "/needs", "/needs?field=NM&q=无", "/needs?amount_min=abc", "/needs/1",
    "/needs/1/share", "/achievements/3/sheet", "/needs/1/compare?achievement=1&achievement=2",
    "/achievements", "/achievements/3", "/organisations", "/organisations/1", "/search",
    "/search?q=余热", "/ranking", "/about", "/docs", "/nothing",
]  # fmt: skip


def unfold(page: Page) -> None:
    """Open every fold, so that what is inside is looked at too."""
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true })")


class Windows:
    """A window for everybody that stays open from page to page, so that what all pages share is
    fetched once."""

    def __init__(self, browser: Browser, address: str, scene: Scene) -> None:
        self.browser, self.address, self.scene = browser, address, scene
        self.complaints = Complaints()
        self.pages: dict[str, Page] = {}

    def open(self, role: str, path: str) -> Page:
        """The page, as somebody of that role sees it."""
        if role not in self.pages:
            context = inside.context_of(self.browser, self.address, self.scene, role)
            self.pages[role] = context.new_page()
            self.complaints.listen(self.pages[role])
        page = self.pages[role]
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(inside.path_in(self.scene, path))
        return page

    def close(self) -> None:
        for page in self.pages.values():
            page.context.close()


@pytest.fixture(scope="module")
def outside_windows(browser: Browser, served: str) -> Iterator[Windows]:
    windows = Windows(browser, served, Scene())
    yield windows
    windows.close()


@pytest.fixture(scope="module")
def inside_windows(
    browser: Browser, site_in: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Windows]:
    """Of a site with somebody of every role and something in every queue."""
    site = site_in(tmp_path_factory.mktemp("town") / "site", 3, 3)
    scene = set_scene(site.engine, datetime.now(UTC), site.app.state.settings.data)
    site.index()
    with serving(site) as address:
        windows = Windows(browser, address, scene)
        yield windows
        windows.close()


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious_and_a_phone_scrolls_only_downwards(
    outside_windows: Windows, path: str
) -> None:
    check(outside_windows.open(inside.VISITOR, path))
    outside_windows.complaints.check()


@pytest.mark.parametrize(("role", "path"), inside.EVERY)
def test_inside_axe_finds_nothing_serious_and_a_phone_scrolls_only_downwards(
    inside_windows: Windows, role: str, path: str
) -> None:
    page = inside_windows.open(role, path)
    here = inside_windows.address + inside.path_in(inside_windows.scene, path)
    is_begun = path.endswith(("/new", "/edit")) and "/writing/" in page.url
    assert is_begun or page.url == here
    expect(page.locator(".failure")).to_have_count(0)
    check(page)
    inside_windows.complaints.check()


def check(page: Page) -> None:
    """Everything unfolded, at a desk and on a phone."""
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


def test_reasons_are_printed(open_page: Open) -> None:
    page = open_page("/needs/1")
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".why").first).to_be_visible()
    expect(page.locator("nav.nav")).to_be_hidden()
