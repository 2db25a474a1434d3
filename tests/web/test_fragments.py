"""Page or fragment, and what every answer carries."""

from __future__ import annotations

import re

import pytest

from tests.web.pages import HX, Client
from web.render import TEMPLATES, environment

TARGETS = [("/needs", "listing"), ("/organisations", "directory"), ("/search?q=锗", "found"),
           ("/match?text=锗", "results")]  # fmt: skip


@pytest.mark.parametrize(("path", "target"), TARGETS)
def test_htmx_gets_its_block_alone(client: Client, path: str, target: str) -> None:
    answer = client.fragment(path, target)
    assert answer.text.startswith("<title>")
    assert re.search(rf'^<\w+ [^>]*id="{target}"', answer.text.split("</title>")[1])
    assert "<html" not in answer.text


@pytest.mark.parametrize(("path", "target"), TARGETS)
def test_a_browser_gets_the_page(client: Client, path: str, target: str) -> None:
    client.get(path)


@pytest.mark.parametrize(("path", "target"), TARGETS)
def test_history_gets_the_page(client: Client, path: str, target: str) -> None:
    answer = client.fragment(path, target, **{"HX-History-Restore-Request": "true"})
    assert answer.text.startswith("<!doctype html>")


def test_a_target_without_a_block_gets_the_page(client: Client) -> None:
    assert client.fragment("/needs", "nonsense").text.startswith("<!doctype html>")


@pytest.mark.parametrize(("path", "target"), TARGETS)
def test_caches_are_told(client: Client, path: str, target: str) -> None:
    for answer in (client.raw.get(path), client.fragment(path, target)):
        assert {"HX-Request", "HX-Target"} <= set(answer.headers["vary"].split(", "))


def test_a_failure_reaches_htmx_as_a_notice(client: Client) -> None:
    answer = client.fragment("/needs/999", "listing")
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (404, "#notice")
    assert 'id="notice"' in answer.text
    assert "<html" not in answer.text


def test_every_hx_target_has_its_block() -> None:
    for file in TEMPLATES.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        for target in re.findall(r'hx-target="#([a-z-]+)"', text):
            held = [f for f in TEMPLATES.rglob("*.html") if f"block {target} %" in f.read_text()]
            assert held, (file.name, target)
            assert all(f'id="{target}"' in f.read_text() for f in held)


def test_templates_are_short() -> None:
    long = {
        f.name: n for f in TEMPLATES.rglob("*.html") if (n := len(f.read_text().splitlines())) > 120
    }
    assert long == {}


def test_every_template_compiles() -> None:
    for name in environment().list_templates():
        environment().get_template(name)


SECURITY = {
    "content-security-policy": "default-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
}


@pytest.mark.parametrize(
    "path", ["/needs", "/nothing", "/api/v1/needs", "/static/base.css", "/docs"]
)
def test_every_answer_is_guarded_and_sets_no_cookie(client: Client, path: str) -> None:
    headers = client.raw.get(path).headers
    assert {name: headers[name] for name in SECURITY} == SECURITY
    assert "set-cookie" not in headers


def test_no_page_names_an_outside_address(client: Client) -> None:
    for path in ("/", "/docs", "/match", "/ranking"):
        for item in client.get(path).root.iter():
            for name in ("src", "href"):
                assert not (item.get(name) or "").startswith(("http:", "https:", "//"))


def test_static_files_are_kept_for_a_year_under_their_mark(client: Client) -> None:
    page = client.get("/")
    sheet = next(
        link.get("href") or "" for link in page.all("link") if "base" in str(link.get("href"))
    )
    assert "immutable" in client.raw.get(sheet).headers["cache-control"]
    assert client.raw.get("/static/htmx.min.js").headers["cache-control"] == "no-cache"


def test_htmx_is_told_to_be_careful(client: Client) -> None:
    meta = client.get("/").all("meta")
    config = next(m.get("content") or "" for m in meta if m.get("name") == "htmx-config")
    for line in ('"allowEval":false', '"selfRequestsOnly":true', '"includeIndicatorStyles":false',
                 '"historyRestoreAsHxRequest":false', '{"code":"422","swap":true}'):  # fmt: skip
        assert line in config


def test_the_post_of_a_form_from_htmx_is_no_redirect(client: Client) -> None:
    answer = client.raw.post("/match", data={"text": "锗"}, headers={**HX, "HX-Target": "results"})
    assert answer.status_code == 200
