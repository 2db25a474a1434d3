"""Request ids, logs without secrets, and what machines ask: is it alive, ready, how busy."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from market.models import Role, SignInKind
from tests.web.pages import Client
from tests.web.people import person_in, signed_in, token_of
from tests.web.site import Site
from web import logs


def test_every_answer_has_an_id_of_our_own(site: Site) -> None:
    given = {"X-Request-ID": "from-outside"}
    paths = ("/about", "/about", "/nothing", "/static/base.css", "/api/v1/needs")
    ids = [site.client.raw.get(path, headers=given).headers["x-request-id"] for path in paths]
    assert len(set(ids)) == 5
    assert all(len(id) == 16 and int(id, 16) for id in ids)


def test_a_failure_shows_its_id(site: Site) -> None:
    page = site.client.get("/nothing", 404)
    assert page.headers["x-request-id"] in page.text
    found = site.client.raw.get("/api/v1/nothing")
    assert found.json()["request_id"] == found.headers["x-request-id"]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, object]]]:
    """What the log of the server holds since the test began, line by line."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter())
    logger = logging.getLogger("kejie")
    monkeypatch.setattr(logger, "handlers", [handler])
    monkeypatch.setattr(logger, "level", logging.INFO)
    logger.manager._clear_cache()  # type: ignore[attr-defined]
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_tells_what_was_asked_by_whom_and_how_it_went(
    site: Site, written: Callable[[], list[dict[str, object]]]
) -> None:
    client = signed_in(site)
    answer = client.raw.get("/needs/1?q=secret-question")
    client.raw.get("/api/v1/needs/1")
    client.raw.get("/secret-path")
    client.raw.get("/static/base.css")
    first, *others = [line for line in written() if line["logger"] == "kejie.access"]
    assert first.pop("ms") > 0  # type: ignore[operator]
    assert first.pop("timestamp")
    assert first == {
        "event": "request", "level": "info", "logger": "kejie.access", "method": "GET",
        "person": client.person_id, "request_id": answer.headers["x-request-id"],
        "route": "/needs/{id}", "status": 200,
    }  # fmt: skip
    routes = [(line["route"], line["status"]) for line in others]
    assert routes == [("/api/v1/needs/{id}", 200), ("(other)", 404), ("/static", 200)]


def test_no_secret_reaches_the_log(
    site: Site, written: Callable[[], list[dict[str, object]]]
) -> None:
    """Whatever comes in: addresses, forms, cookies, headers, and the values of failing SQL."""
    browser = signed_in(site).raw
    session = browser.cookies["kejie_session"]
    bearer = token_of(site, person_in(site), kind=SignInKind.TOKEN)
    browser.get("/search?q=SECRET-1&token=SECRET-2")
    browser.post("/match", data={"text": "SECRET-3"})
    browser.post("/match", data={"text": "SECRET-4"}, headers={"x-csrftoken": "SECRET-5"})
    browser.get("/reset/SECRET-6")
    browser.get("/api/v1/needs", headers={"Authorization": f"Bearer {bearer}"})
    browser.get("/api/v1/needs", headers={"Authorization": "Bearer SECRET-7"})
    browser.get(
        "/about", headers={"Referer": "http://testserver/?SECRET-8", "User-Agent": "SECRET-9"}
    )
    text = json.dumps(written())
    assert len(written()) >= 7
    assert "SECRET" not in text
    assert session not in text
    assert bearer not in text


def test_a_failure_is_logged_with_its_trace_and_without_values(
    make_site: Callable[..., Site], written: Callable[[], list[dict[str, object]]]
) -> None:
    site = make_site()
    with site.engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE sign_in")
        connection.commit()
    cookies = {"kejie_session": "SECRET"}
    browser = TestClient(site.app, raise_server_exceptions=False, cookies=cookies)
    answer = browser.get("/needs")
    assert answer.status_code == 500
    [failed] = [line for line in written() if line["level"] == "error"]
    assert failed["request_id"] == answer.headers["x-request-id"]
    assert "no such table" in str(failed["exception"])
    assert "parameters hidden" in str(failed["exception"])


# ---- what machines ask


def test_a_process_that_lives_says_so(site: Site) -> None:
    answer = site.client.raw.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_a_site_with_its_index_is_ready(site: Site) -> None:
    assert site.client.json("/readyz") == {"database": True, "index": True}


def test_a_database_of_another_version_is_not_ready(make_site: Callable[..., Site]) -> None:
    site = make_site()
    site.index()
    assert site.client.json("/readyz")["database"] is True
    with site.engine.connect() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    assert site.client.json("/readyz", 503)["database"] is False


def test_figures_are_for_this_machine_and_for_administrators(site: Site) -> None:
    def status(client: Client, **headers: str) -> int:
        return client.raw.get("/metrics", headers=headers).status_code

    near = TestClient(site.app, base_url="http://127.0.0.1", client=("127.0.0.1", 5))
    assert near.get("/metrics").status_code == 200
    assert status(site.client) == 303
    assert status(signed_in(site, Role.ROUND_OFFICER)) == 403
    assert status(signed_in(site, Role.ADMINISTRATOR)) == 200


@pytest.mark.parametrize(
    ("host", "address", "headers"),
    [("http://127.0.0.1", "10.0.0.7", {}), ("http://testserver", "127.0.0.1", {}),
     ("http://127.0.0.1", "127.0.0.1", {"X-Forwarded-For": "9.9.9.9"}),
     ("http://127.0.0.1", "127.0.0.1", {"Via": "1.1 proxy"})],
)  # fmt: skip
def test_a_proxy_on_this_machine_opens_no_figures(
    site: Site, host: str, address: str, headers: dict[str, str]
) -> None:
    asker = TestClient(site.app, base_url=host, client=(address, 5), follow_redirects=False)
    assert asker.get("/metrics", headers=headers).status_code == 303


def test_figures_count_requests_by_route_and_never_by_address(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(1, 0)
    site.client.get("/needs/1")
    site.client.get("/needs/999", 404)
    site.client.raw.get("/made-up-path")
    site.client.raw.request("BREW", "/needs")
    text = signed_in(site, Role.ADMINISTRATOR).raw.get("/metrics").text
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert lines['kejie_requests_total{method="GET",route="/needs/{id}",status="200"}'] == "1.0"
    assert lines['kejie_requests_total{method="GET",route="/needs/{id}",status="404"}'] == "1.0"
    assert lines['kejie_requests_total{method="GET",route="(other)",status="404"}'] == "1.0"
    assert "BREW" not in text
    assert "made-up" not in text
    assert lines['kejie_now{of="deliveries-dead"}'] == "0.0"
    assert lines['kejie_now{of="sessions"}'] == "1.0"
