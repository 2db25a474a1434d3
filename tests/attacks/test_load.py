"""Two hundred people at once against one process, with its limits on: nothing is lost, nothing
fails, and whoever guesses at a password keeps nobody else out."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import uvicorn
from sqlmodel import col, func, select

from market import ledger
from market.credentials import hash_password
from market.models import ListingState, Need, SignIn, Standing
from tests.web.people import organisation_in, person_in
from tests.web.site import Site

pytestmark = pytest.mark.slow
PEOPLE, THREADS = 200, 24
PASSWORD = "稀散金属 回收 七号窑"


class Person:
    """Somebody at an address of their own, as a trusted proxy on this machine tells it."""

    def __init__(self, base: str, number: int, address: str = "") -> None:
        self.email = f"load{number}@example.com"
        address = address or f"203.0.{113 + number // 200}.{number % 200 + 1}"
        self.client = httpx.Client(
            base_url=base, headers={"X-Forwarded-For": address}, timeout=60, trust_env=False
        )

    def form(self, page: str, path: str, **fields: str) -> httpx.Response:
        """Open a page and send a form with the token that stands in it."""
        html = self.client.get(page).text
        token = re.search(r'name="csrftoken" value="([^"]+)"', html)
        assert token, html[:300]
        return self.client.post(path, data={"csrftoken": token[1], **fields})

    def sign_in(self, password: str = PASSWORD) -> int:
        """Try a password; the status of the answer."""
        fields = {"login": self.email, "password": password}
        return self.form("/sign-in", "/sign-in", **fields).status_code


@pytest.fixture
def place(make_site: Callable[..., Site]) -> Site:
    return make_site()


@pytest.fixture
def base(place: Site) -> Iterator[str]:
    config = uvicorn.Config(
        place.app, host="127.0.0.1", port=0, proxy_headers=True, forwarded_allow_ips="127.0.0.1",
        log_config=None, access_log=False, lifespan="off",
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)


def people_of(place: Site, count: int) -> int:
    """So many people of one verified organisation."""
    body = organisation_in(place, "清远陶瓷公司", standing=Standing.VERIFIED)
    stored = hash_password(PASSWORD)
    for number in range(count):
        person_in(place, organisation=body, email=f"load{number}@example.com", password_hash=stored)
    return body


def test_two_hundred_people_sign_in_and_post_at_once(place: Site, base: str) -> None:
    body = people_of(place, PEOPLE)

    def come(number: int) -> tuple[int, int]:
        person = Person(base, number)
        signed = person.sign_in()
        fields = {"title": f"需求{number}", "body": "正文", "owner": str(body), "then": "publish"}
        return signed, person.form("/needs", "/needs/new", **fields).status_code

    with ThreadPoolExecutor(THREADS) as threads:
        answers = Counter(threads.map(come, range(PEOPLE)))
    assert answers == {(303, 303): PEOPLE}
    with place.session() as session:
        assert session.exec(select(func.count()).select_from(SignIn)).one() == PEOPLE
        needs = session.exec(select(Need).order_by(col(Need.id))).all()
        assert {need.title for need in needs} == {f"需求{n}" for n in range(PEOPLE)}
        assert len(needs) == PEOPLE
        assert {need.state for need in needs} == {ListingState.PUBLISHED}
        assert ledger.verify(session).holds


def test_the_limit_of_one_address_keeps_nobody_else_out(place: Site, base: str) -> None:
    people_of(place, 2)
    owner, other = Person(base, 0, "198.51.100.7"), Person(base, 1, "198.51.100.8")
    assert owner.sign_in() == 303
    guesser = Person(base, 0, "192.0.2.66")
    statuses = [guesser.sign_in(f"猜测的口令 {n}") for n in range(12)]
    assert statuses == [422] * 10 + [429] * 2
    assert guesser.sign_in() == 429
    assert other.sign_in() == 303
    owner.form("/account", "/sign-out")
    assert owner.sign_in() == 303
