"""Writing step by step, as a browser without scripts does it and as the page does by itself: no
word that was typed is lost, whatever happens to tabs, sessions and colleagues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import col, select

from market.db import writing
from market.models import Kind, ListingState, Need, OrganisationKind, Role, SignIn, Sketch, Standing
from tests.web.pages import HX, Client, Page
from tests.web.people import organisation_in, signed_in, token_of, visitor
from tests.web.site import Site
from web import cookies


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(1, 1)


@pytest.fixture
def way(owner: Client) -> str:
    """Where the steps of a new need are."""
    return owner.raw.get("/needs/new").headers["location"].removesuffix("/what")


def sketch_of(site: Site, way: str) -> Sketch:
    with site.session() as session:
        return session.exec(select(Sketch).where(Sketch.code == way.rsplit("/", 1)[1])).one()


def newest(site: Site) -> Need:
    with site.session() as session:
        row = session.exec(select(Need).order_by(col(Need.id).desc())).first()
        assert row is not None
        return row


def hidden(page: Page) -> dict[str, str]:
    """What the form of a step brings along."""
    fields = {i.get("name"): i.get("value") or "" for i in page.all("input")}
    return {name: fields[name] for name in ("seen", "tab")}


def keep(client: Client, path: str, status: int = 200, **form: Any) -> str:
    """What the page does by itself."""
    headers = {**HX, "HX-Target": "saved"}
    answer = client.raw.post(path, data={**form, "then": "keep"}, headers=headers)
    assert answer.status_code == status, answer.text[:300]
    return answer.text


def test_a_need_is_written_step_by_step_without_scripts(
    site: Site, body: int, owner: Client, way: str
) -> None:
    path = owner.send(f"{way}/what", title="余热回收", problem="排烟 180 ℃。", then="next")
    assert path == f"{way}/measure"
    indicators = {"indicators-name": ["排烟温度", ""], "indicators-before": ["180", ""],
                  "indicators-value": ["≤ 90", ""], "indicators-unit": ["℃", ""]}  # fmt: skip
    assert owner.send(path, **indicators, field="TI05", then="next") == f"{way}/terms"
    terms = {"amount_max": "300", "owner": str(body), "tier_contact": "registered"}
    assert owner.send(f"{way}/terms", **terms, then="next") == f"{way}/files"
    assert newest(site).state is ListingState.DRAFT
    assert owner.send(f"{way}/files", then="next") == f"{way}/check"
    assert "保存并发布" in owner.get(f"{way}/check").words("button")
    path = owner.send(f"{way}/check", then="publish")
    row = newest(site)
    assert (path, row.state) == (f"/needs/{row.id}", ListingState.PUBLISHED)
    assert [each.text for each in row.indicators] == ["排烟温度：180 → ≤ 90 ℃"]


@pytest.mark.parametrize("then", ["publish", ""])
def test_pressing_twice_stores_once(
    site: Site, body: int, owner: Client, way: str, then: str
) -> None:
    owner.send(f"{way}/what", title="余热回收", then="go-check")
    path = owner.send(f"{way}/check", then=then)
    assert owner.send(f"{way}/check", then=then) == path
    same = {"title": "余热回收", "summary": "", "tier_summary": "public"}
    assert owner.send(f"{way}/what", **same, then="next") == path
    assert owner.raw.get(f"{way}/check").headers["location"] == path
    assert newest(site).title == "余热回收"
    assert sketch_of(site, way).entered == {}


def test_words_of_a_window_that_is_late_become_a_change(
    site: Site, body: int, owner: Client, way: str
) -> None:
    owner.send(f"{way}/what", title="余热回收", then="go-check")
    path = owner.send(f"{way}/check", then="publish")
    assert "按“下一步”，会放进一份修改" in keep(
        owner, f"{way}/what", 409, title="余热", tried="热管"
    )
    later = owner.send(f"{way}/what", title="余热回收", tried="热管", then="next")
    assert later.endswith("/what")
    page = owner.get(later)
    assert "您在这里写的已经试过与保存的不同" in page.text
    assert (page.by_id("tried").text, "另一个窗口" in page.text) == ("热管", True)
    assert newest(site).tried == ""
    assert owner.send(f"{later.removesuffix('/what')}/check", then="") == path
    assert (newest(site).title, newest(site).tried) == ("余热回收", "热管")


@pytest.mark.parametrize("kind", list(Kind))
def test_every_step_opens_empty_and_full(site: Site, kind: Kind) -> None:
    body = organisation_in(site, "研究所", OrganisationKind.INSTITUTION, standing=Standing.VERIFIED)
    if kind is Kind.NEED:
        body = organisation_in(site, "公司", standing=Standing.VERIFIED)
    client = signed_in(site, organisation=body)
    folder = "/needs" if kind is Kind.NEED else "/achievements"
    way = client.raw.get(f"{folder}/new").headers["location"].removesuffix("/what")
    for name in ("what", "measure" if kind is Kind.NEED else "maturity", "terms", "files", "check"):
        client.get(f"{way}/{name}")
    client.send(f"{way}/what", title="题目", then="go-check")
    for name in ("files", "check"):
        client.get(f"{way}/{name}")


def test_what_is_wrong_is_told_at_its_field_kept_and_may_be_passed(
    site: Site, owner: Client, way: str
) -> None:
    page = owner.post(f"{way}/terms", 422, amount_min="很多", contact="李工", then="next")
    assert "#amount_min" in {a.get("href") for a in page.all("a")}
    assert page.by_id("amount_min").get("value") == "很多"
    assert sketch_of(site, way).entered["contact"] == ["李工"]
    assert owner.send(f"{way}/terms", amount_min="很多", then="anyway") == f"{way}/files"
    assert "金额请写数字" in owner.get(f"{way}/files").text
    owner.post(f"{way}/check", 422, then="publish")
    assert sketch_of(site, way).entered["amount_min"] == ["很多"]


def test_a_text_that_is_far_too_long_is_kept_whole_or_not_at_all(
    site: Site, owner: Client, way: str
) -> None:
    owner.post(f"{way}/what", 422, title="余热回收", problem="热" * 70_000, then="next")
    assert len(sketch_of(site, way).entered["problem"][0]) == 70_000
    page = owner.post(f"{way}/what", 422, title="余热", problem="热" * 400_000, then="next")
    assert len(page.by_id("problem").text) == 400_000
    assert ("这里写的还没有保存" in page.text, sketch_of(site, way).entered["title"]) == (
        True,
        ["余热回收"],
    )


def test_rows_come_and_go_without_scripts(site: Site, owner: Client, way: str) -> None:
    rows = {"indicators-name": ["甲", "乙"], "indicators-before": ["1", "2"],
            "indicators-value": ["3", "4"], "indicators-unit": ["", ""]}  # fmt: skip
    path = owner.send(f"{way}/measure", **rows, then="row-indicators-add")
    assert path == f"{way}/measure#indicators-3-name"
    assert owner.get(f"{way}/measure").by_id("indicators-3-name").get("value") == ""
    owner.send(f"{way}/measure", **rows, then="row-indicators-remove-0")
    assert sketch_of(site, way).entered["indicators-name"] == ["乙"]
    assert sketch_of(site, way).entered["indicators-value"] == ["4"]


def test_the_page_saves_by_itself_and_what_was_saved_is_shown(
    site: Site, owner: Client, way: str
) -> None:
    given = hidden(owner.get(f"{way}/what"))
    told = keep(owner, f"{way}/what", title="半句", **given)
    assert 'id="saved"' in told
    assert "<html" not in told
    page = owner.get(f"{way}/what")
    assert page.by_id("title").get("value") == "半句"
    assert hidden(page)["seen"] in told
    assert "半句" in owner.get("/needs/new").words("a")


def test_two_windows_lose_nothing(site: Site, owner: Client, way: str) -> None:
    first, second = (hidden(owner.get(f"{way}/what")) for _ in range(2))
    keep(owner, f"{way}/what", title="第一个窗口", **first)
    keep(owner, f"{way}/what", 409, title="第二个窗口", **second)
    page = owner.post(f"{way}/what", 422, title="第二个窗口", **second, then="next")
    assert page.by_id("title").get("value") == "第二个窗口"
    assert "第一个窗口" in page.words("dd")
    assert sketch_of(site, way).entered["title"] == ["第一个窗口"]
    assert ("这里写的还没有保存" in page.text, "已按原样保存" in page.text) == (True, False)
    owner.send(f"{way}/what", title="第二个窗口", **hidden(page), then="next")
    assert sketch_of(site, way).entered["title"] == ["第二个窗口"]


def test_one_field_is_judged_when_it_is_left(site: Site, owner: Client, way: str) -> None:
    headers = {**HX, "HX-Target": "field"}

    def judged(name: str, **form: str) -> str:
        answer = owner.raw.post(f"{way}/terms/field", data={**form, "name": name}, headers=headers)
        assert answer.status_code == 200
        return answer.text

    assert "金额请写数字" in judged("amount_min", amount_min="很多", amount_max="1")
    assert "wrong" not in judged("amount_max", amount_min="很多", amount_max="1")
    assert sketch_of(site, way).entered == {}


def end_sessions(site: Site, client: Client) -> None:
    with writing(site.engine) as session:
        for row in session.exec(select(SignIn).where(SignIn.person_id == client.person_id)):
            session.delete(row)


def sign_in_again(site: Site, client: Client, person: int) -> None:
    name = cookies.name(site.app.state.settings, cookies.SESSION)
    client.raw.cookies.delete(name)
    client.raw.cookies.set(name, token_of(site, person), domain="testserver.local")


def test_a_lost_session_loses_no_word(site: Site, owner: Client, way: str) -> None:
    owner.send(f"{way}/what", title="旧的", then="stay")
    end_sessions(site, owner)
    answer = owner.raw.post(
        f"{way}/what", data={"title": "没有送到的", "then": "next"},
        headers={"referer": f"http://testserver{way}/what"},
    )  # fmt: skip
    assert answer.headers["location"].startswith("/sign-in?next=%2Fneeds%2Fwriting")
    assert sketch_of(site, way).entered["title"] == ["旧的"]
    sign_in_again(site, owner, owner.person_id or 0)
    assert owner.raw.get(f"{way}/what").headers["location"] == f"{way}/what"
    page = owner.get(f"{way}/what")
    assert page.by_id("title").get("value") == "没有送到的"
    assert "找回来了" in page.text
    owner.send(f"{way}/what", title="又改过", then="stay")
    assert owner.get(f"{way}/what").by_id("title").get("value") == "又改过"


def test_what_was_kept_is_for_its_writer_alone(
    site: Site, body: int, owner: Client, way: str
) -> None:
    owner.send(f"{way}/what", title="旧的", then="stay")
    stranger = visitor(site)
    answer = stranger.raw.post(f"{way}/what", data={"title": "别人塞进来的", "then": "next"})
    assert answer.headers["location"].startswith("/sign-in")
    other = signed_in(site, organisation=body, role=Role.EDITOR)
    sign_in_again(site, stranger, other.person_id or 0)
    stranger.get(f"{way}/what", 404)
    assert sketch_of(site, way).entered["title"] == ["旧的"]


@pytest.mark.parametrize("name", ["", "/what", "/check", "/files", "/clash"])
def test_another_persons_sketch_is_not_there(
    site: Site, body: int, owner: Client, way: str, name: str
) -> None:
    owner.send(f"{way}/what", title="只给自己看", then="stay")
    colleague = signed_in(site, organisation=body, role=Role.OWNER)
    colleague.get(f"{way}{name}", 404)
    if name:
        colleague.post(f"{way}{name}", 404, title="改过")
        colleague.post(f"{way}/removal", 404)
    assert sketch_of(site, way).entered["title"] == ["只给自己看"]


def test_what_one_does_not_want_is_thrown_away(site: Site, owner: Client, way: str) -> None:
    owner.send(f"{way}/what", title="不要了", then="stay")
    owner.send(f"{way}/removal")
    owner.get(f"{way}/what", 404)
    assert "不要了" not in owner.raw.get("/needs/new", follow_redirects=True).text


def test_files_wait_for_what_is_wrong_and_come_back_to_their_step(
    site: Site, body: int, owner: Client, way: str
) -> None:
    assert "先改好这些" in "".join(owner.get(f"{way}/files").words("h2"))
    owner.send(f"{way}/what", title="余热回收", then="go-files")
    owner.get(f"{way}/files")
    data = {"csrftoken": owner.raw.token(), "tier": "public"}
    files = {"file": ("指标.txt", "排烟温度".encode())}
    answer = owner.raw.post(f"{way}/attachments", data=data, files=files)
    assert answer.headers["location"] == f"{way}/files"
    page = owner.get(f"{way}/files")
    assert "指标.txt" in page.words("a")
    [code] = [i.get("value") for i in page.all("input") if i.get("type") == "hidden"
              and i.get("name") == "file"]  # fmt: skip
    owner.send(f"{way}/attachments/removal", file=code)
    assert "指标.txt" not in owner.get(f"{way}/files").words("a")


def test_a_day_that_was_past_in_the_stored_draft_can_be_mended_and_published(
    site: Site, body: int, owner: Client, way: str
) -> None:
    owner.send(f"{way}/what", title="余热回收", then="go-terms")
    owner.send(f"{way}/terms", owner=str(body), wanted_by="2020-01-01", then="go-files")
    page = owner.post(f"{way}/check", 422, then="publish")
    assert "希望完成的日期已经过去" in page.text
    owner.send(f"{way}/terms", owner=str(body), wanted_by="2099-01-01", then="go-check")
    assert "保存并发布" in owner.get(f"{way}/check").words("button")
    owner.send(f"{way}/check", then="publish")
    assert newest(site).state is ListingState.PUBLISHED


def test_one_bad_file_does_not_hold_up_the_others(site: Site, owner: Client, way: str) -> None:
    owner.send(f"{way}/what", title="余热回收", then="go-files")
    files = [("file", ("病毒.exe", b"MZ")), ("file", ("指标.txt", "排烟温度".encode()))]
    data = {"csrftoken": owner.raw.token(), "tier": "public"}
    answer = owner.raw.post(f"{way}/attachments", data=data, files=files)
    assert (answer.status_code, "其余的文件已上传" in answer.text) == (422, True)
    assert owner.raw.get(f"{way}/attachments").headers["location"] == f"{way}/files"
    assert "指标.txt" in owner.get(f"{way}/files").words("a")


def test_too_many_files_at_once_are_told_in_words(site: Site, owner: Client, way: str) -> None:
    files = [("file", (f"{n}.txt", b"text")) for n in range(11)]
    data = {"csrftoken": owner.raw.token(), "tier": "public"}
    answer = owner.raw.post(f"{way}/attachments", data=data, files=files)
    assert (answer.status_code, "一次最多 10 个" in answer.text) == (400, True)


def test_a_copy_begins_with_the_same_words(site: Site, body: int, owner: Client) -> None:
    path = owner.send("/needs/new", title="余热回收", owner=str(body), field="TI05", then="")
    first = newest(site)
    way = owner.send(f"{path}/copy").removesuffix("/what")
    assert owner.get(f"{way}/what").by_id("title").get("value") == "余热回收"
    owner.send(f"{way}/check", then="")
    assert (newest(site).title, newest(site).id != first.id) == ("余热回收", True)


def test_a_listing_that_was_sent_in_meanwhile_can_be_kept_as_a_new_one(
    site: Site, body: int, owner: Client
) -> None:
    path = owner.send("/needs/new", title="余热回收", owner=str(body), then="")
    way = owner.raw.get(f"{path}/edit").headers["location"]
    owner.send(f"{way}/what", title="改过的", then="stay")
    owner.send(f"{path}/moves", name="withdraw")
    page = owner.post(f"{way}/check", 422, then="")
    assert "另存为新的一条" in page.words("button")
    owner.send(f"{way}/check", then="anew")
    owner.send(f"{way}/terms", owner=str(body), then="go-check")
    assert owner.send(f"{way}/check", then="") != path
    assert newest(site).title == "改过的"


@pytest.mark.parametrize("tier", ["public", "registered", "matched", "reviewers", "bureau"])
def test_the_preview_shows_no_more_than_its_readers_see(
    site: Site, body: int, owner: Client, way: str, tier: str
) -> None:
    owner.send(f"{way}/what", title="余热回收", summary="只给签约单位", tier_summary="matched",
               then="go-terms")  # fmt: skip
    owner.send(f"{way}/terms", owner=str(body), contact="李工 0763", tier_contact="registered",
               then="go-check")  # fmt: skip
    answer = owner.fragment(f"{way}/check?as={tier}", "preview")
    assert "<html" not in answer.text
    assert ("只给签约单位" in answer.text) is (tier in ("matched", "reviewers", "bureau"))
    assert ("李工 0763" in answer.text) is (tier != "public")
