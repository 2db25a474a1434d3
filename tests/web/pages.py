"""A client that checks every page it opens, whatever the test is about."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

import html5lib
from httpx import Response
from starlette.testclient import TestClient

XHTML = "{http://www.w3.org/1999/xhtml}"
FIELDS = ("input", "select", "textarea")
HX = {"HX-Request": "true"}
TOKEN = "x-csrftoken"
SAFE = ("GET", "HEAD", "OPTIONS")


class Browser(TestClient):
    """Keeps cookies and, like a form of the site, repeats the token against forgery. With
    `headers={TOKEN: ""}`, or one's own token in the form, nothing is added."""

    def request(self, method: str, url: Any, **given: Any) -> Response:  # type: ignore[override]
        headers = dict(given.pop("headers", None) or {})
        named = {name.lower() for name in headers}
        has_own = "csrftoken" in (given.get("data") or {}) or {TOKEN, "authorization"} & named
        if method not in SAFE and not has_own:
            headers[TOKEN] = self.token()
        return super().request(method, url, headers=headers, **given)

    def token(self) -> str:
        """The token of this browser, from its cookie; a page with a form gives it one."""
        if self._token is None:
            super().request("GET", "/forgot")
        return self._token or ""

    @property
    def _token(self) -> str | None:
        kept = {cookie.name: cookie.value for cookie in self.cookies.jar}
        return next((kept[n] for n in ("kejie_csrf", "__Host-kejie_csrf") if n in kept), None)


class Page:
    """An answer, and its document."""

    def __init__(self, response: Response) -> None:
        self.response = response
        self.status = response.status_code
        self.text = response.text
        self.headers = response.headers
        parser = html5lib.HTMLParser()
        self.root: Element = parser.parse(response.text)
        self.errors = [(place, code) for place, code, _ in parser.errors]

    def all(self, name: str) -> list[Element]:
        """Every element of that name."""
        return list(self.root.iter(XHTML + name))

    def words(self, name: str) -> list[str]:
        """The text of every element of that name."""
        return [" ".join("".join(item.itertext()).split()) for item in self.all(name)]

    def by_id(self, id: str) -> Element:
        """The element with this id."""
        return next(item for item in self.root.iter() if item.get("id") == id)


class Client:
    """Opens addresses as a browser, as htmx, or as a program."""

    person_id: int | None = None

    def __init__(self, client: TestClient) -> None:
        self.raw = client

    def get(self, path: str, status: int = 200) -> Page:
        """A page, checked."""
        return checked(self.raw.get(path), status)

    def ask(self, text: str, status: int = 200, **conditions: str) -> Page:
        """The matches of a text, as its address opens them."""
        return self.get("/match?" + urlencode({"text": text, **conditions}), status)

    def post(self, path: str, status: int = 200, **form: Any) -> Page:
        """A page that answers a form, checked."""
        return checked(self.raw.post(path, data=form), status)

    def send(self, path: str, status: int = 303, **form: Any) -> str:
        """Where a form that was taken leads to."""
        answer = self.raw.post(path, data=form)
        assert answer.status_code == status, Page(answer).words("main") or answer.text[:2000]
        return answer.headers["location"]

    def post_without_token(self, path: str, **form: Any) -> Response:
        """What another site's form would get."""
        return self.raw.post(path, data=form, headers={TOKEN: ""})

    def fragment(self, path: str, target: str, **more: str) -> Response:
        """What htmx gets for one of its targets."""
        return self.raw.get(path, headers={**HX, "HX-Target": target, **more})

    def json(self, path: str, status: int = 200) -> Any:
        """What a program gets."""
        response = self.raw.get(path)
        assert response.status_code == status, response.text
        return response.json()


def checked(response: Response, status: int) -> Page:
    """The page, once it is what every page of the site has to be."""
    assert response.status_code == status, response.text[:2000]
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    page = Page(response)
    check_syntax(page)
    check_headings(page)
    check_forms(page)
    check_scripts(page)
    check_ids(page)
    return page


def check_syntax(page: Page) -> None:
    """Strict HTML: no parse error at all."""
    assert not page.errors, page.errors[:5]


def check_headings(page: Page) -> None:
    """One h1, and a title that starts with it."""
    headings, titles = page.words("h1"), page.words("title")
    assert len(headings) == 1, headings
    assert titles[0].startswith(headings[0]), (titles, headings)
    assert page.all("html")[0].get("lang") == "zh-Hans"


def check_forms(page: Page) -> None:
    """Every field has a label, every form an action and a method."""
    labelled = {label.get("for") for label in page.all("label")}
    inside = {field for label in page.all("label") for field in label.iter()}
    for name in FIELDS:
        for field in page.all(name):
            if field.get("type") == "hidden":
                continue
            is_named = field.get("id") in labelled or field in inside or field.get("aria-label")
            assert is_named, (name, field.attrib)
    for form in page.all("form"):
        assert form.get("action", "").startswith("/"), form.attrib
        assert form.get("method") in ("get", "post"), form.attrib


def check_scripts(page: Page) -> None:
    """Nothing inline that the content security policy forbids."""
    for script in page.all("script"):
        if script.get("type") == "application/ld+json":  # data: no browser runs it
            json.loads(script.text or "")
            continue
        assert script.get("src", "").startswith("/static/")
        assert not (script.text or "").strip()
    assert not page.all("style")
    for item in page.root.iter():
        bad = [name for name in item.attrib if name == "style" or re.match(r"on|hx-on", str(name))]
        assert not bad, (item.tag, bad)


def check_ids(page: Page) -> None:
    """Ids are unique, and what refers to one finds it."""
    ids = [item.get("id") for item in page.root.iter() if item.get("id")]
    assert len(ids) == len(set(ids)), [id for id in ids if ids.count(id) > 1][:3]
    for item in page.root.iter():
        for name in ("aria-describedby", "aria-labelledby", "for"):
            for id in (item.get(name) or "").split():
                assert id in ids, (name, id)
        target = item.get("hx-target") or ""
        assert not target.startswith("#") or target[1:] in ids, target
