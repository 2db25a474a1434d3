"""One's own account: name, contacts, whom one acts for, ranking, password, second step."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest

from market.credentials import hash_password
from market.models import Person, Role
from tests.web.letters import code_for
from tests.web.pages import Client
from tests.web.people import organisation_in, person_in, signed_in, visitor
from tests.web.site import NOW, Site

PASSWORD, OTHER = "稀散金属 回收 七号窑", "蓝色的 辊道窑 第九号"
OLD, NEW = "lin@example.com", "lin@new.example"
PAGES = [
    "/account", "/account/contact", "/account/security", "/account/sessions", "/account/tokens",
    "/account/identities", "/account/consents", "/account/data", "/account/erasure", "/confirm",
]  # fmt: skip
FRESH = ["/account/contact", "/account/data", "/account/data.json", "/account/data.zip",
         "/account/erasure"]  # fmt: skip
POSTS = [
    "/account/name", "/account/personalised", "/account/acting-for", "/account/contact",
    "/account/contact/confirm", "/account/password", "/account/security/begin",
    "/account/security/confirm", "/account/security/end", "/account/sessions/1",
    "/account/sessions/others", "/account/tokens", "/account/tokens/1", "/account/consents",
    "/account/identities", "/account/identities/1", "/account/erasure", "/confirm",
]  # fmt: skip


@pytest.fixture
def lin(place: Site) -> Client:
    """Somebody with a password, signed in."""
    hashed = hash_password(PASSWORD)
    return signed_in(place, person=person_in(place, name="林晓", email=OLD, password_hash=hashed))


def later(place: Site, **period: int) -> None:
    place.app.state.now = lambda: NOW + timedelta(**period)


def stored(place: Site, client: Client) -> Person:
    with place.session() as session:
        return session.get_one(Person, client.person_id)


# every page and every form


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_sound(lin: Client, path: str) -> None:
    assert "/account" in lin.get(path).text


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_for_those_who_are_signed_in(place: Site, path: str) -> None:
    answer = visitor(place).raw.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=%2F")


@pytest.mark.parametrize("path", POSTS)
def test_forms_are_for_those_who_are_signed_in(place: Site, path: str) -> None:
    assert visitor(place).raw.post(path).headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("path", POSTS)
def test_forms_want_a_token_of_ours(lin: Client, path: str) -> None:
    assert lin.post_without_token(path).status_code == 403


@pytest.mark.parametrize("path", FRESH)
def test_what_is_sensitive_wants_the_password_lately(place: Site, lin: Client, path: str) -> None:
    later(place, minutes=16)
    assert lin.raw.get(path).headers["location"].startswith("/confirm?next=")


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_kept_by_no_cache(lin: Client, path: str) -> None:
    assert "no-store" in lin.raw.get(path).headers["cache-control"]


def test_contacts_are_masked_even_here(lin: Client) -> None:
    page = lin.get("/account")
    assert "l***@example.com" in page.text
    assert OLD not in page.text


# the name


def test_the_name_is_changed(place: Site, lin: Client) -> None:
    assert lin.send("/account/name", name="  林 晓 ") == "/account"
    assert stored(place, lin).name == "林 晓"


@pytest.mark.parametrize("name", ["", "   ", "字" * 61, "\x00\x01"])
def test_a_name_that_is_none_is_told(place: Site, lin: Client, name: str) -> None:
    page = lin.post("/account/name", 422, name=name)
    assert page.by_id("name-wrong") is not None
    assert stored(place, lin).name == "林晓"


def test_a_name_is_text_and_nothing_else(lin: Client) -> None:
    """Stored XSS."""
    lin.send("/account/name", name="<script>alert(1)</script>")
    page = lin.get("/account")
    assert "<script>alert" not in page.text
    assert page.by_id("name").get("value") == "<script>alert(1)</script>"


# ranking, and whom one acts for


def test_personalised_ranking_is_switched(place: Site, lin: Client) -> None:
    lin.send("/account/personalised", personalised="")
    assert stored(place, lin).personalised is False
    assert "已关闭" in lin.get("/account").text
    lin.send("/account/personalised", personalised="yes")
    assert stored(place, lin).personalised is True


def test_one_acts_for_an_organisation_one_is_in(place: Site) -> None:
    body, other = organisation_in(place, "示例陶瓷厂"), organisation_in(place, "示例研究所")
    client = signed_in(place, organisation=body)
    client.send("/account/acting-for", organisation=str(body))
    client.raw.post("/account/acting-for", data={"organisation": str(other)})
    assert stored(place, client).acting_for == body


@pytest.mark.parametrize("given", ["", "abc", "-1", "9" * 30])
def test_acting_for_nothing_is_refused(place: Site, lin: Client, given: str) -> None:
    answer = lin.raw.post("/account/acting-for", data={"organisation": given})
    assert answer.status_code == 403
    assert stored(place, lin).acting_for is None


# contacts


def test_an_address_is_changed_with_both_codes(place: Site, lin: Client) -> None:
    assert lin.send("/account/contact", target=NEW, kind="email") == "/account/contact/confirm"
    page = lin.get("/account/contact/confirm")
    assert "l***@new.example" in page.text
    assert "l***@example.com" in page.text
    codes = {"new_code": code_for(place, NEW), "old_code": code_for(place, OLD)}
    assert lin.send("/account/contact/confirm", **codes) == "/account"
    assert stored(place, lin).email == NEW


@pytest.mark.parametrize("wrong", ["new_code", "old_code"])
def test_one_code_is_not_enough(place: Site, lin: Client, wrong: str) -> None:
    lin.send("/account/contact", target=NEW, kind="email")
    codes = {"new_code": code_for(place, NEW), "old_code": code_for(place, OLD)}
    page = lin.post("/account/contact/confirm", 422, **{**codes, wrong: "abcdef"})
    assert page.by_id(f"{wrong}-wrong") is not None
    assert stored(place, lin).email == OLD


def test_an_address_of_somebody_else_is_not_taken(place: Site, lin: Client) -> None:
    person_in(place, email=NEW)
    assert lin.send("/account/contact", target=NEW, kind="email") == "/account/contact/confirm"
    codes = {"new_code": "123456", "old_code": code_for(place, OLD)}
    lin.post("/account/contact/confirm", 422, **codes)
    assert stored(place, lin).email == OLD


def test_a_number_of_macau_wants_a_consent_of_its_own(place: Site, lin: Client) -> None:
    page = lin.post("/account/contact", 422, target="+853 6612 3456", kind="mobile")
    assert page.by_id("cross_border-wrong") is not None
    form = {"target": "+853 6612 3456", "kind": "mobile", "cross_border": "yes"}
    assert lin.send("/account/contact", **form) == "/account/contact/confirm"


# the password


def test_the_password_is_changed_and_other_sessions_end(place: Site, lin: Client) -> None:
    elsewhere = signed_in(place, person=lin.person_id)
    assert lin.send("/account/password", old=PASSWORD, new=OTHER) == "/account/security"
    assert lin.raw.get("/api/v1/me").status_code == 200
    assert elsewhere.raw.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize(
    ("old", "new", "field"), [("wrong wrong", OTHER, "old"), (PASSWORD, "short", "new")]
)
def test_a_password_that_cannot_be_is_told(lin: Client, old: str, new: str, field: str) -> None:
    page = lin.post("/account/password", 422, old=old, new=new)
    assert page.by_id(f"{field}-wrong") is not None
    assert new not in page.text


# the second step


def test_a_second_step_is_set_up_and_ended(place: Site, lin: Client) -> None:
    assert lin.send("/account/security/begin") == "/account/security"
    page = lin.get("/account/security")
    [secret] = page.words("code")
    assert re.fullmatch(r"[A-Z2-7]{32}", secret)
    drawn = re.search(r'<svg role="img" aria-label="二维码".*?</svg>', page.text, re.DOTALL)
    assert drawn is not None
    assert "style" not in drawn[0]
    code = pyotp.TOTP(secret).at(NOW)
    assert lin.send("/account/security/confirm", code=code) == "/account/security"
    assert stored(place, lin).totp_secret is not None
    assert secret not in (stored(place, lin).totp_secret or "")
    assert lin.send("/account/security/end") == "/account/security"
    assert stored(place, lin).totp_secret is None


def test_a_wrong_code_shows_the_same_secret_again(lin: Client) -> None:
    lin.send("/account/security/begin")
    [before] = lin.get("/account/security").words("code")
    page = lin.post("/account/security/confirm", 422, code="abcdef")
    assert page.words("code") == [before]


def test_a_secret_that_waits_is_shown_while_the_password_is_fresh(place: Site, lin: Client) -> None:
    lin.send("/account/security/begin")
    later(place, minutes=16)
    assert lin.get("/account/security").words("code") == []


def test_officers_work_only_past_their_second_step(place: Site) -> None:
    client = signed_in(place, Role.ROUND_OFFICER)
    assert client.json("/api/v1/me")["roles"] == ["round-officer"]
    client.send("/account/security/begin")
    [secret] = client.get("/account/security").words("code")
    client.send("/account/security/confirm", code=pyotp.TOTP(secret).at(NOW))
    assert client.json("/api/v1/me")["roles"] == ["round-officer"]
    again = signed_in(place, person=client.person_id)
    assert again.json("/api/v1/me")["roles"] == []
