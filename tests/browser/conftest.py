"""A served site and a real Chromium; every test here is skipped where there is none."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests.browser import chromium
from tests.web.conftest import empty, furnished
from tests.web.site import Site
from web import cookies

__all__ = ["empty", "furnished"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lives here, and say once why it does not run."""
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    reason = "没有找到 Chromium：apt install chromium，或用 KEJIE_CHROMIUM 指明路径"
    for item in here:
        item.add_marker(pytest.mark.browser)
        if chromium.path() is None:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def site_in(furnished: Callable[[int, int], Path]) -> Callable[..., Site]:
    """Makes a site with so many listings of each kind in a new folder."""

    def made(folder: Path, needs: int, achievements: int, model: str = "hashing") -> Site:
        shutil.copytree(furnished(needs, achievements), folder)
        return Site(folder, model)

    return made


@pytest.fixture(scope="session")
def site(site_in: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Needs, achievements and their stored matches, scored by words and n-grams, whose weights
    are measured: percentages and the whole page about the ranking are there to be looked at."""
    made = site_in(tmp_path_factory.mktemp("served") / "site", 24, 27, "lexical")
    made.index()
    return made


@pytest.fixture(scope="session")
def served(site: Site) -> Iterator[str]:
    """The address of the site."""
    with serving(site) as address:
        yield address


@contextmanager
def serving(site: Site) -> Iterator[str]:
    """The address of a site while the block runs. The socket listens before the server does, so
    nobody has to wait for it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(site.app, log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a file. While it is there this thread has a running loop, in
    which whatever other files test could not start one: so it goes with the file."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.ARGS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser, served: str) -> Iterator[Callable[..., Page]]:
    """Opens pages of the site that tests only read."""
    with opening(browser, served) as opened:
        yield opened


@pytest.fixture
def own_site(site_in: Callable[..., Site], tmp_path: Path) -> Site:
    """A site that a test may write to."""
    return site_in(tmp_path / "site", 1, 1)


@pytest.fixture
def open_own(browser: Browser, own_site: Site) -> Iterator[Callable[..., Page]]:
    """Opens pages of that site."""
    with serving(own_site) as address, opening(browser, address) as opened:
        yield opened


@contextmanager
def opening(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens pages, each in a context of its own, with the session of `token` if one is given;
    whatever the console complains of fails the test."""
    contexts = []

    def opened(path: str = "/", width: int = 1280, token: str = "", **options: Any) -> Page:
        size: ViewportSize = {"width": width, "height": 900}
        context = browser.new_context(base_url=address, viewport=size, locale="zh-CN", **options)
        contexts.append(context)
        if token:
            context.add_cookies([{"name": cookies.SESSION, "value": token, "url": address}])
        page = context.new_page()
        complaints.listen(page)
        page.goto(path)
        return page

    complaints = Complaints()
    yield opened
    for context in contexts:
        context.close()
    complaints.check()


class Complaints:
    """What the consoles of pages complain of."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def listen(self, page: Page) -> None:
        """From now on to this page too."""
        page.on("console", lambda said: self.said.append(said.text) if said.type == "error" else 0)
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def check(self) -> None:
        """Fail for whatever is no part of a test."""
        expected = ("status of 4", "status of 503", "ERR_FAILED", "htmx:",
                    "Response Status Error Code")  # fmt: skip
        unexpected = [said for said in self.said if not any(words in said for words in expected)]
        self.said.clear()
        assert unexpected == []
