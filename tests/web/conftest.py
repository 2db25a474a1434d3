"""One site that tests only read, and a way to a fresh one for those that write."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from sqlalchemy import Engine

from market.db import engine_for, migrate, url_for
from market.keys import Keys
from market.models import Standing
from tests.web.pages import Browser, Client
from tests.web.people import organisation_in, signed_in
from tests.web.site import NOW, Site, furnish


@pytest.fixture(scope="session", autouse=True)
def one_loop() -> Iterator[None]:
    """One event loop answers every request, where each would start a thread with its own."""
    with start_blocking_portal() as portal:
        Browser.portal = portal
        yield
        Browser.portal = None


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated database, a secret and nothing else."""
    folder = tmp_path_factory.mktemp("empty")
    migrate(url_for(folder))
    Keys.of(folder)
    return folder


@pytest.fixture(scope="session")
def furnished(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, int], Path]:
    """A folder with so many listings of each kind; to be copied."""

    @cache
    def made(needs: int, achievements: int) -> Path:
        folder = tmp_path_factory.mktemp("furnished") / "site"
        shutil.copytree(empty, folder)
        site = Site(folder)
        furnish(site, needs, achievements)
        site.engine.dispose()
        return folder

    return made


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, Engine]]:
    """Folders that no test has at the moment, and their engines. A new engine would write every
    statement anew; the file behind it is another one for each test."""
    return []


@pytest.fixture
def make_site(
    furnished: Callable[[int, int], Path],
    engines: list[tuple[Path, Engine]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., Site]]:
    """Makes a site of one's own."""
    taken = []

    def make(needs: int = 0, achievements: int = 0) -> Site:
        if engines:
            folder, engine = engines.pop()
        else:
            folder = tmp_path_factory.mktemp("own") / "site"
            engine = engine_for(url_for(folder))
        taken.append((folder, engine))
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(furnished(needs, achievements), folder)
        return Site(folder, engine=engine)

    yield make
    for _, engine in taken:
        engine.dispose()
    engines.extend(taken)


@pytest.fixture
def place(make_site: Callable[..., Site]) -> Site:
    """A site of one's own without listings, in which it is always the same moment."""
    site = make_site()
    site.app.state.now = lambda: NOW
    return site


def indexed(empty: Path, factory: pytest.TempPathFactory, needs: int, achievements: int) -> Site:
    """A site with its index and stored matches, to be read by many tests."""
    folder = factory.mktemp("read") / "site"
    shutil.copytree(empty, folder)
    site = Site(folder)
    furnish(site, needs, achievements)
    site.index()
    return site


@pytest.fixture(scope="session")
def site(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Needs and achievements enough for two pages; only to be read."""
    return indexed(empty, tmp_path_factory, 24, 27)


@pytest.fixture(scope="session")
def one_of_each(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with one need and one achievement; only to be read."""
    return indexed(empty, tmp_path_factory, 1, 1)


@pytest.fixture(scope="session")
def thirty_of_each(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with thirty of each; only to be read."""
    return indexed(empty, tmp_path_factory, 30, 30)


@pytest.fixture
def client(site: Site) -> Client:
    """Opens pages of the site and checks each."""
    return site.client


@pytest.fixture
def body(site: Site) -> int:
    """A verified enterprise."""
    return organisation_in(site, "清远陶瓷公司", standing=Standing.VERIFIED)


@pytest.fixture
def owner(site: Site, body: int) -> Client:
    """Somebody who owns it, signed in."""
    return signed_in(site, organisation=body)
