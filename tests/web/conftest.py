"""One site that tests only read, and a way to a fresh one for those that write."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from market.db import migrate, url_for
from tests.web.pages import Client
from tests.web.site import Site, furnish


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated database and nothing in it."""
    folder = tmp_path_factory.mktemp("empty")
    migrate(url_for(folder))
    return folder


@pytest.fixture
def make_site(empty: Path, tmp_path: Path) -> Callable[..., Site]:
    """Makes a site of one's own."""

    def make(needs: int = 0, achievements: int = 0, name: str = "site") -> Site:
        folder = tmp_path / name
        shutil.copytree(empty, folder)
        site = Site(folder)
        furnish(site, needs, achievements)
        return site

    return make


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
