"""Nothing is changed by a request that another site had a browser make (CSRF)."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from market.models import Role, SignInKind
from tests.web.pages import TOKEN, Browser
from tests.web.people import person_in, signed_in, token_of, visitor
from tests.web.routes import Route, every_route
from tests.web.site import Site
from web.forgery import OWN_PROOF, SAFE

FORM = {"text": "锗", "ask": "now"}
URLENCODED = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def browser(site: Site) -> Browser:
    """Adds nothing by itself, and already has a token in its cookie."""
    made = visitor(site).raw
    made.token()
    return made


def bare(browser: Browser, **headers: str) -> dict[str, str]:
    return {TOKEN: "", **headers}


def test_a_form_without_its_token_is_refused_with_a_page(site: Site) -> None:
    answer = visitor(site).post_without_token("/match", **FORM)
    assert answer.status_code == 403
    assert "页面已过期，或者请求不是从本站的页面发出的" in answer.text


def test_the_field_of_the_page_is_taken(site: Site) -> None:
    client = visitor(site)
    page = client.get("/match")
    [token] = {i.get("value") for i in page.all("input") if i.get("name") == "csrftoken"}
    assert client.raw.post("/match", data={**FORM, "csrftoken": token}).status_code == 303


def test_the_header_is_taken(browser: Browser) -> None:
    answer = browser.post("/match", data=FORM, headers={TOKEN: browser.token()})
    assert answer.status_code == 303


@pytest.mark.parametrize("place", ["field", "header"])
def test_a_wrong_token_is_refused(browser: Browser, place: str) -> None:
    wrong = browser.token()[:-1] + ("A" if browser.token()[-1] != "A" else "B")
    field = {"csrftoken": wrong} if place == "field" else {}
    header = {TOKEN: wrong if place == "header" else ""}
    assert browser.post("/match", data=FORM | field, headers=header).status_code == 403


def test_somebody_elses_token_is_refused(site: Site, browser: Browser) -> None:
    theirs = visitor(site).raw.token()
    assert theirs != browser.token()
    assert browser.post("/match", data={**FORM, "csrftoken": theirs}).status_code == 403


def test_a_token_that_we_did_not_sign_is_worth_nothing(site: Site) -> None:
    browser = visitor(site).raw
    browser.cookies.set("kejie_csrf", "made-up", domain="testserver.local")
    assert browser.post("/match", data={**FORM, "csrftoken": "made-up"}).status_code == 403


def test_a_form_with_files_is_let_through_by_its_first_field(browser: Browser) -> None:
    token = browser.token()
    answer = browser.post("/match", data={"csrftoken": token, **FORM}, files={"x": b"abc"})
    assert answer.status_code == 303
    assert (
        browser.post("/match", data=FORM, files={"x": b"abc"}, headers={TOKEN: ""}).status_code
        == 403
    )


def test_a_file_before_the_token_is_refused(browser: Browser) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nabc\r\n'
        b'--b\r\nContent-Disposition: form-data; name="csrftoken"\r\n\r\n'
        + browser.token().encode() + b"\r\n--b--\r\n"
    )  # fmt: skip
    headers = bare(browser, **{"content-type": "multipart/form-data; boundary=b"})
    assert browser.post("/match", content=body, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [("sec-fetch-site", "cross-site", 403), ("sec-fetch-site", "same-site", 403),
     ("sec-fetch-site", "same-origin", 303), ("sec-fetch-site", "none", 303),
     ("origin", "https://evil.example", 403), ("origin", "null", 403),
     ("origin", "http://testserver.evil.example", 403), ("origin", "http://testserver", 303)],
)  # fmt: skip
def test_what_the_browser_says_about_the_origin_counts(
    browser: Browser, header: str, value: str, status: int
) -> None:
    headers = {TOKEN: browser.token(), header: value}
    assert browser.post("/match", data=FORM, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("multipart/form-data", b"--b--", 400),
        ("multipart/form-data; boundary=", b"--b--", 400),
        ("multipart/form-data; boundary=b", b"no boundary here", 403),
        ("application/x-www-form-urlencoded", b"text=\xff\xfe", 400),
        ("application/x-www-form-urlencoded", "csrftoken=锗".encode(), 400),
        ("application/x-www-form-urlencoded", b"csrftoken=%E9%94%97", 400),
        ("application/x-www-form-urlencoded", b"", 403),
        ("text/plain", b"csrftoken=a", 403),
        ("application/json", b"{}", 403),
        ("\xe9", b"{}", 403),
    ],
)
def test_hostile_bodies_get_a_page(
    browser: Browser, content_type: str, body: bytes, status: int
) -> None:
    headers = {TOKEN: "", "content-type": content_type.encode("latin-1")}
    answer = browser.post("/match", content=body, headers=headers)
    assert answer.status_code == status
    assert "请求编号" in answer.text


def test_a_token_of_other_letters_is_refused(browser: Browser) -> None:
    headers = {TOKEN.encode(): "锗".encode(), b"content-type": b"text/plain"}
    answer = TestClient.request(browser, "POST", "/match", content=b"", headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "cookie", [b"\xff\xfe=1", b'x={"a b": [1]}', b"[]=1; kejie_csrf=%s", b";;="]
)
def test_a_broken_cookie_of_somebody_else_keeps_nobody_out(site: Site, cookie: bytes) -> None:
    """Cookies of other programs on the same host come with every request."""
    token = visitor(site).raw.token().encode()
    given = (cookie % token) if b"%s" in cookie else cookie + b"; kejie_csrf=" + token
    headers = {b"cookie": given, b"x-csrftoken": token}
    answer = TestClient(site.app, follow_redirects=False).post("/match", data=FORM, headers=headers)
    assert answer.status_code == 303


def test_a_body_that_is_too_large_is_told_as_that(browser: Browser) -> None:
    """The token is looked for in the body: the limit is met before any route is."""
    answer = browser.post("/match", content=b"a" * 5_000_000, headers=bare(browser, **URLENCODED))
    assert answer.status_code == 413
    assert "提交的内容太大" in answer.text


def test_a_program_without_a_session_needs_no_token(site: Site) -> None:
    """It is a visitor: there is nothing to forge."""
    answer = TestClient(site.app).post("/api/v1/match", json={"text": "锗"})
    assert answer.status_code == 200


def test_a_session_at_the_api_needs_the_token(site: Site) -> None:
    browser = signed_in(site).raw
    answer = browser.post("/api/v1/match", json={"text": "锗"}, headers={TOKEN: ""})
    assert (answer.status_code, answer.json()["title"]) == (403, "这项操作不能进行")
    assert browser.post("/api/v1/match", json={"text": "锗"}).status_code == 200


UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def test_no_route_at_all_takes_a_session_without_the_token(site: Site) -> None:
    """Generated from the app: whatever route is added is asked too."""
    browser = signed_in(site, Role.ADMINISTRATOR, Role.ROUND_OFFICER).raw
    changing = [
        r
        for r in every_route(site.app)
        if r.method not in SAFE and not r.path.startswith(OWN_PROOF)
    ]
    assert Route("POST", "/match", "match") in changing
    refused = {
        r: browser.request(r.method, r.address, data={"x": "y"}, headers={TOKEN: ""}).status_code
        for r in changing
    }
    assert {r: status for r, status in refused.items() if status != 403} == {}


def test_no_route_for_pages_takes_a_visitor_without_the_token(site: Site) -> None:
    """Signing somebody in under another name is forged as well."""
    browser = visitor(site).raw
    changing = [
        r for r in every_route(site.app)
        if r.method not in SAFE and not r.path.startswith((*OWN_PROOF, "/api/"))
    ]  # fmt: skip
    refused = {
        r: browser.request(r.method, r.address, data={"x": "y"}, headers={TOKEN: ""}).status_code
        for r in changing
    }
    assert {r: status for r, status in refused.items() if status != 403} == {}


def test_reading_changes_nothing_without_a_method_that_says_so(site: Site) -> None:
    """Only POST and its like change anything, so only they are guarded."""
    assert {r.method for r in every_route(site.app)} <= {"GET", "HEAD", *UNSAFE}


def test_a_token_for_programs_needs_none_against_forgery(site: Site) -> None:
    token = token_of(site, person_in(site), kind=SignInKind.TOKEN)
    answer = TestClient(site.app).post(
        "/api/v1/match", json={"text": "锗"}, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200


def test_a_bearer_header_never_lends_the_power_of_a_cookie(site: Site) -> None:
    """Else a made-up header would switch the protection off."""
    browser = signed_in(site).raw
    headers = {"Authorization": "Bearer made-up", TOKEN: ""}
    assert browser.post("/api/v1/match", json={"text": "锗"}, headers=headers).status_code == 401
