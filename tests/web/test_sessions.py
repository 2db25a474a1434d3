"""Where somebody is signed in and their tokens, on pages and through the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from market.models import SignIn
from tests.web.pages import Client
from tests.web.people import organisation_in, signed_in, visitor
from tests.web.site import NOW, Site
from web.agents import device_words

TOKEN = {"name": "每周导出", "days": "90"}


@pytest.fixture
def lin(place: Site) -> Client:
    return signed_in(place)


def is_in(client: Client) -> bool:
    return client.raw.get("/api/v1/me").status_code == 200


def ids(client: Client) -> list[int]:
    return [row["id"] for row in client.json("/api/v1/me/sessions")]


def bearer(place: Site, token: str, path: str = "/api/v1/me") -> int:
    """What a program with this token is answered."""
    headers = {"Authorization": f"Bearer {token}"}
    return visitor(place).raw.get(path, headers=headers).status_code


def made(client: Client) -> str:
    """A new token, as its page shows it."""
    return client.post("/account/tokens", **TOKEN).words("code")[0]


def test_this_place_is_marked_and_cannot_be_ended_by_mistake(place: Site, lin: Client) -> None:
    signed_in(place, person=lin.person_id)
    page = lin.get("/account/sessions")
    assert [word for word in page.words("span") if word == "就是这里"] == ["就是这里"]
    forms = [form.get("action") for form in page.all("form")]
    [here] = [row["id"] for row in lin.json("/api/v1/me/sessions") if row["is_here"]]
    assert f"/account/sessions/{here}" not in forms


def test_one_place_is_ended(place: Site, lin: Client) -> None:
    other = signed_in(place, person=lin.person_id)
    [here] = [row["id"] for row in other.json("/api/v1/me/sessions") if row["is_here"]]
    assert lin.send(f"/account/sessions/{here}") == "/account/sessions"
    assert not is_in(other)
    assert is_in(lin)


def test_all_other_places_are_ended(place: Site, lin: Client) -> None:
    others = [signed_in(place, person=lin.person_id) for _ in range(3)]
    token = made(lin)
    lin.send("/account/sessions/others")
    assert [is_in(client) for client in others] == [False] * 3
    assert bearer(place, token) == 401
    assert is_in(lin)


@pytest.mark.parametrize("path", ["/account/sessions/{}", "/account/tokens/{}"])
def test_nobody_ends_somebody_elses(place: Site, lin: Client, path: str) -> None:
    other = signed_in(place)
    [theirs] = ids(other)
    assert lin.raw.post(path.format(theirs)).status_code == 404
    assert is_in(other)


@pytest.mark.parametrize("id", ["0", "99999", "abc", "9" * 30, "-1"])
def test_what_is_no_session_is_not_there(lin: Client, id: str) -> None:
    assert lin.raw.post(f"/account/sessions/{id}").status_code == 404


def test_a_list_of_thirty_costs_as_much_as_of_one(place: Site, lin: Client) -> None:
    def cost() -> int:
        with place.counted() as seen:
            lin.get("/account/sessions")
        return len(seen)

    lin.get("/account/sessions")
    one = cost()
    for _ in range(29):
        signed_in(place, person=lin.person_id)
    assert cost() == one


def test_a_token_is_shown_once_and_works(place: Site, lin: Client) -> None:
    token = made(lin)
    assert bearer(place, token) == 200
    page = lin.get("/account/tokens")
    assert token not in page.text
    assert "每周导出" in page.words("h3")
    with place.session() as session:
        assert all(token not in row.digest for row in session.exec(select(SignIn)))


def test_a_token_that_was_ended_is_worth_nothing(place: Site, lin: Client) -> None:
    token = made(lin)
    [row] = lin.json("/api/v1/me/tokens")
    lin.send(f"/account/tokens/{row['id']}")
    assert bearer(place, token) == 401


def test_a_token_expires(place: Site, lin: Client) -> None:
    token = made(lin)
    place.app.state.now = lambda: NOW + timedelta(days=91)
    assert bearer(place, token) == 401


def test_a_token_is_no_cookie(place: Site, lin: Client) -> None:
    client = visitor(place)
    client.raw.cookies.set("kejie_session", made(lin), domain="testserver.local")
    assert not is_in(client)


@pytest.mark.parametrize(
    ("form", "field"),
    [({"name": "", "days": "90"}, "name"), ({"name": "导出", "days": "9999"}, "days"),
     ({"name": "导出", "days": "x"}, "days")],
)  # fmt: skip
def test_a_token_that_cannot_be_is_told(lin: Client, form: dict[str, str], field: str) -> None:
    page = lin.post("/account/tokens", 422, **form)
    assert page.by_id(f"{field}-wrong") is not None
    assert lin.json("/api/v1/me/tokens") == []


def test_a_token_makes_no_token(place: Site, lin: Client) -> None:
    headers = {"Authorization": f"Bearer {made(lin)}"}
    answer = visitor(place).raw.post(
        "/api/v1/me/tokens", json={"name": "更多", "days": 30}, headers=headers
    )
    assert answer.status_code in (401, 403)
    assert len(lin.json("/api/v1/me/tokens")) == 1


# the API


def test_the_api_says_who_one_is(place: Site) -> None:
    body = organisation_in(place, "示例陶瓷厂")
    found = signed_in(place, organisation=body).json("/api/v1/me")
    assert found["acting_for"] == body
    assert found["organisations"] == [{"id": body, "name": "示例陶瓷厂", "role": "owner"}]
    assert set(found) == {"id", "name", "roles", "acting_for", "organisations"}


@pytest.mark.parametrize("path", ["/api/v1/me", "/api/v1/me/sessions", "/api/v1/me/tokens"])
def test_the_api_knows_no_visitor(place: Site, path: str) -> None:
    assert visitor(place).raw.get(path).status_code == 401


def test_the_api_makes_and_ends_a_token(place: Site, lin: Client) -> None:
    answer = lin.raw.post("/api/v1/me/tokens", json={"name": "导出", "days": 30})
    assert answer.status_code == 201
    made = answer.json()
    assert bearer(place, made["token"]) == 200
    assert lin.raw.delete(f"/api/v1/me/tokens/{made['id']}").status_code == 204
    assert bearer(place, made["token"]) == 401


def test_the_api_takes_no_more_than_it_asks_for(lin: Client) -> None:
    """Mass assignment."""
    more = {"name": "导出", "days": 30, "person_id": 1, "kind": "browser"}
    assert lin.raw.post("/api/v1/me/tokens", json=more).status_code == 422


def test_the_api_ends_a_session_of_ones_own_alone(place: Site, lin: Client) -> None:
    other = signed_in(place)
    [theirs] = ids(other)
    assert lin.raw.delete(f"/api/v1/me/sessions/{theirs}").status_code == 404
    second = signed_in(place, person=lin.person_id)
    [here] = [row["id"] for row in second.json("/api/v1/me/sessions") if row["is_here"]]
    assert lin.raw.delete(f"/api/v1/me/sessions/{here}").status_code == 204
    assert not is_in(second)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
         "iPhone 上的 Safari"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile MicroMessenger/8.0",
         "安卓手机上的微信"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
         "Linux 电脑上的火狐"),
        ("<script>", "未知设备"),
    ],
)  # fmt: skip
def test_devices_have_words(agent: str, words: str) -> None:
    assert device_words(agent) == words
