"""The attack suite: every attack by its name, through the whole site."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

import pyotp
import pytest
from sqlmodel import col, func, select

from market import credentials, ledger
from market.credentials import hash_password
from market.db import writing
from market.errors import Invalid
from market.imports.files import format_of
from market.models import (
    Appeal,
    Attachment,
    Certification,
    Change,
    Grant,
    Membership,
    Merge,
    Need,
    Organisation,
    Person,
    Report,
    Role,
    Standing,
)
from tests.attacks.town import EVERYBODY, Town, secret, town_on
from tests.market.containers import PDF, lying, office
from tests.web.letters import code_for, link_for
from tests.web.pages import TOKEN, Client, Page
from tests.web.people import organisation_in, person_in, signed_in, token_of, visitor
from tests.web.site import NOW, Site

PASSWORD, OTHER = "稀散金属 回收 七号窑", "蓝色的 辊道窑 第九号"
LOGIN, NOBODY = "lin@example.com", "nobody@example.com"
EVIL = "<x-evil onclick=alert(1)></x-evil>\"'><script>alert(2)</script>{{7*7}}"
FORMULA = '=HYPERLINK("http://evil.example",A1)'


@pytest.fixture
def place(make_site: Callable[..., Site]) -> Site:
    site = make_site(1, 1)
    site.app.state.now = lambda: NOW
    return site


@pytest.fixture
def lin(place: Site) -> int:
    return person_in(place, name="林晓", email=LOGIN, password_hash=hash_password(PASSWORD))


def sign_in(place: Site, password: str = PASSWORD) -> Client:
    client = visitor(place)
    client.send("/sign-in", login=LOGIN, password=password)
    return client


def is_in(client: Client) -> bool:
    return client.raw.get("/api/v1/me").status_code == 200


def session_of(client: Client) -> str:
    return next(c.value or "" for c in client.raw.cookies.jar if c.name == "kejie_session")


def with_session(place: Site, value: str) -> Client:
    client = visitor(place)
    client.raw.cookies.set("kejie_session", value, domain="testserver.local")
    return client


# forged requests, fixed and stolen sessions


@pytest.mark.parametrize("headers", [{TOKEN: ""}, {TOKEN: "made-up"}])
def test_csrf(place: Site, headers: dict[str, str]) -> None:
    body = organisation_in(place, "清远陶瓷公司", standing=Standing.VERIFIED)
    owner = signed_in(place, organisation=body)
    form = {"title": "伪造的需求", "body": "正文", "owner": str(body), "then": "publish"}
    assert owner.raw.post("/needs/new", data=form, headers=headers).status_code == 403
    given = {"organisation": body, "title": "伪造的需求"}
    assert owner.raw.post("/api/v1/needs", json=given, headers=headers).status_code == 403
    with place.session() as session:
        assert "伪造的需求" not in session.exec(select(Need.title)).all()


def test_session_fixation(place: Site, lin: int) -> None:
    """A session that was there before signing in, planted or somebody else's, is not kept."""
    planted = token_of(place, person_in(place))
    for value in ("planted-by-the-attacker", planted):
        client = with_session(place, value)
        client.send("/sign-out")
        client.raw.cookies.set("kejie_session", value, domain="testserver.local")
        client.send("/sign-in", login=LOGIN, password=PASSWORD)
        values = [c.value for c in client.raw.cookies.jar if c.name == "kejie_session"]
        assert any(v != value for v in values)
        assert not is_in(with_session(place, value))


@pytest.mark.parametrize("end", ["sign-out", "revoke", "others", "password", "reset"])
def test_stolen_token_reuse(place: Site, lin: int, end: str) -> None:
    client = sign_in(place)
    stolen = with_session(place, session_of(client))
    assert is_in(stolen)
    other = sign_in(place)
    [here] = [row["id"] for row in client.json("/api/v1/me/sessions") if row["is_here"]]
    if end == "sign-out":
        client.send("/sign-out")
    elif end == "revoke":
        other.send(f"/account/sessions/{here}")
    elif end == "others":
        other.send("/account/sessions/others")
    elif end == "password":
        other.send("/account/password", old=PASSWORD, new=OTHER)
    else:
        visitor(place).post("/forgot", target=LOGIN)
        visitor(place).send(link_for(place, LOGIN, "/reset/"), password=OTHER)
    assert not is_in(stolen)


# who has an account


FORMS = [("/register", "target"), ("/forgot", "target"), ("/sign-in", "login")]


@pytest.mark.parametrize(("path", "field"), FORMS)
def test_enumeration_of_accounts_by_message(place: Site, lin: int, path: str, field: str) -> None:
    def told(target: str) -> tuple[int, str, str]:
        client = visitor(place)
        answer = client.raw.post(path, data={field: target, "password": OTHER})
        step = client.raw.get("/register/finish").text if path == "/register" else ""
        text = re.sub(r"request-\w+|[\w-]{20,}|\w\*+@|" + re.escape(target), "", answer.text + step)
        number = answer.headers.get("x-request-id", "-")
        return answer.status_code, answer.headers.get("location", ""), text.replace(number, "")

    assert told(LOGIN) == told(NOBODY)


@pytest.mark.parametrize(("path", "field"), FORMS)
def test_enumeration_of_accounts_by_timing(place: Site, lin: int, path: str, field: str) -> None:
    """Counted, not clocked: as many hashings and, within two, as many statements."""

    def cost(target: str) -> tuple[int, int]:
        client = visitor(place)
        client.raw.token()
        before = credentials.hashing.done
        with place.counted() as seen:
            client.raw.post(path, data={field: target, "password": OTHER})
        return credentials.hashing.done - before, len(seen)

    (hashings, statements), (hashings_of_nobody, statements_of_nobody) = cost(LOGIN), cost(NOBODY)
    assert hashings == hashings_of_nobody
    assert abs(statements - statements_of_nobody) <= 2


# scripts


@pytest.fixture
def spoilt(make_site: Callable[..., Site]) -> Town:
    site = make_site(1, 1)
    return town_on(site, lambda name: secret(name) + EVIL)


def evil_in(text: str) -> list[str]:
    """Elements and attributes that a text of somebody's became on a page."""
    if not any(part in text for part in ("x-evil", "alert(", "7*7")):
        return []  # nothing of it is there, in whatever form
    page = Page.__new__(Page)
    import html5lib

    page.root = html5lib.parse(text, treebuilder="etree")
    bad = [str(item.tag) for item in page.root.iter() if "x-evil" in str(item.tag)]
    bad += [n for i in page.root.iter() for n in i.attrib if re.match(r"on[a-z]+$", str(n))]
    scripts = [
        item.text or "" for item in page.all("script")
        if item.get("type") != "application/ld+json" or not _is_data(item.text or "")
    ]  # fmt: skip
    hrefs = [a.get("href") or "" for a in page.all("a")]
    bad += [href for href in hrefs if href.strip().lower().startswith("javascript")]
    return bad + [text for text in scripts if text.strip()]


def _is_data(text: str) -> bool:
    """Whether a block is what it says: JSON that no sign in it can end."""
    return isinstance(json.loads(text), dict) and not re.search("[<>&']", text)


EVER_SHOWN = (
    "need title", "need summary", "need body", "need keyword", "achievement title", "name",
    "name en", "about", "person name", "report", "appeal", "statement", "purpose", "note",
    "merge reason", "subject", "notice text", "file name", "down reason", "import name",
    "import heading", "import cell", "list name", "list note",
    "need earlier title", "need earlier body", "sketch need", "shown problem", "shown contact",
    "open indicator name", "open indicator before", "open indicator value", "open right",
    "open holder", "open team", "open cases", "open assessor", "open innovation",
)  # fmt: skip


MORE_PAGES = {
    "/needs/{id}": ("shown", "down"), "/needs/{id}/appeal": ("down",),
    "/needs/{id}/disclosures": ("shown",), "/organisations/{id}": ("third",),
    "/needs/{id}/share": ("shown",), "/needs/{id}/sheet": ("shown",),
    "/achievements/{id}": ("open",), "/achievements/{id}/share": ("open",),
    "/achievements/{id}/sheet": ("open",), "/needs/{id}/compare": ("shown",),
}  # fmt: skip
"""Addresses that are looked at for more than one thing."""


@pytest.mark.slow
def test_stored_xss(spoilt: Town) -> None:
    """Every text of a town is a script; everybody opens every page there is."""
    seen: set[str] = set()
    for who in EVERYBODY:
        client = spoilt.browser(who)
        for route in spoilt.routes("GET"):
            if route.path.startswith("/api/") or route.path == "/openapi.json":
                continue
            answers = [client.raw.get(spoilt.address(route))]
            if route.path in MORE_PAGES:
                ids = [spoilt.ids[name] for name in MORE_PAGES[route.path]]
                answers += [client.raw.get(spoilt.address(route, id=id)) for id in ids]
            for answer in answers:
                if answer.headers.get("content-type", "").startswith("text/html"):
                    assert evil_in(answer.text) == [], (who, route.path)
                    seen |= {n for n in spoilt.planted if secret(n) in answer.text}
    assert set(EVER_SHOWN) - seen == set()


def test_scripts_are_refused_where_they_are_posted(place: Site) -> None:
    body = organisation_in(place, "清远陶瓷公司", standing=Standing.VERIFIED)
    owner = signed_in(place, organisation=body)
    answer = owner.raw.post("/needs/new", data={"title": EVIL, "body": EVIL, "owner": str(body)})
    assert evil_in(answer.text) == []
    assert answer.status_code == 422


def test_reflected_xss(place: Site) -> None:
    """In every query parameter of every page, and in the address itself."""
    from tests.web.routes import every_route

    names = {"q", "next", "text", "kind", "state", "page", "receipt", "source", "target", "code",
             "error", "field", "division", "sort", "wanted", "mode", "action", "person", "noun",
             "from", "to", "readiness", "amount", "view"}  # fmt: skip
    query = urlencode(dict.fromkeys(sorted(names), EVIL))
    staff = signed_in(place, *[r for r in Role if r.value in EVERYBODY])
    for route in every_route(place.app):
        if route.method != "GET" or route.path.startswith("/api/"):
            continue
        for client in (visitor(place), staff):
            answer = client.raw.get(f"{route.address}?{query}")
            assert answer.status_code < 500 or route.path == "/readyz", route
            if answer.headers.get("content-type", "").startswith("text/html"):
                assert evil_in(answer.text) == [], route
            assert "evil" not in answer.headers.get("location", "").split("?")[0]


@pytest.mark.parametrize("next", ["https://evil.example", "//evil.example", "/\\evil.example",
                                  "javascript:alert(1)", "/%0d%0aSet-Cookie: a=b"])  # fmt: skip
def test_open_redirect(place: Site, lin: int, next: str) -> None:
    client = visitor(place)
    to = client.send("/sign-in", login=LOGIN, password=PASSWORD, next=next)
    assert to.startswith("/")
    assert not to.startswith(("//", "/\\"))
    assert "\n" not in to


# exports, uploads, archives


def test_formula_injection_in_every_export(place: Site) -> None:
    """In a person's own data, and in the record of changes."""
    body = organisation_in(place, FORMULA)
    me = signed_in(
        place, Role.SUPERVISOR, organisation=body,
        person=person_in(place, Role.SUPERVISOR, name=FORMULA, organisation=body),
    )  # fmt: skip
    with writing(place.engine) as session:
        ledger_of = session.get_one(Person, me.person_id)
        from market.roles import OPERATOR_VIEWER

        ledger.note(
            session, OPERATOR_VIEWER, NOW, "account.rename", "person", ledger_of.id,
            after={"name": FORMULA}, reason=FORMULA,
        )  # fmt: skip
    texts = [me.raw.get("/bureau/ledger.csv").text]
    with zipfile.ZipFile(io.BytesIO(me.raw.get("/account/data.zip").content)) as archive:
        texts += [archive.read(n).decode("utf-8-sig") for n in archive.namelist()
                  if n.endswith(".csv")]  # fmt: skip
    assert any("HYPERLINK" in text for text in texts)
    for text in texts:
        for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))):
            assert not [c for c in row if c.startswith(("=", "+", "@", "\t"))], row


@pytest.fixture
def desk(place: Site) -> tuple[Client, int, int]:
    """An owner, their organisation, and a draft of theirs."""
    body = organisation_in(place, "清远陶瓷公司", standing=Standing.VERIFIED)
    owner = signed_in(place, organisation=body)
    owner.send("/needs/new", title="辊道窑余热", body="正文", owner=str(body))
    with place.session() as session:
        id = session.exec(select(Need.id).order_by(col(Need.id).desc())).first()
    assert id is not None
    return owner, body, id


def upload(client: Client, id: int, name: str, data: bytes) -> int:
    form = {"csrftoken": client.raw.token(), "tier": "public"}
    path = f"/needs/{id}/attachments"
    return client.raw.post(path, data=form, files={"file": (name, data)}).status_code


@pytest.mark.parametrize(
    "name", ["../../../../tmp/kejie-evil.pdf", "..\\..\\kejie-evil.pdf", "/etc/kejie-evil.pdf"]
)
def test_path_traversal_in_uploads(place: Site, desk: tuple[Client, int, int], name: str) -> None:
    owner, _, id = desk
    assert upload(owner, id, name, PDF) == 303
    with place.session() as session:
        row = session.exec(select(Attachment)).one()
    assert row.name == "kejie-evil.pdf"
    folder = place.app.state.settings.data
    assert [p for p in folder.parent.rglob("*") if "evil" in p.name] == []
    assert (folder / "files" / row.stored_as).resolve().is_relative_to(folder.resolve())


@pytest.mark.parametrize(
    "path", ["/files/..%2f..%2fsecret.key", "/files/../secret.key", "/files/%2e%2e/secret.key",
             "/static/..%2f..%2fapp.py", "/static/%2e%2e/app.py", "/files/secret.key"],
)  # fmt: skip
def test_path_traversal_in_addresses(place: Site, path: str) -> None:
    assert signed_in(place).raw.get(path).status_code == 404


ENTITIES = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">' \
    '<!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'  # fmt: skip
BOMBS = {
    "zip bomb": office("xlsx", {"xl/a.xml": b"\0" * 20_000_000}),
    "lying directory": lying(8_000_000, 100),
    "path in the archive": office("xlsx", {"../../evil.xml": "<a/>"}),
    "entities": office("xlsx", {"xl/worksheets/sheet1.xml": ENTITIES}),
    "external entity": office("xlsx", {"xl/sharedStrings.xml":
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'}),
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_zip_and_xml_bombs_in_uploads(desk: tuple[Client, int, int], bomb: str) -> None:
    owner, _, id = desk
    assert upload(owner, id, "a.xlsx", BOMBS[bomb]) == 422


@pytest.mark.parametrize("bomb", BOMBS)
def test_zip_and_xml_bombs_in_imports(tmp_path: Any, bomb: str) -> None:
    (tmp_path / "a.xlsx").write_bytes(BOMBS[bomb])
    with pytest.raises(Invalid):
        format_of(tmp_path / "a.xlsx")


# fields that nobody may set


MORE = {
    "owner_id": "1", "state": "published", "is_demo": "1", "author_id": "1", "role": "owner",
    "standing": "verified", "published_at": "2026-01-01T00:00:00Z", "id": "1", "is_public": "1",
    "first_published_at": "2026-01-01T00:00:00Z", "taken_down_by": "1", "key": "x", "source": "x",
    "verified_at": "2026-01-01T00:00:00Z", "created_by": "1", "source_id": "1", "kind_id": "1",
}  # fmt: skip


def test_mass_assignment_through_forms(place: Site, desk: tuple[Client, int, int]) -> None:
    owner, body, id = desk
    form = {"title": "改过", "body": "正文", "version": "1", **MORE}
    owner.send(f"/needs/{id}/edit", **form)
    owner.send("/needs/new", title="新的", body="正文", owner=str(body), **MORE)
    with place.session() as session:
        for row in session.exec(select(Need).where(Need.owner_id == body)):
            assert (row.state.value, row.is_demo, row.published_at) == ("draft", False, None)
            assert (row.author_id, row.source, row.taken_down_by) == (owner.person_id, None, None)
    more = {k: v for k, v in MORE.items() if k != "role"}
    signed_in(place).send("/organisations/new", name="自封认证公司", kind="enterprise", **more)
    with place.session() as session:
        made = session.exec(select(Organisation).where(Organisation.name == "自封认证公司")).one()
        assert made.standing is Standing.UNVERIFIED
        assert (made.verified_at, made.first_published_at, made.is_demo) == (None, None, False)
        assert made.key is None


def test_mass_assignment_gives_nobody_a_role(place: Site) -> None:
    client = visitor(place)
    client.send("/register", target="new@example.com")
    more = {k: v for k, v in MORE.items() if k != "role"} | {"role": "administrator", "roles": "1"}
    client.send(
        "/register/finish", code=code_for(place, "new@example.com"), name="林晓",
        password=PASSWORD, privacy="yes", **more,
    )  # fmt: skip
    with place.session() as session:
        assert session.exec(select(Grant)).all() == []
        assert session.exec(select(Membership)).all() == []


@pytest.mark.parametrize("field", MORE)
def test_mass_assignment_through_json(
    place: Site, desk: tuple[Client, int, int], field: str
) -> None:
    owner, body, id = desk
    needs = {"organisation": body, "title": "新的", field: MORE[field]}
    assert owner.raw.post("/api/v1/needs", json=needs).status_code == 422
    changed = owner.raw.patch(
        f"/api/v1/needs/{id}", json={field: MORE[field]}, headers={"If-Match": "1"}
    )
    assert changed.status_code == 422
    given = {"name": "新公司", "kind": "enterprise", field: MORE[field]}
    assert owner.raw.post("/api/v1/organisations", json=given).status_code == 422


# two at once


RACES: dict[str, tuple[str, dict[str, str], type[Any], tuple[Role, ...]]] = {
    "certification": ("/bureau/certifications/{certification}", {"move": "refuse"}, Certification,
                      (Role.ROUND_OFFICER,)),
    "merge": ("/bureau/merges/{merge}", {"move": "refuse"}, Merge, (Role.APPROVER,)),
    "listing": ("/bureau/listings/need/{review}", {"name": "approve"}, Need,
                (Role.ROUND_OFFICER,)),
    "report": ("/bureau/reports/{report}", {"name": "accept"}, Report, (Role.ROUND_OFFICER,)),
    "appeal": ("/bureau/appeals/{appeal}", {"name": "dismiss"}, Appeal, (Role.APPROVER,)),
}  # fmt: skip


@pytest.mark.parametrize("matter", RACES)
def test_race_of_two_decisions(place: Site, matter: str) -> None:
    """Two officers decide in the same moment: one is heard, the other is told."""
    town = town_on(place)
    path, form, _, roles = RACES[matter]
    clients = [signed_in(place, *roles) for _ in range(2)]
    for client in clients:
        client.raw.token()
    start, address = Barrier(2), path.format(**town.ids)

    def decide(client: Client) -> int:
        start.wait(10)
        return client.raw.post(address, data={**form, "reason": "材料不全，请补充。"}).status_code

    with place.session() as session:
        before = session.exec(select(func.count()).select_from(Change)).one()
    with ThreadPoolExecutor(2) as threads:
        statuses = sorted(threads.map(decide, clients))
    assert statuses[0] == 303
    assert statuses[1] in (403, 404, 409, 422)
    with place.session() as session:
        actions = list(session.exec(select(Change.action).where(Change.id > before)))  # type: ignore[operator]
        assert len(actions) == len(set(actions)) >= 1
        assert ledger.verify(session).holds


# what was used once


def test_replay_of_a_registration_code(place: Site) -> None:
    first, second = visitor(place), visitor(place)
    first.send("/register", target="new@example.com")
    second.raw.cookies.update(first.raw.cookies)
    form = {"code": code_for(place, "new@example.com"), "name": "林晓", "password": PASSWORD,
            "privacy": "yes"}  # fmt: skip
    first.send("/register/finish", **form)
    second.post("/register/finish", 422, **form)
    with place.session() as session:
        assert len(session.exec(select(Person)).all()) == 1


def test_replay_of_a_reset_link(place: Site, lin: int) -> None:
    visitor(place).post("/forgot", target=LOGIN)
    link = link_for(place, LOGIN, "/reset/")
    visitor(place).send(link, password=OTHER)
    assert visitor(place).raw.post(link, data={"password": PASSWORD}).status_code == 410
    sign_in(place, OTHER)


def test_replay_of_the_codes_of_a_new_contact(place: Site, lin: int) -> None:
    client = sign_in(place)
    client.send("/account/contact", target="newer@example.com", kind="email")
    codes = {"new_code": code_for(place, "newer@example.com"), "old_code": code_for(place, LOGIN)}
    client.send("/account/contact/confirm", **codes)
    assert client.raw.post("/account/contact/confirm", data=codes).status_code in (403, 422)


def test_replay_of_a_totp_code(place: Site, lin: int) -> None:
    seed = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    with writing(place.engine) as session:
        session.get_one(Person, lin).totp_secret = place.app.state.keys.seal(seed)
    code = pyotp.TOTP(seed).at(NOW)
    first, second = sign_in(place), sign_in(place)
    assert first.send("/sign-in/second-step", code=code) == "/desk"
    second.post("/sign-in/second-step", 422, code=code)
    assert not is_in(second)


def test_replay_of_an_oidc_state(place: Site) -> None:
    from market.models import OneTimePurpose
    from market.roles import VISITOR_VIEWER
    from tests.web.provider import CLIENT, SECRET, FakeProvider, running
    from web.oidc import Provider
    from web.oidc_source import Source

    assert OneTimePurpose.OIDC
    assert not VISITOR_VIEWER.is_signed_in
    with running(FakeProvider(NOW)) as provider:
        place.app.state.oidc = Provider(Source(provider.address), CLIENT, SECRET, "统一身份认证")
        client = visitor(place)
        page = client.post("/sign-in/elsewhere")
        [address] = [a.get("href") or "" for a in page.all("a") if a.get("rel")]
        [state] = re.findall(r"state=([\w-]+)", address)
        back = f"/sign-in/back?state={state}&error=access_denied"
        assert visitor(place).raw.get(back).status_code == 400  # another browser
        used = client.raw.get(back).text
        again = client.raw.get(back)
    assert "没有完成登录" in used
    assert again.status_code == 400
    assert "已经用过" in again.text
