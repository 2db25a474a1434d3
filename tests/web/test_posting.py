"""Writing needs and achievements on the site: the form, its refusals, the buttons, two writers at
once, and fields that nobody may set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import col, select

from market.db import writing
from market.models import (
    TABLES,
    Change,
    Kind,
    Listing,
    ListingState,
    Membership,
    OrganisationKind,
    Role,
    Standing,
    Tier,
)
from tests.web.pages import Client, Page
from tests.web.people import organisation_in, signed_in
from tests.web.site import Site

WRITERS = [Role.OWNER, Role.EDITOR, Role.TECHNOLOGY_MANAGER]
NEED = {"title": "辊道窑排烟余热回收", "summary": "热损失大。", "body": "排烟 180 ℃。"}


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(1, 1)


def form(owner: int, /, **more: Any) -> dict[str, Any]:
    return {**NEED, "owner": str(owner), **more}


def written(site: Site, body: int, kind: Kind = Kind.NEED, **values: Any) -> int:
    """A listing made past all actions."""
    table, now = TABLES[kind].listing, site.app.state.now()
    with writing(site.engine) as session:
        row = table(**{"title": "草稿标题", "owner_id": body, "created_at": now,
                       "changed_at": now, **values})  # fmt: skip
        session.add(row)
        session.flush()
        return row.key


def stored(site: Site, id: int, kind: Kind = Kind.NEED) -> Listing:
    with site.session() as session:
        row = session.get(TABLES[kind].listing, id)
        assert row is not None
        return row


def newest(site: Site, kind: Kind = Kind.NEED) -> Listing:
    table = TABLES[kind].listing
    with site.session() as session:
        row = session.exec(select(table).order_by(col(table.id).desc())).first()
        assert row is not None
        return row


def buttons(page: Page) -> list[str]:
    return page.words("button")


def begun(client: Client, path: str = "/needs/new") -> str:
    """Where the steps of a sketch are, once one was opened."""
    way = client.raw.get(path).headers["location"]
    if "/what" not in way:
        way = client.raw.get(way).headers["location"]
    return way.rsplit("/", 1)[0]


def check(client: Client, path: str = "/needs/new") -> Page:
    return client.get(f"{begun(client, path)}/check")


def offered(page: Page) -> list[str]:
    """The ways to finish, on the last step."""
    ways = [button for button in page.all("button") if button.get("name") == "then"]
    return ["".join(button.itertext()).strip() for button in ways]


def step(client: Client, path: str, name: str) -> Page:
    """A step of changing a listing."""
    return client.get(f"{begun(client, path)}/{name}")


@pytest.mark.parametrize("role", WRITERS)
def test_whoever_writes_for_an_organisation_saves_a_draft(
    site: Site, body: int, role: Role
) -> None:
    client = signed_in(site, organisation=body, role=role)
    path = client.send("/needs/new", **form(body), then="")
    row = newest(site)
    assert path == f"/needs/{row.id}"
    assert (row.state, row.title, row.owner_id) == (ListingState.DRAFT, NEED["title"], body)
    assert row.author_id == client.person_id
    assert "草稿已保存" in client.get(path).text


def test_a_draft_needs_only_a_title(site: Site, body: int, owner: Client) -> None:
    owner.send("/needs/new", title="只有标题", owner=str(body))
    assert newest(site).title == "只有标题"


def test_a_visitor_is_led_to_signing_in(site: Site, body: int) -> None:
    assert site.client.raw.get("/needs/new").headers["location"] == "/sign-in?next=%2Fneeds%2Fnew"
    assert site.client.raw.post("/needs/new", data=form(body)).status_code == 303


def test_somebody_without_an_organisation_is_shown_the_way(site: Site, body: int) -> None:
    page = signed_in(site).get("/needs/new")
    assert "创建或加入单位" in page.words("a")
    assert "title" not in {item.get("name") for item in page.all("input")}
    signed_in(site).post("/needs/new", 403, **form(body))


def test_a_reading_member_writes_nothing(site: Site, body: int) -> None:
    client, id = signed_in(site, organisation=body, role=Role.VIEWER), written(site, body)
    client.post("/needs/new", 403, **form(body))
    client.get(f"/needs/{id}/edit", 403)
    client.post(f"/needs/{id}/edit", 403, **form(body), version="1")
    page = client.post(f"/needs/{id}/moves", 422, name="publish")
    assert "这一步没有完成" in page.words("h2")
    assert stored(site, id).state is ListingState.DRAFT


def test_nobody_writes_for_a_strange_organisation(site: Site, body: int, owner: Client) -> None:
    other = organisation_in(site, "别人的公司", standing=Standing.VERIFIED)
    page = owner.post("/needs/new", 422, **form(other))
    assert "请先加入或创建单位，再以单位的身份发布。" in page.text
    assert newest(site).owner_id != other


def test_a_bureau_posts_nothing(site: Site) -> None:
    bureau = organisation_in(site, "清远市科技局", OrganisationKind.BUREAU)
    client = signed_in(site, organisation=bureau)
    assert "先要有一家可以发布技术需求的单位" in client.get("/needs/new").words("h2")
    page = client.post("/needs/new", 422, **form(bureau))
    assert "这类单位不能发布这种内容" in page.text


@pytest.mark.parametrize("path", ["", "/edit"])
def test_another_organisations_draft_is_not_there(site: Site, body: int, path: str) -> None:
    id = written(site, body)
    stranger = signed_in(site, organisation=organisation_in(site, "别家"))
    stranger.get(f"/needs/{id}{path}", 404)
    fragment = stranger.fragment(f"/needs/{id}{path}", "main")
    assert fragment.status_code == 404
    assert "草稿标题" not in fragment.text


@pytest.mark.parametrize("path", ["edit", "moves", "attachments"])
def test_another_organisations_draft_is_not_changed(site: Site, body: int, path: str) -> None:
    id = written(site, body)
    stranger = signed_in(site, organisation=organisation_in(site, "别家"))
    given = {"name": "publish", "version": "1", **NEED}
    files = {"file": ("a.txt", b"text")} if path == "attachments" else None
    data = {"csrftoken": stranger.raw.token(), **given}
    answer = stranger.raw.post(f"/needs/{id}/{path}", data=data, files=files)
    assert answer.status_code == 404
    assert stored(site, id).title == "草稿标题"


def test_a_visitor_finds_no_draft(site: Site, body: int) -> None:
    id = written(site, body)
    site.client.get(f"/needs/{id}", 404)


def test_a_verified_organisation_publishes_at_once(site: Site, body: int, owner: Client) -> None:
    assert offered(check(owner)) == ["保存并发布", "保存草稿"]
    path = owner.send("/needs/new", **form(body), then="publish")
    row = newest(site)
    assert row.state is ListingState.PUBLISHED
    assert row.expires_at is not None
    page = owner.get(path)
    assert "几秒后刷新本页就能看到" in page.text
    assert page.words("time")[0] in page.text
    site.client.get(path)


def test_an_unverified_organisation_is_sent_to_the_editors(site: Site) -> None:
    body = organisation_in(site, "新公司")
    client = signed_in(site, organisation=body)
    assert offered(check(client)) == ["保存并送审", "保存草稿"]
    page = client.post("/needs/new", 422, **form(body), then="publish")
    assert "第一次发布要先送审" in page.text
    path = client.send("/needs/new", **form(body), then="submit")
    assert newest(site).state is ListingState.IN_REVIEW
    client.get(path)
    client.get(path + "/edit", 403)
    site.client.get(path, 404)


def test_the_editor_returns_it_with_a_reason_and_then_lets_it_through(site: Site) -> None:
    body = organisation_in(site, "新公司")
    client, officer = signed_in(site, organisation=body), signed_in(site, Role.ROUND_OFFICER)
    path = client.send("/needs/new", **form(body), then="submit")
    page = officer.get(path)
    assert {"通过审核", "退回修改"} <= set(buttons(page))
    assert "请写明理由" in officer.post(f"{path}/moves", 422, name="return", reason="").text
    officer.raw.post(f"{path}/moves", data={"name": "return", "reason": "请写明指标。"})
    assert "请写明指标。" in client.get(path).text
    client.send(f"{path}/moves", name="submit")
    officer.send(f"{path}/moves", name="approve")
    assert newest(site).state is ListingState.PUBLISHED
    assert "请写明指标。" not in client.get(path).text


def test_the_buttons_are_the_open_moves(site: Site, body: int, owner: Client) -> None:
    path = owner.send("/needs/new", **form(body), then="publish")

    def offered() -> list[str]:
        page = owner.get(path)
        return [f[-1].get("value") or "" for f in
                ([i for i in form.iter() if i.get("name") == "name"] for form in page.all("form"))
                if f]  # fmt: skip

    assert offered() == ["renew", "match", "close", "withdraw"]
    owner.send(f"{path}/moves", name="close")
    assert offered() == ["reopen"]
    owner.send(f"{path}/moves", name="reopen")
    owner.send(f"{path}/moves", name="withdraw")
    assert offered() == ["reopen"]
    assert newest(site).state is ListingState.WITHDRAWN


@pytest.mark.parametrize("name", ["change", "expire", "approve", "restore", "nonsense", ""])
def test_a_move_that_is_not_offered_is_refused(
    site: Site, body: int, owner: Client, name: str
) -> None:
    id = written(site, body)
    owner.post(f"/needs/{id}/moves", 422, name=name)
    assert (stored(site, id).state, stored(site, id).version) == (ListingState.DRAFT, 1)


def test_an_officer_takes_down_and_the_owner_may_appeal(
    site: Site, body: int, owner: Client
) -> None:
    path = owner.send("/needs/new", **form(body), then="publish")
    officer = signed_in(site, Role.ROUND_OFFICER)
    officer.send(f"{path}/moves", name="take-down", reason="含有他人商业秘密。")
    page = owner.get(path)
    assert "含有他人商业秘密。" in page.text
    assert f"{path}/appeal" in {link.get("href") for link in page.all("a")}
    site.client.get(path, 404)


def test_everybody_can_report(site: Site) -> None:
    assert "/needs/1/report" in {a.get("href") for a in site.client.get("/needs/1").all("a")}


def test_what_was_wrong_is_told_all_at_once_and_kept(site: Site, body: int, owner: Client) -> None:
    given = {
        "title": "", "summary": "<script>alert(1)</script>", "amount_min": "x",
        "readiness": "11", "division": "999999", "field": ["ZZ"], "tier_amount": "all",
        "keywords": "长" * 60,
    }  # fmt: skip
    page = owner.post("/needs/new", 422, **form(body, **given))
    linked = {(link.get("href") or "").partition("#")[2]: link.get("href") or "" for link in
              page.all("a")}  # fmt: skip
    for name, step in (("title", "what"), ("summary", "what"), ("keywords", "measure"),
                       ("readiness", "measure"), ("division", "measure"), ("fields", "measure"),
                       ("amount_min", "terms"), ("tier_amount", "terms")):  # fmt: skip
        way = linked[name].partition("#")[0]
        assert way.endswith(f"/{step}")
        assert owner.get(way).by_id(name) is not None
    kept = owner.get(linked["amount_min"].partition("#")[0])
    assert kept.by_id("amount_min").get("value") == "x"
    assert "现为“x”" in "".join(kept.by_id("amount_min-wrong").itertext())
    what = owner.get(linked["summary"].partition("#")[0])
    assert "".join(what.by_id("summary").itertext()).strip() == "<script>alert(1)</script>"
    assert (
        owner.get(linked["keywords"].partition("#")[0]).by_id("keywords").get("value") == "长" * 60
    )


@pytest.mark.parametrize(
    ("typed", "fen"),
    [("50", 50_000_000), ("50万", 50_000_000), ("1.5", 1_500_000), ("500000元", 50_000_000),
     ("0.0001", 100), ("１２", 12_000_000), ("1亿", 10_000_000_000), ("1,200", 1_200_000_000)],
)  # fmt: skip
def test_amounts_are_in_wan_unless_another_unit_is_typed(
    site: Site, body: int, owner: Client, typed: str, fen: int
) -> None:
    path = owner.send("/needs/new", **form(body, amount_min=typed))
    assert newest(site).amount_min == fen
    shown = step(owner, f"{path}/edit", "terms").by_id("amount_min").get("value") or ""
    owner.send(f"{path}/edit", **form(body, amount_min=shown), version="1")
    assert newest(site).amount_min == fen
    assert newest(site).version == 1


def test_every_field_comes_back_in_the_form(site: Site, body: int, owner: Client) -> None:
    given = form(
        body, keywords="余热、窑炉, 节能", field=["TI05", "NM"], division="441802", readiness="7",
        mode=["joint", "license"], amount_min="50", amount_max="80", tier_amount="matched",
    )  # fmt: skip
    path = owner.send("/needs/new", **given)
    measure, terms = (step(owner, f"{path}/edit", name) for name in ("measure", "terms"))
    ticked = {
        i.get("value") for page in (measure, terms) for i in page.all("input")
        if i.get("checked") is not None
    }  # fmt: skip
    chosen = {
        o.get("value") for page in (measure, terms) for o in page.all("option")
        if o.get("selected") is not None
    }  # fmt: skip
    assert ticked == {"TI05", "NM", "joint", "license"}
    assert {"441802", "7", "matched"} <= chosen
    assert measure.by_id("keywords").get("value") == "余热、窑炉、节能"
    assert newest(site).amount_tier is Tier.MATCHED
    owner.send(f"{path}/edit", **given, version="1")
    assert newest(site).version == 1


def test_an_achievement_has_rights_and_a_need_has_none(site: Site) -> None:
    body = organisation_in(site, "研究所", OrganisationKind.INSTITUTION, standing=Standing.VERIFIED)
    client = signed_in(site, organisation=body)
    right = {"rights-kind": "invention", "rights-number": "ZL201710601862.3", "rights-name": "",
             "rights-status": "granted", "rights-checked_on": "2026-10-08"}  # fmt: skip
    client.send("/achievements/new", **form(body, **right, tier_rights="registered"))
    row = newest(site, Kind.ACHIEVEMENT)
    assert [each.number for each in row.rights] == ["ZL201710601862.3"]  # type: ignore[attr-defined]
    assert row.rights_tier is Tier.REGISTERED  # type: ignore[attr-defined]
    wrong = form(body, **{**right, "rights-number": "ZL201710601862.4"})
    assert "校验位不对" in client.post("/achievements/new", 422, **wrong).text
    way = begun(signed_in(site, organisation=body))
    assert way.startswith("/needs/writing/")
    client.get("/needs/writing/nonsense/rights", 404)


def test_two_writers_at_once_both_keep_their_words(site: Site, body: int, owner: Client) -> None:
    colleague = signed_in(site, organisation=body, role=Role.EDITOR)
    path = owner.send("/needs/new", **form(body))
    theirs = form(body, summary="同事写的摘要", problem="同事写的难题")
    colleague.send(f"{path}/edit", **theirs, version="1")
    way = owner.send(f"{path}/edit", **form(body, summary="我写的摘要"), version="1")
    assert way.endswith("/clash")
    page = owner.get(way)
    assert {"我写的摘要", "同事写的摘要"} <= set(page.words("span"))
    assert newest(site).summary == "同事写的摘要"
    check = owner.send(way, **{"choice-summary": "mine"})
    owner.send(check, then="")
    assert (newest(site).summary, newest(site).problem) == ("我写的摘要", "同事写的难题")  # type: ignore[attr-defined]


@pytest.mark.parametrize("version", ["", "0", "x", "99"])
def test_a_version_that_nobody_read_changes_nothing(
    site: Site, body: int, owner: Client, version: str
) -> None:
    path = owner.send("/needs/new", **form(body))
    owner.post(f"{path}/edit", 422, **form(body, summary="别的"), version=version)
    assert newest(site).summary == NEED["summary"]


STOLEN = {
    "state": "published", "owner_id": "1", "author_id": "1", "is_demo": "true", "source": "x",
    "source_id": "y", "published_at": "2020-01-01", "expires_at": "2099-01-01", "id": "1",
    "taken_down_by": "1", "standing_reason": "x", "search_text": "x", "created_at": "2020-01-01",
}  # fmt: skip


def test_no_field_of_a_form_sets_what_it_does_not_have(
    site: Site, body: int, owner: Client
) -> None:
    path = owner.send("/needs/new", **form(body), **STOLEN)
    before = newest(site)
    given = {**form(body, summary="新的"), **STOLEN, "owner": "1", "version": "1"}
    owner.send(f"{path}/edit", **given)
    for row in (before, newest(site)):
        assert (row.state, row.owner_id, row.is_demo) == (ListingState.DRAFT, body, False)
        assert (row.source, row.source_id, row.published_at) == (None, None, None)
        assert (row.expires_at, row.taken_down_by, row.author_id) == (None, None, owner.person_id)
    assert newest(site).summary == "新的"


def test_a_demo_organisation_posts_demo_listings(site: Site) -> None:
    body = organisation_in(site, "示例公司", is_demo=True)
    signed_in(site, organisation=body).send("/needs/new", **form(body))
    assert newest(site).is_demo


def test_what_was_done_stands_in_the_record(site: Site, body: int, owner: Client) -> None:
    path = owner.send("/needs/new", **form(body))
    owner.send(f"{path}/edit", **form(body, summary="新的"), version="1", then="publish")
    id = newest(site).id
    with site.session() as session:
        rows = session.exec(
            select(Change).where(Change.noun == "need", Change.noun_id == id).order_by(Change.id)  # type: ignore[arg-type]
        ).all()
    names = [(row.action, row.person_id) for row in rows]
    mine = owner.person_id
    assert names == [("listing.create", mine), ("listing.change", mine), ("listing.publish", mine)]


EVIL = "<img src=x onerror=alert(1)>"
QUIET = "\"><b>粗</b>&{{7*7}}<a href='x'>"


@pytest.mark.parametrize("name", ["title", "summary", "body", "keywords"])
def test_script_in_a_text_is_refused_and_shown_as_text(
    site: Site, body: int, owner: Client, name: str
) -> None:
    page = owner.post("/needs/new", 422, **form(body, **{name: f"锗{EVIL}"}))
    assert not page.all("img")


@pytest.mark.parametrize("name", ["title", "summary", "body", "keywords"])
def test_markup_in_a_text_stays_text(site: Site, body: int, owner: Client, name: str) -> None:
    path = owner.send("/needs/new", **form(body, **{name: QUIET}), then="publish")
    steps = [step(owner, f"{path}/edit", name) for name in ("what", "measure", "check")]
    for page in (owner.get(path), site.client.get(path), site.client.get("/needs"),
                 owner.get("/desk"), *steps):  # fmt: skip
        assert "粗" not in page.words("b")
        assert not [a for a in page.all("a") if a.get("href") == "x"]


def test_the_name_of_an_organisation_stays_text(site: Site) -> None:
    body = organisation_in(site, f"公司{EVIL}", standing=Standing.VERIFIED)
    client = signed_in(site, organisation=body)
    path = client.send("/needs/new", **form(body), then="publish")
    for page in (step(client, "/needs/new", "terms"), client.get(path), client.get("/desk")):
        assert not page.all("img")


def test_somebody_in_two_organisations_chooses(site: Site, body: int, owner: Client) -> None:
    second = organisation_in(site, "另一家公司")
    with writing(site.engine) as session:
        session.add(
            Membership(
                person_id=owner.person_id or 0, organisation_id=second, role=Role.EDITOR,
                since=site.app.state.now(),
            )
        )  # fmt: skip
    page = step(owner, "/needs/new", "terms")
    choices = [o.get("value") for o in page.by_id("owner").iter() if o.get("value")]
    assert choices == [str(body), str(second)]
    assert offered(check(owner)) == ["保存并发布", "保存草稿"]
    owner.send("/needs/new", **form(second), then="submit")
    assert (newest(site).owner_id, newest(site).state) == (second, ListingState.IN_REVIEW)
    page = owner.post("/needs/new", 422, **form(second), then="publish")
    assert "第一次发布要先送审" in page.text
