"""What protects every answer: rules, cookies, headers, sizes, addresses and limits; and that
no route is without a rule."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from market.errors import TooMany
from market.rules import RULES
from tests.web.pages import Browser
from tests.web.people import person_in, signed_in, token_of, visitor
from tests.web.routes import every_route
from tests.web.site import Site
from web.addresses import inner
from web.app import create_app
from web.limits import LIMITS, Limits
from web.security import MAX_BODY, MAX_UPLOAD
from web.settings import BadSetting, Settings

HTTPS = "https://kejie.example.cn"


def app_with(site: Site, **given: object) -> object:
    plain = {"data": site.app.state.settings.data, "model": "hashing", "worker": "off"}
    return create_app(Settings(**{**plain, "allowed_hosts": ("*",), **given}))  # type: ignore[arg-type]


@pytest.fixture
def behind_tls(make_site: Callable[..., Site]) -> Site:
    site = make_site()
    site.app = app_with(site, public_url=HTTPS)
    return site


# ---- rules


def test_every_route_names_a_rule_that_there_is(site: Site) -> None:
    assert [route for route in every_route(site.app) if route.rule not in RULES] == []


def test_the_routes_are_really_looked_at(site: Site) -> None:
    found = {(route.method, route.path): route.rule for route in every_route(site.app)}
    assert found["GET", "/needs/{id}"] == "listing.view"
    assert found["GET", "/api/v1/needs/{id}"] == "listing.view"
    assert found["GET", "/metrics"] == "metrics.view"


def test_what_a_visitor_may_call_is_described_so(site: Site) -> None:
    schema = site.app.openapi()
    assert set(schema["components"]["securitySchemes"]) == {"token", "session"}
    assert {} in schema["paths"]["/api/v1/needs"]["get"]["security"]


# ---- cookies and headers


def flags(answer: object) -> dict[str, set[str]]:
    """Of every cookie that is set: its attributes, by its name."""
    found = {}
    for line in answer.headers.get_list("set-cookie"):  # type: ignore[attr-defined]
        name, *attributes = line.split("; ")
        found[name.split("=")[0]] = {
            a.lower() for a in attributes if "=" not in a or "site" in a.lower()
        }
    return found


def test_the_cookie_of_forms_cannot_be_read_or_sent_from_elsewhere(site: Site) -> None:
    answer = visitor(site).raw.get("/match")
    assert flags(answer) == {"kejie_csrf": {"samesite=lax", "httponly"}}


def test_behind_tls_cookies_are_bound_to_this_host(behind_tls: Site) -> None:
    browser = Browser(behind_tls.app, base_url=HTTPS, follow_redirects=False)
    answer = browser.get("/match")
    assert flags(answer) == {"__Host-kejie_csrf": {"samesite=lax", "httponly", "secure"}}
    assert "path=/" in answer.headers["set-cookie"].lower()
    assert "domain" not in answer.headers["set-cookie"].lower()
    assert browser.post("/match", data={"text": "锗"}).status_code == 303


def test_a_page_without_a_form_sets_no_cookie(site: Site) -> None:
    assert "set-cookie" not in visitor(site).raw.get("/about").headers


def test_a_session_that_was_planted_under_the_plain_name_counts_for_nothing_behind_tls(
    behind_tls: Site,
) -> None:
    token = token_of(behind_tls, person_in(behind_tls))
    plain = TestClient(behind_tls.app, base_url=HTTPS, cookies={"kejie_session": token})
    assert "/inbox" not in plain.get("/about").text
    bound = TestClient(behind_tls.app, base_url=HTTPS, cookies={"__Host-kejie_session": token})
    assert "/inbox" in bound.get("/about").text


@pytest.mark.parametrize("path", ["/about", "/nothing", "/static/base.css", "/api/v1/nothing"])
def test_only_behind_tls_browsers_are_told_to_come_back_by_tls(behind_tls: Site, path: str) -> None:
    secure = TestClient(behind_tls.app, base_url=HTTPS).get(path)
    assert secure.headers["strict-transport-security"] == "max-age=31536000"
    plain = TestClient(app_with(behind_tls)).get(path)
    assert "strict-transport-security" not in plain.headers


def test_a_failure_inside_carries_every_header(make_site: Callable[..., Site]) -> None:
    site = make_site()
    site.app.state.sessions = None
    answer = TestClient(site.app, raise_server_exceptions=False).get("/needs")
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text
    assert {"content-security-policy", "x-frame-options"} <= set(answer.headers)


def test_pages_of_somebody_are_kept_by_no_cache(site: Site) -> None:
    client = signed_in(site)
    for path in ("/about", "/needs", "/api/v1/needs", "/openapi.json", "/nothing"):
        headers = client.raw.get(path).headers
        assert headers["cache-control"] == "private, no-store", path
        assert "Cookie" in headers["vary"], path
    assert "immutable" not in client.raw.get("/static/base.css").headers["cache-control"]
    assert "Cookie" in site.client.raw.get("/about").headers["vary"]


# ---- sizes, addresses, limits


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [("/match", MAX_BODY + 1, 413),
     ("/needs/1/attachments", MAX_BODY + 1, 0), ("/needs/1/attachments", MAX_UPLOAD + 1, 413),
     ("/organisations/1/certification", MAX_BODY + 1, 0),
     ("/organisations/1/certification", MAX_UPLOAD + 1, 413),
     ("/needs/1/attachments/x", MAX_BODY + 1, 413)],
)  # fmt: skip
def test_only_addresses_that_take_files_read_large_bodies(
    site: Site, path: str, size: int, status: int
) -> None:
    browser = visitor(site).raw
    headers = {"x-csrftoken": "", "content-type": "application/x-www-form-urlencoded"}
    answer = browser.post(path, content=b"a" * size, headers=headers)
    assert (answer.status_code == 413) == (status == 413)
    if status == 413 and size > MAX_UPLOAD:
        assert "一次最多传 12 MB" in answer.text


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
     "https://evil.example", "javascript:alert(1)", "/a\nb", "/\t/evil.example", "evil.example",
     "", " /a",
     "/a//evil.example", "/é", "/" + "a" * 20_000, "/\x00", "?next=/a", "#a"],
)  # fmt: skip
def test_no_address_leads_to_another_site(path: str) -> None:
    assert inner(path) == "/"


@pytest.mark.parametrize(
    "path", ["/", "/needs/1?a=1&b=%E9%94%97#top", "/a?next=//evil.example", "/a-b_c~d"]
)
def test_addresses_of_this_site_are_kept(path: str) -> None:
    assert inner(path) == path


def test_a_limit_lets_as_many_through_as_it_says() -> None:
    limits = Limits("memory://")
    for _ in range(5):
        limits.hit("code-target", "a@example.com")
    with pytest.raises(TooMany) as refused:
        limits.hit("code-target", "A@example.com ")
    assert refused.value.reason == "验证码发送过于频繁。请在 30 分钟后再试。"
    assert 1_750 < refused.value.seconds <= 1_800
    limits.hit("code-target", "b@example.com")
    limits.hit("code-address", "a@example.com")


def test_a_right_try_is_forgiven() -> None:
    limits = Limits("memory://")
    for _ in range(30):
        limits.hit("sign-in", "a", "9.9.9.9")
        limits.forgive("sign-in", "a", "9.9.9.9")


def test_keys_that_run_together_are_told_apart() -> None:
    limits = Limits("memory://")
    for _ in range(10):
        limits.hit("sign-in", "ab", "c")
    limits.hit("sign-in", "a", "bc")


def test_a_proxy_that_limits_can_be_left_to_it() -> None:
    limits = Limits("off")
    for _ in range(100):
        limits.hit("code-target", "a")


def test_every_limit_says_why() -> None:
    assert [name for name, limit in LIMITS.items() if not limit.reason.endswith("。")] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("KEJIE_PUBLIC_URL", "kejie.example.cn"), ("KEJIE_PUBLIC_URL", "ftp://a"),
     ("KEJIE_PUBLIC_URL", "https://a/b"), ("KEJIE_LIMITS_STORAGE", "redis")],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_refused(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        Settings.from_environment({name: value})


def test_where_people_reach_the_site() -> None:
    assert Settings(port=81).address == "http://127.0.0.1:81"
    assert Settings.from_environment({"KEJIE_PUBLIC_URL": HTTPS + "/"}).address == HTTPS


def test_an_unknown_host_gets_no_page(site: Site) -> None:
    answer = site.client.raw.get("/sign-in", headers={"host": "evil.example"})
    assert answer.status_code == 400


def test_the_address_of_a_household_is_one(site: Site) -> None:
    from starlette.requests import Request

    from web.limits import network_of

    def of(address: str) -> str:
        return network_of(Request({"type": "http", "client": (address, 1), "headers": []}))

    assert of("2001:db8:1:2:3:4:5:6") == of("2001:db8:1:2::9") == "2001:db8:1:2::"
    assert of("::ffff:9.9.9.9") == of("9.9.9.9") == "9.9.9.9"
    assert of("testclient") == "testclient"
