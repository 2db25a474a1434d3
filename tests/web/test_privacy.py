"""The privacy notice, consents, one's data to take along, and the end of an account."""

from __future__ import annotations

import csv
import io
import json
from zipfile import ZipFile

import pytest
from sqlmodel import col, select

from market.credentials import hash_password
from market.db import writing
from market.models import Consent, ConsentTopic, Delivery, Identity, Person, Role, SignIn
from tests.web.pages import Client
from tests.web.people import organisation_in, person_in, signed_in, visitor
from tests.web.site import NOW, Site
from web.sheets import csv_text, harmless

FORMULA = '=HYPERLINK("http://evil.example","x")'
PHRASE = "注销我的账号"
EMAIL = "lin@example.com"


@pytest.fixture
def lin(place: Site) -> Client:
    hashed = hash_password("稀散金属 回收 七号窑")
    return signed_in(place, person=person_in(place, name="林晓", email=EMAIL, password_hash=hashed))


def agree(place: Site, client: Client, topic: ConsentTopic, version: str = "2026-11") -> None:
    with writing(place.engine) as session:
        session.add(Consent(person_id=client.person_id, topic=topic, version=version, given_at=NOW))


def standing(place: Site, client: Client) -> list[tuple[str, str]]:
    """The consents that hold."""
    with place.session() as session:
        mine = select(Consent).where(
            col(Consent.person_id) == client.person_id, col(Consent.withdrawn_at).is_(None)
        )
        return [(row.topic.value, row.version) for row in session.exec(mine)]


# the notice


def test_the_notice_names_its_version_and_every_right(place: Site) -> None:
    page = visitor(place).get("/privacy")
    assert "2026-11" in page.text
    links = [link.get("href") for link in page.all("a")]
    for path in ("/account/data", "/account", "/account/consents", "/account/erasure"):
        assert path in links


def test_the_notice_names_the_operator(place: Site) -> None:
    object.__setattr__(place.app.state.settings, "operator_name", "清远市科技成果转化中心")
    object.__setattr__(place.app.state.settings, "operator_contact", "privacy@example.org")
    text = visitor(place).get("/privacy").text
    assert "清远市科技成果转化中心" in text
    assert "privacy@example.org" in text


def test_ranking_says_what_is_personal_and_where_to_switch_it_off(place: Site) -> None:
    page = visitor(place).get("/ranking")
    assert page.by_id("personal") is not None
    assert "/account#personalised" in [link.get("href") for link in page.all("a")]


# consents


def test_a_consent_is_withdrawn_in_one_press(place: Site, lin: Client) -> None:
    agree(place, lin, ConsentTopic.EXPERT_NAME)
    assert lin.send("/account/consents", topic="expert-name") == "/account/consents"
    assert standing(place, lin) == []
    assert "以往的" in lin.get("/account/consents").words("h2")


def test_a_new_version_is_asked_for(place: Site, lin: Client) -> None:
    agree(place, lin, ConsentTopic.PRIVACY, version="2020-01")
    assert "隐私政策有了新版本" in lin.get("/account").text
    lin.send("/account/consents", topic="privacy", agrees="yes")
    assert ("privacy", "2026-11") in standing(place, lin)
    assert "隐私政策有了新版本" not in lin.get("/account").text


def test_the_consent_that_keeps_the_account_ends_with_it(place: Site, lin: Client) -> None:
    agree(place, lin, ConsentTopic.PRIVACY)
    assert lin.raw.post("/account/consents", data={"topic": "privacy"}).status_code == 403
    assert standing(place, lin) == [("privacy", "2026-11")]


@pytest.mark.parametrize("topic", ["", "everything", "PRIVACY"])
def test_an_unknown_topic_changes_nothing(place: Site, lin: Client, topic: str) -> None:
    lin.send("/account/consents", topic=topic, agrees="yes")
    assert standing(place, lin) == []


# one's data


def test_the_data_is_all_of_ones_own_and_nobody_elses(place: Site, lin: Client) -> None:
    person_in(place, name="别人", email="other@example.com")
    answer = lin.raw.get("/account/data.json")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "no-store" in answer.headers["cache-control"]
    found = json.loads(answer.text)
    assert (found["account"]["name"], found["account"]["email"]) == ("林晓", EMAIL)
    assert "other@example.com" not in answer.text
    assert "argon2" not in answer.text
    assert lin.raw.cookies["kejie_session"] not in answer.text


def tables_of(client: Client) -> dict[str, list[list[str]]]:
    answer = client.raw.get("/account/data.zip")
    with ZipFile(io.BytesIO(answer.content)) as archive:
        return {
            name: list(csv.reader(io.StringIO(archive.read(name).decode("utf-8-sig"))))
            for name in archive.namelist()
        }


def test_the_tables_hold_the_same(lin: Client) -> None:
    tables = tables_of(lin)
    told = json.loads(lin.raw.get("/account/data.json").text)
    assert {name.removesuffix(".csv") for name in tables} == set(told) - {"exported_at"}
    assert EMAIL in tables["account.csv"][1]


def test_no_cell_is_a_formula(lin: Client) -> None:
    """CSV injection."""
    lin.send("/account/name", name=FORMULA)
    assert "'" + FORMULA in tables_of(lin)["account.csv"][1]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "　=1", "＝1", "\r=1"]
)
def test_what_a_spreadsheet_would_compute_becomes_text(text: str) -> None:
    assert harmless(text) == "'" + text


@pytest.mark.parametrize("value", ["a=b", "0.02%", "林晓", "2026-11-01", 5, -5, 1.5])
def test_what_is_no_formula_stays(value: object) -> None:
    assert harmless(value) == str(value)


def test_cells_with_lines_and_quotes_come_back() -> None:
    rows = [{"a": 'x "y"\nz', "b": None}]
    read = list(csv.reader(io.StringIO(csv_text(rows).removeprefix("\ufeff"))))
    assert read == [["a", "b"], ['x "y"\nz', ""]]


# the end


def test_an_account_is_erased(place: Site, lin: Client) -> None:
    place_of_link = Identity(person_id=lin.person_id, issuer="i", subject="s", linked_at=NOW)
    with writing(place.engine) as session:
        session.add(place_of_link)
    assert lin.send("/account/erasure", phrase=PHRASE) == "/farewell"
    lin.get("/farewell")
    assert lin.raw.get("/api/v1/me").status_code == 401
    with place.session() as session:
        person = session.get_one(Person, lin.person_id)
        assert (person.name, person.email, person.mobile) == ("已注销用户", None, None)
        assert person.password_hash is None
        assert person.erased_at == NOW
        for table in (SignIn, Identity):
            assert list(session.exec(select(table))) == []
        sent = session.exec(select(Delivery).where(col(Delivery.target) == EMAIL))
        assert list(sent) == []


@pytest.mark.parametrize("phrase", ["", "注销", "DELETE"])
def test_without_the_phrase_nothing_is_erased(place: Site, lin: Client, phrase: str) -> None:
    page = lin.post("/account/erasure", 422, phrase=phrase)
    assert page.by_id("phrase-wrong") is not None
    with place.session() as session:
        assert session.get_one(Person, lin.person_id).erased_at is None


def test_the_only_owner_of_an_organisation_is_told_what_to_do(place: Site) -> None:
    body = organisation_in(place, "示例陶瓷厂")
    owner = signed_in(place, organisation=body)
    signed_in(place, organisation=body, role=Role.EDITOR)
    answer = owner.raw.post("/account/erasure", data={"phrase": PHRASE})
    assert answer.status_code == 403
    assert "示例陶瓷厂" in answer.text
    assert owner.raw.get("/api/v1/me").status_code == 200
