"""Signing in through an identity provider that really answers, and every way in which one lies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey
from sqlmodel import Session, select

from market.models import Consent, Identity, Person
from tests.web.pages import Client, Page, checked
from tests.web.people import person_in, signed_in, visitor
from tests.web.provider import CLIENT, SECRET, FakeProvider, running
from tests.web.site import NOW, Site
from web.oidc import Provider
from web.oidc_source import Source, is_safe

UNTRUE = "没有通过核验"
NEW = {"sub": "0017", "name": "林晓", "email": "Lin@Uni.example", "email_verified": True}


@pytest.fixture(scope="module")
def server() -> Iterator[FakeProvider]:
    with running(FakeProvider(NOW)) as provider:
        yield provider


@pytest.fixture
def provider(server: FakeProvider) -> FakeProvider:
    """The provider as it tells the truth, about somebody new."""
    server.now, server.sign, server.lie, server.person = NOW, "RS256", {}, dict(NEW)
    server.hides_email = server.is_down = False
    server.shared = server.signing = None
    server.codes.clear()
    server.asked.clear()
    return server


@pytest.fixture
def place(make_site: Callable[..., Site], provider: FakeProvider) -> Site:
    """A site that people may enter through the provider, which knows nothing of it yet."""
    site = make_site()
    site.app.state.now = lambda: NOW
    site.app.state.oidc = Provider(Source(provider.address), CLIENT, SECRET, "统一身份认证")
    return site


def set_out(client: Client, path: str = "/sign-in/elsewhere", **form: str) -> str:
    """To the page that leads to the provider; the address there."""
    page = client.post(path, **form)
    [address] = [link.get("href") or "" for link in page.all("a") if link.get("rel")]
    return address


def ask(address: str) -> str:
    """What the provider sends the browser back to, as a path of our site."""
    back = urlsplit(httpx.get(address).headers["location"])
    return f"{back.path}?{back.query}"


def enter(client: Client, **form: str) -> Page | str:
    """The whole way: the page that ends it, or where it leads on to."""
    return arrive(client, ask(set_out(client, **form)))


def arrive(client: Client, back: str) -> Page | str:
    answer = client.raw.get(back)
    if answer.status_code == 303:
        return str(answer.headers["location"])
    return checked(answer, answer.status_code)


def join(client: Client, **form: str) -> str:
    """The way of somebody new, with their consent."""
    assert enter(client) == "/sign-in/welcome"
    return client.send("/sign-in/welcome", name="林晓", privacy="yes", **form)


def people(site: Site) -> list[Person]:
    with site.session() as session:
        return list(session.exec(select(Person)))


def name_of(client: Client) -> str | None:
    """Who is signed in in this browser."""
    answer = client.raw.get("/api/v1/me")
    return answer.json()["name"] if answer.status_code == 200 else None


def link(site: Site, provider: FakeProvider, person: int, subject: str = "0017") -> None:
    with Session(site.engine) as session:
        session.add(
            Identity(person_id=person, issuer=provider.address, subject=subject, linked_at=NOW)
        )
        session.commit()


def refused(found: Page | str, why: str = "") -> Page:
    """Nobody was let in, and the page says so; `why` is in its words."""
    assert isinstance(found, Page), found
    assert (found.status, found.words("h1")) == (400, ["没有登录"])
    assert why in found.text
    return found


# the ways that end well


def test_somebody_new_is_asked_before_an_account_is_made(place: Site) -> None:
    client = visitor(place)
    assert enter(client) == "/sign-in/welcome"
    assert people(place) == []
    page = client.get("/sign-in/welcome")
    assert "l***@uni.example" in page.text
    assert page.by_id("name").get("value") == "林晓"


def test_without_consent_no_account_is_made(place: Site) -> None:
    client = visitor(place)
    enter(client)
    page = client.post("/sign-in/welcome", 422, name="林晓")
    assert page.by_id("privacy-wrong") is not None
    assert people(place) == []


def test_somebody_new_joins_with_their_verified_address(place: Site) -> None:
    client = visitor(place)
    join(client)
    [person] = people(place)
    assert (person.name, person.email, person.password_hash) == ("林晓", "lin@uni.example", None)
    assert name_of(client) == "林晓"
    with place.session() as session:
        assert [consent.topic.value for consent in session.exec(select(Consent))] == ["privacy"]


def test_an_unverified_address_is_not_kept(place: Site, provider: FakeProvider) -> None:
    provider.person["email_verified"] = False
    join(visitor(place))
    assert [person.email for person in people(place)] == [None]


def test_an_address_may_come_from_the_userinfo_endpoint(
    place: Site, provider: FakeProvider
) -> None:
    provider.hides_email = True
    join(visitor(place))
    assert [person.email for person in people(place)] == ["lin@uni.example"]


def test_who_names_an_address_says_whether_it_is_verified(
    place: Site, provider: FakeProvider
) -> None:
    """The ID token vouches for no address that it does not name."""
    provider.hides_email, provider.lie = True, {"email_verified": True}
    provider.person["email_verified"] = False
    join(visitor(place))
    assert [person.email for person in people(place)] == [None]


def test_whoever_is_known_comes_in_at_once(place: Site, provider: FakeProvider) -> None:
    link(place, provider, person_in(place, name="陈工"))
    client = visitor(place)
    assert enter(client, next="/needs?q=1") == "/needs?q=1"
    assert name_of(client) == "陈工"


def test_the_way_on_never_leaves_the_site(place: Site, provider: FakeProvider) -> None:
    link(place, provider, person_in(place))
    assert enter(visitor(place), next="//evil.example/") == "/desk"


def test_a_link_is_made_and_used_and_ended(place: Site, provider: FakeProvider) -> None:
    client = signed_in(place)
    back = ask(set_out(client, "/account/identities"))
    assert arrive(client, back) == "/account/identities"
    other = visitor(place)
    assert enter(other) == "/desk"
    assert other.json("/api/v1/me")["id"] == client.person_id


def test_keys_that_were_changed_are_fetched_again(place: Site, provider: FakeProvider) -> None:
    link(place, provider, person_in(place))
    assert enter(visitor(place)) == "/desk"
    provider.rotate()
    ours: Source = place.app.state.oidc.source
    assert ours._keys is not None
    ours._keys = (ours._keys[0] - 60, ours._keys[1])
    assert enter(visitor(place)) == "/desk"


def test_the_request_carries_a_challenge_and_not_its_verifier(place: Site) -> None:
    asked = parse_qs(urlsplit(set_out(visitor(place))).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    assert len(asked["code_challenge"][0]) == 43
    assert len(asked["nonce"][0]) == 64


# an account is never taken over


@pytest.mark.parametrize("verified", [True, False, "false", None])
def test_an_address_that_has_an_account_opens_nothing(
    place: Site, provider: FakeProvider, verified: object
) -> None:
    owner = person_in(place, email="lin@uni.example", name="原主人")
    provider.person["email_verified"] = verified
    client = visitor(place)
    found = enter(client)
    if verified is True:
        assert isinstance(found, Page)
        assert (found.status, found.words("h1")) == (409, ["这个邮箱已有账号"])
    else:
        assert found == "/sign-in/welcome"
        client.send("/sign-in/welcome", name="林晓", privacy="yes")
        assert client.json("/api/v1/me")["id"] != owner
    with place.session() as session:
        assert [i for i in session.exec(select(Identity)) if i.person_id == owner] == []
        assert session.get_one(Person, owner).email == "lin@uni.example"


def test_an_identity_of_somebody_else_is_not_linked(place: Site, provider: FakeProvider) -> None:
    owner = person_in(place)
    link(place, provider, owner)
    client = signed_in(place)
    refused(arrive(client, ask(set_out(client, "/account/identities"))))
    with place.session() as session:
        assert [i.person_id for i in session.exec(select(Identity))] == [owner]


def test_whoever_comes_back_must_be_who_set_out(place: Site) -> None:
    """Another account was signed in in the same browser in between."""
    client, other = signed_in(place), signed_in(place)
    back = ask(set_out(client, "/account/identities"))
    client.raw.cookies.set(
        "kejie_session", other.raw.cookies["kejie_session"], domain="testserver.local"
    )
    refused(arrive(client, back))
    with place.session() as session:
        assert list(session.exec(select(Identity))) == []


def test_linking_wants_a_form_of_ours(place: Site) -> None:
    assert signed_in(place).post_without_token("/account/identities").status_code == 403


# attacks on the way


def test_a_wrong_state_is_refused(place: Site) -> None:
    client = visitor(place)
    back = ask(set_out(client))
    refused(arrive(client, back.replace("state=", "state=x")))


def test_a_code_and_state_work_once(place: Site, provider: FakeProvider) -> None:
    link(place, provider, person_in(place))
    client = visitor(place)
    back = ask(set_out(client))
    assert arrive(client, back) == "/desk"
    client.send("/sign-out")
    refused(arrive(client, back))
    assert name_of(client) is None


def test_another_browser_cannot_use_a_state(place: Site, provider: FakeProvider) -> None:
    link(place, provider, person_in(place))
    victim, attacker = visitor(place), visitor(place)
    set_out(victim)
    back = ask(set_out(attacker))
    refused(arrive(victim, back))
    assert name_of(victim) is None


def test_a_stolen_state_with_ones_own_code_is_refused(place: Site, provider: FakeProvider) -> None:
    """The code belongs to another journey: neither its verifier nor its nonce fits."""
    mine, theirs = visitor(place), visitor(place)
    code = parse_qs(urlsplit(ask(set_out(mine))).query)["code"][0]
    state = parse_qs(urlsplit(set_out(theirs)).query)["state"][0]
    refused(arrive(theirs, f"/sign-in/back?code={code}&state={state}"))


def test_a_state_expires(place: Site, provider: FakeProvider) -> None:
    client = visitor(place)
    back = ask(set_out(client))
    place.app.state.now = lambda: NOW + timedelta(minutes=11)
    refused(arrive(client, back))


LIES = {
    "wrong nonce": {"nonce": "0" * 64},
    "no nonce": {"nonce": None},
    "wrong audience": {"aud": "somebody-else"},
    "one audience of many": {"aud": [CLIENT, "somebody-else"]},
    "wrong authorised party": {"azp": "somebody-else"},
    "no audience": {"aud": None},
    "wrong issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "expired": {"exp": int(NOW.timestamp()) - 120},
    "never expires": {"exp": None},
    "from the future": {"iat": int(NOW.timestamp()) + 600},
    "another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is a number": {"sub": 17},
    "a subject without end": {"sub": "1" * 300},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_token_that_lies_is_refused(
    place: Site, provider: FakeProvider, lie: dict[str, object]
) -> None:
    link(place, provider, person_in(place))
    provider.lie = lie
    client = visitor(place)
    refused(enter(client), UNTRUE)
    assert name_of(client) is None


@pytest.mark.parametrize("sign", ["none", "HS256"])
def test_a_token_without_the_providers_own_signature_is_refused(
    place: Site, provider: FakeProvider, sign: str
) -> None:
    """`none`, and an HMAC whose secret is the public key."""
    link(place, provider, person_in(place))
    provider.sign = sign
    client = visitor(place)
    refused(enter(client), UNTRUE)
    assert name_of(client) is None


def test_a_published_secret_signs_nothing(place: Site, provider: FakeProvider) -> None:
    """Only algorithms with a private key are read, whatever stands among the keys."""
    link(place, provider, person_in(place))
    provider.sign, provider.shared = "HS256", OctKey.generate_key(256, auto_kid=True)
    refused(enter(visitor(place)), UNTRUE)


def test_a_token_by_a_key_that_is_not_published_is_refused(
    place: Site, provider: FakeProvider
) -> None:
    link(place, provider, person_in(place))
    client = visitor(place)
    assert enter(client) == "/desk"
    published, kid = provider.key, provider.key.kid
    provider.rotate()
    forged = provider.key
    provider.key = published
    provider.signing = forged
    refused(enter(visitor(place)), UNTRUE)
    assert kid == published.kid


def test_a_provider_that_is_down_leaves_a_page_that_helps(
    place: Site, provider: FakeProvider
) -> None:
    provider.is_down = True
    page = refused(checked(visitor(place).raw.post("/sign-in/elsewhere"), 400))
    assert "稍后再试" in page.text


def test_a_provider_that_goes_down_on_the_way(place: Site, provider: FakeProvider) -> None:
    client = visitor(place)
    back = ask(set_out(client))
    provider.is_down = True
    assert "稍后再试" in refused(arrive(client, back)).text


def test_another_issuer_in_its_own_document_is_refused(place: Site, provider: FakeProvider) -> None:
    place.app.state.oidc = Provider(Source(provider.address + "/"), CLIENT, SECRET, "统一身份认证")
    refused(checked(visitor(place).raw.post("/sign-in/elsewhere"), 400))


def test_cancelling_there_leads_back(place: Site) -> None:
    client = visitor(place)
    state = parse_qs(urlsplit(set_out(client)).query)["state"][0]
    page = refused(arrive(client, f"/sign-in/back?error=access_denied&state={state}"))
    assert "没有完成登录" in page.text


@pytest.mark.parametrize(
    ("address", "issuer", "fits"),
    [
        ("https://idp.example/token", "https://idp.example", True),
        ("http://idp.example/token", "https://idp.example", False),
        ("http://127.0.0.1:9/token", "https://idp.example", False),
        ("http://127.0.0.1:9/token", "http://127.0.0.1:9", True),
        ("http://idp.example/token", "http://127.0.0.1:9", False),
        ("file:///etc/passwd", "http://127.0.0.1:9", False),
    ],
)
def test_secrets_go_by_tls_alone(address: str, issuer: str, fits: bool) -> None:
    assert is_safe(address, issuer) is fits


# what is asked once more


def test_a_second_step_is_asked_here_too(place: Site, provider: FakeProvider) -> None:
    secret = place.app.state.keys.seal("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    link(place, provider, person_in(place, totp_secret=secret))
    client = visitor(place)
    assert enter(client) == "/sign-in/second-step"
    assert name_of(client) is None


def test_confirming_through_the_provider_asks_for_the_password_there(
    place: Site, provider: FakeProvider
) -> None:
    client = signed_in(place)
    link(place, provider, client.person_id or 0)
    address = set_out(client, "/confirm/elsewhere", next="/account/tokens")
    assert parse_qs(urlsplit(address).query)["prompt"] == ["login"]
    assert arrive(client, ask(address)) == "/account/tokens"


@pytest.mark.parametrize("lie", [{"auth_time": int(NOW.timestamp()) - 3600}, {"auth_time": None}])
def test_confirming_wants_a_password_that_was_just_shown(
    place: Site, provider: FakeProvider, lie: dict[str, object]
) -> None:
    client = signed_in(place)
    link(place, provider, client.person_id or 0)
    provider.lie = lie
    refused(arrive(client, ask(set_out(client, "/confirm/elsewhere"))))


def test_confirming_as_somebody_else_is_refused(place: Site, provider: FakeProvider) -> None:
    client = signed_in(place)
    link(place, provider, person_in(place))
    refused(arrive(client, ask(set_out(client, "/confirm/elsewhere"))))


def test_without_a_provider_there_is_no_such_way(place: Site) -> None:
    place.app.state.oidc = None
    visitor(place).post("/sign-in/elsewhere", 404)
    assert "统一身份认证" not in visitor(place).get("/sign-in").text
