"""Registering: two steps, a code, consents, and not a word about who has an account."""

from __future__ import annotations

import pytest
from sqlmodel import select

from market.models import Consent, Delivery, Person
from tests.web.letters import code_for, last_letter
from tests.web.pages import Client
from tests.web.people import person_in, visitor
from tests.web.site import Site

PASSWORD = "稀散金属 回收 七号窑"
ADDRESS = "new@example.com"


def begin(place: Site, target: str = ADDRESS, **form: str) -> Client:
    """A browser in which a code was asked for."""
    client = visitor(place)
    client.send("/register", target=target, **form)
    return client


def form(place: Site, target: str = ADDRESS, **given: str) -> dict[str, str]:
    plain = {"code": code_for(place, target), "name": "林晓", "password": PASSWORD,
             "privacy": "yes"}  # fmt: skip
    return {**plain, **given}


def people(place: Site) -> list[Person]:
    with place.session() as session:
        return list(session.exec(select(Person)))


def test_somebody_registers_and_is_signed_in(place: Site) -> None:
    client = begin(place)
    assert client.send("/register/finish", **form(place)) == "/organisations/new"
    [person] = people(place)
    assert (person.name, person.email) == ("林晓", ADDRESS)
    assert client.json("/api/v1/me")["id"] == person.id
    with place.session() as session:
        given = [(c.topic.value, c.version) for c in session.exec(select(Consent))]
    assert given == [("privacy", "2026-11")]


def test_registering_goes_on_to_where_it_began(place: Site) -> None:
    client = visitor(place)
    assert client.send("/register", target=ADDRESS, next="/needs/1") == (
        "/register/finish?next=%2Fneeds%2F1"
    )
    assert client.send("/register/finish", **form(place), next="/needs/1") == "/needs/1"


def test_the_address_is_not_in_any_address(place: Site) -> None:
    client = visitor(place)
    assert client.send("/register", target=ADDRESS) == "/register/finish"
    page = client.get("/register/finish")
    assert "n***@example.com" in page.text


def test_a_wrong_form_keeps_all_but_the_password(place: Site) -> None:
    client = begin(place)
    page = client.post("/register/finish", 422, code="000000", name="林晓", password="short")
    assert page.by_id("name").get("value") == "林晓"
    assert page.by_id("password").get("value") is None
    links = [link.get("href") for link in page.all("a") if "#" in (link.get("href") or "")]
    assert [link for link in links if link != "#main"] == ["#code", "#password", "#privacy"]
    assert people(place) == []


def test_an_account_that_exists_is_told_to_its_owner_alone(place: Site) -> None:
    person_in(place, email="old@example.com")
    new, old = visitor(place), visitor(place)
    ways = [c.send("/register", target=t) for c, t in ((new, ADDRESS), (old, "old@example.com"))]
    assert ways == ["/register/finish"] * 2
    pages = [client.get("/register/finish").words("main")[0] for client in (new, old)]
    assert pages[0].replace("n***", "o***") == pages[1]
    assert "已有账号" in last_letter(place, "old@example.com")
    old.post("/register/finish", 422, name="林晓", password=PASSWORD, privacy="yes", code="123456")
    assert len(people(place)) == 1


def test_a_code_is_for_its_address_alone(place: Site) -> None:
    begin(place, "other@example.com")
    stolen = code_for(place, "other@example.com")
    client = begin(place)
    client.post("/register/finish", 422, **form(place, code=stolen))
    assert people(place) == []


def test_a_code_works_once(place: Site) -> None:
    client = begin(place)
    given = form(place)
    client.send("/register/finish", **given)
    other = visitor(place)
    other.raw.cookies.update(client.raw.cookies)
    other.raw.cookies.delete("kejie_session")
    assert other.send("/register/finish", **given) == "/register"
    assert len(people(place)) == 1


def test_five_wrong_codes_end_it(place: Site) -> None:
    client = begin(place)
    right = form(place)
    wrong = f"{(int(right['code']) + 1) % 1_000_000:06}"
    for _ in range(5):
        client.post("/register/finish", 422, **{**right, "code": wrong})
    client.post("/register/finish", 422, **right)
    assert people(place) == []


def test_a_second_code_right_away_is_refused(place: Site) -> None:
    client = begin(place)
    answer = client.raw.post("/register", data={"target": ADDRESS})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_a_number_of_hong_kong_wants_a_consent_of_its_own(place: Site) -> None:
    client = begin(place, "+852 9123 4567")
    assert "cross_border" in client.get("/register/finish").text
    given = form(place, "+85291234567")
    page = client.post("/register/finish", 422, **given)
    assert page.by_id("cross_border-wrong") is not None
    client.send("/register/finish", **given, cross_border="yes")
    with place.session() as session:
        assert {c.topic.value for c in session.exec(select(Consent))} == {
            "privacy", "cross-border",
        }  # fmt: skip


def test_mainland_numbers_are_not_asked_for_it(place: Site) -> None:
    client = begin(place, "138 0013 8000")
    assert "cross_border" not in client.get("/register/finish").text


@pytest.mark.parametrize("target", ["", "nobody", "a@b", "12345", "x" * 300 + "@example.com"])
def test_what_is_no_address_is_told(place: Site, target: str) -> None:
    page = visitor(place).post("/register", 422, target=target)
    assert page.by_id("target-wrong") is not None
    with place.session() as session:
        assert list(session.exec(select(Delivery))) == []


def test_the_second_step_wants_the_first(place: Site) -> None:
    client = visitor(place)
    assert client.raw.get("/register/finish").headers["location"] == "/register"
    assert client.send("/register/finish", name="林晓") == "/register"


def test_nothing_but_the_fields_of_the_form_is_taken(place: Site) -> None:
    """Mass assignment."""
    client = begin(place)
    more = {"roles": "administrator", "is_demo": "1", "id": "1", "email": "x@example.com"}
    client.send("/register/finish", **form(place), **more)
    [person] = people(place)
    assert (person.email, person.is_demo) == (ADDRESS, False)
    assert client.json("/api/v1/me")["roles"] == []
