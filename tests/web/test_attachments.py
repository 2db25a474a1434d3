"""Files through the site: uploaded by form, handed out with harmless headers, to those who may."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest
from httpx import Response
from sqlmodel import select

from market.file_reading import FileReader
from market.models import Attachment, Role, Tier
from tests.market.containers import PDF, office, png
from tests.market.documents import photo, word
from tests.web.pages import Client, Page
from tests.web.people import organisation_in, signed_in
from tests.web.site import NOW, Site
from tests.web.test_posting import written


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(1, 1)


@pytest.fixture
def need(site: Site, body: int, owner: Client) -> int:
    id = written(site, body)
    owner.send(f"/needs/{id}/moves", name="publish")
    return id


def upload(
    client: Client, path: str, name: str = "检测报告.pdf", data: bytes = PDF, **form: str
) -> Response:
    given = {"csrftoken": client.raw.token(), "tier": "public", **form}
    return client.raw.post(path, data=given, files={"file": (name, data)})


def rows(site: Site) -> list[Attachment]:
    with site.session() as session:
        return list(session.exec(select(Attachment)))


def code_of(site: Site) -> str:
    return rows(site)[-1].code


def test_a_file_is_added_listed_and_handed_out(site: Site, need: int, owner: Client) -> None:
    answer = upload(owner, f"/needs/{need}/attachments")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/needs/{need}")
    code = code_of(site)
    for client in (owner, site.client):
        links = {
            a.get("href"): "".join(a.itertext()) for a in client.get(f"/needs/{need}").all("a")
        }
        assert links[f"/files/{code}"] == "检测报告.pdf"
    got = site.client.raw.get(f"/files/{code}")
    assert got.content == PDF
    assert got.headers["content-type"] == "application/pdf"
    assert got.headers["content-disposition"] == (
        'attachment; filename="____.pdf"; '
        "filename*=UTF-8''%E6%A3%80%E6%B5%8B%E6%8A%A5%E5%91%8A.pdf"
    )
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert got.headers["cache-control"].startswith("private")


def test_a_file_that_is_known_is_not_sent_again(site: Site, need: int, owner: Client) -> None:
    upload(owner, f"/needs/{need}/attachments")
    path = f"/files/{code_of(site)}"
    tag = site.client.raw.get(path).headers["etag"]
    again = site.client.raw.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    owner.raw.post(f"{path}/removal")
    assert site.client.raw.get(path, headers={"If-None-Match": tag}).status_code == 404


@pytest.mark.parametrize(
    ("name", "data", "query", "way"),
    [("a.png", png(), "?view", "inline"), ("a.png", png(), "", "attachment"),
     ("a.pdf", PDF, "?view", "attachment"), ("a.docx", office(), "?view", "attachment")],
)  # fmt: skip
def test_only_a_picture_is_shown_in_place(
    site: Site, need: int, owner: Client, name: str, data: bytes, query: str, way: str
) -> None:
    upload(owner, f"/needs/{need}/attachments", name, data)
    answer = site.client.raw.get(f"/files/{code_of(site)}{query}")
    assert answer.headers["content-disposition"].split(";")[0] == way
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.html", b"<html>", "不能上传"),
        ("a.svg", b"<svg>", "不能上传"),
        ("a.png", PDF, "内容却不是"),
        ("a.docm", office(), "不能上传"),
        ("a.docx", office(more={"a.xml": "<!DOCTYPE a><a/>"}), "DOCTYPE"),
        ("a.txt", b"<script>alert(1)</script>", "含有网页或脚本"),
        ("a.pdf", b"", "空文件"),
    ],
)
def test_a_bad_file_is_refused_beside_its_field(
    site: Site, need: int, owner: Client, name: str, data: bytes, reason: str
) -> None:
    answer = upload(owner, f"/needs/{need}/attachments", name, data)
    assert answer.status_code == 422
    page = Page(answer)
    assert reason in answer.text
    assert "#file" in {a.get("href") for a in page.all("a")}
    assert page.by_id("file").get("aria-invalid") == "true"
    assert rows(site) == []


def test_no_file_is_told(site: Site, need: int, owner: Client) -> None:
    assert "请先选择文件" in upload(owner, f"/needs/{need}/attachments", "", b"").text


def test_two_files_are_both_taken_or_neither(site: Site, need: int, owner: Client) -> None:
    def send(second: bytes) -> int:
        token = {"csrftoken": owner.raw.token(), "tier": "public"}
        files = [("file", ("a.pdf", PDF)), ("file", ("b.pdf", second))]
        return owner.raw.post(f"/needs/{need}/attachments", data=token, files=files).status_code

    assert (send(b"nothing"), rows(site)) == (422, [])
    assert (send(PDF), [row.name for row in rows(site)]) == (303, ["a.pdf", "b.pdf"])


@pytest.mark.parametrize("name", ["../../../etc/passwd.pdf", "..\\..\\x.pdf", "/abs.pdf"])
def test_a_name_leads_nowhere(site: Site, need: int, owner: Client, name: str) -> None:
    upload(owner, f"/needs/{need}/attachments", name)
    [row] = rows(site)
    assert "/" not in row.name
    assert "\\" not in row.name
    folder = site.app.state.settings.data / "files"
    assert [p.is_relative_to(folder) for p in folder.rglob("*") if p.is_file()] == [True]


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=alert(1)>.pdf", 'a"><b>x</b>.pdf', "a\r\nX-Evil: 1.pdf"]
)
def test_a_name_stays_text(site: Site, need: int, owner: Client, name: str) -> None:
    upload(owner, f"/needs/{need}/attachments", name)
    for client in (owner, site.client):
        page = client.get(f"/needs/{need}")
        assert not page.all("img")
        assert "x" not in page.words("b")
    answer = site.client.raw.get(f"/files/{code_of(site)}")
    assert "x-evil" not in answer.headers


def test_a_kept_back_file_is_not_there_for_others(site: Site, need: int, owner: Client) -> None:
    upload(owner, f"/needs/{need}/attachments", tier="registered")
    code, stranger = code_of(site), signed_in(site)
    assert site.client.raw.get(f"/files/{code}").status_code == 404
    assert "检测报告" not in site.client.get(f"/needs/{need}").text
    assert stranger.raw.get(f"/files/{code}").status_code == 200
    assert "检测报告" in stranger.get(f"/needs/{need}").text
    assert [row.tier for row in rows(site)] == [Tier.REGISTERED]


def test_a_tier_that_there_is_not_keeps_the_file_back(site: Site, need: int, owner: Client) -> None:
    upload(owner, f"/needs/{need}/attachments", tier="everybody")
    assert [row.tier for row in rows(site)] == [Tier.BUREAU]


def test_a_drafts_file_is_not_there_for_others(site: Site, body: int, owner: Client) -> None:
    upload(owner, f"/needs/{written(site, body)}/attachments")
    path = f"/files/{code_of(site)}"
    for client in (site.client, signed_in(site), signed_in(site, Role.ROUND_OFFICER),
                   signed_in(site, organisation=organisation_in(site, "别家"))):  # fmt: skip
        assert client.raw.get(path).status_code == 404
        assert client.fragment(path, "main").status_code == 404
    assert owner.raw.get(path).status_code == 200


@pytest.mark.parametrize("code", ["x", "..%2f..%2fkejie.sqlite3", "a" * 300, "1"])
def test_an_unknown_code_is_not_there(site: Site, code: str) -> None:
    assert site.client.raw.get(f"/files/{code}").status_code == 404


def test_a_file_whose_bytes_are_lost_is_not_there(site: Site, need: int, owner: Client) -> None:
    upload(owner, f"/needs/{need}/attachments")
    for path in (site.app.state.settings.data / "files").rglob("*"):
        path.unlink() if path.is_file() else None
    assert owner.raw.get(f"/files/{code_of(site)}").status_code == 404


def test_who_uploads(site: Site, body: int, need: int) -> None:
    def status(client: Client) -> int:
        return upload(client, f"/needs/{need}/attachments").status_code

    assert status(site.client) == 303
    assert status(signed_in(site)) == 403
    assert status(signed_in(site, organisation=organisation_in(site, "别家"))) == 422
    assert status(signed_in(site, organisation=body, role=Role.VIEWER)) == 403
    assert rows(site) == []
    assert status(signed_in(site, organisation=body, role=Role.EDITOR)) == 303
    assert len(rows(site)) == 1


def test_another_sites_form_uploads_nothing(site: Site, need: int, owner: Client) -> None:
    answer = owner.raw.post(
        f"/needs/{need}/attachments", files={"file": ("a.pdf", PDF)}, headers={"x-csrftoken": ""}
    )
    assert answer.status_code == 403
    assert rows(site) == []


def test_a_file_is_removed_by_its_writers_only(
    site: Site, body: int, need: int, owner: Client
) -> None:
    upload(owner, f"/needs/{need}/attachments")
    path = f"/files/{code_of(site)}"
    for client, status in (
        (signed_in(site), 403),
        (signed_in(site, organisation=body, role=Role.VIEWER), 403),
        (signed_in(site, organisation=organisation_in(site, "别家")), 422),
    ):
        assert client.raw.post(f"{path}/removal").status_code == status
    assert owner.send(f"{path}/removal") == f"/needs/{need}"
    assert owner.raw.get(path).status_code == 404


def test_too_large_a_body_is_told(site: Site, need: int, owner: Client) -> None:
    answer: Any = upload(owner, f"/needs/{need}/attachments", "a.txt", b"a" * 13_000_000)
    assert answer.status_code == 413
    answer = upload(owner, f"/needs/{need}/attachments", "a.txt", b"a" * 9_000_000)
    assert (answer.status_code, "每个文件最大 8 MB" in answer.text) == (422, True)


def read_files(site: Site) -> None:
    """What the worker does in the background."""
    reader = FileReader(site.engine, site.app.state.settings.data)
    while reader.run_once(NOW):
        pass
    reader.close()


def test_a_picture_is_shown_reduced_and_without_what_the_camera_wrote(
    site: Site, need: int, owner: Client
) -> None:
    upload(owner, f"/needs/{need}/attachments", "a.jpg", photo(1500, 900))
    path = f"/files/{code_of(site)}/small"
    assert site.client.raw.get(path).status_code == 404
    read_files(site)
    [picture] = site.client.get(f"/needs/{need}").all("img")
    assert (picture.get("src"), picture.get("width")) == (path, "1500")
    got = site.client.raw.get(path)
    assert (got.headers["content-type"], got.content[8:12]) == ("image/webp", b"WEBP")
    assert got.headers["content-disposition"].startswith('inline; filename="a.webp"')
    assert got.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert b"qzmakerzq" not in got.content
    known = {"If-None-Match": got.headers["etag"]}
    assert site.client.raw.get(path, headers=known).status_code == 304
    original = site.client.raw.get(f"/files/{code_of(site)}?view").headers["etag"]
    assert original != got.headers["etag"]


def test_a_reduced_picture_has_the_readers_of_the_picture(
    site: Site, need: int, owner: Client
) -> None:
    upload(owner, f"/needs/{need}/attachments", "a.jpg", photo(90, 60), tier="registered")
    read_files(site)
    path = f"/files/{code_of(site)}/small"
    statuses = [who.raw.get(path).status_code for who in (site.client, signed_in(site), owner)]
    assert statuses == [404, 200, 200]


def test_its_owner_says_anew_who_may_have_a_file(site: Site, need: int, owner: Client) -> None:
    upload(owner, f"/needs/{need}/attachments")
    path = f"/files/{code_of(site)}"
    assert owner.send(f"{path}/tier", tier="registered") == f"/needs/{need}"
    assert site.client.raw.get(path).status_code == 404
    assert owner.send(f"{path}/tier", tier="public", next="/needs") == "/needs"
    assert owner.send(f"{path}/tier", tier="public", next="//evil.example") == "/"
    assert site.client.raw.get(path).status_code == 200


def test_a_tier_that_there_is_not_changes_nothing(site: Site, need: int, owner: Client) -> None:
    upload(owner, f"/needs/{need}/attachments")
    answer = owner.raw.post(f"/files/{code_of(site)}/tier", data={"tier": "all"})
    assert (answer.status_code, "请选择谁可以下载" in answer.text) == (422, True)
    assert [row.tier for row in rows(site)] == [Tier.PUBLIC]


def test_who_says_so(site: Site, body: int, need: int, owner: Client) -> None:
    upload(owner, f"/needs/{need}/attachments")
    path = f"/files/{code_of(site)}/tier"
    for client, status in (
        (signed_in(site), 403), (signed_in(site, organisation=body, role=Role.VIEWER), 403),
        (signed_in(site, organisation=organisation_in(site, "别家")), 422), (owner, 303),
    ):  # fmt: skip
        assert client.raw.post(path, data={"tier": "bureau"}).status_code == status


@pytest.mark.parametrize(
    ("name", "data", "tier", "said"),
    [("a.docx", word("换热器"), "public", "已读出文字"),
     ("a.docx", word(""), "public", "里面没有文字"),
     ("a.pdf", PDF, "public", "读不出文字"),
     ("a.docx", word("换热器"), "registered", "文字不用于匹配")],
)  # fmt: skip
def test_its_owner_is_told_what_becomes_of_its_words(
    site: Site, need: int, owner: Client, name: str, data: bytes, tier: str, said: str
) -> None:
    upload(owner, f"/needs/{need}/attachments", name, data, tier=tier)
    if tier == "public":
        assert "正在读取文字" in owner.get(f"/needs/{need}").text
    read_files(site)
    assert said in owner.get(f"/needs/{need}").text
    assert said not in signed_in(site).get(f"/needs/{need}").text


def test_the_same_file_twice_is_stored_once(site: Site, need: int, owner: Client) -> None:
    for _ in range(2):
        upload(owner, f"/needs/{need}/attachments")
    first, second = rows(site)
    assert first.stored_as == second.stored_as
    assert first.code != second.code
    owner.send(f"/files/{first.code}/removal")
    assert site.client.raw.get(f"/files/{second.code}").content == PDF


def test_a_tab_that_is_closed_in_the_middle_of_sending_leaves_nothing(
    site: Site, need: int, owner: Client
) -> None:
    """The connection ends before the body does."""
    request = owner.raw.build_request(
        "POST", f"/needs/{need}/attachments", files={"file": ("a.pdf", PDF * 900)},
        data={"csrftoken": owner.raw.token(), "tier": "public"},
    )  # fmt: skip
    sent = [request.read()[:20_000]]
    headers = [(name.lower().encode(), value.encode()) for name, value in request.headers.items()]
    scope = {"type": "http", "method": "POST", "path": f"/needs/{need}/attachments",
             "raw_path": b"", "query_string": b"", "headers": headers, "scheme": "http",
             "http_version": "1.1", "client": ("127.0.0.1", 1), "server": ("testserver", 80),
            }  # fmt: skip

    async def receive() -> dict[str, Any]:
        if sent:
            return {"type": "http.request", "body": sent.pop(), "more_body": True}
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        assert message.get("status", 400) >= 400

    with suppress(Exception):
        anyio.run(site.app, scope, receive, send)
    assert sent == []
    assert rows(site) == []
    assert not list((site.app.state.settings.data / "files").rglob("*"))
    assert upload(owner, f"/needs/{need}/attachments").status_code == 303
