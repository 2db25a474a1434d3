"""What the site must not show, and texts that try to be more than text."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from market.db import writing
from market.indexer import Indexer
from market.models import Kind, ListingState, Need, Organisation
from market.models.tables import TABLES
from tests.web.site import NOW, Site
from web.app import create_app
from web.settings import Settings

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"


def spoil(site: Site) -> None:
    """Put a script into every text of the first listings and organisations, past all checks."""
    with writing(site.engine) as session:
        for kind in Kind:
            listing = session.get(TABLES[kind].listing, 1)
            assert listing is not None
            for name in ("title", "summary", "body"):
                setattr(listing, name, f"锗 {EVIL} {name}")
            listing.keywords = [f"锗{EVIL}"]
            listing.source, listing.is_demo = EVIL, False
        for id in (1, 2):
            body = session.get(Organisation, id)
            assert body is not None
            body.name, body.name_en, body.about = f"{EVIL}{id}", EVIL, EVIL
            body.website = "javascript:alert(1)"


@pytest.mark.parametrize(
    "path",
    ["/", "/needs", "/needs/1", "/achievements", "/achievements/1", "/organisations",
     "/organisations/1", "/search?q=锗", "/match?text=锗", "/match"],
)  # fmt: skip
def test_scripts_in_listings_stay_text(make_site: Callable[..., Site], path: str) -> None:
    site = make_site(2, 2)
    spoil(site)
    indexer = Indexer(site.engine, site.matchmaker)
    indexer.rebuild()
    while indexer.run_once(NOW):
        pass
    indexer.close()
    page = site.client.get(path)
    assert "alert(1)" in page.text or path == "/match"
    assert "<script>alert" not in page.text
    assert not page.all("img")
    assert not [a for a in page.all("a") if (a.get("href") or "").startswith("javascript")]


@pytest.mark.parametrize("path", ["/search", "/needs", "/organisations"])
def test_scripts_in_addresses_stay_text(site: Site, path: str) -> None:
    page = site.client.get(f"{path}?q={EVIL.replace('&', '%26')}")
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("state", [ListingState.DRAFT, ListingState.CLOSED, ListingState.WITHDRAWN])
def test_what_is_not_published_is_not_there(
    make_site: Callable[..., Site], state: ListingState
) -> None:
    site = make_site(3, 3)
    site.index()
    with writing(site.engine) as session:
        need = session.get(Need, 1)
        assert need is not None
        need.state, title = state, need.title
    site.client.get("/needs/1", 404)
    for path in ("/", "/needs", "/organisations/1", f"/search?q={title}", "/achievements/1",
                 f"/match?wanted=need&text={title}"):  # fmt: skip
        page = site.client.get(path)
        assert "/needs/1" not in {link.get("href") for link in page.all("a")}
    assert site.client.json("/api/v1/needs/1", 404)["status"] == 404


@pytest.mark.parametrize(
    ("path", "address"),
    [("/needs/", "/needs"), ("/needs/1/?a=%E9%94%97", "/needs/1?a=%E9%94%97"),
     ("//evil.com/", "/evil.com"), ("/\\evil.com/", "/%5Cevil.com")],
)  # fmt: skip
def test_a_last_slash_leads_to_this_site_whatever_the_host(
    make_site: Callable[..., Site], path: str, address: str
) -> None:
    from starlette.testclient import TestClient

    folder = make_site().app.state.settings.data
    app = create_app(Settings(data=folder, model="hashing", worker="off", allowed_hosts=("*",)))
    with_slash = TestClient(app, base_url="http://evil.com", follow_redirects=False)
    answer = with_slash.get("http://evil.com" + path)
    assert (answer.status_code, answer.headers["location"]) == (308, address)


@pytest.mark.parametrize(
    ("host", "name", "status"),
    [("127.0.0.1", "localhost:8000", 200), ("127.0.0.1", "127.0.0.1", 200),
     ("127.0.0.1", "[::1]:8000", 200), ("127.0.0.1", "evil.com", 400),
     ("0.0.0.0", "kejie.example.cn", 200)],
)  # fmt: skip
def test_without_a_list_a_local_server_answers_to_local_names(
    make_site: Callable[..., Site], host: str, name: str, status: int
) -> None:
    from starlette.testclient import TestClient

    folder = make_site().app.state.settings.data
    app = create_app(Settings(data=folder, model="hashing", worker="off", host=host))
    assert TestClient(app).get("/about", headers={"host": name}).status_code == status


@pytest.mark.parametrize(("host", "said"), [("127.0.0.1", 0), ("0.0.0.0", 1)])
def test_a_server_for_others_without_a_list_is_warned_of(
    make_site: Callable[..., Site], host: str, said: int, caplog: pytest.LogCaptureFixture
) -> None:
    folder = make_site().app.state.settings.data
    create_app(Settings(data=folder, model="hashing", worker="off", host=host))
    warnings = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert ["KEJIE_ALLOWED_HOSTS" in words for words in warnings] == [True] * said


def test_an_unknown_host_is_refused(make_site: Callable[..., Site]) -> None:
    site = make_site()
    folder = site.app.state.settings.data
    from starlette.testclient import TestClient

    app = create_app(Settings(data=folder, model="hashing", worker="off", allowed_hosts=("a.cn",)))
    assert TestClient(app, base_url="http://b.cn").get("/").status_code == 400
    assert TestClient(app, base_url="http://a.cn").get("/").status_code == 200


def test_a_failure_inside_shows_no_trace(make_site: Callable[..., Site]) -> None:
    from starlette.testclient import TestClient

    site = make_site()
    site.app.state.sessions = None
    answer = TestClient(site.app, raise_server_exceptions=False).get("/needs")
    assert answer.status_code == 500
    assert "服务器出错了" in answer.text
    assert "Traceback" not in answer.text
    assert "content-security-policy" in answer.headers


def test_a_full_disk_is_told_and_nothing_is_saved(make_site: Callable[..., Site]) -> None:
    from errno import ENOSPC

    from starlette.testclient import TestClient

    def full() -> None:
        raise OSError(ENOSPC, "No space left on device")

    site = make_site()
    site.app.state.sessions = full
    answer = TestClient(site.app, raise_server_exceptions=False).get("/needs")
    assert answer.status_code == 507
    assert "服务器的磁盘满了" in answer.text
