"""Signing in and out, the second step, the password once more, and a forgotten one."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from sqlmodel import col, select

from market import credentials
from market.credentials import hash_password
from market.db import writing
from market.models import Person, SignIn
from tests.web.letters import last_letter, link_for
from tests.web.pages import Client
from tests.web.people import person_in, signed_in, visitor
from tests.web.site import NOW, Site

PASSWORD, OTHER = "稀散金属 回收 七号窑", "蓝色的 辊道窑 第九号"
LOGIN = "lin@example.com"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def lin(place: Site) -> int:
    return person_in(place, name="林晓", email=LOGIN, password_hash=hash_password(PASSWORD))


def at(place: Site, **later: int) -> None:
    place.app.state.now = lambda: NOW + timedelta(**later)


def sign_in(place: Site, password: str = PASSWORD, **form: str) -> Client:
    client = visitor(place)
    client.send("/sign-in", login=LOGIN, password=password, **form)
    return client


def is_in(client: Client) -> bool:
    return client.raw.get("/api/v1/me").status_code == 200


def with_second_step(place: Site, lin: int) -> pyotp.TOTP:
    with writing(place.engine) as session:
        person = session.get_one(Person, lin)
        person.totp_secret = place.app.state.keys.seal(SECRET)
        session.add(person)
    return pyotp.TOTP(SECRET)


# the password


def test_the_right_password_signs_in(place: Site, lin: int) -> None:
    client = visitor(place)
    assert client.send("/sign-in", login=" LIN@example.com ", password=PASSWORD) == "/desk"
    assert client.json("/api/v1/me")["id"] == lin


def test_no_answer_tells_whether_there_is_such_an_account(place: Site, lin: int) -> None:
    person_in(place, email="gone@example.com", suspended_at=NOW)
    pages = [
        visitor(place).post("/sign-in", 422, login=login, password="wrong wrong")
        for login in (LOGIN, "nobody@example.com", "gone@example.com", "no address")
    ]
    words = {page.words("main")[0] for page in pages}
    assert len(words) == 1
    assert "账号或密码不对" in words.pop()


def test_as_much_work_whether_or_not_there_is_an_account(place: Site, lin: int) -> None:
    """Timing: one hashing each."""
    counts = []
    for login in (LOGIN, "nobody@example.com"):
        before = credentials.hashing.done
        visitor(place).post("/sign-in", 422, login=login, password="wrong wrong")
        counts.append(credentials.hashing.done - before)
    assert counts == [1, 1]


def test_a_wrong_form_keeps_the_login_alone(place: Site) -> None:
    page = visitor(place).post("/sign-in", 422, login=LOGIN, password="hunter2 hunter2")
    assert page.by_id("login").get("value") == LOGIN
    assert "hunter2" not in page.text


@pytest.mark.parametrize(
    ("next", "leads"),
    [
        ("/needs?page=2", "/needs?page=2"), ("//evil.example", "/desk"),
        ("https://evil.example", "/desk"),
        ("/\\evil.example", "/desk"), ("javascript:alert(1)", "/desk"),
        ("/%0d%0aSet-Cookie:x=1", None),
    ],
)  # fmt: skip
def test_the_way_on_stays_on_this_site(place: Site, lin: int, next: str, leads: str | None) -> None:
    found = visitor(place).send("/sign-in", login=LOGIN, password=PASSWORD, next=next)
    assert found == (next if leads is None else leads)
    assert "\n" not in found


def test_every_sign_in_makes_a_new_token(place: Site, lin: int) -> None:
    """Session fixation: what the browser brought is neither kept nor worth anything."""
    client = visitor(place)
    client.raw.cookies.set("kejie_session", "chosen-by-somebody", domain="testserver.local")
    client.send("/sign-in", login=LOGIN, password=PASSWORD)
    first = client.raw.cookies["kejie_session"]
    assert first != "chosen-by-somebody"
    client.send("/sign-in", login=LOGIN, password=PASSWORD)
    assert client.raw.cookies["kejie_session"] != first
    old = visitor(place)
    old.raw.cookies.set("kejie_session", first, domain="testserver.local")
    assert not is_in(old)


def test_a_session_cookie_is_kept_from_scripts(place: Site, lin: int) -> None:
    answer = visitor(place).raw.post("/sign-in", data={"login": LOGIN, "password": PASSWORD})
    [cookie] = [c for c in answer.headers.get_list("set-cookie") if "kejie_session=" in c]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_signing_out_ends_the_token_too(place: Site, lin: int) -> None:
    client = sign_in(place)
    token = client.raw.cookies["kejie_session"]
    assert client.send("/sign-out") == "/"
    thief = visitor(place)
    thief.raw.cookies.set("kejie_session", token, domain="testserver.local")
    assert not is_in(thief)


def test_signing_out_wants_a_form_of_ours(place: Site, lin: int) -> None:
    client = sign_in(place)
    assert client.post_without_token("/sign-out").status_code == 403
    assert is_in(client)


def test_whoever_is_signed_in_is_not_asked_again(place: Site) -> None:
    client = signed_in(place)
    answer = client.raw.get("/sign-in?next=/needs")
    assert (answer.status_code, answer.headers["location"]) == (303, "/needs")


# how often


def test_guessing_is_stopped(place: Site, lin: int) -> None:
    client = visitor(place)
    for _ in range(10):
        client.post("/sign-in", 422, login=LOGIN, password="wrong wrong")
    answer = client.raw.post("/sign-in", data={"login": LOGIN, "password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_guessing_keeps_nobody_else_out(place: Site, lin: int) -> None:
    """A browser in which the account was signed in before has a count of its own."""
    known = sign_in(place)
    known.send("/sign-out")
    for _ in range(10):
        visitor(place).post("/sign-in", 422, login=LOGIN, password="wrong wrong")
    assert visitor(place).raw.post(
        "/sign-in", data={"login": LOGIN, "password": PASSWORD}
    ).status_code == 429  # fmt: skip
    assert known.send("/sign-in", login=LOGIN, password=PASSWORD) == "/desk"


def test_a_device_mark_is_good_for_its_own_accounts_alone(place: Site, lin: int) -> None:
    known = sign_in(place)
    known.send("/sign-out")
    data = {"login": "other@example.com", "password": "wrong wrong"}
    for _ in range(10):
        visitor(place).post("/sign-in", 422, **data)
    assert known.raw.post("/sign-in", data=data).status_code == 429


def test_a_made_up_device_mark_is_worth_nothing(place: Site, lin: int) -> None:
    codes = []
    for number in range(11):
        client = visitor(place)
        client.raw.cookies.set("kejie_device", f"forged.{number}", domain="testserver.local")
        data = {"login": LOGIN, "password": "wrong wrong"}
        codes.append(client.raw.post("/sign-in", data=data).status_code)
    assert codes == [422] * 10 + [429]


# the second step


def test_the_second_step_is_asked_and_passed(place: Site, lin: int) -> None:
    totp, client = with_second_step(place, lin), visitor(place)
    way = client.send("/sign-in", login=LOGIN, password=PASSWORD, next="/needs")
    assert way == "/sign-in/second-step"
    assert not is_in(client)
    client.get("/sign-in/second-step")
    assert client.send("/sign-in/second-step", code=totp.at(NOW)) == "/needs"
    assert is_in(client)


def test_a_wrong_second_step_signs_nobody_in(place: Site, lin: int) -> None:
    totp, client = with_second_step(place, lin), visitor(place)
    client.send("/sign-in", login=LOGIN, password=PASSWORD)
    wrong = f"{(int(totp.at(NOW)) + 1) % 1_000_000:06}"
    page = client.post("/sign-in/second-step", 422, code=wrong)
    assert page.by_id("code-wrong") is not None
    assert not is_in(client)


def test_a_code_of_the_second_step_is_taken_once(place: Site, lin: int) -> None:
    totp, first, second = with_second_step(place, lin), visitor(place), visitor(place)
    for client in (first, second):
        client.send("/sign-in", login=LOGIN, password=PASSWORD)
    first.send("/sign-in/second-step", code=totp.at(NOW))
    second.post("/sign-in/second-step", 422, code=totp.at(NOW))
    assert not is_in(second)


def test_the_second_step_belongs_to_the_browser_that_began(place: Site, lin: int) -> None:
    totp = with_second_step(place, lin)
    visitor(place).send("/sign-in", login=LOGIN, password=PASSWORD)
    stranger = visitor(place)
    assert stranger.send("/sign-in/second-step", code=totp.at(NOW)) == "/sign-in"


def test_the_second_step_waits_ten_minutes(place: Site, lin: int) -> None:
    totp, client = with_second_step(place, lin), visitor(place)
    client.send("/sign-in", login=LOGIN, password=PASSWORD)
    at(place, minutes=11)
    later = totp.at(NOW + timedelta(minutes=11))
    assert client.send("/sign-in/second-step", code=later) == "/sign-in"
    assert not is_in(client)


def test_a_changed_password_ends_a_second_step_that_waits(place: Site, lin: int) -> None:
    totp, client = with_second_step(place, lin), visitor(place)
    client.send("/sign-in", login=LOGIN, password=PASSWORD)
    with writing(place.engine) as session:
        person = session.get_one(Person, lin)
        person.password_hash = hash_password(OTHER)
        session.add(person)
    assert client.send("/sign-in/second-step", code=totp.at(NOW)) == "/sign-in"
    assert not is_in(client)


def test_guessing_the_second_step_is_stopped(place: Site, lin: int) -> None:
    totp, client = with_second_step(place, lin), visitor(place)
    client.send("/sign-in", login=LOGIN, password=PASSWORD)
    wrong = {"code": f"{(int(totp.at(NOW)) + 500_000) % 1_000_000:06}"}
    codes = [client.raw.post("/sign-in/second-step", data=wrong).status_code for _ in range(21)]
    assert codes == [422] * 20 + [429]


# once more


def test_a_sensitive_page_asks_for_the_password_again(place: Site, lin: int) -> None:
    client = sign_in(place)
    at(place, minutes=16)
    answer = client.raw.get("/account/data")
    assert answer.headers["location"] == "/confirm?next=%2Faccount%2Fdata"
    page = client.post("/confirm", 422, password="wrong wrong", next="/account/data")
    assert page.by_id("password-wrong") is not None
    assert client.send("/confirm", password=PASSWORD, next="/account/data") == "/account/data"
    client.get("/account/data")


def test_without_a_password_the_second_step_confirms(place: Site) -> None:
    sealed = place.app.state.keys.seal(SECRET)
    client = signed_in(place, person=person_in(place, totp_secret=sealed))
    assert "password" not in [i.get("name") for i in client.get("/confirm").all("input")]
    client.post("/confirm", 422, code="000000" if pyotp.TOTP(SECRET).at(NOW) != "000000" else "1")
    assert client.send("/confirm", code=pyotp.TOTP(SECRET).at(NOW)) == "/account"


def test_a_code_does_not_stand_in_for_a_password(place: Site, lin: int) -> None:
    totp = with_second_step(place, lin)
    client = signed_in(place, person=lin)
    client.post("/confirm", 422, code=totp.at(NOW))


def test_confirming_is_for_those_who_are_signed_in(place: Site) -> None:
    answer = visitor(place).raw.get("/confirm")
    assert answer.headers["location"].startswith("/sign-in?next=")


# forgotten


def ask(place: Site, target: str = LOGIN) -> str:
    visitor(place).post("/forgot", target=target)
    return link_for(place, target, "/reset/")


def test_a_link_sets_a_new_password_and_ends_every_session(place: Site, lin: int) -> None:
    elsewhere = sign_in(place)
    client, link = visitor(place), ask(place)
    client.get(link)
    assert client.send(link, password=OTHER) == "/sign-in"
    assert not is_in(elsewhere)
    assert not is_in(client)
    assert is_in(sign_in(place, OTHER))


def test_a_link_works_once(place: Site, lin: int) -> None:
    link = ask(place)
    visitor(place).send(link, password=OTHER)
    assert visitor(place).get(link, 410).words("h1") == ["链接已失效"]
    visitor(place).post(link, 410, password=PASSWORD)
    assert is_in(sign_in(place, OTHER))


def test_a_link_expires(place: Site, lin: int) -> None:
    link = ask(place)
    at(place, minutes=31)
    visitor(place).get(link, 410)
    visitor(place).post(link, 410, password=OTHER)


def test_a_link_is_not_told_to_anybody(place: Site, lin: int) -> None:
    assert visitor(place).raw.get(ask(place)).headers["referrer-policy"] == "no-referrer"


def test_a_weak_password_leaves_the_link_alive(place: Site, lin: int) -> None:
    link = ask(place)
    page = visitor(place).post(link, 422, password="1234567890")
    assert page.by_id("password-wrong") is not None
    visitor(place).send(link, password=OTHER)


def test_forgetting_tells_nobody_who_has_an_account(place: Site, lin: int) -> None:
    pages = [
        visitor(place).post("/forgot", target=target).words("main")[0]
        for target in (LOGIN, "lost@example.com")
    ]
    assert pages[0] == pages[1]
    assert "/reset/" not in last_letter(place, "lost@example.com")


def test_whoever_reset_a_password_gets_past_those_who_guess(place: Site, lin: int) -> None:
    for _ in range(10):
        visitor(place).post("/sign-in", 422, login=LOGIN, password="wrong wrong")
    client = visitor(place)
    client.send(ask(place), password=OTHER)
    assert client.send("/sign-in", login=LOGIN, password=OTHER) == "/desk"


def test_a_reset_is_no_way_around_the_second_step(place: Site, lin: int) -> None:
    with_second_step(place, lin)
    visitor(place).send(ask(place), password=OTHER)
    way = visitor(place).send("/sign-in", login=LOGIN, password=OTHER)
    assert way == "/sign-in/second-step"
    with place.session() as session:
        open_ones = select(SignIn).where(col(SignIn.revoked_at).is_(None))
        assert list(session.exec(open_ones)) == []
