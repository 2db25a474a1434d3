"""The pages of organisations: creating, joining, members, invitations, proof, the bureau."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from sqlmodel import select

from market.actions import certifications, merges
from market.db import writing
from market.models import (
    Certification,
    Delivery,
    Membership,
    MembershipState,
    Merge,
    Need,
    Organisation,
    OrganisationKind,
    Role,
    Standing,
)
from market.queries.people import viewer_for
from market.roles import Viewer
from tests.market.bodies import code, papers
from tests.web.pages import Client
from tests.web.people import organisation_in, person_in, signed_in, visitor
from tests.web.site import Site

XSS = '"><img src=x onerror=alert(1)>'
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
INSIDE = ("edit", "members", "invitations", "certification")


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(1, 1)


@pytest.fixture
def body(site: Site) -> int:
    return organisation_in(site, "清远新材料公司", credit_code=code(101))


@pytest.fixture
def owner(site: Site, body: int) -> Client:
    return signed_in(site, organisation=body)


def stored(site: Site, id: int) -> Organisation:
    with site.session() as session:
        found = session.get(Organisation, id)
        assert found is not None
        return found


def viewer_in(site: Site, person: int | None) -> Viewer:
    with site.session() as session:
        found = viewer_for(session, person or 0)
        assert found is not None
        return found


def submitted(site: Site, body: int, person: int | None, statement: str = "") -> int:
    """A certification with one paper, handed in past the page."""
    with writing(site.engine) as session:
        row = certifications.submit(
            session, body, statement, viewer_in(site, person), site.app.state.now(),
            attach=papers(session),
        )  # fmt: skip
        return row.id or 0


def rows_of(site: Site, table: type, **where: object) -> list:
    with site.session() as session:
        return list(session.exec(select(table).filter_by(**where).order_by(table.id)))


def wrong(page: object) -> set[str]:
    """The fields that the summary of a form leads to."""
    links = [item.get("href") for item in page.all("a")]  # type: ignore[attr-defined]
    return {href[1:] for href in links if href and href.startswith("#")} - {"main"}


# creating


def test_somebody_creates_a_company(site: Site) -> None:
    client = signed_in(site)
    page = client.get("/organisations/new")
    assert page.words("h1") == ["创建单位"]
    form = {"name": "清远创新公司", "kind": "enterprise", "credit_code": code(102).lower()}
    there = client.send("/organisations/new", **form)
    [body] = rows_of(site, Organisation, name="清远创新公司")
    assert there == f"/organisations/{body.id}/certification"
    assert (body.credit_code, body.standing) == (code(102), Standing.UNVERIFIED)
    assert "单位已创建" in client.get(there).text
    assert client.get(f"/organisations/{body.id}").words("h1") == ["清远创新公司"]
    site.client.get(f"/organisations/{body.id}", 404)


def test_a_visitor_is_led_to_sign_in(site: Site) -> None:
    answer = site.client.raw.get("/organisations/new")
    assert (answer.status_code, answer.headers["location"]) == (
        303, "/sign-in?next=%2Forganisations%2Fnew",
    )  # fmt: skip


def test_what_is_wrong_comes_back_with_what_was_typed(site: Site) -> None:
    page = signed_in(site).post(
        "/organisations/new", 422, name=" ", kind="bureau", credit_code="91X", website="ftp://x",
        registration_number="1",
    )  # fmt: skip
    assert wrong(page) == {
        "name", "kind", "credit_code", "website", "registration_type",
    }  # fmt: skip
    assert page.by_id("credit_code").get("value") == "91X"


def test_a_registered_code_leads_to_joining(site: Site, body: int) -> None:
    page = signed_in(site).post(
        "/organisations/new", 422, name="又一家", kind="enterprise", credit_code=code(101)
    )
    assert f'href="/organisations/{body}/join"' in page.text
    assert "清远新材料公司" in page.text


def test_of_a_hidden_one_not_even_the_name_is_told(site: Site) -> None:
    hidden = organisation_in(site, "保密的公司", credit_code=code(103), created_by=person_in(site))
    page = signed_in(site).post(
        "/organisations/new", 422, name="又一家", kind="enterprise", credit_code=code(103)
    )
    assert "保密的公司" not in page.text
    assert f"/organisations/{hidden}" not in page.text


def test_no_field_lets_markup_through(site: Site) -> None:
    fields = ("name", "kind", "name_en", "credit_code", "registration_type",
              "registration_number", "division", "website", "about", "version")  # fmt: skip
    page = signed_in(site).post("/organisations/new", 422, **dict.fromkeys(fields, XSS))
    assert XSS not in page.text
    assert [item for item in page.all("img") if item.get("onerror")] == []


def test_only_the_fields_of_the_form_are_taken(site: Site) -> None:
    client = signed_in(site)
    client.send(
        "/organisations/new", name="普通公司", kind="enterprise", standing="verified",
        is_demo="true", key="seed", verified_at="2026-01-01", created_by="1", version="99",
    )  # fmt: skip
    [body] = rows_of(site, Organisation, name="普通公司")
    assert (body.standing, body.is_demo, body.key, body.version, body.created_by) == (
        Standing.UNVERIFIED, False, None, 1, client.person_id,
    )  # fmt: skip


# changing


def test_the_owner_changes_it(site: Site, body: int, owner: Client) -> None:
    page = owner.get(f"/organisations/{body}/edit")
    assert page.by_id("name").get("value") == "清远新材料公司"
    owner.send(
        f"/organisations/{body}/edit", name="清远新材料公司", kind="enterprise",
        credit_code=code(101), about="做锗材料", version="1",
    )  # fmt: skip
    assert (stored(site, body).about, stored(site, body).version) == ("做锗材料", 2)


def test_whoever_saves_second_keeps_what_they_typed(site: Site, body: int, owner: Client) -> None:
    form = {"name": "清远新材料公司", "kind": "enterprise", "credit_code": code(101)}
    owner.send(f"/organisations/{body}/edit", **form, about="先", version="1")
    page = owner.post(f"/organisations/{body}/edit", 422, **form, about="后", version="1")
    assert "有人修改了这份资料" in page.text
    assert (page.by_id("about").text or "").strip() == "后"
    assert 'name="version" value="2"' in page.text
    owner.send(f"/organisations/{body}/edit", **form, about="后", version="2")
    assert stored(site, body).about == "后"


def test_a_verified_one_is_warned_before(site: Site, body: int, owner: Client) -> None:
    assert "认证失效" not in owner.get(f"/organisations/{body}/edit").text
    with writing(site.engine) as session:
        session.get(Organisation, body).standing = Standing.VERIFIED
    assert "认证失效" in owner.get(f"/organisations/{body}/edit").text


@pytest.mark.parametrize("name", INSIDE)
@pytest.mark.parametrize("who", ["stranger", "owner of another", "officer", "visitor"])
def test_what_is_inside_is_not_there_for_others(site: Site, body: int, name: str, who: str) -> None:
    signed_in(site, organisation=body)
    other = organisation_in(site, "别的公司")
    client = {
        "stranger": lambda: signed_in(site),
        "owner of another": lambda: signed_in(site, organisation=other),
        "officer": lambda: signed_in(site, Role.ROUND_OFFICER),
        "visitor": lambda: visitor(site),
    }[who]()
    answer = client.raw.get(f"/organisations/{body}/{name}")
    if who == "visitor":
        assert answer.headers["location"].startswith("/sign-in?next=")
    else:
        assert answer.status_code == 404
        assert client.raw.post(f"/organisations/{body}/{name}", data={}).status_code in (404, 405)


@pytest.mark.parametrize(
    ("role", "statuses"),
    [(Role.OWNER, [200, 200, 200, 200]), (Role.EDITOR, [403, 200, 403, 200]),
     (Role.VIEWER, [403, 200, 403, 200]), (Role.TECHNOLOGY_MANAGER, [403, 200, 403, 200])],
)  # fmt: skip
def test_what_each_member_opens(site: Site, body: int, role: Role, statuses: list[int]) -> None:
    client = signed_in(site, organisation=body, role=role)
    paths = [f"/organisations/{body}/{name}" for name in INSIDE]
    assert [client.raw.get(path).status_code for path in paths] == statuses
    links = {item.get("href") for item in client.get(paths[1]).all("a")}
    assert [path in links for path in paths] == [status == 200 for status in statuses]


# joining


def test_somebody_joins(site: Site, body: int, owner: Client) -> None:
    client = signed_in(site)
    assert f'href="/organisations/{body}/join"' in client.get(f"/organisations/{body}").text
    client.get(f"/organisations/{body}/join")
    client.send(f"/organisations/{body}/join", note="研发部" + XSS)
    assert "正在等单位负责人答复" in client.get(f"/organisations/{body}/join").text
    page = owner.get(f"/organisations/{body}/members")
    assert "研发部" in page.text
    assert XSS not in page.text
    [row] = rows_of(site, Membership, person_id=client.person_id)
    owner.send(f"/organisations/{body}/members/{row.id}", move="accept", role="editor")
    [row] = rows_of(site, Membership, person_id=client.person_id)
    assert (row.state, row.role) == (MembershipState.ACTIVE, Role.EDITOR)
    client.get(f"/organisations/{body}/members")


def test_what_has_no_owner_is_claimed(site: Site, body: int) -> None:
    client = signed_in(site)
    assert "认领这家单位" in client.get(f"/organisations/{body}").text
    answer = client.raw.get(f"/organisations/{body}/join")
    assert answer.headers["location"] == f"/organisations/{body}/certification"
    assert client.get(answer.headers["location"]).words("h1") == ["认领单位"]


def test_a_refused_action_comes_back_with_its_reason(site: Site, body: int, owner: Client) -> None:
    page = owner.post(f"/organisations/{body}/join", 422, note="")
    assert "您已经是这家单位的成员" in page.text
    [row] = rows_of(site, Membership, person_id=owner.person_id)
    page = owner.post(f"/organisations/{body}/members/{row.id}", 422, move="promote", role="viewer")
    assert "单位至少要有一位负责人" in page.text
    page = owner.post(f"/organisations/{body}/members/{row.id}", 422, move="destroy")
    assert "没有这个操作" in page.text


def test_a_member_of_another_one_is_not_reached_from_here(
    site: Site, body: int, owner: Client
) -> None:
    other = organisation_in(site, "别的公司")
    signed_in(site, organisation=other)
    [row] = rows_of(site, Membership, organisation_id=other)
    owner.post(f"/organisations/{body}/members/{row.id}", 404, move="remove")
    assert rows_of(site, Membership, organisation_id=other)[0].state is MembershipState.ACTIVE


def test_the_only_owner_is_told_what_to_do_before_leaving(
    site: Site, body: int, owner: Client
) -> None:
    signed_in(site, organisation=body, role=Role.EDITOR)
    page = owner.post(f"/organisations/{body}/leave", 422)
    assert "设为负责人" in page.text


# invitations


def test_an_invitation_leads_in_once(site: Site, body: int, owner: Client) -> None:
    owner.send(f"/organisations/{body}/invitations", target="new@example.com", role="editor")
    page = owner.get(f"/organisations/{body}/invitations")
    assert "n***@example.com" in page.text
    assert "new@example.com" not in page.text
    [mail] = rows_of(site, Delivery)
    link = re.search(r"^/invitations/\S+$", mail.text, re.M)[0]
    assert "清远新材料公司" in site.client.get(link).text
    answer = visitor(site).raw.post(link)
    assert answer.headers["location"].startswith("/sign-in?next=")
    client = signed_in(site)
    client.get(link)
    assert client.send(link) == f"/organisations/{body}"
    assert "您已经是" in client.get(link).text
    late = signed_in(site)
    assert late.get(link).words("h1") == ["这份邀请已失效"]
    assert "用过、撤回或过期" in late.post(link, 422).text


def test_an_invitation_is_taken_back(site: Site, body: int, owner: Client) -> None:
    owner.send(f"/organisations/{body}/invitations", target="new@example.com", role="editor")
    page = owner.get(f"/organisations/{body}/invitations")
    [path] = [a.get("action") for a in page.all("form") if "revocation" in a.get("action", "")]
    owner.send(path)
    assert "已撤回" in owner.get(f"/organisations/{body}/invitations").text
    assert "不用再撤回" in owner.post(path, 422).text


def test_a_wrong_address_comes_back(site: Site, body: int, owner: Client) -> None:
    page = owner.post(f"/organisations/{body}/invitations", 422, target="nobody" + XSS, role="x")
    assert wrong(page) == {"role"}
    page = owner.post(
        f"/organisations/{body}/invitations", 422, target="nobody" + XSS, role="editor"
    )
    assert wrong(page) == {"target"}
    assert XSS not in page.text
    assert page.by_id("target").get("value") == "nobody" + XSS


def test_a_link_that_was_never_sent_is_not_there(site: Site) -> None:
    site.client.get("/invitations/nothing", 404)


# certification


def test_papers_and_statement_are_handed_in_together(site: Site, body: int, owner: Client) -> None:
    path = f"/organisations/{body}/certification"
    owner.get(path)
    answer = owner.raw.post(
        path, data={"statement": "请核验"}, files=[("proof", ("营业执照.pdf", PDF))]
    )
    assert answer.status_code == 303, answer.text[:3000]
    page = owner.get(path)
    assert "营业执照.pdf" in page.text
    [row] = rows_of(site, Certification)
    owner.send(f"{path}/withdrawal", id=row.id)
    assert "已撤回" in owner.get(path).text


def test_a_stranger_claims_with_number_and_papers(site: Site) -> None:
    id = organisation_in(site, "清远某大学", OrganisationKind.INSTITUTION)
    client, path = signed_in(site), f"/organisations/{id}/certification"
    papers_given = [("proof", ("证书.pdf", PDF)), ("proof", ("任职证明.pdf", PDF))]
    answer = client.raw.post(path, data={"credit_code": ""}, files=papers_given)
    assert answer.status_code == 422
    number = code(160, "12441802")
    answer = client.raw.post(path, data={"credit_code": number}, files=papers_given)
    assert answer.status_code == 303, answer.text[:3000]
    assert "任职证明.pdf" in client.get(path).text
    assert "任职证明.pdf" not in signed_in(site).get(path).text
    [row] = rows_of(site, Certification)
    officer = signed_in(site, Role.ROUND_OFFICER)
    assert "成为负责人" in officer.get(f"/bureau/certifications/{row.id}").text
    officer.send(f"/bureau/certifications/{row.id}", move="verify", reason="")
    assert stored(site, id).credit_code == number
    client.get(f"/organisations/{id}/members")


@pytest.mark.parametrize("name", ["证书.html", "证书.svg", "证书.exe"])
def test_what_is_no_paper_comes_back(site: Site, body: int, owner: Client, name: str) -> None:
    answer = owner.raw.post(
        f"/organisations/{body}/certification", data={}, files=[("proof", (name, b"<svg/>"))]
    )
    assert answer.status_code == 422
    assert 'href="#proof"' in answer.text
    assert rows_of(site, Certification) == []


def test_without_a_paper_the_form_comes_back(site: Site, body: int, owner: Client) -> None:
    page = owner.post(f"/organisations/{body}/certification", 422, statement="请核验" + XSS)
    assert wrong(page) == {"proof"}
    assert XSS not in page.text
    assert rows_of(site, Certification) == []


def test_an_officer_verifies_from_the_queue(site: Site, body: int, owner: Client) -> None:
    id = submitted(site, body, owner.person_id, "说明" + XSS)
    officer = signed_in(site, Role.ROUND_OFFICER)
    queue = officer.get("/bureau/certifications")
    assert f'href="/bureau/certifications/{id}"' in queue.text
    page = officer.get(f"/bureau/certifications/{id}")
    assert XSS not in page.text
    page = officer.post(f"/bureau/certifications/{id}", 422, move="refuse", reason="")
    assert "请写明理由" in page.text
    officer.send(f"/bureau/certifications/{id}", move="verify", reason="")
    assert stored(site, body).standing is Standing.VERIFIED
    assert "已认证" in site.client.get(f"/organisations/{body}").text
    assert "清远新材料公司" in officer.get("/bureau/certifications?state=decided").text
    page = officer.post(f"/bureau/certifications/{id}", 422, move="verify")
    assert "刚刚有人处理过" in page.text


@pytest.mark.parametrize("path", ["/bureau/certifications", "/bureau/merges"])
@pytest.mark.parametrize(
    ("roles", "status"),
    [((), 403), ((Role.FINANCE,), 403), ((Role.ADMINISTRATOR,), 403), ((Role.EXPERT,), 403),
     ((Role.ROUND_OFFICER,), 200), ((Role.APPROVER,), 200), ((Role.SUPERVISOR,), 200)],
)  # fmt: skip
def test_who_opens_the_queues(site: Site, roles: tuple[Role, ...], status: int, path: str) -> None:
    signed_in(site, *roles).get(path, status)


@pytest.mark.parametrize("role", [Role.APPROVER, Role.SUPERVISOR])
def test_readers_of_the_queue_do_not_decide(
    site: Site, body: int, owner: Client, role: Role
) -> None:
    id = submitted(site, body, owner.person_id)
    client = signed_in(site, role)
    page = client.get(f"/bureau/certifications/{id}")
    assert [b.get("value") for b in page.all("button") if b.get("name") == "move"] == []
    client.post(f"/bureau/certifications/{id}", 422, move="verify")
    assert stored(site, body).standing is Standing.UNVERIFIED


# merging


def test_two_entries_become_one(site: Site, body: int, owner: Client) -> None:
    target = organisation_in(site, "清远新材料有限公司")
    officer, approver = signed_in(site, Role.ROUND_OFFICER), signed_in(site, Role.APPROVER)
    officer.get("/bureau/merges/new?" + urlencode({"source": body, "target": target}))
    there = officer.send(
        "/bureau/merges/new", source=body, target=target, reason="同一家单位" + XSS
    )
    page = approver.get(there)
    assert XSS not in page.text
    assert "须由" not in page.text
    assert [b.get("value") for b in page.all("button") if b.get("name") == "move"] == [
        "approve", "refuse",
    ]  # fmt: skip
    approver.send(there, move="approve", reason="")
    answer = site.client.raw.get(f"/organisations/{body}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/organisations/{target}")
    assert "已并入这一家" in site.client.get(f"/organisations/{target}").text
    owner.get(f"/organisations/{target}/members")
    owner.get(f"/organisations/{body}/members", 404)
    assert "已合并" in approver.get("/bureau/merges?state=decided").text


def test_a_wrong_merger_comes_back(site: Site, body: int) -> None:
    officer = signed_in(site, Role.ROUND_OFFICER)
    page = officer.post("/bureau/merges/new", 422, source=body, target="x" + XSS, reason="理由")
    assert wrong(page) == {"target"}
    assert XSS not in page.text
    page = officer.post("/bureau/merges/new", 422, source=body, target=body, reason="理由")
    assert "不能与自己合并" in page.text
    assert rows_of(site, Merge) == []


def test_the_preparer_sees_no_button(site: Site, body: int) -> None:
    both = signed_in(site, Role.ROUND_OFFICER, Role.APPROVER)
    target = organisation_in(site, "清远新材料有限公司")
    there = both.send("/bureau/merges/new", source=body, target=target, reason="同一家")
    page = both.get(there)
    assert [b for b in page.all("button") if b.get("name") == "move"] == []
    assert "须由另一位审批人" in both.post(there, 422, move="approve").text


# the rest


def test_a_long_name_fits_every_page(site: Site) -> None:
    name = "广东省清远市高新技术产业开发区新材料研究院" * 9
    client = signed_in(site, organisation=(id := organisation_in(site, name)))
    for path in ("", *(f"/{inside}" for inside in INSIDE)):
        assert name in client.get(f"/organisations/{id}{path}").text


def test_a_stored_name_stays_text(site: Site) -> None:
    id = organisation_in(site, "公司" + XSS, about=XSS, name_en=XSS, website=XSS)
    client = signed_in(site, organisation=id)
    row = submitted_with_code(site, id, client)
    officer = signed_in(site, Role.ROUND_OFFICER)
    for who, path in (
        *((client, f"/organisations/{id}{rest}") for rest in ("", "/edit", "/members",
                                                              "/invitations", "/certification")),
        (officer, "/bureau/certifications"), (officer, f"/bureau/certifications/{row}"),
        (officer, f"/bureau/merges/new?source={id}&target=1"), (site.client, "/organisations"),
    ):  # fmt: skip
        assert XSS not in who.get(path).text, path


def submitted_with_code(site: Site, id: int, client: Client) -> int:
    with writing(site.engine) as session:
        session.get(Organisation, id).credit_code = code(110)
    return submitted(site, id, client.person_id)


def test_members_cost_the_same_number_of_queries(site: Site, body: int, owner: Client) -> None:
    counts = []
    for _ in range(2):
        with site.counted() as statements:
            owner.get(f"/organisations/{body}/members")
        counts.append(len(statements))
        for _ in range(30):
            person_in(site, organisation=body, role=Role.EDITOR)
    assert counts[0] == counts[1]


def test_the_queue_costs_the_same_number_of_queries(site: Site) -> None:
    officer, counts = signed_in(site, Role.ROUND_OFFICER), []
    for round in (1, 30):
        for number in range(round):
            id = organisation_in(
                site, f"单位{round}-{number}", credit_code=code(200 + number + round)
            )
            submitted(site, id, person_in(site, organisation=id))
        with site.counted() as statements:
            officer.get("/bureau/certifications")
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_merged_listing_is_found_under_the_target(site: Site) -> None:
    with site.session() as session:
        need = session.exec(select(Need)).first()
        assert need is not None
        source, id = need.owner_id, need.key
    target = organisation_in(site, "合并后的示例企业", is_demo=True)
    officer = viewer_in(site, person_in(site, Role.ROUND_OFFICER))
    approver = viewer_in(site, person_in(site, Role.APPROVER))
    with writing(site.engine) as session:
        now = site.app.state.now()
        row = merges.prepare(session, source, target, "同一家", officer, now)
        merges.decide(session, row.id or 0, "approve", approver, now)
    site.index()
    assert "合并后的示例企业" in site.client.get(f"/needs/{id}").text
    assert site.client.json(f"/api/v1/needs?organisation={target}")["total"] == 1
