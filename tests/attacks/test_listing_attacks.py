"""Attacks on what people do with listings: bringing in files, keeping, answering, advice, feeds."""

from __future__ import annotations

import csv
import io
import re
import struct
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, func, select

from market import workflow
from market.db import writing
from market.errors import Invalid
from market.importing import Importer
from market.imports import sheets
from market.models import (
    Attachment,
    ImportRow,
    Kind,
    ListingState,
    Membership,
    Need,
    OneTime,
    OneTimePurpose,
    Role,
    SavedItem,
    SavedList,
    Sketch,
    Standing,
    Tier,
)
from tests.attacks.test_every_role_everywhere import thing_of
from tests.attacks.test_named_attacks import BOMBS, FORMULA, upload
from tests.attacks.town import Town, town_on
from tests.market.containers import png
from tests.web.pages import TOKEN, Client
from tests.web.people import organisation_in, signed_in, visitor
from tests.web.site import NOW, Site, draft

PERSON = {"user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36"}
ROWS = "需求名称,需求描述,编号\n余热回收,排烟温度高,A1\n"


@pytest.fixture
def place(make_site: Callable[..., Site]) -> Site:
    site = make_site(1, 1)
    site.app.state.now = lambda: NOW
    return site


@pytest.fixture
def body(place: Site) -> int:
    return organisation_in(place, "清远陶瓷公司", standing=Standing.VERIFIED)


@pytest.fixture
def editor(place: Site, body: int) -> Client:
    return signed_in(place, organisation=body, role=Role.EDITOR)


def brought(client: Client, body: int, text: str, **more: str) -> Any:
    """The answer to an upload through the API."""
    form = {"kind": "need", "organisation": str(body), **more}
    return client.raw.post(
        "/api/v1/imports", data=form, files={"file": ("需求.csv", text.encode())},
        headers={TOKEN: client.raw.token()},
    )  # fmt: skip


def worked(place: Site) -> None:
    worker = Importer(place.engine, place.app.state.settings.data)
    while worker.run_once(NOW):
        pass
    worker.close()


def imported(place: Site, client: Client, body: int, text: str, then: str = "") -> Any:
    """What running an import as it was guessed answers."""
    made = brought(client, body, text).json()
    path = f"/api/v1/imports/{made['id']}"
    client.raw.patch(path, json={"mapping": [each["target"] for each in made["columns"]]})
    worked(place)
    client.raw.patch(f"{path}/rows", json={"choose": "all"})
    answer = client.raw.post(f"{path}/run", json={"then": then})
    worked(place)
    return answer


def needs_of(place: Site, body: int) -> list[Need]:
    with place.session() as session:
        return list(session.exec(select(Need).where(Need.owner_id == body).order_by(col(Need.id))))


# bringing in files


def test_mass_assignment_through_an_import(place: Site, editor: Client, body: int) -> None:
    """Headings that are called like columns of ours fill nothing, nor can they be made to."""
    names = ["id", "state", "owner_id", "is_demo", "published_at", "author_id", "source",
             "version", "standing_reason", "taken_down_by", "search_text"]  # fmt: skip
    text = f"title,{','.join(names)}\n余热回收,1,published,1,1,2020-01-01,1,BEIR,9,x,1,x\n"
    made = brought(editor, body, text).json()
    assert {each["target"] for each in made["columns"]} & set(names) == set()
    for name in names:
        mapping = ["title", name, *[""] * (len(names) - 1)]
        answer = editor.raw.patch(f"/api/v1/imports/{made['id']}", json={"mapping": mapping})
        assert answer.status_code == 422, name
    imported(place, editor, body, text)
    [row] = needs_of(place, body)
    assert (row.state, row.is_demo, row.version) == (ListingState.DRAFT, False, 1)
    assert (row.source, row.source_id) == (f"org:{body}", "1")  # its own numbers, under its name
    assert (row.author_id, row.published_at, row.standing_reason) == (editor.person_id, None, "")


def test_nothing_is_published_past_the_bureau_by_an_import(place: Site) -> None:
    body = organisation_in(place, "未认证公司", standing=Standing.UNVERIFIED)
    editor = signed_in(place, organisation=body, role=Role.EDITOR)
    assert imported(place, editor, body, ROWS, "publish").status_code in (403, 409, 422)
    assert needs_of(place, body) == []
    assert imported(place, editor, body, ROWS, "submit").status_code == 202
    assert [row.state for row in needs_of(place, body)] == [ListingState.IN_REVIEW]


def test_nothing_is_brought_in_for_others(place: Site, editor: Client) -> None:
    other = organisation_in(place, "别家公司", standing=Standing.VERIFIED)
    assert brought(editor, other, ROWS).status_code in (403, 404, 422)
    assert editor.raw.get("/api/v1/imports").json() == []


def test_rows_of_somebody_elses_import_are_not_reached_through_ones_own(
    place: Site, editor: Client, body: int
) -> None:
    other = organisation_in(place, "别家公司", standing=Standing.VERIFIED)
    victim = signed_in(place, organisation=other, role=Role.EDITOR)
    theirs, ours = (brought(c, b, ROWS).json() for c, b in ((victim, other), (editor, body)))
    for client, made in ((victim, theirs), (editor, ours)):
        mapping = [each["target"] for each in made["columns"]]
        client.raw.patch(f"/api/v1/imports/{made['id']}", json={"mapping": mapping})
    worked(place)
    with place.session() as session:
        [row] = session.exec(select(ImportRow).where(ImportRow.import_id == theirs["id"]))
    cells = {"cells": {str(row.id): {"title": "改掉"}}, "choose": "none"}
    assert editor.raw.patch(f"/api/v1/imports/{ours['id']}/rows", json=cells).status_code == 200
    editor.raw.post(
        f"/imports/{ours['id']}/rows",
        data={"row": str(row.id), f"cell-{row.id}-title": "改掉", "do": "none"},
    )
    with place.session() as session:
        now = session.get_one(ImportRow, row.id)
        assert (now.mended, now.title, now.chosen) == ({}, "余热回收", True)


@pytest.mark.parametrize("bomb", BOMBS)
def test_zip_and_xml_bombs_on_the_import_page(bomb: str) -> None:
    with pytest.raises(Invalid):
        sheets.read("a.xlsx", BOMBS[bomb])


def test_formulas_that_were_brought_in_do_not_leave_as_formulas(
    place: Site, editor: Client, body: int
) -> None:
    cells = [FORMULA, "+1+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3"]
    out = io.StringIO()
    csv.writer(out).writerows(
        [
            ["需求名称", "需求描述", "关键词", "试过的方法"],
            ["余热", *cells[:3]],
            [*cells[3:], "文", "", ""],
        ]
    )
    imported(place, editor, body, out.getvalue())
    text = editor.raw.get("/desk/listings/export.csv?kind=need").content.decode("utf-8-sig")
    assert "HYPERLINK" in text
    for row in csv.reader(io.StringIO(text)):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))], row
    with zipfile.ZipFile(io.BytesIO(editor.raw.get("/desk/listings/export.xlsx").content)) as book:
        sheets_of = [book.read(n) for n in book.namelist() if "worksheets/" in n]
    assert len(sheets_of) > 1
    assert not [found for sheet in sheets_of if (found := re.search(rb"<f[ >]", sheet))]


# what is somebody's alone


def test_a_list_of_somebody_else_takes_nothing_in_and_gives_nothing_out(place: Site) -> None:
    owner, thief = signed_in(place), signed_in(place)
    for client in (owner, thief):
        client.send("/saved", item="need:1")
    with place.session() as session:
        lists = {row.person_id: row.id for row in session.exec(select(SavedList))}
        items = {row.list_id: row.id for row in session.exec(select(SavedItem))}
    theirs, mine = lists[owner.person_id], lists[thief.person_id]
    for form in ({"item": "need:1", "list": str(theirs)}, {"item": "achievement:1", "list": "99"}):
        thief.post("/saved", 404, **form)
    thief.post(f"/lists/items/{items[mine]}/move", 404, list=str(theirs))
    thief.post(f"/lists/items/{items[theirs]}/move", 404, list=str(mine))
    for path, given in (
        (f"items/{items[mine]}", {"folder": theirs}), (f"items/{items[theirs]}", {"folder": mine}),
    ):  # fmt: skip
        assert thief.raw.patch(f"/api/v1/lists/{path}", json=given).status_code == 404
    with place.session() as session:
        held = {row.id: row.list_id for row in session.exec(select(SavedItem))}
    assert held == {items[theirs]: theirs, items[mine]: mine}


def test_a_sketch_cannot_be_finished_for_others(place: Site, editor: Client) -> None:
    """Neither for another organisation, nor as a change of its listing."""
    with place.session() as session:
        before = session.get_one(Need, 1).model_dump()
    form = {"title": "冒名的需求", "body": "正文", "owner": str(before["owner_id"])}
    editor.raw.post("/needs/new", data={**form, "then": "publish"})
    editor.raw.post("/needs/1/edit", data={**form, "version": "1", "then": "publish"})
    assert editor.raw.post("/needs/1/copy").status_code in (403, 404)
    with place.session() as session:
        assert session.get_one(Need, 1).model_dump() == before
        assert session.exec(select(func.count()).select_from(Need)).one() == 1


def test_whoever_lost_the_right_goes_on_with_nothing(
    place: Site, editor: Client, body: int
) -> None:
    """A sketch, an import and a call that was answered before: none of them outlives the right."""
    given = {"organisation": body, "title": "余热回收", "body": "正文"}
    made = editor.raw.post("/api/v1/needs", json=given).json()
    editor.raw.get(f"/needs/{made['id']}/edit")
    theirs = brought(editor, body, ROWS).json()["id"]
    with writing(place.engine) as session:
        row = session.exec(select(Membership).where(Membership.person_id == editor.person_id)).one()
        session.delete(row)
        code = session.exec(select(Sketch.code)).one()
        listing = session.get_one(Need, made["id"])
        listing.body, listing.version = "同事后来写的", listing.version + 1
        session.add(listing)
    editor.raw.post(f"/needs/writing/{code}/what", data={"title": "改掉", "body": "改掉"})
    answers = [editor.raw.post(f"/needs/writing/{code}/check", data={"then": "publish"})]
    answers += [editor.raw.get(f"/needs/writing/{code}/{step}")
                for step in ("what", "files", "check", "clash")]  # fmt: skip
    assert not [answer for answer in answers if "同事后来写的" in answer.text]
    assert editor.raw.get(f"/api/v1/imports/{theirs}").status_code in (403, 404)
    assert editor.raw.post(f"/imports/{theirs}/run", data={"then": ""}).status_code in (403, 404)
    assert [(row.title, row.body) for row in needs_of(place, body)] == [
        ("余热回收", "同事后来写的")
    ]  # fmt: skip


def test_an_idempotency_key_outlives_no_session(place: Site, editor: Client, body: int) -> None:
    given = {"organisation": body, "title": "余热回收"}
    headers = {"Idempotency-Key": "k1", TOKEN: editor.raw.token()}
    assert editor.raw.post("/api/v1/needs", json=given, headers=headers).status_code == 201
    colleague = signed_in(place, organisation=body, role=Role.EDITOR)
    theirs = colleague.raw.post("/api/v1/needs", json=given, headers={"Idempotency-Key": "k1"})
    assert (theirs.status_code, "Idempotency-Replayed" in theirs.headers) == (201, False)
    editor.send("/sign-out")
    late = visitor(place).raw.post("/api/v1/needs", json=given, headers={"Idempotency-Key": "k1"})
    assert late.status_code == 401
    assert len(needs_of(place, body)) == 2


# what fills the house


def test_forms_without_a_session_fill_no_database(place: Site, editor: Client) -> None:
    """Only one page of a form is kept for a sketch that there is; and none that is huge."""
    editor.send("/needs/new", then="start")
    with place.session() as session:
        code = session.exec(select(Sketch.code)).one()
    anybody = visitor(place)
    for path in (code, code, code, "made-up", "x" * 40):
        form = {"title": "写了一半", "body": "长" * 1000}
        anybody.raw.post(f"/needs/writing/{path}/what", data=form)
    anybody.raw.post(f"/needs/writing/{code}/what", data={f"field-{n}": "x" for n in range(1_000)})
    with place.session() as session:
        kept = session.exec(select(OneTime).where(OneTime.purpose == OneTimePurpose.KEPT_FORM))
        assert len(list(kept)) == 1


def test_what_was_kept_for_one_comes_back_to_nobody_else(place: Site, editor: Client) -> None:
    """On a shared computer the next to sign in is somebody else."""
    editor.send("/needs/new", then="start")
    with place.session() as session:
        code = session.exec(select(Sketch.code)).one()
    shared = visitor(place)
    shared.raw.post(f"/needs/writing/{code}/what", data={"title": "只给自己看的"})
    next_one = signed_in(place, organisation=organisation_in(place, "别家公司"))
    next_one.raw.cookies.update(shared.raw.cookies)
    mine = next_one.send("/needs/new", then="start")
    for path in (f"/needs/writing/{code}/what", mine):
        assert "只给自己看的" not in next_one.raw.get(path).text
    with place.session() as session:
        rows = session.exec(select(Sketch)).all()
        assert not [row for row in rows if "只给自己看的" in str(row.entered)]


def test_a_listing_is_not_made_popular_by_loading_it_again(place: Site) -> None:
    reader = signed_in(place)
    for _ in range(5):
        reader.raw.get("/needs/1", headers=PERSON)
        visitor(place).raw.get("/needs/1", headers=PERSON)
    for method in ("HEAD", "POST"):
        reader.raw.request(method, "/needs/1", headers=PERSON)
    assert sum(place.app.state.views._counts.values()) == 2


# what is answered must not tell what is kept back


@pytest.fixture
def hiding(make_site: Callable[..., Site]) -> Site:
    """A published need with texts kept back, and somebody's draft, both indexed."""
    site = make_site(1, 1)
    site.app.state.now = lambda: NOW
    shy = organisation_in(site, "隐名单位", is_demo=True)
    secret = {"tiers": {"body": Tier.MATCHED, "problem": Tier.MATCHED, "owner": Tier.MATCHED}}
    site.record(
        Kind.NEED,
        draft(0, Kind.NEED, title="保密的课题", source_id="hidden-number", summary="", keywords=(),
              body=HIDDEN, problem=HIDDEN, owner_id=shy,
              published_at=NOW - timedelta(days=1), **secret),
        draft(0, Kind.NEED, title=DRAFT_TITLE, source_id="h2", summary="", body=HIDDEN,
              published_at=None),
    )  # fmt: skip
    with writing(site.engine) as session:
        row = session.exec(select(Need).where(Need.title == DRAFT_TITLE)).one()
        row.state, row.published_at = ListingState.DRAFT, None
        session.add(row)
        workflow.tell_index(session, [row], NOW)
    site.index()
    site.app.state.catalogue.refresh()
    return site


HIDDEN = "钽铌冶炼萃余液中的氟化铵以双极膜电渗析分离并回用于沉淀工段，电流效率仍低于百分之六十。"
DRAFT_TITLE = "钽铌冶炼萃余液氟化铵回用"


def test_advice_is_no_oracle_for_what_is_kept_back(hiding: Site) -> None:
    """Whoever types a hidden text, or a draft's, learns nothing of its being there."""
    somebody = signed_in(hiding)
    seen = draft(0, Kind.NEED)
    known = {"title": seen.title, "summary": seen.summary, "body": seen.body}
    assert "/needs/1" in somebody.raw.post("/needs/advice", data=known).text  # of what is public
    typed = {"title": DRAFT_TITLE, "body": HIDDEN, "problem": HIDDEN}
    for client in (visitor(hiding), somebody):
        for path in ("/needs/advice", "/needs/advice?listing=2", "/needs/advice?listing=3"):
            answer = client.raw.post(path, data=typed).text
            assert "保密的课题" not in answer
            assert "/needs/2" not in answer.replace(path, "")
            assert "/needs/3" not in answer.replace(path, "")
    assert somebody.raw.post("/api/v1/needs/advice", json=typed).json()["twins"] == []


@pytest.mark.parametrize("path", [
    "/needs?q=双极膜", "/api/v1/needs?q=双极膜", "/needs/feed.atom?q=双极膜",
    "/needs/export.json?q=双极膜", "/needs/export.csv?q=双极膜",
])  # fmt: skip
def test_filters_and_feeds_are_no_oracle_either(hiding: Site, path: str) -> None:
    public = path.replace("双极膜", "保密的课题")
    for client in (visitor(hiding), signed_in(hiding)):
        assert "保密的课题" in client.raw.get(public).text.replace(public, "")
        answer = client.raw.get(path)
        assert answer.status_code == 200
        assert "保密的课题" not in answer.text
        assert DRAFT_TITLE not in answer.text


@pytest.mark.parametrize("path", [
    "/needs/feed.atom", "/needs/2", "/needs/2/share", "/needs/2/sheet", "/needs/2/citation.bib",
    "/needs/2/citation.ris", "/needs/2/compare?achievement=1", "/api/v1/needs/2",
    "/needs/export.json", "/api/v1/needs/2/compare?achievement=1",
])  # fmt: skip
def test_owners_who_keep_their_name_back_are_named_nowhere(hiding: Site, path: str) -> None:
    answer = visitor(hiding).raw.get(path)
    assert answer.status_code == 200
    assert "保密的课题" in answer.text
    assert [word for word in ("双极膜", "隐名单位", "hidden-number") if word in answer.text] == []


# caches


def test_what_one_person_is_shown_stays_in_no_cache(place: Site) -> None:
    town = town_on(place)
    client, wrong = town.browser("own owner"), {}
    for route in town.routes("GET"):
        answer = client.raw.get(town.address(route))
        kept = answer.headers.get("cache-control", "")
        if kept != "private, no-store" or "Cookie" not in answer.headers.get("vary", ""):
            wrong[route.path] = (kept, answer.headers.get("vary"))
    assert wrong == {}


def test_a_tag_of_one_reader_is_none_of_anothers(place: Site) -> None:
    town = town_on(place)
    for path in ("/api/v1/needs/{shown}", "/api/v1/needs", "/files/{code}"):
        address = path.format(**town.ids)
        tag = town.browser("own owner").raw.get(address).headers["etag"]
        for who in ("visitor", "stranger"):
            answer = town.browser(who).raw.get(address, headers={"If-None-Match": tag})
            assert answer.status_code in ((404,) if "files" in path else (200,)), (who, path)


# files


def test_a_picture_that_is_also_a_page_is_only_ever_a_picture(
    place: Site, editor: Client, body: int
) -> None:
    editor.send("/needs/new", title="余热回收", body="正文", owner=str(body))
    [row] = needs_of(place, body)
    page = b"<html><script>alert(1)</script></html>"
    assert upload(editor, row.key, "a.png", png() + page) == 303
    for name, data in (("a.svg", b"<svg onload='alert(1)'/>"), ("a.png", page), ("a.html", page),
                       ("a.png.html", png()), ("a.txt", page)):  # fmt: skip
        assert upload(editor, row.key, name, data) == 422, name
    with place.session() as session:
        code = session.exec(select(Attachment.code)).one()
    for way in ("?view", ""):
        headers = editor.raw.get(f"/files/{code}{way}").headers
        assert headers["content-type"] == "image/png"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert editor.raw.get(f"/files/{code}/small").status_code == 404  # not yet reduced


@pytest.mark.parametrize("size", [(30_000, 30_000), (1, 65_000), (0, 5)])
def test_picture_bombs(editor: Client, place: Site, body: int, size: tuple[int, int]) -> None:
    editor.send("/needs/new", title="余热回收", body="正文", owner=str(body))
    data = png()
    data = data[:16] + struct.pack(">II", *size) + data[24:]
    assert upload(editor, needs_of(place, body)[0].key, "a.png", data) == 422


def test_others_published_listings_are_not_written_on(place: Site) -> None:
    """Every unsafe address about a published listing, by a member of another organisation."""
    town: Town = town_on(place)
    stranger = town.browser("stranger")
    meant = r"/(answers|report|disclosures|advice|appeal)"
    with place.session() as session:
        before = session.get_one(Need, town.ids["shown"]).model_dump()
    for route in town.routes("POST", "PATCH", "PUT", "DELETE"):
        if thing_of(route) != "need" or re.search(meant, route.path) or "bureau" in route.path:
            continue
        address = town.address(route, id=town.ids["shown"])
        form = {"name": "withdraw", "title": "改掉", "body": "改掉", "version": "2", "current": "2",
                "reason": "理由充分", "then": "publish"}  # fmt: skip
        kwargs: dict[str, Any] = {"data": form}
        if address.startswith("/api/"):
            given = {"name": "withdraw"} if address.endswith("moves") else {"title": "改掉"}
            kwargs = {"json": given, "headers": {"If-Match": "2"}}
        answer = stranger.raw.request(route.method, address, **kwargs)
        assert answer.status_code in (401, 403, 404, 422), (route, answer.status_code)
    with place.session() as session:
        assert session.get_one(Need, town.ids["shown"]).model_dump() == before
        assert (
            session.exec(select(Sketch).where(Sketch.person_id == stranger.person_id)).all() == []
        )
